"""What a provider asks of each user: what a plan introduces is blocked, what it carries is told."""

import dataclasses
import json

import pandas as pd
import pytest
from fake_scim import FakeScim, Fault
from resources import ENTERPRISE, users_of

import scimrecon as sr
from scimrecon.dialects import DESCOPE, HUAWEI, RFC7644, TWILIO
from scimrecon.errors import PlanError, SelectionError

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
CREDENTIALS = {
    "twilio": {"client_id": "C1", "client_secret": "plum"},
    "huawei": {"token": "plum"},
    "descope": {"project_id": "P2abc", "access_key": "plum"},
}
PRIMARY = "emails[primary eq true].value"
ANN = {
    "id": "7", "schemas": [CORE], "userName": "ann@example.com", "displayName": "Ann O'Brien", "active": True,
    "name": {"givenName": "Ann", "familyName": "O'Brien"},
    "emails": [{"value": "ann@example.com", "type": "work", "primary": True}],
}  # fmt: skip


def target_of(dialect):
    return sr.connect("http://127.0.0.1:9/scim/v2", dialect=dialect, **CREDENTIALS[dialect.name])


def compared(user, changes, dialect, **options):
    desired = pd.DataFrame({"id": ["7"], **{path: [text] for path, text in changes.items()}}, dtype="str")
    return sr.compare(desired, users_of([user], dialect=dialect), on="id", **options)


def plan_of(user, changes, dialect, *, accept=("lost:profileUrl",), **options):
    diff = compared(user, changes, dialect, **options)
    return sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target_of(dialect), accept=accept)


TWO_EMAILS = [*ANN["emails"], {"value": "a@example.com", "type": "home"}]
IDENTITY = {"unlock": ["userName", "externalId", "emails"]}


@pytest.mark.parametrize(
    ("dialect", "held", "changes", "reason"),
    [
        (TWILIO, {}, {"displayName": "x" * 256}, "displayName has 256 characters"),
        (TWILIO, {}, {"name.givenName": "x" * 256}, "name.givenName has 256 characters"),
        (TWILIO, {}, {"externalId": "x"}, "externalId has 1 characters"),
        (TWILIO, {}, {"userName": "other@example.com"}, "userName is 'other@example.com' and emails"),
        (TWILIO, {}, {PRIMARY: "other@example.com"}, "asks for the same: change userName and the primary email together"),
        (TWILIO, {}, {"userName": "b@example.com", PRIMARY: "b@example.com"}, None),
        (TWILIO, {}, {"userName": "Ben@Example.com", PRIMARY: "ben@example.com"}, None),
        (TWILIO, {"emails": TWO_EMAILS}, {"emails[primary eq true].primary": "false"}, "0 primary elements of 2"),
        (TWILIO, {}, {PRIMARY: "x" * 150 + "@example.com", "userName": "x" * 150 + "@example.com"}, "emails.value has 162"),
        (TWILIO, {}, {"name.givenName": ""}, None),
        (HUAWEI, {}, {"displayName": ""}, "displayName has no value"),
        (HUAWEI, {}, {"name.familyName": ""}, "name.familyName has no value"),
        (HUAWEI, {}, {'emails[type eq "work"].value': ""}, "emails"),
        (HUAWEI, {}, {'emails[type eq "home"].value': "a@example.com"}, "emails has 2 elements, and Huawei Cloud"),
        (HUAWEI, {}, {"userName": "o'brien"}, "use letters, digits and _ + = , . @ - only"),
        (HUAWEI, {}, {"userName": "o_brien+1=2,x.y@example-1.com"}, None),
        (HUAWEI, {}, {"title": "x" * 1025}, "title has 1,025 characters"),
        (HUAWEI, {}, {"title": "x" * 1024}, None),
        (HUAWEI, {"title": "Clerk"}, {"title": ""}, None),
        (HUAWEI, {}, {"department": "x" * 1025}, "department has 1,025 characters"),
        (HUAWEI, {}, {"emails[primary eq true].primary": "false"}, "0 primary elements of 1"),
        (DESCOPE, {"title": "Clerk"}, {"title": ""}, None),
    ],
)
def test_what_breaks_a_rule_of_the_provider_stays_out(dialect, held, changes, reason):
    plan = plan_of({**ANN, **held}, changes, dialect, **IDENTITY)
    if reason is None:
        assert plan.blocked.empty
        assert plan.requests["user_id"].tolist() == ["7"]
    else:
        assert reason in plan.blocked["reason"].item()
        assert plan.requests.empty


