"""The practice servers of the dialects twilio and twilio_current, by plain HTTP."""

import itertools
import re
import time

import httpx
import pytest
from practice import CORE, ERROR, fetch_token, patch_of, plain, serving

from scimrecon import sandbox
from scimrecon.errors import SandboxError

ANN, BO, CY = (f"US{digit * 32}" for digit in "abc")


def person(user_id, login, **more):
    email = {"primary": True, "value": f"{login}@example.com", "type": "work"}
    return {"id": user_id, "schemas": [CORE], "userName": f"{login}@example.com", "emails": [email], "active": True, **more}


PEOPLE = [
    person(ANN, "ann", externalId="E-001", displayName="Ann O'Brien", name={"givenName": "Ann", "familyName": "O'Brien"}),
    person(BO, "bo", externalId="E-002", locale="fr-FR"),
    person(CY, "cy"),
]
ann = {name: value for name, value in PEOPLE[0].items() if name != "id"}
EVE = {"displayName": "Eve O'Brien", "name": {"givenName": "Eve", "familyName": "O'Brien"}, "active": True, "schemas": [CORE]}
count = itertools.count()


@pytest.fixture
def serve():
    with serving("twilio", PEOPLE) as serve:
        yield serve


@pytest.fixture
def current():
    with serving("twilio_current", PEOPLE) as serve:
        yield serve


@pytest.fixture(scope="module")
def shared():
    """A server whose users no test changes."""
    with serving("twilio", PEOPLE) as serve:
        yield serve()


@pytest.fixture(scope="module")
def workshop():
    """A server for tests that each change a user of their own."""
    with serving("twilio", PEOPLE) as serve:
        yield serve()


@pytest.fixture(scope="module")
def switched():
    """A server that does the other thing wherever a switch says which."""
    with serving("twilio", PEOPLE) as serve:
        yield serve(
            if_match="ignored", omitted="kept", active_omitted="false", external_id="ignored", min_given_name=2,
            verified_domains=["example.com", "example.org"], list_cap=2,
        )  # fmt: skip


def new_user(client):
    """Create a user: her path, and the body of a PUT that changes nothing."""
    body = EVE | renamed(f"eve{next(count)}") | {"externalId": f"eve-{next(count)}"}
    return f"/Users/{client.post('/Users', json=body).json()['id']}", body


@pytest.fixture
def eve(workshop):
    """A new user, at version W/1."""
    return new_user(workshop)


def refused(answer, status, code, scim_type=None):
    """Whether an answer is Twilio's error with this status and code."""
    body = answer.json()
    assert (answer.status_code, body["status"], body.get("code")) == (status, str(status), code), body
    assert body.get("scimType") == scim_type
    assert body["schemas"] == [ERROR]
    assert body["detail"]
    return True


def renamed(name, domain="example.com"):
    return {"userName": f"{name}@{domain}", "emails": [{"primary": True, "value": f"{name}@{domain}"}]}


@pytest.mark.parametrize(("path", "status"), [("/v1/token", 201), ("/v2/token", 200)])
def test_client_credentials_are_exchanged_for_a_bearer_token(shared, path, status):
    known = shared.server.credentials
    form = {"grant_type": "client_credentials", "client_id": known["client_id"], "client_secret": known["client_secret"]}
    answer = plain.post(known["token_url"].replace("/v1/token", path), data=form)

    assert answer.status_code == status
    assert answer.headers["Cache-Control"] == "no-store"
    token = answer.json()
    assert token["expires_in"] == 3600
    assert "refresh_token" not in token
    listed = httpx.get(
        shared.server.url + "/Users", headers={"Authorization": f"Bearer {token['access_token']}"}, trust_env=False
    )
    assert listed.status_code == 200


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "OQ0"}, 401, "invalid_client"),
        ({"grant_type": "refresh_token", "refresh_token": "any"}, 400, "unsupported_grant_type"),
    ],
)
def test_a_token_request_that_does_not_fit_is_refused_as_oauth_says(shared, changed, status, error):
    answer = fetch_token(shared.server, **changed)

    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_token_request_must_be_a_form(shared):
    answer = plain.post(shared.server.credentials["token_url"], json=shared.server.credentials)

    assert (answer.status_code, answer.json()["error"]) == (415, "invalid_request")


