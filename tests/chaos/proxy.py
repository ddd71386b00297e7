"""A proxy that does harm between a client and the server behind it, the same harm to the same request of a seed.

Which fault befalls a request is drawn from the seed, the user, the method and how often it was asked before, so that threads may
come in any order. Lists and discovery always go through: the faults are for the users' own requests.
"""

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from chaos.faults import FAULTS, Exchange, Sent
from chaos.http11 import Asked, HttpConnection
from chaos.seeding import seeded
from chaos.server import ScimServer, user_of

_WATCH_S = 0.0002


@dataclass(kw_only=True)
class Death:
    """When a client process is killed: at its n-th request, or a little later."""

    pid: int
    request: int
    """0 is at once."""
    moment: str
    """``before`` the request is done, ``instead`` of it, ``after`` its answer is sent, or as the file is next ``written``."""
    delay_s: float = 0.0
    """How long after the answer."""
    file: str = ""
    """The client's run file, in whose rollback journal a write shows (SQLite, journal mode TRUNCATE)."""

    def strike(self, moment: str) -> None:
        """Kill if this is the moment, now or when the rest of it comes."""
        if moment == "after" and self.moment == "written":
            self._waiting = asyncio.create_task(self._wait_for_a_write())
        elif moment == self.moment and self.delay_s:
            asyncio.get_running_loop().call_later(self.delay_s, self._kill)
        elif moment == self.moment:
            self._kill()

    async def _wait_for_a_write(self) -> None:
        journal = Path(f"{self.file}-journal")
        while self.pid and not (journal.exists() and journal.stat().st_size):
            await asyncio.sleep(_WATCH_S)
        self._kill()

    def _kill(self) -> None:
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            self.pid = 0


@dataclass(kw_only=True)
class Proxy:
    """The way to one server; what the client sent is noted before anything happens to it."""

    server: ScimServer
    seed: int
    faults: Sequence[str] = ()
    rate: float = 0.0
    """Share of requests that a fault befalls."""
    log: list[Sent] = field(default_factory=list)
    death: Death | None = None
    pending: int = 0
    """Requests that are not done with yet."""

    def __post_init__(self) -> None:
        self._asked: Counter[tuple[str, str]] = Counter()
        self._since_armed = 0

    def arm(self, death: Death) -> None:
        """Count requests from here on, and kill."""
        self.death, self._since_armed = death, 0
        if death.request == 0:
            death.strike("after")

    def serve(self, asked: Asked, connection: HttpConnection) -> Awaitable[None] | None:
        """Serve one request: at once if nothing befalls it, else by the coroutine that comes back."""
        user_id = user_of(asked)
        if not user_id:
            connection.send(self.server.answer(asked))
            return None
        sent = Sent(
            number=len(self.log), leg=self.server.leg, at=time.monotonic(), method=asked.method, user_id=user_id,
            if_match=asked.headers.get("if-match"),
        )  # fmt: skip
        self.log.append(sent)
        self._since_armed += 1
        death = self.death if self.death and self.death.request == self._since_armed else None
        if death:
            death.strike("before")
            death.strike("instead")
            if death.moment == "instead":
                return None
        if connection.stale:
            sent.fault = "stale_close"
            connection.reset()
            return None
        random = self._random(asked.method, user_id)
        exchange = Exchange(
            asked=asked, connection=connection, server=self.server, random=random, sent=sent, call_later=self._call_later
        )
        sent.fault = self._draw(random, asked.method)
        if sent.fault:
            return self._harm(exchange, death)
        exchange.pass_on(exchange.forward())
        if death:
            death.strike("after")
        return None

    async def _harm(self, exchange: Exchange, death: Death | None) -> None:
        self.pending += 1
        try:
            await FAULTS[exchange.sent.fault].act(exchange)
        finally:
            self.pending -= 1
        if death:
            death.strike("after")

    def _call_later(self, seconds: float, act: Callable[[], object]) -> None:
        def do() -> None:
            self.pending -= 1
            act()

        self.pending += 1
        asyncio.get_running_loop().call_later(seconds, do)

    def _random(self, method: str, user_id: str) -> Random:
        self._asked[method, user_id] += 1
        return seeded("fault", self.seed, method, user_id, self._asked[method, user_id])

    def _draw(self, random: Random, method: str) -> str:
        possible = [name for name in self.faults if method in FAULTS[name].methods]
        return random.choice(possible) if possible and random.random() < self.rate else ""
