"""Each fault does what it says, to a client that is not ours, and the server's log tells what was stored."""

import http.client
import json
import statistics
import threading
import time
from contextlib import closing

import pytest

from chaos.faults import FAULTS, deadline_s
from chaos.process import ChaosProcess
from chaos.server import BASE, TOKEN, Versions

OBRIEN = {"id": "obrien", "userName": "obrien@example.com", "title": "Analyst"}
LEAD = json.dumps({"userName": "obrien@example.com", "title": "Lead Analyst", "nickName": None}).encode()
PATIENCE_S = 30.0
"""Where an answer comes: nothing here is about how soon."""
IMPATIENCE_S = deadline_s / 10
"""Where none comes in time: long before it would."""


@pytest.fixture(scope="module")
def handle():
    with ChaosProcess() as handle:
        yield handle


def begin(handle, *faults, **options):
    handle.reset({"obrien": OBRIEN}, faults=faults, rate=1.0 if faults else 0.0, **options)


def connection_to(handle, timeout_s=PATIENCE_S):
    return closing(http.client.HTTPConnection("127.0.0.1", handle.port, timeout=timeout_s))


def exchange(connection, method, *, put=LEAD, **headers):
    headers = {"Authorization": f"Bearer {TOKEN}", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request(method, f"{BASE}/Users/obrien", put if method == "PUT" else None, headers)
    answer = connection.getresponse()
    return answer, answer.read()


def ask(handle, method, *, timeout_s=PATIENCE_S, **headers):
    """Ask once; the answer and its body, or the name of the error."""
    with connection_to(handle, timeout_s) as connection:
        try:
            return exchange(connection, method, **headers)
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__, b""


def stored(handle):
    assert handle.settle() == 0
    return sum(one.stored for one in handle.seen().reached)


@pytest.mark.parametrize("method", ["GET", "PUT"])
@pytest.mark.parametrize(
    ("fault", "error", "puts"),
    [
        ("hang", "TimeoutError", 0),
        ("late", "TimeoutError", 1),
        ("reset_before", "ConnectionResetError", 0),
        ("reset_after", "ConnectionResetError", 1),
        ("close_after", "RemoteDisconnected", 1),
        ("truncated", "IncompleteRead", 1),
    ],
)
def test_no_whole_answer_comes(handle, fault, error, puts, method):
    if method not in FAULTS[fault].methods:
        return
    begin(handle, fault)

    found, _ = ask(handle, method, timeout_s=IMPATIENCE_S if error == "TimeoutError" else PATIENCE_S)

    assert found == error
    assert stored(handle) == (puts if method == "PUT" else 0)
    [sent] = handle.seen().sent
    assert (sent.fault, sent.status, sent.answered) == (fault, 0, False)


def took_s(handle):
    """Seconds from a PUT's arrival until the server did it; whoever stands still can only make them more."""
    assert stored(handle) == 1
    seen = handle.seen()
    return seen.reached[-1].at - seen.sent[-1].at


@pytest.mark.parametrize(("fault", "least_s"), [("late", 1.3 * deadline_s), ("gateway_timeout", 0.2 * deadline_s)])
def test_what_is_late_lands_after_the_client_has_given_up(handle, fault, least_s):
    begin(handle, fault)

    ask(handle, "PUT", timeout_s=IMPATIENCE_S if fault == "late" else PATIENCE_S)

    assert took_s(handle) >= least_s


@pytest.mark.parametrize("fault", ["trickled_headers", "trickled_body"])
def test_a_trickle_never_pauses_and_takes_longer_than_the_deadline(handle, fault):
    begin(handle, fault)
    pause_s = 10 * deadline_s  # far more than lies between two bytes
    title = "Lead Analyst" + 20 * ", and more"
    started = time.monotonic()

    answer, body = ask(handle, "PUT", timeout_s=pause_s, put=json.dumps({"userName": "obrien", "title": title}).encode())

    assert time.monotonic() - started > pause_s, "no pause was as long as all of it"
    assert json.loads(body)["title"] == title
    assert answer.status == 200
    assert stored(handle) == 1


def test_a_delay_stays_below_the_deadline(handle):
    waited_s = []
    for seed in range(9):
        begin(handle, "delayed", seed=seed)
        assert ask(handle, "PUT")[0].status == 200
        waited_s.append(took_s(handle))

    assert min(waited_s) >= 0.05 * deadline_s
    assert statistics.median(waited_s) < deadline_s, "most of them, whatever befalls the machine meanwhile"


@pytest.mark.parametrize(
    ("fault", "status", "puts"),
    [
        ("throttled_seconds", 429, 0),
        ("throttled_date", 429, 0),
        ("throttled_garbage", 429, 0),
        ("bad_gateway", 502, 0),
        ("bad_gateway_after", 502, 1),
        ("gateway_timeout", 504, 1),
        ("html_200", 200, 0),
        ("bad_json", 200, 1),
    ],
)
def test_an_answer_comes_that_is_not_the_user(handle, fault, status, puts):
    begin(handle, fault)

    answer, body = ask(handle, "PUT")

    assert answer.status == status
    assert b"Lead Analyst" not in body or fault == "bad_json"
    assert stored(handle) == puts
    [sent] = handle.seen().sent
    assert (sent.status, sent.answered) == (status, False)


def retry_afters(handle, fault, count=150):
    """What 429s of one seed ask for, and what the log says of it."""
    begin(handle, fault)
    told = [ask(handle, "GET")[0].headers["Retry-After"] for _ in range(count)]
    return told, [one.wait_s for one in handle.seen().sent]


def test_retry_after_comes_in_three_forms(handle):
    seconds, waits = retry_afters(handle, "throttled_seconds")
    assert {"0", "1"} <= set(seconds)
    assert waits == [min(float(text), 3600.0) for text in seconds]

    dates, waits = retry_afters(handle, "throttled_date")
    assert all(text.endswith(" GMT") for text in dates)
    assert 0 < max(waits) <= 3600

    garbage, waits = retry_afters(handle, "throttled_garbage")
    assert {"soon", "-5", ""} < set(garbage)
    assert set(waits) == {0.0}


def test_bad_json_is_bad_in_several_ways(handle):
    begin(handle, "bad_json")
    bodies = {ask(handle, "GET")[1] for _ in range(40)}

    assert len(bodies) == 5
    for body in bodies - {b"{}"}:
        with pytest.raises(ValueError, match=r"."):
            json.loads(body)


def test_a_duplicate_is_the_proxys_and_not_the_clients(handle):
    begin(handle, "duplicate")

    answer, body = ask(handle, "PUT")

    assert (answer.status, json.loads(body)["meta"]["version"]) == (200, 'W/"3"')
    assert stored(handle) == 2
    assert len(handle.seen().sent) == 1


def test_the_second_delivery_under_a_version_finds_the_first_has_won(handle):
    begin(handle, "duplicate")

    answer, _ = ask(handle, "PUT", If_Match='W/"1"')

    assert answer.status == 412
    assert stored(handle) == 1


def test_a_stale_connection_ends_at_once_or_under_the_next_request(handle):
    begin(handle, "stale_close")
    for _ in range(12):
        with connection_to(handle) as connection:
            assert exchange(connection, "GET")[0].status == 200
            connection.auto_open = 0  # the next request goes out on the same connection, or not at all
            with pytest.raises((OSError, http.client.HTTPException)):
                exchange(connection, "PUT")

    seen = handle.seen()
    assert stored(handle) == 0
    assert any(one.method == "PUT" and one.fault == "stale_close" for one in seen.sent), "one died under the next request"


def test_the_same_seed_does_the_same_harm(handle):
    def fates(seed):
        begin(handle, "throttled_date", "bad_gateway", "throttled_garbage", "html_200", seed=seed)
        for _ in range(10):
            ask(handle, "GET")
        return [one.fault for one in handle.seen().sent]

    assert fates(7) == fates(7) != fates(8)


def test_without_faults_nothing_is_in_the_way(handle):
    begin(handle)

    with connection_to(handle) as connection:
        assert json.loads(exchange(connection, "GET")[1])["title"] == "Analyst"
        assert json.loads(exchange(connection, "PUT")[1])["title"] == "Lead Analyst"

    seen = handle.seen()
    assert seen.users["obrien"] == {**OBRIEN, "title": "Lead Analyst"}
    assert [(one.method, one.status, one.answered) for one in seen.sent] == [("GET", 200, True), ("PUT", 200, True)]
    assert [(one.method, one.status, one.stored) for one in seen.reached] == [("GET", 200, False), ("PUT", 200, True)]


@pytest.mark.parametrize(
    ("versions", "named", "status"),
    [
        (Versions.HONOURED, 'W/"1"', 200),
        (Versions.HONOURED, 'W/"2"', 412),
        (Versions.HONOURED, "*", 200),
        (Versions.IGNORED, 'W/"2"', 200),
        (Versions.ABSENT, 'W/"2"', 200),
    ],
)
def test_if_match_is_honoured_or_not(handle, versions, named, status):
    begin(handle, versions=versions)

    answer, body = ask(handle, "PUT", If_Match=named)

    assert answer.status == status
    assert ("version" in json.loads(body).get("meta", {})) == (status == 200 and versions is not Versions.ABSENT)
    assert (answer.headers["ETag"] is None) == (status == 412 or versions is Versions.ABSENT)
    assert stored(handle) == (status == 200)


def test_of_many_puts_under_one_version_one_is_stored(handle):
    begin(handle)
    threads = [threading.Thread(target=ask, args=(handle, "PUT"), kwargs={"If_Match": 'W/"1"'}) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert stored(handle) == 1
    assert sorted(one.status for one in handle.seen().sent) == [200, *[412] * 7]


def test_someone_else_edits_between_get_and_put(handle):
    begin(handle, meddling=1.0)

    answer, _ = ask(handle, "PUT", If_Match='W/"1"')

    assert answer.status == 412
    assert stored(handle) == 0
    assert handle.seen().users["obrien"]["displayName"].startswith("Edited ")


def test_a_wrong_token_reaches_nobody(handle):
    begin(handle)

    assert ask(handle, "PUT", Authorization="Bearer other")[0].status == 401
    assert stored(handle) == 0
