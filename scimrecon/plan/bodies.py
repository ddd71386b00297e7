"""The body of one PUT, and the proof that it changes only what was ticked (RFC 7644 §3.5.1).

A PUT replaces the whole user. So the body is the resource as received, with the selected paths overlaid and what clients must not
send left out; nothing unmapped is lost, and nothing is invented.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import orjson

from scimrecon.attributes import (
    CORE_ATTRIBUTES,
    ENTERPRISE_ATTRIBUTES,
    ENTERPRISE_URN,
    AttributeType,
    Mutability,
)
from scimrecon.dialects import ClearAs, Dialect
from scimrecon.errors import PathError, PlanError
from scimrecon.paths import AttributePath, Element, Resource, clear_path, find_key, parse_path, read_path, write_path
from scimrecon.values import canonical, default_comparator, make_comparator, shorten, survives, text_series, to_json, to_text

_MANAGER = parse_path("manager.value")
_MANAGER_REF = parse_path("manager.$ref")


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One ticked cell of one user."""

    change_id: str
    path: AttributePath
    before: str | None
    """None is unassigned."""
    after: str
    """``''`` clears."""
    type: AttributeType


class CellState(StrEnum):
    """What a resource holds where a cell was ticked."""

    BEFORE = "before"
    """What it held when the analyst decided."""
    DESIRED = "desired"
    """What she wants already."""
    MOVED = "moved"
    """Something else."""


def cell_state(cell: Cell, resource: Resource) -> CellState:
    """Tell whether a ticked cell still holds what the analyst saw, or what she wants already."""
    if cell.path.member and cell.path.member == cell.path.sub:
        return _element_state(cell, resource)
    try:
        held = to_text(read_path(cell.path, resource)[0])
    except (PathError, ValueError):
        return CellState.MOVED
    if held == (cell.after or None):
        return CellState.DESIRED
    return CellState.BEFORE if held == cell.before else CellState.MOVED


def _element_state(cell: Cell, resource: Resource) -> CellState:
    """As `cell_state`, of an element that is known by the very value that changes."""
    elements = resource.get(find_key(resource, cell.path.name)) or []
    if not isinstance(elements, list) or not all(isinstance(one, dict) for one in elements):
        return CellState.MOVED
    values = [one.get(find_key(one, cell.path.sub)) for one in elements]
    if (cell.after in values) if cell.after else (cell.before not in values):
        return CellState.DESIRED
    return CellState.BEFORE if cell.before is None or cell.before in values else CellState.MOVED


def build_body(body: bytes, cells: Sequence[Cell], dialect: Dialect, accept: Collection[str]) -> Resource:
    """Overlay ticked cells on a resource and prove that the result differs nowhere else.

    Parameters
    ----------
    body
        The resource as received.
    cells
        Its ticked cells.
    dialect
        Says how to clear, and whether the id goes along.
    accept
        ``"absent:active"`` lets a user go out whose resource has no ``active``.

    Returns
    -------
    dict
        The PUT's JSON.

    Raises
    ------
    PlanError
        The user cannot be sent; the message is the reason.
    """
    if not survives(body):
        raise PlanError("its JSON has duplicate names, or numbers or characters that would not survive being sent back")
    base = sendable(orjson.loads(body), dialect)
    result: Resource = sendable(orjson.loads(body), dialect)
    try:
        _overlay(result, cells, dialect)
    except (PathError, ValueError) as error:
        raise PlanError(str(error)) from error
    _prove(base, result, cells)
    if result.get(find_key(result, "active")) is None and "absent:active" not in accept:
        raise PlanError(
            "the target shows no 'active' for this user, and a PUT without it may switch the account on or off; "
            "tick active, or plan_puts(…, accept=['absent:active'])"
        )
    return result


def sendable(resource: Resource, dialect: Dialect) -> Resource:
    """Drop, in place, what a client must not send: readOnly attributes, passwords, and the id unless the dialect wants it."""
    for attribute in CORE_ATTRIBUTES.values():
        if attribute.mutability is not Mutability.READ_WRITE and not (attribute.name == "id" and dialect.id_in_body):
            resource.pop(find_key(resource, attribute.name), None)
    extension = resource.get(find_key(resource, ENTERPRISE_URN))
    if isinstance(extension, dict):
        for attribute in ENTERPRISE_ATTRIBUTES.values():
            held = extension.get(find_key(extension, attribute.name))
            for sub in attribute.sub_attributes:
                if sub.mutability is not Mutability.READ_WRITE and isinstance(held, dict):
                    held.pop(find_key(held, sub.name), None)
    return resource


