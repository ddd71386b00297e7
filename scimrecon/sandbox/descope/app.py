"""What the practice server of the dialect descope serves.

Runs in the server's own process. From https://docs.descope.com/api/management/tenants/scim/ and /rate-limiting.
"""

from __future__ import annotations

import math
import secrets
import string
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scimrecon.errors import SandboxError
from scimrecon.sandbox.limiter import Limiter
from scimrecon.sandbox.patching import patched
from scimrecon.sandbox.people import Held, People
from scimrecon.sandbox.service import Body, Order, Service
from scimrecon.sandbox.shapes import Misfit, pick
from scimrecon.sandbox.web import CORE, ERROR, LIST, Refusal, answer, bearer, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from scimrecon.sandbox.descope.switches import DescopeSwitches

_SHAPE = {
    "userName": str,
    "displayName": str,
    "name": {"givenName": str, "familyName": str, "middleName": str},
    "emails": [{"value": str, "primary": bool, "type": str}],
    "active": bool,
    "title": str,
}
"""All that the page's tables have; anything else in a body is passed over."""
_PHONES = {"phoneNumbers": [{"value": str, "type": str, "primary": bool, "display": str}]}

_BAD_REQUEST, _INVALID, _TAKEN, _UNKNOWN, _BAD_KEY, _TOO_MANY = "E011001", "E011003", "E062107", "E112102", "E062803", "E130429"
"""Codes of Descope's platform (its SDKs list them); for SCIM none is documented."""

_SAID = {
    _BAD_REQUEST: "Request is malformed",
    _INVALID: "Request is invalid",
    _TAKEN: "User already exists",
    _UNKNOWN: "User not found",
    _BAD_KEY: "Invalid access key",
    _TOO_MANY: "https://docs.descope.com/rate-limit",
}

_CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "patch": {"supported": True},
    "bulk": {"supported": False, "maxOperations": 0, "maxPayloadSize": 0},
    "filter": {"supported": True, "maxResults": 100},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
    "authenticationSchemes": [
        {"type": "oauthbearertoken", "name": "Access key", "description": "ProjectId:AccessKey as bearer token"},
    ],
}
_NO_GROUPS = {"totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "schemas": [LIST], "Resources": []}
_RESOURCE_TYPES = {
    "schemas": [LIST],
    "totalResults": 1,
    "Resources": [
        {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:ResourceType"], "id": "User", "name": "User", "endpoint": "/Users",
         "schema": CORE},
    ],
}  # fmt: skip


def create_app(order: Order) -> Starlette:
    """Return the ASGI app that serves the order's users.

    Raises
    ------
    SandboxError
        A user is refused, or a switch names one that is not there.
    """
    letters = string.ascii_letters + string.digits
    people = People(order.file, lambda: "U2" + "".join(secrets.choice(letters) for _ in range(26)))
    if order.file.state is None:
        passing = frozenset({"id", "schemas", "meta", "detail", "status", "attributes"})
        people.seed(order.users, _SHAPE | _PHONES, passing=passing)
    switches: DescopeSwitches = order.switches
    for user_id in switches.failing:
        if user_id not in people:
            raise SandboxError(f"failing= takes ids of users; there is none with the id {user_id[:80]!r}.")
    return _Descope(order, people, Limiter(switches.limit, switches.window_s, switches.penalty_s)).app()


class _Descope(Service):
    media_types = None  # the page's own example sends none

    def __init__(self, order: Order, people: People, limiter: Limiter) -> None:
        super().__init__(order, people, limiter)
        self.switches: DescopeSwitches = order.switches
        self.shape = _SHAPE if self.switches.phone_numbers == "ignored" else _SHAPE | _PHONES
        self._answered = 0

    def documents(self) -> dict[str, Callable[[], Response]]:
        return {
            "/Groups": lambda: answer(_NO_GROUPS),
            "/ResourceTypes": lambda: answer(_RESOURCE_TYPES),
            "/ServiceProviderConfig": lambda: answer(_CONFIG),
        }

    def authorize(self, request: Request) -> None:
        project, _, key = bearer(request.headers.get("authorization")).partition(":")
        if not same(project, self.credentials["project_id"]):
            raise Refusal(401, "The project is not known", code=_BAD_REQUEST)
        if not same(key, self.credentials["access_key"]):
            raise Refusal(401, "The access key is not known", code=_BAD_KEY)
        if not self.switches.tenant_admin:
            raise Refusal(403, "The access key lacks the role Tenant Admin", code=_BAD_REQUEST)

    def told(self, refusal: Refusal) -> Response:
        if self.switches.errors == "scim":
            content: dict[str, Any] = {"schemas": [ERROR], "detail": refusal.detail, "status": str(refusal.status)}
            content |= {"scimType": refusal.scim_type} if refusal.scim_type else {}
        else:
            code = refusal.code or _BAD_REQUEST
            content = {"errorCode": code, "errorDescription": _SAID[code], "errorMessage": refusal.detail}
        return answer(content, status=refusal.status, headers=refusal.headers)

    def throttled(self, wait_s: float) -> Refusal:
        return Refusal(429, "API rate limit exceeded.", code=_TOO_MANY, headers={"Retry-After": str(math.ceil(wait_s))})

    def unknown_user(self, user_id: str) -> Refusal:
        return Refusal(404, f"There is no user {user_id[:80]}", code=_UNKNOWN)

    def duplicate(self, name: str) -> Refusal:
        return Refusal(self.switches.duplicate_status, f"Another user has this {name}", scim_type="uniqueness", code=_TAKEN)

    def bad_filter(self) -> Refusal:
        return Refusal(400, "The filter is not supported", scim_type="invalidFilter", code=_INVALID)

    def list_users(self, query: Mapping[str, str]) -> Response:
        found = self.found(query.get("filter"), self.switches.filters)
        start = max(_whole(query.get("startIndex"), 1), 1)
        count = min(max(_whole(query.get("count"), self.switches.page_cap), 0), self.switches.page_cap)
        listed = [self._shown(user_id, held) for user_id, held in found[start - 1 : start - 1 + count]]
        head = {"totalResults": len(found), "startIndex": start, "itemsPerPage": len(listed), "schemas": [LIST]}
        return answer({**head, "Resources": listed, "detail": "", "status": 0})

    def create(self, body: Body) -> Response:
        user = {"active": True, **self._read(body)}
        if not user.get("userName"):
            raise Refusal(400, "userName is required", scim_type="invalidValue", code=_INVALID)
        self.refuse_duplicate(user, None)
        return self.show(*self.people.add(user))

    def show(self, user_id: str, held: Held) -> Response:
        return self._enveloped(self._shown(user_id, held))

    def replace(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        if body.get("userId", user_id) != user_id:
            raise Refusal(400, "userId is not that of the path", scim_type="invalidValue", code=_INVALID)
        user = self._completed(self._read(body), held.attributes)
        self.refuse_duplicate(user, user_id)
        if user_id in self.switches.failing:
            failed = {"detail": "The user could not be updated", "status": self.switches.failing_status}
            return self._enveloped(self._shown(user_id, held) | failed)
        return self.show(user_id, self.people.replace(user_id, user))

    def patch(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        try:
            user = pick(self.shape, patched(held.attributes, body, self.shape, strict=False))
        except Misfit as misfit:
            raise Refusal(400, str(misfit), scim_type="invalidSyntax", code=_INVALID) from None
        self.refuse_duplicate(user, user_id)
        return self.show(user_id, self.people.replace(user_id, {"userName": held.attributes["userName"], **user}))

    def delete(self, user_id: str, held: Held) -> Response:
        self.people.remove(user_id)
        return answer({})

    def _read(self, body: Body) -> dict[str, Any]:
        try:
            user = pick(self.shape, body)
        except Misfit as misfit:
            raise Refusal(400, str(misfit), scim_type="invalidSyntax", code=_INVALID) from None
        return {name: value for name, value in user.items() if value != ""}

    def _completed(self, user: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """Return what a PUT makes of a user, by the switches on what it holds and leaves out."""
        renamed = user.get("userName", before["userName"]) != before["userName"]
        if renamed and self.switches.rename == "refused":
            raise Refusal(400, "userName cannot be changed", scim_type="mutability", code=_INVALID)
        if self.switches.rename == "ignored":
            user = {**user, "userName": before["userName"]}
        kept = before if self.switches.omitted == "kept" else {"userName": before["userName"]}
        active = self.switches.active_omitted == "keep" and before.get("active", True)
        return {**kept, "active": active, **user}

    def _enveloped(self, user: dict[str, Any]) -> Response:
        self._answered += 1
        bare = self.switches.envelope == "off" or (self.switches.envelope == "mixed" and self._answered % 2 == 0)
        return answer(user if bare else {"user": user})

    def _shown(self, user_id: str, held: Held) -> dict[str, Any]:
        location = f"{self.order.kind.base_path}/Users/{user_id}"
        times = {"created": self._time(held.created_ns), "lastModified": self._time(held.modified_ns)}
        meta = {**times, "location": location, "resourceType": "User"}
        hidden = () if self.switches.phone_numbers == "shown" else ("phoneNumbers",)
        user = {name: value for name, value in held.attributes.items() if name not in hidden}
        shown = {"schemas": [CORE], "id": user_id, "meta": meta, "active": False, **user, "detail": ""}
        return {name: value for name, value in shown.items() if value or not self.switches.omit_defaults}

    def _time(self, time_ns: int) -> object:
        seconds, fraction = divmod(time_ns, 1_000_000_000)
        if self.switches.times == "empty":
            return {}
        if self.switches.times == "seconds":
            return {"seconds": seconds, "nanos": fraction}
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction // 1_000_000:03d}Z"


def _whole(text: str | None, default: int) -> int:
    try:
        return int(text) if text is not None else default
    except ValueError:
        raise Refusal(400, f"{text!r:.20} is no whole number", scim_type="invalidValue", code=_INVALID) from None
