"""Count the changes of each pattern, and say which patterns deserve a look."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon.patterns.combinations import Combinations, count_alike
from scimrecon.patterns.labels import CLEARS, MANY, ZEROS_GONE, Mask, Numbers, label_changes, show_values
from scimrecon.values import arrow_texts, is_among

_SHARE, _SHARE_USERS = 0.5, 20
_REASONS = (
    (0, "deactivation", "switches accounts off"),
    (0, "reactivation", "switches accounts on"),
    (0, "identity", "changes what people sign in with"),
    (1, "clears", "clears values"),
    (2, "both_changed", "changed on both sides since the last run"),
    (2, "target_edited", "edited on the target since the last run"),
    (3, "mixed_script", "letters of two scripts in one word"),
    (3, "hidden_characters", "hidden characters"),
    (3, "null_word", "looks like no value"),
    (4, "many", "one value for users who had many"),
    (4, "zeros", "leading zeros are lost, as where a spreadsheet made numbers of them"),
    (1, "keys_disagree", "the keys of row and user do not agree"),
    (5, "weak_match", "matched by a weaker key"),
    (5, "linked", "matched by a link alone"),
)
"""How grave a pattern is (0 is gravest) that has a flag, or clears, or makes many values one; and why."""
_SHARE_GRAVITY, _USUAL = 6, 7
_ODD_TEXT = ("mixed_script", "hidden_characters")
"""What matters of a change in formatting too."""


def group_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Count the changes of each pattern, and say which patterns are unusual and why. Each change is in one.

    Parameters
    ----------
    changes
        Follows `schemas.Changes`; where there is no ``pattern``, `label_changes` says it.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Patterns`, one row a ``pattern``: its (most frequent) ``kind``, how many ``changes`` and ``users`` it has
        and how many are ``tickable``, why it is ``unusual`` (``''`` if it is not), and its first by user id as ``such_as``. The
        gravest come first, then the largest.
    """
    groups = _grouped(changes)
    ordered = groups.sort_values(["gravity", "changes", "pattern"], ascending=[True, False, True], ignore_index=True)
    return ordered.drop(columns=["gravity", "barred"])


def _grouped(changes: pd.DataFrame) -> pd.DataFrame:
    """As `group_changes`, and with how grave a pattern is, and whether a reason bars most of its changes from the routine."""
    return _judged(changes, _combined(changes))


def _combined(changes: pd.DataFrame) -> Combinations:
    return count_alike(changes.assign(pattern=_patterns(changes)), ["pattern", "path", "kind", "status", "flags"])


def _judged(changes: pd.DataFrame, combined: Combinations) -> pd.DataFrame:
    """The groups of changes that were counted."""
    alike = combined.alike
    codes, names = pd.factorize(alike["pattern"])
    users, firsts, all_users = _people(codes[combined.place], len(names), changes["user_id"])
    first = changes.iloc[firsts]
    groups = pd.DataFrame(
        {
            "pattern": pd.Series(names, dtype="str"),
            "path": first["path"].astype("str").array,
            "kind": _kinds(codes, alike).array,
            "changes": pd.array(_counts(codes, alike, np.ones(len(alike), dtype=bool), len(names)), dtype="Int64"),
            "users": pd.array(users, dtype="Int64"),
            "tickable": pd.array(_counts(codes, alike, _tickable(alike), len(names)), dtype="Int64"),
        }
    )
    reasons = _unusual(alike, codes, groups, all_users)
    groups["unusual"] = pd.Series(["; ".join(why for _, why, _ in one) for one in reasons], dtype="str")
    groups["such_as"] = _in_words(first).array
    groups["gravity"] = [one[0][0] if one else _USUAL for one in reasons]
    groups["barred"] = [any(part > _SHARE for _, _, part in one) for one in reasons]
    return groups


def routine(changes: pd.DataFrame) -> pd.Index[str]:
    """Find the changes that can be ticked and need no look of their own.

    Left out are clears, `active`, each change that is itself flagged (what people sign in with, a weaker match, what was edited
    on the target, odd text), and all of a pattern that is unusual as a whole, or of whose changes most are flagged.

    Parameters
    ----------
    changes
        As `group_changes` takes them; the index is the change ids.

    Returns
    -------
    pandas.Index
        Change ids, in the order of `changes`.
    """
    combined = _combined(changes)
    alike, groups = combined.alike, _judged(changes, combined)
    marks = {mark for _, mark, _ in _REASONS}
    flagged = np.array([not marks.isdisjoint(words.split()) for words in alike["flags"].fillna("")], dtype=bool)
    odd = flagged | _clears(alike) | np.asarray(alike["path"] == "active", dtype=bool)
    barred = is_among(alike["pattern"], groups.loc[groups["barred"], "pattern"])
    usual: Mask = _tickable(alike) & ~barred & ~odd
    return changes.index[usual[combined.place]]


