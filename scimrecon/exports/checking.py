"""Hold rows to a preset and to the user's own schema; rows that fail become rejects."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pandas as pd
from pandera.errors import BackendNotFoundError, SchemaError, SchemaErrors

from scimrecon.errors import ExportError, ScimReconError
from scimrecon.exports.catalogue.model import Preset
from scimrecon.exports.doubts import find_doubtful
from scimrecon.exports.table import Rejected, Table, keep_rows
from scimrecon.values import SPACES, is_ascii, matches, shorten


def check_preset(table: Table, preset: Preset) -> Table:
    """Reject rows in which a column that must be filled is blank, or a cell is of the wrong form."""
    named = preset.resolve(list(table.frame.columns))
    faults = []
    for known in dict.fromkeys((*preset.required, *preset.patterns)):
        if known not in named:
            continue
        column = named[known]
        cells = table.frame[column]
        # A cell of white space alone is blank, as it is to a mapping.
        if known in preset.required:
            faults.append(_faults(cells, cells.isna() | (cells.str.strip() == ""), f"{column} is blank"))
        if known in preset.patterns:
            form = preset.patterns[known]
            faults.append(_faults(cells, ~_fits(cells, rf"(?:{form}|\s*)"), f"{column} is not of the form {form}"))
    return _rejected(table, pd.concat(faults)) if faults else table


def _fits(cells: pd.Series[str], form: str) -> pd.Series[bool]:
    """Whether each cell matches a form whole; a blank one does."""
    fits = cells.isna() | matches(cells, f"^{form}$")
    # Arrow knows the white space of ASCII alone, and presets' forms ask for no other class of characters.
    wide = cells.notna() & ~is_ascii(cells) & matches(cells, f"[{SPACES}]")
    if wide.any():
        fits[wide] = cells[wide].map(lambda cell: re.fullmatch(form, cell) is not None)
    return fits


def _faults(cells: pd.Series[str], where: pd.Series[bool], reason: str) -> pd.DataFrame:
    """List faulty cells: ``source_line``, ``column``, ``value``, ``reason``."""
    faulty = cells[where]
    return pd.DataFrame({"source_line": faulty.index, "column": cells.name, "value": faulty.array, "reason": reason})


def check_schema(table: Table, schema: Any, name: str) -> Table:
    """Reject rows that break the user's pandera schema. Whatever it converts stays within it: rows are text as read.

    Raises
    ------
    ExportError
        As `find_faults`.
    """
    return _rejected(table, find_faults(table.frame, schema, name))


def find_faults(rows: pd.DataFrame, schema: Any, where: str, error: type[ScimReconError] = ExportError) -> pd.DataFrame:
    """List the cells that break the user's pandera schema.

    Parameters
    ----------
    rows
        Text columns, on an index of lines.
    schema
        A `DataFrameModel`, or a `DataFrameSchema`.
    where
        What the rows are of, for the message.

    Returns
    -------
    pandas.DataFrame
        ``source_line``, ``column``, ``value``, ``reason``: a cell as often as it has faults. ``column`` is none of the rows'
        where a line is at fault as a whole.

    Raises
    ------
    ScimReconError
        `error`: the schema is none, or breaks on the rows as a whole, such as for want of a column.
    """
    if not hasattr(schema, "validate"):
        raise error(f"schema= takes a pandera DataFrameModel or DataFrameSchema, not {type(schema).__name__}.")
    try:
        schema.validate(_narrow(rows, schema).copy(), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        whole = cases[cases["index"].isna()]
        if len(whole):
            first = whole.iloc[0]
            raise error(
                f"{where}: the schema asks for what no row can mend: {first['check']} {shorten(str(first['failure_case']))!r}. "
                f"The columns are {shorten(', '.join(map(str, rows.columns)), 200)}, all of them text."
            ) from None
        checks = cases["check"].map(lambda check: shorten(str(check), 120))
        faults = {"source_line": cases["index"], "column": cases["column"], "value": cases["failure_case"]}
        # A check of the index is of no column.
        return pd.DataFrame({**faults, "reason": cases["column"].astype("str").fillna("the row") + ": " + checks})
    except (SchemaError, BackendNotFoundError, TypeError, ValueError, KeyError) as wrong:
        raise error(f"{where}: the schema cannot be applied: {shorten(str(wrong), 200)}") from wrong
    return pd.DataFrame(columns=["source_line", "column", "value", "reason"])


def _narrow(rows: pd.DataFrame, schema: Any) -> pd.DataFrame:
    """Leave out rows that certainly hold; one stays in any case, of which the columns are asked."""
    doubtful = find_doubtful(rows, schema.to_schema() if hasattr(schema, "to_schema") else schema)
    if doubtful is None or doubtful.all():
        return rows
    doubtful[:1] = True
    return keep_rows(rows, doubtful)


def _rejected(table: Table, faults: pd.DataFrame) -> Table:
    """Move the rows of faulty cells to the rejects; of a cell with several faults, the first is told."""
    if faults.empty:
        return table
    faults = faults.drop_duplicates(["source_line", "column"])
    lines = faults["source_line"].astype("int64")
    failed = table.frame.index.isin(lines)
    lost = keep_rows(table.frame, failed)
    cells = lost.astype(object).where(lost.notna(), "")
    rejected = Rejected(lines=dict(table.rejected.lines), reasons=list(table.rejected.reasons))
    rejected.lines.update(zip(lost.index.tolist(), cells.itertuples(index=False, name=None), strict=True))
    known = set(table.frame.columns)
    rejected.reasons += [
        {
            "source_line": line,
            "column": column if column in known else None,
            "value": None if pd.isna(value) else shorten(str(value)),
            "reason": reason,
        }
        for line, column, value, reason in zip(lines, faults["column"], faults["value"], faults["reason"], strict=True)
    ]
    return replace(table, frame=keep_rows(table.frame, ~failed), rejected=rejected)
