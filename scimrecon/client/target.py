"""Which SCIM service, in which dialect, with which credentials; nothing is sent here."""

from __future__ import annotations

import hashlib
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import httpx

from scimrecon.client import addresses
from scimrecon.client.credentials import SECRETS, Credentials, gather, hide
from scimrecon.client.pace import Traffic
from scimrecon.client.tokens import Given, Secret, SuppliedToken, Supply, Token
from scimrecon.dialects import DIALECTS, Authentication, Dialect
from scimrecon.errors import ConnectError

_EXCHANGED = (Authentication.CLIENT_CREDENTIALS, Authentication.REFRESH_TOKEN)


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
    token: Token = field(repr=False, compare=False)
    ssl_context: ssl.SSLContext = field(repr=False, compare=False)
    traffic: Traffic = field(repr=False, compare=False)
    """What this process sent it lately."""

    def __repr__(self) -> str:
        return f"Target({self.url!r}, dialect={self.dialect.name!r})"

    @property
    def host(self) -> str:
        """Host and port, as an analyst names the service."""
        return httpx.URL(self.url).netloc.decode()


def connect(
    server_or_name_or_url: PracticeServer | str,
    *,
    dialect: str | Dialect | None = None,
    ssl_context: ssl.SSLContext | None = None,
    writable: Collection[str] = (),
    **credentials: Given,
) -> Target:
    """Name a SCIM service and how to talk to it. Nothing is sent yet; a token is fetched with the first request.

    A credential that is not given is looked for in the environment variable ``SCIMRECON_<DIALECT>_<CREDENTIAL>``, such as
    ``SCIMRECON_TWILIO_CLIENT_SECRET``; then, if it is a secret, in the system's keyring, service ``scimrecon:<dialect>``, user
    name the credential's, where keyring is installed.

    Parameters
    ----------
    server_or_name_or_url
        What `sandbox.start` returned; a dialect's name, such as ``"twilio"``, whose URL is made of the credentials; or a SCIM
        base URL such as ``https://idp.example/scim/v2``, which is used as it is.
    dialect
        A shipped dialect's name or a `Dialect` of your own; ``"rfc7644"`` for a URL unless said.
    ssl_context
        For a private certificate authority or a client certificate; it serves for the fetching of tokens too.
    writable
        Attributes to write though the provider documents them in prose only: some of the dialect's ``opt_in``.
    **credentials
        What the dialect's ``credentials`` name, each a text or a function that gives one. For a secret the function is called
        when the secret is needed and again after a 401: ``token=lambda: keyring.get_password("scim", "me")``.

        ============== =======================================================================
        rfc7644        ``token``: the bearer token (RFC 6750)
        twilio         ``organization_sid, client_id, client_secret``
        twilio_current ``client_id, client_secret, refresh_token``
        huawei         ``region, tenant_id, token``
        descope        ``project_id, access_key``
        ============== =======================================================================

    Returns
    -------
    Target
        Its repr shows URL and dialect and no secret.

    Raises
    ------
    ConnectError
        The URL is not an https URL (plain http is for loopback only) or not of the provider's form; a credential is missing,
        unknown, damaged or contradicts the URL; the message says which, and where to look it up.
    """
    given = hide(credentials)
    credentials.clear()  # a traceback that shows local variables would show them
    if not isinstance(server_or_name_or_url, str):
        base, chosen, found = _locate_server(server_or_name_or_url, dialect, given)
    elif "://" in server_or_name_or_url or not _is_name(server_or_name_or_url, dialect):
        base, chosen, found = _locate_url(server_or_name_or_url, dialect, given)
    else:
        base, chosen, found = _locate_name(_dialect(dialect or server_or_name_or_url), given)
    chosen = _opt_in(chosen, writable)
    context = ssl_context or _make_context(base, chosen, found)
    return Target(
        url=base,
        dialect=chosen,
        fingerprint=_fingerprint(chosen, base, found),
        token=_make_token(chosen, base, found, context),
        ssl_context=context,
        traffic=Traffic(chosen.window),
    )


def _is_name(text: str, dialect: str | Dialect | None) -> bool:
    return text in DIALECTS or (isinstance(dialect, Dialect) and text == dialect.name)


def _dialect(dialect: str | Dialect) -> Dialect:
    if isinstance(dialect, Dialect):
        return dialect
    if dialect not in DIALECTS:
        raise ConnectError(f"dialect {dialect!r} is not known; there are {', '.join(sorted(DIALECTS))}.")
    return DIALECTS[dialect]


