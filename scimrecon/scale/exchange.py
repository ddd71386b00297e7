"""Tables between workers, as files: each is a series of batches, and a batch is read without the others.

Whoever writes knows for whom each row is, and puts the rows of one reader into one batch; so there are as many files as writers,
not as pairs of a writer and a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.files import replacing
from scimrecon.values import arrow_texts, as_texts

Numbers: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]


def write_batches(path: Path, tables: Iterable[tuple[pa.Table, Numbers]], batches: int) -> Numbers:
    """Deal out the rows of tables to numbered batches of one file.

    Parameters
    ----------
    path
        The file.
    tables
        Of one schema, each with the number of each row's batch; at least one.
    batches
        How many there are; each table fills them all, so that the file has them once a table.

    Returns
    -------
    numpy.ndarray
        Rows of each batch.
    """
    sizes = np.zeros(batches, dtype=np.int64)

    # A worker may die, and its task be done again.
    with replacing(path) as unfinished, ExitStack() as opened:
        writer = None
        for table, numbers in tables:
            if writer is None:
                options = pa.ipc.IpcWriteOptions(compression="lz4")
                writer = opened.enter_context(pa.ipc.new_file(str(unfinished), table.schema, options=options))
            counts = np.bincount(numbers, minlength=batches)
            # Small numbers are sorted in one pass.
            order = np.argsort(numbers.astype(np.uint16 if batches <= 1 << 16 else np.int64), kind="stable")
            dealt = table.combine_chunks().take(pa.array(order)).combine_chunks()
            ends = np.cumsum(counts)
            for end, count in zip(ends.tolist(), counts.tolist(), strict=True):
                writer.write_batch(_as_batch(dealt.slice(end - count, count)))
            sizes += counts
    return sizes


def _as_batch(table: pa.Table) -> pa.RecordBatch:
    whole = table.combine_chunks()
    return whole.to_batches()[0] if len(whole) else pa.RecordBatch.from_pylist([], schema=table.schema)


def read_batch(paths: Sequence[Path], batch: int, batches: int, columns: Sequence[str] | None = None) -> pa.Table:
    """Read one batch of each file, in the order of the files and of what was written to each.

    Parameters
    ----------
    paths
        Files that `write_batches` wrote, of one schema; at least one.
    batch
        Its number.
    batches
        How many there are.
    columns
        Those to read; all if None.
    """
    parts = []
    for path in paths:
        with pa.OSFile(str(path)) as file:
            options = None if columns is None else pa.ipc.IpcReadOptions(included_fields=_fields(file, columns))
            reader = pa.ipc.open_file(file, options=options)
            parts += [reader.get_batch(at) for at in range(batch, reader.num_record_batches, batches)]
    return pa.Table.from_batches(parts).combine_chunks()


def _fields(file: Any, columns: Sequence[str]) -> list[int]:
    schema = pa.ipc.open_file(file).schema
    file.seek(0)
    return [schema.get_field_index(name) for name in columns]


def as_table(frame: pd.DataFrame) -> pa.Table:
    """Take a frame of texts, numbers and flags to Arrow, without its index."""
    columns = {
        str(name): arrow_texts(column) if column.dtype == "str" else pa.array(column.to_numpy()) for name, column in frame.items()
    }
    return pa.table(columns)


def as_frame(table: pa.Table) -> pd.DataFrame:
    """Take a table back to pandas; what is no text is a number, or a flag, and never missing."""
    columns = {
        name: as_texts(column.combine_chunks()) if pa.types.is_large_string(column.type) else pd.Series(column.to_numpy())
        for name, column in zip(table.column_names, table.columns, strict=True)
    }
    return pd.DataFrame(columns)


def deal_by_text(texts: pd.Series[str], hands: int) -> Numbers:
    """Give each text a number below `hands`, the same in every process; NA goes with ''."""
    hashes = pd.util.hash_array(texts.fillna("").to_numpy(dtype=object), categorize=False)
    numbers: Numbers = (hashes % np.uint64(hands)).astype(np.int64)
    return numbers
