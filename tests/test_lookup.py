"""Reading users in every way a target allows: one by one, all at once, by cursor; and knowing who may be missing."""

import json
import os
import stat
import threading
import time
from collections import Counter
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stop_button import pressed_once

import scimrecon as sr
from scimrecon.dialects import HUAWEI, RFC7644, TWILIO, Paging
from scimrecon.errors import FetchError, Malformed, Refused, ServerError
from scimrecon.paths import parse_path, read_path
from scimrecon.users import Verdict
from scimrecon.users.questions import Question, filter_text

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
STAFF = [
    {"id": f"u{number:03}", "userName": f"person{number:03}@example.com", "externalId": f"E{number:03}",
     ENTERPRISE: {"employeeNumber": f"{number:04}"}}
    for number in range(120)
]  # fmt: skip
CAPPED = replace(HUAWEI, name="capped", backoff_s=0.01)
AT_ONCE = replace(RFC7644, name="at once", paging=Paging.NONE, backoff_s=0.01)
BY_CURSOR = replace(RFC7644, name="by cursor", paging=Paging.CURSOR, page_size=50, backoff_s=0.01)


class Directory:
    """A SCIM list that filters by ``eq`` as RFC 7644 §3.4.2.2 says, on any attribute, and tells what it was asked."""

    def __init__(self, users):
        self.users = users
        self.asked = []
        self.cap = None
        self.total = "true"
        self.heeds = True
        self.before = lambda query: None
        """Called with each query; what it returns, if anything, is the answer: a status and an object."""
        directory = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_GET(self):
                url = urlsplit(self.path)
                query = {name: values[0] for name, values in parse_qs(url.query, keep_blank_values=True).items()}
                directory.asked.append(self.path)
                status, body = directory.before(query) or directory.answer(url.path, query)
                content = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}/t/scim/v2"
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self):
        self._http.shutdown()
        self._http.server_close()

    def answer(self, path, query):
        if not path.endswith("/Users"):
            found = [user for user in self.users if user["id"] == path.rpartition("/")[2]]
            return (200, found[0]) if found else (404, {"detail": "no such user"})
        found = self.users
        if "filter" in query and self.heeds:
            name, _, literal = query["filter"].split(" ", 2)
            wanted = json.loads(literal).casefold()
            path = parse_path(name)
            found = [user for user in found if str(read_path(path, user)[0]).casefold() == wanted]
        total = {"true": len(found), "none": None}.get(self.total, self.total)
        page = found[: self.cap] if self.cap else found
        return 200, {"Resources": page} | ({} if total is None else {"totalResults": total})


@pytest.fixture
def directory():
    directory = Directory(list(STAFF))
    yield directory
    directory.close()


@pytest.fixture
def connect(directory):
    def connect(dialect=CAPPED, **changes):
        return sr.connect(directory.url, dialect=replace(dialect, **changes), token="plum")

    return connect


def desired(*numbers, column="userName", **more):
    form = {"userName": "person{:03}@example.com", "externalId": "E{:03}"}[column]
    return pd.DataFrame({column: [form.format(number) for number in numbers], **more}, dtype="str")


# --- Looked up one by one


def test_one_filtered_get_a_user_finds_those_of_the_export(directory, connect):
    directory.cap = 50
    users = sr.fetch_users(connect(), lookup=desired(*range(60), 900, 901))

    assert list(users.resources) == [f"u{number:03}" for number in range(60)]
    assert len(directory.asked) == 62
    assert users.complete.verdict is Verdict.DOUBTFUL
    counts, caution = users.complete.reason.split("; ")
    assert counts == "asked for 62 users by userName: 60 found, 2 unknown to the target"
    assert caution == "users only at the target cannot be discovered this way"
    assert json.loads(users.resources["u003"]) == STAFF[3]


def test_each_value_is_asked_once_and_none_is_not_asked(directory, connect):
    lookup = pd.DataFrame({"userName": ["person001@example.com", None, "", " person001@example.com ", "  "]}, dtype="str")
    users = sr.fetch_users(connect(), lookup=lookup)

    assert len(directory.asked) == 1
    assert "3 rows have no userName" in users.complete.reason


