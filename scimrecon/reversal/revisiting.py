"""Look again at users whom a run left as they were."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pandas as pd

from scimrecon import schemas
from scimrecon.apply import refuse_other
from scimrecon.attributes import AttributeType
from scimrecon.client import Target
from scimrecon.diff import Diff
from scimrecon.errors import PlanError
from scimrecon.exports import Source
from scimrecon.journal import Outcome, open_journal, read_source
from scimrecon.plan import MANAGER, Cell, CellState, cell_state, each_user
from scimrecon.results import Results
from scimrecon.reversal.asking import Asked, ask, lines_of, make_desired, name_some, tell
from scimrecon.tables import count
from scimrecon.users import Users, fetch_users
from scimrecon.values import parse_resource

_REASONS = {
    "in_sync": "every attribute is as the run asked",
    "source_only": "the target has no user with this id any more",
}


def revisit(results: Results, target: Target, *, outcomes: Collection[str] = ("stale",)) -> Diff:
    """Compare anew the users of a run with some outcomes: what the run asked of them, with what they hold now.

    For those who were ``stale``, the diff shows what somebody else wrote meanwhile, and lets you decide again. What the run was
    to write is unlocked, for those users and attributes alone; lines are those of the export, so that `Results.annotate` works
    for a run of this diff too. Reads, and writes nothing. Cost: one GET a user, and one a manager asked for.

    Parameters
    ----------
    results
        Of a run, or of a dry run.
    target
        The one it was sent to.
    outcomes
        Whom to look at, by outcome.

    Returns
    -------
    Diff
        By id, compared letter by letter. Finding: ``users_gone``.

    Raises
    ------
    PlanError
        The run was sent to another target, or `outcomes` names what is none.
    RunError
        The run file is missing or damaged.
    ServerError
        A user cannot be read.
    """
    refuse_other("revisit", results, target)
    lines = lines_of(results, results.frame.loc[results.frame["outcome"].isin(_checked(outcomes)), "user_id"])
    ticked = results.changes[results.changes["kind"] != "sent_along"]
    changes = ticked[ticked["user_id"].isin(lines.index)]
    types = {} if results.path is None else _types(results.path)
    managers = changes.loc[changes["path"] == str(MANAGER), "desired"]
    users = fetch_users(target, ids=pd.concat([lines.index.to_series(), managers]).unique())
    desired = replace(make_desired(_cells(changes, types, users), lines), source=_source(results))
    diff = ask(desired, users, unlock=[path for path in desired.frame.columns if path != "id"])
    gone = [user_id for user_id in lines.index if user_id not in users.resources]
    told = f"the target has {count(len(gone), 'user')} no more: {name_some(gone)}"
    return tell(diff, [schemas.make_finding("users_gone", "amber", None, len(gone), told)], _REASONS, about=lines.index)


def _checked(outcomes: Collection[str]) -> list[str]:
    known = ", ".join(Outcome)
    if isinstance(outcomes, str) or not isinstance(outcomes, Collection):
        raise PlanError(f"outcomes is a list of names: outcomes=[{outcomes!r}]. There are {known}.")
    for name in outcomes:
        if name not in list(Outcome):
            raise PlanError(f"outcomes: {name!r} is no outcome; there are {known}.")
    return list(outcomes)


def _types(path: Path) -> dict[str, AttributeType]:
    ticked = open_journal(path, ["ticked"])["ticked"].drop_duplicates("path")
    return {name: AttributeType(kind) for name, kind in zip(ticked["path"], ticked["type"], strict=True)}


def _cells(changes: pd.DataFrame, types: dict[str, AttributeType], users: Users) -> Iterator[Asked]:
    """What the run asked of those who are still there, and who do not hold it: an element may be found by what it was."""
    asked = changes.rename(columns={"desired": "after"}).sort_values(["user_id", "path"])
    spelled: dict[str, str] = {}
    for user_id, cells in each_user(asked, dict.fromkeys(asked["path"], AttributeType.STRING) | types):
        if user_id in users.resources:
            now = parse_resource(users.resources[user_id])
            yield from (_asked(user_id, cell, types, spelled) for cell in cells if cell_state(cell, now) is not CellState.DESIRED)


def _asked(user_id: str, cell: Cell, types: dict[str, AttributeType], spelled: dict[str, str]) -> Asked:
    path = str(cell.path)
    # Types and values of elements are compared without case, and so are columns.
    return Asked(user_id=user_id, path=spelled.setdefault(path.casefold(), path), after=cell.after, kind=types.get(path))


def _source(results: Results) -> Source | None:
    """The export's file: its lines are this diff's too."""
    return None if results.path is None else read_source(results.path)
