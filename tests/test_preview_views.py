"""A preview's groups, steps and limits, without a browser."""

import contextlib

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.diff import compare
from scimrecon.errors import SelectionError
from scimrecon.guards import judge_thresholds
from scimrecon.widgets import Preview
from scimrecon.widgets.filtering import Query
from scimrecon.widgets.table import ChangeTable


def make_diff(many=40, **options):
    """Everyone moves to Research and loses the nickname; eight are switched off; the last is protected."""
    ids = [f"u{at:03}" for at in range(many)]
    users = pd.DataFrame({"id": ids, "department": "R&D", "nickName": "nick", "active": "true", "title": None}, dtype="str")
    users["userName"] = [f"person{at:03}" for at in range(many)]
    titles = ["Engineer" if at % 2 else f"Chief {at}" for at in range(many)]
    desired = users[["userName"]].assign(
        department="Research", nickName="", title=titles, active=["false" if at < 8 else "true" for at in range(many)]
    )
    return compare(desired.astype("str"), users, on="userName", unlock=["active"], protect=[f"person{many - 1:03}"], **options)


@pytest.fixture
def diff():
    return make_diff()


@pytest.fixture
def table(diff):
    return ChangeTable(diff)


def groups(table):
    return {row["group"]: row for row in table.window(0, table.counts().rows)}


def test_groups_by_pattern_stand_as_the_diffs_patterns_with_their_counts(table, diff):
    table.set_query(Query(by="pattern"))
    rows = table.window(0, 100)
    assert [row["id"] for row in rows] == diff.patterns["pattern"].tolist()
    for name in ("changes", "users", "tickable"):
        assert [row[name] for row in rows] == diff.patterns[name].tolist()
    assert rows[0]["unusual"] == "switches accounts off"
    assert table.counts().rows == len(diff.patterns) < table.counts().filtered


def test_groups_by_attribute_are_counted_and_the_largest_stand_first(table):
    table.tick(["u003:title"])
    table.set_query(Query(by="path"))
    assert [(row["group"], row["changes"], row["ticked"]) for row in table.window(0, 9)] == [
        ("department", 40, 0), ("nickName", 40, 0), ("title", 40, 1), ("active", 8, 0),
    ]  # fmt: skip
    table.set_query(Query(by="path", sort="group", descending=True))
    assert list(groups(table)) == ["title", "nickName", "department", "active"]


def test_groups_by_user_name_the_user_and_the_attributes_and_count_what_the_filters_leave(table):
    table.set_query(Query(by="user", kind="replace"))
    first = table.window(0, 1)[0]
    assert (first["id"], first["group"], first["changes"], first["users"]) == ("u000", "person000", 2, 1)
    assert first["such_as"] == "active, department"
    table.set_query(Query(by="user", sort="group", descending=True))
    assert table.window(0, 1)[0]["group"] == "person039"
    table.set_query(Query(by="user", sort="changes", descending=True))
    assert [row["changes"] for row in table.window(0, 40)] == [4] * 8 + [3] * 32
    table.set_query(Query(user="u001"))
    assert {row["user"] for row in table.window(0, 9)} == {"person001"}


def test_a_group_is_ticked_as_far_as_it_is_shown_and_can_be(table):
    table.set_query(Query(by="pattern", search="person01"))
    table.tick_group("pattern", "nickName cleared")
    assert table.ticked == [f"u{at:03}:nickName" for at in range(10, 20)]
    table.set_query(Query(by="pattern"))
    table.tick_group("pattern", "nickName cleared")
    row = groups(table)["nickName cleared"]
    assert (row["changes"], row["tickable"], row["ticked"]) == (40, 39, 39), "one user is protected"
    table.tick_group("pattern", "nickName cleared", ticked=False)
    assert table.ticked == []


def test_a_pattern_is_ticked_by_its_name_whatever_is_shown(table, diff):
    table.set_query(Query(search="person001"))
    table.tick_alike(["nickName cleared", "active: true → false"])
    assert table.ticked == diff.alike("nickName cleared", "active: true → false").tolist()
    with pytest.raises(SelectionError, match="no change has the pattern 'nope'"):
        table.tick_alike(["title set", "nope"])
    assert table.ticked == diff.alike("nickName cleared", "active: true → false").tolist()


