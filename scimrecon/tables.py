"""Frames out, safely: what a stage's value shows in a notebook, and what it writes for spreadsheets.

Names, cells and server answers are hostile: everything is HTML-escaped, a cell's bidirectional text stays in its cell, and no
cell of a file becomes a formula.
"""

from __future__ import annotations

import html
import os
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import TableError
from scimrecon.files import rewriting


class KeptFrame:
    """A frame of a frozen value: whoever asks for it gets a copy, so that nobody writes into the value.

    Pandas copies nothing until somebody writes.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name of the field."""
        self._name = name

    def __get__(self, value: object, owner: type | None = None) -> pd.DataFrame:
        """Hand out a copy."""
        if value is None:
            raise AttributeError(self._name)  # the field has no default
        held: pd.DataFrame = value.__dict__[self._name]
        return held.copy(deep=False)

    def __set__(self, value: object, frame: pd.DataFrame) -> None:
        """Keep a copy."""
        value.__dict__[self._name] = frame.copy(deep=False)


_MAX_ROWS = 10
_MAX_CELL = 200


def render(title: str, facts: Mapping[str, object], frame: pd.DataFrame | None = None) -> str:
    """Write a title, a few facts and the head of a frame as one self-contained piece of HTML.

    Parameters
    ----------
    title
        One line.
    facts
        Shown as "name: value", in order.
    frame
        Its first 10 rows are shown, and how many there are; its index only if that says more than a count.
    """
    # JupyterLab would typeset what stands between two dollar signs.
    parts = [f"<div class='scimrecon mathjax_ignore tex2jax_ignore'><b>{html.escape(title)}</b>"]
    if facts:
        listed = ", ".join(f"{html.escape(str(name))}: {html.escape(str(value))}" for name, value in facts.items())
        parts.append(f"<div>{listed}</div>")
    if frame is not None and not frame.empty:
        parts.append(render_rows(frame))
    parts.append("</div>")
    return "".join(parts)


def render_rows(frame: pd.DataFrame, *, most: int = _MAX_ROWS, longest: int = _MAX_CELL) -> str:
    """Write the first rows of a frame as an HTML table, and how many there are; its index only if that says more than a count.

    Parameters
    ----------
    frame
        Of any columns.
    most
        Rows.
    longest
        Characters of a cell; what is longer is cut.
    """
    head = frame.head(most)
    counted = isinstance(frame.index, pd.RangeIndex)
    labels = "".join(f"<th>{html.escape(str(name))}</th>" for name in ([] if counted else [""]) + list(head.columns))
    rows = [
        "<tr>"
        + ("" if counted else f"<th>{_cell(label, longest)}</th>")
        + "".join(f"<td>{_cell(value, longest)}</td>" for value in values)
        + "</tr>"
        for label, *values in head.itertuples(index=True, name=None)
    ]
    more = f"<div>{len(head):,} of {len(frame):,} rows</div>" if len(frame) > len(head) else ""
    return f"<table><thead><tr>{labels}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}"


def _cell(value: object, longest: int) -> str:
    if (isinstance(value, float) and value != value) or value is None or value is pd.NA:
        return ""
    text = str(value)
    return "<bdi>" + html.escape(text if len(text) <= longest else text[: longest - 1] + "…") + "</bdi>"


