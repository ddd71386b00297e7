"""Server and proxy in a process of their own (the client under test needs its own interpreter lock), and the handle to them.

    python -m chaos.process

prints its two ports and serves until its standard input ends.
"""

import asyncio
import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from chaos.faults import Sent
from chaos.http11 import Answer, Asked, HttpConnection, json_answer
from chaos.proxy import Death, Proxy
from chaos.server import BASE, TOKEN, Reached, Resource, ScimServer, Versions

_TESTS = Path(__file__).parents[1]
_SETTLED_S = 10.0
"""How long requests may go on after the client has returned."""
_POLL_S = 0.01


class _Process:
    """What the process holds: the proxy of the seed at hand, and the connections to it."""

    def __init__(self) -> None:
        self.proxy = Proxy(server=ScimServer(users={}), seed=0)
        self._connections: list[HttpConnection] = []
        self._does: dict[str, Callable[..., Any]] = {
            "reset": self._reset, "calm": self._calm, "edit": self._edit, "delete": self._delete, "leg": self._leg,
            "arm": self._arm, "disarm": self._disarm, "seen": self._seen,
        }  # fmt: skip

    def faulty(self) -> HttpConnection:
        """A connection through the proxy."""
        connection = HttpConnection(lambda asked, connection: self.proxy.serve(asked, connection))
        self._connections = [*(one for one in self._connections if not one.closed.is_set()), connection]
        return connection

    def control(self) -> HttpConnection:
        """A connection of whoever holds the handle."""
        return HttpConnection(self._serve)

    def _serve(self, asked: Asked, connection: HttpConnection) -> Any:
        name = asked.path.removeprefix("/")
        if name == "settle":
            return self._settle(connection)
        try:
            answer = json_answer(200, self._does[name](**json.loads(asked.body)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the handle raises it
            answer = Answer(status=500, body=repr(error).encode())
        connection.send(answer)
        return None

    async def _settle(self, connection: HttpConnection) -> None:
        """Wait until nothing is under way any more and the client has closed its connections."""
        waited = 0.0
        while (still := self._still_open()) and waited < _SETTLED_S:
            await asyncio.sleep(_POLL_S)
            waited += _POLL_S
        connection.send(json_answer(200, still))

    def _still_open(self) -> int:
        return self.proxy.pending + sum(not one.closed.is_set() for one in self._connections)

    def _reset(
        self, *, users: dict[str, Resource], seed: int, faults: Sequence[str], rate: float, versions: str, meddling: float
    ) -> None:
        server = ScimServer(users=users, seed=seed, versions=Versions(versions), meddling=meddling)
        self.proxy = Proxy(server=server, seed=seed, faults=faults, rate=rate)

    def _calm(self) -> None:
        self.proxy.rate = self.proxy.server.meddling = 0.0

    def _edit(self, *, user_id: str, attributes: Resource) -> None:
        self.proxy.server.edit(user_id, attributes)

    def _delete(self, *, user_id: str) -> None:
        del self.proxy.server.users[user_id]

    def _leg(self, *, number: int) -> None:
        self.proxy.server.leg = number

    def _arm(self, **death: Any) -> None:
        self.proxy.arm(Death(**death))

    def _disarm(self) -> None:
        if self.proxy.death:
            self.proxy.death.pid = 0

    def _seen(self) -> dict[str, Any]:
        server = self.proxy.server
        return {
            "users": server.users,
            "reached": [asdict(one) for one in server.log],
            "sent": [asdict(one) for one in self.proxy.log],
        }


async def _serve_until_the_input_ends() -> None:
    process, loop, ended = _Process(), asyncio.get_running_loop(), asyncio.Event()
    faulty = await loop.create_server(process.faulty, "127.0.0.1", 0)
    control = await loop.create_server(process.control, "127.0.0.1", 0)
    ports = [server.sockets[0].getsockname()[1] for server in (faulty, control)]
    print(json.dumps(ports), flush=True)
    loop.add_reader(sys.stdin, ended.set)
    await ended.wait()


@dataclass(frozen=True, kw_only=True)
class Seen:
    """All that server and proxy know of a seed so far."""

    users: dict[str, Resource]
    reached: list[Reached]
    sent: list[Sent]


@dataclass(frozen=True)
class Handle:
    """Speaks to a running process; as good in a forked child as in the parent."""

    port: int
    control: int

    @property
    def url(self) -> str:
        """The SCIM base URL, through the proxy."""
        return f"http://127.0.0.1:{self.port}{BASE}"

    @property
    def credentials(self) -> dict[str, str]:
        """As `connect` wants them."""
        return {"token": TOKEN}

    def reset(
        self, users: dict[str, Resource], *, seed: int = 0, faults: Sequence[str] = (), rate: float = 0.0,
        versions: Versions = Versions.HONOURED, meddling: float = 0.0,
    ) -> None:  # fmt: skip
        """Begin anew, with these users."""
        self._ask("reset", users=users, seed=seed, faults=list(faults), rate=rate, versions=versions, meddling=meddling)

    def calm(self) -> None:
        """No more faults, and nobody else edits."""
        self._ask("calm")

    def edit(self, user_id: str, attributes: Resource) -> None:
        """Change a user as someone else would."""
        self._ask("edit", user_id=user_id, attributes=attributes)

    def delete(self, user_id: str) -> None:
        """Delete a user as someone else would."""
        self._ask("delete", user_id=user_id)

    def begin_leg(self, number: int) -> None:
        """What comes from here on belongs to the next call of the client."""
        self._ask("leg", number=number)

    def arm(self, **death: Any) -> None:
        """Have a process killed: the members of `Death`."""
        self._ask("arm", **death)

    def disarm(self) -> None:
        """Let it live."""
        self._ask("disarm")

    def settle(self) -> int:
        """Wait until all is quiet; the number of requests and connections that are open still."""
        return int(self._ask("settle"))

    def seen(self) -> Seen:
        """Fetch the users and both logs."""
        told = self._ask("seen")
        reached = [Reached(**one) for one in told["reached"]]
        return Seen(users=told["users"], reached=reached, sent=[Sent(**one) for one in told["sent"]])

    def _ask(self, name: str, **members: Any) -> Any:
        connection = http.client.HTTPConnection("127.0.0.1", self.control, timeout=60)
        try:
            connection.request("POST", f"/{name}", json.dumps(members))
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{name}: {body.decode()}")
        return json.loads(body)


class ChaosProcess(AbstractContextManager["Handle"]):
    """The process; a context manager that gives the handle."""

    def __enter__(self) -> Handle:
        self._process = python("chaos.process")
        assert self._process.stdout is not None
        return Handle(*json.loads(self._process.stdout.readline()))

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)  # closes its input, which ends it


def python(module: str, *, options: Sequence[str] = ()) -> subprocess.Popen[str]:
    """Start a module of ours in an interpreter of its own, with pipes to and from it."""
    path = os.pathsep.join([str(_TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [sys.executable, *options, "-m", module],
        env={**os.environ, "PYTHONPATH": path}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


if __name__ == "__main__":
    asyncio.run(_serve_until_the_input_ends())