def test_an_expired_token_is_refused_and_a_new_one_taken(serve):
    client = serve(token_lifetime_s=1.5, stated_lifetime_s=1438315200000)
    assert client.get("/Users").status_code == 200

    time.sleep(1.6)

    assert refused(client.get("/Users"), 401, 20003)
    fresh = fetch_token(client.server).json()
    assert fresh["expires_in"] == 1438315200000
    assert client.get("/Users", headers={"Authorization": f"Bearer {fresh['access_token']}"}).status_code == 200


@pytest.mark.parametrize("token", ["x", "a.b.c", "ü.é"])
def test_a_forged_token_is_refused(shared, token):
    assert refused(shared.get("/Users", headers={"Authorization": f"Bearer {token}".encode()}), 401, 20003)


@pytest.mark.parametrize(("organization", "status"), [("OR" + "0" * 32, 403), ("OR123", 404), ("AC" + "0" * 32, 404)])
def test_a_token_is_good_for_its_organization_alone(shared, organization, status):
    url = shared.server.url.replace(shared.server.credentials["organization_sid"], organization)

    assert shared.get(url + "/Users").status_code == status


def test_a_user_is_shown_as_twilio_shows_it(shared):
    answer = shared.get(f"/Users/{ANN}")

    found = answer.json()
    assert answer.headers["Content-Type"] == "application/scim+json"
    assert "ETag" not in answer.headers
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert {name: found[name] for name in ann} == ann
    assert (found["meta"]["resourceType"], found["meta"]["version"]) == ("user", "W/1")
    assert "location" not in found["meta"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z", found["meta"]["lastModified"])


def test_the_list_comes_whole_whatever_page_is_asked_for(shared):
    listed = shared.get("/Users", params={"startIndex": 2, "count": 1}).json()

    assert set(listed) == {"Resources", "totalResults", "schemas"}
    assert [user["id"] for user in listed["Resources"]] == [ANN, BO, CY]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('userName eq "BO@example.com"', [BO]),
        ('externalId eq "E-001"', [ANN]),
        ('externalId eq "e-001"', []),
        ('userName eq "nobody"', []),
    ],
)
def test_two_filters_are_understood(shared, text, found):
    assert [user["id"] for user in shared.get("/Users", params={"filter": text}).json()["Resources"]] == found


@pytest.mark.parametrize(
    "text",
    ['displayName eq "Ann"', 'userName sw "a"', "userName eq ann", 'userName eq "a" or userName eq "b"', "userName pr", ""],
)
def test_any_other_filter_is_refused(shared, text):
    assert refused(shared.get("/Users", params={"filter": text}), 400, 25001, "invalidFilter")


def test_a_put_replaces_all_but_active_and_counts_the_version(workshop, eve):
    path, body = eve
    kept = {"userName": body["userName"], "emails": body["emails"]}
    put = workshop.put(path, json={**kept, "displayName": "", "title": "Analyst", "id": "other"})

    assert put.status_code == 200
    now = workshop.get(path).json()
    assert put.json() == now
    assert now["meta"]["version"] == "W/2"
    assert (f"/Users/{now['id']}", now["active"], now["displayName"]) == (path, True, "")
    assert {"externalId", "name", "title"} & set(now) == set()


@pytest.mark.parametrize("media_type", ["application/json", "application/scim+json; charset=utf-8"])
def test_both_media_types_are_taken(workshop, eve, media_type):
    path, body = eve
    assert workshop.put(path, json=body, headers={"Content-Type": media_type}).status_code == 200


def test_another_media_type_is_refused(shared):
    assert refused(shared.put(f"/Users/{ANN}", content="{}", headers={"Content-Type": "text/plain"}), 415, None)


