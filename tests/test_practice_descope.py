"""The practice server of the dialect descope, by plain HTTP."""

import itertools
import time

import pytest
from practice import CORE, ERROR, held_by, patch_of, serving

from scimrecon import sandbox
from scimrecon.errors import SandboxError

ANN, BO = "U2ann", "U2bo"
count = itertools.count()


def person(login, **more):
    return {
        "userName": login,
        "emails": [{"value": f"{login}@example.com", "primary": True, "type": "work"}],
        "active": True,
        **more,
    }


ann = person("ann", displayName="Ann O'Brien", name={"givenName": "Ann", "familyName": "O'Brien"}, title="Analyst")
PEOPLE = [ann | {"id": ANN}, person("bo") | {"id": BO}, *(person(f"staff{n}") for n in range(3))]

THE_PAGES_EXAMPLE = {
    "userId": "string",
    "displayName": "string",
    "emails": [{"value": "string", "primary": True, "type": "string"}],
    "active": True,
    "name": {"givenName": "string", "familyName": "string", "middleName": "string"},
    "userName": "string",
    "title": "string",
}


@pytest.fixture(scope="module")
def serve():
    with serving("descope", PEOPLE) as serve:
        yield serve


@pytest.fixture(scope="module")
def shared(serve):
    return serve(limit=None)


@pytest.fixture(scope="module")
def still(serve):
    """A server whose users no test changes."""
    return serve(limit=None)


@pytest.fixture(scope="module")
def switched(serve):
    """A server that does the other thing wherever a switch says which."""
    return serve(
        limit=None, envelope="off", times="text", active_omitted="keep", omitted="kept", phone_numbers="shown", rename="refused",
        errors="scim", filters=["title"], page_cap=2, failing=[BO], failing_status=422,
    )  # fmt: skip


@pytest.fixture(scope="module")
def third(serve):
    """A server that does a third thing where there is one."""
    return serve(limit=None, envelope="mixed", times="seconds", omit_defaults=True, phone_numbers="stored", rename="ignored")


@pytest.fixture
def eve(shared):
    return new_user(shared)


def user_in(answer):
    """The user of an answer, in its envelope or bare."""
    content = answer.json()
    return content.get("user", content)


def new_user(client):
    """Create a user: her path, and the body of a PUT that changes nothing."""
    body = ann | {"userName": f"eve{next(count)}"}
    return f"/Users/{user_in(client.post('/Users', json=body))['id']}", body


def without(body, name):
    return {member: value for member, value in body.items() if member != name}


def held(client, path):
    return held_by(client.server, path.rpartition("/")[2], client.server.credentials["access_key"])


def refused(answer, status, code):
    error = answer.json()
    assert (answer.status_code, error["errorCode"]) == (status, code), error
    assert set(error) == {"errorCode", "errorDescription", "errorMessage"}
    return True


def test_the_pages_own_example_is_taken_whatever_its_media_type():
    with serving("descope", [person("string", id="string")]) as serve:
        client = serve()
        form = {"Content-Type": "application/x-www-form-urlencoded"}  # as curl -d sends it
        put = client.put("/Users/string", json=THE_PAGES_EXAMPLE, headers=form)

        assert put.status_code == 200
        user = put.json()["user"]
        assert client.get("/Users/string").json() == {"user": user}

    shown = without(THE_PAGES_EXAMPLE, "userId")
    assert {name: user[name] for name in shown} == shown
    assert user["detail"] == ""
    assert user["meta"]["created"] == user["meta"]["lastModified"] == {}
    assert set(user["meta"]) == {"created", "location", "lastModified", "resourceType"}


def test_the_envelope_is_a_switch(shared, switched, third):
    path = f"/Users/{ANN}"
    wrapped = [[set(client.get(path).json()) == {"user"} for _ in range(4)] for client in (shared, switched, third)]

    assert wrapped[:2] == [[True] * 4, [False] * 4]
    assert wrapped[2] in ([True, False, True, False], [False, True, False, True])
    assert shared.get("/Users").json()["Resources"][0]["id"] == ANN


def test_how_times_look_is_a_switch(shared, switched, third):
    empty, text, seconds = (user_in(client.get(f"/Users/{ANN}"))["meta"]["created"] for client in (shared, switched, third))

    assert empty == {}
    assert text.endswith("Z")
    assert set(seconds) == {"seconds", "nanos"}


@pytest.mark.parametrize(
    ("project", "key", "code"), [("P2other", None, "E011001"), (None, "K2other", "E062803"), ("", "", "E011001")]
)
def test_a_key_is_good_for_its_project_alone(shared, project, key, code):
    known = shared.server.credentials
    bearer = f"{known['project_id'] if project is None else project}:{known['access_key'] if key is None else key}"
    assert refused(shared.get("/Users", headers={"Authorization": f"Bearer {bearer}"}), 401, code)


def test_a_key_without_tenant_admin_is_forbidden(serve):
    assert refused(serve(tenant_admin=False).get("/Users"), 403, "E011001")


@pytest.mark.parametrize(
    ("query", "first", "size"),
    [
        ({}, ANN, 5),
        ({"startIndex": 2, "count": 2}, BO, 2),
        ({"startIndex": 0}, ANN, 5),
        ({"startIndex": 6}, None, 0),
        ({"count": 0}, None, 0),
        ({"count": 1000}, ANN, 5),
        ({"filter": 'userName eq "BO"'}, BO, 1),
        ({"filter": f'id eq "{ANN}"'}, ANN, 1),
        ({"filter": 'emails.value eq "bo@example.com"'}, BO, 1),
        ({"filter": 'userName eq "nobody"'}, None, 0),
    ],
)
def test_the_list_is_paged_by_index(still, query, first, size):
    listed = still.get("/Users", params=query).json()

    assert listed["itemsPerPage"] == len(listed["Resources"]) == size
    assert [user["id"] for user in listed["Resources"][:1]] == ([first] if first else [])
    assert set(listed) == {"totalResults", "startIndex", "itemsPerPage", "schemas", "Resources", "detail", "status"}


