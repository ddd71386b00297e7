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
    timeout_s: float = 30.0
    """Seconds to wait for the target to connect, or to send the next part of an answer."""
    max_answer_bytes: int = 64 * 1024 * 1024
    """An answer larger than this is refused unread."""
