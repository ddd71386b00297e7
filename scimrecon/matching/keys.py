"""Keys, and the two forms of a key: the strong one matches, the loose one only shows who looks alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd

from scimrecon.values import normalise
from scimrecon.values.texts import IGNORABLE, SPACES, arrow_texts, each_distinct, is_ascii, text_series, whole
from scimrecon.values.texts import matches as finds

Positions: TypeAlias = np.ndarray[Any, np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

_IMPOSTORS = "[\u037e\u1fef\u212a]"
"""The characters of which NFC makes an ASCII one: Greek question mark (;), Greek varia (`) and Kelvin sign (K)."""
_ASCII_SPACES = "[\t-\r\x1c- ]+"
_UNSEEN = re.compile(f"[{IGNORABLE}{SPACES}]+")


@dataclass(frozen=True, kw_only=True)
class Key:
    """One tier: the same path on both sides."""

    path: str
    case_exact: bool
    desired: pd.Series[str]
    """One text a desired row, by position."""
    users: pd.Series[str]
    """One text a user, by position."""
    normalise: Callable[[pd.Series[str]], pd.Series[str]] | None = field(default=None, repr=False)
    """A comparator's normal form; None for `values.normalise`."""

    @cached_property
    def desired_forms(self) -> pd.Series[str]:
        """The normal form of each desired row's text, reckoned once; index 0…n-1."""
        return self.form(self.desired.reset_index(drop=True))

    @cached_property
    def user_forms(self) -> pd.Series[str]:
        """The normal form of each user's text, reckoned once; index 0…n-1."""
        return self.form(self.users.reset_index(drop=True))

    @cached_property
    def desired_impostors(self) -> Flags:
        """For each desired row whether its text would pass for another's, reckoned once."""
        return _impostors(self.desired)

    def form(self, texts: pd.Series[str]) -> pd.Series[str]:
        """Bring texts to this key's normal form."""
        return normalise(texts, case_exact=self.case_exact) if self.normalise is None else self.normalise(texts)


@dataclass(frozen=True, kw_only=True)
class Codes:
    """The keys of one tier as numbers: equal strong forms have equal ones, and -1 is no key."""

    rows: Positions
    users: Positions
    row_count: Positions
    """How many rows hold each number; its last entry, which -1 finds, is 0. Likewise for users."""
    user_count: Positions
    link_row: Positions
    """For each link of this tier a row that holds its key, or -1."""
    link_count: Positions
    """For each link of this tier how many rows hold its key."""

    def swapped(self) -> Codes:
        """See the users as rows and the rows as users; links are left out."""
        none = np.zeros(0, dtype=np.int64)
        return Codes(
            rows=self.users,
            users=self.rows,
            row_count=self.user_count,
            user_count=self.row_count,
            link_row=none,
            link_count=none,
        )


class Decided(Protocol):
    """What `key_texts` and `key_paths` read of `Matches`."""

    @property
    def tier_of(self) -> Positions:
        """For each desired row the tier that decided, or -1."""


def link_form(texts: pd.Series[str], key: Key) -> pd.Series[str]:
    """Bring keys to the form by which links find them: the strong one, or the text itself where it has none; NA where blank."""
    return _unless_blank(key.form(texts), key).mask(_impostors(texts), texts)


def _unless_blank(forms: pd.Series[str], key: Key) -> pd.Series[str]:
    # White space alone is trimmed by `values.normalise`; a comparator may leave it.
    blank = forms == "" if key.normalise is None else forms.str.strip() == ""
    return forms.mask(blank) if blank.any() else forms


def _impostors(texts: pd.Series[str]) -> Flags:
    """Tell which texts have a character that merely turns into ASCII: in normal form they would pass for another's name."""
    wide: Flags = ~is_ascii(texts).to_numpy() & texts.notna().to_numpy()
    if wide.any():
        wide[wide] = finds(texts[wide], _IMPOSTORS)
    return wide


def loose_form(texts: pd.Series[str]) -> pd.Series[str]:
    """Bring keys to the form by which they look alike, for review only: never to match by.

    Compatibility characters, letter case, white space and what shows nothing vanish; applied to itself it changes nothing.

    Cost: whole-column operations where texts are ASCII, 0.2 s a million; a Python call per distinct text that is not.
    """
    wide = ~is_ascii(texts) & texts.notna()
    loose = texts.str.lower()
    spaced = finds(loose, _ASCII_SPACES)
    if spaced.any():
        loose[spaced] = loose[spaced].str.replace(_ASCII_SPACES, "", regex=True)
    if wide.any():
        loose[wide] = each_distinct(texts[wide], _fold)
    return loose


def _fold(text: str) -> str:
    """Fold until nothing changes: a mark may find its letter only once the space between them is gone."""
    while (folded := unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", _UNSEEN.sub("", text)).casefold())) != text:
        text = folded
    return text


def code_key(key: Key, linked: pd.Series[str] | None = None) -> Codes:
    """Number the distinct keys of both sides, and find the rows that links of this tier name.

    Parameters
    ----------
    key
        One tier.
    linked
        The key of each link of this tier.

    Cost: one normal form and one hash of both sides' keys, about a second at a million a side.
    """
    links = text_series([]) if linked is None else linked
    impostors = np.concatenate([key.desired_impostors, _impostors(key.users), _impostors(links)])
    forms = pd.concat([key.desired_forms, key.user_forms, *([key.form(links)] if len(links) else [])], ignore_index=True)
    normal = _unless_blank(forms, key)
    if impostors.any():
        normal = normal.mask(impostors, pd.concat([key.desired, key.users, links], ignore_index=True))
    found = _number(normal)
    size, rows, ends = int(found.max(initial=-1)) + 1, len(key.desired), len(key.desired) + len(key.users)
    strong = np.where(impostors, -1, found)
    holder, wanted = np.full(size + 1, -1, dtype=np.int64), found[ends:]
    holder[found[:rows]] = np.arange(rows)
    holder[-1] = -1
    return Codes(
        rows=strong[:rows],
        users=strong[rows:ends],
        row_count=_count(strong[:rows], size),
        user_count=_count(strong[rows:ends], size),
        link_row=holder[wanted],
        link_count=_count(found[:rows], size)[wanted],
    )


def _number(texts: pd.Series[str]) -> Positions:
    """Number distinct texts from 0; -1 for NA."""
    codes: Positions = whole(arrow_texts(texts)).dictionary_encode().indices.fill_null(-1).to_numpy().astype(np.int64)
    return codes


def _count(codes: Positions, size: int) -> Positions:
    return np.bincount(codes[codes >= 0], minlength=size + 1).astype(np.int64)


def key_texts(keys: Sequence[Key], matches: Decided) -> pd.Series[str]:
    """What each desired row was matched by; for one not matched, its strongest key that is not blank, NA if all are."""
    place: Positions = np.full(len(keys[0].desired), -1, dtype=np.int64)
    for tier, key in enumerate(keys):
        filled, decided = _filled(key), matches.tier_of == tier
        place[filled & (place < 0)] = tier
        place[decided] = np.where(filled[decided], tier, -1)
    texts = keys[0].desired.reset_index(drop=True)
    for tier, key in enumerate(keys[1:], 1):
        texts = texts.mask(place == tier, key.desired.reset_index(drop=True))
    return texts.mask(place < 0)


def key_paths(keys: Sequence[Key], matches: Decided) -> pd.Series[str]:
    """The path of what `key_texts` tells, for each desired row; the first key's where every key is blank."""
    place: Positions = np.full(len(keys[0].desired), -1, dtype=np.int64)
    for tier, key in enumerate(keys):
        place[(_filled(key) & (place < 0)) | (matches.tier_of == tier)] = tier
    paths = pd.array([key.path for key in keys], dtype="str")
    return pd.Series(paths.take(np.maximum(place, 0)))


def _filled(key: Key) -> Flags:
    """For each desired row whether its text is not blank; one without a strong form is not."""
    filled: Flags = _unless_blank(key.desired_forms, key).notna().to_numpy() | key.desired_impostors
    return filled
