"""What changed since the previous export of the same kind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePath

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports.catalogue.model import Preset
from scimrecon.exports.export import Export
from scimrecon.exports.table import Table
from scimrecon.tables import count
from scimrecon.values import shorten

_FEWER, _FAR_FEWER = 0.8, 0.5
"""Shares of the previous file's records below which a file may well be cut off, and surely needs a look."""


def of_previous(table: Table, previous: Export, preset: Preset, name: str) -> list[dict[str, object]]:
    """Say what a file has more, less and otherwise than the one before; rows of `schemas.Findings`.

    Rows are told apart by the first of the preset's keys that both files fill. Cost: 2 s for a million rows of twenty columns.

    Raises
    ------
    ExportError
        The previous file was read by another preset.
    """
    if previous.preset != preset.name:
        raise ExportError(
            f"{name}: previous={previous.source.name!r} was read by preset {previous.preset!r}, this file by {preset.name!r}. "
            "Give the previous export of the same kind, or say preset= for both."
        )
    records = len(table.frame) + len(table.rejected.lines)
    return [
        *_columns(table.frame, previous.rows, preset),
        *_fewer(records, previous.records),
        _summary(table.frame, previous, preset),
    ]


def _columns(now: pd.DataFrame, before: pd.DataFrame, preset: Preset) -> Iterator[dict[str, object]]:
    """Name mapped columns that vanished or went blank."""
    held, had = (preset.resolve(list(rows.columns)) for rows in (now, before))
    for column in sorted(set(preset.columns().values()) & had.keys()):
        filled = int(before[had[column]].count())
        if column not in held:
            detail = "the previous export had it, and the preset maps it: was it left out by mistake?"
            yield schemas.make_finding("column_lost", "red", had[column], filled, detail)
        elif filled and len(now) and not now[held[column]].count():
            detail = f"no row has a value; in the previous export {filled:,} had one"
            yield schemas.make_finding("column_blanked", "red", held[column], filled, detail)


def _fewer(now: int, before: int) -> Iterator[dict[str, object]]:
    if now < _FEWER * before:
        severity = "red" if now < _FAR_FEWER * before else "amber"
        detail = f"{now:,} records, where the previous export had {before:,}: is the file whole, and the same filter set?"
        yield schemas.make_finding("fewer_rows", severity, None, before - now, detail)


def _summary(now: pd.DataFrame, previous: Export, preset: Preset) -> dict[str, object]:
    before = previous.rows
    key = _key(now, before, preset)
    if key is None:
        told, number = f"{len(now):,} rows, before {len(before):,}; no key tells them apart", abs(len(now) - len(before))
    else:
        added, removed, changed = _counts(now, before, *key)
        number = added + removed + changed
        told = f"{count(added, 'row')} added, {removed:,} removed, {changed:,} changed, by {key[0]!r}"
    detail = f"since {shorten(PurePath(previous.source.name).name)!r}: {told}"
    detail += _named("columns gained", [name for name in now.columns if name not in before.columns])
    detail += _named("columns lost", [name for name in before.columns if name not in now.columns])
    return schemas.make_finding("since_previous", "info", None, number, detail)


def _named(what: str, columns: Sequence[str]) -> str:
    return f"; {what}: {shorten(', '.join(columns), 90)}" if columns else ""


def _key(now: pd.DataFrame, before: pd.DataFrame, preset: Preset) -> tuple[str, str] | None:
    """Name the column by which rows are told apart, in this file and in the previous one."""
    held, had = (preset.resolve(list(rows.columns)) for rows in (now, before))
    both = (column for column in preset.keys if column in held and column in had)
    return next(
        ((held[column], had[column]) for column in both if now[held[column]].count() and before[had[column]].count()), None
    )


def _counts(now: pd.DataFrame, before: pd.DataFrame, key: str, key_before: str) -> tuple[int, int, int]:
    """Count rows added, removed and changed; a row without key, or whose key stands there twice, is left out."""
    ours, theirs = _places(now[key]), _places(before[key_before])
    found = theirs.index.get_indexer(ours.index)
    met = found >= 0
    rows, others = ours.to_numpy()[met], theirs.to_numpy()[found[met]]
    changed = np.zeros(len(rows), dtype=bool)
    for column in now.columns.intersection(before.columns):
        # No cell of a row is an empty text, so that a blank one may be told by it.
        left, right = now[column].iloc[rows].fillna(""), before[column].iloc[others].fillna("")
        changed |= np.asarray(left.array != right.array, dtype=bool)
    return len(ours) - len(rows), len(theirs) - len(rows), int(changed.sum())


def _places(keys: pd.Series[str]) -> pd.Series[int]:
    """The number of the row that holds each key, by key."""
    keys = keys.str.strip()
    usable = keys.notna() & (keys != "") & ~keys.duplicated(keep=False)
    return pd.Series(np.flatnonzero(usable), index=pd.Index(keys[usable]))
