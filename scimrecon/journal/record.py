"""Write the record of one run."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from datetime import UTC, datetime
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import pandas as pd
import pyarrow as pa

from scimrecon.errors import RunError
from scimrecon.journal.outcomes import Outcome, UserOutcome
from scimrecon.journal.reading import FORMAT, RESUMED, check_told, hash_deltas, read_tables
from scimrecon.plan import Plan, body_facts

_TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
  position INTEGER PRIMARY KEY, user_id TEXT UNIQUE NOT NULL, user_name TEXT, key TEXT, source_line INTEGER, paths TEXT NOT NULL,
  batch INTEGER, intended_at TEXT, outcome TEXT, reason TEXT, http_status INTEGER, scim_type TEXT, vendor_code TEXT,
  detail TEXT, more_info TEXT, request_id TEXT, attempts INTEGER NOT NULL DEFAULT 0, seconds REAL NOT NULL DEFAULT 0,
  version_before TEXT, version_after TEXT, as_asked INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE resources (user_id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE bodies (user_id TEXT PRIMARY KEY, body BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE changes (
  change_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, user_name TEXT, key TEXT, source_line INTEGER, path TEXT NOT NULL,
  before TEXT, after TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, policy TEXT NOT NULL, pattern TEXT NOT NULL,
  flags TEXT NOT NULL, problem TEXT, type TEXT NOT NULL, sent TEXT, read_back TEXT
);
CREATE TABLE steps (
  user_id TEXT NOT NULL, batch INTEGER NOT NULL, step TEXT NOT NULL, method TEXT NOT NULL, http_status INTEGER, error TEXT,
  request_id TEXT, seconds REAL NOT NULL
);
CREATE TABLE people (
  key TEXT, user_id TEXT, user_name TEXT, source_line INTEGER, status TEXT NOT NULL, reason TEXT NOT NULL, candidates TEXT
);
"""
_SET = ["outcome", "reason", "http_status", "scim_type", "vendor_code", "detail", "more_info", "request_id"]
_KEPT = ["version_before", "version_after"]
"""What an outcome that does not know them leaves as it was."""
_ADDED = ["attempts", "seconds"]
"""What adds up over several turns."""
_UPDATE_USER = (
    f"UPDATE users SET as_asked = ?, {', '.join(f'{name} = ?' for name in _SET)}, "  # noqa: S608 - our own names only
    f"{', '.join(f'{name} = COALESCE(?, {name})' for name in _KEPT)}, "
    f"{', '.join(f'{name} = {name} + ?' for name in _ADDED)} WHERE user_id = ?"
)
_STEP = ["step", "method", "http_status", "error", "request_id", "seconds"]
_FACTS = attrgetter(*_SET, *_KEPT, *_ADDED)
_STEP_FACTS = attrgetter(*_STEP)

_Result = TypeVar("_Result")

_NOTHING_SENT = "Nothing was sent; give run=… where there is room."
_SETTLED = "What was sent and is not recorded there is settled by resume(path, target)."