def test_nobody_is_asked_for_where_the_lookup_is_empty(directory, connect):
    users = sr.fetch_users(connect(), lookup=desired())

    assert (len(users.frame), directory.asked) == (0, [])
    assert "asked for 0 users" in users.complete.reason


def test_letter_case_is_the_targets_matter(connect):
    users = sr.fetch_users(connect(), lookup=pd.DataFrame({"userName": ["PERSON007@Example.com"]}))

    assert list(users.resources) == ["u007"]


def test_several_users_of_one_value_are_all_kept(directory, connect):
    directory.users += [{"id": "twin", "userName": "Person004@example.com"}]
    users = sr.fetch_users(connect(), lookup=desired(4, 5))

    assert list(users.resources) == ["u004", "twin", "u005"]
    assert "2 found, 0 unknown to the target; 1 of them are several users each" in users.complete.reason


def test_it_looks_up_by_the_first_of_user_name_and_external_id_that_goes(directory, connect):
    both = desired(1).assign(externalId="E001")
    for dialect, lookup, asked in [
        (RFC7644, both, "userName"), (RFC7644, desired(1, column="externalId"), "externalId"), (TWILIO, both, "userName"),
        (replace(RFC7644, filters=frozenset({"externalId"})), both, "externalId"), (CAPPED, both, "userName"),
    ]:  # fmt: skip
        directory.asked.clear()
        plain = replace(dialect, authentication=RFC7644.authentication, credentials=RFC7644.credentials, base_url="")
        assert list(sr.fetch_users(connect(plain), lookup=lookup).resources) == ["u001"]
        assert directory.asked == [f"/t/scim/v2/Users?filter={asked}%20eq%20%22{lookup[asked][0].replace('@', '%40')}%22"]


def test_any_text_attribute_can_be_looked_up_by_where_the_target_filters_on_any(directory, connect):
    lookup = pd.DataFrame({"employeeNumber": ["0003", "0005"]}, dtype="str")
    users = sr.fetch_users(connect(RFC7644), lookup=lookup, on="employeeNumber")

    assert list(users.resources) == ["u003", "u005"]
    assert f"filter={ENTERPRISE.replace(':', '%3A')}%3AemployeeNumber%20eq%20" in directory.asked[0]


@pytest.mark.parametrize("ids", [[None], ["u001", 7], 7])
def test_an_id_that_is_no_text_is_refused_before_anything_is_sent(directory, connect, ids):
    with pytest.raises(FetchError, match="is no user's id"):
        sr.fetch_users(connect(), ids=ids)
    assert directory.asked == []


def test_an_id_is_looked_up_by_a_plain_get(directory, connect):
    users = sr.fetch_users(connect(), lookup=pd.DataFrame({"id": ["u001", "nobody", "u002"]}), on="id")

    assert list(users.resources) == ["u001", "u002"]
    assert sorted(directory.asked) == [f"/t/scim/v2/Users/{one}" for one in ("nobody", "u001", "u002")]
    assert "asked for 3 users by id: 2 found, 1 unknown to the target" in users.complete.reason


@pytest.mark.parametrize(
    ("dialect", "lookup", "on", "words"),
    [
        (CAPPED, desired(1), "externalId", r"cannot filter on externalId; it can on userName, id: fetch_users\(target, lookup="),
        (CAPPED, desired(1, column="externalId"), None, "can filter on userName, id; map userName, and look up on it"),
        (CAPPED, desired(1, column="externalId"), "userName", "the lookup has no column userName; it has externalId"),
        (RFC7644, pd.DataFrame({"title": ["Clerk"]}), None, "can filter on any attribute"),
        (RFC7644, desired(1), "usrName", "did you mean 'userName'"),
        (RFC7644, pd.DataFrame({"active": ["true"]}), "active", "active is boolean"),
        (RFC7644, pd.DataFrame({"userName": [7]}), None, "holds 7, not text"),
        (RFC7644, desired(1), 7, "on takes one SCIM path"),
        (RFC7644, ["person001@example.com"], None, "lookup takes desired users"),
    ],
)  # fmt: skip
def test_what_the_target_cannot_be_asked_is_refused_before_anything_is_sent(directory, connect, dialect, lookup, on, words):
    with pytest.raises(FetchError, match=words):
        sr.fetch_users(connect(dialect), lookup=lookup, on=on)

    assert directory.asked == []


