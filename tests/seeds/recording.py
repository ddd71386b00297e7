"""A proxy before a practice server: it takes down what went over the wire, and answers otherwise where told to."""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import httpx

_OUR_OWN = frozenset({"host", "content-length", "connection", "transfer-encoding", "date", "server"})
"""Headers of one connection, which the next one makes anew."""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    body: bytes = b""

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    def header(self, name: str) -> str:
        """A header's value, or an empty text."""
        return httpx.Headers(self.headers).get(name, "")

    def holding(self, content: Any) -> Self:
        """The same with another body."""
        return replace(self, body=json.dumps(content).encode())


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One exchange."""

    method: str
    path: str
    headers: httpx.Headers
    body: bytes
    reply: Reply | None = None

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def user_id(self) -> str:
        """The last segment of a user's path; empty for any other."""
        head, _, last = urlsplit(self.path).path.rpartition("/")
        return unquote(last) if head.endswith("/Users") else ""


def as_answered(asked: Asked, answer: Callable[[], Reply]) -> Reply:
    return answer()


class Recorder:
    """Stands where the practice server does: `connect` takes it as it is."""

    def __init__(self, server: Any) -> None:
        self.server = server
        self.dialect = server.dialect
        self.log: list[Asked] = []
        self.answers: Callable[[Asked, Callable[[], Reply]], Reply] = as_answered
        """Gives the answer to a request; the practice server gives its own when the function is called."""
        self._listener = _Listener(("127.0.0.1", 0), _Handler)
        self._listener.recorder = self
        root = f"http://127.0.0.1:{self._listener.server_port}"
        self.upstream = "/".join(server.url.split("/")[:3])
        self.url = server.url.replace(self.upstream, root)
        self.credentials = {name: value.replace(self.upstream, root) for name, value in server.credentials.items()}
        self.client = httpx.Client(trust_env=False)

    def __enter__(self) -> Self:
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown()
        self._listener.server_close()
        self.client.close()

    def puts(self, user_id: str = "") -> list[Asked]:
        """The PUTs so far, of all users or one."""
        return [one for one in self.log if one.method == "PUT" and user_id in ("", one.user_id)]

    def answer(self, asked: Asked) -> Reply:
        """What the practice server answers, or what it is told to."""

        def ask() -> Reply:
            kept = [(name, value) for name, value in asked.headers.multi_items() if name not in _OUR_OWN]
            got = self.client.request(asked.method, self.upstream + asked.path, headers=kept, content=asked.body)
            headers = tuple((name, value) for name, value in got.headers.multi_items() if name not in _OUR_OWN)
            return Reply(status=got.status_code, headers=headers, body=got.content)

        return self.answers(asked, ask)


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    recorder: Recorder


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Listener

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the standard library
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        asked = Asked(method=self.command, path=self.path, headers=httpx.Headers(self.headers.items()), body=body)
        reply = self.server.recorder.answer(asked)
        self.server.recorder.log.append(replace(asked, reply=reply))
        with suppress(ConnectionError):
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

    do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = _serve  # noqa: N815 - as the standard library calls them
