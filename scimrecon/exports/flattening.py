"""One user's JSON as columns of text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from scimrecon.exports.table import write_values

_quote = json.JSONEncoder(ensure_ascii=False).encode


class Number(str):
    """A number, as it is written."""

    __slots__ = ()


def flatten(user: dict[str, Any], short: str) -> Iterator[tuple[str, str]]:
    """Yield column and text of one user; null, and what is empty, is left out.

    Parameters
    ----------
    user
        Parsed with `Number` for numbers.
    short
        The URN whose attributes go by short name.
    """
    for name, value in user.items():
        if name.casefold() == short.casefold() and isinstance(value, dict):
            yield from _members("", value)
        else:
            yield from _member(name, value, ":" if name.casefold().startswith("urn:") else ".")


def _members(prefix: str, value: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, inner in value.items():
        yield from _member(prefix + name, inner)


def _member(name: str, value: Any, mark: str = ".") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield from _members(name + mark, value)
    elif isinstance(value, list):
        yield from _elements(name, value)
    else:
        text = _text(value)
        if text:
            yield name, text


def _elements(name: str, values: list[Any]) -> Iterator[tuple[str, str]]:
    """Name each element by its type, or as the primary one; those that go by neither stand in one cell, whole."""
    plain = [value["value"] if isinstance(value, dict) and set(value) == {"value"} else value for value in values]
    if not any(isinstance(value, dict | list) for value in plain):
        texts = [text for value in plain if (text := _text(value))]
        if texts:
            yield name, write_values(texts)
        return
    types = Counter(_type(value) for value in values)
    primaries = [value for value in values if _primary(value)]
    whole = False
    for value in values:
        kind = _type(value)
        if kind and types[kind] == 1:
            member = next(key for key in value if key.casefold() == "type")
            yield from _members(f"{name}[{member} eq {_quote(kind)}].", {key: one for key, one in value.items() if key != member})
        elif len(primaries) == 1 and value is primaries[0]:
            yield from _members(
                f"{name}[primary eq true].", {key: one for key, one in value.items() if key.casefold() != "primary"}
            )
            whole = whole or bool(kind)
        else:
            whole = True
    if whole:
        yield name, _written(values)


def _type(value: Any) -> str:
    found = [inner for key, inner in value.items() if key.casefold() == "type"] if isinstance(value, dict) else []
    return found[0] if found and isinstance(found[0], str) else ""


def _primary(value: Any) -> bool:
    return isinstance(value, dict) and any(key.casefold() == "primary" and inner is True for key, inner in value.items())


def _text(value: Any) -> str:
    if value is None:
        return ""
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _written(value: Any) -> str:
    """Write JSON again, numbers as they were."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_quote(key)}: {_written(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_written, value)) + "]"
    return _quote(value)