def test_arguments_that_contradict_each_other_are_refused(connect, tmp_path):
    for arguments in ({"lookup": desired(1), "ids": ["u001"]}, {"on": "userName"}, {"cache": tmp_path / "x"}):
        with pytest.raises(FetchError):
            sr.fetch_users(connect(), **arguments)


def test_a_target_that_ignores_the_filter_is_found_out(directory, connect):
    directory.heeds = False
    with pytest.raises(Malformed, match=r"it does not heed the filter\. Users cannot be looked up by userName here"):
        sr.fetch_users(connect(), lookup=desired(1, 2))


def test_more_users_of_one_value_than_are_shown_are_not_passed_over(directory, connect):
    directory.users = [{"id": f"x{number}", "userName": "shared"} for number in range(9)]
    directory.cap = 5
    with pytest.raises(Malformed, match="9 users have it, and the target shows 5"):
        sr.fetch_users(connect(), lookup=pd.DataFrame({"userName": ["shared"]}))


VALUES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
PATHS = st.sampled_from(["userName", "externalId", "name.familyName", "employeeNumber", 'emails[type eq "wo\\"rk"].value'])


@given(PATHS, VALUES)
def test_a_filter_holds_its_value_as_a_json_string(path, value):
    written = filter_text(Question(path=path, value=value))
    head, _, literal = written.partition(" eq " if "[" not in path else " and value eq ")

    assert json.loads(literal.removesuffix("]") if "[" in path else literal) == value
    assert head == {
        "employeeNumber": f"{ENTERPRISE}:employeeNumber", 'emails[type eq "wo\\"rk"].value': 'emails[type eq "wo\\"rk"'
    }.get(path, path)  # fmt: skip


@settings(max_examples=60)
@given(names=st.lists(VALUES.filter(str.strip), min_size=1, max_size=4, unique=True))
def test_whatever_a_name_holds_its_user_is_found(names):
    stripped = list(dict.fromkeys(name.strip() for name in names))
    directory = Directory([{"id": str(number), "userName": name} for number, name in enumerate(stripped)])
    try:
        target = sr.connect(directory.url, dialect=AT_ONCE, token="plum")
        users = sr.fetch_users(target, lookup=pd.DataFrame({"userName": names}, dtype="str"))
    finally:
        directory.close()
    assert sorted(map(int, users.resources)) == list(range(len(stripped)))
    assert all("filter=userName%20eq%20%22" in path for path in directory.asked)


def test_a_lookup_stops_at_the_first_refusal(directory, connect):
    directory.before = lambda query: (403, {"detail": "not for you"}) if "person005" in query["filter"] else None
    with pytest.raises(Refused, match="not for you"):
        sr.fetch_users(connect(), lookup=desired(*range(100)))

    assert len(directory.asked) < 20


def test_a_value_that_the_target_does_not_take_is_named_as_it_stands_in_the_export(directory, connect):
    error = {"detail": "Unexpected token in filter", "scimType": "invalidFilter", "status": "400"}
    directory.before = lambda query: (400, error)
    with pytest.raises(Refused, match="invalidFilter") as caught:
        sr.fetch_users(connect(), lookup=pd.DataFrame({"userName": ['Pat "Null" Ó']}))
    assert """who has userName 'Pat "Null" Ó'""" in caught.value.__notes__[0]


def test_the_stop_button_ends_a_lookup_soon_and_keeps_what_came(directory, connect, tmp_path):
    # From then on each answer takes its time, so that half of them are not there before it is heard.
    directory.before = lambda query: time.sleep(0.5) if len(directory.asked) > 8 else None
    with pytest.raises(KeyboardInterrupt), pressed_once(lambda: len(directory.asked) > 8):
        sr.fetch_users(connect(), lookup=desired(*range(120)), cache=tmp_path / "kept")

    asked = len(directory.asked)
    assert 4 <= asked < 60
    directory.before = lambda query: None
    assert len(sr.fetch_users(connect(), lookup=desired(*range(120)), cache=tmp_path / "kept").resources) == 120
    assert len(directory.asked) <= 120 + 4