def test_the_routine_is_what_the_diff_calls_routine_also_after_edits(table, diff):
    table.tick_routine()
    assert table.ticked == diff.routine.tolist() != []
    table.untick_filtered()
    table.edit(diff.routine[0], "")
    table.tick_routine()
    assert table.ticked == diff.edit(table.edits).routine.tolist()
    assert diff.routine[0] not in table.ticked, "it clears now"


@given(st.lists(st.sampled_from(["all", "one", "none", "edit", "back", "clear", "undo", "redo"]), max_size=14))
@settings(max_examples=settings.default.max_examples // 10)
def test_undo_and_redo_lead_through_every_state_there_was(steps):
    table = ChangeTable(DIFF)
    acts = {
        "all": table.tick_filtered,
        "one": lambda: table.tick(["u001:title"]),
        "none": table.untick_filtered,
        "edit": lambda: table.edit("u001:title", "Chef"),
        "back": lambda: table.edit("u001:title", "Engineer"),
        "clear": lambda: table.edit("u002:department", "R&D"),
    }
    past, future = [table.choices()], []
    for step in steps:
        if step == "undo":
            assert table.undo() == (len(past) > 1)
            if len(past) > 1:
                future.append(past.pop())
        elif step == "redo":
            assert table.redo() == bool(future)
            if future:
                past.append(future.pop())
        else:
            with contextlib.suppress(SelectionError):
                acts[step]()
            if table.choices() != past[-1]:
                past.append(table.choices())
                future.clear()
        assert table.choices() == past[-1]
        assert (table.counts().undoable, table.counts().redoable) == (len(past) - 1, len(future))
        assert table.value("u001:title") == table.edits.get("u001:title", "Engineer")
    edited = DIFF.edit(table.edits)
    assert set(table.ticked) <= set(edited.changes.index[edited.tickable])


DIFF = make_diff(4)


def test_the_limits_are_those_of_the_plan_that_the_ticks_would_make():
    people = [{"userName": f"person{at}", "title": "Clerk", "nickName": "nick", "active": True} for at in range(30)]
    with sr.sandbox.start("rfc7644", users=people) as server:
        target = sr.connect(server)
        users = sr.fetch_users(target)
        desired = users.frame[["userName"]].assign(title="", nickName="New", active="false")
        preview = Preview(sr.compare(desired, users, on="userName", unlock=["active"]))
        preview.tick_filtered()
        plan = sr.plan_puts(preview.selection, target)
    assert plan.blocked.empty
    pd.testing.assert_frame_equal(preview.thresholds, plan.thresholds)
    assert preview.thresholds["exceeded"].any()


def test_the_line_says_users_and_what_is_notable_and_names_the_limits_exceeded(table):
    assert table.standing() == [{"text": "0 of 40 matched users", "over": False}]
    table.set_query(Query(search="person00"))
    table.tick_filtered()
    assert table.standing() == [
        {"text": "10 of 40 matched users", "over": False},
        {"text": "10 with a value overwritten: over 8 (max(5, 20% of 40 matched users))", "over": True},
        {"text": "8 deactivations: over 5 (max(5, 2% of 40 matched users))", "over": True},
        {"text": "10 clears of nickName: over 5 (max(5, 1% of 40 matched users))", "over": True},
    ]
    table.undo()
    assert len(table.standing()) == 1


def test_many_ticks_are_judged_as_a_plan_would_judge_them():
    many = 50_000
    ids = pd.Series([f"{at:06}" for at in range(many)], dtype="str")
    users = pd.DataFrame({"id": ids, "userName": "user " + ids, "title": "Old", "nickName": "x", "active": "true"})
    desired = users[["userName"]].assign(title="Clerk", nickName="", department="a", active="false")
    diff = compare(desired.astype("str"), users.assign(department=None).astype("str"), on="userName", unlock=["active"])
    table = ChangeTable(diff)
    table.tick_filtered()
    assert table.counts().ticked == 200_000
    table.untick(["000000:title"])
    found = table.thresholds()
    wanted = judge_thresholds(diff.changes.loc[table.ticked], diff.basis.matched, {})
    pd.testing.assert_frame_equal(found, wanted)
    assert found["users"].tolist() == [many, many, 0, 0, many]
