"""In what two resources differ, apart from ticked cells."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

import orjson

from scimrecon.errors import PathError
from scimrecon.paths import AttributePath, Resource, clear_path, find_key, read_element
from scimrecon.plan.cells import MANAGER, MANAGER_REF, Cell
from scimrecon.values import canonical


def unlike_paths(left: Resource, right: Resource, cells: Iterable[Cell]) -> list[str]:
    """Name where two resources differ in meaning, apart from ticked cells; both are read, neither is changed.

    Parameters
    ----------
    left, right
        Resources of one user.
    cells
        Their places are left out of the comparison.

    Returns
    -------
    list of str
        Attributes, complex ones by part, sorted.
    """
    if _print_alike(left, right):
        return []
    return find_unlike(copy_resource(left), copy_resource(right), cells)


def find_unlike(ones: Resource, others: Resource, cells: Iterable[Cell], *, declared: bool = False) -> list[str]:
    """As `unlike_paths`, of resources that are known to differ; it takes both apart.

    Parameters
    ----------
    ones, others
        Resources of one user, which nobody needs any more.
    cells
        As in `unlike_paths`.
    declared
        Whether `others` may list the URNs of written extensions in ``schemas`` besides those of `ones`.
    """
    some = list(cells)
    for resource in (ones, others):
        _erase(some, resource)
        for cell in some:
            if declared and cell.path.urn:
                _undeclare(resource, cell.path.urn)
    if _print_alike(ones, others):
        return []
    return sorted(_unlike(canonical(ones) or {}, canonical(others) or {}, ""))


def _print_alike(left: Resource, right: Resource) -> bool:
    """Whether two resources are the same to the letter; where that cannot be told quickly, they are not."""
    try:
        return orjson.dumps(left, option=orjson.OPT_SORT_KEYS) == orjson.dumps(right, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return False


def copy_where(cells: Iterable[Cell], resource: Resource) -> Resource:
    """Copy a resource as deep as writing these cells reaches; the attributes they have no part in are shared with it."""
    reached = {(cell.path.urn or cell.path.name).casefold() for cell in cells} | {"schemas"}
    return {**resource, **copy_resource({name: value for name, value in resource.items() if name.casefold() in reached})}


def copy_resource(resource: Resource) -> Resource:
    """Copy a resource, whatever a target put into it."""
    try:
        copied: Resource = orjson.loads(orjson.dumps(resource))
    except orjson.JSONEncodeError:
        copied = deepcopy(resource)  # a lone surrogate, or nested deeper than orjson prints
    return copied


def _erase(cells: Iterable[Cell], resource: Resource) -> None:
    """Take cells out of a resource, in place; one that cannot be told apart stays in, and is named."""
    found_by: list[tuple[AttributePath, Resource]] = []
    for cell in cells:
        with suppress(PathError):
            if cell.path == MANAGER:
                clear_path(MANAGER_REF, resource, omit=True)
            if not cell.path.member or (cell.path.is_element and cell.after == ""):
                clear_path(cell.path, resource, omit=True)
            elif (element := _element_of(cell, resource)) is not None:
                found_by.append((cell.path, element))
                if not cell.path.renames:
                    element.pop(find_key(element, cell.path.sub), None)
    # What a write puts into a new or lone element besides the value is the filter's member: it belongs to the cell. Other cells
    # of the element are found by it, so it goes last.
    for path, element in found_by:
        element.pop(find_key(element, path.member), None)


def _element_of(cell: Cell, resource: Resource) -> Resource | None:
    """The element a cell is of, be it found by what it held or by what it holds now."""
    element = read_element(cell.path, resource)
    if element is None and cell.path.renames and cell.after:
        return read_element(replace(cell.path, literal=cell.after), resource)
    return element


def _undeclare(resource: Resource, urn: str) -> None:
    key = find_key(resource, "schemas")
    if isinstance(resource.get(key), list):
        resource[key] = [listed for listed in resource[key] if str(listed).casefold() != urn.casefold()]


def _unlike(left: dict[str, Any], right: dict[str, Any], prefix: str) -> list[str]:
    names: list[str] = []
    for name in {*left, *right}:
        one, other = left.get(name), right.get(name)
        if one == other:
            continue
        if prefix.count(".") == 0 and (isinstance(one, dict) or isinstance(other, dict)):
            inner = ":" if name.startswith("urn:") else "."
            names += _unlike(_dict(one), _dict(other), f"{prefix}{name}{inner}")
        else:
            names.append(prefix + name)
    return names


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {} if value is None else {"": value}
