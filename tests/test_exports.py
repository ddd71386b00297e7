"""From a file to rows, rejects and findings: every cell is kept, and nothing is guessed."""

import csv
import hashlib
import io
import re

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from others_files import EXPORTS, needs_exports
from pandera.typing.pandas import Series

import scimrecon as sr
from scimrecon.errors import ExportError
from scimrecon.exports import PRESETS

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
        pytest.param(b"Name,Title\nNull,a\nZo\xeb,\x81\n", "line 3: byte 0xeb is not UTF-8, nor", id="no encoding"),
        pytest.param("Name,Title\nZoë,a\nZ".encode() + b"\xeb,b\n", "line 3: byte 0xeb is not UTF-8, though", id="damaged utf-8"),
        pytest.param(b"\xff\xfeN\0a\0m\0\xd8", "line 1: the file begins as UTF-16", id="half a character"),
        pytest.param(b"Name,Title\nNull,a\nO\0Brien,b\n", "line 3: a NUL character", id="nul"),
        pytest.param(b"Name,Title, Name\nNull,a,b\n", "line 1: column 'Name' stands there 2 times", id="twice"),
        pytest.param(b"Name,,Title\nNull,a,b\n", "line 1: column 2 has no name", id="nameless"),
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
    with pytest.raises(ExportError, match=r"'wokday' is not known; there are 389ds, .*generic, .*workday"):
        export_of("Name,Title\n", preset="wokday")


@pytest.mark.parametrize("preset", PRESETS.values(), ids=lambda preset: preset.name)
def test_a_presets_mapping_is_one_map_users_takes(preset):
    columns = {*preset.columns().values(), *(rule["on"] for rule in preset.mapping.values() if "on" in rule)}
    rows = pd.DataFrame({column: ["Active"] for column in sorted(columns)}, dtype="str")
    if columns:
        assert preset.fit(list(rows.columns)) == preset.mapping
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


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_text_is_read_in_any_encoding_that_says_which_it_is(export_of, codec):
    export = export_of("Name,Title\r\nZoë Łuć,Clerk\r\n".encode(codec))
    assert export.rows["Name"].to_dict() == {2: "Zoë Łuć"}
    assert export.source.encoding.startswith(codec.upper()[:6].rstrip("-"))
    assert export.findings.empty


def test_windows_letters_are_read_by_a_guess_that_blocks_until_it_is_accepted(export_of):
    content = "Name,Title\nNull,a\nZoë,b\n".encode("cp1252")
    export = export_of(content)
    assert export.rows["Name"].tolist() == ["Null", "Zoë"]
    found = export.findings.iloc[0]
    assert (found["finding"], found["severity"], found["count"]) == ("encoding_guessed", "red", 1)
    assert "line 3" in found["detail"]
    assert "Zoë" in found["detail"]
    assert export_of(content, accept=["encoding_guessed"]).findings.iloc[0]["severity"] == "amber"


def test_a_line_with_a_stray_quote_is_a_reject_and_the_rest_is_read(export_of):
    export = export_of('Name,Title\nNull,a\n"O"Brien",b\nBaker,c\n')
    assert export.rows["Name"].to_dict() == {2: "Null", 4: "Baker"}
    assert export.reject_lines == {3: ('"O"Brien",b',)}
    assert "a quote that is not closed or not doubled" in export.rejects["reason"][0]


def test_a_quote_that_swallows_good_lines_gives_them_back(export_of):
    export = export_of('Name,Title\n"Null,a\n"Baker","c"\nAbel,d\n')
    assert export.rows["Name"].to_dict() == {3: "Baker", 4: "Abel"}
    assert list(export.reject_lines) == [2]


def test_a_quote_that_nothing_closes_is_a_reject_and_a_red_finding(export_of):
    export = export_of("Name,Title\nNull,a\n\"O'Brien,b\nBaker,c\n")
    assert export.rows["Name"].to_dict() == {2: "Null", 4: "Baker"}
    assert list(export.reject_lines) == [3]
    assert export.findings.query("finding == 'truncated'")["severity"].tolist() == ["red"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Name,Title\nNull,Engineer\nAbel,Engin", True),
        ('Name,Title\r\n"Null","Engineer"\r\n\r\nO"Brien,x\r\nAbel,Engin', True),
        ("Name,Title\nNull,Engineer\nAbel,Engin\n", False),
        ("Name,Title\nNull,Engineer\nAbel,Engineer", False),
        ("Name,Title\nNull,Engineer\nAbel,Clerk", False),
        ('Name,Title\nNull,Engineer\nAbel,"Engin"', False),
        ("Name,Title\nNull,Engineer\nAbel,", False),
        ("Name,Title\nAbel,Engin", False),
    ],
)
def test_a_last_cell_that_stops_short_where_no_line_ends_is_told(export_of, text, told):
    found = export_of(text).findings.query("finding == 'no_last_line_end'")
    assert found[["severity", "column"]].to_numpy().tolist() == [["amber", "Title"]] * told
    assert not told or "'Engin' where another is 'Engineer'" in found["detail"].iloc[0]


