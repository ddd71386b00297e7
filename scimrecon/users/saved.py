"""Users from a file."""

from __future__ import annotations

import json
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import CompareError
from scimrecon.users.model import NOTE, Completeness, Users, Verdict, judge_list, make_users
from scimrecon.values import split_list


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
        note = json.loads(body).get(NOTE)
    except OSError as error:
        raise CompareError(f"{name}: {error.strerror or error}.") from None
    except ValueError as error:
        raise CompareError(f"{name}: not a SCIM ListResponse: {error}.") from None
    if note is None:
        complete = judge_list(len(dict(listed)), total, repeats=0, probed=False)
        return make_users(listed, complete, dialect=_dialect(name, None, dialect), fingerprint="")
    said, fingerprint, complete = _noted(name, note)
    return make_users(listed, complete, dialect=_dialect(name, said, dialect), fingerprint=fingerprint)


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
