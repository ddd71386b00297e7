"""A second client that edits users while a plan is applied to them, and what became of its edits.

    python tests/second_client.py [USERS] [EDITS]

prints how many edits were lost with versions and without, and how long the window between our GET and our PUT was.
"""

import math
import random
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
from fake_scim import FakeScim, analyst

import scimrecon as sr
from scimrecon.dialects import RFC7644

WORST_SHARE = 0.3
"""Of the PUTs that arrive, those whose user the second client edits at that very moment."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """What became of the edits."""

    edits: int
    lost: int
    """Edits that a PUT of ours overwrote."""
    seen: int
    """Those of them that were made before our last GET of the user."""
    outcomes: dict[str, int]
    window_s: "pd.Series[float]"
    """Seconds between our last GET of a user and the PUT that followed, as the server saw them."""


class SecondClient:
    """Edits nickNames on a server: all the time, and of some users just as our PUT for them arrives."""

    def __init__(self, server: FakeScim, edits: int, seed: int) -> None:
        self.server = server
        self.made = self.lost = self.seen = 0
        self._made_at: dict[object, float] = {}
        self._left = edits
        self._random = random.Random(seed)  # noqa: S311 - shall repeat
        self._lock = threading.Lock()
        self._ids = list(server.users)
        self._thread = threading.Thread(target=self._go_on)

    def begin(self) -> None:
        self.server.replaced = self._look
        self.server.before_put = lambda user_id: self._edit(user_id) if self._random.random() < WORST_SHARE else None
        self._thread.start()

    def end(self) -> None:
        self._thread.join()
        self.server.before_put = lambda user_id: None

    def _look(self, before: dict[str, object], after: dict[str, object]) -> None:
        name = before.get("nickName")
        if name != after.get("nickName"):
            self.lost += 1
            self.seen += self._made_at.get(name, math.inf) < self.server.asked("GET", str(before["id"]))[-1].at

    def _go_on(self) -> None:
        while self._left > 0:
            self._edit(self._random.choice(self._ids))
            time.sleep(0.0005)

    def _edit(self, user_id: str) -> None:
        with self._lock:
            self._left -= 1
            self.made += 1
            name = f"edit {self.made}"
            self.server.edit(user_id, nickName=name)
            self._made_at[name] = time.monotonic()


def measure(*, versions: bool, users: int, edits: int, seed: int = 1) -> Report:
    """Apply a plan while the second client makes its edits, resuming until nobody is left."""
    with FakeScim([analyst(f"user{number:05}") for number in range(users)], versions=versions) as server:
        target = sr.connect(server, dialect=replace(RFC7644, backoff_s=0.01, attempts=50))
        current = sr.fetch_users(target)
        desired = pd.DataFrame({"userName": current.frame["userName"], "title": "Lead"}, dtype="str")
        diff = sr.compare(desired, current, on="userName")
        plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": users})
        second = SecondClient(server, edits, seed)
        second.begin()
        with tempfile.TemporaryDirectory() as folder:
            results = sr.apply_plan(plan, target, dry_run=False, run=Path(folder, "edited.run"), progress=False, canary=versions)
        second.end()
        assert all(user["title"] == "Lead" for user in server.users.values())
        return Report(
            edits=second.made, lost=second.lost, seen=second.seen, outcomes=results.frame["outcome"].value_counts().to_dict(),
            window_s=windows(server),
        )  # fmt: skip


def windows(server: FakeScim) -> "pd.Series[float]":
    read: dict[str, float] = {}
    found = []
    for one in server.log:
        if one.method == "GET":
            read[one.user_id] = one.at
        elif one.method == "PUT" and one.user_id in read:
            found.append(one.at - read.pop(one.user_id))
    return pd.Series(found, dtype="float64")


if __name__ == "__main__":
    many = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
    for versions in (True, False):
        report = measure(versions=versions, users=many, edits=wanted)
        window = report.window_s.quantile([0.5, 0.99]).mul(1000).round(1).tolist()
        print(f"versions {versions}: {report.edits:,} edits, {report.lost} lost, {report.outcomes}, window ms {window}")
