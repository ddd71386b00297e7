"""Go on with a run that came to no end."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from scimrecon.apply.progress import ProgressOption
from scimrecon.apply.running import Manner, send_all
from scimrecon.apply.turn import Request
from scimrecon.apply.versions import Proof
from scimrecon.attributes import AttributeType
from scimrecon.client import Target
from scimrecon.errors import PlanError
from scimrecon.journal import Journal, Outcome, TargetLock, damage_told, refuse_edited, refuse_missing
from scimrecon.plan import each_user, tell_other_facts
from scimrecon.results import Results, results_of


def resume(
    path: str | PathLike[str],
    target: Target,
    *,
    batch_size: int = 50,
    concurrency: int | None = None,
    rate: float | None = None,
    progress: ProgressOption = None,
    stop: threading.Event | None = None,
) -> Results:
    """Go on with a run: settle what is unknown, and send what was not done.

    Takes up users who are ``unknown``, ``throttled``, ``failed`` or ``not_attempted``, also those a killed run left without a
    word. Each is read first: who holds what was asked is settled, whose ticked cells moved is ``stale``, the others are sent.
    Everyone else stays as recorded. A new token is a new target: ``resume(path, connect(…, token=…))``. Cost: as `apply_plan`,
    for the users taken up.

    Parameters
    ----------
    path
        The run file: `Results.path`.
    target
        The one the run is of.
    batch_size, concurrency, rate, progress, stop
        As in `apply_plan`.

    Returns
    -------
    Results
        Of the whole run.

    Raises
    ------
    PlanError
        The run is another target's, or of a dialect that builds other bodies.
    RunError
        It is no run file, was changed by hand, cannot be written, or somebody is at work on it or on the target. Nothing was
        sent.
    """
    manner = Manner(batch_size=batch_size, concurrency=concurrency, rate=rate, progress=progress, stop=stop)
    manner.check()
    if not isinstance(path, str | PathLike) or not isinstance(target, Target):
        raise PlanError(
            f"resume takes a run file and a target, not {type(path).__name__} and {type(target).__name__}: "
            "resume(results.path, target); a dry run has no path."
        )
    file = Path(path)
    refuse_missing(file)
    with TargetLock(target.fingerprint, target.host, file), Journal(file, fresh=False) as journal:
        told = journal.told()
        found = journal.tables(["ticked", "users"])
        refuse_edited(file, told, found["ticked"])
        _refuse_other(file, told, target)
        with damage_told(file):
            results_of(journal)  # what is read at the end is read while nothing is sent yet
        journal.hold()
        left = set(journal.left())
        requests = _requests(found, left)
        proof = Proof.PROVEN if told.get("versions") == Proof.PROVEN else Proof.UNPROVEN
        send_all(requests, target, journal, manner, accept=told["accept"], total=len(left), proof=proof)
        journal.finish()
        return results_of(journal)


def _refuse_other(file: Path, told: Mapping[str, Any], target: Target) -> None:
    """Refuse a target that the run is not of, or by whose dialect other bodies would go out than those approved.

    Raises
    ------
    PlanError
        The message says which.
    """
    if told["fingerprint"] != target.fingerprint:
        raise PlanError(
            f"{file}: the run is of {told['host']}, and this target is another: {target.url}. Resume it with its own target."
        )
    other = tell_other_facts(target.dialect, told["dialect"])
    if other:
        raise PlanError(f"{file}: the run was begun where {other}. Connect with the dialect it was begun with.")


def _requests(found: dict[str, pd.DataFrame], left: set[str]) -> Iterator[Request]:
    """The users to take up, with what was ticked of them; nothing is at hand but what a fresh GET shows."""
    changes = found["ticked"].set_index("change_id")
    changes = changes[changes["user_id"].isin(left)]
    types = {path: AttributeType(name) for path, name in zip(changes["path"], changes.pop("type"), strict=True)}
    users = found["users"].set_index("user_id")
    begun = users["intended_at"].notna() & (users["outcome"].isna() | (users["outcome"] == Outcome.UNKNOWN))
    doubtful = set(users.index[begun])
    for user_id, cells in each_user(changes, types):
        yield Request(user_id=user_id, cells=cells, doubtful=user_id in doubtful)
