"""The plan of what a run left undone."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from scimrecon import schemas
from scimrecon.attributes import AttributeType
from scimrecon.dialects import DIALECTS
from scimrecon.errors import RunError
from scimrecon.exports import Source
from scimrecon.journal.reading import (
    RESUMED,
    check_told,
    damage_told,
    open_connection,
    read_resources,
    read_tables,
    refuse_edited,
)
from scimrecon.plan import Plan, body_facts, make_plan
from scimrecon.users import Completeness, Users, Verdict


def plan_unfinished(path: Path) -> Plan | None:
    """Make a plan of the users that `resume` would take up, as they were when the run was planned; None if there are none.

    Raises
    ------
    RunError
        The file is no run file, was changed by hand, or its dialect is one of the caller's own.
    """
    with open_connection(path) as connection:
        told = check_told(connection, path)
        left = [str(row[0]) for row in connection.execute(RESUMED)]
        found = read_tables(connection, ["ticked", "people"])
    refuse_edited(path, told, found["ticked"])
    if not left:
        return None
    dialect = DIALECTS.get(told["dialect"]["name"])
    if dialect is None or body_facts(dialect) != told["dialect"]:
        name = told["dialect"]["name"]
        raise RunError(f"{path}: dialect {name!r} is not shipped as it was; resume(path, target) goes on with the run.")
    changes = found["ticked"].set_index("change_id")
    changes = changes[changes["user_id"].isin(left)]
    types = {str(name): AttributeType(kind) for name, kind in zip(changes["path"], changes["type"], strict=True)}
    complete = Completeness(verdict=Verdict.DOUBTFUL, reason=f"{len(left)} users of an earlier run")
    current = Users(
        frame=pd.DataFrame({"id": pd.Series(left, dtype="str")}), resources=read_resources(path, left), complete=complete,
        dialect=dialect, fingerprint=told["fingerprint"],
    )  # fmt: skip
    source = Source(**told["source"]) if told["source"] else None
    with damage_told(path):
        changes, statuses = schemas.check(changes, schemas.Changes), schemas.check(found["people"], schemas.UserStatuses)
    return make_plan(
        changes, current, host=told["host"], fingerprint=told["fingerprint"], dialect=dialect,
        allow=told["allow"], accept=tuple(told["accept"]), source=source, matched=told["matched"],
        statuses=statuses, types=types,
    )  # fmt: skip
