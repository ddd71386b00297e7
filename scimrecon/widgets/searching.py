"""Look for clusters on a thread of its own, so that the notebook goes on; it tells how far it is, and can be cancelled."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from scimrecon.errors import RecipeError
from scimrecon.recipes import find_clusters
from scimrecon.widgets.working import Worker

if TYPE_CHECKING:
    import pandas as pd

_TELL_EVERY_S = 0.2


class ClusterSearch:
    """One search at a time.

    Parameters
    ----------
    tell
        Called with the share that is done, a few times a second, on the search's thread.
    end
        Called there at the end with the column's name and what was found, or with the reason why nothing was.
    """

    def __init__(self, tell: Callable[[float], None], end: Callable[[str, pd.DataFrame | None, str], None]) -> None:
        self._tell = tell
        self._end = end
        self._worker = Worker()
        self._stop = threading.Event()

    @property
    def running(self) -> bool:
        """Whether it is at work."""
        return self._worker.running

    def start(self, name: str, column: pd.Series[str], by: str) -> None:
        """Begin a search.

        Raises
        ------
        RecipeError
            One is under way.
        """
        if self.running:
            raise RecipeError("clusters are being looked for already; cancel that first")
        self._stop = stop = threading.Event()
        found: list[pd.DataFrame] = []
        self._worker.start(
            lambda: found.append(find_clusters(column, by=by, progress=self._teller(), stop=stop)),
            lambda problem: self._end(name, found[0] if found else None, problem),
        )

    def cancel(self) -> None:
        """End the search soon; nothing of it is kept."""
        self._stop.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until it is done, so many seconds at most; whether it is."""
        return self._worker.wait(timeout_s)

    def _teller(self) -> Callable[[float], None]:
        told = 0.0

        def tell(share: float) -> None:
            nonlocal told
            if time.monotonic() - told >= _TELL_EVERY_S:
                told = time.monotonic()
                self._tell(share)

        return tell
