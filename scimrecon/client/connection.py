"""One thread's connection to a target."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from urllib.request import getproxies, proxy_bypass

import httpx

from scimrecon.client.pace import Pace
from scimrecon.client.refusals import make_refusal
from scimrecon.client.target import Target, is_loopback
from scimrecon.client.watchdog import Watchdog
from scimrecon.errors import Malformed, Refused, ServerError, Unreachable
from scimrecon.values import Listed, split_list

_REQUEST_ID_HEADERS = (b"x-request-id", b"request-id", b"x-correlation-id", b"twilio-request-id")
_NO_CONNECTION = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One successful answer."""

    status: int
    body: bytes
    version: str
    """The ETag header (RFC 7644 §3.14); empty where there is none."""
    request_id: str
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and what came of it, for whoever keeps the record."""

    method: str
    http_status: int | None
    error: str | None
    request_id: str | None
    seconds: float


Observer = Callable[[Exchange], None]


def _ignore(_: Exchange) -> None:
    pass


class Connection:
    """One thread's connection to a target; a context manager."""

    def __init__(self, target: Target, pace: Pace | None = None) -> None:
        self.target = target
        self.pace = pace or Pace(target.dialect)
        self._watchdog = Watchdog(target.dialect.deadline_s)
        # The transport alone, without httpx's client around it: no redirects, cookies or netrc, and half the time.
        self._transport = httpx.HTTPTransport(verify=target.ssl_context, proxy=_find_proxy(target.url))
        waits = httpx.Timeout(target.dialect.timeout_s).as_dict()
        self._extensions: dict[str, Any] = {"timeout": waits}
        self._traced = {**self._extensions, "trace": self._watchdog.notice}
        accepted = f"{target.dialect.media_type}, application/json;q=0.9"
        self._headers = [
            ("Host", httpx.URL(target.url).netloc.decode()),
            ("Accept", accepted),
            ("Accept-Encoding", "gzip, deflate"),
            ("User-Agent", "scimrecon"),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._transport.close()
        self._watchdog.close()

    def get_user(self, user_id: str, *, observe: Observer = _ignore) -> Answer:
        """Read one user (RFC 7644 §3.4.1), with as many attempts as the dialect allows."""
        return self._read_patiently(_user_path(user_id), observe)

    def put_user(self, user_id: str, body: bytes, *, version: str = "", observe: Observer = _ignore) -> Answer:
        """Replace one user (RFC 7644 §3.5.1), once; with a version only if the target holds that one (If-Match, §3.14)."""
        headers = [("Content-Type", self.target.dialect.media_type), ("Content-Length", str(len(body)))]
        if version:
            headers.append(("If-Match", version))
        return self._exchange("PUT", _user_path(user_id), observe, body=body, headers=headers)

    def list_users(self, start_index: int) -> Listed:
        """Read one page of users (RFC 7644 §3.4.2.4).

        Raises
        ------
        Malformed
            The answer is no ListResponse.
        """
        query = f"/Users?startIndex={start_index}&count={self.target.dialect.page_size}"
        answer = self._read_patiently(query, _ignore)
        try:
            return split_list(answer.body)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"GET {self.target.url}{query}: no SCIM ListResponse came back: {error}.") from error

    def _read_patiently(self, path: str, observe: Observer) -> Answer:
        """GET, again after a while where that may help: reading does no harm."""
        for attempt in count(1):
            try:
                return self._exchange("GET", path, observe)
            except (Unreachable, Refused) as error:
                hopeless = isinstance(error, Refused) and error.status not in self.target.dialect.transient
                if hopeless or attempt >= self.target.dialect.attempts or not self.pace.wait_after(error, attempt):
                    raise
        raise AssertionError  # count never ends

    def _exchange(
        self, method: str, path: str, observe: Observer, *, body: bytes = b"", headers: Sequence[tuple[str, str]] = ()
    ) -> Answer:
        """Send one request when it is its turn; only a success comes back.

        Raises
        ------
        Unreachable
            No whole answer came.
        Refused
            The status is no success.
        """
        self.pace.enter()
        answer: Answer | None = None
        error: ServerError | None = None
        started = time.monotonic()
        try:
            answer = self._send(method, path, body, headers)
        except ServerError as raised:
            error = raised
            raise
        finally:
            status = answer.status if answer else error.status if isinstance(error, Refused) else None
            self.pace.leave(throttled=status == 429)
            request_id = answer.request_id if answer else error.request_id if isinstance(error, Refused) else ""
            observe(
                Exchange(
                    method=method, http_status=status, error=str(error) if error else None,
                    request_id=request_id or None, seconds=time.monotonic() - started,
                )
            )  # fmt: skip
        return answer

    def _send(self, method: str, path: str, body: bytes, headers: Sequence[tuple[str, str]]) -> Answer:
        # Errors are raised "from None": httpx's own frames hold the Authorization header, which no traceback may show.
        dialect, token = self.target.dialect, self.target.token
        what = f"{method} {self.target.url}{path}"
        started = time.monotonic()
        # Tracing costs a tenth of an exchange, and tells nothing new of a socket that is known.
        extensions = self._extensions if self._watchdog.knows_the_socket else self._traced
        self._watchdog.start()
        try:
            # With a stream, httpx takes the headers as they are, and does not build them twice.
            request = httpx.Request(
                method, self.target.url + path, stream=httpx.ByteStream(body), extensions=extensions,
                headers=[*self._headers, ("Authorization", f"Bearer {token.reveal()}"), *headers],
            )  # fmt: skip
            with closing(self._transport.handle_request(request)) as response:
                content = self._read(response, what)
        except _NO_CONNECTION as error:
            raise Unreachable(f"{what}: no connection: {str(error) or type(error).__name__}.", sent=False) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            if self._watchdog.expired or isinstance(error, httpx.TimeoutException):
                waited_s = dialect.deadline_s if self._watchdog.expired else dialect.timeout_s
                raise Unreachable(f"{what}: no answer within {waited_s:g} s.", sent=True, late=True) from None
            raise Unreachable(f"{what}: the connection broke: {str(error) or type(error).__name__}.", sent=True) from None
        finally:
            self._watchdog.end()
        version, request_id = _told(response)
        if response.status_code not in (dialect.put_success if method == "PUT" else (200,)):
            # Some gateways answer with the request's own headers.
            content, request_id = token.hide_in_bytes(content), token.hide_in(request_id)
            raise make_refusal(what, response, content, request_id, token)
        return Answer(
            status=response.status_code,
            body=content,
            version=version,
            request_id=request_id,
            seconds=time.monotonic() - started,
        )

    def _read(self, response: httpx.Response, what: str) -> bytes:
        limit = self.target.dialect.max_answer_bytes
        content = bytearray()
        chunks: Iterable[bytes] = response.iter_bytes()
        if isinstance(response.stream, httpx.SyncByteStream) and "content-encoding" not in response.headers:
            chunks = response.stream  # httpx's own iterator decodes, and takes its time to
        for chunk in chunks:
            content += chunk
            if len(content) > limit:
                raise Malformed(f"{what}: the answer is larger than {limit:,} bytes; it was not read further.")
        return bytes(content)


def _told(response: httpx.Response) -> tuple[str, str]:
    """The version and the request id of an answer's headers; httpx's own mapping takes longer for each."""
    headers = {name.lower(): value for name, value in response.headers.raw}
    request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), b"")
    return headers.get(b"etag", b"").decode("latin-1"), request_id.decode("latin-1")


def _find_proxy(url: str) -> str | None:
    """What the environment says of a proxy for this URL; loopback never goes through one."""
    parsed = httpx.URL(url)
    if is_loopback(parsed.host) or proxy_bypass(parsed.netloc.decode()):
        return None
    proxies = getproxies()
    return proxies.get(parsed.scheme) or proxies.get("all")


def _user_path(user_id: str) -> str:
    # A user id is one path segment, whatever it holds; in an id that is no plain word, ".." could be resolved away.
    segment = quote(user_id, safe="")
    plain = segment == user_id and user_id.strip(".")
    return "/Users/" + (segment if plain else segment.replace(".", "%2E"))
