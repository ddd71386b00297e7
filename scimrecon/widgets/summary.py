"""What stands beside a widget as plain HTML: it needs no kernel, and holds no personal value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.tables import render

if TYPE_CHECKING:
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
    facts = {
        "changes": f"{counts.changes:,}",
        "users": f"{changes['user_id'].nunique():,}",
        **{f"status {status}": f"{many:,}" for status, many in changes["status"].value_counts().items()},
        "ticked when this was shown": f"{counts.ticked:,}",
    }
    by_kind = pd.crosstab(changes["path"], changes["kind"])
    by_kind = by_kind.loc[by_kind.sum(axis=1).sort_values(ascending=False, kind="stable").index]
    return render("Changes by attribute and kind", facts, by_kind)


def summarise_cleanup(steps: pd.DataFrame) -> str:
    """Tell of each step its action, its column and how many cells it changed: no value of the export.

    Parameters
    ----------
    steps
        Follows `schemas.RecipeSteps`.
    """
    facts = {"steps when this was shown": f"{len(steps):,}", "cells changed": f"{steps['cells'].sum():,}"}
    return render("Recipe", facts, steps)
