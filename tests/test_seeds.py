"""Every field, header, parameter, constraint and status of the three vendor pages, as a row, and what we do with it.

The tables are ``tests/seeds/*.csv``. Where a row stands on its page is in ``where``; ``what_we_do`` is one of the words below.
Each row is proven by what our client sends and makes of an answer, and against the practice server.
"""

import json
from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial

import httpx
import keyring
import pytest
from practice import held_by
from seeds.pages import needs_the_pages, rows_of
from seeds.people import (
    ENTERPRISE,
    applied,
    at,
    bare,
    by_name,
    column_of,
    compared,
    dialect_of,
    id_of,
    is_of,
    person,
    plan_of,
    planned,
    put_at,
    top_of,
    wrong_for,
)
from seeds.recording import Reply
from seeds.worlds import VENDORS, read_table, refused, worlds

import scimrecon as sr
from scimrecon.dialects import DIALECTS, Check
from scimrecon.errors import ConnectError, Malformed
from scimrecon.paths import parse_path

WORDS = {
    # A request
    "addressed": "it is in the URL of every request",
    "sent": "a PUT has it: as ticked, or else as received",
    "sent_if_mapped": "no answer shows it, and a PUT has it where the export says what it is",
    "sent_if_opted_in": "a PUT has it for whoever says connect(…, writable=[…])",
    "added": "a PUT has the user's id there",
    "kept": "it cannot be ticked, and goes back as received",
    "never_sent": "answers have it, and no PUT does",
    # An answer
    "read": "the users' frame shows it, and a PUT's answer is held against what was sent",
    "version": "it holds what If-Match names",
    "unwrapped": "the user is taken out of it, and taken as well without it",
    "absent": "no answer has it, and nothing waits for it",
    "ignored": "whatever it says, we do the same",
    "told": "an error of ours says it",
    # A constraint
    "checked": "a plan that would break it is blocked",
    "carried": "a user who breaks it already is taken and sent as she is, with a warning",
    # A status
    "taken": "the PUT was done",
    "refused": "the PUT was not done, and is not tried again",
    "renewed": "it is tried once more, with a new token",
    "rebuilt": "it is tried again on a fresh look at the user, if nobody else wrote what was ticked",
    "retried": "it is tried again a little later",
    "settled": "a GET tells whether the PUT was done",
}
KEYS = {"twilio": "client_secret", "huawei": "token", "descope": "access_key"}
ROWS = [row for seed in VENDORS for row in read_table(seed)]
PROVEN = set()
"""The rows whose word a test proves."""


def some(keep):
    """The rows of a test."""
    rows = [row for row in ROWS if keep(row)]
    assert rows, "a test without rows proves nothing"
    return rows


def besides(keep):
    """A test that proves something else of these rows than their word."""
    return pytest.mark.parametrize("row", some(keep), ids=str)


def each(keep):
    """A test that proves the word of these rows."""
    PROVEN.update(some(keep))
    return besides(keep)


def of(where, *words):
    return each(lambda row: row.where == where and (not words or row.what_we_do in words))


def with_a_number(rows, start):
    """These rows, each with the number of its own user."""
    return pytest.mark.parametrize(("number", "row"), list(enumerate(rows, start)), ids=list(map(str, rows)))


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A function that gives a vendor's world."""
    with worlds(tmp_path_factory) as give:
        yield give


@pytest.fixture
def no_kept_secrets(monkeypatch):
    """The tests' machine may keep some."""
    monkeypatch.setattr(keyring, "get_password", lambda service, name: None)
    for seed in VENDORS:
        for known in DIALECTS[seed].credentials:
            monkeypatch.delenv(f"SCIMRECON_{seed}_{known.name}".upper(), raising=False)


# The tables themselves


def test_every_row_says_what_we_do_in_one_of_the_words():
    assert {row.what_we_do for row in ROWS} == set(WORDS)


def test_no_row_stands_twice():
    assert len({(row.seed, row.where, row.field, row.constraint) for row in ROWS}) == len(ROWS)


@needs_the_pages
@pytest.mark.parametrize("seed", VENDORS)
def test_everything_a_page_names_is_a_row_as_the_page_words_it_and_no_row_is_made_up(seed):
    table = {(row.where, row.field, row.type, row.mandatory) for row in ROWS if row.seed == seed}
    page = set(rows_of(seed))
    of_examples = {named[:2] for named in page if not any(named[2:])}  # an example says no type

    assert table <= page
    assert {named for named in page - table if any(named[2:])} == set()
    assert of_examples <= {named[:2] for named in table}


