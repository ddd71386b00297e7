"""What became of each user of a plan, as frames."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.errors import NotConverged, RunError
from scimrecon.exports import Export
from scimrecon.journal import UNFINISHED, Journal, Outcome, damage_told, open_journal, plan_unfinished
from scimrecon.plan import Plan
from scimrecon.values import shorten

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
WROTE = frozenset({Outcome.APPLIED, Outcome.APPLIED_UNVERIFIED, Outcome.NOT_CONVERGED, Outcome.SIDE_EFFECT})
"""Outcomes of users to whom the target said yes."""

TOLD = ("run", "users", "changes", "steps", "people")
"""The tables of a run file that results are made of."""
_CONVERGED = (Outcome.APPLIED, Outcome.NOOP)
_NOT_PLANNED = {"changed": "not_ticked"}
_NAMED_USERS = 3
_MAX_REASON = 160


@dataclass(frozen=True, kw_only=True)
class Results:
    """The outcome of a run, or of a dry run."""

    frame: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Outcomes`: one row a user of the plan."""
    steps: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Steps`: one row an HTTP exchange."""
    changes: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.AttributeResults`: one row an attribute."""
    path: Path | None
    """The run file; None for a dry run."""
    note: str
    """As given to `apply_plan`."""
    refusal: str
    """Of a dry run: why the same plan would not be sent as it stands; empty if it would."""
    fingerprint: str = field(repr=False)
    """Of the target."""
    users: tables.KeptFrame = tables.KeptFrame()
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

    @property
    def unfinished(self) -> Plan | None:
        """A plan of who is ``unknown``, ``throttled``, ``failed`` or ``not_attempted``; None where nobody is, or of a dry run.

        Made of the run file; `resume` is the simpler way to go on. Cost: as planning those users.
        """
        return None if self.path is None else plan_unfinished(self.path)

    def annotate(self, export: Export) -> pd.DataFrame:
        """Say of every record of the export what became of it.

        Parameters
        ----------
        export
            The one the plan came from.

        Returns
        -------
        pandas.DataFrame
            Index ``source_line``, every record of the file in order, rejected ones too; the export's columns as read (with
            ``_export`` after a name that is one of ours), then ``user_id``, ``outcome`` and ``reason``. ``outcome`` is the run's
            for users of the plan, whose reason begins with the paths that were ticked; ``not_ticked`` for those with changes
            nobody ticked; otherwise what `compare` said (``in_sync``, ``source_only``, …); ``reject`` for records that were not
            read; ``not_compared`` for rows that were left out before.

        Raises
        ------
        RunError
            The run came from another file, whose lines are other people's, or from a frame whose index is no lines of this one.
        """
        if not isinstance(export, Export):
            raise RunError(f"annotate takes what read_export returned, not {type(export).__name__}.")
        if self.source_sha256 not in (None, export.source.sha256):
            raise RunError(f"{export.source.name}: the run came from another file, or the file changed since it was planned.")
        planned = self.frame.assign(reason=self.frame["paths"] + ": " + self.frame["reason"])
        compared = self.users.rename(columns={"status": "outcome"}).replace({"outcome": _NOT_PLANNED})
        unread = export.rejects.assign(user_id=None, outcome="reject")
        columns = ["source_line", "user_id", "outcome", "reason"]
        # Of a line that several speak of, the first says most.
        told = pd.concat([planned[columns], compared[columns], unread[columns]]).dropna(subset="source_line")
        told = told.drop_duplicates("source_line").astype({"source_line": "int64"}).set_index("source_line")
        rows = pd.concat([export.rows, _rejected_rows(export)]).sort_index().rename_axis(index="source_line")
        strange = told.index.difference(rows.index)
        if len(strange):
            raise RunError(
                f"{export.source.name}: no record starts on line {strange[0]}, of which the run tells: it came from a frame with "
                "another index than this file's lines. Map the export, or rows of it with their index."
            )
        said = told.astype("str").reindex(rows.index)
        said["outcome"] = said["outcome"].fillna("not_compared")
        said["reason"] = said["reason"].fillna("the row was not among those compared")
        return rows.rename(columns={name: f"{name}_export" for name in said.columns}).join(said)

    def to_csv(self, path: str | PathLike[str], *, export: Export | None = None) -> None:
        """Write the outcomes, or every record of the export with its outcome, as CSV that is safe to open in a spreadsheet.

        What a spreadsheet would take for a formula gets an apostrophe in front (``'=1+1``, ``'+49 30 1234``), also after a
        semicolon or a line break inside a cell; a program that reads on wants ``results.frame.to_csv``. A file that is there is
        replaced once the new one is whole, and stays with whoever may read it; a new one is its owner's alone to read.

        Parameters
        ----------
        path
            The file.
        export
            The one the plan came from, for what `annotate` gives; without it, `frame` is written.

        Raises
        ------
        RunError
            As `annotate`, or `path` is the export itself.
        TableError
            The file cannot be written.
        """
        annotated = self._annotated_for(path, export)
        tables.write_csv(self.frame if annotated is None else annotated, path)

    def to_excel(self, path: str | PathLike[str], *, export: Export | None = None) -> None:
        """Write an Excel file of the sheets ``outcomes``, ``changes`` and ``steps``, and ``export`` if that is given.

        Text stays text, also when it looks like a formula, a number or a date. A file that is there is replaced once the new one
        is whole, and stays with whoever may read it; a new one is its owner's alone to read. Cost: 30 µs a cell, so 10 s for a
        run of 5,000 users.

        Parameters
        ----------
        path
            The file.
        export
            The one the plan came from, for a sheet of what `annotate` gives.

        Raises
        ------
        RunError
            As `annotate`, or `path` is the export itself.
        TableError
            openpyxl is not installed (``pip install 'scimrecon[excel]'``), a frame has more rows than a sheet, or the
            file cannot be written.
        """
        sheets = {"outcomes": self.frame, "changes": self.changes, "steps": self.steps}
        annotated = self._annotated_for(path, export)
        tables.write_excel(sheets if annotated is None else {**sheets, "export": annotated}, path)

    def _annotated_for(self, path: str | PathLike[str], export: Export | None) -> pd.DataFrame | None:
        if export is None:
            return None
        annotated = self.annotate(export)
        if Path(path).resolve() == Path(export.source.name).resolve():
            raise RunError(f"{export.source.name}: this is the export itself; write to another file.")
        return annotated

    def assert_converged(self) -> None:
        """Raise unless every user of the plan ended with what was asked; the last line of a scheduled notebook.

        Only ``applied`` and ``noop`` (it was so already) are that. ``applied_unverified`` (the target said yes and nobody could
        look), ``blocked`` (the plan kept the user out) and ``would_apply`` (a dry run) are not. Users outside the plan do not
        count; `annotate` and `users` tell of them.

        Raises
        ------
        NotConverged
            Also an AssertionError. It counts the outcomes, names the first users with their reasons, and says what to do.
        """
        missed = self.frame[~self.frame["outcome"].isin(_CONVERGED)]
        if len(missed):
            raise NotConverged(
                f"{len(missed):,} of {tables.count(len(self.frame), 'user')} did not end with what was asked: "
                f"{_count_outcomes(missed)}. {_name_first(missed)}. {_what_next(missed['outcome'], self.path)}"
            )


def _count_outcomes(users: pd.DataFrame) -> str:
    return ", ".join(f"{number:,} {outcome}" for outcome, number in users["outcome"].value_counts().items())


def _name_first(users: pd.DataFrame) -> str:
    first = users.head(_NAMED_USERS)
    named = [
        f"{name} ({outcome}): {shorten(reason, _MAX_REASON).rstrip('.')}"
        for name, outcome, reason in zip(
            first["user_name"].fillna(first["user_id"]), first["outcome"], first["reason"], strict=True
        )
    ]
    more = len(users) - len(first)
    return "; ".join([*named, *([f"and {more:,} more"] if more else [])])


def _what_next(outcomes: pd.Series[str], path: Path | None) -> str:
    if path is None:
        return "This was a dry run: apply_plan(plan, target, dry_run=False) sends the plan."
    unfinished = outcomes.isin(UNFINISHED)
    resumed = f"resume({str(path)!r}, target) goes on with who is {', '.join(outcomes[unfinished].unique())}."
    again = "Fetch the users and compare again to see what is left."
    return " ".join([*([resumed] if unfinished.any() else []), *([] if unfinished.all() else [again])])


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

    Parameters
    ----------
    path
        `Results.path`, or as `runs` lists it.

    Raises
    ------
    RunError
        The file is missing, damaged, or no run file.
    """
    if not isinstance(path, str | PathLike):
        raise RunError(f"open_run takes the path of a run file, not {type(path).__name__}: open_run(results.path).")
    with damage_told(Path(path)):
        return _results(open_journal(Path(path), TOLD), Path(path))


