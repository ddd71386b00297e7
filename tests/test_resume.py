"""Going on with a run: what is unknown is settled, what was not done is sent, the rest stays; and one writer at a time."""

import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from fake_scim import FakeScim, Fault, analyst, html, scim_error

import scimrecon as sr
from scimrecon.dialects import RFC7644
from scimrecon.errors import PlanError, RunError

pytestmark = pytest.mark.usefixtures("folder")

BRISK = replace(RFC7644, backoff_s=0.01)
STAFF = [f"person{number:02}" for number in range(12)]


def plan_of(target, **options):
    users = sr.fetch_users(target)
    desired = pd.DataFrame({"userName": users.frame["userName"], "title": "Lead", "nickName": "Lee"}, dtype="str")
    diff = sr.compare(desired, users, on="userName")
    return sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": len(users.frame)}, **options)


def send(plan, target, **options):
    return sr.apply_plan(plan, target, **{"dry_run": False, "canary": False, "progress": False, "run": "one.run", **options})


def resume(target, path="one.run", **options):
    return sr.resume(path, target, progress=False, **options)


def outcomes(results):
    return results.frame.set_index("user_id")["outcome"].to_dict()


@pytest.fixture
def server():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        yield server


@pytest.fixture
def target(server):
    return sr.connect(server, dialect=BRISK)


