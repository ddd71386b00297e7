"""Named transforms of a whole text column; NA where a cell means nothing to one, which makes it a problem of that cell."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import pandas as pd

from scimrecon.exports import read_values
from scimrecon.values import each_distinct, text_series

_DISABLED = 2
"""ACCOUNTDISABLE; the other bits of userAccountControl say nothing of whether someone may sign in."""
_ADDRESSES = re.compile(r"[+;](?=[A-Za-z0-9]+:)")
"""What Microsoft 365 and csvde put between proxy addresses; a plus sign may stand in one, too."""


def _first(cells: pd.Series[str]) -> pd.Series[str]:
    several = cells.str.startswith("[", na=False)
    if several.any():
        cells = cells.copy()
        cells[several] = each_distinct(cells[several], lambda cell: next((one for one in read_values(cell) if one.strip()), ""))
    return cells.str.strip()


def _primary_smtp(cells: pd.Series[str]) -> pd.Series[str]:
    codes, distinct = pd.factorize(cells)
    found = text_series([*map(_primary_address, distinct), None])
    return pd.Series(found.array[codes], index=cells.index)


def _primary_address(cell: str) -> str | None:
    """Find the one address with a capital SMTP; none at all is no opinion, two are a problem."""
    parts = [part.strip() for one in read_values(cell.strip()) for part in _ADDRESSES.split(one)]
    primary = [part[5:].strip() for part in parts if part.startswith("SMTP:")]
    if len(primary) > 1:
        return None
    return primary[0] if primary else ""


def _account_enabled(cells: pd.Series[str]) -> pd.Series[str]:
    codes, distinct = pd.factorize(cells.str.strip())
    found = text_series([*map(_enabled, distinct), None])
    return pd.Series(found.array[codes], index=cells.index)


def _enabled(cell: str) -> str | None:
    if not cell:
        return ""
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 12):
        return None
    return "false" if int(cell) & _DISABLED else "true"


TRANSFORMS: Mapping[str, Callable[[pd.Series[str]], pd.Series[str]]] = {
    "trim": lambda cells: cells.str.strip(),
    "lower": lambda cells: cells.str.strip().str.lower(),
    "upper": lambda cells: cells.str.strip().str.upper(),
    "first": _first,
    "primary_smtp": _primary_smtp,
    "account_enabled": _account_enabled,
}
"""Named transforms."""