@pytest.mark.parametrize("query", [{"filter": 'title eq "x"'}, {"filter": "userName pr"}, {"startIndex": "one"}])
def test_a_list_request_that_is_not_understood_is_refused(shared, query):
    assert refused(shared.get("/Users", params=query), 400, "E011003")


def test_the_page_cap_and_the_filters_are_switches(switched):
    listed = switched.get("/Users", params={"count": 3}).json()
    assert listed["itemsPerPage"] == 2
    assert listed["totalResults"] >= 5
    assert switched.get("/Users", params={"filter": 'title eq "analyst"'}).json()["Resources"][0]["id"] == ANN
    assert switched.get("/Users", params={"filter": 'userName eq "ann"'}).status_code == 400


def test_a_put_without_active_deactivates_and_clears_what_it_leaves_out(shared, eve):
    path, body = eve
    user = shared.put(path, json={"userId": path.rpartition("/")[2], "displayName": "Eve B."}).json()["user"]

    assert (user["userName"], user["displayName"], user["active"]) == (body["userName"], "Eve B.", False)
    assert {"title", "emails", "name"} & set(user) == set()


def test_what_a_put_leaves_out_is_a_switch(switched):
    path, body = new_user(switched)
    user = user_in(switched.put(path, json=without(without(body, "active"), "title")))

    assert (user["active"], user["title"]) == (True, "Analyst")


def test_default_values_left_out_are_a_switch(third):
    path, body = new_user(third)
    assert {"active", "detail"} & set(user_in(third.put(path, json=body | {"active": False}))) == set()


def test_what_the_tables_do_not_have_is_passed_over(shared, eve):
    path, body = eve
    more = {"schemas": [CORE], "externalId": "7", "nickName": "Eve", "phoneNumbers": [{"value": "1"}]}
    user = shared.put(path, json=body | more).json()["user"]
    assert {"externalId", "nickName", "phoneNumbers"} & set(user) == set()
    assert "phoneNumbers" not in held(shared, path)


def test_phone_numbers_are_a_switch(switched, third):
    phones = {"phoneNumbers": [{"value": "+1", "type": "work"}]}
    for client, shown in ((switched, True), (third, False)):
        path, body = new_user(client)
        assert ("phoneNumbers" in user_in(client.put(path, json=body | phones))) == shown
        assert "phoneNumbers" in held(client, path)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"userId": BO}, 400, "E011003"),
        ({"active": "true"}, 400, "E011003"),
        ({"emails": {"value": "x"}}, 400, "E011003"),
        ({"userName": "BO"}, 409, "E062107"),
    ],
)
def test_a_put_that_does_not_fit_is_refused(shared, body, status, code):
    assert refused(shared.put(f"/Users/{ANN}", json=ann | body), status, code)


def test_a_new_user_name_is_taken_refused_or_passed_over(shared, switched, third):
    renamed = []
    for client in (shared, switched, third):
        path, body = new_user(client)
        put = client.put(path, json=body | {"userName": "anna"})
        renamed.append(put.status_code == 200 and user_in(put)["userName"] == "anna")
        assert put.status_code == (400 if client is switched else 200)

    assert renamed == [True, False, False]


def test_a_put_can_fail_inside_a_success(switched):
    failed = switched.put(f"/Users/{BO}", json=person("bo", title="Engineer"))

    assert failed.status_code == 200
    assert failed.json()["status"] == 422
    assert failed.json()["detail"]
    assert {"title", "status"} & set(switched.get(f"/Users/{BO}").json()) == set()


def test_a_switch_that_names_nobody_is_an_error():
    with pytest.raises(SandboxError, match=r"failing= .*'U0'"):
        sandbox.start("descope", users=PEOPLE, failing=["U0"])


def test_errors_as_rfc_7644_has_them_are_a_switch(switched):
    error = switched.get("/Users", params={"filter": "x"}).json()
    assert (error["schemas"], error["status"], error["scimType"]) == ([ERROR], "400", "invalidFilter")


def test_every_success_is_200(shared, eve):
    path, _ = eve
    patched = shared.patch(path, json=patch_of(("replace", "title", "Engineer"), ("replace", "nickName", "x")))
    assert patched.json()["user"]["title"] == "Engineer"
    assert [patched.status_code, shared.delete(path).status_code] == [200, 200]
    assert refused(shared.get(path), 404, "E112102")


@pytest.mark.parametrize("path", ["/ServiceProviderConfig", "/ResourceTypes", "/Groups"])
def test_discovery_answers(shared, path):
    assert shared.get(path).status_code == 200


def test_too_many_requests_shut_everyone_out_for_the_penalty(serve):
    client = serve(limit=3, window_s=60, penalty_s=2)
    assert [client.get(f"/Users/{ANN}").status_code for _ in range(4)] == [200, 200, 200, 429]
    answer = client.get("/Users")
    assert refused(answer, 429, "E130429")
    assert answer.headers["Retry-After"] in ("1", "2")

    time.sleep(int(answer.headers["Retry-After"]))

    assert client.get("/Users").status_code == 200
