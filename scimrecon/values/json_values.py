"""How JSON values become text, become JSON again, and mean the same."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import orjson

from scimrecon.attributes import SPELLINGS, AttributeType
from scimrecon.values.texts import shorten

SURROGATES = re.compile("[\ud800-\udfff]")
"""Halves of a character, which no text holds."""
_SCALARS = frozenset({str, bool, int, type(None)})
"""What JSON's values are parsed as that mean the same once printed."""
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def to_text(value: Any) -> str | None:
    """Write one JSON value as a cell's text; None for unassigned.

    Raises
    ------
    ValueError
        The value is an object or a list: not one cell.
    """
    if value is None or value == "":
        return None
    if isinstance(value, str):
        # A lone surrogate is no text a frame can hold; such a resource is never written back (see `parse_surviving`).
        return value if value.isascii() else SURROGATES.sub("\ufffd", value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json.dumps(value)
    raise ValueError("the user holds " + ("a list" if isinstance(value, list) else "an object") + ", not one value")


def to_json(text: str, kind: AttributeType) -> Any:
    """Write a cell's text as the JSON value an attribute's type asks for.

    Raises
    ------
    ValueError
        The text is not of that type; the message says what it must be.
    """
    match kind:
        case AttributeType.BOOLEAN:
            if text in ("true", "false"):
                return text == "true"
            raise ValueError(f"{shorten(text)!r} is not 'true' or 'false'")
        case AttributeType.INTEGER:
            if re.fullmatch(r"-?[0-9]{1,18}", text):
                return int(text)
            raise ValueError(f"{shorten(text)!r} is not a whole number")
        case AttributeType.DECIMAL:
            if _NUMBER.fullmatch(text) and math.isfinite(float(text)):
                return float(text)
            raise ValueError(f"{shorten(text)!r} is not a number")
        case AttributeType.COMPLEX:
            raise ValueError("a complex attribute has no one value")
        case _:
            return text


def kind_of(value: Any) -> AttributeType | None:
    """The attribute type a JSON value shows, or None for a list or an object."""
    if isinstance(value, bool):
        return AttributeType.BOOLEAN
    if isinstance(value, int):
        return AttributeType.INTEGER
    if isinstance(value, float):
        return AttributeType.DECIMAL
    return AttributeType.STRING if isinstance(value, str) else None


def parse_surviving(body: bytes) -> Any:
    """Parse a resource's JSON, if it means the same after our parse and print.

    It does not with duplicate names, numbers beyond 64 bits or beyond a double's digits, lone surrogates or NaN: sending it
    back would change what we never touched. Cost: three parses and prints; ten where there are fractions, or odd escapes.

    Raises
    ------
    ValueError
        It does not survive.
    """
    try:
        parsed = orjson.loads(body)
        printed = orjson.dumps(parsed)
        if not _shows_all(body, printed) or not _is_plain(parsed):
            json.loads(body, parse_int=_exact_int, parse_float=_exact_float, object_pairs_hook=_distinct_names)
    except (orjson.JSONEncodeError, RecursionError) as error:
        raise ValueError("it cannot be printed as it was read") from error
    return parsed


def _shows_all(body: bytes, printed: bytes) -> bool:
    """Whether a print of what was parsed has every member of the JSON, as far as can be told quickly.

    A parser that meets a name twice drops a member, and with it a colon. No print escapes a colon; where the JSON does not
    either, the texts that are left have as many on both sides, so as many colons mean that no member was dropped.
    """
    return body.count(b":") == printed.count(b":") and b"\\u003" not in body


def _is_plain(value: Any) -> bool:
    """Whether no object in parsed JSON has names that are one but for case, and all numbers are whole and of 64 bits.

    Others are parsed as fractions, of which more must be known.
    """
    if isinstance(value, dict):
        if not SPELLINGS.issuperset(value) and len({name.casefold() for name in value}) != len(value):
            return False
        value = value.values()
    elif not isinstance(value, list):
        return False
    if _SCALARS.issuperset(map(type, value)):
        return True
    return all(_is_plain(held) for held in value if type(held) not in _SCALARS)


def _distinct_names(items: list[tuple[str, Any]]) -> None:
    if len({name.casefold() for name, _ in items}) != len(items):
        raise ValueError("duplicate names")


def _exact_int(text: str) -> None:
    if not -(2**63) <= int(text) < 2**64:
        raise ValueError("an integer that JSON parsers read as something else")


def _exact_float(text: str) -> None:
    if Decimal(text) != Decimal(repr(float(text))):
        raise ValueError("more digits than a number holds")


def parse_resource(body: bytes) -> dict[str, Any]:
    """Parse the bytes of one resource; numbers and surrogates that orjson refuses are read as Python's json does.

    Raises
    ------
    ValueError
        Not a JSON object.
    """
    try:
        resource = orjson.loads(body)
    except orjson.JSONDecodeError:
        with bounded_depth():
            resource = json.loads(body)
    if not isinstance(resource, dict):
        raise ValueError(f"a user is a JSON object, not {type(resource).__name__}")  # noqa: TRY004 - bad data, not a bad call
    return resource


def parse_resources(bodies: Sequence[bytes]) -> list[dict[str, Any]]:
    """Parse as `parse_resource` does, many at once.

    Raises
    ------
    ValueError
        One is not a JSON object.
    """
    try:
        resources = list(map(orjson.loads, bodies))
    except orjson.JSONDecodeError:
        return list(map(parse_resource, bodies))
    return resources if set(map(type, resources)) <= {dict} else list(map(parse_resource, bodies))


def canonical(value: Any) -> Any:
    """Reduce JSON to its meaning, so that what means the same to SCIM is equal (RFC 7643 §2.4, §2.5).

    Unassigned members are dropped, names case-folded, lists sorted, numbers told from booleans.
    """
    if isinstance(value, dict):
        members = {name.casefold(): canonical(member) for name, member in value.items()}
        return {name: member for name, member in members.items() if member is not None} or None
    if isinstance(value, list):
        elements = [element for element in map(canonical, value) if element is not None]
        return sorted(elements, key=lambda element: json.dumps(element, sort_keys=True)) or None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None if value == "" else value
    # 1 equals True to Python, and not to SCIM.
    return ("number", float(value) if isinstance(value, float) and not value.is_integer() else int(value))


@contextmanager
def bounded_depth() -> Iterator[None]:
    """Report JSON nested beyond what the parser takes as bad data, which it is."""
    try:
        yield
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error
