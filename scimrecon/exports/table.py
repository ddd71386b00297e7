"""What every reader of a format gives: text rows by line, what could not be read, and what was noticed on the way."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import ExportError
from scimrecon.values import arrow_texts, shorten, text_series

MAX_CELLS = 200_000_000
_MAX_COLUMNS = 5_000
"""A csvde dump of all that a directory knows has some hundreds."""


@dataclass(kw_only=True)
class Rejected:
    """Records that are not rows."""

    lines: dict[int, tuple[str, ...]] = field(default_factory=dict)
    """The cells of each, as read, by the line it starts on."""
    reasons: list[dict[str, object]] = field(default_factory=list)
    """Rows of `schemas.Rejects`."""

    def add(self, line: int, cells: Sequence[str], reason: str, *, column: str | None = None, value: str | None = None) -> None:
        """Keep one record and why it is not a row; half a character, which no table holds, is replaced."""
        self.lines[line] = tuple(cell.encode("utf-8", "replace").decode() for cell in cells)
        text = " | ".join(self.lines[line][:20])[:200] if value is None else value
        reason = reason.encode("utf-8", "replace").decode()
        self.reasons.append({"source_line": line, "column": column, "value": shorten(text), "reason": reason})


@dataclass(frozen=True, kw_only=True)
class Table:
    """One file, read."""

    frame: pd.DataFrame
    """As `Export.rows`."""
    rejected: Rejected
    findings: Sequence[Mapping[str, object]] = ()
    """Rows of `schemas.Findings`."""
    format: str = "CSV"
    whole: bool = True
    """Whether the file says itself where it ends, so that its length is no sign of a cut."""

    def with_findings(self, findings: Sequence[Mapping[str, object]]) -> Table:
        """Make one that says more."""
        return replace(self, findings=(*findings, *self.findings))


def keep_rows(rows: pd.DataFrame, keep: np.ndarray[Any, np.dtype[np.bool_]]) -> pd.DataFrame:
    """Keep some rows of text columns; Arrow's filter takes half the time of pandas' own."""
    flags = pa.array(keep)
    kept = {name: pd.array(pc.filter(arrow_texts(rows[name]), flags), dtype="str") for name in rows.columns}
    return pd.DataFrame(kept, index=rows.index[keep])


def write_values(values: Sequence[str]) -> str:
    """Write the values of one attribute as a cell: one as it is, several as a JSON array of texts.

    A single value that reads like such an array becomes one itself, so that no two lists of values share a cell.
    """
    if len(values) == 1 and not _is_array(values[0]):
        return values[0]
    return f"[{', '.join(map(encode_basestring, values))}]"


def read_values(cell: str) -> list[str]:
    """Take a cell of `write_values` apart again."""
    return json.loads(cell) if _is_array(cell) else [cell]


def _is_array(text: str) -> bool:
    if not (text.startswith("[") and text.endswith("]")):
        return False
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(held, list) and all(isinstance(value, str) for value in held)


def refuse_wide(columns: int, name: str) -> None:
    """Refuse a table of more than 5,000 columns.

    Raises
    ------
    ExportError
        It has more.
    """
    if columns > _MAX_COLUMNS:
        raise ExportError(
            f"{name}: {columns:,} columns; a table may have {_MAX_COLUMNS:,}. Export only the attributes that are compared."
        )


def frame_of(columns: Mapping[str, Mapping[int, str]], lines: Sequence[int], name: str) -> pd.DataFrame:
    """Make rows of sparse columns, each a dict of row number to text.

    Raises
    ------
    ExportError
        So many columns for so many rows that the table would not fit in memory.
    """
    refuse_wide(len(columns), name)
    if len(columns) * len(lines) > MAX_CELLS:
        raise ExportError(
            f"{name}: {len(columns):,} different attributes in {len(lines):,} records make a table too large to hold. "
            "Export only the attributes that are compared."
        )
    index = pd.Index(list(lines), dtype="int64", name="source_line")
    size = len(lines)
    return pd.DataFrame({column: text_series(_filled(cells, size), index) for column, cells in columns.items()}, index=index)


def _filled(cells: Mapping[int, str], size: int) -> list[str | None]:
    if len(cells) == size:
        return [cells[row] or None for row in range(size)]
    filled: list[str | None] = [None] * size
    for row, cell in cells.items():
        filled[row] = cell or None
    return filled
