"""The panels as a person meets them, in a bare page before the real state: no JupyterLab, so a second or two each."""

import threading

import pandas as pd
import pytest
from browser.conftest import new_page
from browser.stage import Stage
from fake_scim import FakeScim, analyst, scim_error
from playwright.sync_api import expect
from resources import users_of

import scimrecon as sr

pytestmark = pytest.mark.browser

HOSTILE = '<img src=x onerror="window.__pwned=1">'
STAFF = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien"]


@pytest.fixture(scope="module")
def server():
    people = [analyst(user_id) for user_id in STAFF]
    people[4]["userName"] = HOSTILE + "@example.com"
    with FakeScim(people) as server:
        yield server


@pytest.fixture(scope="module")
def plan(server):
    target = sr.connect(server)
    desired = pd.DataFrame({"userName": [one["userName"] for one in server.users.values()], "title": "Lead"}, dtype="str")
    diff = sr.compare(desired, sr.fetch_users(target), on="userName")
    return sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 6})


@pytest.fixture(scope="module")
def results(server, plan, tmp_path_factory):
    server.faults = {"brand": scim_error(400, HOSTILE, scimType="invalidValue"), "dumas": scim_error(500, "no")}
    done = sr.apply_plan(plan, sr.connect(server), dry_run=False, concurrency=1, run=tmp_path_factory.mktemp("run") / "a.run")
    server.faults = {}
    return done


def assert_inert(page):
    assert page.locator("img").count() == 0
    assert page.evaluate("window.__pwned") is None


