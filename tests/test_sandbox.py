"""The practice server of the dialect rfc7644, and how any practice server lives and dies, over real HTTP.

What every server does is told with the one of descope where it does not matter which: it starts in a third of the time.
"""

import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from scimrecon import sandbox
from scimrecon.errors import SandboxError
from scimrecon.sandbox.kinds import SERVED_BY
from scimrecon.sandbox.rfc7644.app import create_app
from scimrecon.sandbox.service import Order
from scimrecon.sandbox.statefile import StateFile

ROOT = Path(__file__).parents[1]
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
FACILITIES = "urn:example:params:scim:schemas:extension:facilities:2.0:User"

NOTEBOOK = """
import json, time
from scimrecon import sandbox
server = sandbox.start("descope")
try:  # around the print too, for the interrupt comes as soon as that is read
    print(json.dumps([server.url, ":".join(server.credentials.values())]), flush=True)
    time.sleep(600)
except KeyboardInterrupt:
    print("interrupted", flush=True)
time.sleep(600)
"""


def user(name, **more):
    return {"schemas": [CORE], "userName": name, **more}


def order_of(people):
    kind = SERVED_BY["rfc7644"]
    return Order(kind=kind, file=StateFile(None, "rfc7644", kind.issue()), users=people, switches=kind.switches())


def client_of(server):
    return httpx.Client(
        base_url=server.url,
        headers={"Authorization": f"Bearer {':'.join(server.credentials.values())}"},
        trust_env=False,
    )


def answers(url):
    try:
        httpx.get(url, trust_env=False)
    except httpx.TransportError:
        return False
    return True


def within(seconds, condition):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture(scope="module")
def server():
    people = [user(f"person{n:03}@example.com", id=f"id-{n:03}") for n in range(150)]
    with sandbox.start("rfc7644", users=people) as server:
        yield server


@pytest.fixture
def client(server):
    with client_of(server) as client:
        yield client


