"""Every user of either side, once, with what the comparison says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.mapping import Desired
from scimrecon.matching import Matches


def tell_statuses(
    desired: Desired, changes: pd.DataFrame, matches: Matches, *, keys: pd.Series[str], ids: pd.Series[str], names: pd.Series[str]
) -> pd.DataFrame:
    """Give each desired row, and each user no row claims, its status. Absence is reported and is never a change.

    Parameters
    ----------
    desired, changes, matches
        As `compare` has them.
    keys
        What each desired row goes by.
    ids, names
        The target's users, by position.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.UserStatuses`: the rows of the export in their order, then the target's other users.
    """
    rows = _desired_rows(desired, changes, matches, keys, ids, names)
    others = _other_users(matches, ids, names)
    frames = [frame for frame in (rows, others) if len(frame)]
    if not frames:
        return schemas.empty(schemas.UserStatuses)
    return schemas.check(pd.concat(frames, ignore_index=True), schemas.UserStatuses)


def _desired_rows(
    desired: Desired,
    changes: pd.DataFrame,
    matches: Matches,
    keys: pd.Series[str],
    ids: pd.Series[str],
    names: pd.Series[str],
) -> pd.DataFrame:
    matched = matches.user_of >= 0
    position = pd.Series(matches.user_of)
    of_user = _count(changes, ids)
    open_, held, cosmetic = (pd.Series(np.where(matched, count[matches.user_of], 0)) for count in of_user)
    status = pd.Series("source_only", index=position.index, dtype="str")
    status = status.mask(matched, "in_sync").mask(cosmetic > 0, "cosmetic").mask(held > 0, "locked_only")
    status = status.mask(open_ > 0, "changed").mask((keys.isna() | (keys == "")).to_numpy() & ~matched, "invalid_source")
    ambiguous = pd.Series(matches.desired_ambiguous, dtype="str").reindex(position.index)
    status = status.mask(ambiguous.notna(), "ambiguous")
    counted = pd.Series("", index=position.index, dtype="str")
    for number, what in ((open_, "can be ticked"), (held, "cannot be ticked"), (cosmetic, "only in formatting")):
        counted = counted.mask(number > 0, counted + ", " + number.astype("str") + " " + what)
    counted = "differs: " + counted.str.slice(2)
    words = {
        "in_sync": "every compared attribute is as the export has it",
        "source_only": "no user of the target has this key",
        "invalid_source": "the key is blank or could not be mapped",
        "ambiguous": "the key stands more than once, or its user is claimed already; see candidates",
    }
    return pd.DataFrame(
        {
            "key": keys.array,
            "user_id": ids.reindex(matches.user_of).array,
            "user_name": names.reindex(matches.user_of).array,
            "source_line": pd.array(desired.frame.index.to_numpy(), dtype="Int64"),
            "status": status,
            "reason": status.map(words).fillna(counted),
            "candidates": ambiguous,
        },
        index=position.index,
    )


def _count(changes: pd.DataFrame, ids: pd.Series[str]) -> list[np.ndarray[Any, Any]]:
    """Per user, by position: open changes, those that cannot be ticked, cosmetic ones. The last entry is nobody's."""
    user = pd.Index(ids).get_indexer(pd.Index(changes["user_id"]))
    cosmetic = (changes["kind"] == "cosmetic").to_numpy()
    is_open = (changes["status"] == "open").to_numpy()
    kinds = (is_open & ~cosmetic, ~is_open & ~cosmetic, cosmetic)
    return [np.bincount(user[kind], minlength=len(ids) + 1) for kind in kinds]


def _other_users(matches: Matches, ids: pd.Series[str], names: pd.Series[str]) -> pd.DataFrame:
    rest = np.flatnonzero(matches.desired_of < 0)
    candidates = pd.Series(matches.users_ambiguous, dtype="str").reindex(rest)
    ambiguous = candidates.notna().to_numpy()
    return pd.DataFrame(
        {
            "key": pd.Series(pd.NA, index=range(len(rest)), dtype="str"),
            "user_id": ids.array[rest],
            "user_name": names.array[rest],
            "source_line": pd.array([None] * len(rest), dtype="Int64"),
            "status": np.where(ambiguous, "ambiguous", "target_only"),
            "reason": np.where(
                ambiguous, "the key stands more than once; see candidates", "no row of the export has this user's key"
            ),
            "candidates": candidates.array,
        }
    )
