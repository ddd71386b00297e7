"""Ticks and edits are data: saved, loaded on another diff, and written as code."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.errors import SelectionError

USERS = pd.DataFrame(
    {
        "id": ["u1", "u2", "u3"],
        "userName": ["obrien", "häns", "ng"],
        "title": ["Engineer", None, "Chef"],
        "nickName": ["bri", None, "en"],
        "manager.value": [None, None, None],
    },
    dtype="str",
)
DESIRED = pd.DataFrame(
    {
        "userName": ["obrien", "häns", "ng"],
        "title": ["Lead", "Clerk", "Cook"],
        "nickName": ["", "hansi", "ngo"],
        "manager.value": ["E9", None, None],
    },
    dtype="str",
)
HOSTILE = ["'''); import os; os.abort() #", '"\n\\', "\u202e\x00", "{0}%s", "=1+1"]


def diff_of(desired=DESIRED, users=USERS):
    return sr.compare(desired, users, on="userName")


def repeat(preview):
    names = {"diff": preview.diff}
    exec(preview.code(), names)  # noqa: S102 - it is what the preview wrote
    return names["selection"]


@pytest.fixture
def preview():
    chosen = sr.Preview(diff_of())
    chosen.tick(["u1:title", "u2:nickName"])
    chosen.edit("u1:title", "Principal")
    chosen.edit("u1:manager.value", "u2")
    return chosen


def test_choices_saved_and_loaded_are_the_same(preview, tmp_path):
    preview.tick(["u1:manager.value"])
    preview.save(tmp_path / "titles.choices")
    again = sr.Preview(diff_of(), choices=tmp_path / "titles.choices")
    assert (again.ticked, again.edits) == (preview.ticked, preview.edits)
    assert again.rebased["state"].tolist() == ["same"] * 3
    pd.testing.assert_frame_equal(again.selection.changes, preview.selection.changes)
    assert not again.undo(), "loading is where one starts"


def test_a_preview_without_choices_has_nothing_to_tell(preview):
    assert preview.rebased.empty


def test_the_file_is_its_owners_alone_and_replaced_whole(preview, tmp_path):
    path = tmp_path / "titles.choices"
    path.write_text("old")
    path.chmod(0o644)
    preview.save(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["titles.choices"]
    assert {row["change_id"] for row in json.loads(path.read_text())["choices"]} == {
        "u1:title",
        "u2:nickName",
        "u1:manager.value",
    }


def test_on_a_later_diff_what_changed_or_went_is_told_and_not_ticked(preview, tmp_path):
    preview.tick(["u3:title", "u3:nickName", "u2:title"])
    preview.save(tmp_path / "titles.choices")
    later = diff_of(
        DESIRED.assign(title=["Lead", "Clerk", "Baker"], nickName=["", "hansi", "en"]),
        USERS.assign(title=["Manager", None, "Chef"]),
    )
    again = sr.Preview(later, choices=tmp_path / "titles.choices")
    told = again.rebased.set_index("change_id")
    assert told["state"].to_dict() == {
        "u1:title": "changed", "u1:manager.value": "same", "u2:title": "same", "u2:nickName": "same", "u3:title": "changed",
        "u3:nickName": "gone",
    }  # fmt: skip
    assert told.loc["u1:title", "reason"] == "before was 'Engineer', and is 'Manager'"
    assert again.ticked == ["u2:nickName", "u2:title"]
    assert again.edits == {"u1:manager.value": "u2"}


def test_a_choice_that_can_be_made_no_more_says_why(preview, tmp_path):
    preview.save(tmp_path / "titles.choices")
    locked = sr.compare(DESIRED, USERS[USERS["id"] != "u2"], on="userName", protect=["obrien"])
    again = sr.Preview(locked, choices=tmp_path / "titles.choices")
    told = again.rebased.set_index("change_id")
    assert told["state"].to_dict() == {"u1:title": "barred", "u1:manager.value": "barred", "u2:nickName": "gone"}
    assert told.loc["u1:title", "reason"] == "protected: this user must not change"
    assert again.ticked == []
    assert again.edits == {}


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"scimrecon": "plan", "format": 1}', '{"scimrecon": "choices", "format": 2, "choices": []}',
             '{"scimrecon": "choices", "format": 1, "choices": [7]}',
             '{"scimrecon": "choices", "format": 1, "choices": [{"change_id": "u1:title"}]}'],
)  # fmt: skip
def test_a_file_that_holds_no_choices_is_refused(tmp_path, text):
    path = tmp_path / "other.choices"
    path.write_text(text)
    path.chmod(0o600)
    with pytest.raises(SelectionError, match="not the choices of a preview"):
        sr.Preview(diff_of(), choices=path)


def test_a_file_that_others_may_write_to_is_refused(preview, tmp_path):
    preview.save(tmp_path / "titles.choices")
    (tmp_path / "titles.choices").chmod(0o666)
    with pytest.raises(SelectionError, match="others may write to this file"):
        sr.Preview(diff_of(), choices=tmp_path / "titles.choices")
    with pytest.raises(SelectionError, match=r"No such file.*Preview\.save"):
        sr.Preview(diff_of(), choices=tmp_path / "nowhere.choices")
    with pytest.raises(SelectionError, match="cannot be saved there"):
        preview.save(tmp_path / "nowhere" / "titles.choices")


def test_the_code_repeats_ticks_and_edits(preview):
    pd.testing.assert_frame_equal(repeat(preview).changes, preview.selection.changes)
    assert preview.code().splitlines()[-1] == "selection = diff.select(chosen)"


def test_the_code_names_whole_patterns_and_lists_the_rest():
    preview = sr.Preview(diff_of())
    preview.tick(["u1:nickName", "u1:title"])
    assert preview.code() == "chosen = [*diff.alike('nickName cleared'), 'u1:title']\nselection = diff.select(chosen)\n"


@given(st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip))
@settings(max_examples=max(10, settings.default.max_examples // 10))
def test_no_text_is_more_than_a_text_in_the_code(text):
    users = pd.DataFrame({"id": [text], "userName": ["ng"], "title": ["Chef"], "nickName": [None]}, dtype="str")
    desired = pd.DataFrame({"userName": ["ng"], "title": [text], "nickName": ["n"]}, dtype="str")
    preview = sr.Preview(sr.compare(desired, users, on="userName"))
    preview.tick_filtered()
    preview.edit(f"{text}:nickName", text)
    pd.testing.assert_frame_equal(repeat(preview).changes, preview.selection.changes)
    assert repeat(preview).changes["after"].tolist() in ([text, text], [text])
