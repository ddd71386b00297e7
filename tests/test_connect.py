"""Connecting: URLs of names, credentials and where they are kept, and tokens that are exchanged for them."""

import copy
import json
import logging
import os
import pickle
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl

import keyring
import pandas as pd
import pytest
from fake_scim import TOKEN, FakeScim, Fault, analyst, scim_error
from hypothesis import example, given
from hypothesis import strategies as st
from stop_button import pressed_once

import scimrecon as sr
from scimrecon.client import Connection
from scimrecon.client.oauth import _lifetime_s
from scimrecon.dialects import (
    DESCOPE,
    HUAWEI,
    RFC7644,
    TWILIO,
    TWILIO_CURRENT,
    Authentication,
    ClientAuthentication,
    Credential,
    Paging,
)  # fmt: skip
from scimrecon.errors import ConnectError, FetchError, Refused, Unreachable

ORG = "OR" + "0123456789abcdef" * 2
TENANT = "3f1c0e2b-7a54-4d0f-9a4e-1d6c1b2a9e77"
SECRET = "quince-lantern-hollow-58"
TWILIO_ARGS = {"organization_sid": ORG, "client_id": "OQ17", "client_secret": SECRET}
HUAWEI_ARGS = {"region": "cn-north-4", "tenant_id": TENANT, "token": SECRET}
DESCOPE_ARGS = {"project_id": "P2bCdE", "access_key": SECRET}
HUAWEI_URL = f"https://scim.cn-north-4.myhuaweicloud.com/{TENANT}/scim/v2"
TWILIO_URL = f"https://preview-iam.twilio.com/Organizations/{ORG}/scim"


@pytest.fixture(autouse=True)
def _no_kept_secrets(monkeypatch):
    """The tests' machine may keep some."""
    monkeypatch.setattr(keyring, "get_password", lambda service, name: None)
    for variable in [name for name in os.environ if name.startswith("SCIMRECON_")]:
        monkeypatch.delenv(variable)


def told(error):
    """All a traceback can show of an error, local variables too; this file plants the secrets and is left out."""
    verbose = traceback.TracebackException.from_exception(error, capture_locals=True, compact=True)
    verbose.stack = traceback.StackSummary.from_list([frame for frame in verbose.stack if frame.filename != __file__])
    return "\n".join([*verbose.format(), repr(error), repr(vars(error))])


# --- Where the service is


@pytest.mark.parametrize(
    ("name", "credentials", "url"),
    [
        ("twilio", TWILIO_ARGS, TWILIO_URL),
        (
            "twilio_current",
            {"client_id": "OQ17", "client_secret": SECRET, "refresh_token": "r"},
            "https://iam.twilio.com/scim/v2",
        ),
        ("huawei", HUAWEI_ARGS, HUAWEI_URL),
        ("descope", DESCOPE_ARGS, "https://api.descope.com/scim/v2"),
    ],
)
def test_a_dialects_name_makes_the_url_of_the_credentials(name, credentials, url):
    target = sr.connect(name, **credentials)

    assert (target.url, target.dialect.name) == (url, name)
    assert SECRET not in repr(target)


def test_a_credential_is_one_segment_of_the_url_whatever_it_holds():
    org = Credential(name="org", where="the admin page", secret=False)
    ours = replace(RFC7644, name="ours", base_url="https://idp.example/{org}/scim", credentials=(org, *RFC7644.credentials))

    assert sr.connect("ours", dialect=ours, org="a/../b c?d", token=TOKEN).url == "https://idp.example/a%2F..%2Fb%20c%3Fd/scim"


@pytest.mark.parametrize(
    ("name", "credentials", "wrong", "words"),
    [
        ("twilio", TWILIO_ARGS, {"organization_sid": "AC" + ORG[2:]}, "organization_sid must look like OR"),
        ("twilio", TWILIO_ARGS, {"organization_sid": ORG + "/Users"}, "Look it up: Twilio Console"),
        ("huawei", HUAWEI_ARGS, {"region": "cn-north-4.evil.example/"}, "region must look like"),
        ("huawei", HUAWEI_ARGS, {"tenant_id": "../admin"}, "Look it up: IAM Identity Center console"),
        ("descope", DESCOPE_ARGS, {"project_id": SECRET}, "project_id must look like"),
    ],
)
def test_a_credential_that_does_not_look_right_is_refused_with_its_look_and_where_to_find_it(name, credentials, wrong, words):
    with pytest.raises(ConnectError, match=words) as caught:
        sr.connect(name, **{**credentials, **wrong})

    assert not any(value in told(caught.value) for value in wrong.values())


