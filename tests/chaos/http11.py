"""HTTP/1.1 as far as one client library and a fault proxy need it: requests with a Content-Length, connections kept alive.

Requests of a connection are served one after the other. An ordinary one is answered as it is read; one that takes its time is a
coroutine, which goes on though its client gives up: what was delayed lands all the same.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

SCIM_JSON = "application/scim+json"
_NO_LINGER = struct.pack("ii", 1, 0)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as read from the socket."""

    method: str
    path: str
    """As it stood in the request line, query and all."""
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer; its bytes are what a fault tears apart."""

    status: int
    body: bytes = b""
    content_type: str = SCIM_JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def head(self) -> bytes:
        """Status line and headers, up to the body."""
        try:
            phrase = HTTPStatus(self.status).phrase
        except ValueError:
            phrase = ""
        headers = {"Content-Type": self.content_type, "Content-Length": str(len(self.body)), **self.headers}
        lines = [f"HTTP/1.1 {self.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join([*lines, "", ""]).encode()


def json_answer(status: int, content: Any, **headers: str) -> Answer:
    """Answer with JSON; header names are written with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status=status, body=json.dumps(content, ensure_ascii=False).encode(), headers=named)


class HttpConnection(asyncio.Protocol):
    """One client's connection."""

    def __init__(self, serve: Callable[[Asked, "HttpConnection"], Coroutine[Any, Any, None] | None]) -> None:
        self._serve = serve
        self._buffer = bytearray()
        self._later: asyncio.Task[None] | None = None
        self.closed = asyncio.Event()
        self.stale = False
        """The server has given this connection up, and the client does not know."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio calls it on connecting."""
        self._transport = transport
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, error: Exception | None) -> None:
        """Asyncio calls it once, however the connection ended."""
        self.closed.set()

    def data_received(self, chunk: bytes) -> None:
        """Asyncio calls it with what came."""
        self._buffer += chunk
        self._go_on()

    def send(self, answer: Answer) -> bool:
        """Answer whole, and keep the connection; False where the client has gone."""
        return self.write(answer.head() + answer.body)

    def write(self, part: bytes) -> bool:
        """Send bytes; False where the client has gone."""
        if self._transport.is_closing():
            return False
        self._transport.write(part)
        return True

    def close(self) -> None:
        """Close in good order, after what was written (FIN)."""
        self._transport.close()

    def reset(self) -> None:
        """Close at once, without order (RST)."""
        if not self._transport.is_closing():
            self._transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self._transport.abort()

    def _go_on(self) -> None:
        while self._later is None and not self._transport.is_closing():
            asked = self._next()
            if asked is None:
                return
            slow = self._serve(asked, self)
            if slow is not None:
                self._later = asyncio.create_task(slow)
                self._later.add_done_callback(self._after)

    def _after(self, done: asyncio.Task[None]) -> None:
        self._later = None
        done.result()  # an error of ours is shown by the event loop
        self._go_on()

    def _next(self) -> Asked | None:
        """Take one whole request from what came so far."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        first, *lines = self._buffer[:end].decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        headers = {name.lower(): value.strip() for name, _, value in pairs}
        start, length = end + 4, int(headers.get("content-length", 0))
        if len(self._buffer) < start + length:
            return None
        body = bytes(self._buffer[start : start + length])
        del self._buffer[: start + length]
        method, path, _ = first.split(" ")
        return Asked(method=method, path=path, headers=headers, body=body)
