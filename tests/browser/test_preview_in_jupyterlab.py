"""The preview and the apply view as an analyst meets them: in a notebook, with a mouse and a keyboard."""

import json
import re

import nbformat
import pytest
from nbconvert import HTMLExporter
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.__pwned=1">'

CONNECT = f"""
import pandas as pd
import scimrecon as sr

people = [
    ("alma", "Alma Reyes", "Engineer", "Sales"), ("brid", "Bríd O'Brien", "Clerk", "Sales"),
    ("chen", "Chen Li", "Chef", "Kitchen"), ("dina", {HOSTILE!r}, "Chef", "Kitchen"), ("emre", "Emre Ak", "Porter", "Hall"),
]
server = sr.sandbox.start("rfc7644", users=[
    {{"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": name, "displayName": shown,
      "title": title, "nickName": name[:2], "active": True}}
    for name, shown, title, department in people
])
target = sr.connect(server)
users = sr.fetch_users(target)
desired = pd.DataFrame({{
    "userName": ["alma", "brid", "chen", "dina", "emre"],
    "displayName": ["Alma Reyes", "Bríd O'Brien", "Chen Li", {HOSTILE!r} + "!", "Emre Ak"],
    "title": ["Lead\\nEngineer", "Senior Clerk", "Sous Chef", "Sous Chef", "Porter"],
    "nickName": ["al", "bee", "che", "di", "em"],
    "active": ["true", "true", "false", "true", "true"],
}}, dtype="str")
diff = sr.compare(desired, users, on=["userName"])
"""
SHOW = "preview = sr.Preview(diff)\npreview"
CHOSEN = 'print("chosen:", *sorted(preview.selection.changes.index.map(name_of)))'
PLAN = """
plan = sr.plan_puts(preview.selection, target)
print("chosen:", *sorted(plan.changes.index.map(name_of)))
print(*sorted(plan.requests["user_name"] + "=" + plan.requests["paths"].str.replace(", ", "+")))
plan.requests
"""
NAMES = """
user_names = dict(zip(diff.changes["user_id"], diff.changes["user_name"]))
def name_of(change_id):
    change = diff.changes.loc[change_id]
    return user_names[change["user_id"]] + ":" + change["path"]
"""


def preview_of(notebook):
    notebook.run(0)
    notebook.run(1)
    widget = notebook.page.locator(".scimrecon-preview")
    expect(widget.locator(".row:not(.header) .user").first).not_to_be_empty()
    return widget


def row_of(widget, user, path):
    return widget.locator(".row:not(.header)").filter(has_text=user).filter(has=widget.page.get_by_text(path, exact=True))


def chosen(notebook, at=2):
    return notebook.run(at).removeprefix("chosen:").split()


def test_what_is_ticked_with_the_mouse_and_by_filter_is_what_the_next_cell_plans(open_notebook):
    notebook = open_notebook("preview.ipynb", [CONNECT + NAMES, SHOW, PLAN])
    widget = preview_of(notebook)
    expect(widget.locator(".counts")).to_have_text(re.compile(r"^0 of \d+ changes ticked, 0 users$"))
    widget.locator(".note").hover()  # into view
    notebook.screenshot("preview-opened.png")

    row_of(widget, "brid", "nickName").get_by_role("checkbox").click()
    expect(widget.locator(".counts")).to_contain_text("1 of")
    row_of(widget, "dina", "displayName").get_by_role("checkbox").click()
    expect(widget.locator(".counts")).to_contain_text("2 of")
    widget.get_by_label("Attribute", exact=True).select_option(label="title (4)")
    expect(widget.get_by_role("button", name="Tick all filtered (4)")).to_be_enabled()
    widget.get_by_role("button", name="Tick all filtered (4)").click()
    expect(widget.locator(".counts")).to_contain_text("6 of")
    notebook.screenshot("preview-ticked.png")

    changes, requests = notebook.run(2).splitlines()
    assert changes == "chosen: alma:title brid:nickName brid:title chen:title dina:displayName dina:title"
    assert requests == "alma=title brid=nickName+title chen=title dina=displayName+title"
    assert notebook.page.evaluate("window.__pwned") is None


@pytest.mark.parametrize("over", ["perCommTarget", "disabled"])
def test_ticks_made_while_a_cell_runs_are_not_lost(open_notebook, lab, over):
    # By JupyterLab's settings and ipykernel's version a widget is called on a thread beside the cell, or after it.
    lab.set("apputils-extension/kernels-settings", commsOverSubshells=over)
    notebook = open_notebook(f"busy-{over}.ipynb", [CONNECT + NAMES, SHOW, "import time; time.sleep(2)", CHOSEN])
    widget = preview_of(notebook)
    notebook.start(2)
    row_of(widget, "brid", "nickName").get_by_role("checkbox").click()
    row_of(widget, "dina", "displayName").get_by_role("checkbox").click()
    notebook.finish(2)
    expect(widget.locator(".counts")).to_contain_text("2 of")
    assert chosen(notebook, at=3) == ["brid:nickName", "dina:displayName"]
    lab.set("apputils-extension/kernels-settings", commsOverSubshells="perCommTarget")


