"""Undo, restore and revisit: what a run did is taken back to the letter, and nothing that anyone else did since."""

import json
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import every_rule
import pandas as pd
import pytest
from fake_scim import CORE, ENTERPRISE, FakeScim, Fault, scim_error, stores
from hypothesis import given, settings
from hypothesis import strategies as st
from resources import CHANGES, FACILITIES, USERS, meaning, users_of
from test_convergence import users_by_plain_http

from scimrecon.apply import apply_plan
from scimrecon.client import connect
from scimrecon.dialects import RFC7644
from scimrecon.diff import compare
from scimrecon.errors import CompareError, PlanError, RunError, SelectionError
from scimrecon.exports import read_export
from scimrecon.mapping import map_users
from scimrecon.plan import plan_puts
from scimrecon.results import open_run
from scimrecon.reversal import restore, revisit, undo
from scimrecon.sandbox import start
from scimrecon.users import fetch_users

UNLOCK = ["active", "userName", "externalId", "emails"]
PLENTY = dict.fromkeys(["users", "clears", "deactivations", "reactivations", "identity"], 99)
WORK, HOME = 'phoneNumbers[type eq "work"]', 'addresses[type eq "home"]'
QUICK = replace(RFC7644, timeout_s=0.5, deadline_s=0.5, attempts=1)
"""Does not wait, and tries once."""


def person(user_id, **more):
    """None takes an attribute away."""
    user = {
        "schemas": [CORE],
        "id": user_id,
        "userName": f"{user_id}@example.com",
        "name": {"givenName": user_id.title()},
        "title": "Analyst",
        "active": True,
        **more,
    }
    return {name: value for name, value in user.items() if value is not None}


def held(server):
    """What every user means, but for the list of schemas: this server keeps what it was sent."""
    users = {user_id: meaning(user) for user_id, user in server.users.items()}
    return {user_id: {name: value for name, value in user.items() if name != "schemas"} for user_id, user in users.items()}


def send(diff, target, run, *, allow=None, **options):
    """Apply all of a diff that can be ticked."""
    plan = plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow=allow)
    return apply_plan(plan, target, **{"dry_run": False, "run": run, "canary": False, "progress": False, **options})


def ask(target, asked, run, **options):
    """Run what is asked of users, by id and path; letter by letter."""
    desired = pd.DataFrame([{"id": user_id, **cells} for user_id, cells in asked.items()], dtype="str")
    exact = dict.fromkeys(desired.columns, "exact")
    diff = compare(desired, fetch_users(target), on="id", unlock=UNLOCK, comparators=exact)
    return send(diff, target, run, allow=PLENTY, **options)


def undo_all(results, target, run):
    return send(undo(results, target), target, run)


def outcomes(results):
    return results.frame.set_index("user_id")["outcome"].to_dict()


def found(diff):
    return diff.findings.set_index("finding")["count"].to_dict()


@pytest.fixture
def server():
    with FakeScim([person("alvarez"), person("boss"), person("obrien", nickName="Biddy", department="")]) as server:
        yield server


@pytest.fixture
def target(server):
    return connect(server)


# What is taken back, to the letter