@pytest.fixture
def notebook():
    """A process in a group of its own, like a kernel, that has started a practice server."""
    process = subprocess.Popen(
        [sys.executable, "-c", NOTEBOOK], cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    with process:
        yield process
        process.kill()


def test_a_seeded_user_keeps_its_id(client):
    found = client.get("/Users/id-017").json()

    assert found["id"] == "id-017"
    assert found["userName"] == "person017@example.com"


def test_a_user_without_an_id_is_given_one():
    with sandbox.start("rfc7644", users=[user("o'brien@example.com")]) as server, client_of(server) as client:
        [found] = client.get("/Users").json()["Resources"]

    assert found["userName"] == "o'brien@example.com"
    assert found["id"]


def test_a_user_posted_over_http_cannot_choose_its_id(client):
    made = client.post("/Users", json=user("posted@example.com", id="mine"))

    assert made.status_code == 201
    assert made.json()["id"] != "mine"
    assert client.delete(f"/Users/{made.json()['id']}").status_code == 204


@pytest.mark.parametrize("wrapped", [True, False])
def test_users_are_read_from_a_list_response_or_a_list_in_a_file(tmp_path, wrapped):
    people = [user("josé@example.com", id="jose")]
    document = {"totalResults": 1, "Resources": people} if wrapped else people
    path = tmp_path / "users.json"
    path.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")

    with sandbox.start("descope", users=path) as server, client_of(server) as client:
        assert client.get("/Users/jose").json()["user"]["userName"] == "josé@example.com"


def test_a_put_with_the_practice_extension_reads_back_as_sent(client):
    facilities = {
        "badgeNumber": "0042",
        "floor": 3,
        "accessZones": ["lobby", "lab"],
        "locker": {"number": "A-7", "keyIssued": True},
    }
    body = {"schemas": [CORE, FACILITIES], "userName": "person001@example.com", FACILITIES: facilities}

    assert client.put("/Users/id-001", json=body).status_code == 200

    found = client.get("/Users/id-001").json()
    assert found[FACILITIES] == facilities
    assert FACILITIES in found["schemas"]


def test_discovery_shows_the_practice_extension(client):
    listed = {schema["id"] for schema in client.get("/Schemas").json()["Resources"]}
    extensions = client.get("/ResourceTypes/User").json()["schemaExtensions"]

    assert FACILITIES in listed
    assert FACILITIES in {extension["schema"] for extension in extensions}
    assert "/Groups" in {kind["endpoint"] for kind in client.get("/ResourceTypes").json()["Resources"]}


def test_more_than_a_page_of_users_is_read_in_pages(client):
    first = client.get("/Users", params={"startIndex": 1, "count": 100}).json()
    second = client.get("/Users", params={"startIndex": 101, "count": 100}).json()

    assert first["totalResults"] == 150
    ids = [found["id"] for page in (first, second) for found in page["Resources"]]
    assert ids == [f"id-{n:03}" for n in range(150)]


@pytest.mark.parametrize("paging", ["cursor", "both"])
def test_users_are_paged_by_cursor_where_a_switch_says_so(paging):
    people = [user(f"person{n}@example.com", id=f"id-{n}") for n in range(5)]
    with sandbox.start("rfc7644", users=people, paging=paging, max_page_size=2) as server, client_of(server) as client:
        ids, cursor = [], ""
        while cursor is not None:
            page = client.get("/Users", params={"cursor": cursor, "count": 2}).json()
            ids += [found["id"] for found in page["Resources"]]
            cursor = page.get("nextCursor")
        by_index = client.get("/Users", params={"startIndex": 4, "count": 100})
        announced = client.get("/ServiceProviderConfig").json()["pagination"]

    assert ids == [f"id-{n}" for n in range(5)]
    assert by_index.status_code == (200 if paging == "both" else 501)
    assert (announced["cursor"], announced["index"], announced["maxPageSize"]) == (True, paging == "both", 2)


def test_a_page_is_no_larger_than_the_switch_says_and_versions_can_be_off():
    people = [user(f"person{n}@example.com") for n in range(5)]
    with sandbox.start("rfc7644", users=people, max_page_size=2, versions=False) as server, client_of(server) as client:
        listed = client.get("/Users", params={"count": 100}).json()
        config = client.get("/ServiceProviderConfig").json()

    assert (len(listed["Resources"]), listed["totalResults"]) == (2, 5)
    assert "version" not in listed["Resources"][0]["meta"]
    assert not config["etag"]["supported"]


def test_a_filter_finds_a_user(client):
    found = client.get("/Users", params={"filter": 'userName eq "PERSON042@example.com"'}).json()

    assert [resource["id"] for resource in found["Resources"]] == ["id-042"]


def test_a_put_under_a_stale_version_is_refused_with_412(client):
    before = client.get("/Users/id-002")
    stale = before.headers["ETag"]
    assert stale == before.json()["meta"]["version"]
    body = user("person002@example.com", title="Analyst")
    assert client.put("/Users/id-002", json=body, headers={"If-Match": stale}).status_code == 200

    refused = client.put("/Users/id-002", json=body | {"title": "Engineer"}, headers={"If-Match": stale})

    assert refused.status_code == 412
    assert client.get("/Users/id-002").json()["title"] == "Analyst"


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Bearer ü", "Basic dXNlcjpwYXNz"])
def test_a_request_without_the_token_gets_a_scim_401(server, authorization):
    headers = {"Authorization": authorization.encode()} if authorization else {}
    refused = httpx.get(server.url + "/Users", headers=headers, trust_env=False)

    assert refused.status_code == 401
    assert refused.json()["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:Error"]


def test_each_server_has_credentials_of_its_own():
    with sandbox.start("descope") as one, sandbox.start("descope") as other:
        assert set(one.credentials.values()) & set(other.credentials.values()) == set()
        refused = httpx.get(other.url + "/Users", headers=client_of(one).headers, trust_env=False)

    assert refused.status_code == 401


def test_stop_ends_the_server_and_can_be_repeated():
    server = sandbox.start("descope")
    assert answers(server.url)

    server.stop()
    server.stop()

    assert not answers(server.url)
    assert "stopped" in repr(server)


def test_a_server_ends_at_once_while_a_client_keeps_its_connection(monkeypatch):
    monkeypatch.setattr(sandbox.server, "_STOP_DEADLINE_S", 30)  # it keeps an idle connection for 75 s
    with sandbox.start("descope") as server, client_of(server) as client:
        client.get("/Users")
        server.stop()

    assert server._process.returncode == 0, "it ended by itself, before it was killed"


def test_five_hundred_users_are_served_within_seconds():
    people = [user(f"person{n}@example.com", externalId=f"{n:06}") for n in range(500)]
    began = time.monotonic()
    with sandbox.start("rfc7644", users=people) as server, client_of(server) as client:
        assert client.get("/Users", params={"count": 0}).json()["totalResults"] == 500
        assert time.monotonic() - began < 15  # about 1 s on an idle machine


def test_answers_do_not_wait_for_delayed_acknowledgements(client):
    took_s = []
    for _ in range(50):
        began = time.monotonic()
        client.get("/Users/id-003")
        took_s.append(time.monotonic() - began)

    # Each took 0.044 s before TCP_NODELAY, 0.003 s since; what delays a few of them is the machine.
    assert statistics.median(took_s) < 0.03


def test_the_stop_button_does_not_end_the_server(notebook):
    url, token = json.loads(notebook.stdout.readline())
    os.killpg(notebook.pid, signal.SIGINT)
    assert notebook.stdout.readline() == "interrupted\n"

    listed = httpx.get(url + "/Users", headers={"Authorization": f"Bearer {token}"}, trust_env=False)

    assert listed.status_code == 200


def test_a_killed_kernel_leaves_no_server(notebook):
    url, _ = json.loads(notebook.stdout.readline())
    assert answers(url)

    notebook.kill()
    notebook.wait()

    assert within(60, lambda: not answers(url))


def test_an_ending_interpreter_ends_its_server():
    script = 'from scimrecon import sandbox; print(sandbox.start("descope").url)'
    ended = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert ended.stderr == ""
    assert not answers(ended.stdout.strip())


def test_a_dialect_without_a_practice_server_is_an_error_that_names_those_with_one():
    with pytest.raises(SandboxError, match=r"'okta'.*rfc7644"):
        sandbox.start("okta")


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ({"active": "maybe"}, "valid boolean.*active"),
        ({"nickname_": "Bob"}, "not permitted.*nickname_"),
        ({"id": 7}, "valid string.*id"),
        ({"id": "ann"}, "another user has the id 'ann'"),
        ({"userName": "ANN"}, "another user has this userName"),
    ],
)
def test_a_refused_user_is_named_with_the_reason(bad, reason):
    people = [user("ann", id="ann"), user("o'brien@example.com") | bad]

    with pytest.raises(SandboxError, match=rf"users\[1\] \(userName .*{reason}"):
        create_app(order_of(people))


