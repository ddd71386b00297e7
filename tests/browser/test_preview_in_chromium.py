"""What the preview's module draws and sends, in a bare page before the real state: no JupyterLab, so a second or two each."""

from pathlib import Path

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


HOSTILE = '<img src=x onerror="window.__pwned=1">'
ARABIC = "محمد \u202eعلي"
PEOPLE = [
    {"userName": "obrien", "displayName": HOSTILE, "title": "Engineer", "nickName": "bri", "active": True,
     "emails": [{"value": "o@example.com", "primary": True}]},
    {"userName": "محمد", "displayName": "محمد علي", "title": "مهندس", "nickName": "m", "active": True},
    {"userName": "long" * 30 + "@example.com", "title": "x" * 700, "nickName": "n", "active": True},
    {"userName": "ng", "title": "Chef", "active": True},
]  # fmt: skip


@pytest.fixture(scope="module")
def varied_diff():
    """Long, right-to-left and hostile values; an edit, a clear, a locked and an unresolved change."""
    with sr.sandbox.start("rfc7644", users=PEOPLE) as server:
        users = sr.fetch_users(sr.connect(server))
    desired = pd.DataFrame(
        {
            "userName": [person["userName"] for person in PEOPLE],
            "displayName": [HOSTILE + "!", ARABIC, None, None],
            "title": ["Lead", "كبير المهندسين", "y" * 700, "Cook"],
            "nickName": ["", "mo", None, None],
            "active": ["false", "true", "true", "true"],
            "manager.value": [None, "E9", None, None],
        },
        dtype="str",
    )
    return sr.compare(desired, users, on="userName")


def test_a_user_is_shown_with_the_put_of_the_ticks_and_its_story(page, varied_diff):
    stage = Stage(page, sr.Preview(varied_diff))
    widget, keys = stage.widget, page.keyboard
    stage.row("obrien", "title").get_by_role("checkbox").click()
    keys.press("i")
    drawer = widget.get_by_role("region", name="One user")
    expect(drawer.get_by_role("heading")).to_have_text("obrien: PUT of title")
    expect(drawer.locator("pre ins")).to_have_text('+   "title": "Lead",')
    expect(drawer.locator("pre del")).to_have_text('-   "title": "Engineer",')
    expect(drawer.get_by_role("table", name="title (ticked)")).to_contain_text('if ticked, carries title as "Lead"')
    stage.screenshot("preview-drawer.png")
    widget.get_by_role("button", name="Undo").click()
    expect(drawer.get_by_role("heading")).to_have_text("obrien: no PUT: nothing is ticked")
    widget.get_by_role("button", name="Close").click()
    expect(drawer).to_be_hidden()
    expect(widget.get_by_role("grid")).to_be_focused()
    keys.press("i")
    expect(drawer.locator(".drawer-body")).to_be_focused()
    keys.press("Escape")
    expect(widget.get_by_role("grid")).to_be_focused()
    assert widget.locator("img").count() == 0
    assert page.evaluate("window.__pwned") is None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_view(page, varied_diff, axe, theme):
    stage = Stage(page, sr.Preview(varied_diff), theme)
    stage.preview.tick_filtered()
    stage.preview.edit(stage.preview.ticked[0], "Edited")
    stage.tell()
    assert axe(page) == []
    stage.screenshot(f"preview-{theme}.png")
    stage.row("obrien", "title").locator(".user").click()
    page.keyboard.press("i")
    expect(stage.widget.get_by_role("region", name="One user")).to_be_visible()
    assert axe(page) == []
    stage.screenshot(f"preview-{theme}-drawer.png")
    for view in ("By pattern", "By user"):
        stage.widget.get_by_label("View").select_option(view)
        expect(stage.widget.get_by_role("grid", name="Changes by")).to_be_visible()
        assert axe(page) == []
    stage.preview.search("nobody has this")
    stage.tell()
    assert axe(page) == []
    stage.screenshot(f"preview-{theme}-empty.png")


def test_a_narrow_cell_hides_nothing_that_cannot_be_scrolled_to(page, varied_diff):
    stage = Stage(page, sr.Preview(varied_diff), width=420)
    main = page.locator("main")
    assert main.evaluate("el => el.scrollWidth <= el.clientWidth"), "the widget stays within its cell"
    grid = stage.widget.get_by_role("grid")
    grid.focus()
    for _ in range(7):
        page.keyboard.press("ArrowRight")
    seen = "cell => { const c = cell.getBoundingClientRect(), g = cell.closest('.grid').getBoundingClientRect();"
    seen += " return c.left >= g.left - 1 && c.right <= g.right + 1 }"
    expect(stage.widget.locator(".row.active .cell.active.why")).to_be_visible()
    assert stage.widget.locator(".row.active .cell.active").evaluate(seen), "the active cell is in view"
    stage.screenshot("preview-narrow.png")


def test_before_and_after_differ_without_colour(stage):
    del_, ins = stage.widget.locator(".before del").first, stage.widget.locator(".after ins").first
    expect(del_).to_have_css("text-decoration-line", "line-through")
    expect(ins).to_have_css("text-decoration-line", "underline")
    expect(stage.widget.locator(".after .missing").first).to_have_text("cleared")


def test_the_readmes_picture_shows_the_sample_as_it_is_drawn(page):
    """It writes .screenshots/preview-readme.png: copy that to notebooks/preview.png when the preview's looks have changed."""
    root = Path(__file__).parents[2]
    data = root / "data" / "sample"
    export = sr.read_export(data / "workday.csv")
    desired = sr.map_users(export, {**export.mapping, "title": sr.column("Job_Title", on_blank="clear")})
    with sr.sandbox.start("rfc7644", users=data / "rfc7644_users.json") as server:
        users = sr.fetch_users(sr.connect(server))
    preview = sr.Preview(sr.compare(desired, users, on=["externalId", "userName"], region="GB"))
    stage = Stage(page, preview, width=1000)
    preview.tick(preview.diff.changes.index[preview.diff.tickable & preview.diff.changes["path"].isin(["title", "department"])])
    preview.search("example.com", path="title")
    preview.sort("after")
    stage.tell()
    expect(stage.widget.locator(".row.ticked").first).to_be_visible()
    stage.screenshot("preview-readme.png")
    kept = (root / "notebooks" / "preview.png").read_bytes()
    assert kept.startswith(b"\x89PNG")
    assert len(kept) < 200_000
    assert "notebooks/preview.png" in (root / "README.md").read_text()
