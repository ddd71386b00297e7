"""The PUT: what it carries, what it leaves alone, and who stays out."""

import dataclasses
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resources import CHANGES, ENTERPRISE, FACILITIES, USERS, users_of

import scimrecon as sr
from scimrecon.dialects import ClearAs, Dialect
from scimrecon.errors import PlanError

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"


@pytest.fixture(scope="module")
def target():
    """Somewhere a plan may go; planning asks it nothing."""
    return sr.connect("http://127.0.0.1:9/scim/v2", token="unused")


def plan_of(user, changes, target, *, unlock=(), accept=(), **allow):
    """The plan that makes one user hold these values."""
    users = users_of([user])
    desired = pd.DataFrame({"userName": [user["userName"]], **{path: [text] for path, text in changes.items()}}, dtype="str")
    diff = sr.compare(desired, users, on="userName", unlock=unlock)
    ticked = diff.changes.index[diff.changes["status"] == "open"]
    return sr.plan_puts(diff.select(ticked, cosmetic=True), target, allow=allow, accept=accept)


WORK = {"type": "work", "value": "w@example.com", "primary": True}
HOME = {"type": "home", "value": "h@example.com"}
OBRIEN = {"userName": "obrien", "schemas": [CORE], "active": True}


@pytest.mark.parametrize(
    ("held", "changes", "sent"),
    [
        ({"title": "Clerk"}, {"title": "Engineer"}, {"title": "Engineer"}),
        ({"title": "Clerk"}, {"title": ""}, {"title": None}),
        ({"nickName": "Bri"}, {"title": "Engineer"}, {"nickName": "Bri", "title": "Engineer"}),
        ({"name": {"familyName": "O'Brien"}}, {"name.givenName": "Ann"}, {"name": {"familyName": "O'Brien", "givenName": "Ann"}}),
        (
            {"emails": [WORK, HOME]},
            {'emails[type eq "home"].value': ""},
            {"emails": [WORK]},
        ),
        (
            {"emails": [WORK]},
            {'emails[type eq "home"].value': "h@example.com"},
            {"emails": [WORK, HOME]},
        ),
        ({"emails": [{"value": "old"}]}, {'emails[type eq "home"].value': "h@example.com"}, {"emails": [HOME]}),
        ({"emails": [HOME]}, {'emails[type eq "home"].value': ""}, {"emails": []}),
        (
            {"emails": [HOME, WORK]},
            {'emails[type eq "work"].value': "new@example.com", 'emails[type eq "work"].display': "Office"},
            {"emails": [HOME, {**WORK, "value": "new@example.com", "display": "Office"}]},
        ),
        (
            {"emails": [HOME, WORK]},
            {'emails[type eq "other"].value': "o@example.com", 'emails[type eq "other"].display': "Club"},
            {"emails": [HOME, WORK, {"type": "other", "value": "o@example.com", "display": "Club"}]},
        ),
        (
            {"emails": [HOME, WORK]},
            {'emails[value eq "h@example.com"].value': "new@example.com"},
            {"emails": [{**HOME, "value": "new@example.com"}, WORK]},
        ),
        ({"emails": [HOME]}, {'emails[type eq "home"].type': "", 'emails[type eq "home"].value': "n@e.ie"},
         {"emails": [{"type": None, "value": "n@e.ie"}]}),
        ({"emails": [WORK]}, {"emails[primary eq true].primary": "false"}, {"emails": [{**WORK, "primary": False}]}),
        ({"Title": "Clerk"}, {"title": "Engineer"}, {"Title": "Engineer"}),
        ({"meta": {"version": "1"}, "groups": [{"value": "g"}], "password": "x"}, {"title": "Clerk"}, {"title": "Clerk"}),
    ],
)  # fmt: skip
def test_the_body_is_the_user_as_received_with_the_ticked_paths_overlaid(target, held, changes, sent):
    user = {"id": "7", **OBRIEN, **held}
    assert plan_of(user, changes, target, unlock=["emails"]).body("7") == {**OBRIEN, **sent}


