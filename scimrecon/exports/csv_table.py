"""CSV as text rows, whatever state the file is in: header, records of its width, and those that are not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports.catalogue import propose
from scimrecon.exports.csv_records import Broken, Record, find_delimiter, find_header, read_records, take_preamble
from scimrecon.exports.table import Rejected, Table
from scimrecon.tables import count
from scimrecon.values import shorten, text_series


def read_csv(text: str, name: str) -> Table:
    """Read CSV into rows.

    Raises
    ------
    ExportError
        There is no header, or it has an empty or repeated name; too much of the file cannot be split.
    """
    before = take_preamble(text)
    delimiter = before.delimiter or find_delimiter(before.text, is_known)
    records, broken = read_records(before.text, delimiter, name)
    at = find_header(records, is_known)
    skipped = [*before.lines, *(" ".join(filter(None, record.cells)) for record in records[:at])]
    header = read_header(records[at] if records else None, name)
    notes = [tell_skipped(skipped)] if skipped else []
    notes += _cuts(text, records, broken, header)
    return make_table(header, records[at + 1 :], broken, notes)


def make_table(
    header: list[str], records: Sequence[Record], broken: Sequence[Broken], notes: list[dict[str, object]], form: str = "CSV"
) -> Table:
    """Split records of the header's width from those that are not."""
    width = len(header)
    lines: list[int] = []
    kept: list[list[str]] = []
    rejected = Rejected()
    for record in records:
        if len(record.cells) == width:
            lines.append(record.line)
            kept.append(record.cells)
        else:
            reason = f"{len(record.cells)} cells, the header has {width}: an unquoted delimiter or line break?"
            rejected.add(record.line, record.cells, reason)
    for one in broken:
        rejected.add(one.line, [one.text], one.reason)
    index = pd.Index(lines, dtype="int64", name="source_line")
    columns = zip(*kept, strict=True) if kept else ([] for _ in header)
    frame = pd.DataFrame(
        {name: text_series([cell or None for cell in cells], index) for name, cells in zip(header, columns, strict=True)},
        index=index,
    )
    return Table(frame=frame, rejected=rejected, findings=notes, format=form, whole=False)


def is_known(header: Sequence[str]) -> bool:
    """Tell whether some preset knows a header."""
    return propose(header)[0].name != "generic"


def read_header(record: Record | None, name: str, where: str = "line") -> list[str]:
    """Take the names of the columns, trimmed.

    Raises
    ------
    ExportError
        There is none; or a name is empty or stands there twice.
    """
    if record is None:
        raise ExportError(f"{name}: the file is empty; an export has a header and one record a person.")
    header = [cell.strip() for cell in record.cells]
    if header[0].startswith("version:v"):
        raise ExportError(f"{name} {where} {record.line}: a template for bulk operations, not an export. Use Download users.")
    if header == ["IsReadOnly", "IsFixedSize", "IsSynchronized", "Keys", "Values", "SyncRoot", "Count"]:
        raise ExportError(f"{name}: PowerShell exported its own tables, not users. Export with Select-Object -Property …")
    for position, cell in enumerate(header, start=1):
        if not cell:
            raise ExportError(
                f"{name} {where} {record.line}: column {position} has no name. Name it or take it out; a name that spans several "
                "merged cells counts for the first alone."
            )
    repeated = [cell for cell, number in Counter(header).items() if number > 1]
    if repeated:
        raise ExportError(
            f"{name} {where} {record.line}: column {repeated[0]!r} stands there {header.count(repeated[0])} times. "
            "Rename all but one: which one is meant cannot be told."
        )
    return header


def tell_skipped(lines: Sequence[str]) -> dict[str, object]:
    """Say what stood above the header."""
    detail = f"{count(len(lines), 'line')} above the header left out: {shorten(' | '.join(lines), 90)}"
    return schemas.make_finding("title_rows", "info", None, len(lines), detail)


def doubt_end(body: bytes, table: Table) -> list[dict[str, object]]:
    """Say that the last cell of a file whose last line has no end stops short: there the file may have been cut off.

    Many programs leave that line end out, so it alone is no sign: the cell must be the beginning of another's.
    """
    frame = table.frame
    if body.endswith((b"\n", b"\r", b'"')) or len(frame) < 2 or max(table.rejected.lines, default=0) > frame.index[-1]:
        return []
    last, others = frame.iloc[-1, -1], frame.iloc[:-1, -1]
    longer = others[others.str.startswith(last) & (others != last)] if isinstance(last, str) else others.iloc[:0]
    if longer.empty:
        return []
    detail = (
        f"the last line ({frame.index[-1]}) has no line end, and its last cell is {shorten(repr(last))} where another is "
        f"{shorten(repr(longer.iloc[0]))}: was the file cut off?"
    )
    return [schemas.make_finding("no_last_line_end", "amber", str(frame.columns[-1]), 1, detail)]


def _cuts(text: str, records: Sequence[Record], broken: Sequence[Broken], header: list[str]) -> list[dict[str, object]]:
    """Say by what the end of a file looks cut off."""
    unclosed = [one for one in broken if one.open_quote]
    if unclosed:
        detail = (
            f"line {unclosed[0].line} opens a quote that nothing closes: the file was cut off there, or the quote is a mistake"
        )
        return [schemas.make_finding("truncated", "red", None, len(unclosed), detail)]
    if records and len(records[-1].cells) < len(header) and not text.endswith(("\n", "\r")):
        detail = (
            f"the last record (line {records[-1].line}) ends within a line, after {len(records[-1].cells)} of {len(header)} cells"
        )
        return [schemas.make_finding("truncated", "red", None, 1, detail)]
    return []
