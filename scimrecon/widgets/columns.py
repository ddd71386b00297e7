"""Hold the cells of a diff's changes as whole arrays: to search, code and look up, with edits laid over them.

A change is named by its id at the edges and by its position inside, where whole arrays are fast.
"""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import SelectionError
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]
    Positions = npt.NDArray[np.intp]
    Cells = Mapping[str, str | None]

SEARCHED = ("user_name", "key", "path", "before", "after")
EDITED = ("after", "kind", "status", "flags", "problem")
"""The columns an edit changes. The pattern stays the one a change was found in."""
_TEXT = (
    "user_id", "user_name", "key", "path", "before", "after", "kind", "status", "policy", "pattern", "flags", "problem",
)  # fmt: skip
_NAMED_AT_MOST = 3


class Columns:
    """The cells of the changes, edits included.

    Parameters
    ----------
    changes
        Follows `schemas.Changes`. It is not copied.
    """

    def __init__(self, changes: pd.DataFrame) -> None:
        self.ids = arrow(changes.index)
        self._compared = {name: arrow(changes[name]) for name in _TEXT}
        self._cells = dict(self._compared)
        self._folded: dict[str, pa.Array] = {}
        self._codes: dict[str, tuple[Positions, list[str]]] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, edits: Mapping[int, Cells]) -> None:
        """Lay these edits over the compared cells, and no others. Cost: one pass over the edited columns."""
        places = sorted(edits)
        mask = np.zeros(len(self), dtype=bool)
        mask[places] = True
        for name in EDITED:
            cells = pa.array([edits[at][name] for at in places], type=pa.large_string())
            self._cells[name] = pc.replace_with_mask(self._compared[name], pa.array(mask), cells)
            self._folded.pop(name, None)
            self._codes.pop(name, None)

    def coded(self, name: str) -> tuple[Positions, list[str]]:
        """Codes into a column's distinct values; a missing one has the code after the last."""
        if name not in self._codes:
            encoded = pc.dictionary_encode(self._cells[name])
            values: list[str] = encoded.dictionary.to_pylist()
            self._codes[name] = encoded.indices.fill_null(len(values)).to_numpy().astype(np.intp), values
        return self._codes[name]

    def folded(self, name: str) -> pa.Array:
        """A column in lower case."""
        if name not in self._folded:
            self._folded[name] = pc.utf8_lower(self._cells[name])
        return self._folded[name]

    def cells(self, positions: Positions) -> list[dict[str, str | None]]:
        """The cells of some changes, each with its ``id``, and ``was``: what the export asks for."""
        at = pa.array(positions)
        columns = {name: column.take(at).to_pylist() for name, column in self._cells.items()}
        columns |= {"id": self.ids.take(at).to_pylist(), "was": self._compared["after"].take(at).to_pylist()}
        return [{name: column[row] for name, column in columns.items()} for row in range(len(positions))]

    def compared(self, position: int) -> dict[str, str | None]:
        """The cells of one change as they were compared, without an edit."""
        return {name: column[position].as_py() for name, column in self._compared.items()}

    def matching(self, search: str) -> Mask:
        """Which changes hold a text in one of `SEARCHED`, upper and lower case alike."""
        if not search:
            return np.ones(len(self), dtype=bool)
        lower = pc.utf8_lower(pa.scalar(search)).as_py()
        # Some files spell é as two code points: look for both rather than rewrite a million values.
        spellings = {lower, *(unicodedata.normalize(form, lower) for form in ("NFC", "NFD"))}
        found = np.zeros(len(self), dtype=bool)
        for name in SEARCHED:
            for spelling in spellings:
                hits = pc.match_substring(self.folded(name), spelling)
                found |= hits.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
        return found

    def find(self, change_ids: Iterable[str]) -> tuple[Positions, list[str]]:
        """The positions of changes, and which ids are none of them."""
        wanted = list(dict.fromkeys(change_ids))
        asked = pa.array(wanted, type=pa.large_string())
        found = np.flatnonzero(pc.is_in(self.ids, value_set=asked).to_numpy(zero_copy_only=False))
        if len(found) == len(wanted):
            return found, []
        known = set(self.ids.take(pa.array(found)).to_pylist())
        return found, [change_id for change_id in wanted if change_id not in known]

    def positions(self, change_ids: Iterable[str]) -> Positions:
        """The positions of changes, in the diff's order.

        Raises
        ------
        SelectionError
            An id is unknown; the message names it.
        """
        wanted = list(change_ids)
        found, missing = self.find(wanted)
        if missing:
            raise SelectionError(
                f"{len(missing)} of {len(found) + len(missing)} change ids are not in this diff: "
                f"{some([visible(change_id, 60) for change_id in missing])}. Take them from diff.changes.index."
            )
        return found

    def mask(self, change_ids: Iterable[str]) -> Mask:
        """As `positions`, as a mask over all changes."""
        asked = np.zeros(len(self), dtype=bool)
        asked[self.positions(change_ids)] = True
        return asked


def arrow(values: pd.Index[Any] | pd.Series[Any]) -> pa.Array:
    """Make one array of a frame's column, without copying text that is arrow's already."""
    array = pa.array(values, from_pandas=True)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return whole.cast(pa.large_string())


def among(values: pd.Index[Any] | pd.Series[Any], wanted: Iterable[str]) -> Mask:
    """As ``values.isin(wanted)``, which pandas does text by text."""
    held: Mask = pc.is_in(arrow(values), value_set=pa.array(list(wanted), type=pa.large_string())).to_numpy(zero_copy_only=False)
    return held


def some(names: list[str], total: int | None = None) -> str:
    """Name a few, and say how many more there are."""
    more = (len(names) if total is None else total) - _NAMED_AT_MOST
    return "; ".join(names[:_NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")
