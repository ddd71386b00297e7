"""The first step: deal the rows of a side out to partitions, by a hash of their key.

Keys that match, and keys that look alike, go to one partition; so do keys that are alike but for leading zeros.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.diff.options import Options
from scimrecon.diff.protection import find_protected
from scimrecon.diff.sides import text_columns
from scimrecon.matching.keys import loose_form
from scimrecon.paths import parse_path
from scimrecon.scale.exchange import Numbers, as_table, deal_by_text, write_batches
from scimrecon.scale.sources import Piece

PLACE, LINE = "#place", "#line"
"""Columns beside the SCIM paths, none of which can be called so: a row's number within its piece, and its line."""


@dataclass(frozen=True, kw_only=True)
class Deal:
    """How one side is dealt out."""

    side: str
    """``desired`` or ``users``, for messages."""
    columns: Mapping[str, str]
    """Canonical path to the column as the source spells it: those that are needed."""
    options: Options
    hands: int
    """Partitions."""
    protect: Collection[str]
    """Ids and userNames to look for."""
    folder: Path

    @property
    def key(self) -> str:
        """The path of the key."""
        return self.options.tiers[0]


@dataclass(frozen=True, kw_only=True)
class Dealt:
    """One piece of a side, dealt out."""

    rows: int
    first_line: int | None
    last_line: int | None
    """None where the index is not of whole numbers, or there is no row."""
    rises: bool
    """Whether the lines rise from row to row."""
    unprotected: frozenset[str]
    """Those to protect who are not in this piece."""


def deal_file(piece: Piece, number: int, deal: Deal) -> Dealt:
    """Deal out a piece of a Parquet file."""
    return _deal(piece.frames(list(deal.columns.values())), number, deal)


def deal_frame(frame: pd.DataFrame, number: int, deal: Deal) -> Dealt:
    """Deal out a partition of a Dask DataFrame."""
    return _deal(
        [frame.set_axis([str(name) for name in frame.columns], axis="columns")[list(deal.columns.values())]], number, deal
    )


def _deal(frames: Iterable[pd.DataFrame], number: int, deal: Deal) -> Dealt:
    path, seen = deal.folder / f"{deal.side}-{number:06}.arrow", _Seen(missing=set(deal.protect))
    ids = deal.folder / f"ids-{number:06}.arrow" if deal.side == "users" else None
    held: list[tuple[pa.Table, Numbers]] = []

    def rows() -> Iterator[tuple[pa.Table, Numbers]]:
        for frame in frames:
            texts = text_columns(frame, deal.side)
            numbers = deal_keys(texts[deal.key].reset_index(drop=True), deal, seen.rows)
            if ids is not None:
                held.append(_ids(texts, deal.hands))
                seen.look_for(texts)
            table = as_table(texts.assign(**seen.number(texts.index)))
            yield table, numbers

    write_batches(path, _or_none(rows(), deal), deal.hands)
    if ids is not None:
        write_batches(ids, held or [_no_rows(["id", "name"])], deal.hands)
    return Dealt(
        rows=seen.rows, first_line=seen.first, last_line=seen.last, rises=seen.rises, unprotected=frozenset(seen.missing)
    )


def deal_keys(keys: pd.Series[str], deal: Deal, before: int) -> Numbers:
    """Give each row its partition: by the loose form of its key's normal form, without leading zeros.

    Texts of one normal form have one loose form, and the loose form of a text is that of its normal form, where that is a form of
    text: so whoever matches, is ambiguous or looks alike meets. A blank key matches nobody; those rows are spread evenly.
    """
    forms = deal.options.comparator_of(parse_path(deal.key)).normalise(keys)
    blank = (forms.isna() | (forms.str.strip() == "")).to_numpy()
    numbers = deal_by_text(loose_form(forms).str.lstrip("0"), deal.hands)
    numbers[blank] = (before + np.flatnonzero(blank)) % deal.hands
    return numbers


class _Seen:
    """What is known of the rows so far."""

    def __init__(self, missing: set[str]) -> None:
        self.missing = missing
        self.rows = 0
        self.first: int | None = None
        self.last: int | None = None
        self.rises = True

    def look_for(self, users: pd.DataFrame) -> None:
        """Cross out who is among these users."""
        if self.missing:
            plain = users.reset_index(drop=True)
            _, unknown = find_protected(
                sorted(self.missing), plain, plain["id"], plain["userName" if "userName" in plain else "id"]
            )
            self.missing.intersection_update(unknown)

    def number(self, index: pd.Index[Any]) -> dict[str, Numbers]:
        """Give the next rows their numbers and lines."""
        places: Numbers = np.arange(self.rows, self.rows + len(index), dtype=np.int64)
        self.rows += len(index)
        if not len(index):
            return {PLACE: places, LINE: places}
        if not pd.api.types.is_integer_dtype(index.dtype):
            self.rises = False
            return {PLACE: places, LINE: places}
        lines: Numbers = index.to_numpy(dtype="int64")
        self.rises &= bool((np.diff(lines) > 0).all()) and (self.last is None or int(lines[0]) > self.last)
        self.first = int(lines[0]) if self.first is None else self.first
        self.last = int(lines[-1])
        return {PLACE: places, LINE: lines}


def _ids(users: pd.DataFrame, hands: int) -> tuple[pa.Table, Numbers]:
    ids = users["id"].reset_index(drop=True)
    names = users["userName"] if "userName" in users else users["id"]
    named = pd.DataFrame({"id": ids, "name": names.mask(names == "").array})
    return as_table(named), deal_by_text(ids, hands)


def _or_none(rows: Iterator[tuple[pa.Table, Numbers]], deal: Deal) -> Iterator[tuple[pa.Table, Numbers]]:
    """The same; where there is none, a table without rows."""
    first = next(rows, None)
    if first is None:
        table, numbers = _no_rows(list(deal.columns))
        none = pa.array([], pa.int64())
        yield table.append_column(PLACE, none).append_column(LINE, none), numbers
        return
    yield first
    yield from rows


def _no_rows(names: Iterable[str]) -> tuple[pa.Table, Numbers]:
    return pa.table({name: pa.array([], pa.large_string()) for name in names}), np.zeros(0, dtype=np.int64)
