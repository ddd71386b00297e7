"""The current users, as a value."""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike
from typing import Any

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import CORE_URN, ENTERPRISE_URN
from scimrecon.dialects import Dialect
from scimrecon.paths import Resource
from scimrecon.values import parse_resource, text_series, to_text

NOTE = "scimrecon"
"""The member of a saved list that says where its users came from."""
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

    frame: tables.KeptFrame = tables.KeptFrame()
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
        opening = json.dumps({**head, NOTE: note})[:-1]
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(opening.encode() + b', "Resources": [\n' + b",\n".join(self.resources.values()) + b"\n]}\n")


def judge_list(found: int, total: int | None, *, repeats: int, probed: bool) -> Completeness:
    """Judge by the total a list gave, and by what came twice, whether it is whole."""
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
    return Completeness(verdict=Verdict.PROVEN, reason=f"{found} users, as the total says, and nobody new past the end")


def make_users(listed: list[tuple[str, bytes]], complete: Completeness, *, dialect: Dialect, fingerprint: str) -> Users:
    """Make the value of users as they were listed, each an id and its JSON as received."""
    resources = dict(listed)
    return Users(frame=_flatten(resources), resources=resources, complete=complete, dialect=dialect, fingerprint=fingerprint)


def _flatten(resources: Mapping[str, bytes]) -> pd.DataFrame:
    """One row a user; a column for each path that names one value of some user."""
    cells: dict[str, list[str | None]] = defaultdict(lambda: [None] * len(resources))
    for row, body in enumerate(resources.values()):
        for path, text in _leaves(parse_resource(body)):
            # A name may hold a lone surrogate, which no column label can.
            cells[to_text(path) or ""][row] = text
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
