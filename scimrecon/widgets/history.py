"""What was before each step, so that steps can be taken back one by one and made again."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_State = TypeVar("_State")


class History(Generic[_State]):
    """The states that can be gone back to, and those that were gone back from.

    Parameters
    ----------
    most
        Steps that are remembered; the oldest is forgotten first.
    """

    def __init__(self, most: int) -> None:
        self._done: deque[_State] = deque(maxlen=most)
        self._undone: deque[_State] = deque(maxlen=most)

    @property
    def undoable(self) -> int:
        """How many steps can be taken back."""
        return len(self._done)

    @property
    def redoable(self) -> int:
        """How many that were taken back can be made again."""
        return len(self._undone)

    def record(self, before: _State) -> None:
        """Note what was before a step. What had been taken back is forgotten."""
        self._done.append(before)
        self._undone.clear()

    def undo(self, now: _State, settle: Callable[[_State], None]) -> bool:
        """Settle what was before the last step; False where there is none. What `settle` raises leaves all as it was."""
        return _step(self._done, self._undone, now, settle)

    def redo(self, now: _State, settle: Callable[[_State], None]) -> bool:
        """Settle what was before the last `undo`, likewise; False where nothing was taken back."""
        return _step(self._undone, self._done, now, settle)


def _step(source: deque[_State], target: deque[_State], now: _State, settle: Callable[[_State], None]) -> bool:
    if not source:
        return False
    settle(source[-1])
    source.pop()
    target.append(now)
    return True
