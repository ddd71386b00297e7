"""Let somebody without a notebook decide: the changes as a spreadsheet with a column to mark, and the marks read back.

A spreadsheet approves and edits nothing: what it shows must be what the diff asks for, or the mark does not count.
"""

from __future__ import annotations

from os import PathLike, fspath
from typing import Any

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.diff.choices import SHOWN, hold_against
from scimrecon.diff.selection import why_not
from scimrecon.errors import SelectionError, TableError
from scimrecon.values import shorten

_MARK = "tick"
_SHEET = "changes"
_YES = frozenset(["x", "✓", "✔", "☑", "yes", "y", "true", "1", "ok", "ja", "j", "oui", "o", "si", "sí", "s", "sim"])
_NO = frozenset(["no", "n", "false", "0", "-", "nein", "non", "não"])
_HOW = [
    f"Write x in the column {_MARK!r} of the sheet {_SHEET!r} beside each change you agree with, and send the file back.",
    "'before' is what the service holds, 'after' what it would hold; an empty 'after' with kind 'clear' takes the value away.",
    "Rows may be sorted, filtered and left out, and columns added. A row whose values were edited does not count.",
    "Where 'problem' says something, the change cannot be made, marked or not.",
]


def write_spreadsheet(changes: pd.DataFrame, tickable: pd.Series[bool], path: str | PathLike[str]) -> None:
    """Write changes to an Excel file with an empty column to mark.

    Raises
    ------
    TableError
        openpyxl is not installed, there are more changes than a sheet holds, or the file cannot be written.
    """
    barred = changes[~tickable]
    rows = barred.astype(object).where(barred.notna(), None).to_dict("records")
    reasons = [why_not({str(name): cell for name, cell in row.items()}) for row in rows]
    why = pd.Series(reasons, index=barred.index, dtype="str")
    shown = changes.assign(problem=why.reindex(changes.index), **{_MARK: ""}).reset_index()
    columns = [_MARK, "user_name", "path", "before", "after", "kind", "problem", "pattern", "flags", "status", "key", "change_id"]
    tables.write_excel({_SHEET: shown[columns], "how": pd.DataFrame({"how": _HOW}, dtype="str")}, path)


def read_marks(changes: pd.DataFrame, tickable: pd.Series[bool], path: str | PathLike[str]) -> pd.DataFrame:
    """Read the marks of a spreadsheet and hold each against the changes; follows `schemas.Choices`.

    Raises
    ------
    SelectionError
        The file cannot be read, or has not the columns.
    """
    told = _read(path)
    marks = told.pop(_MARK).str.strip().str.casefold()
    unclear = ~marks.isin(_YES | _NO | {""})
    # A row that stands there twice counts in neither form, whichever of them is marked.
    twice = told["change_id"].duplicated(keep=False)
    chosen = marks.isin(_YES) | unclear
    drawn = changes.assign(**{name: tables.shown_in_excel(changes[name]) for name in SHOWN})
    kept = told[chosen].reset_index(drop=True)
    choices = hold_against(kept, drawn, tickable)
    choices["state"] = choices["state"].mask(twice[chosen].to_numpy(), "duplicate")
    choices["reason"] = choices["reason"].mask(choices["state"] == "duplicate", "stands in several rows: none of them counts")
    said = [f"{shorten(mark)!r} is neither a yes nor a no: write x" for mark in marks[chosen]]
    odd = unclear[chosen].to_numpy()
    choices["state"], choices["reason"] = choices["state"].mask(odd, "unclear"), choices["reason"].mask(odd, pd.Series(said))
    return schemas.check(choices, schemas.Choices)


def _read(path: str | PathLike[str]) -> pd.DataFrame:
    """The needed columns of the sheet as text, with the ``line`` each row stands in."""
    name = fspath(path)
    rows = _rows(name)
    header = [_text(cell) for cell in rows[0]] if rows else []
    needed = [_MARK, "change_id", *SHOWN]
    missing = [column for column in needed if header.count(column) != 1]
    if missing:
        raise SelectionError(
            f"{name}: the first row of its sheet {_SHEET!r} has not exactly one column {', '.join(map(repr, missing))}. "
            "Mark the file that Diff.to_excel wrote, and leave its header as it is."
        )
    places = {column: header.index(column) for column in needed}
    cells = {column: [_text(row[place]) for row in rows[1:]] for column, place in places.items()}
    told = pd.DataFrame(cells, dtype="str").assign(line=range(2, len(rows) + 1))
    return told[(told[needed] != "").any(axis=1)].reset_index(drop=True)


def _rows(name: str) -> list[list[Any]]:
    try:
        import python_calamine
    except ImportError:
        raise TableError("reading Excel needs python-calamine: pip install 'scimrecon[excel]'") from None
    try:
        book = python_calamine.CalamineWorkbook.from_path(name)
        sheet = _SHEET if _SHEET in book.sheet_names else book.sheet_names[0]
        return book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, OSError, IndexError) as error:
        raise SelectionError(f"{name}: it cannot be read as a spreadsheet: {shorten(str(error), 120)}") from error


def _text(cell: object) -> str:
    """A cell as it reads: what a spreadsheet made a number of is written as one, and so is no text of ours any more."""
    if isinstance(cell, bool):
        return str(cell).lower()
    return str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell)
