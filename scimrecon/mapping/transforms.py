"""Named transforms of a whole text column; NA where a cell means nothing to one, which makes it a problem of that cell."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
import uuid
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pandas as pd

from scimrecon.exports import read_values
from scimrecon.values import BOOLEAN_WORDS, each_distinct, text_series

Transform: TypeAlias = Callable[["pd.Series[str]"], "pd.Series[str]"]

_DISABLED = 2
"""ACCOUNTDISABLE; the other bits of userAccountControl say nothing of whether someone may sign in."""
_ADDRESSES = re.compile(r"[+;](?=[A-Za-z0-9]+:)")
"""What Microsoft 365 and csvde put between proxy addresses; a plus sign may stand in one, too."""
_GUID_TEXT = re.compile(r"\{?([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\}?")
_GUID_HEX = re.compile(r"[xX]'([0-9a-fA-F]{32})'")
"""How csvde writes bytes."""
_MOMENT = re.compile(r"(\d{4})(\d\d)(\d\d)(\d\d)(?:(\d\d)(\d\d)?)?(?:[.,]\d+)?(?:Z|([+-])(\d\d)(\d\d)?)")
"""Generalised time (RFC 4517 §3.3.13); fractions are left out."""
_WINDOWS_EPOCH = dt.datetime(1601, 1, 1, tzinfo=dt.UTC)
_NEVER = 9_223_372_036_000_000_000
"""No moment from here on is one; a spreadsheet may have rounded the largest number, which means never."""
_DATE = "date:"


def _first(cells: pd.Series[str]) -> pd.Series[str]:
    several = cells.str.startswith("[", na=False)
    if several.any():
        cells = cells.copy()
        cells[several] = each_distinct(cells[several], lambda cell: next((one for one in read_values(cell) if one.strip()), ""))
    return cells.str.strip()


def _each(read: Callable[[str], str | None]) -> Transform:
    """Make a transform of what one trimmed cell becomes: ``''`` where nothing is in it, None where it cannot be read."""

    def transform(cells: pd.Series[str]) -> pd.Series[str]:
        codes, distinct = pd.factorize(cells.str.strip())
        found = text_series([*(read(cell) if cell else "" for cell in distinct), None])
        return pd.Series(found.array[codes], index=cells.index)

    return transform


def _primary_address(cell: str) -> str | None:
    """Find the one address with a capital SMTP; none at all is no opinion, two are a problem."""
    parts = [part.strip() for one in read_values(cell) for part in _ADDRESSES.split(one)]
    primary = [part[5:].strip() for part in parts if part.startswith("SMTP:")]
    if len(primary) > 1:
        return None
    return primary[0] if primary else ""


def _enabled(cell: str) -> str | None:
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 12):
        return None
    return "false" if int(cell) & _DISABLED else "true"


def _inverted(cell: str) -> str | None:
    meant = BOOLEAN_WORDS.get(cell.casefold())
    return None if meant is None else {"true": "false", "false": "true"}[meant]


def _guid(cell: str) -> uuid.UUID | None:
    """Read an objectGUID as PowerShell (text), csvde (hex) and LDIF (base64) write it."""
    if found := _GUID_TEXT.fullmatch(cell):
        return uuid.UUID(found[1])
    if found := _GUID_HEX.fullmatch(cell):
        return uuid.UUID(bytes_le=bytes.fromhex(found[1]))
    try:
        held = base64.b64decode(cell, validate=True)
    except (binascii.Error, ValueError):
        return None
    # What is written otherwise again was not written by a directory.
    return uuid.UUID(bytes_le=held) if len(held) == 16 and base64.b64encode(held).decode() == cell else None


def _immutable_id(cell: str) -> str | None:
    found = _guid(cell)
    return None if found is None else base64.b64encode(found.bytes_le).decode()


def _guid_text(cell: str) -> str | None:
    found = _guid(cell)
    return None if found is None else str(found)


def _filetime(cell: str) -> str | None:
    if not (cell.isascii() and cell.isdecimal() and len(cell) < 20):
        return None
    ticks = int(cell)
    if ticks == 0 or ticks >= _NEVER:
        return ""
    try:
        return _iso(_WINDOWS_EPOCH + dt.timedelta(microseconds=ticks // 10))
    except OverflowError:
        return None


def _generalized_time(cell: str) -> str | None:
    found = _MOMENT.fullmatch(cell) if cell.isascii() else None
    if found is None:
        return None
    year, month, day, hour, minute, second = (int(part or 0) for part in found.groups()[:6])
    zone = dt.timedelta(hours=int(found[8] or 0), minutes=int(found[9] or 0)) * (-1 if found[7] == "-" else 1)
    try:
        moment = dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC) - zone
    except (ValueError, OverflowError):
        return None
    return "" if moment == _WINDOWS_EPOCH else _iso(moment)


def _iso(moment: dt.datetime) -> str:
    return moment.replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _date(form: str) -> Transform:
    def read(cell: str) -> str | None:
        try:
            return dt.datetime.strptime(cell, form).date().isoformat()  # noqa: DTZ007 - a day, in no zone
        except ValueError:
            return None

    return _each(read)


def _tells_a_day(form: str) -> bool:
    """Whether a form of dates can be read, and tells day, month and year."""
    day = dt.datetime(2034, 11, 27)  # noqa: DTZ001 - likewise
    try:
        return dt.datetime.strptime(day.strftime(form), form) == day  # noqa: DTZ007 - likewise
    except ValueError:
        return False


def find_transform(name: str) -> Transform | None:
    """Find a transform by its name, which for dates says their form (``date:%d.%m.%Y``); None if there is none."""
    if name.startswith(_DATE):
        form = name.removeprefix(_DATE)
        return _date(form) if _tells_a_day(form) else None
    return TRANSFORMS.get(name)


TRANSFORMS: Mapping[str, Transform] = {
    "trim": lambda cells: cells.str.strip(),
    "lower": lambda cells: cells.str.strip().str.lower(),
    "upper": lambda cells: cells.str.strip().str.upper(),
    "first": _first,
    "primary_smtp": _each(_primary_address),
    "account_enabled": _each(_enabled),
    "inverted": _each(_inverted),
    "immutable_id": _each(_immutable_id),
    "guid": _each(_guid_text),
    "filetime": _each(_filetime),
    "generalized_time": _each(_generalized_time),
}
"""Named transforms."""
