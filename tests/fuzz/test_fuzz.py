"""No file crashes or hangs the readers, and rows and rejects account for all of it: no cell is lost, none invented."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from nasty import TRAPS

from fuzz import csv_judge, ldif_judge
from fuzz.inputs import made, mutated
from fuzz.judging import judge
from scimrecon.exports.csv_table import read_csv
from scimrecon.exports.ldif_table import read_ldif


@given(made)
@example(b'No,Name\na,"b\nc"d,e\n"f\n')
@pytest.mark.timeout(280)
def test_files_made_of_pieces_are_accounted_for(data):
    judge(data)


@given(mutated())
@pytest.mark.timeout(280)
def test_nasty_files_with_bytes_changed_are_accounted_for(data):
    judge(data)


SMALL = [trap for trap in TRAPS if len(trap.octets()) <= 100_000 and not trap.name.endswith(".xlsx")]


@pytest.mark.parametrize("trap", SMALL, ids=lambda trap: trap.name)
def test_the_judges_agree_with_the_goldens(trap):
    """What was judged by hand passes the judges, so that they ask no more than is right."""
    judge(trap.octets())


@pytest.mark.parametrize("spoil", ["lose a row", "lose a reject", "bend a cell", "swap cells"])
def test_the_judges_notice_what_is_lost_or_invented(spoil):
    text, ldif = 'No,Name\np1,Ann\np2,"Lee\n', "dn: uid=a,dc=x\nsn: Lee\ncn: Ann\n\nsn: stray\n"
    for judge_one, table, source in [
        (csv_judge.judge, read_csv(text, "x"), text), (ldif_judge.judge, read_ldif(ldif.encode(), "x"), ldif.encode()),
    ]:  # fmt: skip
        judge_one(table, source)
        match spoil:
            case "lose a row":
                table = replace(table, frame=table.frame.iloc[1:])
            case "lose a reject":
                table.rejected.lines.clear()
            case "bend a cell":
                table.frame.iloc[0, 1] += " "
            case "swap cells":
                table.frame.iloc[0] = table.frame.iloc[0].tolist()[::-1]
        with pytest.raises(AssertionError):
            judge_one(table, source)
