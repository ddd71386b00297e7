"""Every user of either side, once, with what the comparison says of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.diff.options import Pair
from scimrecon.values import normalise

_WORDS = {
    "in_sync": "every compared attribute is as the export has it",
    "invalid_source": "the key is blank or could not be mapped",
    "ambiguous": "the key stands more than once, or its user is claimed already; see candidates",
}
_KINDS = ("can be ticked", "cannot be ticked", "only in formatting")
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
    listed = {kind: told.reindex(matches.user_of).set_axis(index) for kind, told in _list_paths(changes, pair).items()}
    open_, held, cosmetic = (listed[kind].notna() for kind in _KINDS)
    status = pd.Series("source_only", index=index, dtype="str")
    status = status.mask(matched, "in_sync").mask(cosmetic, "cosmetic").mask(held, "locked_only")
    blank = normalise(keys, case_exact=True).fillna("") == ""
    status = status.mask(open_, "changed").mask(blank.to_numpy() & ~matched, "invalid_source")
    ambiguous = pd.Series(matches.desired_ambiguous, dtype="str").reindex(index)
    near = pd.Series(matches.near, dtype="str").reindex(index)
    status = status.mask(ambiguous.notna(), "ambiguous").mask(shielded, "protected")
    counted = pd.Series("", index=index, dtype="str")
    for kind in _KINDS:
        counted = counted + (", " + listed[kind]).fillna("")
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
            "reason": reason.mask(status == "protected", "protected: " + counted.where(held | cosmetic, "nothing differs")),
            "candidates": ambiguous.fillna(near.where(alone)),
        },
        index=index,
    )


def _list_paths(changes: pd.DataFrame, pair: Pair) -> dict[str, pd.Series[str]]:
    """How a user differs to how many paths of the kind it has, and which; by position, without those that have none."""
    user = pd.Index(pair.side.ids).get_indexer(pd.Index(changes["user_id"]))
    cosmetic = changes["kind"] == "cosmetic"
    is_open = changes["status"] == "open"
    paths = pa.table({"user": user, "path": pa.array(changes["path"], pa.string())})
    kinds = zip(_KINDS, (is_open & ~cosmetic, ~is_open & ~cosmetic, cosmetic), strict=True)
    return {kind: _list_one(paths.filter(pa.array(found)), kind) for kind, found in kinds}


def _list_one(paths: Any, kind: str) -> pd.Series[str]:
    groups = paths.group_by("user", use_threads=False).aggregate([("path", "list")])
    number = pc.cast(pc.list_value_length(groups["path_list"]), pa.string())
    told = pc.binary_join_element_wise(number, f" {kind} (", pc.binary_join(groups["path_list"], ", "), ")", "")
    return pd.Series(pd.array(told, dtype="str"), index=groups["user"].to_numpy())


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
