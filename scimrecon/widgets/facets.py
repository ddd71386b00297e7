"""One column's values as rows to search, narrow and sort, and its clusters beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import RecipeError
from scimrecon.recipes import trim_text
from scimrecon.values import hidden_characters, is_ascii, matches, mixed_script, null_word
from scimrecon.widgets.columns import find_text
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    import numpy.typing as npt

    from scimrecon.recipes import Coded

    Mask = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.intp]

VIEWS = ("values", "clusters")
LOOKS = {
    "untrimmed": "blanks to trim",
    "null_word": "may mean no value",
    "hidden": "hidden characters",
    "mixed_script": "letters of several scripts",
    "once": "in one row only",
}
"""What is worth a look about a value, and how it is called."""
SORTABLE = {"values": ("value", "cells"), "clusters": ("value", "cells", "many")}
_TOLD = ("untrimmed", "null_word", "hidden", "mixed_script")
"""The looks told beside a value: how many rows it has stands there already."""
_UNTIDY = r"^[\t-\r\x1c-\x20]|[\t-\r\x1c-\x20]$|[\t\x0b-\r\x1c-\x1f]|  | \n|\n "
"""Found in an ASCII text if there is something to trim: of a million values, the few to look at closely."""
_NAMED_AT_MOST = 6


class FacetRow(TypedDict):
    """One value, or one cluster, as it is drawn."""

    id: int
    value: str
    """Of a cluster, the spelling to agree on."""
    cells: int
    look: str
    was: str
    """What the file has in these cells, where steps have changed it; of a cluster, its values."""
    many: int
    """Values of a cluster; 1 for a value."""
    ticked: bool


@dataclass(frozen=True, kw_only=True)
class FacetQuery:
    """Which values of a column are shown, and in what order."""

    view: str = "values"
    search: str = ""
    look: str | None = None
    cluster: int | None = None
    """Only this cluster's values."""
    sort: str | None = None
    descending: bool = False


def check_query(query: FacetQuery) -> None:
    """Refuse a view, look or order that there is not.

    Raises
    ------
    RecipeError
        The message lists what there is.
    """
    if query.view not in VIEWS:
        raise RecipeError(f"there is no view {visible(query.view, 60)!r}; there are {', '.join(VIEWS)}")
    if query.look is not None and query.look not in LOOKS:
        raise RecipeError(f"there is nothing called {visible(query.look, 60)!r} to look at; there are {', '.join(LOOKS)}")
    if query.sort is not None and query.sort not in SORTABLE[query.view]:
        raise RecipeError(f"cannot sort by {visible(query.sort, 60)!r}; the columns are {', '.join(SORTABLE[query.view])}")


class Facet:
    """The distinct values of one column, counted.

    Parameters
    ----------
    coded
        The column as it is now.
    """

    def __init__(self, coded: Coded) -> None:
        self.coded = coded
        held = coded.counted()
        self.values = list(held)
        self.cells = np.fromiter(held.values(), dtype=np.int64, count=len(held))
        self.blank = int(coded.counts.sum() - self.cells.sum())
        self.place = {value: at for at, value in enumerate(self.values)}
        self._texts = pa.array(self.values, pa.large_string())
        self._folded = pc.utf8_lower(self._texts)
        self._looks: dict[str, Mask] = {}
        places = [len(held) if cell is None else self.place[cell] for cell in coded.cells]
        self._place_of_code = np.array(places, dtype=np.intp)

    def find(self, query: FacetQuery, within: list[str] | None) -> Positions:
        """The places of the values that fit a query, in its order: of themselves the most frequent first.

        Parameters
        ----------
        query
            What is asked.
        within
            The values of the query's cluster; None for all.
        """
        fits = self._searched(query.search)
        if query.look is not None:
            fits &= self.look(query.look)
        if within is not None:
            among = np.zeros(len(self.values), dtype=bool)
            among[[self.place[value] for value in within if value in self.place]] = True
            fits &= among
        positions = np.flatnonzero(fits)
        if query.sort == "value":
            by = pc.array_sort_indices(self._folded.take(pa.array(positions)), order="ascending").to_numpy()
            ordered: Positions = positions[by[::-1] if query.descending else by]
            return ordered
        cells = self.cells[positions]
        ascending = query.sort == "cells" and not query.descending
        return positions[np.argsort(cells if ascending else -cells, kind="stable")]

    def look(self, name: str) -> Mask:
        """Which values deserve this look."""
        if name not in self._looks:
            self._looks[name] = self._looked(name)
        return self._looks[name]

    def looks(self) -> list[tuple[str, str, int]]:
        """How many values deserve which look: its name, what it is called, and the number."""
        counted = [(name, told, int(np.count_nonzero(self.look(name)))) for name, told in LOOKS.items()]
        return [one for one in counted if one[2]]

    def told(self, at: int) -> str:
        """What is worth a look about one value."""
        return ", ".join(LOOKS[name] for name in _TOLD if self.look(name)[at])

    def was(self, at: int, before: Coded) -> str:
        """What the file has where this value is now; empty where it has the same."""
        cells = [before.cells[code] for code in np.flatnonzero(self._place_of_code == at).tolist()]
        other = [cell for cell in cells if cell is not None and cell != self.values[at]]
        return "; ".join(visible(cell, 60) for cell in other[:_NAMED_AT_MOST]) + ("; …" if len(other) > _NAMED_AT_MOST else "")

    def _looked(self, name: str) -> Mask:
        texts = pd.Series(pd.array(self._texts, dtype="str"))
        match name:
            case "once":
                once: Mask = self.cells == 1
                return once
            case "untrimmed":
                found = np.zeros(len(self.values), dtype=bool)
                for at in np.flatnonzero(~is_ascii(texts) | matches(texts, _UNTIDY)).tolist():
                    found[at] = trim_text(self.values[at]) != self.values[at]
                return found
            case "null_word":
                return null_word(texts).to_numpy(dtype=bool, copy=True)
            case "hidden":
                return hidden_characters(texts).to_numpy(dtype=bool, copy=True)
        return mixed_script(texts).to_numpy(dtype=bool, copy=True)

    def _searched(self, search: str) -> Mask:
        return find_text(self._folded, search) if search else np.ones(len(self.values), dtype=bool)