@pytest.mark.parametrize("given", [HUAWEI_URL, HUAWEI_URL + "/", f"  {HUAWEI_URL}/\n"])
def test_a_url_is_used_as_it_is_and_needs_no_credentials_of_its_parts(given):
    assert sr.connect(given, dialect="huawei", token=SECRET).url == HUAWEI_URL
    assert sr.connect(given, dialect="huawei", **HUAWEI_ARGS).url == HUAWEI_URL


@pytest.mark.parametrize(
    ("url", "dialect", "more", "words"),
    [
        (HUAWEI_URL, "huawei", {"region": "cn-east-3"}, "region=… name two different ones"),
        (HUAWEI_URL, "huawei", {"tenant_id": TENANT[::-1]}, "tenant_id=… name two different ones"),
        (HUAWEI_URL.replace("/scim/v2", ""), "huawei", {}, "Check region .* and tenant_id"),
        (HUAWEI_URL.replace(TENANT, "x"), "huawei", {}, "tenant_id must look like"),
        (TWILIO_URL.replace("OR", "AC"), "twilio", {"client_id": "OQ17", "client_secret": SECRET}, "organization_sid must look"),
        (
            "https://api.descope.com",
            "descope",
            {"project_id": "P2bCdE", "access_key": SECRET},
            "is at https://api.descope.com/sc",
        ),
        (f"https://practice.example/{TENANT}/scim/v2", "huawei", {"tenant_id": TENANT[::-1]}, "two different"),
        ("https://idp.example/scim/v2/Users", "rfc7644", {}, "without /Users"),
    ],
)
def test_a_url_that_cannot_be_the_services_is_refused(url, dialect, more, words):
    given = more if "client_id" in more or "project_id" in more else {"token": SECRET, **more}
    with pytest.raises(ConnectError, match=words) as caught:
        sr.connect(url, dialect=dialect, **given)

    assert SECRET not in told(caught.value)


def test_a_host_that_is_not_the_providers_may_have_any_path():
    assert sr.connect("https://proxy.example/iam", dialect="huawei", **HUAWEI_ARGS).url == "https://proxy.example/iam"


@pytest.mark.parametrize(
    ("url", "name"), [(HUAWEI_URL, "huawei"), (TWILIO_URL, "twilio"), ("https://api.descope.com/x", "descope")]
)
def test_a_providers_url_without_its_dialect_is_refused_by_name(url, name):
    with pytest.raises(ConnectError, match=f'dialect="{name}"'):
        sr.connect(url, token=SECRET)

    assert sr.connect(url, token=SECRET, dialect="rfc7644").dialect is RFC7644


def test_what_is_neither_url_nor_name_is_told_the_names():
    with pytest.raises(
        ConnectError, match=r"'okta' is not a URL.* the name of a dialect: descope, huawei, twilio, twilio_current"
    ):
        sr.connect("okta", token=TOKEN)


def test_a_name_without_a_url_asks_for_one():
    with pytest.raises(ConnectError, match="has a URL of its own"):
        sr.connect("rfc7644", token=TOKEN)


def test_where_all_customers_share_a_url_the_customer_is_part_of_the_fingerprint():
    def mark(name, **credentials):
        return sr.connect(name, **credentials).fingerprint

    assert mark("descope", **DESCOPE_ARGS) != mark("descope", **{**DESCOPE_ARGS, "project_id": "P2other"})
    assert mark("descope", **DESCOPE_ARGS) == mark("descope", **{**DESCOPE_ARGS, "access_key": "another"})
    assert mark("twilio", **TWILIO_ARGS) == mark("twilio", **{**TWILIO_ARGS, "client_id": "OQ18"})


@pytest.mark.parametrize("writable", ["phoneNumbers", ["phoneNumbers"], {"phoneNumbers"}])
def test_what_a_vendor_tells_in_prose_only_is_writable_for_whoever_says_so(writable):
    assert "phoneNumbers" not in sr.connect("descope", **DESCOPE_ARGS).dialect.writable
    assert sr.connect("descope", writable=writable, **DESCOPE_ARGS).dialect.writable == DESCOPE.writable | {"phoneNumbers"}


