"""Processes that apply a plan and are killed in its midst: forked from one that has imported everything and started no thread.

    python -m chaos.nursery

reads a seed and its circumstances a line, and says how that child ended.
"""

import json
import os
import sys
import traceback
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Self

import scimrecon as sr
from chaos.process import ChaosProcess, Handle, python
from chaos.runner import options_of
from chaos.scenario import make_scenario, prepare


def live(*, seed: int, users: int, ports: list[int], path: str, death: dict[str, Any]) -> None:
    """A child's life: plan, have itself killed at a request to come, and apply."""
    handle = Handle(*ports)
    target, plan = prepare(make_scenario(seed, users), handle)
    handle.arm(pid=os.getpid(), **death)
    sr.apply_plan(plan, target, dry_run=False, run=path, **options_of(seed))
    handle.disarm()


def _bear(words: dict[str, Any]) -> int:
    """Fork a child and wait for its end; its exit code, negative if it was killed."""
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        os.chdir(Path(words["path"]).parent)
        live(**words)
    except BaseException:  # noqa: BLE001 - a child ends here, whatever happens
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


class Nursery(AbstractContextManager["Nursery"]):
    """The process that forks; a context manager."""

    def __enter__(self) -> Self:
        # Libraries keep threads of their own, which do no harm here, and of which Python 3.12 warns.
        self._process = python("chaos.nursery", options=["-W", "ignore::DeprecationWarning"])
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate(timeout=60)  # closes its input, which ends it

    def bear(self, **words: Any) -> int:
        """Let a child live; its exit code, -9 if it was killed."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(words), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def _warm_up() -> None:
    """Have all imported that a plan needs; it leaves no thread behind."""
    scenario = make_scenario(0, 20)
    with ChaosProcess() as handle:
        handle.reset(scenario.users)
        prepare(scenario, handle)


if __name__ == "__main__":
    _warm_up()
    for line in sys.stdin:
        print(_bear(json.loads(line)), flush=True)
