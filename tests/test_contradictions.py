# ruff: noqa: N802 - a contradiction keeps its number
"""Where the vendors' pages contradict themselves, their own SDKs or the RFC: what we decided on each, by its number.

T: Twilio, H: Huawei Cloud, D: Descope.
"""

import json
import re
from dataclasses import replace
from functools import cache
from urllib.parse import parse_qs

import pandas as pd
import pytest
from practice import held_by
from seeds.pages import leaves
from seeds.people import (
    CORE,
    ENTERPRISE,
    ERROR,
    applied,
    at,
    bare,
    compared,
    dialect_of,
    id_of,
    person,
    plan_of,
    planned,
    put_at,
    spoil,
)
from seeds.recording import Recorder, Reply
from seeds.worlds import refused, worlds

import scimrecon as sr
from scimrecon.dialects import TWILIO, TWILIO_CURRENT
from scimrecon.dialects.model import BEARER, Authentication
from scimrecon.errors import ConnectError, SelectionError


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A function that gives a vendor's practice server with these switches, behind a recorder."""
    with worlds(tmp_path_factory) as give:
        yield give


@pytest.fixture(scope="module")
def current(tmp_path_factory):
    """The present Twilio API: a recorder before its practice server, and what one change of one user was."""
    users = [person("twilio")]
    with sr.sandbox.start("twilio_current", users=users) as server, Recorder(server) as recorder:
        target = sr.connect(recorder)
        plan = planned(target, {users[0]["id"]: {"displayName": "Ann Byrne"}})
        done = applied(plan, target, tmp_path_factory.mktemp("current"))
        assert set(done.outcome.values()) == {"applied"}
        yield recorder


@pytest.fixture(scope="module")
def usual(world):
    """A function that gives a vendor's world and what came of one user's reconciliation in it."""
    changes = {
        "twilio": {"displayName": "Ann Byrne"},
        "huawei": {"title": "Engineer"},
        "descope": {"userName": "brid@example.com", "name.givenName": "Bríd", "name.middleName": "Ann", "title": "Engineer"},
    }

    def run(seed):
        here = world(seed)
        before = here.raw(id_of(seed, 1))
        done = here.apply({1: changes[seed]})
        assert done.outcome == {id_of(seed, 1): "applied"}
        return here, done, before

    return cache(run)


def test_T1_the_request_is_json_and_the_answer_scim_json(usual, current):
    here, done, _ = usual("twilio")
    for put in done.puts:
        assert put.headers["Content-Type"] == "application/json"
        assert "application/scim+json" in put.headers["Accept"]
        assert put.reply.header("Content-Type") == "application/scim+json"
    # The present documentation's own, which this service takes as well.
    assert current.puts()[-1].headers["Content-Type"] == "application/scim+json"
    assert here.put(person("twilio", 2), **{"Content-Type": "application/scim+json"}).status_code == 200


def test_T2_the_version_is_that_of_meta_since_no_answer_has_an_etag(usual):
    here, done, before = usual("twilio")
    version = before["meta"]["version"]
    made_up, real = (put.headers["If-Match"] for put in done.puts)

    assert re.fullmatch(r"W/\d+", version)  # without quotes, and sent so
    assert (real, made_up == real) == (version, False)
    assert [put.reply.status for put in done.puts] == [409, 200]
    assert not [one for one in here.recorder.log if one.reply.header("ETag")]
    assert done.row(before["id"])["version_after"] == done.puts[-1].reply.json["meta"]["version"] != version


def scim_error(status, **members):
    return Reply(status=status).holding({"schemas": [ERROR], "status": str(status), "detail": "no", **members})


CONFLICTS = {
    "409 with 25020": (scim_error(409, code=25020), "applied", 2),
    "412": (scim_error(412), "applied", 2),
    "409 with 25022, a duplicate": (scim_error(409, code=25022), "rejected", 1),
}