@pytest.mark.parametrize(
    ("name", "credentials", "can"), [("descope", DESCOPE_ARGS, "phoneNumbers"), ("huawei", HUAWEI_ARGS, "nothing")]
)
def test_nothing_else_can_be_opted_into(name, credentials, can):
    with pytest.raises(ConnectError, match=f"{can} can be opted into"):
        sr.connect(name, writable=["nickName"], **credentials)


# --- Where credentials are kept


def test_a_missing_credential_says_every_way_to_give_it_and_where_to_look_it_up():
    with pytest.raises(ConnectError) as caught:
        sr.connect("twilio", organization_sid=ORG, client_id="OQ17")

    said = str(caught.value)
    assert "no client_secret. Pass client_secret=…, or set SCIMRECON_TWILIO_CLIENT_SECRET, or keep it in the keyring" in said
    assert "keyring.set_password('scimrecon:twilio', 'client_secret', …)" in said
    assert "Twilio Console, Admin, OAuth apps" in said


def test_environment_variables_supply_what_is_not_given(monkeypatch):
    for name, value in HUAWEI_ARGS.items():
        monkeypatch.setenv(f"SCIMRECON_HUAWEI_{name.upper()}", value + "\n")

    assert sr.connect("huawei").url == HUAWEI_URL
    assert sr.connect("huawei").token.reveal() == SECRET
    assert sr.connect("huawei", token="given").token.reveal() == "given"
    # They speak of another tenant than a URL that is given does.
    other = HUAWEI_URL.replace("cn-north-4", "eu-west-1")
    assert sr.connect(other, dialect="huawei").url == other


def test_the_variable_of_ones_own_dialect_has_plain_letters_only(monkeypatch):
    monkeypatch.setenv("SCIMRECON_OUR_IDP_2_TOKEN", SECRET)

    assert sr.connect("https://idp.example/scim", dialect=replace(RFC7644, name="our idp-2")).token.reveal() == SECRET


def test_the_keyring_supplies_secrets_and_nothing_else(monkeypatch):
    asked = []

    def get_password(service, name):
        asked.append((service, name))
        return SECRET

    monkeypatch.setattr(keyring, "get_password", get_password)

    assert sr.connect("huawei", region="cn-north-4", tenant_id=TENANT).token.reveal() == SECRET
    assert asked == [("scimrecon:huawei", "token")]
    with pytest.raises(ConnectError, match="no region"):
        sr.connect("huawei", token=SECRET)


@pytest.mark.parametrize(
    "broken", [keyring.errors.NoKeyringError, keyring.errors.KeyringLocked, RuntimeError, OSError, TypeError]
)
def test_a_keyring_that_fails_holds_nothing(monkeypatch, broken):
    def get_password(service, name):
        raise broken(SECRET)

    monkeypatch.setattr(keyring, "get_password", get_password)
    with pytest.raises(ConnectError, match="no token") as caught:
        sr.connect("https://idp.example/scim")

    assert SECRET not in told(caught.value)


def test_without_the_keyring_library_the_other_ways_remain(monkeypatch):
    monkeypatch.setitem(sys.modules, "keyring", None)

    with pytest.raises(ConnectError, match="SCIMRECON_RFC7644_TOKEN"):
        sr.connect("https://idp.example/scim")


def test_a_real_secret_never_goes_to_a_practice_server(monkeypatch):
    monkeypatch.setenv("SCIMRECON_RFC7644_TOKEN", SECRET)
    with FakeScim([]) as server:
        server.credentials = {}
        with pytest.raises(ConnectError, match="the practice server brings no token"):
            sr.connect(server)


def test_what_is_given_beside_a_practice_server_must_be_known_and_agree():
    with FakeScim([]) as server:
        with pytest.raises(ConnectError, match="'tokn' is not known here; rfc7644 takes token"):
            sr.connect(server, tokn=SECRET)
        server.url = server.url.replace("/scim/v2", f"/{TENANT}/scim/v2")
        with pytest.raises(ConnectError, match="tenant_id=… name two different"):
            sr.connect(server, dialect="huawei", tenant_id=TENANT[::-1])


