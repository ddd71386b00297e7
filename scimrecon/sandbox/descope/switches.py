"""The switches of the practice server `descope`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scimrecon.sandbox.switches import at_least


@dataclass(frozen=True, kw_only=True)
class DescopeSwitches:
    """Where Descope's documents leave something open, or say two things."""

    tenant_admin: bool = True
    """Whether the access key has the role Tenant Admin; without it every request is answered 403."""
    envelope: Literal["on", "off", "mixed"] = "on"
    """Whether one user is answered as {"user": {…}}, as the page shows, or bare, as RFC 7644 says; mixed: by turns."""
    times: Literal["empty", "text", "seconds"] = "empty"
    """How meta.created and meta.lastModified look: {} as on the page, a text as in RFC 7643, or {"seconds": …, "nanos": …}."""
    omit_defaults: bool = False
    """Whether answers leave out false and empty values, as Protocol Buffers may. Not documented by Descope."""
    active_omitted: Literal["false", "keep"] = "false"
    """What a PUT without active means; in Protocol Buffers it is false. Not documented by Descope."""
    omitted: Literal["cleared", "kept"] = "cleared"
    """What becomes of another attribute that a PUT leaves out. Not documented by Descope."""
    phone_numbers: Literal["ignored", "stored", "shown"] = "ignored"
    """What a PUT's phoneNumbers do: the prose says they can be updated, no table has them."""
    rename: Literal["accepted", "ignored", "refused"] = "accepted"
    """What a PUT with another userName does. Not documented by Descope."""
    duplicate_status: int = at_least(400, 409)
    """What a userName that another user has is answered with. Not documented by Descope."""
    errors: Literal["platform", "scim"] = "platform"
    """The body of an error: as on Descope's platform, or as RFC 7644 says. Not documented by Descope for SCIM."""
    filters: tuple[str, ...] = ("userName", "id", "emails.value")
    """What `filter` can compare, with eq alone. Not documented by Descope."""
    page_cap: int = at_least(1, 100)
    """The most users on one page, and as many where count is left out. Not documented by Descope."""
    failing: tuple[str, ...] = ()
    """The ids of users whose PUT is answered 200, not done, with detail and a status of 400 or more inside the user."""
    failing_status: int = at_least(400, 400)
    """That status. Not documented by Descope."""
    limit: int | None = at_least(1, 100)
    """The most requests in a window, answered 429 beyond; None: no limit."""
    window_s: float = at_least(0.05, 60)
    """That window, in seconds."""
    penalty_s: float = at_least(0, 60)
    """How long every request is refused after one too many; Retry-After says how much of it is left."""
