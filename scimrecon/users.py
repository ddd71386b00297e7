"""The users a target has now: each resource's bytes as received, beside one flat row.

The frame is for looking; comparing reads the resources themselves (`read_paths`), and a PUT is built on their bytes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import CORE_URN, ENTERPRISE_URN
from scimrecon.client import Connection, Target
from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import CompareError, ConnectError, Malformed, PathError, Refused
from scimrecon.paths import AttributePath, Resource, parse_path, read_path
from scimrecon.values import parse_resource, split_list, split_user, text_series, to_text

_NOTE = "scimrecon"
_URN_PREFIX = "urn:"


class Verdict(StrEnum):
    """How sure we are that a list of users is whole."""

    PROVEN = "proven"
    """The ids agree with the total, and a page past the end brought nothing new."""
    CLAIMED = "claimed"
    """Nothing contradicts it, and nothing proves it."""
    DOUBTFUL = "doubtful"
    """Something contradicts it, or only some users were asked for."""


@dataclass(frozen=True, kw_only=True)
class Completeness:
    """Whether all users of the target are here, and why we think so."""

    verdict: Verdict
    reason: str

    def __str__(self) -> str:
        return f"{self.verdict}: {self.reason}"

    def __repr__(self) -> str:
        return f"<{self}>"


@dataclass(frozen=True, kw_only=True)
class Users:
    """The current users of a target."""

    frame: pd.DataFrame
    """Follows `schemas.UserRows`: index 0…n-1, ``id``, one text column a path. Elements without a type of their own, and values
    that are lists or objects, are in `resources` only."""
    resources: Mapping[str, bytes]
    """Id to the resource's JSON as received, in the frame's order."""
    complete: Completeness
    dialect: Dialect
    fingerprint: str
    """Of the target they came from; empty for a file that does not say."""

    def __repr__(self) -> str:
        return f"Users({len(self.resources)}, dialect={self.dialect.name!r}, complete={self.complete.verdict.value!r})"

    def _repr_html_(self) -> str:
        facts = {"users": f"{len(self.resources):,}", "complete": str(self.complete), "dialect": self.dialect.name}
        return tables.render("Current users", facts, self.frame)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the users to a file that only its owner can read: a SCIM ListResponse of the resources as received.

        Raises
        ------
        FileExistsError
            The file is there already; saved users are kept, not overwritten.
        """
        note = {
            "format": 1,
            "dialect": self.dialect.name,
            "fingerprint": self.fingerprint,
            "complete": [self.complete.verdict, self.complete.reason],
        }
        head = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": len(self.resources)}
        opening = json.dumps({**head, _NOTE: note})[:-1]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(opening.encode() + b', "Resources": [\n' + b",\n".join(self.resources.values()) + b"\n]}\n")


def read_users(path: str | PathLike[str], *, dialect: str | Dialect | None = None) -> Users:
    """Read users from a file: one that `Users.save` wrote, or any SCIM ListResponse.

    Parameters
    ----------
    path
        The file.
    dialect
        Of the service they came from, for a file that does not say; ``"rfc7644"`` otherwise. One of your own is given as it is.

    Returns
    -------
    Users
        As `fetch_users`.

    Raises
    ------
    CompareError
        The file is no ListResponse, its note on where the users came from is damaged, or it says another dialect.
    """
    name = fspath(path)
    try:
        body = Path(path).read_bytes()
        listed, total = split_list(body)
        note = json.loads(body).get(_NOTE)
    except OSError as error:
        raise CompareError(f"{name}: {error.strerror or error}.") from None
    except ValueError as error:
        raise CompareError(f"{name}: not a SCIM ListResponse: {error}.") from None
    if note is None:
        complete = _judge(len(dict(listed)), total, repeats=0, probed=False)
        return _users(listed, complete, dialect=_dialect(name, None, dialect), fingerprint="")
    said, fingerprint, complete = _noted(name, note)
    return _users(listed, complete, dialect=_dialect(name, said, dialect), fingerprint=fingerprint)


def _noted(name: str, note: Any) -> tuple[str, str, Completeness]:
    """What `Users.save` wrote beside the users."""
    try:
        verdict, reason = note["complete"]
        return str(note["dialect"]), str(note["fingerprint"]), Completeness(verdict=Verdict(verdict), reason=str(reason))
    except (LookupError, TypeError, ValueError) as error:
        raise CompareError(
            f"{name}: its member {_NOTE!r}, which says where the users came from, is damaged. "
            "Without that member the file reads as any ListResponse."
        ) from error


def _dialect(name: str, said: str | None, given: str | Dialect | None) -> Dialect:
    wanted = given.name if isinstance(given, Dialect) else given
    if wanted and said and wanted != said:
        raise CompareError(f"{name}: the users are of dialect {said!r}, not {wanted!r}. Leave dialect out.")
    if isinstance(given, Dialect):
        return given
    key = said or given or "rfc7644"
    if key not in DIALECTS:
        raise CompareError(f"{name}: dialect {key!r} is not shipped ({', '.join(sorted(DIALECTS))} are). Pass it: dialect=….")
    return DIALECTS[key]


