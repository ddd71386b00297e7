"""Workbooks: what a cell shows, what it holds, and what a spreadsheet already lost."""

import datetime as dt
import io
import zipfile
from collections.abc import Sequence

import openpyxl
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from nasty.trap import Trap

NULL_CELLS = [[cell] for cell in ("NA", "None", "null", "1E5", "00123", " Ann ", "=x")]


def book_of(*rows: Sequence[object]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def formatted(pattern: str, *numbers: float) -> bytes:
    book = book_of(["Id", "Name"], *([number, "Ann"] for number in numbers))
    for row in range(2, len(numbers) + 2):
        book.active.cell(row, 1).number_format = pattern
    return saved(book)


def texts(*cells: str) -> bytes:
    """Cells typed as text, whatever they look like."""
    book = book_of(["No", "Name"])
    for row, text in enumerate(cells, start=2):
        book.active.cell(row, 1, row)
        book.active.cell(row, 2).value = text
        book.active.cell(row, 2).data_type = "s"
    return saved(book)


def epoch_1904() -> bytes:
    book = book_of(["Hired"])
    book.epoch = CALENDAR_MAC_1904
    book.active.append([dt.date(2020, 2, 29)])
    return saved(book)


def merged() -> bytes:
    book = book_of(["No", "Name", None], ["p1", "Ann", "Lee"])
    book.active.merge_cells("B1:C1")
    return saved(book)


def hidden_first() -> bytes:
    book = book_of(["Old"], ["x"])
    book.active.sheet_state = "hidden"
    book.create_sheet("People").append(["Name"])
    book["People"].append(["Ann"])
    return saved(book)


def several() -> bytes:
    book = book_of(["Name"], ["Ann"])
    book.create_sheet("Leavers").append(["Name"])
    book["Leavers"].append(["Ben"])
    return saved(book)


def filtered() -> bytes:
    book = book_of(["No", "Name"], ["p1", "Ann"], ["p2", "Ben"], ["p3", "Zoe"])
    book.active.row_dimensions[3].hidden = True
    return saved(book)


def with_formats_below() -> bytes:
    book = book_of(["No", "Name"], ["p1", "Ann"])
    for row in range(3, 50):
        book.active.cell(row, 2).number_format = "@"
    return saved(book)


def rewritten(book: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """Change the XML of one part, as other programs write it."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(book)) as source, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                assert old in content, (name, content[:600])
                content = content.replace(old, new)
            target.writestr(name, content)
    return held.getvalue()


TRAPS = [
    Trap("zeros-shown-by-a-format.xlsx", "123 shown as 00123 reads as 123", formatted("00000", 123, 7, 123456)),
    Trap(
        "number-with-signs-by-a-format.xlsx",
        "a social security number is shown with dashes",
        formatted("000-00-0000", 123456789, 7),
    ),
    Trap("numbers-of-more-than-15-digits.xlsx", "the last digits are lost already", formatted("0", 1914310000010100016, 417)),
    Trap("numbers-with-decimals.xlsx", "417.0 for an id, 0.1 + 0.2", formatted("General", 417.0, 0.1 + 0.2, -3, 1e21)),
    Trap(
        "texts-that-look-otherwise.xlsx",
        "read_excel makes 123 of the text 00123",
        texts("00123", "NA", "None", "1E5", "TRUE", "2020-02-29", " Ann ", "=1+3"),
    ),
    Trap(
        "dates-and-serials.xlsx",
        "dates, serials and texts in one column",
        saved(
            book_of(
                ["Hired", "Seen"],
                [dt.date(2020, 2, 29), dt.datetime.fromisoformat("2020-02-29T13:05:07")],
                [43890, dt.time(13, 5)],
                ["29.02.2020", dt.datetime.fromisoformat("1900-02-28")],
            )
        ),
    ),
    Trap("epoch-1904.xlsx", "old Macs count days from 1904", epoch_1904()),
    Trap(
        "booleans.xlsx",
        "real booleans beside words",
        saved(book_of(["No", "Enabled"], ["p1", True], ["p2", False], ["p3", "Yes"], ["p4", None])),
    ),
    Trap(
        "error-cells.xlsx",
        "#N/A becomes nan, or nothing",
        saved(book_of(["No", "Name", "Share"], ["p1", "#N/A", 1], ["p2", "Ann", "#DIV/0!"])),
    ),
    Trap(
        "formulas-without-results.xlsx",
        "a script wrote the formula, nobody calculated it",
        saved(book_of(["No", "Name"], ["p1", '="An"&"n"'])),
    ),
    Trap(
        "formula-with-a-result.xlsx",
        "its result counts, not its text",
        rewritten(
            saved(book_of(["No", "Name"], ["p1", '="An"&"n"'])),
            "xl/worksheets/sheet1.xml",
            b'<c r="B2"><f>"An"&amp;"n"</f><v /></c>',
            b'<c r="B2" t="str"><f>"An"&amp;"n"</f><v>Ann</v></c>',
        ),
    ),
    Trap("merged-header.xlsx", "the second column of a merged name has none", merged()),
    Trap("repeated-header.xlsx", "two columns of one name", saved(book_of(["Name", "Mail", "Name"], ["a", "b", "c"]))),
    Trap(
        "title-rows.xlsx",
        "the report's title becomes the header",
        saved(book_of(["People of O'Brien & Co"], [], ["No", "Name"], ["p1", "Ann"], [], ["p2", "Ben"], ["p3", "Zoe"])),
    ),
    Trap(
        "cells-beyond-the-header.xlsx",
        "a note beside the table becomes a column, or is dropped",
        saved(book_of(["No", "Name"], ["p1", "Ann"], ["p2", "Ben", None, "check!"], ["p3", "Zoe"])),
    ),
    Trap("hidden-sheet-first.xlsx", "the first sheet is not the one that is seen", hidden_first()),
    Trap("several-sheets.xlsx", "the others are not read, and nobody says so", several()),
    Trap("filtered-rows.xlsx", "hidden rows are rows", filtered()),
    Trap("formatted-rows-below.xlsx", "empty rows with a format become people", with_formats_below()),
    Trap(
        "line-breaks-in-cells.xlsx",
        "Alt+Enter in a cell, and a carriage return by escape",
        texts("Ann\nLee", "a\tb", "x_x000D_y"),
    ),
    Trap("nothing-in-it.xlsx", "a workbook of one empty sheet", saved(openpyxl.Workbook())),
    Trap("cut-off.xlsx", "the download broke", saved(book_of(["Name"], ["Ann"]))[:-200]),
]
