"""What a preset is."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Rules: TypeAlias = Mapping[str, Mapping[str, Any]]

TABLES = ("CSV", "Excel", "Parquet", "Arrow")
WORK_MAIL = 'emails[type eq "work"].value'
WORK_PHONE = 'phoneNumbers[type eq "work"].value'
MOBILE_PHONE = 'phoneNumbers[type eq "mobile"].value'
FAX = 'phoneNumbers[type eq "fax"].value'
_NOTE = re.compile(r"\s*\[[^\[\]]*\]\s*$")
_LOOSE = re.compile(r"[\W_]+")


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One format."""

    name: str
    title: str
    formats: tuple[str, ...] = TABLES
    """Kinds of file it comes in."""
    signature: frozenset[str] = frozenset()
    """Columns whose presence tells this format, by any of their names."""
    synonyms: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Other names that versions of the format give a column."""
    required: tuple[str, ...] = ()
    """Columns in which a blank cell rejects the record."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """Regular expressions a column's filled cells must match whole, or the record is rejected."""
    unique: tuple[str, ...] = ()
    """Columns in which a value held twice is a finding."""
    keys: tuple[str, ...] = ()
    """Columns that tell people apart, the best first."""
    nulls: tuple[str, ...] = ()
    """Words by which the format says "no value"; its mapping takes them for blank."""
    round_counts: tuple[int, ...] = ()
    """Numbers of rows at which what writes it stops by default."""
    secrets: tuple[str, ...] = ()
    """Columns that hold passwords or their hashes."""
    mapping: Rules = field(default_factory=dict)
    """SCIM path to ``{"column": …, "values": …}``, ``{"reference": …, "on": …}`` or ``{"constant": …}``."""

    def columns(self) -> dict[str, str]:
        """Name the column each mapped path comes from, where it comes from one."""
        named = {path: rule.get("column") or rule.get("reference") for path, rule in self.mapping.items()}
        return {path: str(column) for path, column in named.items() if column}

    def known(self) -> list[str]:
        """Name every column the preset speaks of."""
        held = (self.signature, self.synonyms, self.required, self.patterns, self.unique, self.keys, self.secrets)
        return sorted({name for names in held for name in names} | set(self.columns().values()))

    def resolve(self, header: Sequence[str]) -> dict[str, str]:
        """Find the columns of the preset in a header: by name, else by a name alike but for case and signs, else by a synonym."""
        alike: dict[str, list[str]] = {}
        for name in header:
            alike.setdefault(fold(name), []).append(name)
        present = set(header)
        found: dict[str, str] = {}
        for column in self.known():
            for name in (column, *self.synonyms.get(column, ())):
                close = alike.get(fold(name), [])
                if name in present or len(close) == 1:
                    found[column] = name if name in present else close[0]
                    break
        return found

    def fit(self, header: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Write the mapping with this header's names, for the columns it has."""
        found = self.resolve(header)
        fitted: dict[str, dict[str, Any]] = {}
        for path, rule in self.mapping.items():
            column = rule.get("column") or rule.get("reference")
            if column is not None and column not in found:
                continue
            fitted[path] = {word: found[value] if word in ("column", "reference") else value for word, value in rule.items()}
            on = rule.get("on", "")
            if on and on not in self.mapping and on in self.known():  # a column, and no path of the mapping
                if on not in found:
                    del fitted[path]
                else:
                    fitted[path]["on"] = found[on]
        return fitted


def fold(name: str) -> str:
    """Bring a column's name to the form in which case, spaces, signs and a note in brackets vanish."""
    return _LOOSE.sub("", _NOTE.sub("", name)).casefold() or name.strip()


def take(columns: Mapping[str, str], **options: Any) -> dict[str, dict[str, Any]]:
    """Write rules of columns alone: SCIM path to ``{"column": …}`` and the options."""
    return {path: {"column": column, **options} for path, column in columns.items()}


def address(**columns: str) -> dict[str, dict[str, Any]]:
    """Write rules for the work address: member to column."""
    return {f'addresses[type eq "work"].{member}': {"column": column} for member, column in columns.items()}


GENERIC = Preset(name="generic", title="any table with a header", formats=(*TABLES, "LDIF", "JSON"))
