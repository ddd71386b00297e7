"""SCIMMY, a SCIM server by others, on Express 4 and on Express 5: installed once, started anew for each test.

Each Express has a package of its own: side by side, SCIMMY's routers would take the same one in both.
"""

import hashlib
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import threading
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import pytest

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build" / "foreign"
INSTALL_S = 240
START_S = 30
STOP_S = 10

# Loopback never goes through a proxy.
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True, kw_only=True)
class Scimmy:
    """A running server, spoken to here by plain HTTP and none of our code."""

    url: str
    token: str
    pages: bool
    """Whether its list can be paged: SCIMMY makes numbers of ``startIndex`` and ``count`` where Express 5 keeps no change."""

    def create(self, user):
        """Create a user, and return it as the server then holds it."""
        return self._ask("POST", "/Users", user)

    def read(self, user_id):
        return self._ask("GET", f"/Users/{user_id}")

    def list_ids(self, *, start):
        """The ids on the page that is asked for."""
        return [user["id"] for user in self._ask("GET", f"/Users?startIndex={start}&count=100")["Resources"]]

    def _ask(self, method, path, body=None):
        content = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/scim+json"}
        request = urllib.request.Request(self.url + path, data=content, headers=headers, method=method)  # noqa: S310 - loopback
        with _direct.open(request, timeout=START_S) as answer:
            return json.load(answer)


@pytest.fixture(scope="session", params=["express4", "express5"])
def installed(request):
    """A folder with the server's code and all it imports, made once for each state of the files it is made of."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        _unavailable("node or npm is not installed: apt-get install nodejs npm")
    sources = [HERE / request.param / "package.json", HERE / "scimmy_server.mjs"]
    state = hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:16]
    folder = BUILD / f"{request.param}-{state}"
    if not folder.is_dir():
        _install(npm, sources, folder)
    return folder


@pytest.fixture
def scimmy(installed):
    token = secrets.token_urlsafe(32)
    process, port = _start(installed, token)
    try:
        yield Scimmy(url=f"http://127.0.0.1:{port}/scim/v2", token=token, pages=installed.name.startswith("express4"))
    finally:
        _stop(process)


def _unavailable(reason):
    """Fail in CI, which must have what the tests need; skip elsewhere."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


def _install(npm, sources, folder):
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="making-") as making:
        whole = Path(making) / "whole"
        whole.mkdir()
        for source in sources:
            shutil.copy(source, whole)
        command = [npm, "install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"]
        try:
            done = subprocess.run(command, cwd=whole, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=INSTALL_S)
        except subprocess.TimeoutExpired:
            _unavailable(f"npm install did not end within {INSTALL_S} s")
        if done.returncode:
            _unavailable(f"npm install failed:\n{done.stderr[-2000:]}")
        try:
            whole.rename(folder)
        except OSError:
            # Tests that run beside these may have made the same; nothing else excuses it.
            if not folder.is_dir():
                raise


def _start(folder, token):
    """Start the server in a session of its own, and wait for the line that says its port."""
    node = shutil.which("node")
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            [node, "scimmy_server.mjs"],
            cwd=folder,
            env=os.environ | {"SCIM_TOKEN": token},
            stdin=subprocess.PIPE,  # its lease: when pytest is killed, it ends too
            stdout=subprocess.PIPE,
            stderr=words,
            start_new_session=True,
        )
        timer = threading.Timer(START_S, process.kill)  # readline takes no timeout
        timer.start()
        line = process.stdout.readline()
        timer.cancel()
        if not line:
            _stop(process)
            words.seek(0)
            pytest.fail(f"SCIMMY did not start:\n{words.read().decode(errors='replace')[-2000:]}")
    return process, json.loads(line)["port"]


def _stop(process):
    process.kill()  # there is nothing to save
    process.wait(STOP_S)
    process.stdin.close()
    process.stdout.close()
