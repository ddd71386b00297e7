"""Nasty files, each named after its trap, and beside each a golden text: what reading it must give, judged by hand.

    PYTHONPATH=tests .venv/bin/python -m nasty

writes the goldens again, for review: a changed one shows as a diff. None is taken over unread.
"""

from nasty import encodings, json_files, ldif, packed, tables, values, workbooks

TRAPS = (
    *values.TRAPS, *tables.TRAPS, *encodings.TRAPS, *ldif.TRAPS, *json_files.TRAPS, *workbooks.TRAPS, *packed.TRAPS,
)  # fmt: skip