def test_a_newly_written_extension_is_declared_in_schemas(target):
    body = plan_of({"id": "7", **OBRIEN}, {"department": "Research"}, target).body("7")
    assert body["schemas"] == [CORE, ENTERPRISE]
    assert body[ENTERPRISE] == {"department": "Research"}


def test_a_new_manager_goes_without_the_old_ones_reference(target):
    manager = {"value": "8", "$ref": "https://idp.example/Users/8", "displayName": "Old Boss"}
    people = [{"id": "7", **OBRIEN, ENTERPRISE: {"manager": manager}}, {"id": "9", "userName": "boss"}]
    users = users_of(people)
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], "manager.value": ["9"]}), users, on="userName")
    body = sr.plan_puts(diff.select(diff.changes.index), target).body("7")
    assert body[ENTERPRISE]["manager"] == {"value": "9"}


@pytest.mark.parametrize(("clear_as", "sent"), [(ClearAs.NULL, {"title": None, "emails": []}), (ClearAs.OMIT, {})])
def test_clearing_goes_as_the_dialect_says(clear_as, sent):
    dialect = Dialect(name="ours", title="ours", source="test", clear_as=clear_as)
    target = sr.connect("http://127.0.0.1:9/scim/v2", token="unused", dialect=dialect)
    user = {"id": "7", **OBRIEN, "title": "Clerk", "emails": [HOME]}
    plan = plan_of(user, {"title": "", 'emails[type eq "home"].value': ""}, target, unlock=["emails"])
    assert plan.body("7") == {**OBRIEN, **sent}


@pytest.mark.parametrize(
    ("clear_as", "left"),
    [
        (ClearAs.NULL, {"name": {"middleName": None}, ENTERPRISE: {"manager": {"value": None}, "department": "Law"}}),
        (ClearAs.OMIT, {ENTERPRISE: {"department": "Law"}}),
    ],
)
def test_where_a_cleared_value_is_left_out_no_empty_object_stays_behind(clear_as, left):
    dialect = Dialect(name="ours", title="ours", source="test", clear_as=clear_as)
    target = sr.connect("http://127.0.0.1:9/scim/v2", token="unused", dialect=dialect)
    bare = {"schemas": [CORE, ENTERPRISE], "userName": "obrien", "active": True}
    held = {"name": {"middleName": "Ann"}, ENTERPRISE: {"manager": {"value": "8"}, "department": "Law"}}
    plan = plan_of({"id": "7", **bare, **held}, {"name.middleName": "", "manager.value": ""}, target)
    assert plan.body("7") == {**bare, **left}


def test_the_id_goes_along_where_the_dialect_wants_it():
    dialect = Dialect(name="ours", title="ours", source="test", id_member="id")
    target = sr.connect("http://127.0.0.1:9/scim/v2", token="unused", dialect=dialect)
    assert plan_of({"id": "7", **OBRIEN}, {"title": "Clerk"}, target).body("7")["id"] == "7"


def test_a_boolean_goes_as_a_boolean_and_a_number_as_a_number(target):
    user = {"id": "7", **OBRIEN, FACILITIES: {"floor": 3}}
    body = plan_of(user, {"active": "false", f"{FACILITIES}:floor": "4"}, target, unlock=["active"]).body("7")
    assert body["active"] is False
    assert body[FACILITIES] == {"floor": 4}


def test_active_missing_is_never_invented(target):
    user = {"id": "7", "userName": "obrien", "schemas": [CORE]}
    plan = plan_of(user, {"title": "Clerk"}, target)
    assert plan.requests.empty
    assert "no 'active'" in plan.blocked.loc[0, "reason"]
    assert "active" not in plan_of(user, {"title": "Clerk"}, target, accept=["absent:active"]).body("7")
    assert plan_of(user, {"active": "true"}, target, unlock=["active"]).body("7")["active"] is True


