"""Talking to a SCIM service: what `connect` takes, and what a `Connection` makes of any answer."""

import gzip
import json
import socket
from dataclasses import replace
from urllib.parse import unquote

import pytest
from fake_scim import CORE, TOKEN, FakeScim, Fault

from scimrecon.client import Connection, connect
from scimrecon.dialects import RFC7644
from scimrecon.errors import ConnectError, Malformed, Refused, Unreachable

BRISK = replace(RFC7644, backoff_s=0.01)
QUICK = replace(BRISK, name="quick", timeout_s=2.0)
IDP = "https://idp.example/scim/v2"


def person(user_id="obrien", **more):
    return {"schemas": [CORE], "id": user_id, "userName": "bríd.o'brien@example.com", "active": True, **more}


@pytest.fixture
def server():
    with FakeScim([person()]) as server:
        yield server


@pytest.fixture
def target(server):
    return connect(server)


def refused(target, user_id="obrien"):
    with Connection(target) as connection, pytest.raises(Refused) as caught:
        connection.get_user(user_id)
    return caught.value


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://idp.example/scim/v2", "https://idp.example/scim/v2"),
        ("https://idp.example/scim/v2/", "https://idp.example/scim/v2"),
        (" https://idp.example/scim/v2\n", "https://idp.example/scim/v2"),
        ("HTTPS://IDP.EXAMPLE:8443/SCIM", "https://idp.example:8443/SCIM"),
        ("http://localhost:8080/scim", "http://localhost:8080/scim"),
        ("http://127.0.0.1:8080/scim", "http://127.0.0.1:8080/scim"),
        ("http://127.8.0.1/scim", "http://127.8.0.1/scim"),
        ("http://[::1]:8080/scim", "http://[::1]:8080/scim"),
    ],
)
def test_https_is_taken_from_anywhere_and_http_from_loopback(given, url):
    assert connect(given, token=TOKEN).url == url


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("http://idp.example/scim/v2", "http is for loopback only"),
        ("http://127.0.0.1.idp.example/scim", "http is for loopback only"),
        ("http://localhost.idp.example/scim", "http is for loopback only"),
        ("http://10.0.0.8/scim", "http is for loopback only"),
        ("http://0.0.0.0/scim", "http is for loopback only"),
        ("ftp://idp.example/scim", "http is for loopback only"),
        ("idp.example/scim", "'idp.example/scim' is not a URL"),
        ("", "is not a URL"),
        ("https://", "is not a URL"),
        ("file:///etc/passwd", "is not a URL"),
        ("https://idp.example:scim/v2", "is not a URL"),
        ("https://ann:pl4m@idp.example/scim", "must not hold a user"),
        ("https://pl4m@idp.example/scim", "must not hold a user"),
        ("https://idp.example/scim?token=pl4m", "must not hold a user, a query"),
        ("https://idp.example/scim?", "must not hold a user, a query"),
        ("https://idp.example/scim#pl4m", "must not hold a user, a query or a fragment"),
        ("https://ann:pl4m/2@idp.example/scim", "is not a URL"),
        ("ann:pl4m@idp.example/scim", "is not a URL"),
    ],
)
def test_any_other_url_is_refused_without_showing_a_secret_in_it(given, reason):
    with pytest.raises(ConnectError, match=reason) as caught:
        connect(given, token=TOKEN)

    assert "pl4m" not in str(caught.value)


@pytest.mark.parametrize("given", [TOKEN, f"  {TOKEN}", f"{TOKEN}\r\n", "a", "eyJ.payload.sig~+/=_-"])
def test_a_token_is_taken_without_the_white_space_around_it(given):
    assert connect(IDP, token=given).token.reveal() == given.strip()


