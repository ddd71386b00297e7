"""Which runs there are, and what they did to one user."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import RunError
from scimrecon.journal.outcomes import Outcome
from scimrecon.journal.reading import UNFINISHED, check_told, open_connection, run_files

_OUTCOME = f"COALESCE(outcome, CASE WHEN intended_at IS NULL THEN '{Outcome.NOT_ATTEMPTED}' ELSE '{Outcome.UNKNOWN}' END)"
_COUNTS = f"SELECT {_OUTCOME} AS outcome, COUNT(*) FROM users GROUP BY 1"  # noqa: S608 - our own words
_HISTORY = (
    "SELECT users.user_id, users.user_name, changes.path, before, after AS desired, "  # noqa: S608 - our own words
    "CASE WHEN as_asked THEN NULLIF(after, '') ELSE sent END AS sent, "
    "CASE WHEN as_asked THEN NULLIF(after, '') ELSE read_back END AS read_back, "
    f"{_OUTCOME} AS outcome, reason FROM changes JOIN users ON users.user_id = changes.user_id "
    "WHERE users.user_id = :user OR users.user_name = :user ORDER BY changes.rowid"
)


def _each(folder: str | PathLike[str]) -> Iterator[tuple[Path, Mapping[str, Any], sqlite3.Connection]]:
    if not isinstance(folder, str | PathLike):
        raise RunError(f"the folder of run files is a path, not {type(folder).__name__}: runs('.').")
    for path in run_files(Path(folder)):
        try:
            with open_connection(path) as connection:
                yield path, check_told(connection, path), connection
        except RunError:
            continue  # another program's file


def runs(folder: str | PathLike[str] = ".") -> pd.DataFrame:
    """List the runs whose files are in a folder.

    Cost: opens each file whose name ends in ``.run``; those of other programs are passed over.

    Parameters
    ----------
    folder
        Where the run files are; `apply_plan` puts them into the working directory unless told otherwise.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Runs`, the oldest first.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    rows: list[dict[str, object]] = []
    for path, told, connection in _each(folder):
        counts = dict(connection.execute(_COUNTS).fetchall())
        unfinished = sum(counts.get(outcome.value, 0) for outcome in UNFINISHED)
        rows.append(
            {
                **{name: told.get(name) for name in ("host", "started", "finished", "note", "plan")},
                "path": str(path), "users": sum(counts.values()), "applied": counts.get(Outcome.APPLIED.value, 0),
                "unfinished": unfinished,
            }
        )  # fmt: skip
    return schemas.from_rows(sorted(rows, key=lambda row: str(row["started"])), schemas.Runs)


def history(user: str, folder: str | PathLike[str] = ".") -> pd.DataFrame:
    """Tell what the runs of a folder did to one user.

    Parameters
    ----------
    user
        An id, or a userName as it was when the run was planned.
    folder
        Where the run files are.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.History`: one row a run and attribute, the oldest first; empty if no run had the user in it.

    Raises
    ------
    RunError
        The folder cannot be read.
    """
    frames = [
        pd.read_sql_query(_HISTORY, connection, params={"user": user}).assign(run=str(path), started=str(told.get("started")))
        for path, told, connection in _each(folder)
    ]
    found = [frame for frame in frames if len(frame)]
    if not found:
        return schemas.empty(schemas.History)
    return schemas.check(pd.concat(found).sort_values("started", kind="stable", ignore_index=True), schemas.History)
