"""The clusters found in each column: which still stand, what they shall be merged into, and which are ticked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import RecipeError
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scimrecon.widgets.facets import Facet, FacetQuery, FacetRow


class Clusters:
    """What was found in each column, held against the column looked at as it is now."""

    def __init__(self) -> None:
        self.ticked: set[int] = set()
        self.standing = schemas.empty(schemas.Clusters)
        """Of the column looked at; follows `schemas.Clusters`, suggestions as edited."""
        self._found: dict[str, pd.DataFrame] = {}
        self._suggested: dict[int, str] = {}
        self._drawn = _arrange(self.standing, "", None, descending=False)

    def __len__(self) -> int:
        return self.standing["cluster"].nunique()

    def put(self, column: str, found: pd.DataFrame) -> None:
        """Keep what was found in a column; follows `schemas.Clusters`."""
        self._found[column] = found

    def forget_choices(self) -> None:
        """Forget ticks and edited spellings."""
        self.ticked, self._suggested = set(), {}

    def settle(self, column: str, facet: Facet, query: FacetQuery) -> None:
        """Hold what was found in a column against its values as they are now, and draw what the query asks for."""
        found = self._found.get(column)
        self.standing = schemas.empty(schemas.Clusters) if found is None else _still_there(found, facet)
        edited = self.standing["cluster"].map(self._suggested)
        self.standing["suggested"] = self.standing["suggested"].mask(edited.notna(), edited).astype("str")
        self.ticked &= set(self.standing["cluster"].tolist())
        sort = query.sort if query.view == "clusters" else None
        self._drawn = _arrange(self.standing, query.search, sort, descending=query.descending)

    def check(self, numbers: Iterable[int]) -> set[int]:
        """Give the numbers of clusters that are there.

        Raises
        ------
        RecipeError
            One of them is not.
        """
        asked = set(numbers)
        unknown = sorted(asked - set(self.standing["cluster"].tolist()))
        if unknown:
            raise RecipeError(f"there is no cluster {unknown[0]}; find clusters anew")
        return asked

    def suggest(self, number: int, spelling: str) -> None:
        """Agree on another spelling.

        Raises
        ------
        RecipeError
            There is no such cluster, or the spelling is empty.
        """
        self.check([number])
        if not spelling:
            raise RecipeError("a cluster needs a spelling to agree on; to blank its values, tick them one by one")
        self._suggested[number] = spelling

    def values_of(self, number: int) -> list[str]:
        """The values of one cluster."""
        return self.standing.loc[self.standing["cluster"] == number, "value"].tolist()

    def spellings(self, numbers: set[int]) -> dict[str, str]:
        """What merging some clusters makes of their values, those aside that stay."""
        rows = self.standing[self.standing["cluster"].isin(numbers)]
        return {old: new for old, new in zip(rows["value"].tolist(), rows["suggested"].tolist(), strict=True) if old != new}

    def shown(self) -> dict[int, str]:
        """The numbers of the clusters that the query shows, with their spellings."""
        return dict(zip(self._drawn["cluster"].tolist(), self._drawn["suggested"].tolist(), strict=True))

    def rows(self, part: slice) -> list[FacetRow]:
        """Draw some of those."""
        shown = self._drawn.iloc[part]
        listed = _list_values(self.standing, shown["cluster"].tolist())
        columns = (shown[name].tolist() for name in ("cluster", "suggested", "cells", "many"))
        return [
            {
                "id": number,
                "value": visible(suggested),
                "cells": cells,
                "look": "spelling edited" if number in self._suggested else "",
                "was": visible(listed[number]),
                "many": many,
                "ticked": number in self.ticked,
            }
            for number, suggested, cells, many in zip(*columns, strict=True)
        ]


def _still_there(found: pd.DataFrame, facet: Facet) -> pd.DataFrame:
    """Give the clusters of which two values are still there, with their cells as they are now; follows `schemas.Clusters`."""
    there = found[found["value"].isin(facet.place)]
    kept = there[there["cluster"].duplicated(keep=False)].copy()
    kept["count"] = pd.array([int(facet.cells[facet.place[value]]) for value in kept["value"]], dtype="Int64")
    # Where the suggested spelling is gone, the most frequent that is left takes its place.
    first = kept.sort_values("count", ascending=False, kind="stable").groupby("cluster")["value"].first()
    kept["suggested"] = kept["suggested"].where(kept["suggested"].isin(facet.place), kept["cluster"].map(first))
    return kept.reset_index(drop=True)


def _arrange(clusters: pd.DataFrame, search: str, sort: str | None, *, descending: bool) -> pd.DataFrame:
    """One row a cluster: ``cluster, suggested, many, cells``; those of which a value holds the search, in order."""
    if search:
        held = clusters["value"].str.lower().str.contains(search.lower(), regex=False)
        clusters = clusters[clusters["cluster"].isin(clusters.loc[held, "cluster"])]
    by_cluster = clusters.groupby("cluster", sort=True)
    rows = by_cluster.agg(suggested=("suggested", "first"), many=("value", "size"), cells=("count", "sum")).reset_index()
    if sort is None:
        return rows
    return rows.sort_values({"value": "suggested"}.get(sort, sort), ascending=not descending, kind="stable")


def _list_values(clusters: pd.DataFrame, numbers: list[int]) -> dict[int, str]:
    """The values of some clusters as a text each, with how many cells hold them."""
    some = clusters[clusters["cluster"].isin(numbers)]
    listed: dict[int, list[str]] = {}
    for number, value, many in zip(*(some[name].tolist() for name in ("cluster", "value", "count")), strict=True):
        listed.setdefault(number, []).append(f"{visible(value, 60)} ({many:,})")
    return {number: " · ".join(told) for number, told in listed.items()}