@pytest.fixture(scope="module")
def conflicts(world):
    """What came of users whose first PUT under their version was answered so, after a canary that proved that versions count."""
    here = world("twilio")
    left = {id_of("twilio", number): reply for number, (reply, _, _) in enumerate(CONFLICTS.values(), start=4)}

    def answers(asked, ask):
        return left.pop(asked.user_id) if asked.method == "PUT" and asked.user_id in left else ask()

    done = here.apply({number: {"displayName": "Ann Byrne"} for number in (3, 4, 5, 6)}, answers=answers, concurrency=1)
    assert done.outcome[id_of("twilio", 3)] == "applied"
    assert not left
    return done


@pytest.mark.parametrize(("number", "case"), list(enumerate(CONFLICTS, start=4)))
def test_T3_a_version_conflict_is_409_or_412_and_a_duplicate_is_none(conflicts, number, case):
    _, outcome, puts = CONFLICTS[case]
    user_id = id_of("twilio", number)
    mine = [put for put in conflicts.puts if put.user_id == user_id]
    assert all("If-Match" in put.headers for put in mine)
    assert (conflicts.outcome[user_id], len(mine)) == (outcome, puts), conflicts.row(user_id)["reason"]


def test_T4_neither_id_nor_meta_goes_out_though_the_page_lists_them_for_the_body(usual):
    here, done, before = usual("twilio")
    assert set(before) - set(done.puts[-1].json) == {"id", "meta"}
    assert done.puts[-1].json["schemas"] == before["schemas"]
    # Sent back, an old meta locks the user by a version that nobody named.
    assert here.put(before).status_code == 409
    assert here.put(here.raw(before["id"])).status_code == 200


def test_T5_both_ways_to_a_token_are_there_each_at_its_own_host(usual, current):
    here, _, _ = usual("twilio")
    for recorder, dialect, host, grant, path in (
        (here.recorder, TWILIO, "preview-iam.twilio.com", "client_credentials", "/v1/token"),
        (current, TWILIO_CURRENT, "iam.twilio.com", "refresh_token", "/v2/token"),
    ):
        issued = next(one for one in recorder.log if one.method == "POST")
        assert (parse_qs(issued.body.decode())["grant_type"], issued.path) == ([grant], path)
        assert recorder.puts()[0].headers["Authorization"] == f"Bearer {issued.reply.json['access_token']}"
        assert dialect.base_url.startswith(f"https://{host}/")
        assert dialect.token_url.endswith(path)


def test_T5_a_token_from_elsewhere_serves_as_well(usual):
    here, _, _ = usual("twilio")
    dialect = replace(TWILIO, authentication=Authentication.TOKEN, credentials=(BEARER,), base_url="")
    target = sr.connect(here.recorder.url, dialect=dialect, token=lambda: here.bearer)
    assert id_of("twilio", 2) in sr.fetch_users(target).resources
    assert here.recorder.log[-1].headers["Authorization"] == f"Bearer {here.bearer}"


def test_T6_a_lone_email_without_primary_is_the_primary_one_and_what_is_supplied_is_told(world):
    here = world("twilio")
    lone = {number: [{"value": f"ann{number}@example.com", "type": "work"}] for number in (9, 10)}
    for number, emails in lone.items():
        assert here.put(person("twilio", number, emails=emails)).status_code == 200
        assert here.put(person("twilio", number, emails=[*emails, {"value": "ann@home.example"}])).status_code == 400

    new = {"userName": "new@example.com", "emails[primary eq true].value": "new@example.com"}
    done = here.apply({9: {"displayName": "Ann Byrne"}, 10: new})
    left, supplied = (id_of("twilio", number) for number in lone)
    # Nothing is supplied in silence.
    assert here.recorder.puts(left)[-1].json["emails"] == here.raw(left)["emails"] == lone[9]
    told = done.plan.warnings[done.plan.warnings["warning"].str.contains("the PUT supplies it")]
    assert told[["user_id", "path"]].to_numpy().tolist() == [[supplied, "emails[primary eq true].value"]]
    flags = done.plan.changes["flags"]
    assert flags[flags.str.contains("supplies:primary")].index.tolist() == [f"{supplied}:emails[primary eq true].value"]
    assert here.raw(supplied)["emails"] == [{"primary": True, "value": "new@example.com", "type": "work"}]


