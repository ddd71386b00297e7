"""The users a target has now: all of them or not, byte for byte, in a file and back."""

import json
import os
import stat
import tempfile
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from fake_scim import FakeScim, Fault, analyst
from hypothesis import given
from hypothesis import strategies as st
from resources import ENTERPRISE, FACILITIES, USERS, users_of

import scimrecon as sr
from scimrecon.dialects import RFC7644
from scimrecon.errors import CompareError, Malformed, Refused
from scimrecon.paths import Element
from scimrecon.users import Verdict, read_paths, version_of

PEOPLE = [
    {"id": f"id-{number:03}", "userName": f"person{number:03}@example.com", "name": {"familyName": "O'Brien"}}
    for number in range(250)
]


@pytest.fixture(scope="module")
def target():
    with sr.sandbox.start("rfc7644", users=PEOPLE) as server:
        yield sr.connect(server)


@pytest.fixture
def service():
    """Start services that answer each GET as a function of the path and startIndex says; give target and requests."""
    running = []

    def start(answer):
        asked = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                url = urlsplit(self.path)
                asked.append(self.path)
                status, body = answer(url.path, int(parse_qs(url.query).get("startIndex", ["0"])[0]))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return sr.connect(f"http://127.0.0.1:{server.server_port}/scim", token="practice"), asked

    yield start
    for server in running:
        server.shutdown()
        server.server_close()


def test_all_users_are_fetched_page_by_page_and_proven_whole(target):
    users = sr.fetch_users(target)
    assert sorted(users.resources) == [person["id"] for person in PEOPLE]
    assert list(users.frame["id"]) == list(users.resources)
    assert users.frame.index.tolist() == list(range(250))
    assert users.complete.verdict is Verdict.PROVEN
    assert (users.dialect, users.fingerprint) == (RFC7644, target.fingerprint)


def test_users_asked_for_by_id_come_in_that_order_and_once(target):
    users = sr.fetch_users(target, ids=["id-200", "id-003", "id-200", "id-111"])
    assert list(users.resources) == ["id-200", "id-003", "id-111"]
    assert users.frame["userName"].tolist() == [f"person{n}@example.com" for n in ("200", "003", "111")]
    assert users.complete.verdict is Verdict.DOUBTFUL


def test_ids_the_target_does_not_know_are_named(target):
    users = sr.fetch_users(target, ids=["id-003", "nobody", "../Groups", ""])
    assert list(users.resources) == ["id-003"]
    assert "not known to the target: nobody, ../Groups" in users.complete.reason


def test_one_id_is_one_id_and_no_ids_are_none(target):
    assert list(sr.fetch_users(target, ids="id-003").resources) == ["id-003"]
    assert sr.fetch_users(target, ids=[]).frame.shape == (0, 1)


FIVE = ["O'Brien", "Null", "NA", "000417", "Zoë"]
TWICE = ["Null", "Null"]


@pytest.mark.parametrize(
    ("page", "verdict", "words", "found"),
    [
        pytest.param(lambda at: (FIVE[at - 1 : at + 1], 5), "proven", "nobody new past the end", FIVE, id="as it should be"),
        pytest.param(lambda _: (FIVE, 5), "proven", "nobody new past the end", FIVE, id="all at once"),
        pytest.param(lambda _: ([], 0), "proven", "as the total says", [], id="nobody"),
        pytest.param(lambda at: (FIVE[at - 1 : at + 1], None), "claimed", "gives no total", FIVE, id="no total"),
        pytest.param(lambda _: (FIVE[:2], 1000), "doubtful", "came twice", FIVE[:2], id="page 1 for ever"),
        pytest.param(lambda at: (FIVE[at - 1 : at + 1], 9), "doubtful", "says there are 9", FIVE, id="total too big"),
        pytest.param(lambda at: (FIVE[at - 1 : at + 1], 2), "doubtful", "says there are 2", FIVE, id="total too small"),
        pytest.param(lambda at: (FIVE[at - 1 : 2], 5), "doubtful", "says there are 5", FIVE[:2], id="an empty page"),
        pytest.param(lambda at: (FIVE[max(at - 2, 0) : at + 1], 5), "doubtful", "came twice", FIVE, id="pages overlap"),
        pytest.param(lambda at: (TWICE if at == 1 else [], 2), "doubtful", "came twice", ["Null"], id="one user twice"),
    ],
)  # fmt: skip
def test_a_list_that_pages_badly_ends_and_is_doubted(service, page, verdict, words, found):
    def answer(_, start):
        ids, total = page(start)
        body = {"Resources": [{"id": user_id} for user_id in ids]} | ({} if total is None else {"totalResults": total})
        return 200, json.dumps(body).encode()

    target, asked = service(answer)
    users = sr.fetch_users(target)
    assert list(users.resources) == found
    assert users.complete.verdict.value == verdict
    assert words in users.complete.reason
    assert len(asked) <= len(FIVE) + 2


