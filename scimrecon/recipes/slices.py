"""Long work in short slices: between two of them it tells how far it is, and may be stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from scimrecon.errors import RecipeError


@dataclass(frozen=True, kw_only=True)
class Watch:
    """Who watches the work, and may stop it."""

    progress: Callable[[float], None] | None = None
    """Called with the share that is done, 0 to 1, many times a second."""
    stop: threading.Event | None = None

    def tell(self, share: float) -> None:
        """Say how far the work is.

        Raises
        ------
        RecipeError
            It is to stop.
        """
        if self.stop is not None and self.stop.is_set():
            raise RecipeError(f"looking for clusters was stopped with {share:.0%} done; what was found by then is not told.")
        if self.progress is not None:
            self.progress(min(share, 1.0))

    def slices(self, many: int, size: int, start: float, end: float) -> Iterator[slice]:
        """Cut so many pieces of work into slices, which take the share done from `start` to `end`.

        Raises
        ------
        RecipeError
            It is to stop.
        """
        for at in range(0, many, size):
            self.tell(start + (end - start) * at / many)
            yield slice(at, at + size)
