"""Languages, time zones and countries in one form each, by the names CLDR knows them under.

A form is asked for a text already in lower case and gives back that text where it knows none. The tables are CLDR's, which come
with Babel; what they lack and exports hold stands here.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from functools import cache

from babel.core import Locale, UnknownLocaleError, get_global
from babel.languages import get_official_languages

from scimrecon.values.texts import normalise_text

_RANGE = re.compile(
    r"(?P<tag>\*|[a-z]{2,8}(?:[-_][a-z0-9]{1,8})*)(?:\.[a-z0-9-]+)?(?:@(?P<modifier>[a-z]+))?"
    r"(?:;q=(?P<weight>0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?))?"
)
"""One language of a list: ``de-CH``, ``de_CH``, ``de_CH.UTF-8@euro`` or ``de-CH;q=0.9``."""
_MODIFIERS = {"": "", "euro": "", "latin": "Latn", "cyrillic": "Cyrl"}
"""What POSIX writes behind an @, as a script. Any other may tell two languages apart, so the text stays as it is."""
_NO_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_MORE_NAMES = {
    "BN": ("Brunei Darussalam",),
    "CD": ("Democratic Republic of the Congo", "Congo, the Democratic Republic of the"),
    "CG": ("Republic of the Congo",),
    "CI": ("Ivory Coast",),
    "CZ": ("Czech Republic",),
    "GB": ("Great Britain", "United Kingdom of Great Britain and Northern Ireland"),
    "HK": ("Hong Kong",),
    "IE": ("Republic of Ireland",),
    "IR": ("Iran, Islamic Republic of",),
    "KR": ("Korea, Republic of", "Republic of Korea"),
    "LA": ("Lao People's Democratic Republic",),
    "MD": ("Moldova, Republic of",),
    "MM": ("Myanmar", "Burma"),
    "MO": ("Macao", "Macau"),
    "NL": ("The Netherlands", "Holland"),
    "RU": ("Russian Federation",),
    "SY": ("Syrian Arab Republic",),
    "TR": ("Turkey",),
    "TW": ("Taiwan, Province of China",),
    "TZ": ("Tanzania, United Republic of",),
    "US": ("United States of America", "U.S.", "U.S.A."),
    "VN": ("Viet Nam",),  # codespell:ignore nam
}
"""English names that CLDR has otherwise: those of ISO 3166, and former ones."""


def language_form(text: str) -> str:
    """Write a language tag, or a list of them (RFC 7643 §4.1.1), as BCP 47 recommends: ``de-CH,de;q=0.9``."""
    ranges = [_RANGE.fullmatch(element) for element in re.sub(r"\s*([,;=])\s*", r"\1", text).split(",")]
    forms = [match and _language(match) for match in ranges]
    return ",".join(filter(None, forms)) if all(forms) else text


def _language(match: re.Match[str]) -> str | None:
    script = _MODIFIERS.get(match["modifier"] or "")
    if script is None:
        return None
    language, *rest = match["tag"].replace("_", "-").split("-")
    alias = str(get_global("language_aliases").get(language, language))
    # An alias that also means a script or a region (sh is sr_Latn) says more than another spelling.
    parts = [language if "_" in alias else alias]
    if script and not (rest and len(rest[0]) == 4):
        parts.append(script)
    for number, part in enumerate(rest):
        if len(part) == 1:  # an extension, such as -u-ca-gregory, or a private part: nothing in it is a region
            parts += rest[number:]
            break
        parts.append(_subtag(part))
    weight = float(match["weight"] or 1)
    return "-".join(parts) + (f";q={weight:g}" if weight < 1 else "")


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.title()
    if len(part) == 2 or (len(part) == 3 and part.isdecimal()):
        now = get_global("territory_aliases").get(part.upper(), ())
        return str(now[0]) if len(now) == 1 else part.upper()
    return part


def timezone_form(text: str) -> str:
    """Write a time zone's name, IANA's present or former or that of Windows, as IANA has it now."""
    return _zones().get(text, text)


@cache
def _zones() -> dict[str, str]:
    aliases: dict[str, str] = dict(get_global("zone_aliases").items())
    # Windows' own names end at the name CLDR keeps stable, which IANA may have replaced (Asia/Calcutta).
    windows = {name: aliases.get(zone, zone) for name, zone in get_global("windows_zone_mapping").items()}
    known = {zone: zone for zone in (*get_global("zone_territories"), *aliases.values(), *windows.values())}
    return {name.lower(): zone for name, zone in {**windows, **known, **aliases, "Z": "Etc/UTC"}.items()}


def country_form(text: str) -> str:
    """Write a country's code (ISO 3166, of two letters, three or digits) or name as its two letters."""
    key = _country_key(text)
    # Names of two hundred languages take a second to load, and most exports write codes.
    return _codes().get(key) or _countries().get(key, text)


def _country_key(text: str) -> str:
    return normalise_text(text, case_exact=False).replace("’", "'").replace("&", "and")


@cache
def _codes() -> dict[str, str]:
    """Every code, former ones too, in lower case."""
    codes = _all_countries()
    former = {alias: now[0] for alias, now in get_global("territory_aliases").items() if len(now) == 1 and now[0] in codes}
    return {alias.lower(): code for alias, code in {**former, **{code: code for code in codes}}.items()}


@cache
def _countries() -> dict[str, str]:
    """Every name that only one country has, in English and in the country's own languages."""
    named: defaultdict[str, set[str]] = defaultdict(set)
    for code in _all_countries():
        for name in _country_names(code):
            named[_country_key(name)].add(code)
    return {name: code for name, (code, *others) in named.items() if not others}


def _all_countries() -> set[str]:
    return set(filter(re.compile("[A-Z]{2}").fullmatch, map(str, Locale("en").territories))) - _NO_COUNTRIES


def _country_names(code: str) -> list[str]:
    names = [Locale("en").territories[code], *_MORE_NAMES.get(code, ())]
    # Keyboards lack what Curaçao and Côte d'Ivoire need.
    names += ["".join(sign for sign in unicodedata.normalize("NFD", name) if not unicodedata.combining(sign)) for name in names]
    for language in get_official_languages(code, regional=True):
        try:
            name = Locale.parse(language).territories.get(code)
        except UnknownLocaleError:
            continue  # CLDR knows that the language is spoken there, and no word of it
        names += [name] if name else []
    return names
