"""What Huawei Cloud asks of a user in a PUT and a POST.

From the tables of "Updating a User", and from the texts of its SDK (huaweicloudsdkidentitycenterscim) where those ask for more.
"""

from __future__ import annotations

import re
from typing import Any

from scimrecon.sandbox.huawei.switches import HuaweiSwitches
from scimrecon.sandbox.shapes import Misfit, pick, walk
from scimrecon.sandbox.web import CORE, ENTERPRISE, Refusal

_MANY = ("emails", "addresses", "phoneNumbers")

SHAPE = {
    "externalId": str,
    "userName": str,
    "name": dict.fromkeys(("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix"), str),
    "displayName": str,
    "nickName": str,
    "profileUrl": str,
    "emails": [{"value": str, "type": str, "primary": bool}],
    "addresses": [
        {
            **dict.fromkeys(("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"), str),
            "primary": bool,
        }
    ],
    "phoneNumbers": [{"value": str, "type": str, "primary": bool}],
    "userType": str,
    "title": str,
    "preferredLanguage": str,
    "locale": str,
    "timezone": str,
    "active": bool,
    ENTERPRISE: {
        **dict.fromkeys(("costCenter", "department", "division", "employeeNumber", "organization"), str),
        "manager": {"value": str},
    },
}
"""All that Huawei models; what else a body holds is refused below, or passed over."""

_REFUSED = ("groups", "ims", "photos", "x509Certificates", "entitlements", "password")
_REQUIRED = (("userName",), ("displayName",), ("name", "familyName"), ("name", "givenName"), ("emails",))
_USER_NAME = re.compile(r"[A-Za-z0-9_+=,.@-]+")


def read_user(body: dict[str, Any], switches: HuaweiSwitches) -> dict[str, Any]:
    """Return what Huawei models of a body.

    Raises
    ------
    Refusal
        400: a value of another type, an empty text, or an attribute that may not be sent.
    """
    for name in _REFUSED:
        if name in body:
            raise _bad(f"{name} is not supported")
    for name in _MANY:
        elements = body.get(name)
        if isinstance(elements, list) and any(isinstance(element, dict) and "display" in element for element in elements):
            raise _bad(f"display is not supported in {name}")
    extension = body.get(ENTERPRISE)
    manager = extension.get("manager") if isinstance(extension, dict) else None
    if isinstance(manager, dict) and "displayName" in manager:
        raise _bad("manager.displayName is not supported")
    for path, value in walk({name: body[name] for name in SHAPE if name in body}):
        if value is None and switches.null == "refused":
            raise _bad(f"{path} must not be null")
        if isinstance(value, str) and not 1 <= len(value) <= 1024:
            raise _bad(f"{path} must have from 1 to 1024 characters")
    try:
        return pick(SHAPE, body)
    except Misfit as misfit:
        raise _bad(str(misfit)) from None


def check_user(user: dict[str, Any], body: dict[str, Any], switches: HuaweiSwitches) -> None:
    """Hold a user to the rules.

    Parameters
    ----------
    user
        What `read_user` gave.
    body
        As it came: it has the schemas, which are not kept.
    switches
        Say which rules there are.

    Raises
    ------
    Refusal
        400: the first rule it breaks.
    """
    if not switches.lenient_seed:
        _check_required(user, body)
    schemas = body.get("schemas")
    # The extension's URN is missing in the page's own example.
    if schemas is not None and (not isinstance(schemas, list) or CORE not in schemas):
        raise _bad(f"schemas must hold {CORE}")
    if "userName" in user and not _USER_NAME.fullmatch(user["userName"]):
        raise _bad("userName may hold letters, digits and _ + = , . @ - only")
    for name in _MANY:
        if len(user.get(name, [])) > 1:
            raise _bad(f"{name} may hold one value only")
    for email in user.get("emails", []):
        if "value" not in email or "primary" not in email:
            raise _bad("emails.value and emails.primary are mandatory")
        if not email["primary"]:
            raise _bad("the email must be primary")
        if "type" not in email and not switches.lenient_seed:
            raise _bad("emails.type is mandatory")


def _check_required(user: dict[str, Any], body: dict[str, Any]) -> None:
    for path in _REQUIRED:
        value: Any = user
        for step in path:
            value = value.get(step, {})
        if not value:
            raise _bad(f"{'.'.join(path)} is mandatory")
    if not body.get("schemas"):
        raise _bad("schemas is mandatory")


def _bad(detail: str) -> Refusal:
    return Refusal(400, detail)
