"""A real JupyterLab on loopback, and a real browser before it."""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

import scimrecon

CHROMIUM_FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTINGS = {
    "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
    "notebook-extension/tracker": {"windowingMode": "none"},  # every cell is in the page, in view or not
}
SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
START_S = 120
CELL_S = 120
PATIENCE_MS = 60_000
"""For all that is looked for or expected in a page."""
AXE_VERSION = "4.14.1"
INSTALL_S = 240


@dataclass(frozen=True, kw_only=True)
class Lab:
    """A running JupyterLab: where it is, where its notebooks are."""

    url: str
    token: str
    folder: Path
    settings: Path
    pid: int = 0

    def write(self, name: str, cells: list[str]) -> None:
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)

    def set(self, plugin: str, **values: object) -> None:
        """Set what the next page to open will use."""
        _write_settings(self.settings, plugin, values)


def new_page(browser: Browser, **options: object) -> Page:
    """A page that waits as long as any."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 1000}, **options})
    page.set_default_timeout(PATIENCE_MS)
    return page


class Notebook:
    """A notebook open in the browser, driven by its keys: in JupyterLab, or (``lab/tree`` being ``notebooks``) in Notebook 7."""

    def __init__(self, page: Page, lab: Lab, name: str, under: str = "lab/tree") -> None:
        self.page = page
        page.goto(f"{lab.url}/{under}/{name}?reset&token={lab.token}")
        self._settle()

    def _settle(self) -> None:
        self.page.locator(".jp-NotebookPanel .jp-CodeCell").first.wait_for(timeout=START_S * 1000)
        self.page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").first.wait_for(timeout=START_S * 1000)

    def reload(self) -> None:
        """Load the page again; the kernel goes on."""
        self.page.reload()
        self._settle()

    def restart_kernel(self) -> None:
        """Restart the kernel from the menu, and keep the outputs."""
        self.page.get_by_role("menuitem", name="Kernel", exact=True).click()
        self.page.get_by_role("menuitem", name=re.compile("^Restart Kernel…")).click()
        self.page.get_by_role("dialog").get_by_role("button", name="Confirm Kernel Restart").click()
        expect(self.page.get_by_role("dialog")).to_have_count(0)
        self._settle()

    def cell(self, at: int):
        return self.page.locator(".jp-NotebookPanel .jp-CodeCell").nth(at)

    def run(self, at: int) -> str:
        """Run a cell and give the text it prints."""
        self.start(at)
        return self.finish(at)

    def start(self, at: int) -> None:
        prompt = self.cell(at).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        ends = time.monotonic() + CELL_S
        self.cell(at).locator(".cm-content").click()
        # JupyterLab drops the keys for about a second after it says "idle": press until the prompt changes.
        while prompt.inner_text() == before:
            assert time.monotonic() < ends, f"cell {at} does not start"
            self.page.keyboard.press("Control+Enter")
            self.page.wait_for_timeout(1_000)

    def finish(self, at: int) -> str:
        cell = self.cell(at)
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]"), timeout=CELL_S * 1000)
        mime = "[data-mime-type='application/vnd.jupyter.{}']"
        wrong = cell.locator(f"{mime.format('error')}, {mime.format('stderr')}").all_inner_texts()
        assert not wrong, wrong
        return "\n".join(cell.locator(mime.format("stdout")).all_inner_texts()).strip()

    def save(self) -> None:
        self.page.get_by_role("menuitem", name="File").click()
        self.page.get_by_role("menuitem", name="Save Notebook", exact=False).first.click()
        expect(self.page.locator(".jp-mod-current.jp-mod-dirty")).to_have_count(0)

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / name)


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    if find_spec("jupyterlab") is None:
        pytest.skip("JupyterLab is not installed: pip install 'scimrecon[lab,test]'")
    home = tmp_path_factory.mktemp("jupyter")
    folder = tmp_path_factory.mktemp("notebooks")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex(16)
    running = Lab(url=f"http://127.0.0.1:{port}", token=token, folder=folder, settings=home / "settings")
    for name, values in SETTINGS.items():
        _write_settings(running.settings, name, values)
    places = {"CONFIG_DIR": "config", "DATA_DIR": "data", "RUNTIME_DIR": "runtime"}
    # What runs in these kernels is measured elsewhere; measuring it here as well would double their time.
    bare = {name: text for name, text in os.environ.items() if not name.startswith("COVERAGE")}
    environment = bare | {f"JUPYTER_{name}": str(home / place) for name, place in places.items()}
    environment |= {"JUPYTERLAB_SETTINGS_DIR": str(running.settings), "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces")}
    command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ServerApp.ip=127.0.0.1"]
    command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0", f"--ServerApp.root_dir={folder}"]
    environment["PYTHONPATH"] = str(Path(scimrecon.__file__).parents[1])  # the notebooks import what the tests import
    environment["JUPYTER_TOKEN"] = token  # not on the command line, where every process could read it
    with (home / "jupyterlab.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
    try:
        _wait_for(running, process, home / "jupyterlab.log")
        yield replace(running, pid=process.pid)
    finally:
        _stop(process)


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("Chromium is not installed: apt-get install chromium fonts-dejavu-core")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_FLAGS, timeout=START_S * 1000)
        expect.set_options(timeout=PATIENCE_MS)
        yield started
        started.close()


@pytest.fixture
def page(browser: Browser):
    opened = new_page(browser)
    yield opened
    opened.close()


@pytest.fixture
def open_notebook(page: Page, lab: Lab):
    def open_notebook(name: str, cells: list[str], under: str = "lab/tree") -> Notebook:
        lab.write(name, cells)
        return Notebook(page, lab, name, under)

    return open_notebook


@pytest.fixture(scope="session")
def axe():
    """Ask axe-core, installed once from npm, what is seriously wrong with a page."""
    folder = Path(__file__).parents[2] / "build" / f"axe-core-{AXE_VERSION}"
    script = folder / "node_modules" / "axe-core" / "axe.min.js"
    if not script.is_file():
        _install_axe(folder)

    def find_violations(page: Page) -> list[str]:
        if not page.evaluate("'axe' in window"):
            page.add_script_tag(path=script)
        found = page.evaluate("axe.run('main', { resultTypes: ['violations'] })")["violations"]
        return [
            f"{one['id']}: {one['help']}: {node['html'][:200]}: {node['failureSummary']}"
            for one in found
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"][:3]
        ]

    return find_violations


def _install_axe(folder: Path) -> None:
    unavailable = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
    npm = shutil.which("npm")
    if npm is None:
        unavailable("npm is not installed: apt-get install nodejs npm")
    folder.mkdir(parents=True, exist_ok=True)
    command = [npm, "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund", f"axe-core@{AXE_VERSION}"]
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_S)
    if done.returncode:
        unavailable(f"npm install failed:\n{done.stderr[-2000:]}")


def _write_settings(folder: Path, name: str, values: dict) -> None:
    path = folder / "@jupyterlab" / f"{name}.jupyterlab-settings"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values))


def _wait_for(lab: Lab, process: subprocess.Popen, log: Path) -> None:
    ends = time.monotonic() + START_S
    ask = urllib.request.Request(f"{lab.url}/api/status", headers={"Authorization": f"token {lab.token}"})  # noqa: S310 loopback
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < ends and process.poll() is None:
        try:
            with direct.open(ask, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    pytest.fail(f"JupyterLab did not start:\n{log.read_text()[-2000:]}")


def _stop(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()  # on this JupyterLab ends its kernels, which are sessions of their own
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
