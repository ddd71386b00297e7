"""The facts a dialect states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class ClearAs(StrEnum):
    """How a PUT body says that an attribute shall have no value (RFC 7644 §3.5.1)."""

    NULL = "null"
    """``null``, or ``[]`` for a multi-valued attribute."""
    OMIT = "omit"
    """The attribute is left out."""


class Authentication(StrEnum):
    """What the Authorization header is made of."""

    TOKEN = "token"  # noqa: S105 - a kind, no secret
    """A bearer token as it is (RFC 6750)."""
    CLIENT_CREDENTIALS = "client_credentials"
    """A bearer token that a client id and secret are exchanged for (RFC 6749 §4.4)."""
    REFRESH_TOKEN = "refresh_token"  # noqa: S105 - a kind, no secret
    """A bearer token that a refresh token is exchanged for (RFC 6749 §6)."""
    PROJECT_KEY = "project_key"
    """A project id and an access key, joined by a colon, as bearer token."""


class ClientAuthentication(StrEnum):
    """How a token's address is told the client id and secret (RFC 6749 §2.3.1), by their registered names."""

    POST = "client_secret_post"
    """In the form."""
    BASIC = "client_secret_basic"
    """In the Authorization header."""


class Paging(StrEnum):
    """How a target lists its users."""

    INDEX = "index"
    """By ``startIndex`` and ``count`` (RFC 7644 §3.4.2.4)."""
    CURSOR = "cursor"
    """By ``cursor`` and ``nextCursor`` (RFC 9865)."""
    NONE = "none"
    """All in one answer, or as many as `Dialect.list_cap` says; no parameter is understood."""


class Check(StrEnum):
    """What a provider asks of a user in a PUT."""

    REQUIRED = "required"
    """It has a value."""
    LENGTH = "length"
    """Each value has from ``least`` to ``most`` characters."""
    PATTERN = "pattern"
    """Each value matches ``pattern`` as a whole."""
    ELEMENTS = "elements"
    """It has at most ``most`` elements."""
    PRIMARY = "primary"
    """One element is primary, where there are at least ``least``."""
    SAME = "same"
    """It equals the value at ``other``, letter case aside."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing a provider asks of a user in a PUT."""

    path: str
    """An attribute, or a member of it; for a multi-valued one (``emails.value``) each element is meant."""
    check: Check
    do: str
    """What an analyst can do about a value that breaks it."""
    least: int = 0
    most: int | None = None
    pattern: str = ""
    other: str = ""


@dataclass(frozen=True, kw_only=True)
class Credential:
    """One thing `connect` must be told about a provider's service."""

    name: str
    """The keyword `connect` takes."""
    where: str
    """Where an analyst looks it up."""
    pattern: str = ""
    """What it looks like, as a whole; empty if nothing is known."""
    secret: bool = True
    optional: bool = False


BEARER = Credential(name="token", where="the bearer token your service issued for SCIM")
"""What most services ask for."""


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What one provider does differently."""

    name: str
    """The key `connect` and `sandbox.start` know it by."""
    title: str
    """What an analyst calls the provider."""
    source: str
    """The RFC or vendor page these facts come from."""

    base_url: str = ""
    """SCIM base URL, credentials that belong into it in braces; empty if every service has its own."""
    authentication: Authentication = Authentication.TOKEN
    credentials: tuple[Credential, ...] = (BEARER,)
    """What `connect` takes."""
    token_url: str = ""
    """Where tokens come from, for the kinds of `Authentication` that exchange one. Any other credential, such as ``scope``, is
    sent along in the form."""
    client_authentication: ClientAuthentication = ClientAuthentication.POST
    """How it is told client id and secret there."""

    media_type: str = "application/scim+json"
    """Content-Type of what we send (RFC 7644 §8.1)."""
    accept: str = "application/scim+json, application/json;q=0.9"
    """What we take as an answer."""
    put_success: frozenset[int] = frozenset({200, 204})
    """Statuses that a PUT which was done is answered with."""
    envelope: str = ""
    """The member that an answer may wrap a user in; bare ones are taken too. Empty if it never does."""
    inner_status: bool = False
    """Whether a success may hold a ``status`` of 400 or more, which makes it a failure."""

    paging: Paging = Paging.INDEX
    page_size: int = 100
    """Users asked for in one list request."""
    list_cap: int | None = None
    """The most users a list ever holds: beyond it they are only found one by one."""
    filters: frozenset[str] | None = None
    """Attributes that ``eq`` can filter on; None means any."""

    clear_as: ClearAs = ClearAs.NULL
    """How a cleared attribute is sent."""
    id_member: str = ""
    """The member of a PUT body that carries the user's id; empty if none does."""
    writable: frozenset[str] | None = None
    """Attributes a PUT can change: a top-level one with all its members, a member alone (``name.givenName``), or an extension's
    by path; None means all that are not readOnly."""
    opt_in: frozenset[str] = frozenset()
    """Attributes that are writable only for whoever says so: ``connect(…, writable=[…])``."""
    write_only: frozenset[str] = frozenset()
    """Attributes that are taken and never shown."""
    answer_only: frozenset[str] = frozenset()
    """Members of answers, besides the readOnly attributes, that are never sent back."""
    unreturned: frozenset[str] = frozenset()
    """Attributes and extension URNs that an answer may leave out though they are held."""
    explicit: frozenset[str] = frozenset()
    """Attributes whose absence from a body may mean a value: a body without them does not go out."""
    twins: tuple[str, str] | None = None
    """Two paths that always hold the same; to change one is to change both."""
    rules: tuple[Rule, ...] = ()
    """What a PUT's body must fulfil."""

    concurrency: int = 4
    """Requests under way at once, unless `apply_plan` is told otherwise."""
    rate: float | None = None
    """Requests a second, at most, unless `apply_plan` is told otherwise; None sets no limit."""
    window: tuple[int, float] | None = None
    """The most requests in any so many seconds: ``(100, 60.0)``; None sets no limit."""
    timeout_s: float = 30.0
    """Seconds to wait for the target to connect, or to send the next part of an answer."""
    deadline_s: float = 60.0
    """Seconds that a whole exchange may take."""
    transient: frozenset[int] = frozenset({429, 502, 503, 504})
    """Statuses after which the same request may succeed a little later."""
    transient_conflicts: frozenset[tuple[int, str]] = frozenset()
    """A status and the vendor's code that together mean the same."""
    attempts: int = 4
    """How often one request is tried, or one user's PUT."""
    backoff_s: float = 0.5
    """Seconds before the second attempt where the target does not say; doubled with each further one."""
    penalty_s: float = 0.0
    """Seconds to wait after a 429 that does not say."""
    max_wait_s: float = 120.0
    """The longest Retry-After that is waited for."""
    versions: bool = True
    """Whether a resource's ``meta.version`` or ETag may be sent back as If-Match (RFC 7644 §3.14), once a run has proven it."""
    version_conflicts: frozenset[tuple[int, str]] = frozenset({(412, "")})
    """The status, and the vendor's code or ``""`` for any, that answer a PUT under another version than the target holds."""
    duplicates: frozenset[tuple[int, str]] = frozenset()
    """The status and the vendor's code that answer a value which another user has."""
    max_answer_bytes: int = 64 * 1024 * 1024
    """An answer larger than this is refused unread."""
