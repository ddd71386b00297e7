"""Time the comparison against what an analyst would write in pandas, in the same run.

    python tests/benchmarks/run.py [USERS]

Prints medians of CPU and wall seconds and their ratio; asserts only that both found the same number of changes.
"""

import statistics
import sys
import time

import numpy as np
import pandas as pd

import scimrecon as sr

ROUNDS = 5
ATTRIBUTES = [
    "title", "nickName", "displayName", "locale", "timezone", "userType", "department", "costCenter", "organization", "division",
]  # fmt: skip
CHANGED_SHARE = 0.05


def make_sides(users: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two frames of users, one shuffled, with one attribute changed for a share of them."""
    random = np.random.default_rng(20_261_121)
    numbers = np.arange(users).astype("str")
    left = pd.DataFrame({"userName": np.char.add("user", numbers)}, dtype="str")
    for name in ATTRIBUTES:
        left[name] = pd.Series(np.char.add(f"{name} ", random.integers(0, 500, users).astype("str")), dtype="str")
    right = left.copy()
    changed = random.choice(users, int(users * CHANGED_SHARE), replace=False)
    for position, name in enumerate(ATTRIBUTES):
        right.loc[changed[position :: len(ATTRIBUTES)], name] = "as it was before"
    right.insert(0, "id", numbers)
    return left, right.sample(frac=1, random_state=7).reset_index(drop=True)


def with_scimrecon(left: pd.DataFrame, right: pd.DataFrame) -> int:
    """Changes that `compare` finds, statuses, kinds and patterns included."""
    return len(sr.compare(left, right, on="userName").changes)


def with_pandas(left: pd.DataFrame, right: pd.DataFrame) -> int:
    """Changes found by merge, compare and stack: no normalising, no statuses, no duplicates noticed."""
    both = left.merge(right, on="userName", suffixes=("_after", "_before"))
    frames = []
    for name in ATTRIBUTES:
        different = both[both[f"{name}_after"].ne(both[f"{name}_before"])]
        columns = different[["id", f"{name}_before", f"{name}_after"]]
        frames.append(columns.set_axis(["id", "before", "after"], axis="columns").assign(path=name))
    return len(pd.concat(frames))


def main(users: int) -> None:
    """Run both in turn and print the table."""
    left, right = make_sides(users)
    rivals = {"scimrecon.compare": with_scimrecon, "pandas merge": with_pandas}
    spent = {name: [] for name in rivals}
    found = {}
    for _ in range(ROUNDS + 1):
        for name, rival in rivals.items():
            cpu, wall = time.process_time(), time.perf_counter()
            found[name] = rival(left, right)
            spent[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    assert len(set(found.values())) == 1, found
    print(f"{users:,} users, {len(ATTRIBUTES)} attributes, {next(iter(found.values())):,} changes; medians of {ROUNDS}")
    medians = {name: [statistics.median(column) for column in zip(*rows[1:], strict=True)] for name, rows in spent.items()}
    for name, (cpu, wall) in medians.items():
        print(f"{name:20} cpu {cpu:7.3f} s   wall {wall:7.3f} s")
    ours, theirs = medians.values()
    print(f"{'ratio':20} cpu {ours[0] / theirs[0]:7.2f}     wall {ours[1] / theirs[1]:7.2f}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
