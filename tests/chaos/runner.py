"""One seed: apply through the proxy, resume until all is done, and judge after each."""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import Any

import scimrecon as sr
from chaos.judge import diagnose, judge_file, judge_final, judge_leg, judge_patience, judge_two_puts, outcomes_of
from chaos.process import Handle, Seen
from chaos.scenario import PATIENT, QUICK, Scenario, make_scenario, prepare
from chaos.seeding import seeded
from chaos.server import Versions

RESUMES = 3
"""At most; the last goes without faults."""
_SHOWN = 5
"""Violations of one seed that are told in full."""
OPEN = {"throttled", "failed", "unknown", "not_attempted"}
"""Outcomes that a resume goes on with."""
_MEDDLING = 0.05


@dataclass(kw_only=True)
class Verdict:
    """What came of a seed."""

    seed: int
    named: str
    versions: str
    violations: list[str] = field(default_factory=list)
    diagnoses: list[str] = field(default_factory=list)
    """Of the first violations, a line each."""
    doubtful: frozenset[str] = frozenset()
    """Users of whom a killed run left no more than the intent."""
    requests: int = 0
    injected: Counter[str] = field(default_factory=Counter)
    resumes: int = 0
    outcomes: list[dict[str, int]] = field(default_factory=list)
    """Counts after each leg."""
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [f"{self.named}, versions {self.versions}: {self.requests} requests in {self.seconds:.1f} s"]
        for leg, outcomes in enumerate(self.outcomes):
            lines.append(f"    leg {leg}: {', '.join(f'{name} {count}' for name, count in sorted(outcomes.items()))}")
        for sentence, diagnosis in zip_longest(self.violations[:_SHOWN], self.diagnoses, fillvalue=""):
            lines += [f"    VIOLATION {sentence}", *([f"        {diagnosis}"] if diagnosis else [])]
        further = len(self.violations) - _SHOWN
        return "\n".join([*lines, *([f"    and {further} more"] if further > 0 else [])])

    def look(self, seen: Seen) -> None:
        """Count what was asked and what befell it."""
        self.requests = len(seen.sent)
        self.injected = Counter(one.fault for one in seen.sent if one.fault)

    def explain(self, path: Path, handle: Handle) -> None:
        """Say what is known of the first violations."""
        if self.violations:
            results, seen = sr.open_run(path), handle.seen()
            self.diagnoses = [diagnose(sentence, results, seen) for sentence in self.violations[:_SHOWN]]


def options_of(seed: int) -> dict[str, Any]:
    """How `apply_plan` and `resume` are called for a seed."""
    random = seeded("options", seed)
    return {"batch_size": random.choice([7, 20, 50]), "concurrency": random.choice([2, 4, 8]), "progress": False}


def run_seed(
    seed: int, handle: Handle, folder: Path, *, faults: Sequence[str], users: int = 300, versions: Versions = Versions.HONOURED,
    rate: float = 0.15, named: str = "",
) -> Verdict:  # fmt: skip
    """Apply a seed's plan under faults, resume up to three times, and hold all of it against the server's log."""
    started = time.monotonic()
    verdict = Verdict(seed=seed, named=named or " ".join(faults) or "none", versions=versions)
    scenario = make_scenario(seed, users)
    meddling = _MEDDLING if versions is Versions.HONOURED else 0.0
    handle.reset(scenario.users, seed=seed, faults=faults, rate=rate, versions=versions, meddling=meddling)
    target, plan = prepare(scenario, handle, QUICK if faults else PATIENT)
    path = folder / f"seed{seed}.run"
    options = options_of(seed)
    results = sr.apply_plan(plan, target, dry_run=False, run=path, **options)
    outcomes = outcomes_of(results)
    verdict.violations += judge(scenario, outcomes, handle, verdict, leg=0, path=path)
    while verdict.resumes < RESUMES and OPEN & set(outcomes.values()):
        outcomes = resume(scenario, target, handle, path, verdict, options)
    verdict.violations += judge_end(scenario, outcomes, handle)
    verdict.explain(path, handle)
    verdict.seconds = time.monotonic() - started
    return verdict


def resume(
    scenario: Scenario, target: Any, handle: Handle, path: Path, verdict: Verdict, options: Mapping[str, Any]
) -> dict[str, str]:
    """Resume once, and judge."""
    verdict.resumes += 1
    handle.begin_leg(verdict.resumes)
    if verdict.resumes == RESUMES:
        handle.calm()
        target = sr.connect(handle.url, dialect=PATIENT, **handle.credentials)
    outcomes = outcomes_of(sr.resume(path, target, **options))
    verdict.violations += judge(scenario, outcomes, handle, verdict, leg=verdict.resumes, path=path)
    return outcomes


def judge(
    scenario: Scenario, outcomes: dict[str, str], handle: Handle, verdict: Verdict, *, leg: int, path: Path
) -> Iterator[str]:
    """Hold a leg's outcomes against the log, when all that was under way has landed."""
    verdict.outcomes.append(dict(Counter(outcomes.values())))
    still = handle.settle()
    if still:
        yield f"leg {leg}: {still} requests or connections are open still"
    seen = handle.seen()
    verdict.look(seen)
    yield from judge_leg(scenario, outcomes, seen, leg, doubtful=verdict.doubtful)
    yield from judge_file(path, outcomes, leg)


def judge_end(scenario: Scenario, outcomes: dict[str, str], handle: Handle) -> Iterator[str]:
    """Hold all of a run against the laws that concern its whole."""
    seen = handle.seen()
    yield from judge_final(scenario, outcomes, seen)
    yield from judge_two_puts(seen)
    yield from judge_patience(seen)
