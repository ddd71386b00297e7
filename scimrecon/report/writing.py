"""Write a report to a file, by the file's suffix."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from os import PathLike
from pathlib import Path

import pandas as pd

from scimrecon.errors import ReportError
from scimrecon.files import replacing
from scimrecon.journal import read_source
from scimrecon.report.masking import mask_report
from scimrecon.report.pages import draw_page
from scimrecon.report.telling import Report, measure_steps, tell_run, written_patterns
from scimrecon.results import Results
from scimrecon.tables import write_excel


def write_report(results: Results, path: str | PathLike[str], *, mask: Collection[str] = ()) -> None:
    """Write a report of a run, or of a dry run, for people who have no notebook.

    ``….html`` is one page that needs no network and runs no script: what was planned and what the limits were, what was written
    as a few patterns, the outcome of each user, whom it failed for, with the target's answer and what to do next, how fast the
    target was, and, where matplotlib is installed, plots. It shows 2,000 users at most, those with trouble first. ``….xlsx`` has
    everybody: the sheets ``summary``, ``patterns``, ``outcomes``, ``changes``, ``steps``, ``speed`` and ``thresholds``, text as
    text.

    It tells of the plan's users alone; `Results.annotate` tells of the export's. The file is its owner's alone to read, and
    replaces one that is there. Cost: a page 2 s, most of it for the plots; Excel 30 µs a cell; masking 0.6 ms a user more.

    Parameters
    ----------
    results
        What `apply_plan`, `resume` or `open_run` returned.
    path
        The file, named ``….html`` or ``….xlsx``.
    mask
        Attributes (``"phoneNumbers"``), or single paths, whose values the readers are not to see; ``"*"`` for all. Their values
        read "•••", and so does every name, key, id, reason and answer of the target in which one might be read. Of a dry run,
        whose users are not kept, that is everything about a user.

    Raises
    ------
    ReportError
        `results` are none; the file is named otherwise, is the export itself or cannot be written; or `mask` names what there is
        not.
    RunError
        The run file is missing or damaged.
    TableError
        For Excel, openpyxl is not installed (``pip install 'scimrecon[excel]'``), or a frame is longer than a sheet.
    """
    if not isinstance(results, Results):
        raise ReportError(f"write_report takes results, from apply_plan or open_run, not {type(results).__name__}.")
    if not isinstance(path, str | PathLike):
        raise ReportError(f"write_report takes a path, not {type(path).__name__}: write_report(results, 'report.html').")
    file = Path(path)
    write = _WRITERS.get(file.suffix.lower())
    if write is None:
        raise ReportError(f"{os.fspath(path)}: a report is named ….html or ….xlsx.")
    _refuse_export(file, results.path)
    report = mask_report(tell_run(results), mask, results.path)
    try:
        with replacing(file) as unfinished:
            write(report, unfinished)
    except OSError as error:
        raise ReportError(f"{file}: the report cannot be written there: {error.strerror or error}.") from error


def _refuse_export(file: Path, run: Path | None) -> None:
    """Refuse to write over the file the plan came from, which may be a spreadsheet too."""
    if run is None:
        return
    source = read_source(run)
    if source is not None and file.resolve() == Path(source.name).resolve():
        raise ReportError(f"{file}: this is the export itself; write to another file.")


def _write_page(report: Report, path: Path) -> None:
    # A target's names may hold half a character, which no file can.
    path.write_bytes(draw_page(report).encode("utf-8", "backslashreplace"))


def _write_sheets(report: Report, path: Path) -> None:
    facts = {"report": report.title, **report.facts, **_trouble(report)}
    sheets: Mapping[str, pd.DataFrame] = {
        "summary": pd.DataFrame({"what": list(facts), "is": list(facts.values())}, dtype="str"),
        "patterns": written_patterns(report),
        "outcomes": report.outcomes,
        "changes": report.changes.drop(columns=["flags", "status"]),
        "steps": report.steps,
        "speed": measure_steps(report),
        "thresholds": report.thresholds,
    }
    write_excel(sheets, path)


def _trouble(report: Report) -> dict[str, str]:
    counts = {str(name): f"{number:,}" for name, number in report.outcomes["outcome"].value_counts().items()}
    refusal = {"sending it would be refused": report.refusal} if report.refusal else {}
    return {**({"hidden": ", ".join(report.masked)} if report.masked else {}), **counts, **refusal}


_WRITERS: Mapping[str, Callable[[Report, Path], None]] = {".html": _write_page, ".xlsx": _write_sheets}
