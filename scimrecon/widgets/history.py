"""Remember what was ticked and edited, step by step, so that each step can be taken back."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from scimrecon.widgets.columns import Mask
    from scimrecon.widgets.editing import Edit

    _Step = tuple[npt.NDArray[np.uint8], Mapping[int, Edit]]

_STEPS = 200
"""A step takes one bit a change: 25 MB for so many at a million changes."""


@dataclass(frozen=True, kw_only=True)
class Choices:
    """Everything the reader has decided: never written into, only replaced."""

    ticked: Mask
    edits: Mapping[int, Edit]
    """By position."""

    def same_as(self, other: Choices) -> bool:
        """Whether both decide alike."""
        return self.edits == other.edits and np.array_equal(self.ticked, other.ticked)


class History:
    """The steps that can be taken back, and those taken back that can be made again."""

    def __init__(self) -> None:
        self._done: deque[_Step] = deque(maxlen=_STEPS)
        self._undone: deque[_Step] = deque(maxlen=_STEPS)

    @property
    def undoable(self) -> int:
        """How many steps can be taken back."""
        return len(self._done)

    @property
    def redoable(self) -> int:
        """How many steps can be made again."""
        return len(self._undone)

    def record(self, before: Choices) -> None:
        """Note what was decided before a step. What had been taken back is forgotten."""
        self._done.append(_packed(before))
        self._undone.clear()

    def undo(self, now: Choices) -> Choices | None:
        """What was decided before the last step; None where there is none."""
        return _swap(self._done, self._undone, now)

    def redo(self, now: Choices) -> Choices | None:
        """What was decided before the last `undo`; None where there was none."""
        return _swap(self._undone, self._done, now)


def _swap(source: deque[_Step], target: deque[_Step], now: Choices) -> Choices | None:
    if not source:
        return None
    packed, edits = source.pop()
    target.append(_packed(now))
    return Choices(ticked=np.unpackbits(packed, count=len(now.ticked)).astype(bool), edits=edits)


def _packed(choices: Choices) -> _Step:
    return np.packbits(choices.ticked), choices.edits
