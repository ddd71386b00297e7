"""Matched, and yet not beyond doubt: rows and users whose other keys do not agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from scimrecon.matching import Key, Matches
from scimrecon.values import is_among

Doubts: TypeAlias = Mapping[str, np.ndarray[Any, np.dtype[np.bool_]]]
"""Flag to one boolean a desired row."""


def find_doubts(keys: Sequence[Key], matches: Matches) -> Doubts:
    """Tell which matches call for a second look.

    Cost: a few whole-column operations a key, where there are several or links.

    Parameters
    ----------
    keys
        The tiers, strongest first.
    matches
        Who is who.

    Returns
    -------
    dict
        ``weak_match``: a weaker key decided. ``linked``: a link decided, and its key is not the user's. ``keys_disagree``: a
        stronger key stands on both sides and differs, or a weaker one is another user's.
    """
    rows = np.flatnonzero(matches.user_of >= 0)
    users, tier = matches.user_of[rows], matches.tier_of[rows]
    doubts = {name: np.zeros(len(matches.user_of), dtype=bool) for name in ("weak_match", "linked", "keys_disagree")}
    doubts["weak_match"][rows] = (tier > 0) & ~matches.linked[rows]
    if len(keys) == 1 and not matches.linked.any():
        return doubts
    for position, key in enumerate(keys):
        held = _unless_empty(key.user_forms)
        mine, theirs = _unless_empty(key.desired_forms).array[rows], held.array[users]
        both = ~mine.isna() & ~theirs.isna()
        differ = both & np.asarray(mine != theirs, dtype=bool)
        elsewhere = differ.copy()
        elsewhere[differ] = is_among(pd.Series(mine[differ]), held)
        doubts["keys_disagree"][rows] |= (differ & (position < tier)) | (elsewhere & (position > tier))
        agreed = both & ~differ
        doubts["linked"][rows] |= matches.linked[rows] & (tier == position) & ~agreed
    return doubts


def _unless_empty(forms: pd.Series[str]) -> pd.Series[str]:
    return forms.mask(forms == "")
