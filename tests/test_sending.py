"""Sending: retries, pauses, pace, canaries and If-Match, each against a server that keeps its own log."""

import json
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pandas as pd
import pytest
from fake_scim import FakeScim, Fault, analyst, html, scim_error, stores

import scimrecon as sr
from scimrecon.apply.versions import other_version
from scimrecon.client.refusals import read_retry_after
from scimrecon.dialects import RFC7644
from scimrecon.errors import PlanError

pytestmark = pytest.mark.usefixtures("folder")

BRISK = replace(RFC7644, backoff_s=0.01)
HASTY = replace(BRISK, name="hasty", deadline_s=2.0)
STAFF = [f"person{number:02}" for number in range(40)]


def plan_of(target, *, title="Lead Analyst", **options):
    users = sr.fetch_users(target)
    desired = pd.DataFrame({"userName": users.frame["userName"], "title": title}, dtype="str")
    diff = sr.compare(desired, users, on="userName")
    return sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": len(users.frame)}, **options)


def send(plan, target, **options):
    return sr.apply_plan(plan, target, **{"dry_run": False, "concurrency": 1, "progress": False, **options})


def outcomes(results):
    return results.frame.set_index("user_id")["outcome"].to_dict()


def steps(results, user_id):
    return results.steps.loc[results.steps["user_id"] == user_id, "step"].tolist()


@pytest.fixture
def server():
    with FakeScim([analyst(user_id) for user_id in STAFF[:3]]) as server:
        yield server


@pytest.fixture
def target(server):
    return sr.connect(server, dialect=BRISK)


def once(server, user_id, fault, *, times=1):
    """Misbehave towards a user's PUT the first times only."""
    left = [times]

    def before_put(asked):
        if asked == user_id:
            left[0] -= 1
            server.faults.pop(user_id, None) if left[0] < 0 else server.faults.update({user_id: fault})

    server.before_put = before_put


PASSING = {
    "429": scim_error(429, "slow down"),
    "502": html(502),
    "503": html(503),
    "502 that did it": html(502, done=True),
    "closed": Fault(closes=True),
    "closed, done": Fault(closes=True, done=True),
    "truncated": Fault(truncates=True, done=True),
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
@pytest.mark.parametrize("times", [1, 3])
def test_what_passes_by_itself_is_tried_again_after_a_fresh_look(server, target, fault, times):
    once(server, "person01", fault, times=times)

    results = send(plan_of(target), target, canary=False)

    assert set(outcomes(results).values()) == {"applied"}
    assert len(server.put("person01")) == (1 if fault.done else times + 1)
    asked = [one.method for one in server.asked(user_id="person01")]
    assert all("GET" in pair for pair in pairwise(asked)), "no two PUTs without a GET between"


def test_a_user_that_cannot_be_read_at_first_is_read_a_little_later(server, target):
    plan = plan_of(target)
    server.faults["person01"] = replace(html(503), method="GET")
    server.before_get = lambda user_id: len(server.asked(user_id="person01")) < 2 or server.faults.clear()

    assert set(outcomes(send(plan, target, canary=False)).values()) == {"applied"}
    assert len(server.put("person01")) == 1


@pytest.mark.parametrize("seconds", [1, 2])
@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_retry_after_is_waited_for_by_everyone(server, target, form, seconds):
    def before_put(user_id):
        if user_id != "person00" or len(server.put("person00")):
            server.faults.clear()
            return
        when = datetime.now(UTC) + timedelta(seconds=seconds)
        header = str(seconds) if form == "seconds" else format_datetime(when.replace(tzinfo=UTC), usegmt=True)
        server.faults["person00"] = replace(scim_error(429, "slow down"), headers={"Retry-After": header})

    server.before_put = before_put
    plan, begun = plan_of(target), time.monotonic()

    results = send(plan, target, canary=False)

    assert set(outcomes(results).values()) == {"applied"}
    assert time.monotonic() - begun >= seconds - 1  # a date has whole seconds


def test_a_retry_after_that_means_nothing_is_waited_for_a_moment(server, target):
    once(server, "person00", replace(scim_error(429, "slow down"), headers={"Retry-After": "soon"}))
    begun = time.monotonic()

    assert set(outcomes(send(plan_of(target), target, canary=False)).values()) == {"applied"}
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("0", 0, 0),
        ("120", 120, 120),
        (" 7 ", 7, 7),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0, 0),
        ("9" * 30, 999_999_999, 999_999_999),
    ],
)
def test_a_retry_after_is_read_as_seconds_or_date(header, low, high):
    assert low <= read_retry_after(header) <= high


