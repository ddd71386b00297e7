"""The vendor pages' own examples, with legal values, on loopback: by plain HTTP, and as what our client makes of an export."""

import json

import pytest
from practice import fetch_token, held_by
from seeds.pages import leaves, needs_the_pages, read_page
from seeds.people import CORE, at, bare, id_of, is_of, person, planned
from seeds.worlds import read_table, worlds

import scimrecon as sr

HUAWEI_ID = id_of("huawei", 1)
HUAWEI_REQUEST = {
    "id": HUAWEI_ID,
    "externalId": "123456",
    "userName": "brid.obrien",
    "name": {
        "formatted": "Dr Bríd Ann O'Brien jr", "familyName": "O'Brien", "givenName": "Bríd", "middleName": "Ann",
        "honorificPrefix": "Dr", "honorificSuffix": "jr",
    },
    "displayName": "Bríd O'Brien",
    "nickName": "Biddy",
    "profileUrl": "https://people.example/brid",
    "emails": [{"value": "brid@example.com", "type": "work", "primary": True}],
    "addresses": [
        {
            "formatted": "8 Nanjing Road, Shanghai", "streetAddress": "8 Nanjing Road", "locality": "Shanghai",
            "region": "Huangpu", "postalCode": "200001", "country": "CN", "type": "work", "primary": True,
        },
    ],
    "phoneNumbers": [{"value": "+862161234567", "type": "work", "primary": True}],
    "userType": "Contractor",
    "title": "Engineer",
    "preferredLanguage": "zh-CN",
    "locale": "zh-CN",
    "timezone": "Asia/Shanghai",
    "active": True,
    "schemas": [CORE],
}  # fmt: skip
HUAWEI_META = {"resourceType": "User", "created": "2023-04-08T14:53:43Z", "lastModified": "2023-04-16T21:32:55Z"}

DESCOPE_ID = id_of("descope", 1)
DESCOPE_CURL = {
    "userId": DESCOPE_ID,
    "displayName": "Bríd O'Brien",
    "emails": [{"value": "brid@example.com", "primary": True, "type": "work"}],
    "active": True,
    "name": {"givenName": "Bríd", "familyName": "O'Brien", "middleName": "Ann"},
    "userName": "brid@example.com",
    "title": "Engineer",
}
DESCOPE_ANSWER = {
    "user": {
        "schemas": [CORE],
        "id": DESCOPE_ID,
        "userName": "brid@example.com",
        "meta": {"created": {}, "location": f"/scim/v2/Users/{DESCOPE_ID}", "lastModified": {}, "resourceType": "User"},
        "emails": DESCOPE_CURL["emails"],
        "name": DESCOPE_CURL["name"],
        "active": True,
        "displayName": "Bríd O'Brien",
        "detail": "",
        "title": "Engineer",
    }
}

TWILIO_ID = id_of("twilio", 1)
TWILIO_BODY = {
    "id": TWILIO_ID,
    "externalId": "E-123456",
    "userName": "brid@example.com",
    "displayName": "Bríd O'Brien",
    "name": {"givenName": "Bríd", "familyName": "O'Brien"},
    "emails": [{"primary": True, "value": "brid@example.com", "type": "work"}],
    "active": True,
    "locale": "ga-IE",
    "timezone": "Europe/Dublin",
    "schemas": [CORE],
    "meta": {"resourceType": "user", "version": "W/1"},
}

AS_CELLS = {
    "huawei": [name for name in HUAWEI_REQUEST if name not in ("id", "schemas")],
    "descope": [name for name in DESCOPE_CURL if name != "userId"],
    "twilio": [name for name in TWILIO_BODY if name not in ("id", "schemas", "meta")],
}
"""The attributes that an analyst's export would give."""


def cells_of(seed, example):
    """An example as an export has it: SCIM paths and texts."""
    cells = {}
    for field, value in leaves({name: example[name] for name in AS_CELLS[seed]}):
        name, _, member = field.partition("[].")
        if isinstance(value, (dict, list)) or member in ("type", "primary"):
            continue
        path = f'{name}[type eq "work"].{member}' if member else field
        cells[path] = {True: "true", False: "false"}.get(value, value)
    return cells


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A function that gives a vendor's practice server with these switches, behind a recorder."""
    with worlds(tmp_path_factory) as give:
        yield give


