"""Split CSV text into records, each with the line it starts on (RFC 4180), and go on after one that cannot be split."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from scimrecon.errors import ExportError

_DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 50
_SAMPLE_CHARACTERS = 200_000
_MAX_CELL = 16 * 2**20
_MAX_RESTARTS = 100
_MAX_TITLE_ROWS = 10
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?[ ,;]*\r?(?:\n|$)', re.IGNORECASE)
_TYPE_LINE = re.compile(r'"?#TYPE [^\r\n]*(?:\r\n|\r|\n|$)')


class Record(NamedTuple):
    """One record of a file."""

    line: int
    """Line it starts on, from 1."""
    cells: list[str]


class Broken(NamedTuple):
    """Lines that cannot be split into cells."""

    line: int
    text: str
    reason: str
    open_quote: bool
    """Whether a quote opens there that nothing closes."""


class Preamble(NamedTuple):
    """What stands before the table."""

    text: str
    """The file without it; its lines are left empty, so that numbers hold."""
    delimiter: str
    """As the file says; empty where it does not."""
    lines: tuple[str, ...]
    """What was left out."""


def take_preamble(text: str) -> Preamble:
    """Take off a ``sep=;`` line, as Excel reads, and a ``#TYPE`` line, as PowerShell writes."""
    delimiter, lines = "", []
    start = 0
    while found := _SEPARATOR_LINE.match(text, start) or _TYPE_LINE.match(text, start):
        delimiter = (found.groups() or ("",))[0] or delimiter
        lines.append(found[0].strip())
        start = found.end()
        if len(lines) == 2:
            break
    return Preamble("\n" * len(lines) + text[start:] if lines else text, delimiter, tuple(lines))


def find_delimiter(text: str, known: Callable[[Sequence[str]], bool]) -> str:
    """Choose among comma, semicolon, tab and bar: the one that splits the most records like the header.

    Parameters
    ----------
    text
        The table.
    known
        Tells whether some preset knows a header; a delimiter that makes a known one has won.
    """

    def vote(delimiter: str) -> tuple[bool, int, int]:
        sample = _sample(text, delimiter)
        widths = [len(record) for record in sample]
        if not widths:
            return (False, 0, 0)
        if widths[0] < 2:
            # A title above the table says nothing; the table below it may.
            width, often = Counter(widths).most_common(1)[0]
            return (False, -1 if width < 2 or often < 3 else 0, width if often >= 3 else 0)
        is_known = any(known([cell.strip() for cell in record]) for record in sample[:_MAX_TITLE_ROWS])
        return (is_known, sum(width == widths[0] for width in widths), widths[0])

    return max(_DELIMITERS, key=vote)


def _sample(text: str, delimiter: str) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text[:_SAMPLE_CHARACTERS], newline=""), delimiter=delimiter)
    records: list[list[str]] = []
    try:
        for record in reader:
            if record:
                records.append(record)
            if len(records) == _SAMPLE_RECORDS:
                break
    except csv.Error:
        pass  # a damaged record says nothing about the delimiter; reading will name it
    return records


def read_records(text: str, delimiter: str, name: str) -> tuple[list[Record], list[Broken]]:
    """Split a text into its records, blank lines left out, and the lines that cannot be.

    Where a quote stands inside a cell or is never closed, its line alone is given up, and reading goes on with the next.

    Raises
    ------
    ExportError
        So many quotes are never closed that the file is of another kind.
    """
    records: list[Record] = []
    broken: list[Broken] = []
    limit = csv.field_size_limit(_MAX_CELL)
    try:
        start, unclosed, lines = 1, 0, iter(io.StringIO(text, newline=""))
        kept: list[str] | None = None
        while failed := _split(lines, delimiter, start, records):
            line, error = failed
            # Lines are kept only once one failed: reading starts anew after it.
            kept = list(io.StringIO(text, newline="")) if kept is None else kept
            reason = f"{error}: a quote that is not closed or not doubled?"
            is_open = "unexpected end of data" in str(error)
            broken.append(Broken(line, kept[line - 1].rstrip("\r\n"), reason, is_open))
            # Only a quote that is never closed makes reading run to the end, so only of those there may not be many.
            unclosed += is_open
            if unclosed == _MAX_RESTARTS:
                raise ExportError(
                    f"{name} line {line}: {error}, as on {_MAX_RESTARTS - 1} lines before; is it CSV? Export it again."
                )
            start, lines = line + 1, _from(kept, line)
    finally:
        csv.field_size_limit(limit)
    return records, broken


def _split(lines: Iterator[str], delimiter: str, start: int, records: list[Record]) -> tuple[int, csv.Error] | None:
    """Append records until the end, or until one cannot be split: then say on which line it starts."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = start
    try:
        for cells in reader:
            if cells:
                records.append(Record(line, cells))
            line = start + reader.line_num
    except csv.Error as error:
        return line, error
    return None


def _from(lines: list[str], at: int) -> Iterator[str]:
    return (lines[number] for number in range(at, len(lines)))


def find_header(records: Sequence[Record], known: Callable[[Sequence[str]], bool]) -> int:
    """Say at which record the table begins: below titles, whose records have one cell with text."""
    head = records[: _MAX_TITLE_ROWS + 1]
    for at, record in enumerate(head):
        if known([cell.strip() for cell in record.cells]):
            return at
        if sum(bool(cell.strip()) for cell in record.cells) > 1:
            return at if _is_header(records, at) else 0
    return 0


def _is_header(records: Sequence[Record], at: int) -> bool:
    width = len(records[at].cells)
    below = records[at + 1 : at + 1 + _MAX_TITLE_ROWS]
    alike = sum(len(record.cells) == width for record in below)
    return at == 0 or (alike >= 2 and alike * 2 > len(below))
