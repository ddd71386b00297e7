"""The results view's state and messages, without a browser: it prepares what could be done next, and sends nothing."""

import threading

import pandas as pd
import pytest
from fake_scim import FakeScim, analyst, scim_error
from panels import listened, say, say_error, summary_of

import scimrecon as sr
from scimrecon.errors import SelectionError

STAFF = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien"]
HOSTILE = "<img src=x onerror=alert(1)>\u202e\x00"


@pytest.fixture(scope="module")
def server():
    with FakeScim([analyst(user_id) for user_id in STAFF]) as server:
        yield server


@pytest.fixture(scope="module")
def results(server, tmp_path_factory):
    """Brand is refused, Costa is edited meanwhile, Dumas fails; the others are applied."""
    target = sr.connect(server)
    desired = pd.DataFrame({"userName": [f"{one}@example.com" for one in STAFF], "title": "Lead"}, dtype="str")
    diff = sr.compare(desired, sr.fetch_users(target), on="userName")
    plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 6})
    server.faults = {"brand": scim_error(400, HOSTILE, scimType="invalidValue"), "dumas": scim_error(500, "no")}
    server.edit("costa", title="Chef")
    results = sr.apply_plan(plan, target, dry_run=False, concurrency=1, run=tmp_path_factory.mktemp("run") / "a.run")
    server.faults = {}
    assert results.frame["outcome"].tolist() == ["applied", "rejected", "stale", "failed", "applied", "applied"]
    return results


@pytest.fixture
def view(results, server):
    return listened(sr.ResultsView(results, target=sr.connect(server)))


def test_users_are_filtered_by_outcome_and_searched_in_the_targets_words_too(view):
    assert [row["id"] for row in say(view, "show", outcome="rejected", search="")["rows"]] == ["brand"]
    assert [row["id"] for row in say(view, "show", outcome=None, search="ONERROR")["rows"]] == ["brand"]
    state = say(view, "show", outcome=None, search="")
    assert (state["shown"], state["outcomes"][0]) == (6, ["applied", 3])


def test_ticks_are_of_users_and_outlive_the_filter(view):
    say(view, "show", outcome="applied", search="")
    say(view, "tick_shown")
    say(view, "show", outcome="stale", search="")
    say(view, "tick", ids=["costa"])
    assert view.chosen == ["alvarez", "costa", "eriksen", "obrien"]
    say(view, "untick_shown")
    assert view.chosen == ["alvarez", "eriksen", "obrien"]


def test_one_user_is_told_whole_with_the_targets_answer_and_nothing_hidden_in_it(view):
    say(view, "look", user_id="brand")
    told = next(one for one in view.heard if one["type"] == "user")
    facts = dict(told["facts"])
    assert facts["SCIM type"] == "invalidValue"
    assert "<img src=x onerror=alert(1)>‹U+202E›‹U+0000›" in facts["Detail"]
    assert told["changes"] == [["title", "Analyst", "Lead", "Lead", ""]]
    assert [step[0] for step in told["steps"]][-1] in ("write", "prove")


def test_a_retry_plans_who_was_left_undone_and_compares_anew_who_was_refused(view, server, results):
    view.tick(["brand", "costa", "dumas", "alvarez"])
    asked = len(server.asked("PUT"))
    view.retry()
    assert view.plan.requests["user_id"].tolist() == ["dumas"]
    changes = view.selection.changes
    assert dict(zip(changes["user_id"], changes["before"], strict=True)) == {"brand": "Analyst", "costa": "Chef"}
    assert len(server.asked("PUT")) == asked


def test_an_undo_is_of_the_ticked_users_alone_and_writes_nothing(view, server):
    view.tick(["eriksen"])
    asked = len(server.asked("PUT"))
    say(view, "undo")
    assert view.wait(30)
    assert view.selection.changes[["user_id", "after"]].to_numpy().tolist() == [["eriksen", "Analyst"]]
    assert set(view.diff.changes["user_id"]) == {"alvarez", "eriksen", "obrien"}
    assert view.plan is None
    assert len(server.asked("PUT")) == asked


@pytest.mark.timeout(60)
def test_a_click_is_answered_at_once_and_the_users_are_read_beside_it(view, server, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(server, "shown", lambda user: user if go_on.wait(30) else {})
    view.tick(["eriksen"])
    assert say(view, "undo")["made"].startswith("Reading users")
    assert "users are being read already" in say_error(view, "retry")
    say(view, "untick", ids=["eriksen"])
    assert not view.wait(0.01)
    go_on.set()
    assert view.wait(30)
    assert view.heard[-1]["made"].startswith("view.selection: 1 change of 1 user")
    assert view.selection.changes["user_id"].tolist() == ["eriksen"], "who was ticked when it was asked for"


@pytest.mark.parametrize("made", ["retry", "undo"])
def test_the_code_makes_what_the_button_made(view, results, server, made):
    view.tick(["brand", "dumas", "eriksen"] if made == "retry" else ["eriksen"])
    getattr(view, made)()
    names = {"sr": sr, "results": results, "target": sr.connect(server)}
    exec(view.code().rpartition("sr.apply_plan")[0], names)  # noqa: S102 - the code that the widget shows
    assert names["selection"].changes.index.tolist() == view.selection.changes.index.tolist()
    if made == "retry":
        assert "plan = results.unfinished.select(['dumas'])" in view.code()


def test_without_a_target_the_code_is_written_and_nothing_is_read(results):
    view = sr.ResultsView(results)
    view.tick(["eriksen"])
    view.undo()
    assert (view.diff, view.selection) == (None, None)
    assert "diff = sr.undo(results, target)" in view.code()


def test_what_cannot_be_prepared_says_why_and_leaves_what_was(view, results):
    assert "nobody is ticked" in say_error(view, "undo")
    view.tick(["alvarez"])
    assert "nobody ticked can be tried again" in say_error(view, "retry")
    assert "no user of this run" in say_error(view, "tick", ids=["nobody"])
    assert "no user has the outcome 'throttled'; there are applied" in say_error(view, "show", outcome="throttled", search="")
    assert "no usable ids" in say_error(view, "tick", ids=[1])
    assert "unknown here" in say_error(view, "apply")
    assert view.code() == ""


def test_a_service_that_is_gone_is_told_in_the_note(results):
    with FakeScim([analyst("alvarez")]) as gone:
        target = sr.connect(gone)
    view = listened(sr.ResultsView(results, target=target))
    view.tick(["eriksen"])
    say(view, "undo")
    assert view.wait(30)
    assert ["another target" in one["text"] for one in view.heard if one["type"] == "error"] == [True]
    assert view.heard[-1]["made"] == ""


def test_beside_the_widget_stand_counts_and_no_name(results):
    html = summary_of(sr.ResultsView(results))
    assert "applied: 3" in html
    assert "alvarez" not in html


def test_a_page_holds_fifty_users_of_however_many(results):
    frame = pd.concat([results.frame.assign(user_id=results.frame["user_id"] + str(at)) for at in range(20)], ignore_index=True)
    view = listened(sr.ResultsView(sr.Results(**{**vars(results), "frame": frame})))
    state = say(view, "page", start=100)
    assert (len(state["rows"]), state["start"], state["shown"]) == (20, 100, 120)
    assert say(view, "page", start=10**9)["start"] == 119


def test_what_is_no_results_is_refused(results):
    with pytest.raises(SelectionError, match="ResultsView takes results"):
        sr.ResultsView(results.frame)
    with pytest.raises(SelectionError, match="target is what connect returned, not str"):
        sr.ResultsView(results, target="idp.example")
