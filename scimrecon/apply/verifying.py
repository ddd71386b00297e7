"""Look again at what a run wrote."""

from __future__ import annotations

import pandas as pd

from scimrecon import schemas
from scimrecon.apply.refusing import refuse_other
from scimrecon.client import Target
from scimrecon.paths import parse_path
from scimrecon.results import WROTE, Results
from scimrecon.users import fetch_users, read_paths
from scimrecon.values import default_comparator, make_comparator


def verify(results: Results, target: Target) -> pd.DataFrame:
    """Read the users a run wrote, and say of each attribute whether it holds what was asked, formatting aside.

    Cost: one GET a user.

    Parameters
    ----------
    results
        Of a run that was sent.
    target
        The one it was sent to.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Verifications`.

    Raises
    ------
    PlanError
        The run was sent to another target.
    ServerError
        A user cannot be read.
    """
    refuse_other("verify", results, target)
    changes = results.changes[results.changes["kind"] != "sent_along"]
    wrote = changes[changes["outcome"].isin(WROTE)]
    users = fetch_users(target, ids=wrote["user_id"].unique())
    frame = wrote[["user_id", "user_name", "path", "desired"]].copy()
    paths = frame["path"].unique().tolist()
    texts = {path: held.texts.set_axis(users.frame["id"], axis="index") for path, held in read_paths(users, paths).items()}
    frame["held"] = pd.Series(pd.NA, index=frame.index, dtype="str")
    for path in paths:
        rows = frame["path"] == path
        frame.loc[rows, "held"] = texts[path].reindex(frame.loc[rows, "user_id"]).to_numpy()
    gone = ~frame["user_id"].isin(users.frame["id"])
    holds = frame["held"].fillna("") == frame["desired"]
    for path in frame.loc[~holds, "path"].unique():
        # A run takes the target's own formatting for what was asked, and so does who looks again.
        rows = (frame["path"] == path) & ~holds & frame["held"].notna()
        comparator = make_comparator(default_comparator(parse_path(path)))
        holds[rows] = comparator.alike(frame.loc[rows, "held"], frame.loc[rows, "desired"])
    frame["state"] = pd.Series("moved", index=frame.index, dtype="str").mask(holds, "holds").mask(gone, "gone")
    return schemas.check(frame, schemas.Verifications) if len(frame) else schemas.empty(schemas.Verifications)
