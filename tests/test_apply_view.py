"""The apply view's state and messages, without a browser: it writes only after the typed word, and can be stopped."""

import inspect
import threading

import pandas as pd
import pytest
from fake_scim import FakeScim, analyst, scim_error
from panels import listened, say, summary_of

import scimrecon as sr
from scimrecon.errors import PlanError

pytestmark = [pytest.mark.usefixtures("folder"), pytest.mark.timeout(60)]

STAFF = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien"]


@pytest.fixture
def server():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        yield server


@pytest.fixture
def selection(server):
    desired = pd.DataFrame({"userName": [f"{one}@example.com" for one in STAFF], "title": "Lead"}, dtype="str")
    diff = sr.compare(desired, sr.fetch_users(sr.connect(server)), on="userName")
    return diff.select(diff.changes.index)


@pytest.fixture
def view(server, selection):
    target = sr.connect(server)
    return listened(sr.ApplyView(sr.plan_puts(selection, target, allow={"users": 6}), target, note="CHG0041234"))


def errors(view):
    return [one["text"] for one in view.heard if one["type"] == "error"]


def test_nothing_is_sent_by_making_showing_or_reading_it(view, server):
    summary_of(view)
    say(view, "ready")
    ours = [kind for kind in sr.ApplyView.__mro__ if kind.__module__.startswith("scimrecon")]
    acts = [name for kind in ours for name, member in vars(kind).items() if inspect.isfunction(member)]
    assert {name for name in acts if not name.startswith("_")} == {"stop", "wait"}
    view.stop()
    assert view.wait()
    assert server.asked("PUT") == []
    assert view.results is None


@pytest.mark.parametrize("typed", ["", "5", "127.0.0.1"])
def test_what_does_not_confirm_sends_nothing(view, server, typed):
    say(view, "send", typed=typed)
    assert "type the host (127.0.0.1:" in errors(view)[-1]
    assert view.wait()
    assert server.asked("PUT") == []


@pytest.mark.parametrize("by", ["host", "users"])
def test_the_host_or_the_number_of_users_sends_the_plan_once(view, server, by):
    say(view, "send", typed=view.plan.host if by == "host" else " 6 ")
    assert view.wait(30)
    assert view.results.frame["outcome"].tolist() == ["applied"] * 6
    assert view.results.note == "CHG0041234"
    assert {user["title"] for user in server.users.values()} == {"Lead"}
    assert view.heard[-1]["phase"] == "done"
    assert view.heard[-1]["ended"] == "Sent: 6 applied."
    assert sr.open_run(view.results.path).frame["outcome"].tolist() == ["applied"] * 6
    say(view, "send", typed="6")
    assert "the plan was sent" in errors(view)[-1]


def test_a_dry_run_needs_no_word_writes_nothing_and_leaves_the_plan_to_be_sent(view, server):
    say(view, "rehearse")
    assert view.wait(30)
    assert view.rehearsal.frame["outcome"].tolist() == ["would_apply"] * 6
    assert server.asked("PUT") == []
    assert view.results is None
    assert (view.heard[-1]["phase"], view.heard[-1]["ended"]) == ("ready", "Dry run, nothing was sent: 6 would_apply.")


def test_outcomes_rate_and_time_left_are_told_while_it_goes_on_and_stop_stops_it(server, selection):
    target = sr.connect(server)
    view = listened(sr.ApplyView(sr.plan_puts(selection, target, allow={"users": 6}), target, concurrency=1))
    reached, go_on = threading.Event(), threading.Event()

    def hold(user_id):
        if user_id == "brand":
            reached.set()
            assert go_on.wait(30)

    server.before_put = hold
    say(view, "send", typed="6")
    assert reached.wait(30)
    say(view, "send", typed="6")
    assert "it is under way already" in errors(view)[-1]
    told = say(view, "ready")
    assert (told["phase"], told["progress"]["done"], told["progress"]["outcomes"]) == ("sending", 1, [["applied", 1]])
    assert told["progress"]["eta_s"] is not None
    say(view, "stop")
    assert view.heard[-1]["phase"] == "stopping"
    assert not view.wait(1.5)  # the run looks up five times a second
    go_on.set()
    assert view.wait(30)
    assert "not_attempted" in view.results.frame["outcome"].tolist()
    assert "the run was stopped" in view.results.frame["reason"].tolist()
    assert sr.resume(view.results.path, target).frame["outcome"].tolist() == ["applied"] * 6


def test_a_plan_over_a_limit_says_so_and_is_not_sent(server, selection):
    target = sr.connect(server)
    view = listened(sr.ApplyView(sr.plan_puts(selection, target), target))
    say(view, "ready")
    assert "allow={'users': 6}" in view.heard[-1]["refusal"]
    assert [limit[4] for limit in view.heard[-1]["limits"]].count("over") == 1
    say(view, "send", typed="6")
    assert view.wait(30)
    assert "allow={'users': 6}" in view.heard[-1]["error"]
    assert view.heard[-1]["phase"] == "ready"
    assert server.asked("PUT") == []


def test_what_apply_plan_refuses_is_told_and_can_be_tried_again(server, selection):
    target = sr.connect(server)
    plan = sr.plan_puts(selection, target, allow={"users": 6})
    view = listened(sr.ApplyView(plan, target, approved="another"))
    say(view, "send", typed="6")
    assert view.wait(30)
    assert "approved was 'another'" in view.heard[-1]["error"]
    assert server.asked("PUT") == []


def test_a_fault_in_the_thread_is_told_and_not_swallowed(view, monkeypatch):
    monkeypatch.setattr(threading, "excepthook", lambda told: faults.append(told.exc_type))
    faults = []
    view._options["rate"] = "fast"  # apply_plan refuses this by name
    say(view, "rehearse")
    assert view.wait(30)
    assert "rate='fast'" in view.heard[-1]["error"]
    view._options["unheard"] = 1
    say(view, "rehearse")
    assert view.wait(30)
    assert "a fault of this library" in view.heard[-1]["error"]
    assert faults == [TypeError]


def test_failures_are_counted_as_they_come(view, server):
    server.faults["brand"] = scim_error(400, "no")
    say(view, "send", typed="6")
    assert view.wait(30)
    assert view.heard[-1]["ended"] == "Sent: 5 applied, 1 rejected."
    assert dict(view.heard[-1]["progress"]["outcomes"]) == {"applied": 5, "rejected": 1}


def test_the_code_does_the_same_in_a_cell(server, selection, folder):
    target = sr.connect(server)
    plan = sr.plan_puts(selection, target, allow={"users": 6})
    view = listened(sr.ApplyView(plan, target, batch_size=2, run=folder / "change.run"))
    say(view, "ready")
    names = {"sr": sr, "plan": plan, "target": target}
    exec(view.heard[-1]["code"], names)  # noqa: S102 - the code that the widget shows
    assert names["results"].frame["outcome"].tolist() == ["would_apply"] * 6
    assert "batch_size=2" in view.heard[-1]["code"]


def test_beside_the_widget_stand_counts_and_no_name(view):
    html = summary_of(view)
    assert "users: 6" in html
    assert "alvarez" not in html


def test_what_is_no_plan_or_another_targets_is_refused(view, server):
    with pytest.raises(PlanError, match="takes a plan and a target"):
        sr.ApplyView(view.plan.requests, view._target)
    with FakeScim([]) as other, pytest.raises(PlanError, match="this target is another"):
        sr.ApplyView(view.plan, sr.connect(other))