PHONE = {"type": "work", "value": "+353 1 555 0100", "primary": True, "display": "Front desk"}
MOBILE = {"type": "mobile", "value": "+353 86 555 0100"}
ADDRESS = {"type": "home", "locality": "Galway", "postalCode": "H91", "country": "IE"}
REFERRED = {"value": "boss", "$ref": "https://idp.example.com/Users/boss"}
PLACES = {
    # what the run met, and is a user's id here: what the user held, what was asked
    "a value in another letter case": ({"title": "ANALYST"}, {"title": "Analyst"}),
    "a value nobody had": ({}, {"nickName": "Biddy", "name.middleName": "Bríd"}),
    "a value that was cleared": ({"nickName": "Biddy"}, {"nickName": "", "name.givenName": ""}),
    "a value that looks damaged": ({"nickName": "JÃ¼rgen", "displayName": " "}, {"nickName": "Jürgen", "displayName": "Jo"}),
    "what people sign in with": ({"externalId": "E1"}, {"userName": "bridie@example.com", "externalId": ""}),
    "a number that nobody else has": ({FACILITIES: {"floor": 3}}, {f"{FACILITIES}:floor": ""}),
    "an extension that was not there": ({}, {"department": "Research", f"{FACILITIES}:badgeNumber": "0042"}),
    "an element with all its members": ({"phoneNumbers": [PHONE, MOBILE]}, {f"{WORK}.value": ""}),
    "an element spelled otherwise": ({"phoneNumbers": [{**PHONE, "type": "Work"}, MOBILE]}, {f"{WORK}.value": ""}),
    "one of two elements of a type": (
        {"phoneNumbers": [{"type": "work", "value": "+1"}, {"type": "work", "value": "+2"}]},
        {'phoneNumbers[value eq "+2"].value': ""},
    ),
    "an element and a part of it": ({"phoneNumbers": [PHONE, MOBILE]}, {f"{WORK}.value": "", f"{WORK}.display": ""}),
    "two parts of one element": ({"addresses": [ADDRESS, {"type": "work"}]}, {f"{HOME}.locality": "Cork", f"{HOME}.country": ""}),
    "an element that was not there": (
        {"phoneNumbers": [MOBILE]},
        {f"{WORK}.value": "+353 1 555 0199", f"{WORK}.display": "Desk"},
    ),
    "an element without a value": ({"addresses": [{"type": "work"}]}, {f"{HOME}.locality": "Cork", f"{HOME}.country": "IE"}),
    "a lone element that got a type": ({"phoneNumbers": [{"value": "+1"}]}, {f"{WORK}.value": "+2"}),
    "a lone element that got to be primary": ({"emails": [{"value": "a@b.ie"}]}, {"emails[primary eq true].value": "c@b.ie"}),
    "a lone element that went": ({"phoneNumbers": [{"value": "+1", "display": "Desk"}]}, {f"{WORK}.value": ""}),
    "a lone address that went": ({"addresses": [{"locality": "Cork"}]}, {f"{HOME}.locality": ""}),
    "a type that was taken away": ({"phoneNumbers": [PHONE, MOBILE]}, {f"{WORK}.type": ""}),
    "a type that was renamed": ({"phoneNumbers": [PHONE, MOBILE]}, {f"{WORK}.type": "office"}),
    "who is primary": (
        {"phoneNumbers": [PHONE, MOBILE]},
        {f"{WORK}.primary": "", 'phoneNumbers[type eq "mobile"].primary': "true"},
    ),
    "values of a set": (
        {"roles": [{"value": "owner", "display": "Owner", "primary": True}, {"value": "Clerk"}]},
        {
            f'roles[value eq "{role}"].value': after
            for role, after in {"owner": "", "Clerk": "clerk", "auditor": "auditor"}.items()
        },
    ),
    "a manager": ({ENTERPRISE: {"manager": REFERRED}}, {"manager.value": "alvarez"}),
    "a manager who was taken away": ({ENTERPRISE: {"manager": REFERRED}}, {"manager.value": ""}),
    "a manager who was given": ({}, {"manager.value": "boss"}),
    "an account that was switched off": ({}, {"active": "false", "title": "Former analyst"}),
}


@pytest.fixture
def places(folder):
    """A server with one user for each of the places, and what was asked of all of them in one run."""
    people = [person(name, **held_before) for name, (held_before, _) in PLACES.items()]
    with FakeScim([person("alvarez"), person("boss"), *people]) as server:
        yield server, connect(server), {name: asked for name, (_, asked) in PLACES.items()}


def test_what_a_run_wrote_is_taken_back_to_the_letter(places):
    server, target, asked = places
    before = held(server)
    results = ask(target, asked, "first.run")
    assert outcomes(results) == dict.fromkeys(PLACES, "applied")
    assert not any(held(server)[name] == before[name] for name in PLACES)

    diff = undo(results, target)
    assert found(diff) == {}
    assert outcomes(send(diff, target, "second.run")) == dict.fromkeys(PLACES, "applied")
    for name, user in held(server).items():
        assert user == before[name], name


