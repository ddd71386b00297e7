"""A small SCIM server that keeps its users in a dict, tells all that was asked of it, and misbehaves where told to.

It does what RFC 7644 §3.4 and §3.5.1 say of GET, list and PUT. A `Fault` says what it does otherwise for one user, and whether
the PUT was done all the same: `users` is the truth that outcomes are held against.
"""

import copy
import json
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
TOKEN = "plum-orchard-quiet-harbour-93"


def analyst(user_id: str) -> dict[str, Any]:
    """A user with a title and little else."""
    return {"schemas": [CORE], "id": user_id, "userName": f"{user_id}@example.com", "title": "Analyst", "active": True}


def as_sent(resource: dict[str, Any]) -> dict[str, Any]:
    return resource


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What the server does for one user instead of what it should."""

    method: str = "PUT"
    """The requests it concerns: ``PUT``, ``GET`` or ``any``."""
    done: bool = False
    """Whether a PUT is stored, whatever the answer says."""
    stores: Callable[[dict[str, Any]], dict[str, Any]] = as_sent
    """What is stored of what was sent."""
    status: int = 200
    body: bytes | None = None
    """The answer's body; None is the user as stored."""
    content_type: str = "application/scim+json"
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False
    """No answer, until the server closes."""
    closes: bool = False
    """The connection closes instead of an answer."""
    truncates: bool = False
    """The answer ends in its middle."""
    trickles_s: float = 0.0
    """Seconds between one byte of the answer's body and the next."""


def scim_error(status: int, detail: str, **members: str) -> Fault:
    """Refuse with a SCIM error body (RFC 7644 §3.12)."""
    body = {"schemas": [ERROR], "status": str(status), "detail": detail, **members}
    return Fault(status=status, body=json.dumps(body).encode())


def html(status: int, *, done: bool = False) -> Fault:
    """Answer like a gateway's error page."""
    return Fault(status=status, done=done, body=b"<html><h1>Bad Gateway</h1></html>", content_type="text/html; charset=utf-8")


