"""What can become of one user of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Outcome(StrEnum):
    """What became of one user of a plan."""

    WOULD_APPLY = "would_apply"
    """Dry run: the PUT would go out now."""
    APPLIED = "applied"
    APPLIED_UNVERIFIED = "applied_unverified"
    """The target said yes; what it holds now could not be read."""
    NOOP = "noop"
    """The target holds what was asked already; nothing was sent."""
    NOT_CONVERGED = "not_converged"
    """The target said yes and does not hold what was asked."""
    SIDE_EFFECT = "side_effect"
    """The target said yes and changed something else too."""
    STALE = "stale"
    """A ticked cell moved since the analyst looked; nothing was sent."""
    REJECTED = "rejected"
    """The target refused, for a reason of this user."""
    THROTTLED = "throttled"
    FAILED = "failed"
    """The PUT did not take effect."""
    UNKNOWN = "unknown"
    """The PUT may take effect yet."""
    BLOCKED = "blocked"
    """The plan kept the user out."""
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """One HTTP exchange."""

    step: str
    method: str
    http_status: int | None
    error: str | None
    request_id: str | None
    seconds: float


@dataclass(frozen=True, kw_only=True, slots=True)
class UserOutcome:
    """What became of one user, with all that was seen on the way."""

    user_id: str
    outcome: Outcome
    reason: str
    http_status: int | None = None
    scim_type: str = ""
    vendor_code: str = ""
    detail: str = ""
    more_info: str = ""
    request_id: str = ""
    attempts: int = 0
    """PUTs sent in this turn."""
    seconds: float = 0.0
    version_before: str | None = None
    version_after: str | None = None
    resource_before: bytes | None = None
    """The resource the PUT was built on; None where that was the plan's own, or none was sent."""
    body_sent: bytes | None = None
    sent: Mapping[str, str | None] = field(default_factory=dict)
    """Change id to what the PUT carried there."""
    read_back: Mapping[str, str | None] = field(default_factory=dict)
    """Change id to what the target held afterwards."""
    as_asked: bool = False
    """Whether every cell was sent and read back as desired, to the letter."""
    steps: tuple[Step, ...] = ()
