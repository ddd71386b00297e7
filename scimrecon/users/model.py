"""The current users, as a value."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike

from scimrecon import tables
from scimrecon.dialects import Dialect
from scimrecon.files import kept_if_whole, open_private
from scimrecon.users.rows import flatten

NOTE = "scimrecon"
"""The member of a saved list that says where its users came from."""
OPENING, CLOSING = b', "Resources": [\n', b"]}\n"
"""What stands before and after the users of a saved list."""


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

        Parameters
        ----------
        path
            Name it ``….users``: git is told to leave such files alone.

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
        file = open(path, "xb", opener=open_private)  # noqa: SIM115 - Path.open has no opener
        with kept_if_whole(path), file:
            file.write(opening.encode() + OPENING + b",\n".join(self.resources.values()) + b"\n" + CLOSING)


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
    return Users(frame=flatten(resources), resources=resources, complete=complete, dialect=dialect, fingerprint=fingerprint)
