"""Somebody who has never seen the project, in JupyterLab: from a file with bad rows to a report, by the README's own calls."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# Each holds what the export asks of the one below, who is asked to give it up: a service that takes one PUT after the other
# refuses the first of each two, and takes it once the second is done.
EXPORT = """\
Number,Login,First,Last,Department,Title
101,alma.reyes,Alma,Reyes,R & D,Engineer
102,brid.obrien,Bríd,O'Brien,RD,Senior Clerk
103,chen.li,Chen,Li,Kitchen,Sous Chef
104,dina.haddad,Dina,Haddad,Kitchen,Sous Chef
105,emre.ak,Emre,Ak,Hall,Porter,since May
106,kim.lee,Kimberly,Lee,R&D,Engineer
107,kim.lee1,Kim,Lee,Hall,Porter
108,ola.berg,Olaf,Berg,Sales,Clerk
109,ola.berg1,Ola,Berg,Sales,Clerk
110,sam.xu,Sam,Xu,Purchasing,Clerk
112,tara.noor,Tara,Noor,Kitchen,Sous Chef
,,,,,
"""
SERVICE = """
import scimrecon as sr

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
held = [
    ("101", "alma.reyes", "Alma", "Reyes", "R&D", "Engineer"), ("102", "brid.obrien", "Bríd", "O'Brien", "R&D", "Clerk"),
    ("103", "chen.li", "Chen", "Li", "Kitchen", "Chef"), ("104", "dina.haddad", "Dina", "Haddad", "Kitchen", "Chef"),
    ("105", "emre.ak", "Emre", "Ak", "Hall", "Porter"), ("106", "kim.lee2", "Kimberly", "Lee", "R&D", "Engineer"),
    ("107", "kim.lee", "Kim", "Lee", "Hall", "Porter"), ("108", "ola.berg2", "Olaf", "Berg", "Sales", "Clerk"),
    ("109", "ola.berg", "Ola", "Berg", "Sales", "Clerk"), ("110", "sam.xu", "Sam", "Xu", "Sales", "Clerk"),
    ("111", "sam.li", "Sam", "Li", "Sales", "Clerk"), ("112", "tara.noor", "Tara", "Noor", "Kitchen", "Chef"),
]
server = sr.sandbox.start("rfc7644", users=[
    {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE], "id": number, "userName": login, "active": True,
     "externalId": "110" if number == "111" else number, "name": {"givenName": first, "familyName": last}, "title": title,
     ENTERPRISE: {"department": department}}
    for number, login, first, last, department, title in held
])
target = sr.connect(server)
"""
COMPARE = """
desired = sr.map_users(cleanup.export, {
    "externalId": "Number", "userName": "Login", "name.givenName": "First", "name.familyName": "Last",
    "department": "Department", "title": "Title",
})
users = sr.fetch_users(target)
diff = sr.compare(desired, users, on=["externalId"], unlock=["userName"])
diff.users[["key", "user_name", "status", "reason"]]
"""
STEPS = {
    "start": SERVICE,
    "read": 'export = sr.read_export("staff.csv")\nexport',
    "rejects": "export.rejects",
    "clean": 'cleanup = sr.Cleanup(export)\ncleanup.show("Department")\ncleanup',
    "compare": COMPARE,
    "match": "matcher = sr.Matcher(diff)\nmatcher",
    "again": (
        'diff = sr.compare(desired, users, on=["externalId"], unlock=["userName"], links=matcher.links)\n'
        'print(diff.users["status"].value_counts().to_dict())'
    ),
    "choose": "preview = sr.Preview(diff)\npreview",
    "plan": 'plan = sr.plan_puts(preview.selection, target, allow={"users": 7})\nplan',
    "apply": 'sending = sr.ApplyView(plan, target, concurrency=1, run="staff.run")\nsending',
    "sent": 'results = sending.results\nprint(results.frame["outcome"].value_counts().to_dict())',
    "results": "view = sr.ResultsView(results, target=target)\nview",
    "retry": (
        "retried = sr.apply_plan(sr.plan_puts(view.selection, target), target, dry_run=False)\n"
        'print(retried.frame["outcome"].value_counts().to_dict())'
    ),
    "undo": (
        'undone = sr.apply_plan(sr.plan_puts(view.selection, target), target, dry_run=False, run="undo.run")\n'
        'print(*undone.frame["user_name"], *undone.frame["outcome"], *sr.fetch_users(target, ids=["104"]).frame["title"])'
    ),
    "report": 'sr.write_report(results, "report.html")',
}


class Newcomer:
    """The notebook by the names of its steps, each pictured once it is done."""

    def __init__(self, notebook):
        self.notebook = notebook
        self.page = notebook.page

    def run(self, step):
        printed = self.notebook.run(list(STEPS).index(step))
        self.notebook.page.keyboard.press("Escape")
        return printed

    def output(self, step):
        return self.notebook.cell(list(STEPS).index(step)).locator(".jp-Cell-outputArea")

    def show(self, step):
        self.run(step)
        widget = self.output(step).locator(".scimrecon-preview")
        expect(widget.locator(".counts").first).not_to_be_empty()
        return widget

    def picture(self, step, moment="done"):
        self.output(step).evaluate("output => output.scrollIntoView({ block: 'center' })")
        self.notebook.screenshot(f"newcomer-{list(STEPS).index(step):02}-{step}-{moment}.png")


def test_a_newcomer_gets_from_a_bad_file_to_a_report(open_notebook, lab):
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert [call for source in STEPS.values() for call in re.findall(r"\bsr\.[\w.]+", source) if call not in readme] == []
    (lab.folder / "staff.csv").write_text(EXPORT, encoding="utf-8")
    newcomer = Newcomer(open_notebook("newcomer.ipynb", list(STEPS.values())))
    newcomer.run("start")
    load_and_find_the_bad_rows(newcomer)
    agree_on_a_spelling(newcomer)
    settle_who_sam_is(newcomer)
    tick_two_patterns(newcomer)
    send(newcomer)
    retry_two_and_undo_one(newcomer)
    newcomer.run("report")
    newcomer.picture("report")
    report = (lab.folder / "report.html").read_text(encoding="utf-8")
    for words in ("Run on 127.0.0.1", "applied", "rejected", "kim.lee2", "ola.berg2", "Sous Chef"):
        assert words in report
    assert "Bearer" not in report


def load_and_find_the_bad_rows(newcomer):
    newcomer.run("read")
    expect(newcomer.output("read")).to_contain_text("1 of 12 records were not read (lines 6)")
    newcomer.picture("read")
    newcomer.run("rejects")
    expect(newcomer.output("rejects")).to_contain_text("7 cells, the header has 6")
    newcomer.picture("rejects")


def agree_on_a_spelling(newcomer):
    widget = newcomer.show("clean")
    for spelling in ("R & D", "RD"):
        widget.get_by_role("checkbox", name=spelling, exact=True).click()
    widget.get_by_label("New value for the ticked ones").fill("R&D")
    widget.get_by_role("button", name="Merge ticked (2)").click()
    expect(widget.get_by_role("region", name="Recipe").get_by_role("listitem")).to_have_count(1)
    newcomer.picture("clean")


def settle_who_sam_is(newcomer):
    newcomer.run("compare")
    expect(newcomer.output("compare").get_by_role("row", name="alma.reyes")).to_contain_text("in_sync")  # R&D on both sides
    expect(newcomer.output("compare").get_by_role("row", name="sam.xu")).to_contain_text("ambiguous")
    newcomer.picture("compare")
    widget = newcomer.show("match")
    newcomer.picture("match", "opened")
    widget.get_by_role("region", name="Line 11").get_by_role("button", name="Accept sam.xu").click()
    expect(widget.locator(".counts")).to_have_text(re.compile("1 accepted"))
    newcomer.picture("match")
    assert "'ambiguous'" not in newcomer.run("again")


def tick_two_patterns(newcomer):
    widget = newcomer.show("choose")
    newcomer.picture("choose", "opened")
    widget.get_by_label("View").select_option("By pattern")
    for pattern in ("title: Chef → Sous Chef", "userName changed"):
        widget.get_by_role("checkbox", name=pattern).click()
    expect(widget.locator(".counts")).to_contain_text("7 of 9 changes ticked, 7 users")
    newcomer.picture("choose")
    newcomer.run("plan")
    newcomer.picture("plan")


def send(newcomer):
    widget = newcomer.show("apply")
    newcomer.picture("apply", "opened")
    field = widget.get_by_role("textbox")
    field.fill(widget.locator("label bdi").inner_text())
    widget.get_by_role("button", name="Send").click()
    expect(widget.locator(".made")).to_have_text("Sent: 5 applied, 2 rejected.")
    newcomer.picture("apply")
    assert newcomer.run("sent") == "{'applied': 5, 'rejected': 2}"


def retry_two_and_undo_one(newcomer):
    widget = newcomer.show("results")
    widget.get_by_label("Outcome").select_option("rejected (2)")
    widget.get_by_role("button", name="kim.lee2").click()
    expect(widget.get_by_role("region", name="One user")).to_contain_text("409")
    newcomer.picture("results", "looked-at")
    newcomer.page.keyboard.press("Escape")
    widget.get_by_role("button", name="Tick all shown (2)").click()
    widget.get_by_role("button", name="Prepare a retry").click()
    expect(widget.locator(".made")).to_contain_text("2 changes of 2 users; nothing is sent")
    newcomer.picture("results", "retry-prepared")
    assert newcomer.run("retry").endswith("{'applied': 2}")  # below the progress
    newcomer.picture("retry")
    widget.get_by_label("Outcome").select_option("All outcomes")
    widget.get_by_role("button", name="Untick all shown").click()
    widget.get_by_role("checkbox", name="dina.haddad").click()
    widget.get_by_role("button", name="Prepare an undo").click()
    expect(widget.locator(".made")).to_contain_text("1 change of 1 user; nothing is sent")
    newcomer.picture("results", "undo-prepared")
    assert newcomer.run("undo").endswith("dina.haddad applied Chef")
