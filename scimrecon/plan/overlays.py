"""A user's ticked cells written over the resource: what a PUT carries, before anything of it is proven."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from scimrecon.attributes import AttributeType
from scimrecon.dialects import ClearAs, Dialect
from scimrecon.errors import PathError
from scimrecon.paths import AttributePath, Resource, clear_path, find_key, write_path
from scimrecon.plan.cells import MANAGER, MANAGER_REF, Cell, is_manager
from scimrecon.values import to_json

_STRING = AttributeType.STRING


def overlay(base: Resource, cells: Sequence[Cell], dialect: Dialect) -> Resource:
    """Write cells over what can be sent of a user.

    Parameters
    ----------
    base
        It stays as it is, and the result shares with it what no cell reaches.
    cells
        The user's.
    dialect
        Says how to clear.

    Raises
    ------
    PathError
        The user has not the shape that a path asks for, or a path names two elements.
    ValueError
        A cell's text is not of its type.
    """
    omit = dialect.clear_as is ClearAs.OMIT
    result = dict(base)
    # What an element is found by changes last, and the manager's reference, which a new manager takes away, after the manager.
    late = [cell for cell in cells if cell.path.renames or (cell.path.name == MANAGER.name and cell.path == MANAGER_REF)]
    for cell in [*(cell for cell in cells if cell not in late), *late] if late else cells:
        if not _write_at_a_glance(cell, result, omit=omit):
            _write_with_care(cell, result, omit=omit)
        if omit and not cell.after:
            _leave_out_empty(cell.path, result)
        if cell.path.urn and cell.after:
            _declare(result, cell.path.urn)
    return result


def _write_at_a_glance(cell: Cell, result: Resource, *, omit: bool) -> bool:
    """Write a cell whose place has the path's spelling and is one object deep at most; False, and nothing written, if it may not.

    For most cells this does what `_write_with_care` does, in a third of the time.
    """
    path, after = cell.path, cell.after
    name = path.part
    if path.is_whole:
        holder: Any = result
    else:
        holder = result.get(path.top) if path.is_part else None
        if not isinstance(holder, dict):
            return False
    if name not in holder and (not after or find_key(holder, name) != name):
        return False
    if holder is not result:
        holder = result[path.top] = holder.copy()
    if after:
        holder[name] = after if cell.type is _STRING else to_json(after, cell.type)
    elif omit:
        del holder[name]
    else:
        holder[name] = None
    return True


def _write_with_care(cell: Cell, result: Resource, *, omit: bool) -> None:
    path = cell.path
    if is_manager(path):
        # The reference names the manager who was: sent beside a new value it would contradict it.
        _unshare(path, result)
        clear_path(MANAGER_REF, result, omit=True)
    if cell.after == "":
        _unshare(path, result)
        clear_path(path, result, omit=omit)
    else:
        write_path(path, result, to_json(cell.after, cell.type))


def _leave_out_empty(path: AttributePath, result: Resource) -> None:
    """Leave out an object whose last value was left out: where null is no way to say that, ``{}`` is none either."""
    outer = result.get(find_key(result, path.urn)) if path.urn else result
    if path.sub and isinstance(outer, dict) and outer.get(key := find_key(outer, path.name)) == {}:
        del outer[key]


def _unshare(path: AttributePath, resource: Resource) -> None:
    """Copy, in a resource, the objects and lists that clearing a path changes: others share them."""
    outer: Any = resource
    if path.urn:
        key = find_key(resource, path.urn)
        outer = resource.get(key)
        if not isinstance(outer, dict):
            return
        outer = resource[key] = dict(outer)
    if path.sub:
        key = find_key(outer, path.name)
        held = outer.get(key)
        if isinstance(held, dict):
            outer[key] = dict(held)
        elif isinstance(held, list):
            outer[key] = [dict(one) if isinstance(one, dict) else one for one in held]


def _declare(result: Resource, urn: str) -> None:
    """List a newly written extension's URN in ``schemas`` (RFC 7643 §3)."""
    key = "schemas" if "schemas" in result else find_key(result, "schemas")
    schemas = result.setdefault(key, [])
    if not isinstance(schemas, list):
        raise PathError("schemas: the user holds no list where a list is expected")
    if urn not in schemas and urn.casefold() not in {str(listed).casefold() for listed in schemas}:
        result[key] = [*schemas, urn]
