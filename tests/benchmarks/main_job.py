"""Where the time of the whole main job goes: from an export and saved users to the bodies of every PUT, and a preview.

    PYTHONPATH=tests python tests/benchmarks/main_job.py [USERS]

The job runs for a tenth of the users, and for all of them, each time in a process of its own. For each stage the table has CPU
and wall seconds, MiB by which memory grew at most, microseconds of CPU a user, and the exponent by which CPU grew: 1 is in
proportion to the users, and a stage that grew faster is marked. The table is written to build/benchmarks too. Needs Linux, for
memory.
"""

import importlib
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv
from population import KEY, Sides, make_sides

import scimrecon as sr
from scimrecon.plan import build_body

ROOT = Path(__file__).parents[2]
PART = 10
"""The smaller job has one user in so many."""
ROUNDS = 3
"""Of the smaller job; its stages take a moment, and medians of them count."""
WARM_USERS = 2_000
"""Users of a job that runs first, and is not counted: what is loaded or made once is no stage's."""
PROPORTION = 1.2
"""An exponent up to here is in proportion: more memory is further away, and a machine is never quite quiet. Quadratic is 2."""
TOO_SHORT_S = 0.05
"""A stage of less in the smaller job tells nothing of how it grows."""
WARM_S = 60
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HEADER = {
    "userName": "Login", "name.givenName": "First_Name", "name.familyName": "Last_Name", "displayName": "Full_Name",
    "title": "Job_Title", "userType": "Worker_Type", "preferredLanguage": "Language", "locale": "Locale", "timezone": "Time_Zone",
    "active": "Is_Active", 'emails[type eq "work"].value': "Work_Email", 'phoneNumbers[type eq "work"].value': "Work_Phone",
    'phoneNumbers[type eq "mobile"].value': "Mobile_Phone", 'addresses[type eq "work"].locality': "City",
    'addresses[type eq "work"].postalCode': "Postal_Code", 'addresses[type eq "work"].country': "Country",
    "employeeNumber": "Employee_Number", "costCenter": "Cost_Center", "organization": "Company", "department": "Department",
}  # fmt: skip
"""What the export calls each attribute."""
MAPPING = HEADER | {
    "name.familyName": sr.column("Last_Name", on_blank="clear"),
    "title": sr.column("Job_Title", on_blank="clear"),
}


def write(folder: Path, users: int) -> None:
    """The export, and the users as `Users.save` would have saved them."""
    sides = Sides(**{name: with_proper_mail(side) for name, side in vars(make_sides(users)).items()})
    rows = sides.desired.rename_columns([HEADER[path] for path in sides.desired.column_names])
    arrow_csv.write_csv(rows, folder / "export.csv", arrow_csv.WriteOptions(quoting_style="needed"))
    note = {"format": 1, "dialect": "rfc7644", "fingerprint": "", "complete": ["proven", "made here"]}
    head = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"], "totalResults": sides.users.num_rows}
    with (folder / "before.users").open("wb") as file:
        file.write(orjson.dumps(head | {"scimrecon": note})[:-1] + b', "Resources": [\n')
        for number, batch in enumerate(sides.users.to_batches(max_chunksize=10_000)):
            resources = [orjson.dumps(resource(user)) for user in batch.to_pylist()]
            file.write((b",\n" if number else b"") + b",\n".join(resources))
        file.write(b"\n]}\n")


def with_proper_mail(side: pa.Table) -> pa.Table:
    """Without spaces, for which rows would be rejected."""
    mail = 'emails[type eq "work"].value'
    column = pc.replace_substring(side[mail], " ", ".")
    return side.set_column(side.column_names.index(mail), mail, column)


def resource(user: dict[str, Any]) -> dict[str, Any]:
    """A user of about 1,000 bytes, as a service writes it: nothing of what is unassigned."""
    held = {path: value for path, value in user.items() if value is not None}

    def members(prefix: str, **more: object) -> dict[str, Any]:
        return {path.removeprefix(prefix): value for path, value in held.items() if path.startswith(prefix)} | more

    work, plain = '[type eq "work"].', ("displayName", "title", "userType", "preferredLanguage", "locale", "timezone")
    phones = [members(f'phoneNumbers[type eq "{kind}"].', type=kind) for kind in ("work", "mobile")]
    return {
        "schemas": [CORE, ENTERPRISE], "id": held["id"], KEY: held[KEY], "name": members("name."),
        **{path: held[path] for path in plain if path in held}, "active": held["active"] == "true",
        "emails": [members(f"emails{work}", type="work", primary=True)],
        "phoneNumbers": [phone for phone in phones if "value" in phone],
        "addresses": [members(f"addresses{work}", type="work")],
        ENTERPRISE: {name: held[name] for name in ("employeeNumber", "costCenter", "organization", "department") if name in held},
        "meta": {"resourceType": "User", "created": "2024-05-01T09:00:00Z", "lastModified": "2026-11-02T17:30:00Z",
                 "location": f"https://idp.example/scim/v2/Users/{held['id']}", "version": f'W/"{held["id"]}"'},
    }  # fmt: skip


