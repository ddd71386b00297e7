"""The cells of one path: what a blank, a word, a list and a rule mean."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping

import pandas as pd

from scimrecon import schemas
from scimrecon.attributes import AttributeType
from scimrecon.errors import MappingError
from scimrecon.exports import read_values
from scimrecon.mapping.rules import Column, OnBlank
from scimrecon.mapping.transforms import find_transform
from scimrecon.paths import AttributePath, parse_set
from scimrecon.values import BOOLEAN_WORDS, may_be_text, shorten, text_series

_MAX_NAMED = 5
_as_json = json.JSONEncoder(ensure_ascii=False).encode

ARRAY = "[]"
"""The separator of a JSON array, which is none."""

Place = AttributePath | str
"""What a rule fills: one path, or by its name a multi-valued attribute whole."""


def suggest(name: str, known: Iterable[object]) -> str:
    """Say which of the known names is meant, if one is close, and list them all."""
    names = {str(one).strip().casefold(): str(one) for one in known}
    close = difflib.get_close_matches(str(name).strip().casefold(), names, n=1)
    return (f"Did you mean {names[close[0]]!r}? " if close else "") + f"It has: {', '.join(names.values())}."


def text_column(rows: pd.DataFrame, name: str, wanted_by: str) -> pd.Series[str]:
    """Take one column of the rows as text.

    Raises
    ------
    MappingError
        There is none of this name, or it is not text.
    """
    if name not in rows.columns:
        raise MappingError(
            f"mapping: {wanted_by} wants column {name!r}, which the export does not have. {suggest(name, rows.columns)}"
        )
    raw = rows[name]
    if isinstance(raw.dtype, pd.StringDtype):
        return raw.astype("str")  # pandas has several text types; ours has NaN for missing
    filled = raw.dropna()
    # A column without a value has lost nothing.
    if filled.empty or (may_be_text(raw.dtype) and all(isinstance(cell, str) for cell in filled.unique())):
        return raw.astype("str")
    raise MappingError(
        f"column {name!r} is {raw.dtype}, not text, and may have lost leading zeros already. "
        "Read the file with read_export, or with pandas.read_csv(…, dtype='str', keep_default_na=False)."
    )


def fill_cells(value: str, index: pd.Index[int], place: Place) -> tuple[pd.Series[str], pd.DataFrame]:
    """Give every row one value; and the problems, if it means nothing to the attribute."""
    if isinstance(place, str):
        return pd.Series(_written([value]), index=index, dtype="str"), schemas.empty(schemas.Problems)
    raw = pd.Series(value, index=index, dtype="str")
    return _meaning(raw, raw, place, None)


def map_cells(rows: pd.DataFrame, place: Place, rule: Column) -> tuple[pd.Series[str], pd.DataFrame]:
    """Turn a column of the rows into one path's cells and the problems of those that could not be."""
    raw = text_column(rows, rule.name, str(place))
    trimmed = raw.str.strip()
    bare = trimmed if rule.separator is None else raw.str.replace(rule.separator, "", regex=False).str.strip()
    blank = raw.isna() | (bare == "")
    if rule.nulls:
        blank |= trimmed.isin(rule.nulls)
    if isinstance(place, str):
        cells, problems = _listed(raw.mask(blank), place, rule)
    elif rule.separator is not None:
        whole = parse_set(place.name) or "roles"
        raise MappingError(f"mapping: {place} names one value, and separator={rule.separator!r} makes several of a cell. "
                           f"Map an attribute of many values whole, as in {{{whole!r}: …}}.")  # fmt: skip
    else:
        cells = trimmed if rule.transform == "trim" else _transformed(raw, rule)
        lost = cells.isna() & ~blank
        blank |= cells == ""  # of a filled cell, that a transform found nothing in it
        cells, problems = _meaning(cells.mask(blank), raw, place, rule.values)
        if lost.any():
            unread = _problems(raw[lost], place, f"the transform {rule.transform!r} cannot read the cell")
            problems = pd.concat([problems, unread], ignore_index=True)
    if rule.on_blank is OnBlank.CLEAR:
        return cells.mask(blank, ""), problems
    if rule.on_blank is OnBlank.ERROR and blank.any():
        missing = _problems(raw[blank], place, f"column {rule.name!r} is blank, and the mapping says on_blank='error'")
        return cells, pd.concat([problems, missing], ignore_index=True)
    return cells, problems


