"""Read run files; nothing here changes one."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pandera.errors import SchemaError

from scimrecon.errors import RunError
from scimrecon.exports import Source
from scimrecon.journal.outcomes import Outcome
from scimrecon.values import shorten

FORMAT = 3
TABLES = ("run", "users", "resources", "bodies", "changes", "steps", "people")
_FACTS: Mapping[str, type] = {
    "version": str, "plan": str, "host": str, "url": str, "fingerprint": str, "dialect": dict, "accept": list, "allow": dict,
    "matched": int, "note": str, "refusal": str, "started": str,
}  # fmt: skip
"""What every run says of itself from its beginning on."""
_SEALED = ("format", "version", "plan", "host", "url", "fingerprint", "dialect", "accept", "allow", "matched", "source")
_SEALED_COLUMNS = ["change_id", "user_id", "path", "before", "after", "kind", "flags", "type"]
_AS_IT_WAS = "Take a copy of the file as it was, or fetch the users and compare again."
UNFINISHED = (Outcome.UNKNOWN, Outcome.THROTTLED, Outcome.FAILED, Outcome.NOT_ATTEMPTED)
"""What `resume` takes up: users nothing is settled of, or who may succeed another time."""
_MARKS = ", ".join(f"'{one.value}'" for one in UNFINISHED)
RESUMED = f"SELECT user_id FROM users WHERE outcome IS NULL OR outcome IN ({_MARKS}) ORDER BY position"  # noqa: S608 - our words

QUERIES = {
    "run": "SELECT name, value FROM run",
    "users": "SELECT user_id, user_name, key, source_line, batch, intended_at, outcome, reason, http_status, scim_type, "
    "vendor_code, detail, more_info, request_id, attempts, seconds, version_before, version_after, as_asked, paths FROM users "
    "ORDER BY position",
    "changes": "SELECT change_id, user_id, user_name, path, kind, before, after AS desired, sent, read_back FROM changes "
    "ORDER BY rowid",
    "steps": "SELECT user_id, batch, step, method, http_status, error, request_id, seconds FROM steps ORDER BY rowid",
    "people": "SELECT key, user_id, user_name, source_line, status, reason, candidates FROM people ORDER BY rowid",
    "ticked": "SELECT change_id, user_id, user_name, key, source_line, path, before, after, kind, status, policy, pattern, "
    "flags, problem, type FROM changes ORDER BY rowid",
}


_BLOCK_ROWS = 2_000
_TEXT = pa.large_string()
_WHOLE = ("source_line", "batch", "http_status", "attempts", "as_asked")
_KINDS = {**dict.fromkeys(_WHOLE, pa.int64()), "seconds": pa.float64()}
_DTYPES = {pa.int64(): pd.Int64Dtype(), pa.float64(): pd.Float64Dtype(), _TEXT: pd.StringDtype(na_value=np.nan)}


@dataclass(frozen=True, kw_only=True)
class Image:
    """One user before and after a PUT."""

    user_id: str
    before: bytes
    sent: bytes | None
    """None where the run ended before it could be written down."""


def open_journal(path: Path, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read tables of a run file without changing it.

    Raises
    ------
    RunError
        The file is missing, damaged, or no run file of this version.
    """
    with open_connection(path) as connection:
        check_told(connection, path)
        return read_tables(connection, names)


def read_source(path: Path) -> Source | None:
    """Read which export's file the plan of a run came from; None where that was a bare frame.

    Raises
    ------
    RunError
        As `open_journal`.
    """
    with open_connection(path) as connection:
        source = check_told(connection, path).get("source")
    return Source(**source) if source else None


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
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise RunError(f"{folder}: the folder cannot be searched for run files: {told}.") from error


def find_run(folder: Path, plan_hash: str) -> Path | None:
    """Find the run file in a folder that carried out a plan, by the plan's hash."""
    return next((path for path in run_files(folder) if _plan_of(path) == plan_hash), None)


def _plan_of(path: Path) -> Any:
    """The hash of the plan that a run carried out; None of another program's file."""
    try:
        with open_connection(path) as connection:
            return check_told(connection, path).get("plan")
    except RunError:
        return None


