"""Work on a thread of its own, so that the notebook goes on meanwhile."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from scimrecon.errors import ScimReconError

if TYPE_CHECKING:
    from collections.abc import Callable

BROKE = "it ended by a fault of this library, told where the kernel logs"


class Worker:
    """One piece of work at a time. A kernel that is shut down does not wait for it."""

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> bool:
        """Whether it is at work; while the end is told, it still is."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, work: Callable[[], None], end: Callable[[str], None]) -> None:
        """Begin.

        Parameters
        ----------
        work
            What is done. A fault of this library in it goes to the kernel's log.
        end
            Called on the same thread when it is over, with why it was not done; ``''`` where it was.
        """
        self._thread = threading.Thread(target=_go, args=(work, end), daemon=True, name="scimrecon-widget")
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is under way, so many seconds at most; whether that is so."""
        thread = self._thread
        if thread is not None:
            thread.join(timeout_s)
        return thread is None or not thread.is_alive()


def _go(work: Callable[[], None], end: Callable[[str], None]) -> None:
    problem = BROKE
    try:
        work()
        problem = ""
    except ScimReconError as error:
        problem = str(error)
    finally:
        end(problem)
