"""Where matching stands: who has whom, who is unclear, and the words for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.matching.keys import Codes, Flags, Positions

Labels: TypeAlias = "Sequence[object] | pd.api.extensions.ExtensionArray | pd.Index[Any]"
"""Names by position; a column will do, so that a million need not become objects."""
NOBODY: Positions = np.zeros(0, dtype=np.int64)
"""No row, or no user."""
_MAX_CANDIDATES = 10


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is decided so far, by position on either side; its arrays fill as tiers are tried."""

    user_of: Positions
    """For each row its user, or -1."""
    row_of: Positions
    """For each user its row, or -1."""
    row_tier: Positions
    """For each row the tier that decided, or -1. Likewise for users."""
    user_tier: Positions
    row_unclear: Flags
    """Whether a row is ambiguous. Likewise for users."""
    user_unclear: Flags

    @classmethod
    def start(cls, rows: int, users: int) -> Standing:
        """Begin with nothing decided."""
        return cls(
            user_of=np.full(rows, -1, dtype=np.int64),
            row_of=np.full(users, -1, dtype=np.int64),
            row_tier=np.full(rows, -1, dtype=np.int64),
            user_tier=np.full(users, -1, dtype=np.int64),
            row_unclear=np.zeros(rows, dtype=bool),
            user_unclear=np.zeros(users, dtype=bool),
        )

    @property
    def open_rows(self) -> Flags:
        """Rows that are neither matched nor ambiguous."""
        return (self.user_of < 0) & ~self.row_unclear

    @property
    def open_users(self) -> Flags:
        """Users that are neither matched nor ambiguous."""
        return (self.row_of < 0) & ~self.user_unclear

    def swapped(self) -> Standing:
        """See the users as rows and the rows as users."""
        return Standing(
            user_of=self.row_of,
            row_of=self.user_of,
            row_tier=self.user_tier,
            user_tier=self.row_tier,
            row_unclear=self.user_unclear,
            user_unclear=self.row_unclear,
        )

    def match(self, rows: Positions, users: Positions, tier: Positions | int) -> None:
        """Give each of these rows the user at the same place."""
        self.user_of[rows], self.row_of[users] = users, rows
        self.row_tier[rows] = self.user_tier[users] = tier

    def leave_unclear(self, rows: Positions, users: Positions, tier: int) -> None:
        """Call these rows and users ambiguous."""
        self.row_unclear[rows] = self.user_unclear[users] = True
        self.row_tier[rows] = self.user_tier[users] = tier


def try_tier(standing: Standing, codes: Codes, tier: int) -> tuple[Positions, Positions]:
    """Match what is open and alone with its key on both sides; name the rows and users this tier leaves ambiguous.

    A row whose key a user holds is decided here, one way or the other: no weaker key is tried for it.

    Cost: a few whole-column operations on numbers.
    """
    rows, users = codes.rows, codes.users
    meets = standing.open_rows & (codes.user_count[rows] > 0)
    holder = np.full(len(codes.user_count), -1, dtype=np.int64)
    holder[users[users >= 0]] = np.flatnonzero(users >= 0)
    free = meets & (codes.row_count[rows] == 1) & (codes.user_count[rows] == 1)
    free[free] = standing.open_users[holder[rows[free]]]
    unclear = np.flatnonzero(meets & ~free)
    matched = np.flatnonzero(free)
    standing.match(matched, holder[rows[matched]], tier)
    asked = np.zeros(len(codes.user_count), dtype=bool)
    asked[rows[unclear]] = True
    shared = np.flatnonzero(standing.open_users & (users >= 0) & asked[users])
    standing.leave_unclear(unclear, shared, tier)
    return unclear, shared


@dataclass(frozen=True, kw_only=True)
class Names:
    """How candidates are named: a user by its id, a row by its line."""

    user_ids: Labels
    lines: Labels

    def tell(self, users: tuple[Positions, Positions], rows: tuple[Positions, Positions]) -> pd.Series[str]:
        """Name the members of groups.

        Cost: a sort of the members.

        Parameters
        ----------
        users, rows
            The number of a group and the position of a member, for each member.

        Returns
        -------
        pandas.Series
            Number of a group to its users by id, then its rows by line; the first ten, and how many more.
        """
        ids = [str(self.user_ids[user]) for user in users[1].tolist()]
        lines = [self.lines[row] for row in rows[1].tolist()]
        numbered = all(isinstance(line, int | np.integer) for line in lines)
        members = pa.table(
            {
                "group": np.concatenate([users[0], rows[0]]),
                "is_row": np.repeat([0, 1], [len(ids), len(lines)]),
                "line": [0] * len(ids) + (lines if numbered else [0] * len(lines)),
                "name": pa.array(ids + [f"line {line}" for line in lines], pa.large_string()),
            }
        ).sort_by([(name, "ascending") for name in ("group", "is_row", "line", "name")])
        group, member = (members[name].to_numpy() for name in ("group", "name"))
        again = np.append(np.zeros(1, dtype=bool), (group[1:] == group[:-1]) & (member[1:] == member[:-1]))[: len(group)]
        groups, first, size = np.unique(group[~again], return_index=True, return_counts=True)
        place = np.arange(size.sum()) - np.repeat(first, size)
        shown = members["name"].filter(~again).filter(place < _MAX_CANDIDATES).combine_chunks()
        ends = np.append(0, np.cumsum(np.minimum(size, _MAX_CANDIDATES)))
        told = pc.binary_join(pa.ListArray.from_arrays(ends, shown), pa.scalar(", ", pa.large_string()))
        words = pd.Series(pd.array(told, dtype="str"), index=groups)
        more = pd.Series(size - _MAX_CANDIDATES, index=groups)
        return words.mask(more > 0, words + " and " + more.astype("str") + " more")


def words_of(places: Positions, groups: Positions, words: pd.Series[str]) -> dict[int, str]:
    """Give each of these rows, or users, the words of its group."""
    return dict(zip(places.tolist(), words.reindex(groups).tolist(), strict=True))


def holders(codes: Positions, wanted: Positions) -> tuple[Positions, Positions]:
    """Find who holds one of these numbers: the numbers, and the positions."""
    asked = np.zeros(max(codes.max(initial=-1), wanted.max(initial=-1)) + 2, dtype=bool)
    asked[wanted] = True
    asked[-1] = False  # where -1 looks
    where = np.flatnonzero(asked[codes])
    return codes[where], where
