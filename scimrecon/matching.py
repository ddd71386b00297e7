"""Who is who: which row of the export is which user of the target.

Keys are tried in tiers, in the order of ``on``. A normalised key finds, the original is kept. A missing key matches nothing; a
key that stands twice on either side makes all its holders ambiguous, never the first of them; a user is claimed once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from scimrecon.values import normalise

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
_MAX_CANDIDATES = 10


@dataclass(frozen=True, kw_only=True)
class Key:
    """One tier: the same path on both sides."""

    path: str
    case_exact: bool
    desired: pd.Series[str]
    """One text a desired row, by position."""
    users: pd.Series[str]
    """One text a user, by position."""


@dataclass(frozen=True, kw_only=True)
class Matches:
    """The outcome of matching, by position on either side."""

    user_of: Positions
    """For each desired row its user, or -1."""
    desired_of: Positions
    """For each user its desired row, or -1."""
    tier_of: Positions
    """For each desired row the tier that decided, matched or ambiguous, or -1."""
    desired_ambiguous: dict[int, str]
    """Desired row to its candidates, in words."""
    users_ambiguous: dict[int, str]
    """User to its candidates, in words."""


def match_users(keys: Sequence[Key], user_ids: Sequence[str], lines: Sequence[object]) -> Matches:
    """Match desired rows with users, tier by tier.

    Cost: one hash of both sides' keys a tier; about a second a tier at a million users.

    Parameters
    ----------
    keys
        The tiers, strongest first.
    user_ids, lines
        How candidates of an ambiguous match are named: a user by its id, a row by its line.

    Returns
    -------
    Matches
        Each row is matched, ambiguous or neither, and so is each user.
    """
    user_of = np.full(len(lines), -1, dtype=np.int64)
    desired_of = np.full(len(user_ids), -1, dtype=np.int64)
    tier_of = np.full(len(lines), -1, dtype=np.int64)
    desired_ambiguous: dict[int, str] = {}
    users_ambiguous: dict[int, str] = {}
    open_desired = np.ones(len(lines), dtype=bool)
    open_users = np.ones(len(user_ids), dtype=bool)
    for tier, key in enumerate(keys):
        left, right, count_left, count_right = _codes(key)
        meets = open_desired & (left >= 0) & (count_right[left] > 0)
        holder = np.full(len(count_right), -1, dtype=np.int64)
        holder[right[right >= 0]] = np.flatnonzero(right >= 0)
        single = meets & (count_left[left] == 1) & (count_right[left] == 1)
        free = single.copy()
        free[single] = open_users[holder[left[single]]]
        matched = np.flatnonzero(free)
        user_of[matched] = holder[left[matched]]
        desired_of[user_of[matched]] = matched
        unclear = np.flatnonzero(meets & ~free)
        shared = open_users & (right >= 0) & (count_left[right] > 0) & (desired_of < 0) & np.isin(right, left[unclear])
        words = _candidates(np.unique(left[unclear]), left, right, user_ids, lines)
        desired_ambiguous |= {int(row): words[left[row]] for row in unclear}
        users_ambiguous |= {int(row): words[right[row]] for row in np.flatnonzero(shared)}
        tier_of[meets] = tier
        open_desired &= ~meets
        open_users &= (desired_of < 0) & ~shared
    return Matches(
        user_of=user_of,
        desired_of=desired_of,
        tier_of=tier_of,
        desired_ambiguous=desired_ambiguous,
        users_ambiguous=users_ambiguous,
    )


def _codes(key: Key) -> tuple[Positions, Positions, Positions, Positions]:
    """Number the distinct keys of both sides (-1 for none), and count each number on either side."""
    both = normalise(pd.concat([key.desired, key.users], ignore_index=True), case_exact=key.case_exact)
    codes, distinct = pd.factorize(both.mask(both == ""))
    left, right = codes[: len(key.desired)].astype(np.int64), codes[len(key.desired) :].astype(np.int64)
    # One number more than there are keys, so that -1 indexes an entry that is always zero.
    count_left = np.bincount(left[left >= 0], minlength=len(distinct) + 1)
    count_right = np.bincount(right[right >= 0], minlength=len(distinct) + 1)
    return left, right, count_left, count_right


def _candidates(
    codes: Positions, left: Positions, right: Positions, user_ids: Sequence[str], lines: Sequence[object]
) -> dict[int, str]:
    """Name all holders of each of these keys: users by id, rows by line."""
    words: dict[int, list[str]] = {int(code): [] for code in codes}
    wanted = np.isin(right, codes)
    for row in np.flatnonzero(wanted).tolist():
        words[int(right[row])].append(str(user_ids[row]))
    for row in np.flatnonzero(np.isin(left, codes)).tolist():
        words[int(left[row])].append(f"line {lines[row]}")
    return {code: _cut(sorted(names)) for code, names in words.items()}


def _cut(names: list[str]) -> str:
    more = len(names) - _MAX_CANDIDATES
    return ", ".join(names[:_MAX_CANDIDATES]) + (f" and {more} more" if more > 0 else "")


def key_texts(keys: Sequence[Key], matches: Matches) -> pd.Series[str]:
    """What each desired row was matched by; for one not matched, its strongest key that is not blank."""
    texts = keys[0].desired.reset_index(drop=True)
    for tier, key in enumerate(keys):
        own = key.desired.reset_index(drop=True)
        texts = texts.fillna(own).mask(matches.tier_of == tier, own)
    return texts
