"""The users an export wants, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.exports import Source
from scimrecon.mapping.rules import Rule


@dataclass(frozen=True, kw_only=True)
class Reference:
    """By what one path's cells name other users; exactly one of `on` and `column` is filled."""

    on: str = ""
    """The canonical SCIM path that holds a user's key, on either side; the export has it only if the mapping maps it."""
    column: str = ""
    """The column of the export that holds each row's key; the target has none then."""
    keys: pd.Series[str] | None = field(default=None, compare=False, repr=False)
    """That column, trimmed, NA where blank, by source line; None with `on`."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The users an export wants."""

    frame: tables.KeptFrame = tables.KeptFrame()
    """Index ``source_line``; one text column a SCIM path: a value, NA (no opinion) or ``''`` (clear). A multi-valued attribute
    mapped whole holds a JSON array of texts; a reference holds what the export says, not yet an id."""
    problems: pd.DataFrame
    """Follows `schemas.Problems`: cells that could not be mapped; in `frame` they are NA."""
    source: Source | None = None
    """The file, where it is known."""
    findings: pd.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Findings))
    """Follows `schemas.Findings`: those of the export."""
    rows: pd.DataFrame | None = field(default=None, repr=False)
    """The rows as read, on the index of `frame`; None where nothing was mapped."""
    rules: Mapping[str, Rule] = field(default_factory=dict, repr=False)
    """Canonical path to where its cells come from."""
    references: Mapping[str, Reference] = field(default_factory=dict, repr=False)
    """Canonical path to by what it names other users, for the paths that do."""
    kinds: Mapping[str, frozenset[AttributeType]] = field(default_factory=dict, repr=False)
    """Canonical path to the types its JSON values had, where that is known: it counts where no user holds a value now."""
    restores: bool = False
    """Whether these are values the target held before, and no export's: none of them is doubted."""

    def __repr__(self) -> str:
        name = self.source.name if self.source else "source unknown"
        return f"Desired({name}, users={len(self.frame)}, paths={len(self.frame.columns)}, problems={len(self.problems)})"

    def _repr_html_(self) -> str:
        facts = {
            "source": self.source.name if self.source else "unknown",
            "users": f"{len(self.frame):,}",
            "paths": len(self.frame.columns),
            "problems": f"{len(self.problems):,}",
        }
        return tables.render("Desired users", facts, self.frame)


def number_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame whose index is no unique whole number the row numbers 0…n-1, so that a message can name a row."""
    if pd.api.types.is_integer_dtype(frame.index.dtype) and frame.index.is_unique:
        return frame.rename_axis(index="source_line")
    return frame.set_axis(pd.RangeIndex(len(frame), name="source_line"), axis="index")
