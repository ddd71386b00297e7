"""The process of a practice server: read the order, serve, end when the pipe closes.

Started by `server` by its path; nothing else runs it. Standard input holds the order (one line of JSON) and
then stays open as long as the server shall live; standard output takes the report (one line of JSON).
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from scimrecon.sandbox.kinds import Kind
    from scimrecon.sandbox.statefile import StateFile


def _skip_the_library() -> None:
    """Put an empty package in the library's place, so that its own modules import without it.

    Importing scimrecon loads pandas: a second more for each start, and nothing a server needs.
    """
    package = ModuleType("scimrecon")
    package.__path__ = [str(Path(__file__).parents[1])]
    sys.modules["scimrecon"] = package


def _report(**facts: Any) -> None:
    sys.stdout.write(json.dumps(facts) + "\n")
    sys.stdout.flush()


def main() -> None:
    """Serve what the order says until standard input closes."""
    line = sys.stdin.buffer.readline()
    if not line.endswith(b"\n"):
        return  # the caller died while it wrote
    order = json.loads(line)
    _skip_the_library()
    from scimrecon.errors import SandboxError

    try:
        _serve(order)
    except SandboxError as error:
        _report(problem=str(error))
    except ModuleNotFoundError as error:
        _report(problem=f'{error.name} is not installed: pip install "scimrecon[sandbox]"')


def _serve(order: dict[str, Any]) -> None:
    import uvicorn

    from scimrecon.sandbox.kinds import SERVED_BY
    from scimrecon.sandbox.statefile import StateFile

    kind = SERVED_BY[order["dialect"]]
    file = StateFile(order["store"], order["dialect"], order["credentials"])
    app = _create_app(kind, file, order)
    listening = _listen(order["port"])

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _report(port=listening.getsockname()[1], credentials=file.credentials)

    server = Server(
        uvicorn.Config(
            app,
            access_log=False,
            log_config=None,
            lifespan="off",
            ws="none",
            # Longer than clients keep an idle connection: else they now and then send into one just closed.
            timeout_keep_alive=75,
            timeout_graceful_shutdown=1,
        )
    )
    threading.Thread(target=_end_with_the_pipe, args=[server], daemon=True).start()
    server.run(sockets=[listening])


def _create_app(kind: Kind, file: StateFile, order: dict[str, Any]) -> Any:
    from scimrecon.errors import SandboxError
    from scimrecon.sandbox.service import Order
    from scimrecon.sandbox.switches import read_switches

    if file.state is not None and order["users"] is not None:
        raise SandboxError(
            f"{order['store']} exists and holds the users of this practice server: leave users= out to go on with them, "
            "or delete the file to start with others."
        )
    switches = read_switches(kind.name, kind.switches, order["switches"])
    served = import_module(kind.module)
    return served.create_app(Order(kind=kind, file=file, users=order["users"] or [], switches=switches))


def _listen(port: int) -> socket.socket:
    from scimrecon.errors import SandboxError

    try:
        listening = socket.create_server(("127.0.0.1", port), backlog=2048)
    except (OSError, OverflowError) as error:
        raise SandboxError(
            f"Port {port} of 127.0.0.1 cannot be listened on ({error}). Pass port=0 to take a free one."
        ) from error
    # Accepted connections inherit it; asyncio would not set it on them, and each answer would take 40 ms longer.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def _end_with_the_pipe(server: Any) -> None:
    # os.read, since sys.stdin holds a lock the interpreter could not end past.
    while os.read(0, 1):
        pass
    server.should_exit = True


if __name__ == "__main__":
    main()
