"""Find people by words, typed by somebody who has no ü and does not know which name comes first."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon.diff import find_free, score_pairs
from scimrecon.values import PLAIN_LETTERS, is_among, text_series
from scimrecon.widgets.columns import arrow, find_text

if TYPE_CHECKING:
    import pyarrow as pa

    from scimrecon.diff import Diff
    from scimrecon.widgets.columns import Mask

_MOST_SCORED = 500
"""Of users whom a search finds: whoever finds more has not said enough."""
_MOST_SHOWN = 20
_PLAIN = PLAIN_LETTERS | {ord("ß"): "ss"}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What a search for the user of a row came to."""

    line: int
    search: str
    users: pd.DataFrame
    """As `Candidates.pairs`, the best first."""
    total: int
    """Users it found, of whom `users` has the best."""


class FreeUsers:
    """The users whom no row of the export is, to be searched. Nothing is read before the first question.

    Parameters
    ----------
    diff
        What `compare` returned.
    """

    def __init__(self, diff: Diff) -> None:
        self._diff = diff

    def find(self, line: int, search: str) -> Finding:
        """Find users in whom each word of a text stands, and score the row with them. Cost: a pass over what is told of each."""
        at = np.flatnonzero(holding_words(self._folded, search)) if search.strip() else np.zeros(0, dtype=np.intp)
        ids = self._users["user_id"].iloc[at[:_MOST_SCORED]].tolist()
        scored = score_pairs(self._diff, [line] * len(ids), ids)
        return Finding(line=line, search=search, users=scored.head(_MOST_SHOWN), total=len(at))

    def score(self, pairs: list[tuple[int, str]]) -> pd.DataFrame:
        """Score rows with users, as `Candidates.pairs`; users who are not free are left out."""
        free = is_among(text_series([user_id for _, user_id in pairs]), self._users["user_id"])
        kept = [pair for pair, is_free in zip(pairs, free, strict=True) if is_free]
        return score_pairs(self._diff, [line for line, _ in kept], [user_id for _, user_id in kept])

    @cached_property
    def _users(self) -> pd.DataFrame:
        return find_free(self._diff)

    @cached_property
    def _folded(self) -> pa.Array:
        users = self._users
        return fold(users["user_name"].fillna("") + " " + users["user_id"] + " " + users["told"])


def fold(texts: pd.Series[str]) -> pa.Array:
    """Bring texts to the form `holding_words` looks in: lower case, no marks, plain letters."""
    lowered = pc.utf8_lower(pc.utf8_normalize(arrow(texts), form="NFKD"))
    plain = pc.replace_substring_regex(lowered, r"\p{Mn}+", "")
    for letter, written in _PLAIN.items():
        plain = pc.replace_substring(plain, chr(letter), written)
    return plain


def holding_words(folded: pa.Array, search: str) -> Mask:
    """Which texts hold each word of a search, in any order and case, with or without their accents."""
    words = fold(text_series([search]))[0].as_py().split()
    found: Mask = np.logical_and.reduce([np.ones(len(folded), dtype=bool), *(find_text(folded, word) for word in words)])
    return found