def test_users_are_asked_for_as_many_at_once_as_the_dialect_says(directory, connect):
    under_way, most, lock, gathered = [0], [0], threading.Lock(), threading.Event()

    def before(query):
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
            if most[0] == 3:
                gathered.set()
        gathered.wait(60)
        time.sleep(0.02)  # for one too many to come
        with lock:
            under_way[0] -= 1

    directory.before = before
    sr.fetch_users(connect(concurrency=3), lookup=desired(*range(20)))
    assert most[0] == 3


# --- Whom references name


def with_managers(on, keys, users=(1, 2, 3)):
    rows = pd.DataFrame(
        {
            "Mail": [f"person{number:03}@example.com" for number in users],
            "No": [f"{number:04}" for number in users],
            "Boss": keys,
        },
        dtype="str",
    )
    return sr.map_users(rows, {"userName": "Mail", "employeeNumber": "No", "manager.value": sr.reference("Boss", on=on)})


def test_managers_outside_the_export_are_looked_up_too(directory, connect):
    keys = ["person009@example.com", "person001@example.com", "gone@example.com"]
    users = sr.fetch_users(connect(), lookup=with_managers("userName", keys))

    assert sorted(users.resources) == ["u001", "u002", "u003", "u009"]
    assert len(directory.asked) == 5, "the manager who is in the export is not asked for twice"
    assert "asked for 3 users by userName: 3 found" in users.complete.reason
    assert "2 more asked for whom references name" in users.complete.reason


def test_managers_by_what_the_target_cannot_filter_on_are_told(directory, connect):
    users = sr.fetch_users(connect(), lookup=with_managers("employeeNumber", ["0009", "0001", None]))

    assert len(directory.asked) == 3
    assert f"names 1 users outside the export by employeeNumber, on which {HUAWEI.title} cannot" in users.complete.reason


def test_managers_by_another_attribute_are_looked_up_where_the_target_can(directory, connect):
    users = sr.fetch_users(connect(RFC7644), lookup=with_managers("employeeNumber", ["0009", "0001", ""]))

    assert sorted(users.resources) == ["u001", "u002", "u003", "u009"]


def test_managers_by_a_column_of_the_export_are_in_the_export(directory, connect):
    rows = pd.DataFrame({"Mail": ["person001@example.com"], "DN": ["cn=1"], "Boss": ["cn=2"]}, dtype="str")
    lookup = sr.map_users(rows, {"userName": "Mail", "manager.value": sr.reference("Boss", on="DN")})
    sr.fetch_users(connect(), lookup=lookup)

    assert len(directory.asked) == 1


# --- Kept in a file


def test_a_lookup_goes_on_where_it_was_cut_off(directory, connect, tmp_path):
    cache = tmp_path / "hr.answers"
    directory.before = lambda query: (503, {}) if len(directory.asked) > 40 else None
    with pytest.raises(ServerError):
        sr.fetch_users(connect(attempts=1), lookup=desired(*range(100), 900), cache=cache)
    directory.asked.clear()
    directory.before = lambda query: None

    users = sr.fetch_users(connect(), lookup=desired(*range(100), 900), cache=cache)
    assert len(users.resources) == 100
    assert 60 <= len(directory.asked) <= 65
    assert f"answers are from {cache}, the oldest 0 minutes old" in users.complete.reason
    assert {user_id: json.loads(body) for user_id, body in users.resources.items()} == {user["id"]: user for user in STAFF[:100]}

    directory.asked.clear()
    again = sr.fetch_users(connect(), lookup=desired(*range(100), 900), cache=cache)
    assert (again.resources, directory.asked) == (users.resources, [])
    assert "101 of the answers are from" in again.complete.reason


def test_a_cache_is_its_owners_alone(connect, tmp_path):
    umask = os.umask(0)
    try:
        sr.fetch_users(connect(), lookup=desired(1), cache=tmp_path / "kept")
    finally:
        os.umask(umask)
    assert stat.S_IMODE((tmp_path / "kept").stat().st_mode) == 0o600
    assert b"plum" not in (tmp_path / "kept").read_bytes()


