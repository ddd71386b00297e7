"""Show a diff as a table to search, sort, tick and edit.

What is shown, ticked and edited is decided in `ChangeTable`; `Wire` speaks with the browser.
"""

from __future__ import annotations

from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from IPython.display import HTML, display

from scimrecon.diff import Diff
from scimrecon.errors import SelectionError
from scimrecon.widgets.saving import rebase, write_choices, write_code
from scimrecon.widgets.summary import summarise
from scimrecon.widgets.table import ChangeTable
from scimrecon.widgets.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from scimrecon.diff import Selection
    from scimrecon.widgets.drawer import UserView


_PARTS = ("dom.js", "grid.js", "preview.js", "preview_table.js", "preview_drawer.js")


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

    Raises
    ------
    SelectionError
        `diff` is none, or `choices` is no such file.
    """

    # anywidget takes one module, and its parts are easier to read.
    _esm = "\n".join(Path(__file__).with_name(part).read_text(encoding="utf-8") for part in _PARTS)
    _css = Path(__file__).with_name("preview.css")

    def __init__(self, diff: Diff, /, *, choices: str | PathLike[str] | None = None) -> None:
        if not isinstance(diff, Diff):
            raise SelectionError(f"Preview takes a diff, from compare, not {type(diff).__name__}.")
        table = ChangeTable(diff)
        super().__init__(table)
        self.diff = diff
        self._rebased = rebase(table, diff, choices)

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
        return self._rebased.copy()

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
        path, kind, status, pattern
            As in ``diff.changes``.
        flag
            One word of the flags.
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

        Raises
        ------
        SelectionError
            An id is unknown, or its change cannot be ticked; the message says why.
        """
        self._table.tick(change_ids)
        self._send_state()

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away."""
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
        """Let a change set another value; ``''`` clears, the value it had takes the edit back.

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

    def _ipython_display_(self) -> None:
        # In a notebook reopened without its kernel JupyterLab shows neither the widget nor the text/html of
        # its bundle: what should survive has to be an output of its own.
        bundle = self._repr_mimebundle_()
        if bundle is not None:
            display(bundle[0], metadata=bundle[1], raw=True)  # type: ignore[no-untyped-call]
        display(HTML(summarise(self.diff.changes, self._table.counts())))  # type: ignore[no-untyped-call]
