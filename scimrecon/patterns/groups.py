"""Count the changes of each pattern, and say which patterns deserve a look."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scimrecon.patterns.labels import CLEARS, MANY, ZEROS_GONE, Mask, Numbers, label_changes, show_values
from scimrecon.values import is_among

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
    codes, names = pd.factorize(_patterns(changes))
    users, ids = pd.factorize(changes["user_id"])
    # A pattern and user, once
    touched = pd.unique(codes * max(len(ids), 1) + users) // max(len(ids), 1)
    first = changes.iloc[_first_by_user(codes, users, ids)]
    groups = pd.DataFrame(
        {
            "pattern": pd.Series(names, dtype="str"),
            "path": first["path"].astype("str").array,
            "kind": _kinds(codes, changes["kind"]).array,
            "changes": _counts(codes, len(names)),
            "users": _counts(touched, len(names)),
            "tickable": _counts(codes[_tickable(changes)], len(names)),
        }
    )
    reasons = _unusual(changes, codes, groups, len(ids))
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
    labelled = changes.assign(pattern=_patterns(changes))
    codes, flags = pd.factorize(labelled["flags"].fillna(""))
    marks = {mark for _, mark, _ in _REASONS}
    flagged = np.array([not marks.isdisjoint(words.split()) for words in flags], dtype=bool)[codes]
    odd = flagged | _clears(labelled) | np.asarray(labelled["path"] == "active", dtype=bool)
    groups = _grouped(labelled)
    barred = is_among(labelled["pattern"], groups.loc[groups["barred"], "pattern"])
    usual: Mask = _tickable(changes) & ~barred & ~odd
    return changes.index[usual]


def _patterns(changes: pd.DataFrame) -> pd.Series[str]:
    return changes["pattern"] if "pattern" in changes else label_changes(changes)


def _clears(changes: pd.DataFrame) -> Mask:
    return is_among(changes["kind"], pd.Series(CLEARS, dtype="str"))


def _tickable(changes: pd.DataFrame) -> Mask:
    return np.asarray((changes["status"] == "open") & (changes["kind"] != "cosmetic"), dtype=bool)


def _counts(codes: Numbers, size: int) -> pd.api.extensions.ExtensionArray:
    return pd.array(np.bincount(codes, minlength=size), dtype="Int64")


def _first_by_user(codes: Numbers, users: Numbers, ids: pd.Index[str]) -> Numbers:
    """Position of the first change by user id of each pattern."""
    rank = np.asarray(ids.argsort()).argsort()
    return pd.Series(rank[users]).groupby(codes).idxmin().to_numpy(dtype=np.int64)


def _kinds(codes: Numbers, kind: pd.Series[str]) -> pd.Series[str]:
    """The most frequent kind of each pattern: one that sets values may also add elements."""
    counts = pd.DataFrame({"code": codes, "kind": kind.array}).value_counts().rename("changes").reset_index()
    counts = counts.sort_values(["code", "changes", "kind"], ascending=[True, False, True])
    return counts.drop_duplicates("code")["kind"].astype("str")


def _unusual(changes: pd.DataFrame, codes: Numbers, groups: pd.DataFrame, all_users: int) -> list[list[tuple[int, str, float]]]:
    """How grave, why and with what part of its changes each pattern is unusual, gravest first."""
    flag_codes, flags = pd.factorize(changes["flags"].fillna(""))
    labels = pd.Series(groups["pattern"])
    whole = {
        "clears": pd.unique(codes[_clears(changes)]),
        "many": np.flatnonzero(labels.str.contains(MANY, regex=False)),
        "zeros": np.flatnonzero(labels.str.endswith(ZEROS_GONE)),
    }
    found: list[list[tuple[int, str, float]]] = [[] for _ in labels]
    for gravity, mark, why in _REASONS:
        flagged = np.array([mark in words.split() for words in flags], dtype=bool)[flag_codes]
        counts = np.bincount(codes[flagged], minlength=len(labels))
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
