"""Map the rows of an export to desired users, path by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import MappingError, PathError
from scimrecon.exports import Export
from scimrecon.mapping.cells import Place, fill_cells, map_cells, suggest, text_column
from scimrecon.mapping.checking import hold_to
from scimrecon.mapping.desired import Desired, Reference, number_rows
from scimrecon.mapping.rules import Column, Constant, ReferenceColumn, Rule, RuleForm, read_rule
from scimrecon.paths import parse_path, parse_set

_MANAGER = "manager.value"


def map_users(export_or_rows: Export | pd.DataFrame, mapping: Mapping[str, RuleForm], *, schema: Any = None) -> Desired:
    """Turn the rows of an export into desired users.

    Boolean attributes take true/yes/y/1/on/active/enabled and their opposites, unless `column` says which values mean
    what; any other word is a problem of that cell, never a guess. Cost: whole-column operations, linear in the rows.

    Parameters
    ----------
    export_or_rows
        What `read_export` returned, or a DataFrame of text columns; its index, if of unique whole numbers, is taken for
        source lines, and otherwise its rows are numbered from 0.
    mapping
        SCIM path to a column's name, `column(…)`, `constant(…)` or, for ``manager.value``, `reference(…)`; start from
        ``export.mapping``. The name of a multi-valued attribute, such as ``roles``, stands for all its values.
    schema
        A pandera model of your own for ``frame``: its columns are SCIM paths, its cells text, NA or ``''``. A cell that breaks it
        is a problem; a row that breaks it as a whole has a problem in every cell.

    Returns
    -------
    Desired
        ``frame``: index as the rows', one text column a path. ``problems`` follows `schemas.Problems`.

    Raises
    ------
    MappingError
        A path is not a User attribute or stands twice; a column is not in the export, or stands there twice; a reference is
        given to a path that holds no user's id; or the schema is none, or asks for what no row can mend.
    """
    if not isinstance(export_or_rows, Export | pd.DataFrame):
        raise MappingError(
            f"map_users takes what read_export returned, or a DataFrame of text, not {type(export_or_rows).__name__}."
        )
    export = export_or_rows if isinstance(export_or_rows, Export) else None
    rows = number_rows(export_or_rows) if isinstance(export_or_rows, pd.DataFrame) else export_or_rows.rows
    _check(rows, mapping)
    places = _read_mapping(mapping)
    mapped = {name: _map(rows, place, rule) for name, (place, rule) in places.items()}
    frame = pd.DataFrame({name: cells for name, (cells, _) in mapped.items()}, index=rows.index)
    problems = pd.concat([problems for _, problems in mapped.values()], ignore_index=True)
    if schema is not None:
        frame, problems = hold_to(schema, frame, problems)
    return Desired(
        frame=frame,
        problems=schemas.check(problems, schemas.Problems),
        source=None if export is None else export.source,
        findings=schemas.empty(schemas.Findings) if export is None else export.findings,
        rows=rows,
        rules={name: rule for name, (_, rule) in places.items()},
        references={name: _refer(rows, name, rule) for name, (_, rule) in places.items() if isinstance(rule, ReferenceColumn)},
    )


def _check(rows: pd.DataFrame, mapping: Mapping[str, RuleForm]) -> None:
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


def _read_mapping(mapping: Mapping[str, RuleForm]) -> dict[str, tuple[Place, Rule]]:
    """Canonical name to what it fills and from where."""
    places: dict[str, tuple[Place, Rule]] = {}
    for text, form in mapping.items():
        place = _parse(text)
        if str(place) in places:
            raise MappingError(f"mapping: {text!r} names {place}, which is mapped already. Keep one of them.")
        rule = read_rule(text, form)
        if isinstance(rule, ReferenceColumn) and not _holds_an_id(place):
            raise MappingError(f"mapping: {place} holds no user's id, so it cannot be a reference; {_MANAGER} does.")
        places[str(place)] = (place, rule)
    return places


def _parse(text: str) -> Place:
    try:
        return parse_set(text) or parse_path(text)
    except PathError as error:
        raise MappingError(f"mapping: {error}") from None


def _holds_an_id(place: Place) -> bool:
    """Whether a path may name another user: the manager, or a vendor's attribute, of which RFC 7643 says nothing."""
    return not isinstance(place, str) and (str(place) == _MANAGER or place.definition is None)


def _map(rows: pd.DataFrame, place: Place, rule: Rule) -> tuple[pd.Series[str], pd.DataFrame]:
    if isinstance(rule, Constant):
        return fill_cells(rule.value, rows.index, place)
    if isinstance(rule, ReferenceColumn):
        rule = Column(name=rule.name, on_blank=rule.on_blank, transform=rule.transform)
    return map_cells(rows, place, rule)


def _refer(rows: pd.DataFrame, name: str, rule: ReferenceColumn) -> Reference:
    try:
        on = str(parse_path(rule.on))
    except PathError as error:
        if rule.on not in rows.columns:
            raise MappingError(f"mapping: {name}: on={rule.on!r} is no column of the export. {suggest(rule.on, rows.columns)} "
                               f"Nor is it a SCIM path: {error}") from None  # fmt: skip
        keys = text_column(rows, rule.on, name).str.strip()
        return Reference(column=rule.on, keys=keys.mask(keys == ""))
    if on == name:
        raise MappingError(f"mapping: {name}: on={rule.on!r} is the reference itself; say by what the other user is known, such "
                           "as on='employeeNumber'.")  # fmt: skip
    return Reference(on=on)
