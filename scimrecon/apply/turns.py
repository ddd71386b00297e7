"""One user's turn: from the first GET to an outcome."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from scimrecon.apply.brake import Brake
from scimrecon.client import Answer, Connection, Target
from scimrecon.dialects import Dialect
from scimrecon.errors import Malformed, PathError, PlanError, Refused, ServerError, Unreachable
from scimrecon.journal import Outcome, Step, UserOutcome
from scimrecon.paths import Resource, clear_path, find_key, parse_path
from scimrecon.plan import (
    Cell,
    CellState,
    build_body,
    cell_state,
    copy_resource,
    held_text,
    same_but_formatting,
    sendable,
    unlike_paths,
)
from scimrecon.tables import count
from scimrecon.users import version_of
from scimrecon.values import parse_resource, shorten


@dataclass(frozen=True, kw_only=True)
class Request:
    """One user's turn."""

    user_id: str
    cells: Sequence[Cell]


@dataclass(kw_only=True)
class Turn:
    """What is known so far of one user's turn."""

    request: Request
    started: float = field(default_factory=time.monotonic)
    steps: list[Step] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    fresh: Resource = field(default_factory=dict)
    wanted: Resource = field(default_factory=dict)
    """The fresh resource with the cells overlaid: what should be there afterwards."""

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
        facts = {"sent": {}, "read_back": {}, **self.facts}
        seconds = time.monotonic() - self.started
        return UserOutcome(
            user_id=self.request.user_id, outcome=outcome, reason=reason, seconds=seconds, steps=tuple(self.steps), **facts
        )

    def read_back(self, resource: Resource) -> None:
        """Note what the target held afterwards."""
        self.facts["read_back"] = {cell.change_id: held_text(cell, resource) for cell in self.request.cells}
        self.facts["version_after"] = version_of(resource) or self.facts.get("version_after")


