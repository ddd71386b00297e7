"""A part of `make chaos`: the process is killed, and what its run file tells is true; `resume` completes it elsewhere."""

import pytest

from chaos.cases import Case
from chaos.nursery import Nursery
from chaos.process import ChaosProcess

DEATHS = [0, 19, 3, 48, 66, 44, 56, 43]
"""As the plan is written down, at the first PUT, in the midst, at the end; three of them as the run file is written."""


@pytest.fixture(scope="module")
def processes():
    with ChaosProcess() as handle, Nursery() as nursery:
        yield handle, nursery


@pytest.mark.parametrize("number", DEATHS)
def test_a_killed_run_tells_no_lie_and_is_completed_by_resume(processes, number):
    verdict = Case(number, killed=True, users=60).run(*processes)

    assert not verdict.violations, str(verdict)
    assert verdict.injected["killed"]
