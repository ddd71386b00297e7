"""What every test shares: hypothesis without deadlines, the versions in the header, CI's rule that no test may be skipped, and
which tests are tried again.
"""

import atexit
import os
import shutil
import signal
import tempfile
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import is_hypothesis_test, settings

# A whole comparison is one example here: its time says more of the machine than of the code.
settings.register_profile("scimrecon", deadline=None, print_blob=True)
settings.register_profile("thorough", parent=settings.get_profile("scimrecon"), max_examples=1000)
settings.load_profile("scimrecon")
# Files that take minutes for a few tests: begun last, they would leave the other process idle.
LONG = ("test_wheel.py", "test_flow.py", "test_preview_in_jupyterlab.py")
# Tried up to twice more when they fail, and listed at the end: where the machine stands still for a moment, a deadline may pass,
# a browser or a process come late, and a thread take its turn out of order. All other tests speak of the code alone.
TRIED_AGAIN_FOLDERS = ("browser", "chaos")
TRIED_AGAIN_FILES = (
    "test_apply.py",
    "test_apply_view.py",
    "test_cleanup.py",
    "test_client.py",
    "test_connect.py",
    "test_emergency.py",
    "test_errors_of_targets.py",
    "test_huawei_sdk.py",
    "test_lookup.py",
    "test_practice_descope.py",
    "test_practice_servers.py",
    "test_practice_twilio.py",
    "test_preview_keeping.py",
    "test_results_view.py",
    "test_resume.py",
    "test_reversal.py",
    "test_sandbox.py",
    "test_scheduled.py",
    "test_scimmy.py",
    "test_second_client.py",
    "test_secrets.py",
    "test_sending.py",
    "test_twilio_sdk.py",
)
TRIED_ONCE = ("test_judge.py",)
"""In those folders, and a truth table."""
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


def _is_tried_again(item: pytest.Item) -> bool:
    """Whether a test hangs on more than the code; a law that hypothesis found broken is broken."""
    if item.path.name in TRIED_ONCE or is_hypothesis_test(getattr(item, "obj", None)):
        return False
    return item.path.name in TRIED_AGAIN_FILES or item.path.relative_to(Path(__file__).parent).parts[0] in TRIED_AGAIN_FOLDERS


def pytest_collection_modifyitems(config, items):
    items.sort(key=lambda item: item.path.name not in LONG)
    for item in items:
        if _is_tried_again(item) and not config.option.usepdb:
            # One that hung is not: its clock, which has run out, would not watch it again.
            item.add_marker(pytest.mark.flaky(reruns=2, rerun_except="from pytest-timeout"))
