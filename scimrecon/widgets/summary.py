"""What stands beside a preview as plain HTML: it needs no kernel, and holds no personal value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa

from scimrecon.tables import render
from scimrecon.widgets.columns import arrow

if TYPE_CHECKING:
    import pandas as pd

    from scimrecon.widgets.standing import Counts


def summarise(changes: pd.DataFrame, counts: Counts) -> str:
    """Count the changes by attribute and kind, and by status.

    Parameters
    ----------
    changes
        Follows `schemas.Changes`.
    counts
        Of the preview at this moment.
    """
    alike = _count_alike(changes)
    statuses = alike.groupby("status")["changes"].sum().sort_values(ascending=False, kind="stable")
    facts = {
        "changes": f"{counts.changes:,}",
        "users": f"{changes['user_id'].nunique():,}",
        **{f"status {status}": f"{many:,}" for status, many in statuses.items()},
        "ticked when this was shown": f"{counts.ticked:,}",
    }
    by_kind = alike.pivot_table(index="path", columns="kind", values="changes", aggfunc="sum", fill_value=0)
    by_kind = by_kind.loc[by_kind.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    return render("Changes by attribute and kind", facts, by_kind)


def _count_alike(changes: pd.DataFrame) -> pd.DataFrame:
    """Count the changes of each ``path``, ``kind`` and ``status``; pandas would look at each text several times."""
    names = ["path", "kind", "status"]
    counted = pa.table({name: arrow(changes[name]) for name in names}).group_by(names).aggregate([([], "count_all")])
    frame: pd.DataFrame = counted.rename_columns({"count_all": "changes"}).to_pandas()
    return frame
