"""Show what became of a run, and prepare what to do next: as values and as code, never sent from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from scimrecon.client import Target
from scimrecon.errors import SelectionError
from scimrecon.journal import UNFINISHED, Outcome
from scimrecon.results import Results
from scimrecon.reversal import revisit, undo
from scimrecon.tables import count, render
from scimrecon.widgets.messages import RESULTS_VIEW, Messages
from scimrecon.widgets.outcomes import OutcomeTable
from scimrecon.widgets.panel import PAGE_ROWS, Panel, module_of
from scimrecon.widgets.working import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scimrecon.diff import Diff, Selection
    from scimrecon.plan import Plan

_MOST_LISTED = 20
_READING = "Reading users from the target; nothing is sent, and the notebook goes on meanwhile."
_UNDECIDED = (Outcome.STALE, Outcome.REJECTED, Outcome.NOT_CONVERGED, Outcome.SIDE_EFFECT)
"""Who is compared anew by a retry, since sending the same again would come to the same."""


class ResultsView(Panel):
    """A list of a run's users to filter and search, with the target's answers, and buttons that prepare a retry or an undo.

    Nothing is sent from here. A retry or an undo is a value, `plan` or `selection`, for the next cell to look at and to apply;
    `code` writes what makes it. Whatever is done with the mouse can be done in code, with the methods below. After a click, users
    are read beside whatever cell runs; `wait` waits for that.

    Parameters
    ----------
    results
        What `apply_plan`, `resume` or `open_run` returned.
    target
        The one the run was sent to, to read users from for `retry` and `undo`; without it they only write the code.

    Raises
    ------
    SelectionError
        `results` are none, or `target` is none.
    """

    _esm = module_of("results_view.js")
    _messages: ClassVar[Messages] = RESULTS_VIEW

    def __init__(self, results: Results, /, *, target: Target | None = None) -> None:
        if not isinstance(results, Results):
            raise SelectionError(f"ResultsView takes results, from apply_plan or open_run, not {type(results).__name__}.")
        if not isinstance(target, Target | None):
            raise SelectionError(f"target is what connect returned, not {type(target).__name__}.")
        super().__init__()
        self.results = results
        self._target = target
        self._table = OutcomeTable(results=results)
        self._worker = Worker()
        self._reading = False
        self._start = 0
        self._plan: Plan | None = None
        self._diff: Diff | None = None
        self._selection: Selection | None = None
        self._code = ""
        self._made = ""

    def __repr__(self) -> str:
        return f"<ResultsView: {count(len(self._table), 'user')}, {len(self.chosen):,} ticked>"

    @property
    def chosen(self) -> list[str]:
        """The ids of the ticked users, in the plan's order."""
        with self._lock:
            return [str(one) for one in self._table.chosen()["user_id"]]

    @property
    def plan(self) -> Plan | None:
        """What `retry` made of users the run left undone, for ``apply_plan(view.plan, target)``; None where it made none."""
        return self._plan

    @property
    def diff(self) -> Diff | None:
        """What `retry` or `undo` compared anew, for ``Preview(view.diff)``; None where neither did."""
        return self._diff

    @property
    def selection(self) -> Selection | None:
        """The changes of `diff` that are of the ticked users and can be ticked, for ``plan_puts(view.selection, target)``."""
        return self._selection

    def code(self) -> str:
        """Python that makes what the last button made of ``results`` and ``target``, for ``print``; ``''`` before the first."""
        return self._code

    def show(self, outcome: str | None = None, search: str = "") -> None:
        """Show only users of one outcome, and who hold a text; without arguments, all.

        Parameters
        ----------
        outcome
            As in ``results.frame``; None for any.
        search
            Part of name, key, id, reason, detail or attributes; upper and lower case alike.

        Raises
        ------
        SelectionError
            Nobody has such an outcome.
        """
        with self._lock:
            self._table.show(outcome=outcome, search=search)
            self._start = 0
        self._send_state()

    def tick(self, user_ids: Iterable[str]) -> None:
        """Tick users: all of those named, or none.

        Parameters
        ----------
        user_ids
            As in ``results.frame``.

        Raises
        ------
        SelectionError
            An id is not of this run.
        """
        with self._lock:
            self._table.tick(user_ids)
        self._send_state()

    def untick(self, user_ids: Iterable[str]) -> None:
        """Take ticks away; raises as `tick`.

        Parameters
        ----------
        user_ids
            As in `tick`.
        """
        with self._lock:
            self._table.tick(user_ids, ticked=False)
        self._send_state()

    def retry(self) -> None:
        """Prepare another try for the ticked users.

        Whom the run left undone (``unknown, throttled, failed, not_attempted``) come into `plan`, as they were planned. Of whom
        it tried in vain (``stale, rejected, not_converged, side_effect``) `diff` compares anew what was asked, by one GET a user,
        and `selection` has what can be ticked of it. Nothing is written.

        Raises
        ------
        SelectionError
            Nobody is ticked, or nobody who is could be tried again.
        RunError
            The run file is missing or damaged.
        ServerError
            A user cannot be read.
        """
        self._plan_retry()()
        self._send_state()

    def _plan_retry(self) -> Callable[[], None]:
        """Look at who is ticked now; what is given reads them and prepares the retry."""
        chosen = self._ticked()
        left = chosen.loc[chosen["outcome"].isin(UNFINISHED), "user_id"].tolist()
        again = chosen[chosen["outcome"].isin(_UNDECIDED)]
        if not left and again.empty:
            raise SelectionError(
                "nobody ticked can be tried again: the run did what was asked of them, or their plan blocked them."
            )
        code = [f"plan = results.unfinished.select({_listed(left)})"] if left else []
        outcomes = sorted(again["outcome"].unique().tolist())
        users = again["user_id"].tolist()
        if users:
            code += [f"diff = sr.revisit(results, target, outcomes={outcomes})", *_selecting(users)]

        def read() -> None:
            unfinished = self.results.unfinished if left else None
            if left and unfinished is None:
                raise SelectionError("a dry run left nobody undone: apply_plan(plan, target, dry_run=False) sends its plan.")
            diff = revisit(self.results, self._target, outcomes=outcomes) if users and self._target is not None else None
            with self._lock:
                self._plan = unfinished.select(left) if unfinished is not None else None
                self._keep(diff, users, code)

        return read

    def undo(self) -> None:
        """Prepare to take back what the run wrote of the ticked users: `diff` as `scimrecon.undo` gives it, and `selection`.

        Nothing is written. Cost: one GET a user of the run.

        Raises
        ------
        SelectionError
            Nobody is ticked.
        RunError
            It was a dry run, or the run file is missing or damaged.
        ServerError
            A user cannot be read.
        """
        self._plan_undo()()
        self._send_state()

    def _plan_undo(self) -> Callable[[], None]:
        """Look at who is ticked now; what is given reads them and prepares the undo."""
        users = self._ticked()["user_id"].tolist()
        if self.results.path is None:
            raise SelectionError("a dry run wrote nothing, so there is nothing to undo.")

        def read() -> None:
            diff = undo(self.results, self._target) if self._target is not None else None
            with self._lock:
                self._plan = None
                self._keep(diff, users, ["diff = sr.undo(results, target)", *_selecting(users)])

        return read

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until what a click prepares is ready; whether it is.

        Parameters
        ----------
        timeout_s
            Seconds to wait at most; None waits for the end.
        """
        return self._worker.wait(timeout_s)

    def _begin(self, plan: Callable[[], Callable[[], None]]) -> None:
        """Prepare what was clicked beside whatever cell runs: the users are read from the target."""
        with self._lock:
            if self._reading:
                raise SelectionError("users are being read already; that ends by itself.")
            self._worker.start(plan(), self._end)
            self._reading = True

    def _end(self, problem: str) -> None:
        with self._lock:
            self._reading = False
        if problem:
            self._tell_error(problem)
        self._send_state()

    def _ticked(self) -> Any:
        with self._lock:
            chosen = self._table.chosen()
        if chosen.empty:
            raise SelectionError("nobody is ticked: tick the users first.")
        return chosen

    def _keep(self, diff: Diff | None, users: list[str], code: list[str]) -> None:
        self._diff, self._selection = diff, None
        made = [f"view.plan: {self._plan}"] if self._plan is not None else []
        if diff is not None:
            mine = diff.tickable & diff.changes["user_id"].isin(users)
            self._selection = diff.select(diff.changes.index[mine])
            chosen = f"{count(int(mine.sum()), 'change')} of {count(len(users), 'user')}"
            made.append(f"view.selection: {chosen}; nothing is sent before you plan and apply it, as the code below does")
        elif users:
            made.append("ResultsView(results, target=target) would read them; this is how it is done in a cell")
        applied = "sr.apply_plan(plan, target)  # a dry run; dry_run=False sends"
        self._code = "\n".join([*code, *([applied] if code else []), ""])
        self._made = "; ".join(made)

    def _act(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "show":
                self.show(message["outcome"], message["search"])
            case "page":
                with self._lock:
                    self._start = min(message["start"], max(0, len(self._table.shown) - 1))
            case "tick" | "untick" as name:
                getattr(self, name)(message["ids"])
            case "tick_shown" | "untick_shown" as name:
                with self._lock:
                    self._table.tick_shown(ticked=name == "tick_shown")
            case "look":
                with self._lock:
                    self.send({"type": "user", **self._table.look(message["user_id"])})
            case "retry":
                self._begin(self._plan_retry)
            case "undo":
                self._begin(self._plan_undo)

    def _state(self) -> dict[str, object]:
        table = self._table
        return {
            "outcome": table.outcome,
            "search": table.search,
            "outcomes": table.counts(),
            "users": len(table),
            "shown": len(table.shown),
            "ticked": int(table.ticked.sum()),
            "start": self._start,
            "page": PAGE_ROWS,
            "rows": table.page(self._start, PAGE_ROWS),
            "made": _READING if self._reading else self._made,
            "code": self._code,
        }

    def _summary(self) -> str:
        facts = {name: f"{number:,}" for name, number in self._table.counts()}
        return render(f"Run {self.results.path.name}" if self.results.path else "Dry run: nothing was sent", facts)


def _listed(user_ids: list[str]) -> str:
    if len(user_ids) <= _MOST_LISTED:
        return repr(user_ids)
    return "[\n    " + ",\n    ".join(map(repr, user_ids)) + ",\n]"


def _selecting(users: list[str]) -> list[str]:
    mine = f'mine = diff.changes["user_id"].isin({_listed(users)})'
    return [mine, "selection = diff.select(diff.changes.index[diff.tickable & mine])", "plan = sr.plan_puts(selection, target)"]