OTHERS = ({"put_status": 201, "errors": "schema", "lenient_seed": True}, {"errors": "array", "enterprise_shown": False})
"""The other ways in which Huawei Cloud may behave, on two practice servers."""


def test_H1_both_200_and_201_say_that_a_put_was_done(world, usual):
    _, done, _ = usual("huawei")
    assert [put.reply.status for put in done.puts] == [200]

    here = world("huawei", **OTHERS[0])
    done = here.apply({1: {"title": "Engineer"}})
    [row] = done.results.frame.to_dict("records")
    assert (row["outcome"], row["http_status"]) == ("applied", 201)
    assert here.raw(id_of("huawei", 1))["title"] == "Engineer"


@pytest.mark.parametrize(
    ("switches", "members", "kind"),
    [({}, {"schema", "schemas"}, str), (OTHERS[0], {"schema"}, str), (OTHERS[1], {"schema"}, list)],
    ids=["schema and schemas", "schema", "schema as a list"],
)
def test_H2_an_error_is_read_with_schema_or_schemas_as_text_or_list(world, switches, members, kind):
    here = world("huawei", **switches)
    error = refused(here.target, id_of("huawei", 999), {})
    body = here.recorder.log[-1].reply.json

    assert {name for name in body if name.startswith("schema")} == members
    assert isinstance(body["schema"], kind)
    assert (error.status, error.detail, error.time) == (404, body["detail"], body["timeStamp"])
    assert error.detail.startswith("There is no user")


@pytest.mark.parametrize(("switches", "kind"), [({}, int), (OTHERS[1], str)], ids=["a number", "a text"])
def test_H3_a_status_is_a_number_of_ours_whether_it_is_one_or_a_text_in_the_body(world, switches, kind):
    here = world("huawei", **switches)
    error = refused(here.target, id_of("huawei", 999), {})
    assert isinstance(here.recorder.log[-1].reply.json["status"], kind)
    assert (error.status, type(error.status)) == (404, int)
    # What the body says does not overrule the answer itself.
    assert here.made_of(Reply(status=400).holding({"detail": "no", "status": kind(404)}))["status"] == 400


SDK_REQUIRES = ("userName", "displayName", "name.familyName", "name.givenName", "emails", "emails[].type", "schemas")
PAGE_REQUIRES = ("emails[].value", "emails[].primary")
CLEARED = {
    "displayName": "displayName", "name.familyName": "name.familyName", "name.givenName": "name.givenName",
    "emails": 'emails[type eq "work"].value', "emails[].type": "emails[primary eq true].type",
    "emails[].value": 'emails[type eq "work"].value', "emails[].primary": 'emails[type eq "work"].primary',
}  # fmt: skip


@pytest.fixture(scope="module")
def clearing():
    """A plan that clears each of these of a user of its own."""
    changes = {number: {path: ""} for number, path in enumerate(CLEARED.values(), start=20)}
    return plan_of("huawei", [person("huawei", number) for number in changes], changes)


@pytest.mark.parametrize("field", SDK_REQUIRES + PAGE_REQUIRES)
def test_H4_what_the_sdk_requires_is_asked_for_though_the_page_says_it_is_optional(world, usual, clearing, field):
    user = put_at(person("huawei", 2), field, None)
    assert world("huawei").put(user).status_code == 400
    assert world("huawei", **OTHERS[0]).put(user).status_code == (400 if field in PAGE_REQUIRES else 201)

    if field in CLEARED:
        user_id = id_of("huawei", 20 + list(CLEARED).index(field))
        assert user_id in clearing.blocked["user_id"].tolist()
        assert field.partition("[")[0] in clearing.blocked.set_index("user_id")["reason"][user_id]
    elif field == "userName":
        diff = compared(world("huawei").target, {id_of("huawei", 2): {"userName": ""}})
        assert diff.changes[["status", "problem"]].to_numpy().tolist() == [["invalid", "userName cannot be cleared"]]
    else:  # nobody can tick it, and it goes back as received
        _, done, before = usual("huawei")
        assert done.puts[-1].json["schemas"] == before["schemas"] == [CORE]


