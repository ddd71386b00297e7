"""Hold what the reader of a diff has ticked and edited, and take it back step by step."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from scimrecon.widgets.choices import Choices, PackedChoices
from scimrecon.widgets.history import History

if TYPE_CHECKING:
    from scimrecon.diff import Diff
    from scimrecon.widgets.columns import Columns, Mask

_STEPS = 200
"""A step takes one bit a change: 25 MB for so many at a million changes."""


class Decisions:
    """The ticks and edits of a diff's changes. Not safe from several threads at once.

    Parameters
    ----------
    diff
        It is read, never written to.
    columns
        Its changes; edits are laid over them.
    """

    def __init__(self, diff: Diff, columns: Columns) -> None:
        self.choices = Choices(ticked=np.zeros(len(columns), dtype=bool), edits={})
        """Another object after each change of it."""
        self._columns = columns
        self._tickable_before = diff.tickable.to_numpy(dtype=bool, copy=True)
        self.tickable = self._tickable_before
        """Which changes can be ticked, edits included."""
        self._twins = diff.basis.twins(diff.changes).to_numpy(dtype=bool)
        self._history: History[PackedChoices] = History(_STEPS)

    @property
    def undoable(self) -> int:
        """How many steps can be taken back."""
        return self._history.undoable

    @property
    def redoable(self) -> int:
        """How many steps can be made again."""
        return self._history.redoable

    def tick(self, asked: Mask) -> None:
        """Tick those of the changes that can be ticked, and what the provider ties to one of them."""
        more = self.with_twins(asked & self.tickable) & self.tickable
        self.decide(replace(self.choices, ticked=self.choices.ticked | more))

    def untick(self, asked: Mask) -> None:
        """Take ticks from changes, and from what the provider ties to one of them."""
        self.decide(replace(self.choices, ticked=self.choices.ticked & ~self.with_twins(asked)))

    def decide(self, choices: Choices) -> None:
        """Make these the choices, as a step that can be taken back."""
        before = self.choices
        self.settle(choices)
        if not self.choices.same_as(before):
            self._history.record(before.packed())

    def settle(self, choices: Choices) -> None:
        """Make these the choices; what edits bar from being ticked loses its tick."""
        if choices.edits != self.choices.edits:
            self._columns.put({at: edit.cells for at, edit in choices.edits.items()})
            self.tickable = self._tickable_before.copy()
            for at, edit in choices.edits.items():
                self.tickable[at] = edit.tickable
        self.choices = replace(choices, ticked=choices.ticked & self.tickable)

    def undo(self) -> bool:
        """Take back the last step; False where there is none."""
        return self._history.undo(self.choices.packed(), self._go_to)

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        return self._history.redo(self.choices.packed(), self._go_to)

    def _go_to(self, step: PackedChoices) -> None:
        self.settle(step.unpacked())

    def with_twins(self, asked: Mask) -> Mask:
        """The changes asked for, with those that the provider ties to them: of the same users."""
        if not self._twins.any():
            return asked
        codes, users = self._columns.coded("user_id")
        touched = np.zeros(len(users) + 1, dtype=bool)
        touched[codes[asked & self._twins]] = True
        both: Mask = asked | (self._twins & touched[codes])
        return both
