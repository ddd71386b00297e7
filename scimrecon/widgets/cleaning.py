"""Hold what the reader of an export has cleaned, ticked and searched.

The state behind `Cleanup`, without any widget: tests drive it without a browser. One lock guards it all, because JupyterLab
calls a widget on threads beside the running cell, and clusters are found on a thread of their own.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.errors import RecipeError
from scimrecon.exports import Export
from scimrecon.recipes import Merge, Recipe
from scimrecon.widgets.clustering import Clusters
from scimrecon.widgets.columns import some
from scimrecon.widgets.counts import CleaningCounts
from scimrecon.widgets.display import visible
from scimrecon.widgets.draft import Draft, Line
from scimrecon.widgets.facets import Facet, FacetQuery, FacetRow, check_query

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scimrecon.recipes import Coded, Step


class Cleaning:
    """An export's rows with the reader's recipe, column, query and ticks.

    Parameters
    ----------
    source
        An export or bare rows. It is read, never written to.
    recipe
        What to begin with.

    Raises
    ------
    RecipeError
        The recipe does not fit the columns.
    """

    def __init__(self, source: Export | pd.DataFrame, recipe: Recipe) -> None:
        self.source = source
        self._lock = threading.RLock()
        self._draft = Draft(source.rows if isinstance(source, Export) else source)
        self._draft.settle(recipe)
        self._ids: dict[str, int] = {}
        self._id_texts: list[str] = []
        columns = self._draft.columns()
        if not columns:
            raise RecipeError("there is nothing to clean: the rows have no column of text")
        self._column = columns[0]
        self._clusters = Clusters()
        self._ticked: set[str] = set()
        self._query = FacetQuery()
        self._facet = Facet(self._draft.now(self._column))
        self._refresh()

    @property
    def recipe(self) -> Recipe:
        """The steps so far."""
        return self._draft.recipe

    @property
    def column(self) -> str:
        """The column looked at."""
        return self._column

    @property
    def query(self) -> FacetQuery:
        """The query in force."""
        return self._query

    def lines(self) -> list[Line]:
        """Give the steps, each with what it did."""
        with self._lock:
            return self._draft.lines()

    def columns(self) -> list[str]:
        """Name the columns there are now, those that splits have made last."""
        with self._lock:
            return self._draft.columns()

    def show(self, column: str) -> None:
        """Look at another column; ticks and query begin anew.

        Raises
        ------
        RecipeError
            There is no such column, or it is not text.
        """
        with self._lock:
            self._draft.now(column)
            self._column, self._query = column, FacetQuery()
            self._forget_ticks()
            self._clusters.forget_choices()
            self._refresh()

    def set_query(self, query: FacetQuery) -> None:
        """Show what fits a query, in its order.

        Raises
        ------
        RecipeError
            There is no such view, look, cluster or order.
        """
        with self._lock:
            check_query(query)
            self._clusters.check([] if query.cluster is None else [query.cluster])
            self._query = query
            self._refresh()

    def facet(self) -> Facet:
        """The values of the column looked at."""
        with self._lock:
            return self._facet

    def clusters(self) -> pd.DataFrame:
        """The clusters found that still stand, suggestions as edited; follows `schemas.Clusters`."""
        with self._lock:
            return self._clusters.standing.copy()

    def put_clusters(self, column: str, found: pd.DataFrame) -> None:
        """Keep the clusters found in a column, and show them if it is still looked at."""
        with self._lock:
            self._clusters.put(column, found)
            if column == self._column:
                self._clusters.forget_choices()
                if len(found):
                    self._query = FacetQuery(view="clusters")
                self._refresh()

    def add(self, steps: Iterable[Step]) -> None:
        """Take more steps: all of them, or none. Ticks go, for what was ticked has been dealt with.

        Raises
        ------
        RecipeError
            One of them does not fit the columns.
        """
        with self._lock:
            self._draft.decide(Recipe(steps=[*self.recipe.steps, *steps]))
            self._forget_ticks()
            self._refresh()

    def drop(self, number: int) -> None:
        """Leave one step out, from 1, and take the others as they stand.

        Raises
        ------
        RecipeError
            There is no such step, or a later one needs what it made.
        """
        with self._lock:
            steps = list(self.recipe.steps)
            if not 1 <= number <= len(steps):
                raise RecipeError(f"the recipe has no step {number}; it has {len(steps)}")
            del steps[number - 1]
            self._draft.decide(Recipe(steps=steps))
            self._refresh()

    def undo(self) -> bool:
        """Go back to the recipe before the last change of it; False where there is none."""
        with self._lock:
            undone = self._draft.undo()
            self._refresh()
            return undone

    def redo(self) -> bool:
        """Make again what was taken back; False where nothing was."""
        with self._lock:
            redone = self._draft.redo()
            self._refresh()
            return redone

    def tick(self, values: Iterable[str]) -> None:
        """Tick values of the column.

        Raises
        ------
        RecipeError
            The column does not hold one of them.
        """
        with self._lock:
            asked = list(values)
            unknown = [visible(value, 60) for value in asked if value not in self._facet.place]
            if unknown:
                raise RecipeError(f"column {visible(self._column, 60)!r} does not hold: {some(unknown)}")
            self._ticked |= set(asked)

    def untick(self, values: Iterable[str]) -> None:
        """Take ticks from values."""
        with self._lock:
            self._ticked -= set(values)

    def tick_clusters(self, numbers: Iterable[int]) -> None:
        """Tick clusters.

        Raises
        ------
        RecipeError
            There is none of such a number.
        """
        with self._lock:
            self._clusters.ticked |= self._clusters.check(numbers)

    def untick_clusters(self, numbers: Iterable[int]) -> None:
        """Take ticks from clusters."""
        with self._lock:
            self._clusters.ticked -= set(numbers)

    def tick_filtered(self) -> None:
        """Tick all that the query shows, in view or not."""
        with self._lock:
            if self._query.view == "clusters":
                self._clusters.ticked |= set(self._clusters.shown())
            else:
                self._ticked |= {self._facet.values[at] for at in self._order.tolist()}

    def untick_all(self) -> None:
        """Take every tick away, of this view."""
        with self._lock:
            (self._clusters.ticked if self._query.view == "clusters" else self._ticked).clear()

    @property
    def ticked(self) -> list[str]:
        """The ticked values, the most frequent first."""
        with self._lock:
            cells, place = self._facet.cells, self._facet.place
            return sorted(self._ticked, key=lambda value: (-int(cells[place[value]]), value))

    @property
    def ticked_clusters(self) -> list[int]:
        """The numbers of the ticked clusters."""
        with self._lock:
            return sorted(self._clusters.ticked)

    def suggest(self, cluster: int, spelling: str) -> None:
        """Agree on another spelling for a cluster.

        Raises
        ------
        RecipeError
            There is no such cluster, or the spelling is empty.
        """
        with self._lock:
            self._clusters.suggest(cluster, spelling)
            self._refresh()

    def merge_clusters(self, numbers: Iterable[int]) -> None:
        """Merge clusters, each into its suggested spelling: one step for all.

        Raises
        ------
        RecipeError
            There is none of such a number, or none is asked for.
        """
        with self._lock:
            pairs = self._clusters.spellings(self._clusters.check(numbers))
            if not pairs:
                raise RecipeError("no cluster is ticked, or none is there")
            self.add([Merge(column=self._column, spellings=pairs)])

    def counts(self) -> CleaningCounts:
        """How much there is of what."""
        with self._lock:
            clustered = self._query.view == "clusters"
            return CleaningCounts(
                rows=len(self._clusters.shown()) if clustered else len(self._order),
                values=len(self._facet.values),
                blank=self._facet.blank,
                clusters=len(self._clusters),
                ticked=len(self._clusters.ticked if clustered else self._ticked),
                undoable=self._draft.undoable,
                redoable=self._draft.redoable,
            )

    def window(self, start: int, count: int) -> list[FacetRow]:
        """Give some of the rows shown, as plain text. Beyond the last row there is nothing."""
        with self._lock:
            part = slice(max(start, 0), max(start, 0) + max(count, 0))
            if self._query.view == "clusters":
                return self._clusters.rows(part)
            before = self._draft.before(self._column)
            return [self._value_row(at, before) for at in self._order[part].tolist()]

    def text_of(self, row_id: int) -> str:
        """Give the whole text of a row: a value, or a cluster's spelling.

        Raises
        ------
        RecipeError
            There is no such row.
        """
        with self._lock:
            if self._query.view == "clusters":
                if row_id in self._clusters.shown():
                    return self._clusters.shown()[row_id]
            elif row_id < len(self._id_texts):
                return self._id_texts[row_id]
        raise RecipeError("the browser named a row that is not there; look again")

    def present(self) -> pd.Series[str]:
        """The cells of the column looked at, as they are now, in no order."""
        with self._lock:
            facet = self._facet
            places = pa.array(np.repeat(np.arange(len(facet.values)), facet.cells))
            return pd.Series(pd.array(pa.array(facet.values, pa.large_string()).take(places), dtype="str"))

    def _value_row(self, at: int, before: Coded | None) -> FacetRow:
        value = self._facet.values[at]
        if value not in self._ids:
            self._ids[value] = len(self._id_texts)
            self._id_texts.append(value)
        return {
            "id": self._ids[value],
            "value": visible(value),
            "cells": int(self._facet.cells[at]),
            "look": self._facet.told(at),
            "was": "" if before is None else self._facet.was(at, before),
            "many": 1,
            "ticked": value in self._ticked,
        }

    def _refresh(self) -> None:
        """Bring facet, clusters and order up to what recipe, column and query say."""
        columns = self._draft.columns()
        if self._column not in columns:  # the split that made it was taken back
            self._column, self._query = columns[0], FacetQuery()
            self._forget_ticks()
        coded = self._draft.now(self._column)
        if coded is not self._facet.coded:
            self._facet = Facet(coded)
        self._ticked = {value for value in self._ticked if value in self._facet.place}
        self._clusters.settle(self._column, self._facet, self._query)
        within = None
        if self._query.cluster is not None:
            within = self._clusters.values_of(self._query.cluster)
            if not within:  # it was merged
                self._query, within = replace(self._query, cluster=None), None
        self._order = self._facet.find(self._query, within)

    def _forget_ticks(self) -> None:
        self._ticked = set()
        self._clusters.ticked = set()
