"""What all practice servers share: credentials, the page, the state file, switches, the command line."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from html import escape
from pathlib import Path
from typing import Literal

import httpx
import pytest
from practice import Client, bearer_of, plain, root_of

from scimrecon import sandbox
from scimrecon.dialects import DIALECTS
from scimrecon.errors import SandboxError
from scimrecon.sandbox.__main__ import main
from scimrecon.sandbox.kinds import SERVED_BY
from scimrecon.sandbox.people import People
from scimrecon.sandbox.statefile import StateFile
from scimrecon.sandbox.switches import explain_switches, from_text
from scimrecon.sandbox.twilio.rules import SHAPE

ROOT = Path(__file__).parents[1]
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
HOSTILE = "<script>alert(1)</script>&\"'"
ANN = {
    "schemas": [CORE],
    "id": "US" + "a" * 32,
    "userName": "ann@example.com",
    "displayName": "Ann",
    "name": {"givenName": "Ann", "familyName": "O'Brien"},
    "emails": [{"value": "ann@example.com", "type": "work", "primary": True}],
    "active": True,
}


@pytest.fixture(scope="module", params=SERVED_BY)
def server(request):
    with sandbox.start(request.param, users=[ANN | {"displayName": HOSTILE}]) as server:
        yield server


def test_every_dialect_has_a_practice_server():
    assert set(SERVED_BY) == set(DIALECTS)


def test_the_credentials_are_what_the_dialect_asks_for(server):
    asked = DIALECTS[server.dialect].credentials
    patterns = {credential.name: credential.pattern for credential in asked if credential.pattern}

    assert set(server.credentials) == {credential.name for credential in asked}
    assert {name for name in patterns if not re.fullmatch(patterns[name], server.credentials[name])} == set()


def test_the_users_are_below_the_url(server):
    with Client(server) as client:
        assert [user["userName"] for user in client.get("/Users").json()["Resources"]] == ["ann@example.com"]


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer ü", "Basic dXNlcjpwYXNz"])
def test_a_request_without_the_credentials_is_refused(server, authorization):
    headers = {"Authorization": authorization.encode()} if authorization else {}
    assert plain.get(server.url + "/Users", headers=headers).status_code == 401


def test_a_request_for_another_host_is_refused(server):
    for url in (server.url + "/Users", root_of(server) + "/"):
        assert plain.get(url, headers={"Host": "rebound.example"}).status_code == 400


def test_secrets_show_neither_in_the_repr_nor_in_the_process_list(server):
    process = Path("/proc", str(server._process.pid))
    seen = repr(server).encode()
    if process.exists():
        seen += (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
    secret = [credential.name for credential in DIALECTS[server.dialect].credentials if credential.secret]

    assert [name for name in secret if server.credentials[name].encode() in seen] == []


def test_the_page_wants_the_key(server):
    asked = plain.get(root_of(server) + "/")
    refused = plain.post(root_of(server) + "/", data={"key": "wrong"})

    assert (asked.status_code, refused.status_code) == (200, 403)
    assert all("ann@example.com" not in page.text and 'name="key"' in page.text for page in (asked, refused))


def test_the_page_shows_what_is_played_and_whom_it_holds_escaped(server):
    kind = SERVED_BY[server.dialect]
    page = plain.post(root_of(server) + "/", data={"key": server.credentials[kind.key]})

    assert page.status_code == 200
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "ann@example.com" in page.text
    assert "<script" not in page.text
    assert escape(HOSTILE) in page.text
    told = explain_switches(kind.switches)
    assert all(escape(line) in page.text for line in (kind.title, *kind.plays, *told, *told.values()))
    assert not any(secret in page.text for secret in (server.credentials[kind.key], bearer_of(server)))


def test_every_switch_is_explained():
    for kind in SERVED_BY.values():
        assert set(explain_switches(kind.switches)) == set(kind.switches.__dataclass_fields__)


@pytest.mark.parametrize("dialect", SERVED_BY)
def test_a_server_goes_on_from_its_store(tmp_path, dialect):
    store = tmp_path / "state.json"
    with sandbox.start(dialect, users=[ANN], store=store) as server, Client(server) as client:
        changed = client.patch(f"/Users/{ANN['id']}", json=_patch("displayName", "Ann B."))
        assert changed.status_code in (200, 204)
        made = {name: value for name, value in ANN.items() if name != "id"} | {"userName": "bo@example.com"}
        made["emails"] = [{"value": "bo@example.com", "type": "work", "primary": True}]
        assert client.post("/Users", json=made).status_code in (200, 201)
        before = client.get("/Users").json()["Resources"]
        port = int(root_of(server).rpartition(":")[2])

    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    with sandbox.start(dialect, store=store, port=port) as again, Client(again) as client:
        assert (again.url, again.credentials) == (server.url, server.credentials)
        assert client.get("/Users").json()["Resources"] == before
        assert client.put(f"/Users/{ANN['id']}", json=ANN | {"id": ANN["id"]}).status_code == 200


def _patch(path, value):
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": path, "value": value}],
    }


def test_a_store_is_not_shared_and_not_overwritten(tmp_path):
    store = tmp_path / "state.json"
    with sandbox.start("huawei", store=store), pytest.raises(SandboxError, match="another practice server is using it"):
        sandbox.start("huawei", store=store)

    with pytest.raises(SandboxError, match=r"state\.json exists .*leave users= out"):
        sandbox.start("huawei", store=store, users=[])
    with pytest.raises(SandboxError, match="holds a practice server huawei, not descope"):
        sandbox.start("descope", store=store)


@pytest.mark.parametrize("content", ["{", "[]", '{"format": 1}', '{"format": 9}', "\xff"])
def test_a_file_that_is_no_store_is_refused(tmp_path, content):
    (tmp_path / "state.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(SandboxError, match=r"state\.json: (is no file|written by another)"):
        StateFile(str(tmp_path / "state.json"), "huawei", {})


def test_a_store_that_cannot_be_is_refused(tmp_path):
    with pytest.raises(SandboxError, match="there is no folder"):
        StateFile(str(tmp_path / "nowhere" / "state.json"), "huawei", {})
    with pytest.raises(SandboxError, match="cannot be read"):
        StateFile(str(tmp_path), "huawei", {})


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"phoneNumbers": []}, "knows no phoneNumbers"),
        ({"name": {"middleName": "X"}}, r"knows no name\.middleName"),
        ({"active": "yes"}, "active must be true or false"),
        ({"emails": {}}, "emails must be a list"),
        ({"userName": ""}, "has no userName"),
        ({"id": 7}, "id must be a text"),
        ({"id": ANN["id"]}, "another user has the id"),
        ({"userName": "ANN@example.com"}, "another user has this userName"),
        ({"displayName": "\ud800"}, "half of a surrogate pair"),
    ],
)
def test_a_user_that_does_not_fit_a_vendors_model_is_named(bad, reason):
    people = People(StateFile(None, "twilio", {}), lambda: "US0")
    with pytest.raises(SandboxError, match=rf"users\[1\] \(userName .*{reason}"):
        people.seed([ANN, {"userName": "bo@example.com"} | bad], SHAPE, passing=frozenset({"id", "schemas", "meta"}))


@pytest.mark.parametrize("users", [[{"userName": {1}}], [object()]])
def test_users_that_are_no_json_are_refused(users):
    with pytest.raises(SandboxError, match="what JSON cannot carry"):
        sandbox.start("twilio", users=users)


@pytest.mark.parametrize(
    ("dialect", "switches", "message"),
    [
        ("twilio", {"verfied_domains": []}, r"twilio has no switch 'verfied_domains'\. There are: .*verified_domains"),
        ("rfc7644", {"paging": "pages"}, "paging= takes one of 'index', 'cursor', 'both', not 'pages'"),
        ("twilio", {"verified_domains": "example.com"}, "takes a list of texts, or None, not 'example.com'"),
        ("twilio", {"limit": 0}, "limit= takes a whole number of at least 1, or None, not 0"),
        ("twilio", {"limit": 2.5}, "not 2.5"),
        ("twilio", {"limit": True}, "not True"),
        ("twilio", {"owner": 5}, "owner= takes a text, or None, not 5"),
        ("huawei", {"put_status": True}, "put_status= takes one of 200, 201, not True"),
        ("huawei", {"lenient_seed": 1}, "lenient_seed= takes True or False, not 1"),
        ("descope", {"window_s": "60"}, "window_s= takes a number of seconds of at least 0.05, not '60'"),
        ("descope", {"penalty_s": float("nan")}, "not nan"),
    ],
)
def test_a_switch_that_is_not_there_or_has_no_such_value_is_an_error(dialect, switches, message):
    with pytest.raises(SandboxError, match=message):
        sandbox.start(dialect, **switches)


@pytest.fixture
def command(tmp_path):
    """Start the command line, and stop what it started."""
    running = []

    def run(*arguments):
        process = subprocess.Popen(
            [sys.executable, "-m", "scimrecon.sandbox", *arguments],
            cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        running.append(process)
        return process

    yield run
    for process in running:
        process.kill()
        process.communicate()


def test_the_command_line_serves_any_client_until_interrupted(tmp_path, command):
    (tmp_path / "users.json").write_text(json.dumps([ANN]))
    process = command("huawei", "--users", "users.json", "--store", "state.json", "--put-status", "201", "--null", "refused")
    lines = []
    while not lines or not lines[-1].startswith("Ctrl-C"):
        lines.append(process.stdout.readline())
        assert lines[-1], process.stderr.read()
    shown = dict(line.split() for line in lines[3 : lines.index("In a notebook:\n")])
    url = lines[1].strip()

    assert set(shown) == {"region", "tenant_id", "token"}
    assert f"sr.connect('{url}'," in "".join(lines)
    put = plain.put(f"{url}/Users/{ANN['id']}", json=ANN, headers={"Authorization": f"Bearer {shown['token']}"})
    assert put.status_code == 201

    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=120)
    assert (process.returncode, rest.strip(), errors) == (0, "The practice server has ended.", "")
    assert json.loads((tmp_path / "state.json").read_text())["credentials"]["token"] == shown["token"]
    with pytest.raises(httpx.ConnectError):
        plain.get(url)


def test_the_command_line_tells_what_is_wrong(capsys):
    assert main(["twilio", "--limit", "many"]) == 1
    assert capsys.readouterr().err == (
        "The practice server twilio: limit= takes a whole number of at least 1, or None, not 'many'.\n"
    )


@pytest.mark.parametrize("dialect", SERVED_BY)
def test_the_command_lines_help_tells_of_every_switch(dialect, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100000")
    with pytest.raises(SystemExit):
        main([dialect, "--help"])
    told = capsys.readouterr().out

    for name, said in explain_switches(SERVED_BY[dialect].switches).items():
        assert f"--{name.replace('_', '-')}" in told
        assert said in told


@pytest.mark.parametrize(
    ("hint", "text", "value"),
    [
        (bool, "on", True),
        (bool, "False", False),
        (bool, "maybe", "maybe"),
        (int | None, "none", None),
        (int | None, "7", 7),
        (float, "0.5", 0.5),
        (tuple[str, ...] | None, "example.com, example.org", ("example.com", "example.org")),
        (Literal[200, 201], "201", 201),
        (str | None, "US0", "US0"),
    ],
)
def test_the_command_line_reads_values_as_a_switch_has_them(hint, text, value):
    assert from_text(hint, text) == value


def test_a_killed_command_line_leaves_no_server(command):
    process = command("descope")
    url = [process.stdout.readline() for _ in range(2)][1].strip()
    process.kill()
    process.wait()

    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            plain.get(url)
        except httpx.TransportError:
            return
        time.sleep(0.05)
    pytest.fail("the server outlived its command line")