def test_ids_and_references_are_kept_too(directory, connect, tmp_path):
    for _ in range(2):
        sr.fetch_users(connect(), ids=["u001", "nobody"], cache=str(tmp_path / "ids"))
        sr.fetch_users(connect(), lookup=with_managers("userName", ["person009@example.com"] * 3), cache=tmp_path / "lookup")

    assert max(Counter(directory.asked).values()) == 1
    assert len(directory.asked) == 2 + 4


@pytest.mark.parametrize("cut", range(1, 400, 19))
def test_a_cache_cut_off_anywhere_loses_no_more_than_its_last_answer(connect, tmp_path, cut, directory):
    cache, lookup = tmp_path / "kept", desired(1, 2, 3)
    target = connect(concurrency=1)
    sr.fetch_users(target, lookup=lookup, cache=cache)
    whole = cache.read_bytes()
    kept = whole[: max(whole.index(b"\n") + 1, len(whole) - cut)]
    cache.write_bytes(kept)
    directory.asked.clear()

    for _ in range(2):
        assert sorted(sr.fetch_users(target, lookup=lookup, cache=cache).resources) == ["u001", "u002", "u003"]
    lost = whole.count(b"\n") - kept.count(b"\n")
    assert lost - 1 <= len(directory.asked) <= lost  # the end of its line may be all that is missing


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda head: {**head, "fingerprint": "another"}, "of another target"),
        (lambda head: {**head, "dialect": "twilio"}, "of another dialect"),
        (lambda head: {**head, "on": "externalId"}, "of a lookup on externalId"),
        (lambda head: {**head, "scimrecon_lookup": 2}, "of another scimrecon_lookup"),
        (lambda head: {}, "is no cache of a lookup"),
        (lambda head: [], "is no cache of a lookup"),
    ],
    ids=["target", "dialect", "on", "format", "empty", "list"],
)
def test_a_cache_of_something_else_is_refused_and_kept(directory, connect, tmp_path, change, words):
    cache = tmp_path / "kept"
    sr.fetch_users(connect(), lookup=desired(1), cache=cache)
    head, rest = cache.read_bytes().split(b"\n", 1)
    cache.write_bytes(json.dumps(change(json.loads(head))).encode() + b"\n" + rest)
    held = cache.read_bytes()
    directory.asked.clear()

    with pytest.raises(FetchError, match=words):
        sr.fetch_users(connect(), lookup=desired(1, 2), cache=cache)
    assert (cache.read_bytes(), directory.asked) == (held, [])


@pytest.mark.parametrize("held", [b"precious notes", b"\x00\xff", b"a,b\n1,2\n"])
def test_a_file_that_is_no_cache_is_not_written_to(connect, tmp_path, held):
    (tmp_path / "notes").write_bytes(held)
    with pytest.raises(FetchError, match="notes: the file is no cache of a lookup"):
        sr.fetch_users(connect(), lookup=desired(1), cache=tmp_path / "notes")
    assert (tmp_path / "notes").read_bytes() == held


def test_a_cache_that_cannot_be_written_is_refused_by_name(connect, tmp_path):
    with pytest.raises(FetchError, match=r"nowhere.kept: No such file"):
        sr.fetch_users(connect(), lookup=desired(1), cache=tmp_path / "nowhere" / "kept")


# --- All at once


def test_a_list_that_is_not_paged_is_asked_for_without_parameters(directory, connect):
    users = sr.fetch_users(connect(AT_ONCE))

    assert directory.asked == ["/t/scim/v2/Users"]
    assert len(users.resources) == 120
    assert str(users.complete) == "claimed: 120 users, as the total says"


@pytest.mark.parametrize(
    ("held", "cap", "total", "verdict", "words"),
    [
        (30, 50, "true", "claimed", "30 users, as the total says"),
        (49, 50, "none", "claimed", "the target gives no total"),
        (50, 50, "true", "doubtful", "as many as a list ever holds, so there may be more"),
        (30, 50, 45, "doubtful", "30 users, but the target says there are 45"),
        (60, 60, "true", "claimed", "60 users"),
    ],
)
def test_a_list_within_its_cap_is_judged_by_its_total(directory, connect, held, cap, total, verdict, words):
    directory.users, directory.cap, directory.total = STAFF[:held], cap, total
    users = sr.fetch_users(connect())

    assert users.complete.verdict.value == verdict
    assert words in users.complete.reason


