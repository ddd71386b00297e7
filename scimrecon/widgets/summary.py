"""What stands beside a widget as plain HTML: it needs no kernel, and holds no personal value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scimrecon.tables import render

if TYPE_CHECKING:
    from scimrecon.widgets.columns import Columns
    from scimrecon.widgets.counts import Counts


def summarise(columns: Columns, counts: Counts) -> str:
    """Count the changes by attribute and kind, and by status. Cost: 0.2 s for a million, most of it needed later anyway.

    Parameters
    ----------
    columns
        Of the changes.
    counts
        Of the preview at this moment.
    """
    alike = _count_alike(columns)
    statuses = alike.groupby("status")["changes"].sum().sort_values(ascending=False, kind="stable")
    facts = {
        "changes": f"{counts.changes:,}",
        "users": f"{len(columns.coded('user_id')[1]):,}",
        **{f"status {status}": f"{many:,}" for status, many in statuses.items()},
        "ticked when this was shown": f"{counts.ticked:,}",
    }
    by_kind = alike.pivot_table(index="path", columns="kind", values="changes", aggfunc="sum", fill_value=0)
    by_kind = by_kind.loc[by_kind.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    return render("Changes by attribute and kind", facts, by_kind)


def _count_alike(columns: Columns) -> pd.DataFrame:
    """Count the changes of each ``path``, ``kind`` and ``status``."""
    coded = {name: columns.coded(name) for name in ("path", "kind", "status")}
    sizes = [len(values) for _, values in coded.values()]
    # One number a combination, and a look at each number alone.
    together = np.ravel_multi_index([codes for codes, _ in coded.values()], sizes) if len(columns) else np.array([], dtype=int)
    counted = np.bincount(together, minlength=1)
    there = np.flatnonzero(counted)
    places = np.unravel_index(there, sizes) if len(there) else [there] * len(sizes)
    cells = {name: values.take(at).to_pandas() for (name, (_, values)), at in zip(coded.items(), places, strict=True)}
    return pd.DataFrame({**cells, "changes": counted[there]})


def summarise_cleanup(steps: pd.DataFrame) -> str:
    """Tell of each step its action, its column and how many cells it changed: no value of the export.

    Parameters
    ----------
    steps
        Follows `schemas.RecipeSteps`.
    """
    facts = {"steps when this was shown": f"{len(steps):,}", "cells changed": f"{steps['cells'].sum():,}"}
    return render("Recipe", facts, steps)