def test_resources_are_the_bytes_as_received(service):
    pieces = ['{"id":"1",  "n":1.10, "active":null}', '{ "id" : "2",\n\t"title":"Zo\\u00eb O\'Brien" }']
    body = '{"totalResults":2,"Resources":[ ' + " ,\r\n".join(pieces) + "]}\n"
    target, _ = service(lambda _path, start: (200, body.encode() if start < 3 else b'{"totalResults":2}'))
    assert list(sr.fetch_users(target).resources.values()) == [piece.encode() for piece in pieces]


def test_an_id_is_sent_as_one_path_segment_whatever_it_holds(service):
    target, asked = service(lambda _path, _start: (200, b'{"id": "../a/b?c#O\'Brien"}'))
    assert list(sr.fetch_users(target, ids=["../a/b?c#O'Brien"]).resources) == ["../a/b?c#O'Brien"]
    assert asked == ["/scim/Users/%2E%2E%2Fa%2Fb%3Fc%23O%27Brien"]


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>sign in</html>", b"[]", b'{"detail": "OK"}', b'{"Resources": [{}]}', b"[" * 100_000],
    ids=["empty", "html", "array", "other object", "no id", "deep"],
)
def test_an_answer_that_is_no_list_is_malformed(service, body):
    target, _ = service(lambda _path, _start: (200, body))
    with pytest.raises(Malformed, match="no SCIM ListResponse came back"):
        sr.fetch_users(target)


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>sign in</html>", b"[]", b'{"userName": "null"}', b'{"id": "another"}', b"[" * 100_000],
    ids=["empty", "html", "array", "no id", "another user", "deep"],
)
def test_an_answer_that_is_not_the_user_asked_for_is_malformed(service, body):
    target, _ = service(lambda _path, _start: (200, body))
    with pytest.raises(Malformed, match="for id '000417'"):
        sr.fetch_users(target, ids=["000417"])


@pytest.mark.parametrize("options", [{}, {"ids": ["000417"]}], ids=["all", "by id"])
def test_a_refusal_stops_the_fetch_with_its_status_and_detail(service, options):
    target, asked = service(lambda _path, _start: (403, b'{"detail": "not for you", "status": "403"}'))
    with pytest.raises(Refused, match="not for you") as refusal:
        sr.fetch_users(target, **options)
    assert (refusal.value.status, len(asked)) == (403, 1)


def test_users_saved_are_the_same_users_when_read(target, tmp_path):
    users = sr.fetch_users(target)
    users.save(tmp_path / "before.users")
    again = sr.read_users(tmp_path / "before.users")
    assert again.resources == users.resources
    assert again.frame.equals(users.frame)
    assert (again.complete, again.dialect, again.fingerprint) == (users.complete, users.dialect, users.fingerprint)


@given(st.lists(USERS, max_size=3), st.sampled_from([None, 0, 3]), st.booleans())
def test_saving_and_reading_keeps_every_byte(people, indent, ascii_only):
    pieces = [json.dumps({"id": str(n), **person}, indent=indent, ensure_ascii=ascii_only) for n, person in enumerate(people)]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "list.json").write_text('{"Resources": [' + ",".join(pieces) + "]}", encoding="utf-8")
        sr.read_users(Path(folder, "list.json")).save(Path(folder, "kept.users"))
        kept = sr.read_users(Path(folder, "kept.users"))
    assert list(kept.resources.values()) == [piece.encode() for piece in pieces]


