"""In what texts differ that mean the same."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from scimrecon.values.comparators import Comparator
from scimrecon.values.texts import collapse_spaces, compose, drop_ignorable, lower_case, normalise, text_series

_TEXT_STEPS: dict[str, Callable[[pd.Series[str]], pd.Series[str]]] = {
    "letter case": lower_case,
    "white space": collapse_spaces,
    "Unicode form": compose,
    "hidden characters": drop_ignorable,
    "letter case and white space": lambda texts: lower_case(collapse_spaces(texts)),
    "text form": lambda texts: normalise(texts, case_exact=False),
}
"""What may differ, and the column without it."""
_WORDS = {
    "phone": "phone format",
    "email": "email domain form",
    "language": "language tag form",
    "timezone": "time zone name",
    "country": "country name",
    "boolean": "boolean word",
}


def name_formatting(before: pd.Series[str], after: pd.Series[str], comparator: Comparator) -> pd.Series[str]:
    """Say in what cells differ that a comparator takes for alike: the first difference that alone explains it.

    Parameters
    ----------
    before, after
        Cells on one index, alike by the comparator.
    comparator
        What took them for alike; a difference beyond that of text is named for it.

    Returns
    -------
    pandas.Series
        Such as "letter case", "hidden characters" or "phone format"; NA where both are equal or one is missing.
    """
    words = text_series([None] * len(before), before.index)
    unnamed = before.notna() & after.notna() & (before != after)
    for name, without in _TEXT_STEPS.items():
        if not unnamed.any():
            return words
        explained = unnamed.copy()
        explained[unnamed] = without(before[unnamed]) == without(after[unnamed])
        words[explained] = name
        unnamed &= ~explained
    words[unnamed] = _WORDS.get(comparator.name, f"{comparator.name} form")
    return words
