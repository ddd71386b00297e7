"""Send requests batch by batch and keep the record."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import chain, islice, repeat
from typing import Self

from scimrecon.apply.brake import Brake
from scimrecon.apply.progress import Meter, ProgressOption
from scimrecon.apply.turn import Request
from scimrecon.apply.turns import Sender
from scimrecon.apply.versions import Proof, Versions
from scimrecon.client import Connection, Pace, Target
from scimrecon.errors import PlanError
from scimrecon.guards import is_number
from scimrecon.journal import Journal, Outcome, UserOutcome

_LOOK_S = 0.2


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How to send: what `apply_plan` and `resume` have in common."""

    batch_size: int
    concurrency: int | None
    rate: float | None
    progress: ProgressOption
    stop: threading.Event | None

    def check(self) -> None:
        """Refuse numbers that say nothing.

        Raises
        ------
        PlanError
            The message names the option.
        """
        numbers = {"batch_size": self.batch_size} | ({} if self.concurrency is None else {"concurrency": self.concurrency})
        for name, number in numbers.items():
            if not (is_number(number, whole=True) and number >= 1):
                raise PlanError(f"{name}={number!r}: give a whole number, 1 or more.")
        if self.rate is not None and not (is_number(self.rate) and self.rate > 0):
            raise PlanError(f"rate={self.rate!r}: give requests a second, such as rate=10, or leave it out.")
        if self.stop is not None and not hasattr(self.stop, "is_set"):
            raise PlanError("stop is a threading.Event: set() it to stop the run.")
        if not (callable(self.progress) or self.progress in (None, True, False)):
            raise PlanError("progress is a function, True, False or None.")


def send_all(
    requests: Iterable[Request],
    target: Target,
    journal: Journal,
    manner: Manner,
    *,
    accept: Sequence[str],
    total: int,
    proof: Proof,
    canaries: Sequence[int] = (),
    dry_run: bool = False,
) -> Proof:
    """Send requests in batches; each batch's intents are durable before, its outcomes after.

    Returns
    -------
    Proof
        What is known of the target's versions afterwards.
    """
    workers = min(manner.concurrency or target.dialect.concurrency, max(1, total))
    pace = Pace(target.dialect, concurrency=workers, rate=manner.rate or target.dialect.rate)
    brake, versions = Brake(pace), Versions(proof)
    sender = Sender(target=target, accept=accept, dry_run=dry_run, versions=versions, brake=brake)
    first = journal.last_batch() + 1
    with Meter(total, manner.progress) as meter, _Threads(sender, pace, workers) as threads:
        for number, batch in enumerate(_batches(requests, manner.batch_size, canaries), start=first):
            _send_batch(threads, journal, number, batch, meter, manner.stop)
    return versions.proof


def _batches(requests: Iterable[Request], size: int, canaries: Sequence[int]) -> Iterator[list[Request]]:
    left = iter(requests)
    for most in chain((min(size, one) for one in canaries), repeat(size)):
        batch = list(islice(left, most))
        if not batch:
            return
        yield batch


def _send_batch(
    threads: _Threads, journal: Journal, number: int, batch: Sequence[Request], meter: Meter, stop: threading.Event | None
) -> None:
    """Make a batch's intents durable, send it, and record what became of it, whatever happens."""
    waiting = deque(batch)
    outcomes: list[UserOutcome] = []
    work: list[Future[None]] = []
    _look(stop, threads.brake)
    try:
        journal.intend(number, [request.user_id for request in batch])
        work = threads.begin(waiting, outcomes)
        _await(work, outcomes, threads.brake, meter, stop)
    except BaseException as end:
        # KeyboardInterrupt is the stop button; whatever else it is, what was sent is not forgotten.
        threads.brake.pull(f"the run was interrupted ({type(end).__name__})")
        wait(work)
        outcomes += [_not_attempted(request.user_id, threads.brake.reason) for request in waiting]
        journal.record(number, outcomes)
        if journal.path is not None:
            end.add_note(
                f"What was under way was settled and recorded: open_run({str(journal.path)!r}) shows it, "
                f"resume({str(journal.path)!r}, target) goes on."
            )
        raise
    journal.record(number, outcomes)


def _await(
    work: Sequence[Future[None]], outcomes: Sequence[UserOutcome], brake: Brake, meter: Meter, stop: threading.Event | None
) -> None:
    """Wait for a batch, counting its outcomes as they come: now and then, since each look takes the threads' time."""
    counted = 0
    left: AbstractSet[Future[None]] = set(work)
    while left or counted < len(outcomes):
        done, left = wait(left, timeout=_LOOK_S)
        for one in done:
            one.result()
        counted = meter.count(outcomes, counted)
        _look(stop, brake)


def _look(stop: threading.Event | None, brake: Brake) -> None:
    if stop is not None and stop.is_set():
        brake.pull("the run was stopped")


def _not_attempted(user_id: str, reason: str) -> UserOutcome:
    return UserOutcome(user_id=user_id, outcome=Outcome.NOT_ATTEMPTED, reason=reason)


class _Threads:
    """A few threads, each with a connection of its own; a context manager."""

    def __init__(self, sender: Sender, pace: Pace, workers: int) -> None:
        self._sender = sender
        self._pace = pace
        self._own = threading.local()
        self._open = ExitStack()
        self._lock = threading.Lock()
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="scimrecon", initializer=self._connect)
        self.brake = sender.brake

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._open.close()

    def _connect(self) -> None:
        connection = Connection(self._sender.target, self._pace)
        with self._lock:
            self._own.connection = self._open.enter_context(connection)

    def begin(self, waiting: deque[Request], outcomes: list[UserOutcome]) -> list[Future[None]]:
        """Let each thread take users from those waiting until none is left."""
        return [self._pool.submit(self._work, waiting, outcomes) for _ in range(min(self._workers, len(waiting)))]

    def _work(self, waiting: deque[Request], outcomes: list[UserOutcome]) -> None:
        while True:
            try:
                request = waiting.popleft()
            except IndexError:
                return
            outcomes.append(self._turn(request))

    def _turn(self, request: Request) -> UserOutcome:
        if self.brake.reason:
            return _not_attempted(request.user_id, self.brake.reason)
        outcome = self._sender.send(self._own.connection, request)
        self.brake.watch(outcome)
        return outcome
