"""CSV by Arrow: what it reads is what the careful reader reads, and it declines whatever is not regular."""

import csv
import io

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimrecon.exports.csv_columns import read_regular
from scimrecon.exports.csv_table import read_csv
from scimrecon.exports.encodings import decode

CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5) | st.sampled_from(
    ["", "", "O'Brien", "NA", "000417", " ", '"', '""', 'a"b', "a\nb", "a\r\nb", "a\rb", ",", ";", "\ufeff", "\u2028", "é,"]
)
PIECES = st.sampled_from(
    [
        b"a",
        b"Name",
        b'"',
        b'""',
        b",",
        b";",
        b"\n",
        b"\r\n",
        b"\r",
        b" ",
        b"\xc3\xa9",
        b"\xc3",
        b"\xa9",
        b"\xef\xbb\xbf",
        b"\0",
        b"|",
    ]
)


@st.composite
def written(draw):
    """A file as programs write them, with few faults or none."""
    width = draw(st.integers(1, 4))
    records = draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=6))
    if draw(st.booleans()):
        records.append(draw(st.lists(CELLS, max_size=width + 1)))
    text = io.StringIO(newline="")
    text.write(draw(st.sampled_from(["", "", "sep=;\r\n", "#TYPE x\n", "\n", "A title\n\n"])))
    writer = csv.writer(
        text,
        delimiter=draw(st.sampled_from(",;\t|")),
        lineterminator=draw(st.sampled_from(["\r\n", "\n", "\n\n", "\r"])),
        quoting=draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL])),
    )
    writer.writerows([[f"Column {number}" for number in range(width)], *records])
    content = text.getvalue()
    return (content if draw(st.booleans()) else content.rstrip("\r\n")).encode()


@given(written() | st.lists(PIECES, max_size=24).map(lambda pieces: b"Name,Title\n" + b"".join(pieces)))
def test_a_file_is_declined_or_read_as_the_careful_reader_does(content):
    table = read_regular(content, "hr.csv")
    if table is None:
        return
    decoded = decode(content, "UTF-8", "hr.csv")
    careful = read_csv(decoded.text, "hr.csv")
    pd.testing.assert_frame_equal(table.frame, careful.frame)
    assert (table.findings, decoded.findings) == (careful.findings, ()) or list(table.findings) == list(careful.findings)
    assert not careful.rejected.lines
    assert (table.format, table.whole) == (careful.format, careful.whole)


@pytest.mark.parametrize(
    "content",
    [
        "Name,Title\nO'Brien,Clerk\n",
        "Name,Title\nO'Brien,",
        'Name;Title\r\n"O""Brien; Pat";""\r\nNull;"two\nlines"\r\n\r\nAbel;\r\n',
        '#TYPE x\r\n"Name","Title"\r\n"Łuczak","Cook"\r\n',
        "Name\n\n\n NA \n",
        "Name|Title\n" + "Null|Clerk of many things, and of more\n" * 60_000,
        "Name,Title\n" + '"O\'Brien","two\nlines, and more, and yet more"\n' * 60_000,
    ],
    ids=["plain", "no end", "quoted", "powershell", "one column", "several blocks", "line breaks in each block"],
)
def test_a_regular_file_is_not_left_to_the_careful_reader(content):
    table = read_regular(content.encode(), "hr.csv")
    pd.testing.assert_frame_equal(table.frame, read_csv(content, "hr.csv").frame)


@pytest.mark.parametrize(
    "content",
    [
        b'Name,Title\n"O"Brien,Clerk\n',
        b'Name,Title\nO"Brien,Clerk\n',
        b"Name,Title\nNull,Clerk\n\"O'Brien,Clerk\n",
        b"Name,Title\nNull,Clerk,Cork\n",
        b"Name,Title\nNull\n",
        b"Name,Title\nNull,Clerk\rAbel,Cook\n",
        b"Name,Title\nO\0Brien,Clerk\n",
        b"Name,Title\nZo\xeb,Clerk\n",
        b"Name,Title\n\xef\xbb\xbfNull,Clerk\n",
        b"Name,Name\nNull,Clerk\n",
        b"Name,Title\n",
        b"",
    ],
)
def test_whatever_needs_a_word_is_left_to_the_careful_reader(content):
    assert read_regular(content, "hr.csv") is None
