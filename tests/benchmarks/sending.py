"""What sending costs a client: `apply_plan` against a bare httpx loop, the same PUTs to the same trivial server process."""

import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import httpx
import orjson
import pandas as pd

import scimrecon as sr
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
    process = subprocess.Popen(
        [sys.executable, HERE / "trivial_server.py"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
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
        (f"u{number}", orjson.dumps({**user, "id": f"u{number}", "meta": {"version": 'W/"1"'}})) for number, user in enumerate(people)
    ]
    whole = Completeness(verdict=Verdict.PROVEN, reason="made here")
    users = make_users(listed, whole, dialect=target.dialect, fingerprint=target.fingerprint)
    desired = pd.DataFrame({"userName": [user["userName"] for user in people]}, dtype="str").assign(title="Lead", department="R&D")
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


def apply(plan: sr.Plan, target: sr.Target) -> float:
    """CPU seconds of `apply_plan`, its run file and results included."""
    with tempfile.TemporaryDirectory() as folder:
        begun = time.process_time()
        results = sr.apply_plan(plan, target, dry_run=False, run=Path(folder, "bench.run"), progress=False)
        spent = time.process_time() - begun
        assert set(results.frame["outcome"]) == {"applied"}
        assert len(results.steps) < 1.2 * len(plan.requests) + 100, "versions were not proven"
    return spent


def main(users: int, rounds: int = 5) -> None:
    people = [person(number) for number in range(users)]
    ours, theirs = [], []
    for _ in range(rounds):
        with trivial_server(people) as url:
            target = sr.connect(url, token="plum")
            plan = plan_of(people, target)
            bodies = {user_id: orjson.dumps(plan.body(user_id)) for user_id in plan.requests["user_id"].head(50)}
            bodies = {f"u{number}": bodies.get(f"u{number}") or orjson.dumps(user) for number, user in enumerate(people)}
            ours.append(apply(plan, target))
            theirs.append(bare_loop(url, bodies))
    mine, bare = (statistics.median(spent) / users * 1000 for spent in (ours, theirs))
    print(f"{users:,} PUTs, medians of {rounds}: apply_plan {mine:.3f} ms CPU a PUT, bare httpx {bare:.3f} ms, ratio {mine / bare:.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2_000)
