"""A notebook that runs where nobody watches: the README's own cells, run by Jupyter's own program, judged by the exit code."""

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from fake_scim import FakeScim, analyst, scim_error

import scimrecon

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
CELLS = re.findall(r"```py\n(.*?)```", README.partition("## On a schedule\n")[2].partition("\n## ")[0], re.DOTALL)
STAFF = ["alvarez", "brand", "costa"]


@pytest.fixture
def server():
    with FakeScim([analyst(name) for name in STAFF]) as server:
        yield server


@pytest.fixture
def run_scheduled(server, tmp_path):
    """Run the README's notebook on an export with this title for everyone."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    notebook.cells[0].metadata["tags"] = ["parameters"]
    nbformat.write(notebook, tmp_path / "reconcile.ipynb")
    inherited = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    environment = inherited | {
        "EXPORT_FILE": "staff.csv", "SCIM_URL": server.url, "SCIM_TOKEN": server.credentials["token"],
        "JUPYTER_CONFIG_DIR": str(tmp_path / "config"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime"),
        "PYTHONPATH": str(Path(scimrecon.__file__).parents[1]),
    }  # fmt: skip

    def run_scheduled(title, staff=STAFF):
        lines = ["Login,Job_Title", *(f"{name}@example.com,{title}" for name in staff)]
        (tmp_path / "staff.csv").write_text("\n".join(lines) + "\n")
        command = [sys.executable, "-m", "jupyter", "execute", "--output=done.ipynb", "--kernel_name=python3", "reconcile.ipynb"]
        return subprocess.run(
            command, cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120
        )

    return run_scheduled


def test_it_ends_with_0_when_all_was_done_and_again_when_nothing_is_left_to_do(run_scheduled, server, tmp_path):
    first = run_scheduled("Lead")
    assert first.returncode == 0, first.stderr
    assert {user["title"] for user in server.users.values()} == {"Lead"}
    assert (tmp_path / "done.ipynb").is_file()
    asked = len(server.asked("PUT"))
    again = run_scheduled("Lead")
    assert again.returncode == 0, again.stderr
    assert len(server.asked("PUT")) == asked


def test_it_ends_with_another_code_and_says_for_whom_when_the_service_refused(run_scheduled, server, tmp_path):
    server.faults["brand"] = scim_error(400, "The title is on leave")
    done = run_scheduled("Lead")
    assert done.returncode == 1
    last = re.sub(r"\x1b\[\d*m", "", done.stderr.strip().splitlines()[-1])  # coloured
    assert last.startswith("NotConverged: 1 of 3 users did not end with what was asked: 1 rejected. brand@example.com")
    assert "The title is on leave" in (tmp_path / "annotated.csv").read_text()
    assert server.users["costa"]["title"] == "Lead"
    assert server.credentials["token"] not in done.stdout + done.stderr
