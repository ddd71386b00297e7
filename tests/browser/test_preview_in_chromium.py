"""What the preview's module draws and sends, in a bare page before the real state: no JupyterLab, so a second or two each."""

import pandas as pd
import pytest
from browser.stage import Stage
from playwright.sync_api import expect

import scimrecon as sr

pytestmark = pytest.mark.browser


def make_diff(many=40):
    """Everyone moves to Research and loses the nickname; a few are switched off."""
    ids = [f"u{at:03}" for at in range(many)]
    users = pd.DataFrame({"id": ids, "department": "R&D", "nickName": "nick", "active": "true", "title": None}, dtype="str")
    users["userName"] = [f"person{at:03}@example.com" for at in range(many)]
    desired = users[["userName"]].assign(
        department="Research", nickName="", title="Engineer", active=["false" if at < 8 else "true" for at in range(many)]
    )
    return sr.compare(desired.astype("str"), users, on="userName", unlock=["active"], protect=["person039@example.com"])


@pytest.fixture
def stage(page):
    return Stage(page, sr.Preview(make_diff()))


def test_a_pattern_is_ticked_as_a_whole_and_opened_with_enter(stage):
    widget, keys = stage.widget, stage.page.keyboard
    widget.get_by_label("View").select_option("By pattern")
    expect(stage.row("department: R&D → Research").locator(".tickable")).to_have_text("39")
    stage.row("department: R&D → Research").get_by_role("checkbox").click()
    expect(widget.locator(".counts")).to_contain_text("39 of 128 changes ticked, 39 users")
    assert {change_id.partition(":")[2] for change_id in stage.preview.ticked} == {"department"}
    stage.screenshot("preview-patterns.png")
    stage.row("department: R&D → Research").locator(".group").click()
    keys.press("Enter")
    expect(widget.get_by_label("View")).to_have_value("Every change")
    expect(widget.locator(".counts")).to_contain_text("40 shown")
    stage.row("person003@example.com").get_by_role("checkbox").click()
    widget.get_by_label("View").select_option("By pattern")
    box = stage.row("department: R&D → Research").get_by_role("checkbox")
    expect(box).to_have_js_property("indeterminate", True)
    widget.get_by_role("button", name="Clear filters").click()
    expect(stage.row("nickName cleared")).to_have_count(1)


def test_groups_by_user_and_attribute_are_ticked_with_the_keyboard(stage):
    widget, keys = stage.widget, stage.page.keyboard
    widget.get_by_label("View").select_option("By user")
    expect(stage.row("person000@example.com").locator(".such_as")).to_have_text("active, department, nickName, title")
    widget.get_by_role("grid", name="Changes by user").focus()
    keys.press("Space")
    expect(widget.locator(".counts")).to_contain_text("4 of 128 changes ticked, 1 user")
    keys.press("Control+z")
    expect(widget.locator(".counts")).to_contain_text("0 of 128")
    keys.press("Control+Shift+Z")
    expect(widget.locator(".counts")).to_contain_text("4 of 128")
    keys.press("Control+End")
    keys.press("Space")
    expect(widget.locator(".note")).to_contain_text("No change of this group can be ticked")
    keys.press("Enter")
    expect(stage.row("department").locator(".why")).to_have_text("protected: this user must not change")
    assert stage.preview.ticked == ["u000:active", "u000:department", "u000:nickName", "u000:title"]


def test_facets_narrow_by_status_flag_and_pattern_and_say_how_many(stage):
    widget = stage.widget
    widget.get_by_label("Flag").select_option("deactivation (8)")
    expect(widget.locator(".counts")).to_contain_text("8 shown")
    widget.get_by_label("Status").select_option("open (8)")
    widget.get_by_label("Pattern").select_option("active: true → false (8)")
    widget.get_by_role("button", name="Tick all filtered (8)").click()
    expect(widget.locator(".counts")).to_contain_text("8 of 128 changes ticked, 8 users")
    widget.get_by_role("button", name="Undo").click()
    expect(widget.locator(".counts")).to_contain_text("0 of 128")
    expect(widget.get_by_role("button", name="Undo")).to_be_disabled()
    widget.get_by_role("button", name="Redo").click()
    expect(widget.locator(".counts")).to_contain_text("8 of 128")


def test_the_line_below_says_which_limit_the_ticks_exceed(stage):
    widget = stage.widget
    expect(widget.locator(".standing")).to_have_text("0 of 40 matched users")
    widget.get_by_label("Attribute").select_option("department (40)")
    widget.get_by_role("button", name="Tick all filtered (39)").click()
    expect(widget.locator(".standing .over")).to_have_count(1)
    widget.get_by_role("button", name="Clear filters").click()
    widget.get_by_label("Flag").select_option("deactivation (8)")
    widget.get_by_role("button", name="Tick all filtered (8)").click()
    expect(widget.locator(".standing .over")).to_have_text(
        ["⚠ 39 with a value overwritten: over 8 (max(5, 20% of 40 matched users))",
         "⚠ 8 deactivations: over 5 (max(5, 2% of 40 matched users))"]
    )  # fmt: skip
    stage.screenshot("preview-over.png")
    widget.get_by_role("button", name="Undo").click()
    expect(widget.locator(".standing .over")).to_have_count(1)