@pytest.mark.parametrize(
    "odd",
    [
        '"nickName": "a", "nickName": "b"',
        '"x": 123456789012345678901234567890',
        '"x": 0.12345678901234567890123',
        '"x": "\\ud800"',
    ],
)
def test_a_user_whose_json_would_not_survive_is_blocked(target, tmp_path, odd):
    body = f'{{"id": "7", "userName": "obrien", "active": true, {odd}}}'
    (tmp_path / "list.json").write_text(f'{{"totalResults": 1, "Resources": [{body}]}}')
    diff = sr.compare(
        pd.DataFrame({"userName": ["obrien"], "title": ["Clerk"]}), sr.read_users(tmp_path / "list.json"), on="userName"
    )
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    assert plan.requests.empty
    assert "survive" in plan.blocked.loc[0, "reason"]
    with pytest.raises(PlanError, match="survive"):
        plan.body("7")


def test_two_paths_that_ask_one_place_for_two_values_block_the_user(target):
    user = {"id": "7", **OBRIEN, "phoneNumbers": [{"type": "work", "primary": True, "value": "1"}]}
    changes = {'phoneNumbers[type eq "work"].value': "2", "phoneNumbers[primary eq true].value": "3"}
    assert "stands in the same place" in plan_of(user, changes, target).blocked.loc[0, "reason"]


def test_one_blocked_user_stays_out_and_the_rest_go(target):
    users = users_of([{"userName": "a", "active": True}, {"userName": "b"}])
    diff = sr.compare(pd.DataFrame({"userName": ["a", "b"], "title": ["x", "x"]}), users, on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    assert plan.requests["user_name"].tolist() == ["a"]
    assert plan.blocked["user_name"].tolist() == ["b"]


def test_a_plan_says_in_a_line_what_it_does(target):
    plan = plan_of({"id": "7", **OBRIEN, "title": "Clerk"}, {"title": ""}, target)
    assert str(plan) == "1 user changes, 1 clear, 0 deactivations on 127.0.0.1:9, 3 requests, about 0 s"


def test_a_narrower_plan_is_another_plan(target):
    users = users_of([{"userName": "a", "active": True}, {"userName": "b", "active": True}])
    diff = sr.compare(pd.DataFrame({"userName": ["a", "b"], "title": ["x", "x"]}), users, on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    narrow = plan.select(["2"])
    assert narrow.requests["user_id"].tolist() == ["2"]
    assert narrow.hash != plan.hash
    assert narrow.matched == plan.matched
    with pytest.raises(PlanError, match="'3' is not in this plan"):
        plan.select(["3"])


def test_the_same_plan_has_the_same_hash_and_another_allowance_another(target):
    def plan(**allow):
        return plan_of({"id": "7", **OBRIEN}, {"title": "Clerk"}, target, **allow)

    assert plan().hash == plan().hash
    assert plan(users=7).hash != plan().hash


def test_numbers_that_a_diff_brings_along_are_allowed_unless_others_are_said(target):
    users = users_of([OBRIEN])
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], "title": ["x"]}), users, on="userName")
    picked = diff.select(diff.changes.index)
    brought = dataclasses.replace(picked, basis=dataclasses.replace(picked.basis, allow={"users": 30, "clears": 4}))
    assert sr.plan_puts(picked, target).allow == {}
    assert sr.plan_puts(brought, target).allow == {"users": 30, "clears": 4}
    assert sr.plan_puts(brought, target, allow={"clears": 9}).allow == {"users": 30, "clears": 9}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"allow": {"everything": 1}}, "'everything' is no threshold; there are users, deactivations"),
        ({"allow": {"users": "all"}}, "give the number of users"),
        ({"allow": {"users": True}}, "give the number of users"),
        ({"accept": ["anything"]}, "'anything' is not known"),
    ],
)
def test_an_allowance_that_names_nothing_is_refused(target, given, words):
    users = users_of([OBRIEN])
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], "title": ["x"]}), users, on="userName")
    with pytest.raises(PlanError, match=words):
        sr.plan_puts(diff.select(diff.changes.index), target, **given)


def test_a_diff_is_no_selection(target):
    users = users_of([OBRIEN])
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], "active": ["false"]}), users, on="userName")
    with pytest.raises(PlanError, match="takes a selection, not Diff"):
        sr.plan_puts(diff, target)


