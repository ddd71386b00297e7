"""The user's own pandera schema: Arrow clears most rows, and pandera's word on the rest is as if it had seen all."""

import re

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon.exports.checking import check_schema
from scimrecon.exports.doubts import find_doubtful
from scimrecon.exports.table import Rejected, Table
from scimrecon.values import text_series

CELLS = st.none() | st.sampled_from(
    ["Null", "O'Brien", "000417", "٠٠٤", "a\u00a0b", "a b", "a\vb", "a\x1cb", "a\n", "A", "ſ", "Zoë", "x" * 9, "a@x", "7"]
)
CHECKS = st.sampled_from(
    [
        lambda: pa.Check.isin(["Null", "O'Brien", "A"]),
        lambda: pa.Check.str_length(2, 7),
        lambda: pa.Check.str_length(max_value=3),
        lambda: pa.Check.str_length(exact_value=1),
        lambda: pa.Check.str_matches(r"^\d+$"),
        lambda: pa.Check.str_matches(r"[^\s]+$"),
        lambda: pa.Check.str_matches("a|N"),
        lambda: pa.Check.str_matches("(?i)[sn]"),
        lambda: pa.Check.str_matches("a{,3}$"),
        lambda: pa.Check.str_contains(r"\w\s\w"),
        lambda: pa.Check.str_contains(re.compile("l$")),
        lambda: pa.Check.str_startswith("a"),
        lambda: pa.Check.str_endswith("n"),
        lambda: pa.Check.isin([7, "7"]),
        lambda: pa.Check(lambda cells: cells.str.len() > 1, name="isin"),
        lambda: pa.Check(lambda cell: cell != "A", element_wise=True),
        lambda: pa.Check.str_length(2, 7, ignore_na=False),
    ]
)


@st.composite
def columns(draw):
    checks = [make() for make in draw(st.lists(CHECKS, max_size=2))]
    return pa.Column(str, checks, nullable=draw(st.booleans()), unique=draw(st.booleans()))


def whole(table, schema, name):
    """The same with a check of the whole table, which takes every row to pandera."""
    schema = pa.DataFrameSchema(schema.columns, checks=[pa.Check(lambda _: True)])
    return check_schema(table, schema, name)


@settings(max_examples=50)
@given(columns(), columns(), st.lists(st.tuples(CELLS, CELLS), max_size=8))
def test_rows_are_rejected_as_if_pandera_had_seen_them_all(first, second, rows):
    schema = pa.DataFrameSchema({"Name": first, "Title": second})
    index = pd.Index(range(2, 2 + len(rows)), name="source_line")
    frame = pd.DataFrame({name: text_series([row[at] for row in rows], index) for at, name in enumerate(("Name", "Title"))})
    table = Table(frame=frame, rejected=Rejected())
    ours, theirs = (check(table, schema, "hr.csv") for check in (check_schema, whole))
    pd.testing.assert_frame_equal(ours.frame, theirs.frame)
    assert ours.rejected == theirs.rejected


def test_only_rows_that_may_fail_are_shown_to_pandera():
    rows = pd.DataFrame({"Name": ["000417", "417", "Zoë", None, "000418"], "Title": list("abcda")}, dtype="str")
    schema = pa.DataFrameSchema({
        "Name": pa.Column(str, pa.Check.str_matches(r"\d{6}"), nullable=True),
        "Title": pa.Column(str, unique=True),
        "Town": pa.Column(str, required=False),
    })  # fmt: skip
    assert find_doubtful(rows, schema).tolist() == [True, True, True, False, True]


@pytest.mark.parametrize(
    "schema",
    [
        pa.DataFrameSchema({"Name": pa.Column(int, coerce=True)}),
        pa.DataFrameSchema({"Name": pa.Column(str, pa.Check(lambda cells: cells != "a"))}),
        pa.DataFrameSchema({"Name": pa.Column(str)}, unique=["Name"]),
        pa.DataFrameSchema({"Name": pa.Column(str)}, index=pa.Index(int)),
        pa.DataFrameSchema({"N.*": pa.Column(str, regex=True)}),
    ],
)
def test_what_only_pandera_can_tell_is_left_to_pandera(schema):
    assert find_doubtful(pd.DataFrame({"Name": ["a"]}, dtype="str"), schema) is None