def test_a_cell_of_a_megabyte_is_read_whole_and_the_limit_of_others_is_left_alone(export_of):
    before = csv.field_size_limit()
    assert export_of("Name,Title\nNull," + "x" * 1_000_000 + "\n").rows["Title"].str.len().tolist() == [1_000_000]
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("text", "line", "title_lines"),
    [
        ("sep=;\nName;Title\nNull;a,b\n", 3, 1),
        ('"sep=;"\r\nName;Title\r\nNull;a,b\r\n', 3, 1),
        ('#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\n"Name";"Title"\n"Null";"a,b"\n', 3, 1),
        ("People of O'Brien & Co\n\nAs of today;\nName;Title\nNull;a,b\nA;B\nC;D\n", 5, 2),
    ],
)
def test_what_stands_above_the_header_is_left_out_and_told(export_of, text, line, title_lines):
    export = export_of(text)
    assert list(export.rows.columns) == ["Name", "Title"]
    assert export.rows.loc[line].tolist() == ["Null", "a,b"]
    assert export.findings.query("finding == 'title_rows'")["count"].tolist() == [title_lines]


def test_a_known_header_outvotes_the_number_of_columns(export_of):
    rows = "O'Brien, P, Q, R;1;2;3;4\n" * 3
    export = export_of("displayName;userPrincipalName;id;accountEnabled;usageLocation\n" + rows)
    assert (export.preset, len(export.rows.columns)) == ("entra", 5)


@pytest.mark.parametrize("rows", [256, 1_000, 65_535, 65_536])
def test_a_count_at_which_tools_stop_is_a_red_finding_until_accepted(export_of, rows):
    text = "Name,Title\n" + "Null,Clerk\n" * rows
    found = export_of(text).findings.iloc[0]
    assert (found["finding"], found["severity"], found["count"]) == ("truncated", "red", rows)
    accepted = export_of(text, accept=["truncated"]).findings.iloc[0]
    assert (accepted["severity"], accepted["detail"].endswith("(accepted)")) == ("amber", True)


def test_a_file_that_ends_within_its_last_record_is_a_red_finding(export_of):
    found = export_of("Name,Title,Town\n" + "Null,Clerk,Cork\n" * 20 + "O'Bri").findings.iloc[0]
    assert (found["finding"], found["severity"]) == ("truncated", "red")
    assert "line 22" in found["detail"]


@pytest.mark.parametrize(
    ("finding", "severity", "cells"),
    [
        ("mojibake", "amber", ["MÃ¼ller", "Baker"]),
        ("mojibake", "amber", ["M\ufffdller", "Baker"]),
        ("lost_letters", "amber", ["M?ller", "Baker"]),
        ("mangled_number", "amber", ["1.23457E+15", "1"]),
        ("mangled_number", "amber", ["1914310000010100000", "2914310000010100000"]),
        ("ambiguous_dates", "amber", ["03/04/2024", "05/06/2024"]),
        ("ambiguous_dates", "amber", ["03/14/2024", "14/03/2024"]),
        ("null_words", "info", ["NULL", "Baker"]),
    ],
)
def test_values_damaged_before_they_came_are_findings(export_of, finding, severity, cells):
    export = export_of("Name,Title\n" + "".join(f"{cell},x\n" for cell in cells))
    assert export.findings[["finding", "severity", "column"]].to_numpy().tolist() == [[finding, severity, "Name"]]
    assert export.rows["Name"].tolist() == cells


@pytest.mark.parametrize(
    "cells",
    [["Müller?", "What? No"], ["http://x.example/?a=b", "b"], ["14/03/2024", "13/04/2024"],
     ["9007199254740993", "1000000000000000"], ["1e5", "E+1"], ["naïve", "Ångström"]],
)  # fmt: skip
def test_values_that_only_look_odd_are_no_findings(export_of, cells):
    export = export_of("Name,Title\n" + "".join(f"{cell},x\n" for cell in cells))
    assert export.findings.empty


def test_passwords_in_a_file_are_told_and_masked_ones_are_not(export_of):
    assert export_of("Name,Password\nAbel,hunter2\n").findings["finding"].tolist() == ["secrets"]
    assert export_of("Name,Password\nAbel,****\n").findings.empty