@pytest.mark.parametrize(
    ("header", "inside", "status"),
    [
        (None, None, 200),
        ("W/1", None, 200),
        ("W/1", "W/7", 200),
        ("*", None, 200),
        (None, "W/1", 200),
        ("W/7", None, 409),
        ("W/7", "W/1", 409),
        (None, "W/7", 409),
        ('W/"1"', None, 409),
        ('"W/1"', None, 409),
    ],
)
def test_the_version_in_the_header_goes_before_the_one_in_the_body(workshop, eve, header, inside, status):
    path, body = eve
    body |= {"meta": {"version": inside}} if inside else {}
    put = workshop.put(path, json=body, headers={"If-Match": header} if header else {})

    assert put.status_code == status
    if status == 409:
        assert refused(put, 409, 25020)
    assert workshop.get(path).json()["meta"]["version"] == ("W/2" if status == 200 else "W/1")


def test_a_service_that_ignores_versions_can_be_played(switched):
    path, body = new_user(switched)
    assert switched.put(path, json=body, headers={"If-Match": "W/7"}).status_code == 200


@pytest.mark.parametrize(
    ("changed", "code", "scim_type"),
    [
        ({"userName": None}, 25005, "invalidValue"),
        ({"userName": "a"}, 25005, "invalidValue"),
        ({"externalId": "x"}, 25004, "invalidValue"),
        ({"externalId": "x" * 256}, 25004, "invalidValue"),
        ({"name": {"familyName": "x" * 256}}, 25003, "invalidValue"),
        ({"name": {"givenName": "x" * 256}}, 25002, "invalidValue"),
        ({"displayName": "x" * 256}, None, "invalidValue"),
        ({"displayName": 5}, 25006, "invalidSyntax"),
        ({"active": "true"}, 25006, "invalidSyntax"),
        ({"schemas": ["urn:x"]}, 25006, "invalidSyntax"),
        ({"emails": None}, 25010, "invalidValue"),
        ({"emails": []}, 25010, "invalidValue"),
        ({"emails": [{"value": "ann@example.com"}, {"value": "b@example.com"}]}, 25010, "invalidValue"),
        ({"emails": [{"value": "no address", "primary": True}]}, 25011, "invalidValue"),
        ({"emails": [{"primary": True}]}, 25011, "invalidValue"),
        ({"emails": [{"value": "b@example.com", "primary": True}]}, 25014, "invalidValue"),
        (renamed("ann", "elsewhere.example"), 25012, "invalidValue"),
    ],
)
def test_a_put_that_breaks_a_rule_is_refused_with_its_code(shared, changed, code, scim_type):
    assert refused(shared.put(f"/Users/{ANN}", json=ann | changed), 400, code, scim_type)


def test_a_lone_email_need_not_be_marked_primary(workshop, eve):
    path, body = eve
    assert workshop.put(path, json=body | {"emails": [{"value": body["userName"].upper()}]}).status_code == 200


@pytest.mark.parametrize("changed", [renamed("BO"), {"externalId": "E-002"}])
def test_a_value_that_another_user_has_is_refused(shared, changed):
    assert refused(shared.put(f"/Users/{ANN}", json=ann | changed), 409, 25022)


def test_user_name_and_primary_email_change_together_within_a_verified_domain(switched):
    path, body = new_user(switched)
    before = body["userName"].partition("@")[0]
    assert switched.put(path, json=body | renamed(before, "example.org")).status_code == 200
    assert switched.post("/Users", json=renamed(before)).status_code == 201  # the old name is free


@pytest.mark.parametrize("body", ["{", "[]", '"x"', '{"userName": NaN}', r'{"userName": "\ud800"}', "[" * 100_000])
def test_a_body_that_is_no_json_object_is_refused(shared, body):
    answer = shared.put(f"/Users/{ANN}", content=body, headers={"Content-Type": "application/json"})
    assert refused(answer, 400, None, "invalidSyntax")