def fetch_users(target: Target, /, *, ids: Iterable[str] | None = None) -> Users:
    """Read the users of a SCIM target: all of them, or those with the given ids.

    Pages by index (RFC 7644 §3.4.2.4): advances by what came, keeps each id once, and stops at the total, an empty page or a page
    of repeats; one request past the end then proves the list whole or not. Cost: one request a page, or one an id; about 2 KB of
    memory a user.

    Parameters
    ----------
    target
        What `connect` returned.
    ids
        Ask for these users only, one GET each. Ids the target does not know are left out and named in `Users.complete`.

    Returns
    -------
    Users
        ``frame`` follows `schemas.UserRows`; ``resources`` maps id to the bytes as received.

    Raises
    ------
    Unreachable
        No whole answer came.
    Refused
        The target answered with an error; ``status``, ``scim_type`` and ``detail`` say why.
    Malformed
        The answer is no SCIM ListResponse, or not the user asked for.
    """
    wanted = [ids] if isinstance(ids, str) else ids
    if not isinstance(target, Target):
        raise ConnectError(f"fetch_users takes a target, not {type(target).__name__}: fetch_users(connect(…)).")
    listed, complete = _fetch_all(target) if wanted is None else _fetch_ids(target, list(dict.fromkeys(wanted)))
    return _users(listed, complete, dialect=target.dialect, fingerprint=target.fingerprint)


def _fetch_all(target: Target) -> tuple[list[tuple[str, bytes]], Completeness]:
    found: dict[str, bytes] = {}
    repeats = came = 0
    total: int | None = None
    with Connection(target) as connection:
        while True:
            page, said = connection.list_users(came + 1)
            total = total if said is None else said
            new = {user_id: body for user_id, body in page if user_id not in found}
            repeats += len(page) - len(new)
            found |= new
            came += len(page)
            if not new or (total is not None and came >= total):
                break
        # A short total would look whole: one look past the end shows users it does not count.
        probed = bool(found) and not (page and not new)
        while probed and (page := connection.list_users(came + 1)[0]):
            new = {user_id: body for user_id, body in page if user_id not in found}
            found |= new
            came += len(page)
            if not new:
                break
    return list(found.items()), _judge(len(found), total, repeats=repeats, probed=True)


def _judge(found: int, total: int | None, *, repeats: int, probed: bool) -> Completeness:
    if repeats:
        reason = f"{repeats} users came twice, so pages overlap and others may be missing ({found} found, total {total})"
        return Completeness(verdict=Verdict.DOUBTFUL, reason=reason)
    if total is None:
        return Completeness(verdict=Verdict.CLAIMED, reason=f"{found} users; the target gives no total")
    if found != total:
        reason = f"{found} users, but the target says there are {total}"
        return Completeness(verdict=Verdict.DOUBTFUL, reason=reason)
    if not probed:
        return Completeness(verdict=Verdict.CLAIMED, reason=f"{found} users, as the total says")
    return Completeness(verdict=Verdict.PROVEN, reason=f"{found} users, as the total says, and none past the end")


def _fetch_ids(target: Target, ids: list[str]) -> tuple[list[tuple[str, bytes]], Completeness]:
    workers = max(1, min(target.dialect.concurrency, len(ids)))

    def read(chunk: Sequence[str]) -> list[tuple[str, bytes] | None]:
        with Connection(target) as connection:
            return [_read_one(connection, user_id) for user_id in chunk]

    with ThreadPoolExecutor(workers) as pool:
        read_chunks = pool.map(read, [ids[start::workers] for start in range(workers)])
        found = dict(pair for chunk in read_chunks for pair in chunk if pair is not None)
    unknown = [user_id for user_id in ids if user_id not in found]
    reason = f"{len(found)} users asked for by id"
    if unknown:
        reason += f"; not known to the target: {', '.join(unknown[:5])}{', …' if len(unknown) > 5 else ''}"
    ordered = [(user_id, found[user_id]) for user_id in ids if user_id in found]
    return ordered, Completeness(verdict=Verdict.DOUBTFUL, reason=reason)


def _read_one(connection: Connection, user_id: str) -> tuple[str, bytes] | None:
    if not user_id:  # GET /Users/ would be answered with everyone
        return None
    try:
        answer = connection.get_user(user_id)
    except Refused as refusal:
        if refusal.status == 404:
            return None
        raise
    asked = f"GET {connection.target.url}/Users for id {user_id!r}"
    try:
        found, body = split_user(answer.body)
    except ValueError as error:
        raise Malformed(f"{asked}: no SCIM user came back: {error}.") from error
    if found != user_id:
        raise Malformed(f"{asked}: the user who came back has id {found!r}.")
    return found, body


