"""Applying a plan: what becomes of each user when one of them misbehaves, held against what the server really did."""

import json
import signal
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd
import pytest
from fake_scim import CORE, ENTERPRISE, TOKEN, FakeScim, Fault, html, scim_error, stores
from stop_button import press

from scimrecon.apply import apply_plan, verify
from scimrecon.client import connect
from scimrecon.dialects import RFC7644
from scimrecon.diff import compare
from scimrecon.errors import PlanError, RunError
from scimrecon.exports import read_export
from scimrecon.mapping import map_users
from scimrecon.plan import plan_puts
from scimrecon.results import STATUS_OF, open_run
from scimrecon.users import fetch_users

pytestmark = pytest.mark.usefixtures("folder")

BRISK = replace(RFC7644, backoff_s=0.01)
"""Does not wait long before it tries again."""
QUICK = replace(BRISK, name="quick", timeout_s=2.0, attempts=2)
STAFF = {"alvarez": "Inés Álvarez", "obrien": "Bríd O'Brien", "zhang": "Zhang Wei"}
"""O'Brien, second of three, is the one things happen to."""
OTHERS = ["alvarez", "zhang"]


def person(user_id, **more):
    given, _, family = STAFF.get(user_id, user_id).partition(" ")
    return {
        "schemas": [CORE, ENTERPRISE],
        "id": user_id,
        "userName": f"{user_id}@example.com",
        "name": {"givenName": given, "familyName": family or given},
        "title": "Analyst",
        "nickName": user_id.title(),
        "active": True,
        ENTERPRISE: {"costCenter": "CC-4100"},
        **more,
    }


def wanted(user_ids=STAFF, **columns):
    """Everyone becomes Lead Analyst of Research."""
    names = [f"{user_id}@example.com" for user_id in user_ids]
    asked = columns or {"title": "Lead Analyst", "department": "Research"}
    return pd.DataFrame({"userName": names, **{path.replace("_", "."): text for path, text in asked.items()}}, dtype="str")


def plan_of(target, desired=None, *, unlock=(), allow=None, accept=()):
    diff = compare(wanted() if desired is None else desired, fetch_users(target), on="userName", unlock=unlock)
    return plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow=allow, accept=accept)


def run(plan, target, **options):
    """Send it, one user after the other unless said."""
    return apply_plan(plan, target, **{"dry_run": False, "concurrency": 1, "canary": False, "progress": False, **options})


def outcomes(results):
    return results.frame.set_index("user_id")["outcome"].to_dict()


def row(results, user_id="obrien"):
    return results.frame.set_index("user_id").loc[user_id]


def holds_what_was_asked(user):
    return user.get("title") == "Lead Analyst" and user[ENTERPRISE].get("department") == "Research"


@pytest.fixture
def server():
    with FakeScim([person(user_id) for user_id in STAFF]) as server:
        yield server


@pytest.fixture
def target(server):
    return connect(server, dialect=BRISK)


@pytest.fixture
def plan(target):
    return plan_of(target)


def hasty(server):
    """A target that is not waited for longer than two seconds, for silent servers."""
    return connect(server, dialect=QUICK)


def without_department(sent):
    return {**sent, ENTERPRISE: {"costCenter": "CC-4100"}}


def loud_title(sent):
    return {**sent, "title": sent["title"].upper()}


def other_title(sent):
    return {**sent, "title": "Analyst II"}


def formatted(sent):
    return {**sent, "name": {**sent["name"], "formatted": "O'BRIEN, Bríd"}}


def without_nickname(sent):
    return {name: value for name, value in sent.items() if name != "nickName"}


