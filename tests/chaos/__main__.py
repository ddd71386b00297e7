"""Run the seeds, two processes at a time, and print a table; the exit code is 1 if any law was broken.

    make chaos
    PYTHONPATH=tests python -m chaos 17 k5        seed 17 and death 5, alone
    PYTHONPATH=tests python -m chaos --runs 20 --deaths 10

Everything that befalls a seed follows from its number, but for the threads' timing.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import pandas as pd

from chaos.cases import Case, case_of
from chaos.runner import Verdict
from chaos.working import begin, live

_RUNS, _DEATHS, _WORKERS = 200, 100, 2


def _run(cases: Iterable[Case], *, talks: bool) -> list[tuple[Case, Verdict]]:
    verdicts = []
    with ProcessPoolExecutor(_WORKERS, mp_context=get_context("spawn"), initializer=begin) as workers:
        under_way = {workers.submit(live, case): case for case in cases}
        for done in as_completed(under_way):
            case, verdict = under_way[done], done.result()
            verdicts.append((case, verdict))
            if talks or verdict.violations:
                print(f"seed {case}: {verdict}", flush=True)
    return verdicts


def _table(verdicts: list[tuple[Case, Verdict]]) -> pd.DataFrame:
    rows = pd.DataFrame(
        {
            "fault": verdict.named,
            "seeds": 1,
            "requests": verdict.requests,
            "injected": sum(verdict.injected.values()),
            "resumes": verdict.resumes,
            "seconds": verdict.seconds,
            "violations": len(verdict.violations),
        }
        for _, verdict in verdicts
    )
    table = rows.groupby("fault").sum()
    table.loc["all"] = table.sum()
    table["seconds"] = (table["seconds"] / table["seeds"]).round(1)
    return table.rename(columns={"seconds": "s a seed"}).astype({"seeds": int, "requests": int, "injected": int, "resumes": int})


def main() -> int:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m chaos", description=__doc__.splitlines()[0])
    parser.add_argument("seeds", nargs="*", help="numbers of seeds; with a k before it, of a death")
    parser.add_argument("--runs", type=int, default=_RUNS, help="seeds under faults")
    parser.add_argument("--deaths", type=int, default=_DEATHS, help="seeds whose process is killed")
    asked = parser.parse_args()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # for the processes to come, of which two are to be forked from
    cases = [case_of(name) for name in asked.seeds]
    cases = cases or [*map(Case, range(asked.runs)), *(Case(number, killed=True) for number in range(asked.deaths))]
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="chaos") as folder:
        os.environ["XDG_RUNTIME_DIR"] = folder  # where runs lock their target
        verdicts = _run(cases, talks=bool(asked.seeds))
    print(_table(verdicts).to_string())
    broken = [str(case) for case, verdict in verdicts if verdict.violations]
    print(f"{len(cases)} seeds in {time.monotonic() - started:.0f} s; laws broken in {len(broken)}: {' '.join(broken) or 'none'}")
    return bool(broken)


if __name__ == "__main__":
    sys.exit(main())
