"""A deadline on a whole exchange.

The HTTP library's timeouts are for each read, so a target that trickles its answer byte by byte is waited for without end. The
watchdog shuts the socket; the thread that reads it then wakes up.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

_LOOKS_PER_DEADLINE = 20
_LONGEST_LOOK_S = 1.0
_IDLE_S = 4.0
"""Less than the 5 s after which httpx gives an idle connection up."""


def _has_hung_up(held: socket.socket) -> bool:
    """Whether an idle socket has something to read: then the target has hung up."""
    if hasattr(select, "poll"):
        poll = select.poll()
        poll.register(held, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([held], [], [], 0)[0])


class Watchdog:
    """Watches one connection, one exchange at a time; ends with `close`."""

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s = deadline_s
        self.expired = False
        """Whether the exchange under way, or the last one, was cut off."""
        self._expires: float | None = None
        self._socket: socket.socket | None = None
        self._ended = 0.0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="scimrecon watchdog", daemon=True)
        self._thread.start()

    @property
    def knows_the_socket(self) -> bool:
        """Whether the next exchange goes out on the socket of the last one: it is young, open, and the target has not hung up."""
        held = self._socket
        if held is None or held.fileno() < 0 or time.monotonic() - self._ended > _IDLE_S:
            return False
        return not _has_hung_up(held)

    def notice(self, event: str, facts: Mapping[str, Any]) -> None:
        """Learn of the socket: what httpx calls with each event of its ``trace`` extension."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._socket = facts["return_value"].get_extra_info("socket")

    def start(self) -> None:
        """An exchange begins."""
        with self._lock:
            self.expired = False
            self._expires = time.monotonic() + self.deadline_s

    def end(self) -> None:
        """An exchange ended."""
        with self._lock:
            self._expires = None
            self._ended = time.monotonic()

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()
        self._thread.join()

    def _watch(self) -> None:
        look_s = min(_LONGEST_LOOK_S, self.deadline_s / _LOOKS_PER_DEADLINE)
        while not self._closed.wait(look_s):
            with self._lock:
                if self._expires is None or time.monotonic() < self._expires:
                    continue
                self._expires, self.expired = None, True
                self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # closed already
                # Not SSLSocket.shutdown, which would forget its TLS state under the reading thread.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
