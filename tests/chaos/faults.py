"""The faults that can befall an exchange, by name.

Each is a coroutine that has the request, the client's connection and the server, and answers as it likes. What was forwarded was
done, whatever the client is told.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import formatdate
from random import Random

from chaos.http11 import Answer, Asked, HttpConnection
from chaos.server import ScimServer, scim_error

deadline_s = 0.3
"""What clients under test shall be given for one exchange: some faults stay below it, some go far beyond."""

_HTML = b"<html><head><title>Gateway</title></head><body><h1>Sign in</h1></body></html>"
_GARBAGE = ["soon", "-5", "1.5", "", "0x1", "Wed, 31 Feb 2026 25:61:00 GMT", "\xb2", "1, 2", "nan"]


@dataclass(kw_only=True)
class Sent:
    """One request of the client, before any fault: duplicates that the proxy makes are not the client's."""

    number: int
    leg: int
    at: float
    method: str
    user_id: str
    if_match: str | None
    fault: str = ""
    status: int = 0
    """Of the answer that was sent whole; 0 if none was."""
    answered: bool = False
    """The server's own answer came through whole."""
    wait_s: float = 0.0
    """What Retry-After asked for, where it could be understood."""


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """A request with a fault upon it."""

    asked: Asked
    connection: HttpConnection
    server: ScimServer
    random: Random
    sent: Sent
    call_later: Callable[[float, Callable[[], object]], None]

    def forward(self) -> Answer:
        """Let the request through to the server."""
        return self.server.answer(self.asked)

    def forward_later(self, seconds: float) -> None:
        """Let it through while the client goes on."""
        self.call_later(seconds, self.forward)

    def pass_on(self, answer: Answer) -> None:
        """Let the server's answer through to the client."""
        if self.connection.send(answer):
            self.sent.answered, self.sent.status = True, answer.status

    def invent(self, answer: Answer) -> None:
        """Answer in the server's place."""
        if self.connection.send(answer):
            self.sent.status = answer.status

    async def trickle(self, part: bytes, seconds_a_byte: float) -> None:
        """Send byte by byte, until the client has had enough."""
        for byte in part:
            if not self.connection.write(bytes([byte])):
                return
            await asyncio.sleep(seconds_a_byte)


async def _delayed(exchange: Exchange) -> None:
    await asyncio.sleep(exchange.random.uniform(0.05, 0.4) * deadline_s)
    exchange.pass_on(exchange.forward())


async def _late(exchange: Exchange) -> None:
    """It arrives after the client has given up."""
    await asyncio.sleep(exchange.random.uniform(1.3, 2.0) * deadline_s)
    exchange.pass_on(exchange.forward())


async def _hang(exchange: Exchange) -> None:
    await exchange.connection.closed.wait()


async def _reset_before(exchange: Exchange) -> None:
    exchange.connection.reset()


async def _reset_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.connection.reset()


async def _close_after(exchange: Exchange) -> None:
    exchange.forward()
    exchange.connection.close()


async def _truncated(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.connection.write(answer.head() + answer.body[: len(answer.body) // 2])
    exchange.connection.close()


async def _trickled_headers(exchange: Exchange) -> None:
    answer = exchange.forward()
    await exchange.trickle(answer.head() + answer.body, deadline_s / 30)


async def _trickled_body(exchange: Exchange) -> None:
    answer = exchange.forward()
    exchange.connection.write(answer.head())
    await exchange.trickle(answer.body, deadline_s / 30)


def _throttle(exchange: Exchange, retry_after: str, wait_s: float = 0.0) -> None:
    answer = scim_error(429, "slow down")
    exchange.invent(Answer(status=429, body=answer.body, headers={"Retry-After": retry_after}))
    exchange.sent.wait_s = wait_s


async def _throttled_seconds(exchange: Exchange) -> None:
    # A second is long where hundreds of users are throttled; what is too far off is not waited for at all.
    seconds = exchange.random.choices(["0", "1", "3600", "99999999999999999999"], [94, 5, 0.5, 0.5])[0]
    _throttle(exchange, seconds, min(float(seconds), 3600.0))


async def _throttled_date(exchange: Exchange) -> None:
    ahead = exchange.random.choices([-3600, 0, 1, 2, 3600], [50, 44, 5, 1, 0.5])[0]
    now = time.time()
    until = int(now + ahead)
    _throttle(exchange, formatdate(until, usegmt=True), max(0.0, until - now))


async def _throttled_garbage(exchange: Exchange) -> None:
    _throttle(exchange, exchange.random.choice(_GARBAGE))


async def _bad_gateway(exchange: Exchange) -> None:
    exchange.invent(Answer(status=502, body=_HTML, content_type="text/html"))


async def _bad_gateway_after(exchange: Exchange) -> None:
    """A gateway answers for a server that did the work."""
    exchange.forward()
    exchange.invent(Answer(status=502, body=_HTML, content_type="text/html"))


async def _gateway_timeout(exchange: Exchange) -> None:
    """A gateway gives up on a server that is slow and does the work all the same."""
    exchange.invent(Answer(status=504, body=_HTML, content_type="text/html"))
    exchange.forward_later(exchange.random.uniform(0.2, 2.0) * deadline_s)


async def _html_200(exchange: Exchange) -> None:
    exchange.invent(Answer(status=200, body=_HTML, content_type="text/html"))


async def _bad_json(exchange: Exchange) -> None:
    answer = exchange.forward()
    broken = exchange.random.choice([answer.body[:-1], answer.body.replace(b'"', b"'"), b"\x00" + answer.body, b"", b"{}"])
    exchange.invent(Answer(status=answer.status, body=broken))


async def _duplicate(exchange: Exchange) -> None:
    exchange.forward()
    exchange.pass_on(exchange.forward())


async def _stale_close(exchange: Exchange) -> None:
    """The connection is given up after a whole answer: at once, or as the next request arrives on it."""
    exchange.pass_on(exchange.forward())
    if exchange.random.random() < 0.5:
        exchange.connection.close()
    else:
        exchange.connection.stale = True


@dataclass(frozen=True)
class Fault:
    """What is done, and to which requests."""

    act: Callable[[Exchange], Awaitable[None]]
    methods: frozenset[str] = frozenset({"GET", "PUT"})


_PUT = frozenset({"PUT"})
FAULTS = {
    "delayed": Fault(_delayed),
    "late": Fault(_late),
    "hang": Fault(_hang),
    "reset_before": Fault(_reset_before),
    "reset_after": Fault(_reset_after, _PUT),
    "close_after": Fault(_close_after),
    "truncated": Fault(_truncated),
    "trickled_headers": Fault(_trickled_headers),
    "trickled_body": Fault(_trickled_body),
    "throttled_seconds": Fault(_throttled_seconds),
    "throttled_date": Fault(_throttled_date),
    "throttled_garbage": Fault(_throttled_garbage),
    "bad_gateway": Fault(_bad_gateway),
    "bad_gateway_after": Fault(_bad_gateway_after, _PUT),
    "gateway_timeout": Fault(_gateway_timeout, _PUT),
    "html_200": Fault(_html_200),
    "bad_json": Fault(_bad_json),
    "duplicate": Fault(_duplicate, _PUT),
    "stale_close": Fault(_stale_close),
}
"""By the names that a run is given."""
DENSE = ["gateway_timeout", "bad_gateway", "throttled_garbage", "duplicate", "reset_after", "stale_close"]
"""Those that cost no time: so many of them together that each attempt of a user has a fault of its own."""
SLOW = {"late", "hang", "trickled_headers", "trickled_body"}
"""Each of these costs a client its whole deadline."""
