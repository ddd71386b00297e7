"""Frames held to their models."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd
import pandera.pandas as pa


class Frame(pa.DataFrameModel):
    """The columns of its model, no others, and in their order."""

    class Config:  # noqa: D106 - pandera's settings
        strict = True
        ordered = True


_Model = TypeVar("_Model", bound=pa.DataFrameModel)


def check(frame: pd.DataFrame, model: type[_Model]) -> pd.DataFrame:
    """Give a frame the model's column order and types, and hold it to the model.

    Parameters
    ----------
    frame
        All of the model's columns, in any order.
    model
        One of this package's.

    Raises
    ------
    pandera.errors.SchemaError
        The frame breaks the promise: a fault of this library, never of its input.
    """
    schema = model.to_schema()
    dtypes = {name: _dtype(column) for name, column in schema.columns.items()}
    ordered = frame[list(dtypes)] if schema.strict else frame
    return schema.validate(ordered.astype(dtypes))


def _dtype(column: pa.Column) -> str:
    # pandera names pandas' text dtype after its storage.
    return "str" if str(column.dtype).startswith("string") else str(column.dtype)


def columns(model: type[pa.DataFrameModel]) -> list[str]:
    """Name the columns of a model, in order."""
    return list(model.to_schema().columns)


def empty(model: type[pa.DataFrameModel]) -> pd.DataFrame:
    """Make a frame of a model without rows."""
    schema = model.to_schema()
    frame = pd.DataFrame({name: pd.Series([], dtype=_dtype(column)) for name, column in schema.columns.items()})
    if schema.index is not None:
        frame.index = pd.Index([], dtype="str", name=schema.index.name)
    return frame


def from_rows(rows: list[dict[str, object]], model: type[pa.DataFrameModel]) -> pd.DataFrame:
    """Make a frame of a model from a few rows, each a dict of its columns."""
    if not rows:
        return empty(model)
    return check(pd.DataFrame(rows, columns=columns(model)), model)