def test_two_failures_are_seen_and_retried_and_one_user_is_undone(page, results, server, axe):
    asked = len(server.asked("PUT"))
    stage = Stage(page, sr.ResultsView(results, target=sr.connect(server)))
    widget = stage.widget
    widget.get_by_label("Outcome").select_option("rejected (1)")
    widget.get_by_role("button", name="brand@example.com").click()
    drawer = widget.get_by_role("region", name="One user")
    expect(drawer.get_by_role("heading")).to_have_text("brand@example.com: rejected")
    expect(drawer).to_contain_text(HOSTILE)
    expect(drawer.locator(".drawer-body")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(widget.get_by_role("button", name="brand@example.com")).to_be_focused()
    widget.get_by_role("checkbox", name="brand").click()
    widget.get_by_label("Outcome").select_option("failed (1)")
    widget.get_by_role("button", name="Tick all shown (1)").click()
    expect(widget.locator(".counts")).to_contain_text("2 of 6 users ticked")
    widget.get_by_role("button", name="Prepare a retry").click()
    assert stage.preview.wait(120)
    stage.tell()
    expect(widget.locator(".made")).to_contain_text("1 user changes")
    assert stage.preview.plan.requests["user_id"].tolist() == ["dumas"]
    assert stage.preview.selection.changes["user_id"].tolist() == ["brand"]
    widget.get_by_label("Outcome").select_option("All outcomes")
    widget.get_by_role("button", name="Untick all shown").click()
    widget.get_by_role("checkbox", name=HOSTILE).focus()
    page.keyboard.press("Space")
    expect(widget.get_by_role("checkbox", name=HOSTILE)).to_be_checked()
    expect(widget.get_by_role("checkbox", name=HOSTILE)).to_be_focused()
    widget.get_by_role("button", name="Prepare an undo").click()
    assert stage.preview.wait(120)
    stage.tell()
    expect(widget.locator(".made")).to_contain_text("view.selection: 1 change of 1 user; nothing is sent")
    widget.get_by_text("Code", exact=True).click()
    expect(widget.locator(".code pre")).to_contain_text("diff = sr.undo(results, target)")
    assert stage.preview.selection.changes["user_id"].tolist() == ["eriksen"]
    stage.screenshot("results-view.png")
    assert axe(page) == []
    assert_inert(page)
    assert len(server.asked("PUT")) == asked


def test_a_list_of_users_is_searched_and_reads_well_in_a_dark_theme_and_a_narrow_cell(page, results, axe):
    stage = Stage(page, sr.ResultsView(results), theme="dark", width=420)
    stage.widget.get_by_role("searchbox").fill("eriksen")
    expect(stage.widget.locator(".list tbody tr")).to_have_count(1)
    stage.widget.get_by_role("searchbox").fill("nobody at all")
    expect(stage.widget.locator(".list")).to_have_text("No user fits the search and filter.")
    stage.widget.get_by_role("searchbox").fill("")
    expect(stage.widget.locator(".list tbody tr")).to_have_count(6)
    stage.widget.get_by_role("searchbox").fill("brand")
    stage.widget.get_by_label("Outcome").select_option("failed (1)")  # at once: what was typed is asked for too
    expect(stage.widget.locator(".list")).to_have_text("No user fits the search and filter.")
    stage.widget.get_by_label("Outcome").select_option("All outcomes")
    expect(stage.widget.locator(".list tbody tr")).to_have_count(1)
    stage.widget.get_by_role("searchbox").fill("")
    expect(stage.widget.locator(".list tbody tr")).to_have_count(6)
    assert page.locator("main").evaluate("el => el.scrollWidth <= el.clientWidth")
    stage.screenshot("results-view-dark.png")
    assert axe(page) == []
    assert_inert(page)


def doubtful_diff():
    """Müller's login is spelled otherwise in the export, two accounts have Sam's number, one name is hostile."""
    people = [
        {"userName": "jmueller", "displayName": f"Jörg Müller {HOSTILE}", "name": {"familyName": "Müller"}, "title": "Clerk"},
        {"userName": "sam@one.example", "externalId": "7", "displayName": "Sam Xu", "title": "Chef"},
        {"userName": "sam@two.example", "externalId": "7", "displayName": "Sam Li", "title": "Porter"},
    ]
    desired = pd.DataFrame(
        {
            "externalId": [None, "7", None],
            "userName": ["j.mueller", "sam.xu", "nobody"],
            "displayName": ["Joerg Mueller", "Sam Xu", "Ann Other"],
            "name.familyName": ["Mueller", None, "Other"],
            "title": ["Lead", "Cook", "Lead"],
        },
        index=[2, 3, 4],
        dtype="str",
    )
    return sr.compare(desired, users_of(people), on=["externalId", "userName"])


def test_an_ambiguous_match_is_settled_with_the_keyboard_and_taken_back(page, axe):
    stage = Stage(page, sr.Matcher(doubtful_diff()), theme="dark")
    widget, keys = stage.widget, page.keyboard
    sam = widget.get_by_role("region", name="Line 3")
    expect(sam).to_contain_text("shares the key")
    expect(sam.locator("tbody tr")).to_have_count(2)
    sam.get_by_role("button", name="Reject sam@two.example").focus()
    keys.press("Enter")
    expect(sam.get_by_role("button", name="Rejected sam@two.example")).to_be_disabled()
    assert axe(page) == []
    stage.screenshot("matcher.png")
    sam.get_by_role("button", name="Accept sam@one.example").click()
    expect(sam).to_have_count(0)
    expect(widget.locator(".counts")).to_have_text("1 of 3 rows decided, 1 accepted")
    assert stage.preview.links[["user_id", "decision"]].to_numpy().tolist() == [["2", "accept"], ["3", "reject"]]
    widget.get_by_role("button", name="Never: has no user, line 4").click()
    widget.get_by_label("Show").select_option("Decided")
    expect(widget.get_by_role("region", name="Line 4")).to_contain_text("decided: it has no user")
    assert axe(page) == []
    widget.get_by_role("button", name="Undo").click()
    expect(widget.get_by_role("region", name="Line 4")).to_have_count(0)
    widget.get_by_text("Code", exact=True).click()
    expect(widget.locator(".code pre")).to_contain_text("('externalId', '7', '2', 'sam@one.example', 'accept')")
    assert_inert(page)


def test_a_user_whom_nothing_proposes_is_found_by_name_and_accepted_with_the_keyboard(page, axe):
    stage = Stage(page, sr.Matcher(doubtful_diff()))
    widget, keys = stage.widget, page.keyboard
    rows = widget.get_by_role("searchbox", name="Search rows and candidates")
    rows.fill("muller")
    expect(widget.locator(".doubt")).to_have_count(1)
    rows.fill("nobody")
    ann = widget.get_by_role("region", name="Line 4")
    expect(ann).to_contain_text("Nobody resembles this row.")
    opener = ann.get_by_role("button", name="Find a user…, line 4")
    opener.focus()
    keys.press("Enter")
    finder = widget.get_by_role("region", name="Find a user")
    expect(finder.get_by_role("heading")).to_have_text("Find a user for line 4")
    expect(finder.get_by_role("searchbox")).to_be_focused()
    keys.type("SAM")
    expect(finder.get_by_role("status")).to_have_text("2 users")
    expect(finder.get_by_role("searchbox")).to_be_focused()
    keys.press("Escape")
    expect(finder).to_be_hidden()
    expect(opener).to_be_focused()
    keys.press("Enter")
    expect(finder.get_by_role("searchbox")).to_have_value("")
    keys.type("MULLER jorg")
    expect(finder.get_by_role("row")).to_have_count(2)
    expect(finder).to_contain_text(HOSTILE)
    assert axe(page) == []
    stage.screenshot("matcher-find.png")
    finder.get_by_role("button", name="Reject jmueller for line 4").focus()
    keys.press("Enter")
    expect(finder.get_by_role("button", name="Rejected jmueller for line 4")).to_be_disabled()
    finder.get_by_role("button", name="Accept jmueller for line 4").focus()
    keys.press("Enter")
    expect(finder).to_be_hidden()
    expect(widget.get_by_role("region", name="Rows in doubt")).to_be_focused()
    assert stage.preview.links[["key", "user_id", "decision"]].to_numpy().tolist() == [["nobody", "1", "accept"]]
    assert_inert(page)


def test_a_report_opens_without_a_network_draws_its_plots_and_runs_nothing(browser, results, tmp_path):
    sr.write_report(results, tmp_path / "report.html")
    page = new_page(browser, offline=True)
    asked, wrong = [], []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: wrong.append(message.text))
    page.goto((tmp_path / "report.html").as_uri())
    expect(page.get_by_role("heading", level=1)).to_contain_text("Run on 127.0.0.1")
    assert page.locator("img").evaluate_all("pictures => pictures.map(one => one.naturalWidth > 0)") == [True, True]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert wrong == []
    assert page.evaluate("window.__pwned") is None
    page.close()


