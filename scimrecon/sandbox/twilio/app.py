"""What the practice servers of the dialects twilio and twilio_current serve.

Runs in the server's own process. From the page "Update SCIM User" of the Organizations API, Twilio's OpenAPI document,
and https://www.twilio.com/docs/iam/scim.
"""

from __future__ import annotations

import math
import re
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from starlette.routing import BaseRoute, Route

from scimrecon.errors import SandboxError
from scimrecon.sandbox.limiter import Limiter
from scimrecon.sandbox.patching import patched
from scimrecon.sandbox.people import Held, People
from scimrecon.sandbox.service import Body, Order, Service
from scimrecon.sandbox.shapes import Misfit
from scimrecon.sandbox.twilio.rules import SHAPE, check_user, domain, primary_email, read_user
from scimrecon.sandbox.twilio.tokens import Tokens
from scimrecon.sandbox.web import CHALLENGE, CORE, ERROR, JSON, LIST, SCIM_JSON, Refusal, answer, bearer, same

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response

    from scimrecon.sandbox.twilio.switches import TwilioSwitches

# The page declares these headers on every answer; their values are its examples.
_CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, Authorization",
    "Access-Control-Allow-Credentials": "false",
    "Access-Control-Expose-Headers": "X-Custom-Header1, X-Custom-Header2",
}
_RESOURCE_TYPES = {"Resources": [{"name": "User", "description": "Organization users", "endpoint": "/Users", "schema": CORE}]}


def create_app(order: Order) -> Starlette:
    """Return the ASGI app that serves the order's users.

    Raises
    ------
    SandboxError
        A user is refused, or a switch names one that is not there.
    """
    people = People(order.file, lambda: f"US{secrets.token_hex(16)}", unique=("userName", "externalId"))
    if order.file.state is None:
        people.seed(order.users, SHAPE, passing=frozenset({"id", "schemas", "meta"}))
    switches: TwilioSwitches = order.switches
    for user_id in (*switches.suspended, *([switches.owner] if switches.owner else [])):
        if user_id not in people:
            raise SandboxError(f"owner= and suspended= take ids of users; there is none with the id {user_id[:80]!r}.")
    return _Twilio(order, people, Limiter(switches.limit, switches.window_s)).app()


