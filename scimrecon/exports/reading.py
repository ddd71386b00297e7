"""From a file to checked text rows."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Collection
from os import PathLike, fspath
from pathlib import Path
from typing import Any

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.exports import findings
from scimrecon.exports.catalogue import PRESETS, Preset, propose
from scimrecon.exports.checking import check_preset, check_schema
from scimrecon.exports.columnar import is_columnar, read_columnar
from scimrecon.exports.csv_columns import read_regular
from scimrecon.exports.csv_table import doubt_end, read_csv
from scimrecon.exports.encodings import as_utf8, decode
from scimrecon.exports.excel import read_excel
from scimrecon.exports.export import Export, Source
from scimrecon.exports.ldif import looks_like_ldif
from scimrecon.exports.ldif_table import read_ldif
from scimrecon.exports.packing import MAX_LINE_BYTES, is_workbook, refuse_long_lines, unpack
from scimrecon.exports.scim_json import looks_like_json, read_json
from scimrecon.exports.since import of_previous
from scimrecon.exports.table import Table, refuse_wide

_PAGE = re.compile(rb"(?:\xef\xbb\xbf)*\s*<(?:!doctype|html|\?xml|table)\b", re.IGNORECASE)


def read_export(
    path: str | PathLike[str],
    *,
    preset: str | None = None,
    schema: Any = None,
    accept: Collection[str] = (),
    sheet: str | None = None,
    previous: Export | str | PathLike[str] | None = None,
) -> Export:
    """Read a directory or HR export into text rows, keeping what cannot be read as rejects.

    CSV (RFC 4180; comma, semicolon, tab or bar), LDIF (RFC 2849), JSON (SCIM lists, bare lists, JSON Lines, Okta's and AWS's
    users), Parquet, Arrow and Feather, and with the extra ``excel`` .xlsx, .xls and .ods; each also packed as .gz or alone in a
    .zip. The content decides, not the name. Text is never converted: ``00123``, ``NA`` and ``None`` stay, and only an empty cell
    is NA. Several values of one attribute stand in a cell as a JSON array of texts. Nothing a file points to is followed. Cost:
    the file and its rows in memory; half a million CSV records/s of twenty columns where the file is regular, and 45,000 where it
    is not; 25,000 LDIF entries/s of twenty values, 14,000 JSON users/s and 300,000 cells/s of a workbook.

    Parameters
    ----------
    path
        The file.
    preset
        A name from `presets`; without one, the columns decide, and `Export.reason` says why.
    schema
        Your own pandera model or schema of the rows. Rows that break it become rejects; it converts nothing.
    accept
        Names of red findings that are known and meant, such as ``("truncated",)``; they no longer block `compare`.
    sheet
        Of a workbook, the sheet to read; without it the first that is visible.
    previous
        The export of the same kind before this one, or its path: findings then say what was added, removed and changed, and
        whether rows or mapped columns are missing that were there.

    Returns
    -------
    Export
        ``rows``: text, one column a header, index ``source_line`` (the line a record starts on; in a sheet its row).
        ``rejects`` follows `schemas.Rejects`, ``findings`` `schemas.Findings`. Every record is a row or a reject.

    Raises
    ------
    ExportError
        The file is missing, empty, in no encoding that can be told, damaged as a whole, or too large unpacked; it has a line of
        more than 512 MiB, or more than 5,000 columns; its header has an empty or repeated name; a workbook is read without the
        extra ``excel``; the schema wants a column the file does not have; the previous export was read by another preset.
    """
    if not isinstance(path, str | PathLike):
        raise ExportError(f"read_export takes the path of a file, not {type(path).__name__}.")
    if isinstance(accept, str):
        raise ExportError(f"accept={accept!r} is one text; give a list of findings' names: accept=[{accept!r}].")
    name = fspath(path)
    try:
        data = _bytes_of(Path(path), name)
    except OSError as error:
        raise ExportError(f"{name}: {error.strerror or error}. Give the path of an export.") from None
    table, encoding = _read(data, name, sheet)
    refuse_wide(len(table.frame.columns), name)
    chosen, reason = _choose(preset, table)
    table = check_preset(table, chosen)
    if schema is not None:
        table = check_schema(table, schema, name)
    if previous is not None:
        before = previous if isinstance(previous, Export) else read_export(previous, preset=chosen.name)
        table = table.with_findings(of_previous(table, before, chosen, name))
    rejects = schemas.from_rows(table.rejected.reasons, schemas.Rejects).sort_values(
        "source_line", kind="stable", ignore_index=True
    )
    return Export(
        rows=table.frame,
        rejects=rejects,
        findings=findings.of_export(table, rejects, chosen, accept),
        mapping=chosen.fit(list(table.frame.columns)),
        source=Source(name=name, sha256=hashlib.sha256(data).hexdigest(), size=len(data), encoding=encoding),
        preset=chosen.name,
        reason=reason,
        format=table.format,
        reject_lines=dict(sorted(table.rejected.lines.items())),
    )


def _bytes_of(path: Path, name: str) -> bytes:
    if path.stat().st_size > MAX_LINE_BYTES:
        with path.open("rb") as file:
            refuse_long_lines(file, name)
    return path.read_bytes()


def _read(data: bytes, name: str, sheet: str | None) -> tuple[Table, str]:
    """Read the bytes by what they are, and say as which encoding."""
    body, packed = unpack(data, name)
    if packed and len(body) > MAX_LINE_BYTES:
        refuse_long_lines(io.BytesIO(body), name)
    if is_workbook(body):
        return read_excel(body, name, sheet), "a workbook"
    if sheet is not None:
        raise ExportError(f"{name}: sheet={sheet!r}, but the file is no workbook.")
    if is_columnar(body):
        return read_columnar(body, name), "columns"
    body, encoding = as_utf8(body, name)
    if packed:
        encoding += f", packed as {packed}"
    if looks_like_ldif(body):
        return read_ldif(body, name), encoding
    if _PAGE.match(body):
        raise ExportError(
            f"{name}: an HTML or XML page, not an export. If it is a sign-in page, export again; if a spreadsheet opens it, save "
            "it there as CSV."
        )
    is_json = looks_like_json(body)
    regular = None if is_json else read_regular(body, name)
    if regular is not None:
        return regular.with_findings(doubt_end(body, regular)), encoding
    decoded = decode(body, encoding, name)
    table = read_json(decoded.text, name) if is_json else read_csv(decoded.text, name)
    doubts = [] if is_json else doubt_end(body, table)
    return table.with_findings([*decoded.findings, *doubts]), decoded.encoding


def _choose(preset: str | None, table: Table) -> tuple[Preset, str]:
    if preset is None:
        header = list(table.frame.columns)
        return propose(header, table.format)
    if preset not in PRESETS:
        raise ExportError(f"preset {preset!r} is not known; there are {', '.join(sorted(PRESETS))}.")
    return PRESETS[preset], "asked for"
