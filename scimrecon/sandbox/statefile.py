"""The file that a practice server keeps its state in, so that it outlives the process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from scimrecon.errors import SandboxError
from scimrecon.files import replacing

_FORMAT = 1


class StateFile:
    """What one practice server holds, written whole after each change.

    It holds the credentials too, so that a client's settings still fit after a restart; only its owner can read it.
    Nothing is written where no path is given.

    Parameters
    ----------
    path
        Where; None keeps nothing.
    dialect
        A file of another dialect is refused.
    credentials
        Those of a server that starts without a file.

    Attributes
    ----------
    credentials
        Those the file holds, or the given ones.
    state
        What the file held when it was opened; None if it did not exist.
    """

    def __init__(self, path: str | None, dialect: str, credentials: dict[str, str]) -> None:
        self.dialect = dialect
        self.credentials = credentials
        self.state: Any = None
        self._path = Path(path) if path is not None else None
        if self._path is not None:
            self._lock = _lock(self._path)
            if self._path.exists():
                self._read(self._path)

    @property
    def keeps(self) -> bool:
        """Whether there is a file to write."""
        return self._path is not None

    def write(self, state: Any) -> None:
        """Put a new file in the old one's place: a server killed at any instant leaves one or the other whole."""
        if self._path is None:
            return
        held = {"format": _FORMAT, "dialect": self.dialect, "credentials": self.credentials, "state": state}
        with replacing(self._path) as unfinished, unfinished.open("w", encoding="utf-8") as file:
            json.dump(held, file, ensure_ascii=False)

    def _read(self, path: Path) -> None:
        try:
            held = json.loads(path.read_text(encoding="utf-8"))
            if held["format"] != _FORMAT:
                raise SandboxError(f"{path}: written by another version of scimrecon. Name another file, or delete it.")
            dialect, credentials, self.state = held["dialect"], held["credentials"], held["state"]
        except OSError as error:
            raise SandboxError(f"{path}: cannot be read: {error}") from error
        except (ValueError, KeyError, TypeError):
            raise SandboxError(f"{path}: is no file that a practice server wrote. Name another file.") from None
        if dialect != self.dialect:
            raise SandboxError(f"{path}: holds a practice server {dialect}, not {self.dialect}. Name another file.")
        self.credentials = credentials


def _lock(path: Path) -> FileLock:
    """Keep a second server off the file: each would write over what the other was told."""
    if not path.parent.is_dir():  # FileLock would make it
        raise SandboxError(f"{path}: there is no folder {path.parent}.")
    lock = FileLock(f"{path}.lock", timeout=0)
    try:
        lock.acquire()
    except Timeout:
        raise SandboxError(f"{path}: another practice server is using it. Stop that one, or name another file.") from None
    except OSError as error:
        raise SandboxError(f"{path}: cannot be written: {error}") from error
    return lock
