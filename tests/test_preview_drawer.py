"""One user whole: what the preview shows of a PUT is what the plan would send."""

import json

import pandas as pd
import pytest

import scimrecon as sr
from scimrecon.errors import SelectionError

HOSTILE = "<script>alert(1)</script>"
PEOPLE = [
    {
        "userName": "obrien", "displayName": HOSTILE, "title": "Engineer", "nickName": "bri", "active": True,
        "emails": [{"value": "o@example.com", "primary": True}],
    },
    {"userName": "ng", "title": "Chef"},
]  # fmt: skip


@pytest.fixture(scope="module")
def target():
    with sr.sandbox.start("rfc7644", users=PEOPLE) as server:
        yield sr.connect(server)


@pytest.fixture
def preview(target):
    users = sr.fetch_users(target)
    desired = pd.DataFrame({"userName": ["obrien", "ng"], "title": ["Lead", "Cook"], "nickName": ["", None]}, dtype="str")
    return sr.Preview(sr.compare(desired, users, on="userName"))


def id_of(preview, name):
    changes = preview.diff.changes
    return changes.loc[changes["user_name"] == name, "user_id"].iloc[0]


def test_the_body_is_the_very_one_of_the_plan(preview, target):
    user = id_of(preview, "obrien")
    preview.tick_filtered()
    preview.edit(f"{user}:title", "Principal")
    view = preview.show_user(user)
    plan = sr.plan_puts(preview.selection, target)
    assert view.body == plan.body(user)
    assert view.ticked == ("nickName", "title")
    marked = [(line["mark"], line["text"].strip(" ,")) for line in view.lines() if line["mark"] != " "]
    assert ("-", '"title": "Engineer"') in marked
    assert ("+", '"title": "Principal"') in marked
    assert {"userName", "displayName", "emails", "active"} <= set(view.stays)
    assert "title" not in view.stays
    assert {"id", "meta"} & set(view.left_out)


def test_without_a_tick_there_is_no_put_and_each_change_has_its_story(preview):
    view = preview.show_user(id_of(preview, "obrien"))
    assert view.body is None
    assert view.reason == "nothing is ticked"
    assert [story.attribute for story in view.explanations] == ["nickName", "title"]
    assert "if ticked, carries title" in repr(view)
    assert {line["mark"] for line in view.lines()} == {" "}


def test_a_blocked_user_says_why(preview):
    user = id_of(preview, "ng")
    preview.tick([f"{user}:title"])
    view = preview.show_user(user)
    assert view.body is None
    assert view.reason.startswith("blocked: the target shows no 'active' for this user")


def test_a_user_without_a_resource_at_hand_says_so():
    users = pd.DataFrame({"id": ["u1"], "userName": ["ng"], "title": ["Chef"]}, dtype="str")
    preview = sr.Preview(sr.compare(users[["userName"]].assign(title="Cook"), users, on="userName"))
    assert "made without this user's resource" in preview.show_user("u1").reason
    with pytest.raises(SelectionError, match="user 'u2' has no change in this diff"):
        preview.show_user("u2")


def test_markup_is_text_and_the_browser_hears_the_same(preview):
    user = id_of(preview, "obrien")
    assert HOSTILE not in preview.show_user(user)._repr_html_()
    assert "&lt;script&gt;" in preview.show_user(user)._repr_html_()
    sent = []
    preview.send = lambda content, buffers=None: sent.append(json.loads(json.dumps(content)))
    preview._handle_custom_msg({"type": "look", "user_id": user}, [])
    preview._handle_custom_msg({"type": "look", "user_id": "nope"}, [])
    assert sent[0]["headline"] == "obrien: no PUT: nothing is ticked"
    assert [story["path"] for story in sent[0]["stories"]] == ["nickName", "title"]
    assert sent[1]["type"] == "error"