SLOW = """
plan = sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow={"users": 5})
view = sr.ApplyView(plan, target, rate=10)  # requests a second
view
"""
BUSY = """
import time
ends = time.monotonic() + PATIENCE_S
while view.results is None and time.monotonic() < ends:
    time.sleep(0.1)
print("sent meanwhile:", view.results is not None)
"""
SENT = 'print(view.wait(120), view.results.frame["outcome"].value_counts().to_dict())'


@pytest.mark.parametrize("over", ["perCommTarget", "disabled"])
def test_a_run_begun_with_a_click_goes_on_and_is_told_while_a_cell_runs(open_notebook, lab, over):
    lab.set("apputils-extension/kernels-settings", commsOverSubshells=over)
    patience_s = "6" if over == "perCommTarget" else "60"  # there the cell may have to end before the click is heard
    notebook = open_notebook(f"apply-{over}.ipynb", [CONNECT, SLOW, BUSY.replace("PATIENCE_S", patience_s), SENT])
    notebook.run(0)
    notebook.run(1)
    widget = notebook.page.locator(".scimrecon-panel")
    if over == "perCommTarget":  # a click is heard beside the cell once JupyterLab has a thread for it; else when it has ended
        notebook.start(2)
    widget.get_by_role("textbox").fill("4")
    widget.get_by_role("button", name="Send").click()
    expect(widget.locator(".counts")).to_have_text("Sending.")
    if over == "disabled":
        notebook.start(2)
    expect(widget.locator(".pace")).to_contain_text("of 4 users")
    expect(widget.locator(".made")).to_have_text("Sent: 4 applied.")
    told = notebook.finish(2)
    assert over == "perCommTarget" or told == "sent meanwhile: True"
    assert notebook.run(3) == "True {'applied': 4}"
    lab.set("apputils-extension/kernels-settings", commsOverSubshells="perCommTarget")


def test_markup_in_a_value_is_text(open_notebook):
    notebook = open_notebook("hostile.ipynb", [CONNECT + NAMES, SHOW, CHOSEN])
    widget = preview_of(notebook)
    expect(widget.locator("del").get_by_text(HOSTILE, exact=True)).to_be_visible()
    summary = notebook.cell(1).locator("[data-mime-type='text/html']")
    expect(summary).to_contain_text("displayName")
    expect(summary).not_to_contain_text("onerror")
    assert widget.locator("img").count() == summary.locator("img").count() == 0
    assert notebook.page.evaluate("window.__pwned") is None


def test_a_saved_notebook_keeps_the_summary_and_no_value(open_notebook, lab):
    notebook = open_notebook("saved.ipynb", [CONNECT, SHOW])
    preview_of(notebook)
    notebook.save()
    saved = nbformat.read(lab.folder / "saved.ipynb", as_version=4)
    kept = json.dumps([saved.cells[1].outputs, saved.metadata])
    assert "Changes by attribute and kind" in kept
    assert "Clerk" not in kept
    assert "onerror" not in kept
    html, _ = HTMLExporter(embed_images=False).from_notebook_node(saved)
    assert "Changes by attribute and kind" in html


MANY = """
import pandas as pd
import scimrecon as sr

users = pd.DataFrame({"id": [f"{at:06}" for at in range(100_000)], "title": None, "nickName": None, "locale": None})
users["userName"] = "user " + users["id"]
desired = users[["userName"]].assign(title="Clerk", nickName="x", locale="en")
diff = sr.compare(desired.astype("str"), users.astype("str"), on="userName")
"""


def test_all_of_many_rows_can_be_reached_and_ticked(open_notebook):
    notebook = open_notebook("many.ipynb", [MANY, SHOW, "print(len(preview.ticked), preview.ticked[-1])"])
    widget = preview_of(notebook)
    expect(widget.locator(".counts")).to_have_text("0 of 300,000 changes ticked, 0 users")
    users = widget.locator(".row:not(.header):not([hidden]) .user")
    keys = notebook.page.keyboard
    widget.get_by_role("grid").focus()
    keys.press("Control+End")
    expect(users.last).to_have_text("user 099999")
    keys.press("Space")
    expect(widget.locator(".counts")).to_contain_text("1 of")
    assert notebook.run(2).split() == ["1", "099999:title"]

    widget.get_by_role("grid").evaluate("grid => { grid.scrollTop = grid.scrollHeight / 2 }")
    expect(users.first).to_have_text(re.compile("user 0(49|50)"))
    expect(users.last).to_have_text(re.compile("user 0(49|50)"))
    keys_shown = widget.locator(".row:not(.header):not([hidden])").all_inner_texts()
    assert keys_shown == sorted(keys_shown)
    widget.get_by_role("grid").focus()
    keys.press("Control+Home")
    keys.press("ArrowDown")
    keys.press("PageDown")
    expect(widget.locator(".row.active .user")).to_have_text(re.compile("user 00000[3-6]"))
    keys.press("Control+Home")
    expect(users.first).to_have_text("user 000000")
    widget.get_by_role("button", name="Tick all filtered (300,000)").click()
    expect(widget.locator(".counts")).to_have_text("300,000 of 300,000 changes ticked, 100,000 users")
    notebook.screenshot("preview-many.png")