def results_of(journal: Journal) -> Results:
    """Make the results of a run that is at its end."""
    return _results(journal.tables(TOLD), journal.path)


def _results(found: dict[str, pd.DataFrame], path: Path | None) -> Results:
    users = _at_the_end(found["users"])
    outcomes = users.set_index("user_id")[["outcome", "as_asked"]]
    changes = found["changes"].astype({"change_id": "str"}).set_index("change_id").join(outcomes, on="user_id")
    as_asked = changes["as_asked"] == 1
    for name in ("sent", "read_back"):
        changes[name] = changes[name].astype("str").mask(as_asked, changes["desired"].replace("", None))
    told = found["run"].set_index("name")["value"]
    source = json.loads(told.get("source", "null"))
    return Results(
        frame=schemas.check(users, schemas.Outcomes),
        steps=schemas.check(found["steps"], schemas.Steps),
        changes=schemas.check(changes, schemas.AttributeResults),
        path=path,
        note=json.loads(told.get("note", '""')),
        fingerprint=json.loads(told["fingerprint"]),
        refusal=json.loads(told.get("refusal", '""')),
        users=schemas.check(found["people"], schemas.UserStatuses),
        source_sha256=source["sha256"] if source else None,
    )


def _at_the_end(users: pd.DataFrame) -> pd.DataFrame:
    """Say of users without an outcome what the end of the run made of them, and give each its coarse status."""
    begun = users["outcome"].isna() & users["intended_at"].notna()
    reason = users["reason"].mask(begun, "the run ended before the outcome was written down")
    outcome = users["outcome"].mask(begun, Outcome.UNKNOWN.value).fillna(Outcome.NOT_ATTEMPTED.value)
    text = ["scim_type", "vendor_code", "detail", "more_info", "request_id"]
    return users.assign(
        outcome=outcome,
        reason=reason.fillna("the run ended before this user's turn"),
        status=outcome.map({one.value: status for one, status in STATUS_OF.items()}),
        attempts=users["attempts"].fillna(0),
        seconds=users["seconds"].fillna(0.0),
        **users[text].astype("str").replace("", None),
    )
