"""Choices outlive the kernel they were made in, and nothing is taken up unasked."""

import os
import time

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

import scimrecon as sr
from scimrecon.errors import SelectionError
from scimrecon.widgets import keeping

IDS = [f"u{at}" for at in range(6)]


def make_diff(title="Chef"):
    users = pd.DataFrame({"id": IDS, "userName": IDS, "title": "Clerk", "nickName": "x"}, dtype="str")
    desired = users[["userName"]].assign(title=title, nickName="y")
    return sr.compare(desired.astype("str"), users, on="userName")


@pytest.fixture(autouse=True)
def own_state(folder, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(folder / "state"))
    monkeypatch.setattr(keeping, "_CALM_S", 3600)  # what is kept here is kept at once, and by nobody else a little later


def kept_file(preview):
    ends = time.monotonic() + 60
    while not preview._keeper.path.exists():
        assert time.monotonic() < ends, "the choices were not kept"
        time.sleep(0.01)
    return preview._keeper.path


def left_behind(diff, *ticked, edits=()):
    """A preview of another kernel that ended."""
    preview = sr.Preview(diff, keep=True)
    preview.tick(ticked)
    for change_id, value in dict(edits).items():
        preview.edit(change_id, value)
    preview._keeper.flush()
    return preview


def test_choices_are_written_a_moment_after_they_were_made_for_their_owner_alone(monkeypatch):
    monkeypatch.setattr(keeping, "_CALM_S", 0.01)
    preview = sr.Preview(make_diff(), keep=True)
    preview.tick(["u1:title"])
    path = kept_file(preview)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert "u1:title" in path.read_text()


def test_the_next_preview_offers_what_was_kept_and_ticks_nothing_of_itself():
    left_behind(make_diff(), "u1:title", "u2:title", edits={"u3:title": "Head"})
    after = sr.Preview(make_diff(), keep=True)
    assert after.ticked == []
    assert after._tell_kept()["offer"].startswith("3 choices made here until ")

    told = after.recall()
    assert after.ticked == ["u1:title", "u2:title"]
    assert after.edits == {"u3:title": "Head"}
    assert told["state"].tolist() == ["same"] * 3
    assert after._tell_kept()["offer"] is None
    with pytest.raises(SelectionError, match="no choices of an earlier preview"):
        after.recall()


def test_what_is_another_change_since_is_told_and_not_ticked():
    left_behind(make_diff(), "u1:title", "u1:nickName")
    after = sr.Preview(make_diff(title="Cook"), keep=True)
    after._handle_custom_msg({"type": "recall"}, [])
    assert after.ticked == ["u1:nickName"]
    told = after.rebased.set_index("change_id")
    assert told.loc["u1:title", "reason"] == "after was 'Chef', and is 'Cook'"


def test_choices_made_here_are_not_overwritten_by_those_kept():
    left_behind(make_diff(), "u1:title")
    after = sr.Preview(make_diff(), keep=True)
    after.tick(["u4:title"])
    assert after._tell_kept()["offer"] is None
    with pytest.raises(SelectionError, match="something is ticked"):
        after.recall()
    assert after.ticked == ["u4:title"]


def test_choices_of_other_users_or_another_folder_or_long_ago_are_not_offered(folder, monkeypatch):
    path = left_behind(make_diff(), "u1:title")._keeper.path
    others = pd.DataFrame({"id": ["v1"], "userName": ["v1"], "title": ["Clerk"]}, dtype="str")
    other = sr.compare(others[["userName"]].assign(title="Chef").astype("str"), others, on="userName")
    assert sr.Preview(other, keep=True)._kept is None

    (folder / "elsewhere").mkdir()
    monkeypatch.chdir(folder / "elsewhere")
    assert sr.Preview(make_diff(), keep=True)._kept is None
    monkeypatch.chdir(folder)
    assert sr.Preview(make_diff(), keep=True)._kept is not None

    long_ago = time.time() - 15 * 86_400
    os.utime(path, (long_ago, long_ago))
    assert sr.Preview(make_diff(), keep=True)._kept is None
    assert not path.exists()


def test_a_preview_without_ticks_leaves_nothing_behind():
    preview = left_behind(make_diff(), "u1:title")
    preview.undo()
    preview._keeper.flush()
    assert not preview._keeper.path.exists()


def test_a_script_keeps_nothing_unless_told(folder):
    preview = sr.Preview(make_diff())
    preview.tick(["u1:title"])
    assert preview._keeper is None
    assert not (folder / "state").exists()


def test_damaged_files_are_not_offered(folder):
    path = left_behind(make_diff(), "u1:title")._keeper.path
    whole = path.read_bytes()
    for damaged in (b"", b"{}", b"\x00\xff", whole[:40], whole.replace(b'"format": 1', b'"format": 9')):
        path.write_bytes(damaged)
        assert sr.Preview(make_diff(), keep=True)._kept is None


def test_where_nothing_can_be_kept_the_widget_says_so(folder):
    (folder / "state").write_text("a file where a folder should be")
    preview = sr.Preview(make_diff(), keep=True)
    preview.tick(["u1:title"])
    preview._keeper.flush()
    assert "state" in preview._tell_kept()["problem"]
    assert preview.ticked == ["u1:title"]


def test_an_executed_notebook_holds_no_value_of_the_rows_it_showed(folder):
    users = 'pd.DataFrame({"id": ["u1"], "userName": ["obrien"], "title": ["Porter" + "house"]}, dtype="str")'
    desired = 'pd.DataFrame({"userName": ["obrien"], "title": ["Sous" + "chef"]}, dtype="str")'
    made = f"import pandas as pd, scimrecon as sr\ndiff = sr.compare({desired}, {users}, on='userName')"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in (made, "sr.Preview(diff)")])
    done = NotebookClient(notebook, store_widget_state=True, resources={"metadata": {"path": str(folder)}}).execute()
    text = nbformat.writes(done)
    assert "Changes by attribute and kind" in text
    assert "first_rows" in text
    assert "Porterhouse" not in text
    assert "Souschef" not in text