def stores(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Fault:
    """Say 200 and show what is stored, which is not what was sent."""
    return Fault(done=True, stores=change)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request and how it was answered; status 0 is no answer."""

    method: str
    path: str
    """As it stood in the request line."""
    status: int
    body: bytes
    user_id: str
    at: float
    """Seconds, when it was answered."""
    headers: Mapping[str, str] = field(repr=False)


class FakeScim:
    """The server; a context manager."""

    dialect = "rfc7644"

    def __init__(self, users: list[dict[str, Any]], *, token: str = TOKEN, versions: bool = False) -> None:
        self.users = {user["id"]: _stored(user, user["id"], 1) for user in copy.deepcopy(users)}
        self.credentials = {"token": token}
        self.versions = versions
        """Whether a PUT under another version than the stored one is refused (RFC 7644 §3.14), or If-Match means nothing here."""
        self.log: list[Asked] = []
        self.faults: dict[str, Fault] = {}
        self.before_put: Callable[[str], None] = lambda user_id: None
        """Called on each authorised PUT, before anything is done."""
        self.before_get: Callable[[str], None] = lambda user_id: None
        """Called on each authorised GET of one user, likewise."""
        self.shown: Callable[[dict[str, Any]], dict[str, Any]] = as_sent
        """What answers show of a user as it is stored."""
        self.replaced: Callable[[dict[str, Any], dict[str, Any]], None] = lambda before, after: None
        """Called with what a PUT found and what it left."""
        self.lock = threading.RLock()
        self.ended = threading.Event()
        self._server = _Listener(("127.0.0.1", 0), _Handler)
        self._server.fake = self
        self.url = f"http://127.0.0.1:{self._server.server_port}/scim/v2"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()

    def edit(self, user_id: str, **attributes: Any) -> None:
        """Change a user behind everyone's back; None takes an attribute away."""
        with self.lock:
            user = {**self.users[user_id], **attributes}
            version = int(user["meta"]["version"].strip('W/"')) + 1
            self.users[user_id] = _stored(user, user_id, version)

    def asked(self, method: str = "", user_id: str = "") -> list[Asked]:
        """Requests of one method or user."""
        return [one for one in self.log if method in ("", one.method) and user_id in ("", one.user_id)]

    def put(self, user_id: str) -> list[dict[str, Any]]:
        """The bodies of all PUTs for a user."""
        return [json.loads(one.body) for one in self.asked("PUT", user_id)]


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    fake: FakeScim


def _stored(user: dict[str, Any], user_id: str, version: int) -> dict[str, Any]:
    """A user as the server keeps it: without what is unassigned (RFC 7643 §2.5), with its own id and meta."""
    held = {name: value for name, value in user.items() if value not in (None, "", [], {})}
    return {**held, "id": user_id, "meta": {"resourceType": "User", "version": f'W/"{version}"'}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        pass

    def do_GET(self) -> None:
        self._serve(b"")

    def do_PUT(self) -> None:
        self._serve(self.rfile.read(int(self.headers.get("Content-Length", 0))))

    def _serve(self, sent: bytes) -> None:
        fake = self.server.fake
        target = urlsplit(self.path)
        segments = target.path.removeprefix("/scim/v2").split("/")
        self._user_id = unquote(segments[2]) if len(segments) == 3 else ""
        self._sent = sent
        if self.headers.get("Authorization") != f"Bearer {fake.credentials['token']}":
            self._answer(scim_error(401, "The token is not known"))
        elif target.path == "/scim/v2/Users":
            self._answer(self._list(parse_qs(target.query)))
        elif segments[1:2] != ["Users"] or not self._user_id:
            self._answer(scim_error(404, f"No endpoint {target.path}"))
        else:
            self._one_user(fake)

    def _list(self, query: dict[str, list[str]]) -> Fault:
        fake = self.server.fake
        if "" in fake.faults:  # a fault of the list is filed under no user
            return fake.faults[""]
        start, count = (int(query.get(name, [default])[0]) for name, default in (("startIndex", "1"), ("count", "100")))
        with fake.lock:
            everyone = list(fake.users.values())
        page = [fake.shown(user) for user in everyone[start - 1 : start - 1 + count]]
        body = {"schemas": [LIST], "totalResults": len(everyone), "startIndex": start, "Resources": page}
        return Fault(body=json.dumps(body).encode())

    def _one_user(self, fake: FakeScim) -> None:
        user_id = self._user_id
        (fake.before_put if self.command == "PUT" else fake.before_get)(user_id)
        fault = fake.faults.get(user_id)
        if fault is not None and fault.method not in (self.command, "any"):
            fault = None
        if user_id not in fake.users:
            self._answer(scim_error(404, f"No user {user_id}"))
            return
        if self.command == "PUT" and (fault is None or fault.done):
            with fake.lock:
                held = fake.users[user_id]["meta"]["version"]
                if fake.versions and self.headers.get("If-Match", "*") not in ("*", held):
                    self._answer(scim_error(412, f"the user is at version {held}"))
                    return
                change = fault.stores if fault else as_sent
                before = fake.users[user_id]
                fake.users[user_id] = _stored(change(json.loads(self._sent)), user_id, int(held.strip('W/"')) + 1)
                fake.replaced(before, fake.users[user_id])
        self._answer(fault or Fault())

    def _answer(self, answer: Fault) -> None:
        fake = self.server.fake
        silent = answer.hangs or answer.closes
        fake.log.append(
            Asked(
                method=self.command, path=self.path, status=0 if silent else answer.status, body=self._sent,
                user_id=self._user_id, at=time.monotonic(), headers=dict(self.headers),
            )
        )  # fmt: skip
        if answer.hangs:
            fake.ended.wait(60)
        if silent:
            self.close_connection = True
            return
        headers = {"Content-Type": answer.content_type, **answer.headers}
        body = answer.body
        if body is None:
            with fake.lock:
                user = fake.users[self._user_id]
            body = json.dumps(fake.shown(user)).encode()
            headers["ETag"] = user["meta"]["version"]
        with suppress(ConnectionError):  # the client may have had enough
            self.send_response(answer.status)
            for name, value in headers.items():
                self.send_header(name, value)
            if answer.status != 204:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if answer.status != 204:
                self._write(body[: len(body) // 2] if answer.truncates else body, answer.trickles_s)
        if answer.truncates:
            self.close_connection = True

    def _write(self, body: bytes, pause_s: float) -> None:
        for piece in [body] if not pause_s else (body[at : at + 1] for at in range(len(body))):
            self.wfile.write(piece)
            self.server.fake.ended.wait(pause_s)