@pytest.mark.parametrize("header", ["", "soon", "-3", "1.5", "Wed, 21 Oct 2015", "٣"])
def test_a_retry_after_of_another_form_says_nothing(header):
    assert read_retry_after(header) is None


def test_a_wait_that_is_too_long_stops_the_run_and_resume_ends_it(server, target):
    plan = plan_of(target)
    server.faults["person01"] = replace(scim_error(429, "quota"), headers={"Retry-After": "3600"})

    results = send(plan, target, canary=False)

    assert outcomes(results) == {"person00": "applied", "person01": "throttled", "person02": "not_attempted"}
    assert results.frame["reason"].iloc[2] == "the run stopped: the target asks to wait 3,600 s (longest wait: 120 s)"
    server.faults.clear()
    assert set(outcomes(sr.resume(results.path, target, progress=False)).values()) == {"applied"}


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_a_429_makes_the_run_slower_and_it_recovers(headers):
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        target = sr.connect(server, dialect=BRISK)
        plan, under_way, most, lock = plan_of(target), [0], [0, 0], threading.Lock()

        def before_put(user_id):
            number = STAFF.index(user_id)
            if number == 10 and not server.put(user_id):
                server.faults[user_id] = replace(scim_error(429, "slow down"), headers=headers)
            else:
                server.faults.pop(user_id, None)
            with lock:
                under_way[0] += 1
                most[number > 12] = max(most[number > 12], under_way[0])
            time.sleep(0.01)
            with lock:
                under_way[0] -= 1

        server.before_put = before_put
        results = send(plan, target, canary=False, concurrency=8)

        assert set(outcomes(results).values()) == {"applied"}
        assert max(most) <= 8


def test_no_more_requests_a_second_are_sent_than_asked(server, target):
    plan, before = plan_of(target), len(server.log)
    begun = time.monotonic()

    send(plan, target, canary=False, rate=10, concurrency=4)

    assert len(server.log) - before == 6
    assert time.monotonic() - begun >= 0.5


@pytest.mark.parametrize("options", [{"rate": 0}, {"rate": -1}, {"stop": "now"}, {"progress": "yes"}])
def test_options_that_say_nothing_are_refused(server, target, options):
    with pytest.raises(PlanError, match=next(iter(options))):
        send(plan_of(target), target, **options)

    assert server.asked("PUT") == []


def test_an_answer_that_trickles_in_is_cut_off_at_the_deadline_and_settled(server):
    target = sr.connect(server, dialect=HASTY)
    plan = plan_of(target)
    server.faults["person01"] = Fault(done=True, trickles_s=0.5)  # more than a minute for the whole answer
    begun = time.monotonic()

    results = send(plan, target, canary=False)

    assert outcomes(results) == dict.fromkeys(STAFF[:3], "applied")
    assert results.frame["reason"].iloc[1].startswith("settled by GET after: PUT ")
    assert "no answer within 2 s" in results.frame["reason"].iloc[1]
    assert time.monotonic() - begun < 30


def test_a_dead_target_stops_the_run_after_five_users():
    server = FakeScim([analyst(user_id) for user_id in STAFF])
    with server:
        target = sr.connect(server, dialect=BRISK)
        plan = plan_of(target)
    results = send(plan, target, canary=False)

    assert results.frame["outcome"].tolist() == ["failed"] * 5 + ["not_attempted"] * 35
    assert results.frame["reason"].iloc[-1].startswith("the run stopped: 5 users in a row failed, the last with: GET http")


