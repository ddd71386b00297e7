"""Time a diff's summary and patterns beside polars grouping the same columns of the same changes, call by call in turn.

    PYTHONPATH=tests python tests/benchmarks/grouping.py [CHANGES]

Medians are printed and written to build/benchmarks. Polars is installed apart; it counts changes, and for patterns also users and
changes that can be ticked, and gives a kind and a first user. What is unusual and why, and an example in words, are ours alone.
"""

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
from previewing import make_diff
from rivals.environments import install_release

ROOT = Path(__file__).parents[2]
POLARS = "polars==2.1.0"
COLUMNS = ["user_id", "path", "kind", "status", "flags", "pattern"]
CALLS = 15
ASKED = 2
"""Of the time of polars, at most."""


def main(changes: int) -> None:
    """Print the table and write it to a file."""
    sys.path.append(str(install_release(POLARS, ROOT / "build" / "rivals")))
    import polars as pl

    diff = make_diff(changes)
    frame = pl.DataFrame(pa.Table.from_pandas(diff.changes[COLUMNS], preserve_index=False)).rechunk()
    tickable = (pl.col("status") == "open") & (pl.col("kind") != "cosmetic")
    counted = [pl.len().alias("changes"), pl.col("user_id").n_unique().alias("users")]
    told = [tickable.sum().alias("tickable"), pl.col("kind").mode().first(), pl.col("path").first(), pl.min("user_id")]
    by_path, by_pattern = frame.group_by("path", "kind", "status"), frame.group_by("pattern")
    turns = {
        "summary": (diff.summary, lambda: by_path.len()),
        "patterns": (lambda: diff.patterns, lambda: by_pattern.agg(*counted, *told)),
        "patterns, of which polars only counts": (lambda: diff.patterns, lambda: by_pattern.agg(*counted)),
    }
    assert by_path.len()["len"].sum() == diff.summary()["changes"].sum() == changes
    lines = [
        f"{changes:,} changes; medians of {CALLS} calls; {ASKED} times polars is asked",
        f"{'':40}{'CPU s':>21}{'wall s':>24}",
    ]
    for name, actions in turns.items():
        figures = []
        for mine, theirs in zip(*time_in_turn(*actions), strict=True):
            figures.append(f"{mine:8.3f}{theirs:8.3f}{mine / theirs:7.2f}")
        lines.append(f"{name:40}" + " ".join(figures))
    target = ROOT / "build" / "benchmarks" / f"grouping-{changes}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    print(f"Written to {target.relative_to(ROOT)}")


def time_in_turn(*actions: Callable[[], object]) -> list[list[float]]:
    """CPU and wall seconds of each, as medians; their first calls, which are cold, do not count."""
    spent: list[list[tuple[float, float]]] = [[] for _ in actions]
    for _ in range(CALLS + 1):
        for action, calls in zip(actions, spent, strict=True):
            cpu, wall = time.process_time(), time.perf_counter()
            action()
            calls.append((time.process_time() - cpu, time.perf_counter() - wall))
    return [[statistics.median(one) for one in zip(*calls[1:], strict=True)] for calls in spent]


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