def test_a_body_beyond_bounds_is_refused(shared):
    assert refused(shared.put(f"/Users/{ANN}", json={"displayName": "x" * 1_100_000}), 413, None)


def test_the_owner_and_the_suspended_cannot_be_updated(serve):
    client = serve(owner=ANN, suspended=[BO], protected_status=400, protected_code=25099)
    assert refused(client.put(f"/Users/{ANN}", json=ann), 400, 25099)
    assert refused(client.patch(f"/Users/{BO}", json=patch_of(("replace", "active", False))), 400, 25099)
    assert refused(client.delete(f"/Users/{ANN}"), 400, 25099)
    assert client.get(f"/Users/{ANN}").json()["meta"]["version"] == "W/1"


def test_a_switch_that_names_nobody_is_an_error():
    with pytest.raises(SandboxError, match=r"owner= and suspended= .*'US0'"):
        sandbox.start("twilio", users=PEOPLE, owner="US0")


def test_a_delete_deactivates(workshop, eve):
    assert workshop.delete(eve[0]).status_code == 204

    now = workshop.get(eve[0]).json()
    assert (now["active"], now["meta"]["version"]) == (False, "W/2")


def test_a_user_is_created_in_a_verified_domain(workshop):
    client = workshop
    made = client.post("/Users", json={"schemas": [CORE], **renamed("di")})

    assert made.status_code == 201
    assert re.fullmatch(r"US[0-9a-f]{32}", made.json()["id"])
    assert client.get(f"/Users/{made.json()['id']}").json() == made.json()
    assert refused(client.post("/Users", json=renamed("ed", "elsewhere.example")), 400, 25017, "invalidValue")
    assert refused(client.post("/Users", json=renamed("di")), 409, 25022)
    assert refused(client.post("/Users", json={"userName": "ed@example.com"}), 400, 25010, "invalidValue")


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_user_that_is_not_there_is_25008(shared, method):
    answer = shared.request(method, f"/Users/US{'0' * 32}", json={} if method in ("PUT", "PATCH") else None)
    assert refused(answer, 404, 25008)


@pytest.mark.parametrize(
    ("operations", "path", "value"),
    [
        ([("replace", "displayName", "Eve B.")], ("displayName",), "Eve B."),
        ([("replace", "name.givenName", "Eva")], ("name",), {"givenName": "Eva", "familyName": "O'Brien"}),
        ([("Replace", "active", False)], ("active",), False),
        ([("remove", "displayName")], ("displayName",), None),
        ([("replace", "nickName", "Annie"), ("add", "locale", "de-DE")], ("locale",), "de-DE"),
        ([("replace", "emails[primary eq true].type", "home")], ("emails", 0, "type"), "home"),
        ([("add", None, {"timezone": "Europe/Paris", "title": "x"})], ("timezone",), "Europe/Paris"),
    ],
)
def test_a_patch_changes_what_it_names_and_passes_over_what_it_does_not_know(workshop, eve, operations, path, value):
    body = patch_of(*operations)
    body["Operations"] = [{name: part for name, part in one.items() if part is not None} for one in body["Operations"]]

    patched = workshop.patch(eve[0], json=body).json()

    found = patched.get(path[0])
    for step in path[1:]:
        found = found[step]
    assert found == value
    assert patched["meta"]["version"] == "W/2"


def test_a_patch_is_all_or_nothing(workshop, eve):
    answer = workshop.patch(eve[0], json=patch_of(("replace", "displayName", "Eve B."), ("replace", "userName", "x")))

    assert refused(answer, 400, 25005, "invalidValue")
    assert workshop.get(eve[0]).json()["displayName"] == "Eve O'Brien"


def test_a_patch_heeds_the_header_alone(workshop, eve):
    body = {**patch_of(("replace", "active", False)), "meta": {"version": "W/7"}}
    assert refused(workshop.patch(eve[0], json=body, headers={"If-Match": "W/7"}), 409, 25020)
    assert workshop.patch(eve[0], json=body).status_code == 200


