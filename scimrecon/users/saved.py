"""Users from a file."""

from __future__ import annotations

import json
from itertools import chain
from os import PathLike, fspath
from pathlib import Path
from typing import Any, TypeAlias

from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import CompareError
from scimrecon.users.blocks import pick, read_blocks
from scimrecon.users.model import CLOSING, NOTE, OPENING, Completeness, Users, Verdict, judge_list, make_users
from scimrecon.values import split_page

_Read: TypeAlias = tuple[list[tuple[str, bytes]], int | None, Any]
"""Each user's id and JSON as received, what the list says is the total, and the note of `Users.save`."""


def read_users(path: str | PathLike[str], *, dialect: str | Dialect | None = None) -> Users:
    """Read users from a file: one that `Users.save` wrote, or any SCIM ListResponse.

    Cost: in proportion to the users; a million of a kilobyte each take about 10 s and 2 GB, half of it the resources.

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
    if not isinstance(path, str | PathLike):
        raise CompareError(f"read_users takes the path of a file that Users.save wrote, not {type(path).__name__}.")
    name = fspath(path)
    try:
        listed, total, note = _read_lines(path) or _read_list(path)
    except OSError as error:
        raise CompareError(f"{name}: {error.strerror or error}.") from None
    except ValueError as error:
        raise CompareError(f"{name}: not a SCIM ListResponse: {error}.") from None
    if note is None:
        complete = judge_list(len(dict(listed)), total, repeats=0, probed=False)
        return make_users(listed, complete, dialect=_dialect(name, None, dialect), fingerprint="")
    said, fingerprint, complete = _noted(name, note)
    return make_users(listed, complete, dialect=_dialect(name, said, dialect), fingerprint=fingerprint)


def _read_list(path: str | PathLike[str]) -> _Read:
    """Read any ListResponse."""
    page = split_page(Path(path).read_bytes())
    return page.users, page.total, page.others.get(NOTE)


def _read_lines(path: str | PathLike[str]) -> _Read | None:
    """Read a file that `Users.save` wrote, a user a line; None if it is otherwise in any way, and to be read as any list is.

    Lines that are each one JSON object are what stands between the commas: no other reading is possible.
    """
    with Path(path).open("rb") as file:
        head, *lines = file.readline(), *file
    if not head.endswith(OPENING) or lines[-1:] != [CLOSING]:
        return None
    lines.pop()
    for at, line in enumerate(lines):
        end = b",\n" if at < len(lines) - 1 else b"\n"
        if not (line.startswith(b"{") and line.endswith(b"}" + end)):
            return None
        lines[at] = line[: -len(end)]
    try:
        said = json.loads(head.removesuffix(OPENING) + b"}")
        ids = list(chain.from_iterable(read_blocks(lines, lambda block: pick(block.objects, "id"))))
        "".join(ids).encode()  # a TypeError for what is no text, and a ValueError for half a character
    except (TypeError, ValueError):
        return None
    if not all(ids) or set(said) != {"schemas", "totalResults", NOTE} or said[NOTE] is None:
        return None
    return list(zip(ids, lines, strict=True)), None, said[NOTE]


def _noted(name: str, note: Any) -> tuple[str, str, Completeness]:
    """What `Users.save` wrote beside the users."""
    try:
        verdict, reason = note["complete"]
        return str(note["dialect"]), str(note["fingerprint"]), Completeness(verdict=Verdict(verdict), reason=str(reason))
    except (LookupError, TypeError, ValueError) as error:
        raise CompareError(
            f"{name}: its member {NOTE!r}, which says where the users came from, is damaged. "
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