@pytest.mark.parametrize(
    ("credentials", "reason"),
    [
        ({}, "no token"),
        ({"token": ""}, "no token"),
        ({"token": " \n"}, "no token"),
        ({"token": None}, "no token"),
        ({"token": "plum\norchard"}, "a line break"),
        ({"token": "plum\r\nX-Admin: orchard"}, "a line break"),
        ({"token": "plum orchard"}, "a space"),
        ({"token": "plüm-orchard"}, "outside ASCII"),
        ({"token": "plum\x00orchard"}, "was it copied whole"),
        ({"password": "orchard"}, "'password' is not known here"),
        ({"token": TOKEN, "client_secret": "orchard"}, "'client_secret' is not known here"),
    ],
)
def test_a_missing_or_damaged_credential_is_refused_without_showing_it(credentials, reason):
    with pytest.raises(ConnectError, match=reason) as caught:
        connect(IDP, **credentials)

    assert "orchard" not in str(caught.value)
    assert IDP in str(caught.value)


def test_an_unknown_dialect_is_refused_with_the_names_there_are():
    with pytest.raises(ConnectError, match=r"'okta' is not known; there are .*rfc7644"):
        connect(IDP, token=TOKEN, dialect="okta")


def test_a_dialect_of_ones_own_is_taken_as_it_is():
    assert connect(IDP, token=TOKEN, dialect=QUICK).dialect is QUICK


def test_a_practice_server_says_its_url_dialect_and_token(server):
    target = connect(server)

    assert (target.url, target.dialect, target.token.reveal()) == (server.url, RFC7644, TOKEN)


def test_a_target_names_its_host_with_the_port_and_shows_its_url():
    target = connect("https://idp.example:8443/scim", token=TOKEN)

    assert target.host == "idp.example:8443"
    assert repr(target) == "Target('https://idp.example:8443/scim', dialect='rfc7644')"


def test_one_fingerprint_is_one_url_and_dialect_whatever_the_token():
    known = connect(IDP, token=TOKEN)

    assert connect(IDP + "/", token="another-token").fingerprint == known.fingerprint
    assert connect("https://idp.example/scim/v3", token=TOKEN).fingerprint != known.fingerprint
    assert connect(IDP, token=TOKEN, dialect=QUICK).fingerprint != known.fingerprint


def test_a_put_carries_the_token_and_says_that_it_is_scim(server, target):
    with Connection(target) as connection:
        connection.put_user("obrien", json.dumps(person(title="Analyst")).encode())

    [put] = server.asked("PUT")
    assert put.headers["Authorization"] == f"Bearer {TOKEN}"
    assert put.headers["Content-Type"] == "application/scim+json"
    assert put.headers["Accept"].startswith("application/scim+json")


def test_an_answer_has_its_bytes_version_and_request_id(server, target):
    body = json.dumps(person(), indent=3).encode()
    server.faults["obrien"] = Fault(method="GET", body=body, headers={"ETag": 'W/"7"', "X-Request-Id": "req-42"})

    with Connection(target) as connection:
        answer = connection.get_user("obrien")

    assert (answer.status, answer.body, answer.version, answer.request_id) == (200, body, 'W/"7"', "req-42")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "PUT"])
def test_a_redirect_is_reported_with_its_location_and_not_followed(server, target, method, status):
    with FakeScim([person()]) as elsewhere, Connection(target) as connection:
        location = elsewhere.url + "/Users/obrien"
        server.faults["obrien"] = Fault(method="any", status=status, body=b"", headers={"Location": location})

        with pytest.raises(Refused, match="redirects are not followed") as caught:
            connection.get_user("obrien") if method == "GET" else connection.put_user("obrien", b"{}")

    assert caught.value.status == status
    assert location in caught.value.detail
    assert elsewhere.log == []


