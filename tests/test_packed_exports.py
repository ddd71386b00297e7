"""Workbooks and packed files: what a cell shows is kept, and nothing unpacks without bound."""

import builtins
import datetime as dt
import gzip
import io
import sys
import zipfile

import openpyxl
import pytest
import xlwt
from hypothesis import given
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.errors import ExportError
from scimrecon.exports.excel import fill_format
from scimrecon.exports.packing import unpack

CSV = b"Name,Title\nO'Brien,Clerk\nNull,Cook\n"


@pytest.fixture
def export_of(tmp_path):
    def read(content, name="people.bin", **options):
        path = tmp_path / name
        path.write_bytes(content)
        return sr.read_export(path, **options)

    return read


def zipped(**members):
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)
    return held.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CSV),
        gzip.compress(CSV[:20]) + gzip.compress(CSV[20:]),
        zipped(**{"users.csv": CSV}),
        zipped(**{"users.csv": CSV, "__MACOSX/._users.csv": b"x", ".DS_Store": b"x"}),
    ],
    ids=["gzip", "gzip of two parts", "zip", "zip from a Mac"],
)
def test_a_packed_file_is_read_as_the_file_within(export_of, content):
    export = export_of(content)
    assert export.rows["Name"].to_dict() == {2: "O'Brien", 3: "Null"}
    assert "packed as" in export.source.encoding
    assert export.source.size == len(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (gzip.compress(CSV)[:-12], "the gzip file ends early"),
        (gzip.compress(CSV)[:-6] + b"\0" * 6, "damaged"),
        (zipped(a=CSV, b=CSV), "holds 2 files"),
        (zipped(), "holds 0 files"),
        (gzip.compress(gzip.compress(CSV)), "is packed too"),
        (zipped(a=zipped(b=CSV)), "is packed too"),
        (zipped(**{"users.csv": CSV})[:-30], "damaged"),
    ],
    ids=["gzip cut off", "gzip altered", "zip of two", "zip of none", "gzip in gzip", "zip in zip", "zip cut off"],
)
def test_a_packed_file_that_cannot_be_unpacked_is_refused(export_of, content, words):
    with pytest.raises(ExportError, match=words):
        export_of(content)


@pytest.mark.timeout(60)
@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(bomb=data)], ids=["gzip", "zip"])
def test_a_bomb_is_refused_in_bounded_time(pack):
    bomb = pack(b"\0" * (200 * 2**20))
    with pytest.raises(ExportError, match="as no export does"):
        unpack(bomb, "bomb")


def workbook(*rows, formats=None, title="People", before=(), **more):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in (*before, *rows):
        sheet.append(row)
    for place, pattern in (formats or {}).items():
        sheet[place].number_format = pattern
    for name, cells in more.items():
        for row in cells:
            (book[name] if name in book.sheetnames else book.create_sheet(name)).append(row)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_sheets_cells_are_text(export_of):
    content = workbook(
        ["Id", "Name", "Hired", "Seen", "Active", "Share", "Note"],
        [417, "00123", dt.date(2020, 2, 29), dt.datetime.fromisoformat("2020-02-29T13:05"), True, 0.1, "NA"],
        [None, "O'Brien", None, None, False, 1e5, "1E5"],
    )
    export = export_of(content)
    assert export.format == "Excel"
    assert export.rows.loc[2].tolist() == ["417", "00123", "2020-02-29", "2020-02-29T13:05:00", "true", "0.1", "NA"]
    assert export.rows.loc[3].fillna("-").tolist() == ["-", "O'Brien", "-", "-", "false", "100000", "1E5"]


def test_zeros_that_a_format_shows_are_kept(export_of):
    content = workbook(["Id", "Code"], [123, 123456789], [7, 7], formats={"A2": "00000", "B2": "000-00-0000", "A3": "General"})
    assert export_of(content).rows.to_numpy().tolist() == [["00123", "123-45-6789"], ["7", "7"]]


@given(st.integers(0, 10**14), st.integers(1, 15))
def test_a_format_of_zeros_pads_and_loses_no_digit(number, zeros):
    text = fill_format(number, "0" * zeros)
    assert text == str(number).zfill(zeros)


@pytest.mark.parametrize("pattern", ["0.00", "#,##0", "0%", "yyyy-mm-dd", "0;-0", "@", "", "0E+00"])
def test_a_format_that_does_more_than_fill_zeros_is_left_alone(pattern):
    assert fill_format(12, pattern) is None


def test_numbers_beyond_fifteen_digits_and_error_cells_are_findings(export_of):
    content = workbook(["Id", "Name"], [1234567890123456789, "#N/A"], [1, "Null"])
    export = export_of(content)
    found = export.findings.set_index("finding")
    assert (found.loc["mangled_number", "column"], found.loc["mangled_number", "severity"]) == ("Id", "amber")
    assert found.loc["error_cells", ["column", "count"]].tolist() == ["Name", 1]
    assert export.rows["Name"].tolist() == ["#N/A", "Null"]


def test_a_formula_without_a_result_is_told(export_of):
    assert "uncalculated" in export_of(workbook(["Id", "Name"], [1, "=A2"])).findings["finding"].tolist()


