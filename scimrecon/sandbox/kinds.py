"""The practice servers there are: what each plays, who may come in, and where it is served.

Known on both sides of the pipe, so nothing of a server is imported here.
"""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from scimrecon.dialects import DIALECTS
from scimrecon.sandbox.descope.switches import DescopeSwitches
from scimrecon.sandbox.huawei.switches import HuaweiSwitches
from scimrecon.sandbox.rfc7644.switches import Rfc7644Switches
from scimrecon.sandbox.twilio.switches import TwilioSwitches


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What one dialect's practice server is."""

    name: str
    """The dialect's."""
    module: str
    """Has ``create_app(order)``; imported in the server's process alone."""
    base_path: str
    """Of the SCIM base URL; credentials that belong into it in braces."""
    issue: Callable[[], dict[str, str]]
    """Makes credentials for a new server."""
    key: str
    """The credential its page asks for."""
    switches: type[Any]
    plays: tuple[str, ...]
    """What it does, for people."""
    token_path: str = ""
    """Where tokens are fetched, if they are."""

    @property
    def title(self) -> str:
        """What an analyst calls the provider."""
        return DIALECTS[self.name].title

    def path(self, credentials: dict[str, str]) -> str:
        """Return the path of the SCIM base URL."""
        return re.sub(r"\{(\w+)\}", lambda found: credentials[found[1]], self.base_path)


def _issue_twilio() -> dict[str, str]:
    return {
        "organization_sid": f"OR{secrets.token_hex(16)}",
        "client_id": f"OQ{secrets.token_hex(16)}",
        "client_secret": secrets.token_urlsafe(48),
    }


def _issue_twilio_current() -> dict[str, str]:
    return {
        "client_id": f"OQ{secrets.token_hex(16)}",
        "client_secret": secrets.token_urlsafe(48),
        "refresh_token": secrets.token_urlsafe(48),
    }


def _issue_huawei() -> dict[str, str]:
    return {"region": "cn-north-4", "tenant_id": str(uuid.uuid4()), "token": secrets.token_urlsafe(32)}


def _issue_descope() -> dict[str, str]:
    return {"project_id": f"P2{secrets.token_hex(12)}", "access_key": f"K2{secrets.token_hex(32)}"}


_TWILIO_PLAYS = (
    "Users have versions, W/1 and up, in meta.version alone; If-Match, or else the body's meta.version, must name the last one.",
    "userName is the primary email address, in a verified domain; the owner and suspended users cannot be updated.",
    "The list comes whole, with userName eq or externalId eq as its only filters; DELETE deactivates.",
)

_KINDS = (
    Kind(
        name="rfc7644",
        module="scimrecon.sandbox.rfc7644.app",
        base_path="/scim/v2",
        issue=lambda: {"token": secrets.token_urlsafe(32)},
        key="token",
        switches=Rfc7644Switches,
        plays=(
            "All of RFC 7644: filters, paging, PATCH, Bulk, discovery, versions with ETag and If-Match.",
            "An extension no mapping knows: urn:example:params:scim:schemas:extension:facilities:2.0:User.",
        ),
    ),
    Kind(
        name="twilio",
        module="scimrecon.sandbox.twilio.app",
        base_path="/Organizations/{organization_sid}/scim",
        token_path="/v1/token",  # noqa: S106 - an address, no secret
        issue=_issue_twilio,
        key="client_secret",
        switches=TwilioSwitches,
        plays=("Client id and secret are exchanged for a token that expires.", *_TWILIO_PLAYS),
    ),
    Kind(
        name="twilio_current",
        module="scimrecon.sandbox.twilio.app",
        base_path="/scim/v2",
        token_path="/v2/token",  # noqa: S106 - likewise
        issue=_issue_twilio_current,
        key="client_secret",
        switches=TwilioSwitches,
        plays=("A refresh token is exchanged for a token that expires; it implies the organisation.", *_TWILIO_PLAYS),
    ),
    Kind(
        name="huawei",
        module="scimrecon.sandbox.huawei.app",
        base_path="/{tenant_id}/scim/v2",
        issue=_issue_huawei,
        key="token",
        switches=HuaweiSwitches,
        plays=(
            "A list holds 50 users at most, whatever is asked; the only filters are userName eq and id eq.",
            "A PUT needs names, displayName and one email address, primary and typed; no multi-valued attribute has two values.",
            "profileUrl is taken and never shown; there are no versions, and times are whole seconds.",
        ),
    ),
    Kind(
        name="descope",
        module="scimrecon.sandbox.descope.app",
        base_path="/scim/v2",
        issue=_issue_descope,
        key="access_key",
        switches=DescopeSwitches,
        plays=(
            "One user is answered inside an envelope, with a detail; times are empty; every success is 200.",
            "A PUT without active deactivates.",
            "After 100 requests within 60 seconds, everything is refused for 60 seconds.",
        ),
    ),
)

SERVED_BY = {kind.name: kind for kind in _KINDS}
"""What serves a dialect."""