def test_an_undo_is_undone_like_any_run(places):
    server, target, asked = places
    results = ask(target, asked, "first.run")
    after = held(server)
    undone = undo_all(results, target, "second.run")
    assert outcomes(undo_all(undone, target, "third.run")) == dict.fromkeys(PLACES, "applied")
    for name, user in held(server).items():
        assert user == after[name], name


def unlike(one, other):
    """The attributes, or extensions, in which two users differ."""
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


class Inexact:
    """What the findings of a diff name as not quite as it was."""

    def __init__(self, diff):
        self.told = diff.findings.loc[diff.findings["finding"] == "not_exact", "column"].tolist()

    def names(self, attribute):
        of_extension = ("department", "costCenter", "manager") if attribute == ENTERPRISE else ()
        return any(told.startswith((attribute, attribute.casefold(), *of_extension)) for told in self.told)


@settings(max_examples=5)
@given(st.lists(st.tuples(USERS, CHANGES), min_size=8, max_size=12))
def test_users_are_what_they_were_but_for_what_a_finding_names(drawn):
    people = [{**user, "id": str(number)} for number, (user, _) in enumerate(drawn)]
    for user in people:
        user.get(ENTERPRISE, {}).get("manager", {}).pop("displayName", None)  # the server's own, which this one loses
    with FakeScim(people) as server, TemporaryDirectory() as folder:
        target, before = connect(server), held(server)
        asked = {user["id"]: changes for user, (_, changes) in zip(people, drawn, strict=True)}
        results = ask(target, asked, Path(folder, "first.run"))
        diff = undo(results, target)
        again = send(diff, target, Path(folder, "second.run"))

        assert set(outcomes(again).values()) <= {"applied"}
        inexact = Inexact(diff)
        after = held(server)
        for user_id, user in before.items():
            assert all(map(inexact.names, unlike(user, after[user_id])))


def test_every_comparator_and_policy_is_undone_on_the_practice_server(folder):
    people = [{"id": f"id-{login}", **user} for login, user in every_rule.make_people().items()]
    users_of(people).save(folder / "users.json")
    with start("rfc7644", users=folder / "users.json") as server:
        target, before = connect(server), users_by_plain_http(server)
        desired = map_users(every_rule.make_rows(), every_rule.MAPPING)
        diff = compare(desired, fetch_users(target), **every_rule.OPTIONS)
        ticked = diff.select(diff.changes.index[diff.changes["status"] == "open"], cosmetic=True)
        plan = plan_puts(ticked, target, allow=every_rule.ALLOW)
        results = apply_plan(plan, target, dry_run=False, run="rules.run", progress=False)

        back = undo(results, target)
        assert found(back) == {}
        assert set(outcomes(send(back, target, "back.run")).values()) == {"applied"}
        after = users_by_plain_http(server)
        assert {login: meaning(user) for login, user in after.items()} == {login: meaning(user) for login, user in before.items()}


# What is left alone