@pytest.mark.parametrize("lacking", ["client_secret", "organization_sid"])
def test_a_dialect_of_ones_own_must_declare_what_it_is_made_of(lacking):
    declared = tuple(one for one in TWILIO.credentials if one.name != lacking)

    with pytest.raises(ConnectError, match=f"needs a credential '{lacking}'"):
        sr.connect("ours", dialect=replace(TWILIO, name="ours", credentials=declared), **TWILIO_ARGS)


def test_a_project_key_is_project_and_key_joined_by_a_colon():
    assert sr.connect("descope", **DESCOPE_ARGS).token.reveal() == f"P2bCdE:{SECRET}"


def test_the_token_library_is_asked_for_where_it_is_needed_and_missing(monkeypatch):
    monkeypatch.setitem(sys.modules, "authlib.oauth2.auth", None)

    with pytest.raises(ConnectError, match=r'pip install "scimrecon\[auth\]"'):
        sr.connect("twilio", **TWILIO_ARGS)
    assert sr.connect("huawei", **HUAWEI_ARGS).token.reveal() == SECRET


# --- Functions that give a credential


@pytest.fixture
def server():
    with FakeScim([analyst("obrien"), analyst("zhang")]) as server:
        yield server


def test_a_function_is_called_when_its_secret_is_needed_and_not_before(server):
    calls = []
    target = sr.connect(server, token=lambda: calls.append(1) or f" {TOKEN}\n")
    assert calls == []

    sr.fetch_users(target)
    sr.fetch_users(target, ids=["obrien", "zhang"])
    assert calls == [1]


def test_a_function_is_called_again_after_a_401_and_the_request_sent_once_more(server):
    tokens = iter(["stale", TOKEN, "never"])
    target = sr.connect(server, token=lambda: next(tokens))

    with Connection(target) as connection:
        connection.put_user("obrien", json.dumps(analyst("obrien")).encode())

    assert [one.status for one in server.log] == [401, 200]


@pytest.mark.parametrize("given", [lambda: "stale", iter("abcdef").__next__, "stale"], ids=["same", "other", "text"])
def test_a_token_that_stays_refused_is_refused(server, given):
    with pytest.raises(Refused) as caught:
        sr.fetch_users(sr.connect(server, token=given))

    assert caught.value.status == 401
    assert len(server.log) <= 2


def test_many_threads_renew_a_token_once(server):
    calls = []
    tokens = iter(["stale", TOKEN])
    target = sr.connect(server, token=lambda: calls.append(1) or next(tokens), dialect=replace(RFC7644, concurrency=8))
    server.users |= {f"p{n}": server.users["obrien"] | {"id": f"p{n}"} for n in range(40)}

    assert len(sr.fetch_users(target, ids=[f"p{n}" for n in range(40)]).resources) == 40
    assert len(calls) == 2


def fails():
    held = SECRET
    raise RuntimeError(f"the vault is sealed ({len(held)})")


@pytest.mark.parametrize(
    ("function", "words"),
    [(fails, "failed with RuntimeError: the vault is sealed"), (lambda: None, "gave nothing"), (lambda: " ", "gave nothing"),
     (lambda: f"{SECRET} x", "gave a text with a space"), (lambda: f"{SECRET}é", "outside ASCII")],
    ids=["raises", "none", "blank", "space", "letter"],
)  # fmt: skip
def test_a_function_that_gives_no_usable_secret_sends_nothing_and_shows_nothing(server, function, words):
    target = sr.connect(server, token=function, dialect=replace(RFC7644, backoff_s=0.01, attempts=2))
    with pytest.raises(Unreachable, match=words) as caught:
        sr.fetch_users(target)

    assert (caught.value.sent, server.log) == (False, [])
    assert SECRET not in told(caught.value)


def test_a_part_of_a_url_is_asked_of_its_function_at_once():
    assert sr.connect("huawei", **{**HUAWEI_ARGS, "region": lambda: "cn-north-4"}).url == HUAWEI_URL
    with pytest.raises(ConnectError, match="region: the function that gives it failed"):
        sr.connect("huawei", **{**HUAWEI_ARGS, "region": fails})


# --- Tokens that are exchanged


