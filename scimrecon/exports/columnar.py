"""Parquet and Arrow (Feather) files as text rows: texts as they are, other types as the one text that means the same."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports.csv_records import Record
from scimrecon.exports.csv_table import read_header
from scimrecon.exports.table import MAX_CELLS, Rejected, Table, write_values
from scimrecon.values import shorten

_PARQUET, _ARROW = b"PAR1", b"ARROW1"
_MAX_BYTES = 2**31
_EXACT = 2.0**53
"""From here on a floating-point number skips whole numbers."""


def is_columnar(data: bytes) -> bool:
    """Tell a Parquet or Arrow file by how it begins."""
    return data.startswith((_PARQUET, _ARROW))


def read_columnar(data: bytes, name: str) -> Table:
    """Read a Parquet, Arrow or Feather file into rows; ``source_line`` numbers them from 1.

    Booleans become ``true`` and ``false``, numbers digits, dates and times ISO 8601, those with a zone in UTC; several values of
    a list a JSON array of texts; members of a structure get columns of their own (``name.givenName``). Cost: 0.1 s a million
    cells of text, a second where they are lists.

    Raises
    ------
    ExportError
        The file is damaged, or too large unpacked; a name is empty or stands there twice; a column is of a type that is no text.
    """
    try:
        table = _read_parquet(data, name) if data.startswith(_PARQUET) else _read_arrow(data, name)
    except (pa.ArrowException, OSError) as error:
        raise ExportError(f"{name}: the file is damaged ({shorten(str(error))}). Fetch it again.") from None
    while any(pa.types.is_struct(kind) for kind in table.schema.types):
        table = table.flatten()
    header = read_header(Record(1, table.column_names), name, "header")
    index = pd.RangeIndex(1, len(table) + 1, name="source_line").astype("int64")
    notes: list[dict[str, object]] = []
    cells = {}
    for column, held in zip(header, table.columns, strict=True):
        texts = _texts(held, f"{name} column {column!r}")
        cells[column] = pd.array(pc.if_else(pc.equal(texts, ""), None, texts), dtype="str")
        notes += _notes(held, column)
    form = "Parquet" if data.startswith(_PARQUET) else "Arrow"
    return Table(frame=pd.DataFrame(cells, index=index), rejected=Rejected(), findings=notes, format=form, whole=False)


def _read_parquet(data: bytes, name: str) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(data))
    about = file.metadata
    unpacked = sum(about.row_group(group).total_byte_size for group in range(about.num_row_groups))
    _check(about.num_rows * max(about.num_columns, 1), unpacked, name)
    names = [column.path for column in file.schema if column.physical_type == "BYTE_ARRAY" and column.max_repetition_level == 0]
    # A few bytes may stand for a long text in each of a million rows, so it is told how long they get before they are made.
    table = pq.ParquetFile(pa.BufferReader(data), read_dictionary=names).read()
    _check(0, sum(_expanded(column) for column in table.columns), name)
    return table


def _expanded(column: pa.ChunkedArray) -> int:
    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    pieces = (pc.sum(pc.take(pc.binary_length(piece.dictionary), piece.indices)).as_py() for piece in column.chunks)
    return sum(piece or 0 for piece in pieces)


def _read_arrow(data: bytes, name: str) -> pa.Table:
    file = pa.ipc.open_file(pa.BufferReader(data))
    batches, cells, size = [], 0, 0
    for number in range(file.num_record_batches):
        batch = file.get_batch(number)
        cells, size = cells + batch.num_rows * max(batch.num_columns, 1), size + batch.nbytes
        _check(cells, size, name)
        batches.append(batch)
    return pa.Table.from_batches(batches, file.schema)


def _check(cells: int, size: int, name: str) -> None:
    if cells > MAX_CELLS or size > _MAX_BYTES:
        raise ExportError(
            f"{name}: too large a table to hold, {cells:,} cells or {size // 2**20:,} MiB. "
            "Export only the columns that are compared."
        )


def _texts(held: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    """Write one column as text."""
    kind = held.type
    if pa.types.is_dictionary(kind):
        return _texts(held.cast(kind.value_type), where)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _listed(held, where)
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return _of_bytes(held)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return _of_moments(held)
    if pa.types.is_floating(kind):
        return _of_floats(held)
    if pa.types.is_duration(kind) or pa.types.is_nested(kind) or pa.types.is_interval(kind):
        raise ExportError(f"{where} holds {kind}, which is no text. Write it as text, or leave the column out.")
    return held.cast(pa.large_string())


def _of_moments(held: pa.ChunkedArray) -> pa.ChunkedArray:
    if pa.types.is_timestamp(held.type) and held.type.tz:
        held = held.cast(pa.timestamp(held.type.unit, "UTC"))
    texts = pc.replace_substring(held.cast(pa.string()), " ", "T")
    return pc.replace_substring_regex(texts, r"\.0+(Z?)$", r"\1").cast(pa.large_string())


def _of_floats(held: pa.ChunkedArray) -> pa.ChunkedArray:
    """Write whole numbers as digits, and what is not a number as nothing."""
    numbers = held.cast(pa.float64())
    numbers = pc.if_else(pc.is_nan(numbers), None, numbers)
    whole = pc.and_(pc.equal(numbers, pc.trunc(numbers)), pc.less(pc.abs(numbers), 2.0**63))
    digits = pc.if_else(whole, numbers, None).cast(pa.int64(), safe=False).cast(pa.large_string())
    return pc.coalesce(digits, numbers.cast(pa.large_string()))


def _of_bytes(held: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take bytes for text where all of a column are UTF-8; else write them as base64, as LDIF does."""
    held = held.cast(pa.large_binary())
    try:
        return held.cast(pa.large_string())
    except pa.ArrowInvalid:
        written = [None if value is None else base64.b64encode(value).decode() for value in held.to_pylist()]
        return pa.chunked_array([pa.array(written, pa.large_string())])


def _listed(held: pa.ChunkedArray, where: str) -> pa.ChunkedArray:
    pieces = [pa.array([], pa.large_string())]
    for piece in held.chunks:
        texts = _texts(pa.chunked_array([piece.flatten()]), where).to_pylist()
        lengths = pc.fill_null(pc.list_value_length(piece), 0).to_pylist()
        values = iter(texts)
        rows = ([text for _ in range(length) if (text := next(values))] for length in lengths)
        pieces.append(pa.array([write_values(row) if row else None for row in rows], pa.large_string()))
    return pa.chunked_array(pieces)


def _notes(held: pa.ChunkedArray, column: str) -> Iterator[dict[str, object]]:
    """Say what was converted, and what was lost before."""
    kind, filled = held.type, len(held) - held.null_count
    if pa.types.is_floating(kind):
        long = int(pc.sum(pc.greater_equal(pc.abs(held.cast(pa.float64())), _EXACT)).as_py() or 0)
        if long:
            detail = "floating-point numbers too long to be exact: digits are lost; write the column as text"
            yield schemas.make_finding("mangled_number", "amber", column, long, detail)
        detail = "floating-point numbers, as pandas makes of whole ones beside a blank; leading zeros are lost: write ids as text"
        yield schemas.make_finding("converted", "amber", column, filled, detail)
    elif not _is_text(kind):
        yield schemas.make_finding("converted", "info", column, filled, f"{kind}, written as text")


def _is_text(kind: pa.DataType) -> bool:
    if pa.types.is_dictionary(kind) or pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return _is_text(kind.value_type)
    texts = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
    return any(test(kind) for test in texts)
