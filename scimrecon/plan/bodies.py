"""The body of one PUT, and the proof that it changes only what was ticked (RFC 7644 §3.5.1).

A PUT replaces the whole user. So the body is the resource as received, with the selected paths overlaid and what clients must not
send left out; nothing unmapped is lost, and nothing is invented.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, replace
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
from scimrecon.paths import AttributePath, Resource, clear_path, find_key, parse_path, read_element, read_path, write_path
from scimrecon.values import canonical, default_comparator, make_comparator, shorten, survives, text_series, to_json, to_text

_NEVER_SENT = frozenset(
    attribute.name.casefold() for attribute in CORE_ATTRIBUTES.values() if attribute.mutability is not Mutability.READ_WRITE
)
_NEVER_SENT_OF = {
    attribute.name.casefold(): frozenset(
        part.name.casefold() for part in attribute.sub_attributes if part.mutability is not Mutability.READ_WRITE
    )
    for attribute in ENTERPRISE_ATTRIBUTES.values()
}
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
    if cell.path.renames:
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
    try:
        values = [to_text(one.get(find_key(one, cell.path.sub))) for one in elements]
    except ValueError:
        return CellState.MOVED
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
    return rebuild_body(body, cells, dialect, accept)


def rebuild_body(body: bytes, cells: Sequence[Cell], dialect: Dialect, accept: Collection[str]) -> Resource:
    """As `build_body`, on bytes that a body was built on before."""
    base, result = (sendable(orjson.loads(body), dialect) for _ in range(2))
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


def body_facts(dialect: Dialect) -> dict[str, str]:
    """Name a dialect and give what of it bodies are built by, which a plan's hash holds."""
    return {"name": dialect.name, "clear_as": dialect.clear_as.value, "id_member": dialect.id_member}


def tell_other_facts(dialect: Dialect, said: Mapping[str, object]) -> str:
    """Say which fact that bodies are built by is another than it was; empty if all are as they were.

    Parameters
    ----------
    dialect
        The one at hand.
    said
        What `body_facts` gave of the one that bodies were built by.
    """
    for fact, held in body_facts(dialect).items():
        if said.get(fact) != held:
            return f"{fact} of dialect {said.get('name')!r} is {said.get(fact)!r}, and here it is {held!r}"
    return ""


def sendable(resource: Resource, dialect: Dialect) -> Resource:
    """Leave out what a client must not send: readOnly attributes, passwords, and the id unless the dialect wants it.

    What is left is shared with the resource, but for the objects something was left out of.
    """
    kept = {name: value for name, value in resource.items() if name.casefold() not in _NEVER_SENT}
    if dialect.id_member:
        kept[dialect.id_member] = resource.get(find_key(resource, "id"))
    key = find_key(kept, ENTERPRISE_URN)
    if isinstance(kept.get(key), dict):
        kept[key] = {name: _without(value, _NEVER_SENT_OF.get(name.casefold())) for name, value in kept[key].items()}
    return kept


def _without(value: Any, names: frozenset[str] | None) -> Any:
    if not names or not isinstance(value, dict):
        return value
    return {name: member for name, member in value.items() if name.casefold() not in names}


def _overlay(result: Resource, cells: Iterable[Cell], dialect: Dialect) -> None:
    # What an element is found by changes last, and the manager's reference, which a new manager takes away, after the manager.
    for cell in sorted(cells, key=lambda cell: cell.path.renames or cell.path == _MANAGER_REF):
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
    if _print_alike(left, right):
        return []
    ones, others = copy_resource(left), copy_resource(right)
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
            if cell.path == _MANAGER:
                clear_path(_MANAGER_REF, resource, omit=True)
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
