"""Hold the cells of a diff's changes as whole arrays: to search, code and look up, with edits laid over them.

A change is named by its id at the edges and by its position inside, where whole arrays are fast.
"""

from __future__ import annotations

import unicodedata
from functools import cached_property
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
    Codes = npt.NDArray[np.int16] | npt.NDArray[np.int32]
    Cells = Mapping[str, str | None]
    _Coded = tuple[Codes, pa.Array]

SEARCHED = ("user_name", "key", "path", "before", "after")
EDITED = ("after", "kind", "status", "flags", "problem")
"""The columns an edit changes. The pattern stays the one a change was found in."""
_TEXT = (
    "user_id", "user_name", "key", "path", "before", "after", "kind", "status", "policy", "pattern", "flags", "problem",
)  # fmt: skip
CODED = ("user_id", "path", "kind", "status", "flags", "pattern", "before", "after")
"""What is asked for by value: counted, searched or sorted by."""
_OF_USERS = ("user_name", "key")
"""The same in all changes of a user."""
_FEW = 30_000
"""Codes of fewer distinct values, and of some edits more, fit 16 bits."""
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
        self._edits: Mapping[int, Cells] = {}
        self._encoded: dict[str, _Coded] = {}
        self._coded: dict[str, _Coded] = {}

    def __len__(self) -> int:
        return len(self.ids)

    def put(self, edits: Mapping[int, Cells]) -> None:
        """Lay these edits over the compared cells, and no others. Cost: a copy of the edited columns' codes."""
        self._edits = edits
        for name in EDITED:
            self._coded.pop(name, None)

    def coded(self, name: str) -> tuple[Codes, pa.Array]:
        """Codes into a column's distinct values; a missing one has the code after the last. Cost: 0.1 s for a million, once."""
        if name not in self._encoded:
            encoded = pc.dictionary_encode(self._compared[name])
            distinct = encoded.dictionary
            # Most columns have few distinct values: half the memory, and what is counted stays in the cache.
            kind = np.int16 if len(distinct) < _FEW else np.int32
            self._encoded[name] = encoded.indices.fill_null(len(distinct)).to_numpy().astype(kind), distinct
        if name not in self._coded:
            edited = self._edits if name in EDITED else {}
            self._coded[name] = _overlay(self._encoded[name], {at: cells[name] for at, cells in edited.items()})
        return self._coded[name]

    def warm(self) -> None:
        """Code what the first question would otherwise wait for."""
        for name in CODED:
            self.coded(name)
        _ = self._firsts

    @cached_property
    def _firsts(self) -> pa.Array:
        """Where each user's first change stands, by the user's code."""
        codes, users = self.coded("user_id")
        firsts = np.zeros(len(users), dtype=np.int32)
        firsts[codes[::-1]] = np.arange(len(codes), dtype=np.int32)[::-1]
        return pa.array(firsts)

    def _told(self, name: str) -> tuple[Codes, pa.Array]:
        """As `coded`, of a column to be searched or sorted by, in lower case; a value may have several codes."""
        if name not in _OF_USERS:
            codes, values = self.coded(name)
            return codes, pc.utf8_lower(values)
        return self.coded("user_id")[0], pc.utf8_lower(self._compared[name].take(self._firsts))

    def ranks(self, name: str) -> Positions:
        """Each change's place in a column's order, upper and lower case alike; -1 where the value is missing."""
        codes, values = self._told(name)
        places = np.where(values.is_valid(), pc.rank(values, tiebreaker="dense").to_numpy(), -1)
        ranks: Positions = np.append(places.astype(np.int64), -1)[codes]
        return ranks

    def names(self, users: Positions) -> list[str]:
        """The names of users, by their codes, in lower case; '' for one who has none."""
        named: list[str] = self._told("user_name")[1].take(pa.array(users)).fill_null("").to_pylist()
        return named

    def cells(self, positions: Positions) -> list[dict[str, str | None]]:
        """The cells of some changes, each with its ``id``, and ``was``: what the export asks for."""
        at = pa.array(positions)
        columns = {name: column.take(at).to_pylist() for name, column in self._compared.items()}
        columns |= {"id": self.ids.take(at).to_pylist(), "was": columns["after"]}
        rows = [{name: column[row] for name, column in columns.items()} for row in range(len(positions))]
        if self._edits:
            for position, row in zip(positions.tolist(), rows, strict=True):
                edited = self._edits.get(position, {})
                row.update({name: edited[name] for name in EDITED if name in edited})
        return rows

    def compared(self, position: int) -> dict[str, str | None]:
        """The cells of one change as they were compared, without an edit."""
        return {name: column[position].as_py() for name, column in self._compared.items()}

    def matching(self, search: str) -> Mask:
        """Which changes hold a text in one of `SEARCHED`, upper and lower case alike."""
        if not search:
            return np.ones(len(self), dtype=bool)
        found = np.zeros(len(self), dtype=bool)
        for name in SEARCHED:
            codes, values = self._told(name)
            found |= np.append(find_text(values, search), values=False)[codes]
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


def _overlay(coded: _Coded, edited: Mapping[int, str | None]) -> _Coded:
    """Lay edited cells over a coded column; a value it did not have gets a code of its own."""
    if not edited:
        return coded
    codes, distinct = coded
    texts = pa.array(list(dict.fromkeys(edited.values())), type=distinct.type)
    new = texts.filter(pc.and_(pc.invert(pc.is_in(texts, value_set=distinct)), texts.is_valid()))
    whole = pa.concat_arrays([distinct, new])
    at = pc.index_in(texts, value_set=whole).fill_null(len(whole)).to_pylist()
    code_of = dict(zip(texts.to_pylist(), at, strict=True)) | {None: len(whole)}
    laid: Codes = codes.copy() if len(whole) <= np.iinfo(codes.dtype).max else codes.astype(np.int32)
    laid[codes == len(distinct)] = len(whole)
    for position, text in edited.items():
        laid[position] = code_of[text]
    return laid, whole


def arrow(values: pd.Index[Any] | pd.Series[Any]) -> pa.Array:
    """Make one array of a frame's column, without copying text that is arrow's already."""
    array = pa.array(values, from_pandas=True)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return whole.cast(pa.large_string())


def find_text(lowered: pa.Array, search: str) -> Mask:
    """Which texts, given in lower case, hold one, upper and lower case alike; a missing text holds none."""
    lower = pc.utf8_lower(pa.scalar(search)).as_py()
    # Some files and services spell é as two code points: look for both rather than rewrite a million values.
    found = np.zeros(len(lowered), dtype=bool)
    for spelling in {lower, *(unicodedata.normalize(form, lower) for form in ("NFC", "NFD"))}:
        found |= pc.match_substring(lowered, spelling).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    return found


def among(values: pd.Index[Any] | pd.Series[Any], wanted: Iterable[str]) -> Mask:
    """As ``values.isin(wanted)``, which pandas does text by text."""
    held: Mask = pc.is_in(arrow(values), value_set=pa.array(list(wanted), type=pa.large_string())).to_numpy(zero_copy_only=False)
    return held


def some(names: list[str], total: int | None = None) -> str:
    """Name a few, and say how many more there are."""
    more = (len(names) if total is None else total) - _NAMED_AT_MOST
    return "; ".join(names[:_NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")
