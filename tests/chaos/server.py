"""A quick SCIM server: users in a dict, GET, list and PUT as RFC 7644 says, and a log of all that reached it.

It answers in one thread, so that a PUT under If-Match is compared and stored in one piece. What others do to users is done here
too: `edit`, and edits that fall between a client's GET and its PUT, which only a version can show (`meddling`).
"""

import json
import time
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from chaos.http11 import Answer, Asked, json_answer
from chaos.seeding import seeded

BASE = "/scim/v2"
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
TOKEN = "amber-kettle-north-window-27"

Resource = dict[str, Any]


class Versions(StrEnum):
    """What the server does with versions (RFC 7644 §3.14)."""

    HONOURED = "honoured"
    """A PUT under another version than the stored one is answered 412."""
    IGNORED = "ignored"
    """They are shown, and If-Match changes nothing."""
    ABSENT = "absent"
    """None are shown."""


@dataclass(frozen=True, kw_only=True)
class Reached:
    """One request about one user that reached the server, or an edit by others."""

    number: int
    leg: int
    """Which call of the client's it came in: 0 is the apply, then the resumes."""
    method: str
    """``GET``, ``PUT``, or ``EDIT``."""
    user_id: str
    if_match: str | None
    status: int
    body: Resource | None
    """As stored, or as edited; None where nothing was."""
    at: float = field(default_factory=time.monotonic)

    @property
    def stored(self) -> bool:
        """A PUT of the client that was done."""
        return self.method == "PUT" and self.body is not None


@dataclass(kw_only=True)
class ScimServer:
    """The users, and what was asked of them."""

    users: dict[str, Resource]
    versions: Versions = Versions.HONOURED
    seed: int = 0
    meddling: float = 0.0
    """Share of PUTs under the right version before which someone else edits the user."""
    leg: int = 0
    log: list[Reached] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._versions = dict.fromkeys(self.users, 1)
        self._puts = dict.fromkeys(self.users, 0)

    def answer(self, asked: Asked) -> Answer:
        """Do what a request asks."""
        target = urlsplit(asked.path)
        if asked.headers.get("authorization") != f"Bearer {TOKEN}":
            return scim_error(401, "the token is not known")
        if target.path == f"{BASE}/Users" and asked.method == "GET":
            return self._list(parse_qs(target.query))
        user_id = user_of(asked)
        if not user_id or asked.method not in ("GET", "PUT"):
            return scim_error(404, f"no endpoint {asked.method} {target.path}")
        if asked.method == "PUT":
            return self._put(user_id, asked)
        found = self._show(user_id) if user_id in self.users else scim_error(404, f"no user {user_id}")
        self._note(asked, user_id, status=found.status)
        return found

    def edit(self, user_id: str, attributes: Resource) -> None:
        """Change a user as someone else would; None takes an attribute away."""
        self.users[user_id] = assigned({**self.users[user_id], **attributes})
        self._versions[user_id] += 1
        self._log("EDIT", user_id, body=attributes)

    def version(self, user_id: str) -> str:
        """The version that a PUT has to name."""
        return f'W/"{self._versions[user_id]}"'

    def _put(self, user_id: str, asked: Asked) -> Answer:
        if user_id not in self.users:
            self._note(asked, user_id, status=404)
            return scim_error(404, f"no user {user_id}")
        self._puts[user_id] += 1
        named = asked.headers.get("if-match")
        if self.versions is Versions.HONOURED and named is not None:
            if named == self.version(user_id) and self._is_meddled_with(user_id):
                self.edit(user_id, {"displayName": f"Edited {time.monotonic_ns()}"})
            if named not in ("*", self.version(user_id)):
                self._note(asked, user_id, status=412)
                return scim_error(412, f"the user is at version {self.version(user_id)}")
        try:
            sent = json.loads(asked.body)
        except ValueError:
            self._note(asked, user_id, status=400)
            return scim_error(400, "the body is no JSON")
        self.users[user_id] = assigned({**sent, "id": user_id})
        self._versions[user_id] += 1
        self._note(asked, user_id, status=200, stored=self.users[user_id])
        return self._show(user_id)

    def _is_meddled_with(self, user_id: str) -> bool:
        return seeded("meddling", self.seed, user_id, self._puts[user_id]).random() < self.meddling

    def _show(self, user_id: str) -> Answer:
        headers = {} if self.versions is Versions.ABSENT else {"ETag": self.version(user_id)}
        return json_answer(200, self._shown(user_id), **headers)

    def _shown(self, user_id: str) -> Resource:
        meta = {"resourceType": "User", "location": f"{BASE}/Users/{user_id}"}
        if self.versions is not Versions.ABSENT:
            meta["version"] = self.version(user_id)
        return {**self.users[user_id], "meta": meta}

    def _list(self, query: dict[str, list[str]]) -> Answer:
        start, size = (int(query.get(name, [default])[0]) for name, default in (("startIndex", "1"), ("count", "100")))
        page = [self._shown(user_id) for user_id in list(self.users)[start - 1 : start - 1 + size]]
        body = {"schemas": [LIST], "totalResults": len(self.users), "startIndex": start, "itemsPerPage": len(page)}
        return json_answer(200, {**body, "Resources": page})

    def _note(self, asked: Asked, user_id: str, *, status: int, stored: Resource | None = None) -> None:
        self._log(asked.method, user_id, if_match=asked.headers.get("if-match"), body=stored, status=status)

    def _log(
        self, method: str, user_id: str, *, if_match: str | None = None, body: Resource | None = None, status: int = 0
    ) -> None:
        reached = Reached(
            number=len(self.log), leg=self.leg, method=method, user_id=user_id, if_match=if_match, body=body, status=status
        )
        self.log.append(reached)


def user_of(asked: Asked) -> str:
    """Tell which user a request is about; empty if none."""
    before, _, last = urlsplit(asked.path).path.rpartition("/")
    return unquote(last) if before == f"{BASE}/Users" else ""


def assigned(value: Any) -> Any:
    """Leave out what is unassigned (RFC 7643 §2.5), and meta, which is the server's own."""
    if isinstance(value, list):
        return [assigned(element) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {name: assigned(member) for name, member in value.items() if name != "meta"}
    return {name: member for name, member in kept.items() if member not in (None, "", [], {})}


def scim_error(status: int, detail: str) -> Answer:
    """Refuse as RFC 7644 §3.12 says."""
    return json_answer(status, {"schemas": [ERROR], "status": str(status), "detail": detail})
