"""The built wheel, installed where no checkout is: what an analyst gets."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from html.parser import HTMLParser
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


def copy_notebooks(folder):
    """The notebooks and the sample data as an analyst copies them, with no checkout around them."""
    for name in ("notebooks", "data"):
        shutil.copytree(HERE / name, folder / name, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    return folder


@pytest.fixture(scope="module", params=NOTEBOOKS)
def executed(request, installed, tmp_path_factory):
    """A notebook's path, the folder it ran in, and what its run printed."""
    folder = copy_notebooks(tmp_path_factory.mktemp("elsewhere"))
    return Path(request.param), folder, run(installed, "notebooks/demo.py", request.param, cwd=folder)


class Words(HTMLParser):
    """What a page or a fragment of one shows, as words; nothing of it runs."""

    def __init__(self, html):
        super().__init__()
        self._hidden = 0
        self._parts = []
        self.feed(html)
        self.text = " ".join(" ".join(self._parts).split())

    def handle_starttag(self, tag, attrs):
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag):
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data):
        if not self._hidden:
            self._parts.append(data)


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
        "scimrecon/widgets/dom.css",
        "scimrecon/widgets/dom.js",
        "scimrecon/widgets/grid.css",
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


def test_the_notebook_runs_from_the_wheel_alone(executed):
    path, folder, done = executed
    cells = json.loads((folder / path).read_text())["cells"]
    summaries = ["".join(cell["source"]) for cell in cells if "summary" in cell["metadata"].get("tags", [])]
    titles = [source.splitlines()[0].removeprefix("# ") for source in summaries]
    assert titles, f"no cell of {path} is tagged summary"
    assert [title for title in titles if f"\n{title}\n" not in done.stdout] == []
    assert done.stderr == ""


def test_the_notebook_reopened_without_a_kernel_tells_its_story(executed):
    path, folder, _ = executed
    cells = [cell for cell in json.loads((folder / ".demo" / path.name).read_text())["cells"] if cell["cell_type"] == "code"]
    page = Words((folder / ".demo" / path.with_suffix(".html").name).read_text()).text
    assert all(cell["execution_count"] for cell in cells)
    shown = [[output["data"] for output in cell["outputs"] if "data" in output] for cell in cells]
    for bundles in shown:
        if any("application/vnd.jupyter.widget-view+json" in bundle for bundle in bundles):
            assert any("text/html" in bundle for bundle in bundles), "a widget, and nothing that outlives its kernel"
    told = [Words("".join(bundle["text/html"])).text for bundles in shown for bundle in bundles if "text/html" in bundle]
    assert len(told) >= 3
    assert [words for words in told if not words or words not in page] == []


def test_importing_the_wheel_loads_neither_widgets_nor_extras(installed, tmp_path):
    heavy = ["ipywidgets", "anywidget", "uvicorn", "scim2_server", "matplotlib", "dask"]
    program = f"import sys, scimrecon; print(scimrecon.__file__, [m for m in {heavy} if m in sys.modules], sep='\\n')"
    imported_from, loaded = run(installed, "-c", program, cwd=tmp_path).stdout.splitlines()
    assert Path(imported_from).is_relative_to(installed.parent.parent)
    assert loaded == "[]"
