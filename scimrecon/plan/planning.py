"""Plan a selection: which PUTs would go out, which users stay out and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd

from scimrecon.client import Target
from scimrecon.diff import Selection
from scimrecon.errors import PathError, PlanError
from scimrecon.guards import read_allow
from scimrecon.paths import parse_path
from scimrecon.plan.model import Plan, make_plan
from scimrecon.users import fetch_users


def plan_puts(
    selection: Selection, target: Target, *, allow: Mapping[str, int] | None = None, accept: Collection[str] = ()
) -> Plan:
    """Turn ticked changes into exact PUTs. Reads nothing while the resources are at hand, and never writes.

    A user whose PUT cannot be proven to change only what was ticked is blocked, with the reason; the rest go. Cost: a few
    parses and prints of each planned user's JSON; bodies are not held.

    Parameters
    ----------
    selection
        From `Diff.select` or `Preview.selection`.
    target
        Where the plan may go. Its users are read by id where the diff was made of a bare frame.
    allow
        Numbers of users that are meant, where they exceed a threshold: ``users, deactivations, reactivations, clears,
        identity``. An undo brings its run's numbers along; what is said here replaces them.
    accept
        ``"absent:active"``: a PUT may go out without ``active`` where the target shows none. ``"derived:name.formatted"``: the
        server may change that attribute by itself. ``"lost:profileUrl"``: the PUTs may clear that attribute, which the target
        never shows.

    Returns
    -------
    Plan
        Exceeded thresholds are in ``thresholds``; they stop `apply_plan`, not this.

    Raises
    ------
    PlanError
        The users are another target's, or `allow` or `accept` names what there is not.
    """
    if not isinstance(selection, Selection):
        raise PlanError(
            f"plan_puts takes a selection, not {type(selection).__name__}: preview.selection, or diff.select(change ids)."
        )
    if not isinstance(target, Target):
        raise PlanError(f"plan_puts takes a selection and a target, not {type(target).__name__}: plan_puts(selection, target).")
    locked = selection.changes[selection.changes["status"] != "open"]
    if len(locked):
        raise PlanError(f"{locked.index[0]!r} is {locked['status'].iloc[0]} and cannot go out; choose with diff.select(…).")
    if not isinstance(allow, Mapping | None):
        raise PlanError(f"allow={allow!r}: name what is meant, such as allow={{'users': 30}}.")
    if isinstance(accept, str | Mapping) or not isinstance(accept, Collection):
        raise PlanError(f"accept={accept!r}: give a list of what is accepted, such as accept=['absent:active'].")
    allowed = read_allow({**selection.basis.allow, **(allow or {})})
    for name in accept:
        kind, _, path = str(name).partition(":")
        if name != "absent:active" and kind not in ("derived", "lost"):
            raise PlanError(f"accept: {name!r} is not known; there are 'absent:active', 'derived:<path>' and 'lost:<path>'.")
        try:
            parse_path(path)
        except PathError as error:
            raise PlanError(f"accept: {name!r}: {error}") from error
    current = selection.basis.current
    if current is None:
        current = fetch_users(target, ids=selection.changes["user_id"].unique())
    elif current.fingerprint and current.fingerprint != target.fingerprint:
        raise PlanError(f"the diff was made of another target's users than {target.host}'s; fetch them and compare again.")
    changes = _with_what_goes_along(selection)
    return make_plan(
        changes, current, host=target.host, fingerprint=target.fingerprint, dialect=target.dialect,
        allow=allowed, accept=tuple(sorted(set(accept))), source=selection.basis.source, matched=selection.basis.matched,
        statuses=selection.basis.statuses, types=selection.basis.types_of(changes["path"].unique()),
    )  # fmt: skip


def _with_what_goes_along(selection: Selection) -> pd.DataFrame:
    along = selection.basis.along
    if along is None or along.empty:
        return selection.changes
    return pd.concat([selection.changes, along[along["user_id"].isin(selection.changes["user_id"])]])
