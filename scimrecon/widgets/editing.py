"""Say what a diff makes of the values a reader types."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.diff import why_not
from scimrecon.widgets.columns import EDITED, among, arrow
from scimrecon.widgets.display import EDITABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scimrecon.diff import Diff
    from scimrecon.widgets.columns import Cells


@dataclass(frozen=True, kw_only=True)
class Edit:
    """What the diff makes of another value."""

    cells: Cells
    """As `columns.EDITED`."""
    tickable: bool


def judge_edits(diff: Diff, values: Mapping[str, str]) -> tuple[dict[str, Edit], dict[str, str]]:
    """Say what a diff makes of other values: each change's cells then, in the diff's order, and which cannot be, with the reason.

    Cost: that of `Diff.edit` on the edited rows alone; editing the whole diff would copy it.
    """
    changes = diff.changes
    rows = changes[among(changes.index, values)]
    refused = {str(change_id): why_not(_told(row)) for change_id, row in rows[~rows["status"].isin(EDITABLE)].iterrows()}
    rows = rows[rows["status"].isin(EDITABLE)]
    part = replace(diff, changes=rows)
    edited = part.edit({change_id: values[change_id] for change_id in rows.index})
    cells = zip(*(arrow(edited.changes[name]).to_pylist() for name in EDITED), strict=True)
    made = {}
    for change_id, tickable, row in zip(rows.index, edited.tickable, cells, strict=True):
        told = dict(zip(EDITED, row, strict=True))
        if told["status"] == "invalid":
            refused[change_id] = told["problem"] or ""
        else:
            made[change_id] = Edit(cells=told, tickable=bool(tickable))
    return made, refused


def _told(row: pd.Series[str]) -> dict[str, str | None]:
    return {str(name): None if pd.isna(cell) else str(cell) for name, cell in row.items()}