def test_a_plan_is_sent_once_the_host_is_typed_and_watched_to_its_end(page, axe, folder):
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        target = sr.connect(server)
        desired = pd.DataFrame({"userName": [f"{one}@example.com" for one in STAFF], "title": HOSTILE}, dtype="str")
        diff = sr.compare(desired, sr.fetch_users(target), on="userName")
        server.faults["brand"] = scim_error(400, HOSTILE)
        plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 6})
        stage = Stage(page, sr.ApplyView(plan, target, concurrency=1))
        widget, view = stage.widget, stage.preview
        expect(widget.get_by_role("button", name="Send")).to_be_disabled()
        expect(widget.get_by_role("button", name="Stop")).to_be_disabled()
        widget.get_by_text("Limits of the plan").click()
        assert axe(page) == []
        field = widget.get_by_label(f"Type {plan.host} or 6 to send:")
        field.fill("idp.example")
        expect(widget.get_by_role("button", name="Send")).to_be_disabled()
        assert server.asked("PUT") == []
        reached, go_on = threading.Event(), threading.Event()
        server.before_put = lambda user_id: (reached.set(), go_on.wait(120)) if user_id == "costa" else None
        field.fill(plan.host)
        widget.get_by_role("button", name="Send").click()
        expect(widget.locator(".counts")).to_have_text("Sending.")
        assert reached.wait(120)
        assert not view.wait(1.5)  # the run counts five times a second
        stage.tell()
        expect(widget.locator(".pace")).to_contain_text("2 of 6 users")
        expect(widget.locator(".pace")).to_contain_text("left")
        expect(widget.get_by_role("button", name="Stop")).to_be_enabled()
        stage.screenshot("apply-view.png")
        assert axe(page) == []
        go_on.set()
        assert view.wait(120)
        stage.tell()
    expect(widget.locator(".made")).to_have_text("Sent: 5 applied, 1 rejected.")
    expect(widget.locator(".outcomes")).to_contain_text("applied 5")
    expect(field).to_be_disabled()
    assert view.results.frame["outcome"].value_counts().to_dict() == {"applied": 5, "rejected": 1}
    assert axe(page) == []
    assert_inert(page)


def test_axe_finds_nothing_serious_in_a_report(browser, results, tmp_path, axe):
    sr.write_report(results, tmp_path / "report.html")
    page = new_page(browser, color_scheme="dark", bypass_csp=True)  # the checker is a script, and the page allows none
    page.goto((tmp_path / "report.html").as_uri())
    assert axe(page) == []
    page.close()
