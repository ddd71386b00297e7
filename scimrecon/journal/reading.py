"""Read run files; nothing here changes one."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from scimrecon.errors import RunError
from scimrecon.journal.outcomes import Outcome

FORMAT = 2
UNFINISHED = (Outcome.UNKNOWN, Outcome.THROTTLED, Outcome.FAILED, Outcome.NOT_ATTEMPTED)
"""What `resume` takes up: users nothing is settled of, or who may succeed another time."""
_MARKS = ", ".join(f"'{one.value}'" for one in UNFINISHED)
RESUMED = f"SELECT user_id FROM users WHERE outcome IS NULL OR outcome IN ({_MARKS}) ORDER BY position"  # noqa: S608 - our words

QUERIES = {
    "run": "SELECT name, value FROM run",
    "users": "SELECT user_id, user_name, key, source_line, batch, intended_at, outcome, reason, http_status, scim_type, "
    "vendor_code, detail, more_info, request_id, attempts, seconds, version_before, version_after, as_asked, paths FROM users "
    "ORDER BY position",
    "changes": "SELECT change_id, user_id, user_name, path, before, after AS desired, sent, read_back FROM changes "
    "ORDER BY rowid",
    "steps": "SELECT user_id, batch, step, method, http_status, error, request_id, seconds FROM steps ORDER BY rowid",
    "people": "SELECT key, user_id, user_name, source_line, status, reason, candidates FROM people ORDER BY rowid",
    "ticked": "SELECT change_id, user_id, user_name, key, source_line, path, before, after, kind, status, policy, pattern, "
    "flags, problem, type FROM changes ORDER BY rowid",
}


@dataclass(frozen=True, kw_only=True)
class Image:
    """One user before and after a PUT."""

    user_id: str
    before: bytes
    sent: bytes | None
    """None where the run ended before it could be written down."""


def open_journal(path: Path, names: Iterable[str] = tuple(QUERIES)) -> dict[str, pd.DataFrame]:
    """Read tables of a run file without changing it.

    Raises
    ------
    RunError
        The file is missing, damaged, or no run file of this version.
    """
    with open_connection(path) as connection:
        check_told(connection, path)
        return read_tables(connection, names)


def read_resources(path: Path, user_ids: Sequence[str]) -> dict[str, bytes]:
    """Read what the plan was made on, or what was there before the last PUT, for some users."""
    wanted = set(user_ids)
    with open_connection(path) as connection:
        return {user_id: body for user_id, body in connection.execute("SELECT user_id, body FROM resources") if user_id in wanted}


def read_images(path: Path) -> Iterator[Image]:
    """Yield each user of whom a PUT may have been done, one at a time."""
    with open_connection(path) as connection:
        for user_id, before, sent in connection.execute(
            "SELECT users.user_id, resources.body, bodies.body FROM users JOIN resources USING (user_id) "
            "LEFT JOIN bodies USING (user_id) WHERE intended_at IS NOT NULL ORDER BY position"
        ):
            yield Image(user_id=user_id, before=before, sent=sent)


def run_files(folder: Path) -> list[Path]:
    """List the files of a folder that are named as run files are, by name.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".run")
    except OSError as error:
        raise RunError(f"{folder}: the folder cannot be searched for run files: {error.strerror}.") from error


def find_run(folder: Path, plan_hash: str) -> Path | None:
    """Find the run file in a folder that carried out a plan, by the plan's hash."""
    for path in run_files(folder):
        try:
            with open_connection(path) as connection:
                if check_told(connection, path).get("plan") == plan_hash:
                    return path
        except RunError:
            continue  # another program's file
    return None


def read_tables(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read tables by name."""
    return {name: pd.read_sql_query(QUERIES[name], connection) for name in names}


def check_told(connection: sqlite3.Connection, path: Path) -> Mapping[str, Any]:
    """Read the facts of a run, and refuse a file that is none of ours.

    Raises
    ------
    RunError
        The message says what is wrong with it.
    """
    told = {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM run")}
    if told.get("format") != FORMAT:
        raise RunError(
            f"{path}: a run of format {told.get('format')}, which this version ({FORMAT}) does not read; open it with "
            f"scimrecon {told.get('version', 'of its time')}."
        )
    return told


@contextmanager
def open_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a run file to be read.

    Raises
    ------
    RunError
        The file is missing, damaged or no database; also for what goes wrong while it is open.
    """
    if not path.is_file():
        raise RunError(f"{path}: there is no such file.")
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            yield connection
    except (sqlite3.Error, pd.errors.DatabaseError, ValueError) as error:
        raise RunError(f"{path}: not a run file, or damaged: {error}.") from error
