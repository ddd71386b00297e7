"""The preview's state and messages, without a browser."""

import json
import re
import threading
import unicodedata
from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from scimrecon.diff import compare
from scimrecon.errors import SelectionError
from scimrecon.widgets import Preview
from scimrecon.widgets.display import visible
from scimrecon.widgets.filtering import Query
from scimrecon.widgets.table import ChangeTable

USERS = pd.DataFrame(
    {
        "id": ["u1", "u2", "u3", "u4", "u5"],
        "userName": ["Bríd O'Brien", "Zoë Häns", "Ng", "Ana Lima", "Sam Xu"],
        "externalId": ["E1", "E2", "E3", "E4", "E5"],
        "title": ["Engineer", None, None, "Chef", None],
        "active": ["true", None, None, None, None],
        "nickName": [None, "zoe", None, None, None],
        "manager.value": [None, None, "u1", None, None],
        "displayName": [None, None, "Cafe\u0301", None, None],
        "profileUrl": [None, None, None, None, "https://x.example"],
    },
    dtype="str",
)
DESIRED = pd.DataFrame(
    {
        "externalId": ["E1", "E2", "E3", "E4", "E5"],
        "title": ["Lead", "Clerk", None, "Cook", None],
        "active": ["false", None, None, None, None],
        "nickName": [None, "", None, None, None],
        "manager.value": [None, None, "E9", None, None],
        "displayName": [None, None, "Caf\xe9", None, None],
        "profileUrl": [None, None, None, None, "https://y.example"],
    },
    dtype="str",
)


def diff_of(desired=DESIRED, users=USERS):
    return compare(desired, users, on="externalId")


def diff_with_every_status():
    """u4 is protected, and the target's dialect does not write profileUrl."""
    diff = diff_of()
    changes = diff.changes
    status = changes["status"].mask(changes["user_id"] == "u4", "protected").mask(changes["path"] == "profileUrl", "unsupported")
    return replace(diff, changes=changes.assign(status=status))


def table_of(diff=None):
    return ChangeTable(diff or diff_with_every_status())


def shown(table):
    return [row["id"] for row in table.window(0, table.counts().filtered)]


def row_of(table, change_id):
    return next(row for row in table.window(0, 100) if row["id"] == change_id)


def test_nothing_is_ticked_at_first():
    table = table_of()
    assert table.ticked == []
    assert table.counts().ticked == table.counts().ticked_users == 0
    assert not any(row["ticked"] for row in table.window(0, 100))


def test_tick_all_filtered_ticks_exactly_the_filtered_changes_that_can_be_ticked():
    table = table_of()
    table.set_query(Query(path="title"))
    table.tick_filtered()
    assert table.ticked == ["u1:title", "u2:title"]  # u4 is protected
    assert table.counts().filtered_tickable == 2


def test_untick_all_filtered_leaves_the_other_ticks():
    table = table_of()
    table.tick_filtered()
    table.set_query(Query(path="title"))
    table.untick_filtered()
    assert table.ticked == ["u2:nickName"]


def test_ticks_outlive_a_filter_that_hides_them():
    table = table_of()
    table.tick(["u2:nickName"])
    table.set_query(Query(path="title"))
    table.tick_filtered()
    assert table.ticked == ["u1:title", "u2:nickName", "u2:title"]
    assert table.counts().ticked_users == 2


@pytest.mark.parametrize(
    ("change_id", "reason"),
    [
        ("u1:active", "unlock=['active']"),
        ("u3:displayName", "only an exact comparison sees the difference"),
        ("u3:manager.value", "no user has this one"),
        ("u4:title", "protected"),
        ("u5:profileUrl", "does not write profileUrl"),
    ],
)
def test_a_change_that_cannot_be_ticked_says_why(change_id, reason):
    table = table_of()
    with pytest.raises(SelectionError, match=re.escape(reason)):
        table.tick(["u1:title", change_id])
    assert table.ticked == [], "all of those named, or none"
    assert reason in row_of(table, change_id)["why"]
    assert not row_of(table, change_id)["tickable"]


def test_an_unknown_id_is_named_and_says_where_ids_come_from():
    with pytest.raises(SelectionError, match=r"1 of 2 change ids are not in this diff: u9:title.*diff\.changes\.index"):
        table_of().tick(["u1:title", "u9:title"])


