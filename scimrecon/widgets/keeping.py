"""Keep ticks and edits where a kernel that ends does not take them along.

Each preview in a notebook writes its choices to a file of the user's own, a moment after they changed; the next one in the same
folder offers them. Nothing is ticked unless the reader says so.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_state_path

from scimrecon.errors import SelectionError
from scimrecon.widgets.saving import peek_choices

if TYPE_CHECKING:
    from collections.abc import Callable

_CALM_S = 1.0
"""Choices are written once nothing has changed for so long."""
_KEPT_DAYS = 14
_numbers = count(1)


@dataclass(frozen=True, kw_only=True)
class Kept:
    """What an earlier preview left."""

    path: Path
    choices: int
    when: datetime


class Keeper:
    """Writes one preview's choices to its file, on a thread of its own.

    Parameters
    ----------
    write
        Writes them to a path, or takes the file away where there are none.
    """

    def __init__(self, write: Callable[[Path], None]) -> None:
        self.path = _folder() / f"{_here()}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{os.getpid()}-{next(_numbers)}.choices"
        self.problem = ""
        """Why they are not kept; empty if they are."""
        self._write = write
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None

    def note(self) -> None:
        """Something was chosen: write it down once there is a moment's calm."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = threading.Timer(_CALM_S, self.flush)
            self._timer.daemon = True
            self._timer.start()

    def flush(self) -> None:
        """Write it down now."""
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._write(self.path)
            self.problem = ""
        except (OSError, SelectionError) as error:
            self.problem = str(error)


def find_kept(is_known: Callable[[list[str]], bool]) -> Kept | None:
    """Find what the last preview in this working directory left, and take away what is older than two weeks.

    Parameters
    ----------
    is_known
        Whether the diff has one of these change ids: choices of another diff are not offered.
    """
    oldest = time.time() - _KEPT_DAYS * 86_400
    found: list[tuple[float, Path]] = []
    with suppress(OSError):  # no folder yet, or none that can be read: nothing was kept
        for path in _folder().glob("*.choices"):
            written = path.stat().st_mtime
            if written < oldest:
                path.unlink(missing_ok=True)
            elif path.name.startswith(f"{_here()}-"):
                found.append((written, path))
    for written, path in sorted(found, reverse=True):
        choices, ids = peek_choices(path)
        if choices and is_known(ids):
            return Kept(path=path, choices=choices, when=datetime.fromtimestamp(written, UTC).astimezone())
    return None


def _folder() -> Path:
    return user_state_path("scimrecon", appauthor=False) / "previews"


def _here() -> str:
    return hashlib.sha256(os.fsencode(Path.cwd())).hexdigest()[:12]