def test_a_saved_file_is_a_list_response_only_its_owner_can_read(tmp_path):
    umask = os.umask(0)
    try:
        users_of([{"userName": "o.brien"}]).save(tmp_path / "before.users")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "before.users").stat().st_mode) == 0o600
    saved = json.loads((tmp_path / "before.users").read_bytes())
    assert saved["schemas"] == ["urn:ietf:params:scim:api:messages:2.0:ListResponse"]
    assert (saved["totalResults"], saved["Resources"]) == (1, [{"id": "1", "userName": "o.brien"}])


def test_saved_users_are_never_overwritten(tmp_path):
    (tmp_path / "before.users").write_text("precious")
    with pytest.raises(FileExistsError):
        users_of([{"userName": "o.brien"}]).save(tmp_path / "before.users")
    assert (tmp_path / "before.users").read_text() == "precious"


@pytest.mark.parametrize(
    ("total", "verdict"), [(2, Verdict.CLAIMED), (None, Verdict.CLAIMED), (3, Verdict.DOUBTFUL), (1, Verdict.DOUBTFUL)]
)
def test_a_plain_list_response_is_read_and_its_total_judged(tmp_path, total, verdict):
    path = tmp_path / "list.json"
    path.write_text(json.dumps({"Resources": [{"id": "1"}, {"id": "2"}], "totalResults": total}))
    users = sr.read_users(path)
    assert (list(users.resources), users.complete.verdict) == (["1", "2"], verdict)
    assert (users.dialect, users.fingerprint) == (RFC7644, "")


@pytest.mark.parametrize(
    ("content", "dialect", "words"),
    [
        ("<html>", None, "not a SCIM ListResponse"),
        ('{"id": "1", "userName": "null"}', None, "not a SCIM ListResponse"),
        ('{"Resources": [{"userName": "null"}]}', None, "a user without an id"),
        ('{"Resources": [', None, "not a SCIM ListResponse"),
        ('{"Resources": []}', "okta", "dialect 'okta' is not shipped (descope"),
        ('{"Resources": [], "scimrecon": {}}', None, "is damaged"),
        ('{"Resources": [], "scimrecon": "O\'Brien"}', None, "is damaged"),
        ('{"Resources": [], "scimrecon": {"dialect": "rfc7644", "complete": ["sure", ""]}}', None, "is damaged"),
        (
            '{"Resources": [], "scimrecon": {"dialect": "other", "fingerprint": "", "complete": ["claimed", ""]}}',
            "rfc7644",
            "of dialect 'other', not 'rfc7644'",
        ),
    ],
)
def test_a_file_that_is_no_list_of_users_is_refused_by_name(tmp_path, content, dialect, words):
    (tmp_path / "list.json").write_text(content)
    with pytest.raises(CompareError) as error:
        sr.read_users(tmp_path / "list.json", dialect=dialect)
    assert words in str(error.value)
    assert "list.json" in str(error.value)


def test_users_are_read_of_a_path():
    with pytest.raises(CompareError, match=r"read_users takes the path of a file that Users\.save wrote, not NoneType"):
        sr.read_users(None)


def test_a_missing_file_is_refused_by_name(tmp_path):
    with pytest.raises(CompareError, match=r"nobody\.users: No such file"):
        sr.read_users(tmp_path / "nobody.users")


def test_a_dialect_of_your_own_is_taken_as_it_is(tmp_path):
    ours = replace(RFC7644, name="ours", page_size=50)
    users_of([{"userName": "null"}], dialect=ours).save(tmp_path / "ours.users")
    assert sr.read_users(tmp_path / "ours.users", dialect=ours).dialect == ours
    with pytest.raises(CompareError, match="dialect 'ours' is not shipped"):
        sr.read_users(tmp_path / "ours.users")