@pytest.mark.parametrize(
    ("dialect", "held", "told"),
    [
        (TWILIO, {"name": {"familyName": "x" * 256}}, "name.familyName has 256 characters"),
        (TWILIO, {"userName": "other"}, "userName is 'other'"),
        (HUAWEI, {"displayName": None}, "displayName has no value"),
        (HUAWEI, {"emails": TWO_EMAILS}, "emails has 2 elements"),
        (HUAWEI, {"userName": "o'brien"}, "does not take every character"),
    ],
)
def test_what_breaks_a_rule_already_goes_out_with_a_warning(dialect, held, told):
    plan = plan_of({**ANN, **held}, {"locale": "de-CH"}, dialect) if dialect is TWILIO else plan_of(
        {**ANN, **held}, {"title": "Clerk"}, dialect
    )  # fmt: skip
    assert plan.blocked.empty
    assert told in " ".join(plan.warnings["warning"])
    assert "1 user may be refused for what is there already" in " ".join(plan.warnings["warning"])


@pytest.mark.parametrize(
    ("dialect", "path", "status"),
    [
        (TWILIO, "title", "unsupported"),
        (TWILIO, "department", "unsupported"),
        (TWILIO, "name.givenName", "open"),
        (TWILIO, "name.middleName", "unsupported"),
        (TWILIO, "timezone", "open"),
        (HUAWEI, "name.middleName", "open"),
        (HUAWEI, "department", "open"),
        (HUAWEI, "manager.displayName", "unsupported"),
        (DESCOPE, "name.middleName", "open"),
        (DESCOPE, "department", "unsupported"),
        (DESCOPE, 'phoneNumbers[type eq "work"].value', "unsupported"),
    ],
)
def test_what_a_provider_does_not_write_is_unsupported(dialect, path, status):
    diff = compared(ANN, {path: "Europe/Zurich" if path == "timezone" else "New"}, dialect)
    assert diff.changes["status"].tolist() == [status]


def test_where_absence_may_be_a_value_it_cannot_be_accepted():
    hidden = {name: value for name, value in ANN.items() if name != "active"}
    plan = plan_of(hidden, {"title": "Clerk"}, DESCOPE, accept=["absent:active"])
    assert "the target shows no 'active' for this user, and Descope may take that for a value" in plan.blocked["reason"].item()
    ticked = plan_of(hidden, {"title": "Clerk", "active": "true"}, DESCOPE, unlock=["active"])
    assert ticked.body("7")["active"] is True


def test_what_can_be_opted_into_says_how():
    diff = compared(ANN, {'phoneNumbers[type eq "work"].value': "+41 44 668 18 00"}, DESCOPE)
    with pytest.raises(SelectionError, match=r"connect\(…, writable=\['phoneNumbers'\]\)"):
        diff.select(diff.changes.index)


# Two attributes that are one


def test_unlocking_one_twin_unlocks_the_other():
    new = {"userName": "b@example.com", 'emails[type eq "work"].value': "b@example.com"}
    assert compared(ANN, new, TWILIO).changes["status"].tolist() == ["locked", "locked"]
    for name in ("userName", "emails"):
        assert compared(ANN, new, TWILIO, unlock=[name]).changes["status"].tolist() == ["open", "open"]
        assert sorted(compared(ANN, new, RFC7644, unlock=[name]).changes["status"]) == ["locked", "open"]


@pytest.mark.parametrize("ticked", ["userName", 'emails[type eq "work"].value'])
def test_ticking_one_twin_ticks_the_other_of_that_user(ticked):
    new = {"userName": "b@example.com", 'emails[type eq "work"].value': "b@example.com", "displayName": "B"}
    diff = compared(ANN, new, TWILIO, unlock=["userName"])
    chosen = diff.select([f"7:{ticked}"])
    assert sorted(chosen.changes["path"]) == ['emails[type eq "work"].value', "userName"]
    body = sr.plan_puts(chosen, target_of(TWILIO)).body("7")
    assert body["userName"] == body["emails"][0]["value"] == "b@example.com"
    assert body["displayName"] == ANN["displayName"]


