"""Values of a column that may be spellings of one thing: proposed, with the spelling to agree on, and never merged by itself."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from enum import StrEnum

import pandas as pd
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.errors import RecipeError
from scimrecon.recipes.keys import fingerprint, ngram_fingerprint
from scimrecon.recipes.nearest import nearest_groups
from scimrecon.recipes.slices import Watch
from scimrecon.values import arrow_texts

_TEXTS = 2_000
"""A slice of so many takes some milliseconds."""


class By(StrEnum):
    """How values are found to be alike."""

    FINGERPRINT = "fingerprint"
    NGRAM = "ngram"
    NEAREST = "nearest"


def find_clusters(
    column: pd.Series[str],
    *,
    by: str = By.FINGERPRINT,
    progress: Callable[[float], None] | None = None,
    stop: threading.Event | None = None,
) -> pd.DataFrame:
    """Find the values of a column that may be spellings of one thing.

    Cost: 0.1 s a million cells; for 200,000 distinct values 2 s by fingerprint, 5 s by n-gram, 12 s by nearest, in slices of some
    milliseconds, so that a notebook goes on while this runs on another thread.

    Parameters
    ----------
    column
        Text, such as ``export.rows["Department"]``; blank cells do not count.
    by
        ``"fingerprint"``: the same words, whatever their order, case, accents and punctuation. ``"ngram"``: the same pairs of
        letters, whatever the blanks between them. Both as OpenRefine has them. ``"nearest"``: one letter in eight added, dropped,
        replaced or swapped, and the same digits, in texts of 4 to 200 letters; it needs rapidfuzz.
    progress
        Called with the share that is done, 0 to 1.
    stop
        Set it to end the search.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Clusters`: one row a value of a cluster; the clusters with most cells first, in each the most frequent
        value first, which is the one suggested.

    Raises
    ------
    RecipeError
        `by` is none of these, the column is not text, rapidfuzz is not installed, or `stop` was set.
    """
    if by not in tuple(By):
        raise RecipeError(f"cannot cluster by {by!r}; there are {', '.join(By)}.")
    if not isinstance(column, pd.Series) or not isinstance(column.dtype, pd.StringDtype):
        raise RecipeError("clusters are found in one column of text, such as export.rows['Department'].")
    counted = pc.value_counts(arrow_texts(column).drop_null())
    values: list[str] = counted.field("values").to_pylist()
    watch = Watch(progress=progress, stop=stop)
    groups: Sequence[object]
    if by == By.NEAREST:
        groups = nearest_groups(values, watch)
    else:
        groups = _keyed(values, fingerprint if by == By.FINGERPRINT else ngram_fingerprint, watch)
    watch.tell(1.0)
    found = pd.DataFrame({"value": values, "count": counted.field("counts").to_numpy(), "group": list(groups)})
    return schemas.check(_arranged(found.astype({"value": "str"})), schemas.Clusters)


def _keyed(values: list[str], key: Callable[[str], str], watch: Watch) -> list[str | int]:
    # A value without letters has no key, and is of a group of its own.
    parts = watch.slices(len(values), _TEXTS, 0, 1)
    return [key(text) or at for part in parts for at, text in enumerate(values[part], part.start)]


def _arranged(found: pd.DataFrame) -> pd.DataFrame:
    """Keep groups of several values, and put them in order; ties by the text, so that the same column gives the same frame."""
    found = found[found["group"].duplicated(keep=False)].copy()
    found["cells"] = found.groupby("group", sort=False)["count"].transform("sum")
    # Of two as frequent, the shorter is less likely to have a blank too many.
    found["length"] = found["value"].str.len()
    found = found.sort_values(["count", "length", "value"], ascending=[False, True, True])
    found["suggested"] = found.groupby("group", sort=False)["value"].transform("first")
    order = ["cells", "suggested", "count", "length", "value"]
    found = found.sort_values(order, ascending=[False, True, False, True, True], ignore_index=True)
    return found.assign(cluster=pd.factorize(found["suggested"])[0] + 1)