@dataclass(frozen=True, kw_only=True)
class Sender:
    """What all turns of a run share."""

    target: Target
    accept: Sequence[str]
    dry_run: bool

    @property
    def dialect(self) -> Dialect:
        """The target's."""
        return self.target.dialect

    def send(self, connection: Connection, request: Request, brake: Brake) -> UserOutcome:
        """Take one user from the first GET to an outcome."""
        turn = Turn(request=request)
        try:
            answer = _step(turn, "read", "GET", lambda: connection.get_user(request.user_id))
            turn.fresh = _parse_user(answer.body, request.user_id)
        except ServerError as error:
            return _unread(turn, error, brake)
        except ValueError as error:
            return turn.end(Outcome.FAILED, f"the target's answer is not this user: {shorten(str(error))}; nothing was sent")
        turn.facts |= {
            "resource_before": answer.body,
            "version_before": version_of(turn.fresh) or answer.version or None,
            "http_status": answer.status,
        }
        pending, early = self._freshness(turn)
        if early is not None:
            return early
        try:
            body = build_body(answer.body, pending, self.dialect, self.accept)
        except PlanError as error:
            return turn.end(Outcome.BLOCKED, str(error))
        turn.wanted = _overlaid(turn.fresh, body, self.dialect)
        if self.dry_run:
            return turn.end(Outcome.WOULD_APPLY, f"{count(len(pending), 'attribute')} would change")
        return self._put(connection, turn, body, brake)

    def _freshness(self, turn: Turn) -> tuple[list[Cell], UserOutcome | None]:
        """Hold the ticked cells against the resource just read; those already as desired drop out."""
        states = [(cell, cell_state(cell, turn.fresh)) for cell in turn.request.cells]
        moved = [cell for cell, state in states if state is CellState.MOVED]
        if moved:
            now, then = (shorten(repr(text)) if text else "empty" for text in (held_text(moved[0], turn.fresh), moved[0].before))
            reason = f"{moved[0].path} is now {now}, and was {then} when it was ticked"
            return [], turn.end(Outcome.STALE, reason)
        pending = [cell for cell, state in states if state is CellState.BEFORE]
        if not pending:
            return [], turn.end(Outcome.NOOP, "the target holds what was asked already")
        return pending, None

    def _put(self, connection: Connection, turn: Turn, body: Resource, brake: Brake) -> UserOutcome:
        content = orjson.dumps(body)
        turn.facts |= {
            "attempts": 1,
            "http_status": None,
            "body_sent": content,
            "sent": {cell.change_id: held_text(cell, body) for cell in turn.request.cells},
        }
        try:
            answer = _step(turn, "write", "PUT", lambda: connection.put_user(turn.request.user_id, content))
        except Refused as error:
            return self._refused(connection, turn, error, brake)
        except Unreachable as error:
            if not error.sent:
                return turn.end(Outcome.FAILED, f"{error} Nothing was sent.")
            return self._settle(connection, turn, error)
        except Malformed as error:
            return self._settle(connection, turn, error)
        turn.facts |= {
            "http_status": answer.status, "request_id": answer.request_id, "version_after": answer.version or None,
        }  # fmt: skip
        shown = _shown(answer.body, turn.request.user_id)
        outcome = None if shown is None else self._judge(turn, shown, "")
        if outcome is not None and outcome.outcome is Outcome.APPLIED:
            return outcome
        # An answer may show a part of the user only: what is wrong with it is said after a GET.
        return self._settle(connection, turn, None)

    def _refused(self, connection: Connection, turn: Turn, error: Refused, brake: Brake) -> UserOutcome:
        said = " ".join(word for word in (str(error.status), error.scim_type, error.detail) if word)
        if error.status == 401:
            brake.pull("the run stopped: the target refused the token (401)")
        if error.status == 429:
            return turn.end(Outcome.THROTTLED, f"the target asks for fewer requests: {said}", error=error)
        if error.status >= 500:
            # A gateway may answer for a server that did the work.
            return self._settle(connection, turn, error)
        if error.status == 404:
            gone = self._is_gone(connection, turn)
            words = "the user is gone" if gone else "the user is there, and the target takes no PUT for it"
            return turn.end(Outcome.REJECTED, f"{words}: {said}", error=error)
        return turn.end(Outcome.REJECTED, f"the target refused: {said}", error=error)

    def _is_gone(self, connection: Connection, turn: Turn) -> bool:
        try:
            _step(turn, "settle", "GET", lambda: connection.get_user(turn.request.user_id))
        except Refused as error:
            return error.status == 404
        except ServerError:
            return False
        return False

    def _settle(self, connection: Connection, turn: Turn, doubt: ServerError | None) -> UserOutcome:
        """Find out by GET what became of a PUT."""
        why = f"settled by GET after: {doubt}" if doubt else ""
        try:
            step = "settle" if doubt else "read_back"
            answer = _step(turn, step, "GET", lambda: connection.get_user(turn.request.user_id))
            held = _parse_user(answer.body, turn.request.user_id)
        except (ServerError, ValueError) as error:
            if doubt is None:
                return turn.end(Outcome.APPLIED_UNVERIFIED, f"the target said yes; reading it back failed: {error}")
            return turn.end(Outcome.UNKNOWN, f"{doubt} It could not be settled: {error}", error=doubt)
        if doubt is None or all(cell_state(cell, held) is CellState.DESIRED for cell in turn.request.cells):
            return self._judge(turn, held, why)
        turn.read_back(held)
        if isinstance(doubt, Unreachable):
            reason = f"{doubt} The user does not hold what was asked yet; the PUT may still arrive."
            return turn.end(Outcome.UNKNOWN, reason, error=doubt)
        return turn.end(Outcome.FAILED, f"{doubt} The user does not hold what was asked.", error=doubt)

    def _judge(self, turn: Turn, held: Resource, why: str) -> UserOutcome:
        """Compare what the target holds now with what was asked, on all paths."""
        turn.read_back(held)
        left = [cell for cell in turn.request.cells if cell_state(cell, held) is not CellState.DESIRED]
        rewritten = [cell for cell in left if same_but_formatting(cell, held)]
        lost = [cell for cell in left if cell not in rewritten]
        try:
            wanted, now = (self._comparable(resource) for resource in (turn.wanted, held))
            touched = unlike_paths(wanted, now, turn.request.cells)
        except RecursionError:
            return turn.end(Outcome.APPLIED_UNVERIFIED, "the target said yes; what it holds is nested too deeply to be compared")
        if touched:
            return turn.end(Outcome.SIDE_EFFECT, f"changed without being asked: {', '.join(touched)}")
        if lost:
            first = lost[0]
            held_now = shorten(repr(held_text(first, held)))
            reason = f"the target said yes, and holds {held_now} at {first.path} instead of {shorten(repr(first.after))}"
            return turn.end(Outcome.NOT_CONVERGED, reason)
        if rewritten:
            why = f"the target keeps {rewritten[0].path} in its own formatting: {shorten(repr(held_text(rewritten[0], held)))}"
        return turn.end(Outcome.APPLIED, why or "every ticked attribute holds what was asked, and nothing else changed")

    def _comparable(self, resource: Resource) -> Resource:
        """A copy without what servers write themselves, and without what the analyst accepted as derived."""
        copy = sendable(copy_resource(resource), self.dialect)
        # Which schemas are listed follows from what is there, and servers keep the list themselves.
        copy.pop(find_key(copy, "schemas"), None)
        for name in self.accept:
            kind, _, path = name.partition(":")
            if kind == "derived":
                with suppress(PathError):  # of a shape in which there is no such place
                    clear_path(parse_path(path), copy, omit=True)
        return copy


