"""Lay those whom nothing matched beside everyone they might be, for a person to decide. Nothing is applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon.diff.options import Pair
from scimrecon.matching import Positions, propose_matches
from scimrecon.paths import parse_set
from scimrecon.values import arrow_texts, is_among, normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from scimrecon.diff.report import Diff

_IN_DOUBT = ("ambiguous", "source_only", "invalid_source")
_TOLD = ("name.givenName", "name.familyName", "displayName", "userName", "externalId", "employeeNumber", "title", "department")
"""What tells two people apart at a glance, where both sides have it."""
_NAMED = {"ambiguous": "shares the key", "source_only": "has a key that looks alike"}
_SEARCHED = "found by a search"


@dataclass(frozen=True, kw_only=True)
class Candidates:
    """The rows of the export that are in doubt, and who each might be."""

    rows: pd.DataFrame
    """Index ``source_line``; ``status, reason``, the ``path`` and ``key`` a link of the row goes by (NA where every key is blank
    or stands in another row too), and ``told``: what the row says of the person, in a line."""
    pairs: pd.DataFrame
    """``source_line, user_id, user_name, score`` (of 100; NA where nothing could be compared), ``reason, told``; by line, the
    best first."""


def find_candidates(diff: Diff, *, limit: int, min_score: float) -> Candidates:
    """Find who is in doubt, and who they might be.

    Candidates of an ambiguous row are the users who share its key; of a row without a user those whose key looks alike, and those
    `Diff.propose_links` proposes.

    Parameters
    ----------
    diff
        What `compare` returned.
    limit, min_score
        As `Diff.propose_links`.

    Raises
    ------
    CompareError
        rapidfuzz is not installed.
    """
    pair = diff.basis.pair
    own = diff.users.iloc[: len(pair.desired.frame)]
    places = np.flatnonzero(own["status"].isin(_IN_DOUBT).to_numpy())
    doubtful = own.iloc[places].assign(place=places)
    paths, keys = _own_keys(pair)
    lines = pair.desired.frame.index[places]
    rows = pd.DataFrame(
        {
            "status": doubtful["status"].array, "reason": doubtful["reason"].array, "path": paths.iloc[places].array,
            "key": keys.iloc[places].array,
            "told": _tell({path: pair.desired.frame[path] for path in _shared(pair, _TOLD)}, places).array,
        },
        index=pd.Index(lines, name="source_line"),
    )  # fmt: skip
    named = _named_pairs(doubtful.set_index(lines), pair)
    scored = _score(named, pair).merge(named, how="right", on=["source_line", "user_id"])
    proposed = diff.propose_links(limit=limit, min_score=min_score)[["source_line", "user_id", "score", "reason"]]
    found = pd.concat([one for one in (proposed, scored) if len(one)] or [proposed], ignore_index=True)
    return Candidates(rows=rows, pairs=_lay_out(found, pair))


def find_free(diff: Diff) -> pd.DataFrame:
    """List the users that no row of the export is, and that are not protected: each may still be somebody's.

    Returns
    -------
    pandas.DataFrame
        Text columns ``user_id, user_name, told``, in the target's order; index 0…n-1. Cost: a line of text a user, 2 µs.
    """
    pair = diff.basis.pair
    others = diff.users.iloc[len(pair.desired.frame) :]
    free = np.flatnonzero(pair.matches.desired_of < 0)[(others["status"] != "protected").to_numpy()]
    ids, names = pair.side.ids.array[free], pair.side.names.astype("str").array[free]
    return pd.DataFrame({"user_id": ids, "user_name": names, "told": _tell_users(pair, free)})


def score_pairs(diff: Diff, lines: Sequence[int], user_ids: Sequence[str]) -> pd.DataFrame:
    """Score rows of the export with users that somebody found for them; follows `Candidates.pairs`.

    Cost: that of `propose_matches` on these rows with these users.
    """
    pair = diff.basis.pair
    named = pd.DataFrame({"source_line": pd.array(lines, dtype="Int64"), "user_id": pd.array(user_ids, dtype="str")})
    named["why"] = pd.Series(_SEARCHED, index=named.index, dtype="str")
    return _lay_out(_score(named, pair).merge(named, how="right", on=["source_line", "user_id"]), pair)


def _lay_out(found: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """Order pairs by line, the best first, and say of each why it is there and who the user is."""
    found["reason"] = found["reason"].fillna("nothing else to compare")
    if "why" in found:
        found["reason"] = found["why"].fillna("").str.cat(found["reason"], sep="; ").str.removeprefix("; ")
    found = found.drop_duplicates(["source_line", "user_id"])
    found = found.sort_values(["source_line", "score", "user_id"], ascending=[True, False, True], ignore_index=True)
    users = pc.index_in(arrow_texts(found["user_id"]), value_set=arrow_texts(pair.side.ids)).to_numpy()
    names = pair.side.names.astype("str").array[users]
    columns = ["source_line", "user_id", "user_name", "score", "reason", "told"]
    return found.assign(user_name=names, told=_tell_users(pair, users))[columns]


def _own_keys(pair: Pair) -> tuple[pd.Series[str], pd.Series[str]]:
    """For each row of the export the first key that no other row has, by which a link finds it alone."""
    index = pair.desired.frame.index
    paths, keys = pd.Series(pd.NA, index=index, dtype="str"), pd.Series(pd.NA, index=index, dtype="str")
    for path in pair.tiers:
        texts = pair.desired.frame[path]
        forms = normalise(texts, case_exact=False)
        alone = (forms.fillna("") != "") & ~forms.duplicated(keep=False) & paths.isna()
        paths, keys = paths.mask(alone, path), keys.mask(alone, texts)
    return paths, keys


def _named_pairs(doubtful: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """The users whom the comparison itself names as candidates, each with why."""
    listed = doubtful["candidates"].dropna().str.split(", ").explode()
    listed = listed[listed.isin(pair.side.ids)]
    why = doubtful["status"].map(_NAMED).reindex(listed.index)
    named = {"source_line": pd.array(listed.index.to_numpy(), dtype="Int64"), "user_id": listed.array, "why": why.array}
    return pd.DataFrame(named).astype({"user_id": "str", "why": "str"})


def _score(named: pd.DataFrame, pair: Pair) -> pd.DataFrame:
    """Score those pairs by what else both sides have."""
    if named.empty:
        return named[["source_line", "user_id"]].assign(score=pd.array([], "Float64"), reason=pd.array([], "str"))
    shared = [path for path in _shared(pair, list(pair.desired.frame.columns)) if path != "id"]
    at = np.flatnonzero(is_among(pair.side.ids, named["user_id"]))
    users = pd.DataFrame({path: pair.side.values[path].texts.array[at] for path in shared}, index=range(len(at)))
    users = users.assign(id=pair.side.ids.array[at], user_name=pair.side.names.array[at])
    rows = pair.desired.frame.loc[named["source_line"].unique().astype("int64"), shared]
    found = propose_matches(rows, users, limit=max(1, len(users)), min_score=0)
    return found[["source_line", "user_id", "score", "reason"]]


def _shared(pair: Pair, paths: list[str] | tuple[str, ...]) -> list[str]:
    """Those of these paths whose values both sides have as text."""
    return [
        path
        for path in paths
        if path in pair.desired.frame.columns
        and path in pair.side.values
        and path not in pair.desired.references
        and not parse_set(path)
    ]


def _tell_users(pair: Pair, users: Positions) -> pd.Series[str]:
    """For each user what tells the person apart, in a line; index 0…n-1."""
    return _tell({path: pair.side.values[path].texts for path in _shared(pair, _TOLD)}, users)


def _tell(columns: dict[str, pd.Series[str]], places: Positions) -> pd.Series[str]:
    """For each place what stands there, in a line; index 0…n-1."""
    told = pd.Series("", index=range(len(places)), dtype="str")
    for path, column in columns.items():
        texts = column.iloc[places].reset_index(drop=True).fillna("")
        told = told.where(texts == "", told + f" · {path}: " + texts)
    return told.str.removeprefix(" · ")
