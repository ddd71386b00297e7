"""The file of a plan: one JSON document with a row of a frame, or a user's resource, a line.

What a reviewer looks for stands first. Last stands a checksum of all that precedes it, so that a file which was cut off or
changed by accident is not taken for what was saved; against intent there is the plan's hash, which a second person names.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd
import pyarrow as pa
from pandera.pandas import DataFrameModel

from scimrecon import schemas
from scimrecon.errors import PlanError
from scimrecon.files import kept_if_whole, open_private, others_may_write
from scimrecon.plan.bodies import body_facts
from scimrecon.values import parse_resource

if TYPE_CHECKING:
    from scimrecon.plan.model import Plan

_FORMAT = 1
_OPENING = b'{\n"scimrecon": "plan"'
_CHECKSUM = re.compile(rb',\n"checksum": "([0-9a-f]{64})"\n}\n\Z')
_CHECKSUM_BYTES = 96
"""At least as many as `_CHECKSUM` matches."""
FRAMES: Mapping[str, type[DataFrameModel]] = {
    "thresholds": schemas.Thresholds,
    "warnings": schemas.Warnings,
    "blocked": schemas.Blocked,
    "requests": schemas.Requests,
    "changes": schemas.Changes,
    "statuses": schemas.UserStatuses,
}
"""The frames of a plan, by the names of its fields, in the order a reviewer reads them."""


@dataclass(frozen=True, kw_only=True)
class Document:
    """What a plan's file holds, sound as a file; whether it is sound as a plan is for others to judge."""

    facts: Mapping[str, Any]
    """By member."""

    def frame(self, name: str) -> pd.DataFrame:
        """Make one of `FRAMES` anew, held to its model.

        Raises
        ------
        LookupError, TypeError, ValueError, ArithmeticError, pandera.errors.SchemaError
            It is not of that shape.
        """
        model, held = FRAMES[name], self.facts[name]
        known_by = model.to_schema().index
        index = [] if known_by is None else [known_by.name]
        if held["columns"] != [*index, *schemas.columns(model)]:
            raise ValueError(f"the columns of {name} are others")
        if not held["rows"]:
            return schemas.empty(model)
        frame = pd.DataFrame(held["rows"], columns=held["columns"])
        return schemas.check(frame.set_index(index[0]) if index else frame, model)

    def resources(self) -> dict[str, bytes]:
        """The users' resources as they were received.

        Raises
        ------
        LookupError, TypeError, ValueError
            They are not of that shape.
        """
        return {
            user_id: held.encode() if isinstance(held, str) else base64.b64decode(held["base64"], validate=True)
            for user_id, held in self.facts["resources"].items()
        }


def print_json(value: object) -> bytes:
    """Print JSON in UTF-8, or in ASCII where it holds what UTF-8 cannot write, such as the name of a file that is no text."""
    try:
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        return json.dumps(value).encode()


def print_rows(frame: pd.DataFrame) -> bytes:
    """Print a frame's rows as JSON arrays, one a line; an index that has a name comes first, NA is null."""
    cells = [pa.array(frame[name]).to_pylist() for name in frame.columns]
    index = [] if frame.index.name is None else [frame.index.tolist()]
    return b",\n".join(map(orjson.dumps, zip(*index, *cells, strict=True)))


def write_plan(path: str | PathLike[str], plan: Plan) -> None:
    """Write a plan to a new file that only its owner can read.

    Raises
    ------
    PlanError
        The file is there already, or cannot be written.
    """
    if not isinstance(path, str | PathLike):
        raise PlanError(f"a plan is saved to a path, not {type(path).__name__}: plan.save('change.plan').")
    name = fspath(path)
    try:
        file = open(path, "xb", opener=open_private)  # noqa: SIM115 - Path.open has no opener
    except FileExistsError:
        raise PlanError(
            f"{name}: there is such a file; a saved plan is kept, not overwritten. Save under another name."
        ) from None
    except (OSError, ValueError) as error:
        raise PlanError(f"{name}: the plan cannot be saved there: {getattr(error, 'strerror', None) or error}.") from error
    digest = hashlib.sha256()
    try:
        with kept_if_whole(path), file:
            for piece in _pieces(plan):
                digest.update(piece)
                file.write(piece)
            file.write(b',\n"checksum": "' + digest.hexdigest().encode() + b'"\n}\n')
    except OSError as error:
        raise PlanError(f"{name}: the plan cannot be saved: {error.strerror or error}.") from error