def _unread(turn: Turn, error: ServerError, brake: Brake) -> UserOutcome:
    """The first GET failed: nothing was sent, whatever the reason."""
    if not isinstance(error, Refused):
        return turn.end(Outcome.FAILED, f"{error} Nothing was sent.")
    if error.status == 401:
        brake.pull("the run stopped: the target refused the token (401)")
        return turn.end(Outcome.NOT_ATTEMPTED, "the target refused the token (401)", error=error)
    if error.status == 404:
        return turn.end(Outcome.REJECTED, "the user is gone: the target does not know the id any more (404)", error=error)
    if error.status == 429:
        return turn.end(Outcome.THROTTLED, "the target asks for fewer requests (429); nothing was sent", error=error)
    outcome = Outcome.REJECTED if error.status < 500 else Outcome.FAILED
    return turn.end(outcome, f"reading the user failed: {error.status} {error.detail}; nothing was sent", error=error)


def _step(turn: Turn, step: str, method: str, exchange: Callable[[], Answer]) -> Answer:
    """Do one exchange and note it."""
    started = time.monotonic()
    status: int | None = None
    error_text: str | None = None
    request_id: str | None = None
    try:
        answer = exchange()
        status, request_id = answer.status, answer.request_id or None
    except ServerError as error:
        error_text = str(error)
        if isinstance(error, Refused):
            status, request_id = error.status, error.request_id or None
        raise
    finally:
        seconds = time.monotonic() - started
        turn.steps.append(
            Step(step=step, method=method, http_status=status, error=error_text, request_id=request_id, seconds=seconds)
        )
    return answer


def _overlaid(fresh: Resource, body: Resource, dialect: Dialect) -> Resource:
    """What should be there afterwards: the body, and what clients do not send as it was."""
    kept = sendable(copy_resource(fresh), dialect)
    return {**{name: value for name, value in fresh.items() if name not in kept}, **body}


def _shown(body: bytes, user_id: str) -> Resource | None:
    """The user a PUT was answered with, or None where the answer shows none."""
    try:
        return _parse_user(body, user_id)
    except ValueError:
        return None


def _parse_user(body: bytes, user_id: str) -> Resource:
    resource = parse_resource(body)
    if resource.get("id") != user_id:
        raise ValueError(f"the target answered with user {resource.get('id')!r}")
    return resource