def examples(page):
    """The JSON objects that a page shows, as they stand there."""
    decoder, found, at = json.JSONDecoder(), [], 0
    while (at := page.find("{\n", at)) >= 0:
        example, at = decoder.raw_decode(page, at)
        found.append(example)
    return found


@needs_the_pages
@pytest.mark.parametrize(
    ("seed", "number", "ours"),
    [
        ("huawei", 0, HUAWEI_REQUEST),
        ("huawei", 1, {**{name: value for name, value in HUAWEI_REQUEST.items() if name != "profileUrl"}, "meta": HUAWEI_META}),
        ("descope", 0, DESCOPE_CURL),
        ("descope", 1, DESCOPE_ANSWER),
    ],
    ids=["Huawei, request", "Huawei, answer", "Descope, curl", "Descope, answer"],
)
def test_our_examples_are_the_pages_with_other_values(seed, number, ours):
    page = dict(leaves(examples(read_page(seed))[number]))
    assert {name: type(value) for name, value in leaves(ours)} == {name: type(value) for name, value in page.items()}


def test_the_body_for_twilio_has_what_its_page_lists():
    listed = {row.field: row.type for row in read_table("twilio") if row.where == "request body"}
    assert set(TWILIO_BODY) == set(listed)
    assert all(is_of(kind, TWILIO_BODY[field]) for field, kind in listed.items())


# By plain HTTP


def test_huaweis_example_is_answered_with_201_and_the_user_but_for_the_profile_url(world):
    here = world("huawei", put_status=201)
    put = here.put(HUAWEI_REQUEST)

    assert (put.status_code, put.headers["Content-Type"]) == (201, "application/json")
    shown = put.json()
    assert set(shown) == set(HUAWEI_REQUEST) - {"profileUrl"} | {"meta"}
    assert {name: shown[name] for name in set(shown) - {"meta"}} == {name: HUAWEI_REQUEST[name] for name in set(shown) - {"meta"}}
    assert set(shown["meta"]) == set(HUAWEI_META)
    assert here.raw(HUAWEI_ID) == shown
    assert HUAWEI_REQUEST["profileUrl"] in held_by(here.recorder.server, HUAWEI_ID, here.recorder.credentials["token"])


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "application/json"])
def test_descopes_curl_command_is_answered_with_the_enveloped_user(world, media_type):
    here = world("descope")
    # curl -d says that it sends a form, unless told otherwise.
    put = here.client.put(f"/Users/{DESCOPE_ID}", content=json.dumps(DESCOPE_CURL), headers={"Content-Type": media_type})

    assert put.status_code == 200
    assert put.json() == DESCOPE_ANSWER
    assert here.client.get(f"/Users/{DESCOPE_ID}").json() == DESCOPE_ANSWER


def test_descopes_curl_command_as_it_stands_lacks_the_token(world):
    here = world("descope")
    assert here.ask(here.path_of(1), DESCOPE_CURL, bearer="").status_code == 401


@pytest.mark.parametrize(("number", "media_type"), [(2, "application/json"), (3, "application/scim+json")])
def test_twilios_put_with_if_match_is_done_once(world, number, media_type):
    here = world("twilio")
    login = {"userName": f"brid{number}@example.com", "emails": [{"primary": True, "value": f"brid{number}@example.com"}]}
    body = {**TWILIO_BODY, "id": id_of("twilio", number), "externalId": f"E-99{number}", **login}
    headers = {"If-Match": "W/1", "Content-Type": media_type}
    first, second = (here.put(body, **headers) for _ in range(2))

    assert (first.status_code, first.headers["Content-Type"]) == (200, "application/scim+json")
    shown = first.json()
    assert {name: shown[name] for name in set(body) - {"meta"}} == {name: body[name] for name in set(body) - {"meta"}}
    assert shown["meta"]["version"] == "W/2"
    declared = [row.field for row in read_table("twilio") if row.where == "response header"]
    assert all(first.headers[name] for name in declared)

    assert (second.status_code, second.headers["Content-Type"]) == (409, "application/scim+json")
    error = second.json()
    listed = {row.field: row.type for row in read_table("twilio") if row.where == "error 409"}
    assert set(error) <= set(listed)
    assert all(is_of(listed[name], value) for name, value in error.items())
    assert (error["status"], error["code"]) == ("409", 25020)
    assert here.raw(body["id"]) == shown


