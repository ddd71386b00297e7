"""The bytes of a column's cells: what no cell can be is told of all at once, so that few are looked at one by one."""

from __future__ import annotations

from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.values import arrow_texts

Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]
Bytes: TypeAlias = np.ndarray[Any, np.dtype[np.uint8]]

_SPACE = b"\t\n\v\f\r\x1c\x1d\x1e\x1f "
_EDGED = _SPACE + bytes(range(0x80, 0x100))
"""White space of ASCII, or a byte of a sign beyond it, some of which are white space."""
_DIGITS = b"0123456789"
_NULL_FIRST, _NULL_LAST = b"\t\n\f\r nNuU<([\\#-?\xe2", b"\t\n\f\r lLeEaA.>)]dDnNT!?-\x93\x94"
"""What the words for no value that `null_word` knows begin and end with."""
_IS_EDGED, _IS_DIGIT, _IS_NULL = 1, 2, 4


def _table(*classes: tuple[bytes, int]) -> bytes:
    return bytes(sum(flag for signs, flag in classes if byte in signs) for byte in range(256))


_FIRST = _table((_EDGED, _IS_EDGED), (_DIGITS, _IS_DIGIT), (_NULL_FIRST, _IS_NULL))
_LAST = _table((_EDGED, _IS_EDGED), (_DIGITS, _IS_DIGIT), (_NULL_LAST, _IS_NULL))
_LEAD = 0xC3
_TRAIL = np.isin(np.arange(256), (0xC2, 0xC5, 0xC6, 0xCB, 0xE2))
"""First bytes, in UTF-8, of the signs as which Windows-1252 and Latin-1 read a byte from 0x80 to 0xbf."""
_BLOCK = 2**16
"""Cells, or bytes, at a time: what is made of so many stays in a processor's cache."""
_HASHED_BYTES = 64
"""Longer cells are left to Arrow's own table of distinct values."""
_KEPT = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
"""The first bytes of eight, by their number."""
_SPREAD = np.uint64(0x9E3779B97F4A7C15)


class CellBytes:
    """One text column."""

    def __init__(self, cells: pd.Series[str]) -> None:
        texts = arrow_texts(cells)
        self.texts: Any = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
        """As an Arrow array of large strings; nothing is copied."""
        _, offsets, characters = self.texts.buffers()
        start, end = self.texts.offset, self.texts.offset + len(self.texts) + 1
        bounds = np.frombuffer(offsets or bytes(8 * end), np.int64)[start:end]
        self.held = np.frombuffer(characters or b"", np.uint8)[bounds[0] : bounds[-1]]
        """The bytes of all cells, end to end."""
        self.offsets = bounds - bounds[0] if bounds[0] else bounds
        """Where each cell starts, and the last one ends."""

    @property
    def is_ascii(self) -> bool:
        """Whether all cells are ASCII."""
        return bool(self.held.max(initial=0) < 0x80)

    @property
    def is_printable(self) -> bool:
        """Whether all cells are ASCII without control characters."""
        return self.is_ascii and bool(self.held.min(initial=0x20) >= 0x20) and bool(self.held.max(initial=0) < 0x7F)

    @cached_property
    def lengths(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        """Bytes of each cell; 0 where it is NA."""
        return np.diff(self.offsets)

    @cached_property
    def _edges(self) -> tuple[Bytes, Bytes]:
        """The classes of each cell's first and last byte; none where there is none."""
        first, last = (np.zeros(len(self.texts), np.uint8) for _ in range(2))
        for at in range(0, len(self.texts) if len(self.held) else 0, _BLOCK):
            bounds = self.offsets[at : at + _BLOCK + 1]
            first[at : at + _BLOCK] = self._classes(bounds[:-1], _FIRST)
            last[at : at + _BLOCK] = self._classes(bounds[1:] - 1, _LAST)
        filled = self.lengths > 0
        first *= filled
        last *= filled
        return first, last

    def _classes(self, at: np.ndarray[Any, np.dtype[np.int64]], table: bytes) -> Bytes:
        return np.frombuffer(self.held.take(at, mode="clip").tobytes().translate(table), np.uint8)

    @property
    def edged(self) -> Flags:
        """Whether a cell may begin or end with white space."""
        first, last = self._edges
        return ((first | last) & _IS_EDGED).view(bool)

    @property
    def numeral(self) -> Flags:
        """Whether a cell begins and ends with a digit."""
        first, last = self._edges
        return (first & last & _IS_DIGIT) > 0

    @property
    def nullish(self) -> Flags:
        """Whether a cell may be a word for no value, by how it begins and ends."""
        first, last = self._edges
        return (first & last & _IS_NULL) > 0

    def take(self, where: Flags) -> Any:
        """Take some of the cells."""
        return pc.filter(self.texts, pa.array(where)) if where.any() else self.texts[:0]

    def holds(self, text: bytes) -> bool:
        """Whether a text stands anywhere in the column."""
        for at in range(0, len(self.held) - len(text) + 1, _BLOCK):
            block = self.held[at : at + _BLOCK + len(text) - 1]
            size = len(block) - len(text) + 1
            if np.logical_and.reduce([block[shift : shift + size] == byte for shift, byte in enumerate(text)]).any():
                return True
        return False

    def has_misread_letter(self) -> bool:
        """Whether a letter from U+00C2 to U+00F4 may stand before the sign as which a byte from 0x80 to 0xbf is misread."""
        for at in range(0, len(self.held) - 2, _BLOCK):
            leads = np.flatnonzero(self.held[at : at + _BLOCK] == _LEAD) + at
            leads = leads[leads < len(self.held) - 2]
            letter, sign = self.held[leads + 1], self.held[leads + 2]
            if ((letter >= 0x82) & (letter <= 0xB4) & _TRAIL[sign]).any():
                return True
        return False

    def may_repeat(self) -> bool:
        """Whether a value may stand in two cells; False is certain. Cost: 0.1 s a million cells of twenty bytes."""
        filled = self.lengths > 0
        longest = int(self.lengths.max(initial=0))
        if longest > _HASHED_BYTES:
            return int(pc.count_distinct(self.texts).as_py()) < int(filled.sum())
        padded = np.concatenate([self.held, np.zeros(8, np.uint8)])
        # Eight bytes from each byte on, so that one look-up takes eight of each cell.
        eights = np.ndarray((len(padded) - 7,), "<u8", padded, strides=(1,))
        hashes = self.lengths.astype(np.uint64)
        for at in range(0, longest, 8):
            hashes ^= eights[np.minimum(self.offsets[:-1] + at, len(eights) - 1)] & _KEPT[np.clip(self.lengths - at, 0, 8)]
            hashes *= _SPREAD
            hashes ^= hashes >> np.uint64(29)
        ordered = np.sort(hashes[filled])
        return bool((ordered[1:] == ordered[:-1]).any())
