"""When two texts mean the same: one comparator an attribute, chosen by its path or by name.

A comparator brings each text to a normal form; texts with the same form differ in formatting only. Where a text is not what a
comparator reads, such as a telephone number without a digit, it compares as text without regard to letter case.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

import pandas as pd

from scimrecon.attributes import AttributeType
from scimrecon.errors import CompareError
from scimrecon.paths import AttributePath
from scimrecon.values.phones import check_region, normalise_emails, normalise_phones
from scimrecon.values.places import country_form, language_form, timezone_form
from scimrecon.values.texts import BOOLEAN_WORDS, each_distinct, normalise, shorten

Normaliser: TypeAlias = "Callable[[pd.Series[str]], pd.Series[str]]"
"""Brings a text column to its normal form."""


@dataclass(frozen=True, kw_only=True)
class Comparator:
    """One way to tell a difference in formatting from a difference in meaning."""

    name: str
    normalise: Normaliser = field(repr=False)
    """A text column in normal form, on the same index: NA stays NA, '' stays ''."""

    def alike(self, left: pd.Series[str], right: pd.Series[str]) -> pd.Series[bool]:
        """Whether cells of two columns on one index mean the same; NA is like nothing.

        Cost: one comparison of the columns, and the normal forms of cells that differ.
        """
        alike = left == right
        unlike = ~alike & left.notna() & right.notna()
        if unlike.any():
            forms = self.normalise(pd.concat([left[unlike], right[unlike]], ignore_index=True))
            half = len(forms) // 2
            alike[unlike] = (forms[:half] == forms[half:].set_axis(forms.index[:half])).to_numpy()
        return alike


def _by_text(form: Callable[[str], str]) -> Normaliser:
    """Make a column's normaliser of what gives one text's form, from lower case."""
    return lambda texts: each_distinct(normalise(texts, case_exact=False), form)


_NORMALISERS: dict[str, Normaliser] = {
    "exact": pd.Series.copy,
    "case_exact": partial(normalise, case_exact=True),
    "case_insensitive": partial(normalise, case_exact=False),
    "phone": partial(normalise_phones, region=None),
    "email": normalise_emails,
    "language": _by_text(language_form),
    "timezone": _by_text(timezone_form),
    "country": _by_text(country_form),
    "boolean": _by_text(lambda text: BOOLEAN_WORDS.get(text, text)),
}
COMPARATOR_NAMES = tuple(_NORMALISERS)
_BY_PATH = {
    ("emails", "value"): "email",
    ("phoneNumbers", "value"): "phone",
    ("locale", ""): "language",
    ("preferredLanguage", ""): "language",
    ("timezone", ""): "timezone",
    ("addresses", "country"): "country",
}


def default_comparator(path: AttributePath) -> str:
    """Name the comparator of an attribute nobody chose one for.

    What RFC 7643 defines is compared by what it says of the attribute, anything else with regard to letter case.
    """
    if path.definition is None:
        return "case_exact"
    if path.definition.type is AttributeType.BOOLEAN:
        return "boolean"
    return _BY_PATH.get((path.name, path.sub)) or ("case_exact" if path.definition.case_exact else "case_insensitive")


def make_comparator(rule: str | Callable[[str], str], *, region: str | None = None) -> Comparator:
    """Make a comparator of a name or of a function.

    Parameters
    ----------
    rule
        One of `COMPARATOR_NAMES`, or a function that takes a text and returns its normal form. It is called once for each
        distinct text that is not empty.
    region
        Where telephone numbers without a country code are dialled: two letters of ISO 3166. Only ``phone`` uses it.

    Raises
    ------
    CompareError
        There is no comparator of that name, or no such region.
        The comparator raises it where a function fails on a text or returns no text.
    """
    code = None if region is None else check_region(region)
    if callable(rule):
        name = getattr(rule, "__name__", type(rule).__name__).strip("<>")
        return Comparator(name=name, normalise=_by_function(rule, name))
    if rule not in _NORMALISERS:
        close = difflib.get_close_matches(str(rule), COMPARATOR_NAMES, n=1)
        hint = f" Did you mean {close[0]!r}?" if close else ""
        raise CompareError(
            f"comparator {rule!r}: there is none.{hint} There are {', '.join(COMPARATOR_NAMES)}; or pass a function."
        )
    normaliser = partial(normalise_phones, region=code) if rule == "phone" and code else _NORMALISERS[rule]
    return Comparator(name=rule, normalise=normaliser)


def _by_function(function: Callable[[str], str], name: str) -> Normaliser:
    def form(text: str) -> str:
        if not text:
            return text
        try:
            normal: object = function(text)
            if isinstance(normal, str):
                normal.encode()  # half a character fits no column
                return normal
        except (ValueError, TypeError, LookupError, AttributeError) as error:
            words = shorten(f"{type(error).__name__}: {error}", 120)
            raise CompareError(f"comparator {name}: it failed on {shorten(text)!r}: {words}. Make it take any text.") from error
        raise CompareError(f"comparator {name}: it made {type(normal).__name__} of {shorten(text)!r}. Make it return a text.")

    return lambda texts: each_distinct(texts, form)
