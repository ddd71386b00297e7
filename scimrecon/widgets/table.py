"""Hold what the reader of a diff has searched, sorted, ticked and edited.

The state behind `Preview`, without any widget: tests drive it without a browser. A change is named by its id
at the edges and by its position inside, where whole arrays are fast. One lock guards it all, because JupyterLab
calls a widget on threads beside the running cell.
"""

from __future__ import annotations

import threading
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.diff import why_not
from scimrecon.errors import SelectionError
from scimrecon.widgets.display import EDITABLE, Row, draw, visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt
    import pandas as pd

    from scimrecon.diff import Diff

SEARCHED = ("user_name", "key", "path", "before", "after")
SORTABLE = ("user_name", "path", "before", "after", "kind", "status")
_TEXT = ("user_id", "user_name", "key", "path", "before", "after", "kind", "status", "policy", "flags", "problem")
_EDITED = ("after", "kind", "status", "flags", "problem")
_NAMED_AT_MOST = 3


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which changes are shown, and in what order."""

    search: str = ""
    path: str | None = None
    kind: str | None = None
    sort: str | None = None
    descending: bool = False


@dataclass(frozen=True, kw_only=True)
class Counts:
    """How many changes there are, are shown, and are ticked."""

    changes: int
    filtered: int
    filtered_tickable: int
    ticked: int
    ticked_users: int
    edited: int


class ChangeTable:
    """The changes of a diff with the reader's query, ticks and edits.

    Parameters
    ----------
    diff
        It is read, never written to, and its frame is not copied.
    """

    def __init__(self, diff: Diff) -> None:
        changes = diff.changes
        self._diff = diff
        self._lock = threading.RLock()
        self._ids = _arrow(changes.index)
        self._columns = {name: _arrow(changes[name]) for name in _TEXT}
        self._compared = {name: self._columns[name] for name in _EDITED}
        self._folded: dict[str, pa.Array] = {}
        self._codes = {name: _coded(self._columns[name]) for name in ("path", "kind", "user_id")}
        self._tickable = diff.tickable.to_numpy(dtype=bool, copy=True)
        self._twins = diff.basis.twins(changes).to_numpy(dtype=bool)
        self._ticked = np.zeros(len(changes), dtype=bool)
        self._edits: dict[int, dict[str, str | None]] = {}
        self.set_query(Query())

    @property
    def query(self) -> Query:
        """The query in force."""
        return self._query

    def set_query(self, query: Query) -> None:
        """Show the changes that fit a query, in its order.

        Cost: one pass over the changes, a second for the first search in each column.

        Raises
        ------
        SelectionError
            No change has that path or kind, or the column cannot be sorted by.
        """
        with self._lock:
            if query.sort is not None and query.sort not in SORTABLE:
                raise SelectionError(f"cannot sort by {query.sort!r}; the columns are {', '.join(SORTABLE)}")
            found = self._matching(query.search)
            of_path = self._holding("path", query.path)
            of_kind = self._holding("kind", query.kind)
            # A facet counts what its other choices would show, so its own choice is left out.
            self._facets = {
                "path": self._counted("path", found & of_kind),
                "kind": self._counted("kind", found & of_path),
            }
            self._filtered = found & of_path & of_kind
            self._order = self._sorted(np.flatnonzero(self._filtered), query)
            self._query = query

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """How many changes each path and each kind would show, the rest of the query as it is."""
        with self._lock:
            return {name: list(counted) for name, counted in self._facets.items()}

    def window(self, start: int, count: int) -> list[Row]:
        """Give some of the rows shown, as plain text.

        Parameters
        ----------
        start, count
            The first row and how many, in the order shown. Beyond the last row there is nothing.
        """
        with self._lock:
            positions = self._order[max(start, 0) : max(start, 0) + max(count, 0)]
            at = pa.array(positions)
            ids = self._ids.take(at).to_pylist()
            texts = {name: column.take(at).to_pylist() for name, column in self._columns.items()}
            return [
                draw(
                    ids[row],
                    {name: column[row] for name, column in texts.items()},
                    was=self._compared["after"][position].as_py() if position in self._edits else None,
                    edited=position in self._edits,
                    tickable=bool(self._tickable[position]),
                    ticked=bool(self._ticked[position]),
                )
                for row, position in enumerate(positions.tolist())
            ]

    def tick(self, change_ids: Iterable[str]) -> None:
        """Tick changes: all of those named, or none; what the provider ties to one of them goes with it.

        Raises
        ------
        SelectionError
            An id is unknown, or its change cannot be ticked; the message says why.
        """
        with self._lock:
            positions = self._positions(change_ids)
            self._refuse(positions[~self._tickable[positions]])
            asked = np.zeros(len(self._ids), dtype=bool)
            asked[positions] = True
            self._ticked |= self._with_twins(asked) & self._tickable

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away; a change that is not ticked stays so."""
        with self._lock:
            asked = np.zeros(len(self._ids), dtype=bool)
            asked[self._positions(change_ids)] = True
            self._ticked &= ~self._with_twins(asked)

    def tick_filtered(self) -> None:
        """Tick every change the query shows that can be ticked, not only those in view."""
        with self._lock:
            self._ticked |= self._with_twins(self._filtered & self._tickable) & self._tickable

    def untick_filtered(self) -> None:
        """Take the tick from every change the query shows."""
        with self._lock:
            self._ticked &= ~self._with_twins(self._filtered)

    def edit(self, change_id: str, value: str) -> None:
        """Let a change set another value; ``''`` clears, the value it had takes the edit back.

        A value the target holds already makes the change cosmetic and takes its tick away. The rows shown stay as they are
        until the next query, so an edited row does not slip from under the reader.

        Raises
        ------
        SelectionError
            The id is unknown, its change is locked, unsupported or protected, or the value is not one for its attribute.
        """
        with self._lock:
            positions = self._positions([change_id])
            position = int(positions[0])
            if self._compared["status"][position].as_py() not in EDITABLE:
                self._refuse(positions)
            if value == self._compared["after"][position].as_py():
                self._edits.pop(position, None)
                self._tickable[position] = self._diff.tickable.iloc[position]
            else:
                self._edits[position], self._tickable[position] = self._judged(position, value)
            self._ticked &= self._tickable
            self._columns |= {name: self._with_edits(name) for name in _EDITED}
            self._codes["kind"] = _coded(self._columns["kind"])
            for name in _EDITED:
                self._folded.pop(name, None)

    def value(self, change_id: str) -> str | None:
        """Give the whole value a change would set, edits included; None where there is none."""
        with self._lock:
            found: str | None = self._columns["after"][int(self._positions([change_id])[0])].as_py()
            return found

    @property
    def ticked(self) -> list[str]:
        """The ids of the ticked changes, in the diff's order."""
        return self.choices()[0]

    @property
    def edits(self) -> dict[str, str]:
        """The edited values by change id."""
        return self.choices()[1]

    def choices(self) -> tuple[list[str], dict[str, str]]:
        """Give the ticked ids and the edits, both of one moment."""
        with self._lock:
            ids: list[str] = self._ids.filter(pa.array(self._ticked)).to_pylist()
            return ids, {self._ids[at].as_py(): edit["after"] or "" for at, edit in self._edits.items()}

    def counts(self) -> Counts:
        """How many changes there are, are shown, and are ticked."""
        with self._lock:
            codes, users = self._codes["user_id"]
            touched = np.zeros(len(users) + 1, dtype=bool)
            touched[codes[self._ticked]] = True
            return Counts(
                changes=len(self._ids),
                filtered=len(self._order),
                filtered_tickable=int(np.count_nonzero(self._filtered & self._tickable)),
                ticked=int(np.count_nonzero(self._ticked)),
                ticked_users=int(np.count_nonzero(touched)),
                edited=len(self._edits),
            )

    def _with_twins(self, asked: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """The changes asked for, with those that the provider ties to them: of the same users."""
        if not self._twins.any():
            return asked
        codes, users = self._codes["user_id"]
        touched = np.zeros(len(users) + 1, dtype=bool)
        touched[codes[asked & self._twins]] = True
        both: npt.NDArray[np.bool_] = asked | (self._twins & touched[codes])
        return both

    def _matching(self, search: str) -> npt.NDArray[np.bool_]:
        if not search:
            return np.ones(len(self._ids), dtype=bool)
        folded = pc.utf8_lower(pa.scalar(search)).as_py()
        # Some files spell é as two code points: look for both rather than rewrite a million values.
        spellings = {folded, *(unicodedata.normalize(form, folded) for form in ("NFC", "NFD"))}
        found = np.zeros(len(self._ids), dtype=bool)
        for name in SEARCHED:
            for spelling in spellings:
                hits = pc.match_substring(self._fold(name), spelling)
                found |= hits.fill_null(fill_value=False).to_numpy(zero_copy_only=False)
        return found

    def _fold(self, name: str) -> pa.Array:
        if name not in self._folded:
            self._folded[name] = pc.utf8_lower(self._columns[name])
        return self._folded[name]

    def _holding(self, name: str, value: str | None) -> npt.NDArray[np.bool_]:
        codes, values = self._codes[name]
        if value is None:
            return np.ones(len(codes), dtype=bool)
        if value not in values:
            some = ", ".join(sorted(values)[:12])
            raise SelectionError(f"no change has the {name} {visible(value)!r}; there are {some or 'none'}")
        held: npt.NDArray[np.bool_] = codes == values.index(value)
        return held

    def _counted(self, name: str, mask: npt.NDArray[np.bool_]) -> list[tuple[str, int]]:
        codes, values = self._codes[name]
        counts = np.bincount(codes[mask], minlength=len(values)).tolist()
        return sorted(zip(values, counts, strict=False))

    def _sorted(self, positions: npt.NDArray[np.intp], query: Query) -> npt.NDArray[np.intp]:
        if query.sort is None:
            return positions
        direction = "descending" if query.descending else "ascending"
        by = pc.array_sort_indices(self._fold(query.sort).take(pa.array(positions)), order=direction)
        in_order: npt.NDArray[np.intp] = positions[by.to_numpy()]
        return in_order

    def _positions(self, change_ids: Iterable[str]) -> npt.NDArray[np.intp]:
        wanted = list(dict.fromkeys(change_ids))
        asked = pa.array(wanted, type=pa.large_string())
        found = np.flatnonzero(pc.is_in(self._ids, value_set=asked).to_numpy(zero_copy_only=False))
        if len(found) < len(wanted):
            known = set(self._ids.take(pa.array(found)).to_pylist())
            missing = [visible(change_id, 60) for change_id in wanted if change_id not in known]
            raise SelectionError(
                f"{len(missing)} of {len(wanted)} change ids are not in this diff: {_some(missing)}. "
                "Take them from diff.changes.index."
            )
        return found

    def _refuse(self, positions: npt.NDArray[np.intp]) -> None:
        if not len(positions):
            return
        shown = positions[:_NAMED_AT_MOST].tolist()
        reasons = [f"{visible(self._ids[at].as_py(), 80)} ({self._why(at)})" for at in shown]
        named = _some(reasons, len(positions))
        raise SelectionError(f"{len(positions)} changes cannot be ticked or edited: {named}")

    def _why(self, position: int) -> str:
        return why_not({name: column[position].as_py() or "" for name, column in self._columns.items()})

    def _judged(self, position: int, value: str) -> tuple[dict[str, str | None], bool]:
        """Say what the diff makes of another value: the cells it changes, and whether it can be ticked."""
        # Of one row: editing the whole diff would copy it.
        row = self._diff.changes.iloc[[position]]
        edited = replace(self._diff, changes=row).edit({row.index[0]: value})
        cells = {name: _arrow(edited.changes[name])[0].as_py() for name in _EDITED}
        if cells["status"] == "invalid":
            raise SelectionError(f"{visible(row.index[0], 80)}: {cells['problem']}")
        return cells, bool(edited.tickable.iloc[0])

    def _with_edits(self, name: str) -> pa.Array:
        mask = np.zeros(len(self._ids), dtype=bool)
        mask[list(self._edits)] = True
        cells = pa.array([self._edits[position][name] for position in sorted(self._edits)], type=pa.large_string())
        return pc.replace_with_mask(self._compared[name], pa.array(mask), cells)


def _arrow(values: pd.Index[Any] | pd.Series[Any]) -> pa.Array:
    array = pa.array(values, from_pandas=True)
    whole = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    return whole.cast(pa.large_string())


def _coded(column: pa.Array) -> tuple[npt.NDArray[np.intp], list[str]]:
    """Codes into the distinct values; a missing one has the code after the last."""
    encoded = pc.dictionary_encode(column)
    values: list[str] = encoded.dictionary.to_pylist()
    return encoded.indices.fill_null(len(values)).to_numpy().astype(np.intp), values


def _some(names: list[str], total: int | None = None) -> str:
    more = (len(names) if total is None else total) - _NAMED_AT_MOST
    return "; ".join(names[:_NAMED_AT_MOST]) + (f"; and {more} more" if more > 0 else "")
