"""Hold rows to a preset and to the user's own schema; rows that fail become rejects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import BackendNotFoundError, SchemaError, SchemaErrors

from scimrecon.errors import ExportError
from scimrecon.exports.catalogue.model import Preset
from scimrecon.exports.table import Rejected, Table
from scimrecon.values import shorten


def check_preset(table: Table, preset: Preset) -> Table:
    """Reject rows in which a column that must be filled is blank, or a cell is of the wrong form."""
    named = preset.resolve(list(table.frame.columns))
    required = {named[column] for column in preset.required if column in named}
    patterns = {named[column]: pattern for column, pattern in preset.patterns.items() if column in named}
    columns = [named[column] for column in dict.fromkeys((*preset.required, *preset.patterns)) if column in named]
    model = pa.DataFrameSchema(
        {column: pa.Column("str", _checks(column, required, patterns), nullable=column not in required) for column in columns}
    )
    try:
        model.validate(table.frame, lazy=True)
    except SchemaErrors as errors:
        return _rejected(table, errors.failure_cases, lambda column, value, _: _reason(column, value, patterns))
    return table


def _checks(column: str, required: set[str], patterns: Mapping[str, str]) -> list[pa.Check]:
    # A cell of white space alone is blank, as it is to a mapping.
    checks = []
    if column in required:
        checks.append(pa.Check(lambda cells: cells.str.strip() != "", name="filled"))
    if column in patterns:
        checks.append(pa.Check.str_matches(rf"(?:{patterns[column]}|\s*)$", name="pattern"))
    return checks


def _reason(column: str, value: Any, patterns: Mapping[str, str]) -> str:
    if pd.isna(value) or not str(value).strip():
        return f"{column} is blank"
    return f"{column} is not of the form {patterns[column]}"


def check_schema(table: Table, schema: Any, name: str) -> Table:
    """Reject rows that break the user's pandera schema. Whatever it converts stays within it: rows are text as read.

    Raises
    ------
    ExportError
        The schema is none, or breaks on the table as a whole, such as for want of a column.
    """
    if not hasattr(schema, "validate"):
        raise ExportError(f"schema= takes a pandera DataFrameModel or DataFrameSchema, not {type(schema).__name__}.")
    try:
        schema.validate(table.frame.copy(), lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases
        whole = cases[cases["index"].isna()]
        if len(whole):
            first = whole.iloc[0]
            raise ExportError(
                f"{name}: the schema asks for what no row can mend: {first['check']} {shorten(str(first['failure_case']))!r}. "
                f"The columns are {shorten(', '.join(map(str, table.frame.columns)), 200)}, all of them text."
            ) from None
        return _rejected(table, cases, lambda column, _, check: f"{column}: {shorten(check, 120)}")
    except (SchemaError, BackendNotFoundError, TypeError, ValueError, KeyError) as error:
        raise ExportError(f"{name}: the schema cannot be applied: {shorten(str(error), 200)}") from error
    return table


def _rejected(table: Table, cases: pd.DataFrame, reason: Callable[[str, Any, str], str]) -> Table:
    """Move the rows of failure cases to the rejects."""
    cases = cases.drop_duplicates(["index", "column"])
    lines = [int(line) for line in cases["index"]]
    failed = sorted(set(lines))
    lost = table.frame.loc[failed]
    cells = lost.astype(object).where(lost.notna(), "")
    rejected = Rejected(lines=dict(table.rejected.lines), reasons=list(table.rejected.reasons))
    for line, row in zip(failed, cells.itertuples(index=False, name=None), strict=True):
        rejected.lines[line] = tuple(row)
    for line, column, value, check in zip(lines, cases["column"], cases["failure_case"], cases["check"], strict=True):
        known = column if column in table.frame.columns else None
        shown = None if pd.isna(value) else shorten(str(value))
        rejected.reasons.append(
            {"source_line": line, "column": known, "value": shown, "reason": reason(str(column), value, str(check))}
        )
    return replace(table, frame=table.frame.drop(index=failed), rejected=rejected)
