"""The users a target has now: each resource's bytes as received, beside one flat row.

The frame is for looking; comparing reads the resources themselves (`read_paths`), and a PUT is built on their bytes.
"""

from __future__ import annotations

from scimrecon.users.cells import PathValues, read_elements, read_paths, version_of
from scimrecon.users.fetching import fetch_users
from scimrecon.users.model import Completeness, Users, Verdict
from scimrecon.users.saved import read_users

__all__ = [
    "Completeness",
    "PathValues",
    "Users",
    "Verdict",
    "fetch_users",
    "read_elements",
    "read_paths",
    "read_users",
    "version_of",
]
