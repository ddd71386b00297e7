"""The README's twelve troubles: each quoted text is what scimrecon says today."""

import inspect
import re
from pathlib import Path

import pytest
from fake_scim import FakeScim, analyst, scim_error

import scimrecon as sr
from scimrecon.errors import ScimReconError

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
STAFF = [f"person{number}" for number in range(10)]


def read_table():
    """The quoted texts and what to do, in the table's order."""
    section = README.partition("## What to do when\n")[2].partition("\n## ")[0]
    rows = [line.strip("| ").split(" | ") for line in section.splitlines() if line.startswith("| `")]
    return {quoted.strip("`"): advice for quoted, advice in rows}


TROUBLES = read_table()


@pytest.fixture
def server():
    with FakeScim([analyst(name) for name in STAFF]) as server:
        yield server


@pytest.fixture
def target(server):
    return sr.connect(server)


@pytest.fixture
def export(folder):
    lines = ["Login,Job Title", *(f"{name}@example.com,Lead" for name in STAFF)]
    (folder / "staff.csv").write_text("\n".join(lines) + "\n")
    return sr.read_export("staff.csv")


def diff_of(export, target):
    desired = sr.map_users(export, {"userName": "Login", "title": "Job Title", "active": sr.constant("false")})
    return sr.compare(desired, sr.fetch_users(target), on="userName")


def plan_of(export, target, **options):
    diff = diff_of(export, target)
    return sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target, **options)


def wrong_token(server):
    sr.fetch_users(sr.connect(server.url, token="of-last-year"))


def wrong_url(server):
    sr.fetch_users(sr.connect(server.url + "/people", token=server.credentials["token"]))


def nobody_there():
    sr.fetch_users(sr.connect("http://127.0.0.1:1/scim/v2", token="unused"))


def sign_in_page(folder):
    (folder / "staff.csv").write_text("<!doctype html><html><title>Sign in</title></html>")
    sr.read_export("staff.csv")


def column_renamed(export):
    sr.map_users(export, {"userName": "Login", "title": "Jobtitle"})


def letters_in_doubt(folder, target):
    (folder / "staff.csv").write_bytes("Login,Job Title\njörg@example.com,Köchin\n".encode("cp1252"))
    desired = sr.map_users(sr.read_export("staff.csv"), {"userName": "Login"})
    sr.compare(desired, sr.fetch_users(target), on="userName")


def key_not_mapped(export, target):
    sr.compare(sr.map_users(export, {"userName": "Login"}), sr.fetch_users(target), on="externalId")


def all_ticked(export, target):
    diff = diff_of(export, target)
    diff.select(diff.changes.index)


def too_many(export, target):
    sr.apply_plan(plan_of(export, target), target, dry_run=False)


def run_twice(export, target):
    plan = plan_of(export, target, allow={"users": 10})
    sr.apply_plan(plan, target, dry_run=False)
    sr.apply_plan(plan, target, dry_run=False)


def export_replaced(export, target, folder):
    plan = plan_of(export, target, allow={"users": 10})
    (folder / "staff.csv").write_text("Login,Job Title\n")
    sr.apply_plan(plan, target, dry_run=False)


def one_refused(export, target, server):
    server.faults = {STAFF[3]: scim_error(400, "The title is too long")}
    sr.apply_plan(plan_of(export, target, allow={"users": 10}), target, dry_run=False).assert_converged()


# In the table's order.
PROVOKED = [
    wrong_token, wrong_url, nobody_there, sign_in_page, column_renamed, letters_in_doubt,
    key_not_mapped, all_ticked, too_many, run_twice, export_replaced, one_refused,
]  # fmt: skip


def test_the_readme_tells_of_the_twelve_commonest_troubles_and_what_to_do():
    assert len(TROUBLES) == len(PROVOKED) == 12
    assert [quoted for quoted, advice in TROUBLES.items() if len(advice) < 40] == []


@pytest.mark.parametrize(
    ("quoted", "provoke"), list(zip(TROUBLES, PROVOKED, strict=True)), ids=[one.__name__ for one in PROVOKED]
)
def test_a_quoted_trouble_is_what_the_code_says(quoted, provoke, request):
    needed = {name: request.getfixturevalue(name) for name in inspect.signature(provoke).parameters}
    with pytest.raises(ScimReconError) as raised:
        provoke(**needed)
    said = f"{type(raised.value).__name__}: {raised.value}"
    pattern = ".*".join(map(re.escape, quoted.split("…")))
    assert re.fullmatch(pattern, said, re.DOTALL), said


@pytest.mark.parametrize("name", sorted({name for advice in TROUBLES.values() for name in re.findall(r"`sr\.(\w+)", advice)}))
def test_the_advice_names_what_there_is(name):
    assert callable(getattr(sr, name))
