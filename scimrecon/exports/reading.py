"""From a file to checked text rows."""

from __future__ import annotations

import codecs
import hashlib
from collections import Counter
from collections.abc import Iterable
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports import findings
from scimrecon.exports.csv_records import Record, decode, find_delimiter, read_records
from scimrecon.exports.export import Export, Source
from scimrecon.exports.presets import PRESETS, Preset, propose
from scimrecon.values import shorten, text_series


def read_export(path: str | PathLike[str], *, preset: str | None = None) -> Export:
    """Read a directory or HR export into text rows, keeping what cannot be read as rejects.

    CSV (RFC 4180), UTF-8 with or without byte order mark; comma, semicolon, tab or bar. Nothing is converted: ``00123``, ``NA``
    and ``None`` are text, and only an empty cell is NA. Cost: one pass over the file; about 3 s and 1 GB for a million records of
    twenty columns.

    Parameters
    ----------
    path
        The file.
    preset
        A name from `exports.PRESETS`; without one, the header decides, and `Export.reason` says why.

    Returns
    -------
    Export
        ``rows``: text, one column a header, index ``source_line`` (the line a record starts on; the header is line 1).
        ``rejects`` follows `schemas.Rejects`, ``findings`` `schemas.Findings`. Every record is a row or a reject.

    Raises
    ------
    ExportError
        The file is missing, empty, not UTF-8, or cannot be split into records; its header has an empty or repeated name.
    """
    if not isinstance(path, str | PathLike):
        raise ExportError(f"read_export takes the path of a file, not {type(path).__name__}.")
    name = fspath(path)
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise ExportError(f"{name}: {error.strerror or error}. Give the path of a CSV file.") from None
    marked = data.startswith(codecs.BOM_UTF8)
    encoding = "UTF-8 with a byte order mark" if marked else "UTF-8"
    source = Source(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), encoding=encoding)
    text = decode(data, name)
    records = read_records(text, find_delimiter(text), name)
    header = _header(next(records, None), name)
    chosen, reason = _choose(preset, header)
    frame, rejected, ragged = _frame(records, header)
    frame, failed, failures = _checked(frame, chosen)
    rejected |= failed
    rejects = schemas.from_rows([*ragged, *failures], schemas.Rejects).sort_values(
        "source_line", kind="stable", ignore_index=True
    )
    known = chosen.columns()
    return Export(
        rows=frame,
        rejects=rejects,
        findings=findings.of_export(frame, rejects, len(rejected), chosen),
        mapping={path: rule for path, rule in chosen.mapping.items() if known.get(path, "") in {"", *frame.columns}},
        source=source,
        preset=chosen.name,
        reason=reason,
        reject_lines=dict(sorted(rejected.items())),
    )


def _header(record: Record | None, name: str) -> list[str]:
    if record is None:
        raise ExportError(f"{name}: the file is empty; an export has a header and one record a person.")
    header = [cell.strip() for cell in record.cells]
    for position, cell in enumerate(header, start=1):
        if not cell:
            raise ExportError(f"{name} line {record.line}: column {position} has no name. Name it or take it out.")
    repeated = [cell for cell, count in Counter(header).items() if count > 1]
    if repeated:
        raise ExportError(
            f"{name} line {record.line}: column {repeated[0]!r} stands there {header.count(repeated[0])} times. "
            "Rename all but one: which one is meant cannot be told."
        )
    return header


def _choose(preset: str | None, header: list[str]) -> tuple[Preset, str]:
    if preset is None:
        return propose(header)
    if preset not in PRESETS:
        raise ExportError(f"preset {preset!r} is not known; there are {', '.join(sorted(PRESETS))}.")
    return PRESETS[preset], "asked for"


def _frame(
    records: Iterable[Record], header: list[str]
) -> tuple[pd.DataFrame, dict[int, tuple[str, ...]], list[dict[str, object]]]:
    """Split records of the header's width from those that are not."""
    width = len(header)
    lines: list[int] = []
    kept: list[list[str]] = []
    rejected: dict[int, tuple[str, ...]] = {}
    rejects: list[dict[str, object]] = []
    for record in records:
        if len(record.cells) == width:
            lines.append(record.line)
            kept.append(record.cells)
        else:
            rejected[record.line] = tuple(record.cells)
            reason = f"{len(record.cells)} cells, the header has {width}: an unquoted delimiter or line break?"
            value = shorten(" | ".join(record.cells))
            rejects.append({"source_line": record.line, "column": None, "value": value, "reason": reason})
    index = pd.Index(lines, dtype="int64", name="source_line")
    columns = zip(*kept, strict=True) if kept else ([] for _ in header)
    frame = pd.DataFrame(
        {name: text_series([cell or None for cell in cells], index) for name, cells in zip(header, columns, strict=True)},
        index=index,
    )
    return frame, rejected, rejects


def _checked(frame: pd.DataFrame, preset: Preset) -> tuple[pd.DataFrame, dict[int, tuple[str, ...]], list[dict[str, object]]]:
    """Hold the rows to the preset's pandera schema; failing rows become rejects."""
    model = pa.DataFrameSchema(
        {
            column: pa.Column("str", _checks(column, preset), nullable=column not in preset.required)
            for column in dict.fromkeys((*preset.required, *preset.patterns))
            if column in frame.columns
        }
    )
    try:
        model.validate(frame, lazy=True)
    except SchemaErrors as errors:
        cases = errors.failure_cases.drop_duplicates(["index", "column"])
    else:
        return frame, {}, []
    lines = [int(line) for line in cases["index"]]
    failed = sorted(set(lines))
    cells = frame.loc[failed].astype(object).where(frame.loc[failed].notna(), "")
    rejected = {line: tuple(row) for line, row in zip(failed, cells.itertuples(index=False, name=None), strict=True)}
    rejects: list[dict[str, object]] = [
        {
            "source_line": line,
            "column": column,
            "value": None if pd.isna(value) else shorten(str(value)),
            "reason": _reason(column, value, preset),
        }
        for line, column, value in zip(lines, cases["column"], cases["failure_case"], strict=True)
    ]
    return frame.drop(index=failed), rejected, rejects


def _checks(column: str, preset: Preset) -> list[pa.Check]:
    # A cell of white space alone is blank, as it is to a mapping.
    checks = []
    if column in preset.required:
        checks.append(pa.Check(lambda cells: cells.str.strip() != "", name="filled"))
    if column in preset.patterns:
        checks.append(pa.Check.str_matches(rf"(?:{preset.patterns[column]}|\s*)$", name="pattern"))
    return checks


def _reason(column: str, value: Any, preset: Preset) -> str:
    if pd.isna(value) or not str(value).strip():
        return f"{column} is blank"
    return f"{column} is not of the form {preset.patterns[column]}"