def read_tables(connection: sqlite3.Connection, names: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Read tables by name; text is text and numbers are whole also where all of a column is empty."""
    return {name: _read_frame(connection.execute(QUERIES[name])) for name in names}


def _read_frame(rows: sqlite3.Cursor) -> pd.DataFrame:
    # By blocks: all rows at once as Python values would take twice the memory of the frame.
    names = [column[0] for column in rows.description]
    schema = pa.schema([(name, _KINDS.get(name, _TEXT)) for name in names])
    none, blocks = pa.RecordBatch.from_pylist([], schema=schema), []
    while block := rows.fetchmany(_BLOCK_ROWS):
        columns = zip(schema, zip(*block, strict=True), strict=True)
        blocks.append(pa.record_batch([pa.array(cells, column.type) for column, cells in columns], schema=schema))
    frame: pd.DataFrame = pa.Table.from_batches(blocks or [none], schema).to_pandas(types_mapper=_DTYPES.get)
    return frame


def check_told(connection: sqlite3.Connection, path: Path) -> Mapping[str, Any]:
    """Read the facts of a run, and refuse a file that is none of ours, or has lost a part.

    Raises
    ------
    RunError
        The message says what is wrong with it.
    """
    try:
        told = {name: json.loads(value) for name, value in connection.execute("SELECT name, value FROM run")}
    except (TypeError, ValueError) as error:
        raise RunError(f"{path}: not a run file, or damaged: {error}.") from error
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if not told and not ("users" in names and connection.execute("SELECT 1 FROM users").fetchone()):
        raise RunError(f"{path}: the run was killed before its plan was written down, and sent nothing. Delete the file.")
    if told.get("format") != FORMAT:
        raise RunError(
            f"{path}: a run of format {told.get('format')}, which this version ({FORMAT}) does not read; open it with "
            f"scimrecon {told.get('version', 'of its time')}."
        )
    for table in TABLES:
        if table not in names:
            raise RunError(f"{path}: damaged: no such table: {table}. {_AS_IT_WAS}")
    for name, kind in _FACTS.items():
        if not isinstance(told.get(name), kind):
            raise RunError(f"{path}: damaged: its {name!r} is {shorten(repr(told.get(name)))}. {_AS_IT_WAS}")
    return told


def hash_deltas(changes: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """Digest what a run is about to ask for, of whom, where and under which allowances.

    Parameters
    ----------
    changes
        The run's ticked cells with the JSON ``type`` each goes out as.
    facts
        Of the run.
    """
    digest = hashlib.sha256(json.dumps([facts.get(name) for name in _SEALED], sort_keys=True).encode())
    digest.update(changes[_SEALED_COLUMNS].to_json(orient="values").encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def refuse_edited(path: Path, told: Mapping[str, Any], changes: pd.DataFrame) -> None:
    """Refuse a run file that does not say what it said when the run began.

    Raises
    ------
    RunError
        It was changed, and what it asks for now nobody approved.
    """
    if told.get("deltas") != hash_deltas(changes, told):
        raise RunError(
            f"{path}: what the run was to ask for, or was allowed, was changed after it began. Fetch and compare again."
        )


@contextmanager
def damage_told(path: Path) -> Iterator[None]:
    """Say that a run file is damaged where its rows are not those of a run.

    Raises
    ------
    RunError
        Instead of what was raised for want of a better word.
    """
    try:
        yield
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, SchemaError) as error:
        raise RunError(f"{path}: damaged, or changed by hand ({shorten(str(error))}). {_AS_IT_WAS}") from error


def refuse_missing(path: Path) -> None:
    """Refuse a path at which there is no file.

    Raises
    ------
    RunError
        The message says what there is.
    """
    if not path.is_file():
        raise RunError(f"{path}: there is no such file{'; this is a folder' if path.is_dir() else ''}.")


@contextmanager
def open_connection(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a run file to be read.

    Raises
    ------
    RunError
        The file is missing, damaged or no database; also for what goes wrong while it is open.
    """
    refuse_missing(path)
    # A writer killed in the middle leaves what SQLite rolls back with the next look, which then has to be able to write.
    journal = path.with_name(f"{path.name}-journal")
    mode = "rw" if journal.is_file() and journal.stat().st_size else "ro"
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode={mode}", uri=True)) as connection:
            yield connection
    except (sqlite3.Error, pa.ArrowException, ValueError) as error:
        raise RunError(f"{path}: not a run file, or damaged: {error}.") from error
