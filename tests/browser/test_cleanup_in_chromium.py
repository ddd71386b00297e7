"""What the cleanup's module draws and sends, in a bare page before the real state: no JupyterLab, so a second or two each."""

import pandas as pd
import pytest
from browser.stage import Stage
from playwright.sync_api import expect

import scimrecon as sr

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.__pwned=1">'
ROWS = pd.DataFrame(
    {
        "Department": ["R&D"] * 3 + ["R & D", "RD", "IT", "IT", "it ", "N/A", None, HOSTILE, "محمد \u202eعلي"],
        "Name": ["Ng, An"] * 11 + [HOSTILE],
        f"{HOSTILE} column": ["x"] * 12,
    },
    dtype="str",
)


@pytest.fixture
def stage(page):
    return Stage(page, sr.Cleanup(ROWS))


def find_clusters(stage, method):
    stage.widget.get_by_label("Find clusters by").select_option(method)
    stage.widget.get_by_role("button", name="Find clusters").click()
    stage.preview._search.wait(30)
    stage.tell()
    expect(stage.widget.get_by_role("grid", name="Clusters")).to_be_visible()


def department(stage):
    return stage.preview.export["Department"].value_counts().to_dict()


def test_a_person_ticks_merges_takes_back_and_reads_what_was_done(stage):
    widget = stage.widget
    expect(widget.locator(".counts")).to_contain_text("8 values · 1 blank cell")
    stage.row("R & D").get_by_role("checkbox").click()
    stage.row("RD").get_by_role("checkbox").click()
    widget.get_by_label("New value for the ticked ones").fill("R&D")
    widget.get_by_role("button", name="Merge ticked (2)").click()
    expect(stage.row("R&D").locator(".cells")).to_have_text("5")
    expect(stage.row("R&D").locator(".was")).to_have_text("R & D; RD")
    recipe = widget.get_by_role("region", name="Recipe")
    expect(recipe.locator("code")).to_have_text("rows['Department'] = rows['Department'].replace({'R & D': 'R&D', 'RD': 'R&D'})")
    widget.get_by_role("button", name="Undo").click()
    expect(stage.row("RD")).to_have_count(1)
    expect(recipe.get_by_role("heading")).to_have_text("Recipe: no step yet")
    widget.get_by_role("button", name="Redo").click()
    widget.get_by_role("button", name="Trim").click()
    widget.get_by_label("Look at").select_option("may mean no value (1)")
    stage.row("N/A").get_by_role("checkbox").click()
    widget.get_by_role("button", name="Set blank").click()
    expect(recipe.get_by_role("listitem")).to_have_count(3)
    assert department(stage)["R&D"] == 5
    assert "N/A" not in department(stage)
    recipe.get_by_role("button", name="Leave out step 1").click()
    expect(recipe.get_by_role("listitem")).to_have_count(2)
    assert department(stage)["RD"] == 1
    stage.screenshot("cleanup-recipe.png")


def test_clusters_are_found_edited_and_merged_with_the_keyboard(stage):
    widget, keys = stage.widget, stage.page.keyboard
    find_clusters(stage, "ngram")
    grid = widget.get_by_role("grid", name="Clusters")
    expect(stage.row("R&D").locator(".was")).to_have_text("R&D (3) · RD (1) · R & D (1)")
    stage.screenshot("cleanup-clusters.png")
    grid.focus()
    keys.press("Enter")
    expect(widget.locator("textarea")).to_be_focused()
    keys.type("Research")
    keys.press("Enter")
    expect(stage.row("Research").locator(".many")).to_have_text("3")
    keys.press("Space")
    expect(widget.get_by_role("button", name="Merge ticked clusters (1)")).to_be_enabled()
    widget.get_by_role("button", name="Merge ticked clusters (1)").click()
    expect(stage.row("IT").locator(".was")).to_have_text("IT (2) · it␣ (1)")
    assert department(stage)["Research"] == 5
    grid.focus()
    keys.press("i")
    expect(widget.get_by_role("grid", name="Values")).to_be_visible()
    expect(widget.locator(".counts")).to_contain_text("2 shown")
    keys.press("Control+z")
    expect(widget.locator(".counts")).to_contain_text("2 clusters")
    assert department(stage)["RD"] == 1