@needs_the_pages
@pytest.mark.parametrize(("seed", "fields", "rows"), [("twilio", 118, 120), ("huawei", 142, 142), ("descope", 48, 49)])
def test_the_pages_are_read_whole(seed, fields, rows):
    assert len({named[:2] for named in rows_of(seed)}) == fields
    assert len(read_table(seed)) == rows


# Where a request goes


PLACES = {"OrganizationSid": "organization_sid", "tenant_id": "tenant_id"}
"""What a page calls a path parameter, and `connect` a credential; any other is the user's id."""


def filled(row, credentials, user_id):
    """An endpoint's path with its parameters in place."""
    path = row.field.removeprefix("PUT ")
    for name in [other.field for other in ROWS if (other.seed, other.where) == (row.seed, "path parameter")]:
        path = path.replace("{" + name + "}", credentials.get(PLACES.get(name, ""), user_id))
    return path


@of("server")
def test_a_dialects_own_url_is_at_the_pages_server(row):
    target, _ = by_name(row.seed)
    own = "scim.cn-north-4.myhuaweicloud.com"  # the page says {hostname}
    assert target.url.startswith(row.field.replace("{hostname}", own) + "/")


@of("endpoint")
def test_a_put_goes_to_the_pages_endpoint(row, world):
    target, credentials = by_name(row.seed)
    assert filled(row, credentials, "7") == httpx.URL(target.url + "/Users/7").path

    here = world(row.seed)
    sent = here.all_sent[0]
    assert f"{sent.put.method} {sent.put.path}" == f"PUT {filled(row, here.recorder.credentials, sent.user_id)}"


@of("path parameter")
def test_a_path_parameter_is_in_the_url_and_another_value_is_another_place(row, world):
    here = world(row.seed)
    sent = here.all_sent[0]
    name = PLACES.get(row.field)
    value = here.recorder.credentials[name] if name else sent.user_id
    assert value in sent.put.path.split("/")

    elsewhere = here.ask(sent.put.path.replace(value, value[::-1]), sent.put.json)
    assert elsewhere.status_code in (403, 404)


@besides(lambda row: row.where == "path parameter" and row.mandatory == "yes")
def test_without_a_path_parameter_nothing_is_sent_and_the_service_takes_nothing(row, world, no_kept_secrets):
    here = world(row.seed)
    sent = here.all_sent[0]
    name = PLACES.get(row.field)
    lacking = sent.put.path.replace("/" + (here.recorder.credentials[name] if name else sent.user_id), "")
    assert here.ask(lacking, sent.put.json).status_code in (404, 405)

    if name:
        _, given = by_name(row.seed)
        with pytest.raises(ConnectError, match=f"no {name}"):
            sr.connect(row.seed, **{other: value for other, value in given.items() if other != name})
    else:  # a user whose id is not known is not taken in, so that no plan holds one
        nameless = {key: value for key, value in person(row.seed).items() if key != "id"}
        page = Reply().holding({"totalResults": 1, "Resources": [nameless]})
        with here.answering(lambda asked, ask: page), pytest.raises(Malformed, match="a user without an id"):
            sr.fetch_users(here.target)


@of("authentication")
def test_a_client_id_and_secret_are_exchanged_for_the_token_of_the_requests(row, world):
    here = world(row.seed)
    sent = here.all_sent[0]
    issued = next(one for one in here.recorder.log if one.method == "POST")

    assert b"grant_type=client_credentials" in issued.body
    assert sent.put.headers["Authorization"] == f"Bearer {issued.reply.json['access_token']}"


@of("request header")
def test_a_request_header_is_sent_as_the_page_says(row, world):
    here = world(row.seed)
    put = here.all_sent[0].put
    if row.field == "Authorization":
        assert put.headers[row.field] == f"Bearer {here.bearer}"
        return
    for sent in here.all_sent:
        assert sent.put.headers[row.field] == sent.before["meta"]["version"]
    assert here.put(person(row.seed), **{row.field: "W/99"}).status_code == 409


@besides(lambda row: row.where == "request header" and row.mandatory == "yes")
def test_without_a_mandatory_header_nothing_is_sent_and_the_service_takes_nothing(row, world, no_kept_secrets):
    here = world(row.seed)
    put = here.all_sent[0].put
    assert here.ask(put.path, put.json, bearer="").status_code == 401

    _, given = by_name(row.seed)
    secret = KEYS[row.seed]
    with pytest.raises(ConnectError, match=f"no {secret}"):
        sr.connect(row.seed, **{name: value for name, value in given.items() if name != secret})


@of("request media type")
def test_a_body_goes_out_as_the_pages_media_type_and_is_taken(row, world):
    here = world(row.seed)
    assert {sent.put.headers["Content-Type"] for sent in here.all_sent} == {row.field}
    assert here.put(person(row.seed, 3), **{"Content-Type": row.field}).status_code == 200


