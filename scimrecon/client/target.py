"""Which SCIM service, in which dialect, with which token; nothing is sent here."""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

import httpx

from scimrecon.client.tokens import Secret
from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import ConnectError
from scimrecon.values import shorten


class PracticeServer(Protocol):
    """What `sandbox.start` returns, as far as `connect` needs it."""

    url: str
    dialect: str
    credentials: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A SCIM service we are connected to; made by `connect`."""

    url: str
    """SCIM base URL without a slash at its end; users are at ``url + "/Users"``."""
    dialect: Dialect
    fingerprint: str
    """Tells this service from any other; a plan is bound to it."""
    token: Secret = field(repr=False, compare=False)
    ssl_context: ssl.SSLContext = field(repr=False, compare=False)

    def __repr__(self) -> str:
        return f"Target({self.url!r}, dialect={self.dialect.name!r})"

    @property
    def host(self) -> str:
        """Host and port, as an analyst names the service."""
        return httpx.URL(self.url).netloc.decode()


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
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host)):
        raise ConnectError(f"{url.scheme}://{url.host}: a SCIM service is spoken to over https; plain http is for loopback only.")
    return str(url).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hide(credentials: Mapping[str, str]) -> dict[str, Secret]:
    return {name: Secret(value.strip() if isinstance(value, str) else "") for name, value in credentials.items()}


def _token(credentials: Mapping[str, Secret], base: str) -> Secret:
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