def test_values_are_mapped_and_a_column_is_split_in_forms(stage):
    widget = stage.widget
    for value in ("IT", "it␣"):
        stage.row(value).get_by_role("checkbox").click()
    widget.get_by_role("button", name="Map…").click()
    form = widget.get_by_role("group", name="Map the ticked values in view")
    form.get_by_label("New value for IT", exact=True).fill("Technology")
    form.get_by_label("New value for it␣").fill("Technology")
    form.get_by_role("button", name="Apply").click()
    expect(stage.row("Technology").locator(".cells")).to_have_text("3")
    expect(form).to_be_hidden()
    widget.get_by_label("Column", exact=True).select_option("Name")
    widget.get_by_role("button", name="Split…").click()
    form = widget.get_by_role("group", name="Split the column")
    form.get_by_label("Separator").fill(",")
    form.get_by_label("Names of the new columns").fill("Last")
    form.get_by_role("button", name="Apply").click()
    expect(widget.locator(".note")).to_contain_text("two or more new columns")
    form.get_by_label("Names of the new columns").fill("Last | First")
    form.get_by_role("button", name="Apply").click()
    expect(form).to_be_hidden()
    widget.get_by_label("Column", exact=True).select_option("First")
    expect(stage.row("An").locator(".cells")).to_have_text("11")
    assert list(stage.preview.export.columns)[-2:] == ["Last", "First"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_any_view_and_hostile_texts_are_only_texts(page, axe, theme):
    stage = Stage(page, sr.Cleanup(ROWS), theme)
    stage.row("R&D").get_by_role("checkbox").click()
    stage.widget.get_by_role("button", name="Map…").click()
    assert axe(page) == []
    stage.screenshot(f"cleanup-{theme}.png")
    stage.widget.get_by_role("button", name="UPPER CASE").click()
    stage.widget.get_by_role("button", name="Split…").click()
    expect(stage.widget.get_by_role("group", name="Split the column")).to_be_visible()
    assert axe(page) == []
    stage.widget.get_by_role("button", name="Close").click()
    find_clusters(stage, "ngram")
    stage.widget.get_by_role("button", name="Tick all shown").click()
    assert axe(page) == []
    stage.preview.show("Name")
    stage.preview.search("nobody has this")
    stage.tell()
    expect(stage.widget.locator(".empty")).to_be_visible()
    assert axe(page) == []
    assert stage.widget.locator("img").count() == 0
    assert page.evaluate("window.__pwned") is None


def test_progress_is_shown_while_clusters_are_looked_for_and_can_be_cancelled(stage):
    widget = stage.widget
    expect(widget.get_by_role("progressbar")).to_be_hidden()
    stage.preview._send_state(searching=True)
    stage.preview._tell_progress(0.4)
    stage.tell()
    expect(widget.get_by_role("progressbar")).to_be_visible()
    expect(widget.get_by_role("progressbar")).to_have_js_property("value", 0.4)
    expect(widget.get_by_role("button", name="Find clusters")).to_be_disabled()
    widget.get_by_role("button", name="Cancel").click()
    assert stage.preview._search._stop.is_set()


def test_a_narrow_cell_hides_nothing_that_cannot_be_scrolled_to(page):
    stage = Stage(page, sr.Cleanup(ROWS), width=420)
    stage.preview.add(sr.recipes.Merge(column="Department", spellings={"R & D": "R&D" + "x" * 200}))
    stage.tell()
    assert page.locator("main").evaluate("el => el.scrollWidth <= el.clientWidth"), "the widget stays within its cell"
    stage.screenshot("cleanup-narrow.png")