def _pieces(plan: Plan) -> Iterator[bytes]:
    """Cut the document into what is written at a time: a frame, or a user's resource."""
    head = {
        "scimrecon": "plan",
        "format": _FORMAT,
        "version": version("scimrecon"),
        "host": plan.host,
        "plan": str(plan),
        "hash": plan.hash,
        "masked": plan.masked,
        "allow": dict(plan.allow),
        "accept": plan.accept,
        "source": vars(plan.source) if plan.source else None,
        "matched": plan.matched,
        "fingerprint": plan.fingerprint,
        "dialect": body_facts(plan.dialect),
        "complete": [plan.current.complete.verdict, plan.current.complete.reason],
        "types": dict(plan.types),
    }
    yield b"{\n" + b",\n".join(print_json(member) + b": " + print_json(value) for member, value in head.items())
    for name in FRAMES:
        frame = getattr(plan, name)
        columns = [*([] if frame.index.name is None else [frame.index.name]), *frame.columns]
        yield b',\n"%b": {"columns": %b, "rows": [\n' % (name.encode(), print_json(columns)) + print_rows(frame) + b"\n]}"
    yield b',\n"resources": {\n'
    for number, user_id in enumerate(plan.changes["user_id"].unique()):
        if user_id in plan.current.resources:
            yield (b",\n" if number else b"") + print_json(user_id) + b": " + _print_resource(plan.current.resources[user_id])
    yield b"\n}"


def _print_resource(body: bytes) -> bytes:
    try:
        return print_json(body.decode())
    except UnicodeDecodeError:
        return print_json({"base64": base64.b64encode(body).decode()})


def read_document(path: str | PathLike[str]) -> Document:
    """Read the file of a plan that this version of scimrecon wrote.

    Raises
    ------
    PlanError
        The file cannot be read, is no plan, is damaged or was changed, others may write to it, or another version wrote it.
    """
    if not isinstance(path, str | PathLike):
        raise PlanError(f"open_plan takes the path of a file that Plan.save wrote, not {type(path).__name__}.")
    name = fspath(path)
    try:
        with Path(path).open("rb") as file:
            exposed = others_may_write(file)
            body = file.read()
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or error
        raise PlanError(f"{name}: {told}. open_plan takes a file that Plan.save wrote.") from None
    if exposed:
        raise PlanError(
            f"{name}: others may write to this file, so it may not be what was saved. If you trust what it says now: "
            f"chmod 600 {name}"
        )
    try:
        facts = parse_resource(body)
    except ValueError:
        if body.startswith(_OPENING):
            raise PlanError(f"{name}: the file ends early, or was damaged. Copy it again, or save the plan again.") from None
        facts = {}
    if facts.get("scimrecon") != "plan":
        raise PlanError(f"{name}: not a plan. open_plan takes a file that Plan.save wrote.")
    _refuse_other(name, facts)
    _refuse_changed(name, body)
    return Document(facts=facts)


def _refuse_other(name: str, facts: Mapping[str, Any]) -> None:
    """Refuse a plan of another format or version: its hash is made otherwise."""
    if facts.get("format") != _FORMAT:
        raise PlanError(
            f"{name}: format {facts.get('format')!r} of a plan, where this scimrecon knows {_FORMAT}. Open it with the version "
            f"that saved it ({facts.get('version')!r}), or plan again."
        )
    if facts.get("version") != version("scimrecon"):
        raise PlanError(
            f"{name}: saved by scimrecon {facts.get('version')!r}, and this is {version('scimrecon')}, which may build other "
            "bodies. Open it with that version, or plan again."
        )


def _refuse_changed(name: str, body: bytes) -> None:
    start = max(0, len(body) - _CHECKSUM_BYTES)
    found = _CHECKSUM.search(body, start)
    if found is None or hashlib.sha256(memoryview(body)[: found.start()]).hexdigest().encode() != found[1]:
        raise PlanError(f"{name}: the file was changed after it was saved. Save the plan again, or ask for the file as it was.")