@each(lambda row: row.where.endswith("media type") and row.what_we_do == "read")
def test_an_answer_of_the_pages_media_type_is_asked_for_and_read(row, world, provoked):
    here = world(row.seed)
    sent = here.all_sent[0]
    assert row.field in sent.put.headers["Accept"]
    reply = sent.put.reply if row.where == "response media type" else provoked(row.seed, row.status)[0]
    assert reply.header("Content-Type").partition(";")[0] == row.field


# The body of a request


def may_go(field):
    """Whether a field is one value that our dialect, which asks for more than the page, lets go."""
    required = {rule.path for rule in DIALECTS["huawei"].rules if rule.check is Check.REQUIRED} | {"active", "emails.primary"}
    return field.replace("[]", "") not in required and field not in ("name", "addresses", "phoneNumbers", "manager", ENTERPRISE)


def assert_sent(here, field, kind=""):
    """It is in the PUT as ticked, is stored, and is in the PUTs of others as they have it."""
    sent = here.sending[field]
    assert sent.outcome == "applied", sent.reason
    body = sent.put.json
    wanted = {"true": True, "false": False}.get(sent.asked, sent.asked)
    assert body == sent.planned
    assert at(body, field) != at(sent.before, field)
    assert not kind or is_of(kind, at(body, field))
    assert at(body, field) == wanted or str(sent.asked) in json.dumps(at(body, field))
    assert at(sent.after, field) == at(body, field)
    others = [one for one in here.all_sent if top_of(field) not in one.touched and at(one.before, field) is not None]
    assert others
    for other in others:
        assert at(other.put.json, field) == at(other.before, field)


@of("request body", "sent")
def test_a_field_that_is_sent_goes_out_as_ticked_and_is_stored_and_else_as_received(row, world):
    assert_sent(world(row.seed), row.field, row.type)


@of("request body", "sent_if_mapped")
def test_a_field_that_no_answer_shows_is_in_the_put_where_it_is_mapped(row, world):
    here = world(row.seed)
    sent = here.sending[row.field]
    value = at(sent.put.json, row.field)

    assert value == sent.asked
    assert is_of(row.type, value)
    assert row.field not in sent.before | sent.after
    assert value in held_by(here.recorder.server, sent.user_id, here.recorder.credentials[KEYS[row.seed]])
    assert sent.outcome == "applied", sent.reason
    assert [one for one in here.all_sent if row.field in one.put.json] == [sent]


@of("request body", "added")
def test_the_users_id_is_added_where_a_put_wants_it_and_another_is_refused(row, world):
    here = world(row.seed)
    for sent in here.all_sent:
        assert at(sent.put.json, row.field) == sent.put.user_id == sent.user_id
    user = person(row.seed, 3)
    assert here.put(user | {row.field: id_of(row.seed, 3)}).status_code == 200
    assert here.ask(here.path_of(3), user | {row.field: id_of(row.seed, 4)}).status_code == 400


@of("request body", "kept")
def test_a_field_that_is_kept_goes_back_as_received_and_cannot_be_ticked(row, world):
    here = world(row.seed)
    for sent in here.all_sent:
        before, body = sent.before, sent.put.json
        # An extension that is written is listed (RFC 7643 §3); Huawei Cloud lists none.
        listed = [ENTERPRISE] if body.get(ENTERPRISE) != before.get(ENTERPRISE) else []
        assert body[row.field] == [*before[row.field], *listed]
        assert is_of(row.type, body[row.field])
    with pytest.raises(sr.errors.PathError):
        parse_path(row.field)


@of("request body", "never_sent")
def test_a_field_that_is_never_sent_is_in_no_put_though_the_user_has_it(row, world):
    for sent in world(row.seed).all_sent:
        assert is_of(row.type, sent.before[row.field])
        assert row.field not in sent.put.json


@besides(lambda row: row.where == "request body" and row.what_we_do != "never_sent")
def test_a_value_of_another_type_than_the_pages_is_refused(row, world):
    here = world(row.seed)
    before = here.raw(id_of(row.seed, 5))
    user = put_at({**person(row.seed, 5), **({"userId": id_of(row.seed, 5)} if row.seed == "descope" else {})}, row.field, 5)
    user = put_at(user, row.field, wrong_for(row.type))

    assert here.ask(here.path_of(5), user).status_code == 400
    assert here.raw(id_of(row.seed, 5)) == before


