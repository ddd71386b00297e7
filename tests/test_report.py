"""A report tells what became of a run, shows no more than it may, and runs nothing."""

import base64
import json
import re
import sqlite3
import stat
import sys
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import openpyxl
import pandas as pd
import pytest
from fake_scim import TOKEN, FakeScim, analyst, scim_error, stores

import scimrecon as sr
from scimrecon.errors import ReportError
from scimrecon.plan import MARK
from scimrecon.report.telling import measure_steps, tell_run, written_patterns

pytestmark = pytest.mark.usefixtures("folder")

HOSTILE = "</td></style><script>alert('x')</script><img src=x onerror=alert(1)>&amp;<!--\u202e\x00"
WORK_PHONE = 'phoneNumbers[type eq "work"].value'
STAFF = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien"]
OLD = {user_id: f"+44 20 7946 {number:04}" for number, user_id in enumerate(STAFF, start=101)}
NEW = {user_id: f"+44 20 7946 {number:04}" for number, user_id in enumerate(STAFF, start=901)}
HOME = {"type": "home", "value": "+49 30 1234567"}
ALLOWED = {"html", "head", "meta", "title", "style", "body", "main", "section", "h1", "h2", "p", "dl", "dt", "dd", "bdi", "div",
           "table", "thead", "tbody", "tr", "th", "td", "img"}  # fmt: skip


class Page(HTMLParser):
    """The text of a report, which must be made of our own tags and load nothing."""

    def __init__(self, path):
        super().__init__()
        self.raw = path.read_text(encoding="utf-8")
        self.words, self.pictures, self.metas = [], [], []
        self.feed(self.raw)
        self.close()
        self.text = "\n".join(self.words)

    def handle_starttag(self, tag, attrs):
        assert tag in ALLOWED
        known = dict(attrs)
        assert not {name for name in known if name.startswith("on") or name in ("href", "style", "srcset")}
        if tag == "img":
            assert known["src"].startswith("data:image/png;base64,")
            self.pictures.append(base64.b64decode(known["src"].partition(",")[2]))
        if tag == "meta":
            self.metas.append(known)

    def handle_data(self, text):
        self.words.append(text)

    def handle_comment(self, text):
        raise AssertionError(f"a comment got through: {text}")


def person(user_id):
    return {**analyst(user_id), "nickName": "Biddy", "phoneNumbers": [{"type": "work", "value": OLD[user_id]}, HOME]}


@pytest.fixture(autouse=True)
def plots(request, monkeypatch):
    """Plots take longer than all the rest: most pages are as where matplotlib is not installed."""
    if "plots" not in request.node.name:
        monkeypatch.setitem(sys.modules, "matplotlib.figure", None)


@pytest.fixture
def server():
    with FakeScim([person(user_id) for user_id in STAFF]) as server:
        yield server


def select_all(server):
    """Everyone gets another title and another phone."""
    desired = pd.DataFrame(
        {"userName": [f"{one}@example.com" for one in STAFF], "title": "Lead", WORK_PHONE: NEW.values()}, dtype="str"
    )
    diff = sr.compare(desired, sr.fetch_users(sr.connect(server)), on="userName")
    return diff.select(diff.changes.index)


@pytest.fixture
def selection(server):
    return select_all(server)


@pytest.fixture
def plan(server, selection):
    return sr.plan_puts(selection, sr.connect(server), allow={"users": 12})


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """A run with every sort of trouble, each told in words that hold a phone number in one spelling or another."""
    with FakeScim([person(user_id) for user_id in STAFF]) as server:
        plan = sr.plan_puts(select_all(server), sr.connect(server), allow={"users": 12})
        return troubled(server, plan, run=tmp_path_factory.mktemp("told") / "told.run")


def troubled(server, plan, *, run):
    server.faults = {
        "brand": scim_error(400, f"value {NEW['brand'].replace(' ', '-')} is taken by {OLD['costa']}", scimType="uniqueness"),
        "costa": stores(lambda sent: {**sent, "phoneNumbers": [{"type": "work", "value": "+44 1632 960 000"}, HOME]}),
        "dumas": scim_error(400, "phone 02079460904 is not one", moreInfo="https://help.example/%2B44%2020%207946%200104"),
        "eriksen": scim_error(500, "eriksen@example.com, called Biddy, is no ANALYST"),
    }
    server.before_put = lambda user_id: server.edit("obrien", phoneNumbers=[{"type": "work", "value": "+44 191 498 0000"}, HOME])
    return sr.apply_plan(plan, sr.connect(server), dry_run=False, concurrency=1, note="CHG0041234", run=run)


