"""Texts that differ in a letter or two: compared with rapidfuzz, and only where they share half of their letters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import RecipeError
from scimrecon.recipes.keys import plain_text

if TYPE_CHECKING:
    import numpy.typing as npt

    from scimrecon.recipes.slices import Watch

    Integers = npt.NDArray[np.int64]
    Pairs = Iterator[tuple[Integers, Integers]]
    Distance = Callable[[list[str], list[str]], Integers]

_SHORTEST = 4
"""Letters: IT and HR are no slips of each other."""
_LONGEST = 200
"""Letters: slips are looked for in names and titles, not in prose, where each comparison would take its time."""
_LETTERS_A_SLIP = 8
_NEIGHBOURS = 40
"""Texts of a block, in order, that each is compared with: all of them in most blocks."""
_TEXTS = 2_000
"""A slice of texts takes some milliseconds, and so does one of pairs."""
_PAIRS = 20_000
_NO_DIGITS = re.compile(r"\D+")


def nearest_groups(texts: Sequence[str], watch: Watch) -> list[int]:
    """Number the groups of texts that are alike but for slips.

    Two texts are alike if one becomes the other by adding, dropping, replacing or swapping one letter, two from 16 letters on,
    and so forth; letter case, accents and punctuation aside. Their digits must be the same: CC-4100 and CC-4200 are no slips.
    A text of fewer than 4 letters, or more than 200, is like itself alone. Who is like one of a group is of the group.

    Cost: each text is compared with 160 others at most, and a single slip is found wherever it is, unless more than 40 texts
    share half of their letters; then some slips are missed. Several slips are found where they are in the same half.

    Raises
    ------
    RecipeError
        rapidfuzz is not installed, or the watch says to stop.
    """
    distance = _load_distance()
    forms = [" ".join(plain_text(text).split()) for part in watch.slices(len(texts), _TEXTS, 0, 0.2) for text in texts[part]]
    coded = pc.dictionary_encode(pa.array(forms, pa.large_string()))
    distinct: list[str] = coded.dictionary.to_pylist()
    leaders = list(range(len(distinct)))
    for left, right in _alike(distinct, distance, watch):
        _join(leaders, left, right)
    return [_leader(leaders, code) for code in coded.indices.to_pylist()]


def _load_distance() -> Distance:
    try:
        from rapidfuzz import process
        from rapidfuzz.distance import OSA
    except ImportError:
        raise RecipeError("clustering by 'nearest' needs rapidfuzz: pip install 'scimrecon[clean]'") from None

    def measure(left: list[str], right: list[str]) -> Integers:
        return np.asarray(process.cpdist(left, right, scorer=OSA.distance, dtype=np.int32), dtype=np.int64)

    return measure


def _alike(forms: list[str], distance: Distance, watch: Watch) -> list[tuple[int, int]]:
    """Pair the forms that are alike."""
    texts = np.array(forms, dtype=object)
    lengths = np.array([len(form) for form in forms], dtype=np.int64)
    blocks, members = _blocks(forms, watch)
    found: list[tuple[int, int]] = []
    orders = [_order(forms), _order([form[::-1] for form in forms])]
    for place, order in enumerate(orders):
        # Neighbours in a block by how they begin, then by how they end: where the block is small, the first pass saw all.
        kept = np.ones(len(blocks), dtype=bool) if not place else np.bincount(blocks)[blocks] > _NEIGHBOURS + 1
        by = np.lexsort((order[members[kept]], blocks[kept]))
        start = 0.3 + 0.35 * place
        for left, right in _neighbours(blocks[kept][by], members[kept][by], watch, start, start + 0.35):
            slips = np.maximum(1, np.minimum(lengths[left], lengths[right]) // _LETTERS_A_SLIP)
            near = (left != right) & (np.abs(lengths[left] - lengths[right]) <= slips)
            left, right, slips = left[near], right[near], slips[near]
            alike = distance(texts[left].tolist(), texts[right].tolist()) <= slips
            found += zip(left[alike].tolist(), right[alike].tolist(), strict=True)
    return found


def _blocks(forms: list[str], watch: Watch) -> tuple[Integers, Integers]:
    """Put each form into blocks: give, for each form in a block, the block's number and the form's.

    One slip leaves either half of a form as it is. As it may also change the length by one, a half is taken of either length.
    """
    keys: list[str] = []
    members: list[int] = []
    for part in watch.slices(len(forms), _TEXTS, 0.2, 0.3):
        for at, form in enumerate(forms[part], part.start):
            if not _SHORTEST <= len(form) <= _LONGEST:
                continue
            digits = _NO_DIGITS.sub("", form)
            halves = {len(form) // 2, (len(form) - 1) // 2}
            keys += [f"{digits}\n^{form[:half]}" for half in halves] + [f"{digits}\n${form[-half:]}" for half in halves]
            members += [at] * (2 * len(halves))
    return _codes(keys), np.array(members, dtype=np.int64)


def _codes(keys: list[str]) -> Integers:
    codes: Integers = pc.dictionary_encode(pa.array(keys, pa.large_string())).indices.to_numpy().astype(np.int64)
    return codes


def _order(forms: list[str]) -> Integers:
    """Tell of each form which it is, in order."""
    ranks = np.empty(len(forms), dtype=np.int64)
    ranks[pc.array_sort_indices(pa.array(forms, pa.large_string())).to_numpy()] = np.arange(len(forms))
    return ranks


def _neighbours(blocks: Integers, members: Integers, watch: Watch, start: float, end: float) -> Pairs:
    """Pair each member of a block with those that follow it, slice by slice."""
    for apart in range(1, _NEIGHBOURS + 1):
        first = np.flatnonzero(blocks[:-apart] == blocks[apart:])
        share = (end - start) / _NEIGHBOURS
        for part in watch.slices(len(first), _PAIRS, start + share * (apart - 1), start + share * apart):
            yield members[first[part]], members[first[part] + apart]


def _leader(leaders: list[int], one: int) -> int:
    while leaders[one] != one:
        leaders[one] = leaders[leaders[one]]
        one = leaders[one]
    return one


def _join(leaders: list[int], left: int, right: int) -> None:
    first, second = sorted((_leader(leaders, left), _leader(leaders, right)))
    leaders[second] = first