@besides(lambda row: (row.where, row.mandatory) == ("request body", "no"))
def test_what_the_page_calls_optional_can_be_left_out_where_only_the_page_counts(row, world):
    here = world(row.seed, lenient_seed=True)
    assert here.put(person(row.seed, 6)).status_code == 200
    user = put_at(person(row.seed, 6), row.field, None)
    assert here.ask(here.path_of(6), user).status_code == 200


@besides(lambda row: (row.where, row.mandatory) == ("request body", "yes"))
def test_what_the_page_calls_mandatory_is_asked_for_and_no_plan_takes_it_away(row, world):
    for switches in ({}, {"lenient_seed": True}):
        here = world(row.seed, **switches)
        assert here.put(put_at(person(row.seed, 6), row.field, None)).status_code == 400

    member = row.field.partition("[].")[2]
    plan = planned(here.target, {id_of(row.seed, 7): {f'emails[type eq "work"].{member}': ""}})
    assert plan.requests.empty
    assert "emails" in plan.blocked["reason"].item()


CLEARABLE = some(lambda row: (row.where, row.mandatory, row.what_we_do) == ("request body", "no", "sent") and may_go(row.field))


@pytest.fixture(scope="module")
def cleared():
    """A plan that clears each of these fields of a user of its own."""
    changes = {number: {path_of(row.field): ""} for number, row in enumerate(CLEARABLE, start=20)}
    return plan_of("huawei", [person("huawei", number) for number in changes], changes)


def path_of(field):
    name, _, member = field.partition("[].")
    chosen = "primary eq true" if member == "type" else 'type eq "work"'
    return f"{name}[{chosen}].{member}" if member else field


@with_a_number(CLEARABLE, 20)
def test_what_is_optional_is_cleared_by_leaving_it_out(number, row, cleared):
    user_id = id_of("huawei", number)
    assert user_id in cleared.requests["user_id"].tolist(), cleared.blocked
    assert at(person("huawei", number), row.field) is not None
    assert at(cleared.body(user_id), row.field) is None


# The body of an answer


def assert_read(here, field):
    """The frame shows it, and comparing sees that it differs from something else."""
    seen = here.showing[field]
    value = at(bare(seen.users.resources[seen.user_id]), field.removeprefix("user."))
    assert value is not None
    start = column_of(field)
    columns = [name for name in seen.cells.index if name == start or name.startswith((f"{start}.", f"{start}["))]
    assert columns
    if isinstance(value, (str, bool)) and start in seen.cells.index:
        text = {True: "true", False: "false"}.get(value, value)
        assert seen.cells[start] == text
        assert [before for before, _ in seen.differs] == ([text] if start != "id" else [])


@of("response body", "read")
def test_a_field_that_is_read_is_shown_and_a_puts_answer_is_held_against_it(row, world):
    seen = world(row.seed).showing[row.field]
    assert is_of(row.type, at(seen.told.json, row.field))
    assert_read(world(row.seed), row.field)
    # Another value in the PUT's answer was looked into.
    assert seen.steps[:2] == ["read", "write"]
    assert (len(seen.steps), seen.outcome) == (3, "applied")


def seen_of(row, world):
    """What we did though a PUT's answer had another value there: nothing, and no column shows the field."""
    seen = world(row.seed).showing[row.field]
    assert is_of(row.type, at(seen.told.json, row.field))
    assert (seen.steps, seen.outcome) == (["read", "write"], "applied")
    field = row.field.removeprefix("user.")
    assert not [name for name in seen.cells.index if name == field or name.startswith(f"{field}.")]
    return seen, field, json.loads(seen.users.resources[seen.user_id])


@of("response body", "ignored")
def test_a_field_that_is_ignored_makes_no_difference_and_is_never_sent_back(row, world):
    seen, field, _ = seen_of(row, world)
    assert at(seen.put.json, field) is None


@of("response body", "kept")
def test_a_field_that_is_kept_stays_in_the_resource(row, world):
    seen, field, resource = seen_of(row, world)
    assert at(resource, field) == at(world(row.seed).raw(seen.user_id), field)


@of("response body", "version")
def test_a_users_version_is_what_if_match_names(row, world):
    seen_of(row, world)
    for sent in world(row.seed).all_sent:
        assert sent.before[row.field]["version"] == sent.version == sent.put.headers["If-Match"]


@of("response body", "unwrapped")
def test_a_user_is_taken_out_of_the_envelope(row, world):
    seen, field, resource = seen_of(row, world)
    assert field not in resource
    assert set(resource) == set(at(seen.told.json, row.field))


ALSO_CALLED = {"email": "emails", "username": "userName"}


@of("request prose", "sent")
def test_what_the_prose_says_can_be_updated_is_sent(row, world):
    assert_sent(world(row.seed), row.field)