MANY = ("emails", "phoneNumbers", "addresses")


def twice(number, name):
    """A user with two elements of an attribute."""
    user = person("huawei", number)
    return user | {name: [*user[name], {**user[name][0], "type": "home"}]}


@pytest.fixture(scope="module")
def doubling():
    """A plan that adds a second element to some users, and changes something else of those who have two."""
    path = {name: f'{name}[type eq "home"].{"locality" if name == "addresses" else "value"}' for name in MANY}
    adding = {number: {path[name]: "Cork"} for number, name in enumerate(MANY, start=20)}
    having = {number: {"title": "Engineer"} for number, _ in enumerate(MANY, start=30)}
    people = [person("huawei", number) for number in adding]
    people += [twice(number, name) for number, name in zip(having, MANY, strict=True)]
    return plan_of("huawei", people, adding | having)


@pytest.mark.parametrize("name", MANY)
def test_H5_a_multi_valued_attribute_has_one_value(world, doubling, name):
    assert world("huawei").put(twice(3, name)).status_code == 400

    reasons = doubling.blocked.set_index("user_id")["reason"]
    assert f"{name} has 2 elements" in reasons[id_of("huawei", 20 + MANY.index(name))]
    # Who has two already is not made to lose one.
    number = 30 + MANY.index(name)
    assert doubling.body(id_of("huawei", number))[name] == twice(number, name)[name]
    assert f"{name} has 2 elements" in " ".join(doubling.warnings["warning"])


def test_H6_a_profile_url_is_never_compared_and_goes_along_where_it_is_mapped(world):
    here = world("huawei")
    token, user_id = here.recorder.credentials["token"], id_of("huawei", 4)
    new = "https://people.example/brand-new"
    alone = compared(here.target, {user_id: {"profileUrl": new}})
    assert (alone.changes.empty, alone.users["status"].tolist()) == (True, ["in_sync"])

    diff = compared(here.target, {user_id: {"title": "Engineer"}})
    plan = sr.plan_puts(diff.select(diff.changes.index), here.target)
    assert "accept=['lost:profileUrl']" in plan.refusal
    assert "profileUrl" not in plan.body(user_id)

    done = here.apply({4: {"profileUrl": new, "title": "Engineer"}})
    assert done.plan.changes.set_index("path")["kind"].to_dict() == {"title": "replace", "profileUrl": "sent_along"}
    assert "profileUrl" not in done.puts[-1].reply.json
    assert done.outcome == {user_id: "applied"}
    assert new in held_by(here.recorder.server, user_id, token)

    assert here.put(plan.body(user_id)).status_code == 200
    assert "profileUrl" not in held_by(here.recorder.server, user_id, token)


def test_H7_the_extensions_urn_is_listed_where_it_is_written_and_need_not_come_back(world):
    here = world("huawei", **OTHERS[1])
    one, other = id_of("huawei", 5), id_of("huawei", 6)
    shown = here.raw(one)
    assert (shown["schemas"], ENTERPRISE in shown) == ([CORE], False)

    done = here.apply({5: {"title": "Engineer"}, 6: {"department": "Research"}})
    plain, written = (here.recorder.puts(user_id)[-1].json for user_id in (one, other))
    assert (plain["schemas"], written["schemas"]) == ([CORE], [CORE, ENTERPRISE])
    assert written[ENTERPRISE] == {"department": "Research"}
    assert done.outcome == {one: "applied", other: "applied_unverified"}
    assert "Research" in held_by(here.recorder.server, other, here.recorder.credentials["token"])


NEEDED = ("id", "schemas", "emails[].primary")