@pytest.mark.parametrize(("held", "total", "words"), [(120, "true", "and has 120"), (50, "none", "does not say how many")])
def test_a_list_beyond_its_cap_asks_for_a_lookup(directory, connect, held, total, words):
    directory.users, directory.cap, directory.total = STAFF[:held], 50, total
    with pytest.raises(
        FetchError, match=r"lists 50 users at most.*fetch_users\(target, lookup=desired, on='userName'\)"
    ) as caught:
        sr.fetch_users(connect())

    assert words in str(caught.value)


# --- By cursor (RFC 9865)


def cursors(directory, page=50, *, total=True):
    """Page the directory by cursors that are the position."""

    def before(query):
        start = int(query["cursor"] or 0)
        body = {"Resources": directory.users[start : start + page]} | ({"totalResults": len(directory.users)} if total else {})
        if start + page < len(directory.users):
            body["nextCursor"] = str(start + page)
        return 200, body

    directory.before = before


@pytest.mark.parametrize(("total", "verdict"), [(True, "proven"), (False, "claimed")])
def test_a_list_is_followed_from_cursor_to_cursor(directory, connect, total, verdict):
    cursors(directory, total=total)
    users = sr.fetch_users(connect(BY_CURSOR))

    assert list(users.resources) == [user["id"] for user in STAFF]
    assert [path.partition("?")[2] for path in directory.asked] == [f"cursor={at}&count=50" for at in ("", "50", "100")]
    assert users.complete.verdict.value == verdict


def test_a_cursor_is_sent_back_as_it_came(directory, connect):
    awkward = "a b&c=d/é+%"
    directory.before = lambda query: (
        200,
        {"Resources": [], "totalResults": 0} | ({} if query["cursor"] else {"nextCursor": awkward}),
    )
    sr.fetch_users(connect(BY_CURSOR))

    assert parse_qs(directory.asked[1].partition("?")[2])["cursor"] == [awkward]


@pytest.mark.parametrize(
    ("following", "words"),
    [(lambda at: "again", "a cursor came twice"), (lambda at: "a" if at == "b" else "b", "a cursor came twice"),
     (lambda at: at + "x", "pages in a row brought nobody new")],
    ids=["one", "two", "ever new"],
)  # fmt: skip
def test_a_list_by_cursor_that_does_not_end_is_given_up(directory, connect, following, words):
    directory.before = lambda query: (200, {"Resources": STAFF[:2], "nextCursor": following(query["cursor"])})
    with pytest.raises(Malformed, match=words):
        sr.fetch_users(connect(BY_CURSOR))

    assert len(directory.asked) < 110


def test_an_expired_cursor_starts_the_list_over_once(directory, connect):
    cursors(directory)
    page, expired = directory.before, {"detail": "too late", "scimType": "expiredCursor", "status": "400"}
    seen = []

    def before(query):
        seen.append(query["cursor"])
        return (400, expired) if seen.count("100") == 1 and query["cursor"] == "100" else page(query)

    directory.before = before
    assert len(sr.fetch_users(connect(BY_CURSOR)).resources) == 120
    assert seen == ["", "50", "100", "", "50", "100"]

    directory.before = lambda query: (400, expired) if query["cursor"] == "100" else page(query)
    with pytest.raises(Refused, match="too late"):
        sr.fetch_users(connect(BY_CURSOR))


def test_pages_by_cursor_that_overlap_are_doubted(directory, connect):
    directory.before = lambda query: (
        200,
        {"Resources": STAFF[:2], "totalResults": 2} | ({} if query["cursor"] else {"nextCursor": "2"}),
    )
    users = sr.fetch_users(connect(BY_CURSOR))

    assert users.complete.verdict is Verdict.DOUBTFUL
    assert "came twice" in users.complete.reason
