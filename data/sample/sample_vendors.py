"""The same users as each provider would hold them: what it does not model is gone, and so is what it does not take.

`make_sample` writes them beside the users of the plain SCIM service; who drifted how stays as it was.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

from sample_people import CORE, ENTERPRISE

_HUAWEI = (
    "id", "externalId", "userName", "name", "displayName", "nickName", "profileUrl", "userType", "title", "preferredLanguage",
    "locale", "timezone", "active",
)  # fmt: skip
_HUAWEI_ENTERPRISE = ("employeeNumber", "costCenter", "organization", "division", "department", "manager")
_HUAWEI_STRANGE = re.compile(r"[^A-Za-z0-9_+=,.@-]")


def as_twilio(user: dict[str, Any]) -> dict[str, Any]:
    """Give a user as Twilio holds it: one email address, which is the userName too."""
    name = user["userName"]
    email = name if "@" in name else f"{name}@example.com"
    kept = {key: user[key] for key in ("externalId", "displayName", "active", "locale", "timezone") if key in user}
    if "name" in user:
        kept["name"] = {part: user["name"][part] for part in ("givenName", "familyName") if part in user["name"]}
    return {
        "schemas": [CORE],
        "id": "US" + UUID(user["id"]).hex,
        "userName": email,
        **kept,
        "emails": [{"primary": True, "value": email, "type": "work"}],
    }


def as_huawei(user: dict[str, Any]) -> dict[str, Any]:
    """Give a user as Huawei Cloud holds it: one of everything, and a userName of few characters."""
    name = _HUAWEI_STRANGE.sub("", user["userName"])
    shown = user.get("displayName") or name
    kept = {key: user[key] for key in _HUAWEI if key in user}
    kept |= {"schemas": [CORE], "userName": name, "displayName": shown}
    kept.setdefault("name", {"givenName": "Account", "familyName": shown})
    emails = [one for one in user.get("emails", []) if one.get("primary")] or [{"value": f"{name}@example.com".lower()}]
    kept["emails"] = [{"value": emails[0]["value"], "type": "work", "primary": True}]
    for many in ("phoneNumbers", "addresses"):
        if user.get(many):
            kept[many] = [user[many][0]]
    work = {key: value for key, value in user.get(ENTERPRISE, {}).items() if key in _HUAWEI_ENTERPRISE}
    if work:
        kept |= {ENTERPRISE: work, "schemas": [CORE, ENTERPRISE]}
    return kept


def as_descope(user: dict[str, Any]) -> dict[str, Any]:
    """Give a user as Descope holds it: names, addresses, a title, and always whether it is active."""
    kept = {key: user[key] for key in ("userName", "displayName", "title", "emails") if key in user}
    if "name" in user:
        kept["name"] = {part: user["name"][part] for part in ("givenName", "familyName", "middleName") if part in user["name"]}
    return {"schemas": [CORE], "id": "U2" + UUID(user["id"]).hex[:25], **kept, "active": user.get("active", True)}


AS_VENDORS_HOLD = {"twilio": as_twilio, "huawei": as_huawei, "descope": as_descope}
"""How each provider holds a user, by dialect."""