def test_H8_the_values_of_the_example_are_placeholders_and_others_do_as_well(world):
    here = world("huawei")
    user = person("huawei", 6)
    fields = [name for name, value in leaves(user) if not isinstance(value, (dict, list)) and name not in NEEDED]
    fields = [name for name in fields if not name.startswith(ENTERPRISE)]
    assert {"emails[].type", "phoneNumbers[].type", "locale", "timezone"} < set(fields)
    for name in fields:
        other = "ann-6@example.org" if name == "userName" else spoil(at(user, name))
        assert here.put(put_at(user, name, other)).status_code == 200, name

    user = put_at(put_at(user, "emails[].type", "home"), "phoneNumbers[].type", "mobile")
    new = {'emails[type eq "home"].value': "ann@home.example", 'phoneNumbers[type eq "mobile"].value': "+41446681800"}
    plan = plan_of("huawei", [user], {6: new})
    assert plan.blocked.empty
    assert [plan.body(user["id"])[name][0]["value"] for name in ("emails", "phoneNumbers")] == list(new.values())


def test_H9_the_id_in_the_body_is_that_of_the_path(usual):
    here, done, before = usual("huawei")
    assert done.puts[-1].json["id"] == done.puts[-1].user_id == before["id"]
    user = person("huawei", 7)
    assert here.put(user).status_code == 200
    nameless = {name: value for name, value in user.items() if name != "id"}
    assert here.ask(here.path_of(7), nameless).status_code == 200
    assert here.ask(here.path_of(7), user | {"id": id_of("huawei", 8)}).status_code == 400


PHONE = 'phoneNumbers[type eq "work"].value'
ENVELOPES = {"on": {}, "off": {"times": "text"}, "mixed": {"times": "seconds", "phone_numbers": "shown"}}
"""How one user is answered, and what else is otherwise on that practice server."""


def descope(world, envelope):
    return world("descope", envelope=envelope, **ENVELOPES[envelope])


@pytest.fixture(scope="module")
def enveloped(world):
    """A function that gives the world of an envelope, and what came of users there, though every answer had a detail."""

    def run(envelope):
        here = descope(world, envelope)

        def answers(asked, ask):
            reply = ask()
            if not asked.user_id:
                return reply
            said = {"detail": f"asked {len(here.recorder.log)} times"}
            held = reply.json
            return reply.holding({"user": held["user"] | said} if "user" in held else held | said)

        return here, here.apply({number: {"title": "Engineer"} for number in (3, 4, 5)}, answers=answers, canary=False)

    return cache(run)


def test_D1_phone_numbers_are_written_only_for_whoever_asks_for_it(world):
    here = descope(world, "mixed")
    user_id = id_of("descope", 1)
    diff = compared(here.target, {user_id: {PHONE: "+353211234567"}})
    assert diff.changes["status"].tolist() == ["unsupported"]
    with pytest.raises(SelectionError, match=r"connect\(…, writable=\['phoneNumbers'\]\)"):
        diff.select(diff.changes.index)
    with pytest.raises(ConnectError, match="phoneNumbers can be opted into"):
        sr.connect(here.recorder, writable=["nickName"])

    asked = sr.connect(here.recorder, dialect=dialect_of("descope"), writable=["phoneNumbers"])
    done = here.apply({1: {PHONE: "+353211234567"}}, target=asked)
    assert done.outcome == {user_id: "applied"}
    assert here.raw(user_id)["phoneNumbers"] == [{"type": "work", "value": "+353211234567"}]