@of("request prose", "sent_if_opted_in")
def test_what_the_prose_alone_says_is_sent_for_whoever_asks_for_it(row, world):
    here = world(row.seed, phone_numbers="shown")
    user_id, path = id_of(row.seed, 8), f'{row.field}[type eq "work"].value'
    diff = compared(here.target, {user_id: {path: "+353211234567"}})
    assert diff.changes["status"].tolist() == ["unsupported"]

    asked = sr.connect(here.recorder, dialect=dialect_of(row.seed), writable=[row.field])
    done = applied(planned(asked, {user_id: {path: "+353211234567"}}), asked, here.folder)
    assert done.outcome == {user_id: "applied"}
    assert here.raw(user_id)[row.field] == [{"type": "work", "value": "+353211234567"}]


@of("response prose", "read")
def test_what_the_prose_says_an_answer_has_is_read(row, world):
    here = world(row.seed)
    field = "user." + ALSO_CALLED.get(row.field, row.field)
    assert_read(here, field)


@of("response prose", "absent")
def test_what_the_prose_alone_says_an_answer_has_is_not_waited_for(row, world):
    here = world(row.seed)
    users = here.showing["user.title"].users
    for answer in (here.raw(id_of(row.seed, 8)), *map(json.loads, users.resources.values())):
        assert not [name for name in answer if row.field in name.lower()]
    assert not [name for name in users.frame if row.field in name.lower()]


# What a page asks of values


LIMITED = [row for row in ROWS if row.constraint.startswith("length ")]


def limits_of(row):
    return tuple(map(int, row.constraint.removeprefix("length ").split("..")))


def extension_of(field, text):
    """The enterprise extension with a text at one of its fields."""
    return {ENTERPRISE: {"manager": {"value": text}} if field == "manager.value" else {field: text}}


@pytest.fixture(scope="module")
def stretched():
    """A plan that gives each limited field, of a user of its own, each length around its limits; and who is who in it."""
    lengths = {(row.field, length) for row in LIMITED for limit in limits_of(row) for length in (limit, limit + 1)}
    number_of = {case: number for number, case in enumerate(sorted(lengths), start=20)}
    managers = [{**person("huawei", 2000 + length), "id": "x" * length} for _, length in lengths]
    people = [person("huawei", number) for number in number_of.values()]
    changes = {number: {field: "x" * length} for (field, length), number in number_of.items()}
    return plan_of("huawei", people + list({one["id"]: one for one in managers}.values()), changes), number_of


@each(lambda row: row in LIMITED and row.what_we_do == "checked")
def test_a_length_is_held_to_at_both_ends_by_the_plan_and_by_the_service(row, world, stretched, cleared):
    here, (plan, number_of) = world(row.seed), stretched
    least, most = limits_of(row)
    reasons = plan.blocked.set_index("user_id")["reason"]
    for length, fits in ((least, True), (most, True), (most + 1, False)):
        user_id = id_of(row.seed, number_of[row.field, length])
        assert here.put(person(row.seed, 7, **extension_of(row.field, "x" * length))).status_code == (200 if fits else 400)
        assert (user_id in plan.requests["user_id"].tolist()) == fits
        assert fits or f"{row.field} has {length:,} characters" in reasons[user_id]

    # Below one is no text, which the service refuses, and which we never send: it clears.
    assert least == 1
    assert here.put(person(row.seed, 7, **extension_of(row.field, ""))).status_code == 400
    number = 20 + [other.field for other in CLEARABLE].index(row.field)
    assert at(cleared.body(id_of(row.seed, number)), row.field) is None


CARRIED = some(lambda row: row.what_we_do == "carried")
PROVEN.update(CARRIED)


@pytest.fixture(scope="module")
def carried(world, tmp_path_factory):
    """By seed: a plan that changes something else of users whom a practice server has though they break a rule."""
    plans = {}
    with ExitStack() as stack:
        for seed in {row.seed for row in CARRIED}:
            breaking = {
                number: person(seed, number, **breaks(row, number))
                for number, row in enumerate(CARRIED, start=30)
                if row.seed == seed
            }
            server = stack.enter_context(sr.sandbox.start(seed, users=list(breaking.values())))
            target = sr.connect(server, dialect=dialect_of(seed))
            plan = planned(target, {id_of(seed, number): {"displayName": "Ann Byrne"} for number in breaking})
            plans[seed] = plan, {user["id"]: user for user in breaking.values()}
    return plans


def breaks(row, number):
    if row in LIMITED:
        return extension_of(row.field, "x" * (limits_of(row)[1] + 1))
    return {"userName": f"ann{number}@example.com"} | BREAKING[row.constraint][0]