def stages(folder: Path) -> Iterator[tuple[str, Callable[[dict[str, Any]], object]]]:
    """The main job, a step at a time: each takes what those before it made, by name, and its result goes by its own."""
    target = sr.connect("http://127.0.0.1:9/scim/v2", token="none")  # nobody is there, and nobody is asked
    many = {"allow": dict.fromkeys(("users", "clears", "identity"), 10**9)}
    yield "read_export", lambda _: sr.read_export(folder / "export.csv")
    yield "map_users", lambda made: sr.map_users(made["read_export"], MAPPING)
    yield "read_users", lambda _: sr.read_users(folder / "before.users")
    yield "compare", lambda made: sr.compare(made["map_users"], made["read_users"], on=KEY)
    yield "patterns", lambda made: made["compare"].patterns
    yield "summary", lambda made: made["compare"].summary()
    yield "select routine", lambda made: made["compare"].select(made["compare"].routine)
    yield "plan_puts", lambda made: sr.plan_puts(made["select routine"], target, **many)
    yield "all bodies", lambda made: count_bytes(made["plan_puts"])
    yield "preview", lambda made: show(made["compare"])


def count_bytes(plan: sr.Plan) -> int:
    """Build and print every body, and keep none."""
    held = plan.current.resources
    return sum(len(orjson.dumps(build_body(held[user_id], cells, plan.dialect, plan.accept))) for user_id, cells in plan.cells())


def show(diff: sr.Diff) -> sr.Preview:
    """Make a preview, show its first rows, and wait until it has counted and grouped."""
    preview = sr.Preview(diff, keep=False)
    preview.send = lambda content, buffers=None: None
    preview._handle_custom_msg({"type": "ready"}, [])
    if preview._warming is not None:
        preview._warming.join(WARM_S)
    return preview


def run(folder: Path) -> None:
    """Do the job and print each stage's figures, and how much there was of what, as JSON."""
    importlib.import_module("scimrecon.widgets")
    with tempfile.TemporaryDirectory() as small:
        write(Path(small), WARM_USERS)
        do_job(Path(small))
    told, made = do_job(folder)
    export, diff, plan = made["read_export"], made["compare"], made["plan_puts"]
    assert not export.reject_lines, export
    sizes = {"users": len(made["read_users"].frame), "changes": len(diff.changes), "requests": len(plan.requests)}
    print(json.dumps({"stages": told, "sizes": sizes}))


def do_job(folder: Path) -> tuple[dict[str, dict[str, float]], dict[str, Any]]:
    made: dict[str, Any] = {}
    told = {}
    for name, step in stages(folder):
        before = _forget_peak()
        cpu, wall = time.process_time(), time.perf_counter()
        made[name] = step(made)
        told[name] = {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "mib": _memory("VmHWM") - before}
    return told, made


def _forget_peak() -> float:
    """Let the peak of memory be what is in use now, and say how much that is."""
    pa.default_memory_pool().release_unused()
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(line: str) -> float:
    """MiB, as Linux counts them."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(one.split()[1]) for one in status.splitlines() if one.startswith(line)) / 1024


def main(users: int) -> None:
    """Print the table and write it to a file."""
    with tempfile.TemporaryDirectory() as whole, tempfile.TemporaryDirectory() as part:
        for folder, number in ((whole, users), (part, users // PART)):
            _python("--write", folder, str(number))
        small = [json.loads(_python("--run", part))["stages"] for _ in range(ROUNDS)]
        told = json.loads(_python("--run", whole))
        lines = list(tell(users, told, small))
    target = ROOT / "build" / "benchmarks" / f"main_job-{users}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    print(f"Written to {target.relative_to(ROOT)}")


def tell(users: int, told: dict[str, Any], small: list[dict[str, dict[str, float]]]) -> Iterator[str]:
    """The table, line by line."""
    sizes = ", ".join(f"{number:,} {what}" for what, number in told["sizes"].items())
    yield f"The main job on an export of {len(HEADER)} columns: {sizes}"
    yield f"{'stage':16}{'CPU s':>9}{'wall s':>9}{'MiB':>8}{'us a user':>11}{'exponent':>10}"
    rows = dict(told["stages"])
    rows["whole job"] = {name: sum(one[name] for one in rows.values()) for name in ("cpu", "wall")}
    for name, spent in rows.items():
        cpus = [sum(one["cpu"] for one in run.values()) if name == "whole job" else run[name]["cpu"] for run in small]
        before = statistics.median(cpus)
        exponent = math.log(spent["cpu"] / before, PART)
        mark = "  grows faster than the users" if exponent > PROPORTION and before > TOO_SHORT_S else ""
        mib = f"{spent['mib']:8,.0f}" if "mib" in spent else f"{'':8}"
        yield f"{name:16}{spent['cpu']:9.2f}{spent['wall']:9.2f}{mib}{spent['cpu'] / users * 1e6:11.1f}{exponent:10.2f}{mark}"


def _python(*arguments: str) -> str:
    command = [sys.executable, "-W", "ignore", str(Path(__file__)), *arguments]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])}
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(Path(sys.argv[2]))
    elif sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