def test_a_search_looks_at_user_key_attribute_and_both_values_whatever_the_case():
    table = table_of()
    for text, found in {
        "o'brien": ["u1:active", "u1:title"],
        "e2": ["u2:nickName", "u2:title"],
        "NICKNAME": ["u2:nickName"],
        "engineer": ["u1:title"],
        "clerk": ["u2:title"],
        "HÄNS": ["u2:nickName", "u2:title"],
        "CAFÉ": ["u3:displayName"],
        "Zoe\u0308": ["u2:nickName", "u2:title"],
        "nobody": [],
        ".*": [],
    }.items():
        table.set_query(Query(search=text))
        assert shown(table) == found, text


def test_facets_count_what_each_choice_would_show():
    table = table_of()
    table.set_query(Query(path="title", kind="replace"))
    facets = table.facets()
    assert ("title", 2) in facets["path"]
    assert ("active", 1) in facets["path"]
    assert facets["kind"] == [("clear", 0), ("cosmetic", 0), ("replace", 2), ("set", 1)]
    assert facets["status"] == [("invalid", 0), ("locked", 0), ("open", 1), ("protected", 1), ("unsupported", 0)]
    table.set_query(Query(flag="deactivation"))
    assert shown(table) == ["u1:active"]
    assert ("deactivation", 1) in table.facets()["flag"]
    assert dict(table.facets()["pattern"])["active: true → false"] == 1


def test_a_filter_no_change_fits_is_refused_with_the_choices():
    with pytest.raises(SelectionError, match="no change has the path 'titel'; there are active, displayName"):
        table_of().set_query(Query(path="titel"))
    with pytest.raises(SelectionError, match="no change has the flag 'deactiv'; there are deactivation"):
        table_of().set_query(Query(flag="deactiv"))
    with pytest.raises(SelectionError, match="cannot sort by 'age'"):
        table_of().set_query(Query(sort="age"))
    with pytest.raises(SelectionError, match="cannot group by 'kind'; there are user, path, pattern"):
        table_of().set_query(Query(by="kind"))
    with pytest.raises(SelectionError, match="cannot sort by 'before'; the columns are group, changes"):
        table_of().set_query(Query(by="user", sort="before"))


def test_sorting_ignores_case_keeps_the_order_of_equals_and_puts_missing_last():
    table = table_of()
    table.set_query(Query(sort="user_name"))
    assert shown(table)[:4] == ["u4:title", "u1:active", "u1:title", "u3:displayName"]
    table.set_query(Query(path="title", sort="before", descending=True))
    assert shown(table) == ["u1:title", "u4:title", "u2:title"]


def test_an_edit_shows_and_can_be_taken_back():
    table = table_of()
    table.edit("u1:title", "Principal")
    row = row_of(table, "u1:title")
    assert (row["after"], row["was"], row["edited"]) == ("Principal", "Lead", True)
    assert table.edits == {"u1:title": "Principal"}
    table.set_query(Query(search="princip"))
    assert shown(table) == ["u1:title"]
    table.set_query(Query(search="lead"))
    assert shown(table) == []
    table.edit("u1:title", "Lead")
    assert table.edits == {}
    assert table.value("u1:title") == "Lead"


def test_an_edited_row_stays_in_view_until_the_next_query():
    table = table_of()
    table.set_query(Query(search="lead"))
    table.edit("u1:title", "Principal")
    assert shown(table) == ["u1:title"]


def test_editing_to_nothing_clears():
    table = table_of()
    table.edit("u1:title", "")
    assert row_of(table, "u1:title")["kind"] == "clear"
    assert table.value("u1:title") == ""
    table.set_query(Query(kind="clear"))
    assert shown(table) == ["u1:title", "u2:nickName"]


def test_an_edit_to_what_the_target_holds_takes_the_tick_away():
    table = table_of()
    table.tick(["u1:title"])
    table.edit("u1:title", "Engineer")
    assert table.ticked == []
    with pytest.raises(SelectionError, match="the target holds this value already"):
        table.tick(["u1:title"])
    table.edit("u1:title", "Lead")
    table.tick(["u1:title"])


def test_an_edit_can_cure_an_invalid_change_but_not_make_one():
    table = table_of()
    with pytest.raises(SelectionError, match=r"u3:manager\.value: manager\.value must be the id of a user"):
        table.edit("u3:manager.value", "nobody")
    table.edit("u3:manager.value", "u2")
    table.tick(["u3:manager.value"])
    with pytest.raises(SelectionError, match="must be the id of a user"):
        table.edit("u3:manager.value", "u99")
    assert table.value("u3:manager.value") == "u2"


