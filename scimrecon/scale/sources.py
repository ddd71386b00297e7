"""The two sides as they are given: Parquet files, or a Dask DataFrame, in pieces that a worker can hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from scimrecon.diff.sides import text_columns
from scimrecon.errors import CompareError
from scimrecon.values import as_texts

_PIECE_ROWS = 250_000
"""Row groups smaller than this are read together."""
_BATCH_ROWS = 100_000
"""Rows of a piece that are in memory at a time."""


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some row groups of a Parquet file."""

    path: str
    row_groups: tuple[int, ...]
    rows: int
    line_column: str | None
    """The index that pandas kept, if it is one of whole numbers."""
    first_line: int | None
    """Where pandas kept a range for an index, the number of the first of these rows."""
    step: int

    def frames(self, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
        """Read these columns, some rows at a time; the index are the lines, where the file has them."""
        wanted = [*columns, *([self.line_column] if self.line_column and self.line_column not in columns else [])]
        with pq.ParquetFile(self.path, pre_buffer=False) as file:
            done = 0
            for batch in file.iter_batches(_BATCH_ROWS, row_groups=list(self.row_groups), columns=wanted):
                table = pa.Table.from_batches([batch])
                frame = pd.DataFrame({name: _as_series(table[name]) for name in columns}, index=pd.RangeIndex(len(table)))
                if self.line_column is not None:
                    frame.index = pd.Index(table[self.line_column].to_pandas())
                elif self.first_line is not None:
                    start = self.first_line + done * self.step
                    frame.index = pd.RangeIndex(start, start + len(table) * self.step, self.step)
                yield frame
                done += len(table)


@dataclass(frozen=True, kw_only=True)
class Source:
    """One side of a comparison, not read yet."""

    name: str
    """``desired`` or ``users``, for messages."""
    columns: Mapping[str, str]
    """Canonical SCIM path to the column as the source spells it."""
    rows: int | None
    """None where they are not counted before they are read."""
    pieces: Sequence[Any] = field(repr=False)
    """A `Piece` each, or a partition of a Dask DataFrame, delayed; in order, at least one."""
    has_lines: bool
    """Whether its index is of whole numbers."""


def open_source(side: Any, name: str) -> Source:
    """Look at one side without reading its cells.

    Parameters
    ----------
    side
        Path of a Parquet file, or of a folder of them, or a Dask DataFrame.
    name
        ``desired`` or ``users``.

    Raises
    ------
    CompareError
        It is neither, or cannot be read, or a column names no attribute, or the same as another.
    """
    if isinstance(side, str | PathLike):
        return _of_files(Path(side).absolute(), name)  # a worker may be in another folder
    if hasattr(side, "to_delayed") and hasattr(side, "columns"):
        lines = pd.api.types.is_integer_dtype(side.index.dtype)
        columns = _canonical([str(column) for column in side.columns], name)
        return Source(name=name, columns=columns, rows=None, pieces=side.to_delayed(), has_lines=lines)
    instead = "sr.compare takes it" if isinstance(side, pd.DataFrame) else "write its frame with to_parquet"
    kind = type(side).__name__
    raise CompareError(
        f"{name}: scale.compare takes the path of a Parquet file or folder, or a Dask DataFrame, not {kind}; {instead}."
    )


def _of_files(path: Path, name: str) -> Source:
    if not path.exists():
        raise CompareError(f"{name}: there is no {os.fspath(path)}.")
    try:
        files = sorted(ds.dataset(path, format="parquet").files)
        if not files:
            raise CompareError(f"{name}: {os.fspath(path)} holds no Parquet file.")
        schemas = [pq.read_schema(file) for file in files]
        pieces = [piece for file in files for piece in _pieces(file, alone=len(files) == 1)]
    except (pa.ArrowInvalid, OSError) as error:
        raise CompareError(f"{name}: {os.fspath(path)} cannot be read as Parquet: {error}.") from error
    index = {one["name"] if isinstance(one, dict) else one for one in _index_columns(schemas[0])}
    names = [column for column in schemas[0].names if column not in index]
    for file, schema in zip(files, schemas, strict=True):
        if set(schema.names) != set(schemas[0].names):
            strange = sorted(set(schema.names) ^ set(schemas[0].names))[0]
            raise CompareError(f"{name}: {files[0]} and {file} have not the same columns: {strange!r} is in one of them only.")
    return Source(
        name=name,
        columns=_canonical(names, name),
        rows=sum(piece.rows for piece in pieces),
        pieces=pieces,
        has_lines=pieces[0].line_column is not None or pieces[0].first_line is not None,
    )


def _canonical(names: Sequence[str], side: str) -> dict[str, str]:
    empty = pd.DataFrame({place: pd.Series([], dtype="str") for place in range(len(names))}).set_axis(list(names), axis="columns")
    return dict(zip(map(str, text_columns(empty, side).columns), names, strict=True))


def _index_columns(schema: pa.Schema) -> list[Any]:
    """What pandas says it kept as index: names of columns, or ranges."""
    metadata = (schema.metadata or {}).get(b"pandas")
    return [] if metadata is None else list(json.loads(metadata).get("index_columns", []))


def _pieces(path: str, *, alone: bool) -> Iterator[Piece]:
    """Cut a file between row groups, small ones together; a file without rows is one piece."""
    with pq.ParquetFile(path) as file:
        sizes = [file.metadata.row_group(at).num_rows for at in range(file.num_row_groups)]
        schema = file.schema_arrow
    index = _index_columns(schema)
    kept = index[0] if len(index) == 1 else None
    line_column = kept if isinstance(kept, str) and pa.types.is_integer(schema.field(kept).type) else None
    spans = isinstance(kept, dict) and alone and kept["kind"] == "range"
    start, step = (kept["start"], kept["step"]) if isinstance(kept, dict) and spans else (None, 1)
    groups: list[int] = []
    for at, size in enumerate([*sizes, _PIECE_ROWS]):
        if groups and sum(sizes[group] for group in groups) + size > _PIECE_ROWS:
            first = None if start is None else start + step * sum(sizes[: groups[0]])
            rows = sum(sizes[group] for group in groups)
            yield Piece(path=path, row_groups=tuple(groups), rows=rows, line_column=line_column, first_line=first, step=step)
            groups = []
        groups.append(at)
    if not any(sizes):
        yield Piece(path=path, row_groups=(), rows=0, line_column=line_column, first_line=start, step=step)


def _as_series(column: pa.ChunkedArray) -> pd.Series[Any]:
    """A column as pandas has it: text as text, anything else for `text_columns` to refuse."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind) or pa.types.is_null(kind):
        return as_texts(column.cast(pa.large_string()))
    other: pd.Series[Any] = column.to_pandas()
    return other
