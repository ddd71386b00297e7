"""One user's turn: from the first GET to an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import orjson

from scimrecon.apply.brake import Brake
from scimrecon.apply.judging import is_done, judge
from scimrecon.apply.turn import Doubt, Request, Turn, parse_user
from scimrecon.apply.versions import Proof, Versions, other_version
from scimrecon.client import Answer, Connection, Target
from scimrecon.dialects import Dialect
from scimrecon.errors import Malformed, PlanError, Refused, ServerError, Unreachable
from scimrecon.journal import Outcome, UserOutcome
from scimrecon.paths import Resource
from scimrecon.plan import Cell, CellState, cell_state, held_text, read_exactly, rebuild_body
from scimrecon.tables import count
from scimrecon.users import version_of
from scimrecon.values import shorten

_NOTHING_DONE = frozenset(
    {
        Outcome.THROTTLED, Outcome.FAILED, Outcome.NOOP, Outcome.STALE, Outcome.REJECTED, Outcome.BLOCKED, Outcome.NOT_ATTEMPTED,
    }
)  # fmt: skip
_NOT_THERE = "The user does not hold what was asked"


@dataclass(frozen=True, kw_only=True)
class Sender:
    """What all turns of a run share."""

    target: Target
    accept: Sequence[str]
    dry_run: bool
    versions: Versions
    brake: Brake

    @property
    def dialect(self) -> Dialect:
        """The target's."""
        return self.target.dialect

    def send(self, connection: Connection, request: Request) -> UserOutcome:
        """Take one user to an outcome, with as many attempts as the dialect allows; between two PUTs there is always a GET."""
        turn = Turn(request=request)
        doubt: Doubt | None = None
        while True:
            found = self._attempt(connection, turn, doubt)
            if isinstance(found, UserOutcome):
                return _cautiously(turn, found)
            doubt = found
            if doubt.open_ended:
                turn.lingering = doubt.error
            again = turn.attempts < self.dialect.attempts and not self.brake.reason
            if not (again and (doubt.conflict or self._may_help(doubt, connection, turn))):
                return _cautiously(turn, self._give_up(connection, turn, doubt))

    def _may_help(self, doubt: Doubt, connection: Connection, turn: Turn) -> bool:
        """Wait, and say whether another attempt makes sense."""
        error = doubt.error
        if isinstance(error, Refused) and not self._is_transient(error):
            return False
        hopeless = isinstance(error, Unreachable) and error.late
        return not hopeless and connection.pace.wait_after(error, turn.attempts)

    def _attempt(self, connection: Connection, turn: Turn, doubt: Doubt | None) -> UserOutcome | Doubt:
        in_doubt = turn.request.doubtful or turn.lingering is not None or (doubt is not None and doubt.may_be_done)
        body = turn.request.resource if doubt is None else None
        if body is not None and self.versions.proven:
            turn.fresh = parse_user(body, turn.request.user_id)
        if not turn.version or doubt is not None:
            answer = self._read(connection, turn, doubt, in_doubt=in_doubt)
            if isinstance(answer, UserOutcome):
                return answer
            body = answer.body
        assert body is not None  # noqa: S101 - of the plan, or just read
        if in_doubt and is_done(turn.request.ticked, turn.fresh):
            return self._settled(turn, doubt)
        pending, early = self._freshness(turn, doubt)
        if early is not None:
            return early
        try:
            resource = turn.fresh if body is turn.request.resource else read_exactly(body)
            built = rebuild_body(resource, pending, self.dialect, self.accept)
        except PlanError as error:
            return turn.end(Outcome.BLOCKED, str(error))
        if self.dry_run:
            return turn.end(Outcome.WOULD_APPLY, f"{count(len(pending), 'attribute')} would change")
        if self.brake.reason:
            return self._give_up(connection, turn, doubt) if doubt else turn.end(Outcome.NOT_ATTEMPTED, self.brake.reason)
        turn.wanted = built
        return self._put(connection, turn, built)

    def _read(self, connection: Connection, turn: Turn, doubt: Doubt | None, *, in_doubt: bool) -> Answer | UserOutcome:
        """Take a fresh look at the user."""
        step = "settle" if in_doubt else "read"
        try:
            answer = connection.get_user(turn.request.user_id, observe=turn.observe(step))
            turn.fresh = parse_user(answer.body, turn.request.user_id)
        except (ServerError, ValueError) as error:
            if in_doubt:
                if isinstance(error, Refused) and error.status == 404:
                    return self._unread(turn, error)
                return _unsettled(turn, doubt, error)
            if isinstance(error, ServerError):
                return self._unread(turn, error)
            return turn.end(Outcome.FAILED, f"the target's answer is not this user: {shorten(str(error))}; nothing was sent")
        turn.etag = answer.version
        turn.facts |= {"version_before": turn.version or None, "http_status": answer.status}
        if not (in_doubt and is_done(turn.request.ticked, turn.fresh)):
            turn.facts["resource_before"] = answer.body
        return answer

    def _unread(self, turn: Turn, error: ServerError) -> UserOutcome:
        """The user could not be read: nothing was sent, or nothing that was done, whatever the reason."""
        if not isinstance(error, Refused):
            return turn.end(Outcome.FAILED, f"{error} Nothing was sent.")
        if error.status == 401:
            self.brake.pull("the run stopped: the target refused the token (401)")
            return turn.end(Outcome.NOT_ATTEMPTED, "the target refused the token (401)", error=error)
        if error.status == 404:
            return turn.end(Outcome.REJECTED, "the user is gone: the target does not know the id any more (404)", error=error)
        if error.status == 429:
            self._tell_long_wait(error)
            return turn.end(Outcome.THROTTLED, "the target asks for fewer requests (429); nothing was sent", error=error)
        outcome = Outcome.REJECTED if error.status < 500 else Outcome.FAILED
        return turn.end(outcome, f"reading the user failed: {error.status} {error.detail}; nothing was sent", error=error)

    def _freshness(self, turn: Turn, doubt: Doubt | None) -> tuple[list[Cell], UserOutcome | None]:
        """Hold the ticked cells against the freshest look; those already as desired drop out."""
        states = [(cell, cell_state(cell, turn.fresh)) for cell in turn.request.ticked]
        moved = [cell for cell, state in states if state is CellState.MOVED]
        if moved:
            now, then = (shorten(repr(text)) if text else "empty" for text in (held_text(moved[0], turn.fresh), moved[0].before))
            reason = f"{moved[0].path} is now {now}, and was {then} when it was ticked"
            if doubt is not None and doubt.in_doubt:
                turn.read_back(turn.fresh)
                return [], turn.end(Outcome.UNKNOWN, f"{doubt.error} Since then, {reason}.", error=doubt.error)
            return [], turn.end(Outcome.STALE, reason)
        pending = [cell for cell, state in states if state is CellState.BEFORE]
        if not pending:
            return [], turn.end(Outcome.NOOP, "the target holds what was asked already")
        pending += [cell for cell in turn.request.cells if cell.along]
        turn.rebased = turn.rebased or (doubt is not None and doubt.conflict and self.versions.proven)
        return pending, None

    def _put(self, connection: Connection, turn: Turn, body: Resource) -> UserOutcome | Doubt:
        """Send the PUT once, and look at what came of it."""
        content = orjson.dumps(body)
        version, proving = turn.version, False
        if not self.versions.proven and not self.versions.is_half(turn.request.user_id):
            proving = bool(version) and self.versions.claim(turn.request.user_id)
            version = other_version(version) if proving else ""
        turn.attempts += not proving
        turn.facts |= {
            "attempts": turn.facts.get("attempts", 0) + 1,
            "http_status": None,
            "body_sent": content,
            # The body is proven to hold what was asked; an element that its own change renames is not found by its path any more.
            "sent": {
                cell.change_id: held_text(cell, body) if cell.path.renames else cell.after or None for cell in turn.request.cells
            },
        }
        try:
            observer = turn.observe("prove" if proving else "write")
            answer = connection.put_user(turn.request.user_id, content, version=version, observe=observer)
        except Refused as error:
            doubt = Doubt(error=error, conflict=bool(version) and self._is_conflict(error), made_up=proving)
            if doubt.conflict:
                return doubt  # the made-up version was refused, and the real one is next; or somebody else was quicker
            self._close_proof(turn, Proof.UNPROVEN)
            if proving and error.status < 500 and error.status not in (401, 403, 404, 429):
                return Doubt(error=error, conflict=True, made_up=True)  # it may have been the made-up version that it disliked
            return self._refused(connection, turn, doubt)
        except (Unreachable, Malformed) as error:
            self._close_proof(turn, Proof.UNPROVEN)
            return Doubt(error=error)
        self._close_proof(turn, Proof.NONE if proving else Proof.PROVEN)
        return self._accepted(connection, turn, answer)

    def _close_proof(self, turn: Turn, proof: Proof) -> None:
        if self.versions.is_half(turn.request.user_id):
            self.versions.settle(proof)

    def _is_transient(self, error: Refused) -> bool:
        return error.status in self.dialect.transient or (error.status, error.vendor_code) in self.dialect.transient_conflicts

    def _is_conflict(self, error: Refused) -> bool:
        return bool(self.dialect.version_conflicts & {(error.status, ""), (error.status, error.vendor_code)})

    def _accepted(self, connection: Connection, turn: Turn, answer: Answer) -> UserOutcome | Doubt:
        """The target said yes: compare what it shows, or holds, with what was asked."""
        turn.facts |= {
            "http_status": answer.status, "request_id": answer.request_id, "version_after": answer.version or None,
        }  # fmt: skip
        shown: Resource = {}
        if answer.body:
            try:
                shown = parse_user(answer.body, turn.request.user_id)
            except ValueError as error:
                # A gateway's page, with a status of its own: nobody knows what the target did.
                return Doubt(error=Malformed(f"the answer to the PUT is not this user: {shorten(str(error))}."))
            if not turn.request.canary:
                outcome = judge(turn, shown, "", dialect=self.dialect, accept=self.accept)
                if outcome.outcome is Outcome.APPLIED:
                    return outcome
        # An answer may show a part of the user only: what is wrong with it is said after a GET.
        try:
            read = connection.get_user(turn.request.user_id, observe=turn.observe("read_back"))
            held = parse_user(read.body, turn.request.user_id)
        except (ServerError, ValueError) as error:
            return turn.end(Outcome.APPLIED_UNVERIFIED, f"the target said yes; reading it back failed: {error}")
        moved_on = self.versions.proven and bool(version_of(shown)) and version_of(shown) != version_of(held)
        # What somebody else wrote since is no side effect: with versions, the answer shows what our PUT made.
        return judge(turn, shown if moved_on else held, "", dialect=self.dialect, accept=self.accept)

    def _refused(self, connection: Connection, turn: Turn, doubt: Doubt) -> UserOutcome | Doubt:
        error = doubt.error
        assert isinstance(error, Refused)  # noqa: S101 - who calls it has just caught one
        said = _said(error)
        if self._is_transient(error) or doubt.in_doubt:
            return doubt
        if error.status == 401:
            self.brake.pull("the run stopped: the target refused the token (401)")
            return turn.end(Outcome.FAILED, f"the target refused the token: {said}", error=error)
        if error.status == 404:
            gone = self._is_gone(connection, turn)
            words = "the user is gone" if gone else "the user is there, and the target takes no PUT for it"
            return turn.end(Outcome.REJECTED, f"{words}: {said}", error=error)
        return turn.end(Outcome.REJECTED, f"the target refused: {said}", error=error)

    def _is_gone(self, connection: Connection, turn: Turn) -> bool:
        try:
            connection.get_user(turn.request.user_id, observe=turn.observe("settle"))
        except Refused as error:
            return error.status == 404
        except ServerError:
            return False
        return False

    def _settled(self, turn: Turn, doubt: Doubt | None) -> UserOutcome:
        """A PUT that was in doubt is seen to be done."""
        if doubt is not None and not doubt.conflict:
            why = f"settled by GET after: {doubt.error}"
            return judge(turn, turn.fresh, why, dialect=self.dialect, accept=self.accept)
        # What the user looked like just before that PUT is not known, so other attributes prove nothing.
        turn.read_back(turn.fresh)
        return turn.end(Outcome.APPLIED, "settled by GET: every ticked attribute holds what was asked")

    def _give_up(self, connection: Connection, turn: Turn, doubt: Doubt) -> UserOutcome:
        """No further attempt is made: say what is known, by a GET where that may tell."""
        error = doubt.error
        if isinstance(error, Refused) and not doubt.in_doubt:
            self._tell_long_wait(error)
            if doubt.conflict:
                reason = f"the user changed under each of {count(turn.attempts, 'attempt')}; nothing was written: {_said(error)}"
                return turn.end(Outcome.FAILED, reason, error=error)
            if error.status == 409:
                return turn.end(
                    Outcome.FAILED, f"others kept changing the user; nothing was written: {_said(error)}", error=error
                )
            return turn.end(Outcome.THROTTLED, f"the target asks for fewer requests: {_said(error)}", error=error)
        if not doubt.in_doubt:
            return turn.end(Outcome.FAILED, f"{error} Nothing was sent.")
        found = self._read(connection, turn, doubt, in_doubt=True)
        if isinstance(found, UserOutcome):
            return found
        if is_done(turn.request.ticked, turn.fresh):
            return self._settled(turn, doubt)
        turn.read_back(turn.fresh)
        if doubt.open_ended:
            return turn.end(Outcome.UNKNOWN, f"{error} {_NOT_THERE} yet; the PUT may still arrive.", error=error)
        return turn.end(Outcome.FAILED, f"{error} {_NOT_THERE}.", error=error)

    def _tell_long_wait(self, error: Refused) -> None:
        asked_s = error.retry_after_s or 0.0
        if asked_s > self.dialect.max_wait_s:
            self.brake.pull(
                f"the run stopped: the target asks to wait {asked_s:,.0f} s (longest wait: {self.dialect.max_wait_s:g} s)"
            )


def _cautiously(turn: Turn, found: UserOutcome) -> UserOutcome:
    """While a PUT may be done later still, no outcome may say that nothing was, but for a user who is gone."""
    doubtful = turn.request.doubtful and found.outcome in (Outcome.THROTTLED, Outcome.FAILED)
    if not doubtful and (turn.lingering is None or found.outcome not in _NOTHING_DONE or found.http_status == 404):
        return found
    before = turn.lingering or "An earlier PUT of this run was never answered."
    return replace(found, outcome=Outcome.UNKNOWN, reason=f"{before} It may still arrive. Since then: {found.reason}")


def _unsettled(turn: Turn, doubt: Doubt | None, error: Exception) -> UserOutcome:
    if doubt is None:
        return turn.end(Outcome.UNKNOWN, f"what became of an earlier PUT could not be settled: {error}")
    return turn.end(Outcome.UNKNOWN, f"{doubt.error} It could not be settled: {error}", error=doubt.error)


def _said(error: Refused) -> str:
    return " ".join(word for word in (str(error.status), error.scim_type, error.detail) if word)
