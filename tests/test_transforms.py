"""Named transforms: what a directory's cells mean; what cannot be read is a problem of that cell, and never a guess."""

import base64
import datetime as dt

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.errors import MappingError

GUID = "5a1d2c3b-4e5f-6071-8293-a4b5c6d7e8f9"
ENCODED = "OywdWl9OcWCCk6S1xtfo+Q=="


def mapped(transform, *cells):
    """What cells become, and how many of them are problems."""
    desired = sr.map_users(pd.DataFrame({"Cell": list(cells)}, dtype="str"), {"title": sr.column("Cell", transform=transform)})
    return [None if pd.isna(cell) else cell for cell in desired.frame["title"]], len(desired.problems)


@pytest.mark.parametrize(
    ("transform", "cell", "text"),
    [
        ("immutable_id", GUID, ENCODED),
        ("immutable_id", f" {{{GUID.upper()}}} ", ENCODED),
        ("immutable_id", ENCODED, ENCODED),
        ("immutable_id", "X'3b2c1d5a5f4e71608293a4b5c6d7e8f9'", ENCODED),
        ("guid", ENCODED, GUID),
        ("guid", f"{{{GUID}}}", GUID),
        ("filetime", "134173273570000000", "2026-03-07T03:22:37Z"),
        ("filetime", "0", None),
        ("filetime", "9223372036854775807", None),
        ("filetime", "9223372036854770000", None),
        ("generalized_time", "20171117102419.0Z", "2017-11-17T10:24:19Z"),
        ("generalized_time", "20171117102419+0130", "2017-11-17T08:54:19Z"),
        ("generalized_time", "2017111710Z", "2017-11-17T10:00:00Z"),
        ("generalized_time", "16010101000000.0Z", None),
        ("date:%d.%m.%Y", "29.02.2024", "2024-02-29"),
        ("date:%m/%d/%Y %I:%M:%S %p", "3/29/2026 2:22:37 PM", "2026-03-29"),
        ("inverted", "TRUE", "false"),
        ("inverted", "no", "true"),
        ("immutable_id", " ", None),
    ],
)
def test_a_cell_that_can_be_read_is_what_it_means(transform, cell, text):
    assert mapped(transform, cell) == ([text], 0)


@pytest.mark.parametrize(
    ("transform", "cell"),
    [
        ("immutable_id", GUID[:-1]),
        ("immutable_id", "QUJD"),
        ("immutable_id", "OywdWl9OcWCCk6S1xtfo+R=="),
        ("guid", "CN=Ann"),
        ("filetime", "-1"),
        ("filetime", "3/29/2026"),
        ("filetime", "٣"),
        ("generalized_time", "20171117102419"),
        ("generalized_time", "20171317102419Z"),
        ("generalized_time", "00010101000000+2300"),
        ("date:%d.%m.%Y", "02/29/2024"),
        ("date:%d.%m.%Y", "30.02.2024"),
        ("inverted", "perhaps"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_problem(transform, cell):
    assert mapped(transform, cell) == ([None], 1)


@settings(max_examples=25)
@given(st.uuids())
def test_a_guid_is_itself_again_after_every_form(guid):
    encoded = base64.b64encode(guid.bytes_le).decode()
    assert mapped("immutable_id", str(guid), encoded, f"X'{guid.bytes_le.hex()}'") == ([encoded] * 3, 0)
    assert mapped("guid", encoded, str(guid)) == ([str(guid)] * 2, 0)


@settings(max_examples=25)
@given(st.datetimes(dt.datetime(1700, 1, 1), dt.datetime(9999, 12, 31)).map(lambda moment: moment.replace(microsecond=0)))  # noqa: DTZ001
def test_a_moment_is_the_same_in_both_of_active_directorys_forms(moment):
    ticks = (moment - dt.datetime(1601, 1, 1)) // dt.timedelta(microseconds=1) * 10  # noqa: DTZ001
    iso = moment.isoformat() + "Z"
    assert mapped("filetime", str(ticks)) == ([iso], 0)
    assert mapped("generalized_time", f"{moment:%Y%m%d%H%M%S}.0Z".rjust(17, "0")) == ([iso], 0)


@pytest.mark.parametrize("transform", ["date:", "date:%d.%m", "date:%H:%M", "date:%Q", "dates", "guid:x"])
def test_a_transform_that_is_none_is_refused(transform):
    with pytest.raises(MappingError, match="is not one of"):
        sr.column("Cell", transform=transform)
