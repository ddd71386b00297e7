"""Install another reader of LDIF into a folder of its own, and run it there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

RIVALS = {"ldif": "ldif==4.3.0", "python-ldap": "python-ldap==3.4.8"}
"""python-ldap is compiled on the spot: on Debian, apt-get install libldap-dev libsasl2-dev."""
READING = Path(__file__).with_name("reading.py")


def install(rival: str, folder: Path) -> Path:
    """Install it unless it is there."""
    return install_release(RIVALS[rival], folder)


def install_release(release: str, folder: Path) -> Path:
    """Install one release of a package, and what it needs, unless it is there; its folder is named for it."""
    target = folder / release
    if not target.exists():
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", str(target)]
        subprocess.run([*command, release], check=True, capture_output=True, text=True)
    return target


def run(rival: str, target: Path, *arguments: str) -> Any:
    """Run `reading.py` with the rival, and take the JSON it prints."""
    environment = {**os.environ, "PYTHONPATH": str(target)}
    command = [sys.executable, "-W", "ignore", str(READING), rival, *arguments]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return json.loads(done.stdout)
