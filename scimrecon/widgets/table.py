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
from scimrecon.widgets.choices import Choices
from scimrecon.widgets.columns import Columns, some
from scimrecon.widgets.counts import Counts
from scimrecon.widgets.deciding import Decisions
from scimrecon.widgets.display import EDITABLE, Row, draw, visible
from scimrecon.widgets.drawer import UserView, view_user
from scimrecon.widgets.editing import judge_edits
from scimrecon.widgets.filtering import Query, check_order, count_facets, holding, in_order, narrow
from scimrecon.widgets.grouping import GroupRow, Groups
from scimrecon.widgets.standing import Standing, count_users, judge, tell
from scimrecon.widgets.summary import summarise

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from scimrecon.diff import Diff
    from scimrecon.widgets.columns import Mask, Positions

_NAMED_AT_MOST = 3


class ChangeTable:
    """The changes of a diff with the reader's query, ticks and edits.

    Parameters
    ----------
    diff
        It is read, never written to, and its frame is not copied.
    """

    def __init__(self, diff: Diff) -> None:
        self._diff = diff
        self._lock = threading.RLock()
        self._columns = Columns(diff.changes)
        self._decisions = Decisions(diff, self._columns)
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
        return self._decisions.choices

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
            tickable, choices = self._decisions.tickable, self.decided
            if self._groups is not None:
                return self._groups.window(start, count, tickable, choices.ticked)
            positions = self._order[max(start, 0) : max(start, 0) + max(count, 0)]
            return [
                draw(
                    cells["id"] or "",
                    cells,
                    was=cells["was"] if position in choices.edits else None,
                    edited=position in choices.edits,
                    tickable=bool(tickable[position]),
                    ticked=bool(choices.ticked[position]),
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
            self._refuse(np.flatnonzero(asked & ~self._decisions.tickable))
            self._decisions.tick(asked)

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away; a change that is not ticked stays so."""
        with self._lock:
            self._decisions.untick(self._columns.mask(change_ids))

    def tick_filtered(self) -> None:
        """Tick every change the query shows that can be ticked, not only those in view."""
        with self._lock:
            self._decisions.tick(self._filtered)

    def untick_filtered(self) -> None:
        """Take the tick from every change the query shows."""
        with self._lock:
            self._decisions.untick(self._filtered)

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
                self._decisions.tick(group)
            else:
                self._decisions.untick(group)

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
            self._decisions.tick(asked)

    def tick_routine(self) -> None:
        """Tick what needs no second look: `Diff.routine` of the diff with the edits."""
        with self._lock:
            edits = self.edits
            routine = self._columns.mask(self._diff.edit(edits).routine) if edits else self._routine
            self._decisions.tick(routine)

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
            edits = dict(self.decided.edits)
            if value == cells["after"]:
                edits.pop(position, None)
            else:
                made, refused = judge_edits(self._diff, {change_id: value})
                if refused:
                    raise SelectionError(f"{visible(change_id, 80)}: {refused[change_id]}")
                edits[position] = made[change_id]
            self._decisions.decide(Choices(ticked=self.decided.ticked, edits=edits))

    def adopt(self, ticked: Iterable[str], edits: Mapping[str, str]) -> dict[str, str]:
        """Start from ticks and edits made before; give the ids of those that cannot be, each with the reason. Not to be undone.

        All ids must be of this diff. Cost: that of `Diff.edit` on the edited rows.
        """
        with self._lock:
            made, refused = judge_edits(self._diff, edits)
            at = dict(zip(made, self._columns.positions(made).tolist(), strict=True)) if made else {}
            decisions = self._decisions
            decisions.settle(replace(self.decided, edits={at[change_id]: edit for change_id, edit in made.items()}))
            asked = self._columns.mask([change_id for change_id in ticked if change_id not in refused])
            barred = self._columns.cells(np.flatnonzero(asked & ~decisions.tickable))
            refused |= {cells["id"] or "": why_not(cells) for cells in barred}
            decisions.settle(replace(self.decided, ticked=decisions.with_twins(asked & decisions.tickable)))
            return refused

    def undo(self) -> bool:
        """Take back the last change of ticks or edits; False where there is none."""
        with self._lock:
            return self._decisions.undo()

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        with self._lock:
            return self._decisions.redo()

    def view(self, user_id: str) -> UserView:
        """Show one user: see `Preview.show_user`."""
        with self._lock:
            codes, users = self._columns.coded("user_id")
            mine = np.flatnonzero(codes == users.index(user_id).as_py())
            rows = self._diff.changes.iloc[mine]
            cells = self._columns.cells(mine)
            edited = [row for at, row in zip(mine.tolist(), cells, strict=True) if at in self.decided.edits]
            ticked = pd.Series(self.decided.ticked[mine], index=rows.index)
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
            ids: list[str] = self._columns.ids.filter(pa.array(self.decided.ticked)).to_pylist()
            return ids, {self._columns.ids[at].as_py(): edit.cells["after"] or "" for at, edit in self.decided.edits.items()}

    def counts(self) -> Counts:
        """How many changes there are, are shown, and are ticked."""
        with self._lock:
            ticked = self.decided.ticked
            return Counts(
                changes=len(self._columns),
                filtered=len(self._order),
                filtered_tickable=int(np.count_nonzero(self._filtered & self._decisions.tickable)),
                rows=len(self._order) if self._groups is None else len(self._groups),
                ticked=int(np.count_nonzero(ticked)),
                ticked_users=count_users(self._columns, ticked),
                edited=len(self.decided.edits),
                undoable=self._decisions.undoable,
                redoable=self._decisions.redoable,
            )

    def thresholds(self) -> pd.DataFrame:
        """Hold the ticks against the limits on a whole plan; follows `schemas.Thresholds`. Cost: see `standing.judge`."""
        with self._lock:
            if self._judged_of is None or self._judged_of[0] is not self.decided:
                self._judged_of = self.decided, judge(self._columns, self.decided.ticked, self._diff.basis)
            return self._judged_of[1]

    def standing(self) -> list[Standing]:
        """Say in a line what the ticks come to, and which limits they exceed."""
        with self._lock:
            ticked = self.decided.ticked
            # Without ticks there is nothing to hold against a limit, and the first rows are shown the sooner.
            rows = self.thresholds().to_dict("records") if ticked.any() else []
            return tell(self._columns, ticked, rows, self._diff.basis.matched)

    def _refuse(self, positions: Positions) -> None:
        if not len(positions):
            return
        shown = self._columns.cells(positions[:_NAMED_AT_MOST])
        reasons = [f"{visible(cells['id'] or '', 80)} ({why_not(cells)})" for cells in shown]
        named = some(reasons, len(positions))
        raise SelectionError(f"{len(positions)} changes cannot be ticked or edited: {named}")
