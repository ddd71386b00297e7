"""Apply a plan."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path

from scimrecon.apply.progress import ProgressOption
from scimrecon.apply.refusing import refuse_other_bodies, refuse_other_target, refuse_sending, refuse_unapproved
from scimrecon.apply.running import Manner, send_all
from scimrecon.apply.turn import Request
from scimrecon.apply.versions import Proof
from scimrecon.client import Target
from scimrecon.errors import PlanError
from scimrecon.journal import Journal, TargetLock
from scimrecon.plan import CANARIES, Plan
from scimrecon.results import Results, results_of


def apply_plan(
    plan: Plan,
    target: Target,
    *,
    dry_run: bool = True,
    batch_size: int = 50,
    concurrency: int | None = None,
    rate: float | None = None,
    canary: bool = True,
    approved: str | None = None,
    run: str | PathLike[str] | None = None,
    note: str = "",
    progress: ProgressOption = None,
    stop: threading.Event | None = None,
) -> Results:
    """Send a plan's PUTs in batches, or (by default) find out what would become of them.

    A batch is its intents made durable in the run file, its PUTs sent, its outcomes committed. Interrupting it (the stop
    button) settles and records what is under way, then raises KeyboardInterrupt. A side effect, a refused token, three users
    forbidden in a row, five that failed in a row or ten of the last twenty stop the run; everyone not reached is
    ``not_attempted``, and `resume` goes on. Cost: two requests a user, one where versions are proven, one more for the canaries
    and where the PUT's answer does not show the user as asked; memory does not grow with the users sent.

    Parameters
    ----------
    plan
        What `plan_puts` or `open_plan` returned.
    target
        The one the plan was made for.
    dry_run
        Read each user and say what would happen; write nothing anywhere.
    batch_size
        Users in a batch.
    concurrency
        Requests under way at once; the dialect's own number unless said. Each 429 halves it for a while.
    rate
        Requests a second, at most; the dialect's own number unless said.
    canary
        Begin with batches of 1, 5 and 25 users, each read back by GET before the next begins, and find out with the first
        whether the target honours If-Match (RFC 7644 §3.14). Where it does, no edit made meanwhile can be overwritten.
    approved
        The hash of the plan somebody approved: any other is refused.
    run
        The run file, named ``….run``; by default one named after target, time and plan in the working directory.
    note
        Kept with the run, such as a change number.
    progress
        A function, called with a `Progress` a few times a second; None shows a bar in a terminal or notebook, False nothing.
    stop
        Set it to stop the run: what is under way is settled, the rest is ``not_attempted``.

    Returns
    -------
    Results
        ``frame`` follows `schemas.Outcomes`, ``steps`` `schemas.Steps`, ``changes`` `schemas.AttributeResults`.

    Raises
    ------
    PlanError
        The plan is another target's or dialect's, a masked copy, not the one approved, was changed by hand, exceeds a
        threshold, was run already, or its export file changed since; or an option is not of its kind. Nothing was sent.
    RunError
        The run file cannot be made, or another run is writing to the target. Nothing was sent.
    """
    refuse_other_target(plan, target)
    if not isinstance(dry_run, bool):
        raise PlanError(f"dry_run={dry_run!r}: only dry_run=False sends; say True or False.")
    if not isinstance(canary, bool):
        raise PlanError(f"canary={canary!r}: say True or False.")
    if not isinstance(note, str):
        raise PlanError(f"note={note!r}: give a text, such as note='CHG0041234'.")
    if not isinstance(run, str | PathLike | None):
        raise PlanError(f"run={run!r}: give a path, such as run='change.run', or leave it out.")
    manner = Manner(batch_size=batch_size, concurrency=concurrency, rate=rate, progress=progress, stop=stop)
    manner.check()
    refuse_unapproved(plan, approved)
    refuse_other_bodies(plan, target)
    path = Path(run) if run is not None else Path(_run_name(plan))
    if not dry_run:
        refuse_sending(plan, path)
    proof = Proof.OPEN if canary and not dry_run and target.dialect.versions else Proof.UNPROVEN
    canaries = CANARIES if canary and not dry_run else ()
    facts = {"note": note, "url": target.url, "refusal": plan.refusal}
    lock = nullcontext() if dry_run else TargetLock(target.fingerprint, plan.host, path)
    with lock, Journal(None if dry_run else path) as journal:
        journal.begin(plan, facts)
        found = send_all(
            _requests(plan, sum(canaries)), target, journal, manner, accept=plan.accept, total=len(plan.requests), proof=proof,
            canaries=canaries, dry_run=dry_run,
        )  # fmt: skip
        journal.note(versions=found)
        journal.finish()
        return results_of(journal)


def _requests(plan: Plan, canaries: int) -> Iterator[Request]:
    for number, (user_id, cells) in enumerate(plan.cells()):
        yield Request(user_id=user_id, cells=cells, resource=plan.current.resources[user_id], canary=number < canaries)


def _run_name(plan: Plan) -> str:
    host = re.sub(r"[^A-Za-z0-9.-]+", "_", plan.host)
    return f"{host}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{plan.hash[:8]}.run"
