"""What is known of each export's format, as data.

A preset is recognised by its columns. Its mapping is plain data with transforms by name, so that it can be printed, copied and
changed: ``{**export.mapping, "title": sr.column("Job_Title")}``.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from scimrecon import schemas
from scimrecon.exports.catalogue import clouds, directories, microsoft, staff
from scimrecon.exports.catalogue.model import GENERIC, Preset

PRESETS = {preset.name: preset for preset in (*microsoft.PRESETS, *directories.PRESETS, *clouds.PRESETS, *staff.PRESETS, GENERIC)}
"""The shipped presets by name."""

__all__ = ["PRESETS", "Preset", "presets", "propose"]


def presets() -> pd.DataFrame:
    """List the formats `read_export` knows, one row each.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Presets`: the name ``preset=`` takes, what writes it, the columns it is recognised by, those that may
        serve as keys, those whose words for "no value" are known, and the SCIM paths its mapping fills.
    """
    rows: list[dict[str, object]] = [
        {
            "preset": preset.name,
            "title": preset.title,
            "formats": ", ".join(preset.formats),
            "recognised_by": ", ".join(sorted(preset.signature)),
            "keys": ", ".join(preset.keys),
            "null_words": ", ".join(preset.nulls),
            "paths": ", ".join(preset.mapping),
        }
        for preset in PRESETS.values()
    ]
    return schemas.from_rows(rows, schemas.Presets)


def propose(header: Sequence[str], form: str = "CSV") -> tuple[Preset, str]:
    """Choose the preset a header speaks for, of those whose signature it has the one that knows most of its columns; say why."""
    best, reason, most = GENERIC, "no shipped preset knows this header", 0
    for preset in PRESETS.values():
        if form not in preset.formats or not preset.signature:
            continue
        found = preset.resolve(header)
        if preset.signature <= found.keys() and len(found) > most and found.keys() & set(preset.columns().values()):
            named = ", ".join(sorted(found[column] for column in preset.signature))
            best, reason, most = preset, f"the header has {named}", len(found)
    return best, reason
