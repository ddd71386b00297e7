"""What one diff has that another has not."""

from __future__ import annotations

import pandas as pd

from scimrecon import schemas

_COMPARED = ("before", "after", "kind", "status")


def revise(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """Set the changes of two diffs side by side; those that are alike in both are left out.

    Parameters
    ----------
    then, now
        Follow `schemas.Changes`.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Revisions`, sorted by change id.
    """
    ids = then.index.union(now.index)
    old, new = then.reindex(ids), now.reindex(ids)
    had, has = ids.isin(then.index), ids.isin(now.index)
    moved = pd.Series("", index=ids, dtype="str")
    for name in _COMPARED:
        differs = (old[name].fillna("") != new[name].fillna("")).to_numpy() & had & has
        moved = moved.mask(differs, moved + ", " + name)
    revision = pd.Series("altered", index=ids, dtype="str").mask(~had, "added").mask(~has, "removed")
    people = {name: new[name].fillna(old[name]) for name in ("user_id", "user_name", "path")}
    sides = {column: side[name] for name in _COMPARED for column, side in ((f"{name}_then", old), (name, new))}
    frame = pd.DataFrame({**people, "revision": revision, "moved": moved.str.slice(2), **sides}, index=ids)
    kept = frame[(revision != "altered") | (moved != "")].rename_axis(index="change_id").sort_index()
    return schemas.check(kept, schemas.Revisions) if len(kept) else schemas.empty(schemas.Revisions)
