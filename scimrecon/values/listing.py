"""Cut a list of users into each one's bytes as received, without parsing and printing them anew."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, cast

from scimrecon.values.json_values import SURROGATES, bounded_depth, parse_resource
from scimrecon.values.texts import shorten

_BLANKS = " \t\r\n"


class Page(NamedTuple):
    """One ListResponse."""

    users: list[tuple[str, bytes]]
    """Each one's id and JSON as received."""
    total: int | None
    """What the list says is the total."""
    next_cursor: str
    """Where the next page starts (RFC 9865); empty where there is none, or the target pages otherwise."""
    others: Mapping[str, object]
    """What else the list says, by name."""


def split_page(body: bytes, envelope: str = "") -> Page:
    """Cut a ListResponse into its users' ids and bytes as received (RFC 7644 §3.4.2), and say where the next page starts.

    Users come out of their envelope, where they have one.

    Raises
    ------
    ValueError
        Not a JSON object with a list of users, each with an id.
    """
    with bounded_depth():
        return _split(body.decode("utf-8-sig"), envelope)


def unwrap_user(body: bytes, envelope: str) -> bytes:
    """Cut one user's JSON, as received, out of the member that an answer may wrap it in; anything else is given back as it is."""
    try:
        resource = parse_resource(body)
        wrapped = envelope in resource and not isinstance(resource.get("id"), str)
        with bounded_depth():
            return _unwrap(resource, body.decode("utf-8-sig"), envelope)[1].encode() if wrapped else body
    except ValueError:
        return body


def _split(text: str, envelope: str) -> Page:
    decoder = json.JSONDecoder()
    users: list[tuple[str, bytes]] | None = None
    total: int | None = None
    cursor: object = None
    others: dict[str, object] = {}
    ends: dict[int, int] = {}
    for name, start in _members(text, decoder, ends):
        if name.casefold() == "resources" and text[start : start + 1] == "[":
            users, ends[start] = _users(text, start, decoder, envelope)
            continue
        value, ends[start] = decoder.raw_decode(text, start)
        if name.casefold() == "totalresults":
            total = _whole(value)
        elif name.casefold() == "nextcursor":
            cursor = value
        else:
            others[name] = value
    if users is None and total is None:
        raise ValueError("it has neither Resources nor totalResults")
    return Page(users or [], total, cursor if isinstance(cursor, str) else "", others)


def _unwrap(resource: object, piece: str, envelope: str) -> tuple[object, str]:
    """Open the envelope, if it is one: a user has an id of its own."""
    inner = resource.get(envelope) if envelope and isinstance(resource, dict) else None
    if not isinstance(inner, dict) or (isinstance(resource, dict) and isinstance(resource.get("id"), str)):
        return resource, piece
    decoder = json.JSONDecoder()
    # Of a name that stands twice, the last counts, as it does to the parser.
    start = [at for name, at in _members(piece, decoder, {}) if name == envelope][-1]
    return inner, piece[start : decoder.raw_decode(piece, start)[1]]


def split_user(body: bytes) -> tuple[str, bytes]:
    """Cut one user's answer into the id and the JSON as received, without the white space around it.

    Raises
    ------
    ValueError
        Not a JSON object with an id.
    """
    piece = body.decode("utf-8-sig").strip(_BLANKS)
    with bounded_depth():
        return _user(json.loads(piece), piece)


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else None


def _user(resource: object, piece: str) -> tuple[str, bytes]:
    found = cast("dict[str, Any]", resource).get("id") if isinstance(resource, dict) else None
    if not isinstance(found, str) or not found:
        raise ValueError(f"a user without an id: {shorten(piece)}")
    if SURROGATES.search(found):
        raise ValueError(f"a user whose id is no text: {shorten(piece)}")
    return found, piece.encode()


def _members(text: str, decoder: json.JSONDecoder, ends: Mapping[int, int]) -> Iterator[tuple[str, int]]:
    """Yield each member's name and where its value starts; `ends` is where values end that were decoded in the meantime."""
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
        at = _skip(text, ends[at] if at in ends else decoder.raw_decode(text, at)[1])
        more = text[at : at + 1] == ","
        at = _skip(text, at + 1) if more else at
    if text[at : at + 1] != "}":
        raise ValueError("the JSON ends early")
    if _skip(text, at + 1) != len(text):
        raise ValueError(f"something follows the JSON at character {at + 1}")


def _users(text: str, at: int, decoder: json.JSONDecoder, envelope: str) -> tuple[list[tuple[str, bytes]], int]:
    """The users of the array that starts at `at`, out of their envelopes, and where it ends."""
    users: list[tuple[str, bytes]] = []
    at = _skip(text, at + 1)
    more = text[at : at + 1] != "]"
    while more:
        value, end = decoder.raw_decode(text, at)
        users.append(_user(*_unwrap(value, text[at:end], envelope)))
        at = _skip(text, end)
        more = text[at : at + 1] == ","
        at = _skip(text, at + 1) if more else at
    if text[at : at + 1] != "]":
        raise ValueError("the JSON ends early")
    return users, at + 1


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    return at


def _expect(text: str, at: int, mark: str) -> int:
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark!r} is missing at character {at}")
    return _skip(text, at + 1)