@pytest.mark.parametrize(
    "user_id", ["a/b", "..", ".", "../Groups", "ü", "a b", "100%", "%2e%2e", "a?b", "a#b", "a\\b", "a;b", "a:b@c"]
)
def test_an_id_is_one_segment_of_the_path_whatever_it_holds(user_id):
    with FakeScim([person(user_id)]) as server, Connection(connect(server)) as connection:
        assert json.loads(connection.get_user(user_id).body)["id"] == user_id
        connection.put_user(user_id, json.dumps(person(user_id, title="Analyst")).encode())

        paths = {one.path for one in server.log}
        assert server.users[user_id]["title"] == "Analyst"
    [path] = paths
    *before, segment = path.split("/")
    assert "/".join(before) == "/scim/v2/Users"
    assert unquote(segment) == user_id


@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"])
def test_loopback_never_goes_through_a_proxy(server, monkeypatch, variable):
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with FakeScim([]) as proxy:
        monkeypatch.setenv(variable, proxy.url.removesuffix("/scim/v2"))
        with Connection(connect(server)) as connection:
            connection.get_user("obrien")

        assert proxy.log == []
    assert len(server.log) == 1


SCIM_ERROR = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "scimType": "uniqueness", "detail": "userName is taken"}


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (409, {**SCIM_ERROR, "status": "409"}, {"scim_type": "uniqueness", "detail": "userName is taken"}),
        (409, {**SCIM_ERROR, "status": 409}, {"scim_type": "uniqueness", "detail": "userName is taken"}),
        (500, {"detail": "no schemas here"}, {"detail": "no schemas here"}),
        (401, {"error": "invalid_token", "error_description": "expired"}, {"vendor_code": "invalid_token", "detail": "expired"}),
        (403, {"errorCode": "E0000006", "errorMessage": "not allowed"}, {"vendor_code": "E0000006", "detail": "not allowed"}),
        (400, {"error_code": "IIC.1006", "error_msg": "user busy"}, {"vendor_code": "IIC.1006", "detail": "user busy"}),
        (
            429,
            {
                "code": 20429,
                "message": "Too Many Requests",
                "moreInfo": "https://www.twilio.com/docs/errors/20429",
                "status": 429,
            },
            {"vendor_code": "20429", "detail": "Too Many Requests", "more_info": "https://www.twilio.com/docs/errors/20429"},
        ),
        (400, {"detail": ["two", "reasons"], "message": "a list"}, {"detail": "a list"}),
    ],
)
def test_an_error_body_of_any_style_becomes_the_same_fields(server, target, status, body, said):
    server.faults["obrien"] = Fault(
        method="GET", status=status, body=json.dumps(body).encode(), headers={"X-Request-Id": "req-42"}
    )

    error = refused(target)

    fields = ("scim_type", "detail", "vendor_code", "more_info")
    assert {name: getattr(error, name) for name in fields} == {**dict.fromkeys(fields, ""), **said}
    assert (error.status, error.request_id) == (status, "req-42")
    assert said["detail"] in str(error)


@pytest.mark.parametrize(
    ("body", "content_type", "detail"),
    [
        (b"<html><h1>Bad Gateway</h1></html>", "text/html; charset=utf-8", "text/html, not a SCIM error: <html><h1>Bad Gateway"),
        (b"upstream timed out", "text/plain", "text/plain, not a SCIM error: upstream timed out"),
        (b'{"detail": "cut', "application/json", 'application/json, not a SCIM error: {"detail": "cut'),
        (b"[1, 2]", "application/json", "application/json, not a SCIM error: [1, 2]"),
        (b"null", "application/json", "application/json, not a SCIM error: null"),
        (b"\xff\xfe\x00", "application/octet-stream", "application/octet-stream, not a SCIM error: "),
        (b"[" * 100_000, "application/json", "application/json, not a SCIM error: [[["),
        (b"", "text/html", ""),
    ],
)
def test_an_error_body_that_is_no_scim_error_is_quoted_within_a_line(server, target, body, content_type, detail):
    server.faults["obrien"] = Fault(method="GET", status=502, body=body, content_type=content_type)

    error = refused(target)

    assert error.status == 502
    assert error.detail.startswith(detail)
    assert bool(error.detail) == bool(body)
    assert len(error.detail) < 130
    assert "\n" not in str(error)


