"""Show an export's columns by their values, to merge spellings, trim, map, split and blank; every action is a line of a recipe.

What is shown, ticked and done is decided in `Cleaning`; `CleanupWire` speaks with the browser.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon import tables
from scimrecon.errors import RecipeError
from scimrecon.exports import Export
from scimrecon.recipes import By, Recipe, find_clusters, open_recipe
from scimrecon.widgets.assets import join_parts
from scimrecon.widgets.cleaning import Cleaning
from scimrecon.widgets.cleanup_wire import CleanupWire
from scimrecon.widgets.facets import FacetQuery
from scimrecon.widgets.summary import summarise_cleanup

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scimrecon.recipes import Step


class Cleanup(CleanupWire):
    """The values of an export's columns, counted, to be cleaned; what was done is a recipe that replays on the next file.

    Whatever is done with the mouse can be done in code, with the methods below.

    Parameters
    ----------
    export
        What `read_export` returned, or a DataFrame of text. It is not changed.
    recipe
        What to begin with: a recipe, or a file that `save` wrote.

    Raises
    ------
    RecipeError
        `export` is none, the recipe cannot be read, or it does not fit the columns.
    """

    _esm = join_parts("dom.js", "grid.js", "cleanup.js", "cleanup_table.js")
    _css = join_parts("dom.css", "grid.css", "cleanup.css")

    def __init__(self, export: Export | pd.DataFrame, /, *, recipe: Recipe | str | PathLike[str] | None = None) -> None:
        if not isinstance(export, Export | pd.DataFrame):
            raise RecipeError(f"Cleanup takes an export, from read_export, or its rows, not {type(export).__name__}.")
        start = recipe if isinstance(recipe, Recipe) else Recipe() if recipe is None else open_recipe(recipe)
        super().__init__(Cleaning(export, start))

    def __repr__(self) -> str:
        replay = self.recipe.replay(self._cleaning.source)
        return f"<Cleanup: {self.recipe!r}, {tables.count(int(replay.steps['cells'].sum()), 'cell')} changed>"

    @property
    def recipe(self) -> Recipe:
        """The steps so far."""
        return self._cleaning.recipe

    @property
    def export(self) -> Export | pd.DataFrame:
        """The export, or the rows, with the steps taken: what `map_users` takes. Cost: that of `Recipe.replay`."""
        return self.recipe.replay(self._cleaning.source).cleaned

    @property
    def steps(self) -> pd.DataFrame:
        """What each step did; follows `schemas.RecipeSteps`."""
        return self.recipe.replay(self._cleaning.source).steps

    @property
    def misfits(self) -> pd.DataFrame:
        """What of the recipe does not fit this export; follows `schemas.Misfits`."""
        return self.recipe.replay(self._cleaning.source).misfits

    @property
    def column(self) -> str:
        """The column shown."""
        return self._cleaning.column

    @property
    def clusters(self) -> pd.DataFrame:
        """The clusters found in the column shown that still stand; follows `schemas.Clusters`."""
        return self._cleaning.clusters()

    @property
    def values(self) -> pd.Series[int]:
        """The values of the column shown, with how many cells hold each; the most frequent first."""
        facet = self._cleaning.facet()
        index = pd.Index(facet.values, dtype="str", name=self._cleaning.column)
        return pd.Series(facet.cells, index=index, name="cells").sort_values(ascending=False, kind="stable")

    def show(self, column: str) -> None:
        """Show another column.

        Parameters
        ----------
        column
            Its name, as in the rows; one that a split has made is there too.

        Raises
        ------
        RecipeError
            There is no such column, or it is not text.
        """
        self._cleaning.show(column)
        self._send_anew()

    def search(self, text: str = "", *, look: str | None = None) -> None:
        """Show only the values that hold a text, or deserve a look; without arguments, all.

        Parameters
        ----------
        text
            Part of the value; upper and lower case alike.
        look
            ``untrimmed``, ``null_word``, ``hidden``, ``mixed_script`` or ``once``.

        Raises
        ------
        RecipeError
            There is no such look.
        """
        self._cleaning.set_query(FacetQuery(search=text, look=look))
        self._send_anew()

    def add(self, *steps: Step) -> None:
        """Take more steps, such as ``recipes.Trim(column="Job_Title")``: all of them, or none.

        Parameters
        ----------
        *steps
            As `recipes.Recipe` takes them; each sees what those before it have done.

        Raises
        ------
        RecipeError
            One of them does not fit the columns.
        """
        self._cleaning.add(steps)
        self._send_anew()

    def find_clusters(self, by: str = By.FINGERPRINT) -> pd.DataFrame:
        """Find clusters in the column shown, wait for them, and show them; see `recipes.find_clusters`. The button does not wait.

        Parameters
        ----------
        by
            As in `recipes.find_clusters`.

        Returns
        -------
        pandas.DataFrame
            As `clusters`.

        Raises
        ------
        RecipeError
            As `recipes.find_clusters`.
        """
        self._cleaning.put_clusters(self._cleaning.column, find_clusters(self._cleaning.present(), by=by))
        self._send_anew()
        return self.clusters

    def merge_clusters(self, numbers: Iterable[int] | None = None) -> None:
        """Merge clusters into their suggested spellings: one step for all.

        Parameters
        ----------
        numbers
            As in `clusters`; None for all there are, be it none.

        Raises
        ------
        RecipeError
            There is no cluster of such a number.
        """
        asked = self.clusters["cluster"].unique().tolist() if numbers is None else list(numbers)
        if asked:
            self._cleaning.merge_clusters(asked)
            self._send_anew()

    def drop(self, step: int) -> None:
        """Leave out one step, and keep those after it.

        Parameters
        ----------
        step
            Its number, from 1, as in `steps`.

        Raises
        ------
        RecipeError
            There is no such step, or a later one needs the columns it makes.
        """
        self._cleaning.drop(step)
        self._send_anew()

    def undo(self) -> bool:
        """Take back the last change of the recipe, of the last 200; False where there is none."""
        undone = self._cleaning.undo()
        self._send_anew()
        return undone

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        redone = self._cleaning.redo()
        self._send_anew()
        return redone

    def code(self) -> str:
        """Write pandas that does the same to ``export``, for ``print``."""
        return self.recipe.code()

    def save(self, path: str | PathLike[str]) -> None:
        """Save the recipe to a JSON file, for ``Cleanup(export, recipe=path)`` and `open_recipe`; it replaces one that is there.

        Parameters
        ----------
        path
            The file, ``….recipe`` by custom.

        Raises
        ------
        RecipeError
            The file cannot be written.
        """
        self.recipe.save(path)

    def _summary(self) -> str:
        return summarise_cleanup(self.steps)