@with_a_number(CARRIED, 30)
def test_who_breaks_a_rule_already_is_read_and_goes_back_as_received_with_a_warning(number, row, carried):
    plan, users = carried[row.seed]
    user_id = id_of(row.seed, number)
    assert plan.blocked.empty
    assert at(plan.body(user_id), row.field) == at(users[user_id], row.field)
    assert plan.body(user_id)["displayName"] == "Ann Byrne"
    assert row.field in " ".join(plan.warnings["warning"])


HOME = {"value": "ann@home.example", "type": "home"}
WORK = {"value": "ann7@example.com", "type": "work", "primary": True}
OTHER = {"value": "other@example.com", "type": "work", "primary": True}
BREAKING = {
    # What a user who breaks it holds, the changes that would break it, and changes that do not.
    "the same as the primary email": (
        {"userName": "other@example.com"},
        {"userName": "other@example.com"},
        {"userName": "b@example.com", "emails[primary eq true].value": "b@example.com"},
    ),
    "the primary one is the userName": (
        {"emails": [OTHER]},
        {"emails[primary eq true].value": "other@example.com"},
        {"userName": "b@example.com", "emails[primary eq true].value": "B@example.com"},
    ),
    "one is primary if there are several": (
        {"emails": [{**WORK, "primary": False}, HOME]},
        {"emails[primary eq true].primary": "false"},
        {'emails[type eq "home"].value': "new@home.example"},
    ),
}


@each(lambda row: row.constraint in BREAKING and row.what_we_do == "checked")
def test_a_rule_among_fields_is_held_to_by_the_plan_and_by_the_service(row, world):
    here = world(row.seed)
    breaking, refused_changes, fitting = BREAKING[row.constraint]
    assert here.put(person(row.seed, 7)).status_code == 200
    assert here.put(person(row.seed, 7, **breaking)).status_code == 400
    assert here.put(person(row.seed, 7, emails=[WORK, HOME])).status_code == 200
    assert here.put(person(row.seed, 7, emails=[{"value": WORK["value"]}])).status_code == 200

    people = [person(row.seed, number, emails=[{**WORK, "value": f"ann{number}@example.com"}, HOME]) for number in (7, 8)]
    plan = plan_of(row.seed, people, {7: refused_changes, 8: fitting})
    assert plan.blocked["user_id"].tolist() == [id_of(row.seed, 7)]
    assert row.field in plan.blocked["reason"].item()
    assert plan.requests["user_id"].tolist() == [id_of(row.seed, 8)]


@each(lambda row: row.constraint == "ProjectId:AccessKey")
def test_the_token_is_project_and_key_with_a_colon(row, world, no_kept_secrets):
    here = world(row.seed)
    project, key = (here.recorder.credentials[name] for name in ("project_id", "access_key"))
    put = here.all_sent[0].put

    assert put.headers[row.field] == f"Bearer {project}:{key}"
    for wrong in (key, f"{key}:{project}", f"{project} {key}", project):
        assert here.ask(put.path, put.json, bearer=wrong).status_code == 401
    with pytest.raises(ConnectError, match="no project_id"):
        sr.connect(row.seed, access_key=key)


@each(lambda row: row.constraint == "a key of the tenant with its admin role")
def test_a_key_without_the_role_is_refused_with_a_word_on_where_to_look(row, world):
    here = world(row.seed, tenant_admin=False)
    assert here.put(person(row.seed)).status_code == 403
    error = refused(here.target, id_of(row.seed, 1), person(row.seed))
    assert error.status == 403
    assert "Tenant Admin" in str(error)
    assert "access_key" in str(error)


# Statuses and errors


@pytest.fixture(scope="module")
def provoked(world):
    """A function that gives the practice server's answer with an error's status, and the error that our client makes of it."""
    return cache(lambda seed, status: provoke(world, seed, status))


def provoke(world, seed, status):
    here = world(seed)
    user, version = person(seed, 9), ""
    target = here.target
    if seed == "twilio":
        match status:
            case 400:
                user["userName"] = "other@example.com"
            case 401:
                target = here.connect(token="not-one-of-ours")
            case 403:
                organization = here.recorder.credentials["organization_sid"]
                target = here.connect(url=here.recorder.url.replace(organization, "OR" + "0" * 32))
            case 404:
                user["id"] = "US" + "0" * 32
            case 409:
                version = "W/99"
            case 429:
                here = world("twilio", limit=1)
                here.client.get("/Users")
                target = here.target
    else:
        match status:
            case 400:
                del user["displayName"]
            case 403:
                here = world("huawei", unauthorized_status=403, fail_every=1)
                target = here.connect(token="not-one-of-ours")
            case 404:
                user["id"] = id_of("huawei", 999)
            case 409:
                user["userName"] = "ann1"
            case 500:
                here = world("huawei", unauthorized_status=403, fail_every=1)
                target = here.target
    error = refused(target, user["id"], user, version)
    return here.recorder.log[-1].reply, error


