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
from typing import Any


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

    from scimrecon.sandbox.server import SERVED_BY

    served = import_module(SERVED_BY[order["dialect"]])
    app = served.create_app(order["credentials"], order["users"])
    listening = _listen(order["port"])

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            _report(port=listening.getsockname()[1], path=served.BASE_PATH)

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
