"""The last steps: name the patterns of each attribute's changes, and put changes and statuses in order, into Parquet."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from scimrecon import patterns, schemas
from scimrecon.diff.changing import name_managers
from scimrecon.diff.resolving import MANAGER
from scimrecon.files import replacing
from scimrecon.scale.exchange import as_frame, as_table, read_batch, write_batches
from scimrecon.scale.work import NO_LINE, WHERE, Table, attribute_names


def name_patterns(attributes: Sequence[int], number: int, cuts: Sequence[str], table: Table) -> tuple[pd.DataFrame, list[int]]:
    """Name the patterns of all changes of some attributes, and deal the changes out by user.

    Parameters
    ----------
    attributes
        Which of the table's.
    number
        Of the file to write.
    cuts
        User ids in order: changes go to as many ranges, and one more.
    table
        Of the comparison.

    Returns
    -------
    tuple
        Counts by ``path, pattern, kind, status``, and the changes of each range.
    """
    parts = [read_batch(table.all_named("changes"), at, len(table.attributes)) for at in attributes]
    changes = as_frame(pa.concat_tables(parts).combine_chunks())
    named = _name_managers(changes, table) if MANAGER in {table.attributes[at] for at in attributes} else changes
    changes["pattern"] = patterns.label_changes(named)
    changes = changes.drop(columns="formatting").sort_values("user_id", ignore_index=True)
    ids = changes["user_id"].array
    ends = [bisect_left(range(len(ids)), cut, key=lambda place: str(ids[place])) for cut in cuts]
    sizes = np.diff([0, *ends, len(ids)])
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    write_batches(table.named("labelled", number), [(as_table(changes), numbers)], len(sizes))
    counts = changes.assign(path=attribute_names(changes["path"])).value_counts(["path", "pattern", "kind", "status"])
    return counts.rename("changes").reset_index(), sizes.tolist()


def _name_managers(changes: pd.DataFrame, table: Table) -> pd.DataFrame:
    known = [as_frame(read_batch(table.all_named("known"), number, table.hands)) for number in range(table.hands)]
    names = pd.concat(known).drop_duplicates("user_id").set_index("user_id")["name"]
    return name_managers(changes, names)


def write_changes(ranges: Sequence[int], path: Path, of: int, files: Sequence[Path]) -> None:
    """Put the changes of some ranges of users in order, into one file; follows `schemas.Changes`."""
    parts = [read_batch(files, number, of) for number in ranges]
    frame = as_frame(pa.concat_tables(parts).combine_chunks()).sort_values(["user_id", "path"])
    frame.index = pd.Index(frame["user_id"] + ":" + frame["path"], name="change_id")
    write_frame(schemas.check(frame.assign(source_line=_lines(frame)), schemas.Changes), path)


def write_statuses(ranges: Sequence[int], path: Path, table: Table) -> None:
    """Put the statuses of some ranges in order, into one file; follows `schemas.UserStatuses`."""
    parts = [read_batch(table.all_named("statuses"), number, table.ranges) for number in ranges]
    frame = as_frame(pa.concat_tables(parts).combine_chunks()).sort_values(WHERE, ignore_index=True)
    write_frame(schemas.check(frame.assign(source_line=_lines(frame)), schemas.UserStatuses), path)


def _lines(frame: pd.DataFrame) -> pd.Series[int]:
    lines = frame["source_line"].astype("Int64")
    return lines.mask(lines == NO_LINE)


def write_frame(frame: pd.DataFrame, path: Path) -> None:
    """Write a frame to a file, with its index if that says more than a count."""
    counted = isinstance(frame.index, pd.RangeIndex)
    with replacing(path) as unfinished:
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=not counted), unfinished)
