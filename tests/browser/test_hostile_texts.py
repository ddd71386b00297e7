"""Hostile texts are texts: in the widget, in the summary, in the spreadsheet and in the code."""

import ast
from html.parser import HTMLParser

import openpyxl
import pandas as pd
import pytest
from browser.stage import Stage
from hostile import HOSTILE
from playwright.sync_api import expect

import scimrecon as sr

NAMES = list(HOSTILE)
IDS = [f"u{at:02}" for at in range(len(NAMES))]
DRAWN = {"bdi", "div", "b", "table", "thead", "tbody", "tr", "th", "td", "p", "span", "i", "details", "summary", "style"}


@pytest.fixture(scope="module")
def diff():
    """Each text is a user's name, the value before, and the value after, with a mark."""
    texts = list(HOSTILE.values())
    users = pd.DataFrame({"id": IDS, "externalId": IDS, "userName": texts, "displayName": texts, "title": "Clerk"}, dtype="str")
    desired = pd.DataFrame({"externalId": IDS, "displayName": [f"{text}." for text in texts], "title": texts}, dtype="str")
    return sr.compare(desired, users, on="externalId")


def all_ticked(diff):
    preview = sr.Preview(diff)
    preview.tick(diff.changes.index[diff.tickable].tolist())
    return preview


def test_there_are_more_than_fifty_and_all_can_be_ticked(diff):
    assert len(NAMES) > 50
    assert set(diff.changes["user_id"]) == set(IDS)
    assert diff.tickable.sum() > 2 * len(NAMES) - 5


@pytest.mark.browser
def test_the_widget_draws_them_as_text_and_nothing_of_them_runs(page, diff):
    asked, dialogs = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    stage = Stage(page, all_ticked(diff))
    grid = stage.widget.get_by_role("grid")
    for top in range(0, 28 * len(diff.changes), 280):
        grid.evaluate("(grid, top) => { grid.scrollTop = top }", top)
        heights = stage.widget.evaluate(
            "el => [...el.querySelectorAll('.row:not(.header):not([hidden])')].map(row => row.getBoundingClientRect().height)"
        )
        assert set(heights) == {28}, "a text bends the table"
    stage.screenshot("preview-hostile.png")
    for view in ("By pattern", "By user", "Every change"):
        stage.widget.get_by_label("View").select_option(view)
        expect(grid).to_be_visible()
    for at in (0, 1, 7, NAMES.index("line ends"), NAMES.index("100 kB")):
        stage.preview.search(user=IDS[at])
        stage.tell()
        stage.row("title").locator(".user").click()
        page.keyboard.press("i")
        expect(stage.widget.locator(".drawer")).to_be_visible()
        page.keyboard.press("Escape")
    made = "img, script, svg, iframe, a, form, math, object, embed, base, meta, video, h1, [onerror], [onmouseover], [autofocus]"
    assert stage.widget.locator(made).count() == 0
    assert page.evaluate("window.__pwned") is None
    assert [url for url in asked if not url.startswith(("blob:", "data:"))] == []
    assert dialogs == []


def test_the_summary_and_the_frames_show_no_markup_of_theirs(diff):
    preview = sr.Preview(diff)
    summary = preview._table.summary()
    assert not any(text in summary for text in HOSTILE.values() if len(text) > 3)
    for page in (summary, diff._repr_html_()):
        tags = Tags()
        tags.feed(page)
        assert tags.seen <= DRAWN
        assert tags.attributes <= {"class", "style"}
        assert len(page) < 60_000


def test_no_cell_of_the_spreadsheet_is_a_formula_and_all_marks_come_back(diff, tmp_path):
    path = tmp_path / "approve.xlsx"
    diff.to_excel(path)
    book = openpyxl.load_workbook(path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]

    changes = book["changes"]
    columns = {cell.value: cell.column for cell in changes[1]}
    tickable = set(diff.changes.index[diff.tickable])
    for row in range(2, changes.max_row + 1):
        if changes.cell(row, columns["change_id"]).value in tickable:
            changes.cell(row, columns["tick"]).value = "x"
    book.save(path)
    selection = diff.select_from(path)
    told = selection.choices[selection.choices["state"] != "same"]
    assert told.empty, told[["change_id", "state", "reason"]].to_string()
    assert set(selection.changes.index) == tickable


def test_the_code_is_literals_and_makes_the_same_selection(diff):
    preview = all_ticked(diff)
    first = diff.changes.index[diff.tickable & (diff.changes["path"] == "title")]
    for change_id, text in zip(first, reversed(HOSTILE.values()), strict=False):
        if len(text) < 20_000:
            preview.edit(change_id, text)
    code = preview.code()
    called = {ast.unparse(node.func) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)}
    assert called <= {"diff.alike", "diff.edit", "diff.select"}
    names = {"diff": diff}
    exec(code, names)  # noqa: S102 - it is what the preview wrote
    pd.testing.assert_frame_equal(names["selection"].changes, preview.selection.changes)


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self):
        super().__init__()
        self.seen, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes |= {name for name, _ in attrs}