def test_a_locked_change_does_not_go_out_whoever_made_the_selection(target):
    users = users_of([OBRIEN])
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], "active": ["false"]}), users, on="userName")
    forged = sr.Selection(changes=diff.changes, basis=diff.basis)
    with pytest.raises(PlanError, match="'1:active' is locked and cannot go out"):
        sr.plan_puts(forged, target)


def test_a_plan_over_a_threshold_says_so_in_its_line(target):
    user = {"id": "7", **OBRIEN, "active": False}
    assert str(plan_of(user, {"active": "true"}, target, unlock=["active"])).endswith(
        "refused as it stands: over the threshold of reactivations"
    )


def test_an_empty_plan_says_that_nothing_is_ticked(target):
    users = users_of([OBRIEN])
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"]}), users, on="userName")
    assert str(sr.plan_puts(diff.select([]), target)).startswith("nothing is ticked: 0 users change")


# Thresholds

THRESHOLDS = [
    # matched users, changed users, path, before -> after, threshold, its limit
    (100, 20, "title", ("old", "new"), "users", 20),
    (100, 21, "title", ("old", "new"), "users", 20),
    (10, 5, "title", ("old", "new"), "users", 5),
    (10, 6, "title", ("old", "new"), "users", 5),
    (100, 100, "title", (None, "new"), "users", 20),
    (100, 6, "title", ("old", ""), "clears", 5),
    (1000, 10, "title", ("old", ""), "clears", 10),
    (100, 6, "active", (True, "false"), "deactivations", 5),
    (1000, 21, "active", (True, "false"), "deactivations", 20),
    (100, 1, "active", (False, "true"), "reactivations", 0),
    (100, 6, "externalId", ("E", "F"), "identity", 5),
]


@pytest.mark.parametrize(("matched", "changed", "path", "cell", "threshold", "limit"), THRESHOLDS)
def test_thresholds_count_users_against_a_share_and_a_floor(target, matched, changed, path, cell, threshold, limit):
    before, after = cell
    held = {} if before is None else {path: before}
    users = users_of([{"userName": f"u{n}", "active": True, **(held if n < changed else {})} for n in range(matched)])
    asked = pd.DataFrame({"userName": [f"u{n}" for n in range(matched)], path: [after] * changed + [None] * (matched - changed)})
    diff = sr.compare(asked, users, on="userName", unlock=[path])
    row = sr.plan_puts(diff.select(diff.changes.index), target).thresholds.set_index("threshold").loc[threshold]
    counted = 0 if before is None else changed
    assert row[["users", "limit", "exceeded"]].tolist() == [counted, limit, counted > limit]


# Laws


