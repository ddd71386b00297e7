"""What a vendor's user is made of, and a body held to it."""

from __future__ import annotations

from typing import Any, TypeAlias

Shape: TypeAlias = Any
"""``str``, ``bool``, a dict of shapes by member, or a list of one shape for a multi-valued attribute."""

_NAMES = {str: "a text", bool: "true or false", dict: "an object", list: "a list"}


class Misfit(Exception):
    """A value is not of the type the vendor's model gives it."""


def pick(shape: dict[str, Shape], body: dict[str, Any]) -> dict[str, Any]:
    """Return the members of a body that the shape knows; null, [] and {} are no value (RFC 7643 §2.5).

    Raises
    ------
    Misfit
        A value has another type.
    """
    picked: dict[str, Any] = _pick(shape, body, "")
    return picked


def strangers(shape: Shape, value: Any, path: str = "") -> list[str]:
    """Return the paths of the members that the shape does not know."""
    if isinstance(shape, list) and isinstance(value, list):
        return [found for element in value for found in strangers(shape[0], element, path)]
    if not isinstance(shape, dict) or not isinstance(value, dict):
        return []
    unknown = [_join(path, name) for name in value if name not in shape]
    known = [name for name in value if name in shape]
    return unknown + [found for name in known for found in strangers(shape[name], value[name], _join(path, name))]


def walk(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Return each value that is neither object nor list, and each that is empty, with its path."""
    if isinstance(value, dict) and value:
        return [found for name, member in value.items() for found in walk(member, _join(path, name))]
    if isinstance(value, list) and value:
        return [found for element in value for found in walk(element, path)]
    return [(path, value)]


def _pick(shape: Shape, value: Any, path: str) -> Any:
    wants: Any = dict if isinstance(shape, dict) else list if isinstance(shape, list) else shape
    if not isinstance(value, wants):
        raise Misfit(f"{path or 'a user'} must be {_NAMES[wants]}")
    if isinstance(shape, list):
        elements = [_pick(shape[0], element, path) for element in value]
        return [element for element in elements if element not in ({}, [])]
    if not isinstance(shape, dict):
        return value
    picked = {name: _pick(shape[name], value[name], _join(path, name)) for name in shape if value.get(name) is not None}
    return {name: member for name, member in picked.items() if member not in ({}, [])}


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
