"""LDIF, split line by line: what every block of a file must be."""

import base64
import binascii
import re
from collections.abc import Iterator

import pandas as pd

from scimrecon.exports import read_values
from scimrecon.exports.table import Table

NOISE = (b"#", b"version:", b"search:", b"result:", b"ref:", b"control:", b"text:", b"matcheddn:", b"pagedresults:",
         b"extended:", b"response:", b"sortresult:")  # fmt: skip
PLAIN = re.compile(rb"[A-Za-z][A-Za-z0-9-]*: [A-Za-z0-9@.,=+-][ -~]*")
"""A line of the RFC's own grammar whose value needs no encoding."""


def blocks(data: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """Yield the lines between blank lines, with the number of the first."""
    ends = rb"\r{0,2}\n" if b"\n" in data else rb"\r"
    held: list[bytes] = []
    for number, line in enumerate(re.split(ends, data), start=1):
        if line:
            held.append(line)
        elif held:
            yield number - len(held), held
            held = []
        last = number
    if held:
        yield last + 1 - len(held), held


def unfold(lines: list[bytes]) -> list[bytes]:
    whole: list[bytes] = []
    for line in lines:
        if line.startswith(b" ") and whole:
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


def judge(table: Table, data: bytes) -> None:
    """Every block is a row with all its values, a reject with all its lines, or what a search says of itself."""
    seen = set()
    for line, lines in blocks(data):
        seen.add(line)
        whole = [one for one in unfold(lines) if not one.startswith(b"#")]
        if line in table.frame.index:
            assert line not in table.rejected.lines, line
            _judge_row(table.frame.loc[line], whole)
        elif line in table.rejected.lines:
            told = [one.decode("utf-8", "backslashreplace") for one in lines]
            assert list(table.rejected.lines[line]) == told, (line, lines)
            plain = whole[0].startswith(b"dn: ") and all(PLAIN.fullmatch(one) for one in whole)
            names = [one.partition(b":")[0].lower() for one in whole]
            assert not plain or {b"dn", b"changetype", b"version"} & set(names[1:]), (line, lines)
        else:
            assert all(one.lower().startswith(NOISE) for one in whole), (line, lines)
    assert seen >= set(table.frame.index) | set(table.rejected.lines)


def _judge_row(row: "pd.Series[str]", whole: list[bytes]) -> None:
    while not whole[0].lower().startswith(b"dn:"):
        assert whole.pop(0).lower().startswith(NOISE)
    written: dict[str, list[bytes | None]] = {}
    for line in whole:
        name, mark, value = line.partition(b":")
        assert mark, line
        first, *options = name.decode().lower().split(";")
        written.setdefault(";".join([first, *sorted(options)]), []).append(_octets(value))
    assert {line.strip().lower() for line in written.pop("changetype", [])} <= {b"add"}
    written.pop("control", None)
    cells = {_folded(str(column)): cell for column, cell in row.items() if not pd.isna(cell)}
    for name, values in written.items():
        known = [value for value in values if value is not None]
        held = read_values(cells.pop(name)) if name in cells else []
        assert len(held) == len(known) or (not held and set(known) <= {b""}), (name, held, values)
        assert all(_is(text, value) for text, value in zip(held, known, strict=False)), (name, held, values)
    assert not cells, cells


def _folded(column: str) -> str:
    first, *options = column.lower().split(";")
    return ";".join([first, *sorted(options)])


def _octets(value: bytes) -> bytes | None:
    if value.startswith(b":"):
        return base64.b64decode(value[1:].strip(b" "), validate=True)
    return None if value.startswith(b"<") else value.lstrip(b" ")


def _is(text: str, octets: bytes) -> bool:
    """A cell is the value's text, or the base64 of its bytes."""
    if text.encode() == octets:
        return True
    try:
        return base64.b64decode(text, validate=True) == octets
    except binascii.Error:
        return False