@settings(max_examples=settings.default.max_examples // 8)
@given(user=USERS, changes=CHANGES)
def test_a_body_differs_from_the_resource_only_at_the_selected_paths(target, user, changes):
    plan = plan_of({"id": "7", **user}, changes, target, unlock=["emails"])
    if plan.requests.empty:
        return
    ticked = plan.changes.set_index("path")["after"].to_dict()
    body = plan.body("7")
    kept = {name: value for name, value in user.items() if name != "meta"}
    kept.get(ENTERPRISE, {}).get("manager", {}).pop("displayName", None)  # readOnly: never sent
    assert _without(body, ticked) == _without(json.loads(json.dumps(kept)), ticked)
    assert _held(body, ticked) == {path: text or None for path, text in ticked.items()}


@settings(max_examples=settings.default.max_examples // 8)
@given(people=st.lists(USERS, min_size=1, max_size=3, unique_by=lambda user: user["userName"].casefold()), data=st.data())
def test_applying_a_plan_leaves_exactly_what_was_not_ticked(target, people, data):
    people = [{"id": str(number), **user} for number, user in enumerate(people)]
    desired = pd.DataFrame([{"id": user["id"], **data.draw(CHANGES)} for user in people], dtype="str")
    diff = sr.compare(desired, users_of(people), on="id")
    tickable = diff.changes.index[diff.tickable].tolist()
    ticked = data.draw(st.lists(st.sampled_from(tickable), unique=True)) if tickable else []
    plan = sr.plan_puts(diff.select(ticked), target)
    bodies = {user_id: {"id": user_id, **plan.body(user_id)} for user_id in plan.requests["user_id"]}
    after = sr.compare(desired, users_of([bodies.get(user["id"], user) for user in people]), on="id")
    sent = plan.changes.index[plan.changes["user_id"].isin(plan.requests["user_id"])]
    assert set(after.changes.index) == set(diff.changes.index) - set(sent)


def _places(path):
    """Where a path leads, told apart by the tests alone: extension, attribute, type of element, part."""
    holder, name = (FACILITIES, path.rpartition(":")[2]) if path.startswith("urn:") else ("", path)
    if path in ("department", "costCenter"):
        holder = ENTERPRISE
    attribute, _, rest = name.partition("[")
    kind, _, part = rest.partition("]") if rest else ("", "", "")
    if not rest and "." in attribute:
        attribute, part = attribute.split(".")
    return holder, attribute, kind.split('"')[1] if kind else "", part.lstrip(".")


def _element(elements, kind):
    found = [one for one in elements if one.get("type") == kind]
    lone = [one for one in elements if len(elements) == 1 and not one.get("type")]
    return (found or lone or [None])[0]


def _held(resource, paths):
    held = {}
    for path in paths:
        holder, attribute, kind, part = _places(path)
        value = (resource.get(holder) or {} if holder else resource).get(attribute)
        value = _element(value or [], kind) if kind else value
        held[path] = ((value or {}).get(part) if part else value) or None
    return held


def _without(resource, ticked):
    """A copy without the ticked places and without what is empty; lists in a settled order."""
    copy = json.loads(json.dumps(resource))
    for path, text in ticked.items():
        holder, attribute, kind, part = _places(path)
        outer = copy.get(holder) or {} if holder else copy
        if kind:
            element = _element(outer.get(attribute) or [], kind)
            if element is not None:
                element.pop(part, None)
                element.pop("type", None)
                if part == "value" and text == "":
                    element.clear()
        elif part:
            (outer.get(attribute) or {}).pop(part, None)
        else:
            outer.pop(attribute, None)
    copy["schemas"] = [urn for urn in copy.get("schemas", []) if urn not in (ENTERPRISE, FACILITIES)]
    return _pruned(copy)


def _pruned(value):
    if isinstance(value, dict):
        members = {name: _pruned(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None
    if isinstance(value, list):
        return sorted((one for one in map(_pruned, value) if one is not None), key=json.dumps) or None
    return None if value == "" else value


def test_a_second_primary_email_is_blocked(target):
    user = {"id": "7", **OBRIEN, "emails": [WORK, HOME]}
    plan = plan_of(user, {'emails[type eq "home"].primary': "true"}, target, unlock=["emails"])
    assert "two primary elements" in plan.blocked["reason"].iloc[0]


def test_primary_moves_when_both_changes_are_ticked(target):
    user = {"id": "7", **OBRIEN, "emails": [WORK, HOME]}
    changes = {'emails[type eq "home"].primary': "true", 'emails[type eq "work"].primary': "false"}
    body = plan_of(user, changes, target, unlock=["emails"]).body("7")
    assert body["emails"] == [{**WORK, "primary": False}, {**HOME, "primary": True}]


def test_elements_of_a_set_are_added_and_taken_away_one_by_one(target):
    user = {"id": "7", **OBRIEN, "roles": [{"value": "owner", "display": "Owner"}, {"value": "clerk", "primary": True}]}
    users = users_of([user])
    desired = pd.DataFrame({"userName": ["obrien"], "roles": ['["auditor", "clerk"]']})
    diff = sr.compare(desired, users, on="userName", policies={"roles": "force"})
    body = sr.plan_puts(diff.select(diff.changes.index), target).body("7")
    assert body["roles"] == [{"value": "clerk", "primary": True}, {"value": "auditor"}]
    left = diff.select(['7:roles[value eq "auditor"].value'])
    assert sr.plan_puts(left, target).body("7")["roles"] == [*user["roles"], {"value": "auditor"}]