def test_the_preview_ticks_and_unticks_both():
    new = {"userName": "b@example.com", 'emails[type eq "work"].value': "b@example.com", "displayName": "B"}
    preview = sr.Preview(compared(ANN, new, TWILIO, unlock=["userName"]))
    preview.tick(["7:userName"])
    both = ['7:emails[type eq "work"].value', "7:userName"]
    assert preview.ticked == both
    assert preview.selection.changes.index.tolist() == both
    preview.untick(both[:1])
    assert preview.ticked == []


def test_however_one_twin_is_ticked_both_are_and_both_are_taken_back(tmp_path):
    new = {"userName": "b@example.com", 'emails[type eq "work"].value': "b@example.com", "displayName": "B"}
    diff = compared(ANN, new, TWILIO, unlock=["userName"])
    both = ['7:emails[type eq "work"].value', "7:userName"]
    preview = sr.Preview(diff)
    preview.tick_alike(diff.changes.loc["7:userName", "pattern"])
    assert preview.ticked == both
    preview.undo()
    preview.search(path="userName")
    preview.tick_filtered()
    assert preview.ticked == both
    preview.save(tmp_path / "login.choices")
    assert sr.Preview(diff, choices=tmp_path / "login.choices").ticked == both
    names = {"diff": diff}
    exec(preview.code(), names)  # noqa: S102 - it is what the preview wrote
    assert names["selection"].changes.index.tolist() == both
    preview.undo()
    assert preview.ticked == []


def test_an_address_that_is_no_login_is_ticked_alone():
    user = {**ANN, "emails": TWO_EMAILS}
    new = {"userName": "b@example.com", PRIMARY: "b@example.com", 'emails[type eq "home"].value': "c@example.com"}
    diff = compared(user, new, TWILIO, unlock=["userName"])
    assert diff.select(['7:emails[type eq "home"].value']).changes["path"].tolist() == ['emails[type eq "home"].value']


# What the provider takes and never shows


def test_what_is_never_shown_is_no_change_and_goes_along_with_who_has_a_tick():
    ben = {**ANN, "id": "8", "userName": "ben@example.com", "title": "Clerk"}
    users = users_of([ANN, ben], dialect=HUAWEI)
    desired = pd.DataFrame(
        {"id": ["7", "8"], "title": ["Clerk", "Clerk"], "profileUrl": ["https://example.com/ann", "https://example.com/ben"]},
        dtype="str",
    )
    diff = sr.compare(desired, users, on="id")
    assert diff.changes["path"].tolist() == ["title"]
    assert diff.users.set_index("user_id")["status"].to_dict() == {"7": "changed", "8": "in_sync"}
    plan = sr.plan_puts(diff.select(diff.changes.index), target_of(HUAWEI))
    assert plan.requests[["user_id", "paths"]].to_numpy().tolist() == [["7", "title"]]
    assert plan.body("7")["profileUrl"] == "https://example.com/ann"
    preview = sr.Preview(diff)
    preview.tick_filtered()
    assert preview.show_user("7").body == plan.body("7")
    assert plan.changes.set_index("path")["kind"].to_dict() == {"title": "set", "profileUrl": "sent_along"}
    assert "sent along with 1 user" in " ".join(plan.warnings["warning"])
    assert plan.refusal == ""


def test_a_plan_that_may_lose_what_is_never_shown_waits_until_that_is_accepted_by_name(tmp_path):
    target = target_of(HUAWEI)
    diff = compared(ANN, {"title": "Clerk"}, HUAWEI)
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    told = "1 user may lose profileUrl: Huawei Cloud IAM Identity Center never shows it"
    assert told in plan.warnings["warning"].item()
    with pytest.raises(PlanError, match=r"Map it, or plan_puts\(selection, target, accept=\['lost:profileUrl'\]\)"):
        sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "x.run")
    accepted = sr.plan_puts(diff.select(diff.changes.index), target, accept=["lost:profileUrl"])
    assert accepted.refusal == ""
    assert accepted.hash != plan.hash