def test_the_keyboard_ticks_edits_and_leaves(open_notebook):
    edits = 'print("chosen:", *preview.edits.values(), *preview.selection.changes["after"])'
    notebook = open_notebook("keys.ipynb", [CONNECT + NAMES, SHOW, CHOSEN, edits])
    widget = preview_of(notebook)
    keys = notebook.page.keyboard
    widget.get_by_placeholder("Search").fill("senior")
    expect(widget.locator(".counts")).to_contain_text("1 shown")
    widget.get_by_role("grid").focus()
    keys.press("Space")
    expect(widget.locator(".counts")).to_contain_text("1 of")
    keys.press("Enter")
    editor = widget.locator("textarea")
    expect(editor).to_have_value("Senior Clerk")
    keys.type("Principal")
    keys.press("Escape")
    expect(editor).to_have_count(0)
    expect(row_of(widget, "brid", "title").locator("ins")).to_have_text("Senior Clerk")
    keys.press("Enter")
    expect(editor).to_be_focused()
    keys.type("Principal")
    keys.press("Enter")
    expect(row_of(widget, "brid", "title").locator("ins")).to_have_text("Principal")
    expect(widget.get_by_role("grid")).to_be_focused()
    notebook.screenshot("preview-edited.png")
    keys.press("Escape")
    expect(widget.get_by_role("grid")).not_to_be_focused()
    assert chosen(notebook) == ["brid:title"]
    assert notebook.run(3).split() == ["chosen:", "Principal", "Principal"]


UNKNOWN_MANAGER = """
import pandas as pd
import scimrecon as sr

users = pd.DataFrame({"id": ["u1", "u2"], "userName": ["alma", "brid"], "manager.value": [None, None]}, dtype="str")
desired = pd.DataFrame({"userName": ["alma"], "manager.value": ["E9"]}, dtype="str")
diff = sr.compare(desired, users, on="userName")
"""


def test_a_value_that_cannot_be_sent_keeps_the_editor_open_until_it_can(open_notebook):
    notebook = open_notebook("invalid.ipynb", [UNKNOWN_MANAGER, SHOW, 'print(preview.selection.changes["after"].to_dict())'])
    widget = preview_of(notebook)
    keys = notebook.page.keyboard
    row = row_of(widget, "alma", "manager.value")
    expect(row.get_by_role("checkbox")).to_be_disabled()
    row.locator(".after").dblclick()
    expect(widget.locator("textarea")).to_have_value("E9")
    keys.type("E8")
    keys.press("Enter")
    expect(widget.locator(".note")).to_contain_text("must be the id of a user of the target")
    notebook.screenshot("preview-refused.png")
    expect(widget.locator("textarea")).to_be_focused()
    keys.press("Control+a")
    keys.type("u2")
    keys.press("Enter")
    expect(row.locator("ins")).to_have_text("u2")
    keys.press("Space")
    expect(widget.locator(".counts")).to_contain_text("1 of 1 change ticked, 1 user")
    assert notebook.run(2) == "{'u1:manager.value': 'u2'}"


def test_a_locked_change_cannot_be_ticked_and_says_why(open_notebook):
    notebook = open_notebook("locked.ipynb", [CONNECT + NAMES, SHOW, CHOSEN])
    widget = preview_of(notebook)
    row = row_of(widget, "chen", "active")
    expect(row.get_by_role("checkbox")).to_be_disabled()
    row.locator(".path").click()
    expect(widget.locator(".note")).to_contain_text("unlock=['active']")
    notebook.page.keyboard.press("Space")
    notebook.page.wait_for_timeout(300)
    expect(widget.locator(".counts")).to_contain_text("0 of")
    notebook.screenshot("preview-locked.png")


def test_code_and_browser_share_one_state_also_in_a_dark_theme(open_notebook, lab):
    lab.set("apputils-extension/themes", theme="JupyterLab Dark")
    code = 'preview.search(path="nickName"); preview.sort("user_name", descending=True); preview.tick_filtered()\n' + CHOSEN
    notebook = open_notebook("dark.ipynb", [CONNECT + NAMES, SHOW, code])
    widget = preview_of(notebook)
    assert chosen(notebook) == ["brid:nickName", "chen:nickName"]
    expect(widget.locator(".row:not(.header) .user")).to_have_text(["chen", "brid", *[""] * 13])
    expect(widget.locator(".row.ticked")).to_have_count(2)
    widget.locator(".counts").hover()  # into view
    notebook.screenshot("preview-dark.png")
    lab.set("apputils-extension/themes", theme="JupyterLab Light")