class Issuer:
    """A token address that answers as told, and whose newest token the SCIM server takes."""

    def __init__(self, server):
        self.forms, self.headers = [], []
        self.answers = []
        self.delay_s = 0.0
        self.closed = threading.Event()
        self.expires_in = 3600
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                issuer.forms.append(dict(parse_qsl(body, keep_blank_values=True)))
                issuer.headers.append(dict(self.headers))
                issuer.closed.wait(issuer.delay_s)
                status, answer, more = issuer.answers.pop(0) if issuer.answers else (200, {}, {})
                if status in (200, 201) and isinstance(answer, dict) and not answer.get("error"):
                    token = f"issued-{len(issuer.forms)}-{SECRET}"
                    answer = {"access_token": token, "token_type": "Bearer", "expires_in": issuer.expires_in, **answer}
                    server.credentials = {"token": answer["access_token"]}
                content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                for name, value in {"Content-Type": "application/json", **more}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                with suppress(ConnectionError):  # the client may have had enough
                    self.end_headers()
                    self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1/token"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self.closed.set()
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture
def issuer(server):
    issuer = Issuer(server)
    yield issuer
    issuer.close()


OURS = replace(
    RFC7644,
    name="ours",
    authentication=Authentication.CLIENT_CREDENTIALS,
    credentials=(*TWILIO_CURRENT.credentials[:2], TWILIO_CURRENT.credentials[3]),
    backoff_s=0.01,
    attempts=2,
    concurrency=8,
)
OURS_BY_REFRESH = replace(OURS, authentication=Authentication.REFRESH_TOKEN, credentials=TWILIO_CURRENT.credentials)


def connect(server, issuer, dialect=OURS, **more):
    refresh = {"refresh_token": "r0-" + SECRET} if dialect.authentication is Authentication.REFRESH_TOKEN else {}
    given = {"client_id": "OQ17", "client_secret": SECRET, "token_url": issuer.url, **refresh, **more}
    return sr.connect(server.url, dialect=dialect, **given)


@pytest.mark.parametrize("status", [200, 201])
def test_a_token_is_fetched_with_the_first_request_and_kept(server, issuer, status):
    issuer.answers = [(status, {}, {})]
    target = connect(server, issuer)
    assert issuer.forms == []

    sr.fetch_users(target)
    sr.fetch_users(target, ids=["obrien", "zhang"])
    assert issuer.forms == [{"grant_type": "client_credentials", "client_id": "OQ17", "client_secret": SECRET}]
    assert {one.status for one in server.log} == {200}


def test_what_else_a_dialect_declares_goes_into_the_form(server, issuer):
    scope = Credential(name="scope", where="the app's page", secret=False, optional=True)
    ours = replace(OURS, credentials=(*OURS.credentials, scope))

    sr.fetch_users(connect(server, issuer, ours, scope="scim.read scim.write"))
    assert issuer.forms[0]["scope"] == "scim.read scim.write"


def test_a_service_may_want_the_secret_in_a_header(server, issuer):
    sr.fetch_users(connect(server, issuer, replace(OURS, client_authentication=ClientAuthentication.BASIC)))

    assert issuer.forms == [{"grant_type": "client_credentials"}]
    assert issuer.headers[0]["Authorization"].startswith("Basic ")


def test_a_secret_arrives_as_it_is_whatever_it_holds(server, issuer):
    secret = "a+b/c=&d%e?f#g'h\"i:j"
    sr.fetch_users(connect(server, issuer, client_secret=secret))

    assert issuer.forms[0]["client_secret"] == secret


def test_many_threads_fetch_one_token(server, issuer):
    server.users |= {f"p{n}": server.users["obrien"] | {"id": f"p{n}"} for n in range(24)}
    issuer.delay_s = 0.1

    sr.fetch_users(connect(server, issuer), ids=[f"p{n}" for n in range(24)])
    assert len(issuer.forms) == 1


def test_a_token_is_renewed_before_its_end(server, issuer):
    issuer.expires_in = 1
    target = connect(server, issuer)
    sr.fetch_users(target)
    fetched = len(issuer.forms)
    time.sleep(0.6)
    sr.fetch_users(target)

    assert len(issuer.forms) > fetched
    assert {one.status for one in server.log} == {200}


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30) | st.lists(st.integers(), max_size=1))
@example(1438315200000)
@example("3600")
def test_a_token_lasts_as_it_says_or_an_hour_where_that_cannot_be(told):
    lasts_s = _lifetime_s(told)
    credible = isinstance(told, int | str) and not isinstance(told, bool) and str(told).isascii() and str(told).isdigit()
    assert lasts_s == (int(told) if credible and 0 < int(told) <= 86_400 else 3600)