class Journal:
    """The record of one run, in a file or (dry runs) in memory; a context manager.

    One thread writes, its own: the stop button interrupts the caller's and cannot tear a write.
    """

    def __init__(self, path: Path | None, *, fresh: bool = True) -> None:
        """Create the record, or open one to go on with.

        Raises
        ------
        RunError
            The file is there already, cannot be made, or (to go on with) is no intact run file.
        """
        self.path = path
        self._connection: sqlite3.Connection
        self._closed = False
        if path is not None and fresh:
            _create(path)
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="scimrecon journal")
        try:
            if fresh:
                self._do(self._make, "cannot be written", _NOTHING_SENT)
            else:
                self._do(self._open, advice="Nothing was sent; make it readable, or take a copy of it.")
        except BaseException:
            self._discard() if fresh else self._close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._close()

    def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if hasattr(self, "_connection"):
            self._writer.submit(self._connection.close).result()
        self._writer.shutdown()

    def _discard(self) -> None:
        """Take away a record that says nothing yet."""
        self._close()
        if self.path is not None:
            self.path.unlink(missing_ok=True)
            self.path.with_name(f"{self.path.name}-journal").unlink(missing_ok=True)

    def begin(self, plan: Plan, facts: Mapping[str, object]) -> None:
        """Write down the plan and who is in it."""
        told = {"format": FORMAT, "version": version("scimrecon"), "plan": plan.hash, "host": plan.host, **facts}
        told |= {"fingerprint": plan.fingerprint, "allow": dict(plan.allow), "accept": list(plan.accept), "matched": plan.matched}
        told |= {"dialect": body_facts(plan.dialect), "started": _now(), "holder": _holder()}
        told["source"] = plan.source and vars(plan.source)
        changes = plan.changes.reset_index().assign(type=plan.changes["path"].map(dict(plan.types)).to_numpy())
        told["deltas"] = hash_deltas(changes, told)
        requests = plan.requests.rename(columns={"version": "version_before"})
        resources = plan.current.resources if self.path else {}  # a dry run can be undone without

        def write() -> None:
            self._tell(told)
            self._frame("users", requests)
            self._frame("users", plan.blocked.assign(outcome=Outcome.BLOCKED.value))
            self._frame("changes", changes)
            self._frame("people", plan.statuses)
            self._insert(
                "resources", ["user_id", "body"], ((one, resources[one]) for one in requests["user_id"] if one in resources)
            )

        try:
            self._write(write, _NOTHING_SENT)
        except BaseException:
            self._discard()
            raise

    def hold(self) -> None:
        """Write down that this process is at work on a run that was opened to go on with."""
        advice = "Nothing was sent; make it and its folder writable, or make room there."
        self._write(lambda: self._tell({"holder": _holder()}), advice)

    def intend(self, batch: int, user_ids: Sequence[str]) -> None:
        """Make a batch's intents durable; call it before its first request."""
        asked = (batch, _now(), json.dumps(list(user_ids)))
        self._write(
            lambda: self._connection.execute(
                "UPDATE users SET batch = ?, intended_at = ?, outcome = NULL WHERE user_id IN (SELECT value FROM json_each(?))",
                asked,
            )
        )

    def record(self, batch: int, outcomes: Iterable[UserOutcome]) -> None:
        """Write down what became of a batch's users."""
        some = list(outcomes)
        users = [[one.as_asked, *map(_plain, _FACTS(one)), one.user_id] for one in some]
        # What went out and came back as asked needs no words of its own.
        changes = [
            (_plain(one.sent.get(each)), _plain(one.read_back.get(each)), each)
            for one in some
            if not one.as_asked
            for each in one.sent
        ]
        seen = [(_plain(text), each) for one in some if not one.sent for each, text in one.read_back.items()]
        steps = [(one.user_id, batch, *map(_plain, _STEP_FACTS(step))) for one in some for step in one.steps]
        resources = [(one.user_id, one.resource_before) for one in some if one.resource_before is not None]
        bodies = [(one.user_id, one.body_sent) for one in some if one.body_sent is not None]

        def write() -> None:
            self._connection.executemany(_UPDATE_USER, users)
            self._connection.executemany("UPDATE changes SET sent = ?, read_back = ? WHERE change_id = ?", changes)
            self._connection.executemany("UPDATE changes SET read_back = ? WHERE change_id = ?", seen)
            self._insert("steps", ["user_id", "batch", *_STEP], steps)
            self._connection.executemany("INSERT OR REPLACE INTO resources VALUES (?, ?)", resources)
            self._connection.executemany("INSERT OR REPLACE INTO bodies VALUES (?, ?)", bodies)

        self._write(write)

    def note(self, **facts: object) -> None:
        """Write down facts of the whole run."""
        self._write(lambda: self._tell(facts))

    def finish(self) -> None:
        """Write down that nobody is at work on the run any more."""

        def close() -> None:
            self._connection.execute("PRAGMA journal_mode = DELETE")  # leaves no empty rollback journal beside the run file

        self.note(finished=_now(), holder="")
        self._do(close)

    def tables(self, names: Iterable[str]) -> dict[str, pd.DataFrame]:
        """Read the record back."""
        return self._do(lambda: read_tables(self._connection, names))

    def told(self) -> Mapping[str, Any]:
        """Give the facts of the run."""
        return self._do(lambda: check_told(self._connection, self.path or Path()))

    def left(self) -> list[str]:
        """Ids of the users that `resume` takes up, in order."""
        return [str(row[0]) for row in self._do(lambda: self._connection.execute(RESUMED).fetchall())]

    def last_batch(self) -> int:
        """Give the number of the last batch begun; 0 before the first."""
        return int(self._do(lambda: self._connection.execute("SELECT COALESCE(MAX(batch), 0) FROM users").fetchone())[0])

    def _make(self) -> None:
        self._connection = sqlite3.connect(self.path or ":memory:")
        self._set_up()
        self._connection.executescript(_TABLES)

    def _open(self) -> None:
        path = self.path or Path()
        self._connection = sqlite3.connect(path)
        try:
            told = check_told(self._connection, path)
        except (sqlite3.DatabaseError, ValueError) as error:
            raise RunError(f"{path}: not a run file, or damaged: {error}.") from error
        _refuse_other_host(told, path)
        self._set_up()

    def _set_up(self) -> None:
        # A rollback journal: network homes have no shared memory for a write-ahead log.
        self._connection.execute("PRAGMA journal_mode = TRUNCATE")
        self._connection.execute("PRAGMA synchronous = FULL")

    def _do(self, work: Callable[[], _Result], said: str = "cannot be read, or is damaged", advice: str = "") -> _Result:
        """Let the writer's thread do it; an interrupt waits until it is done."""
        future = self._writer.submit(work)
        try:
            return future.result()
        except (sqlite3.Error, pa.ArrowException) as error:
            raise RunError(f"{self.path}: the run file {said}: {error}. {advice}".rstrip()) from error
        except BaseException:
            wait_for([future])
            raise

    def _write(self, work: Callable[[], object], advice: str = _SETTLED) -> None:
        def transaction() -> None:
            with self._connection:
                work()

        self._do(transaction, "cannot be written", advice)

    def _tell(self, facts: Mapping[str, object]) -> None:
        self._connection.executemany(
            "INSERT OR REPLACE INTO run (name, value) VALUES (?, ?)",
            [(name, json.dumps(value)) for name, value in facts.items()],
        )

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names only
        self._connection.executemany(statement, rows)

    def _frame(self, table: str, frame: pd.DataFrame) -> None:
        columns = [pa.array(frame[name]).to_pylist() for name in frame.columns]
        self._insert(table, list(frame.columns), zip(*columns, strict=True))


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise RunError(
            f"{path}: there is such a file already. If it is a run, open_run shows it and resume(path, target) goes on with it; "
            "for another run give another name. Nothing was sent."
        ) from error
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise RunError(f"{path}: the run file cannot be made: {told}. Nothing was sent; give run=… elsewhere.") from error


def _holder() -> dict[str, object]:
    return {"host": socket.gethostname(), "pid": os.getpid(), "since": _now()}


_SILENT_S = 900
"""A run file that its writer, on another machine, has not touched for so long is not being written any more."""


def _refuse_other_host(told: Mapping[str, Any], path: Path) -> None:
    """On one machine the target's lock says who is at work; of another machine only the run file does."""
    holder = told.get("holder") or {}
    if not isinstance(holder, dict) or holder.get("host") in (None, socket.gethostname()):
        return
    silent_s = datetime.now(UTC).timestamp() - path.stat().st_mtime
    if silent_s < _SILENT_S:
        raise RunError(
            f"{path}: process {holder.get('pid')} on {holder['host']} is at work on this run, since {holder.get('since')}. "
            f"If that machine is down, resume in {(_SILENT_S - silent_s) / 60:.0f} min."
        )


def _plain(value: object) -> object:
    # A target's names and versions may hold lone surrogates, which no database text can.
    if not isinstance(value, str) or value.isascii():
        return value
    return value.encode("utf-8", "replace").decode()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