def test_the_frame_has_one_text_column_for_each_path_that_names_one_value():
    users = users_of(
        [
            {
                "userName": "o.brien",
                "active": True,
                "title": "",
                "emails": [{"type": "work", "value": "pat@example.com", "primary": True}, {"value": "untyped@example.com"}],
                "phoneNumbers": [{"type": "work", "value": "1"}, {"type": "work", "value": "2"}],
                ENTERPRISE: {"department": "Null", "manager": {"value": "000417"}},
                FACILITIES: {"floor": 3, "accessZones": ["a"]},
                "schemas": [ENTERPRISE],
                "meta": {"version": "1"},
            },
            {"userName": "NA"},
        ]
    )
    first = {
        "id": "1",
        "userName": "o.brien",
        "active": "true",
        'emails[type eq "work"].value': "pat@example.com",
        'emails[type eq "work"].primary': "true",
        "department": "Null",
        "manager.value": "000417",
        f"{FACILITIES}:floor": "3",
    }
    assert users.frame.loc[0].to_dict() == first
    assert users.frame.loc[1].dropna().to_dict() == {"id": "2", "userName": "NA"}
    assert users.frame.dtypes.eq("str").all()


@given(st.lists(USERS, max_size=3))
def test_the_frame_and_the_resources_say_the_same_but_for_elements_without_a_type(people):
    users = users_of(people)
    paths = [path for path in users.frame.columns if path != "id"]
    for path, values in read_paths(users, paths).items():
        assert values.texts.mask(values.found == Element.LONE).equals(users.frame[path])


@pytest.mark.parametrize("name", ["\ud800", "emails", "id.x", "", "constructor", "userName "])
def test_any_attribute_name_a_service_invents_can_be_shown(name):
    users = users_of([{name: "O'Brien", "roles": [{"type": "\ud800", "value": "\ud800"}]}])
    assert "O'Brien" in users.frame.loc[0].tolist()


def test_paths_of_all_users_are_read_at_once():
    users = users_of(
        [
            {"title": "Clerk", "emails": [{"type": "work", "value": "pat@example.com"}]},
            {"title": 7, "emails": [{"value": "lone@example.com"}]},
            {"title": ["Clerk"], "emails": [{"type": "work", "value": "a"}, {"type": "work", "value": "b"}]},
            {"emails": "none"},
        ]
    )
    values = read_paths(users, ["title", 'emails[type eq "work"].value', "nickName"])
    title, email, nickname = values.values()
    assert title.texts.fillna("-").tolist() == ["Clerk", "7", "-", "-"]
    assert title.problems == {2: "title: the user holds a list, not one value."}
    assert title.kinds == {"string", "integer"}
    assert email.texts.fillna("-").tolist() == ["pat@example.com", "lone@example.com", "-", "-"]
    assert email.found[:2].tolist() == [Element.FOUND, Element.LONE]
    assert ("2 elements match" in email.problems[2], "a list is expected" in email.problems[3]) == (True, True)
    assert (nickname.texts.isna().all(), nickname.problems) == (True, {})


@pytest.mark.parametrize(
    ("resource", "version"),
    [({"meta": {"version": 'W/"1"'}}, 'W/"1"'), ({"meta": {"version": ""}}, None), ({"meta": {"version": 1}}, None),
     ({"meta": "1"}, None), ({}, None)],
)  # fmt: skip
def test_a_version_is_taken_verbatim_or_not_at_all(resource, version):
    assert version_of(resource) == version


def test_a_target_that_invents_users_for_ever_is_left_alone_and_doubted():
    with FakeScim([analyst("obrien")]) as server:
        target = sr.connect(server)
        invented = iter(range(10_000))

        class Inventing(dict):
            """A fault of the list whose every answer shows somebody new."""

            def __getitem__(self, key):
                body = {"totalResults": 3, "Resources": [analyst(f"user{next(invented)}")]}
                return Fault(body=json.dumps(body).encode())

            def __contains__(self, key):
                return key == ""

        server.faults = Inventing()
        users = sr.fetch_users(target)

    assert users.complete.verdict == "doubtful"
    assert len(server.log) < 200
