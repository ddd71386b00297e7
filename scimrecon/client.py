"""The only module that speaks HTTP: connect, list, read and replace users.

Calls are synchronous; each thread of a caller opens a `Connection` of its own (httpx scans its pool at each request, so clients
are cheap and shared pools are not), and all share one SSL context. No redirect is followed, loopback never goes through a proxy,
and a token is in no repr, log or exception.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import ssl
import time
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import quote

import httpx

from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import ConnectError, Malformed, Refused, Unreachable
from scimrecon.values import Listed, shorten, split_list, to_text

_REQUEST_ID_HEADERS = ("x-request-id", "request-id", "x-correlation-id", "twilio-request-id")


class PracticeServer(Protocol):
    """What `sandbox.start` returns, as far as `connect` needs it."""

    url: str
    dialect: str
    credentials: dict[str, str]


class _Secret:
    """A token that no repr, pickle or message shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def hide_in(self, text: str) -> str:
        return text.replace(self._value, repr(self))

    def hide_in_bytes(self, content: bytes) -> bytes:
        return content.replace(self._value.encode(), repr(self).encode())

    def fits_a_header(self) -> bool:
        return self._value.isascii() and self._value.isprintable() and " " not in self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "[hidden]"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise ConnectError("a target holds a token and is not pickled; call connect again where it is needed.")


