"""A file that is replaced is whole or as it was, and others may do with it what its owner meant."""

import os
import stat

import pytest

from scimrecon.errors import RecipeError
from scimrecon.files import replacing
from scimrecon.recipes import ChangeCase, Recipe, open_recipe


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
