"""What is remarkable about a file, before anything is compared."""

from __future__ import annotations

import pandas as pd

from scimrecon import schemas
from scimrecon.exports.presets import Preset
from scimrecon.tables import count
from scimrecon.values import shorten

_DAMAGED_SHARE = 0.1


def of_export(rows: pd.DataFrame, rejects: pd.DataFrame, rejected: int, preset: Preset) -> pd.DataFrame:
    """List the findings of one export; the frame follows `schemas.Findings`, the gravest first.

    Parameters
    ----------
    rows, rejects
        As in `Export`.
    rejected
        Records that are not in `rows`.
    preset
        Says which columns should be unique and which are mapped.
    """
    found = [
        *_rejected(rows, rejects, rejected),
        *(row for column in preset.unique if column in rows for row in _repeated(rows[column], column)),
        *_columns(rows),
        *_missing(rows, preset),
    ]
    order = ["red", "amber", "info"]
    return schemas.from_rows(sorted(found, key=lambda row: order.index(str(row["severity"]))), schemas.Findings)


def _finding(name: str, severity: str, column: str | None, count: int, detail: str) -> dict[str, object]:
    return {"finding": name, "severity": severity, "column": column, "count": count, "detail": detail}


def _rejected(rows: pd.DataFrame, rejects: pd.DataFrame, rejected: int) -> list[dict[str, object]]:
    if not rejected:
        return [] if len(rows) else [_finding("no_rows", "red", None, 0, "the file has a header and no record")]
    lines = ", ".join(str(line) for line in rejects["source_line"].drop_duplicates().head(5))
    detail = f"{rejected} of {len(rows) + rejected} records were not read (lines {lines}{', …' if rejected > 5 else ''})"
    if rejected > _DAMAGED_SHARE * (len(rows) + rejected):
        return [_finding("many_rejects", "red", None, rejected, detail + "; is the file whole, and its delimiter right?")]
    return [_finding("rejects", "amber", None, rejected, detail + "; see rejects")]


def _repeated(cells: pd.Series[str], column: str) -> list[dict[str, object]]:
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
    return [_finding("repeated_key", "amber", column, len(twice), detail)]


def _columns(rows: pd.DataFrame) -> list[dict[str, object]]:
    found = []
    for column in rows.columns:
        filled = rows[column].dropna()
        if filled.empty and len(rows):
            found.append(_finding("blank_column", "info", column, len(rows), "no row has a value"))
            continue
        edged = int((filled.str.len() != filled.str.strip().str.len()).sum())
        if edged:
            detail = "values begin or end with white space; a mapping trims them unless told otherwise"
            found.append(_finding("edge_blanks", "info", column, edged, detail))
    return found


def _missing(rows: pd.DataFrame, preset: Preset) -> list[dict[str, object]]:
    mapped = set(preset.columns().values())
    absent = sorted(mapped - set(rows.columns))
    if mapped and len(absent) == len(mapped):
        detail = f"the file has none of the columns of preset {preset.name!r}; leave preset out, or name another"
        return [_finding("wrong_preset", "red", None, len(rows), detail)]
    return [_finding("missing_column", "info", column, 0, "the preset maps it; the file does not have it") for column in absent]