ERRORS = ("error 4", "error 5")
OURS = {"detail": "detail", "scimType": "scim_type", "code": "vendor_code", "moreInfo": "more_info", "timeStamp": "time"}
ONLY_FOR = {"scimType": 400}
"""Twilio's example of a 409 has none, and what its 401 looks like is not told."""


def example_of(row):
    """A body with all the members that a page gives an error, each telling."""
    members = {other.field: other.type for other in ROWS if (other.seed, other.where) == (row.seed, row.where)}
    said = {"status": str(row.status) if row.seed == "twilio" else row.status, "schemas": ["urn:e"], "schema": "urn:e"}
    return {
        name: said.get(name, 20001 if kind.lower().startswith("integer") else f"the {name}") for name, kind in members.items()
    }


@besides(lambda row: row.where.startswith(ERRORS) and row.where[-1].isdigit())
def test_a_field_of_an_error_is_of_the_pages_type(row, world, provoked):
    reply, error = provoked(row.seed, row.status)
    assert reply.status == error.status == row.status
    if ONLY_FOR.get(row.field, row.status) == row.status:
        assert is_of(row.type, reply.json[row.field])
    assert is_of(row.type, example_of(row)[row.field])


@each(lambda row: row.where.startswith(ERRORS) and row.what_we_do == "told" and row.field != "status")
def test_what_an_error_says_our_error_tells(row, world, provoked):
    reply, error = provoked(row.seed, row.status)
    assert getattr(error, OURS[row.field]) == str(reply.json.get(row.field, ""))

    example = example_of(row)
    made = world(row.seed).made_of(Reply(status=row.status).holding(example))
    assert made[OURS[row.field]] == str(example[row.field])


@each(lambda row: row.where.startswith(ERRORS) and row.what_we_do == "told" and row.field == "status")
def test_the_status_of_an_error_is_told_as_a_number(row, world, provoked):
    reply, error = provoked(row.seed, row.status)
    assert error.status == int(reply.json[row.field]) == row.status
    assert isinstance(error.status, int)


@each(lambda row: row.where.startswith(ERRORS) and row.where[-1].isdigit() and row.what_we_do == "ignored")
def test_what_else_an_error_says_makes_no_difference(row, world):
    here, example = world(row.seed), example_of(row)
    told = here.made_of(Reply(status=row.status).holding(example))
    lacking = {name: value for name, value in example.items() if name != row.field}

    assert told["detail"] == "the detail"
    for content in (lacking, {**example, row.field: None}, {**example, row.field: {"other": "thing"}}):
        assert here.made_of(Reply(status=row.status).holding(content)) == told


@each(lambda row: row.where.endswith("header") and row.what_we_do == "ignored")
def test_a_header_for_browsers_is_there_and_makes_no_difference(row, world, provoked):
    here = world(row.seed)
    if row.where == "response header":
        reply = here.all_sent[0].put.reply
    else:
        reply, _ = provoked(row.seed, row.status)
    value = reply.header(row.field)
    assert value in ("true", "false") if row.type == "boolean" else value

    others = tuple(pair for pair in reply.headers if pair[0].lower() != row.field.lower())
    headers = (others, reply.headers, (*others, (row.field, "anything")))
    made = [here.made_of(replace(reply, headers=some)) for some in headers]
    assert made[0] == made[1] == made[2]
    assert made[0]["status"] == reply.status


def first(user_id, reply, *, done=False):
    """Answer a user's first PUT so, done or not."""
    left = [reply]

    def answers(asked, ask):
        if asked.method != "PUT" or asked.user_id != user_id or not left:
            return ask()
        if done:
            ask()
        return left.pop()

    return answers


def in_turn(answers):
    """Let each have its say on a request, the first one last."""

    def answer(asked, ask):
        for one in answers:
            ask = partial(one, asked, ask)
        return ask()

    return answer


@pytest.fixture(scope="module")
def outcomes(world, provoked):
    """By seed: what became of users whose first PUT was answered with the practice server's own errors, each with another."""

    def run(seed):
        here = world(seed)
        rows = [row for row in ROWS if row.seed == seed and row.where == "status"]
        cases = [(row.status, False) for row in rows if row.what_we_do in ("refused", "retried", "settled")]
        cases += [(row.status, True) for row in rows if row.what_we_do == "settled"]
        number_of = {case: number for number, case in enumerate(cases, start=10)}
        replies = [
            first(id_of(seed, number), provoked(seed, status)[0], done=done) for (status, done), number in number_of.items()
        ]
        changes = {number: {"displayName": "Ann Byrne"} for number in number_of.values()}
        return here.apply(changes, answers=in_turn(replies), canary=False, concurrency=1), number_of

    return cache(run)