def _locate_server(
    server: PracticeServer, dialect: str | Dialect | None, given: Mapping[str, Supply]
) -> tuple[str, Dialect, Credentials]:
    if not hasattr(server, "credentials"):
        given_type = type(server).__name__
        raise ConnectError(f"connect takes a SCIM base URL, a dialect's name or a practice server, not {given_type}.")
    chosen, base = _dialect(dialect or server.dialect), addresses.check_url(server.url)
    asked = {one.name for one in chosen.credentials}
    brought = {name: supply for name, supply in hide(server.credentials).items() if name in asked}
    found = gather(chosen, {**brought, **given}, base, by_url=True, practice=True)
    addresses.check_agreement(chosen, base, found.texts)
    return base, chosen, found


def _locate_url(text: str, dialect: str | Dialect | None, given: Mapping[str, Supply]) -> tuple[str, Dialect, Credentials]:
    chosen, base = _dialect(dialect or "rfc7644"), addresses.check_url(text)
    provider = addresses.find_provider(base)
    if dialect is None and provider is not None:
        raise ConnectError(f'{base} is {provider.title}. Say dialect="{provider.name}", or dialect="rfc7644" if it is to be '
                           "taken for a service that does all as RFC 7644 says.")  # fmt: skip
    if base.endswith("/Users"):
        raise ConnectError(f"{base}: give the base URL of the service, without /Users.")
    found = gather(chosen, given, base, by_url=True)
    addresses.check_agreement(chosen, base, found.texts)
    return base, chosen, found


def _locate_name(dialect: Dialect, given: Mapping[str, Supply]) -> tuple[str, Dialect, Credentials]:
    if not dialect.base_url:
        raise ConnectError(f'{dialect.title} has a URL of its own: connect("https://idp.example/scim/v2", '
                           f'dialect="{dialect.name}", …).')  # fmt: skip
    found = gather(dialect, given, dialect.title, by_url=False)
    return addresses.check_url(addresses.fill_url(dialect, found.texts)), dialect, found


def _opt_in(dialect: Dialect, writable: Collection[str]) -> Dialect:
    names = {writable} if isinstance(writable, str) else set(writable)
    strange = sorted(map(str, names - dialect.opt_in))
    if strange:
        those = ", ".join(sorted(dialect.opt_in)) or "nothing"
        raise ConnectError(f"writable={strange!r}: with {dialect.name}, {those} can be opted into.")
    return dialect if dialect.writable is None else replace(dialect, writable=dialect.writable | names) if names else dialect


def _fingerprint(dialect: Dialect, base: str, found: Credentials) -> str:
    """Tell a service from others; where all customers of a provider share one URL, by who the customer is."""
    shared = bool(dialect.base_url) and not addresses.places(dialect)
    said = [found.texts[one.name] for one in dialect.credentials if one.name in found.texts and not one.optional]
    return hashlib.sha256("\n".join([dialect.name, base, *(said if shared else [])]).encode()).hexdigest()[:16]


def _token_url(dialect: Dialect, found: Credentials) -> str:
    return addresses.check_url(found.texts.get("token_url") or dialect.token_url, "the address of tokens")


def _make_context(base: str, dialect: Dialect, found: Credentials) -> ssl.SSLContext:
    urls = [base, _token_url(dialect, found)] if dialect.authentication in _EXCHANGED else [base]
    # Plain http needs no certificates, and loading the system's takes 50 ms.
    if any(url.startswith("https:") for url in urls):
        return ssl.create_default_context()
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _make_token(dialect: Dialect, base: str, found: Credentials, context: ssl.SSLContext) -> Token:
    secrets = {name: found.supplies[name] for name in SECRETS[dialect.authentication]}
    if dialect.authentication in _EXCHANGED:
        from scimrecon.client.oauth import ExchangedToken, Grant, load_library

        load_library(base)
        used = {"client_id", "token_url", *addresses.places(dialect)}
        grant = Grant(
            url=_token_url(dialect, found), dialect=dialect, client_id=found.texts["client_id"], secrets=secrets,
            form={name: text for name, text in found.texts.items() if name not in used}, ssl_context=context,
        )  # fmt: skip
        return ExchangedToken(grant)
    project = [Supply("project_id", found.texts["project_id"])] if dialect.authentication is Authentication.PROJECT_KEY else []
    parts = [*project, *secrets.values()]
    if all(part.stays for part in parts):
        return Secret(":".join(part.take().reveal() for part in parts))
    return SuppliedToken(parts)