SECRETS = [*OLD.values(), *NEW.values(), "+44 1632 960 000", "+44 191 498 0000", "+49 30 1234567"]


def read_page(results, **options):
    sr.write_report(results, "report.html", **options)
    return Page(Path("report.html"))


def texts_of(path):
    """Each sheet's cells as text."""
    book = openpyxl.load_workbook(path)
    return {sheet.title: [str(cell.value) for row in sheet for cell in row if cell.value is not None] for sheet in book}


def test_a_page_tells_what_became_of_a_run_and_what_to_do_next(told):
    results = told
    page = read_page(results)
    said = ("127.0.0.1", "CHG0041234", "plan hash", "told.run", "users 12", "title: Analyst → Lead", "is taken by", "uniqueness")
    for words in (*said, "Limits of the plan", "fetch and compare again", "median ms", "brand@example.com"):
        assert words in page.text, words
    assert set(results.frame["outcome"]) == {"applied", "rejected", "not_converged", "failed", "stale"}
    for outcome in results.frame["outcome"]:
        assert outcome in page.text


def test_a_page_of_a_dry_run_says_so_and_why_its_plan_would_be_refused(server, selection):
    target = sr.connect(server)
    page = read_page(sr.apply_plan(sr.plan_puts(selection, target), target))
    for words in ("Dry run: nothing was sent", "would be refused: 6 users", "What would be written", "title: Analyst → Lead"):
        assert words in page.text, words


@pytest.mark.parametrize("dry_run", [True, False])
def test_a_report_of_an_empty_run_is_one(server, selection, dry_run):
    target = sr.connect(server)
    empty = sr.plan_puts(replace(selection, changes=selection.changes.head(0)), target)
    results = sr.apply_plan(empty, target, dry_run=dry_run)
    assert "None." in read_page(results).text
    assert read_page(results, mask=["title"]).text
    sr.write_report(results, "report.xlsx")


def test_a_page_may_load_nothing_and_run_nothing(told):
    page = read_page(told)
    policy = next(meta["content"] for meta in page.metas if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert "<script" not in page.raw
    assert "@import" not in page.raw
    assert "url(" not in page.raw


def test_plots_are_pictures_within_the_page_or_left_out(told, monkeypatch):
    results = told
    assert [picture[:4] for picture in read_page(results).pictures] == [b"\x89PNG"] * 2
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert read_page(results).pictures == []
    for plot in (sr.plot_changes, sr.plot_outcomes):
        with pytest.raises(ReportError, match=r"pip install 'scimrecon\[plots\]'"):
            plot(results)


def test_whatever_a_name_a_note_and_an_answer_say_only_our_own_tags_are_drawn(told):
    said = ("user_name", "key", "paths", "request_id", "reason", "detail", "scim_type", "vendor_code", "more_info")
    frame, changes = told.frame.assign(**dict.fromkeys(said, HOSTILE)), told.changes.assign(user_name=HOSTILE)
    page = read_page(replace(told, frame=frame, changes=changes, note=HOSTILE))
    assert page.text.count("alert('x')") > 10


def test_no_cell_of_a_workbook_is_a_formula_and_each_frame_has_a_sheet(told):
    results = replace(told, note="=HYPERLINK(1)")
    sr.write_report(results, "report.xlsx")
    book = openpyxl.load_workbook("report.xlsx")
    assert book.sheetnames == ["summary", "patterns", "outcomes", "changes", "steps", "speed", "thresholds"]
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]
    assert book["outcomes"].max_row == len(results.frame) + 1
    assert book["changes"].max_row == len(results.changes) + 1
    assert book["steps"].max_row == len(results.steps) + 1
    assert "=HYPERLINK(1)" in texts_of("report.xlsx")["summary"]


