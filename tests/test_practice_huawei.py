"""The practice server of the dialect huawei, by plain HTTP."""

import itertools
import re

import pytest
from practice import CORE, ERROR, held_by, patch_of, plain, serving

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ANN, BO = "ac6aa714-daa7-1aaa-aaa2-6715aaaa4dd9", "ac6aa714-daa7-1aaa-aaa2-6715aaaa4dda"
count = itertools.count()


def person(login, **more):
    return {
        "schemas": [CORE],
        "userName": login,
        "displayName": login.title(),
        "name": {"familyName": "O'Brien", "givenName": login.title()},
        "emails": [{"value": f"{login}@example.com", "type": "work", "primary": True}],
        **more,
    }


ann = person("ann", active=True, nickName="Annie", profileUrl="https://example.com/ann")
PEOPLE = [ann | {"id": ANN}, person("bo") | {"id": BO}, *(person(f"staff{n}") for n in range(58))]

THE_PAGES_EXAMPLE = {
    "id": ANN,
    "externalId": "123456",
    "userName": "xxx",
    "name": {
        "formatted": "xxx", "familyName": "xxx", "givenName": "xxx", "middleName": "xxx", "honorificPrefix": "xxx",
        "honorificSuffix": "xxx",
    },
    "displayName": "xxx",
    "nickName": "xxx",
    "profileUrl": "xxx",
    "emails": [{"value": "xxx", "type": "work", "primary": True}],
    "addresses": [
        {"formatted": "xxx", "streetAddress": "xxx", "locality": "xxx", "region": "xxx", "postalCode": "123456", "country": "xxx",
         "type": "work", "primary": True},
    ],
    "phoneNumbers": [{"value": "xxx", "type": "work", "primary": True}],
    "userType": "xxx",
    "title": "xxx",
    "preferredLanguage": "zh-CN",
    "locale": "zh-CN",
    "timezone": "xxx",
    "active": True,
    "schemas": [CORE],
}  # fmt: skip


@pytest.fixture(scope="module")
def serve():
    with serving("huawei", PEOPLE) as serve:
        yield serve


@pytest.fixture(scope="module")
def shared(serve):
    return serve()


