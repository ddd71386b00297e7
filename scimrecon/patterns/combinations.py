"""Count rows alike: a million of them become a few dozen, of which everything else is told."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon.patterns.labels import Numbers
from scimrecon.values import arrow_texts, whole

_MANY = 1 << 20
"""Combinations that could be; beyond, only those that are get a number."""


class Combinations(NamedTuple):
    """Rows alike in some columns."""

    alike: pd.DataFrame
    """One row a combination of texts that is there, and how many ``rows`` have it. Index 0…n-1."""
    place: Numbers
    """Of each row, its combination's in `alike`."""


def count_alike(frame: pd.DataFrame, columns: Sequence[str]) -> Combinations:
    """Count the rows that are alike in columns of text; NA is alike to NA.

    Cost: each column's texts are hashed once; a million rows of three columns in 0.05 s.
    """
    numbers, possible = np.zeros(len(frame), dtype=np.int64), 1
    # Arrow lets go of the interpreter while it hashes, which takes longer than all else.
    with ThreadPoolExecutor(max_workers=2) as pool:
        numbered = list(pool.map(_number, [frame[name] for name in columns]))
    for codes, known in numbered:
        numbers = numbers * known + codes
        possible *= known
        if possible > _MANY:
            numbers, possible = _renumber(numbers)
    counts = np.bincount(numbers, minlength=possible)
    there = np.flatnonzero(counts)
    one_of = np.empty(possible, dtype=np.int64)
    one_of[numbers] = np.arange(len(frame))
    places = np.empty(possible, dtype=np.int64)
    places[there] = np.arange(len(there))
    alike = frame[list(columns)].iloc[one_of[there]].reset_index(drop=True)
    return Combinations(alike.assign(rows=counts[there]), places[numbers])


def _number(texts: pd.Series[str]) -> tuple[Numbers, int]:
    """Number the distinct texts, and NA last; and say how many numbers there are."""
    encoded = whole(arrow_texts(texts)).dictionary_encode()
    known = len(encoded.dictionary)
    return pc.fill_null(encoded.indices, known).to_numpy(zero_copy_only=False), known + 1


def _renumber(numbers: Numbers) -> tuple[Numbers, int]:
    codes, distinct = pd.factorize(numbers)
    return codes, max(len(distinct), 1)
