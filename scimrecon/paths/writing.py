"""Write what a path names on a user, or take it away."""

from __future__ import annotations

from typing import Any

from scimrecon.paths.path import AttributePath, Resource, find_key
from scimrecon.paths.reading import NOTHING, Element, expect, find_element, find_extension, find_holder


def write_path(path: AttributePath, resource: Resource, value: Any) -> None:
    """Set the value a path names, making the objects and the element it needs.

    The resource is changed; the objects and lists in it that are written to are copied first, as others may share them.

    Raises
    ------
    PathError
        As `read_path`.
    """
    outer = _own(path, path.urn, resource) if path.urn else resource
    if not path.sub:
        outer[find_key(outer, path.name)] = value
    elif not path.member:
        inner = _own(path, path.name, outer)
        inner[find_key(inner, path.sub)] = value
    else:
        key = find_key(outer, path.name)
        elements = list(expect(path, outer.get(key), list, "a list") or [])
        index, found = find_element(path, elements)
        outer[key] = elements
        if index is None:
            elements.append({path.member: path.literal, path.sub: value})
            return
        element = elements[index] = dict(elements[index])
        if found is Element.LONE:
            element[find_key(element, path.member)] = path.literal
        element[find_key(element, path.sub)] = value


def _own(path: AttributePath, name: str, holder: Resource) -> Resource:
    """Put a copy in the place of an object, or a new one where there is none, and give it."""
    key = find_key(holder, name)
    made: Resource = dict(expect(path, holder.get(key), dict, "an object") or ())
    holder[key] = made
    return made


def clear_path(path: AttributePath, resource: Resource, *, omit: bool) -> None:
    """Take the value a path names away, in place; nothing happens where there is none.

    An element goes whole when its ``value`` is cleared or nothing is left in it; anything else becomes null, or is left out with
    `omit` (RFC 7644 §3.5.1).
    """
    holder, found = find_holder(path, resource)
    if holder is None or found is Element.ABSENT:
        return
    key = find_key(holder, path.sub or path.name)
    if omit:
        holder.pop(key, None)
    elif key in holder:
        holder[key] = None
    if path.member and (path.is_element or all(value in NOTHING for value in holder.values())):
        _take_away(holder, path, resource, omit=omit)


def _take_away(element: Resource, path: AttributePath, resource: Resource, *, omit: bool) -> None:
    outer = find_extension(path, resource)
    assert outer is not None  # noqa: S101 - the element was found in it
    key = find_key(outer, path.name)
    outer[key] = [one for one in outer[key] if one is not element]
    if omit and not outer[key]:
        del outer[key]
