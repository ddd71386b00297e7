"""The durable record of a run: one SQLite file.

A batch's intents are on disk before its first request, its outcomes after its last. What has an intent and no outcome may or may
not have been written: `Results` shows it as unknown. One thread writes: the one that called `apply_plan`. The file holds what was
there before each PUT, and no secret.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd

from scimrecon.errors import RunError
from scimrecon.plan import Plan

_FORMAT = 1
_TABLES = """
CREATE TABLE run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE users (
  position INTEGER PRIMARY KEY, user_id TEXT UNIQUE NOT NULL, user_name TEXT, key TEXT, source_line INTEGER, paths TEXT NOT NULL,
  batch INTEGER, intended_at TEXT, outcome TEXT, reason TEXT, http_status INTEGER, scim_type TEXT, vendor_code TEXT,
  detail TEXT, more_info TEXT, request_id TEXT, attempts INTEGER, seconds REAL, version_before TEXT, version_after TEXT,
  resource_before BLOB, body_sent BLOB
);
CREATE TABLE changes (
  change_id TEXT PRIMARY KEY, user_id TEXT NOT NULL, user_name TEXT, path TEXT NOT NULL, before TEXT, desired TEXT NOT NULL,
  sent TEXT, read_back TEXT
);
CREATE TABLE steps (
  user_id TEXT NOT NULL, batch INTEGER NOT NULL, step TEXT NOT NULL, method TEXT NOT NULL, http_status INTEGER, error TEXT,
  request_id TEXT, seconds REAL NOT NULL
);
CREATE TABLE people (
  key TEXT, user_id TEXT, user_name TEXT, source_line INTEGER, status TEXT NOT NULL, reason TEXT NOT NULL, candidates TEXT
);
"""


class Outcome(StrEnum):
    """What became of one user of a plan."""

    WOULD_APPLY = "would_apply"
    """Dry run: the PUT would go out now."""
    APPLIED = "applied"
    APPLIED_UNVERIFIED = "applied_unverified"
    """The target said yes; what it holds now could not be read."""
    NOOP = "noop"
    """The target holds what was asked already; nothing was sent."""
    NOT_CONVERGED = "not_converged"
    """The target said yes and does not hold what was asked."""
    SIDE_EFFECT = "side_effect"
    """The target said yes and changed something else too."""
    STALE = "stale"
    """A ticked cell moved since the analyst looked; nothing was sent."""
    REJECTED = "rejected"
    """The target refused, for a reason of this user."""
    THROTTLED = "throttled"
    FAILED = "failed"
    """The PUT did not take effect."""
    UNKNOWN = "unknown"
    """The PUT may take effect yet."""
    BLOCKED = "blocked"
    """The plan kept the user out."""
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One HTTP exchange."""

    step: str
    method: str
    http_status: int | None
    error: str | None
    request_id: str | None
    seconds: float


@dataclass(frozen=True, kw_only=True)
class UserOutcome:
    """What became of one user, with all that was seen on the way."""

    user_id: str
    outcome: Outcome
    reason: str
    http_status: int | None = None
    scim_type: str = ""
    vendor_code: str = ""
    detail: str = ""
    more_info: str = ""
    request_id: str = ""
    attempts: int = 0
    seconds: float = 0.0
    version_before: str | None = None
    version_after: str | None = None
    resource_before: bytes | None = None
    body_sent: bytes | None = None
    sent: Mapping[str, str | None]
    """Change id to what the PUT carried there."""
    read_back: Mapping[str, str | None]
    """Change id to what the target held afterwards."""
    steps: tuple[Step, ...] = ()


