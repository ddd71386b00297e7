"""Go back to users as they were saved."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from os import PathLike

import pandas as pd

from scimrecon import schemas
from scimrecon.attributes import CORE_ATTRIBUTES, Mutability
from scimrecon.diff import Diff, name_of
from scimrecon.errors import PathError, PlanError
from scimrecon.mapping import Desired, number_rows
from scimrecon.paths import find_key, parse_path, parse_set
from scimrecon.plan import build_body, each_user, sendable, unlike_paths
from scimrecon.reversal.asking import ANY_USER, ask, tell, tell_inexact
from scimrecon.tables import count
from scimrecon.users import Users, read_elements, read_paths, read_users
from scimrecon.values import parse_resource

_SETS = [name.name for name in CORE_ATTRIBUTES.values() if parse_set(name.name) and name.mutability is Mutability.READ_WRITE]
_REASONS = {
    "in_sync": "every compared attribute is as it was saved",
    "source_only": "saved, and not among the users read now",
    "target_only": "not among the saved users",
}


def restore(
    users_file: str | PathLike[str] | Users,
    users: Users,
    *,
    paths: Collection[str] | None = None,
    unlock: Collection[str] = (),
) -> Diff:
    """Find what would make users again what they were when they were saved. Reads, and writes nothing.

    Users are matched by id. A value that was not there is cleared; one that differs by a letter is a change; what `compare` locks
    is locked. An attribute whose elements have no types, such as ``roles``, is restored as a set of values. Cost: no request, but
    reading both sides' resources, 5 s a side for twenty paths of a million users.

    Parameters
    ----------
    users_file
        What `Users.save` wrote, or users.
    users
        As the target has them now.
    paths
        What to restore: paths, or attributes by name for all their paths. By default, every path that either side has.
    unlock
        Locked attributes that may be ticked, as in `compare`.

    Returns
    -------
    Diff
        Users on one side only are told by their status. Findings: ``users_gone``, ``users_new`` and ``not_exact``, whose
        ``column`` is an attribute that would not be quite as saved: no path names all that differs there (elements without a
        type beside others with one, members that are lists), or it cannot be written.

    Raises
    ------
    PlanError
        The saved users are another target's, or an argument is not what it must be.
    CompareError
        The file does not hold users, or `paths` or `unlock` names what there is not.
    """
    if not isinstance(users, Users):
        raise PlanError(f"restore takes the current users second, from fetch_users, not {type(users).__name__}.")
    saved = users_file if isinstance(users_file, Users) else read_users(users_file, dialect=users.dialect)
    if saved.fingerprint and users.fingerprint and saved.fingerprint != users.fingerprint:
        raise PlanError("the saved users are another target's than the current ones; take the file that was saved of this one.")
    chosen = _choose(_columns(saved, users), paths)
    diff = ask(_desired(saved, chosen), users, unlock=unlock)
    gone, new = (int((diff.users["status"] == status).sum()) for status in ("source_only", "target_only"))
    unlike = dict(_unlike_after(diff, saved, users, None if paths is None else {_attribute(path) for path in chosen}))
    findings = [
        schemas.make_finding("users_gone", "amber", None, gone, f"{count(gone, 'saved user')} not among those read now"),
        schemas.make_finding("users_new", "info", None, new, f"{count(new, 'user')} not among those saved"),
        *tell_inexact(unlike, "as saved"),
    ]
    return tell(diff, findings, _REASONS)


def _columns(saved: Users, users: Users) -> list[str]:
    """The paths that either side has, and the attributes that are sets of values; each once, what no path can name left out."""
    found = {name.casefold(): name for name in _untyped(saved, users)}
    for column in (*saved.frame.columns, *users.frame.columns):
        try:
            path = parse_path(str(column))
        except PathError:
            continue  # `_unlike_after` tells of it if it differs
        if not path.read_only and path.name != "id" and path.name.casefold() not in found:
            found.setdefault(str(path).casefold(), str(path))
    return list(found.values())


def _untyped(*sides: Users) -> list[str]:
    """The attributes of which no element has a type: its value alone tells it from the others."""
    seen: dict[str, set[bool]] = {name: set() for name in _SETS}
    for side in sides:
        for body in side.resources.values():
            resource = parse_resource(body)
            for name, typed in seen.items():
                elements = resource.get(find_key(resource, name))
                typed.update(map(_has_type, elements if isinstance(elements, list) else []))
    return [name for name, typed in seen.items() if typed == {False}]


def _has_type(element: object) -> bool:
    return isinstance(element, dict) and bool(element.get(find_key(element, "type")))


def _attribute(path: str) -> str:
    """The attribute a column belongs to, case-folded."""
    return (parse_set(path) or parse_path(path).name).casefold()


def _choose(columns: Sequence[str], paths: Collection[str] | None) -> list[str]:
    if paths is None:
        return list(columns)
    if isinstance(paths, str) or not isinstance(paths, Collection):
        raise PlanError(f"paths is a list of names: paths=[{paths!r}].")
    chosen: dict[str, str] = {}
    for name in (name_of(path, "paths") for path in paths):
        of_name = [column for column in columns if name.casefold() in (column.casefold(), _attribute(column))]
        for column in of_name or _as_path(name):
            chosen.setdefault(column.casefold(), column)
    return list(chosen.values())


def _as_path(name: str) -> list[str]:
    """A path that no user's frame has, such as one by ``primary``; nothing for an attribute of which nobody has a value."""
    try:
        return [str(parse_path(name))]
    except PathError:
        return []


def _desired(saved: Users, columns: Sequence[str]) -> Desired:
    values = read_paths(saved, [column for column in columns if not parse_set(column)])
    cells = {"id": saved.frame["id"]}
    for column in columns:
        if column in values:
            texts = values[column].texts.fillna("")
            # What cannot be read there is no wish to clear it.
            cells[column] = texts.mask(texts.index.isin(list(values[column].problems)))
        else:
            cells[column] = _lists(saved, column)
    return Desired(
        frame=number_rows(pd.DataFrame(cells).astype("str")),
        problems=schemas.empty(schemas.Problems),
        kinds={path: held.kinds for path, held in values.items()},
        restores=True,
    )


def _lists(saved: Users, name: str) -> pd.Series[str]:
    """A set's cell of each user: a JSON array of its values."""
    elements = read_elements(saved, name)
    listed = elements.groupby("position")["value"].agg(list).map(json.dumps)
    return listed.reindex(saved.frame.index).fillna("").astype("str")


def _unlike_after(diff: Diff, saved: Users, users: Users, attributes: Collection[str] | None) -> Iterator[tuple[str, list[str]]]:
    """What would differ from the saved users even if every change there is were made."""
    asked = diff.changes[diff.changes["after"].notna() & ~diff.changes["status"].isin(["invalid", "unsupported"])]
    cells = dict(each_user(asked, diff.basis.types_of(asked["path"].unique())))
    for user_id, body in saved.resources.items():
        if user_id not in users.resources or users.resources[user_id] == body:
            continue
        before, now = (sendable(parse_resource(one), users.dialect) for one in (body, users.resources[user_id]))
        try:
            restored = build_body(users.resources[user_id], cells[user_id], users.dialect, ANY_USER) if user_id in cells else now
        except PlanError:
            unlike = sorted({cell.path.name for cell in cells[user_id]})
        else:
            unlike = unlike_paths(restored, before, ())
        if attributes is not None:
            unlike = [name for name in unlike if name.rpartition(":")[2].partition(".")[0].casefold() in attributes]
        yield user_id, unlike
