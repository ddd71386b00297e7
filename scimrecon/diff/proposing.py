"""Proposals of who is who, for those a comparison left without each other."""

from __future__ import annotations

import pandas as pd

from scimrecon import schemas
from scimrecon.diff.selection import Basis
from scimrecon.matching import propose_matches
from scimrecon.paths import parse_set


def propose(statuses: pd.DataFrame, basis: Basis, *, limit: int, min_score: float) -> pd.DataFrame:
    """Propose links between the rows and the users that nothing matched.

    Parameters
    ----------
    statuses
        `Diff.users`.
    basis
        Of the diff.
    limit, min_score
        As `Diff.propose_links`.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Proposals`.
    """
    pair = basis.pair
    left = statuses.iloc[: len(pair.desired.frame)]["status"].isin(["source_only", "invalid_source"]).to_numpy()
    shared = [path for path in pair.desired.frame.columns if path in pair.side.values and path not in pair.desired.references]
    users = pd.DataFrame({path: pair.side.values[path].texts for path in shared if not parse_set(path)})
    users = users.drop(columns=["id"], errors="ignore").assign(id=pair.side.ids.array, user_name=pair.side.names.array)
    free = pair.side.ids.isin(statuses.loc[statuses["status"] == "target_only", "user_id"]).to_numpy()
    found = propose_matches(pair.desired.frame.loc[left, shared], users[free], limit=limit, min_score=min_score)
    known = pd.DataFrame({"path": basis.key_paths.array, "key": pair.known_by.array}, index=pair.desired.frame.index)
    told = known.loc[found["source_line"].to_numpy(dtype="int64")].reset_index(drop=True)
    return schemas.check(found.drop(columns="key").reset_index(drop=True).join(told), schemas.Proposals)
