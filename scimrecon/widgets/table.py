"""Hold what the reader of a diff has searched, sorted, ticked and edited.

The state behind `Preview`, without any widget: tests drive it without a browser. One lock guards it all, because JupyterLab
calls a widget on threads beside the running cell.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.diff import why_not
from scimrecon.errors import SelectionError
from scimrecon.widgets.choices import Choices, PackedChoices
from scimrecon.widgets.columns import Columns, some
from scimrecon.widgets.display import EDITABLE, Row, draw, visible
from scimrecon.widgets.drawer import UserView, view_user
from scimrecon.widgets.editing import judge_edits
from scimrecon.widgets.filtering import Query, check_order, count_facets, holding, in_order, narrow
from scimrecon.widgets.grouping import GroupRow, Groups
from scimrecon.widgets.history import History
from scimrecon.widgets.standing import Counts, Standing, count_users, judge, tell
from scimrecon.widgets.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scimrecon.diff import Diff
    from scimrecon.widgets.columns import Mask, Positions

_NAMED_AT_MOST = 3
_STEPS = 200
"""A step takes one bit a change: 25 MB for so many at a million changes."""


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
        self._columns = Columns(changes)
        self._tickable_before = diff.tickable.to_numpy(dtype=bool, copy=True)
        self._tickable = self._tickable_before
        self._twins = diff.basis.twins(changes).to_numpy(dtype=bool)
        self._choices = Choices(ticked=np.zeros(len(changes), dtype=bool), edits={})
        self._history: History[PackedChoices] = History(_STEPS)
        self._facets: dict[str, list[tuple[str, int]]] | None = None
        self._judged_of: tuple[Choices, pd.DataFrame] | None = None
        self.set_query(Query())

    def __len__(self) -> int:
        return len(self._columns)

    @property
    def query(self) -> Query:
        """The query in force."""
        return self._query

    def set_query(self, query: Query) -> None:
        """Show the changes that fit a query, in its order, or the groups they are in.

        Cost: one pass over the changes a facet, a second for the first search in each column.

        Raises
        ------
        SelectionError
            No change has such a path, kind, status, flag, pattern or user, or the query cannot be grouped or sorted so.
        """
        with self._lock:
            check_order(query)
            filtered = narrow(self._columns, query)
            patterns = self._patterns if query.by == "pattern" else None
            self._groups = Groups(self._columns, filtered, query, patterns) if query.by else None
            self._order = in_order(self._columns, filtered, query)
            self._filtered, self._facets, self._query = filtered, None, query

    def summary(self) -> str:
        """Count the changes by attribute and kind, as plain HTML without a personal value."""
        # Without the lock: rows are shown meanwhile. What two threads would code at once, they code alike.
        return summarise(self._columns, self.counts())

    @property
    def decided(self) -> Choices:
        """What is ticked and edited: another object after each change of it."""
        return self._choices

    def facets(self) -> dict[str, list[tuple[str, int]]]:
        """How many changes each path, kind, status, flag and pattern would show, the rest of the query as it is."""
        with self._lock:
            # Counted when the query was made: an edited row stays in view, and in the counts, until the next one.
            if self._facets is None:
                self._facets = count_facets(self._columns, self._query)
            return {name: list(counted) for name, counted in self._facets.items()}

    def warm(self) -> None:
        """Work out what the first search, group or tick of routine would otherwise wait for: a few seconds for a million."""
        self._columns.warm()
        _ = self._patterns, self._routine

    @cached_property
    def _patterns(self) -> pd.DataFrame:
        return self._diff.patterns

    @cached_property
    def _routine(self) -> Mask:
        return self._columns.mask(self._diff.routine)

    def window(self, start: int, count: int) -> list[Row] | list[GroupRow]:
        """Give some of the rows shown, as plain text: changes, or groups of them.

        Parameters
        ----------
        start, count
            The first row and how many, in the order shown. Beyond the last row there is nothing.
        """
        with self._lock:
            if self._groups is not None:
                return self._groups.window(start, count, self._tickable, self._choices.ticked)
            positions = self._order[max(start, 0) : max(start, 0) + max(count, 0)]
            return [
                draw(
                    cells["id"] or "",
                    cells,
                    was=cells["was"] if position in self._choices.edits else None,
                    edited=position in self._choices.edits,
                    tickable=bool(self._tickable[position]),
                    ticked=bool(self._choices.ticked[position]),
                )
                for position, cells in zip(positions.tolist(), self._columns.cells(positions), strict=True)
            ]

    def tick(self, change_ids: Iterable[str]) -> None:
        """Tick changes: all of those named, or none; what the provider ties to one of them goes with it.

        Raises
        ------
        SelectionError
            An id is unknown, or its change cannot be ticked; the message says why.
        """
        with self._lock:
            asked = self._columns.mask(change_ids)
            self._refuse(np.flatnonzero(asked & ~self._tickable))
            self._tick(asked)

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away; a change that is not ticked stays so."""
        with self._lock:
            self._untick(self._columns.mask(change_ids))

    def tick_filtered(self) -> None:
        """Tick every change the query shows that can be ticked, not only those in view."""
        with self._lock:
            self._tick(self._filtered & self._tickable)

    def untick_filtered(self) -> None:
        """Take the tick from every change the query shows."""
        with self._lock:
            self._untick(self._filtered)

    def tick_group(self, by: str, value: str, *, ticked: bool = True) -> None:
        """Tick the changes of one group that the query shows and that can be ticked, or take their ticks away.

        Raises
        ------
        SelectionError
            There is no such group.
        """
        with self._lock:
            check_order(Query(by=by))
            group = holding(self._columns, by, value) & self._filtered
            if ticked:
                self._tick(group & self._tickable)
            else:
                self._untick(group)

    def tick_alike(self, labels: Iterable[str]) -> None:
        """Tick all changes of these patterns that can be ticked, shown or not.

        Raises
        ------
        SelectionError
            No change has such a pattern. Nothing is ticked then.
        """
        with self._lock:
            asked = np.zeros(len(self._columns), dtype=bool)
            for label in labels:
                asked |= holding(self._columns, "pattern", label)
            self._tick(asked & self._tickable)

    def tick_routine(self) -> None:
        """Tick what needs no second look: `Diff.routine` of the diff with the edits."""
        with self._lock:
            edits = self.edits
            routine = self._columns.mask(self._diff.edit(edits).routine) if edits else self._routine
            self._tick(routine & self._tickable)

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
            positions = self._columns.positions([change_id])
            position = int(positions[0])
            cells = self._columns.compared(position)
            if cells["status"] not in EDITABLE:
                self._refuse(positions)
            edits = dict(self._choices.edits)
            if value == cells["after"]:
                edits.pop(position, None)
            else:
                made, refused = judge_edits(self._diff, {change_id: value})
                if refused:
                    raise SelectionError(f"{visible(change_id, 80)}: {refused[change_id]}")
                edits[position] = made[change_id]
            self._decide(Choices(ticked=self._choices.ticked, edits=edits))

    def adopt(self, ticked: Iterable[str], edits: Mapping[str, str]) -> dict[str, str]:
        """Start from ticks and edits made before; give the ids of those that cannot be, each with the reason. Not to be undone.

        All ids must be of this diff. Cost: that of `Diff.edit` on the edited rows.
        """
        with self._lock:
            made, refused = judge_edits(self._diff, edits)
            at = dict(zip(made, self._columns.positions(made).tolist(), strict=True)) if made else {}
            self._settle(replace(self._choices, edits={at[change_id]: edit for change_id, edit in made.items()}))
            asked = self._columns.mask([change_id for change_id in ticked if change_id not in refused])
            barred = self._columns.cells(np.flatnonzero(asked & ~self._tickable))
            refused |= {cells["id"] or "": why_not(cells) for cells in barred}
            self._settle(replace(self._choices, ticked=self._with_twins(asked & self._tickable)))
            return refused

    def undo(self) -> bool:
        """Take back the last change of ticks or edits; False where there is none."""
        with self._lock:
            return self._history.undo(self._choices.packed(), self._go_to)

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        with self._lock:
            return self._history.redo(self._choices.packed(), self._go_to)

    def view(self, user_id: str) -> UserView:
        """Show one user: see `Preview.show_user`."""
        with self._lock:
            codes, users = self._columns.coded("user_id")
            mine = np.flatnonzero(codes == users.index(user_id).as_py())
            rows = self._diff.changes.iloc[mine]
            cells = self._columns.cells(mine)
            edited = [row for at, row in zip(mine.tolist(), cells, strict=True) if at in self._choices.edits]
            ticked = pd.Series(self._choices.ticked[mine], index=rows.index)
        part = replace(self._diff, changes=rows)
        part = part.edit({row["id"] or "": row["after"] or "" for row in edited})
        return view_user(part, user_id, ticked, self._diff.basis)

    def knows_any(self, change_ids: list[str]) -> bool:
        """Whether one of these ids is a change's of this diff."""
        return len(self._columns.find(change_ids)[0]) > 0

    def value(self, change_id: str) -> str | None:
        """Give the whole value a change would set, edits included; None where there is none."""
        with self._lock:
            return self._columns.cells(self._columns.positions([change_id]))[0]["after"]

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
            ids: list[str] = self._columns.ids.filter(pa.array(self._choices.ticked)).to_pylist()
            return ids, {self._columns.ids[at].as_py(): edit.cells["after"] or "" for at, edit in self._choices.edits.items()}

    def counts(self) -> Counts:
        """How many changes there are, are shown, and are ticked."""
        with self._lock:
            ticked = self._choices.ticked
            return Counts(
                changes=len(self._columns),
                filtered=len(self._order),
                filtered_tickable=int(np.count_nonzero(self._filtered & self._tickable)),
                rows=len(self._order) if self._groups is None else len(self._groups),
                ticked=int(np.count_nonzero(ticked)),
                ticked_users=count_users(self._columns, ticked),
                edited=len(self._choices.edits),
                undoable=self._history.undoable,
                redoable=self._history.redoable,
            )

    def thresholds(self) -> pd.DataFrame:
        """Hold the ticks against the limits on a whole plan; follows `schemas.Thresholds`. Cost: see `standing.judge`."""
        with self._lock:
            if self._judged_of is None or self._judged_of[0] is not self._choices:
                self._judged_of = self._choices, judge(self._columns, self._choices.ticked, self._diff.basis)
            return self._judged_of[1]

    def standing(self) -> list[Standing]:
        """Say in a line what the ticks come to, and which limits they exceed."""
        with self._lock:
            ticked = self._choices.ticked
            # Without ticks there is nothing to hold against a limit, and the first rows are shown the sooner.
            rows = self.thresholds().to_dict("records") if ticked.any() else []
            return tell(self._columns, ticked, rows, self._diff.basis.matched)

    def _tick(self, asked: Mask) -> None:
        more = self._with_twins(asked) & self._tickable
        self._decide(replace(self._choices, ticked=self._choices.ticked | more))

    def _untick(self, asked: Mask) -> None:
        self._decide(replace(self._choices, ticked=self._choices.ticked & ~self._with_twins(asked)))

    def _decide(self, choices: Choices) -> None:
        before = self._choices
        self._settle(choices)
        if not self._choices.same_as(before):
            self._history.record(before.packed())

    def _go_to(self, step: PackedChoices) -> None:
        self._settle(step.unpacked())

    def _settle(self, choices: Choices) -> None:
        """Make these the choices; what edits bar from being ticked loses its tick."""
        if choices.edits != self._choices.edits:
            self._columns.put({at: edit.cells for at, edit in choices.edits.items()})
            self._tickable = self._tickable_before.copy()
            for at, edit in choices.edits.items():
                self._tickable[at] = edit.tickable
        self._choices = replace(choices, ticked=choices.ticked & self._tickable)

    def _with_twins(self, asked: Mask) -> Mask:
        """The changes asked for, with those that the provider ties to them: of the same users."""
        if not self._twins.any():
            return asked
        codes, users = self._columns.coded("user_id")
        touched = np.zeros(len(users) + 1, dtype=bool)
        touched[codes[asked & self._twins]] = True
        both: Mask = asked | (self._twins & touched[codes])
        return both

    def _refuse(self, positions: Positions) -> None:
        if not len(positions):
            return
        shown = self._columns.cells(positions[:_NAMED_AT_MOST])
        reasons = [f"{visible(cells['id'] or '', 80)} ({why_not(cells)})" for cells in shown]
        named = some(reasons, len(positions))
        raise SelectionError(f"{len(positions)} changes cannot be ticked or edited: {named}")
