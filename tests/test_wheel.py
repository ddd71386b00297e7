"""The built wheel, installed where no checkout is: what an analyst gets."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted(path.relative_to(HERE).as_posix() for path in (HERE / "notebooks").glob("*.ipynb"))

# Making a virtual environment with JupyterLab takes a minute where pip has nothing cached.
pytestmark = pytest.mark.timeout(900)


def run(*command, cwd):
    """Run a command free of this checkout's environment; its answer, or a failure that shows all it said."""
    inherited = {name: text for name, text in os.environ.items() if not name.startswith(("COVERAGE", "PYTHON"))}
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=inherited | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"{done.args}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, HERE, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The Python of a virtual environment that holds the wheel with its `lab` extra and nothing else."""
    folder = tmp_path_factory.mktemp("installed") / "venv"
    run(sys.executable, "-m", "venv", folder, cwd=folder.parent)
    python = folder / "bin" / "python"
    pins = HERE / "constraints.txt"
    # Compiling all of it would take longer than compiling what the tests import.
    run(python, "-m", "pip", "install", "--no-compile", "-c", pins, f"{wheel}[lab]", cwd=folder)
    return python


@pytest.fixture
def elsewhere(tmp_path):
    """The notebooks and the sample data as an analyst copies them, with no checkout around them."""
    for name in ("notebooks", "data"):
        shutil.copytree(HERE / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    return tmp_path


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    project = tomllib.loads((HERE / "pyproject.toml").read_text())["project"]
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    metadata = f"scimrecon-{project['version']}.dist-info"
    assert {name.split("/")[0] for name in names} == {"scimrecon", metadata}
    assert names >= {
        "scimrecon/py.typed",
        "scimrecon/widgets/apply_view.js",
        "scimrecon/widgets/cleanup.css",
        "scimrecon/widgets/cleanup.js",
        "scimrecon/widgets/cleanup_table.js",
        "scimrecon/widgets/dom.js",
        "scimrecon/widgets/grid.js",
        "scimrecon/widgets/matcher.js",
        "scimrecon/widgets/panel.css",
        "scimrecon/widgets/panel.js",
        "scimrecon/widgets/preview.js",
        "scimrecon/widgets/preview_drawer.js",
        "scimrecon/widgets/preview_table.js",
        "scimrecon/widgets/preview.css",
        "scimrecon/widgets/results_view.js",
        f"{metadata}/licenses/LICENSE",
    }
    shipped = {path.relative_to(HERE).as_posix() for path in (HERE / "scimrecon").rglob("*.py")}
    assert shipped <= names


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_the_notebook_runs_from_the_wheel_alone(notebook, installed, elsewhere):
    done = run(installed, "notebooks/demo.py", notebook, cwd=elsewhere)
    cells = json.loads((elsewhere / notebook).read_text())["cells"]
    summaries = ["".join(cell["source"]) for cell in cells if "summary" in cell["metadata"].get("tags", [])]
    titles = [source.splitlines()[0].removeprefix("# ") for source in summaries]
    assert titles, f"no cell of {notebook} is tagged summary"
    assert [title for title in titles if f"\n{title}\n" not in done.stdout] == []
    assert done.stderr == ""
    assert (elsewhere / ".demo" / Path(notebook).with_suffix(".html").name).stat().st_size > 0


def test_importing_the_wheel_loads_neither_widgets_nor_extras(installed, elsewhere):
    heavy = ["ipywidgets", "anywidget", "uvicorn", "scim2_server", "matplotlib", "dask"]
    program = f"import sys, scimrecon; print(scimrecon.__file__, [m for m in {heavy} if m in sys.modules], sep='\\n')"
    imported_from, loaded = run(installed, "-c", program, cwd=elsewhere).stdout.splitlines()
    assert Path(imported_from).is_relative_to(installed.parent.parent)
    assert loaded == "[]"
