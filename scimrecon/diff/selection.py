"""The ticked part of a diff, and what a diff was made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.diff.cells import Rules
from scimrecon.diff.options import Pair
from scimrecon.diff.policies import Policy
from scimrecon.exports import Source
from scimrecon.paths import parse_path
from scimrecon.users import Users
from scimrecon.values import has_word

_SHOWN = ["user_name", "path", "before", "after", "kind", "pattern", "flags"]


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a diff was made of; a selection and a plan carry it on."""

    current: Users | None
    """None where `compare` was given a bare frame: a plan then reads the resources it needs."""
    source: Source | None
    statuses: pd.DataFrame
    """`Diff.users`."""
    matched: int
    """Users matched: what the shares of thresholds are of."""
    rules: Mapping[str, Rules] = field(repr=False)
    """By compared path, or set."""
    pair: Pair = field(repr=False)
    key_paths: pd.Series[str] = field(repr=False)
    """The path of the key each desired row goes by."""
    along: pd.DataFrame | None = field(default=None, repr=False)
    """What goes along with whoever has a tick, since the target never shows it; follows `schemas.Changes`."""
    allow: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Numbers that are meant from the start: an undo's, mirrored from its run."""

    def rules_of(self, path: str) -> Rules:
        """What decides of a change: the rules of its path, or of the set whose element it names."""
        if path in self.rules:
            return self.rules[path]
        name = parse_path(path).name
        return self.rules.get(name) or next(rule for rule in self.rules.values() if rule.elements == name)

    def twins(self, changes: pd.DataFrame) -> pd.Series[bool]:
        """Tell which changes are of attributes that the provider ties to each other."""
        twins = self.pair.side.dialect.twins
        if twins is None:
            return pd.Series(data=False, index=changes.index)
        # The primary email is one by whatever path it is mapped.
        by_value = changes["path"].str.startswith("emails[") & changes["path"].str.endswith(".value")
        email = by_value & has_word(changes["flags"], "identity") if any(path.startswith("emails[") for path in twins) else False
        return changes["path"].isin(twins) | email

    def types_of(self, paths: Iterable[str]) -> dict[str, AttributeType]:
        """Tell the JSON type each path's values go out as."""
        return {path: self.rules_of(path).held or AttributeType.STRING for path in paths}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The ticked part of a diff."""

    changes: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Changes`: the ticked rows."""
    basis: Basis = field(repr=False)
    choices: pd.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Choices), repr=False)
    """Where the ticks came from a spreadsheet, what became of each mark; follows `schemas.Choices`."""

    def __repr__(self) -> str:
        return f"Selection(changes={len(self.changes)}, users={self.changes['user_id'].nunique()})"

    def _repr_html_(self) -> str:
        facts = {"changes": f"{len(self.changes):,}", "users": f"{self.changes['user_id'].nunique():,}"}
        return tables.render("Selection", facts, self.changes[_SHOWN].reset_index(drop=True))


def why_not(change: Mapping[str, str | None]) -> str:
    """Say why a change cannot be ticked, and what would let it.

    Parameters
    ----------
    change
        Its ``path``, ``before``, ``after``, ``status``, ``policy`` and ``problem``; None or ``''`` for missing.
    """
    path, problem = change["path"] or "", change["problem"] or ""
    match change["status"]:
        case "locked" if change["policy"] != Policy.LOCKED:
            return f"policy {change['policy']} of {path} does not let this happen"
        case "locked":
            return f"{path} is locked: compare(…, unlock=[{parse_path(path).name!r}]) unlocks it"
        case "invalid":
            return f"invalid: {problem}"
        case "unsupported":
            return "unsupported: " + (problem or f"the target's dialect does not write {path}")
        case "protected":
            return "protected: this user must not change"
        case _ if (change["before"] or "") == change["after"]:
            return "nothing to change: the target holds this value already"
        case _:
            return "cosmetic: only an exact comparison sees the difference; select(…, cosmetic=True) allows it"
