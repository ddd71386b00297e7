"""A part of `make chaos`: each fault alone, and all of them mixed; `resume` completes what a faulty way left undone."""

import pytest

from chaos.faults import DENSE, FAULTS, SLOW
from chaos.process import ChaosProcess
from chaos.runner import run_seed
from chaos.server import Versions

VERSIONS = list(Versions)


@pytest.fixture(scope="module")
def handle():
    with ChaosProcess() as handle:
        yield handle


@pytest.mark.parametrize(("seed", "fault"), list(enumerate(FAULTS)), ids=list(FAULTS))
def test_under_each_fault_every_outcome_is_true_and_all_is_done_in_the_end(handle, folder, seed, fault):
    versions, rate = VERSIONS[seed % len(VERSIONS)], 0.15 if fault in SLOW else 0.3

    verdict = run_seed(seed, handle, folder, faults=[fault], users=60, versions=versions, rate=rate)

    assert not verdict.violations, str(verdict)
    assert verdict.injected[fault] >= 2


@pytest.mark.parametrize(("seed", "versions"), list(enumerate(VERSIONS, start=1000)))
def test_under_all_faults_every_outcome_is_true_and_all_is_done_in_the_end(handle, folder, seed, versions):
    verdict = run_seed(seed, handle, folder, faults=list(FAULTS), versions=versions, rate=0.2)

    assert not verdict.violations, str(verdict)
    assert len(verdict.injected) >= 12


@pytest.mark.parametrize(("seed", "versions"), list(enumerate(VERSIONS, start=2000)))
def test_where_each_attempt_has_its_fault_an_earlier_doubt_is_not_forgotten(handle, folder, seed, versions):
    verdict = run_seed(seed, handle, folder, faults=DENSE, users=100, versions=versions, rate=0.5)

    assert not verdict.violations, str(verdict)


def test_without_faults_nothing_is_left_to_resume(handle, folder):
    verdict = run_seed(1, handle, folder, faults=[], users=60)

    assert not verdict.violations, str(verdict)
    assert verdict.resumes == 0
