"""How fast one run sends: requests at once, requests a second, and the pauses its target asks for."""

from __future__ import annotations

import random
import threading
import time

from scimrecon.dialects import Dialect
from scimrecon.errors import Refused, ServerError

_HALVED_AGAIN_AFTER_S = 0.5
"""429s that come closer together than this are answers to one burst."""
_MAX_BACKOFF_S = 30.0


class Pace:
    """Shared by the threads of a run; each passes through `enter` and `leave` with every request.

    As many requests are under way at once as `concurrency` says; each 429 halves that, and successes let it grow back by one a
    round. `rate` is the most requests a second. A Retry-After holds everybody.
    """

    def __init__(self, dialect: Dialect, *, concurrency: int = 1, rate: float | None = None) -> None:
        self._dialect = dialect
        self._most = concurrency
        self._now = float(concurrency)
        self._interval_s = 1 / rate if rate else 0.0
        self._under_way = 0
        self._next = 0.0
        self._halved = 0.0
        self._free = threading.Condition()
        self._stopped = threading.Event()

    def enter(self) -> None:
        """Wait for a turn to send. Once stopped, nobody waits any more: what is still sent only settles a doubt."""
        with self._free:
            while not self._stopped.is_set():
                wait_s = self._next - time.monotonic()
                if self._under_way >= int(self._now):
                    self._free.wait()
                elif wait_s > 0:
                    self._free.wait(wait_s)
                else:
                    break
            self._under_way += 1
            if self._interval_s:
                self._next = max(self._next, time.monotonic()) + self._interval_s

    def leave(self, *, throttled: bool) -> None:
        """Give the turn back and say how it went."""
        with self._free:
            self._under_way -= 1
            now = time.monotonic()
            if not throttled:
                self._now = min(self._most, self._now + 1 / self._now)
            elif now - self._halved > _HALVED_AGAIN_AFTER_S:
                self._now, self._halved = max(1.0, self._now / 2), now
            self._free.notify_all()

    def wait_after(self, error: ServerError, attempt: int) -> bool:
        """Wait as long as an answer asks for, or a random while that doubles with each attempt.

        Returns
        -------
        bool
            Whether to try again: not once stopped, nor where the target asks for more than the dialect's ``max_wait_s``.
        """
        asked_s = error.retry_after_s if isinstance(error, Refused) else None
        if asked_s is not None:
            if asked_s > self._dialect.max_wait_s:
                return False
            with self._free:
                self._next = max(self._next, time.monotonic() + asked_s)
        backoff_s = min(_MAX_BACKOFF_S, self._dialect.backoff_s * 2 ** (attempt - 1))
        # Jitter: threads that were refused together shall not come back together.
        return not self._stopped.wait(backoff_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def stop(self) -> None:
        """Let everyone who waits go on, to come to an end."""
        self._stopped.set()
        with self._free:
            self._free.notify_all()
