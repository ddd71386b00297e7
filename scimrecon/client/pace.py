"""How fast we send: requests at once, requests a second or a minute, and the pauses a target asks for."""

from __future__ import annotations

import random
import threading
import time
from collections import deque

from scimrecon.dialects import Dialect
from scimrecon.errors import Refused, ServerError, Unreachable

_TOO_MANY = 429
_MARGIN = 0.02
"""Part of a window that is waited beyond it: the target's clock may be a coarse one."""
_LOOK_S = 0.05
"""How often it is looked whether another run's request has been answered."""
_HALVED_AGAIN_AFTER_S = 0.5
"""429s that come closer together than this are answers to one burst."""
_MAX_BACKOFF_S = 30.0


class Traffic:
    """What a target was sent lately, and until when it wants nothing; all that talks to one `Target` shares it.

    The target may have counted a request at any moment from its beginning to its answer, so it counts here until a window after
    its answer.
    """

    def __init__(self, window: tuple[int, float] | None) -> None:
        self._most, span_s = window or (0, 0.0)
        self._span_s = span_s * (1 + _MARGIN)
        self._under_way = 0
        self._answered: deque[float] = deque()
        self._lock = threading.Lock()
        self.held_until = 0.0
        """When, by the monotonic clock, the pause ends that the target asked for."""

    def hold(self, seconds: float) -> None:
        """Send nothing for so long."""
        with self._lock:
            self.held_until = max(self.held_until, time.monotonic() + seconds)

    def claim(self, now: float) -> float:
        """Count a request that begins now, and return 0; or the seconds after which to ask again."""
        if not self._most:
            return 0.0
        with self._lock:
            while self._answered and self._answered[0] + self._span_s <= now:
                self._answered.popleft()
            if self._under_way + len(self._answered) < self._most:
                self._under_way += 1
                return 0.0
            return self._answered[0] + self._span_s - now if self._answered else _LOOK_S

    def settle(self, now: float) -> None:
        """Note that a request was answered, or given up."""
        if self._most:
            with self._lock:
                self._under_way -= 1
                self._answered.append(now)


class Pace:
    """Shared by the threads of a run; each passes through `enter` and `leave` with every request.

    As many requests are under way at once as `concurrency` says; each 429 halves that, and successes let it grow back by one a
    round. `rate` is the most requests a second. A Retry-After holds everybody, as does a dialect's window of so many requests in
    so many seconds: these two count all that the target is sent, once a `Connection` has told the `Traffic` of its target.
    """

    def __init__(self, dialect: Dialect, *, concurrency: int = 1, rate: float | None = None) -> None:
        self._dialect = dialect
        self.traffic = Traffic(dialect.window)
        self._most = concurrency
        self._now = float(concurrency)
        self._interval_s = 1 / rate if rate else 0.0
        self._under_way = 0
        self._next = 0.0
        self._halved = 0.0
        self._free = threading.Condition()
        self._stopped = threading.Event()
        self._closed = False

    def enter(self) -> None:
        """Wait for a turn to send. Once stopped, only a window is waited for: what is still sent settles a doubt.

        Raises
        ------
        Unreachable
            It is closed: nobody sends any more.
        """
        with self._free:
            while not self._closed:
                now = time.monotonic()
                if not self._stopped.is_set() and self._under_way >= int(self._now):
                    self._free.wait()
                    continue
                held_until = 0.0 if self._stopped.is_set() else max(self._next, self.traffic.held_until)
                wait_s = held_until - now if held_until > now else self.traffic.claim(now)
                if not wait_s:
                    break
                self._free.wait(wait_s)
            if self._closed:
                raise Unreachable("it was stopped before this was sent.", sent=False)
            self._under_way += 1
            if self._interval_s:
                self._next = max(self._next, time.monotonic()) + self._interval_s

    def leave(self, *, throttled: bool) -> None:
        """Give the turn back and say how it went."""
        with self._free:
            self._under_way -= 1
            now = time.monotonic()
            self.traffic.settle(now)
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
        if asked_s is None and isinstance(error, Refused) and error.status == _TOO_MANY:
            asked_s = self._dialect.penalty_s
        if asked_s is not None:
            if asked_s > self._dialect.max_wait_s:
                return False
            self.traffic.hold(asked_s)
        backoff_s = min(_MAX_BACKOFF_S, self._dialect.backoff_s * 2 ** (attempt - 1))
        # Jitter: threads that were refused together shall not come back together.
        return not self._stopped.wait(backoff_s * random.uniform(0.5, 1.0))  # noqa: S311 - no secret

    def stop(self) -> None:
        """Let everyone who waits go on, to come to an end."""
        self._stopped.set()
        with self._free:
            self._free.notify_all()

    def close(self) -> None:
        """Let nobody send any more; whoever waits is told."""
        self._closed = True
        self.stop()