def _users(listed: list[tuple[str, bytes]], complete: Completeness, *, dialect: Dialect, fingerprint: str) -> Users:
    resources = dict(listed)
    return Users(frame=_flatten(resources), resources=resources, complete=complete, dialect=dialect, fingerprint=fingerprint)


def _flatten(resources: Mapping[str, bytes]) -> pd.DataFrame:
    """One row a user; a column for each path that names one value of some user."""
    cells: dict[str, list[str | None]] = {}
    for row, body in enumerate(resources.values()):
        for path, text in _leaves(parse_resource(body)):
            # A name may hold a lone surrogate, which no column label can.
            cells.setdefault(to_text(path) or "", [None] * len(resources))[row] = text
    columns = {path: text_series(column) for path, column in cells.items() if path != "id"}
    ids: list[str | None] = list(resources)
    return schemas.check(pd.DataFrame({"id": text_series(ids), **columns}), schemas.UserRows)


def _leaves(resource: Resource) -> Iterable[tuple[str, str]]:
    for name, value in resource.items():
        if name.casefold() in ("schemas", "meta"):
            continue
        if name.casefold().startswith(_URN_PREFIX) and isinstance(value, dict):
            prefix = "" if name.casefold() == ENTERPRISE_URN.casefold() else f"{name}:"
            for inner, held in value.items():
                yield from _spread(prefix + inner, held)
        elif name.casefold() != CORE_URN.casefold():
            yield from _spread(name, value)


def _spread(name: str, value: Any) -> Iterable[tuple[str, str]]:
    if isinstance(value, dict):
        pairs = [(f"{name}.{sub}", held) for sub, held in value.items() if not isinstance(held, dict | list)]
    elif isinstance(value, list):
        pairs = _typed(name, value)
    else:
        pairs = [(name, value)]
    for path, held in pairs:
        text = to_text(held)
        if text is not None:
            yield path, text


def _typed(name: str, elements: list[Any]) -> list[tuple[str, Any]]:
    """The members of the elements that have a type of their own."""
    types = [element.get("type") for element in elements if isinstance(element, dict)]
    return [
        (f"{name}[type eq {json.dumps(element['type'], ensure_ascii=False)}].{sub}", held)
        for element in elements
        if isinstance(element, dict) and isinstance(element.get("type"), str) and types.count(element["type"]) == 1
        for sub, held in element.items()
        if sub != "type" and not isinstance(held, dict | list)
    ]


@dataclass(frozen=True, kw_only=True)
class PathValues:
    """One path of every user, in the order of the users."""

    texts: pd.Series[str]
    """NA where unassigned, or where `problems` says why it cannot be read."""
    found: np.ndarray[Any, np.dtype[np.int8]]
    """`paths.Element` of each user."""
    problems: Mapping[int, str]
    """Position to what is wrong there."""
    kinds: frozenset[type]
    """The Python types of the JSON values met: what the target holds now."""


def read_paths(users: Users, paths: Sequence[str]) -> dict[str, PathValues]:
    """Read paths of all users from the resources; missing everywhere is unassigned, not an error.

    Cost: each resource is parsed once, then about half a microsecond a path and user: 15 s for twenty paths of a million users.

    Parameters
    ----------
    users
        The current users.
    paths
        Canonical paths.

    Returns
    -------
    dict
        Path to its values.
    """
    parsed = [parse_path(path) for path in paths]
    columns: list[list[str | None]] = [[] for _ in paths]
    found = np.ones((len(paths), len(users.resources)), dtype=np.int8)
    problems: list[dict[int, str]] = [{} for _ in paths]
    kinds: list[set[type]] = [set() for _ in paths]
    for row, body in enumerate(users.resources.values()):
        resource = parse_resource(body)
        for position, path in enumerate(parsed):
            text, element, kind, problem = _read_cell(path, resource)
            columns[position].append(text)
            found[position, row] = element
            if kind is not None:
                kinds[position].add(kind)
            if problem:
                problems[position][row] = problem
    return {
        path: PathValues(
            texts=text_series(columns[position]),
            found=found[position],
            problems=problems[position],
            kinds=frozenset(kinds[position]),
        )
        for position, path in enumerate(paths)
    }


def _read_cell(path: AttributePath, resource: Resource) -> tuple[str | None, int, type | None, str]:
    try:
        value, element = read_path(path, resource)
        return to_text(value), element, None if value is None else type(value), ""
    except PathError as error:
        return None, 1, None, str(error)
    except ValueError as error:
        return None, 1, None, f"{path}: {error}."


def version_of(resource: Resource) -> str | None:
    """The resource's ``meta.version`` (RFC 7643 §3.1), verbatim, or None."""
    meta = resource.get("meta")
    version = meta.get("version") if isinstance(meta, dict) else None
    return version if isinstance(version, str) and version else None