def _transformed(texts: pd.Series[str], rule: Column) -> pd.Series[str]:
    transform = find_transform(rule.transform) if rule.transform else None
    return texts if transform is None else transform(texts)


def _listed(raw: pd.Series[str], place: str, rule: Column) -> tuple[pd.Series[str], pd.DataFrame]:
    """Cut each cell into its values and write them as a JSON array; a distinct cell is cut once."""
    codes, distinct = pd.factorize(raw)
    parts = pd.Series(distinct, dtype="str")
    if rule.separator == ARRAY:
        parts = pd.Series([read_values(cell) for cell in distinct], dtype=object).explode().astype("str").str.strip()
    elif rule.separator is not None:
        parts = parts.str.split(rule.separator, regex=False).explode().astype("str").str.strip()
    parts = _transformed(parts, rule)
    parts = parts[parts != ""]
    said = parts if rule.values is None else parts.map(dict(rule.values)).astype("str")
    held: list[dict[str, None]] = [{} for _ in range(len(distinct))]
    strange: dict[int, dict[str, None]] = {}
    columns = (parts.index, parts.to_numpy(dtype=object), said.to_numpy(dtype=object), said.notna())
    for cell, part, value, known in zip(*(column.tolist() for column in columns), strict=True):
        if known:
            held[cell].setdefault(value)
        else:
            strange.setdefault(cell, {}).setdefault(part)
    written = [None if cell in strange else _written(value for value in values if value) for cell, values in enumerate(held)]
    # One text more than there are cells, so that -1, a blank cell, is NA.
    cells = pd.Series(text_series([*written, None]).array[codes], index=raw.index)
    wrong = pd.Series(codes, index=raw.index).isin(list(strange))
    problems = _problems(raw[wrong], place, "")
    table = ", ".join(map(repr, rule.values or ()))
    words = {cell: ", ".join(repr(shorten(part)) for part in list(parts)[:_MAX_NAMED]) for cell, parts in strange.items()}
    problems["problem"] = [
        f"the cell {shorten(str(value))!r} holds {words[code]}: not one of {table}"
        for code, value in zip(codes[wrong.to_numpy()].tolist(), problems["value"], strict=True)
    ]
    return cells, problems


def _written(values: Iterable[str]) -> str:
    """A list of values as a cell; ``''``, which clears, for none."""
    listed = list(values)
    return _as_json(listed) if listed else ""


def _meaning(
    cells: pd.Series[str], raw: pd.Series[str], path: AttributePath, values: Mapping[str, str] | None
) -> tuple[pd.Series[str], pd.DataFrame]:
    """Apply a value table, and the boolean words where the attribute is boolean."""
    boolean = path.definition is not None and path.definition.type is AttributeType.BOOLEAN
    if values is None and not boolean:
        return cells, schemas.empty(schemas.Problems)
    filled = cells.notna()
    wrong = (
        "is not one of " + ", ".join(map(repr, values))
        if values
        else ("is neither a word for true nor for false; say what it means: sr.column(…, values={'…': 'true', '…': 'false'})")
    )
    if values is not None:
        cells = cells.map(dict(values), na_action="ignore").astype("str")
    if boolean:
        cells = cells.str.casefold().map(BOOLEAN_WORDS, na_action="ignore").astype("str")
    failed = filled & cells.isna()
    problems = _problems(raw[failed], path, "")
    problems["problem"] = ["the cell " + repr(shorten(str(value))) + " " + wrong for value in problems["value"]]
    return cells, problems


def _problems(cells: pd.Series[str], place: Place, problem: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_line": pd.array(cells.index.to_numpy(), dtype="Int64"),
            "path": pd.array([str(place)] * len(cells), dtype="str"),
            "value": cells.array,
            "problem": pd.array([problem] * len(cells), dtype="str"),
        }
    )