def test_half_of_the_users_failing_stops_the_run():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        target = sr.connect(server, dialect=BRISK)
        server.faults |= dict.fromkeys(STAFF[::2], Fault(status=500, body=b"{}"))

        found = send(plan_of(target), target, canary=False).frame["outcome"].tolist()

    assert found[:20] == ["failed", "applied"] * 9 + ["failed", "not_attempted"]
    assert set(found[19:]) == {"not_attempted"}


def test_users_the_target_refuses_one_by_one_do_not_stop_the_run():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        target = sr.connect(server, dialect=BRISK)
        server.faults |= dict.fromkeys(STAFF, scim_error(400, "title is not yours", scimType="mutability"))

        assert set(outcomes(send(plan_of(target), target)).values()) == {"rejected"}


def test_canaries_go_first_and_are_read_back_before_the_rest():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        target = sr.connect(server, dialect=replace(BRISK, versions=False))

        results = send(plan_of(target), target)

        assert results.frame["batch"].value_counts(sort=False).to_dict() == {1: 1, 2: 5, 3: 25, 4: 9}
        assert steps(results, STAFF[30]) == ["read", "write", "read_back"]
        assert steps(results, STAFF[31]) == ["read", "write"]


def test_a_canary_whose_answer_is_too_good_stops_the_run_at_the_first_user(server, target):
    plan = plan_of(target)
    shown = json.dumps({**server.users["person00"], "title": "Lead Analyst"}).encode()
    server.faults["person00"] = Fault(done=True, stores=lambda sent: {**sent, "active": False}, body=shown)

    assert outcomes(send(plan, target)) == {"person00": "side_effect", "person01": "not_attempted", "person02": "not_attempted"}


@pytest.mark.parametrize(
    ("title", "held", "said"),
    [
        ("en_GB", "en-GB", "; compare(…, comparators={'title': 'language'}) takes the two for the same"),
        ("Germany", "DE", "; compare(…, comparators={'title': 'country'}) takes the two for the same"),
        ("020 7946 0000", "+442079460000", "; compare(…, region='GB') takes the two for the same number"),
        ("Lead", "Boss", "instead of 'Lead'"),
    ],
)
def test_a_rewriting_is_told_with_the_comparator_that_would_accept_it(server, target, title, held, said):
    server.faults["person00"] = stores(lambda sent: {**sent, "title": held})

    results = send(plan_of(target, title=title), target)

    assert outcomes(results)["person00"] == "not_converged"
    assert results.frame["reason"].iloc[0].endswith(said)


@pytest.fixture
def strict():
    """A server that honours If-Match."""
    with FakeScim([analyst(user_id) for user_id in STAFF], versions=True) as server:
        yield server


def test_versions_are_proven_with_the_first_user_and_then_no_user_is_read_first(strict):
    target = sr.connect(strict, dialect=BRISK)

    results = send(plan_of(target), target)

    assert set(outcomes(results).values()) == {"applied"}
    assert steps(results, STAFF[0]) == ["read", "prove", "read", "write", "read_back"]
    assert steps(results, STAFF[5]) == ["write", "read_back"]
    assert steps(results, STAFF[35]) == ["write"]
    puts = strict.asked("PUT")
    assert [one.status for one in puts] == [412] + [200] * 40
    assert [one.headers["If-Match"] for one in puts[:3]] == ['W/"6"', 'W/"1"', 'W/"1"']
    assert results.frame["attempts"].tolist() == [2] + [1] * 39


def test_a_target_that_ignores_if_match_is_found_out_by_one_put(server, target):
    results = send(plan_of(target), target)

    assert set(outcomes(results).values()) == {"applied"}
    assert steps(results, "person00") == ["read", "prove", "read_back"]
    assert steps(results, "person01") == ["read", "write", "read_back"]
    assert ["If-Match" in one.headers for one in server.asked("PUT")] == [True, False, False]


