"""How long an analyst waits in JupyterLab for the rows of a million changes: a preview's, beside the DataFrame's own."""

import statistics
from pathlib import Path

import pytest

CHANGES = 1_000_000
ROUNDS = 3
MAKE = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
import previewing
import scimrecon as sr
diff = previewing.make_diff({CHANGES})
sr.Preview
"""
TABLE, PREVIEW = "table.dataframe td", ".scimrecon-preview .row:not(.header) .user"
WATCH = """([at, selector]) => {
  window.shown = new Promise((done) => {
    let pressed;
    document.addEventListener("keydown", (event) => { if (event.key === "Enter") pressed = performance.now(); }, true);
    const look = () => {
      const cell = document.querySelectorAll(".jp-NotebookPanel .jp-CodeCell")[at];
      if (pressed && cell.querySelector(selector)?.textContent.trim()) done(performance.now() - pressed);
      else requestAnimationFrame(look);
    };
    look();
  });
}"""


@pytest.mark.timeout(600)
def test_rows_of_a_million_changes_are_shown(open_notebook):
    cells = [MAKE, *["diff.changes", "sr.Preview(diff, keep=False)"] * ROUNDS]
    notebook = open_notebook("shown.ipynb", cells)
    notebook.run(0)
    waited = {TABLE: [], PREVIEW: []}
    for at in range(1, len(cells)):
        selector = (TABLE, PREVIEW)[(at - 1) % 2]
        notebook.page.wait_for_timeout(3_000)
        notebook.page.evaluate(WATCH, [at, selector])
        notebook.start(at)
        waited[selector].append(notebook.page.evaluate("window.shown"))
        notebook.finish(at)
    frame, preview = (statistics.median(times) for times in waited.values())
    print(f"\nrows of {CHANGES:,} changes in JupyterLab, medians of {ROUNDS}:")
    print(f"DataFrame {frame:.0f} ms   Preview {preview:.0f} ms   ratio {preview / frame:.2f}")
    print({selector: [round(time) for time in times] for selector, times in waited.items()})
