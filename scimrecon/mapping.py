"""Turn text rows into the users an export wants: which column, or constant, becomes which SCIM attribute.

In the desired frame a cell is a value, NA (blank: no opinion) or ``''`` (shall be cleared); an attribute without a column is
none of its business. A blank cell keeps what the target has, unless the mapping says ``on_blank="clear"`` or ``"error"``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeAlias

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.errors import MappingError, PathError
from scimrecon.exports import Export, Source
from scimrecon.paths import AttributePath, parse_path
from scimrecon.values import BOOLEAN_WORDS, shorten


class OnBlank(StrEnum):
    """What a blank cell asks for."""

    KEEP = "keep"
    CLEAR = "clear"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the export as the source of an attribute; made by `column`."""

    name: str
    on_blank: OnBlank = OnBlank.KEEP
    transform: str | None = "trim"
    values: Mapping[str, str] | None = None


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One value for every user; made by `constant`."""

    value: str


Rule: TypeAlias = str | Column | Constant | Mapping[str, Any]
"""What a mapping may hold for a path: a column's name, `column(…)`, `constant(…)`, or a preset's plain data."""

TRANSFORMS = {
    "trim": lambda cells: cells.str.strip(),
    "lower": lambda cells: cells.str.strip().str.lower(),
    "upper": lambda cells: cells.str.strip().str.upper(),
}
"""Named transforms of a whole text column."""


@dataclass(frozen=True, kw_only=True)
class Desired:
    """The users an export wants."""

    frame: pd.DataFrame
    """Index ``source_line``; one text column a SCIM path: a value, NA (no opinion) or ``''`` (clear)."""
    problems: pd.DataFrame
    """Follows `schemas.Problems`: cells that could not be mapped; in `frame` they are NA."""
    source: Source | None = None
    """The file, where it is known."""
    findings: pd.DataFrame = field(default_factory=lambda: schemas.empty(schemas.Findings))
    """Follows `schemas.Findings`: those of the export."""

    def __repr__(self) -> str:
        name = self.source.name if self.source else "source unknown"
        return f"Desired({name}, users={len(self.frame)}, paths={len(self.frame.columns)}, problems={len(self.problems)})"

    def _repr_html_(self) -> str:
        facts = {
            "source": self.source.name if self.source else "unknown",
            "users": f"{len(self.frame):,}",
            "paths": len(self.frame.columns),
            "problems": f"{len(self.problems):,}",
        }
        return tables.render("Desired users", facts, self.frame)


def column(
    name: str,
    *,
    on_blank: str = "keep",
    transform: str | None = "trim",
    values: Mapping[str, str] | None = None,
) -> Column:
    """Take an attribute from a column of the export.

    Parameters
    ----------
    name
        The column.
    on_blank
        ``"keep"``: a blank cell changes nothing. ``"clear"``: it clears the attribute. ``"error"``: it is a problem of that
        user. A cell of white space alone is blank.
    transform
        ``"trim"``, ``"lower"``, ``"upper"``, or None for the cell as it stands.
    values
        What each text of the column means, such as ``{"Active": "true", "Terminated": "false"}``; a text not in it is a problem.

    Raises
    ------
    MappingError
        `on_blank` or `transform` is not one of these.
    """
    if on_blank not in list(OnBlank):
        raise MappingError(f"column {name!r}: on_blank={on_blank!r} is not one of {', '.join(OnBlank)}.")
    if transform is not None and transform not in TRANSFORMS:
        raise MappingError(f"column {name!r}: transform={transform!r} is not one of {', '.join(TRANSFORMS)}.")
    return Column(name=name, on_blank=OnBlank(on_blank), transform=transform, values=values)


def constant(value: str) -> Constant:
    """Give an attribute the same value for every user.

    Raises
    ------
    MappingError
        The value is no text, or empty: nobody clears an attribute of everyone by a constant.
    """
    if not isinstance(value, str) or not value.strip():
        raise MappingError(f"constant {value!r}: it must be text, and not empty. Write true and false as 'true' and 'false'.")
    return Constant(value=value)


def map_users(export: Export | pd.DataFrame, mapping: Mapping[str, Rule], /) -> Desired:
    """Turn the rows of an export into desired users.

    Boolean attributes take true/yes/y/1/on/active/enabled and their opposites, unless `column` says which values mean
    what; any other word is a problem of that cell, never a guess. Cost: whole-column operations, linear in the rows.

    Parameters
    ----------
    export
        What `read_export` returned, or a DataFrame of text columns; its index, if of unique whole numbers, is taken for
        source lines, and otherwise its rows are numbered from 0.
    mapping
        SCIM path to a column's name, `column(…)` or `constant(…)`; start from ``export.mapping``.

    Returns
    -------
    Desired
        ``frame``: index as the rows', one text column a path. ``problems`` follows `schemas.Problems`.

    Raises
    ------
    MappingError
        A path is not a User attribute or stands twice; a column is not in the export, or stands there twice.
    """
    if not isinstance(export, Export | pd.DataFrame):
        raise MappingError(f"map_users takes what read_export returned, or a DataFrame of text, not {type(export).__name__}.")
    rows = number_rows(export) if isinstance(export, pd.DataFrame) else export.rows
    twice = rows.columns[rows.columns.duplicated()]
    if len(twice):
        raise MappingError(f"column {twice[0]!r} stands in the frame more than once. Rename all but one.")
    if not isinstance(mapping, Mapping):
        raise MappingError(f"the mapping is a {type(mapping).__name__}; give a dict of SCIM path to column.")
    if not mapping:
        raise MappingError(
            "the mapping is empty: give SCIM path to column, such as {'userName': 'Email'}. "
            f"The columns are {', '.join(map(str, rows.columns))}."
        )
    cells: dict[str, pd.Series[str]] = {}
    problems: list[pd.DataFrame] = []
    for text, rule in mapping.items():
        path = _parse(text)
        if str(path) in cells:
            raise MappingError(f"mapping: {text!r} names {path}, which is mapped already. Keep one of them.")
        cells[str(path)], problem = _map_column(rows, path, _rule(text, rule))
        problems.append(problem)
    return Desired(
        frame=pd.DataFrame(cells, index=rows.index),
        problems=schemas.check(pd.concat(problems, ignore_index=True), schemas.Problems),
        source=None if isinstance(export, pd.DataFrame) else export.source,
        findings=schemas.empty(schemas.Findings) if isinstance(export, pd.DataFrame) else export.findings,
    )


def _parse(text: str) -> AttributePath:
    try:
        return parse_path(text)
    except PathError as error:
        raise MappingError(f"mapping: {error}") from None


def _rule(text: str, rule: Rule) -> Column | Constant:
    if isinstance(rule, str):
        return column(rule)
    if isinstance(rule, Mapping):
        words = set(rule)
        if words == {"constant"}:
            return constant(rule["constant"])
        if "column" in words and words <= {"column", "on_blank", "transform", "values"}:
            return column(rule["column"], **{name: value for name, value in rule.items() if name != "column"})
        raise MappingError(f"mapping: {text!r}: a rule holds 'constant', or 'column' and perhaps on_blank, transform, values; "
                           f"this one holds {', '.join(map(str, rule)) or 'nothing'}.")  # fmt: skip
    if isinstance(rule, Column | Constant):
        return rule
    raise MappingError(f"mapping: {text!r} is mapped to {type(rule).__name__}; give a column's name, column(…) or constant(…).")


def _map_column(rows: pd.DataFrame, path: AttributePath, rule: Column | Constant) -> tuple[pd.Series[str], pd.DataFrame]:
    if isinstance(rule, Constant):
        raw = pd.Series(rule.value, index=rows.index, dtype="str")
        return _meaning(raw, raw, path, None)
    if rule.name not in rows.columns:
        raise MappingError(f"mapping: {path} wants column {rule.name!r}, which the export does not have. It has: "
                           f"{', '.join(map(str, rows.columns))}.")  # fmt: skip
    raw = rows[rule.name]
    if isinstance(raw.dtype, pd.StringDtype):
        raw = raw.astype("str")  # pandas has several text types; ours has NaN for missing
    else:
        raise MappingError(
            f"column {rule.name!r} is {raw.dtype}, not text, and may have lost leading zeros already. "
            "Read the file with read_export, or with pandas.read_csv(…, dtype='str', keep_default_na=False)."
        )
    trimmed = raw.str.strip()
    blank = trimmed.isna() | (trimmed == "")
    cells = (TRANSFORMS[rule.transform](raw) if rule.transform else raw).mask(blank)
    cells, problems = _meaning(cells, raw, path, rule.values)
    if rule.on_blank is OnBlank.CLEAR:
        return cells.mask(blank, ""), problems
    if rule.on_blank is OnBlank.ERROR and blank.any():
        missing = _problems(raw[blank], path, f"column {rule.name!r} is blank, and the mapping says on_blank='error'")
        return cells, pd.concat([problems, missing], ignore_index=True)
    return cells, problems


def _meaning(
    cells: pd.Series[str], raw: pd.Series[str], path: AttributePath, values: Mapping[str, str] | None
) -> tuple[pd.Series[str], pd.DataFrame]:
    """Apply a value table, and the boolean words where the attribute is boolean."""
    filled = cells.notna()
    wrong = (
        "is not one of " + ", ".join(map(repr, values))
        if values
        else ("is neither a word for true nor for false; say what it means: sr.column(…, values={'…': 'true', '…': 'false'})")
    )
    if values is not None:
        cells = cells.map(dict(values), na_action="ignore").astype("str")
    if path.definition is not None and path.definition.type is AttributeType.BOOLEAN:
        cells = cells.str.casefold().map(BOOLEAN_WORDS, na_action="ignore").astype("str")
    failed = filled & cells.isna()
    problems = _problems(raw[failed], path, "")
    problems["problem"] = ["the cell " + repr(shorten(str(value))) + " " + wrong for value in problems["value"]]
    return cells, problems


def _problems(cells: pd.Series[str], path: AttributePath, problem: str) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "source_line": pd.array(cells.index.to_numpy(), dtype="Int64"),
            "path": pd.array([str(path)] * len(cells), dtype="str"),
            "value": cells.array,
            "problem": pd.array([problem] * len(cells), dtype="str"),
        }
    )


def number_rows(frame: pd.DataFrame) -> pd.DataFrame:
    """Give a frame whose index is no unique whole number the row numbers 0…n-1, so that a message can name a row."""
    if pd.api.types.is_integer_dtype(frame.index.dtype) and frame.index.is_unique:
        return frame.rename_axis(index="source_line")
    return frame.set_axis(pd.RangeIndex(len(frame), name="source_line"), axis="index")
