"""What became of each user of a plan, as frames."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.errors import RunError
from scimrecon.exports import Export
from scimrecon.journal import Journal, Outcome, open_journal

STATUS_OF = {
    Outcome.WOULD_APPLY: "success",
    Outcome.APPLIED: "success",
    Outcome.APPLIED_UNVERIFIED: "warning",
    Outcome.NOOP: "skipped",
    Outcome.NOT_CONVERGED: "warning",
    Outcome.SIDE_EFFECT: "warning",
    Outcome.STALE: "skipped",
    Outcome.REJECTED: "failure",
    Outcome.THROTTLED: "failure",
    Outcome.FAILED: "failure",
    Outcome.UNKNOWN: "failure",
    Outcome.BLOCKED: "skipped",
    Outcome.NOT_ATTEMPTED: "skipped",
}
"""Each outcome's coarse status."""

_NOT_PLANNED = {"changed": "not_ticked"}


@dataclass(frozen=True, kw_only=True)
class Results:
    """The outcome of a run, or of a dry run."""

    frame: pd.DataFrame
    """Follows `schemas.Outcomes`: one row a user of the plan."""
    steps: pd.DataFrame
    """Follows `schemas.Steps`: one row an HTTP exchange."""
    changes: pd.DataFrame
    """Follows `schemas.AttributeResults`: one row an attribute."""
    path: Path | None
    """The run file; None for a dry run."""
    note: str
    """As given to `apply_plan`."""
    refusal: str
    """Of a dry run: why the same plan would not be sent as it stands; empty if it would."""
    users: pd.DataFrame = field(repr=False)
    """Follows `schemas.UserStatuses`: what the comparison said of every user, planned or not."""
    source_sha256: str | None = field(repr=False)
    """Of the export the plan came from; None where that was a bare frame."""

    def __repr__(self) -> str:
        counts = ", ".join(f"{name}={count}" for name, count in self.frame["outcome"].value_counts().items())
        where = f"path={str(self.path)!r}" if self.path else "dry run: nothing was sent"
        return f"Results({counts or 'no users'}, {where}{self._trouble()})"

    def _repr_html_(self) -> str:
        facts = {str(name): f"{count:,}" for name, count in self.frame["outcome"].value_counts().items()}
        title = f"Run {self.path.name}" if self.path else "Dry run: nothing was sent"
        if self.refusal:
            facts["sending it would be refused"] = self.refusal
        columns = ["user_name", "outcome", "reason", "paths"]
        remarkable = self.frame[~self.frame["status"].isin(["success"])]
        return tables.render(title, facts, (remarkable if len(remarkable) else self.frame)[columns])

    def _trouble(self) -> str:
        """The first thing a reader of the short form should know."""
        failed = self.frame.loc[self.frame["status"] == "failure", "reason"]
        stopped = self.frame.loc[self.frame["outcome"] == "not_attempted", "reason"]
        first = [*([f"sending it would be refused: {self.refusal}"] if self.refusal else []), *stopped[:1], *failed[:1]]
        return f", {first[0]}" if first else ""

    def annotate(self, export: Export) -> pd.DataFrame:
        """Say of every record of the export what became of it.

        Parameters
        ----------
        export
            The one the plan came from.

        Returns
        -------
        pandas.DataFrame
            Index ``source_line``, every record of the file in order, rejected ones too; the export's columns as read, then
            ``user_id``, ``outcome`` and ``reason``. ``outcome`` is the run's outcome for users of the plan; ``not_ticked`` for
            those with changes nobody ticked; otherwise what `compare` said (``in_sync``, ``source_only``, …); ``reject`` for
            records that were not read; ``not_compared`` for rows that were left out before.

        Raises
        ------
        RunError
            The run came from another file, whose lines are other people's.
        """
        if not isinstance(export, Export):
            raise RunError(f"annotate takes what read_export returned, not {type(export).__name__}.")
        if self.source_sha256 not in (None, export.source.sha256):
            raise RunError(f"{export.source.name}: the run came from another file, or the file changed since it was planned.")
        columns = ["user_id", "outcome", "reason"]
        told = self.users[self.users["source_line"].notna()].rename(columns={"status": "outcome"})
        told = told.assign(outcome=told["outcome"].replace(_NOT_PLANNED)).set_index("source_line")[columns]
        planned = self.frame[self.frame["source_line"].notna()].set_index("source_line")[columns]
        told.update(planned)
        rejects = export.rejects.drop_duplicates("source_line").set_index("source_line")
        lost = pd.DataFrame({"user_id": None, "outcome": "reject", "reason": rejects["reason"]}, index=rejects.index)
        rows = pd.concat([export.rows, _rejected_rows(export)]).sort_index()
        said = pd.concat([told, lost]).reindex(rows.index)
        said["outcome"] = said["outcome"].fillna("not_compared")
        said["reason"] = said["reason"].fillna("the row was not among those compared")
        return rows.join(said.astype("str")).rename_axis(index="source_line")


def _rejected_rows(export: Export) -> pd.DataFrame:
    """The rejected records' cells under the header, as far as they go; surplus cells stay with the last column."""
    names = list(export.rows.columns)
    lines = pd.Index(list(export.reject_lines), dtype="int64", name="source_line")
    cells = [[*row[: len(names) - 1], " | ".join(row[len(names) - 1 :])] for row in export.reject_lines.values()]
    padded = [[*(cell or None for cell in row), *[None] * (len(names) - len(row))] for row in cells]
    return pd.DataFrame(padded, index=lines, columns=names, dtype="str")


def open_run(path: str | PathLike[str]) -> Results:
    """Read a run file.

    Users whose PUT may have gone out and whose outcome was not written down any more are ``unknown``.

    Raises
    ------
    RunError
        The file is missing, or no run file.
    """
    return _results(open_journal(Path(path)), Path(path))


def results_of(journal: Journal) -> Results:
    """Make the results of a run that is at its end."""
    return _results(journal.tables(), journal.path)


def _results(found: dict[str, pd.DataFrame], path: Path | None) -> Results:
    users = found["users"]
    begun = users["outcome"].isna() & users["intended_at"].notna()
    users["outcome"] = users["outcome"].mask(begun, Outcome.UNKNOWN.value).fillna(Outcome.NOT_ATTEMPTED.value)
    users["reason"] = users["reason"].mask(begun, "the run ended before the outcome was written down")
    users["reason"] = users["reason"].fillna("the run ended before this user's turn")
    users["status"] = users["outcome"].map({outcome.value: status for outcome, status in STATUS_OF.items()})
    users["attempts"] = users["attempts"].fillna(0)
    users["seconds"] = users["seconds"].fillna(0.0)
    text = ["scim_type", "vendor_code", "detail", "more_info", "request_id"]
    users[text] = users[text].astype("str").replace("", None)
    changes = found["changes"].astype({"change_id": "str"}).set_index("change_id")
    changes["outcome"] = changes["user_id"].map(users.set_index("user_id")["outcome"])
    told = found["run"].set_index("name")["value"]
    source = json.loads(told.get("source", "null"))
    return Results(
        frame=schemas.check(users, schemas.Outcomes),
        steps=schemas.check(found["steps"], schemas.Steps),
        changes=schemas.check(changes, schemas.AttributeResults),
        path=path,
        note=json.loads(told.get("note", '""')),
        refusal=json.loads(told.get("refusal", '""')),
        users=schemas.check(found["people"], schemas.UserStatuses),
        source_sha256=source[1] if source else None,
    )
