"""Refuse what must not be sent, before the first request."""

from __future__ import annotations

import hashlib
from pathlib import Path

from scimrecon.client import Target
from scimrecon.errors import PlanError, RunError
from scimrecon.journal import find_run
from scimrecon.plan import Plan, body_facts, tell_other_facts
from scimrecon.results import Results


def refuse_other_target(plan: object, target: object) -> None:
    """Refuse what is no plan, no target, or a plan of another target.

    Raises
    ------
    PlanError
        The message says what was given.
    """
    if not isinstance(plan, Plan) or not isinstance(target, Target):
        raise PlanError(
            f"apply_plan takes a plan and a target, not {type(plan).__name__} and {type(target).__name__}: "
            "apply_plan(plan_puts(selection, target), target)."
        )
    if target.fingerprint != plan.fingerprint:
        raise PlanError(f"the plan is for {plan.host}, and this target is another: {target.url}. Plan again for it.")


def refuse_other(name: str, results: object, target: object) -> None:
    """Refuse what are no results and no target, or results of another target.

    Raises
    ------
    PlanError
        The message says what was given.
    """
    if not isinstance(results, Results) or not isinstance(target, Target):
        given = f"{type(results).__name__} and {type(target).__name__}"
        raise PlanError(f"{name} takes results and a target, not {given}: {name}(open_run('….run'), target).")
    if results.fingerprint != target.fingerprint:
        raise PlanError(f"the run was sent to another target than {target.url}.")


def refuse_unapproved(plan: Plan, approved: str | None) -> None:
    """Refuse a plan that is not the approved one, or not what it was when it was made.

    Raises
    ------
    PlanError
        The message says which.
    """
    if plan.masked:
        raise PlanError("this is a masked copy, made to be reviewed; apply the plan itself, with approved= this copy's hash.")
    if not plan.is_intact():
        raise PlanError("the plan's frames were changed after it was made. Edit the diff (Diff.edit) and plan again.")
    if approved is not None and approved != plan.hash:
        raise PlanError(
            f"approved was {approved!r}, and the plan's hash is {plan.hash}. Have this plan approved, or open that one."
        )


def refuse_other_bodies(plan: Plan, target: Target) -> None:
    """Refuse a target by whose dialect other bodies would go out than the plan shows.

    Raises
    ------
    PlanError
        The message says in what.
    """
    other = tell_other_facts(target.dialect, body_facts(plan.dialect))
    if other:
        raise PlanError(f"the plan was made where {other}: other bodies would go out than it shows. Plan again with this target.")


def refuse_sending(plan: Plan, run: Path) -> None:
    """Refuse to send a plan that is refused as it stands, was run already, or of a file that changed since.

    Raises
    ------
    PlanError
        The message says why, and what to do if it is meant.
    RunError
        The folder of the run file cannot be read.
    """
    over = plan.refusal
    if over:
        raise PlanError(over)
    if run.suffix != ".run":
        raise PlanError(f"run={str(run)!r}: name it ….run, so that it is found before this plan is sent again.")
    try:
        earlier = find_run(run.parent, plan.hash) or find_run(Path.cwd(), plan.hash)
    except RunError as error:
        raise RunError(f"{error} Nothing was sent; give run=… elsewhere.") from error
    if earlier is not None:
        raise PlanError(
            f"this plan was run already: {earlier}. resume({str(earlier)!r}, target) goes on with what is left of it; "
            "or fetch the users and compare again."
        )
    if plan.source is not None:
        _refuse_changed(Path(plan.source.name), plan.source.sha256)


def _refuse_changed(export: Path, sha256: str) -> None:
    """Refuse an export that is not what it was; one that was put away is as it was."""
    try:
        if not export.is_file():
            return
        with export.open("rb") as opened:
            now = hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise PlanError(
            f"{export}: whether the export changed since the plan was made cannot be told: {error.strerror}. Make it readable."
        ) from error
    if now != sha256:
        raise PlanError(f"{export}: the export changed since the plan was made. Read, compare and plan again.")