def test_an_error_without_a_body_says_that_no_reason_was_given(server, target):
    server.faults["obrien"] = Fault(method="GET", status=500, body=b"")

    assert str(refused(target)).endswith("/Users/obrien: 500 no reason given.")


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_says_what_to_look_at(server, target, status):
    server.faults["obrien"] = Fault(method="GET", status=status, body=b"")

    assert "The token is wrong, expired, or may not do this." in str(refused(target))


def test_a_wrong_token_is_refused(server):
    error = refused(connect(server.url, token="pear-orchard"))

    assert (error.status, error.detail) == (401, "The token is not known")


@pytest.mark.parametrize("status", [200, 500])
@pytest.mark.parametrize("compressed", [False, True])
def test_an_answer_larger_than_the_dialect_allows_is_not_read(server, compressed, status):
    target = connect(server, dialect=replace(RFC7644, max_answer_bytes=10_000))
    body = json.dumps(person(title="A" * 20_000)).encode()
    headers = {"Content-Encoding": "gzip"} if compressed else {}
    server.faults["obrien"] = Fault(
        method="GET", status=status, body=gzip.compress(body) if compressed else body, headers=headers
    )

    with Connection(target) as connection, pytest.raises(Malformed, match="larger than 10,000 bytes"):
        connection.get_user("obrien")


def test_a_connection_goes_on_after_an_answer_that_was_too_large(server):
    target = connect(server, dialect=replace(RFC7644, max_answer_bytes=10_000))
    server.faults["obrien"] = Fault(method="GET", body=b"A" * 20_000)
    with Connection(target) as connection:
        with pytest.raises(Malformed):
            connection.get_user("obrien")
        server.faults.clear()

        assert connection.get_user("obrien").status == 200


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def test_nothing_was_sent_where_nothing_listens():
    target = connect(f"http://127.0.0.1:{free_port()}/scim", token=TOKEN)

    with Connection(target) as connection, pytest.raises(Unreachable, match=r"no connection: \S") as caught:
        connection.put_user("obrien", b"{}")

    assert caught.value.sent is False


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault(hangs=True), r"no answer within 2 s"),
        (Fault(closes=True), r"the connection broke: \S"),
        (Fault(truncates=True), r"the connection broke: \S"),
        (Fault(body=b"not gzip", headers={"Content-Encoding": "gzip"}), r"the connection broke: \S"),
    ],
    ids=["hangs", "closes", "truncates", "undecodable"],
)
def test_a_put_without_a_whole_answer_may_have_been_done(server, fault, words):
    server.faults["obrien"] = fault
    target = connect(server, dialect=QUICK if fault.hangs else BRISK)

    with Connection(target) as connection, pytest.raises(Unreachable, match=words) as caught:
        connection.put_user("obrien", b"{}")

    assert caught.value.sent is True


def test_a_page_of_users_is_asked_for_by_index_and_count(server):
    with Connection(connect(server, dialect=replace(RFC7644, page_size=7))) as connection:
        page = connection.list_users(1)

    assert [user_id for user_id, _ in page.users] == ["obrien"]
    assert (page.total, page.next_cursor) == (1, "")
    assert server.log[0].path == "/scim/v2/Users?startIndex=1&count=7"


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in</html>",
        b"",
        b"[]",
        b'{"totalResults": 1, "Resources": [{"id": "obrien"',
        b'{"totalResults": 1, "Resources": [{"userName": "obrien"}]}',
        b'{"totalResults": 1, "Resources": ["obrien"]}',
        b'{"Resources": ' + b"[" * 100_000,
        b"\xff\xfe",
    ],
    ids=["html", "empty", "list", "cut", "no-id", "not-an-object", "deep", "not-utf8"],
)
def test_a_list_that_is_none_is_malformed(server, target, body):
    server.faults[""] = Fault(body=body)

    with Connection(target) as connection, pytest.raises(Malformed, match="no SCIM ListResponse"):
        connection.list_users(1)