class People(pa.DataFrameModel):
    Name: Series[str] = pa.Field(str_length={"max_value": 5}, nullable=True)
    Title: Series[str] = pa.Field(isin=["Clerk", "Cook"])


def test_rows_that_break_the_users_own_schema_are_rejects(export_of):
    export = export_of("Name,Title\nNull,Clerk\nO'Brien,Cook\nAbel,King\n,Cook\n", schema=People)
    assert export.rows.index.tolist() == [2, 5]
    assert export.rejects[["source_line", "column", "value"]].to_numpy().tolist() == [
        [3, "Name", "O'Brien"],
        [4, "Title", "King"],
    ]
    assert export.reject_lines[4] == ("Abel", "King")
    assert "Title: isin" in export.rejects["reason"][1]


def test_a_row_whose_line_breaks_a_schema_is_a_reject_as_a_whole(export_of):
    schema = pa.DataFrameSchema({"Name": pa.Column(str)}, index=pa.Index(int, pa.Check.gt(2)))
    export = export_of("Name,Title\nNull,Clerk\nAbel,King\n", schema=schema)
    assert export.rows.index.tolist() == [3]
    assert export.rejects[["source_line", "reason"]].to_numpy().tolist() == [[2, "the row: greater_than(2)"]]
    assert export.rejects["column"].isna().all()


def test_a_schema_converts_nothing(export_of):
    model = pa.DataFrameSchema({"Age": pa.Column(int, pa.Check.gt(17), coerce=True)})
    export = export_of("Name,Age\nNull,007\nAbel,042\n", schema=model)
    assert export.rows["Age"].to_dict() == {3: "042"}


@pytest.mark.parametrize(
    ("schema", "words"),
    [(pa.DataFrameSchema({"Town": pa.Column(str)}), "column_in_dataframe 'Town'"), ("People", "takes a pandera")],
)
def test_a_schema_that_no_row_can_meet_is_refused(export_of, schema, words):
    with pytest.raises(ExportError, match=words):
        export_of("Name,Title\nNull,Clerk\n", schema=schema)


def test_accept_is_a_list(export_of):
    with pytest.raises(ExportError, match="is one text"):
        export_of("Name,Title\n", accept="truncated")


@needs_exports
@pytest.mark.parametrize(
    ("name", "rows", "rejected"),
    [
        ("jumpcloud-JCUserUpdateImport.csv", 1, 0),
        ("quoted-entra-bulk-download-2021.csv", 2, 0),
        ("quoted-m365-admin-export-2025.csv", 1, 0),
    ],
)
def test_files_other_products_wrote_are_read_whole(name, rows, rejected):
    export = sr.read_export(EXPORTS / name)
    header = next(csv.reader(io.StringIO((EXPORTS / name).read_text())))
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


def test_a_file_that_seems_cut_off_is_compared_only_when_that_is_accepted(export_of):
    text = "Mail,Title\n" + "".join(f"u{number}@example.com,Clerk\n" for number in range(256))
    users = pd.DataFrame({"id": ["1"], "userName": ["u1@example.com"], "title": ["Cook"]}, dtype="str")
    mapping = {"userName": "Mail", "title": "Title"}
    desired = sr.map_users(export_of(text), mapping)
    with pytest.raises(sr.errors.CompareError, match="truncated"):
        sr.compare(desired, users, on="userName", accept=["source_only"])
    accepted = sr.map_users(export_of(text, accept=["truncated"]), mapping)
    assert len(sr.compare(accepted, users, on="userName").changes) == 1


PIECES = st.sampled_from(
    [b"dn: uid=a,dc=x\n", b"dn:: Q", b"cn: A\n", b"\n\n", b'{"userName": "a"}', b'"\\ud800"', b"[", b"]", b"{", b"}", b",", b'"',
     b"Name,Title\n", b"a;b\n", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\0", b"\xeb", b"\xc3\xa9", b"PK\x03\x04",
     b"\x1f\x8b\x08", b"PAR1", b"ARROW1\0\0", b"\xd0\xcf\x11\xe0", b"sep=;\n",
     b"#TYPE x\n", b'"Resources": [', b'"totalResults": 1e9', b"=1+1", b"E+",
     b"1.2E+9", b"01/02/2024", b"\r", b"result: 4\n"]
)  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=6), max_size=8).map(b"".join))
def test_whatever_the_bytes_they_are_read_or_refused_in_words(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "whatever"
    path.write_bytes(content)
    try:
        export = sr.read_export(path)
    except ExportError:
        return
    assert export.rows.index.is_unique
    assert not set(export.rows.index) & set(export.reject_lines)
    assert set(export.rejects["source_line"]) == set(export.reject_lines)
    assert export._repr_html_()
