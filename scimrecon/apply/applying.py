"""Apply a plan: refuse what must not be sent, then send batch by batch and keep the record."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime
from itertools import islice
from os import PathLike
from pathlib import Path
from typing import Self

from scimrecon.apply.brake import Brake
from scimrecon.apply.turns import Request, Sender
from scimrecon.client import Connection, Target
from scimrecon.errors import PlanError
from scimrecon.guards import refusal
from scimrecon.journal import Journal, Outcome, UserOutcome, find_run
from scimrecon.plan import Plan
from scimrecon.results import Results, results_of


def apply_plan(
    plan: Plan,
    target: Target,
    /,
    *,
    dry_run: bool = True,
    batch_size: int = 50,
    concurrency: int | None = None,
    run: str | PathLike[str] | None = None,
    note: str = "",
) -> Results:
    """Send a plan's PUTs in batches, or (by default) find out what would become of them.

    A batch is its intents made durable in the run file, its PUTs sent, its outcomes committed. Interrupting it (the stop
    button) settles and records what is under way, then raises KeyboardInterrupt. A refused token, three users
    forbidden in a row, or a side effect stop the run; everyone not reached is ``not_attempted``. Cost: two requests a user,
    three where the PUT's answer does not show the user as asked; memory does not grow with the users sent.

    Parameters
    ----------
    plan
        What `plan_puts` returned.
    target
        The one the plan was made for.
    dry_run
        Read each user and say what would happen; write nothing anywhere.
    batch_size
        Users in a batch.
    concurrency
        Requests under way at once; the dialect's own number unless said.
    run
        The run file, named ``….run``; by default one named after target, time and plan in the working directory.
    note
        Kept with the run, such as a change number.

    Returns
    -------
    Results
        ``frame`` follows `schemas.Outcomes`, ``steps`` `schemas.Steps`, ``changes`` `schemas.AttributeResults`.

    Raises
    ------
    PlanError
        The plan is another target's, was changed by hand, exceeds a threshold, was run already, or its export file changed
        since. Nothing was sent.
    RunError
        The run file cannot be made. Nothing was sent.
    """
    if not isinstance(plan, Plan) or not isinstance(target, Target):
        raise PlanError(
            f"apply_plan takes a plan and a target, not {type(plan).__name__} and {type(target).__name__}: "
            "apply_plan(plan_puts(selection, target), target)."
        )
    if not isinstance(dry_run, bool):
        raise PlanError(f"dry_run={dry_run!r}: only dry_run=False sends; say True or False.")
    if target.fingerprint != plan.fingerprint:
        raise PlanError(f"the plan is for {plan.host}, and this target is another: {target.url}. Plan again for it.")
    if batch_size < 1 or (concurrency is not None and concurrency < 1):
        raise PlanError("batch_size and concurrency are 1 or more.")
    if not dry_run:
        path = Path(run) if run is not None else Path(_run_name(plan))
        _refuse(plan, path)
    with Journal(None if dry_run else path) as journal:
        journal.begin(plan, {"note": note, "url": target.url, "refusal": refusal(plan.thresholds)})
        workers = min(concurrency or target.dialect.concurrency, max(1, len(plan.requests)))
        sender = Sender(target=target, accept=plan.accept, dry_run=dry_run)
        with _Threads(sender, workers) as threads:
            for number, batch in enumerate(_batches(plan, batch_size), start=1):
                _send_batch(threads, journal, number, batch)
        journal.finish()
        return results_of(journal)


def _send_batch(threads: _Threads, journal: Journal, number: int, batch: Sequence[Request]) -> None:
    """Make a batch's intents durable, send it, and record what became of it, whatever happens."""
    journal.intend(number, [request.user_id for request in batch])
    turns = threads.begin(batch)
    try:
        outcomes = [turn.result() for turn in turns]
    except BaseException as stop:
        # KeyboardInterrupt is the stop button; whatever else it is, what was sent is not forgotten.
        threads.brake.pull(f"the run was interrupted ({type(stop).__name__})")
        journal.record(number, [turn.result() for turn in turns if turn.exception() is None])
        stop.add_note(f"What was under way was settled and recorded: open_run({str(journal.path)!r}).")
        raise
    journal.record(number, outcomes)


def _refuse(plan: Plan, path: Path) -> None:
    """Refuse what must not be sent, before the first request.

    Raises
    ------
    PlanError
        The message says why, and what to do if it is meant.
    """
    if not plan.is_intact():
        raise PlanError("the plan's frames were changed after it was made. Edit the diff (Diff.edit) and plan again.")
    over = refusal(plan.thresholds)
    if over:
        raise PlanError(over)
    if path.suffix != ".run":
        raise PlanError(f"run={str(path)!r}: name it ….run, so that it is found before this plan is sent again.")
    earlier = find_run(path.parent, plan.hash) or find_run(Path.cwd(), plan.hash)
    if earlier is not None:
        raise PlanError(f"this plan was run already: {earlier}. Fetch the users and compare again to plan what is left.")
    if plan.source is not None and (file := Path(plan.source.name)).is_file():
        with file.open("rb") as opened:
            now = hashlib.file_digest(opened, "sha256").hexdigest()
        if now != plan.source.sha256:
            raise PlanError(f"{file}: the export changed since the plan was made. Read, compare and plan again.")


def _run_name(plan: Plan) -> str:
    host = re.sub(r"[^A-Za-z0-9.-]+", "_", plan.host)
    return f"{host}-{datetime.now(UTC):%Y%m%d-%H%M%S}-{plan.hash[:8]}.run"


def _batches(plan: Plan, size: int) -> Iterator[list[Request]]:
    requests = (Request(user_id=user_id, cells=cells) for user_id, cells in plan.cells())
    while batch := list(islice(requests, size)):
        yield batch


class _Threads:
    """A few threads, each with a connection of its own; a context manager."""

    def __init__(self, sender: Sender, workers: int) -> None:
        self._sender = sender
        self._own = threading.local()
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="scimrecon", initializer=self._connect)
        self.brake = Brake()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._open.close()

    def _connect(self) -> None:
        connection = Connection(self._sender.target)
        with self._lock:
            self._own.connection = self._open.enter_context(connection)

    def begin(self, batch: Sequence[Request]) -> list[Future[UserOutcome]]:
        return [self._pool.submit(self._turn, request) for request in batch]

    def _turn(self, request: Request) -> UserOutcome:
        if self.brake.reason:
            return UserOutcome(
                user_id=request.user_id, outcome=Outcome.NOT_ATTEMPTED, reason=self.brake.reason, sent={}, read_back={}
            )
        outcome = self._sender.send(self._own.connection, request, self.brake)
        self.brake.watch(outcome)
        return outcome
