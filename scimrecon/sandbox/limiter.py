"""How many requests a practice server answers before it says 429."""

from __future__ import annotations

import math
import time
from collections import deque


class Limiter:
    """Counts requests in a sliding window, and shuts everyone out for a while after one too many.

    Parameters
    ----------
    limit
        The most requests in any window; None sets no limit.
    window_s
        The window, in seconds.
    penalty_s
        How long every request is refused after one too many; 0 refuses only until the window has room.
    """

    def __init__(self, limit: int | None, window_s: float, penalty_s: float = 0.0) -> None:
        self._limit = limit
        self._window_s = window_s
        self._penalty_s = penalty_s
        self._passed: deque[float] = deque()
        self._shut_until = -math.inf

    def take(self) -> float:
        """Count a request; return the seconds it is refused for, 0 if it may pass."""
        if self._limit is None:
            return 0.0
        now = time.monotonic()
        if now < self._shut_until:
            return self._shut_until - now
        while self._passed and self._passed[0] <= now - self._window_s:
            self._passed.popleft()
        if len(self._passed) < self._limit:
            self._passed.append(now)
            return 0.0
        if not self._penalty_s:
            return self._passed[0] + self._window_s - now
        self._shut_until = now + self._penalty_s
        self._passed.clear()
        return self._penalty_s
