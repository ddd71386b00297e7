"""What a lookup was answered, in a file, so that one of thousands can go on where it was cut off.

One line of JSON a request, appended as its answer comes; the first says whose answers these are. A line that was cut off is left
out, and its request sent again.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Sequence
from os import PathLike, fspath
from types import TracebackType
from typing import Any, Self

from scimrecon.client import Target
from scimrecon.errors import FetchError
from scimrecon.users.questions import Question
from scimrecon.values import split_user

Found = list[tuple[str, bytes]]
"""The users who have a value, each an id and the JSON as received."""
_FORMAT = 1


class Answers:
    """The answers to a lookup, those of an earlier one too where a file keeps them; a context manager.

    Cost: about a tenth more bytes than the users have; 12,000 are read again in half a second.
    """

    def __init__(self, target: Target, on: str, path: str | PathLike[str] | None) -> None:
        self.found: dict[Question, Found] = {}
        self._kept: dict[Question, float] = {}
        """When, by the clock, those of the file were given."""
        self._lock = threading.Lock()
        self._name = "" if path is None else fspath(path)
        self._file: int | None = None
        if path is not None:
            self._open(target, on)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        if self._file is not None:
            os.close(self._file)

    def note(self, question: Question, found: Found) -> None:
        """Keep one answer; any thread may."""
        self.found[question] = found
        if self._file is None:
            return
        users = [body.decode() for _, body in found]
        line = {"path": question.path, "asked": question.value, "at": int(time.time()), "users": users}
        try:
            with self._lock:
                self._write(json.dumps(line, ensure_ascii=False))
        except OSError as error:
            raise FetchError(f"cache {self._name}: {error.strerror or error}.") from None

    def describe(self, questions: Sequence[Question]) -> str:
        """Say how many of these answers are of the file, and how old; empty if none is."""
        moments = [self._kept[question] for question in questions if question in self._kept]
        if not moments:
            return ""
        age_s = max(0.0, time.time() - min(moments))
        age = f"{age_s / 3600:.1f} hours" if age_s >= 3600 else f"{age_s / 60:.0f} minutes"
        return f"{len(moments):,} of the answers are from {self._name}, the oldest {age} old"

    def _open(self, target: Target, on: str) -> None:
        head = {"scimrecon_lookup": _FORMAT, "dialect": target.dialect.name, "fingerprint": target.fingerprint, "on": on}
        try:
            lines = self._read_lines()
            if lines:
                self._check(lines[0], head)
                for line in lines[1:]:
                    self._take(line)
            self._file = os.open(self._name, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            if not lines:
                self._write(json.dumps(head))
            elif not lines[-1].endswith(b"\n"):  # cut off in its middle
                self._write("")
        except OSError as error:
            raise FetchError(f"cache {self._name}: {error.strerror or error}.") from None

    def _read_lines(self) -> list[bytes]:
        try:
            with open(self._name, "rb") as file:  # noqa: PTH123 - a path of any kind
                return file.readlines()
        except FileNotFoundError:
            return []

    def _check(self, line: bytes, head: dict[str, Any]) -> None:
        try:
            held = json.loads(line)
            told = {name: held[name] for name in head}
        except (ValueError, LookupError, TypeError, RecursionError):
            raise FetchError(f"cache {self._name}: the file is no cache of a lookup; name another.") from None
        other = next((name for name in head if told[name] != head[name]), None)
        if other:
            what = {"fingerprint": "another target", "on": f"a lookup on {told['on']}"}.get(other, f"another {other}")
            raise FetchError(f"cache {self._name}: its answers are of {what}; name another file, or delete this one.")

    def _take(self, line: bytes) -> None:
        try:
            held = json.loads(line)
            question = Question(path=str(held["path"]), value=str(held["asked"]))
            self.found[question] = [split_user(user.encode()) for user in held["users"]]
            self._kept[question] = float(held["at"])
        except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
            return

    def _write(self, line: str) -> None:
        if self._file is not None:
            os.write(self._file, line.encode() + b"\n")
