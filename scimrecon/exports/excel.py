"""Sheets of .xlsx, .xls and .ods as text rows: what a cell shows where its number format fills zeros, else what it holds."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports.csv_records import Record, find_header
from scimrecon.exports.csv_table import is_known, make_table, read_header
from scimrecon.exports.table import Table
from scimrecon.tables import count
from scimrecon.values import shorten

_MAX_BYTES = 2**30
_EXACT = 1e15
"""From here on a sheet's numbers have lost digits."""
_ERROR_CELL = re.compile(rb'<c [^>]*t="e"')
_UNCALCULATED = re.compile(rb"</f>(?:<v ?/>|<v></v>)?</c>")
_ZEROS = re.compile(rb'formatCode="[^"]*(?:00|0[ -]|[^.]0")')
_LITERAL = re.compile(r'\\(.)|"([^"]*)"|([-+ ()/])|(0)')
_PLAIN = frozenset({"General", "0", "@"})


@dataclass
class _Shown:
    """What openpyxl alone knows of a sheet: by row and column, from 1."""

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    errors: set[tuple[int, int]] = field(default_factory=set)
    uncalculated: bool = False

    @cached_property
    def columns(self) -> dict[int, list[int]]:
        """The columns of `texts` by row."""
        held: dict[int, list[int]] = {}
        for row, column in self.texts:
            held.setdefault(row, []).append(column)
        return held


def read_excel(data: bytes, name: str, sheet: str | None) -> Table:
    """Read one sheet into rows; ``source_line`` is the row's number in the sheet.

    Dates become ISO text, booleans ``true`` and ``false``, whole numbers digits. Error cells keep their word, such as ``#N/A``,
    in .xlsx; in .xls and .ods they are blank. Cost: about 190,000 cells/s, and 30,000 where formats fill zeros or cells
    are errors.

    Raises
    ------
    ExportError
        The extra ``excel`` is not installed; the workbook is damaged, protected or too large; there is no such sheet, or no
        header.
    """
    calamine = _load_calamine(name)
    parts = _parts(data, name)
    try:
        book = calamine.CalamineWorkbook.from_filelike(io.BytesIO(data))
        chosen, others, held = _choose(book, name, sheet)
        values = held.to_python(skip_empty_area=False)
    except (calamine.CalamineError, calamine.PasswordError, calamine.ZipError, OSError) as error:
        raise ExportError(
            f"{name}: the workbook cannot be read ({shorten(str(error))}). Save it again, without password."
        ) from None
    shown = _look(data, parts, chosen)
    notes = _sheets(chosen, others) if sheet is None else []
    return _table(values, shown, notes, f"{name} sheet {chosen!r}")


def _load_calamine(name: str) -> Any:
    try:
        import python_calamine
    except ImportError:
        raise ExportError(f"{name}: a workbook. Install what reads it: pip install 'scimrecon[excel]'.") from None
    return python_calamine


def _parts(data: bytes, name: str) -> dict[str, int]:
    """List the parts of a packed workbook, and refuse one that would not fit."""
    if not data.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = {part.filename: part.file_size for part in packed.infolist()}
    if sum(parts.values()) > _MAX_BYTES:
        raise ExportError(f"{name}: unpacks to {sum(parts.values()) // 2**20:,} MiB, as no export does. Save it as CSV.")
    return parts


def _choose(book: Any, name: str, sheet: str | None) -> tuple[str, list[str], Any]:
    """Choose a sheet: its name, those that were passed over, and the sheet itself, which is costly to open."""
    if sheet is not None and sheet not in book.sheet_names:
        listed = ", ".join(map(repr, book.sheet_names[:10]))
        raise ExportError(f"{name}: there is no sheet {sheet!r}. It has {listed}.")
    if sheet is not None:
        return sheet, [], book.get_sheet_by_name(sheet)
    shown = [one.name for one in book.sheets_metadata if str(one.visible).endswith(".Visible") and "WorkSheet" in str(one.typ)]
    opened = ((one, book.get_sheet_by_name(one)) for one in shown)
    chosen, held = next(((one, found) for one, found in opened if found.height), (None, None))
    if chosen is None:
        raise ExportError(f"{name}: no visible sheet holds anything.")
    return chosen, [one for one, found in opened if found.height], held


def _sheets(chosen: str, others: list[str]) -> list[dict[str, object]]:
    if not others:
        return []
    listed = ", ".join(repr(shorten(other, 30)) for other in others[:3])
    return [
        schemas.make_finding(
            "sheets", "amber", None, len(others), f"sheet {chosen!r} was read, and not {listed}; say which by sheet="
        )
    ]


