"""What Twilio asks of a user, each rule with the code it is refused with.

From Twilio's OpenAPI document (twilio_iam_organizations.json) and the pages of its errors 25002 to 25022.
"""

from __future__ import annotations

import re
from typing import Any

from scimrecon.sandbox.shapes import Misfit, pick
from scimrecon.sandbox.twilio.switches import TwilioSwitches
from scimrecon.sandbox.web import CORE, Refusal

SHAPE = {
    "externalId": str,
    "userName": str,
    "displayName": str,
    "name": {"givenName": str, "familyName": str},
    "emails": [{"primary": bool, "value": str, "type": str}],
    "active": bool,
    "locale": str,
    "timezone": str,
}
"""All that Twilio models; anything else in a body is passed over."""

_ADDRESS = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def read_user(body: dict[str, Any]) -> dict[str, Any]:
    """Return what Twilio models of a body.

    Raises
    ------
    Refusal
        25006: a value of another type, or another schema.
    """
    schemas = body.get("schemas")
    # The page of 25006 names unsupported URNs; a body without schemas it refuses only "where required".
    if schemas is not None and schemas != [CORE]:
        raise _bad("25006", f"schemas must be [{CORE!r}]", scim_type="invalidSyntax")
    try:
        return pick(SHAPE, body)
    except Misfit as misfit:
        raise _bad("25006", str(misfit), scim_type="invalidSyntax") from None


def check_user(user: dict[str, Any], switches: TwilioSwitches) -> None:
    """Hold a user to the rules of a PUT, a PATCH and a POST alike.

    Raises
    ------
    Refusal
        The first rule it breaks.
    """
    if "userName" not in user:
        raise _bad("25005", "UserName must be present")
    _check_length(user, "userName", 2, 255, "25005")
    _check_length(user, "externalId", 2, 255, "25004")
    name = user.get("name", {})
    _check_length(name, "givenName", switches.min_given_name, 255, "25002")
    _check_length(name, "familyName", 0, 255, "25003")
    # Twilio names no code for these.
    _check_length(user, "displayName", 0, 255, "")
    for email in user.get("emails", []):
        _check_length(email, "type", 0, 64, "")
        if not 2 <= len(email.get("value", "")) <= 160 or not _ADDRESS.fullmatch(email["value"]):
            raise _bad("25011", "Email address is not valid")
    if primary_email(user).casefold() != user["userName"].casefold():
        raise _bad("25014", "Primary email must be the same as userName")


def primary_email(user: dict[str, Any]) -> str:
    """Return the address that must be the userName: the primary one, or the only one.

    Raises
    ------
    Refusal
        25010: there is none.
    """
    emails = user.get("emails", [])
    primary = [email for email in emails if email.get("primary")]
    if len(primary) > 1 or (not primary and len(emails) != 1):
        raise _bad("25010", "One email must be primary")
    return str((primary or emails)[0].get("value", ""))


def domain(address: str) -> str:
    """Return the part of an address after the @."""
    return address.rpartition("@")[2].casefold()


def _check_length(owner: dict[str, Any], name: str, least: int, most: int, code: str) -> None:
    value = owner.get(name)
    if value is not None and not least <= len(value) <= most:
        raise _bad(code, f"{name} must have from {least} to {most} characters")


def _bad(code: str, detail: str, *, scim_type: str = "invalidValue") -> Refusal:
    return Refusal(400, detail, scim_type=scim_type, code=code)
