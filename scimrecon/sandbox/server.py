"""Start a practice server in a process of its own, and end it.

The caller's side; `process` is the other. The server is told its users and credentials through a pipe, which
neither `ps` nor the environment shows, and answers with a line that says where it listens. The open pipe is
also its lease: it ends when the pipe closes, so a killed kernel leaves no server behind.
"""

from __future__ import annotations

import atexit
import contextlib
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from scimrecon.errors import SandboxError
from scimrecon.sandbox.kinds import SERVED_BY
from scimrecon.sandbox.switches import read_switches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

_START_DEADLINE_S = 20.0
_STOP_DEADLINE_S = 5.0


class Server:
    """A practice server that is running.

    `scimrecon.connect` takes it as it is. It ends with `stop`, a ``with`` block, or the interpreter.

    Attributes
    ----------
    url
        The SCIM base URL; the users are at ``url + "/Users"``.
    dialect
        The name of the dialect it speaks.
    credentials
        What a client must present: the keyword arguments that `scimrecon.connect` takes for the dialect, new for each
        server but one that goes on from a ``store``.
    """

    def __init__(self, *, url: str, dialect: str, credentials: dict[str, str], process: subprocess.Popen[bytes]) -> None:
        self.url = url
        self.dialect = dialect
        self.credentials = credentials
        self._process = process
        atexit.register(self.stop)

    def __repr__(self) -> str:
        state = "" if self._process.poll() is None else ", stopped"
        return f"<practice server {self.dialect} at {self.url}{state}>"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server; its users are gone, but for those in its ``store``. Does nothing the second time."""
        atexit.unregister(self.stop)
        _end(self._process)

    def wait(self) -> None:
        """Wait until the server has ended; a keyboard interrupt ends the waiting, not the server."""
        self._process.wait()


def start(
    dialect: str,
    *,
    users: str | os.PathLike[str] | Sequence[Mapping[str, Any]] | None = None,
    port: int = 0,
    store: str | os.PathLike[str] | None = None,
    **switches: object,
) -> Server:
    """Start a practice server on 127.0.0.1.

    It asks for its own credentials, and runs in its own process and session, so that the notebook's stop button does
    not end it. Cost: about a second.

    Parameters
    ----------
    dialect
        What it speaks: ``"rfc7644"`` (all of it, with the practice extension
        ``urn:example:params:scim:schemas:extension:facilities:2.0:User``), ``"twilio"``, ``"twilio_current"``,
        ``"huawei"`` or ``"descope"``.
    users
        Who is in it: a JSON file (a SCIM ListResponse or a list of users) or a list of users. Each keeps its
        ``id``; one without is given one. A vendor's server checks their types and not its rules, since users may be
        older than a rule.
    port
        Where it listens; 0 takes a free port.
    store
        A JSON file that keeps users and credentials, written after each change and readable by its owner alone. If it
        exists, the server goes on from it, and ``users`` must not be given.
    **switches
        What the vendor lets one set, and what it does not document: see ``python -m scimrecon.sandbox DIALECT --help``.

    Returns
    -------
    Server
        What `connect` takes.

    Raises
    ------
    SandboxError
        The dialect has no practice server, a switch is not known or has no such value, the users cannot be read or are
        refused, the store cannot be used, the port is taken, or the packages it needs are not installed.
    """
    if dialect not in SERVED_BY:
        raise SandboxError(f"No practice server speaks {dialect!r}. Available: {', '.join(SERVED_BY)}.")
    kind = SERVED_BY[dialect]
    order = {
        "dialect": dialect,
        "port": port,
        "credentials": kind.issue(),
        "users": _read_users(users) if users is not None else None,
        "switches": dataclasses.asdict(read_switches(dialect, kind.switches, switches)),
        "store": str(Path(store).resolve()) if store is not None else None,
    }
    try:
        line = json.dumps(order).encode() + b"\n"
    except (TypeError, ValueError) as error:
        raise SandboxError(f"users= holds what JSON cannot carry: {error}.") from None
    process, report = _launch(line)
    root = f"http://127.0.0.1:{report['port']}"
    credentials = report["credentials"] | ({"token_url": root + kind.token_path} if kind.token_path else {})
    return Server(url=root + kind.path(credentials), dialect=dialect, credentials=credentials, process=process)


def _read_users(users: str | os.PathLike[str] | Sequence[Mapping[str, Any]]) -> Sequence[Any]:
    """Return a list of users as given, or as a JSON file holds it."""
    if isinstance(users, (list, tuple)):
        return users
    if not isinstance(users, (str, os.PathLike)):
        raise SandboxError(f"users= takes a path to a JSON file or a list of users, not {type(users).__name__}.")
    path = Path(users)
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise SandboxError(f"{path}: cannot be read as a JSON file of users: {error}") from error
    if isinstance(found, dict):
        found = found.get("Resources")
    if not isinstance(found, list):
        raise SandboxError(f"{path}: holds neither a SCIM ListResponse (with Resources) nor a list of users.")
    return found


def _launch(order: bytes) -> tuple[subprocess.Popen[bytes], dict[str, Any]]:
    """Start the process, hand it its order, and wait until it reports that it answers."""
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter and our own file
            # By its path and with -P: the same file whatever the working directory holds.
            [sys.executable, "-P", str(Path(__file__).with_name("process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),  # Windows has no sessions
        )
        try:
            return process, _converse(process, order, words)
        except BaseException:
            _end(process)
            raise


def _converse(process: subprocess.Popen[bytes], order: bytes, words: IO[bytes]) -> dict[str, Any]:
    """Send the order and return the report, within the deadline."""
    if process.stdin is None or process.stdout is None:
        raise SandboxError("The practice server's process has no pipes.")
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        process.kill()

    # Neither write nor readline takes a timeout; killing the other end of the pipes ends both.
    timer = threading.Timer(_START_DEADLINE_S, expire)
    timer.start()
    try:
        process.stdin.write(order)
        process.stdin.flush()
        line = process.stdout.readline()
    except BrokenPipeError:
        line = b""
    finally:
        timer.cancel()
        process.stdout.close()
    if expired.is_set():
        raise SandboxError(f"The practice server did not answer within {_START_DEADLINE_S:.0f} s.{_last(words)}")
    try:
        report: dict[str, Any] = json.loads(line)
    except ValueError:
        _end(process)
        raise SandboxError(f"The practice server ended before it answered.{_last(words)}") from None
    if "problem" in report:
        raise SandboxError(report["problem"])
    return report


def _last(words: IO[bytes]) -> str:
    """Return what a process last said, as the end of a message."""
    words.seek(0)
    said = words.read().decode(errors="replace").strip().splitlines()
    return " Its last words:\n" + "\n".join(said[-12:]) if said else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the pipe a server lives by, and wait until it is gone."""
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):  # it was gone already, with some of its order unread
            process.stdin.close()
    try:
        process.wait(_STOP_DEADLINE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
