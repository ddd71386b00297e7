"""Which seed means what: each fault alone and all of them mixed, with versions kept, ignored and absent; and the deaths."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chaos.faults import DENSE, FAULTS, SLOW
from chaos.killing import kill_seed
from chaos.nursery import Nursery
from chaos.process import Handle
from chaos.runner import Verdict, run_seed
from chaos.seeding import seeded
from chaos.server import Versions

_KINDS = [*FAULTS, "mixed", "dense", "mixed"]
_PLACES = 100
"""Into how many instants a run is divided for its deaths."""
_AT_THE_START = 5


@dataclass(frozen=True)
class Case:
    """A seed by its number, of a run under faults or (``killed``) of one whose process dies."""

    number: int
    killed: bool = False
    users: int = 300

    def __str__(self) -> str:
        return f"{'k' if self.killed else ''}{self.number}"

    @property
    def versions(self) -> Versions:
        """The seeds take turns."""
        return list(Versions)[self.number % len(Versions)]

    @property
    def kind(self) -> str:
        """The fault's name, ``mixed``, ``dense`` or ``killed``."""
        return "killed" if self.killed else _KINDS[self.number // len(Versions) % len(_KINDS)]

    @property
    def faults(self) -> Sequence[str]:
        """Those that befall requests."""
        if self.killed:
            return list(FAULTS) if self.number // len(Versions) % 2 else []
        return {"mixed": list(FAULTS), "dense": DENSE}.get(self.kind, [self.kind])

    @property
    def rate(self) -> float:
        """The share of requests that a fault befalls."""
        if self.killed:
            return 0.04
        if self.kind == "dense":
            return 0.5
        rate = seeded("rate", self.number).choice([0.05, 0.15, 0.3])
        return rate / 3 if self.kind in SLOW else rate

    @property
    def place(self) -> float:
        """Where in the run the process dies: 0 (for several) to 1, and neighbours far apart."""
        return max(0, self.number * 37 % _PLACES - _AT_THE_START) / (_PLACES - 1 - _AT_THE_START)

    def run(self, handle: Handle, nursery: Nursery) -> Verdict:
        """Live through it."""
        circumstances = {"users": self.users, "faults": self.faults, "rate": self.rate, "versions": self.versions}
        with tempfile.TemporaryDirectory(prefix="chaos") as folder:
            if self.killed:
                return kill_seed(self.number, self.place, handle, nursery, Path(folder), **circumstances)
            return run_seed(self.number, handle, Path(folder), named=self.kind, **circumstances)


def case_of(name: str) -> Case:
    """Read a seed's name: ``17``, or ``k17`` for a death."""
    return Case(int(name.removeprefix("k")), killed=name.startswith("k"))