@pytest.mark.parametrize("name", ["report.html", "report.xlsx"])
def test_a_report_is_its_owners_alone_and_replaces_what_anyone_could_read(told, name):
    path = Path(name)
    path.write_text("older")
    path.chmod(0o644)
    sr.write_report(told, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.read_bytes().startswith(b"older")
    assert [one.name for one in Path.cwd().iterdir()] == [name]


def shows(text, secret):
    """Whether a number can be read in a text, however it is spaced; the country's code need not be there."""
    return re.sub(r"\D", "", secret)[-7:] in re.sub(r"(?<=\d)[\s().\-/]+(?=\d)", "", text)


@pytest.mark.parametrize("mask", [["phoneNumbers"], ["*"]])
def test_a_masked_report_holds_no_hidden_value_in_any_spelling(told, mask):
    results = replace(told, note=f"call {OLD['alvarez']}")
    page = read_page(results, mask=mask)
    sr.write_report(results, "report.xlsx", mask=mask)
    cells = [text for texts in texts_of("report.xlsx").values() for text in texts]
    for secret in SECRETS:
        for text in (*page.words, *cells):
            assert not shows(text, secret), (secret, text)
            assert not shows(unquote(text), secret), (secret, text)
    assert MARK in page.text
    assert "Hidden here: " + ", ".join(mask) in page.text


def test_a_masked_report_shows_what_it_need_not_hide(told):
    page = read_page(told, mask=["phoneNumbers"])
    for words in ("called Biddy", "uniqueness", "title: Analyst → Lead", "alvarez@example.com"):
        assert words in page.text, words


@pytest.mark.parametrize(("hidden", "secret"), [("userName", "eriksen@example.com"), ("nickName", "Biddy"), ("title", "Analyst")])
def test_a_masked_report_hides_names_keys_ids_and_patterns_that_show_a_value(told, hidden, secret):
    assert secret.lower() not in read_page(told, mask=[hidden]).text.lower()


def test_of_a_masked_dry_run_nobody_can_be_told(server, plan):
    page = read_page(sr.apply_plan(plan, sr.connect(server), note="for alvarez"), mask=["nickName"])
    assert not [user_id for user_id in STAFF if user_id in page.text]
    assert "would_apply" in page.text


def test_no_report_holds_the_token(server, plan):
    server.faults["brand"] = scim_error(400, f"Authorization: Bearer {TOKEN}", scimType=TOKEN)
    results = sr.apply_plan(plan, sr.connect(server), dry_run=False, concurrency=1)
    assert TOKEN[:12] not in read_page(results).raw
    sr.write_report(results, "report.xlsx")
    assert not [text for texts in texts_of("report.xlsx").values() for text in texts if TOKEN[:12] in text]


@pytest.mark.parametrize(
    ("path", "mask", "words"),
    [
        ("report.pdf", (), r"report.pdf: a report is named ….html or ….xlsx"),
        ("nowhere/report.html", (), "the report cannot be written there: No such file"),
        (7, (), "write_report takes a path, not int"),
        ("report.html", ["phones"], "mask: path 'phones': a User has no attribute"),
        ("report.html", ["urn:example:none:badge"], "mask: no user of this run has urn:example:none:badge"),
        ("report.html", None, "mask=None: give a list of attributes"),
    ],
)
def test_what_cannot_be_reported_is_refused_and_writes_nothing(told, path, mask, words):
    with pytest.raises(ReportError, match=words):
        sr.write_report(told, path, mask=mask)
    assert not list(Path.cwd().glob("report*"))


def test_a_report_is_of_results(told):
    with pytest.raises(ReportError, match="write_report takes results"):
        sr.write_report(told.frame, "report.html")


def test_a_report_never_replaces_the_export(server, plan):
    ran = sr.apply_plan(plan, sr.connect(server), dry_run=False)
    Path("hr.xlsx").write_text("Mail")
    with closing(sqlite3.connect(ran.path)) as run, run:
        source = {"name": "hr.xlsx", "sha256": "5f" * 32, "size": 4}
        run.execute("UPDATE run SET value = ? WHERE name = 'source'", [json.dumps(source)])
    with pytest.raises(ReportError, match=r"hr.xlsx: this is the export itself"):
        sr.write_report(ran, "hr.xlsx")
    assert Path("hr.xlsx").read_text() == "Mail"


def test_patterns_count_what_was_written_and_nothing_else(told):
    patterns = written_patterns(tell_run(told)).set_index("pattern")
    assert patterns.loc["title: Analyst → Lead", "users"] == told.frame["outcome"].isin(["applied", "not_converged"]).sum() == 2


def test_speed_is_told_by_sort_of_request(told):
    speed = measure_steps(tell_run(told)).set_index("step")
    assert speed.loc["write", "requests"] == (told.steps["step"] == "write").sum()
    assert speed.loc["write", "failed"] >= 3
    assert (speed["median ms"] <= speed["p99 ms"]).all()
    assert (speed["p99 ms"] <= speed["longest ms"]).all()