def test_D2_what_the_table_has_is_written_though_the_prose_does_not_say_so(usual):
    here, _, before = usual("descope")
    user = here.raw(before["id"])
    assert (user["userName"], user["title"]) == ("brid@example.com", "Engineer")
    assert user["name"] == {"givenName": "Bríd", "familyName": "O'Brien", "middleName": "Ann"}


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_D3_a_user_is_taken_with_and_without_the_envelope(enveloped, envelope):
    here, done = enveloped(envelope)
    wrapped = {set(one.reply.json) == {"user"} for one in here.recorder.log if one.user_id}
    assert wrapped == {"on": {True}, "off": {False}, "mixed": {True, False}}[envelope]
    assert set(done.outcome.values()) == {"applied"}
    assert {tuple(steps) for steps in done.steps.values()} == {("read", "write")}

    listed = sr.fetch_users(here.target).resources
    for user_id in done.outcome:
        alone = json.loads(sr.fetch_users(here.target, ids=[user_id]).resources[user_id])
        assert alone == json.loads(listed[user_id])
        assert alone["id"] == user_id


@pytest.mark.parametrize("envelope", ENVELOPES)
def test_D4_whatever_the_times_and_the_detail_look_like_nothing_is_made_of_them(enveloped, envelope):
    _, done = enveloped(envelope)
    times = ENVELOPES[envelope].get("times", "empty")
    for put in done.puts:
        user = bare(put.reply.json)
        assert isinstance(user["meta"]["created"], str if times == "text" else dict)
        assert bool(user["meta"]["created"]) == (times != "empty")
        assert user["detail"].startswith("asked")
        assert {"detail", "meta"} & set(put.json) == set()
    assert set(done.outcome.values()) == {"applied"}


def test_D5_no_answer_has_the_phone_that_the_prose_speaks_of_and_one_that_has_it_is_read(world):
    here = world("descope")
    users = sr.fetch_users(here.target, ids=[id_of("descope", 7)])
    assert not [path for path in users.frame if "phone" in path.lower()]
    diff = sr.compare(pd.DataFrame({"id": users.frame["id"], "title": "Clerk"}), users, on="id")
    assert diff.changes.empty

    showing = descope(world, "mixed")
    showing.put(person("descope", 7, phoneNumbers=[{"value": "+353211234567", "type": "work"}]))
    users = sr.fetch_users(showing.target, ids=[id_of("descope", 7)])
    assert users.frame[PHONE].tolist() == ["+353211234567"]


def test_D6_a_put_has_the_token_and_the_media_type_that_the_curl_example_lacks(usual):
    here, done, _ = usual("descope")
    known = here.recorder.credentials
    assert done.puts[-1].headers["Authorization"] == f"Bearer {known['project_id']}:{known['access_key']}"
    assert done.puts[-1].headers["Content-Type"] == "application/json"
    assert here.ask(here.path_of(8), person("descope", 8), bearer="").status_code == 401


def test_D7_user_id_in_path_and_body_and_id_in_the_answer_are_one(usual):
    here, done, before = usual("descope")
    put = done.puts[-1]
    assert put.user_id == put.json["userId"] == put.reply.json["user"]["id"] == before["id"]
    user_id = id_of("descope", 9)
    assert here.ask(here.path_of(9), {**person("descope", 9), "userId": id_of("descope", 10)}).status_code == 400

    def another(asked, ask):
        reply = ask()
        return reply.holding({"user": reply.json["user"] | {"id": id_of("descope", 10)}}) if asked.method == "PUT" else reply

    done = here.apply({9: {"title": "Director"}}, answers=another)
    assert done.steps[user_id] == ["read", "write", "settle"]  # an answer about somebody else proves nothing
    assert done.outcome == {user_id: "applied"}


def test_D7_the_key_is_that_of_a_tenants_admin(world):
    here = world("descope", tenant_admin=False)
    error = refused(here.target, id_of("descope", 1), person("descope"))
    assert error.status == 403
    assert "access_key" in str(error)


NUMBERS = [f"T{n}" for n in range(1, 7)] + [f"H{n}" for n in range(1, 10)] + [f"D{n}" for n in range(1, 8)]


def test_each_of_the_22_contradictions_has_a_test_that_bears_its_number():
    assert {name.split("_")[1] for name in globals() if re.match(r"test_[THD]\d", name)} == set(NUMBERS)
    assert len(NUMBERS) == 22
