"""What sending costs a client: `apply_plan` against a bare httpx loop, the same PUTs to the same trivial server process."""

import ctypes
import gc
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import orjson
import pandas as pd

import scimrecon as sr
from scimrecon.journal.reading import QUERIES
from scimrecon.results import TOLD
from scimrecon.users.model import Completeness, Verdict, make_users

HERE = Path(__file__).parent
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def person(number: int) -> dict[str, object]:
    """A user of about 700 bytes, as directories hold them."""
    return {
        "schemas": [CORE, ENTERPRISE], "externalId": f"E{number:06}", "userName": f"person{number}@example.com",
        "name": {"givenName": "Siobhán", "familyName": f"O'Brien {number}"}, "displayName": f"Siobhán O'Brien {number}",
        "title": "Analyst", "userType": "Employee", "preferredLanguage": "en-IE", "locale": "en-IE", "active": True,
        "emails": [{"value": f"person{number}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": f"+353 1 555 {number:06}", "type": "work"}],
        "addresses": [{"streetAddress": "1 Quay Street", "locality": "Galway", "country": "IE", "type": "work"}],
        ENTERPRISE: {"employeeNumber": f"{number:07}", "costCenter": "0042", "department": "Finance"},
    }  # fmt: skip


@contextmanager
def trivial_server(people: list[dict[str, object]]):
    process = subprocess.Popen([sys.executable, HERE / "trivial_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    for number, user in enumerate(people):
        process.stdin.write(b"u%d " % number + orjson.dumps({**user, "id": f"u{number}"}) + b"\n")
    process.stdin.write(b"\n")
    process.stdin.flush()
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.stdin.close()
        process.wait()


def plan_of(people: list[dict[str, object]], target: sr.Target) -> sr.Plan:
    """Everyone gets a title and a department."""
    listed = [
        (f"u{number}", orjson.dumps({**user, "id": f"u{number}", "meta": {"version": 'W/"1"'}}))
        for number, user in enumerate(people)
    ]
    whole = Completeness(verdict=Verdict.PROVEN, reason="made here")
    users = make_users(listed, whole, dialect=target.dialect, fingerprint=target.fingerprint)
    desired = pd.DataFrame({"userName": [user["userName"] for user in people]}, dtype="str").assign(
        title="Lead", department="R&D"
    )
    diff = sr.compare(desired, users, on="userName")
    return sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": len(people)})


def bare_loop(url: str, bodies: dict[str, bytes]) -> float:
    """CPU seconds of a PUT a user, status looked at."""
    headers = {"Content-Type": "application/scim+json", "Authorization": "Bearer plum"}
    with httpx.Client(headers=headers) as client:
        begun = time.process_time()
        for user_id, body in bodies.items():
            assert client.put(f"{url}/Users/{user_id}", content=body).status_code == 200
        return time.process_time() - begun


def apply(plan: sr.Plan, target: sr.Target, run: Path) -> tuple[float, int]:
    """CPU seconds of `apply_plan`, its run file and results included; and bytes of memory that sending took beyond the plan."""
    held: list[int] = []
    looking = 0.0

    def look(progress: sr.Progress) -> None:
        nonlocal looking
        if not held or progress.done == progress.total:
            start = time.process_time()
            held.append(resident_bytes())
            looking += time.process_time() - start

    begun = time.process_time()
    results = sr.apply_plan(plan, target, dry_run=False, run=run, progress=look, concurrency=1)
    spent = time.process_time() - begun - looking
    assert set(results.frame["outcome"]) == {"applied"}
    assert len(results.steps) < 1.2 * len(plan.requests) + 100, "versions were not proven"
    return spent, held[-1] - held[0]


def resident_bytes() -> int:
    """Memory of this process now, without what Python or the C library keep for later use."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def reopen(run: Path) -> float:
    """CPU seconds of `open_run`."""
    begun = time.process_time()
    sr.open_run(run)
    return time.process_time() - begun


def fetch_rows(run: Path) -> float:
    """CPU seconds of SQLite fetching the same rows."""
    begun = time.process_time()
    with closing(sqlite3.connect(run)) as connection:
        for name in TOLD:
            connection.execute(QUERIES[name]).fetchall()
    return time.process_time() - begun


def main(users: int, rounds: int = 5) -> None:
    """Run the rivals in turn and print the tables."""
    people = [person(number) for number in range(users)]
    spent: dict[str, list[float]] = {"apply_plan": [], "bare httpx loop": [], "open_run": [], "sqlite3 fetchall": []}
    grown: list[int] = []
    for _ in range(rounds):
        with trivial_server([*people, *people]) as url, tempfile.TemporaryDirectory() as folder:
            target = sr.connect(url, token="plum")
            plan = plan_of(people, target)
            run = Path(folder, "bench.run")
            # Other users than the plan's, before and after it: the machine may be slower by then.
            bodies = {f"u{users + number}": orjson.dumps(user) for number, user in enumerate(people)}
            spent["bare httpx loop"].append(bare_loop(url, bodies))
            seconds, bytes_ = apply(plan, target, run)
            spent["bare httpx loop"].append(bare_loop(url, bodies))
            grown.append(bytes_)
            spent["apply_plan"].append(seconds)
            spent["open_run"].append(reopen(run))
            spent["sqlite3 fetchall"].append(fetch_rows(run))
    print(f"{users:,} users sent and their run opened again; CPU ms a user, medians of {rounds}")
    medians = {name: statistics.median(seconds) / users * 1000 for name, seconds in spent.items()}
    for ours, theirs in (("apply_plan", "bare httpx loop"), ("open_run", "sqlite3 fetchall")):
        print(
            f"{ours:16} {medians[ours]:7.3f}   {theirs:16} {medians[theirs]:7.3f}   ratio {medians[ours] / medians[theirs]:5.2f}"
        )
    print(f"memory that sending took beyond the plan: {statistics.median(grown) / 2**20:.1f} MiB")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000, int(sys.argv[2]) if len(sys.argv) > 2 else 5)
