"""Read what a path names on a user, and find the objects and elements on the way there."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

from scimrecon.errors import PathError
from scimrecon.paths.path import AttributePath, Resource, find_key

SUPPLIED = frozenset({"type", "primary"})
"""The members of an element that a write supplies where they are missing."""
NOTHING: tuple[Any, ...] = (None, "", [], {})
"""How a resource writes that there is no value (RFC 7643 §2.5)."""


class Element(IntEnum):
    """What a filtered path found on a user."""

    ABSENT = 0
    """No element matches: a write adds one."""
    FOUND = 1
    """One element matches, or the path has no filter."""
    LONE = 2
    """The only element lacks the filter's member: a write supplies it."""


_FOUND = Element.FOUND  # to look a member up takes longer than to read a path


def read_path(path: AttributePath, resource: Resource) -> tuple[Any, Element]:
    """Read the JSON value a path names, or None, and what its filter found.

    Raises
    ------
    PathError
        The filter hits two elements, or the resource does not have the shape the path asks for.
    """
    holder, found = (resource, _FOUND) if path.is_whole else find_holder(path, resource)
    if holder is None:
        return None, found
    name = path.sub or path.name
    value = holder.get(name if name in holder else find_key(holder, name))
    return (None if value in NOTHING else value), found


def read_element(path: AttributePath, resource: Resource) -> Resource | None:
    """Give the very element that a filtered path names, or None.

    Raises
    ------
    PathError
        As `read_path`.
    """
    return find_holder(path, resource)[0] if path.member else None


def find_holder(path: AttributePath, resource: Resource) -> tuple[Resource | None, Element]:
    """Find the innermost object that holds the value, if there is one, and say what the filter found.

    Raises
    ------
    PathError
        As `read_path`.
    """
    if path.is_part:
        held = resource.get(path.top)
        if isinstance(held, dict):
            return held, _FOUND
    outer = find_extension(path, resource) if path.urn else resource
    if outer is None or not path.sub:
        return outer, _FOUND
    inner = outer.get(find_key(outer, path.name))
    if not path.member:
        return expect(path, inner, dict, "an object"), _FOUND
    elements = expect(path, inner, list, "a list") or []
    index, found = find_element(path, elements)
    return (None if index is None else elements[index]), found


def find_extension(path: AttributePath, resource: Resource) -> Resource | None:
    """Find what holds the attribute: the path's extension, None where the user has none of it, or the user.

    Raises
    ------
    PathError
        The user holds something else under the extension's URN.
    """
    if not path.urn:
        return resource
    extension: Resource | None = expect(path, resource.get(find_key(resource, path.urn)), dict, "an object")
    return extension


def expect(path: AttributePath, value: Any, kind: type, words: str) -> Any:
    """Give a value that is of a kind, or None.

    Raises
    ------
    PathError
        It is of another; `words` say what was expected.
    """
    if value is None or isinstance(value, kind):
        return value
    raise PathError(f"{path}: the user holds {type(value).__name__} where {words} is expected.")


def find_element(path: AttributePath, elements: list[Any]) -> tuple[int | None, Element]:
    """Find the place of the element that the filter asks for.

    Raises
    ------
    PathError
        There are two of them, or one of the elements is no object.
    """
    for element in elements:
        if not isinstance(element, dict):
            expect(path, element, dict, "an object")
    hits = [index for index, element in enumerate(elements) if path.is_of(element)]
    if len(hits) > 1:
        raise PathError(f"{path}: {len(hits)} elements match; the path must name one.")
    if hits:
        return hits[0], _FOUND
    lone = len(elements) == 1 and path.member in SUPPLIED and elements[0] is not None
    if lone and elements[0].get(find_key(elements[0], path.member)) in (None, ""):
        return 0, Element.LONE
    return None, Element.ABSENT