@pytest.fixture(scope="module")
def switched(serve):
    """A server that does the other thing wherever a switch says which."""
    return serve(
        put_status=201, delete_status=200, unauthorized_status=403, errors="array", omitted="kept", active_omitted="false",
        null="refused", enterprise_shown=False, total_results="listed", accept_scim_json=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def lenient(serve):
    return serve(lenient_seed=True)


def new_user(client):
    """Create a user: her path, and the body of a PUT that changes nothing."""
    body = person(f"eve{next(count)}", active=True, title="Analyst", profileUrl="https://example.com/eve")
    return f"/Users/{client.post('/Users', json=body).json()['id']}", body


@pytest.fixture
def eve(shared):
    return new_user(shared)


def without(body, name):
    return {member: value for member, value in body.items() if member != name}


def held(client, path):
    return held_by(client.server, path.rpartition("/")[2], client.server.credentials["token"])


def test_a_list_holds_fifty_whatever_page_is_asked_for(shared):
    listed = shared.get("/Users", params={"startIndex": 51, "count": 10, "attributes": "id"}).json()

    assert listed["totalResults"] >= len(PEOPLE)
    assert (listed["itemsPerPage"], listed["startIndex"]) == ("50", "1")
    assert len(listed["Resources"]) == 50
    assert listed["Resources"][0]["id"] == ANN


def test_a_total_of_those_listed_is_a_switch(switched):
    assert switched.get("/Users").json()["totalResults"] == 50


@pytest.mark.parametrize(
    ("text", "found"), [('userName eq "ANN"', [ANN]), (f'id eq "{BO}"', [BO]), ('id eq "x"', []), ('userName eq "x"', [])]
)
def test_two_filters_are_understood(shared, text, found):
    listed = shared.get("/Users", params={"filter": text}).json()
    assert [user["id"] for user in listed["Resources"]] == found
    assert listed["totalResults"] == len(found)


@pytest.mark.parametrize("text", ['externalId eq "1"', 'userName co "a"', 'userName eq "a" and id eq "b"', "userName eq ann"])
def test_any_other_filter_is_refused(shared, text):
    assert shared.get("/Users", params={"filter": text}).status_code == 400


def test_a_user_is_shown_without_version_location_and_profile_url(shared):
    found = shared.get(f"/Users/{ANN}").json()

    assert set(found["meta"]) == {"resourceType", "created", "lastModified"}
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", found["meta"]["lastModified"])
    assert "profileUrl" not in found
    assert found["nickName"] == "Annie"


def test_the_pages_own_example_is_taken(shared):
    path, _ = new_user(shared)
    body = THE_PAGES_EXAMPLE | {"id": path.rpartition("/")[2]}
    put = shared.put(path, json=body)

    assert put.status_code == 200
    assert put.headers["Content-Type"] == "application/json"
    assert without(put.json(), "meta") == without(body, "profileUrl")
    assert shared.get(path).json() == put.json()


def test_the_status_of_a_put_is_a_switch(switched):
    path, body = new_user(switched)
    assert switched.put(path, json=body).status_code == 201


def test_a_profile_url_is_held_and_lost_with_a_put_that_leaves_it_out(shared, eve):
    path, body = eve
    assert "https://example.com/eve" in held(shared, path)

    shared.put(path, json=without(body, "profileUrl"))

    assert "profileUrl" not in held(shared, path)


@pytest.mark.parametrize(
    "changed",
    [
        {"userName": None},
        {"displayName": None},
        {"name": {"givenName": "Eve"}},
        {"name": None},
        {"emails": None},
        {"emails": []},
        {"emails": [{"value": "e@example.com", "primary": True}]},
        {"emails": [{"value": "e@example.com", "type": "work"}]},
        {"emails": [{"value": "e@example.com", "type": "work", "primary": False}]},
        {"emails": [{"value": f"{who}@example.com", "type": who, "primary": True} for who in ("work", "home")]},
        {"phoneNumbers": [{"value": "1"}, {"value": "2"}]},
        {"schemas": None},
        {"schemas": [ENTERPRISE]},
        {"userName": "eve o'brien"},
        {"userName": "é"},
        {"title": ""},
        {"title": "x" * 1025},
        {"title": 5},
        {ENTERPRISE: {"department": ""}},
        {ENTERPRISE: {"manager": {"value": "x", "displayName": "Ann"}}},
        {"emails": [{"value": "e@example.com", "type": "work", "primary": True, "display": "Eve"}]},
        {"groups": []},
        {"password": "x"},
        {"photos": [{"value": "x"}]},
        {"id": BO},
    ],
)
def test_a_put_that_breaks_a_rule_is_refused(shared, eve, changed):
    path, body = eve
    before = shared.get(path).json()
    answer = shared.put(path, json={name: value for name, value in {**body, **changed}.items() if value is not None})

    assert answer.status_code == 400
    assert answer.json()["detail"]
    assert shared.get(path).json() == before


@pytest.mark.parametrize(
    "body",
    [{}, {"displayName": "Ann B."}, {"emails": [{"value": "a@example.com", "primary": True}]}, {"name": {"givenName": "Ann"}}],
)
def test_the_pages_table_alone_is_a_switch(lenient, body):
    put = lenient.put(f"/Users/{ANN}", json=body)

    assert put.status_code == 200
    assert put.json()["userName"] == "ann"


def test_what_a_put_leaves_out_is_cleared_but_for_active(shared, eve):
    path, body = eve
    now = shared.put(path, json=without(without(body, "title"), "active")).json()

    assert "title" not in now
    assert now["active"] is True


def test_what_a_put_leaves_out_is_a_switch(switched):
    path, body = new_user(switched)
    now = switched.put(path, json=without(without(body, "title"), "active")).json()

    assert (now["title"], now["active"]) == ("Analyst", False)


def test_null_clears_or_is_refused_by_a_switch(shared, switched, eve):
    path, body = eve
    assert "title" not in shared.put(path, json=body | {"title": None}).json()
    path, body = new_user(switched)
    assert switched.put(path, json=body | {"title": None}).status_code == 400


def test_the_extension_needs_no_urn_and_can_be_hidden(shared, switched, eve):
    extension = {ENTERPRISE: {"department": "Finance", "manager": {"value": "26118915"}}}
    path, body = eve
    shown = shared.put(path, json=body | extension).json()
    assert shown[ENTERPRISE] == extension[ENTERPRISE]
    assert shown["schemas"] == [CORE]

    path, body = new_user(switched)
    assert ENTERPRISE not in switched.put(path, json=body | extension).json()
    assert "Finance" in held(switched, path)


def test_a_name_that_another_user_has_is_refused(shared, eve):
    assert shared.put(eve[0], json=eve[1] | {"userName": "BO"}).status_code == 409
    assert shared.post("/Users", json=eve[1]).status_code == 409


def test_an_error_of_scim_has_one_of_three_forms(serve, shared, switched):
    both, alone, array = (client.get("/Users/nobody").json() for client in (shared, serve(errors="schema"), switched))

    assert (both["schema"], both["schemas"], both["status"]) == (ERROR, [ERROR], 404)
    assert (alone["schema"], alone.get("schemas"), alone["status"]) == (ERROR, None, 404)
    assert (array["schema"], array.get("schemas"), array["status"]) == ([ERROR], None, "404")
    assert all(error["detail"] and error["timeStamp"] and "scimType" not in error for error in (both, alone, array))


@pytest.mark.parametrize(("variant", "code"), [("iic", "IIC.404"), ("apigw", "APIGW.0101")])
def test_an_error_may_come_from_the_service_or_the_gateway(serve, variant, code):
    client = serve(errors=variant)
    answer = client.get("/Users/nobody")

    assert answer.status_code == 404
    assert answer.json()["error_code"] == code
    assert set(answer.json()) == {"error_code", "error_msg", "request_id"}
    assert client.get("/Nothing").status_code == 404


def test_a_wrong_token_and_a_wrong_tenant_are_refused(shared, switched):
    assert shared.get("/Users", headers={"Authorization": "Bearer x"}).status_code == 401
    assert shared.get(shared.server.url.replace("/scim/v2", "x/scim/v2") + "/Users").status_code == 404
    assert plain.get(switched.server.url + "/Users").status_code == 403


def test_every_so_many_puts_conflict_fail_or_fail_though_they_were_done(serve):
    client = serve(conflict_every=2, fail_every=3, fail_after_every=5)
    answers, titles = [], []
    for title in ("one", "two", "three", "four", "five"):
        answers.append(client.put(f"/Users/{ANN}", json=ann | {"title": title}))
        titles.append(client.get(f"/Users/{ANN}").json()["title"])

    assert [answer.status_code for answer in answers] == [200, 409, 500, 409, 500]
    assert answers[1].json()["error_code"] == "IIC.1006"
    assert titles == ["one", "one", "one", "one", "five"]


def test_scim_json_is_taken_unless_a_switch_says_otherwise(shared, switched, eve):
    headers = {"Content-Type": "application/scim+json"}
    assert shared.put(eve[0], json=eve[1], headers=headers).status_code == 200
    assert switched.put(f"/Users/{ANN}", json=ann, headers=headers).status_code == 415


@pytest.mark.parametrize(
    ("operation", "status"),
    [
        (("replace", "title", "Engineer"), 200),
        (("replace", f"{ENTERPRISE}:department", "Finance"), 200),
        (("replace", f"{ENTERPRISE}:manager.value", "7"), 200),
        (("replace", 'emails[type eq "work"].value', "eve@example.org"), 200),
        (("add", "phoneNumbers", [{"value": "1", "type": "work"}]), 200),
        (("add", "emails", [{"value": "2@example.com", "type": "home", "primary": True}]), 400),
        (("remove", "userName"), 400),
        (("remove", "active"), 400),
        (("remove",), 400),
        (("replace", "password", "x"), 400),
        (("replace", 'emails[type eq "home"].value', "x"), 400),
    ],
)
def test_a_patch_is_held_to_the_same_rules(shared, eve, operation, status):
    assert shared.patch(eve[0], json=patch_of(operation)).status_code == status


def test_active_can_be_patched_once_in_a_request(shared, eve):
    twice = patch_of(("replace", "active", False), ("replace", "active", True))
    assert shared.patch(eve[0], json=twice).status_code == 400
    assert shared.patch(eve[0], json=patch_of(("replace", "active", False))).json()["active"] is False


def test_a_deleted_user_is_gone(shared, switched, eve):
    assert shared.delete(eve[0]).status_code == 204
    assert shared.get(eve[0]).status_code == 404
    assert shared.delete(eve[0]).status_code == 404
    assert switched.delete(new_user(switched)[0]).status_code == 200


def test_discovery_tells_of_nothing(shared):
    config = shared.get("/ServiceProviderConfig").json()
    assert not any(part["supported"] for part in config.values() if isinstance(part, dict))
    assert config["authenticationSchemes"][0]["type"] == "Bearer Token"
    groups = shared.get("/Groups").json()
    assert (groups["Resources"], groups["itemsPerPage"], groups["startIndex"]) == ([], 0, "1")
    assert shared.get("/Schemas").status_code == 404
