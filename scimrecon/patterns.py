"""Changes alike, grouped under one label. Frames in, labels out."""

from __future__ import annotations

import pandas as pd

_MAX_VALUE = 40


def label_changes(changes: pd.DataFrame) -> pd.Series[str]:
    """Name the pattern of each change.

    Clears and cosmetic changes of an attribute form one pattern each; so does a pair of values that changes for more than one
    user ("department: R&D → Research"). What is left is "title changed" or "title set". Cost: whole-column operations.

    Parameters
    ----------
    changes
        Columns ``path, before, after, kind``.

    Returns
    -------
    pandas.Series
        One label a change, on its index.
    """
    path, kind = changes["path"], changes["kind"]
    before = changes["before"].fillna("").str.slice(0, _MAX_VALUE)
    after = changes["after"].fillna("").str.slice(0, _MAX_VALUE)
    adds = kind.isin(["set", "add_element"])
    exact = (path + " set to " + after).where(adds, path + ": " + before + " → " + after)
    alone = ~exact.duplicated(keep=False)
    exact = exact.mask(alone, (path + " set").where(adds, path + " changed"))
    exact = exact.mask(kind.isin(["clear", "remove_element"]), path + " cleared")
    return exact.mask(kind == "cosmetic", path + " formatting only").astype("str")