def switched_off(sent):
    return {**sent, "active": False}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One way O'Brien's PUT can go, and what is to be said of it."""

    named: str
    fault: Fault
    outcome: str
    reason: str
    http_status: int | None = None
    scim_type: str | None = None
    detail: str | None = None
    steps: tuple[str, ...] = ("read", "write", "settle")
    attempts: int = 1


AGAIN = ("read", "write") + 3 * ("settle", "write") + ("settle",)
"""As often as the dialect allows, with a look at the user between any two PUTs."""
TOLD = ("read", "write")
READ_BACK = ("read", "write", "read_back")
BAD = b"<html><h1>Welcome</h1></html>"
FAULTS = [
    Case(named="nothing goes wrong", fault=Fault(done=True), outcome="applied", http_status=200, steps=TOLD,
         reason="every ticked attribute holds what was asked"),
    Case(named="an attribute is dropped", fault=stores(without_department), outcome="not_converged", http_status=200,
         steps=READ_BACK,
         reason="the target said yes, and holds None at department instead of 'Research'"),
    Case(named="a value is replaced", fault=stores(other_title), outcome="not_converged", http_status=200, steps=READ_BACK,
         reason="holds 'Analyst II' at title instead of 'Lead Analyst'"),
    Case(named="letter case is rewritten", fault=stores(loud_title), outcome="applied", http_status=200, steps=TOLD,
         reason="the target keeps title in its own formatting: 'LEAD ANALYST'"),
    Case(named="204", fault=Fault(done=True, status=204), outcome="applied", http_status=204, steps=READ_BACK,
         reason="every ticked attribute holds what was asked"),
    Case(named="204, attribute dropped", fault=replace(stores(without_department), status=204), outcome="not_converged",
         http_status=204, steps=READ_BACK, reason="holds None at department"),
    Case(named="204, nothing done", fault=Fault(status=204), outcome="not_converged", http_status=204, steps=READ_BACK,
         reason="holds None at department"),
    Case(named="200 with HTML, done", fault=Fault(done=True, body=BAD), outcome="applied", http_status=200,
         reason="settled by GET after: the answer to the PUT is not this user"),
    Case(named="200 with HTML, nothing done", fault=Fault(body=BAD), outcome="failed", http_status=200, steps=AGAIN, attempts=4,
         reason="The user does not hold what was asked."),
    Case(named="200 with broken JSON, done", fault=Fault(done=True, body=b'{"id": "obrien", "ti'), outcome="applied",
         http_status=200,  reason="settled by GET after: the answer to the PUT is not this user"),
    Case(named="200 with JSON too deep to read", fault=Fault(done=True, body=b'{"a":' * 100_000), outcome="applied",
         http_status=200,  reason="settled by GET after: the answer to the PUT is not this user"),
    Case(named="200 with another user", fault=Fault(done=True, body=json.dumps(person("zhang")).encode()), outcome="applied",
         http_status=200,  reason="settled by GET after: the answer to the PUT is not this user"),
    Case(named="400", fault=scim_error(400, "title is too long", scimType="invalidValue"), outcome="rejected", http_status=400,
         scim_type="invalidValue", detail="title is too long", steps=TOLD,
         reason="the target refused: 400 invalidValue title is too long"),
    Case(named="409", fault=scim_error(409, "userName is taken", scimType="uniqueness"), outcome="rejected", http_status=409,
         scim_type="uniqueness", detail="userName is taken", steps=TOLD, reason="409 uniqueness userName is taken"),
    Case(named="403", fault=scim_error(403, "an administrator"), outcome="rejected", http_status=403,
         detail="an administrator", steps=TOLD, reason="the target refused: 403 an administrator"),
    Case(named="302", fault=Fault(status=302, body=b"", headers={"Location": "https://idp.example/login"}), outcome="rejected",
         http_status=302, detail="redirected to https://idp.example/login; redirects are not followed", steps=TOLD,
         reason="302 redirected to https://idp.example/login"),
    Case(named="404 to PUT alone", fault=scim_error(404, "no such resource"), outcome="rejected", http_status=404,
         detail="no such resource", reason="the user is there, and the target takes no PUT for it"),
    Case(named="429", fault=scim_error(429, "slow down"), outcome="throttled", http_status=429, detail="slow down", attempts=4,
         steps=4 * TOLD,
         reason="the target asks for fewer requests: 429 slow down"),
    Case(named="502 HTML, nothing done", fault=html(502), outcome="failed", http_status=502, steps=AGAIN, attempts=4,
         detail="text/html, not a SCIM error: <html><h1>Bad Gateway</h1></html>", reason="does not hold what was asked"),
    Case(named="502 HTML, done", fault=html(502, done=True), outcome="applied", reason="settled by GET after: "),
    Case(named="500, nothing done", fault=Fault(status=500, body=b'{"message": "oops"}'), outcome="failed", http_status=500,
         detail="oops", reason="does not hold what was asked"),
    Case(named="500, half done", fault=replace(stores(without_department), status=500, body=b""), outcome="failed",
         http_status=500, reason="does not hold what was asked"),
    Case(named="no answer, nothing done", fault=Fault(hangs=True), outcome="unknown",
         reason="no answer within 2 s. The user does not hold what was asked yet; the PUT may still arrive."),
    Case(named="no answer, done", fault=Fault(hangs=True, done=True), outcome="applied", reason="settled by GET after: "),
    Case(named="504, nothing done", fault=html(504), outcome="unknown", http_status=504, steps=AGAIN, attempts=4,
         detail="text/html, not a SCIM error: <html><h1>Bad Gateway</h1></html>", reason="the PUT may still arrive"),
    Case(named="connection closed, nothing done", fault=Fault(closes=True), outcome="unknown", steps=AGAIN, attempts=4,
         reason="the PUT may still arrive"),
    Case(named="connection closed, done", fault=Fault(closes=True, done=True), outcome="applied",
         reason="settled by GET after: "),
    Case(named="answer truncated, done", fault=Fault(truncates=True, done=True), outcome="applied",
         reason="settled by GET after: "),
]  # fmt: skip


@pytest.mark.parametrize("case", FAULTS, ids=lambda case: case.named)
def test_each_fault_has_its_outcome_and_the_others_are_applied(server, target, case):
    target = hasty(server) if case.fault.hangs else target
    plan = plan_of(target)
    server.faults["obrien"] = case.fault

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": case.outcome, "zhang": "applied"}
    found = row(results)
    assert case.reason in found["reason"]
    assert found["status"] == STATUS_OF[case.outcome]
    assert found["attempts"] == case.attempts
    for name in ("scim_type", "detail"):
        assert (None if pd.isna(found[name]) else found[name]) == getattr(case, name)
    if case.http_status:
        assert found["http_status"] == case.http_status
    steps = results.steps[results.steps["user_id"] == "obrien"]
    assert tuple(steps["step"]) == case.steps
    assert all(holds_what_was_asked(server.users[user_id]) for user_id in OTHERS)
    if "letter case" not in case.named:
        assert holds_what_was_asked(server.users["obrien"]) == (case.outcome == "applied"), "the outcome is the truth"
    assert [len(server.put(user_id)) for user_id in OTHERS] == [1, 1]
    methods = "".join(one.method for one in server.asked(user_id="obrien"))
    assert "PUTPUT" not in methods, "between two PUTs there is a look at the user"


@pytest.mark.parametrize(
    ("fault", "outcome", "reason", "status"),
    [
        (scim_error(404, "no such user"), "rejected", "the user is gone", 404),
        (scim_error(400, "not now"), "rejected", "reading the user failed: 400 not now; nothing was sent", 400),
        (scim_error(429, "slow down"), "throttled", "nothing was sent", 429),
        (html(503), "failed", "nothing was sent", 503),
        (Fault(hangs=True), "failed", "no answer within 2 s. Nothing was sent.", None),
        (Fault(closes=True), "failed", "Nothing was sent.", None),
        (Fault(truncates=True), "failed", "Nothing was sent.", None),
        (Fault(body=b"<html>Sign in</html>"), "failed", "the target's answer is not this user", None),
        (Fault(body=b'["obrien"]'), "failed", "the target's answer is not this user", None),
        (Fault(body=b'{"a":' * 100_000), "failed", "the target's answer is not this user", None),
        (Fault(body=json.dumps(person("zhang")).encode()), "failed", "'zhang'", None),
        (Fault(status=302, body=b"", headers={"Location": "https://idp.example/"}), "rejected", "redirected to", 302),
    ],
    ids=["404", "400", "429", "503", "hangs", "closes", "truncated", "html", "list", "deep", "another", "302"],
)
def test_a_user_who_cannot_be_read_is_sent_nothing(server, target, fault, outcome, reason, status):
    target = hasty(server) if fault.hangs else target
    plan = plan_of(target)
    server.faults["obrien"] = replace(fault, method="GET")

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": outcome, "zhang": "applied"}
    assert reason in row(results)["reason"]
    assert (None if pd.isna(row(results)["http_status"]) else row(results)["http_status"]) == status
    assert row(results)["attempts"] == 0
    assert server.put("obrien") == []


ZHANG = json.dumps(person("zhang", title="Lead Analyst")).encode()


@pytest.mark.parametrize(
    ("fault", "outcome", "reason"),
    [
        (Fault(status=204, done=True), "applied_unverified", "the target said yes; reading it back failed: GET"),
        (Fault(body=b"<html>Welcome</html>", done=True), "unknown", "It could not be settled: "),
        (Fault(body=ZHANG, done=True), "unknown", "the target answered with user 'zhang'"),
        (html(502), "unknown", "It could not be settled: GET"),
        (html(502, done=True), "unknown", "It could not be settled: GET"),
        (Fault(closes=True, done=True), "unknown", "It could not be settled: GET"),
    ],
    ids=["204", "html", "another-user", "502", "502-done", "closes"],
)
def test_what_cannot_be_read_after_the_put_stays_in_doubt(server, target, plan, fault, outcome, reason):
    broken = {"obrien": replace(fault, method="any")}
    server.before_put = lambda user_id: server.faults.update(broken) if user_id == "obrien" else None

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": outcome, "zhang": "applied"}
    assert reason in row(results)["reason"]
    assert len(server.put("obrien")) == 1


@pytest.mark.parametrize(
    ("held", "reason"),
    [
        ({"title": "Head of Fraud"}, "title is now 'Head of Fraud', and was 'Analyst' when it was ticked"),
        ({"title": None}, "title is now empty, and was 'Analyst' when it was ticked"),
        ({"title": "ANALYST"}, "title is now 'ANALYST', and was 'Analyst' when it was ticked"),
        ({ENTERPRISE: {"department": "Fraud"}}, "department is now 'Fraud', and was empty when it was ticked"),
        ({"title": ["Analyst", "Singer"]}, "title is now 'the user holds a list, not one value', and was 'Analyst'"),
    ],
)
def test_a_user_whose_ticked_cell_moved_is_left_alone(server, target, plan, held, reason):
    server.edit("obrien", **held)
    before = server.users["obrien"]

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "stale", "zhang": "applied"}
    assert reason in row(results)["reason"]
    assert server.put("obrien") == []
    assert server.users["obrien"] is before


def test_what_others_changed_elsewhere_since_the_plan_is_kept(server, target, plan):
    server.edit("obrien", nickName="Biddy", locale="ga-IE", emails=[{"value": "brid@example.com", "type": "home"}])

    results = run(plan, target)

    assert outcomes(results) == dict.fromkeys(STAFF, "applied")
    held = server.users["obrien"]
    assert holds_what_was_asked(held)
    assert (held["nickName"], held["locale"]) == ("Biddy", "ga-IE")
    assert held["emails"] == [{"value": "brid@example.com", "type": "home"}]


def test_what_a_run_wrote_holds_until_somebody_moves_it(server, target, plan):
    results = run(plan, target)
    server.users["obrien"]["title"] = "Head"
    del server.users["zhang"]
    found = verify(results, target).set_index(["user_id", "path"])[["held", "state"]]
    assert found.loc[("obrien", "title")].tolist() == ["Head", "moved"]
    assert found["state"].groupby("user_id").unique().map(set).to_dict() == {
        "alvarez": {"holds"},
        "obrien": {"holds", "moved"},
        "zhang": {"gone"},
    }


def test_what_the_target_keeps_in_its_own_formatting_holds(server, target, plan):
    results = run(plan, target)
    server.users["obrien"].update(title="LEAD ANALYST")
    found = verify(results, target).set_index(["user_id", "path"])
    assert found.loc[("obrien", "title"), ["held", "state"]].tolist() == ["LEAD ANALYST", "holds"]


def test_a_put_changes_the_ticked_attributes_and_nothing_else(server, target, plan):
    before = json.loads(json.dumps(server.users["obrien"]))

    run(plan, target)

    after = server.users["obrien"]
    assert after.pop("meta") != before.pop("meta")
    before["title"] = "Lead Analyst"
    before[ENTERPRISE]["department"] = "Research"
    assert after == before


def test_the_body_sent_is_the_one_the_plan_shows(server, target, plan):
    run(plan, target)

    assert server.put("obrien") == [plan.body("obrien")]


def test_a_user_who_holds_what_is_asked_already_is_sent_nothing(server, target, plan):
    server.edit("obrien", title="Lead Analyst", **{ENTERPRISE: {"department": "Research"}})

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "noop", "zhang": "applied"}
    assert server.put("obrien") == []
    assert row(results)["attempts"] == 0


def test_cells_already_as_desired_drop_out_and_the_others_are_sent(server, target, plan):
    server.edit("obrien", title="Lead Analyst")

    results = run(plan, target)

    assert row(results)["outcome"] == "applied"
    assert holds_what_was_asked(server.users["obrien"])


def test_a_user_who_lost_active_since_the_plan_is_blocked_and_sent_nothing(server, target, plan):
    server.edit("obrien", active=None)

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "blocked", "zhang": "applied"}
    assert "absent:active" in row(results)["reason"]
    assert server.put("obrien") == []


def test_a_user_deleted_since_the_plan_is_rejected_as_gone(server, target, plan):
    del server.users["obrien"]

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "rejected", "zhang": "applied"}
    assert "the user is gone" in row(results)["reason"]
    assert server.put("obrien") == []


def test_a_user_deleted_between_read_and_write_is_rejected_as_gone(server, target, plan):
    server.before_put = lambda user_id: server.users.pop(user_id) if user_id == "obrien" else None

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "rejected", "zhang": "applied"}
    assert "the user is gone" in row(results)["reason"]


@pytest.mark.parametrize(
    ("side_effect", "touched"),
    [(formatted, "name.formatted"), (without_nickname, "nickname"), (switched_off, "active")],
)
def test_a_side_effect_is_named_and_stops_the_run(server, target, plan, side_effect, touched):
    server.faults["obrien"] = stores(side_effect)

    results = run(plan, target)

    assert outcomes(results) == {"alvarez": "applied", "obrien": "side_effect", "zhang": "not_attempted"}
    assert row(results)["reason"] == f"changed without being asked: {touched}"
    assert "obrien" in row(results, "zhang")["reason"]
    assert server.asked(user_id="zhang") == []


def test_a_side_effect_shown_only_by_reading_back_counts_too(server, target, plan):
    server.faults["obrien"] = replace(stores(formatted), status=204)

    assert outcomes(run(plan, target))["obrien"] == "side_effect"


@pytest.mark.parametrize(
    "held", [b'"nickName": "\\ud800"', b'"nickName": 123456789012345678901234567890', b'"emails": [null, {"value": "b"}]']
)
def test_a_side_effect_of_values_that_cannot_be_printed_again_is_named_too(server, target, plan, held):
    shown = json.dumps(
        {**server.users["obrien"], "title": "Lead Analyst", ENTERPRISE: {"costCenter": "CC-4100", "department": "Research"}}
    )
    odd = Fault(method="any", done=True, body=shown.encode()[:-1] + b", " + held + b"}")
    server.before_put = lambda user_id: server.faults.update({"obrien": odd}) if user_id == "obrien" else None

    results = run(plan, target)

    assert row(results)["outcome"] == "side_effect"


def test_a_server_that_lists_schemas_its_own_way_does_no_harm(server, target, plan):
    server.faults["obrien"] = stores(lambda sent: {**sent, "schemas": [CORE]})

    assert set(outcomes(run(plan, target)).values()) == {"applied"}


def test_an_answer_that_shows_a_part_of_the_user_is_no_proof_of_a_side_effect(server, target, plan):
    server.faults["obrien"] = Fault(done=True, body=b'{"id": "obrien", "title": "Lead Analyst"}')

    results = run(plan, target)

    assert set(outcomes(results).values()) == {"applied"}
    assert results.steps.query("user_id == 'obrien'")["step"].tolist() == ["read", "write", "read_back"]


@pytest.mark.parametrize(
    ("frame", "column", "value"), [("changes", "after", "Chief"), ("requests", "version", "7"), ("thresholds", "exceeded", True)]
)
def test_a_plan_whose_frames_were_written_into_is_refused(server, target, plan, folder, frame, column, value):
    changed = getattr(plan, frame)
    changed.loc[changed.index[0], column] = value

    with pytest.raises(PlanError, match="changed after it was made"):
        apply_plan(plan, target, dry_run=False, run=folder / "change.run")

    assert [asked for asked in server.log if asked.method == "PUT"] == []


@pytest.mark.parametrize("dry_run", [None, 0, "", "no"])
def test_only_the_word_false_sends(server, target, plan, dry_run):
    with pytest.raises(PlanError, match="only dry_run=False sends"):
        apply_plan(plan, target, dry_run=dry_run)

    assert server.asked("PUT") == []


def test_a_selection_is_no_plan(target):
    diff = compare(wanted(), fetch_users(target), on="userName")
    with pytest.raises(PlanError, match="takes a plan and a target, not Selection and Target"):
        apply_plan(diff.select([]), target)


def test_a_dry_run_says_that_sending_would_be_refused():
    with FakeScim([person("obrien", active=False)]) as server:
        target = connect(server)
        results = apply_plan(plan_of(target, wanted(["obrien"], active="true"), unlock=["active"]), target)

    assert "1 user would be switched on again" in results.refusal
    assert "would be refused" in repr(results) + results._repr_html_()


def test_a_run_file_is_named_so_that_it_is_found_again(target, plan, folder):
    with pytest.raises(PlanError, match=r"name it ….run"):
        apply_plan(plan, target, dry_run=False, run=folder / "change.db")


def test_a_plan_run_from_the_working_directory_is_refused_in_another_folder_too(target, plan, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    apply_plan(plan, target, dry_run=False)
    (tmp_path / "elsewhere").mkdir()

    with pytest.raises(PlanError, match="this plan was run already"):
        apply_plan(plan, target, dry_run=False, run=tmp_path / "elsewhere" / "again.run")


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        (scim_error(400, "no \ud800 title"), "rejected"),
        (Fault(method="GET", body=json.dumps(person("obrien", meta={"version": "\ud800"})).encode()), "blocked"),
        (stores(lambda sent: {**sent, "nick\ud800": "Biddy"}), "side_effect"),
    ],
    ids=["detail", "version", "name"],
)
def test_an_answer_with_characters_no_file_can_hold_is_recorded_all_the_same(server, target, plan, fault, outcome):
    server.faults["obrien"] = fault

    results = run(plan, target)

    assert row(results)["outcome"] == outcome
    assert outcomes(open_run(results.path)) == outcomes(results)


@pytest.mark.parametrize("depth", [200, 300, 600, 900])
def test_an_answer_nested_without_end_does_not_break_the_run(server, target, plan, depth):
    deep = json.loads('{"a":' * depth + "1" + "}" * depth)
    server.faults["obrien"] = stores(lambda sent: {**sent, "nickName": deep})

    found = outcomes(run(plan, target))

    assert found["alvarez"] == "applied"
    assert found["obrien"] in ("side_effect", "applied_unverified")


def test_what_the_analyst_accepted_as_derived_is_no_side_effect(server, target):
    plan = plan_of(target, accept=["derived:name.formatted"])
    server.faults["obrien"] = stores(formatted)

    assert outcomes(run(plan, target)) == dict.fromkeys(STAFF, "applied")


def test_what_was_not_accepted_by_name_is_a_side_effect_still(server, target):
    plan = plan_of(target, accept=["derived:displayName"])
    server.faults["obrien"] = stores(formatted)

    assert outcomes(run(plan, target))["obrien"] == "side_effect"


def test_an_accepted_attribute_of_another_shape_does_not_break_the_run(server, target):
    plan = plan_of(target, accept=["derived:displayName", 'derived:emails[type eq "work"].display'])
    server.faults["obrien"] = stores(lambda sent: {**sent, "emails": "brid@example.com"})

    assert outcomes(run(plan, target))["obrien"] == "side_effect"


@pytest.mark.parametrize("path", ["fullName", "emails", ""])
def test_a_path_that_cannot_be_derived_is_refused_before_anything_is_sent(server, target, path):
    with pytest.raises(PlanError, match="accept: 'derived:"):
        plan_of(target, accept=[f"derived:{path}"])

    assert server.asked("PUT") == []


@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_refused_token_stops_the_run(server, target, plan, method):
    server.faults["obrien"] = replace(scim_error(401, "The token has expired"), method=method)

    results = run(plan, target)

    assert outcomes(results)["alvarez"] == "applied"
    assert outcomes(results)["zhang"] == "not_attempted"
    assert row(results)["http_status"] == 401
    assert row(results)["detail"] == "The token has expired"
    assert "401" in row(results, "zhang")["reason"]
    assert server.asked(user_id="zhang") == []
    assert not holds_what_was_asked(server.users["obrien"])


def test_three_users_forbidden_in_a_row_stop_the_run():
    staff = ["alvarez", "brand", "costa", "dumas", "eriksen"]
    with FakeScim([person(user_id) for user_id in staff]) as server:
        target = connect(server)
        plan = plan_of(target, wanted(staff))
        server.faults |= dict.fromkeys(["brand", "costa", "dumas"], scim_error(403, "not yours"))

        results = run(plan, target)

        assert outcomes(results) == {
            "alvarez": "applied", "brand": "rejected", "costa": "rejected", "dumas": "rejected", "eriksen": "not_attempted",
        }  # fmt: skip
        assert "403" in row(results, "eriksen")["reason"]
        assert server.asked(user_id="eriksen") == []


def test_two_users_forbidden_and_a_third_allowed_do_not_stop_the_run():
    staff = ["alvarez", "brand", "costa", "dumas", "eriksen"]
    with FakeScim([person(user_id) for user_id in staff]) as server:
        target = connect(server)
        plan = plan_of(target, wanted(staff))
        server.faults |= dict.fromkeys(["alvarez", "brand", "dumas", "eriksen"], scim_error(403, "not yours"))

        assert outcomes(run(plan, target))["costa"] == "applied"
        assert len(server.asked("PUT")) == len(staff)


def test_a_dry_run_reads_and_never_writes_anything_anywhere(server, target, plan, folder):
    reads = len(server.log)
    results = apply_plan(plan, target, run=folder / "dry.run")

    assert outcomes(results) == dict.fromkeys(STAFF, "would_apply")
    assert [one.method for one in server.log[reads:]] == ["GET"] * 3
    assert list(folder.iterdir()) == []
    assert results.path is None


@pytest.mark.parametrize(
    ("edit", "outcome"),
    [
        ({"title": "Head of Fraud"}, "stale"),
        ({"title": "Lead Analyst", ENTERPRISE: {"department": "Research"}}, "noop"),
        ({"active": None}, "blocked"),
    ],
)
def test_a_dry_run_says_what_would_become_of_those_who_moved(server, target, plan, edit, outcome):
    server.edit("obrien", **edit)

    assert outcomes(apply_plan(plan, target)) == {"alvarez": "would_apply", "obrien": outcome, "zhang": "would_apply"}


def test_a_plan_may_be_applied_after_any_number_of_dry_runs(target, plan):
    apply_plan(plan, target)
    apply_plan(plan, target)

    assert outcomes(run(plan, target)) == dict.fromkeys(STAFF, "applied")


def test_intents_of_a_batch_are_durable_before_its_first_request_and_later_ones_are_not(server, target, plan, folder):
    seen: dict[str, dict[str, str]] = {}
    server.before_put = lambda user_id: seen.setdefault(user_id, outcomes(open_run(folder / "three.run")))

    run(plan, target, batch_size=2, run=folder / "three.run")

    assert seen["alvarez"] == {"alvarez": "unknown", "obrien": "unknown", "zhang": "not_attempted"}
    assert seen["obrien"] == {"alvarez": "unknown", "obrien": "unknown", "zhang": "not_attempted"}
    assert seen["zhang"] == {"alvarez": "applied", "obrien": "applied", "zhang": "unknown"}


@pytest.mark.parametrize(("batch_size", "batches"), [(1, [1, 2, 3]), (2, [1, 1, 2]), (50, [1, 1, 1])])
def test_users_go_out_in_batches_of_the_size_asked(target, plan, batch_size, batches):
    assert run(plan, target, batch_size=batch_size).frame["batch"].tolist() == batches


@pytest.mark.parametrize("options", [{"batch_size": 0}, {"concurrency": 0}])
def test_no_batch_and_no_thread_is_refused(server, target, plan, options):
    with pytest.raises(PlanError, match="1 or more"):
        run(plan, target, **options)

    assert server.asked("PUT") == []


def test_many_at_once_end_as_one_after_the_other():
    staff = [f"person{number:02}" for number in range(40)]
    with FakeScim([person(user_id) for user_id in staff]) as server:
        target = connect(server)
        plan = plan_of(target, wanted(staff), allow={"users": 40})

        results = run(plan, target, concurrency=8, batch_size=15)

        assert outcomes(results) == dict.fromkeys(staff, "applied")
        assert all(holds_what_was_asked(user) for user in server.users.values())
        assert len(server.asked("PUT")) == 40


def test_a_run_file_and_what_lies_beside_it_are_their_owners_alone(target, plan, folder):
    run(plan, target)

    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}
    assert [name for name in modes if name.endswith(".run")]


def test_a_run_that_ended_is_one_file(target, plan, folder):
    results = run(plan, target)

    assert [path.name for path in folder.iterdir()] == [results.path.name]


def test_a_run_is_kept_in_the_working_directory_under_host_time_and_plan(target, plan, folder):
    results = run(plan, target)

    [path] = folder.glob("*.run")
    assert results.path is not None
    assert results.path.name == path.name
    assert path.name.startswith("127.0.0.1_")
    assert path.name.endswith(f"-{plan.hash[:8]}.run")


def test_a_file_that_is_there_already_is_refused_and_kept(server, target, plan, folder):
    (folder / "mine.run").write_text("a shopping list")

    with pytest.raises(RunError, match=r"mine\.run"):
        run(plan, target, run=folder / "mine.run")

    assert (folder / "mine.run").read_text() == "a shopping list"
    assert server.asked("PUT") == []


def test_a_run_file_that_cannot_be_made_is_refused_before_any_request(server, target, plan, folder):
    asked = len(server.log)

    with pytest.raises(RunError, match=r"Nothing was sent; give run=… elsewhere"):
        run(plan, target, run=folder / "nowhere" / "three.run")

    assert len(server.log) == asked


def test_a_plan_for_another_target_is_refused_even_dry(server, plan):
    with FakeScim([person(user_id) for user_id in STAFF]) as other:
        with pytest.raises(PlanError, match=r"the plan is for 127\.0\.0\.1:\d+, and this target is another"):
            apply_plan(plan, connect(other))

        assert other.log == []
    with pytest.raises(PlanError, match="this target is another"):
        apply_plan(plan, connect(server, dialect=QUICK))  # the same service by another dialect


def test_a_plan_run_already_is_refused_naming_the_run(server, target, plan, folder):
    first = run(plan, target)
    puts = len(server.asked("PUT"))

    with pytest.raises(PlanError, match=rf"was run already: {first.path.name}\."):
        run(plan, target)

    assert len(server.asked("PUT")) == puts
    assert len(list(folder.glob("*.run"))) == 1


def test_other_programs_files_do_not_pass_for_runs(target, plan, folder):
    (folder / "marathon.run").write_text("42.195 km")
    (folder / "folder.run").mkdir()

    assert outcomes(run(plan, target)) == dict.fromkeys(STAFF, "applied")


def export_of(folder, staff, **columns):
    rows = pd.DataFrame({"Mail": [f"{user_id}@example.com" for user_id in staff], **columns}, dtype="str")
    rows.to_csv(folder / "hr.csv", index=False)
    return read_export(folder / "hr.csv")


def test_a_plan_whose_export_changed_since_is_refused(server, target, folder):
    export = export_of(folder, STAFF, Title="Lead Analyst")
    plan = plan_of(target, map_users(export, {"userName": "Mail", "title": "Title"}))
    with (folder / "hr.csv").open("a") as file:
        file.write("late@example.com,Lead Analyst\n")

    with pytest.raises(PlanError, match=r"hr\.csv: the export changed since the plan was made"):
        run(plan, target)

    assert server.asked("PUT") == []
    assert list(folder.glob("*.run")) == []


def test_a_plan_whose_export_was_put_away_is_applied(target, folder):
    export = export_of(folder, STAFF, Title="Lead Analyst")
    plan = plan_of(target, map_users(export, {"userName": "Mail", "title": "Title"}))
    (folder / "hr.csv").unlink()

    assert outcomes(run(plan, target)) == dict.fromkeys(STAFF, "applied")


@dataclass(frozen=True, kw_only=True)
class Many:
    """A change of too many users at once."""

    named: str
    held: dict[str, Any]
    asked: dict[str, str]
    allow: dict[str, int]
    done: Callable[[dict[str, Any]], bool]


MANY = [
    Many(named="overwrites", held={}, asked={"title": "Lead Analyst"}, allow={"users": 7},
         done=lambda user: user["title"] == "Lead Analyst"),
    Many(named="clears", held={}, asked={"nickName": ""}, allow={"users": 7, "clears": 7},
         done=lambda user: "nickName" not in user),
    Many(named="deactivations", held={}, asked={"active": "false"}, allow={"users": 7, "deactivations": 7},
         done=lambda user: user["active"] is False),
    Many(named="reactivations", held={"active": False}, asked={"active": "true"}, allow={"users": 7, "reactivations": 7},
         done=lambda user: user["active"] is True),
]  # fmt: skip
SEVEN = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien", "zhang"]


@pytest.fixture
def crowd(request):
    with FakeScim([person(user_id, **request.param.held) for user_id in SEVEN]) as server:
        yield server, connect(server), wanted(SEVEN, **request.param.asked), request.param


@pytest.mark.parametrize("crowd", MANY, ids=lambda many: many.named, indirect=True)
def test_too_many_at_once_are_refused_with_the_allow_that_means_them(crowd, folder):
    server, target, desired, many = crowd
    plan = plan_of(target, desired, unlock=["active"])

    with pytest.raises(PlanError) as caught:
        run(plan, target)

    assert f"allow={many.allow}" in str(caught.value)
    assert server.asked("PUT") == []
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize("crowd", MANY, ids=lambda many: many.named, indirect=True)
def test_the_allow_that_was_printed_lets_them_go(crowd):
    server, target, desired, many = crowd
    plan = plan_of(target, desired, unlock=["active"], allow=many.allow)

    assert outcomes(run(plan, target)) == dict.fromkeys(SEVEN, "applied")
    assert all(many.done(user) for user in server.users.values())


@pytest.mark.parametrize("crowd", MANY, ids=lambda many: many.named, indirect=True)
def test_a_dry_run_of_too_many_is_not_stopped(crowd):
    _, target, desired, _ = crowd

    assert outcomes(apply_plan(plan_of(target, desired, unlock=["active"]), target)) == dict.fromkeys(SEVEN, "would_apply")


def test_an_allow_for_fewer_than_there_are_is_refused():
    with FakeScim([person(user_id) for user_id in SEVEN]) as server:
        target = connect(server)

        with pytest.raises(PlanError, match=r"7 users would have a value overwritten, over 6 .*allow=\{'users': 7\}"):
            run(plan_of(target, wanted(SEVEN, title="Lead Analyst"), allow={"users": 6}), target)

        assert server.asked("PUT") == []


def test_one_reactivation_is_refused_until_allowed():
    with FakeScim([person("obrien", active=False)]) as server:
        target = connect(server)
        desired = wanted(["obrien"], active="true")

        with pytest.raises(PlanError, match=r"allow=\{'reactivations': 1\}"):
            run(plan_of(target, desired, unlock=["active"]), target)
        results = run(plan_of(target, desired, unlock=["active"], allow={"reactivations": 1}), target)

        assert outcomes(results) == {"obrien": "applied"}
        assert server.users["obrien"]["active"] is True


def test_a_narrowed_plan_is_another_and_sends_to_those_chosen_only(server, target, plan):
    narrow = plan.select(["obrien"])

    results = run(narrow, target)

    assert narrow.hash != plan.hash
    assert outcomes(results) == {"obrien": "applied"}
    assert {one.user_id for one in server.asked("PUT")} == {"obrien"}


def test_what_a_plan_blocks_is_listed_and_sent_nothing():
    without_active = {name: value for name, value in person("obrien").items() if name != "active"}
    with FakeScim([person("alvarez"), without_active, person("zhang")]) as server:
        target = connect(server)

        results = run(plan_of(target), target)

        assert outcomes(results) == {"alvarez": "applied", "zhang": "applied", "obrien": "blocked"}
        assert "absent:active" in row(results)["reason"]
        assert pd.isna(row(results)["batch"])
        assert server.asked(user_id="obrien") == []


def test_an_empty_plan_makes_an_empty_run(server, target):
    plan = plan_of(target, wanted(title="Analyst"))

    results = run(plan, target)

    assert results.frame.empty
    assert server.asked("PUT") == []


def interrupt(number=signal.SIGINT):
    """Press the stop button."""
    press(number)
    time.sleep(1.5)  # the PUT under way is answered only after the main thread has had time to hear of it


def test_a_stopped_run_settles_what_is_under_way_and_leaves_the_rest(server, target, plan, folder):
    server.before_put = lambda user_id: interrupt() if user_id == "obrien" else None

    with pytest.raises(KeyboardInterrupt) as caught:
        run(plan, target, run=folder / "stopped.run")

    results = open_run(folder / "stopped.run")
    assert outcomes(results) == {"alvarez": "applied", "obrien": "applied", "zhang": "not_attempted"}
    assert row(results, "zhang")["reason"] == "the run was interrupted (KeyboardInterrupt)"
    assert holds_what_was_asked(server.users["obrien"])
    assert server.asked(user_id="zhang") == []
    assert any("stopped.run" in note for note in caught.value.__notes__)


def test_a_run_ended_by_anything_else_forgets_nothing_either(server, target, plan, folder):
    def end(number, frame):
        raise SystemExit(143)

    earlier = signal.signal(signal.SIGTERM, end)
    server.before_put = lambda user_id: interrupt(signal.SIGTERM) if user_id == "obrien" else None
    try:
        with pytest.raises(SystemExit):
            run(plan, target, run=folder / "ended.run")
    finally:
        signal.signal(signal.SIGTERM, earlier)

    assert outcomes(open_run(folder / "ended.run")) == {"alvarez": "applied", "obrien": "applied", "zhang": "not_attempted"}


def test_a_run_stopped_while_the_target_is_silent_records_the_doubt(server, folder):
    target = hasty(server)
    plan = plan_of(target)
    server.faults["obrien"] = Fault(hangs=True)
    server.before_put = lambda user_id: interrupt() if user_id == "obrien" else None

    with pytest.raises(KeyboardInterrupt):
        run(plan, target, run=folder / "stopped.run")

    assert outcomes(open_run(folder / "stopped.run")) == {"alvarez": "applied", "obrien": "unknown", "zhang": "not_attempted"}


@pytest.mark.parametrize("concurrency", [1, 4])
def test_after_the_stop_button_the_record_says_what_the_server_says(folder, concurrency):
    staff = [f"person{number:02}" for number in range(30)]
    with FakeScim([person(user_id) for user_id in staff]) as server:
        target = connect(server)
        plan = plan_of(target, wanted(staff), allow={"users": 30})
        server.before_put = lambda user_id: interrupt() if user_id == "person14" else None

        with pytest.raises(KeyboardInterrupt):
            run(plan, target, run=folder / "stopped.run", batch_size=10, concurrency=concurrency)

        said = outcomes(open_run(folder / "stopped.run"))
        written = {user_id for user_id, user in server.users.items() if holds_what_was_asked(user)}
        assert {user_id for user_id, outcome in said.items() if outcome == "applied"} == written
        assert set(said.values()) == {"applied", "not_attempted"}
        assert all(said[user_id] == "not_attempted" for user_id in staff[20:]), "the next batch is not begun"


def test_a_note_is_kept_with_the_run(target, plan):
    assert run(plan, target, note="CHG0041234").note == "CHG0041234"


def test_a_token_the_server_does_not_know_leaves_everyone_alone(server, plan):
    target = connect(server.url, token="pear" + TOKEN)

    results = run(plan, target)

    assert outcomes(results) == dict.fromkeys(STAFF, "not_attempted")
    assert server.asked("PUT") == []
    assert not any(holds_what_was_asked(user) for user in server.users.values())
