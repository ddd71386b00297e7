"""What reading a file gave, as a text that a person can judge."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

import scimrecon as sr
from nasty.trap import Trap

GOLDEN = Path(__file__).with_name("golden")
MAX_ROWS = 20
"""Of a longer file the first and last rows are told, and a hash of all."""


def golden_of(trap: Trap) -> Path:
    return GOLDEN / f"{trap.name}.txt"


def tell(trap: Trap, folder: Path) -> str:
    """Read a trap in a folder, and tell rows, rejects and findings, or the refusal, to the last cell."""
    path = folder / trap.name
    path.write_bytes(trap.octets())
    lines = [f"{trap.name}: {trap.why}", ""]
    try:
        export = sr.read_export(path)
    except sr.errors.ExportError as error:
        lines.append(f"refused: {str(error).replace(str(path), trap.name)}")
    else:
        lines += _told(export)
    return "\n".join(lines) + "\n"


def _told(export: sr.Export) -> Iterator[str]:
    yield f"read as {export.format}, {export.source.encoding}; preset {export.preset}"
    yield ""
    yield f"rows: {len(export.rows)}, of {len(export.rows.columns)} columns"
    if len(export.rows) > MAX_ROWS:
        yield f"  all of them: {_hash(export.rows)}"
    shown = export.rows if len(export.rows) <= MAX_ROWS else export.rows.iloc[[0, 1, -2, -1]]
    for line, row in zip(shown.index, shown.to_dict("records"), strict=True):
        yield f"  line {line}"
        yield from (f"    {_name(column)}: {_cell(cell)}" for column, cell in row.items())
    yield f"rejects: {len(export.reject_lines)}"
    for reject in export.rejects.to_dict("records"):
        column = "" if pd.isna(reject["column"]) else f", column {_name(reject['column'])}"
        yield f"  line {reject['source_line']}{column}: {reject['reason']}"
        yield f"    value {_cell(reject['value'])}"
    for line, cells in export.reject_lines.items():
        yield f"  cells of line {line}: {', '.join(map(_cell, cells))}"
    yield f"findings: {len(export.findings)}"
    for one in export.findings.to_dict("records"):
        column = "" if pd.isna(one["column"]) else f", column {_name(one['column'])}"
        yield f"  {one['severity']} {one['finding']}{column}, {one['count']}: {one['detail']}"


def _name(column: object) -> str:
    return str(column) if str(column).isprintable() and str(column) == str(column).strip() else repr(column)


def _cell(cell: object) -> str:
    """Write a text so that nothing of it hides; NA is blank."""
    if pd.isna(cell):
        return "blank"
    text = str(cell)
    if len(text) > 300:
        return f"{text[:40]!r} … of {len(text):,} characters, {hashlib.sha256(text.encode()).hexdigest()[:16]}"
    return repr(text)


def _hash(rows: pd.DataFrame) -> str:
    held = [
        [line, *row]
        for line, row in zip(rows.index.tolist(), rows.astype(object).where(rows.notna(), None).to_numpy().tolist(), strict=True)
    ]
    return hashlib.sha256(json.dumps(held).encode()).hexdigest()[:16]