def test_after_a_401_the_token_is_fetched_anew_and_a_put_sent_once_more(server, issuer):
    target = connect(server, issuer)
    with Connection(target) as connection:
        connection.get_user("obrien")
        server.credentials = {"token": "revoked"}
        connection.put_user("obrien", json.dumps(analyst("obrien")).encode())

    assert [(one.method, one.status) for one in server.log] == [("GET", 200), ("PUT", 401), ("PUT", 200)]
    assert len(issuer.forms) == 2


def test_a_401_that_another_token_does_not_cure_is_told_after_one_more_try(server, issuer):
    server.faults["obrien"] = replace(scim_error(401, "not for you"), method="any")
    with pytest.raises(Refused, match="not for you") as caught:
        sr.fetch_users(connect(server, issuer), ids=["obrien"])

    assert [one.status for one in server.log] == [401, 401]
    assert len(issuer.forms) == 2
    assert "Check client_id (Twilio Console" in str(caught.value)


def test_a_rotated_refresh_token_is_used_next(server, issuer):
    issuer.answers = [(200, {"refresh_token": "r1"}, {}), (200, {}, {}), (200, {"refresh_token": "r3"}, {}), (200, {}, {})]
    target = connect(server, issuer, OURS_BY_REFRESH)
    for generation in range(4):
        target.token.renew(generation)

    assert [form["refresh_token"] for form in issuer.forms] == ["r0-" + SECRET, "r1", "r1", "r3"]
    assert {form["grant_type"] for form in issuer.forms} == {"refresh_token"}


INVALID = {"error": "invalid_client", "error_description": f"client secret {SECRET} is wrong"}


@pytest.mark.parametrize(
    ("dialect", "answer", "words"),
    [
        (OURS, (401, INVALID, {}), r"/v1/token: 401 client secret \[hidden\] is wrong \[invalid_client\].* and client_secret"),
        (OURS, (400, {"error": "unauthorized_client"}, {}), "400 unauthorized_client.* Check client_id"),
        (OURS_BY_REFRESH, (400, {"error": "invalid_grant", "error_description": "it has ended"}, {}), "Check refresh_token"),
        (OURS, (200, {"error": "invalid_client"}, {}), "invalid_client"),
        (OURS, (403, {"code": 20003, "message": "Authenticate", "status": 403}, {}), r"Authenticate \[20003\]"),
        (OURS, (404, b"<html>nothing</html>", {"Content-Type": "text/html"}), "text/html, not a SCIM error.*Check token_url"),
        (OURS, (302, b"", {"Location": "https://idp.example/"}), "redirected to https://idp.example/.*Check token_url"),
        (OURS, (200, b"<html>sign in</html>", {}), r"the answer \(200\) holds no access_token"),
        (OURS, (200, json.dumps({"access_token": f"{SECRET} {SECRET}"}).encode(), {}), "holds no access_token"),
        (OURS, (200, b"[" * 100_000, {}), "holds no access_token"),
    ],
    ids=lambda value: str(value[0]) if isinstance(value, tuple) else None,
)  # fmt: skip
def test_a_refused_token_request_names_its_address_the_error_and_what_to_check(server, issuer, dialect, answer, words):
    issuer.answers = [answer]
    with pytest.raises(Refused, match=words) as caught:
        sr.fetch_users(connect(server, issuer, dialect))

    assert caught.value.status == 401, "to a run it is a token that was refused"
    assert server.log == []
    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_token_address_that_is_down_is_asked_again_and_nothing_was_sent(server, issuer, status):
    issuer.answers = [(status, b"<html>later</html>", {})]
    assert len(sr.fetch_users(connect(server, issuer)).resources) == 2

    issuer.answers = [(status, b"", {})] * 9
    with pytest.raises(Unreachable, match="No token was issued") as caught:
        sr.fetch_users(connect(server, issuer))
    assert caught.value.sent is False


def test_a_token_address_that_throttles_is_waited_for(server, issuer):
    issuer.answers = [(429, {"error": "slow_down"}, {"Retry-After": "0"})]

    assert len(sr.fetch_users(connect(server, issuer)).resources) == 2
    assert len(issuer.forms) == 2


