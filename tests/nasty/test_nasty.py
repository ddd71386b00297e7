"""Nasty files have golden outcomes: exact rows, rejects and findings, each judged by hand."""

import pytest

from nasty import TRAPS
from nasty.telling import GOLDEN, golden_of, tell


@pytest.mark.timeout(60)
@pytest.mark.parametrize("trap", TRAPS, ids=lambda trap: trap.name)
def test_a_nasty_file_is_read_as_its_golden_says(trap, tmp_path):
    assert tell(trap, tmp_path) == golden_of(trap).read_text(encoding="utf-8")


def test_every_golden_is_of_a_trap_and_every_trap_has_a_name_of_its_own():
    names = [trap.name for trap in TRAPS]
    assert len(set(names)) == len(names) >= 60
    assert {path.name for path in GOLDEN.iterdir()} == {f"{name}.txt" for name in names}
