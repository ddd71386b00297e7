"""Signs that a file was cut off or its values damaged before it reached us."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.exports.catalogue.model import Preset, fold
from scimrecon.exports.table import finding
from scimrecon.values import arrow_texts, damage, null_word, shorten, text_series

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


def of_length(records: int, preset: Preset, *, whole: bool) -> Iterator[dict[str, object]]:
    """Say that a file has just as many records as fit, or as its source gives by default."""
    for rows, what in _SHEET_ROWS.items():
        if records in (rows, rows - 1):
            yield finding(
                "truncated", "red", None, records, f"{records:,} records: as many as {what} holds; the rest was cut off"
            )
    if not whole and (records in _ROUND or records in preset.round_counts):
        yield finding("truncated", "red", None, records, f"exactly {records:,} records, at which tools stop: is the file whole?")


def of_joints(rows: pd.DataFrame) -> Iterator[dict[str, object]]:
    """Say where a file repeats its header, as joined files do."""
    if rows.empty:
        return
    alike = np.flatnonzero(pc.match_substring(arrow_texts(rows.iloc[:, 0]), rows.columns[0]).fill_null(False))  # noqa: FBT003
    for column in rows.columns:
        if not len(alike):
            return
        cells = rows[column].iloc[alike].str.lstrip("\ufeff").str.strip()
        alike = alike[(cells == column).to_numpy()]
    if len(alike):
        lines = ", ".join(str(line) for line in rows.index[alike[:5]])
        detail = f"the header stands there again (line {lines}) and was read as a person: files were joined; export them as one"
        yield finding("joined_files", "red", None, len(alike), detail)


def of_cells(rows: pd.DataFrame, secrets: Collection[str]) -> Iterator[dict[str, object]]:
    """Say which columns hold damaged, mangled or doubtful values, or passwords. Cost: some 0.2 s a million cells."""
    wide = {column: _wide(rows[column]) for column in rows.columns}
    ascii_only = all(cells.empty for cells in wide.values())
    for column, cells in wide.items():
        texts = arrow_texts(rows[column])
        yield from _encoding(cells, column)
        if ascii_only:
            yield from _lost_letters(texts, column)
        yield from _numbers(texts, column)
        yield from _dates(texts, column)
        yield from _guards(texts, column)
        yield from _null_words(texts, column)
        if column in secrets or fold(column.split(";")[0]) in _SECRET:
            yield from _secrets(texts, column)


def _wide(cells: pd.Series[str]) -> pd.Series[str]:
    texts = arrow_texts(cells)
    return text_series(pc.filter(texts, pc.invert(pc.string_is_ascii(texts))).to_pylist()).dropna()


def _encoding(wide: pd.Series[str], column: str) -> Iterator[dict[str, object]]:
    if wide.empty:
        return
    words = damage(wide, text_series([None] * len(wide), wide.index)).dropna()
    if len(words):
        detail = f"{shorten(wide[words.index[0]])!r}: {shorten(words.iloc[0], 90)}"
        yield finding("mojibake", "amber", column, len(words), detail)


def _matching(texts: pa.Array, part: str, pattern: str) -> pa.Array:
    """The texts that match a pattern, of which a part is looked for first: most texts have not even that."""
    some = pc.filter(texts, pc.match_substring(texts, part))
    return pc.filter(some, pc.match_substring_regex(some, pattern)) if len(some) else some


def _lost_letters(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
    lost = _matching(texts, "?", _LOST)
    if len(lost):
        detail = (
            f"'?' within words, such as {shorten(lost[0].as_py())!r}, and no letter beyond ASCII: lost at export; export as UTF-8"
        )
        yield finding("lost_letters", "amber", column, len(lost), detail)


def _numbers(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
    powers = _matching(texts, "E+", _EXPONENT)
    if len(powers):
        detail = (
            f"numbers as a spreadsheet writes them, such as {shorten(powers[0].as_py())!r}: their digits are lost; export again"
        )
        yield finding("mangled_number", "amber", column, len(powers), detail)
    long = pc.filter(texts, pc.and_(pc.greater(pc.utf8_length(texts), _EXACT_DIGITS), pc.ascii_is_decimal(texts)))
    zeroed = pc.match_substring_regex(long, rf"^\d{{{_EXACT_DIGITS}}}0+$") if len(long) else long
    if len(long) > 1 and pc.all(zeroed).as_py():
        detail = f"every number of more than {_EXACT_DIGITS} digits ends in zeros, as after a spreadsheet rounded it"
        yield finding("mangled_number", "amber", column, len(long), detail)


def _dates(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
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
        yield finding("ambiguous_dates", "amber", column, len(texts) - texts.null_count, detail)


def _guards(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
    some = pc.filter(texts, pc.or_(pc.starts_with(texts, "'"), pc.starts_with(texts, '="')))
    guarded = pc.filter(some, pc.match_substring_regex(some, _GUARDED))
    if len(guarded):
        detail = f'written for a spreadsheet, such as {shorten(guarded[0].as_py())!r}: its \' or ="…" is part of the cell here'
        yield finding("guarded_cells", "amber", column, len(guarded), detail)


def _null_words(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
    distinct = pc.unique(texts)
    short = pc.filter(distinct, pc.less_equal(pc.utf8_length(distinct), 16))
    words = text_series(pc.drop_null(short).to_pylist())
    words = words[null_word(words)] if len(words) else words
    if len(words):
        number = int(pc.sum(pc.is_in(texts, pa.array(words.tolist(), pa.large_string()))).as_py() or 0)
        named = ", ".join(repr(shorten(str(word), 20)) for word in words.head(3))
        yield finding("null_words", "info", column, number, f"{named}: kept as text; may be a name, or mean no value (nulls=)")


def _secrets(texts: pa.Array, column: str) -> Iterator[dict[str, object]]:
    shown = len(texts) - texts.null_count - int(pc.sum(pc.match_substring_regex(texts, _MASKED)).as_py() or 0)
    if shown:
        yield finding(
            "secrets", "amber", column, shown, "passwords or their hashes; no preset maps them: take them out of the file"
        )
