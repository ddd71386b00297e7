"""CSV as text rows by Arrow's reader, where the file is regular: just what `csv_table` reads, many times as fast."""

from __future__ import annotations

import codecs
import csv
import io
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv

from scimrecon.errors import ExportError
from scimrecon.exports.csv_layout import Bytes, count_lines, find_layout
from scimrecon.exports.csv_records import Record, find_delimiter, find_header, take_preamble
from scimrecon.exports.csv_table import is_known, read_header, tell_skipped
from scimrecon.exports.table import Rejected, Table

_HEAD_BYTES = 2**20
"""More than the delimiter is voted on by."""
_HEAD_RECORDS = 30
"""More than the header is looked for in."""
_BLOCK_BYTES = 2**21
"""A longer record is left to the careful reader."""
_MARK = codecs.BOM_UTF8


class _Opening(NamedTuple):
    """What stands above the records."""

    delimiter: str
    header: list[str]
    skipped: list[str]
    start: int
    """Byte at which the first record starts."""
    line: int
    """Its line."""


def read_regular(body: bytes, name: str) -> Table | None:
    """Read CSV into rows as `read_csv` does; None where that one shall do it.

    That is where the bytes are not UTF-8, hold NULs, stray quotes, lone carriage returns or a faulty header, or where a record
    has more or fewer cells than the header. Cost: a second of CPU and twice the file in memory for 200 MB.
    """
    if b"\0" in body:
        return None
    opening = _open(body, name)
    # Arrow takes off a byte order mark; here it would be a cell's.
    if opening is None or body.startswith(_MARK, opening.start):
        return None
    held = np.frombuffer(body, np.uint8)[opening.start :]
    lines = count_lines(held, opening.delimiter)
    if lines <= 0 or not _is_utf8(held):
        return None
    index = np.arange(lines) + opening.line
    table = _read(held, opening, breaks_in_cells=False)
    if table is None or len(table) != lines:  # blank lines, or line breaks in cells
        layout = find_layout(held, opening.line)
        index = layout.lines
        table = _read(held, opening, breaks_in_cells=layout.breaks_in_cells)
    if table is None or len(table) != len(index):
        return None
    cells = {name: pd.array(column, dtype="str") for name, column in zip(opening.header, table.columns, strict=True)}
    notes = [tell_skipped(opening.skipped)] if opening.skipped else []
    frame = pd.DataFrame(cells, index=pd.Index(index, dtype="int64", name="source_line"))
    return Table(frame=frame, rejected=Rejected(), findings=notes, whole=False)


def _open(body: bytes, name: str) -> _Opening | None:
    try:
        head = codecs.getincrementaldecoder("utf-8")().decode(body[:_HEAD_BYTES])
    except UnicodeDecodeError:
        return None
    before = take_preamble(head)
    delimiter = before.delimiter or find_delimiter(before.text, is_known)
    lines = io.StringIO(before.text, newline="")
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    records: list[Record] = []
    ends: list[tuple[int, int]] = []
    line = 1
    try:
        for cells in reader:
            if cells:
                records.append(Record(line, cells))
                ends.append((lines.tell(), reader.line_num + 1))
            line = reader.line_num + 1
            if len(records) == _HEAD_RECORDS:
                break
        # What a cut head ends with may be a piece of a line.
        if not records or (len(body) > _HEAD_BYTES and lines.tell() == len(before.text)):
            return None
        at = find_header(records, is_known)
        header = read_header(records[at], name)
    except (csv.Error, ExportError):
        return None
    skipped = [*before.lines, *(" ".join(filter(None, record.cells)) for record in records[:at])]
    end, line = ends[at]
    characters = end + len(head) - len(before.text)
    return _Opening(delimiter, header, skipped, len(head[:characters].encode()), line)


def _read(held: Bytes, opening: _Opening, *, breaks_in_cells: bool) -> pa.Table | None:
    try:
        return arrow_csv.read_csv(
            pa.BufferReader(pa.py_buffer(held)),
            read_options=arrow_csv.ReadOptions(column_names=opening.header, block_size=_BLOCK_BYTES),
            parse_options=arrow_csv.ParseOptions(delimiter=opening.delimiter, newlines_in_values=breaks_in_cells),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(opening.header, pa.large_string()), strings_can_be_null=True, null_values=[""],
                check_utf8=False,
            ),
        )  # fmt: skip
    except pa.ArrowInvalid:
        return None


def _is_utf8(held: Bytes) -> bool:
    """Whether the bytes are UTF-8, and so each cell, for what stands between cells is ASCII; Arrow need not ask cell by cell."""
    bounds = pa.py_buffer(np.array([0, len(held)], np.int64))
    try:
        pa.Array.from_buffers(pa.large_string(), 1, [None, bounds, pa.py_buffer(held)]).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