def test_a_token_address_that_hangs_is_given_up_at_the_deadline(server, issuer):
    issuer.delay_s = 60
    target = connect(server, issuer, replace(OURS, deadline_s=0.3, attempts=1))
    with pytest.raises(Unreachable, match=r"no answer within 0\.3 s\. Without a token nothing was sent") as caught:
        sr.fetch_users(target)

    assert SECRET not in told(caught.value)


@pytest.mark.parametrize("url", ["http://tokens.example/v1", "tokens.example", "https://u:p@tokens.example/"])
def test_a_token_address_is_https_but_for_loopback(url):
    with pytest.raises(ConnectError):
        sr.connect("twilio", token_url=url, **TWILIO_ARGS)


def test_a_token_refused_in_a_run_leaves_the_rest_not_attempted(server, issuer, folder):
    target = connect(server, issuer)
    users = sr.fetch_users(target)
    desired = pd.DataFrame({"userName": users.frame["userName"], "title": "Lead"}, dtype="str")
    diff = sr.compare(desired, users, on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 2})
    server.credentials = {"token": "revoked"}
    issuer.answers = [(400, {"error": "invalid_client", "error_description": "revoked"}, {})] * 9

    results = sr.apply_plan(plan, target, dry_run=False, progress=False, concurrency=1)
    assert set(results.frame["outcome"]) == {"not_attempted"}
    assert not any(one.status == 200 for one in server.asked("PUT"))


def test_nothing_of_an_exchange_is_shown_or_copied(server, issuer):
    target = connect(server, issuer, OURS_BY_REFRESH)
    sr.fetch_users(target)
    for value in (target, target.token):
        assert SECRET not in repr(value) + str(value) + repr(getattr(value, "__dict__", ""))
    for dump in (pickle.dumps, copy.deepcopy):
        with pytest.raises((ConnectError, TypeError)):
            dump(target.token)


def test_no_logger_at_any_level_says_what_is_exchanged(server, issuer, caplog):
    caplog.set_level(logging.DEBUG)
    for name in list(logging.root.manager.loggerDict):
        caplog.set_level(logging.DEBUG, logger=name)
    sr.fetch_users(connect(server, issuer, OURS_BY_REFRESH))

    assert "httpcore.http11" in {record.name for record in caplog.records}
    assert SECRET not in caplog.text + "".join(repr(record.__dict__) for record in caplog.records)


def test_no_traceback_of_an_interrupted_exchange_shows_its_secrets(server, issuer):
    issuer.delay_s = 60
    target = connect(server, issuer, OURS_BY_REFRESH)
    with pytest.raises(KeyboardInterrupt) as caught, pressed_once(lambda: issuer.forms):
        sr.fetch_users(target)
    assert SECRET not in told(caught.value)

    issuer.delay_s = 0.0
    assert len(sr.fetch_users(target).resources) == 2, "what was interrupted holds nobody up"


def test_a_token_said_back_is_hidden_however_it_is_spelled(server, issuer):
    target = connect(server, issuer, OURS_BY_REFRESH)
    sr.fetch_users(target)
    old = target.token.reveal()
    target.token.renew(target.token.generation)
    said = json.dumps({"detail": f"{old} {target.token.reveal()} r0-{SECRET}"}).replace("q", "\\u0071")
    server.faults["obrien"] = Fault(method="GET", status=400, body=said.encode())

    with pytest.raises(Refused) as caught:
        sr.fetch_users(target, ids=["obrien"])
    assert caught.value.detail == "[hidden] [hidden] [hidden]"


@pytest.mark.parametrize("dialect", [HUAWEI, DESCOPE, TWILIO, TWILIO_CURRENT, RFC7644], ids=lambda dialect: dialect.name)
def test_every_shipped_dialect_declares_what_connect_needs(dialect):
    with pytest.raises(ConnectError, match=r"no \w+\. Pass"):
        sr.connect(dialect.name if dialect.base_url else "https://idp.example/scim")


# --- The whole way to every practice server

PEOPLE = [
    {
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": f"u{number:02}", "userName": f"p{number:02}@example.com",
        "name": {"givenName": "Zoë", "familyName": "O'Brien"}, "displayName": "Zoë O'Brien", "active": True,
        "emails": [{"value": f"p{number:02}@example.com", "type": "work", "primary": True}],
    }
    for number in range(40)
]  # fmt: skip
ASKED = pd.DataFrame({"userName": [f"P{number:02}@Example.com" for number in range(5)] + ["nobody@example.com"]}, dtype="str")


