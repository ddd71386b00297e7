"""What was ticked outlives the page, the kernel and the server."""

import os
import re
import signal

import pytest
from browser.conftest import Notebook, new_page
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

DIFF = """
import pandas as pd
import scimrecon as sr

users = pd.DataFrame({"id": ["u1", "u2", "u3"], "userName": ["alma", "brid", "chen"], "title": "Clerk"}, dtype="str")
desired = users[["userName"]].assign(title=["Chef", "Cook", "Porter"]).astype("str")
diff = sr.compare(desired, users, on="userName")
"""
SHOW = "preview = sr.Preview(diff)\npreview"
TICKED = "print(*preview.ticked, *preview.edits.values())"


def preview_of(page):
    widget = page.locator(".scimrecon-preview")
    expect(widget.locator(".row:not(.header) .user").first).not_to_be_empty()
    return widget


def row_of(widget, user):
    return widget.locator(".row:not(.header)").filter(has_text=user)


def tick(widget, *users):
    for user in users:
        row_of(widget, user).get_by_role("checkbox").click()
        expect(row_of(widget, user).get_by_role("checkbox")).to_be_checked()


def test_a_reloaded_page_and_a_second_tab_show_the_same_ticks(open_notebook, lab, browser):
    notebook = open_notebook("reload.ipynb", [DIFF, SHOW, TICKED])
    notebook.run(0)
    notebook.run(1)
    tick(preview_of(notebook.page), "alma")
    notebook.save()
    notebook.reload()
    widget = preview_of(notebook.page)
    expect(widget.locator(".counts")).to_contain_text("1 of 3 changes ticked")

    tab = new_page(browser)
    try:
        other = Notebook(tab, lab, "reload.ipynb")
        seen = preview_of(other.page)
        expect(seen.locator(".counts")).to_contain_text("1 of 3 changes ticked")
        tick(seen, "chen")
        expect(widget.locator(".counts")).to_contain_text("2 of 3 changes ticked")
        other.screenshot("preview-second-tab.png")
    finally:
        tab.close()
    assert notebook.run(2) == "u1:title u3:title"


def test_a_restarted_kernel_is_told_of_and_the_new_preview_offers_what_was_ticked(open_notebook):
    notebook = open_notebook("restart.ipynb", [DIFF, SHOW, TICKED, "preview._keeper.flush()"])
    notebook.run(0)
    notebook.run(1)
    tick(preview_of(notebook.page), "alma", "brid")
    notebook.run(3)
    notebook.restart_kernel()
    widget = preview_of(notebook.page)
    row_of(widget, "chen").get_by_role("checkbox").click()
    expect(widget.locator(".notice")).to_contain_text("The kernel does not answer")
    notebook.screenshot("preview-kernel-gone.png")

    notebook.run(0)
    notebook.run(1)
    widget = preview_of(notebook.page)
    expect(widget.locator(".notice")).to_contain_text(re.compile("^2 choices made here until .* were kept"))
    expect(widget.locator(".counts")).to_contain_text("0 of 3")
    notebook.screenshot("preview-offered.png")
    widget.get_by_role("button", name="Take them up").click()
    expect(widget.locator(".counts")).to_contain_text("2 of 3 changes ticked")
    expect(widget.locator(".notice")).to_be_hidden()
    assert notebook.run(2) == "u1:title u2:title"


def test_a_lost_server_is_told_of_and_the_ticks_are_there_when_it_is_back(open_notebook, lab):
    notebook = open_notebook("lost.ipynb", [DIFF, SHOW, TICKED])
    notebook.run(0)
    notebook.run(1)
    widget = preview_of(notebook.page)
    tick(widget, "alma")
    os.kill(lab.pid, signal.SIGSTOP)
    try:
        row_of(widget, "chen").get_by_role("checkbox").click()
        expect(widget.locator(".notice")).to_contain_text("The kernel does not answer")
    finally:
        os.kill(lab.pid, signal.SIGCONT)
    expect(widget.locator(".counts")).to_contain_text("2 of 3 changes ticked")
    expect(widget.locator(".notice")).to_be_hidden()
    assert notebook.run(2) == "u1:title u3:title"
