"""A file that is replaced is whole or as it was, and others may do with it what its owner meant."""

import os
import resource
import stat

import pandas as pd
import pytest

from scimrecon.errors import RecipeError, TableError
from scimrecon.files import replacing, rewriting
from scimrecon.recipes import ChangeCase, Recipe, open_recipe
from scimrecon.tables import write_csv, write_excel
from scimrecon.users import read_users


@pytest.fixture
def recipe():
    return Recipe(steps=[ChangeCase(column="Location", case="lower")])


@pytest.fixture
def umask():
    before = os.umask(0o027)
    yield 0o027
    os.umask(before)


def mode_of(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_what_is_half_written_is_not_seen_and_leaves_nothing(tmp_path):
    path = tmp_path / "report.html"
    path.write_text("older")

    def stop_in_the_middle():
        with replacing(path) as unfinished:
            unfinished.write_text("new")
            assert (path.read_text(), mode_of(unfinished)) == ("older", 0o600)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stop_in_the_middle()
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"report.html": "older"}


def test_a_file_cannot_take_a_folders_place(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(OSError, match="directory"), replacing(tmp_path / "runs"):
        pass
    assert [one.name for one in tmp_path.iterdir()] == ["runs"]


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        with rewriting(pipe) as unfinished:
            unfinished.write_text("O'Brien")
        assert os.read(reader, 100) == b"O'Brien"
        assert stat.S_ISFIFO(pipe.stat().st_mode)
    finally:
        os.close(reader)


@pytest.fixture
def full_disk():
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def test_a_table_that_does_not_fit_leaves_the_one_before(tmp_path, full_disk):
    path = tmp_path / "users.csv"
    path.write_text("older")
    with pytest.raises(TableError, match=r"users\.csv: the file cannot be written: File too large"):
        write_csv(pd.DataFrame({"userName": ["O'Brien"] * 100}, dtype="str"), path)
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"users.csv": "older"}


def test_saved_users_that_do_not_fit_leave_no_half_a_file(tmp_path, full_disk):
    (tmp_path / "users.json").write_text('{"Resources": [{"id": "1"}], "totalResults": 1}')
    users = read_users(tmp_path / "users.json")
    with pytest.raises(OSError, match="File too large"):
        users.save(tmp_path / "before.users")
    assert not (tmp_path / "before.users").exists()


@pytest.mark.parametrize("write", [write_csv, lambda frame, path: write_excel({"users": frame}, path)], ids=["csv", "excel"])
def test_a_table_written_again_is_for_the_same_readers(write, tmp_path):
    path = tmp_path / "users"
    path.write_text("older")
    path.chmod(0o640)
    write(pd.DataFrame({"userName": ["O'Brien"]}, dtype="str"), path)
    assert (path.read_bytes() != b"older", mode_of(path)) == (True, 0o640)


def test_a_recipe_is_for_those_whom_the_user_lets_read_new_files(recipe, tmp_path, umask):
    recipe.save(tmp_path / "workday.recipe")
    assert mode_of(tmp_path / "workday.recipe") == 0o666 & ~umask


@pytest.mark.parametrize("mode", [0o600, 0o664])
def test_a_recipe_saved_again_is_for_the_same_readers(recipe, tmp_path, mode):
    path = tmp_path / "workday.recipe"
    path.touch()
    path.chmod(mode)
    recipe.save(path)
    assert (mode_of(path), open_recipe(path)) == (mode, recipe)
    assert [one.name for one in tmp_path.iterdir()] == ["workday.recipe"]


def test_a_recipe_saved_through_a_link_leaves_the_link(recipe, tmp_path):
    (tmp_path / "shared").mkdir()
    link = tmp_path / "workday.recipe"
    link.symlink_to(tmp_path / "shared" / "workday.recipe")
    recipe.save(link)
    assert link.is_symlink()
    assert open_recipe(tmp_path / "shared" / "workday.recipe") == recipe


@pytest.mark.parametrize("path", ["nowhere/workday.recipe", ".", "work\0day.recipe"])
def test_a_recipe_that_cannot_be_saved_is_told_by_its_own_name(recipe, path, tmp_path, monkeypatch):
    (tmp_path / "own").mkdir()
    monkeypatch.chdir(tmp_path / "own")
    with pytest.raises(RecipeError, match=r"cannot be saved there: (No such file|Is a directory|.*null byte)") as refusal:
        recipe.save(path)
    assert str(refusal.value).startswith(path)
    assert [one.name for one in tmp_path.rglob("*")] == ["own"]
