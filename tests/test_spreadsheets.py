"""Owners approve in a spreadsheet: what they mark is ticked, and only where it is what they saw."""

import openpyxl
import pandas as pd
import pytest

import scimrecon as sr
from scimrecon.errors import SelectionError

USERS = pd.DataFrame(
    {
        "id": ["u1", "u2", "u3", "u4"],
        "userName": ["obrien", "häns", "ng", "lima"],
        "title": ["Engineer", "=1+1", None, "Chef"],
        "nickName": ["bri", " ", None, None],
        "active": ["true", "true", "true", "true"],
    },
    dtype="str",
)
DESIRED = pd.DataFrame(
    {
        "userName": ["obrien", "häns", "ng", "lima"],
        "title": ["=HYPERLINK(1)", "000417", "line one\r\nline two _x0041_\x00", "Cook"],
        "nickName": ["", "", "", ""],
        "active": ["false", "true", "true", "true"],
    },
    dtype="str",
)


@pytest.fixture
def diff():
    return sr.compare(DESIRED, USERS, on="userName")


@pytest.fixture
def sheet(diff, tmp_path):
    return Sheet(diff, tmp_path / "approve.xlsx")


class Sheet:
    """The file, as an owner works on it."""

    def __init__(self, diff, path):
        self.path = path
        diff.to_excel(path)
        self.book = openpyxl.load_workbook(path)
        self.cells = self.book["changes"]
        self.columns = {cell.value: cell.column for cell in self.cells[1]}

    def line(self, change_id):
        return next(row[0].row for row in self.cells.iter_rows() if row[self.columns["change_id"] - 1].value == change_id)

    def write(self, change_id, column, value):
        self.cells.cell(self.line(change_id), self.columns[column]).value = value

    def select(self, diff):
        self.book.save(self.path)
        return diff.select_from(self.path)


def test_nothing_is_marked_at_first(diff, sheet):
    selection = sheet.select(diff)
    assert selection.changes.empty
    assert selection.choices.empty


def test_what_is_marked_is_ticked_whatever_its_text(diff, sheet):
    ids = diff.changes.index[diff.tickable].tolist()
    for change_id, mark in zip(ids, ["x", " X ", "yes", 1, True, "ja", "✓"], strict=False):
        sheet.write(change_id, "tick", mark)
    selection = sheet.select(diff)
    assert selection.choices["state"].unique().tolist() == ["same"], selection.choices["reason"].tolist()
    assert selection.changes.index.tolist() == ids
    pd.testing.assert_frame_equal(selection.changes, diff.select(ids).changes)


def test_no_cell_of_the_file_is_a_formula(sheet):
    assert "f" not in {cell.data_type for row in sheet.cells.iter_rows() for cell in row}


def test_a_row_whose_values_were_edited_does_not_count_and_says_what_was_edited(diff, sheet):
    sheet.write("u4:title", "tick", "x")
    sheet.write("u4:title", "after", "Head chef")
    sheet.write("u2:title", "tick", "x")
    sheet.write("u2:title", "after", 417)
    selection = sheet.select(diff)
    assert selection.changes.empty
    told = selection.choices.set_index("change_id")
    assert told.loc["u4:title", ["state", "reason"]].tolist() == ["changed", "after was 'Head chef', and is 'Cook'"]
    assert told.loc["u2:title", "reason"] == "after was '417', and is '000417'"
    assert told.loc["u4:title", "line"] == sheet.line("u4:title")


def test_what_changed_or_went_since_is_not_ticked(diff, sheet):
    for change_id in ("u1:title", "u2:title", "u4:title"):
        sheet.write(change_id, "tick", "x")
    later = sr.compare(DESIRED.assign(title=["Engineer", "000417", "", "Baker"]), USERS, on="userName")
    selection = sheet.select(later)
    assert selection.changes.index.tolist() == ["u2:title"]
    assert selection.choices.set_index("change_id")["state"].to_dict() == {
        "u1:title": "gone", "u2:title": "same", "u4:title": "changed",
    }  # fmt: skip


def test_locked_unknown_repeated_and_unreadable_marks_are_told_and_not_ticked(diff, sheet):
    sheet.write("u1:active", "tick", "x")
    sheet.write("u4:title", "tick", "perhaps")
    copied = [cell.value for cell in sheet.cells[sheet.line("u2:title")]]
    sheet.cells.append(copied)
    sheet.write("u2:title", "tick", "x")
    sheet.write("u1:nickName", "tick", "x")
    sheet.write("u1:nickName", "change_id", "u9:nickName")
    selection = sheet.select(diff)
    assert selection.changes.empty
    told = selection.choices.set_index("change_id")
    assert told["state"].to_dict() == {
        "u1:active": "barred", "u4:title": "unclear", "u2:title": "duplicate", "u9:nickName": "gone",
    }  # fmt: skip
    assert "unlock=['active']" in told.loc["u1:active", "reason"]
    assert told.loc["u4:title", "reason"] == "'perhaps' is neither a yes nor a no: write x"


def test_rows_may_be_sorted_and_left_out_and_columns_added(diff, sheet):
    sheet.write("u4:title", "tick", "x")
    sheet.cells.delete_rows(sheet.line("u1:title"))
    sheet.cells.insert_cols(1)
    sheet.cells["A1"].value = "remarks"
    assert sheet.select(diff).changes.index.tolist() == ["u4:title"]


def test_some_changes_alone_can_be_written(diff, tmp_path):
    diff.to_excel(tmp_path / "some.xlsx", change_ids=["u4:title"])
    assert openpyxl.load_workbook(tmp_path / "some.xlsx")["changes"].max_row == 2
    assert (tmp_path / "some.xlsx").stat().st_mode & 0o077 == 0
    with pytest.raises(SelectionError, match="'u9:title' is not a change of this diff"):
        diff.to_excel(tmp_path / "none.xlsx", change_ids=["u9:title"])


def test_a_file_that_is_no_such_spreadsheet_is_refused(diff, sheet, tmp_path):
    (tmp_path / "notes.xlsx").write_text("title")
    with pytest.raises(SelectionError, match="cannot be read as a spreadsheet"):
        diff.select_from(tmp_path / "notes.xlsx")
    with pytest.raises(SelectionError, match="cannot be read as a spreadsheet"):
        diff.select_from(tmp_path / "nowhere.xlsx")
    sheet.cells["A1"].value = "mark"
    with pytest.raises(SelectionError, match="not exactly one column 'tick'"):
        sheet.select(diff)
