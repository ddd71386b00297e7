"""What is known so far of one user's turn."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from scimrecon.client import Exchange
from scimrecon.errors import Refused, ServerError, Unreachable
from scimrecon.journal import Outcome, Step, UserOutcome
from scimrecon.paths import Resource
from scimrecon.plan import Cell, held_text
from scimrecon.users import version_of
from scimrecon.values import parse_resource


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One user's turn."""

    user_id: str
    cells: Sequence[Cell]
    resource: bytes | None = None
    """What the plan was made on: a PUT under its version needs no GET."""
    canary: bool = False
    """Whether the user is read back, whatever the PUT is answered."""
    doubtful: bool = False
    """Whether a PUT of this run may have been done already."""

    @property
    def ticked(self) -> Sequence[Cell]:
        """The cells somebody ticked: what goes along, the target never shows."""
        return [cell for cell in self.cells if not cell.along]


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """Why an attempt came to no outcome."""

    error: ServerError
    conflict: bool = False
    """The target holds another version than the PUT named: a fresh look helps at once."""
    made_up: bool = False
    """Whether that version was made up, to see whether the target minds."""

    @property
    def in_doubt(self) -> bool:
        """Whether the PUT may have been done in spite of it."""
        if self.conflict:
            return False
        if isinstance(self.error, Refused):
            # A gateway may answer for a server that did the work; and a success the dialect does not know may be one.
            return self.error.status >= 500 or self.error.status < 300
        return not isinstance(self.error, Unreachable) or self.error.sent

    @property
    def open_ended(self) -> bool:
        """Whether the PUT may be done later still: a GET that does not show it proves nothing."""
        if isinstance(self.error, Refused):
            return self.error.status == 504
        return isinstance(self.error, Unreachable) and self.error.sent

    @property
    def may_be_done(self) -> bool:
        """Whether a user who holds what was asked may hold it by our PUT; a gateway may send it twice, and tell the second."""
        return self.in_doubt or (self.conflict and not self.made_up)


@dataclass(kw_only=True, slots=True)
class Turn:
    """What is known so far of one user's turn."""

    request: Request
    started: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    attempts: int = 0
    """PUTs sent, the one that proves If-Match aside."""
    fresh: Resource = field(default_factory=dict)
    """The freshest look at the user."""
    etag: str = ""
    """The version header that came with it."""
    wanted: Resource = field(default_factory=dict)
    """The PUT's body: what should be there afterwards, of what a client can send."""
    lingering: ServerError | None = None
    """What became of a PUT that may be done later still."""
    rebased: bool = False
    """Whether somebody else changed the user meanwhile, and the PUT was built anew."""

    @property
    def version(self) -> str:
        """What If-Match names; empty if the user has no version, or one that no header can carry."""
        version = version_of(self.fresh) or self.etag
        return version if version.isascii() and version.isprintable() else ""

    def observe(self, step: str) -> Callable[[Exchange], None]:
        """Take down the exchanges of one step."""

        def note(seen: Exchange) -> None:
            self.steps.append(
                Step(
                    step=step, method=seen.method, http_status=seen.http_status, error=seen.error,
                    request_id=seen.request_id, seconds=seen.seconds,
                )
            )  # fmt: skip

        return note

    def end(self, outcome: Outcome, reason: str, *, error: ServerError | None = None) -> UserOutcome:
        """Close the turn."""
        if isinstance(error, Refused):
            self.facts |= {
                "http_status": error.status,
                "scim_type": error.scim_type,
                "vendor_code": error.vendor_code,
                "detail": error.detail,
                "more_info": error.more_info,
                "request_id": error.request_id,
            }
        asked = {cell.change_id: cell.after or None for cell in self.request.cells}
        return UserOutcome(
            user_id=self.request.user_id, outcome=outcome, reason=reason, seconds=time.monotonic() - self.started,
            as_asked=self.facts.get("sent") == self.facts.get("read_back") == asked, steps=tuple(self.steps), **self.facts,
        )  # fmt: skip

    def read_back(self, resource: Resource) -> None:
        """Note what the target held afterwards."""
        self.facts["read_back"] = {cell.change_id: held_text(cell, resource) for cell in self.request.cells}
        self.facts["version_after"] = version_of(resource) or self.facts.get("version_after")


def parse_user(body: bytes, user_id: str) -> Resource:
    """Parse a resource and see that it is this user's.

    Raises
    ------
    ValueError
        It is not, or no JSON object.
    """
    resource = parse_resource(body)
    if resource.get("id") != user_id:
        raise ValueError(f"the target answered with user {resource.get('id')!r}")
    return resource
