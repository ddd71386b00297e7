"""Which rows and users are worth a close look: those that share a block, never everybody with everybody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon.matching.keys import Positions
from scimrecon.values import arrow_texts, each_distinct

_BLOCK_PAIRS = 10_000
_ALL_PAIRS = 4_000_000
"""Pairs of one block, and of all blocks of a kind: with more people, blocks are smaller."""
_WHOLE = 1_000
"""Letters; more than any text has."""
_LENGTHS = {
    "surname": (3, 4, 5, 6, 8, _WHOLE),
    "login": (3, 4, 6, 8, _WHOLE),
    "address": (1, 2, 3, 4, 6, 8, _WHOLE),
    "tokens": (_WHOLE,),
    "number": (_WHOLE,),
}
"""Letters of a text that make a block, by kind; a block that is too big is split by the next length."""
_VOWELS = str.maketrans("", "", "aeiouyhw")


def find_pairs(rows: Mapping[str, pd.DataFrame], users: Mapping[str, pd.DataFrame], sizes: tuple[int, int]) -> Positions:
    """Pair rows and users that share a block.

    Cost: about 100 pairs a person and kind at most, fewer from 40,000 people on.

    Parameters
    ----------
    rows, users
        By kind of block (`surname, login, address, tokens, number`) a frame of ``position, base, text``: two texts are in one
        block if they begin alike and their bases are equal.
    sizes
        How many rows and users there are.

    Returns
    -------
    numpy.ndarray
        ``row * users + user`` of each pair, once, in ascending order.
    """
    bound = float(np.clip((_ALL_PAIRS / max(*sizes, 1)) ** 2, 25, _BLOCK_PAIRS))
    pairs = [np.zeros(0, dtype=np.int64)]
    for kind, lengths in _LENGTHS.items():
        if kind in rows and kind in users:
            pairs += _meet(rows[kind], users[kind], lengths, sizes[1], bound)
    return np.unique(np.concatenate(pairs))


def _meet(rows: pd.DataFrame, users: pd.DataFrame, lengths: Sequence[int], width: int, bound: float) -> list[Positions]:
    pairs = []
    for length in lengths:
        texts = pd.concat([rows, users], ignore_index=True)
        codes = pd.factorize(texts["base"] + "\n" + texts["text"].str.slice(0, length))[0]
        mine, theirs = codes[: len(rows)], codes[len(rows) :]
        size = np.bincount(mine, minlength=len(texts)) * np.bincount(theirs, minlength=len(texts))
        small, big = (size > 0) & (size <= bound), size > bound
        left = pd.DataFrame({"code": mine, "row": rows["position"].to_numpy()})[small[mine]]
        right = pd.DataFrame({"code": theirs, "user": users["position"].to_numpy()})[small[theirs]]
        both = left.merge(right, on="code")
        pairs.append(both["row"].to_numpy(dtype=np.int64) * width + both["user"].to_numpy(dtype=np.int64))
        rows, users = rows[big[mine]], users[big[theirs]]
        if rows.empty:
            break
    # What is too big even whole is left out: hundreds who share a surname and a given name's first letter.
    return pairs


def surname_blocks(family: pd.Series[str] | None, given: pd.Series[str] | None, full: Sequence[pd.Series[str]]) -> pd.DataFrame:
    """Put people by each of their family names, and by the first and the last word of their full names.

    Vowels and doubled letters do not count (Mueller, Müller and Muller are together), a given name's first letter comes last.
    """
    parts = []
    if family is not None:
        words = family.str.split(" ").explode().astype("str")
        initial = pd.Series("", index=words.index, dtype="str")
        if given is not None:
            initial = given.str.slice(0, 1).fillna("").reindex(words.index)
        parts.append(pd.DataFrame({"word": words, "initial": initial}))
    for texts in full:
        first, last = replace(texts, " .*$", ""), replace(texts, "^.* ", "")
        parts += [
            pd.DataFrame({"word": last, "initial": first.str.slice(0, 1)}),
            pd.DataFrame({"word": first, "initial": last.str.slice(0, 1)}),
        ]
    both = pd.concat(parts) if parts else pd.DataFrame({"word": [], "initial": []}, dtype="str")
    return make_blocks(each_distinct(both["word"], _skeleton) + " " + both["initial"])


def _skeleton(word: str) -> str:
    """Keep a word's first letter and consonants, none twice in a row."""
    letters = word[:1] + word[1:].translate(_VOWELS)
    return "".join(letter for place, letter in enumerate(letters) if letters[place - 1 : place] != letter)


def make_blocks(texts: pd.Series[str], base: pd.Series[str] | None = None) -> pd.DataFrame:
    """Make what `find_pairs` takes of texts indexed by position; NA and '' are in no block."""
    told = pd.DataFrame({"position": texts.index, "text": texts.array})
    told["base"] = "" if base is None else base.array
    filled = told.dropna()
    return filled[filled["text"].str.strip() != ""].drop_duplicates()


def replace(texts: pd.Series[str], pattern: str, by: str) -> pd.Series[str]:
    """Replace a regular expression of RE2, which knows what is a letter in any script."""
    cells = pc.replace_substring_regex(arrow_texts(texts), pattern, by)
    return pd.Series(pd.array(cells, dtype="str"), index=texts.index)
