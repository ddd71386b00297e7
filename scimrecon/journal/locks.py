"""One writer to a target at a time."""

from __future__ import annotations

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout
from platformdirs import user_state_path

from scimrecon.errors import RunError


class TargetLock:
    """Held while a run writes to a target; a context manager.

    The lock is this user's on this machine and ends with the process that holds it, however that ends. Beside it stands who
    holds it.
    """

    def __init__(self, fingerprint: str, host: str, run: Path) -> None:
        self._host = host
        self._run = run
        folder = user_state_path("scimrecon", appauthor=False)
        self._holder = folder / f"{fingerprint}.json"
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise self._impossible(error) from error
        self._lock = FileLock(folder / f"{fingerprint}.lock", mode=0o600)

    def __enter__(self) -> Self:
        try:
            self._lock.acquire(timeout=0)
        except Timeout:
            raise RunError(f"{self._host}: {self._who()} Wait for it to end, or stop it. Nothing was sent.") from None
        except OSError as error:
            raise self._impossible(error) from error
        since = datetime.now(UTC).isoformat(timespec="seconds")
        holder = {"pid": os.getpid(), "host": socket.gethostname(), "run": str(self._run.absolute()), "since": since}
        try:
            self._holder.write_text(json.dumps(holder))
        except OSError as error:
            self._lock.release()
            raise self._impossible(error) from error
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._holder.unlink(missing_ok=True)
        self._lock.release()

    def _who(self) -> str:
        try:
            held = json.loads(self._holder.read_text())
            return f"process {held['pid']} on {held['host']} is writing to it since {held['since']} (run {held['run']})."
        except (OSError, ValueError, LookupError, TypeError):
            return "another process is writing to it."

    def _impossible(self, error: OSError) -> RunError:
        folder = self._holder.parent
        return RunError(
            f"{folder}: the lock that keeps two runs from writing to one target cannot be made: {error.strerror}. Nothing was "
            "sent; make that folder writable, or set XDG_STATE_HOME to one that is."
        )
