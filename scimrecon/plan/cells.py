"""The ticked cells of one user, held against a resource."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from scimrecon.attributes import AttributeType
from scimrecon.errors import PathError
from scimrecon.paths import AttributePath, Resource, find_key, parse_path, read_path
from scimrecon.values import default_comparator, make_comparator, shorten, text_series, to_text

MANAGER = parse_path("manager.value")
MANAGER_REF = parse_path("manager.$ref")
"""Names the manager too: what is written to `MANAGER` makes it wrong."""


def is_manager(path: AttributePath) -> bool:
    """Whether a path is `MANAGER`."""
    return path.name == MANAGER.name and path == MANAGER  # to compare whole paths takes ten times as long as their names


class Cell(NamedTuple):
    """One ticked cell of one user."""

    change_id: str
    path: AttributePath
    before: str | None
    """None is unassigned."""
    after: str
    """``''`` clears."""
    type: AttributeType
    along: bool = False
    """Whether nobody ticked it: it is sent because the provider never shows it, and would lose it."""


class CellState(StrEnum):
    """What a resource holds where a cell was ticked."""

    BEFORE = "before"
    """What it held when the analyst decided."""
    DESIRED = "desired"
    """What she wants already."""
    MOVED = "moved"
    """Something else."""


_BEFORE, _DESIRED, _MOVED = CellState  # to look a member up takes longer than to compare two texts


def cell_state(cell: Cell, resource: Resource) -> CellState:
    """Tell whether a ticked cell still holds what the analyst saw, or what she wants already."""
    if cell.path.renames:
        return _element_state(cell, resource)
    try:
        value = read_path(cell.path, resource)[0]
        held = value if type(value) is str and value.isascii() else to_text(value)
    except (PathError, ValueError):
        return _MOVED
    if held == (cell.after or None):
        return _DESIRED
    return _BEFORE if held == cell.before else _MOVED


def _element_state(cell: Cell, resource: Resource) -> CellState:
    """As `cell_state`, of an element that is known by the very value that changes."""
    elements = resource.get(find_key(resource, cell.path.name)) or []
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        return _MOVED
    try:
        values = [to_text(one.get(find_key(one, cell.path.sub))) for one in elements]
    except ValueError:
        return _MOVED
    if (cell.after in values) if cell.after else (cell.before not in values):
        return _DESIRED
    return _BEFORE if cell.before is None or cell.before in values else _MOVED


def same_but_formatting(cell: Cell, resource: Resource) -> bool:
    """Whether a resource holds what a cell asked for, as the comparator sees it that its attribute calls for."""
    try:
        held = to_text(read_path(cell.path, resource)[0])
    except (PathError, ValueError):
        return False
    comparator = make_comparator(default_comparator(cell.path))
    return bool(comparator.alike(text_series([held]), text_series([cell.after])).iloc[0])


def held_text(cell: Cell, resource: Resource) -> str | None:
    """What a resource holds where a cell was ticked, as text; None for unassigned."""
    try:
        return to_text(read_path(cell.path, resource)[0])
    except (PathError, ValueError) as error:
        return shorten(str(error))
