"""Split CSV bytes into records, each with the line it starts on (RFC 4180)."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from typing import NamedTuple

from scimrecon.errors import ExportError

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 50
_SAMPLE_CHARACTERS = 200_000


class Record(NamedTuple):
    """One record of a file."""

    line: int
    """Line it starts on, from 1."""
    cells: list[str]


def decode(data: bytes, name: str) -> str:
    """Decode an export's bytes: UTF-8, with or without byte order mark.

    Raises
    ------
    ExportError
        Anything else; the message says where and what to do.
    """
    if data.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
        raise ExportError(f"{name}: an Excel workbook or another packed file, not CSV. In Excel: Save As, CSV UTF-8.")
    for mark, encoding in ((codecs.BOM_UTF16_LE, "UTF-16"), (codecs.BOM_UTF16_BE, "UTF-16")):
        if data.startswith(mark):
            raise ExportError(f"{name}: the file is {encoding}. Save it as UTF-8 (in Excel: CSV UTF-8) and read that.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        found = data[error.start : error.start + 1].hex()
        raise ExportError(
            f"{name} line {line}: byte 0x{found} is not UTF-8. The file is in another encoding (often Windows-1252, cp1252). "
            "Export it again as UTF-8, or, if you know its encoding, convert it: "
            "Path(new).write_text(Path(old).read_text('cp1252'), 'utf-8')."
        ) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ExportError(f"{name} line {line}: a NUL character. The file is damaged or binary; export it again as CSV.")
    return text


def find_delimiter(text: str) -> str:
    """Choose among comma, semicolon, tab and bar: the one that splits the most records like the header."""

    def vote(delimiter: str) -> tuple[int, int]:
        reader = csv.reader(io.StringIO(text[:_SAMPLE_CHARACTERS], newline=""), delimiter=delimiter)
        widths: list[int] = []
        try:
            for _, record in zip(range(_SAMPLE_RECORDS), reader, strict=False):
                widths.append(len(record))
        except csv.Error:
            pass  # a damaged record says nothing about the delimiter; reading will name it
        if not widths or widths[0] < 2:
            return (0, 0)
        return (sum(width == widths[0] for width in widths), widths[0])

    return max(_DELIMITERS, key=vote)


def read_records(text: str, delimiter: str, name: str) -> Iterator[Record]:
    """Yield the records of a text, blank lines left out.

    Raises
    ------
    ExportError
        A quote that is never closed or stands inside a cell: what follows cannot be told apart any more.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if cells:
                yield Record(line, cells)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ExportError(
            f"{name} line {line}: {error}. The record that starts here cannot be split into cells; "
            "look for a quote that is not closed or not doubled."
        ) from error