def _overlay(result: Resource, cells: Iterable[Cell], dialect: Dialect) -> None:
    for cell in cells:
        if cell.path == _MANAGER:
            # The reference names the manager who was: sent beside a new value it would contradict it.
            clear_path(_MANAGER_REF, result, omit=True)
        if cell.after == "":
            clear_path(cell.path, result, omit=dialect.clear_as is ClearAs.OMIT)
        else:
            write_path(cell.path, result, to_json(cell.after, cell.type))
        if cell.path.urn and cell.after:
            _declare(result, cell.path.urn)


def _declare(result: Resource, urn: str) -> None:
    """List a newly written extension's URN in ``schemas`` (RFC 7643 §3)."""
    schemas = result.setdefault(find_key(result, "schemas"), [])
    if not isinstance(schemas, list):
        raise PathError("schemas: the user holds no list where a list is expected")
    if urn.casefold() not in {str(listed).casefold() for listed in schemas}:
        schemas.append(urn)


def _prove(base: Resource, result: Resource, cells: Sequence[Cell]) -> None:
    """Prove two things: every ticked cell holds what was asked, and everything else is as it was.

    Raises
    ------
    PlanError
        One of them does not hold.
    """
    for cell in cells:
        if cell_state(cell, result) is not CellState.DESIRED:
            raise PlanError(
                f"{cell.path} would not hold what was asked: another selected path, or another element that this path "
                "would then name, stands in the same place"
            )
    touched = unlike_paths(base, result, cells, declared=True)
    if touched:
        raise PlanError(f"the PUT would also change {', '.join(touched)}")
    for name in sorted({cell.path.name for cell in cells if cell.path.member and not cell.path.urn}):
        if _count_primary(result, name) > max(1, _count_primary(base, name)):
            raise PlanError(
                f"{name} would have two primary elements; tick the change that takes 'primary' from the other one too"
            )


def _count_primary(resource: Resource, name: str) -> int:
    """Count the elements marked as primary: one at most may be (RFC 7643 §2.4)."""
    elements = resource.get(find_key(resource, name))
    if not isinstance(elements, list):
        return 0
    return sum(isinstance(one, dict) and one.get(find_key(one, "primary")) is True for one in elements)


def unlike_paths(left: Resource, right: Resource, cells: Iterable[Cell], *, declared: bool = False) -> list[str]:
    """Name where two resources differ in meaning, apart from ticked cells; both are read, neither is changed.

    Parameters
    ----------
    left, right
        Resources of one user.
    cells
        Their places are left out of the comparison.
    declared
        Whether `right` may list the URNs of written extensions in ``schemas`` besides those of `left`.

    Returns
    -------
    list of str
        Attributes, complex ones by part, sorted.
    """
    ones, others = copy_resource(left), copy_resource(right)
    for cell in cells:
        for resource in (ones, others):
            with suppress(PathError):  # a place that cannot be told apart stays in, and is named
                _erase(cell, resource)
        if declared and cell.path.urn:
            for resource in (ones, others):
                _undeclare(resource, cell.path.urn)
    return sorted(_unlike(canonical(ones) or {}, canonical(others) or {}, ""))


def copy_resource(resource: Resource) -> Resource:
    """Copy a resource, whatever a target put into it."""
    try:
        copied: Resource = orjson.loads(orjson.dumps(resource))
    except orjson.JSONEncodeError:
        copied = deepcopy(resource)  # a lone surrogate, or nested deeper than orjson prints
    return copied


def _erase(cell: Cell, resource: Resource) -> None:
    path = cell.path
    if path == _MANAGER:
        clear_path(_MANAGER_REF, resource, omit=True)
    if not path.member or (path.is_element and cell.after == ""):
        clear_path(path, resource, omit=True)
        return
    _, found = read_path(path, resource)
    if found is Element.ABSENT:
        return
    # What a write puts into a new or lone element besides the value is the filter's member: it belongs to the cell.
    marker = object()
    write_path(path, resource, marker)
    holder = resource if not path.urn else resource[find_key(resource, path.urn)]
    elements = holder[find_key(holder, path.name)]
    element = next(one for one in elements if one and one.get(find_key(one, path.sub)) is marker)
    for name in {path.sub, path.member}:
        del element[find_key(element, name)]
    if not element:
        elements.remove(element)


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