def forget_outcomes(user_ids, path="one.run"):
    """Leave the run file as it is when the process is killed before a batch's outcomes are written."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for user_id in user_ids:
            connection.execute("UPDATE users SET outcome = NULL, reason = NULL, attempts = 0 WHERE user_id = ?", [user_id])
            connection.execute("DELETE FROM bodies WHERE user_id = ?", [user_id])


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [(html(503), "failed"), (scim_error(429, "slow down"), "throttled"), (Fault(closes=True), "unknown"), (html(504), "unknown")],
    ids=["503", "429", "closed", "504"],
)
def test_those_who_were_not_done_are_sent_again_and_nobody_else(server, target, fault, outcome):
    server.faults["person03"] = fault
    first = send(plan_of(target), target)
    assert outcomes(first)["person03"] == outcome
    server.faults.clear()
    asked = len(server.log)

    results = resume(target)

    assert outcomes(results) == dict.fromkeys(STAFF, "applied")
    assert {one.user_id for one in server.log[asked:]} == {"person03"}
    assert [one.method for one in server.log[asked:]] == ["GET", "PUT"]
    frame = results.frame.set_index("user_id")
    assert frame.loc["person03", ["batch", "attempts"]].tolist() == [2, 5]
    assert outcomes(sr.open_run("one.run")) == outcomes(results)


@pytest.mark.parametrize("done", [True, False])
def test_a_user_whose_outcome_was_not_written_down_is_settled_by_a_get(server, target, done):
    send(plan_of(target), target)
    forget_outcomes(["person03", "person04"])
    if not done:
        server.edit("person03", title="Analyst", nickName=None)
    assert outcomes(sr.open_run("one.run"))["person03"] == "unknown"
    asked = len(server.log)

    results = resume(target)

    assert outcomes(results) == dict.fromkeys(STAFF, "applied")
    assert [one.method for one in server.log[asked:] if one.user_id == "person03"] == (["GET"] if done else ["GET", "PUT"])
    assert results.frame.set_index("user_id").loc["person04", "reason"].startswith("settled by GET")


def test_what_somebody_else_changed_meanwhile_is_stale(server, target):
    send(plan_of(target), target)
    forget_outcomes(["person03"])
    server.edit("person03", title="Head of Fraud")

    assert outcomes(resume(target))["person03"] == "stale"
    assert server.users["person03"]["title"] == "Head of Fraud"


def test_a_run_with_nothing_left_asks_nothing(server, target):
    first = send(plan_of(target), target)
    asked = len(server.log)

    assert outcomes(resume(target)) == outcomes(first)
    assert len(server.log) == asked


def test_what_is_settled_stays_as_it_is(server, target):
    server.faults["person03"] = scim_error(400, "no", scimType="invalidValue")
    send(plan_of(target), target)
    server.faults.clear()
    asked = len(server.log)

    assert outcomes(resume(target))["person03"] == "rejected"
    assert len(server.log) == asked


def test_a_run_stopped_by_a_refused_token_goes_on_with_a_new_one(server, target):
    plan = plan_of(target)
    server.before_put = lambda user_id: server.credentials.update(token="quince-meadow-31") if user_id == "person05" else None
    server.faults["person05"] = scim_error(401, "expired")
    first = send(plan, target, concurrency=1)
    assert outcomes(first)["person05"] == "failed"
    assert outcomes(first)["person06"] == "not_attempted"
    server.before_put = lambda user_id: None
    server.faults.clear()

    results = resume(sr.connect(server.url, token="quince-meadow-31", dialect=BRISK))

    assert outcomes(results) == dict.fromkeys(STAFF, "applied")


def test_a_run_that_proved_versions_protects_its_resumption_by_them():
    with FakeScim([analyst(user_id) for user_id in STAFF], versions=True) as server:
        target = sr.connect(server, dialect=BRISK)
        server.faults["person11"] = scim_error(429, "slow down")
        send(plan_of(target), target, canary=True)
        server.faults.clear()

        assert set(outcomes(resume(target)).values()) == {"applied"}
        assert server.asked("PUT", "person11")[-1].headers["If-Match"] == 'W/"1"'


def test_resume_refuses_another_target(server, target):
    send(plan_of(target), target)
    with FakeScim([analyst("person00")]) as other, pytest.raises(PlanError, match="this target is another"):
        resume(sr.connect(other, dialect=BRISK))


@pytest.mark.parametrize("path", ["none.run", "notes.txt", "."])
def test_resume_refuses_what_is_no_run_file(target, folder, path):
    (folder / "notes.txt").write_text("a shopping list")
    with pytest.raises(RunError, match=r"no such file|not a run file"):
        resume(target, path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("UPDATE changes SET after = 'Chief' WHERE user_id = 'person03'", "was changed after it began"),
        ("UPDATE changes SET user_id = 'person04' WHERE user_id = 'person03' AND path = 'title'", "was changed after it began"),
        ("DELETE FROM changes WHERE user_id = 'person03'", "was changed after it began"),
        ("UPDATE run SET value = '1' WHERE name = 'format'", "a run of format 1"),
        ("UPDATE run SET value = 'null' WHERE name = 'deltas'", "was changed after it began"),
        ("DROP TABLE run", "not a run file"),
        ("DROP TABLE changes", "no such table"),
    ],
)
def test_resume_refuses_a_run_file_that_was_changed(server, target, statement, message):
    send(plan_of(target), target)
    with closing(sqlite3.connect("one.run")) as connection, connection:
        connection.execute(statement)
    asked = len(server.log)

    with pytest.raises(RunError, match=message):
        resume(target)

    assert len(server.log) == asked


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9])
def test_resume_refuses_a_run_file_that_was_cut_off(server, target, folder, share):
    send(plan_of(target), target)
    whole = (folder / "one.run").read_bytes()
    (folder / "one.run").write_bytes(whole[: int(len(whole) * share)])
    asked = len(server.log)

    with pytest.raises(RunError, match=r"one\.run"):
        resume(target)

    assert len(server.log) == asked


def test_one_run_at_a_time_writes_to_a_target_and_the_other_is_told_who(server, target, folder):
    first, second = plan_of(target), plan_of(target).select(STAFF[:2])
    told = []

    def before_put(user_id):
        if not told:
            told.append(None)
            with pytest.raises(RunError) as caught:
                send(second, target, run="two.run")
            told.append(str(caught.value))
            with pytest.raises(RunError) as caught:
                resume(target)
            told.append(str(caught.value))

    server.before_put = before_put
    results = send(first, target)

    assert outcomes(results) == dict.fromkeys(STAFF, "applied")
    for message in told[1:]:
        assert f"process {os.getpid()} on " in message
        assert f"{folder / 'one.run'}" in message
        assert "Nothing was sent" in message
    assert not (folder / "two.run").exists()
    send(second, target, run="two.run")


def test_a_dry_run_may_look_while_another_run_writes(server, target):
    plan, other = plan_of(target), plan_of(target).select(STAFF[:1])
    seen = []
    server.before_put = lambda user_id: seen.append(sr.apply_plan(other, target, progress=False)) if not seen else None

    send(plan, target, concurrency=1)

    assert len(seen) == 1


def test_a_run_that_another_machine_is_at_work_on_is_refused_naming_it(target, folder):
    send(plan_of(target), target)
    holder = json.dumps({"host": "build-7", "pid": 4711, "since": "2026-11-21T10:00:00+00:00"})
    with closing(sqlite3.connect("one.run")) as connection, connection:
        connection.execute("UPDATE run SET value = ? WHERE name = 'holder'", [holder])

    with pytest.raises(RunError, match="process 4711 on build-7 is at work on this run, since 2026-11-21T10"):
        resume(target)

    os.utime("one.run", (1, 1))
    assert set(outcomes(resume(target)).values()) == {"applied"}


NOBODY = 65534
AS_NOBODY = """
    import os, sys
    import pandas as pd, scimrecon as sr
    from scimrecon.errors import RunError
    url, token, folder = sys.argv[1:4]
    target = sr.connect(url, token=token)
    users = sr.fetch_users(target)
    desired = pd.DataFrame({"userName": users.frame["userName"], "title": "Lead"}, dtype="str")
    diff = sr.compare(desired, users, on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 50})
    exec(sys.argv[4])
    try:
        sr.apply_plan(plan, target, dry_run=False, progress=False, run=os.path.join(folder, "one.run"))
    except RunError as error:
        print(error)
