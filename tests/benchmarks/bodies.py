"""What bodies cost: CPU of `plan_puts`, and of walking all bodies of its plan, beside orjson loading and dumping the same users.

    python tests/benchmarks/bodies.py [USERS] [ROUNDS]

Every user changes in one to four attributes. One half of the resources is written as Python's json writes, with spaces and
escapes, the other as most services write. All is in one process, in turns; medians and ratios are printed and written to
build/benchmarks. Needs Linux, for memory.
"""

import ctypes
import gc
import json
import os
import random
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import orjson
import pandas as pd
import pyarrow as pa

import scimrecon as sr
from scimrecon.users.model import Completeness, Verdict, make_users

ROOT = Path(__file__).parents[2]
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FACILITIES = "urn:example:params:scim:schemas:extension:facilities:2.0:User"
FIRST = ["Siobhán", "Ann", "Zoë", "Jürgen", "Li", "小明", "Νίκη", "Olu"]
LAST = ["O'Brien", "Müller", "Nguyen", "Łuczak", "山田", "Garcia", "van Dijk", "Smith"]
CHANGES = {
    "title": "Lead", "department": "R&D", "name.givenName": "Renée", "nickName": "", "locale": "de-CH", "costCenter": "0043",
    'phoneNumbers[type eq "work"].value': "+353 1", 'addresses[type eq "work"].locality': "Zürich", f"{FACILITIES}:floor": "12",
}  # fmt: skip
"""Path to what whoever changes there shall hold: texts, a clear, members of elements and of the service's own extension."""
EVERY = 1_000
"""Bodies between two looks at the memory."""


def person(number: int, draw: random.Random) -> dict[str, object]:
    """A user of 800 to 1,000 bytes, as services hold them."""
    first, last = draw.choice(FIRST), draw.choice(LAST)
    resource: dict[str, object] = {
        "schemas": [CORE, ENTERPRISE], "id": f"{number:08x}-93c1", "externalId": f"E{number:06}",
        "meta": {"resourceType": "User", "created": "2019-03-01T08:00:00Z", "version": f'W/"{number % 90}"'},
        "userName": f"person{number}@example.com",
        "name": {"givenName": first, "familyName": last, "formatted": f"{first} {last}"},
        "displayName": f"{first} {last}", "nickName": first[:3], "title": "Analyst", "userType": "Employee", "locale": "en-IE",
        "active": True, "emails": [{"value": f"person{number}@example.com", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": f"+353 1 555 {number % 10**6:06}", "type": "work"}],
        ENTERPRISE: {"employeeNumber": f"{number:07}", "costCenter": "0042", "department": "Finance", "manager": {"value": "93"}},
    }  # fmt: skip
    if number % 3 == 0:
        resource["phoneNumbers"] = [*resource["phoneNumbers"], {"value": f"+353 87 {number % 10**6:06}", "type": "mobile"}]
        resource["addresses"] = [{"streetAddress": "1 Quay Street", "locality": "Galway", "country": "IE", "type": "work"}]
    if number % 4 == 0:
        resource[FACILITIES] = {"floor": "3", "badgeNumber": f"B{number}", "accessZones": ["Süd", "Dach"]}
        resource["schemas"] = [CORE, ENTERPRISE, FACILITIES]
    return resource


def make_selection(users: int, target: sr.Target) -> tuple[sr.Selection, list[bytes]]:
    """Everyone's changes ticked, and the resources they are made on."""
    draw = random.Random(20_261_122)  # noqa: S311 - the same people each time
    people = [person(number, draw) for number in range(users)]
    bodies = [orjson.dumps(user) if number % 2 else json.dumps(user).encode() for number, user in enumerate(people)]
    listed = [(str(user["id"]), body) for user, body in zip(people, bodies, strict=True)]
    whole = Completeness(verdict=Verdict.PROVEN, reason="made here")
    current = make_users(listed, whole, dialect=target.dialect, fingerprint=target.fingerprint)
    asked = [{path: CHANGES[path] for path in draw.sample(list(CHANGES), draw.randint(1, 4))} for _ in people]
    desired = pd.DataFrame(asked, columns=list(CHANGES), dtype="str").assign(id=[user_id for user_id, _ in listed])
    diff = sr.compare(desired, current, on="id")
    assert diff.changes["user_id"].nunique() == users, "somebody changes nothing"
    return diff.select(diff.changes.index[diff.changes["status"] == "open"]), bodies


def load_and_dump(bodies: list[bytes]) -> None:
    """What the fastest parser and printer take for the same users."""
    for body in bodies:
        orjson.dumps(orjson.loads(body))


def walk(plan: sr.Plan) -> None:
    """Ask for every body, once."""
    for _ in plan.bodies():
        pass


def spent(action: Callable[[], object]) -> float:
    """CPU seconds that it takes."""
    gc.collect()
    begun = time.process_time()
    action()
    return time.process_time() - begun


def resident_bytes() -> int:
    """Memory of this process now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def trimmed_bytes() -> int:
    """Memory of this process now, without what is kept for later use."""
    gc.collect()
    pa.default_memory_pool().release_unused()
    ctypes.CDLL(None).malloc_trim(0)
    return resident_bytes()


def growth(plan: sr.Plan) -> tuple[int, int]:
    """Bytes that walking leaves behind, and most bytes it takes meanwhile."""
    before = peak = trimmed_bytes()
    for number, _ in enumerate(plan.bodies()):
        if number % EVERY == 0:
            peak = max(peak, resident_bytes())
    return trimmed_bytes() - before, peak - before


def main(users: int, rounds: int) -> None:
    """Print the table and write it to a file."""
    target = sr.connect("http://127.0.0.1:9/scim/v2", token="unused")
    selection, bodies = make_selection(users, target)
    plan = sr.plan_puts(selection, target, allow={"users": users, "clears": users})
    assert len(plan.requests) == users, plan.blocked
    ways: dict[str, Callable[[], object]] = {
        "orjson loads and dumps": lambda: load_and_dump(bodies),
        "plan_puts": lambda: sr.plan_puts(selection, target, allow={"users": users, "clears": users}),
        "plan.bodies()": lambda: walk(plan),
    }
    figures: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(rounds):
        for way, action in ways.items():
            figures[way].append(spent(action))
    medians = {way: statistics.median(seconds) for way, seconds in figures.items()}
    size = sum(map(len, bodies)) / users
    lines = [f"{users:,} users of {size:.0f} bytes, {len(plan.changes):,} cells; CPU microseconds a user, medians of {rounds}"]
    plain = medians["orjson loads and dumps"]
    lines += [f"{way:24}{seconds / users * 1e6:9.1f}   ratio {seconds / plain:6.2f}" for way, seconds in medians.items()]
    kept, peak = growth(plan)
    lines.append(f"memory that walking leaves behind: {kept / 2**20:.1f} MiB, at most meanwhile: {peak / 2**20:.1f} MiB")
    path = ROOT / "build" / "benchmarks" / f"bodies-{users}.txt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    print(f"Written to {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