def _patterns(changes: pd.DataFrame) -> pd.Series[str]:
    return changes["pattern"] if "pattern" in changes else label_changes(changes)


def _clears(changes: pd.DataFrame) -> Mask:
    return is_among(changes["kind"], pd.Series(CLEARS, dtype="str"))


def _tickable(changes: pd.DataFrame) -> Mask:
    return np.asarray((changes["status"] == "open") & (changes["kind"] != "cosmetic"), dtype=bool)


def _counts(codes: Numbers, alike: pd.DataFrame, which: Mask, size: int) -> Numbers:
    """How many of each pattern's changes are among those."""
    return np.bincount(codes, weights=np.where(which, alike["rows"], 0), minlength=size).astype(np.int64)


def _people(codes: Numbers, size: int, ids: pd.Series[str]) -> tuple[Numbers, Numbers, int]:
    """How many users each pattern touches, where its first change by user id is, and how many users there are in all."""
    users, all_users = _number_users(ids)
    # Few patterns: a short number is sorted by counting.
    order = np.argsort(codes.astype(np.min_scalar_type(size)), kind="stable")
    codes, users = codes[order], users[order]
    if (users[1:] < users[:-1])[codes[1:] == codes[:-1]].any():
        within = np.lexsort((users, codes))
        order, users = order[within], users[within]
    starts = np.searchsorted(codes, np.arange(size))
    fresh = np.ones(len(codes), dtype=bool)
    fresh[1:] = (users[1:] != users[:-1]) | (codes[1:] != codes[:-1])
    return np.bincount(codes[fresh], minlength=size), order[starts], all_users


def _number_users(ids: pd.Series[str]) -> tuple[Numbers, int]:
    """Number users in the order of their ids, and say how many there are."""
    cells = arrow_texts(ids)
    here, before = cells.slice(1), cells.slice(0, max(len(cells) - 1, 0))
    if pc.all(pc.greater_equal(here, before)).as_py():  # as a diff's changes are: nothing needs to be hashed
        fresh = np.zeros(len(cells), dtype=np.int64)
        fresh[1:] = pc.not_equal(here, before).to_numpy(zero_copy_only=False)
        users = np.cumsum(fresh)
        return users, int(users[-1]) + 1 if len(users) else 0
    codes, distinct = pd.factorize(ids)
    return np.asarray(distinct.argsort()).argsort()[codes], len(distinct)


def _kinds(codes: Numbers, alike: pd.DataFrame) -> pd.Series[str]:
    """The most frequent kind of each pattern: one that sets values may also add elements."""
    counts = alike.assign(code=codes).groupby(["code", "kind"])["rows"].sum().reset_index()
    counts = counts.sort_values(["code", "rows", "kind"], ascending=[True, False, True])
    kinds: pd.Series[str] = counts.drop_duplicates("code")["kind"].astype("str")
    return kinds


def _unusual(alike: pd.DataFrame, codes: Numbers, groups: pd.DataFrame, all_users: int) -> list[list[tuple[int, str, float]]]:
    """How grave, why and with what part of its changes each pattern is unusual, gravest first."""
    words = [set(flags.split()) for flags in alike["flags"].fillna("")]
    labels = pd.Series(groups["pattern"])
    whole = {
        "clears": np.unique(codes[_clears(alike)]),
        "many": np.flatnonzero(labels.str.contains(MANY, regex=False)),
        "zeros": np.flatnonzero(labels.str.endswith(ZEROS_GONE)),
    }
    found: list[list[tuple[int, str, float]]] = [[] for _ in labels]
    for gravity, mark, why in _REASONS:
        counts = _counts(codes, alike, np.array([mark in flags for flags in words], dtype=bool), len(labels))
        for at in whole.get(mark, np.flatnonzero(counts)):
            size = groups["changes"].iloc[at]
            part = 1.0 if mark in whole else float(counts[at] / size)
            if groups["kind"].iloc[at] != "cosmetic" or mark in _ODD_TEXT:
                found[at].append((gravity, f"{counts[at]:,} of {size:,}: {why}" if part < 1 else why, part))
    share = groups["users"] / max(all_users, 1)
    for at in np.flatnonzero((share > _SHARE) & (groups["users"] >= _SHARE_USERS) & (groups["kind"] != "cosmetic")):
        found[at].append((_SHARE_GRAVITY, f"touches {share[at]:.0%} of the users that differ", 1.0))
    return found


def _in_words(changes: pd.DataFrame) -> pd.Series[str]:
    """One line a change: "obrien: R&D → Research"."""
    before = changes["before"].astype("str").replace("", None).fillna("(unassigned)")
    after = changes["after"].astype("str").fillna("(not mapped)").replace("", "(unassigned)")
    return show_values(changes["user_name"].fillna(changes["user_id"])) + ": " + show_values(before) + " → " + show_values(after)