class Journal:
    """The record of one run, in a file or (dry runs) in memory; a context manager."""

    def __init__(self, path: Path | None) -> None:
        """Create the record.

        Raises
        ------
        RunError
            The file is there already, or cannot be made.
        """
        self.path = path
        if path is not None:
            _create(path)
        try:
            self._connection = sqlite3.connect(path or ":memory:")
            # A rollback journal: network homes have no shared memory for a write-ahead log.
            self._connection.execute("PRAGMA journal_mode = TRUNCATE")
            self._connection.execute("PRAGMA synchronous = FULL")
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise RunError(f"{path}: the run file cannot be written: {error}.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._connection.close()

    def begin(self, plan: Plan, facts: Mapping[str, object]) -> None:
        """Write down the plan and who is in it."""
        told = {"format": _FORMAT, "plan": plan.hash, "host": plan.host, "fingerprint": plan.fingerprint, **facts}
        told |= {"allow": dict(plan.allow), "accept": list(plan.accept), "dialect": plan.dialect.name, "started": _now()}
        told["source"] = plan.source and [plan.source.name, plan.source.sha256]
        requests, blocked = plan.requests.drop(columns="version"), plan.blocked
        changes = plan.changes.reset_index()[["change_id", "user_id", "user_name", "path", "before", "after"]]
        with self._connection:
            self._insert("run", ["name", "value"], [(name, json.dumps(value)) for name, value in told.items()])
            self._frame("users", requests)
            self._frame("users", blocked.assign(outcome=Outcome.BLOCKED.value))
            self._frame("changes", changes.rename(columns={"after": "desired"}))
            self._frame("people", plan.statuses)

    def intend(self, batch: int, user_ids: Sequence[str]) -> None:
        """Make a batch's intents durable; call it before its first request."""
        with self._connection:
            self._connection.executemany(
                "UPDATE users SET batch = ?, intended_at = ? WHERE user_id = ?", [(batch, _now(), one) for one in user_ids]
            )

    def record(self, batch: int, outcomes: Iterable[UserOutcome]) -> None:
        """Write down what became of a batch's users."""
        names = [
            "outcome", "reason", "http_status", "scim_type", "vendor_code", "detail", "more_info", "request_id", "attempts",
            "seconds", "version_before", "version_after", "resource_before", "body_sent",
        ]  # fmt: skip
        update = f"UPDATE users SET {', '.join(f'{name} = ?' for name in names)} WHERE user_id = ?"  # noqa: S608 - our names
        with self._connection:
            for one in outcomes:
                self._connection.execute(update, [*(_plain(getattr(one, name)) for name in names), one.user_id])
                self._connection.executemany(
                    "UPDATE changes SET sent = ?, read_back = ? WHERE change_id = ?",
                    [(one.sent.get(each), one.read_back.get(each), each) for each in {*one.sent, *one.read_back}],
                )
                columns = ["user_id", "batch", "step", "method", "http_status", "error", "request_id", "seconds"]
                rows = [(one.user_id, batch, *(_plain(getattr(step, name)) for name in columns[2:])) for step in one.steps]
                self._insert("steps", columns, rows)

    def finish(self) -> None:
        """Write down that the run came to its end."""
        with self._connection:
            self._insert("run", ["name", "value"], [("finished", json.dumps(_now()))])
        self._connection.execute("PRAGMA journal_mode = DELETE")  # leaves no empty rollback journal beside the run file

    def tables(self) -> dict[str, pd.DataFrame]:
        """Read the record back."""
        return _read(self._connection, _QUERIES)

    def _insert(self, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        marks = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - our own names only
        self._connection.executemany(statement, rows)

    def _frame(self, table: str, frame: pd.DataFrame) -> None:
        plain = frame.astype(object).where(frame.notna(), None)
        self._insert(table, list(frame.columns), plain.itertuples(index=False, name=None))


def _create(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise RunError(f"{path}: there is a run in this file already; open_run shows it. Give another name.") from error
    except OSError as error:
        raise RunError(
            f"{path}: the run file cannot be made: {error.strerror}. Nothing was sent; give run=… elsewhere."
        ) from error


def _plain(value: object) -> object:
    # A target's names and versions may hold lone surrogates, which no database text can.
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


_QUERIES = {
    "run": "SELECT name, value FROM run",
    "users": "SELECT * FROM users ORDER BY position",
    "changes": "SELECT * FROM changes ORDER BY rowid",
    "steps": "SELECT * FROM steps ORDER BY rowid",
    "people": "SELECT * FROM people ORDER BY rowid",
}


def open_journal(path: Path, names: Iterable[str] = tuple(_QUERIES)) -> dict[str, pd.DataFrame]:
    """Read tables of a run file without changing it.

    Raises
    ------
    RunError
        The file is missing or no run file.
    """
    if not path.is_file():
        raise RunError(f"{path}: there is no such file.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            return _read(connection, names)
    except (sqlite3.Error, pd.errors.DatabaseError) as error:
        raise RunError(f"{path}: not a run file, or damaged: {error}.") from error


def _read(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    return {name: pd.read_sql_query(_QUERIES[name], connection) for name in names}


def find_run(folder: Path, plan_hash: str) -> Path | None:
    """Find the run file in a folder that carried out a plan, by the plan's hash."""
    for path in sorted(folder.glob("*.run")):
        try:
            told = open_journal(path, ["run"])["run"].set_index("name")["value"]
        except RunError:
            continue  # another program's file
        if "plan" in told.index and json.loads(told["plan"]) == plan_hash:
            return path
    return None
