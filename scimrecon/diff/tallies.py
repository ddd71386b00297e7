"""What is counted of a comparison for its findings, so that it adds up over the parts of one too large for memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from scimrecon.diff.options import Pair
from scimrecon.matching import Key, Matches
from scimrecon.values import is_among

_FIRST = 1_000
"""Cells that mostly tell whether a column has any value."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that findings are drawn from."""

    keys: Sequence[Key]
    pair: Pair
    texts: Mapping[str, pd.Series[str]]
    """What the target holds, by compared path."""
    changes: pd.DataFrame
    base: pd.DataFrame | None
    """From `history.check_base`."""

    @property
    def matches(self) -> Matches:
        """Who is who."""
        return self.pair.matches

    @property
    def desired(self) -> pd.DataFrame:
        """What the export wants."""
        return self.pair.desired.frame

    @property
    def user_ids(self) -> pd.Series[str]:
        """Of the target's users, by position."""
        return self.pair.side.ids


@dataclass(frozen=True, kw_only=True)
class Padded:
    """Rows that would match by a key but for leading zeros."""

    rows: int
    line: int
    """Of the first of them."""
    row_key: str
    """What it has."""
    user_key: str
    """What the user has whom it would match."""


@dataclass(frozen=True, kw_only=True)
class Unfilled:
    """A column without a value."""

    held: int
    """Matched users who hold one."""
    clears: bool
    """Whether any of its cells asks to clear."""


@dataclass(frozen=True, kw_only=True)
class Tally:
    """What was counted of a comparison, or of a part of one."""

    rows: int
    users: int
    matched: int
    padded: Mapping[str, Padded]
    """By path of the key."""
    unfilled: Mapping[str, Unfilled]
    """By path that both sides have."""
    replaced: Mapping[str, int]
    """Path to how many changes replace a value, the most first."""


def make_tally(evidence: Evidence) -> Tally:
    """Count what the findings on a comparison are drawn from.

    Cost: whole-column operations, about as much as one more attribute compared.
    """
    replaced = evidence.changes.loc[evidence.changes["kind"] == "replace", "path"].value_counts()
    return Tally(
        rows=len(evidence.desired),
        users=len(evidence.user_ids),
        matched=evidence.pair.matched,
        padded={key.path: padded for key in evidence.keys if (padded := _find_padded(key)) is not None},
        unfilled=_find_unfilled(evidence),
        replaced={str(path): int(number) for path, number in replaced.items()},
    )


def add_tallies(tallies: Sequence[Tally]) -> Tally:
    """Add up the tallies of all parts; each row, and each user, is in one of them.

    Rows that would match a user but for leading zeros are in that user's part, and lines rise from row to row.
    """
    replaced: Counter[str] = Counter()
    for one in tallies:
        replaced.update(one.replaced)
    first, *others = [one.unfilled for one in tallies]
    return Tally(
        rows=sum(one.rows for one in tallies),
        users=sum(one.users for one in tallies),
        matched=sum(one.matched for one in tallies),
        padded=_add_padded([one.padded for one in tallies]),
        unfilled={
            path: Unfilled(
                held=sum(one.unfilled[path].held for one in tallies), clears=any(one.unfilled[path].clears for one in tallies)
            )
            for path in first
            if all(path in other for other in others)
        },
        replaced=dict(replaced.most_common()),
    )


def _add_padded(parts: Sequence[Mapping[str, Padded]]) -> dict[str, Padded]:
    added: dict[str, Padded] = {}
    for path, one in (found for part in parts for found in part.items()):
        known = added.get(path, one)
        rows = one.rows if path not in added else known.rows + one.rows
        first = min(known, one, key=lambda padded: padded.line)
        added[path] = Padded(rows=rows, line=first.line, row_key=first.row_key, user_key=first.user_key)
    return added


def _find_padded(key: Key) -> Padded | None:
    """Find the rows that would match but for leading zeros."""
    if not any(forms.str.startswith("0").any() for forms in (key.desired_forms, key.user_forms)):
        return None
    rows, users = (forms[forms.notna() & (forms != "")] for forms in (key.desired_forms, key.user_forms))
    stripped, others = rows.str.lstrip("0"), users.str.lstrip("0")
    meets = is_among(stripped, others) & (stripped != "") & ~is_among(rows, users)
    if not meets.any():
        return None
    return Padded(
        rows=int(meets.sum()),
        line=int(key.desired.index[rows.index[meets][0]]),
        row_key=str(rows[meets].iloc[0]),
        user_key=str(users[others == stripped[meets].iloc[0]].iloc[0]),
    )


def _find_unfilled(evidence: Evidence) -> dict[str, Unfilled]:
    """Find the columns without a value."""
    users = evidence.matches.user_of[evidence.matches.user_of >= 0]
    found = {}
    for path, texts in evidence.texts.items():
        asked = evidence.desired.get(path)
        if asked is None or _has_value(asked.iloc[:_FIRST]) or _has_value(asked):
            continue
        found[path] = Unfilled(held=int(texts.iloc[users].notna().sum()), clears=bool((asked == "").any()))
    return found


def _has_value(cells: pd.Series[str]) -> bool:
    return bool((cells.notna() & (cells != "")).any())