@pytest.mark.parametrize("bad", [["ann"], [{"schemas": [CORE]}]])
def test_a_refused_user_without_a_name_is_given_by_position(bad):
    with pytest.raises(SandboxError, match=r"users\[0\] is refused"):
        create_app(order_of(bad))


def test_a_refused_user_ends_the_start():
    with pytest.raises(SandboxError, match=r"users\[0\] is refused"):
        sandbox.start("rfc7644", users=["ann"])


@pytest.mark.parametrize("content", [None, "{", '"text"', '{"Resources": 3}'])
def test_a_file_that_holds_no_users_is_named(tmp_path, content):
    path = tmp_path / "people.json"
    if content is not None:
        path.write_text(content)

    with pytest.raises(SandboxError, match=r"people\.json"):
        sandbox.start("rfc7644", users=path)


def test_users_of_another_type_are_refused():
    with pytest.raises(SandboxError, match="not int"):
        sandbox.start("rfc7644", users=5)


def test_a_taken_port_is_an_error_that_names_it():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(SandboxError, match=rf"Port {port} .*port=0"):
            sandbox.start("descope", port=port)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ModuleNotFoundError(\"No module\", name='uvicorn')", r'pip install "scimrecon\[sandbox\]"'),
        ('raise RuntimeError("out of luck")', r"(?s)last words.*out of luck"),
    ],
)
def test_a_server_that_cannot_start_says_why(tmp_path, monkeypatch, source, message):
    (tmp_path / "uvicorn.py").write_text(source)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(SandboxError, match=message):
        sandbox.start("rfc7644")


def test_a_server_that_does_not_answer_in_time_is_given_up(tmp_path, monkeypatch):
    (tmp_path / "uvicorn.py").write_text("import time; time.sleep(60)")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(sandbox.server, "_START_DEADLINE_S", 0.5)

    with pytest.raises(SandboxError, match="did not answer within"):
        sandbox.start("rfc7644")


def test_importing_the_sandbox_loads_no_server():
    script = "import sys, scimrecon.sandbox; print({'uvicorn', 'scim2_server', 'starlette'} & set(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert loaded.stdout == "set()\n"