def test_a_plan_file_keeps_what_goes_along(tmp_path):
    diff = compared(ANN, {"title": "Clerk", "profileUrl": "https://example.com/ann"}, HUAWEI)
    plan = sr.plan_puts(diff.select(diff.changes.index), target_of(HUAWEI))
    plan.save(tmp_path / "x.plan")
    opened = sr.open_plan(tmp_path / "x.plan")
    assert opened.hash == plan.hash
    assert opened.is_intact()
    assert opened.body("7") == plan.body("7")


# Sending it

UNSEEN = dataclasses.replace(
    RFC7644, name="unseen", write_only=frozenset({"profileUrl"}), unreturned=frozenset({ENTERPRISE}),
    transient_conflicts=frozenset({(409, "IIC.1006")}), backoff_s=0.01, versions=False,
)  # fmt: skip
"""RFC 7644, and what Huawei Cloud does otherwise."""


def hide(server, *names):
    """Let a server keep these attributes to itself."""
    server.shown = lambda user: {name: value for name, value in user.items() if name not in names}


def refuse(server, times, error):
    """Answer so many PUTs with a conflict."""
    left = iter(range(times))
    conflict = Fault(status=409, body=json.dumps(error).encode(), content_type="application/json")

    def before_put(user_id):
        server.faults.pop(user_id, None)
        if next(left, None) is not None:
            server.faults[user_id] = conflict

    server.before_put = before_put


def sent_plan(server, changes, tmp_path, **options):
    target = sr.connect(server, dialect=UNSEEN)
    desired = pd.DataFrame({"id": ["7"], **{path: [text] for path, text in changes.items()}}, dtype="str")
    diff = sr.compare(desired, sr.fetch_users(target), on="id")
    plan = sr.plan_puts(diff.select(diff.changes.index), target, accept=["lost:profileUrl"])
    return sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "x.run", progress=False, **options), target


def test_what_goes_along_is_sent_and_proves_nothing_either_way(tmp_path):
    with FakeScim([ANN]) as server:
        hide(server, "profileUrl")
        results, target = sent_plan(server, {"title": "Clerk", "profileUrl": "https://example.com/ann"}, tmp_path)
        assert results.frame["outcome"].tolist() == ["applied"]
        assert server.users["7"]["profileUrl"] == "https://example.com/ann"
        assert sr.verify(results, target)["path"].tolist() == ["title"]
        assert sr.undo(results, target).changes["path"].tolist() == ["title"]
        assert sr.resume(results.path, target, progress=False).frame["outcome"].tolist() == ["applied"]


def test_an_extension_that_is_not_shown_back_is_applied_unverified(tmp_path):
    with FakeScim([ANN]) as server:
        hide(server, ENTERPRISE)
        results, _ = sent_plan(server, {"title": "Clerk", "department": "Research"}, tmp_path)
        assert results.frame["outcome"].tolist() == ["applied_unverified"]
        assert "does not show department" in results.frame["reason"].item()
        assert server.users["7"][ENTERPRISE] == {"department": "Research"}


def test_a_transient_conflict_is_tried_again_after_a_fresh_look(tmp_path):
    with FakeScim([ANN]) as server:
        refuse(server, 2, {"error_code": "IIC.1006", "error_msg": "Concurrency conflicts. Try again later."})
        results, _ = sent_plan(server, {"title": "Clerk"}, tmp_path)
        assert results.frame[["outcome", "attempts"]].to_numpy().tolist() == [["applied", 3]]
        assert [one.method for one in server.asked(user_id="7")][-2:] == ["PUT", "GET"]


@pytest.mark.parametrize(("code", "outcome"), [("IIC.1006", "failed"), ("IIC.1007", "rejected")])
def test_a_conflict_that_stays_is_an_outcome_of_that_user(tmp_path, code, outcome):
    with FakeScim([ANN]) as server:
        refuse(server, 99, {"error_code": code, "error_msg": "no"})
        results, _ = sent_plan(server, {"title": "Clerk"}, tmp_path)
        assert results.frame[["outcome", "vendor_code"]].to_numpy().tolist() == [[outcome, code]]
        assert len(server.asked("PUT")) == (UNSEEN.attempts if outcome == "failed" else 1)