def _look(data: bytes, parts: dict[str, int], sheet: str) -> _Shown:
    """Read number formats and error cells, where the workbook has any; it is slow."""
    shown = _Shown()
    if "xl/workbook.xml" not in parts:
        return shown
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        sheets = [packed.read(part) for part in parts if part.startswith("xl/worksheets/")]
        styled = "xl/styles.xml" in parts and _ZEROS.search(packed.read("xl/styles.xml")) is not None
    shown.uncalculated = any(_UNCALCULATED.search(text) for text in sheets)
    if not styled and not any(_ERROR_CELL.search(text) for text in sheets):
        return shown
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    try:
        for row in book[sheet].iter_rows():
            for cell in row:
                _note(shown, cell)
    finally:
        book.close()
    return shown


def _note(shown: _Shown, cell: Any) -> None:
    """Take down what a cell shows, where that is not what it holds."""
    value = cell.value
    if cell.data_type == "e":
        shown.texts[cell.row, cell.column] = str(value)
        shown.errors.add((cell.row, cell.column))
    elif isinstance(value, int | float) and not isinstance(value, bool) and cell.number_format not in _PLAIN:
        text = fill_format(value, cell.number_format)
        if text is not None:
            shown.texts[cell.row, cell.column] = text


def fill_format(value: float, pattern: str) -> str | None:
    """Write a whole number as a format of zeros and signs does (``00000``, ``000-00``); None for any other format."""
    if value < 0 or value != int(value) or value >= _EXACT:
        return None
    parts = list(_LITERAL.finditer(pattern))
    if "".join(part[0] for part in parts) != pattern:
        return None
    zeros = sum(part[4] is not None for part in parts)
    if not zeros:
        return None
    digits = str(int(value)).zfill(zeros)
    head, tail = digits[: len(digits) - zeros + 1], iter(digits[len(digits) - zeros + 1 :])
    written, first = [], True
    for part in parts:
        if part[4] is None:
            written.append(part[1] or part[2] or part[3] or "")
        else:
            written.append(head if first else next(tail))
            first = False
    return "".join(written)


def _table(values: list[list[Any]], shown: _Shown, notes: list[dict[str, object]], where: str) -> Table:
    records = list(_records(values, shown))
    at = find_header(records, is_known)
    header = read_header(records[at] if records else None, where, "row")
    if at:
        titles = shorten(" | ".join(cell for record in records[:at] for cell in record.cells if cell), 90)
        notes.append(
            schemas.make_finding("title_rows", "info", None, at, f"{count(at, 'row')} above the header left out: {titles}")
        )
    width = len(header)
    rows = [
        record if len(record.cells) == width else Record(record.line, [*record.cells, *[""] * (width - len(record.cells))])
        for record in records[at + 1 :]
    ]
    first = records[at].line if records else 0
    notes += _damage(values, shown, header, first)
    return make_table(header, rows, [], notes, "Excel")


def _records(values: list[list[Any]], shown: _Shown) -> Iterator[Record]:
    """Yield the rows that hold anything, without the blank cells at their end."""
    for number, row in enumerate(values, start=1):
        cells = [value if type(value) is str else _text(value) for value in row]
        for at in shown.columns.get(number, ()):
            if at <= len(cells):
                cells[at - 1] = shown.texts[number, at]
        while cells and not cells[-1]:
            cells.pop()
        if cells:
            yield Record(number, cells)


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, dt.datetime | dt.date | dt.time):
        return value.isoformat()
    return "" if value is None else str(value)


def _damage(values: list[list[Any]], shown: _Shown, header: list[str], first: int) -> Iterator[dict[str, object]]:
    if shown.uncalculated:
        detail = "formulas without a stored result are blank here; open the workbook in a spreadsheet and save it"
        yield schemas.make_finding("uncalculated", "amber", None, 1, detail)
    errors = Counter(column for row, column in shown.errors if row > first and column <= len(header))
    for column, number in errors.items():
        yield schemas.make_finding(
            "error_cells", "amber", header[column - 1], number, "errors of formulas, such as #N/A; kept as text"
        )
    long = Counter(
        column
        for number, row in enumerate(values, start=1)
        if number > first and float in set(map(type, row))
        for column, value in enumerate(row)
        if isinstance(value, float) and abs(value) >= _EXACT and column < len(header)
    )
    for column, number in long.items():
        detail = "numbers of more than 15 digits: a spreadsheet keeps 15, the rest are zeros; export again as text"
        yield schemas.make_finding("mangled_number", "amber", header[column], number, detail)
