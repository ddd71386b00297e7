"""Run a notebook from top to bottom and print what came of it.

    python notebooks/demo.py notebooks/01_reconcile.ipynb
    python notebooks/demo.py notebooks/04_providers.ipynb vendors=huawei

What follows the notebook, `name=value,value`, takes the place of that list in its cell tagged `parameters`.

The notebook runs in `.demo/`, beside `notebooks/`, on the Python that runs this script. `.demo/` is emptied first;
afterwards it holds the executed notebook, its HTML, and the run files that the notebook wrote. What is printed here
is the text output of the cells tagged `summary`, each under its first comment line.
"""

import shutil
import sys
import time
import warnings
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, CellExecutionError, DeadKernelError
from nbconvert import HTMLExporter
from nbformat import NotebookNode
from traitlets import default

CELL_DEADLINE_S = 600

# The page must open without a network: no script is fetched for mathematics, diagrams or widgets.
PAGE_TEMPLATE = """
{% extends "lab/index.html.j2" %}
{% block html_head_js %}{% endblock %}
{% block html_head_js_mathjax %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}
{% block jupyter_widgets %}{% endblock %}
"""


class ThisPythonsKernel(AsyncKernelManager):
    """A kernel on the Python that runs this script, whatever kernels the user has installed.

    What it says travels encrypted, since users of a shared machine can listen on its loopback.
    """

    @default("kernel_spec_manager")
    def _without_installed_kernels(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])

    @default("transport_encryption")
    def _encrypted(self) -> str:
        return "auto"


def read_notebook(path: Path) -> NotebookNode:
    """Read a notebook; cells that lack an id are given one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", nbformat.warnings.MissingIDFieldWarning)
        return nbformat.read(path, as_version=4)


def run(notebook: NotebookNode, folder: Path) -> str:
    """Execute every cell in `folder`, outputs going into the notebook; return what went wrong, or nothing."""
    client = NotebookClient(
        notebook,
        kernel_name="python3",
        kernel_manager_class=ThisPythonsKernel,
        resources={"metadata": {"path": str(folder)}},
        timeout=CELL_DEADLINE_S,
        store_widget_state=False,
    )
    try:
        client.execute()
    except CellExecutionError as error:
        return f"{failing_cell(notebook)}\n{error.ename}: {error.evalue}"
    except (CellControlSignal, DeadKernelError) as error:
        return str(error)
    return ""


def with_parameters(notebook: NotebookNode, given: dict[str, list[str]]) -> NotebookNode:
    """Replace the cell tagged `parameters` by what was given."""
    for cell in notebook.cells:
        if given and "parameters" in cell.metadata.get("tags", []):
            cell.source = "\n".join(f"{name} = {values!r}" for name, values in given.items())
    return notebook


def failing_cell(notebook: NotebookNode) -> str:
    """Number and source of the last cell that raised."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    failed = [cell for cell in cells if any(output.output_type == "error" for output in cell.outputs)]
    source = "\n".join(f"    {line}" for line in failed[-1].source.splitlines())
    return f"Cell [{failed[-1].execution_count}] failed:\n\n{source}\n"


def text_of(output: NotebookNode) -> str:
    """Text of one output: what was printed, or the plain form of what was shown."""
    if output.output_type == "stream":
        return output.text if output.name == "stdout" else ""
    return output.get("data", {}).get("text/plain", "")


def print_summary(notebook: NotebookNode) -> None:
    """Print the text outputs of the cells tagged `summary`, each under its title."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and "summary" in cell.metadata.get("tags", []):
            title = next((line.lstrip("# ") for line in cell.source.splitlines() if line.startswith("# ")), "Summary")
            text = "\n".join(text_of(output).strip("\n") for output in cell.outputs)
            print(f"\n{title}\n{'-' * len(title)}\n{text}")


def write_html(notebook: NotebookNode, path: Path) -> None:
    """Write the executed notebook as one page that opens in any browser."""
    exporter = HTMLExporter(raw_template=PAGE_TEMPLATE)
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": path.stem}})
    path.write_text(page, encoding="utf-8")


def shown(path: Path) -> Path:
    """Give the path as seen from where the user stands, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main(source: Path, given: dict[str, list[str]]) -> int:
    """Run one notebook; 0 if every cell ran."""
    folder = source.parent.parent / ".demo"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    started = time.monotonic()
    print(f"Running {shown(source)}", flush=True)
    notebook = with_parameters(read_notebook(source), given)
    failure = run(notebook, folder)
    nbformat.write(notebook, folder / source.name)
    if failure:
        print(f"\n{failure}\n\nThe notebook as far as it ran: {shown(folder / source.name)}")
        return 1
    print_summary(notebook)
    page = folder / f"{source.stem}.html"
    write_html(notebook, page)
    runs = sorted(folder.glob("*.run"), key=lambda path: path.stat().st_mtime, reverse=True)
    print(f"\nAll cells ran, in {time.monotonic() - started:.0f} s.")
    print(f"The notebook with its outputs: {shown(page)}")
    for name in runs:
        print(f"Run file: {shown(name)}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or not Path(sys.argv[1]).is_file() or not all("=" in text for text in sys.argv[2:]):
        sys.exit("Say which notebook: python notebooks/demo.py notebooks/01_reconcile.ipynb")
    parts = (text.partition("=") for text in sys.argv[2:])
    sys.exit(main(Path(sys.argv[1]).resolve(), {name: values.split(",") for name, _, values in parts}))
