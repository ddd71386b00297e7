"""One seed whose process is killed at an instant of its own; what its run file says then, and whether a resume completes it."""

import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import scimrecon as sr
from chaos.judge import judge_survivor, outcomes_of
from chaos.nursery import Nursery
from chaos.process import Handle
from chaos.runner import OPEN, RESUMES, Verdict, judge_end, options_of, resume
from chaos.scenario import QUICK, Scenario, make_scenario
from chaos.seeding import seeded
from chaos.server import Versions
from scimrecon.journal import find_run

_KILLED = -9
_REQUESTS_A_USER = {Versions.HONOURED: 1.06, Versions.IGNORED: 2.02, Versions.ABSENT: 2.02}
"""About as many come: under proven versions nobody is read before the PUT. A death after the last request is a run that lives."""


def death_of(seed: int, place: float, requests: float) -> dict[str, Any]:
    """When a seed's process dies; ``place`` is 0 for the start of the run, 1 for its end."""
    random = seeded("death", seed)
    request = round(place * requests)
    moment = random.choice(["before", "instead", "after", "after", "written"] if request else ["after", "written"])
    longest_s = 0.03 if request else 0.1  # to begin with, the plan is written down
    delay_s = random.choice([0.0, random.uniform(0.0, longest_s)]) if moment == "after" else 0.0
    return {"request": request, "moment": moment, "delay_s": delay_s}


def kill_seed(
    seed: int, place: float, handle: Handle, nursery: Nursery, folder: Path, *, users: int = 300,
    faults: Sequence[str] = (), rate: float = 0.0, versions: Versions = Versions.HONOURED,
) -> Verdict:  # fmt: skip
    """Apply a seed's plan in a process that is killed, look at its run file, resume here, and judge all of it."""
    started = time.monotonic()
    scenario = make_scenario(seed, users)
    path, copies = folder / f"killed{seed}.run", folder / "copies"
    copies.mkdir(exist_ok=True)
    death = death_of(seed, place, len(scenario.planned()) * _REQUESTS_A_USER[versions])
    death["file"] = str(path)
    verdict = Verdict(seed=seed, named="killed", versions=versions)
    handle.reset(scenario.users, seed=seed, faults=faults, rate=rate, versions=versions)
    ended = nursery.bear(seed=seed, users=users, ports=[handle.port, handle.control], path=str(path), death=death)
    if ended not in (_KILLED, 0):
        verdict.violations.append(f"the process ended with {ended}, and was to be killed at {death}")
        return verdict
    handle.settle()
    plan_hash = _plan_of(path, copies)
    if plan_hash:
        if find_run(path.parent, plan_hash) != path:
            verdict.violations.append("killed: find_run does not find the run by its plan, which could be applied once more")
        outcomes = _go_on(scenario, handle, path, verdict, seed)
        verdict.violations += judge_end(scenario, outcomes, handle)
        verdict.explain(path, handle)
    elif any(one.method == "PUT" for one in handle.seen().sent):
        verdict.violations.append(f"killed at {death}: PUTs were sent, and no run file tells of the plan")
    verdict.injected["killed"] = int(ended == _KILLED)
    verdict.seconds = time.monotonic() - started
    return verdict


def _plan_of(path: Path, copies: Path) -> str:
    """The hash of the plan that was written down, by a look into a copy; if there is none, nothing may have been sent."""
    if not path.exists():
        return ""
    for name in (path.name, f"{path.name}-journal"):
        if path.with_name(name).exists():
            shutil.copy(path.with_name(name), copies / name)
    with closing(sqlite3.connect(copies / path.name)) as connection:
        try:
            found = connection.execute("SELECT value FROM run WHERE name = 'plan'").fetchone()
        except sqlite3.OperationalError:  # there is no such table yet
            return ""
    return json.loads(found[0]) if found else ""


def _go_on(scenario: Scenario, handle: Handle, path: Path, verdict: Verdict, seed: int) -> dict[str, str]:
    """Judge what was left behind, then resume until all is done: once also where nothing is left to do."""
    outcomes: dict[str, str] = {}
    try:
        outcomes = outcomes_of(sr.open_run(path))
    except sr.errors.RunError as error:
        verdict.violations.append(f"killed: the plan was written down, and open_run says: {error}")
    verdict.outcomes.append(dict(Counter(outcomes.values())))
    verdict.doubtful = frozenset(user_id for user_id, outcome in outcomes.items() if outcome == "unknown")
    verdict.violations += judge_survivor(outcomes, scenario, handle.seen()) if outcomes else ()
    target = sr.connect(handle.url, dialect=QUICK, **handle.credentials)
    while not verdict.resumes or (verdict.resumes < RESUMES and OPEN & set(outcomes.values())):
        outcomes = resume(scenario, target, handle, path, verdict, options_of(seed))
    return outcomes
