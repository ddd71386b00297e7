"""What every test shares: hypothesis without deadlines, the versions in the header, and CI's rule that no test may be skipped."""

import atexit
import os
import shutil
import signal
import tempfile
from importlib.metadata import version

import pytest
from hypothesis import settings

# A whole comparison is one example here: its time says more of the machine than of the code.
settings.register_profile("scimrecon", deadline=None, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("scimrecon"), max_examples=1000)
settings.load_profile("scimrecon")
# Files that take minutes for a few tests: begun last, they would leave the other process idle.
LONG = ("test_wheel.py", "test_flow.py", "test_preview_in_jupyterlab.py")
# Runs lock their target in a folder of the user's; the tests have one of their own.
os.environ["XDG_STATE_HOME"] = tempfile.mkdtemp(prefix="scimrecon-tests-")
atexit.register(shutil.rmtree, os.environ["XDG_STATE_HOME"], ignore_errors=True)
# What a shell starts in the background ignores SIGINT, and some tests press the stop button.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """An empty working directory: where run files go."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def pytest_report_header() -> str:
    return ", ".join(f"{name} {version(name)}" for name in ("pandas", "pyarrow", "pandera", "httpx", "anywidget"))


def _skipped_without_leave(config: pytest.Config) -> list[str]:
    """Tests skipped in CI for any reason but that the shared files, which are no part of a clone, are missing."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CI") != "true" or reporter is None:
        return []
    reasons = {report.nodeid: report.longrepr[2] for report in reporter.stats.get("skipped", [])}
    return [f"{test}: {reason}" for test, reason in reasons.items() if "../shared" not in reason]


def pytest_sessionfinish(session: pytest.Session) -> None:
    if session.exitstatus == pytest.ExitCode.OK and _skipped_without_leave(session.config):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter, config: pytest.Config) -> None:
    if skipped := _skipped_without_leave(config):
        terminalreporter.section("skipped tests fail CI", red=True)
        terminalreporter.write_line("\n".join(skipped))


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.path.name not in LONG)
