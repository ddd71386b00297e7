"""The switches of the practice servers `twilio` and `twilio_current`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scimrecon.sandbox.switches import at_least


@dataclass(frozen=True, kw_only=True)
class TwilioSwitches:
    """What Twilio lets an organisation set, and what its documents leave open."""

    verified_domains: tuple[str, ...] | None = None
    """The domains the organisation has verified; None: those of the email addresses the server starts with."""
    owner: str | None = None
    """The id of the Organization Owner, who can be neither updated nor deactivated."""
    suspended: tuple[str, ...] = ()
    """The ids of suspended users, who cannot be updated."""
    protected_status: int = at_least(400, 403)
    """The status that tells of the owner and of suspended users. Not documented by Twilio."""
    protected_code: int | None = None
    """Twilio's code in that answer; None leaves it out. Not documented by Twilio."""
    token_lifetime_s: float = at_least(0.1, 3600)
    """How long an access token is good for."""
    stated_lifetime_s: int | None = None
    """What expires_in says if that is not the truth; Twilio's own example says 1438315200000."""
    rotate_refresh_token: bool = False
    """Whether a refresh token is good for one use, its answer holding the next. Not documented by Twilio."""
    if_match: Literal["heeded", "ignored"] = "heeded"
    """Twilio documents that a version is heeded; ignored plays a service that takes any."""
    external_id: Literal["accepted", "ignored", "refused"] = "accepted"
    """What a PUT's externalId does: the body has it, the list of updatable attributes has not. Not documented by Twilio."""
    omitted: Literal["cleared", "kept"] = "cleared"
    """What becomes of an attribute that a PUT leaves out; Twilio says "replaces all". Not documented by Twilio."""
    active_omitted: Literal["keep", "true", "false"] = "keep"
    """What a PUT without active means. Not documented by Twilio."""
    min_given_name: int = at_least(0, 0)
    """The shortest name.givenName: 0 in Twilio's OpenAPI document, 2 on the page of its error 25002."""
    list_cap: int | None = at_least(1, None)
    """The most users in a list, whatever totalResults says; None: all. Not documented by Twilio."""
    limit: int | None = at_least(1, None)
    """The most SCIM requests in a window, answered 429 with 25021 beyond; None: no limit. Twilio names no number."""
    window_s: float = at_least(0.05, 60)
    """That window, in seconds. Not documented by Twilio."""
    retry_after: bool = False
    """Whether a 429 has Retry-After. Not documented by Twilio."""
