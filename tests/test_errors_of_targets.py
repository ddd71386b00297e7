"""What a target refuses, in whatever shape it says so: one error, with its reason, code, link, time and request id."""

import json
import socket
import time
from dataclasses import replace
from itertools import pairwise

import pytest
from fake_scim import CORE, TOKEN, FakeScim, Fault, analyst, scim_error
from hypothesis import given
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.client import Connection, Pace
from scimrecon.client.pace import Traffic
from scimrecon.client.refusals import _error_fields, find_inner_status
from scimrecon.dialects import DESCOPE, HUAWEI, RFC7644, TWILIO, Paging
from scimrecon.errors import Malformed, Refused, Unreachable
from scimrecon.values import split_page, unwrap_user

SCIM = "urn:ietf:params:scim:api:messages:2.0:Error"
TWILIO_LINK = "https://www.twilio.com/docs/api/errors/25014"
BRISK = replace(RFC7644, backoff_s=0.01)
WRAPPED = replace(BRISK, name="wrapped", envelope="user", inner_status=True)


@pytest.fixture
def server():
    with FakeScim([analyst("obrien")]) as server:
        yield server


def refuse(server, status, body, *, headers=None, dialect=BRISK):
    """The error of a GET that is answered so."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    server.faults["obrien"] = Fault(method="any", status=status, body=content, headers=headers or {})
    with Connection(sr.connect(server, dialect=dialect)) as connection, pytest.raises(Refused) as caught:
        connection.get_user("obrien")
    return caught.value


SHAPES = {
    "RFC 7644": (
        400,
        {"schemas": [SCIM], "scimType": "invalidValue", "detail": "userName is missing", "status": "400"},
        {"scim_type": "invalidValue", "detail": "userName is missing"},
    ),
    "Twilio": (
        400,
        {"schemas": [SCIM], "detail": "Primary email and userName differ", "scimType": "invalidValue", "status": "400",
         "code": 25014, "moreInfo": TWILIO_LINK},
        {"scim_type": "invalidValue", "detail": "Primary email and userName differ", "vendor_code": "25014",
         "more_info": TWILIO_LINK},
    ),
    "Twilio version conflict": (
        409, {"schemas": [SCIM], "detail": "version differs", "status": "409", "code": 25020},
        {"detail": "version differs", "vendor_code": "25020"},
    ),
    "Twilio platform": (
        404,
        {"code": 20404, "message": "The requested resource was not found", "more_info": TWILIO_LINK, "status": 404},
        {"detail": "The requested resource was not found", "vendor_code": "20404", "more_info": TWILIO_LINK},
    ),
    "Huawei": (
        404,
        {"schema": SCIM, "schemas": [SCIM], "detail": "user not found", "status": 404, "timeStamp": "2023-04-16T21:32:55Z"},
        {"detail": "user not found", "time": "2023-04-16T21:32:55Z"},
    ),
    "Huawei, schema a list": (
        400,
        {"schema": [SCIM], "schemas": None, "detail": "bad", "status": "400", "exceptionRequestId": "ex-7",
         "timeStamp": "2022-01-26 16:50:48.135"},
        {"detail": "bad", "request_id": "ex-7", "time": "2022-01-26 16:50:48.135"},
    ),
    "Huawei Identity Center": (
        409,
        {"error_code": "IIC.1006", "error_msg": "Concurrency conflicts. Try again later.", "request_id": "r-1"},
        {"vendor_code": "IIC.1006", "detail": "Concurrency conflicts. Try again later.", "request_id": "r-1"},
    ),
    "Huawei gateway": (
        401,
        {"error_msg": "Incorrect IAM authentication information", "error_code": "APIG.0301", "request_id": "r-2"},
        {"vendor_code": "APIG.0301", "detail": "Incorrect IAM authentication information", "request_id": "r-2"},
    ),
    "Descope": (
        400,
        {"errorCode": "E011001", "errorDescription": "Request is malformed", "errorMessage": "emails is empty"},
        {"vendor_code": "E011001", "detail": "Request is malformed: emails is empty"},
    ),
    "Descope without a message": (
        401, {"errorCode": "E061102", "errorDescription": "Invalid key", "errorMessage": ""},
        {"vendor_code": "E061102", "detail": "Invalid key"},
    ),
    "gRPC gateway": (
        404, {"code": 5, "message": "user not found", "details": []}, {"vendor_code": "5", "detail": "user not found"},
    ),
    "OAuth": (
        401, {"error": "invalid_token", "error_description": "it has expired"},
        {"vendor_code": "invalid_token", "detail": "it has expired"},
    ),
    "OAuth, the word alone": (403, {"error": "insufficient_scope"}, {"detail": "insufficient_scope"}),
    "an error inside": (
        403, {"error": {"code": "Forbidden", "message": "no such right", "requestId": "r-3"}},
        {"vendor_code": "Forbidden", "detail": "no such right", "request_id": "r-3"},
    ),
    "errors inside": (
        400, {"message": "Validation failed", "errors": [{"code": "E7", "message": "userName: taken"}, {"message": "later"}]},
        {"vendor_code": "E7", "detail": "Validation failed: userName: taken"},
    ),
    "texts inside": (400, {"errors": ["first", "second"]}, {"detail": "first; second"}),
    "errors, one object": (409, {"Errors": {"description": "taken", "code": 409}}, {"vendor_code": "409", "detail": "taken"}),
    "a list of errors": (400, [{"detail": "first"}, {"detail": "second"}], {"detail": "first"}),
    "RFC 9457": (400, {"type": "about:blank", "title": "Bad Request", "detail": "no"}, {"detail": "no"}),
    "a framework": (
        500, {"timestamp": 1700000000, "status": 500, "error": "Internal Server Error", "message": "null pointer"},
        {"detail": "null pointer", "time": "1700000000"},
    ),
    "in itself for ever": (400, {"error": {"error": {"error": {"message": "deep"}}}}, {"detail": "deep"}),
    "values of other kinds": (400, {"detail": None, "code": True, "moreInfo": ["x"], "message": "said"}, {"detail": "said"}),
}  # fmt: skip


@pytest.mark.parametrize(("status", "body", "said"), SHAPES.values(), ids=SHAPES)
def test_an_error_of_any_vendor_becomes_the_same_fields(server, status, body, said):
    error = refuse(server, status, body)

    fields = ("scim_type", "detail", "vendor_code", "more_info", "request_id", "time")
    assert {name: getattr(error, name) for name in fields} == {**dict.fromkeys(fields, ""), **said}
    assert error.status == status
    for words in (said["detail"].rstrip("."), said.get("vendor_code", ""), said.get("more_info", "")):
        assert words in str(error)


def test_the_request_id_of_a_header_goes_before_the_one_of_the_body(server):
    error = refuse(server, 400, {"error_code": "IIC.1", "request_id": "inside"}, headers={"X-Request-Id": "outside"})

    assert error.request_id == "outside"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "errors", "detail", "message", "code", "status", "x"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_is_an_error_with_texts_for_fields(body):
    fields = _error_fields(json.dumps(body).encode())
    assert all(isinstance(text, str) for text in fields.values())
    assert isinstance(find_inner_status(json.dumps(body).encode()), int)


def test_a_long_reason_is_cut_in_the_message_and_kept_whole_in_the_field(server):
    error = refuse(server, 400, {"detail": "no\nand no " + "x" * 5000})

    assert len(error.detail) > 5000
    assert "\n" not in str(error)
    assert len(str(error)) < 500


# --- What to look at


def listed(server, dialect, status, url="", **credentials):
    """The error of a list that is refused."""
    server.faults[""] = Fault(status=status, body=b"")
    with pytest.raises(Refused) as caught:
        sr.fetch_users(sr.connect(url or server.url, dialect=dialect, **credentials))
    return str(caught.value)


@pytest.mark.parametrize(
    ("dialect", "credentials", "status", "checked"),
    [
        (HUAWEI, {"token": TOKEN}, 404, ["Check region (", "tenant_id (IAM Identity Center console"]),
        (HUAWEI, {"token": TOKEN}, 403, ["Check token (", "region (", "tenant_id ("]),
        (
            HUAWEI,
            {"token": TOKEN},
            401,
            ["Check token (IAM Identity Center console, Settings, Automatic provisioning: the access"],
        ),
        (DESCOPE, {"project_id": "P2x", "access_key": TOKEN}, 401, ["Check project_id (", "access_key (Descope Console"]),
        (RFC7644, {"token": TOKEN}, 404, ["Check the URL: it is without /Users"]),
        (RFC7644, {"token": TOKEN}, 403, ["Check token (the bearer token your service issued"]),
    ],
    ids=lambda value: value.name if hasattr(value, "name") else None,
)
def test_a_refused_list_says_which_credential_to_check_and_where(server, dialect, credentials, status, checked):
    said = listed(server, dialect, status, **credentials)

    assert all(words in said for words in checked)
    assert TOKEN not in said


def test_a_twilio_404_asks_to_check_the_organisation(server):
    token = replace(TWILIO, authentication=RFC7644.authentication, credentials=(*TWILIO.credentials, *RFC7644.credentials))
    target = sr.connect(server.url, dialect=token, client_id="x", client_secret="y", token=TOKEN)
    server.faults[""] = scim_error(404, "no such organization")
    with pytest.raises(Refused, match=r"Check organization_sid \(Twilio Console.* OR and 32 hexadecimal digits"):
        sr.fetch_users(target)


def test_a_user_who_is_gone_is_no_reason_to_doubt_the_tenant(server):
    server.credentials = {"token": TOKEN}
    with Connection(sr.connect(server.url, dialect=HUAWEI, token=TOKEN)) as connection, pytest.raises(Refused) as caught:
        connection.get_user("nobody")

    assert "Check" not in str(caught.value)


def test_a_host_that_does_not_exist_asks_to_check_what_it_is_made_of(monkeypatch):
    def getaddrinfo(host, *_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(variable, raising=False)
    tenant = "3f1c0e2b-7a54-4d0f-9a4e-1d6c1b2a9e77"
    target = sr.connect("huawei", region="xx-nowhere-9", tenant_id=tenant, token=TOKEN, dialect=replace(HUAWEI, attempts=1))
    with pytest.raises(Unreachable, match=r"no connection.* Check region \(") as caught:
        sr.fetch_users(target)

    assert caught.value.sent is False


# --- Failures inside a success


BARE = {
    "schemas": [CORE],
    "id": "obrien",
    "userName": "o",
    "meta": {"created": {}, "lastModified": {"seconds": 1}},
    "active": True,
}


@pytest.mark.parametrize("bare", [BARE, {**BARE, "status": 200, "detail": ""}, {**BARE, "user": {"id": "another"}}])
@pytest.mark.parametrize("wrapped", [True, False])
def test_a_user_comes_bare_whether_the_answer_wraps_it_or_not(server, bare, wrapped):
    piece = json.dumps(bare, indent=3).encode()
    body = b'{ "x": [1],\n "user" : ' + piece + b' , "detail": ""}' if wrapped else piece
    server.faults["obrien"] = Fault(method="any", body=body, done=True)

    with Connection(sr.connect(server, dialect=WRAPPED)) as connection:
        assert connection.get_user("obrien").body == piece
        assert connection.put_user("obrien", b'{"id": "obrien"}').body == piece


def test_users_of_a_list_come_bare_too(server):
    pieces = [b'{"id":"1",  "meta": {"created":{}}}', b'{"user": {"id":"2"}, "id": "3"}']
    body = b'{"totalResults": "2", "detail": "", "status": 0, "Resources": [{"user": ' + pieces[0] + b"}, " + pieces[1] + b"]}"
    server.faults[""] = Fault(body=body)

    users = sr.fetch_users(sr.connect(server, dialect=replace(WRAPPED, paging=Paging.NONE)))
    assert dict(users.resources) == {"1": pieces[0], "3": pieces[1]}


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"<html>", b'{"user": null}', b'{"user": []}', b"\xff", b'{"user": {"id"'])
def test_what_wraps_no_user_is_left_as_it_is(body):
    assert unwrap_user(body, "user") == body


@given(st.dictionaries(st.sampled_from(["id", "user", "x"]), JSON, max_size=3), st.integers(0, 3))
def test_unwrapping_is_cutting_the_users_own_bytes(inner, indent):
    piece = json.dumps(inner, indent=indent or None)
    wrapped = f'{{"user": {piece}}}'.encode()
    assert unwrap_user(wrapped, "user") == piece.encode()
    page = f'{{"Resources": [{{"user": {json.dumps({**inner, "id": "7"})}}}]}}'.encode()
    assert split_page(page, "user").users == [("7", json.dumps({**inner, "id": "7"}).encode())]


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    "body",
    [{"status": 404, "detail": "no such user"}, {"status": "404", "detail": "no such user"},
     {"user": {"status": 404, "detail": "no such user"}}, {"user": {**BARE, "status": 404, "detail": "no such user"}},
     {"user": BARE, "status": 404, "detail": "no such user"}],
)  # fmt: skip
def test_a_failure_inside_a_success_is_a_failure(server, method, body):
    server.faults["obrien"] = Fault(method="any", body=json.dumps(body).encode())
    with Connection(sr.connect(server, dialect=WRAPPED)) as connection, pytest.raises(Refused) as caught:
        connection.get_user("obrien") if method == "GET" else connection.put_user("obrien", b"{}")

    assert (caught.value.status, caught.value.detail) == (404, "no such user")
    assert "404 (inside an answer of 200) no such user" in str(caught.value)


@pytest.mark.parametrize("status", [200, "200", 0, None, "active", True, 40, 4040, [404]], ids=repr)
def test_any_other_status_inside_is_none(server, status):
    server.faults["obrien"] = Fault(method="GET", body=json.dumps({**BARE, "status": status}).encode())
    with Connection(sr.connect(server, dialect=WRAPPED)) as connection:
        assert connection.get_user("obrien").status == 200


def test_a_dialect_that_does_not_say_so_has_neither_envelope_nor_inner_status(server):
    body = json.dumps({"user": BARE, "status": 404}).encode()
    server.faults["obrien"] = Fault(method="GET", body=body)
    with Connection(sr.connect(server)) as connection:
        assert connection.get_user("obrien").body == body


def test_a_dialect_says_what_it_takes_and_sends(server):
    dialect = replace(BRISK, media_type="application/json", accept="application/json, application/scim+json;q=0.9")
    with Connection(sr.connect(server, dialect=dialect)) as connection:
        connection.put_user("obrien", json.dumps(analyst("obrien")).encode())

    [put] = server.asked("PUT")
    assert (put.headers["Content-Type"], put.headers["Accept"]) == (dialect.media_type, dialect.accept)


@pytest.mark.parametrize("status", [200, 201, 204])
def test_a_put_is_done_by_the_dialects_statuses_only(server, status):
    dialect = replace(BRISK, put_success=frozenset({200, 201}))
    server.faults["obrien"] = Fault(status=status, body=b"{}", done=True)
    with Connection(sr.connect(server, dialect=dialect)) as connection:
        if status in dialect.put_success:
            assert connection.put_user("obrien", b"{}").status == status
        else:
            with pytest.raises(Refused):
                connection.put_user("obrien", b"{}")


# --- Windows and penalties


@given(st.integers(1, 5), st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60))
def test_no_window_of_the_target_ever_holds_more_requests_than_it_may(most, requests):
    """Each request begins a while after the last one, takes a while, and is counted somewhere in between."""
    traffic, now, counted, ends = Traffic((most, 1.0)), 0.0, [], []
    for gap, seconds, part in requests:
        now += gap
        while True:
            for end in sorted(end for end in ends if end <= now):
                traffic.settle(end)
            ends = [end for end in ends if end > now]
            if not (wait_s := traffic.claim(now)):
                break
            now = min(now + wait_s, *ends) if ends else now + wait_s
        counted.append(now + part * seconds)
        ends.append(now + seconds)

    counted.sort()
    assert all(later - first > 1.0 for first, later in zip(counted, counted[most:], strict=False))


def test_a_window_counts_all_that_one_target_is_sent():
    staff = [analyst(f"person{number:02}") for number in range(12)]
    with FakeScim(staff) as server:
        target = sr.connect(server, dialect=replace(BRISK, window=(10, 0.5), concurrency=4))
        begun = time.monotonic()
        sr.fetch_users(target, ids=[user["id"] for user in staff])
        sr.fetch_users(target)
        with Connection(target, Pace(target.dialect, concurrency=4)) as connection:
            for user in staff:
                connection.get_user(user["id"])

    assert len(server.log) == 12 + 2 + 12
    assert time.monotonic() - begun > 2 * 0.5, "26 requests at 10 a window end in the third"


def test_a_429_that_does_not_say_holds_everybody_for_the_dialects_penalty(server):
    dialect = replace(BRISK, penalty_s=0.4)
    server.faults["obrien"] = replace(scim_error(429, "slow down"), method="GET")
    server.users |= {f"p{n}": server.users["obrien"] | {"id": f"p{n}"} for n in range(3)}
    target = sr.connect(server, dialect=dialect)
    with Connection(target) as connection:
        with pytest.raises(Refused):
            connection.get_user("obrien")
        refused = [one.at for one in server.log]
        assert all(later - first >= 0.39 for first, later in pairwise(refused))

    begun = time.monotonic()
    target.traffic.hold(0.3)
    sr.fetch_users(target, ids=["p0", "p1", "p2"])
    assert time.monotonic() - begun >= 0.29, "what one run was told holds the next"


def test_a_penalty_longer_than_the_longest_wait_is_not_waited_for(server):
    server.faults["obrien"] = replace(scim_error(429, "slow down"), method="GET")
    target = sr.connect(server, dialect=replace(BRISK, penalty_s=600))
    with Connection(target) as connection, pytest.raises(Refused):
        connection.get_user("obrien")
    assert len(server.log) == 1


def test_a_pace_that_is_closed_sends_nothing_more(server):
    target = sr.connect(server)
    with Connection(target) as connection:
        connection.pace.close()
        with pytest.raises(Unreachable) as caught:
            connection.get_user("obrien")
    assert (caught.value.sent, server.log) == (False, [])


def test_a_list_larger_than_the_dialect_allows_is_not_read(server):
    server.faults[""] = Fault(body=b"A" * 20_000)
    with pytest.raises(Malformed, match="larger than 10,000 bytes"):
        sr.fetch_users(sr.connect(server, dialect=replace(BRISK, max_answer_bytes=10_000)))