class _Twilio(Service):
    media_types = frozenset({JSON, SCIM_JSON})

    def __init__(self, order: Order, people: People, limiter: Limiter) -> None:
        super().__init__(order, people, limiter)
        self.switches: TwilioSwitches = order.switches
        self.tokens = Tokens(order.file.credentials, order.switches)
        addresses = [email.get("value", "") for _, held in people for email in held.attributes.get("emails", [])]
        given = self.switches.verified_domains
        self.domains = {domain(address) for address in addresses} if given is None else {name.casefold() for name in given}

    def other_routes(self) -> list[BaseRoute]:
        async def issue(request: Request) -> Response:
            return await self.tokens.issue(request, status=201)

        async def issue_v2(request: Request) -> Response:
            return await self.tokens.issue(request, status=200)

        return [Route("/v1/token", issue, methods=["POST"]), Route("/v2/token", issue_v2, methods=["POST"])]

    def documents(self) -> dict[str, Callable[[], Response]]:
        return {"/ResourceTypes": lambda: _scim(_RESOURCE_TYPES)}

    def authorize(self, request: Request) -> None:
        # Its SCIM pages name no codes for these; 20003, 20403 and 20404 are Twilio's everywhere.
        if not self.tokens.knows(bearer(request.headers.get("authorization"))):
            raise Refusal(401, "The access token is not known or has expired", code="20003", headers=CHALLENGE)
        organization = request.path_params.get("organization_sid")
        if organization is None:
            return
        if not re.fullmatch(r"OR[0-9a-f]{32}", organization):
            raise Refusal(404, "There is no such organization", code="20404")
        if not same(organization, self.credentials["organization_sid"]):
            raise Refusal(403, "The access token is of another organization", code="20403")

    def told(self, refusal: Refusal) -> Response:
        error: dict[str, Any] = {"schemas": [ERROR], "detail": refusal.detail}
        if refusal.scim_type:
            error["scimType"] = refusal.scim_type
        error["status"] = str(refusal.status)
        if refusal.code:
            error |= {"code": int(refusal.code), "moreInfo": f"https://www.twilio.com/docs/errors/{refusal.code}"}
        return _scim(error, status=refusal.status, headers=refusal.headers)

    def throttled(self, wait_s: float) -> Refusal:
        headers = {"Retry-After": str(math.ceil(wait_s))} if self.switches.retry_after else {}
        return Refusal(429, "Too many requests", code="25021", headers=headers)

    def unknown_user(self, user_id: str) -> Refusal:
        return Refusal(404, f"User {user_id[:80]} is not found", code="25008")

    def duplicate(self, name: str) -> Refusal:
        return Refusal(409, f"{name[0].upper()}{name[1:]} already exists", code="25022")

    def bad_filter(self) -> Refusal:
        detail = 'A filter must be userName eq "…" or externalId eq "…"'
        return Refusal(400, detail, scim_type="invalidFilter", code="25001")

    def list_users(self, query: Mapping[str, str]) -> Response:
        found = [self._shown(user_id, held) for user_id, held in self.found(query.get("filter"), ("userName", "externalId"))]
        return _scim({"Resources": found[: self.switches.list_cap], "totalResults": len(found), "schemas": [LIST]})

    def create(self, body: Body) -> Response:
        user = read_user(body)
        check_user(user, self.switches)
        if domain(primary_email(user)) not in self.domains:
            raise Refusal(400, "The domain of the email is not verified", scim_type="invalidValue", code="25017")
        self.refuse_duplicate(user, None)
        user_id, held = self.people.add({"active": True, **user})
        return _scim(self._shown(user_id, held), status=201)

    def show(self, user_id: str, held: Held) -> Response:
        return _scim(self._shown(user_id, held))

    def replace(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        meta = body.get("meta")
        inside = meta.get("version") if isinstance(meta, dict) else None
        self._refuse_stale(held, if_match if if_match is not None else inside)
        return self._store(user_id, held, self._completed(read_user(body), held.attributes))

    def patch(self, user_id: str, held: Held, body: Body, if_match: str | None) -> Response:
        self._refuse_stale(held, if_match)
        try:
            after = patched(held.attributes, body, SHAPE, strict=False)
        except Misfit as misfit:
            raise Refusal(400, str(misfit), scim_type="invalidSyntax", code="25006") from None
        return self._store(user_id, held, read_user(after))

    def delete(self, user_id: str, held: Held) -> Response:
        if user_id == self.switches.owner:
            raise self._protected("The organization owner cannot be deactivated")
        if held.attributes.get("active") is not False:
            self.people.replace(user_id, {**held.attributes, "active": False})
        return _scim(None, status=204)

    def _completed(self, user: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
        """Return what a PUT makes of a user, by the switches on what it leaves out."""
        if self.switches.external_id != "accepted":
            if self.switches.external_id == "refused" and user.get("externalId") not in (None, before.get("externalId")):
                raise Refusal(400, "externalId cannot be updated", scim_type="mutability")
            user = {**user, "externalId": before.get("externalId")}
        if self.switches.omitted == "kept":
            kept = {name: value for name, value in before.items() if name not in ("userName", "active")}
            user = {**kept, **user, "name": {**before.get("name", {}), **user.get("name", {})}}
        if user.get("active") is None:
            said = self.switches.active_omitted
            user = {**user, "active": before.get("active", True) if said == "keep" else said == "true"}
        return {name: value for name, value in user.items() if value not in (None, {})}

    def _store(self, user_id: str, held: Held, user: dict[str, Any]) -> Response:
        if user_id == self.switches.owner:
            raise self._protected("The organization owner cannot be updated")
        if user_id in self.switches.suspended:
            raise self._protected("A suspended user cannot be updated")
        check_user(user, self.switches)
        before = [email.get("value", "").casefold() for email in held.attributes.get("emails", [])]
        address = primary_email(user)
        if address.casefold() not in before and domain(address) not in self.domains:
            raise Refusal(400, "The email cannot be changed: its domain is not verified", scim_type="invalidValue", code="25012")
        self.refuse_duplicate(user, user_id)
        return self.show(user_id, self.people.replace(user_id, user))

    def _refuse_stale(self, held: Held, named: object) -> None:
        # Compared as it stands: the version has no quotes, and is no entity-tag of RFC 9110.
        if self.switches.if_match == "heeded" and named is not None and named not in ("*", f"W/{held.version}"):
            raise Refusal(409, f"Version conflict: the user is at version W/{held.version}", code="25020")

    def _protected(self, detail: str) -> Refusal:
        code = self.switches.protected_code
        return Refusal(self.switches.protected_status, detail, code="" if code is None else str(code))

    def _shown(self, user_id: str, held: Held) -> dict[str, Any]:
        meta = {
            "resourceType": "user",
            "created": _nine_digits(held.created_ns),
            "lastModified": _nine_digits(held.modified_ns),
            "version": f"W/{held.version}",
        }
        return {"id": user_id, **held.attributes, "schemas": [CORE], "meta": meta}


def _scim(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    return answer(content, status=status, media_type=SCIM_JSON, headers={**_CORS, **(headers or {})})


def _nine_digits(time_ns: int) -> str:
    """Return a time with nine fractional digits, as Twilio's examples have."""
    seconds, fraction = divmod(time_ns, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
