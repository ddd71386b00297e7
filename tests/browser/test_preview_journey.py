"""A whole decision, as an analyst takes it: in JupyterLab, and in Notebook 7."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

ARABIC = "مهندس أول"
MAKE = f"""
import openpyxl
import pandas as pd
import scimrecon as sr

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
server = sr.sandbox.start("rfc7644", users=[
    {{"schemas": [CORE], "userName": f"person{{at:02}}@example.com", "displayName": f"Person {{at}}", "title": "Clerk",
      "nickName": "nick", "active": True}}
    for at in range(30)
])
target = sr.connect(server)
users = sr.fetch_users(target)
desired = users.frame[["userName"]].sort_values("userName", ignore_index=True).assign(
    title="Engineer", nickName=[""] * 9 + ["nick"] * 21, active=["false"] * 7 + ["true"] * 23
).astype("str")
desired.loc[3, "title"] = {ARABIC!r}
desired.loc[4, "title"] = "Principal engineer of " + "very " * 60 + "long standing"
diff = sr.compare(desired, users, on="userName", unlock=["active"], protect=["person29@example.com"])
"""
SHOW = "preview = sr.Preview(diff)\npreview"
AGAIN = """
preview.save("titles.choices")
again = sr.Preview(diff, choices="titles.choices")
later = sr.Preview(sr.compare(desired.assign(title="Chef"), users, on="userName", unlock=["active"]), choices="titles.choices")
print(len(preview.ticked), again.ticked == preview.ticked, again.edits == preview.edits)
print(later.rebased["state"].value_counts().to_dict())
"""
SHEET = """
diff.to_excel("approve.xlsx")
book = openpyxl.load_workbook("approve.xlsx")
sheet = book["changes"]
at = {cell.value: cell.column for cell in sheet[1]}
# Ids, and with them the order of the rows, are made anew in each run.
rows = {sheet.cell(row, at["user_name"]).value: row for row in range(2, sheet.max_row + 1)}
chosen = [rows[f"person{number}@example.com"] for number in (10, 11, 12)]
for row in chosen:
    sheet.cell(row, at["tick"]).value = "x"
sheet.cell(chosen[1], at["after"]).value = "Somebody's idea"
book.save("approve.xlsx")
approved = diff.select_from("approve.xlsx")
print(len(approved.changes), sorted(approved.choices["state"]))
"""
CODE = """
told = {"diff": diff}
exec(preview.code(), told)
print(told["selection"].changes.equals(preview.selection.changes))
plan = sr.plan_puts(preview.selection, target, allow={"users": 30, "clears": 9, "deactivations": 7})
print(len(plan.requests))
server.stop()
"""


@pytest.mark.parametrize("under", ["lab/tree", "notebooks"])
def test_changes_are_looked_at_narrowed_ticked_edited_kept_and_planned(open_notebook, under):
    name = under.partition("/")[0]
    notebook = open_notebook(f"journey-{name}.ipynb", [MAKE, SHOW, AGAIN, SHEET, CODE], under)
    notebook.run(0)
    notebook.run(1)
    page, keys = notebook.page, notebook.page.keyboard
    widget = page.locator(".scimrecon-preview")
    counts, grid = widget.locator(".counts"), widget.get_by_role("grid")
    rows = widget.locator(".row:not(.header):not([hidden])")
    expect(counts).to_have_text("0 of 46 changes ticked, 0 users")

    # patterns: a whole one is ticked, taken back, and made again with the keyboard
    widget.get_by_label("View").select_option("By pattern")
    pattern = rows.filter(has_text="title: Clerk → Engineer")
    pattern.get_by_role("checkbox").click()
    expect(counts).to_contain_text("27 of 46 changes ticked, 27 users")
    expect(widget.locator(".standing .over")).to_contain_text("27 with a value overwritten: over 6")
    notebook.screenshot(f"journey-{name}-patterns.png")
    widget.get_by_role("button", name="Undo").click()
    expect(counts).to_contain_text("0 of 46")
    grid.focus()
    keys.press("Control+Shift+Z")
    expect(counts).to_contain_text("27 of 46")

    # users and attributes, facets, search, sort
    widget.get_by_label("View").select_option("By user")
    widget.get_by_placeholder("Search").fill("person00")
    expect(rows.first.locator(".group")).to_have_text("person00@example.com")
    rows.first.get_by_role("checkbox").click()
    expect(counts).to_contain_text("29 of 46")
    widget.get_by_role("button", name="Clear filters").click()
    widget.get_by_label("View").select_option("By attribute")
    expect(widget.get_by_role("grid", name="Changes by attribute")).to_be_visible()
    expect(rows.filter(has_text="nickName").locator(".changes")).to_have_text("9")
    widget.get_by_label("View").select_option("Every change")
    widget.get_by_label("Flag").select_option("deactivation (7)")
    expect(counts).to_contain_text("7 shown")
    widget.get_by_role("button", name="Tick all filtered (7)").click()
    expect(widget.locator(".standing")).to_contain_text("7 deactivations: over 5")
    widget.get_by_role("button", name="Clear filters").click()
    widget.get_by_placeholder("Search").fill("person29")
    expect(counts).to_contain_text("1 shown")
    expect(rows.first.locator(".why")).to_contain_text("protected")
    expect(rows.first.get_by_role("checkbox")).to_be_disabled()
    widget.get_by_placeholder("Search").fill("")
    widget.get_by_role("columnheader", name="User").click()
    widget.get_by_role("columnheader", name="User").click()
    expect(rows.first.locator(".user")).to_have_text("person29@example.com")
    widget.get_by_role("columnheader", name="User").click()

    # an edit, right-to-left and long values, and one user whole
    widget.get_by_placeholder("Search").fill("person03")
    edited = rows.filter(has_text=ARABIC)
    edited.locator(".after").dblclick()
    expect(widget.locator("textarea")).to_be_focused()
    keys.press("Control+a")
    keys.type("Head of engineering")
    keys.press("Enter")
    expect(rows.locator("ins").get_by_text("Head of engineering")).to_be_visible()
    widget.get_by_placeholder("Search").fill("very long")
    expect(counts).to_contain_text("1 shown")
    rows.first.locator(".user").click()
    keys.press("Space")
    keys.press("i")
    drawer = widget.locator(".drawer")
    expect(drawer).to_contain_text('"title": "Principal engineer of')
    expect(drawer).to_contain_text("nickName")
    notebook.screenshot(f"journey-{name}-user.png")
    keys.press("Escape")
    expect(drawer).to_be_hidden()
    widget.get_by_role("button", name="Clear filters").click()
    expect(counts).to_have_text(re.compile(r"36 of 46 changes ticked, \d+ users · 1 edited"))

    assert notebook.run(2).splitlines()[0] == "36 True True"
    assert "'changed'" in notebook.run(2).splitlines()[1]
    assert notebook.run(3) == "2 ['changed', 'same', 'same']"
    assert notebook.run(4).splitlines() == ["True", "29"]
