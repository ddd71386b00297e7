"""Every user of either side, once, with what the comparison says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.diff.options import Pair
from scimrecon.values import normalise

_WORDS = {
    "in_sync": "every compared attribute is as the export has it",
    "invalid_source": "the key is blank or could not be mapped",
    "ambiguous": "the key stands more than once, or its user is claimed already; see candidates",
}
_NEAR_ROW = "no user of the target has exactly this {}; candidates have one that looks alike"
_NEAR_USER = "no row of the export has exactly this user's {}; candidates have one that looks alike"


def tell_statuses(pair: Pair, changes: pd.DataFrame) -> pd.DataFrame:
    """Give each desired row, and each user no row claims, its status. Absence is reported and is never a change.

    Parameters
    ----------
    pair
        Both sides, matched.
    changes
        Follows `schemas.Changes`.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.UserStatuses`: the rows of the export in their order, then the target's other users.
    """
    frames = [frame for frame in (_desired_rows(pair, changes), _other_users(pair)) if len(frame)]
    if not frames:
        return schemas.empty(schemas.UserStatuses)
    return schemas.check(pd.concat(frames, ignore_index=True), schemas.UserStatuses)


def _desired_rows(pair: Pair, changes: pd.DataFrame) -> pd.DataFrame:
    matches, keys = pair.matches, pair.known_by
    matched = matches.user_of >= 0
    index = pd.RangeIndex(len(keys))
    # One more than there are users, for the position of nobody.
    shielded = np.append(pair.protected, [False])[matches.user_of]
    open_, held, cosmetic = (pd.Series(np.where(matched, count[matches.user_of], 0)) for count in _count(changes, pair))
    status = pd.Series("source_only", index=index, dtype="str")
    status = status.mask(matched, "in_sync").mask(cosmetic > 0, "cosmetic").mask(held > 0, "locked_only")
    blank = normalise(keys, case_exact=True).fillna("") == ""
    status = status.mask(open_ > 0, "changed").mask(blank.to_numpy() & ~matched, "invalid_source")
    ambiguous = pd.Series(matches.desired_ambiguous, dtype="str").reindex(index)
    near = pd.Series(matches.near, dtype="str").reindex(index)
    status = status.mask(ambiguous.notna(), "ambiguous").mask(shielded, "protected")
    counted = pd.Series("", index=index, dtype="str")
    for number, what in ((open_, "can be ticked"), (held, "cannot be ticked"), (cosmetic, "only in formatting")):
        counted = counted.mask(number > 0, counted + ", " + number.astype("str") + " " + what)
    counted = "differs: " + counted.str.slice(2)
    keyed = " or ".join(pair.tiers)
    alone = status == "source_only"
    reason = status.map(_WORDS).fillna(counted).mask(alone, f"no user of the target has this {keyed}")
    reason = reason.mask(alone & near.notna(), _NEAR_ROW.format(keyed))
    return pd.DataFrame(
        {
            "key": keys.array,
            "user_id": pair.side.ids.reindex(matches.user_of).array,
            "user_name": pair.side.names.reindex(matches.user_of).array,
            "source_line": pd.array(pair.desired.frame.index.to_numpy(), dtype="Int64"),
            "status": status,
            "reason": reason.mask(status == "protected", "protected: " + counted.where(held + cosmetic > 0, "nothing differs")),
            "candidates": ambiguous.fillna(near.where(alone)),
        },
        index=index,
    )


def _count(changes: pd.DataFrame, pair: Pair) -> list[np.ndarray[Any, Any]]:
    """Per user, by position: open changes, those that cannot be ticked, cosmetic ones. The last entry is nobody's."""
    user = pd.Index(pair.side.ids).get_indexer(pd.Index(changes["user_id"]))
    cosmetic = (changes["kind"] == "cosmetic").to_numpy()
    is_open = (changes["status"] == "open").to_numpy()
    kinds = (is_open & ~cosmetic, ~is_open & ~cosmetic, cosmetic)
    return [np.bincount(user[kind], minlength=len(pair.side.ids) + 1) for kind in kinds]


def _other_users(pair: Pair) -> pd.DataFrame:
    matches = pair.matches
    rest = np.flatnonzero(matches.desired_of < 0)
    shared = pd.Series(matches.users_ambiguous, dtype="str").reindex(rest)
    near = pd.Series(matches.near_users, dtype="str").reindex(rest)
    ambiguous = shared.notna().to_numpy()
    keyed = " or ".join(pair.tiers)
    reason = np.where(near.notna().to_numpy(), _NEAR_USER.format(keyed), f"no row of the export has this user's {keyed}")
    return pd.DataFrame(
        {
            "key": pd.Series(pd.NA, index=range(len(rest)), dtype="str"),
            "user_id": pair.side.ids.array[rest],
            "user_name": pair.side.names.array[rest],
            "source_line": pd.array([None] * len(rest), dtype="Int64"),
            "status": np.where(ambiguous, "ambiguous", np.where(pair.protected[rest], "protected", "target_only")),
            "reason": np.where(ambiguous, "the key stands more than once; see candidates", reason),
            "candidates": shared.fillna(near).array,
        }
    )
