"""Show a diff as a table to search, sort, tick and edit.

What is shown, ticked and edited is decided in `ChangeTable`; `Wire` speaks with the browser.
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from typing import TYPE_CHECKING

from scimrecon import schemas
from scimrecon.apply import is_in_notebook
from scimrecon.diff import Diff
from scimrecon.errors import SelectionError
from scimrecon.tables import count
from scimrecon.widgets.assets import join_parts
from scimrecon.widgets.keeping import Keeper, find_kept
from scimrecon.widgets.saving import rebase, write_choices, write_code
from scimrecon.widgets.table import ChangeTable
from scimrecon.widgets.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Any

    import pandas as pd

    from scimrecon.diff import Selection
    from scimrecon.widgets.drawer import UserView


class Preview(Wire):
    """A table of a diff's changes to search, sort, tick and edit; nothing is ticked at first.

    Whatever is done with the mouse can be done in code, with the methods below.

    Parameters
    ----------
    diff
        What `compare` returned. It is not changed.
    choices
        A file that `save` wrote, of this diff or an earlier one. What still is as it was decided on is ticked and edited again;
        `rebased` tells of each choice. Without it nothing is ticked.
    keep
        Keep choices beyond the kernel, in a file of the user's own, for two weeks; the next preview of these changes in the same
        working directory offers to `recall` them. True in a notebook unless said.

    Raises
    ------
    SelectionError
        `diff` is none, or `choices` is no such file.
    """

    _esm = join_parts("dom.js", "grid.js", "preview.js", "preview_table.js", "preview_drawer.js")
    _css = join_parts("dom.css", "grid.css", "preview.css")

    def __init__(self, diff: Diff, /, *, choices: str | PathLike[str] | None = None, keep: bool | None = None) -> None:
        if not isinstance(diff, Diff):
            raise SelectionError(f"Preview takes a diff, from compare, not {type(diff).__name__}.")
        table = ChangeTable(diff)
        super().__init__(table)
        self.diff = diff
        self._rebased = None if choices is None else rebase(table, diff, choices)
        keeping = is_in_notebook() if keep is None else keep
        self._kept = find_kept(table.knows_any) if keeping and choices is None else None
        self._keeper = Keeper(self._keep) if keeping else None
        self._kept_last = table.decided

    def __repr__(self) -> str:
        counts = self._table.counts()
        edited = f", {counts.edited} edited" if counts.edited else ""
        ticked = f"{counts.ticked:,} of {counts.changes:,} changes ticked"
        users = f"{counts.ticked_users:,} user{'' if counts.ticked_users == 1 else 's'}"
        return f"<Preview: {ticked}, {users}{edited}>"

    @property
    def selection(self) -> Selection:
        """The ticked changes, with their edits."""
        ticked, edits = self._table.choices()
        diff = self.diff.edit(edits) if edits else self.diff
        return diff.select(ticked)

    @property
    def ticked(self) -> list[str]:
        """The ids of the ticked changes."""
        return self._table.ticked

    @property
    def edits(self) -> dict[str, str]:
        """The values edited here, by change id."""
        return self._table.edits

    @property
    def thresholds(self) -> pd.DataFrame:
        """The ticks held against the limits on a whole plan, as if none of it were blocked; follows `schemas.Thresholds`.

        Cost: 0.2 s for a million ticked changes.
        """
        return self._table.thresholds()

    @property
    def rebased(self) -> pd.DataFrame:
        """What became of each loaded choice: ``same``, ``changed`` since, ``gone``, ``barred``; follows `schemas.Choices`."""
        return schemas.empty(schemas.Choices) if self._rebased is None else self._rebased.copy()

    def recall(self) -> pd.DataFrame:
        """Take up the choices that the last preview of these changes kept: a kernel that was restarted has forgotten them.

        What still is as it was decided on is ticked and edited again.

        Returns
        -------
        pandas.DataFrame
            What became of each choice, as `rebased`.

        Raises
        ------
        SelectionError
            None were kept, or something was ticked or edited here already.
        """
        with self._lock:
            if self._kept is None:
                raise SelectionError("no choices of an earlier preview of these changes were kept in this working directory.")
            if not self._is_untouched():
                raise SelectionError("something is ticked or edited here: show a new Preview(diff) first, then recall().")
            self._rebased = rebase(self._table, self.diff, self._kept.path)
            self._kept = None
            self._send_state()
            return self.rebased

    def _is_untouched(self) -> bool:
        counts = self._table.counts()
        return not (counts.ticked or counts.edited)

    def _keep(self, path: Path) -> None:
        ticked, edits = self._table.choices()
        if ticked or edits:
            write_choices(path, self.diff.changes, ticked, edits)
        else:
            path.unlink(missing_ok=True)

    def _act(self, message: Mapping[str, Any]) -> None:
        if message["type"] == "recall":
            self.recall()
        else:
            super()._act(message)

    def _send_state(self, *, counted: bool = True) -> None:
        super()._send_state(counted=counted)
        if self._keeper is not None and self._kept_last is not self._table.decided:
            self._kept_last = self._table.decided
            self._keeper.note()

    def _tell_kept(self) -> dict[str, object]:
        offered = self._kept if self._kept is not None and self._is_untouched() else None
        said = f"{count(offered.choices, 'choice')} made here until {offered.when:%H:%M on %d %B}" if offered else None
        return {"offer": said, "problem": self._keeper.problem if self._keeper is not None else ""}

    def save(self, path: str | PathLike[str]) -> None:
        """Save ticks and edits to a file that only its owner can read, for ``Preview(diff, choices=path)``.

        It holds names and values of the users concerned. A file that is there is replaced. Cost: 10 µs a choice.

        Parameters
        ----------
        path
            Name it ``….choices``: git is told to leave such files alone.

        Raises
        ------
        SelectionError
            The file cannot be written.
        """
        write_choices(path, self.diff.changes, *self._table.choices())

    def code(self) -> str:
        """Write Python that repeats ticks and edits on ``diff``, for ``print``: whole patterns by name, other changes by id."""
        return write_code(self.diff, *self._table.choices())

    def search(
        self,
        text: str = "",
        *,
        path: str | None = None,
        kind: str | None = None,
        status: str | None = None,
        flag: str | None = None,
        pattern: str | None = None,
        user: str | None = None,
    ) -> None:
        """Show only the changes that hold a text, and are of one path, kind, status, flag, pattern, user; without arguments, all.

        Cost: a second for the first search of a million changes, a third of one after that.

        Parameters
        ----------
        text
            Part of the user's name or key, the attribute, or either value; upper and lower case alike.
        path, kind, status
            As in ``diff.changes``.
        flag
            One word of the flags there.
        pattern
            As there.
        user
            A ``user_id``.

        Raises
        ------
        SelectionError
            No change has such a path, kind, status, flag, pattern or user.
        """
        with self._lock:
            query = self._table.query
            self._set_query(
                replace(query, search=text, path=path, kind=kind, status=status, flag=flag, pattern=pattern, user=user)
            )

    def group_by(self, by: str | None = None) -> None:
        """Show one row for each user, attribute or pattern, with its counts; without an argument, the changes themselves.

        Parameters
        ----------
        by
            ``"user"``, ``"path"`` or ``"pattern"``, these in the order of ``diff.patterns``: the unusual first.

        Raises
        ------
        SelectionError
            It is none of these.
        """
        with self._lock:
            self._set_query(replace(self._table.query, by=by, sort=None, descending=False))

    def sort(self, column: str | None = None, *, descending: bool = False) -> None:
        """Sort by a column; without one, as in the diff.

        Parameters
        ----------
        column
            ``user_name``, ``path``, ``before``, ``after``, ``kind`` or ``status``; of groups ``group`` or ``changes``.
        descending
            Largest first; missing values stay last.

        Raises
        ------
        SelectionError
            The column cannot be sorted by.
        """
        with self._lock:
            self._set_query(replace(self._table.query, sort=column, descending=descending))

    def tick(self, change_ids: Iterable[str]) -> None:
        """Tick changes: all of those named, or none.

        Parameters
        ----------
        change_ids
            From the index of ``diff.changes``.

        Raises
        ------
        SelectionError
            An id is unknown, or its change cannot be ticked; the message says why.
        """
        self._table.tick(change_ids)
        self._send_state()

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away; a change that is not ticked stays so.

        Parameters
        ----------
        change_ids
            As in `tick`.

        Raises
        ------
        SelectionError
            An id is unknown.
        """
        self._table.untick(change_ids)
        self._send_state()

    def tick_filtered(self) -> None:
        """Tick every change shown that can be ticked, whether in view or not."""
        self._table.tick_filtered()
        self._send_state()

    def untick_filtered(self) -> None:
        """Take the tick from every change shown."""
        self._table.untick_filtered()
        self._send_state()

    def tick_alike(self, *labels: str) -> None:
        """Tick all changes of these patterns that can be ticked, shown or not. An edited change stays in its pattern.

        Parameters
        ----------
        *labels
            As in ``diff.patterns``.

        Raises
        ------
        SelectionError
            No change has such a pattern. Nothing is ticked then.
        """
        self._table.tick_alike(labels)
        self._send_state()

    def tick_routine(self) -> None:
        """Tick what needs no second look: `Diff.routine`. Cost: 2 s for a million changes."""
        self._table.tick_routine()
        self._send_state()

    def edit(self, change_id: str, value: str) -> None:
        """Let a change set another value.

        Parameters
        ----------
        change_id
            From the index of ``diff.changes``.
        value
            ``''`` clears; the value that the change had takes the edit back.

        Raises
        ------
        SelectionError
            The id is unknown, its change cannot be edited, or the value is not one for its attribute.
        """
        self._table.edit(change_id, value)
        self._send_state()

    def show_user(self, user_id: str) -> UserView:
        """Show one user: the very PUT that the ticks make of what the target holds, what stays, and the story of each change.

        Parameters
        ----------
        user_id
            As in ``diff.changes``.

        Raises
        ------
        SelectionError
            The user has no change.
        """
        return self._table.view(user_id)

    def undo(self) -> bool:
        """Take back the last change of ticks or edits, of the last 200; False where there is none."""
        undone = self._table.undo()
        self._send_state()
        return undone

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        redone = self._table.redo()
        self._send_state()
        return redone
