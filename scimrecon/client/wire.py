"""One thread's way to one host: an HTTP transport under a deadline, whose failures are told in our words."""

from __future__ import annotations

import ssl
from collections.abc import Iterable, Sequence
from contextlib import closing
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from scimrecon.client.addresses import is_loopback
from scimrecon.client.watchdog import Watchdog
from scimrecon.errors import Malformed, Unreachable

_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


class Wire:
    """Sends one request at a time; ends with `close`."""

    def __init__(
        self, url: str, ssl_context: ssl.SSLContext, *, timeout_s: float, deadline_s: float, max_answer_bytes: int
    ) -> None:
        self._timeout_s = timeout_s
        self._max_answer_bytes = max_answer_bytes
        self._watchdog = Watchdog(deadline_s)
        # The transport alone, without httpx's client around it: no redirects, cookies or netrc, and half the time.
        proxy = _find_proxy(url)
        self._transport = httpx.HTTPTransport(verify=ssl_context, proxy=proxy)
        self._base = httpx.URL(url)
        self._prefix = self._base.raw_path.rstrip(b"/")
        self._directly = proxy is None
        self._untraced: dict[str, Any] = {"timeout": httpx.Timeout(timeout_s).as_dict()}
        self._traced = {**self._untraced, "trace": self._watchdog.notice}

    @property
    def extensions(self) -> dict[str, Any]:
        """What the next request must carry."""
        # Tracing costs a tenth of an exchange, and tells nothing new of a socket that is known.
        return self._untraced if self._watchdog.knows_the_socket else self._traced

    def request(self, method: str, path: str, headers: Sequence[tuple[str, str]], body: bytes = b"") -> httpx.Request:
        """Make a request for a path below the URL, to be sent by `send`."""
        # With a stream, httpx takes the headers as they are, and does not build them twice.
        stream = httpx.ByteStream(body)
        if not self._directly:  # httpx would give a proxy the same target
            return httpx.Request(method, f"{self._base}{path}", stream=stream, headers=headers, extensions=self.extensions)
        # The host is the same each time, and to parse it anew a tenth of the exchange.
        extensions = {**self.extensions, "target": self._prefix + path.encode()}
        return httpx.Request(method, self._base, stream=stream, headers=headers, extensions=extensions)

    def send(self, what: str, request: httpx.Request, *, lost: str = "") -> tuple[httpx.Response, bytes]:
        """Send a request that carries `extensions`, and read the whole answer.

        Parameters
        ----------
        what
            The request, as an error names it.
        request
            From `request`.
        lost
            What an analyst can do where there is no connection.

        Raises
        ------
        Unreachable
            No whole answer came.
        Malformed
            The answer is too large.
        """
        # Errors are raised "from None": httpx's own frames hold the Authorization header, which no traceback may show.
        self._watchdog.start()
        try:
            with closing(self._transport.handle_request(request)) as response:
                return response, self._read(response, what)
        except _NO_CONNECTION as error:
            raise Unreachable(f"{what}: no connection: {str(error) or type(error).__name__}.{lost}", sent=False) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if self._watchdog.expired or isinstance(error, httpx.TimeoutException):
                waited_s = self._watchdog.deadline_s if self._watchdog.expired else self._timeout_s
                raise Unreachable(f"{what}: no answer within {waited_s:g} s.", sent=True, late=True) from None
            raise Unreachable(f"{what}: the connection broke: {str(error) or type(error).__name__}.", sent=True) from None
        finally:
            self._watchdog.end()

    def close(self) -> None:
        """Close the connection."""
        self._transport.close()
        self._watchdog.close()

    def _read(self, response: httpx.Response, what: str) -> bytes:
        content = bytearray()
        chunks: Iterable[bytes] = response.iter_bytes()
        if isinstance(response.stream, httpx.SyncByteStream) and "content-encoding" not in response.headers:
            chunks = response.stream  # httpx's own iterator decodes, and takes its time to
        for chunk in chunks:
            content += chunk
            if len(content) > self._max_answer_bytes:
                raise Malformed(f"{what}: the answer is larger than {self._max_answer_bytes:,} bytes; it was not read further.")
        return bytes(content)


def _find_proxy(url: str) -> str | None:
    """What the environment says of a proxy for this URL; loopback never goes through one."""
    parsed = httpx.URL(url)
    if is_loopback(parsed.host) or proxy_bypass(parsed.netloc.decode()):
        return None
    proxies = getproxies()
    return proxies.get(parsed.scheme) or proxies.get("all")
