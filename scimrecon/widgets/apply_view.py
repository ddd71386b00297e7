"""Send a plan from a notebook, watched: nothing starts without a person's click and a typed word."""

from __future__ import annotations

import threading
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from scimrecon.apply import Progress, apply_plan, refuse_other_target
from scimrecon.client import Target
from scimrecon.errors import PlanError
from scimrecon.plan import Plan
from scimrecon.tables import count, render
from scimrecon.widgets.display import visible
from scimrecon.widgets.messages import APPLY_VIEW, Messages
from scimrecon.widgets.panel import Panel, module_of
from scimrecon.widgets.working import BROKE, Worker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scimrecon.results import Results

_RUNNING = ("rehearsing", "sending", "stopping")
_MOST_WARNINGS = 10
_GOES_ON = "; runs() lists the run, resume(path, target) goes on."


class ApplyView(Panel):
    """Send a plan and watch it: counts and limits before, outcomes, rate and time left during, `results` after.

    Nothing is sent until somebody types the target's host or the number of users and clicks Send: no method does that, so Run
    All never writes. Code that is to send calls `scimrecon.apply_plan`. The run goes on in a thread of its own, whatever cell is
    run meanwhile, and is recorded as any other: what a stopped kernel leaves, `scimrecon.resume` takes up.

    Parameters
    ----------
    plan
        What `plan_puts` or `open_plan` returned.
    target
        The one the plan was made for.
    batch_size, concurrency, rate, canary, approved, run, note
        As in `apply_plan`.

    Raises
    ------
    PlanError
        The plan is none, or is another target's.
    """

    _esm = module_of("apply_view.js")
    _messages: ClassVar[Messages] = APPLY_VIEW

    def __init__(
        self,
        plan: Plan,
        target: Target,
        /,
        *,
        batch_size: int = 50,
        concurrency: int | None = None,
        rate: float | None = None,
        canary: bool = True,
        approved: str | None = None,
        run: str | PathLike[str] | None = None,
        note: str = "",
    ) -> None:
        refuse_other_target(plan, target)
        super().__init__()
        self.plan = plan
        self._target = target
        self._options: dict[str, Any] = {
            "batch_size": batch_size, "concurrency": concurrency, "rate": rate, "canary": canary, "approved": approved,
            "run": run, "note": note,
        }  # fmt: skip
        self._told = _tell_plan(plan, target, self._words())
        self._phase = "ready"
        self._error = ""
        self._progress: Progress | None = None
        self._results: Results | None = None
        self._rehearsal: Results | None = None
        self._stop = threading.Event()
        self._worker = Worker()

    def __repr__(self) -> str:
        return f"<ApplyView: {self.plan}; {self._results if self._results is not None else self._phase}>"

    @property
    def results(self) -> Results | None:
        """Of the plan as it was sent; None until that has ended."""
        return self._results

    @property
    def rehearsal(self) -> Results | None:
        """Of the last dry run; None before the first."""
        return self._rehearsal

    def stop(self) -> None:
        """Stop the run: what is under way is settled, the rest is ``not_attempted``. Without a run it does nothing."""
        with self._lock:
            if self._phase in _RUNNING:
                self._phase = "stopping"
                self._stop.set()
        self._send_state()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until nothing is being sent or rehearsed; whether that is so.

        Parameters
        ----------
        timeout_s
            Seconds to wait at most; None waits for the end.
        """
        return self._worker.wait(timeout_s)

    def _act(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "rehearse":
                self._begin("rehearsing", dry_run=True)
            case "send":
                if message["typed"].strip() not in self._words():
                    raise PlanError(f"to send, type the host ({self.plan.host}) or the number of users.")
                self._begin("sending", dry_run=False)
            case "stop":
                self.stop()

    def _words(self) -> list[str]:
        """What confirms: both say that the plan was looked at."""
        users = len(self.plan.requests)
        return [self.plan.host, str(users), f"{users:,}"]

    def _begin(self, phase: str, *, dry_run: bool) -> None:
        with self._lock:
            if self._phase in _RUNNING:
                raise PlanError("it is under way already.")
            if self._results is not None:
                raise PlanError("the plan was sent; look at .results. Fetch the users and compare again for what is left.")
            if self.plan.requests.empty:
                raise PlanError("the plan has no user to send.")
            self._phase, self._error, self._progress = phase, "", None
            self._stop = threading.Event()
            self._worker.start(lambda: self._run(dry_run=dry_run), lambda problem: self._end(problem, dry_run=dry_run))

    def _run(self, *, dry_run: bool) -> None:
        results = apply_plan(self.plan, self._target, dry_run=dry_run, progress=self._hear, stop=self._stop, **self._options)
        with self._lock:
            if dry_run:
                self._rehearsal = results
            else:
                self._results = results

    def _end(self, problem: str, *, dry_run: bool) -> None:
        with self._lock:
            self._error = problem + _GOES_ON if problem == BROKE else problem
            if dry_run and problem:
                self._rehearsal = None
            self._phase = "ready" if dry_run or problem else "done"
        self._send_state()

    def _hear(self, progress: Progress) -> None:
        with self._lock:
            self._progress = progress
        self._send_state()

    def _state(self) -> dict[str, object]:
        return {
            **self._told,
            "phase": self._phase,
            "progress": self._far(),
            "error": visible(self._error, 1_000),
            "ended": self._ended(),
            "code": self._code(),
        }

    def _far(self) -> dict[str, object] | None:
        progress = self._progress
        if progress is None:
            return None
        named = sorted(progress.outcomes.items(), key=lambda one: (-one[1], one[0]))
        return {
            "done": progress.done, "total": progress.total, "outcomes": [list(one) for one in named],
            "rate": round(progress.rate, 1), "eta_s": None if progress.eta_s is None else round(progress.eta_s),
            "seconds": round(progress.seconds, 1),
        }  # fmt: skip

    def _ended(self) -> str:
        """What the last run came to, in a line."""
        results = self._results if self._results is not None else self._rehearsal
        if results is None:
            return ""
        counts = ", ".join(f"{number:,} {name}" for name, number in results.frame["outcome"].value_counts().items())
        return f"Sent: {counts}." if results.path is not None else f"Dry run, nothing was sent: {counts}."

    def _code(self) -> str:
        """What does the same in a cell; of the options those that were given."""
        if self._results is not None:
            return f"results = sr.open_run({str(self._results.path)!r})\n"
        given = {"canary": True, "batch_size": 50, "note": ""}
        said = {name: value for name, value in self._options.items() if value is not None and value != given.get(name)}
        options = "".join(f", {name}={str(value) if isinstance(value, PathLike) else value!r}" for name, value in said.items())
        return f"results = sr.apply_plan(plan, target{options})  # a dry run; dry_run=False sends\n"

    def _summary(self) -> str:
        plan = self.plan
        facts = {"users": f"{len(plan.requests):,}", "blocked": f"{len(plan.blocked):,}", "target": plan.host, "hash": plan.hash}
        words = "Sending needs the kernel; what was sent is in the run file, which open_run shows."
        return render(f"A plan for {count(len(plan.requests), 'user')}", {**facts, "note": words})


def _tell_plan(plan: Plan, target: Target, words: list[str]) -> dict[str, object]:
    """What does not change while it is sent, as drawn."""
    limits = plan.thresholds.to_dict("records")
    return {
        "plan": visible(str(plan), 600),
        "host": visible(plan.host),
        "url": visible(target.url),
        "words": words,
        "refusal": visible(plan.refusal, 1_000),
        "limits": [_drawn_limit({str(name): cell for name, cell in row.items()}) for row in limits],
        "warnings": [visible(text) for text in plan.warnings["warning"].head(_MOST_WARNINGS)],
        "users": len(plan.requests),
    }


def _drawn_limit(row: Mapping[str, Any]) -> list[str]:
    limit = row["limit"] if pd.isna(row["allowed"]) else row["allowed"]
    name = f"{row['threshold']} of {row['path']}" if isinstance(row["path"], str) else row["threshold"]
    return [visible(name), f"{row['users']:,}", f"{limit:,}", visible(row["rule"]), "over" if row["exceeded"] else ""]