@pytest.mark.parametrize(
    "body", [{}, {"Operations": []}, {"Operations": [{"op": "move", "path": "active"}]}, patch_of(("replace", "active"))]
)
def test_a_patch_of_another_form_is_refused(shared, body):
    assert refused(shared.patch(f"/Users/{ANN}", json=body), 400, 25006, "invalidSyntax")


def test_resource_types_are_told_and_nothing_else_is_discovered(shared):
    assert shared.get("/ResourceTypes").json()["Resources"][0]["endpoint"] == "/Users"
    assert refused(shared.get("/ServiceProviderConfig"), 404, None)
    assert refused(shared.post(f"/Users/{ANN}"), 405, None)


def test_what_a_put_leaves_out_is_a_switch(switched):
    path, body = new_user(switched)
    now = switched.put(path, json={"userName": body["userName"], "name": {"givenName": "Eva"}}).json()

    assert now["active"] is False
    assert {name: now[name] for name in ("displayName", "externalId", "emails")} == {
        name: body[name] for name in ("displayName", "externalId", "emails")
    }
    assert now["name"] == {"givenName": "Eva", "familyName": "O'Brien"}
    assert switched.put(path, json={"displayName": "Eva"}).json()["code"] == 25005


def test_an_external_id_that_cannot_be_updated_is_a_switch(serve, switched):
    path, body = new_user(switched)
    assert switched.put(path, json=body | {"externalId": "E-009"}).json()["externalId"] == body["externalId"]

    client = serve(external_id="refused")
    assert client.put(f"/Users/{ANN}", json=ann).status_code == 200
    assert refused(client.put(f"/Users/{ANN}", json=ann | {"externalId": "E-009"}), 400, None, "mutability")


def test_short_given_names_are_a_switch(workshop, switched, eve):
    short = {"name": {"givenName": "E"}}
    assert workshop.put(eve[0], json=eve[1] | short).status_code == 200
    path, body = new_user(switched)
    assert refused(switched.put(path, json=body | short), 400, 25002, "invalidValue")


def test_a_cap_on_the_list_is_a_switch(switched):
    listed = switched.get("/Users").json()
    assert len(listed["Resources"]) == 2
    assert listed["totalResults"] >= 3


def test_too_many_requests_are_25021_until_the_window_has_room(serve):
    client = serve(limit=2, window_s=2, retry_after=True)
    assert [client.get("/Users").status_code for _ in range(3)] == [200, 200, 429]
    answer = client.get("/Users")
    assert refused(answer, 429, 25021)
    assert answer.headers["Retry-After"] in ("1", "2")

    time.sleep(int(answer.headers["Retry-After"]))

    assert client.get("/Users").status_code == 200


def test_a_refresh_token_implies_the_organization(current):
    client = current()
    assert client.server.url.endswith("/scim/v2")
    answer = fetch_token(client.server)
    assert answer.status_code == 200
    assert answer.json()["refresh_token"] == client.server.credentials["refresh_token"]
    assert client.get(f"/Users/{ANN}").json()["userName"] == "ann@example.com"
    assert fetch_token(client.server, refresh_token="x").json()["error"] == "invalid_grant"
    assert fetch_token(client.server, grant_type="client_credentials").json()["error"] == "unsupported_grant_type"


def test_a_refresh_token_good_for_one_use_is_a_switch(current):
    client = current(rotate_refresh_token=True)  # it has used the first
    assert fetch_token(client.server).json()["error"] == "invalid_grant"


def test_a_user_may_be_older_than_the_rules():
    old = {
        "userName": "x",
        "emails": [{"value": "x@elsewhere.example"}],
        "meta": {"version": "W/13", "created": "2023-11-30T14:18:57.031225338Z"},
    }
    with serving("twilio", [old]) as serve:
        [found] = serve().get("/Users").json()["Resources"]

    assert found["meta"]["version"] == "W/13"
    assert found["meta"]["created"] == found["meta"]["lastModified"] == "2023-11-30T14:18:57.031225000Z"