def became(outcomes, world, row, *, done=False):
    """One of them: the result, its steps, how many PUTs there were, and whether it is done."""
    run, number_of = outcomes(row.seed)
    user_id = id_of(row.seed, number_of[row.status, done])
    is_done = world(row.seed).raw(user_id)["displayName"] == "Ann Byrne"
    return run.row(user_id), run.steps[user_id], len([put for put in run.puts if put.user_id == user_id]), is_done


@of("status", "taken")
def test_a_success_is_taken(row, world):
    if row.status == 200:
        sent = world(row.seed).all_sent[0]
        assert (sent.outcome, sent.put.reply.status) == ("applied", 200)
        return
    here = world(row.seed, put_status=row.status)
    done = here.apply({1: {"displayName": "Ann Byrne"}})
    result = done.row(id_of(row.seed, 1))
    assert (result["outcome"], result["http_status"], len(done.puts)) == ("applied", row.status, 1)
    assert here.raw(id_of(row.seed, 1))["displayName"] == "Ann Byrne"


@of("status", "refused")
def test_a_refusal_is_an_outcome_and_is_not_tried_again(row, world, provoked, outcomes):
    reply, error = provoked(row.seed, row.status)
    result, steps, puts, done = became(outcomes, world, row)

    assert error.status == row.status
    assert (result["outcome"], result["http_status"], puts, done) == ("rejected", row.status, 1, False)
    assert result["detail"] == reply.json["detail"]
    assert result.dropna().get("vendor_code", "") == str(reply.json.get("code", ""))
    assert steps == ["read", "write"] + (["settle"] if row.status == 404 else [])


@of("status", "retried")
def test_too_many_requests_are_tried_again_a_little_later(row, world, provoked, outcomes):
    _, error = provoked(row.seed, row.status)
    result, steps, puts, done = became(outcomes, world, row)

    assert error.status == row.status
    assert (result["outcome"], result["attempts"], puts, done) == ("applied", 2, 2, True)
    assert steps == ["read", "write", "read", "write"]


@of("status", "settled")
@pytest.mark.parametrize("was_done", [True, False])
def test_after_a_failure_a_get_tells_whether_it_was_done(row, world, provoked, outcomes, was_done):
    _, error = provoked(row.seed, row.status)
    result, steps, puts, done = became(outcomes, world, row, done=was_done)

    assert error.status == row.status
    assert (result["outcome"], puts, done) == ("applied" if was_done else "failed", 1, was_done)
    assert steps == ["read", "write", "settle"]


@of("status", "renewed")
def test_a_refused_token_is_renewed_once(row, world, provoked):
    reply, error = provoked(row.seed, row.status)
    assert error.status == row.status
    here = world(row.seed)
    user_id = id_of(row.seed, 17)
    done = here.apply({17: {"displayName": "Ann Byrne"}}, answers=first(user_id, reply), canary=False)

    assert done.outcome == {user_id: "applied"}
    assert [put.reply.status for put in done.puts] == [401, 200]
    assert done.puts[0].headers["Authorization"] != done.puts[1].headers["Authorization"]


@of("status", "rebuilt")
def test_a_version_conflict_is_answered_with_a_put_on_a_fresh_look(row, world, provoked):
    reply, error = provoked(row.seed, row.status)
    assert error.status == row.status
    here = world(row.seed)
    ids = [id_of(row.seed, number) for number in (14, 15, 16)]
    plan = planned(here.target, {user_id: {"displayName": "Ann Byrne"} for user_id in ids})
    edited = here.raw(ids[2])
    assert here.put(edited | {"locale": "ga-IE"}).status_code == 200
    done = applied(plan, here.target, here.folder)

    assert set(done.outcome.values()) == {"applied"}
    assert "rebased" in done.row(ids[2])["reason"]
    refusals = [put.reply for put in here.recorder.puts(ids[2]) if put.reply.status == row.status]
    assert [one.json["code"] for one in refusals] == [reply.json["code"]]
    now = here.raw(ids[2])
    assert (now["displayName"], now["locale"]) == ("Ann Byrne", "ga-IE")


# Nothing is left out


def test_every_rows_word_is_proven_by_a_test():
    assert set(ROWS) - PROVEN == set()
