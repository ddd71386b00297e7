"""What the practice server of the dialect huawei serves.

Runs in the server's own process. From the page "Updating a User" of IAM Identity Center's SCIM API and its sisters, and
from the SDK huaweicloudsdkidentitycenterscim.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scimrecon.sandbox.huawei.errors import told
from scimrecon.sandbox.huawei.rules import SHAPE, check_user, read_user
from scimrecon.sandbox.limiter import Limiter
from scimrecon.sandbox.patching import UnknownPath, patched
from scimrecon.sandbox.people import Held, People
from scimrecon.sandbox.service import Body, Order, Service
from scimrecon.sandbox.shapes import Misfit
from scimrecon.sandbox.web import CHALLENGE, CORE, ENTERPRISE, JSON, LIST, SCIM_JSON, Refusal, answer, bearer, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from scimrecon.sandbox.huawei.switches import HuaweiSwitches

_MOST_LISTED = 50
_NO_GROUPS = {"totalResults": 0, "itemsPerPage": 0, "startIndex": "1", "schemas": [LIST], "Resources": []}
# All false, as in the page's example, though PATCH and filters are documented.
_CONFIG = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
    "documentationUri": "https://example.com/",
    "authenticationSchemes": [
        {"type": "Bearer Token", "name": "Bearer Token", "description": "The access token", "specUri": "https://example.com/",
         "documentationUri": "https://example.com/", "primary": True},
    ],
    "patch": {"supported": False},
    "bulk": {"supported": False, "maxOperations": None, "maxPayloadSize": None},
    "filter": {"supported": False, "maxResults": None},
    "changePassword": {"supported": False},
    "sort": {"supported": False},
    "etag": {"supported": False},
}  # fmt: skip


def create_app(order: Order) -> Starlette:
    """Return the ASGI app that serves the order's users.

    Raises
    ------
    SandboxError
        A user is refused.
    """
    people = People(order.file, lambda: str(uuid.uuid4()))
    if order.file.state is None:
        people.seed(order.users, SHAPE, passing=frozenset({"id", "schemas", "meta"}))
    # Its documents name no limit.
    return _Huawei(order, people, Limiter(None, 60)).app()


class _Huawei(Service):
    def __init__(self, order: Order, people: People, limiter: Limiter) -> None:
        super().__init__(order, people, limiter)
        self.switches: HuaweiSwitches = order.switches
        self.media_types = frozenset({JSON, SCIM_JSON} if self.switches.accept_scim_json else {JSON})
        self._puts = 0

    def documents(self) -> dict[str, Callable[[], Response]]:
        return {"/Groups": lambda: answer(_NO_GROUPS), "/ServiceProviderConfig": lambda: answer(_CONFIG)}

    def authorize(self, request: Request) -> None:
        if not same(bearer(request.headers.get("authorization")), self.credentials["token"]):
            raise Refusal(self.switches.unauthorized_status, "The access token is not known", headers=CHALLENGE)
        if not same(request.path_params["tenant_id"], self.credentials["tenant_id"]):
            raise Refusal(404, "There is no such tenant")

    def told(self, refusal: Refusal) -> Response:
        return told(refusal, self.switches.errors)

    def throttled(self, wait_s: float) -> Refusal:
        return Refusal(429, f"Too many requests; wait {wait_s:.0f} s")

    def unknown_user(self, user_id: str) -> Refusal:
        return Refusal(404, f"There is no user {user_id[:80]}")

    def duplicate(self, name: str) -> Refusal:
        return Refusal(409, f"Another user has this {name}")

    def bad_filter(self) -> Refusal:
        return Refusal(400, 'A filter must be userName eq "…" or id eq "…"')

    def list_users(self, query: Mapping[str, str]) -> Response:
        found = self.found(query.get("filter"), ("userName", "id"))
        listed = [self._shown(user_id, held) for user_id, held in found[:_MOST_LISTED]]
        total = len(found) if self.switches.total_results == "all" else len(listed)
        head = {"totalResults": total, "itemsPerPage": str(len(listed)), "startIndex": "1", "schemas": [LIST]}
        return answer({**head, "Resources": listed})

    def create(self, body: Body) -> Response:
        user = {"active": True, **read_user(body, self.switches)}
        check_user(user, body, self.switches)
        if "userName" not in user:
            raise Refusal(400, "userName is mandatory")
        self.refuse_duplicate(user, None)
        return answer(self._shown(*self.people.add(user)), status=201)

    def show(self, user_id: str, held: Held) -> Response:
        return answer(self._shown(user_id, held))

    def replace(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        self._puts += 1
        if self._due(self.switches.conflict_every):
            raise Refusal(409, "Concurrency conflicts. Try again later.", code="IIC.1006")
        if self._due(self.switches.fail_every):
            raise Refusal(500, "Internal error")
        if body.get("id", user_id) != user_id:
            raise Refusal(400, "id is not that of the path")
        user = read_user(body, self.switches)
        check_user(user, body, self.switches)
        self.refuse_duplicate(user, user_id)
        after = self.people.replace(user_id, self._completed(user, held.attributes))
        if self._due(self.switches.fail_after_every):
            raise Refusal(500, "Internal error")
        return answer(self._shown(user_id, after), status=self.switches.put_status)

    def patch(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        _check_operations(body)
        try:
            after = patched(held.attributes, body, SHAPE, strict=True)
        except Misfit as misfit:
            raise Refusal(400, str(misfit)) from None
        except UnknownPath as path:
            raise Refusal(400, f"{str(path)[:80]} cannot be updated") from None
        user = read_user(after, self.switches)
        check_user(user, {"schemas": [CORE]}, self.switches)
        self.refuse_duplicate(user, user_id)
        return self.show(user_id, self.people.replace(user_id, user))

    def delete(self, user_id: str, held: Held) -> Response:
        self.people.remove(user_id)
        return answer(None if self.switches.delete_status == 204 else {}, status=self.switches.delete_status)

    def _completed(self, user: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """Return what a PUT makes of a user, by the switches on what it leaves out."""
        said = self.switches.active_omitted
        active = before.get("active", True) if said == "keep" else said == "true"
        kept = before if self.switches.omitted == "kept" else {"userName": before["userName"]}
        return {**kept, "active": active, **user}

    def _due(self, every: int) -> bool:
        return bool(every) and self._puts % every == 0

    def _shown(self, user_id: str, held: Held) -> dict[str, Any]:
        hidden = {"profileUrl"} if self.switches.enterprise_shown else {"profileUrl", ENTERPRISE}
        shown = {name: value for name, value in held.attributes.items() if name not in hidden}
        meta = {"resourceType": "User", "created": _whole(held.created_ns), "lastModified": _whole(held.modified_ns)}
        # Its own example has the core URN alone.
        return {"id": user_id, "meta": meta, "schemas": [CORE], **shown}


def _check_operations(body: Body) -> None:
    """Hold a PATCH to what the SDK's text forbids; its form is checked where it is done."""
    operations = body.get("Operations")
    touched = [part for part in operations if isinstance(part, dict)] if isinstance(operations, list) else []
    for name in ("userName", "active"):
        ops = [str(part.get("op")).lower() for part in touched if part.get("path") == name]
        if len(ops) > 1 or "remove" in ops:
            raise Refusal(400, f"{name} can be set once, and not removed")


def _whole(time_ns: int) -> str:
    return f"{datetime.fromtimestamp(time_ns // 1_000_000_000, UTC):%Y-%m-%dT%H:%M:%SZ}"
