"""How values become text, become JSON again, and compare.

Frames hold text; a resource holds JSON. A difference that only the exact comparison sees is cosmetic: Unicode normal form (NFC),
white space at the ends, and letter case where RFC 7643 says ``caseExact`` is false.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, TypeAlias, cast

import orjson
import pandas as pd
import pyarrow as pa

from scimrecon.attributes import AttributeType

BOOLEAN_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "1", "on", "active", "enabled"), "true"),
    **dict.fromkeys(("false", "no", "n", "0", "off", "inactive", "disabled"), "false"),
}
"""What a word of an export means to a boolean attribute; case-folded words, as cells write them."""
Listed: TypeAlias = tuple[list[tuple[str, bytes]], int | None]
"""A list of users, each its id and its JSON as received, and what the list says is the total."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_BLANKS = " \t\r\n"
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
        # A lone surrogate is no text a frame can hold; such a resource is never written back (see `survives`).
        return value if value.isascii() else _SURROGATES.sub("\ufffd", value)
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


def normalise(texts: pd.Series[str], *, case_exact: bool) -> pd.Series[str]:
    """Bring texts to the form in which cosmetic differences vanish.

    Cost: whole-column operations where texts are ASCII; a Python-level pass over those that are not.
    """
    trimmed = texts.str.strip()
    normal = trimmed if case_exact else trimmed.str.lower()
    wide = ~(trimmed.str.isascii() | trimmed.isna())
    if not wide.any():
        return normal
    composed = trimmed[wide].str.normalize("NFC")
    if not case_exact:
        composed = composed.str.casefold().str.normalize("NFC")
    return normal.mask(wide, composed)


def normalise_text(text: str, *, case_exact: bool) -> str:
    """Bring one text to the form of `normalise`."""
    return str(normalise(text_series([text]), case_exact=case_exact).iloc[0])


def text_series(values: list[str | None], index: pd.Index[Any] | None = None) -> pd.Series[str]:
    """Make a text column: ``str`` dtype, NA for None."""
    return pd.Series(pd.array(pa.array(values, pa.large_string()), dtype="str"), index=index)


def survives(body: bytes) -> bool:
    """Whether a resource's JSON means the same after our parse and print.

    It does not with duplicate names, numbers beyond 64 bits or beyond a double's digits, lone surrogates or NaN: sending it
    back would change what we never touched.
    """
    try:
        return bool(_exact(body) == _exact(orjson.dumps(orjson.loads(body))))
    except (orjson.JSONDecodeError, orjson.JSONEncodeError, ValueError, RecursionError):
        return False


def _exact(body: bytes) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> Any:
        names = [name.casefold() for name, _ in items]
        if len(set(names)) != len(names):
            raise ValueError("duplicate names")
        return dict(items)

    # bool is an int to Python; numbers are tagged so that 1, 1.0 and true stay apart from each other's text.
    return json.loads(
        body, parse_int=lambda text: ("number", int(text)), parse_float=lambda text: ("number", Decimal(text)),
        object_pairs_hook=pairs,
    )  # fmt: skip


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
        with _bounded_depth():
            resource = json.loads(body)
    if not isinstance(resource, dict):
        raise ValueError(f"a user is a JSON object, not {type(resource).__name__}")  # noqa: TRY004 - bad data, not a bad call
    return resource


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


def shorten(text: str, limit: int = 60) -> str:
    """Cut a value to what fits in a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"


def split_list(body: bytes) -> Listed:
    """Cut a ListResponse into its users' ids and bytes as received (RFC 7644 §3.4.2).

    Raises
    ------
    ValueError
        Not a JSON object with a list of users, each with an id.
    """
    with _bounded_depth():
        return _split(body.decode("utf-8-sig"))


def _split(text: str) -> Listed:
    decoder = json.JSONDecoder()
    users: list[tuple[str, bytes]] | None = None
    total: int | None = None
    for name, start in _members(text, decoder):
        if name.casefold() == "resources" and text[start : start + 1] == "[":
            users = [_user(*element) for element in _elements(text, start, decoder)]
        elif name.casefold() == "totalresults":
            total = _whole(decoder.raw_decode(text, start)[0])
    if users is None and total is None:
        raise ValueError("it has neither Resources nor totalResults")
    return users or [], total


def split_user(body: bytes) -> tuple[str, bytes]:
    """Cut one user's answer into the id and the JSON as received, without the white space around it.

    Raises
    ------
    ValueError
        Not a JSON object with an id.
    """
    piece = body.decode("utf-8-sig").strip(_BLANKS)
    with _bounded_depth():
        return _user(json.loads(piece), piece)


@contextmanager
def _bounded_depth() -> Iterator[None]:
    """Report JSON nested beyond what the parser takes as bad data, which it is."""
    try:
        yield
    except RecursionError as error:
        raise ValueError("its JSON is nested too deeply") from error


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def _user(resource: object, piece: str) -> tuple[str, bytes]:
    found = cast("dict[str, Any]", resource).get("id") if isinstance(resource, dict) else None
    if not isinstance(found, str) or not found:
        raise ValueError(f"a user without an id: {shorten(piece)}")
    if _SURROGATES.search(found):
        raise ValueError(f"a user whose id is no text: {shorten(piece)}")
    return found, piece.encode()


def _members(text: str, decoder: json.JSONDecoder) -> Iterator[tuple[str, int]]:
    """Yield each member's name and where its value starts."""
    at = _skip(text, 0)
    if text[at : at + 1] != "{":
        raise ValueError("not a JSON object: " + shorten(text[:200]))
    at = _skip(text, at + 1)
    more = text[at : at + 1] != "}"
    while more:
        if text[at : at + 1] != '"':
            raise ValueError(f"a member's name is missing at character {at}")
        name, at = decoder.raw_decode(text, at)
        at = _expect(text, _skip(text, at), ":")
        yield name, at
        _, at = decoder.raw_decode(text, at)
        at = _skip(text, at)
        more = text[at : at + 1] == ","
        at = _skip(text, at + 1) if more else at
    if text[at : at + 1] != "}":
        raise ValueError("the JSON ends early")
    if _skip(text, at + 1) != len(text):
        raise ValueError(f"something follows the JSON at character {at + 1}")


def _elements(text: str, at: int, decoder: json.JSONDecoder) -> Iterator[tuple[object, str]]:
    """Yield each element of the array that starts at `at`, parsed and as written."""
    at = _skip(text, at + 1)
    while text[at : at + 1] != "]":
        value, end = decoder.raw_decode(text, at)
        yield value, text[at:end]
        at = _skip(text, end)
        if text[at : at + 1] == ",":
            at = _skip(text, at + 1)
        elif text[at : at + 1] != "]":
            raise ValueError("the JSON ends early")


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark!r} is missing at character {at}")
    return _skip(text, at + 1)
