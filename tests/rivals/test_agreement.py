"""Another reader of LDIF reads what we read, but where RFC 2849 is on our side, which a table says."""

import pytest
from nasty import ldif

from rivals import environments
from rivals.agreement import disagreements
from rivals.differences import DIFFERENCES


@pytest.mark.timeout(120)
def test_the_package_ldif_agrees_but_where_the_table_says(tmp_path):
    """python-ldap wants a compiler: `make fuzz` asks it the same."""
    assert disagreements("ldif", environments.install("ldif", tmp_path), tmp_path) == []


def test_the_table_is_of_nasty_files_that_there_are():
    assert DIFFERENCES.keys() <= {trap.name for trap in ldif.TRAPS}
