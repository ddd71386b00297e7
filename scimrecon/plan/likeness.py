"""In what two resources differ, apart from ticked cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from operator import is_
from typing import Any

import orjson

from scimrecon.errors import PathError
from scimrecon.paths import AttributePath, Resource, clear_path, find_key, read_element
from scimrecon.plan.cells import MANAGER_REF, Cell, is_manager
from scimrecon.values import canonical

_ABSENT = object()


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
    return _find_unlike(copy_resource(left), copy_resource(right), list(cells))


def find_strays(base: Resource, body: Resource, cells: Sequence[Cell]) -> list[str]:
    """As `unlike_paths`, of a body and what it was built on: the body may list the URNs of its cells in ``schemas``.

    What both share is the same without a look, and what the cells name whole, or by part, is told without one: the rest is
    compared with care.
    """
    left = [name for name in _unshared(base, body) if not _is_told(name, base.get(name), body.get(name), cells)]
    if not left:
        return []
    ones, others = (copy_resource({name: held[name] for name in left if name in held}) for held in (base, body))
    for cell in cells:
        if cell.path.urn:
            _undeclare(ones, cell.path.urn)
            _undeclare(others, cell.path.urn)
    return _find_unlike(ones, others, cells)


def _unshared(one: Resource, other: Resource) -> list[str]:
    """The names under which two objects do not hold the very same."""
    differing = [name for name, held in other.items() if one.get(name, _ABSENT) is not held]
    return differing if one.keys() <= other.keys() else differing + [name for name in one if name not in other]


def _is_told(name: str, one: Any, other: Any, cells: Sequence[Cell]) -> bool:
    """Whether what two resources hold under a name is seen at a glance to differ in nothing but cells."""
    paths = [cell.path for cell in cells if cell.path.top == name]
    if not paths:
        return name == "schemas" and _is_declared(one, other, {cell.path.urn for cell in cells})
    first = paths[0]
    if first.is_whole:
        return True
    if first.member and not first.urn:
        return isinstance(one, list | None) and isinstance(other, list) and _are_elements_told(one or [], other, paths)
    if not isinstance(other, dict) or not (one is None or isinstance(one, dict)):
        return False
    return {path.part for path in paths if path.is_part}.issuperset(_unshared(one or {}, other))


def _are_elements_told(ones: list[Any], others: list[Any], paths: Sequence[AttributePath]) -> bool:
    """As `_is_told`, of two lists whose elements stand in the same places, new ones last."""
    subs = {path.sub for path in paths}
    if len(ones) > len(others) or any(path.member in subs for path in paths):
        return False
    if not all(isinstance(element, dict) for element in (*ones, *others)):
        return False
    if any(sum(map(path.is_of, others)) > 1 for path in paths):
        return False  # it names neither
    for one, other in zip(ones, others, strict=False):
        if one is not other:
            parts = {path.sub for path in paths if path.is_of(one) and path.is_of(other)}
            if not parts.issuperset(_unshared(one, other)):
                return False
    return all(_is_new_told(ones, other, paths) for other in others[len(ones) :])


def _is_new_told(ones: list[Any], added: Resource, paths: Sequence[AttributePath]) -> bool:
    """Whether a new element has but the members that paths put into it, none of which names one that was there."""
    adding = [path for path in paths if path.is_of(added)]
    if any(read_element(path, {path.name: ones}) is not None for path in adding):
        return False
    return {name for path in adding for name in (path.member, path.sub)}.issuperset(added)


def _is_declared(one: Any, other: Any, urns: AbstractSet[str]) -> bool:
    """Whether ``schemas`` lists what it did, and after it URNs of cells alone."""
    if not isinstance(one, list) or not isinstance(other, list) or len(one) > len(other):
        return False
    return all(map(is_, one, other)) and all(isinstance(urn, str) and urn in urns for urn in other[len(one) :])


def _find_unlike(ones: Resource, others: Resource, cells: Sequence[Cell]) -> list[str]:
    """As `unlike_paths`, of resources that nobody needs any more: it takes both apart."""
    _erase(cells, ones)
    _erase(cells, others)
    if _print_alike(ones, others):
        return []
    return sorted(_unlike(canonical(ones) or {}, canonical(others) or {}, ""))


def _print_alike(left: Resource, right: Resource) -> bool:
    """Whether two resources are the same to the letter; where that cannot be told quickly, they are not."""
    try:
        return orjson.dumps(left, option=orjson.OPT_SORT_KEYS) == orjson.dumps(right, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        return False


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
            element = _erase_value(cell, resource)
            if element is not None:
                found_by.append((cell.path, element))
    # What a write puts into a new or lone element besides the value is the filter's member: it belongs to the cell. Other cells
    # of the element are found by it, so it goes last.
    for path, element in found_by:
        element.pop(find_key(element, path.member), None)


def _erase_value(cell: Cell, resource: Resource) -> Resource | None:
    """Take a cell's value out; the element it was in is given, if that stays and is known by another member."""
    if is_manager(cell.path):
        clear_path(MANAGER_REF, resource, omit=True)
    if not cell.path.member or (cell.path.is_element and cell.after == ""):
        clear_path(cell.path, resource, omit=True)
        return None
    element = _element_of(cell, resource)
    if element is not None and not cell.path.renames:
        element.pop(find_key(element, cell.path.sub), None)
    return element


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