def counted(monkeypatch):
    """The statuses of all answers."""
    statuses = []
    send = Connection._send_in_turn

    def note(self, *arguments):
        try:
            answer = send(self, *arguments)
        except Refused as refusal:
            statuses.append(refusal.status)
            raise
        statuses.append(answer.status)
        return answer

    monkeypatch.setattr(Connection, "_send_in_turn", note)
    return statuses


@pytest.mark.parametrize("dialect", ["rfc7644", "twilio", "twilio_current", "huawei", "descope"])
def test_a_practice_server_of_every_dialect_is_read_in_every_way(dialect):
    with sr.sandbox.start(dialect, users=PEOPLE) as server:
        target = sr.connect(server)
        users = sr.fetch_users(target)
        assert len(users.resources) == 40
        assert set(json.loads(next(iter(users.resources.values())))) >= {"id", "userName"}, "no envelope is left"
        assert users.complete.verdict.value == ("proven" if dialect in ("rfc7644", "descope") else "claimed")

        ids = list(users.resources)[:3]
        assert sr.fetch_users(target, ids=[*ids, "nobody"]).resources == {one: users.resources[one] for one in ids}
        found = sr.fetch_users(target, lookup=ASKED)
        assert sorted(found.frame["userName"]) == [f"p{number:02}@example.com" for number in range(5)]
        assert "5 found, 1 unknown to the target" in found.complete.reason

        secret = next(name for name in ("client_secret", "access_key", "token") if name in server.credentials)
        with pytest.raises(Refused, match=rf"Check .*{secret if secret != 'access_key' else 'project_id'} \(") as caught:
            sr.fetch_users(sr.connect(server, **{secret: "nobodys-secret-17"}))
        assert caught.value.status == 401
        assert "nobodys-secret" not in told(caught.value)


def test_a_huawei_directory_of_more_than_50_is_looked_up():
    with sr.sandbox.start("huawei", users=[{**PEOPLE[0], "id": f"x{n}", "userName": f"x{n}"} for n in range(60)]) as server:
        target = sr.connect(server)
        with pytest.raises(FetchError, match="lists 50 users at most, and has 60"):
            sr.fetch_users(target)
        everyone = pd.DataFrame({"userName": [f"x{n}" for n in range(60)]}, dtype="str")
        assert len(sr.fetch_users(target, lookup=everyone).resources) == 60


@pytest.mark.parametrize("dialect", ["twilio", "twilio_current"])
def test_tokens_that_end_early_are_renewed_between_requests(dialect, monkeypatch):
    switches = {"token_lifetime_s": 1.5, "stated_lifetime_s": 1438315200000}
    if dialect == "twilio_current":
        switches["rotate_refresh_token"] = True
    statuses = counted(monkeypatch)
    with sr.sandbox.start(dialect, users=PEOPLE, **switches) as server:
        target = sr.connect(server)
        assert len(sr.fetch_users(target, lookup=ASKED).resources) == 5
        time.sleep(1.6)
        assert len(sr.fetch_users(target, lookup=ASKED).resources) == 5

    assert 401 in statuses
    assert set(statuses) == {200, 401}


def test_a_window_is_never_tripped_by_reading_in_all_ways(monkeypatch):
    statuses = counted(monkeypatch)
    with sr.sandbox.start("descope", users=PEOPLE, limit=25, window_s=0.6, penalty_s=30) as server:
        target = sr.connect(server, dialect=replace(DESCOPE, window=(25, 0.6)))
        ids = list(sr.fetch_users(target).resources)
        for _ in range(2):
            assert len(sr.fetch_users(target, ids=ids).resources) == 40

    assert len(statuses) == 2 + 80
    assert set(statuses) == {200}


def test_users_of_a_service_that_pages_by_cursor_are_read():
    with sr.sandbox.start("rfc7644", users=PEOPLE, paging="cursor", max_page_size=7) as server:
        users = sr.fetch_users(sr.connect(server, dialect=replace(RFC7644, paging=Paging.CURSOR)))

    assert len(users.resources) == 40
    assert users.complete.verdict.value == "proven"