@pytest.mark.parametrize("change_id", ["u1:active", "u4:title", "u5:profileUrl"])
def test_what_is_locked_protected_or_unsupported_is_not_edited(change_id):
    table = table_of()
    with pytest.raises(SelectionError, match="cannot be ticked or edited"):
        table.edit(change_id, "x")
    assert table.edits == {}


def test_the_frames_are_left_as_they_were():
    diff = diff_of()
    before = diff.changes.copy(deep=True)
    table = ChangeTable(diff)
    table.tick_filtered()
    table.edit("u1:title", "Principal")
    table.set_query(Query(search="p", sort="after", descending=True))
    table.window(0, 10)
    pd.testing.assert_frame_equal(diff.changes, before)


def test_a_diff_without_changes_has_an_empty_table():
    table = table_of(diff_of(DESIRED[["externalId"]]))
    table.tick_filtered()
    assert table.window(0, 100) == []
    assert table.counts().changes == table.counts().ticked_users == 0
    table.set_query(Query(search="x", sort="after"))


def test_rows_beyond_the_last_are_not_there():
    table = table_of()
    assert len(table.window(6, 100)) == 2
    assert table.window(50, 100) == table.window(0, 0) == []


def test_a_long_value_is_cut_only_for_show():
    long = "a" * 5000
    table = table_of(diff_of(DESIRED.assign(title=long)))
    row = row_of(table, "u1:title")
    assert row["after"] == "a" * 300 + "… (5,000 characters)"
    assert table.value("u1:title") == long


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("a\nb\tc\x00", "a↵b⇥c‹U+0000›"),
        ("invoice\u202egnp.exe", "invoice‹U+202E›gnp.exe"),
        ("Ann\u200b", "Ann‹U+200B›"),
        ("\u2066x\u2069\ufeff\xa0", "‹U+2066›x‹U+2069›‹U+FEFF›‹U+00A0›"),
        (" a b  ", "␣a b␣␣"),
        ("  ", "␣␣"),
        ("", ""),
        ("علی\u200cرضا", "علی\u200cرضا"),
        ("<img src=x onerror=alert(1)>", "<img src=x onerror=alert(1)>"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out(text, seen):
    assert visible(text) == seen


WORDS = st.sampled_from([None, "a", "A", "b", "Ab", "é", "E\u0301"])
QUERIES = st.builds(
    Query,
    search=st.sampled_from(["", "a", "AB", "É", "nick", "u1"]),
    path=st.sampled_from([None, "title", "nickName", "active"]),
    kind=st.sampled_from([None, "set", "replace", "clear", "cosmetic"]),
    sort=st.sampled_from([None, "before", "user_name"]),
)


@st.composite
def diffs(draw):
    many = draw(st.integers(1, 6))
    columns = {path: [draw(WORDS) for _ in range(many)] for path in ("title", "nickName")}
    users = pd.DataFrame({"id": [f"u{at}" for at in range(many)], **columns, "active": "true"}, dtype="str")
    users["userName"] = "name of " + users["id"]
    desired = pd.DataFrame(
        {path: [draw(WORDS | st.just("")) for _ in range(many)] for path in ("title", "nickName")}, dtype="str"
    )
    return compare(desired.assign(userName=users["userName"], active="false"), users, on="userName")


def plain(text):
    return unicodedata.normalize("NFC", text.lower())


@given(diffs(), QUERIES)
@settings(max_examples=settings.default.max_examples // 8)
def test_ticking_all_filtered_is_what_reading_row_by_row_would_tick(diff, query):
    table = ChangeTable(diff)
    changes = diff.changes
    assume(query.path is None or query.path in set(changes["path"]))
    assume(query.kind is None or query.kind in set(changes["kind"]))
    table.set_query(query)
    table.tick_filtered()

    def fits(row):
        searched = [row.user_name, row.key, row.path, row.before, row.after]
        found = any(plain(query.search) in plain(text) for text in searched if isinstance(text, str))
        return found and query.path in (None, row.path) and query.kind in (None, row.kind)

    filtered = [row.Index for row in changes.itertuples() if fits(row)]
    assert sorted(shown(table)) == sorted(filtered)
    assert table.ticked == [change_id for change_id in filtered if diff.tickable[change_id]]
    assert table.counts().filtered_tickable == len(table.ticked)
    pd.testing.assert_frame_equal(diff.select(table.ticked).changes, changes.loc[table.ticked])


def wide_diff(many):
    users = pd.DataFrame(
        {"id": [f"u{at}" for at in range(many)], "active": "true", "title": None, "nickName": None, "department": None}
    )
    users["userName"] = [f"name {at}" for at in range(many)]
    desired = users[["userName"]].assign(
        active="false", title="Clerk", nickName="x", department=[f"{at % 97:02}" for at in range(many)]
    )
    return compare(desired.astype("str"), users.astype("str"), on="userName")


def test_threads_that_tick_edit_and_search_lose_nothing():
    diff = wide_diff(500)
    table = ChangeTable(diff)
    ids = diff.changes.index[diff.changes["path"] == "title"].tolist()
    failures = []

    def work(part):
        try:
            for change_id in part:
                table.tick([change_id])
                table.edit(change_id, "Chef")
        except SelectionError as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in (ids[:20], ids[20:40])]
    for thread in threads:
        thread.start()
    for _ in range(10):
        table.set_query(Query(search="name", sort="after"))
        ticked, edits = table.choices()
        assert set(edits) <= set(ticked), "both are of one moment"
    for thread in threads:
        thread.join()
    assert not failures
    assert sorted(table.ticked) == sorted(ids[:40])
    assert table.edits == dict.fromkeys(ids[:40], "Chef")


def test_many_changes_are_ticked_by_id_and_by_filter():
    diff = wide_diff(50_000)
    table = ChangeTable(diff)
    assert table.counts().changes == 200_000
    table.set_query(Query(search="name 49999"))
    table.tick_filtered()
    table.set_query(Query(path="department", sort="after", descending=True))
    table.tick_filtered()
    table.untick(["u7:department"])
    changes = diff.changes
    departments = (changes["path"] == "department") & (changes["user_id"] != "u7")
    by_search = (changes["user_id"] == "u49999") & (changes["status"] == "open")
    assert table.ticked == changes.index[departments | by_search].tolist()
    assert table.counts().ticked_users == 49_999
    last = table.window(table.counts().filtered - 1, 10)
    assert [row["after"] for row in last] == ["00"]
    assert json.dumps(last)


class Wire:
    """The browser's end of a preview: what was sent to it."""

    def __init__(self, preview):
        self.preview = preview
        self.received = []
        preview.send = lambda content, buffers=None: self.received.append(json.loads(json.dumps(content)))

    def say(self, message):
        self.received.clear()
        self.preview._handle_custom_msg(message, [])
        return self.received[-1]


@pytest.fixture
def preview():
    return Preview(diff_with_every_status())


@pytest.fixture
def wire(preview):
    return Wire(preview)


NONE = dict.fromkeys(("path", "kind", "status", "flag", "pattern", "user", "by", "sort"))
QUERY = {"type": "query", "search": "", **NONE, "descending": False}


def test_a_browser_that_opens_is_told_counts_facets_and_the_first_rows(wire):
    state = wire.say({"type": "ready"})
    assert state["counts"] == {
        "changes": 8, "filtered": 8, "filtered_tickable": 3, "rows": 8, "ticked": 0, "ticked_users": 0, "edited": 0,
        "undoable": 0, "redoable": 0,
    }  # fmt: skip
    assert len(state["window"]["rows"]) == 8
    assert ["title", 3] in state["facets"]["path"]


def test_ticks_and_edits_in_the_browser_are_the_selection(wire, preview):
    wire.say({"type": "tick", "ids": ["u1:title", "u2:nickName"]})
    wire.say(QUERY | {"path": "title"})
    wire.say({"type": "tick_filtered"})
    state = wire.say({"type": "edit", "change_id": "u1:title", "value": "Principal"})
    wire.say({"type": "untick", "ids": ["u2:nickName"]})
    assert state["window"]["rows"][0]["after"] == "Principal"
    assert preview.selection.changes["after"].to_dict() == {"u1:title": "Principal", "u2:title": "Clerk"}
    assert preview.ticked == ["u1:title", "u2:title"]
    assert preview.edits == {"u1:title": "Principal"}
    assert repr(preview) == "<Preview: 2 of 8 changes ticked, 2 users, 1 edited>"


def test_code_does_what_the_browser_does_and_the_browser_hears_of_it(wire, preview):
    preview.search("l", path="title")
    preview.sort("user_name")
    preview.tick_filtered()
    preview.untick(["u2:title"])
    preview.edit("u1:title", "")
    preview.tick(["u2:nickName"])
    assert preview.selection.changes["after"].to_dict() == {"u1:title": "", "u2:nickName": ""}
    assert len(wire.received) == 6
    asked = {"search": "l", "path": "title", "sort": "user_name", "descending": False}
    assert wire.received[-1]["query"] == NONE | asked
    preview.untick_filtered()
    assert preview.ticked == ["u2:nickName"]


def test_a_window_holds_the_rows_asked_for_and_no_more_than_a_few_hundred(wire):
    answer = wire.say({"type": "window", "start": 2, "count": 3})
    assert [row["id"] for row in answer["window"]["rows"]] == ["u2:nickName", "u2:title", "u3:displayName"]
    many = Wire(Preview(wide_diff(500)))
    assert len(many.say({"type": "window", "start": 0, "count": 10**9})["window"]["rows"]) == 500


def test_the_whole_value_is_sent_for_editing():
    wire = Wire(Preview(diff_of(DESIRED.assign(title="x" * 900 + "\n"))))
    assert wire.say({"type": "value", "change_id": "u1:title"}) == {
        "type": "value",
        "change_id": "u1:title",
        "value": "x" * 900 + "\n",
    }


@pytest.mark.parametrize(
    "message",
    [
        None, "tick", [], {}, {"type": None}, {"type": ["tick"]}, {"type": "drop"}, {"type": "_set_query"},
        {"type": "tick"}, {"type": "tick", "ids": "u1:title"}, {"type": "tick", "ids": [1]},
        {"type": "tick", "ids": ["x"] * 20_000}, {"type": "window", "start": 1e9},
        {"type": "window", "start": -1, "count": 1}, {"type": "window", "start": True, "count": 1},
        QUERY | {"search": None}, QUERY | {"search": "x" * 10**6}, QUERY | {"descending": "yes"}, {"type": "query"},
        QUERY | {"path": "nope"}, QUERY | {"sort": "__class__"}, {"type": "tick", "ids": ["u1:title", "nope"]},
        {"type": "tick", "ids": ["u1:active"]}, {"type": "edit", "change_id": "u1:active", "value": "true"},
        {"type": "edit", "change_id": "u1:title", "value": 7}, {"type": "edit", "change_id": "nope", "value": ""},
        {"type": "value", "change_id": "nope"}, QUERY | {"by": "kind"}, QUERY | {"flag": "nope"}, QUERY | {"user": 7},
        {"type": "tick_group", "by": "path", "value": "nope"}, {"type": "tick_group", "by": "kind", "value": "set"},
        {"type": "tick_group", "by": "path"}, {"type": "untick_group", "by": "__class__", "value": "x"},
    ],
)  # fmt: skip
def test_a_message_that_makes_no_sense_is_answered_and_changes_nothing(wire, preview, message):
    answer = wire.say(message)
    assert answer["type"] == "error"
    assert answer["text"]
    assert preview.ticked == []
    assert preview.edits == {}


def test_a_diff_that_cannot_be_edited_shows_its_bug(preview, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError

    monkeypatch.setattr(preview._table, "tick_filtered", broken)
    with pytest.raises(ZeroDivisionError):
        preview._on_message(preview, {"type": "tick_filtered"}, [])


def summary_of(preview):
    with capture_output(stdout=False, stderr=False) as captured:
        preview._ipython_display_()
    assert [sorted(output.data) for output in captured.outputs] == [
        ["application/vnd.jupyter.widget-view+json", "text/plain"],
        ["text/html", "text/plain"],
    ]
    return captured.outputs[1].data["text/html"]


@pytest.fixture
def shell():
    InteractiveShell.instance()
    yield
    InteractiveShell.clear_instance()


@pytest.mark.usefixtures("shell")
def test_a_summary_that_needs_no_kernel_stands_beside_the_widget(preview):
    summary = summary_of(preview)
    for path in ("title", "nickName", "manager.value", "clear", "cosmetic", "locked"):
        assert path in summary
    for personal in ("O'Brien", "O&#x27;Brien", "Häns", "Engineer", "u1", "E1"):
        assert personal not in summary


@pytest.mark.usefixtures("shell")
def test_markup_in_the_summary_is_text():
    diff = diff_of()
    changes = diff.changes.assign(path="<script>alert(1)</script>", kind="<b>", status="<i>")
    summary = summary_of(Preview(replace(diff, changes=changes)))
    assert "&lt;script&gt;" in summary
    assert "<script" not in summary
    assert "<i>" not in summary


@pytest.mark.usefixtures("shell")
def test_an_empty_diff_has_a_preview_and_a_summary():
    preview = Preview(diff_of(DESIRED[["externalId"]]))
    assert repr(preview) == "<Preview: 0 of 0 changes ticked, 0 users>"
    assert "changes: 0" in summary_of(preview)
    assert preview.selection.changes.empty


def test_what_is_drawn_is_not_kept_in_the_notebook(preview):
    assert "O'Brien" not in json.dumps(preview.get_state(), default=str)
