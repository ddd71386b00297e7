"""Signs that a file was cut off or its values damaged before it reached us."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.exports.catalogue.model import Preset, fold
from scimrecon.exports.cell_bytes import CellBytes
from scimrecon.values import arrow_texts, as_texts, misread, null_word, shorten

_SHEET_ROWS = {65_536: "an .xls sheet", 1_048_576: "an .xlsx sheet"}
_ROUND = frozenset({256, 1_000})
"""Where tools stop by default; rare by chance."""
_DATE = re.compile(r"\s*(\d{1,2})([/-])(\d{1,2})\2\d{4}(?:[ T,].*)?", re.DOTALL)
_DATE_SAMPLE = 200
_EXPONENT = r"^\s*-?\d(?:[.,]\d+)?E\+\d+\s*$"
_LOST = r"^[^/:=&]*(?:\p{L}\?\p{L}|^\?\p{L}|\p{L}\?\?)[^/:=&]*$"
_GUARDED = r"""^(?:'[=+@-]|="[^"]*"$)"""
"""How exports keep spreadsheets from running or converting a cell."""
_SECRET = frozenset({"password", "passwordhash", "userpassword", "unicodepwd"})
_MASKED = r"^\s*[*•x]*\s*$"
_EXACT_DIGITS = 15
_REPLACED = "\ufffd".encode()
_MAX_NULL = 24
"""Bytes; a word for no value has nine at most, and perhaps white space around it."""


def of_length(records: int, preset: Preset, *, whole: bool) -> Iterator[dict[str, object]]:
    """Say that a file has just as many records as fit, or as its source gives by default."""
    for rows, what in _SHEET_ROWS.items():
        if records in (rows, rows - 1):
            yield schemas.make_finding(
                "truncated", "red", None, records, f"{records:,} records: as many as {what} holds; the rest was cut off"
            )
    if not whole and (records in _ROUND or records in preset.round_counts):
        yield schemas.make_finding(
            "truncated", "red", None, records, f"exactly {records:,} records, at which tools stop: is the file whole?"
        )


def of_joints(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Say where a file repeats its header, as joined files do."""
    if rows.empty:
        return
    first = arrow_texts(rows.iloc[:, 0])
    alike = np.flatnonzero(pc.match_substring(first, rows.columns[0]).fill_null(False))  # noqa: FBT003 - the value to fill in
    for column in rows.columns:
        if not len(alike):
            return
        cells = rows[column].iloc[alike].str.lstrip("\ufeff").str.strip()
        alike = alike[(cells == column).to_numpy()]
    if len(alike):
        lines = ", ".join(str(line) for line in rows.index[alike[:5]])
        detail = f"the header stands there again (line {lines}) and was read as a person: files were joined; export them as one"
        yield schemas.make_finding("joined_files", "red", None, len(alike), detail)


def of_cells(rows: pd.DataFrame, secrets: Collection[str]) -> Iterator[dict[str, object]]:
    """Say which columns are blank, or hold damaged, mangled or doubtful values, or passwords.

    Cost: some 25 ms a million cells, where few of them call for a closer look.
    """
    ascii_only = all(CellBytes(rows[column]).is_ascii for column in rows.columns)
    for column in rows.columns:
        cells = CellBytes(rows[column])
        if cells.texts.null_count == len(cells.texts):
            if len(rows):
                yield schemas.make_finding("blank_column", "info", column, len(rows), "no row has a value")
            continue
        yield from _edge_blanks(cells, column)
        yield from _encoding(cells, column)
        if ascii_only:
            yield from _lost_letters(cells, column)
        yield from _numbers(cells, column)
        yield from _dates(cells.texts, column)
        yield from _guards(cells.texts, column)
        yield from _null_words(cells, column)
        if column in secrets or fold(column.split(";")[0]) in _SECRET:
            yield from _secrets(cells.texts, column)


def _edge_blanks(cells: CellBytes, column: str) -> Iterator[dict[str, object]]:
    where = cells.edged
    if not where.any():
        return
    texts = as_texts(cells.take(where))
    edged = int((texts.str.len() != texts.str.strip().str.len()).sum())
    if edged:
        detail = "values begin or end with white space; a mapping trims them unless told otherwise"
        yield schemas.make_finding("edge_blanks", "info", column, edged, detail)


def _encoding(cells: CellBytes, column: str) -> Iterator[dict[str, object]]:
    if cells.is_ascii or not (cells.has_misread_letter() or cells.holds(_REPLACED)):
        return
    wide = as_texts(pc.filter(cells.texts, pc.invert(pc.string_is_ascii(cells.texts)))).dropna()
    words = misread(wide).dropna()
    if len(words):
        detail = f"{shorten(wide[words.index[0]])!r}: {shorten(words.iloc[0], 90)}"
        yield schemas.make_finding("mojibake", "amber", column, len(words), detail)


def _matching(cells: CellBytes, part: str, pattern: str) -> Any:
    """The texts that match a pattern, of which a part is looked for first: most columns have not even that."""
    if not cells.holds(part.encode()):
        return cells.texts[:0]
    some = pc.filter(cells.texts, pc.match_substring(cells.texts, part))
    return pc.filter(some, pc.match_substring_regex(some, pattern)) if len(some) else some


def _lost_letters(cells: CellBytes, column: str) -> Iterator[dict[str, object]]:
    lost = _matching(cells, "?", _LOST)
    if len(lost):
        detail = (
            f"'?' within words, such as {shorten(lost[0].as_py())!r}, and no letter beyond ASCII: lost at export; export as UTF-8"
        )
        yield schemas.make_finding("lost_letters", "amber", column, len(lost), detail)


def _numbers(cells: CellBytes, column: str) -> Iterator[dict[str, object]]:
    powers = _matching(cells, "E+", _EXPONENT)
    if len(powers):
        detail = (
            f"numbers as a spreadsheet writes them, such as {shorten(powers[0].as_py())!r}: their digits are lost; export again"
        )
        yield schemas.make_finding("mangled_number", "amber", column, len(powers), detail)
    long = cells.take((cells.lengths > _EXACT_DIGITS) & cells.numeral)
    long = pc.filter(long, pc.ascii_is_decimal(long))
    zeroed = pc.match_substring_regex(long, rf"^\d{{{_EXACT_DIGITS}}}0+$") if len(long) else long
    if len(long) > 1 and pc.all(zeroed).as_py():
        detail = f"every number of more than {_EXACT_DIGITS} digits ends in zeros, as after a spreadsheet rounded it"
        yield schemas.make_finding("mangled_number", "amber", column, len(long), detail)


def _dates(texts: Any, column: str) -> Iterator[dict[str, object]]:
    sample = [text for text in pc.drop_null(texts[:_DATE_SAMPLE]).to_pylist() if text.strip()]
    if not sample or sum(_DATE.fullmatch(text) is not None for text in sample) * 2 <= len(sample):
        return
    pairs = {(int(found[1]), int(found[3])) for text in pc.unique(texts).to_pylist() if text and (found := _DATE.fullmatch(text))}
    day_first, month_first = (any(pair[at] > 12 for pair in pairs) for at in (0, 1))
    if day_first == month_first:
        detail = (
            "some dates have the day first, others the month" if day_first
            else "no date tells whether the day or the month comes first"
        ) + f", such as {shorten(sample[0])!r}"  # fmt: skip
        yield schemas.make_finding("ambiguous_dates", "amber", column, len(texts) - texts.null_count, detail)


def _guards(texts: Any, column: str) -> Iterator[dict[str, object]]:
    some = pc.filter(texts, pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, '="')))
    guarded = pc.filter(some, pc.match_substring_regex(some, _GUARDED))
    if len(guarded):
        detail = f'written for a spreadsheet, such as {shorten(guarded[0].as_py())!r}: its \' or ="…" is part of the cell here'
        yield schemas.make_finding("guarded_cells", "amber", column, len(guarded), detail)


def _null_words(cells: CellBytes, column: str) -> Iterator[dict[str, object]]:
    alike = cells.take(cells.nullish & (cells.lengths <= _MAX_NULL))
    words = as_texts(pc.unique(alike))
    words = words[null_word(words)] if len(words) else words
    if len(words):
        number = int(pc.sum(pc.is_in(alike, arrow_texts(words))).as_py() or 0)
        named = ", ".join(repr(shorten(str(word), 20)) for word in words.head(3))
        yield schemas.make_finding(
            "null_words", "info", column, number, f"{named}: kept as text; may be a name, or mean no value (nulls=)"
        )


def _secrets(texts: Any, column: str) -> Iterator[dict[str, object]]:
    shown = len(texts) - texts.null_count - int(pc.sum(pc.match_substring_regex(texts, _MASKED)).as_py() or 0)
    if shown:
        yield schemas.make_finding(
            "secrets", "amber", column, shown, "passwords or their hashes; no preset maps them: take them out of the file"
        )