def count(number: int, noun: str) -> str:
    """Write a number with its noun, as in "1 user" and "2,000 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


_FORMULA = r"^([\t\r\n]|[\p{Z}\p{C}]*[=+\-@＝＋－＠])"
_FORMULA_WITHIN = r'([;\t\r\n][\p{Z}\p{C}"]*)([=+\-@＝＋－＠])'
_CONTROL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x{fffe}\x{ffff}]"
_PICTURES = {code: 0x2400 + code for code in range(0x20) if code not in b"\t\r\n"}
_PICTURES |= {0x7F: 0x2421, 0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
_MAX_SHEET_ROWS = 1_048_576
_MAX_SHEET_COLUMNS = 16_384
_MAX_SHEET_TEXT = 32_767
"""UTF-16 units in a cell."""
_MAX_WIDTH = 60
_BLOCK_ROWS = 10_000


def write_csv(frame: pd.DataFrame, path: str | PathLike[str]) -> None:
    """Write a frame as CSV that runs nothing in the spreadsheet that opens it; a file that is there is replaced.

    Text (a cell, a column's label, an index label) that a spreadsheet would take for a formula gets an apostrophe in front: whose
    first character, after white space and characters that show nothing, is one of ``= + - @`` or their full-width forms, or
    that begins with a tab or a line break. The same goes for what follows a semicolon, a tab or a line break inside a text: where
    the comma is the decimal sign, Excel splits lines there, quotes or not. Control characters become their pictures, such as
    ``␀``. Numbers stay as they are.

    UTF-8 with a byte order mark, by which Excel knows it; an index that only counts is left out; a new file is its owner's alone
    to read. A spreadsheet still takes 000417 for a number: what `write_excel` writes it cannot mistake. Cost: whole-column
    operations, 2 µs a cell.

    Raises
    ------
    TableError
        The file cannot be written.
    """
    labels, columns = _take_apart(frame)
    table = pd.DataFrame({place: _without_formulas(column) for place, column in enumerate(columns)})
    header = _without_formulas(pd.Series(labels, dtype="str")).tolist()
    try:
        with rewriting(Path(path)) as unfinished:
            table.to_csv(unfinished, header=header, index=False, lineterminator="\r\n", encoding="utf-8-sig")
    except OSError as error:
        raise _unwritten(path, error) from error


def write_excel(sheets: Mapping[str, pd.DataFrame], path: str | PathLike[str]) -> None:
    """Write frames as the sheets of an Excel file, text as text; a file that is there is replaced.

    No text is a formula, a date or a number, nor becomes one when it is edited; numbers are numbers. The header is bold and stays
    in view. What Excel cannot hold is replaced visibly: control characters by their pictures, the end of a text of more than
    32,767 characters by a note of its length. An index that only counts is left out; a new file is its owner's alone to read.
    Cost: 30 µs a cell, written block by block.

    Raises
    ------
    TableError
        openpyxl is not installed, or a frame is larger than a sheet: nothing was written. Or the file cannot be written.
    """
    openpyxl = _load_openpyxl()
    for name, frame in sheets.items():
        if len(frame) >= _MAX_SHEET_ROWS or len(frame.columns) >= _MAX_SHEET_COLUMNS:
            raise TableError(
                f"{os.fspath(path)}: {name} has {len(frame):,} rows and {len(frame.columns):,} columns; a sheet holds "
                f"{_MAX_SHEET_ROWS - 1:,} below its header, and {_MAX_SHEET_COLUMNS:,}. Write CSV, or fewer rows."
            )
    book = openpyxl.Workbook(write_only=True)
    for name, frame in sheets.items():
        _fill(book.create_sheet(name), frame)
    try:
        with rewriting(Path(path)) as unfinished, unfinished.open("wb") as file:
            book.save(file)
    except OSError as error:
        for sheet in book.worksheets:
            if not sheet.closed:
                sheet.close()  # else what is half written of it complains when it is forgotten
        raise _unwritten(path, error) from error


def _unwritten(path: str | PathLike[str], error: OSError) -> TableError:
    return TableError(
        f"{os.fspath(path)}: the file cannot be written: {error.strerror or error}. Close it where it is open, or name another."
    )


def _load_openpyxl() -> Any:
    try:
        import openpyxl
    except ImportError:
        raise TableError("writing Excel needs openpyxl: pip install 'scimrecon[excel]'") from None
    return openpyxl


def _take_apart(frame: pd.DataFrame) -> tuple[list[str], list[pd.Series[Any]]]:
    """The labels and the columns: an index that says more than a count first, and all that is no number as text."""
    counted = isinstance(frame.index, pd.RangeIndex) and frame.index.name is None
    flat = frame.reset_index(drop=counted, allow_duplicates=True)
    columns = [flat.iloc[:, place] for place in range(len(flat.columns))]
    return [str(label) for label in flat.columns], [one if _is_number(one) else one.astype("str") for one in columns]


def _is_number(column: pd.Series[Any]) -> bool:
    return pd.api.types.is_numeric_dtype(column.dtype)


def _without_formulas(column: pd.Series[Any]) -> pd.Series[Any]:
    if _is_number(column):
        return column
    texts = pc.replace_substring_regex(_arrow(column, pa.large_string()), _FORMULA, r"'\1")
    texts = pc.replace_substring_regex(texts, _FORMULA_WITHIN, r"\1'\2")
    return pd.Series(pd.array(_draw_control(texts), dtype="str"))


def _arrow(column: pd.Series[Any], kind: Any = None) -> Any:
    cells = pa.array(column, kind, from_pandas=True)
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells


def _draw_control(texts: Any) -> Any:
    return _replace(texts, pc.match_substring_regex(texts, _CONTROL), lambda text: text.translate(_PICTURES))


def _replace(texts: Any, found: Any, form: Callable[[str], str]) -> Any:
    """Call a function for the few texts that are found."""
    found = pc.fill_null(found, False)  # noqa: FBT003 - the value to fill in
    if not pc.any(found).as_py():
        return texts
    return pc.replace_with_mask(texts, found, pa.array([form(text) for text in texts.filter(found).to_pylist()], texts.type))


def _fill(sheet: Any, frame: pd.DataFrame) -> None:
    """Write a frame to an empty sheet; what is above the rows must be said first."""
    openpyxl = _load_openpyxl()
    labels, columns = _take_apart(frame)
    cells = [_arrow(column) if _is_number(column) else _sheet_texts(column) for column in columns]
    sheet.freeze_panes = "A2"
    for number, (label, column) in enumerate(zip(labels, cells, strict=True), start=1):
        sheet.column_dimensions[openpyxl.utils.get_column_letter(number)].width = _width(label, column)

    def text_cell(text: str) -> Any:
        cell = openpyxl.cell.WriteOnlyCell(sheet, text)
        cell.data_type = "s"  # else =1+1 is a formula and #N/A an error
        cell.quotePrefix = True
        return cell

    header = [text_cell(label) for label in _sheet_texts(pd.Series(labels, dtype="str")).to_pylist()]
    for cell in header:
        cell.font = openpyxl.styles.Font(bold=True)
    sheet.append(header)
    for start in range(0, len(frame), _BLOCK_ROWS):
        block = [column.slice(start, _BLOCK_ROWS).to_pylist() for column in cells]
        for row in zip(*block, strict=True):
            sheet.append([text_cell(cell) if isinstance(cell, str) else cell for cell in row])


def shown_in_excel(column: pd.Series[str]) -> pd.Series[str]:
    """Give the text that Excel shows of each text that `write_excel` wrote, to hold against what it is read back as."""
    texts = pc.replace_substring_regex(_arrow(column, pa.large_string()), r"\r\n?", "\n")
    texts = _draw_control(texts)
    cut = _replace(texts, pc.greater(pc.binary_length(texts), _MAX_SHEET_TEXT), _cut)
    return pd.Series(pd.array(cut, dtype="str"), index=column.index)


def _sheet_texts(column: pd.Series[Any]) -> Any:
    """The text that Excel reads as the text of each cell."""
    texts = pc.replace_substring_regex(_arrow(column, pa.large_string()), r"\r\n?", "\n")
    # Excel reads _x0041_ as A, and _x005F_ as the underscore that keeps it from doing so.
    texts = pc.replace_substring_regex(texts, r"_(x[0-9A-Fa-f]{4}_)", r"_x005F_\1")
    texts = _draw_control(texts)
    return _replace(texts, pc.greater(pc.binary_length(texts), _MAX_SHEET_TEXT), _cut)


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * _MAX_SHEET_TEXT:
        return text
    mark = f"… [cut here, of {len(text):,} characters]"
    return units[: 2 * (_MAX_SHEET_TEXT - len(mark))].decode("utf-16-le", "ignore") + mark


def _width(label: str, cells: Any) -> int:
    """In characters, to fit the label and the first rows."""
    first = pc.utf8_length(pc.cast(cells.slice(0, 1000), pa.large_string()))
    return min(max(len(label), pc.max(first).as_py() or 0) + 2, _MAX_WIDTH)
