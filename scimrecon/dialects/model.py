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


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """What one provider does differently."""

    name: str
    """The key `connect` and `sandbox.start` know it by."""
    title: str
    """What an analyst calls the provider."""
    source: str
    """The RFC or vendor page these facts come from."""
    media_type: str = "application/scim+json"
    """Content-Type of what we send and first choice of what we accept (RFC 7644 §8.1)."""
    put_success: frozenset[int] = frozenset({200, 204})
    """Statuses that a PUT which was done is answered with."""
    page_size: int = 100
    """Users asked for in one list request (RFC 7644 §3.4.2.4)."""
    clear_as: ClearAs = ClearAs.NULL
    """How a cleared attribute is sent."""
    id_in_body: bool = False
    """Whether a PUT body carries the user's id."""
    writable: frozenset[str] | None = None
    """Top-level attributes a PUT can change, extension attributes by path; None means all that are not readOnly."""
    concurrency: int = 4
    """Requests under way at once, unless `apply_plan` is told otherwise."""
    rate: float | None = None
    """Requests a second, at most, unless `apply_plan` is told otherwise; None sets no limit."""
    timeout_s: float = 30.0
    """Seconds to wait for the target to connect, or to send the next part of an answer."""
    deadline_s: float = 60.0
    """Seconds that a whole exchange may take."""
    transient: frozenset[int] = frozenset({429, 502, 503, 504})
    """Statuses after which the same request may succeed a little later."""
    attempts: int = 4
    """How often one request is tried, or one user's PUT."""
    backoff_s: float = 0.5
    """Seconds before the second attempt where the target does not say; doubled with each further one."""
    max_wait_s: float = 120.0
    """The longest Retry-After that is waited for."""
    versions: bool = True
    """Whether a resource's ``meta.version`` or ETag may be sent back as If-Match (RFC 7644 §3.14), once a run has proven it."""
    version_conflicts: frozenset[tuple[int, str]] = frozenset({(412, "")})
    """The status, and the vendor's code or ``""`` for any, that answer a PUT under another version than the target holds."""
    max_answer_bytes: int = 64 * 1024 * 1024
    """An answer larger than this is refused unread."""