def test_titles_blank_rows_and_cells_beyond_the_header_are_accounted_for(export_of):
    content = workbook(
        ["Report of people"], [], ["Id", "Name"], ["1", "Abel"], [], ["2", "Baker", None, "stray"], ["3", "Cook"], ["4"],
        ["5", "Dee"],
    )  # fmt: skip
    export = export_of(content)
    assert export.rows["Name"].fillna("-").to_dict() == {4: "Abel", 7: "Cook", 8: "-", 9: "Dee"}
    assert export.reject_lines == {6: ("2", "Baker", "", "stray")}
    assert "title_rows" in export.findings["finding"].tolist()


def test_the_first_visible_sheet_is_read_and_others_are_named(export_of):
    content = workbook(["Name"], ["Abel"], Leavers=[["Name"], ["Baker"]])
    export = export_of(content)
    assert export.rows["Name"].tolist() == ["Abel"]
    assert "'Leavers'" in export.findings.set_index("finding").loc["sheets", "detail"]
    assert export_of(content, sheet="Leavers").rows["Name"].tolist() == ["Baker"]
    with pytest.raises(ExportError, match=r"there is no sheet 'Movers'\. It has 'People', 'Leavers'"):
        export_of(content, sheet="Movers")


@pytest.mark.parametrize(
    ("header", "words"),
    [
        (["Name", "Mail", "Name"], "row 1: column 'Name' stands there 2 times"),
        (["Name", None, "Mail"], "row 1: column 2 has no name"),
    ],
)
def test_a_header_that_does_not_name_each_column_once_is_refused(export_of, header, words):
    with pytest.raises(ExportError, match=words):
        export_of(workbook(header, ["a", "b", "c"]))


def test_a_workbook_that_would_not_fit_is_refused(export_of, monkeypatch):
    monkeypatch.setattr("scimrecon.exports.excel._MAX_BYTES", 1_000)
    with pytest.raises(ExportError, match="as no export does"):
        export_of(workbook(["Name"], ["Abel"]))


@pytest.mark.parametrize("content", [b"\xd0\xcf\x11\xe0" + b"\0" * 600, zipped(**{"xl/workbook.xml": b"<x/>"})])
def test_a_workbook_that_cannot_be_read_is_refused(export_of, content):
    with pytest.raises(ExportError, match="the workbook cannot be read"):
        export_of(content)


def test_a_sheet_is_of_workbooks_alone(export_of):
    with pytest.raises(ExportError, match="no workbook"):
        export_of(CSV, sheet="People")


def test_without_the_extra_a_workbook_says_what_to_install(export_of, monkeypatch):
    real = builtins.__import__

    def refuse(name, *rest, **options):
        if name == "python_calamine":
            raise ImportError(name)
        return real(name, *rest, **options)

    monkeypatch.delitem(sys.modules, "python_calamine", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(ExportError, match=r"pip install 'scimrecon\[excel\]'"):
        export_of(workbook(["Name"], ["Abel"]))


ODS = """<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="People">{}</table:table></office:spreadsheet></office:body>
</office:document-content>"""


def opendocument(*rows):
    """A workbook of cells, each its type, what it holds and what it shows."""
    kinds = {"float": "value", "date": "date-value", "boolean": "boolean-value", "percentage": "value"}
    cells = [
        [
            f'<table:table-cell office:value-type="{kind}" '
            + (f'office:{kinds[kind]}="{held}"' if kind in kinds else "")
            + f"><text:p>{shown}</text:p></table:table-cell>"
            for kind, held, shown in row
        ]
        for row in rows
    ]
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as packed:
        packed.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        packed.writestr("META-INF/manifest.xml", "<manifest/>")
        packed.writestr("content.xml", ODS.format("".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)))
    return written.getvalue()


def test_an_opendocument_sheets_cells_are_what_they_hold(export_of):
    header = [("string", "", name) for name in ("Id", "Name", "Number", "Hired", "Active", "Share")]
    row = [("string", "", "007"), ("string", "", "Zoë"), ("float", "417", "417.00"), ("date", "2020-02-29", "29/02/20"),
           ("boolean", "true", "TRUE"), ("percentage", "0.5", "50%")]  # fmt: skip
    export = export_of(opendocument(header, row))
    assert export.rows.loc[2].tolist() == ["007", "Zoë", "417", "2020-02-29", "true", "0.5"]


def test_an_old_excel_sheets_cells_are_what_they_hold(export_of):
    book = xlwt.Workbook()
    sheet = book.add_sheet("People")
    for column, name in enumerate(["Id", "Name", "Hired", "Active", "Share"]):
        sheet.write(0, column, name)
    dated = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for column, value in enumerate([417, "00123", dt.date(2020, 2, 29), True, 0.5]):
        sheet.write(1, column, value, *([dated] if column == 2 else []))
    sheet.write(3, 1, "Zoë")
    held = io.BytesIO()
    book.save(held)
    export = export_of(held.getvalue(), "people.xls")
    assert export.rows.loc[2].tolist() == ["417", "00123", "2020-02-29", "true", "0.5"]
    assert export.rows["Name"].to_dict() == {2: "00123", 4: "Zoë"}