@pytest.mark.parametrize("fault", [scim_error(400, "If-Match is malformed"), scim_error(409, "conflict"), html(500)])
def test_any_other_answer_proves_nothing_and_harms_nobody(server, target, fault):
    once(server, "person00", fault)

    results = send(plan_of(target), target)

    assert outcomes(results)["person01"] == "applied"
    assert outcomes(results)["person00"] == ("failed" if fault.status == 500 else "applied")
    assert ["If-Match" in one.headers for one in server.asked("PUT")] == [True] + [False] * (len(server.asked("PUT")) - 1)


def test_without_canaries_nothing_is_proven(strict):
    target = sr.connect(strict, dialect=BRISK)

    results = send(plan_of(target), target, canary=False)

    assert steps(results, STAFF[0]) == ["read", "write"]
    assert not any("If-Match" in one.headers for one in strict.log)


def test_a_dry_run_proves_nothing_and_puts_nothing(strict):
    target = sr.connect(strict, dialect=BRISK)
    sr.apply_plan(plan_of(target), target, progress=False)

    assert strict.asked("PUT") == []


def test_an_edit_made_meanwhile_is_kept_and_the_put_rebased(strict):
    target = sr.connect(strict, dialect=BRISK)
    plan = plan_of(target)
    strict.edit("person35", nickName="Biddy")

    results = send(plan, target)

    assert steps(results, "person35") == ["write", "settle", "write"]
    row = results.frame.set_index("user_id").loc["person35"]
    assert row["outcome"] == "applied"
    assert row["reason"].endswith("; rebased: the user had changed elsewhere meanwhile, and that was kept")
    assert (strict.users["person35"]["nickName"], strict.users["person35"]["title"]) == ("Biddy", "Lead Analyst")


def test_an_edit_of_the_ticked_cell_itself_makes_the_user_stale(strict):
    target = sr.connect(strict, dialect=BRISK)
    plan = plan_of(target)
    strict.edit("person35", title="Head of Fraud")

    results = send(plan, target)

    assert outcomes(results)["person35"] == "stale"
    assert strict.users["person35"]["title"] == "Head of Fraud"


def test_a_user_who_is_edited_without_end_is_left_alone_and_told(strict):
    target = sr.connect(strict, dialect=BRISK)
    plan = plan_of(target)
    strict.before_put = lambda user_id: strict.edit("person35", nickName=str(time.monotonic())) if user_id == "person35" else None

    results = send(plan, target)

    row = results.frame.set_index("user_id").loc["person35"]
    assert row["outcome"] == "failed"
    assert row["reason"].startswith("the user changed under each of 4 attempts; nothing was written: 412")
    assert strict.users["person35"]["title"] == "Analyst"


@pytest.mark.parametrize(
    "version", ['W/"1"', '"33a64df5"', 'W/"a"', 'W/"abc-def"', "7", '"2026-11-21T10:00:00Z"', 'W/"-"', '"{}"', "x"]
)
def test_another_version_is_well_formed_and_another(version):
    other = other_version(version)
    assert other != version
    assert (other.startswith("W/"), other.endswith('"'), len(other) >= len(version)) == (
        version.startswith("W/"), version.endswith('"'), True,
    )  # fmt: skip


def test_a_run_is_stopped_by_setting_stop(server, target):
    stop = threading.Event()
    # Looked for five times a second.
    server.before_put = lambda user_id: (stop.set(), time.sleep(1.5)) if user_id == "person01" else None

    results = send(plan_of(target), target, canary=False, stop=stop)

    assert outcomes(results) == {"person00": "applied", "person01": "applied", "person02": "not_attempted"}
    assert results.frame["reason"].iloc[2] == "the run was stopped"
    assert set(outcomes(sr.resume(results.path, target, progress=False)).values()) == {"applied"}


def test_a_stop_does_not_wait_for_a_retry_after(server, target):
    stop = threading.Event()
    server.faults["person00"] = replace(scim_error(429, "slow down"), headers={"Retry-After": "100"})
    server.before_put = lambda user_id: threading.Timer(0.3, stop.set).start()
    begun = time.monotonic()

    results = send(plan_of(target), target, canary=False, stop=stop)

    assert time.monotonic() - begun < 50
    assert outcomes(results)["person02"] == "not_attempted"


