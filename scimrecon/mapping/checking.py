"""Hold desired users to the user's own schema; cells that fail become problems."""

from __future__ import annotations

from typing import Any

import pandas as pd

from scimrecon.errors import MappingError
from scimrecon.exports import find_faults
from scimrecon.values import shorten


def hold_to(schema: Any, frame: pd.DataFrame, problems: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Take out the cells that break a pandera schema; of a cell with several faults, or with a problem already, one is told.

    Returns
    -------
    tuple
        The frame with NA in those cells, and the problems with theirs. Whatever the schema converts stays within it.

    Raises
    ------
    MappingError
        The schema is none, or breaks on the frame as a whole, such as for want of a column.
    """
    faults = find_faults(frame, schema, "map_users", MappingError)
    whole = ~faults["column"].isin(frame.columns)
    lines = faults[whole].drop_duplicates("source_line").drop(columns="column")
    # Nothing of a row that is at fault as a whole goes out, its key least of all.
    every = lines.merge(pd.DataFrame({"column": frame.columns}), how="cross")
    faults = pd.concat([faults[~whole], every], ignore_index=True)
    place = {path: number for number, path in enumerate(frame.columns)}
    faults = faults.assign(place=faults["column"].map(place)).sort_values(["place", "source_line"], kind="stable")
    found = pd.DataFrame(
        {
            "source_line": pd.array(faults["source_line"].to_numpy(dtype="int64"), dtype="Int64"),
            "path": faults["column"].astype("str").array,
            "value": pd.array([None if pd.isna(value) else shorten(str(value)) for value in faults["value"]], dtype="str"),
            "problem": [f"the schema of map_users: {reason}" for reason in faults["reason"]],
        }
    )
    told = pd.concat([problems, found], ignore_index=True)
    told = told[~told.duplicated(["source_line", "path"]) | (told.index < len(problems))].reset_index(drop=True)
    held = {path: cells.mask(cells.index.isin(found.loc[found["path"] == path, "source_line"])) for path, cells in frame.items()}
    return pd.DataFrame(held, index=frame.index), told