def test_a_cell_edited_since_is_shown_and_cannot_be_ticked(server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead", "nickName": "Bríd"}}, "a.run")
    server.edit("obrien", title="Director")
    diff = undo(results, target)
    told = diff.changes.loc["obrien:title"]
    assert told[["before", "after", "status"]].tolist() == ["Director", "Analyst", "invalid"]
    assert told["problem"] == "edited since: holds 'Director', the run left 'Lead'"
    assert found(diff) == {"edited_since": 1}
    with pytest.raises(SelectionError, match="edited since"):
        diff.select(["obrien:title"])
    send(diff, target, "b.run")
    assert (server.users["obrien"]["title"], server.users["obrien"]["nickName"]) == ("Director", "Biddy")


def test_what_was_put_back_by_hand_is_no_change(server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run")
    server.edit("obrien", title="Analyst")
    diff = undo(results, target)
    assert diff.changes.empty
    assert diff.users[["status", "reason"]].to_numpy().tolist() == [["in_sync", "nothing that the run wrote is left to undo"]]


@pytest.mark.parametrize(
    ("asked", "since"),
    [
        ({f"{WORK}.value": ""}, [{"type": "work", "value": "+353 1 555 0177"}]),
        ({f"{WORK}.value": ""}, [{"type": "work", "value": PHONE["value"], "display": "Reception"}]),
        ({'phoneNumbers[type eq "fax"].value': "+1"}, [PHONE, {"type": "fax", "value": "+1", "display": "Basement"}]),
        ({'phoneNumbers[type eq "fax"].value': "+1"}, [PHONE, {"type": "fax", "value": "+2"}]),
        ({f"{WORK}.value": "+1"}, [{**PHONE, "value": "+1"}, {"type": "work", "value": "+1"}]),
    ],
    ids=["another came", "the same came without its display", "the new one got a display", "it changed", "there are two"],
)
def test_an_element_somebody_wrote_to_since_is_left_whole(asked, since, folder):
    with FakeScim([person("obrien", phoneNumbers=[PHONE])]) as server:
        target = connect(server)
        results = ask(target, {"obrien": asked}, "a.run")
        server.edit("obrien", phoneNumbers=since)
        diff = undo(results, target)
        assert not diff.tickable.any()
        assert send(diff, target, "b.run").frame.empty
        assert server.users["obrien"]["phoneNumbers"] == since


def test_what_a_user_held_already_was_not_written_and_stays(server, target, folder):
    desired = pd.DataFrame({"id": ["obrien"], "title": ["Lead"], "nickName": ["Bríd"]})
    diff = compare(desired, fetch_users(target), on="id")
    server.edit("obrien", title="Lead")  # by somebody else, before the run
    results = send(diff, target, "a.run")
    assert undo(results, target).changes.index.tolist() == ["obrien:nickName"]


def test_of_an_older_run_only_what_the_newer_did_not_touch_is_undone(server, target, folder):
    first = ask(target, {"obrien": {"title": "Lead", "nickName": "Bríd"}, "alvarez": {"title": "Lead"}}, "a.run")
    ask(target, {"obrien": {"title": "Director"}}, "b.run")
    diff = undo(first, target)
    assert diff.changes.index[diff.tickable].tolist() == ["alvarez:title", "obrien:nickName"]
    assert found(diff) == {"edited_since": 1}


def test_only_what_is_ticked_of_an_undo_is_undone(server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead", "nickName": "Bríd"}, "alvarez": {"title": "Lead"}}, "a.run")
    plan = plan_puts(undo(results, target).select(["obrien:nickName"]), target)
    apply_plan(plan, target, dry_run=False, run="b.run", progress=False)
    titles = {user_id: user["title"] for user_id, user in server.users.items()}
    assert titles == {"alvarez": "Lead", "boss": "Analyst", "obrien": "Lead"}
    assert server.users["obrien"]["nickName"] == "Biddy"


def test_the_lines_are_unlocked_for_the_cells_the_run_wrote_alone(server, target, folder):
    results = ask(target, {"obrien": {"active": "false"}, "alvarez": {"title": "Lead"}}, "a.run")
    server.edit("alvarez", active=False)
    assert undo(results, target).changes.index.tolist() == ["alvarez:title", "obrien:active"]


def test_finding_out_what_to_undo_writes_nothing(server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run")
    server.log.clear()
    undo(results, target)
    assert [asked.method for asked in server.log] == ["GET"]


# Thresholds


@pytest.mark.parametrize(
    ("held_before", "asked"),
    [
        ({}, {"nickName": "Jo"}),
        ({"nickName": "Jo"}, {"nickName": ""}),
        ({}, {"active": "false"}),
        ({"active": False}, {"active": "true"}),
        ({"externalId": "E1"}, {"externalId": "E2", "title": "Lead"}),
        ({"phoneNumbers": [{"value": "+1"}]}, {f"{WORK}.value": "+2"}),
    ],
    ids=["fills", "clears", "deactivations", "reactivations", "identity", "supplied types"],
)
def test_a_whole_undo_exceeds_no_threshold(held_before, asked, folder):
    ids = [f"user{number:02}" for number in range(8)]
    with FakeScim([person(user_id, **held_before) for user_id in ids]) as server:
        target, before = connect(server), held(server)
        results = ask(target, dict.fromkeys(ids, asked), "a.run")
        diff = undo(results, target)
        assert not plan_puts(diff.select(diff.changes.index), target).thresholds["exceeded"].any()
        send(diff, target, "b.run")
        assert held(server) == before


def test_an_undo_means_its_own_numbers_and_no_larger_ones(target, folder):
    diff = undo(ask(target, {"obrien": {"active": "false", "externalId": "E1"}}, "a.run"), target)
    assert diff.basis.allow == {"users": 1, "reactivations": 1, "clears": 1, "identity": 1}
    selection = diff.select(diff.changes.index)
    allowed = plan_puts(selection, target, allow={"reactivations": 0}).thresholds
    assert allowed.loc[allowed["exceeded"], "threshold"].tolist() == ["reactivations"]


# What became of the run


def test_users_of_whom_nothing_was_written_are_counted_and_left_out(server, target, folder):
    server.faults["alvarez"] = scim_error(400, "title is too long", scimType="invalidValue")
    results = ask(target, {"alvarez": {"title": "Lead"}, "obrien": {"title": "Lead"}}, "a.run")
    server.edit("alvarez", title="Lead")  # by somebody else
    diff = undo(results, target)
    assert diff.changes.index.tolist() == ["obrien:title"]
    assert diff.findings["detail"].tolist() == ["1 user of the run had nothing written: 1 rejected"]


def test_what_the_target_made_of_a_value_is_the_runs_too(server, target, folder):
    server.faults["obrien"] = stores(lambda sent: {**sent, "title": sent["title"][:6]})
    results = ask(target, {"obrien": {"title": "Lead Analyst"}}, "a.run")
    assert outcomes(results) == {"obrien": "not_converged"}
    server.faults.clear()
    undo_all(results, target, "b.run")
    assert server.users["obrien"]["title"] == "Analyst"


def test_a_value_the_target_spells_its_own_way_is_undone_even_if_nobody_saw_it(server, target, folder):
    silent = Fault(method="any", done=True, stores=lambda sent: {**sent, "title": sent["title"].upper()}, status=204)
    server.before_put = lambda user_id: server.faults.update({user_id: silent})
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run")
    assert outcomes(results) == {"obrien": "applied_unverified"}
    server.faults.clear()
    server.before_put = lambda user_id: None
    undo_all(results, target, "b.run")
    assert server.users["obrien"]["title"] == "Analyst"


def test_a_user_whom_the_target_also_changed_elsewhere_is_undone_where_the_run_wrote(server, target, folder):
    server.faults["obrien"] = stores(lambda sent: {**sent, "nickName": "Bee"})
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run")
    assert outcomes(results) == {"obrien": "side_effect"}
    server.faults.clear()
    undo_all(results, target, "b.run")
    assert (server.users["obrien"]["title"], server.users["obrien"]["nickName"]) == ("Analyst", "Bee")


@pytest.mark.parametrize("done", [True, False])
def test_an_unknown_write_is_undone_if_it_turns_out_to_be_there(done, server, target, folder):
    diff = compare(pd.DataFrame({"id": ["obrien"], f"{WORK}.value": ["+1"]}), fetch_users(target), on="id")
    server.before_put = lambda user_id: server.faults.update(obrien=Fault(method="any", done=done, hangs=True))
    results = send(diff, connect(server, dialect=QUICK), "a.run")
    assert outcomes(results) == {"obrien": "unknown"}
    server.faults.clear()
    back = undo(results, target)
    assert back.changes.index[back.tickable].tolist() == ([f"obrien:{WORK}.value"] if done else [])


def test_a_run_that_ended_before_it_could_write_down_what_it_sent_is_undone(server, target, folder):
    before = held(server)
    results = ask(target, {"obrien": {f"{WORK}.value": "+1", "title": "Lead"}}, "a.run")
    with closing(sqlite3.connect("a.run")) as run:  # as a killed process leaves it
        run.execute("UPDATE users SET outcome = NULL")
        run.execute("DELETE FROM bodies")
        run.execute("UPDATE changes SET sent = NULL, read_back = NULL")
        run.commit()
    assert outcomes(open_run("a.run")) == {"obrien": "unknown"}
    undo_all(results, target, "b.run")
    assert held(server) == before


def test_a_user_who_is_gone_is_told(server, target, folder):
    results = ask(target, {"alvarez": {"title": "Lead"}, "obrien": {"title": "Lead"}}, "a.run")
    del server.users["obrien"]
    diff = undo(results, target)
    assert diff.changes["user_id"].tolist() == ["alvarez"]
    assert diff.users.set_index("key").loc["obrien", ["status", "reason"]].tolist() == [
        "source_only",
        "the target has no user with this id any more",
    ]
    assert found(diff) == {"users_gone": 1}


def test_a_manager_who_is_gone_is_not_given_back(folder):
    with FakeScim([person("alvarez"), person("boss"), person("obrien", **{ENTERPRISE: {"manager": REFERRED}})]) as server:
        target = connect(server)
        results = ask(target, {"obrien": {"manager.value": "alvarez"}}, "a.run")
        del server.users["boss"]
        problem = undo(results, target).changes.loc["obrien:manager.value", "problem"]
        assert problem == "manager.value must be the id of a user of the target, and no user has this one"


def test_a_manager_who_comes_back_is_named_and_not_counted_among_the_users(folder):
    with FakeScim([person("alvarez"), person("boss"), person("obrien", **{ENTERPRISE: {"manager": REFERRED}})]) as server:
        target = connect(server)
        diff = undo(ask(target, {"obrien": {"manager.value": "alvarez"}}, "a.run"), target)
        assert diff.users["user_id"].tolist() == ["obrien"]


def test_what_no_path_can_bring_back_is_named(folder):
    with FakeScim([person("obrien", phoneNumbers=[{"type": "work", "display": "Desk"}, MOBILE])]) as server:
        target = connect(server)
        diff = undo(ask(target, {"obrien": {f"{WORK}.value": "+1"}}, "a.run"), target)
        assert diff.changes["problem"].tolist() == [
            "the element had no value before the run, and clearing that would take its display away too: correct it by hand"
        ]
        assert found(diff) == {"edited_since": 1, "not_exact": 1}
        assert diff.findings["column"].dropna().tolist() == ["phoneNumbers"]


def test_the_lines_of_the_export_are_kept(server, target, folder):
    (folder / "hr.csv").write_text("Mail,Title\nnobody@example.com,Lead\nobrien@example.com,Lead\n")
    export = read_export(folder / "hr.csv")
    diff = compare(map_users(export, {"userName": "Mail", "title": "Title"}), fetch_users(target), on="userName")
    results = send(diff, target, "a.run")
    told = undo_all(results, target, "b.run").annotate(export)
    assert told["outcome"].to_dict() == {2: "not_compared", 3: "applied"}


@pytest.mark.parametrize("take_back", [undo, revisit])
def test_results_of_another_target_are_refused(take_back, server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run")
    with FakeScim([person("obrien")]) as other, pytest.raises(PlanError, match="the run was sent to another target"):
        take_back(results, connect(other))


@pytest.mark.parametrize("take_back", [undo, revisit])
@pytest.mark.parametrize("wrong", ["a.run", None])
def test_what_is_no_results_is_refused(take_back, wrong, target):
    with pytest.raises(PlanError, match=r"takes results and a target, not .*open_run"):
        take_back(wrong, target)


def test_a_dry_run_cannot_be_undone(target, folder):
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run", dry_run=True)
    with pytest.raises(RunError, match="a dry run wrote nothing"):
        undo(results, target)


# Restore


def test_users_are_restored_as_they_were_saved(server, target, folder):
    server.edit("obrien", roles=[{"value": "owner"}, {"value": "clerk"}], phoneNumbers=[MOBILE])
    before = held(server)
    fetch_users(target).save("before.users")
    server.edit("obrien", title="ANALYST", nickName=None, displayName="Bríd", phoneNumbers=[PHONE], roles=[{"value": "Owner"}])
    diff = restore("before.users", fetch_users(target))
    assert found(diff) == {}
    send(diff, target, "a.run")
    assert held(server) == before


def test_only_the_paths_asked_for_are_restored(server, target, folder):
    fetch_users(target).save("before.users")
    server.edit("obrien", title="Lead", nickName="Bríd", phoneNumbers=[PHONE])
    now = fetch_users(target)
    paths = restore("before.users", now, paths=["title", "phoneNumbers"]).changes["path"]
    assert set(paths) == {"title", f"{WORK}.value", f"{WORK}.primary", f"{WORK}.display"}
    assert restore("before.users", now, paths=["emails[primary eq true].value"]).changes.empty


def test_what_is_locked_stays_locked_in_a_restore_until_unlocked(server, target, folder):
    fetch_users(target).save("before.users")
    server.edit("obrien", active=False, userName="bridie@example.com")
    now = fetch_users(target)
    assert restore("before.users", now).changes["status"].tolist() == ["locked", "locked"]
    diff = restore("before.users", now, unlock=["active"])
    assert diff.changes["status"].to_dict() == {"obrien:active": "open", "obrien:userName": "locked"}
    assert found(restore("before.users", now, unlock=["photos"])) == {"unused_option": 1}


def test_users_on_one_side_only_are_told_and_never_changed(server, target, folder):
    fetch_users(target).save("before.users")
    del server.users["alvarez"]
    server.users["yusuf"] = {**server.users["boss"], "id": "yusuf", "title": "New"}
    diff = restore("before.users", fetch_users(target))
    assert diff.changes.empty
    told = diff.users.set_index(diff.users["user_id"].fillna(diff.users["key"]))["status"].to_dict()
    assert told == {"alvarez": "source_only", "boss": "in_sync", "obrien": "in_sync", "yusuf": "target_only"}
    assert found(diff) == {"users_gone": 1, "users_new": 1}


def test_what_no_path_names_is_told(server, target, folder):
    server.edit("obrien", phoneNumbers=[MOBILE, {"value": "+1"}], tags=["a"])
    fetch_users(target).save("before.users")
    server.edit("obrien", phoneNumbers=[MOBILE, {"value": "+2"}], tags=["b"])
    diff = restore("before.users", fetch_users(target))
    assert diff.changes.empty
    assert diff.findings[["finding", "column"]].to_numpy().tolist() == [["not_exact", "phoneNumbers"], ["not_exact", "tags"]]
    assert restore("before.users", fetch_users(target), paths=["title"]).findings.empty


@settings(max_examples=5)
@given(st.lists(st.tuples(USERS, USERS), min_size=8, max_size=12))
def test_a_restore_gives_what_was_saved_but_for_what_a_finding_names(drawn):
    saved, now = (users_of([dict(sides[at], userName=f"{n}@x.ie") for n, sides in enumerate(drawn)]) for at in (0, 1))
    diff = restore(saved, now, unlock=UNLOCK)
    target = connect("https://idp.example.com/scim/v2", token="none", dialect="rfc7644")
    plan = plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow=PLENTY)
    inexact, changed = Inexact(diff), set(plan.requests["user_id"])
    for user_id in set(saved.resources) - set(plan.blocked["user_id"]):
        after = plan.body(user_id) if user_id in changed else json.loads(now.resources[user_id])
        assert all(map(inexact.names, unlike(writable(json.loads(saved.resources[user_id])), writable(after))))


def writable(user):
    """What a client can write of a user, and means by it."""
    user.get(ENTERPRISE, {}).get("manager", {}).pop("displayName", None)
    return {name: value for name, value in meaning(user).items() if name not in ("id", "schemas")}


def test_saved_users_of_another_target_are_refused(server, target, folder):
    fetch_users(target).save("before.users")
    with FakeScim([person("obrien")]) as other, pytest.raises(PlanError, match="another target's"):
        restore("before.users", fetch_users(connect(other)))


def test_a_restore_takes_users_and_names_of_paths(target, folder):
    users = fetch_users(target)
    with pytest.raises(PlanError, match="from fetch_users, not DataFrame"):
        restore(users, users.frame)
    with pytest.raises(PlanError, match=r"paths=\['title'\]"):
        restore(users, users, paths="title")
    with pytest.raises(CompareError, match="did you mean 'title'"):
        restore(users, users, paths=["titel"])
    with pytest.raises(CompareError, match=r"before\.users: No such file"):
        restore("before.users", users)


# Revisit


@pytest.fixture
def stale(server, target, folder):
    """A run in which Alvarez was applied, and O'Brien's title was edited before the PUT: by now it is Director."""
    (folder / "hr.csv").write_text("Mail,Title,On\nalvarez@example.com,Lead,no\nobrien@example.com,Lead,no\n")
    export = read_export(folder / "hr.csv")
    mapping = {"userName": "Mail", "title": "Title", "active": {"column": "On", "values": {"no": "false"}}}
    diff = compare(map_users(export, mapping), fetch_users(target), on="userName", unlock=["active"])
    server.edit("obrien", title="Director")
    results = send(diff, target, "a.run", allow=PLENTY)
    assert outcomes(results) == {"alvarez": "applied", "obrien": "stale"}
    return results


def test_whom_a_run_found_stale_is_compared_anew_and_can_be_ticked(server, target, stale):
    diff = revisit(stale, target)
    assert diff.changes[["before", "after", "status"]].to_numpy().tolist() == [
        ["true", "false", "open"],
        ["Director", "Lead", "open"],
    ]
    results = send(diff, target, "b.run", allow=PLENTY)
    assert outcomes(results) == {"obrien": "applied"}
    assert (server.users["obrien"]["title"], server.users["obrien"]["active"]) == ("Lead", False)


def test_a_revisit_is_of_the_same_file_and_its_lines(target, stale, folder):
    results = send(revisit(stale, target), target, "b.run", allow=PLENTY)
    told = results.annotate(read_export(folder / "hr.csv"))
    assert told["outcome"].to_dict() == {2: "not_compared", 3: "applied"}
    (folder / "hr.csv").write_text("Mail,Title,On\n")
    with pytest.raises(PlanError, match="the export changed"):
        send(revisit(stale, target), target, "c.run", allow=PLENTY)


def test_what_somebody_did_meanwhile_is_not_asked_again(server, target, folder):
    role = 'roles[value eq "Clerk"].value'
    server.edit("obrien", roles=[{"value": "Clerk"}])
    desired = pd.DataFrame({"id": ["obrien"], role: ["Office clerk"], "title": ["Lead"]})
    diff = compare(desired, fetch_users(target), on="id")
    server.edit("obrien", title="Director", roles=[{"value": "Office clerk"}])
    results = send(diff, target, "a.run")
    assert outcomes(results) == {"obrien": "stale"}
    assert revisit(results, target).changes.index.tolist() == ["obrien:title"]


def test_a_dry_run_can_be_revisited(server, target, folder):
    results = ask(target, {"obrien": {"title": "Lead"}}, "a.run", dry_run=True)
    server.edit("obrien", title="LEAD")
    changes = revisit(results, target, outcomes=["would_apply"]).changes
    assert changes[["before", "after", "kind"]].to_numpy().tolist() == [["LEAD", "Lead", "replace"]]


def test_without_such_users_a_revisit_is_an_empty_diff(target, folder):
    diff = revisit(ask(target, {"obrien": {"title": "Lead"}}, "a.run"), target)
    assert (len(diff.changes), len(diff.users), len(diff.findings)) == (0, 0, 0)


def test_a_user_who_is_gone_is_told_in_a_revisit(server, target, stale):
    del server.users["obrien"]
    diff = revisit(stale, target)
    assert diff.changes.empty
    assert found(diff) == {"users_gone": 1}


def test_outcomes_are_named_as_results_have_them(target, stale):
    with pytest.raises(PlanError, match=r"'stail' is no outcome; there are would_apply, applied, "):
        revisit(stale, target, outcomes=["stail"])
    with pytest.raises(PlanError, match=r"outcomes=\['stale'\]"):
        revisit(stale, target, outcomes="stale")
