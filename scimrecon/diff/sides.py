"""The two sides of a comparison as text columns by canonical path."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.dialects import RFC7644, Dialect
from scimrecon.diff.cells import PRIMARY_EMAIL
from scimrecon.diff.sets import split_column
from scimrecon.errors import CompareError, PathError
from scimrecon.mapping import Desired, number_rows
from scimrecon.paths import Element, parse_path, parse_set
from scimrecon.users import PathValues, Users, read_elements, read_paths
from scimrecon.values import may_be_text


@dataclass(frozen=True, kw_only=True)
class Side:
    """The target's side, by position."""

    ids: pd.Series[str]
    names: pd.Series[str]
    frame: pd.DataFrame
    """As the analyst sees it: what a predicate of `protect` takes."""
    values: dict[str, PathValues]
    elements: dict[str, pd.DataFrame]
    """As `users.read_elements` gives them, by attribute."""
    dialect: Dialect

    @property
    def named(self) -> pd.Series[str]:
        """The users' names, by id."""
        return pd.Series(self.names.array, index=self.ids.array)


def canonical_path(path: str, where: str) -> str:
    """Spell a path, or the name of a set, as frames do.

    Raises
    ------
    CompareError
        It is neither; the message begins with `where`.
    """
    try:
        return parse_set(path) or str(parse_path(path))
    except PathError as error:
        raise CompareError(f"{where}: {error}") from None


def read_desired(desired: Desired | pd.DataFrame) -> Desired:
    """Take the desired side: as it is, or a bare frame whose columns are checked to be text by SCIM path.

    Raises
    ------
    CompareError
        It is neither, a column names no attribute or holds something else than text.
    """
    if isinstance(desired, Desired):
        return desired
    if not isinstance(desired, pd.DataFrame):
        raise CompareError(f"compare takes desired users first, from map_users, not {type(desired).__name__}.")
    return Desired(frame=number_rows(text_columns(desired, "desired")), problems=schemas.empty(schemas.Problems))


def read_side(users: Users | pd.DataFrame, paths: Sequence[str], whole: Sequence[str]) -> Side:
    """Take the target's side.

    Parameters
    ----------
    users
        Current users, or a bare frame with an ``id`` column.
    paths
        What to read; of a bare frame, all columns are.
    whole
        The multi-valued attributes to read element by element.

    Raises
    ------
    CompareError
        It is neither, or its columns are not as they must be.
    """
    if isinstance(users, Users):
        values = read_paths(users, list(dict.fromkeys([*paths, "userName", PRIMARY_EMAIL])))
        return Side(
            ids=users.frame["id"],
            names=values["userName"].texts,
            frame=users.frame,
            values=values,
            elements={name: read_elements(users, name) for name in whole},
            dialect=users.dialect,
        )
    if not isinstance(users, pd.DataFrame):
        raise CompareError(f"compare takes the current users second, from fetch_users, not {type(users).__name__}.")
    return _bare_side(users, whole)


def _bare_side(users: pd.DataFrame, whole: Sequence[str]) -> Side:
    if "id" not in users.columns:
        raise CompareError("users: the frame has no column 'id'; a change is known by its user's id.")
    frame = text_columns(users, "users").reset_index(drop=True)
    if not frame["id"].str.strip().fillna("").all() or not frame["id"].is_unique:
        raise CompareError("users: column 'id' has a blank or a repeated id; each user has one of its own.")
    sets = [str(name) for name in frame.columns if parse_set(str(name))]
    single = frame.drop(columns=sets)
    texts = {str(name): _unassigned(column) for name, column in single.items()}
    assigned = {path: column.notna().to_numpy() for path, column in texts.items()}
    filled: dict[str, np.ndarray[Any, np.dtype[np.bool_]]] = {}
    for path, there in assigned.items():
        name = _attribute(path)
        filled[name] = filled[name] | there if name in filled else there
    values = {
        path: PathValues(
            texts=column,
            found=_elements_found(path, assigned[path]),
            problems={},
            kinds=frozenset(),
            filled=filled[_attribute(path)],
        )
        for path, column in texts.items()
    }
    return Side(
        ids=frame["id"],
        names=values["userName"].texts if "userName" in values else frame["id"],
        frame=frame,
        values=values,
        elements={name: _bare_elements(frame[name]) for name in whole if name in sets},
        dialect=RFC7644,
    )


def _elements_found(path: str, assigned: np.ndarray[Any, np.dtype[np.bool_]]) -> np.ndarray[Any, np.dtype[np.int8]]:
    """What a frame says of elements, which is not whether they are there: a cell without a value is one without an element."""
    if not parse_path(path).member:
        return np.broadcast_to(np.int8(Element.FOUND), len(assigned))
    return np.where(assigned, Element.FOUND, Element.ABSENT).astype(np.int8)


def _unassigned(column: pd.Series[str]) -> pd.Series[str]:
    empty = column == ""
    return column.mask(empty) if empty.any() else column


def _attribute(path: str) -> str:
    """What a path's value belongs to: the multi-valued attribute, or the path itself."""
    parsed = parse_path(path)
    return f"{parsed.urn}:{parsed.name}" if parsed.member else path


def _bare_elements(cells: pd.Series[str]) -> pd.DataFrame:
    long = split_column(cells, np.arange(len(cells)))
    alone = ~long.duplicated("position", keep=False)
    return long.assign(type=pd.Series(pd.NA, index=long.index, dtype="str"), primary=False, alone=alone)


def text_columns(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    """Take columns of text by SCIM path, whatever pandas keeps text in.

    Raises
    ------
    CompareError
        A column names no attribute, or the same as another, or holds something else than text; the message begins with `side`.
    """
    names = [canonical_path(str(name), f"{side}: column {name!r}") for name in frame.columns]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise CompareError(f"{side}: two columns name {twice}; keep one.")
    columns = {name: _as_text(frame.iloc[:, position], side) for position, name in enumerate(names)}
    return pd.DataFrame(columns, index=frame.index)


def _as_text(column: pd.Series, side: str) -> pd.Series[str]:
    """Take a column of text of whatever kind pandas and Arrow have: str, object, category, large_string, dictionary."""
    if not may_be_text(column.dtype) and column.notna().any():
        raise CompareError(f"{side}: column {column.name!r} is {column.dtype}, not text. Cells are text; true is 'true'.")
    loose = column.dtype in ("object", "category")
    strange = [cell for cell in column.dropna().unique() if not isinstance(cell, str)] if loose else []
    if strange:
        raise CompareError(f"{side}: column {column.name!r} holds {strange[0]!r}, which is not text. Write true as 'true'.")
    return column.astype("str")
