"""Time the comparison beside what else finds differences between tables, and what each comparator and policy costs.

    PYTHONPATH=tests python tests/benchmarks/comparing.py [USERS] [ROUNDS]

Each way runs in a process of its own, in turns; the first call in a process is cold, the others are warm (and find
memory that the first took). Polars and datacompy are installed apart. Medians, and ours beside them, are printed and written to
build/benchmarks. Needs Linux, for memory, and 10 GiB of it.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from compare_rival import RIVALS
from population import KEY, in_pandas, make_sides
from rivals.environments import install_release

import scimrecon as sr

ROOT = Path(__file__).parents[2]
RELEASES = {"polars": "polars==2.1.0", "polars from pandas": "polars==2.1.0", "datacompy": "datacompy==1.1.0"}
CALLS = 3
COST_USERS = 50_000
"""Of the second table."""
LONG = "x" * 2_000
FORMATS = {
    "exact": ("title", "Clerk", "Cook"),
    "case_exact": ("title", "Clerk", " Clerk"),
    "case_insensitive": ("title", "Clerk", "CLERK"),
    "email": ('emails[type eq "work"].value', "a@münchen.example", "a@xn--mnchen-3ya.example"),
    "phone": ('phoneNumbers[type eq "work"].value', "+44 20 7946 0018", "+442079460018"),
    "language": ("preferredLanguage", "de-DE", "de_DE"),
    "timezone": ("timezone", "Europe/Berlin", "W. Europe Standard Time"),
    "country": ('addresses[type eq "work"].country', "DE", "Germany"),
    "boolean": ("title", "true", "yes"),
}
"""Comparator to a path, what the export has there, and what the service holds."""
POLICIES = ["force", "merge", "add_only", "fill_if_empty", "keep", "locked", "ignore"]


def main(users: int, rounds: int) -> None:
    """Print both tables, and what large columns take, and write all to a file."""
    lines = [*tell_rivals(users, rounds), "", *tell_costs(rounds), "", tell_large()]
    target = ROOT / "build" / "benchmarks" / f"comparing-{users}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"Written to {target.relative_to(ROOT)}")


def tell_rivals(users: int, rounds: int) -> Iterator[str]:
    """The table of rivals, line by line."""
    paths = dict(_environments())
    spent: dict[str, list[list[dict[str, float]]]] = {rival: [] for rival in paths}
    found: dict[str, int] = {}
    with tempfile.TemporaryDirectory() as folder:
        sides = make_sides(users)
        pq.write_table(sides.desired, f"{folder}/desired.parquet")
        pq.write_table(sides.users, f"{folder}/users.parquet")
        attributes = sides.desired.num_columns
        del sides
        for _ in range(rounds):
            for rival, path in paths.items():
                told = _run(rival, folder, path)
                spent[rival].append(told["runs"])
                found[rival] = told["differing"]
    assert len(set(found.values())) == 1, found
    yield _say(f"{users:,} users, {attributes} attributes, {found['scimrecon']:,} cells differ; medians of {rounds} processes")
    yield _say(
        f"{'':20}" + "".join(f"{when:>34}" for when in ("cold: CPU s, wall s, MiB", "warm: CPU s, wall s, MiB")) + "   ours is"
    )
    medians = {
        rival: [_medians(runs[:1] for runs in several), _medians(runs[1:] for runs in several)]
        for rival, several in spent.items()
    }
    for rival, (cold, warm) in medians.items():
        figures = "".join(f"{one['cpu']:16.2f}{one['wall']:9.2f}{one['mib']:9,.0f}" for one in (cold, warm))
        mine = [
            medians["scimrecon"][when][name] / medians[rival][when][name] for when, name in ((1, "cpu"), (1, "wall"), (0, "mib"))
        ]
        shares = "{:.2f} of its CPU, {:.2f} of its wall (warm), {:.2f} of its memory (cold)".format(*mine)
        yield _say(f"{rival:20}{figures}   {shares if rival != 'scimrecon' else ''}")


def _environments() -> Iterator[tuple[str, str]]:
    """Each way that can run here, and where its packages are."""
    for rival in RIVALS:
        try:
            yield rival, str(install_release(RELEASES[rival], ROOT / "build" / "rivals")) if rival in RELEASES else ""
        except subprocess.CalledProcessError:
            print(f"{rival} cannot be installed here, and is left out")


def _run(rival: str, folder: str, path: str) -> Any:
    command = [sys.executable, "-W", "ignore", str(Path(__file__).with_name("compare_rival.py")), rival, folder, str(CALLS)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path, str(ROOT)] if path else [str(ROOT)])}
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout)


def _medians(of_processes: Iterator[list[dict[str, float]]]) -> dict[str, float]:
    runs = [run for runs in of_processes for run in runs]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def tell_costs(rounds: int) -> Iterator[str]:
    """What each comparator and each policy adds, line by line: every user differs in one attribute."""
    yield _say(f"{COST_USERS:,} users who all differ in one attribute: microseconds of CPU a cell, and beside exact or force")
    pairs = {f"comparator {name}": (path, {path: name}, {}, after, before) for name, (path, after, before) in FORMATS.items()}
    pairs |= {f"policy {name}": ("title", {"title": "exact"}, {"title": name}, "Clerk", "Cook") for name in POLICIES}
    spent = dict.fromkeys(pairs, 0.0)
    people = in_pandas(make_sides(COST_USERS).users)[["id", KEY]]
    for name, (path, comparators, policies, after, before) in [*[*pairs.items()][:1], *pairs.items()]:  # the first is cold
        desired, users = people[[KEY]].assign(**{path: after}).astype("str"), people.assign(**{path: before}).astype("str")
        times = []
        for _ in range(rounds):
            start = time.process_time()
            sr.compare(desired, users, on=KEY, comparators=comparators, policies=policies)
            times.append(time.process_time() - start)
        spent[name] = statistics.median(times)
    for name, seconds in spent.items():
        base = spent["comparator exact" if name.startswith("comparator") else "policy force"]
        yield _say(f"{name:28}{seconds / COST_USERS * 1e6:8.2f} {seconds / base:8.2f}")


def tell_large() -> str:
    """Compare columns of more than 2 GiB, which Arrow's smaller kind of text column cannot hold."""
    users, differing = 1_100_000, 22
    places = np.random.default_rng(20_261_122).permutation(users)
    logins = pa.array([f"user{number}" for number in range(users)], pa.large_string())
    texts = pa.array([f"{number:04}" + LONG for number in range(1000)], pa.large_string()).take(pa.array(np.arange(users) % 1000))
    altered = pc.if_else(pa.array(np.arange(users) % (users // differing) == 0), "another", texts)
    desired = pd.DataFrame({KEY: _column(logins), "title": _column(altered)})
    held = {"id": logins, KEY: logins.take(pa.array(places)), "title": texts.take(pa.array(places))}
    start = time.process_time()
    found = sr.compare(desired, pd.DataFrame({name: _column(cells) for name, cells in held.items()}), on=KEY).changes
    assert len(found) == differing, len(found)
    assert texts.nbytes > 2**31
    return _say(f"{users:,} users with a column of {texts.nbytes / 2**30:.1f} GiB: {time.process_time() - start:.1f} s of CPU")


def _column(cells: Any) -> Any:
    return pd.array(cells, dtype="str")


def _say(line: str) -> str:
    print(line, flush=True)
    return line


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, int(sys.argv[2]) if len(sys.argv) > 2 else 3)
