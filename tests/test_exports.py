"""From a file to rows, rejects and findings: every cell is kept, and nothing is guessed."""

import csv
import hashlib
import io
import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.errors import ExportError
from scimrecon.exports import PRESETS

SHARED = Path(__file__).parents[2] / "shared" / "exports"
WORKDAY = "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email"


@pytest.fixture
def export_of(tmp_path):
    """Read an export from these bytes, or this text as UTF-8."""

    def read(content, **options):
        path = tmp_path / "hr.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return sr.read_export(path, **options)

    return read


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6) | st.sampled_from(
    ["O'Brien", "Null", "NA", "None", "000417", "", " ", "1e5", "=1+1", '"', "a\nb", "a\r\nb", "a,b;c\td|e", "'", "\ufeff"]
)


@st.composite
def files(draw):
    """The records of a table with ragged ones among them, as csv writes them: header, records and text."""
    width = draw(st.integers(2, 4))
    header = [f"Column {number}" for number in range(width)]
    ragged = st.lists(CELLS, min_size=1, max_size=width + 2)
    records = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width) | ragged, max_size=8))
    delimiter = draw(st.sampled_from(",;\t|"))
    line_end, quoting = draw(st.sampled_from([("\r\n", csv.QUOTE_MINIMAL), ("\n", csv.QUOTE_ALL), ("\r", csv.QUOTE_ALL)]))
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=quoting).writerows([header, *records])
    return header, records, text.getvalue()