"""


@pytest.fixture
def common():
    """A folder that somebody else can reach, with theirs for locks and for runs."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        for each in (folder / "locks", folder / "runs"):
            each.mkdir(mode=0o700)
            if os.geteuid() == 0:
                os.chown(each, NOBODY, NOBODY)
        yield folder


def as_somebody_else(server, folder, prepare=""):
    """Run a plan in a child process that is not root, after some preparation in it."""
    become = f"os.setgid({NOBODY}); os.setuid({NOBODY});" if os.geteuid() == 0 else ""
    words = [sys.executable, "-c", textwrap.dedent(AS_NOBODY), server.url, server.credentials["token"], str(folder / "runs")]
    own = os.environ | {"XDG_STATE_HOME": str(folder / "locks")}
    done = subprocess.run([*words, prepare + become], capture_output=True, text=True, timeout=60, cwd="/", env=own)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    ("mode", "message"),
    [
        (0o555, "one.run: the run file cannot be made: Permission denied. Nothing was sent; give run=… elsewhere."),
        (0o333, "runs: the folder cannot be searched for run files: Permission denied. Nothing was sent; give run=… elsewhere."),
    ],
)
def test_a_folder_that_cannot_be_used_is_told_before_any_request(server, common, mode, message):
    (common / "runs").chmod(mode)

    assert message in as_somebody_else(server, common)
    assert server.asked("PUT") == []


def test_a_full_disk_is_told_before_any_request(server, common):
    # A limit on the size of files stands for a disk with no room left.
    full = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
    said = as_somebody_else(server, common, full + "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192));")

    assert "one.run: the run file cannot be written" in said
    assert "Nothing was sent; give run=… where there is room." in said
    assert server.asked("PUT") == []
    assert list((common / "runs").iterdir()) == []


def test_a_lock_that_cannot_be_made_is_told_before_any_request(server, target, folder, monkeypatch):
    plan = plan_of(target)
    (folder / "locks").mkdir(mode=0o700)
    (folder / "locks" / "scimrecon").write_text("no folder")
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "locks"))

    with pytest.raises(RunError, match="the lock that keeps two runs from writing to one target cannot be made"):
        send(plan, target)

    assert server.asked("PUT") == []


def test_the_runs_of_a_folder_are_listed_the_oldest_first(server, target, folder):
    (folder / "marathon.run").write_text("42.195 km")
    assert sr.runs().empty
    plan = plan_of(target)
    server.faults["person03"] = scim_error(429, "slow down")
    send(plan.select(STAFF[:5]), target, note="CHG0041234")
    send(plan.select(STAFF[5:]), target, run="all.run")

    listed = sr.runs()

    assert listed[["path", "users", "applied", "unfinished", "note"]].to_numpy().tolist() == [
        ["one.run", 5, 4, 1, "CHG0041234"], ["all.run", 7, 7, 0, ""],
    ]  # fmt: skip
    assert listed["started"].is_monotonic_increasing
    assert listed["finished"].notna().all()


def test_the_history_of_a_user_is_told_across_runs(server, target):
    plan = plan_of(target)
    server.faults["person03"] = scim_error(400, "no")
    send(plan, target)
    server.faults.clear()
    send(plan_of(target), target, run="two.run")

    told = sr.history("person03@example.com")

    assert told[["run", "path", "desired", "outcome"]].to_numpy().tolist() == [
        ["one.run", "nickName", "Lee", "rejected"], ["one.run", "title", "Lead", "rejected"],
        ["two.run", "nickName", "Lee", "applied"], ["two.run", "title", "Lead", "applied"],
    ]  # fmt: skip
    assert sr.history("person03").equals(told)
    assert sr.history("nobody").empty


def test_what_a_run_left_undone_is_a_plan_of_its_own(server, target):
    plan = plan_of(target)
    server.faults |= dict.fromkeys(["person03", "person07"], scim_error(429, "slow down"))
    results = send(plan, target)
    server.faults.clear()

    left = results.unfinished

    assert left.requests["user_id"].tolist() == ["person03", "person07"]
    assert left.body("person03") == plan.body("person03")
    assert left.hash == plan.select(["person03", "person07"]).hash
    again = send(left, target, run="left.run")
    assert set(outcomes(again).values()) == {"applied"}
    assert again.unfinished is None
    assert sr.apply_plan(left, target, progress=False).unfinished is None
