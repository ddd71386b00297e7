"""LDIF as text rows: one an entry, one column an attribute description."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from scimrecon import schemas
from scimrecon.exports.ldif import Block, read_blocks
from scimrecon.exports.table import Rejected, Table, frame_of, write_values
from scimrecon.values import shorten

_MAX_KEPT = 100_000
_RANGE = re.compile(r";range=\d+-\d", re.IGNORECASE)
"""A range that does not end in ``*``: more values follow (Active Directory gives 1,500 at once)."""


def read_ldif(data: bytes, name: str) -> Table:
    """Read LDIF (UTF-8) into rows; ``dn`` comes first, a column with several values in a row holds them as a JSON array of texts.

    Raises
    ------
    ExportError
        So many attributes that no table can hold them.
    """
    data = _unify(data)
    columns: dict[str, dict[int, str]] = {"dn": {}}
    lines: list[int] = []
    rejected = Rejected()
    seen = _Seen()
    for block in read_blocks(data, {}):
        seen.note(block)
        if block.reason:
            rejected.add(block.line, _kept(data, block), block.reason, column="dn" if "dn" in block.reason[:3] else None)
        elif block.dn is not None:
            row = len(lines)
            lines.append(block.line)
            columns["dn"][row] = block.dn
            _add_row(columns, row, block.values)
    return Table(
        frame=frame_of(columns, lines, name),
        rejected=rejected,
        findings=[
            *seen.findings(len(lines) + len(rejected.lines), whole=data.endswith(b"\n") or not data),
            *_of_columns(columns, seen.encoded),
        ],
        format="LDIF",
        whole=bool(seen.results),
    )


def _add_row(columns: dict[str, dict[int, str]], row: int, entry: Mapping[str, list[str]]) -> None:
    for attribute, values in entry.items():
        column = columns.get(attribute)
        if column is None:
            column = columns[attribute] = {}
        if len(values) == 1 and values[0][:1] != "[":
            column[row] = values[0]
        else:
            column[row] = write_values(values) if values else ""


def _unify(data: bytes) -> bytes:
    """End all lines by LF. A CR within the lines of such a file ends none (RFC 2849); before the LF there may be several."""
    if b"\r" not in data:
        return data
    if b"\n" not in data:
        return data.replace(b"\r", b"\n")
    return data.replace(b"\r\n", b"\n").replace(b"\r\n", b"\n")


def _of_columns(columns: Mapping[str, Mapping[int, str]], encoded: Mapping[str, int]) -> Iterator[dict[str, object]]:
    """Say which columns hold bytes, and which not all values."""
    for column, number in encoded.items():
        if column not in columns:
            continue  # a control's, which is no attribute
        if number == len(columns[column]):
            yield schemas.make_finding("binary", "info", column, number, "the bytes are no text; the cells hold them as base64")
        else:
            detail = "values that are no text stand as base64 among texts, and a mapping cannot tell them apart: see the file"
            yield schemas.make_finding("binary_among_texts", "amber", column, number, detail)
    for column, cells in columns.items():
        if _RANGE.search(column):
            detail = "the directory gave a range of the values, and not all of them; ask it for the rest"
            yield schemas.make_finding("ranged", "amber", column, len(cells), detail)


def _kept(data: bytes, block: Block) -> list[str]:
    """Take a reject's lines as they are; of one too long to show, the beginning."""
    raw = data[block.start : min(block.end, block.start + _MAX_KEPT)].strip(b"\n")
    return raw.decode("utf-8", "backslashreplace").split("\n") + (["…"] if block.end - block.start > _MAX_KEPT else [])


class _Seen:
    """What the blocks of a file say beside its entries."""

    def __init__(self) -> None:
        self.results: list[str] = []
        self.searches = 0
        self.promised = 0
        self.references: list[str] = []
        self.unfollowed: Counter[str] = Counter()
        self.somewhere: dict[str, str] = {}
        self.encoded: Counter[str] = Counter()

    def note(self, block: Block) -> None:
        if block.notes:
            self.searches += "extended" in block.notes
            if "result" in block.notes:
                self.results.append(block.notes["result"])
            if "ref" in block.notes:
                self.references.append(block.notes["ref"])
            promised = block.notes.get("numentries", "")
            self.promised += int(promised) if promised.isdecimal() and len(promised) < 10 else 0
        if block.unfollowed:
            self.unfollowed.update(block.unfollowed.keys())
            self.somewhere.update(block.unfollowed)
        if block.encoded:
            self.encoded.update(block.encoded.keys())

    def findings(self, entries: int, *, whole: bool) -> list[dict[str, object]]:
        found = [schemas.make_finding("truncated", "red", None, entries, reason) for reason in self._cuts(entries)]
        if not whole:
            detail = "the last line has no line end: was the file cut off?"
            found.append(schemas.make_finding("no_last_line_end", "amber", None, 1, detail))
        if self.references:
            detail = f"entries stand in another directory, not in this file: {shorten(self.references[0])}; not followed"
            found.append(schemas.make_finding("referrals", "amber", None, len(self.references), detail))
        for column, number in self.unfollowed.items():
            detail = f"the value stands in another file, {shorten(self.somewhere[column])}, which is not read; the cell is blank"
            found.append(schemas.make_finding("not_followed", "amber", column, number, detail))
        return found

    def _cuts(self, entries: int) -> Iterable[str]:
        failed = [result for result in self.results if result.split(" ")[0] != "0"]
        if failed:
            yield f"ldapsearch ended with result {shorten(failed[0])}: entries are missing"
        if self.promised > entries:
            promised = "1 entry" if self.promised == 1 else f"{self.promised:,} entries"
            yield f"ldapsearch says it wrote {promised}; the file has {entries:,}"
        if self.searches > len(self.results):
            yield "ldapsearch wrote no result at the end: the search, or the file, was cut off"
