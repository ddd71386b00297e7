"""How much there is of what, as a widget tells its reader."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many changes there are, are shown, and are ticked."""

    changes: int
    filtered: int
    filtered_tickable: int
    rows: int
    """Shown: the filtered changes, or the groups they are in."""
    ticked: int
    ticked_users: int
    edited: int
    undoable: int
    redoable: int


@dataclass(frozen=True, kw_only=True)
class CleaningCounts:
    """How much there is of a column and its clusters."""

    rows: int
    """Rows of the table: values or clusters."""
    values: int
    """Distinct values of the column."""
    blank: int
    """Blank cells of the column."""
    clusters: int
    ticked: int
    undoable: int
    redoable: int
