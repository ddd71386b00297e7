"""What is read: of an export and its cleaning, of mapping it, of the target."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Series

from scimrecon.schemas.frames import Frame


class Rejects(Frame):
    """Records of an export that were not read into rows: `Export.rejects`."""

    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=False)
    """Line on which the record starts; the header is line 1."""
    column: Series[str] = pa.Field(nullable=True)
    """NA where the whole record is at fault."""
    value: Series[str] = pa.Field(nullable=True)
    reason: Series[str] = pa.Field()


class Findings(Frame):
    """What is remarkable about a file or a comparison: `Export.findings`, `Desired.findings`, `Diff.findings`."""

    finding: Series[str] = pa.Field()
    """Its name, as `accept` takes it."""
    severity: Series[str] = pa.Field(isin=["red", "amber", "info"])
    """``red`` blocks `compare` until accepted by name."""
    column: Series[str] = pa.Field(nullable=True)
    count: Series[pd.Int64Dtype] = pa.Field()
    """Rows, or records, it concerns."""
    detail: Series[str] = pa.Field()


def make_finding(name: str, severity: str, column: str | None, count: int, detail: str) -> dict[str, object]:
    """Make one row of `Findings`."""
    return {"finding": name, "severity": severity, "column": column, "count": count, "detail": detail}


class Presets(Frame):
    """The formats `read_export` knows: `presets`."""

    preset: Series[str] = pa.Field(unique=True)
    """As ``read_export(…, preset=…)`` takes it."""
    title: Series[str] = pa.Field()
    """What writes it, and how."""
    formats: Series[str] = pa.Field()
    """Kinds of file, separated by ``", "``."""
    recognised_by: Series[str] = pa.Field()
    """Columns, by one of their names, that a file must have for it to be proposed."""
    keys: Series[str] = pa.Field()
    """Columns that tell people apart, the best first."""
    null_words: Series[str] = pa.Field()
    """What its mapping takes for blank."""
    paths: Series[str] = pa.Field()
    """SCIM paths its mapping fills, where the file has the columns."""


class Clusters(Frame):
    """Values of a column that may be spellings of one thing: `find_clusters`."""

    cluster: Series[pd.Int64Dtype] = pa.Field()
    """From 1, the one with the most cells first."""
    value: Series[str] = pa.Field(unique=True)
    count: Series[pd.Int64Dtype] = pa.Field()
    """Cells that hold it."""
    suggested: Series[str] = pa.Field()
    """The cluster's most frequent spelling."""


class RecipeSteps(Frame):
    """What each step of a recipe did: `Replay.steps`."""

    step: Series[pd.Int64Dtype] = pa.Field(unique=True)
    """From 1."""
    action: Series[str] = pa.Field(isin=["merge", "map", "trim", "case", "blank", "split"])
    column: Series[str] = pa.Field()
    cells: Series[pd.Int64Dtype] = pa.Field()
    """Cells changed; of a split, cells filled in the new columns."""
    gone: Series[pd.Int64Dtype] = pa.Field()
    """Values the step names that do not occur."""
    uncovered: Series[pd.Int64Dtype] = pa.Field()
    """Values that a map does not name, or that a split finds more or fewer parts in than it has columns for."""


class Misfits(Frame):
    """What of a recipe does not fit the rows it was replayed on, one row a value: `Replay.misfits`."""

    step: Series[pd.Int64Dtype] = pa.Field()
    action: Series[str] = pa.Field()
    column: Series[str] = pa.Field()
    misfit: Series[str] = pa.Field(isin=["gone", "uncovered"])
    value: Series[str] = pa.Field()
    cells: Series[pd.Int64Dtype] = pa.Field()
    """Cells that hold it; 0 where it is gone."""


class Problems(Frame):
    """Cells that could not be mapped: `Desired.problems`."""

    source_line: Series[pd.Int64Dtype] = pa.Field()
    path: Series[str] = pa.Field()
    value: Series[str] = pa.Field(nullable=True)
    problem: Series[str] = pa.Field()


class UserRows(pa.DataFrameModel):
    """Current users: `Users.frame`. Index 0…n-1, ``id``, then one text column a path."""

    id: Series[str] = pa.Field(unique=True)

    class Config:  # noqa: D106 - pandera's settings
        strict = False