def test_twilios_token_comes_for_a_client_id_and_secret(world):
    here = world("twilio")
    answer = fetch_token(here.recorder.server)
    assert answer.status_code == 201
    put = here.ask(here.path_of(4), person("twilio", 4), bearer=answer.json()["access_token"])
    assert put.status_code == 200


# By our client, as the PUT that a reconciliation asks for


@pytest.fixture(scope="module")
def reconciled(world):
    """By seed: the PUTs that bring a user to a page's example, what we made of the answers, and the user afterwards."""
    found = {}
    for seed, example in (("huawei", HUAWEI_REQUEST), ("descope", DESCOPE_CURL), ("twilio", TWILIO_BODY)):
        here = world(seed, **({"put_status": 201} if seed == "huawei" else {}))
        if seed == "huawei":
            here.put(person(seed, 1))
        if seed == "descope":
            here.put({**person(seed, 1), "userId": DESCOPE_ID})
        before = here.raw(id_of(seed, 1))
        done = here.apply({1: cells_of(seed, example)})
        found[seed] = here, before, done, here.raw(id_of(seed, 1))
    return found


def test_huaweis_example_is_the_put_of_a_reconciliation_and_201_is_a_success(reconciled):
    here, before, done, after = reconciled["huawei"]
    assert done.outcome == {HUAWEI_ID: "applied"}
    [put] = done.puts
    extension = {name: value for name, value in before.items() if name.startswith("urn:")}
    assert put.json == HUAWEI_REQUEST | extension | {"schemas": before["schemas"]}  # what nobody ticked goes back as it was
    assert (put.reply.status, done.row(HUAWEI_ID)["http_status"]) == (201, 201)
    assert put.path == here.path_of(1)
    assert {name: after[name] for name in HUAWEI_REQUEST if name != "profileUrl"} == {
        name: value for name, value in HUAWEI_REQUEST.items() if name != "profileUrl"
    }


def test_descopes_curl_body_is_the_put_of_a_reconciliation_and_its_answer_is_unwrapped(reconciled):
    here, before, done, after = reconciled["descope"]
    assert done.outcome == {DESCOPE_ID: "applied"}
    [put] = done.puts
    assert put.json == DESCOPE_CURL | {"schemas": before["schemas"]}
    known = here.recorder.credentials
    assert put.headers["Authorization"] == f"Bearer {known['project_id']}:{known['access_key']}"
    assert put.headers["Content-Type"] == "application/json"
    assert put.reply.json == DESCOPE_ANSWER
    assert after == DESCOPE_ANSWER["user"]
    users = sr.fetch_users(here.target, ids=[DESCOPE_ID])
    assert json.loads(users.resources[DESCOPE_ID]) == DESCOPE_ANSWER["user"]


def test_twilios_put_goes_out_under_the_version_that_was_read(reconciled):
    _, before, done, after = reconciled["twilio"]
    assert done.outcome == {TWILIO_ID: "applied"}
    *_, put = done.puts
    assert put.headers["If-Match"] == before["meta"]["version"]
    assert put.headers["Content-Type"] == "application/json"
    assert put.json == {name: value for name, value in TWILIO_BODY.items() if name not in ("id", "meta")}
    assert {name: after[name] for name in put.json} == put.json
    assert done.row(TWILIO_ID)["version_after"] == after["meta"]["version"] != before["meta"]["version"]


@pytest.mark.parametrize(("seed", "example"), [("huawei", HUAWEI_REQUEST), ("descope", DESCOPE_CURL), ("twilio", TWILIO_BODY)])
def test_a_user_who_is_as_the_example_says_is_in_sync(reconciled, seed, example):
    here, *_ = reconciled[seed]
    plan = planned(here.target, {id_of(seed, 1): cells_of(seed, example)})
    assert plan.changes.empty
    assert bare(here.client.get(f"/Users/{id_of(seed, 1)}").content)["displayName"] == at(example, "displayName")
