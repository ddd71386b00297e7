"""What a report tells of a run, as a value: before anything is drawn, and before anything is hidden."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from scimrecon import schemas
from scimrecon.guards import judge_thresholds
from scimrecon.journal import damage_told, open_journal
from scimrecon.patterns import group_changes, label_changes
from scimrecon.results import WROTE, Results
from scimrecon.tables import count

_SEEN = [*(outcome.value for outcome in WROTE), "would_apply"]
"""Outcomes of users whose changes a report counts as written, or as what would be."""
_LOST = ("clear", "remove_element")
_QUANTILES = {"median ms": 0.5, "p90 ms": 0.9, "p99 ms": 0.99, "longest ms": 1.0}


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a report tells of a run, or of a dry run."""

    title: str
    facts: Mapping[str, str]
    """Name to value, in the order they are read."""
    refusal: str
    """Why the plan of a dry run would not be sent; empty if it would, and of a run."""
    path: str
    """The run file's name; ``''`` for a dry run."""
    outcomes: pd.DataFrame
    """Follows `schemas.Outcomes`."""
    changes: pd.DataFrame
    """As `schemas.AttributeResults`, and ``pattern, flags, status``; flags are those of the plan, ``''`` for a dry run."""
    steps: pd.DataFrame
    """Follows `schemas.Steps`."""
    thresholds: pd.DataFrame
    """Follows `schemas.Thresholds`, judged on what the plan was to send; without rows for a dry run."""
    begun: Mapping[int, str] = field(default_factory=dict)
    """Batch to when it began, ISO 8601, UTC; of a dry run, whose times are not kept, empty."""
    masked: tuple[str, ...] = ()
    """What is hidden."""


def tell_run(results: Results) -> Report:
    """Gather what a report tells; a run's file says more than its results do.

    Raises
    ------
    RunError
        The run file is missing or damaged.
    """
    outcomes, changes = results.frame, results.changes
    facts: dict[str, str] = {"users": f"{len(outcomes):,}", "changes": f"{len(changes):,}"}
    if results.path is None:
        labels = label_changes(changes.rename(columns={"desired": "after"}))
        changes = changes.assign(pattern=labels, flags="", status="open")
        return Report(
            title="Dry run: nothing was sent", facts=_with_note(facts, results.note), refusal=results.refusal, path="",
            outcomes=outcomes, changes=changes, steps=results.steps, thresholds=schemas.empty(schemas.Thresholds),
        )  # fmt: skip
    with damage_told(results.path):
        found = open_journal(results.path, ["run", "ticked"])
        told = {name: json.loads(value) for name, value in found["run"].itertuples(index=False, name=None)}
        ticked = found["ticked"].set_index("change_id")
        changes = changes.join(ticked[["pattern", "flags", "status"]])
        sent = ticked[ticked["user_id"].isin(outcomes.loc[outcomes["outcome"] != "blocked", "user_id"])]
        thresholds = judge_thresholds(sent, told["matched"], told["allow"])
    return Report(
        title=f"Run on {told['host']}", facts=_facts_of(told, sent, results.path, results.note), refusal="",
        path=results.path.name, outcomes=outcomes, changes=changes, steps=results.steps, thresholds=thresholds,
        begun=read_times(results.path),
    )  # fmt: skip


def read_times(path: Path) -> dict[int, str]:
    """When each batch of a run began: ISO 8601, UTC.

    Raises
    ------
    RunError
        The run file is missing or damaged.
    """
    users = open_journal(path, ["users"])["users"].dropna(subset=["batch", "intended_at"])
    first = users.sort_values("intended_at").drop_duplicates("batch")
    return dict(zip(first["batch"].astype("int64").tolist(), first["intended_at"].tolist(), strict=True))


def _facts_of(told: Mapping[str, Any], sent: pd.DataFrame, path: Path, note: str) -> dict[str, str]:
    source = told.get("source")
    lost = int(sent["kind"].isin(_LOST).sum())
    off = int(sent["flags"].str.contains("deactivation", regex=False).sum())
    plan = f"{count(sent['user_id'].nunique(), 'user')}, {count(len(sent), 'change')}, {count(lost, 'clear')}, "
    facts = {
        "target": str(told["url"]),
        "dialect": str(told["dialect"].get("name", "")),
        "plan": f"{plan}{count(off, 'deactivation')}",
        "allowed beyond the limits": ", ".join(f"{name} {number:,}" for name, number in told["allow"].items()),
        "accepted": ", ".join(told["accept"]),
        "plan hash": str(told["plan"]),
        "export": Path(source["name"]).name if source else "",
        "begun": str(told["started"]),
        "ended": str(told.get("finished") or "not yet"),
        "run file": path.name,
    }
    return _with_note({name: value for name, value in facts.items() if value}, note)


def _with_note(facts: dict[str, str], note: str) -> dict[str, str]:
    return {**facts, "note": note} if note else facts


def written_patterns(report: Report) -> pd.DataFrame:
    """The changes of users who were written (of a dry run: would be), as a few groups, the unusual first.

    Returns
    -------
    pandas.DataFrame
        ``pattern, path, kind, changes, users, unusual, such_as``.
    """
    outcome = report.changes["outcome"]
    written = report.changes[outcome.isin(_SEEN) & (report.changes["kind"] != "sent_along")]
    groups = group_changes(written.assign(after=written["desired"]))
    return groups.drop(columns="tickable")


def measure_steps(report: Report) -> pd.DataFrame:
    """How long the target took to answer.

    Returns
    -------
    pandas.DataFrame
        One row a ``step``: ``requests``, ``failed`` (without an answer, or with one that is no success), and ``median ms``,
        ``p90 ms``, ``p99 ms`` and ``longest ms``.
    """
    grouped = report.steps.groupby("step", sort=False)
    counts = grouped.agg(requests=("step", "size"), failed=("error", "count"))
    times = {name: grouped["seconds"].quantile(share).astype("float64").mul(1000).round(1) for name, share in _QUANTILES.items()}
    return counts.assign(**times).reset_index()