@given(files(), st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_every_record_is_a_row_or_a_reject_with_every_cell_and_its_line(tmp_path_factory, file, mark):
    header, records, text = file
    path = tmp_path_factory.getbasetemp() / "generated.csv"
    path.write_bytes(mark + text.encode())
    export = sr.read_export(path)
    assert export.records == len(records)
    line = 2
    for record in records:
        if len(record) == len(header):
            assert export.rows.loc[line].fillna("").tolist() == record
            assert export.rows.loc[line].isna().tolist() == [cell == "" for cell in record]
        else:
            assert export.reject_lines[line] == tuple(record)
        line += 1 + sum(len(re.findall(r"\r\n|\r|\n", cell)) for cell in record)
    assert set(export.rejects["source_line"]) == set(export.reject_lines)
    assert list(export.rows.columns) == header


def test_words_and_numbers_stay_the_text_they_are(export_of):
    words = ["NA", "N/A", "None", "null", "Null", "nan", "NaN", "True", "00123", "000417", "1e5", "1.10", "2008-04-20", "-", " "]
    export = export_of("Surname,Note\n" + "".join(f"{word},x\n" for word in words))
    assert export.rows["Surname"].tolist() == words
    assert export.rows.dtypes.eq("str").all()


def test_only_an_empty_cell_is_na(export_of):
    export = export_of('Surname,Note\n,x\n"",x\n" ",x\n')
    assert export.rows["Surname"].isna().tolist() == [True, True, False]


def test_a_formula_in_a_cell_is_text_like_any_other(export_of):
    export = export_of('Surname,Note\n=1+1,"=HYPERLINK(""http://evil.example"")"\n')
    assert export.rows.loc[2].tolist() == ["=1+1", '=HYPERLINK("http://evil.example")']


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_that_splits_records_like_the_header_is_taken(export_of, delimiter):
    lines = [["Name", "Note", "Town"], ["O'Brien", "a,b;c", "Cork"], ["Null", "x, y", "Bray"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    assert export_of(text).rows.to_numpy().tolist() == lines[1:]


def test_a_delimiter_within_unquoted_cells_does_not_win_the_vote(export_of):
    export = export_of("Name;Title\nO'Brien, Pat;Clerk\nNull, Ann;Engineer\n")
    assert export.rows["Name"].tolist() == ["O'Brien, Pat", "Null, Ann"]


def test_one_column_is_a_table_too(export_of):
    assert export_of("Surname\nO'Brien\n\nNull\n").rows["Surname"].to_dict() == {2: "O'Brien", 4: "Null"}


def test_blank_lines_are_no_records_and_still_count(export_of):
    export = export_of("\nName,Title\n\nO'Brien,Clerk\n\n\nNull,Clerk\n\n")
    assert export.rows["Name"].to_dict() == {4: "O'Brien", 7: "Null"}


def test_header_names_are_trimmed(export_of):
    assert list(export_of("\ufeff Name , Title\nO'Brien,Clerk\n").rows.columns) == ["Name", "Title"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "the file is empty", id="empty"),
        pytest.param(b"\xef\xbb\xbf\r\n\r\n", "the file is empty", id="blank lines"),
        pytest.param("Name,Title\nO'Brien,Clerk\n".encode("utf-16"), "the file is UTF-16", id="utf-16"),
        pytest.param(b"\xfe\xff" + "Name,Title\n".encode("utf-16-be"), "the file is UTF-16", id="utf-16-be"),
        pytest.param("Name,Title\nNull,a\nZoë,b\n".encode("cp1252"), "line 3: byte 0xeb is not UTF-8", id="cp1252"),
        pytest.param(b"Name,Title\nNull,a\nO\0Brien,b\n", "line 3: a NUL character", id="nul"),
        pytest.param(b"Name,Title, Name\nNull,a,b\n", "line 1: column 'Name' stands there 2 times", id="twice"),
        pytest.param(b"Name,,Title\nNull,a,b\n", "line 1: column 2 has no name", id="nameless"),
        pytest.param(b'Name,Title\nNull,a\n"O\'Brien,b\nBaker,c\n', "line 3: unexpected end of data", id="open quote"),
        pytest.param(b"Name,Title\nNull," + b"x" * 200_000 + b"\n", "line 2: field larger than field limit", id="huge cell"),
        pytest.param(b'Name,Title\nNull,a\n"O"Brien",b\n', "line 3: ',' expected after '\"'", id="quote in a cell"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_where_and_why(export_of, content, words):
    with pytest.raises(ExportError, match=re.escape(words)) as error:
        export_of(content)
    assert "hr.csv" in str(error.value)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(ExportError, match=r"nobody\.csv: No such file"):
        sr.read_export(tmp_path / "nobody.csv")


def test_a_header_alone_has_no_rows_and_a_red_finding(export_of):
    export = export_of("Name,Title\n")
    assert (len(export.rows), export.records) == (0, 0)
    assert list(export.rows.columns) == ["Name", "Title"]
    assert export.findings[["finding", "severity"]].to_numpy().tolist() == [["no_rows", "red"]]


def test_a_ragged_record_is_a_reject_with_line_value_and_reason(export_of):
    export = export_of("Name,Title\nNull,Clerk\nO'Brien, Pat,Clerk\n")
    reject = export.rejects.iloc[0]
    assert (reject["source_line"], reject["value"]) == (3, "O'Brien | Pat | Clerk")
    assert pd.isna(reject["column"])
    assert reject["reason"].startswith("3 cells, the header has 2")
    assert export.reject_lines == {3: ("O'Brien", " Pat", "Clerk")}


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_record_without_its_id_is_a_reject_that_names_the_column(export_of, blank):
    export = export_of(f"{WORKDAY}\n{blank},Active,Pat,O'Brien,pat@example.com\n000417,Active,Ann,Null,ann@example.com\n")
    reject = export.rejects.iloc[0]
    assert (reject["source_line"], reject["column"], reject["reason"]) == (2, "Employee_ID", "Employee_ID is blank")
    assert export.reject_lines == {2: (blank, "Active", "Pat", "O'Brien", "pat@example.com")}
    assert export.rows["Employee_ID"].to_dict() == {3: "000417"}


def test_a_cell_of_the_wrong_form_is_a_reject_with_its_value(export_of):
    export = export_of(f"{WORKDAY}\n000417,Active,Pat,O'Brien,pat at example.com\n")
    reject = export.rejects.iloc[0]
    assert (reject["source_line"], reject["column"], reject["value"]) == (2, "Email", "pat at example.com")
    assert reject["reason"].startswith("Email is not of the form")


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_cell_is_of_no_wrong_form(export_of, blank):
    export = export_of(f"{WORKDAY}\n000417,Active,Pat,O'Brien,{blank}\n")
    assert (len(export.rows), len(export.rejects)) == (1, 0)


def test_a_record_with_two_faults_is_one_reject_line_and_two_reasons(export_of):
    export = export_of(f"{WORKDAY}\n,Active,Pat,O'Brien,nowhere\n")
    assert export.rejects["column"].tolist() == ["Employee_ID", "Email"]
    assert export.records == len(export.reject_lines) == 1


def test_a_known_header_proposes_its_preset_and_says_why(export_of):
    export = export_of(f"{WORKDAY}\n000417,Active,Pat,O'Brien,pat@example.com\n")
    assert export.preset == "workday"
    assert "the header has Employee_ID, Legal_First_Name, Legal_Last_Name, Worker_Status" in export.reason
    assert export.mapping["externalId"] == {"column": "Employee_ID"}


def test_a_proposed_mapping_names_only_columns_the_file_has(export_of):
    export = export_of(f"{WORKDAY}\n000417,Active,Pat,O'Brien,pat@example.com\n")
    assert {rule["column"] for rule in export.mapping.values()} <= set(export.rows.columns)
    missing = export.findings.query("finding == 'missing_column'")["column"]
    assert "Job_Title" in missing.tolist()


def test_an_unknown_header_gets_the_generic_preset_and_no_mapping(export_of):
    export = export_of("Name,Title\nNull,Clerk\n")
    assert (export.preset, export.mapping) == ("generic", {})
    assert export.reason == "no shipped preset knows this header"


def test_a_preset_that_is_asked_for_is_used(export_of):
    export = export_of(f"{WORKDAY}\n,Active,Pat,O'Brien,nowhere\n", preset="generic")
    assert (export.preset, export.reason, len(export.rows)) == ("generic", "asked for", 1)


def test_an_unknown_preset_is_refused_with_those_there_are(export_of):
    with pytest.raises(ExportError, match=r"'wokday' is not known; there are generic, workday"):
        export_of("Name,Title\n", preset="wokday")


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_presets_mapping_is_one_map_users_takes(preset):
    columns = sorted({rule["column"] for rule in preset.mapping.values()})
    rows = pd.DataFrame({column: ["Active"] for column in columns}, dtype="str")
    if columns:
        assert len(sr.map_users(rows, preset.mapping).frame.columns) == len(preset.mapping)


PERSON = "000417,Active,Pat,O'Brien,pat@example.com\n"


@pytest.mark.parametrize(
    ("text", "finding", "severity", "column", "count"),
    [
        ("Name,Title\nNull,Clerk\nNull\n", "many_rejects", "red", None, 1),
        ("Name,Title\n" + "Null,Clerk\n" * 10 + "Null\n", "rejects", "amber", None, 1),
        (f"{WORKDAY}\n{PERSON}{PERSON}", "repeated_key", "amber", "Employee_ID", 2),
        (
            f"{WORKDAY}\n{PERSON}{PERSON.replace('000417', '000418').replace('pat@', ' PAT@')}",
            "repeated_key",
            "amber",
            "Email",
            2,
        ),
        ("Name,Title\nNull,\nO'Brien,\n", "blank_column", "info", "Title", 2),
        ("Name,Title\nNull,Clerk\n O'Brien,Clerk \n", "edge_blanks", "info", "Name", 1),
    ],
)
def test_what_is_remarkable_about_a_file_is_a_finding(export_of, text, finding, severity, column, count):
    findings = export_of(text).findings
    found = findings[findings["finding"] == finding].iloc[0]
    assert (found["severity"], None if pd.isna(found["column"]) else found["column"], found["count"]) == (severity, column, count)
    order = findings["severity"].map(["red", "amber", "info"].index)
    assert order.is_monotonic_increasing


def test_a_faultless_file_has_no_findings(export_of):
    assert export_of("Name,Title\nO'Brien,Clerk\n").findings.empty


def test_an_export_says_which_bytes_it_was_read_from(export_of):
    content = b"Name,Title\nO'Brien,Clerk\n"
    source = export_of(content).source
    assert (source.sha256, source.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert source.name.endswith("hr.csv")


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/exports holds others' files, which are not ours to ship")
@pytest.mark.parametrize(
    ("name", "rows", "rejected"),
    [
        ("jumpcloud-JCUserUpdateImport.csv", 1, 0),
        ("quoted-entra-bulk-download-2021.csv", 2, 0),
        ("quoted-m365-admin-export-2025.csv", 1, 0),
    ],
)
def test_files_other_products_wrote_are_read_whole(name, rows, rejected):
    export = sr.read_export(SHARED / name)
    header = next(csv.reader(io.StringIO((SHARED / name).read_text())))
    assert list(export.rows.columns) == header
    assert (len(export.rows), len(export.reject_lines)) == (rows, rejected)


def test_an_excel_workbook_is_told_as_one(tmp_path):
    (tmp_path / "people.xlsx").write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(ExportError, match="an Excel workbook"):
        sr.read_export(tmp_path / "people.xlsx")


def test_a_preset_of_which_the_file_has_no_column_is_a_red_finding(tmp_path):
    (tmp_path / "people.csv").write_text("Name,Mail\nO'Brien,obrien@example.com\n")
    export = sr.read_export(tmp_path / "people.csv", preset="workday")
    assert export.findings[["finding", "severity"]].to_numpy().tolist() == [["wrong_preset", "red"]]