@dataclass(frozen=True, kw_only=True)
class Target:
    """A SCIM service we are connected to; made by `connect`."""

    url: str
    """SCIM base URL without a slash at its end; users are at ``url + "/Users"``."""
    dialect: Dialect
    fingerprint: str
    """Tells this service from any other; a plan is bound to it."""
    token: _Secret = field(repr=False, compare=False)
    ssl_context: ssl.SSLContext = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Target({self.url!r}, dialect={self.dialect.name!r})"

    @property
    def host(self) -> str:
        """Host and port, as an analyst names the service."""
        return httpx.URL(self.url).netloc.decode()


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One successful answer."""

    status: int
    body: bytes
    version: str
    """The ETag header (RFC 7644 §3.14); empty where there is none."""
    request_id: str
    seconds: float


def connect(
    server_or_name_or_url: PracticeServer | str,
    /,
    *,
    dialect: str | Dialect | None = None,
    ssl_context: ssl.SSLContext | None = None,
    **credentials: str,
) -> Target:
    """Name a SCIM service and how to talk to it. Nothing is sent yet.

    Parameters
    ----------
    server_or_name_or_url
        What `sandbox.start` returned, or a SCIM base URL such as ``https://idp.example/scim/v2``.
    dialect
        A shipped dialect's name or a `Dialect` of your own; ``"rfc7644"`` for a URL unless said.
    ssl_context
        For a private certificate authority or a client certificate.
    **credentials
        ``token``: the bearer token (RFC 6750).

    Returns
    -------
    Target
        Its repr shows URL and dialect and no secret.

    Raises
    ------
    ConnectError
        The URL is not an https URL (plain http is for loopback only), a credential is missing, unknown or damaged.
    """
    given = _hide(credentials)
    credentials.clear()  # a traceback that shows local variables would show them
    if isinstance(server_or_name_or_url, str):
        url, chosen = server_or_name_or_url, _dialect(dialect or "rfc7644")
    elif not hasattr(server_or_name_or_url, "credentials"):
        given_type = type(server_or_name_or_url).__name__
        raise ConnectError(f"connect takes a SCIM base URL or a practice server, not {given_type}.")
    else:
        server = server_or_name_or_url
        url, chosen, given = server.url, _dialect(dialect or server.dialect), {**_hide(server.credentials), **given}
    base = _base_url(url)
    token = _token(given, base)
    fingerprint = hashlib.sha256(f"{chosen.name}\n{base}".encode()).hexdigest()[:16]
    # Plain http needs no certificates, and loading the system's takes 50 ms.
    context = ssl_context or (
        ssl.create_default_context() if base.startswith("https:") else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    )
    return Target(url=base, dialect=chosen, fingerprint=fingerprint, token=token, ssl_context=context)


def _dialect(dialect: str | Dialect) -> Dialect:
    if isinstance(dialect, Dialect):
        return dialect
    if dialect not in DIALECTS:
        raise ConnectError(f"dialect {dialect!r} is not known; there are {', '.join(sorted(DIALECTS))}.")
    return DIALECTS[dialect]


def _base_url(text: str) -> str:
    # What stands before "@" or after "?" may be a secret, and a text that is no URL cannot be cut there with certainty.
    named = repr(shorten(text)) if not set(text) & set("@?#") else "what was given"
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        raise ConnectError(f"{named} is not a URL. Give one such as https://idp.example/scim/v2.") from None
    if not url.host:
        raise ConnectError(f"{named} is not a URL. Give one such as https://idp.example/scim/v2.")
    if url.userinfo or set(text) & set("?#"):
        raise ConnectError(f"the URL for {url.host} must not hold a user, a query or a fragment; pass secrets as arguments.")
    if url.scheme != "https" and not (url.scheme == "http" and _is_loopback(url.host)):
        raise ConnectError(f"{url.scheme}://{url.host}: a SCIM service is spoken to over https; plain http is for loopback only.")
    return str(url).rstrip("/")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hide(credentials: Mapping[str, str]) -> dict[str, _Secret]:
    return {name: _Secret(value.strip() if isinstance(value, str) else "") for name, value in credentials.items()}


def _token(credentials: Mapping[str, _Secret], base: str) -> _Secret:
    unknown = sorted(set(credentials) - {"token"})
    if unknown:
        raise ConnectError(f"{base}: credential {unknown[0]!r} is not known here; pass token=….")
    token = credentials.get("token")
    if not token:
        raise ConnectError(f"{base}: no token. Pass token=…, the bearer token your service issued for SCIM.")
    if not token.fits_a_header():
        # Checked here because the HTTP library would print the whole header in its error.
        raise ConnectError(f"{base}: the token holds a space, a line break or a letter outside ASCII; was it copied whole?")
    return token


class _Bearer(httpx.Auth):
    """Adds the token to the request on its way out, so no client or header mapping holds it."""

    def __init__(self, token: _Secret) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token.reveal()}"
        yield request


class Connection:
    """One thread's connection to a target; a context manager."""

    def __init__(self, target: Target) -> None:
        self.target = target
        self._client = httpx.Client(
            auth=_Bearer(target.token),
            verify=target.ssl_context,
            timeout=target.dialect.timeout_s,
            follow_redirects=False,
            trust_env=not _is_loopback(httpx.URL(target.url).host),
            headers={"Accept": f"{target.dialect.media_type}, application/json;q=0.9", "User-Agent": "scimrecon"},
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._client.close()

    def get_user(self, user_id: str) -> Answer:
        """Read one user (RFC 7644 §3.4.1)."""
        return self._exchange("GET", _user_path(user_id), success=frozenset({200}))

    def put_user(self, user_id: str, body: bytes) -> Answer:
        """Replace one user (RFC 7644 §3.5.1)."""
        return self._exchange("PUT", _user_path(user_id), body, success=self.target.dialect.put_success)

    def list_users(self, start_index: int) -> Listed:
        """Read one page of users (RFC 7644 §3.4.2.4).

        Raises
        ------
        Malformed
            The answer is no ListResponse.
        """
        query = f"/Users?startIndex={start_index}&count={self.target.dialect.page_size}"
        answer = self._exchange("GET", query, success=frozenset({200}))
        try:
            return split_list(answer.body)
        except (ValueError, RecursionError) as error:
            raise Malformed(f"GET {self.target.url}{query}: no SCIM ListResponse came back: {error}.") from error

    def _exchange(self, method: str, path: str, body: bytes | None = None, *, success: frozenset[int]) -> Answer:
        """Send one request; only a success comes back.

        Raises
        ------
        Unreachable
            No whole answer came.
        Refused
            The status is not one of `success`.
        """
        # Errors are raised "from None": httpx's own frames hold the Authorization header, which no traceback may show.
        what = f"{method} {self.target.url}{path}"
        headers = {"Content-Type": self.target.dialect.media_type} if body is not None else {}
        started = time.monotonic()
        try:
            with self._client.stream(method, self.target.url + path, content=body, headers=headers) as response:
                content = self._read(response, what)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise Unreachable(f"{what}: no connection: {str(error) or type(error).__name__}.", sent=False) from None
        except httpx.TimeoutException:
            waited = f"no answer within {self.target.dialect.timeout_s:g} s"
            raise Unreachable(f"{what}: {waited}.", sent=True) from None
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Unreachable(f"{what}: the connection broke: {str(error) or type(error).__name__}.", sent=True) from None
        request_id = next((response.headers[name] for name in _REQUEST_ID_HEADERS if name in response.headers), "")
        if response.status_code not in success:
            # Some gateways answer with the request's own headers.
            content, request_id = self.target.token.hide_in_bytes(content), self.target.token.hide_in(request_id)
            raise _refusal(what, response, content, request_id, self.target.token)
        return Answer(
            status=response.status_code,
            body=content,
            version=response.headers.get("etag", ""),
            request_id=request_id,
            seconds=time.monotonic() - started,
        )

    def _read(self, response: httpx.Response, what: str) -> bytes:
        limit = self.target.dialect.max_answer_bytes
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > limit:
                raise Malformed(f"{what}: the answer is larger than {limit:,} bytes; it was not read further.")
        return bytes(content)


def _user_path(user_id: str) -> str:
    # A user id is one path segment, whatever it holds; in an id that is no plain word, ".." could be resolved away.
    segment = quote(user_id, safe="")
    plain = segment == user_id and user_id.strip(".")
    return "/Users/" + (segment if plain else segment.replace(".", "%2E"))


def _refusal(what: str, response: httpx.Response, content: bytes, request_id: str, token: _Secret) -> Refused:
    """Turn any error answer into ours (RFC 7644 §3.12, and what servers send instead)."""
    fields = _error_fields(content)
    status = response.status_code
    if 300 <= status < 400:
        location = shorten(token.hide_in(response.headers.get("location", "nowhere")))
        fields["detail"] = f"redirected to {location}; redirects are not followed"
    if content and not fields["detail"]:
        kind = response.headers.get("content-type", "no content type").split(";")[0]
        fields["detail"] = f"{kind}, not a SCIM error: {shorten(content.decode('utf-8', 'replace'))}"
    said = " ".join(word for word in (fields["scim_type"], fields["detail"]) if word) or "no reason given"
    hint = " The token is wrong, expired, or may not do this." if status in (401, 403) else ""
    return Refused(f"{what}: {status} {said}.{hint}", status=status, request_id=request_id, **fields)


def _error_fields(content: bytes) -> dict[str, str]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    members = body if isinstance(body, dict) else {}
    return {
        "scim_type": _member(members, "scimType"),
        "detail": _member(members, "detail", "error_description", "errorMessage", "error_msg", "message"),
        "vendor_code": _member(members, "code", "errorCode", "error_code"),
        "more_info": _member(members, "moreInfo"),
    }


def _member(members: dict[str, Any], *names: str) -> str:
    values = (members.get(name) for name in names)
    return next((to_text(value) or "" for value in values if isinstance(value, str | int) and value != ""), "")
