"""What is remarkable about a file, before anything is compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pandas as pd
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.exports import signs
from scimrecon.exports.catalogue.model import Preset
from scimrecon.exports.cell_bytes import CellBytes
from scimrecon.exports.table import Table
from scimrecon.tables import count
from scimrecon.values import arrow_texts, as_texts, shorten

_DAMAGED_SHARE = 0.1
_MAX_COLUMNS = 500
"""Cells beyond these columns are not looked at: nobody maps so many."""


def of_export(table: Table, rejects: pd.DataFrame, preset: Preset, accept: Collection[str]) -> pd.DataFrame:
    """List the findings of one export; the frame follows `schemas.Findings`, the gravest first.

    Parameters
    ----------
    table
        As read; its rows are those that are left.
    rejects
        As in `Export`.
    preset
        Says which columns should be unique and which are mapped.
    accept
        Names of red findings that are known and meant: they are shown as amber.
    """
    rows, rejected = table.frame, len(table.rejected.lines)
    named = preset.resolve(list(rows.columns))
    found = [
        *table.findings,
        *_rejected(rows, rejects, rejected),
        *signs.of_joints(rows.iloc[:, :_MAX_COLUMNS]),
        *signs.of_length(len(rows) + rejected, preset, whole=table.whole),
        *(row for column in preset.unique if column in named for row in _repeated(rows[named[column]], named[column])),
        *signs.of_cells(rows.iloc[:, :_MAX_COLUMNS], {named[column] for column in preset.secrets if column in named}),
        *_missing(rows, preset, named),
    ]
    order = ["red", "amber", "info"]
    told = [_accepted(row) if row["severity"] == "red" and row["finding"] in accept else dict(row) for row in found]
    return schemas.from_rows(sorted(told, key=lambda row: order.index(str(row["severity"]))), schemas.Findings)


def _accepted(row: Mapping[str, object]) -> dict[str, object]:
    return {**row, "severity": "amber", "detail": f"{row['detail']} (accepted)"}


def _rejected(rows: pd.DataFrame, rejects: pd.DataFrame, rejected: int) -> list[dict[str, object]]:
    if not rejected:
        return [] if len(rows) else [schemas.make_finding("no_rows", "red", None, 0, "the file holds no record")]
    lines = ", ".join(str(line) for line in rejects["source_line"].drop_duplicates().head(5))
    detail = f"{rejected} of {len(rows) + rejected} records were not read (lines {lines}{', …' if rejected > 5 else ''})"
    if rejected > _DAMAGED_SHARE * (len(rows) + rejected):
        return [
            schemas.make_finding("many_rejects", "red", None, rejected, detail + "; is the file whole, and its delimiter right?")
        ]
    return [schemas.make_finding("rejects", "amber", None, rejected, detail + "; see rejects")]


def _repeated(cells: pd.Series[str], column: str) -> list[dict[str, object]]:
    held = CellBytes(as_texts(pc.ascii_lower(arrow_texts(cells))))
    if held.is_ascii and not held.edged.any() and not held.may_repeat():
        return []
    keys = cells.dropna().str.strip().str.casefold()
    keys = keys[keys != ""]
    twice = keys[keys.duplicated(keep=False)]
    if twice.empty:
        return []
    first = keys[keys == twice.iloc[0]].index
    detail = (
        f"{count(twice.nunique(), 'value')} in more than one row, such as {shorten(str(cells.loc[first[0]]))!r} in lines "
        + ", ".join(str(line) for line in first[:5])
    )
    return [schemas.make_finding("repeated_key", "amber", column, len(twice), detail)]


def _missing(rows: pd.DataFrame, preset: Preset, named: Mapping[str, str]) -> list[dict[str, object]]:
    mapped = set(preset.columns().values())
    absent = sorted(mapped - named.keys())
    if mapped and len(absent) == len(mapped):
        detail = f"the file has none of the columns of preset {preset.name!r}; leave preset out, or name another"
        return [schemas.make_finding("wrong_preset", "red", None, len(rows), detail)]
    if "LDIF" in preset.formats or "JSON" in preset.formats:
        return []  # such a file has the attributes that its people have
    return [
        schemas.make_finding("missing_column", "info", column, 0, "the preset maps it; the file does not have it")
        for column in absent
    ]
