"""Every user of either side, once, with what the comparison says of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.diff.options import Pair
from scimrecon.matching import Positions
from scimrecon.values import arrow_texts, as_texts, normalise, whole

_WORDS = {
    "in_sync": "nothing differs",
    "invalid_source": "the key is blank or could not be mapped",
    "ambiguous": "the key stands more than once, its user is claimed already, or a decision is against it; see candidates",
}
_SHARED = "the key stands more than once, or a decision is against its row; see candidates"
_STATUSES = ("source_only", "in_sync", "cosmetic", "locked_only", "changed", "invalid_source", "ambiguous", "protected")
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
    told = _list_paths(changes, pair)
    row = matches.desired_of[told.index.to_numpy()]
    matched = matches.user_of >= 0
    blank = ~matched
    blank[blank] = normalise(keys[~matched], case_exact=True).fillna("") == ""
    # One more than there are users, for the position of nobody.
    shielded = np.append(pair.protected, [False])[matches.user_of]
    status = np.zeros(len(keys), dtype=np.int64)
    status[matched] = _STATUSES.index("in_sync")
    for kind, name in zip(reversed(_KINDS), ("cosmetic", "locked_only", "changed"), strict=True):
        status[row[told[kind].notna()]] = _STATUSES.index(name)
    status[blank] = _STATUSES.index("invalid_source")
    status[list(matches.desired_ambiguous)] = _STATUSES.index("ambiguous")
    status[shielded] = _STATUSES.index("protected")
    near = {place: words for place, words in matches.near.items() if not status[place]}
    users = pa.array(matches.user_of, mask=~matched)
    return pd.DataFrame(
        {
            "key": keys.array,
            "user_id": as_texts(whole(arrow_texts(pair.side.ids)).take(users)).array,
            "user_name": as_texts(whole(arrow_texts(pair.side.names)).take(users)).array,
            "source_line": pd.array(pair.desired.frame.index.to_numpy(), dtype="Int64"),
            "status": pd.array(_STATUSES, dtype="str").take(status),
            "reason": _reasons(pair, told, status, list(near)),
            "candidates": _spread(near | matches.desired_ambiguous, len(keys)),
        }
    )


def _reasons(pair: Pair, told: pd.DataFrame, status: Positions, near: list[int]) -> Any:
    """Why each row has its status: mostly one sentence a status, so that none is written twice."""
    keyed = " or ".join(pair.tiers)
    words = {"source_only": f"no user of the target has this {keyed}", "protected": "protected: nothing differs", **_WORDS}
    counted = pd.Series("", index=told.index, dtype="str")
    for kind in _KINDS:
        counted = counted + (", " + told[kind]).fillna("")
    counted = "differs: " + counted.str.slice(2)
    counted = counted.mask(pair.protected[told.index], "protected: " + counted)
    sentences = pa.array([*(words.get(name, "") for name in _STATUSES), _NEAR_ROW.format(keyed)], pa.large_string())
    texts = pa.concat_arrays([sentences, whole(arrow_texts(counted))])
    place = status.copy()
    place[near] = len(_STATUSES)
    place[pair.matches.desired_of[told.index]] = np.arange(len(told)) + len(_STATUSES) + 1
    return as_texts(texts.take(pa.array(place))).array


def _spread(told: Mapping[int, str], rows: int) -> Any:
    """A column of so many rows with a few words, and NA elsewhere."""
    place = np.full(rows, -1)
    place[list(told)] = np.arange(len(told))
    return pd.array(list(told.values()), dtype="str").take(place, allow_fill=True)


def _list_paths(changes: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """How each user that differs does to how many paths of a kind, and which: by position, a column a kind, NA for no path."""
    codes, ids = pd.factorize(changes["user_id"])
    found = pc.index_in(arrow_texts(pair.side.ids), value_set=arrow_texts(ids))
    held = np.flatnonzero(found.is_valid())
    position = np.zeros(len(ids), dtype=np.int64)
    position[found.drop_null()] = held
    cosmetic = changes["kind"] == "cosmetic"
    is_open = changes["status"] == "open"
    paths = pa.table({"user": position[codes], "path": arrow_texts(changes["path"])})
    kinds = zip(_KINDS, (is_open & ~cosmetic, ~is_open & ~cosmetic, cosmetic), strict=True)
    listed = {kind: _list_one(paths.filter(pa.array(found)), kind) for kind, found in kinds}
    return pd.DataFrame(listed, index=np.sort(position))


def _list_one(paths: Any, kind: str) -> pd.Series[str]:
    groups = paths.group_by("user", use_threads=False).aggregate([("path", "list")])
    number = pc.cast(pc.list_value_length(groups["path_list"]), pa.large_string())
    listed = pc.binary_join(groups["path_list"], pa.scalar(", ", pa.large_string()))
    ends = [pa.scalar(text, pa.large_string()) for text in (f" {kind} (", ")", "")]
    told = pc.binary_join_element_wise(number, ends[0], listed, *ends[1:])
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
            "reason": np.where(ambiguous, _SHARED, reason),
            "candidates": shared.fillna(near).array,
        }
    )
