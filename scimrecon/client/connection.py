"""One thread's connection to a target."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Self
from urllib.parse import quote

import httpx

from scimrecon.client.addresses import host_places, is_loopback, look_up
from scimrecon.client.pace import Pace
from scimrecon.client.refusals import find_inner_status, hint_at, make_refusal
from scimrecon.client.target import Target
from scimrecon.client.wire import Wire
from scimrecon.errors import Malformed, Refused, ServerError, Unreachable
from scimrecon.values import Page, split_page, unwrap_user

_REQUEST_ID_HEADERS = (b"x-request-id", b"request-id", b"x-correlation-id", b"twilio-request-id")


@dataclass(frozen=True, kw_only=True, slots=True)
class Answer:
    """One successful answer."""

    status: int
    body: bytes
    version: str
    """The ETag header (RFC 7644 §3.14); empty where there is none."""
    request_id: str
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
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
        # All that this process sends to a target counts, whichever run sends it.
        self.pace.traffic = target.traffic
        dialect = target.dialect
        self._wire = Wire(
            target.url, target.ssl_context, timeout_s=dialect.timeout_s, deadline_s=dialect.deadline_s,
            max_answer_bytes=dialect.max_answer_bytes,
        )  # fmt: skip
        self._lost = "" if is_loopback(httpx.URL(target.url).host) else look_up(dialect, host_places(dialect))
        self._headers = [
            ("Host", target.host),
            ("Accept", dialect.accept),
            ("Accept-Encoding", "gzip, deflate"),
            ("User-Agent", "scimrecon"),
        ]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._wire.close()

    def get_user(self, user_id: str, *, observe: Observer = _ignore) -> Answer:
        """Read one user (RFC 7644 §3.4.1), with as many attempts as the dialect allows."""
        return self._read_patiently(_user_path(user_id), observe)

    def put_user(self, user_id: str, body: bytes, *, version: str = "", observe: Observer = _ignore) -> Answer:
        """Replace one user (RFC 7644 §3.5.1), once; with a version only if the target holds that one (If-Match, §3.14)."""
        headers = [("Content-Type", self.target.dialect.media_type), ("Content-Length", str(len(body)))]
        if version:
            headers.append(("If-Match", version))
        return self._exchange("PUT", _user_path(user_id), observe, body=body, headers=headers)

    def list_users(self, start_index: int) -> Page:
        """Read one page of users by index (RFC 7644 §3.4.2.4).

        Raises
        ------
        Malformed
            The answer is no ListResponse.
        """
        return self._list(f"?startIndex={start_index}&count={self.target.dialect.page_size}")

    def list_users_from(self, cursor: str) -> Page:
        """Read the page of users at a cursor (RFC 9865), the first at an empty one; raises as `list_users`."""
        return self._list(f"?cursor={quote(cursor, safe='')}&count={self.target.dialect.page_size}")

    def list_all_users(self) -> Page:
        """Read what the target lists when it is asked for nothing in particular; raises as `list_users`."""
        return self._list("")

    def find_users(self, filter_text: str) -> Page:
        """Read the users a filter selects (RFC 7644 §3.4.2.2); raises as `list_users`."""
        return self._list(f"?filter={quote(filter_text, safe='')}")

    def _list(self, query: str) -> Page:
        answer = self._read_patiently(f"/Users{query}", _ignore)
        try:
            return split_page(answer.body, self.target.dialect.envelope)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"GET {self.target.url}/Users{query}: no SCIM ListResponse came back: {error}.") from error

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
        """Send one request, and once more with another token where the first is refused; only a success comes back.

        Raises
        ------
        Unreachable
            No whole answer came.
        Refused
            The status is no success.
        """
        token = self.target.token
        token.ready()
        generation = token.generation
        try:
            return self._send_in_turn(method, path, observe, body, headers)
        except Refused as error:
            # Refused for want of a good token, a PUT was not done: it may be sent again.
            if error.status != 401 or not token.renew(generation):
                raise
        return self._send_in_turn(method, path, observe, body, headers)

    def _send_in_turn(self, method: str, path: str, observe: Observer, body: bytes, headers: Sequence[tuple[str, str]]) -> Answer:
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
            status = answer.status if answer is not None else error.status if isinstance(error, Refused) else None
            self.pace.leave(throttled=status == 429)
            request_id = answer.request_id if answer is not None else error.request_id if isinstance(error, Refused) else ""
            observe(
                Exchange(
                    method=method, http_status=status, error=str(error) if error else None,
                    request_id=request_id or None, seconds=time.monotonic() - started,
                )
            )  # fmt: skip
        return answer

    def _send(self, method: str, path: str, body: bytes, headers: Sequence[tuple[str, str]]) -> Answer:
        dialect, token = self.target.dialect, self.target.token
        what = f"{method} {self.target.url}{path}"
        started = time.monotonic()
        # No local variable holds the header: a traceback may show them.
        request = self._wire.request(
            method, path, [*self._headers, ("Authorization", f"Bearer {token.reveal()}"), *headers], body
        )
        response, content = self._wire.send(what, request, lost=self._lost)
        version, request_id = _told(response)
        failure = 0 if response.status_code in (dialect.put_success if method == "PUT" else (200,)) else response.status_code
        bare = unwrap_user(content, dialect.envelope) if dialect.envelope else content
        if dialect.inner_status and not failure:
            failure = find_inner_status(content) or find_inner_status(bare)
            content = content if find_inner_status(content) else bare
        if failure:
            # Some gateways answer with the request's own headers.
            content = bare = token.hide_in_bytes(content)
            request_id = token.hide_in(request_id)
            hint = hint_at(failure, path, dialect)
            raise make_refusal(what, response, content, request_id, token, status=failure, hint=hint)
        return Answer(
            status=response.status_code,
            body=bare,
            version=version,
            request_id=request_id,
            seconds=time.monotonic() - started,
        )


def _told(response: httpx.Response) -> tuple[str, str]:
    """The version and the request id of an answer's headers; httpx's own mapping takes longer for each."""
    headers = {name.lower(): value for name, value in response.headers.raw}
    request_id = next((headers[name] for name in _REQUEST_ID_HEADERS if name in headers), b"")
    return headers.get(b"etag", b"").decode("latin-1"), request_id.decode("latin-1")


def _user_path(user_id: str) -> str:
    # A user id is one path segment, whatever it holds; in an id that is no plain word, ".." could be resolved away.
    segment = quote(user_id, safe="")
    plain = segment == user_id and user_id.strip(".")
    return "/Users/" + (segment if plain else segment.replace(".", "%2E"))