def test_progress_is_told_to_a_function(server, target):
    told = []
    send(plan_of(target), target, canary=False, batch_size=1, progress=told.append)

    assert (told[-1].done, told[-1].total, told[-1].outcomes) == (3, 3, {"applied": 3})
    assert told[-1].rate > 0
    assert told[-1].eta_s == 0


def test_progress_is_shown_as_a_line_with_rate_and_counts(server, target, capsys):
    send(plan_of(target), target, canary=False, progress=True)

    shown = capsys.readouterr().err
    assert "3/3" in shown
    assert "applied=3" in shown


def test_a_script_whose_output_is_no_terminal_is_shown_nothing(server, target, capsys):
    import ipykernel  # noqa: F401 - a script may have it without being a notebook

    send(plan_of(target), target, canary=False, progress=None)

    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("version", ["\ud800", 'W/"ü"', "a\r\nX: y", "\x00"])
def test_a_version_that_no_header_can_carry_is_not_used(version):
    with FakeScim([analyst(user_id) for user_id in STAFF[:3]]) as server:
        target = sr.connect(server, dialect=BRISK)
        plan = plan_of(target)
        shown = json.dumps({**server.users["person00"], "meta": {"version": version}}).encode()
        server.faults["person00"] = Fault(method="GET", body=shown, done=True)

        results = send(plan, target)

        assert outcomes(results)["person01"] == "applied"
        assert "If-Match" not in server.asked("PUT", "person00")[0].headers if server.asked("PUT", "person00") else True


def test_a_put_that_lands_late_is_not_forgotten_for_a_later_answer(server, target):
    answers = iter([html(504), scim_error(429, "slow down"), scim_error(429, "slow down"), scim_error(429, "slow down")])

    server.before_put = lambda user_id: server.faults.update({user_id: next(answers)}) if user_id == "person01" else None
    results = send(plan_of(target), target, canary=False)

    row = results.frame.set_index("user_id").loc["person01"]
    assert row["outcome"] == "unknown"
    assert "It may still arrive. Since then: the target asks for fewer requests" in row["reason"]


def test_a_put_delivered_twice_and_refused_the_second_time_is_applied(strict):
    target = sr.connect(strict, dialect=BRISK)
    plan = plan_of(target)
    strict.before_put = lambda user_id: strict.edit(user_id, title="Lead Analyst") if user_id == "person35" else None

    row = send(plan, target).frame.set_index("user_id").loc["person35"]

    assert (row["outcome"], row["reason"]) == ("applied", "settled by GET: every ticked attribute holds what was asked")


def test_a_user_deleted_after_a_put_in_doubt_is_gone_and_not_unknown_for_ever(server, target):
    plan = plan_of(target)
    server.faults["person01"] = Fault(closes=True)
    server.before_put = lambda user_id: server.users.pop(user_id) if user_id == "person01" else None

    row = send(plan, target, canary=False).frame.set_index("user_id").loc["person01"]

    assert row["outcome"] == "rejected"
    assert "the user is gone" in row["reason"]


def test_a_stop_set_between_two_batches_keeps_the_next_one_back(server, target):
    stop = threading.Event()

    results = send(plan_of(target), target, canary=False, batch_size=1, progress=lambda far: stop.set(), stop=stop)

    assert results.frame["outcome"].tolist() == ["applied", "not_attempted", "not_attempted"]


def test_an_edit_made_just_before_a_canary_is_read_back_is_no_side_effect(strict):
    target = sr.connect(strict, dialect=BRISK)
    plan = plan_of(target)
    shown = strict.users["person03"] | {"title": "Lead Analyst", "meta": {"resourceType": "User", "version": 'W/"2"'}}

    def stored_and_edited(sent):
        return {**sent, "nickName": "Biddy"}

    strict.faults["person03"] = Fault(done=True, stores=stored_and_edited, body=json.dumps(shown).encode())
    strict.before_put = lambda user_id: strict.edit("person03", title="Analyst") if user_id == "person02" else None

    assert set(outcomes(send(plan, target)).values()) == {"applied"}
