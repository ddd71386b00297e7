"""How far a run has come, told while it goes on."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeAlias

from tqdm.std import tqdm

from scimrecon.journal import UserOutcome


@dataclass(frozen=True, kw_only=True)
class Progress:
    """How far a run has come; what a function given as ``progress`` is called with, a few times a second."""

    done: int
    """Users with an outcome."""
    total: int
    outcomes: Mapping[str, int]
    """Outcome to users."""
    seconds: float
    """Since the run began."""

    @property
    def rate(self) -> float:
        """Users a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def eta_s(self) -> float | None:
        """Seconds left at this rate; None before the first user."""
        return (self.total - self.done) / self.rate if self.rate else None


ProgressOption: TypeAlias = Callable[[Progress], object] | bool | None


def is_in_notebook() -> bool:
    """Whether this is the kernel of a notebook."""
    # A library may have imported Jupyter's kernel into a script; only a running one has a shell that knows it.
    ipython = sys.modules.get("IPython")
    return getattr(ipython and ipython.get_ipython(), "kernel", None) is not None


class Meter:
    """Counts outcomes and shows them: by a function of the caller, or by tqdm; a context manager."""

    def __init__(self, total: int, option: ProgressOption) -> None:
        self._total = total
        self._tell = option if callable(option) else None
        self._started = time.monotonic()
        self._counts: Counter[str] = Counter()
        notebook = is_in_notebook()
        hidden = option is False or self._tell is not None or not total
        only_in_terminals = None  # as tqdm says it
        # In a notebook a line of text stays when the kernel is gone; a script's standard output is the script's own.
        self._bar = tqdm(
            total=total, unit=" users", mininterval=0.5, ncols=100 if notebook else None,
            file=sys.stdout if notebook else sys.stderr,
            disable=True if hidden else False if notebook or option else only_in_terminals,
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._bar.close()

    def count(self, outcomes: Sequence[UserOutcome], counted: int) -> int:
        """Count the outcomes that are new, and say how many are counted now."""
        new = outcomes[counted:]
        if not new:
            return counted
        self._counts.update(one.outcome.value for one in new)
        self._bar.set_postfix(self._counts, refresh=False)
        self._bar.update(len(new))
        if self._tell is not None:
            seconds = time.monotonic() - self._started
            counts = dict(self._counts)
            self._tell(Progress(done=self._counts.total(), total=self._total, outcomes=counts, seconds=seconds))
        return counted + len(new)
