"""The README says what is so: its code runs, and it names what there is."""

import re
import shutil
from pathlib import Path

import scimrecon as sr
from scimrecon import schemas

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_readmes_code_runs_from_top_to_bottom(tmp_path, monkeypatch):
    shutil.copytree(ROOT / "data", tmp_path / "data")
    monkeypatch.chdir(tmp_path)
    names = {}
    try:
        for block in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
            exec(block, names)  # noqa: S102 - the README's own code
    finally:
        names["server"].stop()
    assert set(names["results"].frame["outcome"]) == {"applied"}
    assert sr.read_export("annotated.csv").records == names["export"].records


def test_the_readme_names_every_function_of_the_flow():
    functions = [name for name in sr.__all__ if name[0].islower() and callable(getattr(sr, name))]
    assert [name for name in functions if name not in README and name != "read_users"] == []


def test_the_readme_explains_every_status_and_outcome():
    statuses = schemas.UserStatuses.to_schema().columns["status"].checks[0].statistics["allowed_values"]
    outcomes = schemas.Outcomes.to_schema().columns["outcome"].checks[0].statistics["allowed_values"]
    assert [word for word in [*statuses, *outcomes] if f"`{word}`" not in README] == []


def test_the_tour_names_every_notebook_in_order():
    tour = README.partition("## A tour")[2].partition("\n## ")[0]
    named = re.findall(r"\]\(notebooks/(\w+)\.ipynb\)", tour)
    assert named == sorted(named)
    assert [path.stem for path in sorted((ROOT / "notebooks").glob("*.ipynb")) if path.stem not in named] == []
    minutes = [int(cell) for cell in re.findall(r"\| (\d+) \|$", tour, re.MULTILINE)]
    assert len(minutes) == len(named)
    assert max(minutes) < 10


def test_the_commands_for_powershell_are_those_of_make():
    recipes = re.sub(r"\$\(if .*?,(\S+) (\S+),(\S+)\)", r"\3", (ROOT / "Makefile").read_text(encoding="utf-8"))
    recipes = recipes.replace("$(PIP) install --no-compile", "$(BIN)/python -m pip install")
    shown = dict(re.findall(r"^\| `make (\w+)` \| .*?`(\.venv\\Scripts\\[^`]*)` \|$", README, re.MULTILINE))
    assert list(shown) == ["install", "demo", "lab", "test"]
    for command in shown.values():
        assert command.replace(".venv\\Scripts\\", "$(BIN)/").replace("\\", "/") in recipes
