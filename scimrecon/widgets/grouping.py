"""Group the changes shown by user, attribute or pattern: one row a group, with its counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np

from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    import pandas as pd

    from scimrecon.widgets.columns import Columns, Mask, Positions
    from scimrecon.widgets.filtering import Query

_COLUMN = {"user": "user_id", "path": "path", "pattern": "pattern"}
_NAMED_AT_MOST = 6


class GroupRow(TypedDict):
    """One group as it is drawn."""

    id: str
    """The user's id, the path or the pattern, whole."""
    group: str
    changes: int
    users: int
    tickable: int
    ticked: int
    unusual: str
    such_as: str


class Groups:
    """The groups of the changes a query shows.

    Parameters
    ----------
    columns
        All changes.
    filtered
        Those that fit the query.
    query
        Says by what, and in what order. Patterns stand as in `Diff.patterns`, the unusual first; attributes by size; users as
        in the diff.
    patterns
        `Diff.patterns`; needed for patterns alone.
    """

    def __init__(self, columns: Columns, filtered: Mask, query: Query, patterns: pd.DataFrame | None = None) -> None:
        self.by = query.by or "user"
        self._columns = columns
        self._filtered = filtered
        self._patterns = None if patterns is None else patterns.set_index("pattern")
        self._codes, self._values = columns.coded(_COLUMN[self.by])  # of users there may be very many: no list
        self._changes = self._count(filtered)
        self._users = self._count_users()
        self._order = self._sorted(query)

    def __len__(self) -> int:
        return len(self._order)

    def window(self, start: int, count: int, tickable: Mask, ticked: Mask) -> list[GroupRow]:
        """Give some of the groups; counts of what can be ticked and is are of this moment. Cost: two passes over the changes."""
        shown = self._order[max(start, 0) : max(start, 0) + max(count, 0)].tolist()
        can, are = self._count(self._filtered & tickable), self._count(self._filtered & ticked)
        named = self._named(shown)
        return [
            {
                "id": self._values[code].as_py(),
                "group": visible(named[code][0]),
                "changes": int(self._changes[code]),
                "users": int(self._users[code]),
                "tickable": int(can[code]),
                "ticked": int(are[code]),
                "unusual": visible(self._told(code, "unusual")),
                "such_as": visible(named[code][1] or self._told(code, "such_as")),
            }
            for code in shown
        ]

    def _count(self, mask: Mask) -> Positions:
        return np.bincount(self._codes[mask], minlength=len(self._values))[: len(self._values)]

    def _count_users(self) -> Positions:
        if self.by != "pattern":
            # A user has a path once.
            return self._changes if self.by == "path" else np.minimum(self._changes, 1)
        users, ids = self._columns.coded("user_id")
        pairs = np.sort(self._codes[self._filtered].astype(np.int64) * (len(ids) + 1) + users[self._filtered])
        once = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]
        return np.bincount(once // (len(ids) + 1), minlength=len(self._values))

    def _sorted(self, query: Query) -> Positions:
        shown = np.flatnonzero(self._changes)
        if query.sort == "changes":
            by = np.argsort(self._changes[shown] * (-1 if query.descending else 1), kind="stable")
        elif query.sort == "group":
            names = self._names(shown)
            by = np.array(sorted(range(len(shown)), key=names.__getitem__, reverse=query.descending), dtype=np.intp)
        elif self.by == "path":
            by = np.argsort(-self._changes[shown], kind="stable")
        elif self._patterns is not None:
            # An edit may have made a pattern that the compared changes do not have.
            places = {label: place for place, label in enumerate(self._patterns.index)}
            by = np.argsort([places.get(label, len(places)) for label in self._values.take(shown).to_pylist()], kind="stable")
        else:
            return shown
        ordered: Positions = shown[by]
        return ordered

    def _names(self, shown: Positions) -> list[str]:
        if self.by == "user":
            return self._columns.names(shown)
        return [text.lower() for text in self._values.take(shown).to_pylist()]

    def _named(self, shown: list[int]) -> dict[int, tuple[str, str]]:
        """What each group is called; of users also which attributes differ."""
        if self.by != "user":
            return {code: (self._values[code].as_py(), "") for code in shown}
        wanted = np.zeros(len(self._values) + 1, dtype=bool)
        wanted[shown] = True
        positions = np.flatnonzero(self._filtered & wanted[self._codes])
        named: dict[int, tuple[str, list[str]]] = {}
        for code, cells in zip(self._codes[positions].tolist(), self._columns.cells(positions), strict=True):
            name = cells["user_name"] or cells["key"] or cells["user_id"] or ""
            named.setdefault(code, (name, []))[1].append(cells["path"] or "")
        return {
            code: (name, ", ".join(paths[:_NAMED_AT_MOST]) + (", …" if len(paths) > _NAMED_AT_MOST else ""))
            for code, (name, paths) in named.items()
        }

    def _told(self, code: int, column: str) -> str:
        label = self._values[code].as_py()
        if self._patterns is None or label not in self._patterns.index:
            return ""
        return str(self._patterns.at[label, column])
