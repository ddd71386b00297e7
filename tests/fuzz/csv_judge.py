"""CSV, split character by character: what every record of a file must be."""

import re
from typing import NamedTuple

from scimrecon.exports.table import Table

LINE_END = re.compile(r"\r\n|\r|\n")


class Split(NamedTuple):
    """A text, split by one delimiter."""

    records: dict[int, list[str]]
    """Cells by the line a record starts on; blank lines are none."""
    broken: dict[int, str]
    """Lines that cannot be split, by number."""


def split(text: str, delimiter: str) -> Split:
    """Split as RFC 4180 says; of a record whose quotes are wrong its first line is broken, and the next begins anew."""
    starts = [0, *(found.end() for found in LINE_END.finditer(text))]
    line_of = {start: number for number, start in enumerate(starts, start=1)}
    records, broken = {}, {}
    at = 0
    while at < len(text):
        line = line_of[at]
        cells, end = _record(text, at, delimiter)
        if end is None:
            end = starts[line] if line < len(starts) else len(text)
            broken[line] = text[at:end].rstrip("\r\n")
        elif cells != [""] or text[at : at + 1] == '"':
            records[line] = cells
        at = end
    return Split(records, broken)


def _record(text: str, at: int, delimiter: str) -> tuple[list[str], int | None]:
    """Take one record: its cells, and where the next one starts; None where it cannot be split."""
    cells = []
    while True:
        if text.startswith('"', at):
            cell, at = _quoted(text, at + 1)
            if cell is None:
                return [], None
        else:
            end = at
            while end < len(text) and text[end] not in (delimiter, "\r", "\n"):
                end += 1
            cell, at = text[at:end], end
        cells.append(cell)
        if at == len(text):
            return cells, at
        if text[at] == delimiter:
            at += 1
            continue
        ending = LINE_END.match(text, at)
        return (cells, ending.end()) if ending else ([], None)


def _quoted(text: str, at: int) -> tuple[str | None, int]:
    cell = ""
    while at < len(text):
        if text[at] != '"':
            cell += text[at]
            at += 1
        elif text.startswith('""', at):
            cell += '"'
            at += 2
        else:
            return cell, at + 1
    return None, at


def judge(table: Table, text: str) -> None:
    """Every record is a title, the header, a row or a reject, with all its cells, by one of the four delimiters."""
    faults = {delimiter: _fault(table, split(text, delimiter)) for delimiter in ",;\t|"}
    assert "" in faults.values(), faults


def _fault(table: Table, found: Split) -> str:
    titles = next((one["count"] for one in table.findings if one["finding"] == "title_rows"), 0)
    lines = list(found.records)
    if titles >= len(lines):
        return "there is no header"
    header = [name.strip() for name in found.records[lines[titles]]]
    if header != list(table.frame.columns):
        return f"the header is {header}"
    records = {line: found.records[line] for line in lines[titles + 1 :]}
    rows = table.frame.astype(object).where(table.frame.notna(), "")
    read = {int(line): list(cells) for line, cells in zip(rows.index, rows.itertuples(index=False, name=None), strict=True)}
    rejected = {line: list(cells) for line, cells in table.rejected.lines.items()}
    if read.keys() & rejected.keys():
        return f"both rows and rejects: {sorted(read.keys() & rejected.keys())}"
    for line, cells in {**records, **{line: [text] for line, text in found.broken.items()}}.items():
        whole = [cell.encode("utf-8", "replace").decode() for cell in cells]
        if read.get(line, rejected.get(line)) != whole:
            return f"line {line} is {cells}, and was read as {read.get(line, rejected.get(line))}"
    invented = (read.keys() | rejected.keys()) - records.keys() - found.broken.keys()
    return f"lines that are none: {sorted(invented)}" if invented else ""
