"""Single attributes of all users, read from the resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.attributes import AttributeType
from scimrecon.errors import PathError
from scimrecon.paths import SUPPLIED, AttributePath, Element, Resource, find_key, parse_path, read_path
from scimrecon.users.blocks import Elements, Level, Odd, as_column, read_blocks
from scimrecon.users.model import Users
from scimrecon.values import as_texts, kind_of, parse_resource, to_text

Mask = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class PathValues:
    """One path of every user, in the order of the users."""

    texts: pd.Series[str]
    """NA where unassigned, or where `problems` says why it cannot be read."""
    found: np.ndarray[Any, np.dtype[np.int8]]
    """`paths.Element` of each user."""
    problems: Mapping[int, str]
    """Position to what is wrong there."""
    kinds: frozenset[AttributeType]
    """The types of the JSON values met: what the target holds now."""
    filled: Mask
    """Whether the whole attribute has any value, for a path that names one element of several; else whether this one has."""


def read_paths(users: Users, paths: Sequence[str]) -> dict[str, PathValues]:
    """Read paths of all users from the resources; missing everywhere is unassigned, not an error.

    Cost: each resource is parsed once, then whole columns of some thousand users; 5 s for twenty paths of a million users.
    What is not as RFC 7643 would have it is read user by user, at about a microsecond a path.

    Parameters
    ----------
    users
        The current users.
    paths
        Canonical paths.

    Returns
    -------
    dict
        Path to its values.
    """
    parsed = [parse_path(path) for path in paths]
    blocks = read_blocks(users.resources.values(), lambda block: [_read_block(path, block) for path in parsed])
    pieces = list(zip(*blocks, strict=True)) or [()] * len(paths)
    return {path: _join(several) for path, several in zip(paths, pieces, strict=True)}


class _Piece(NamedTuple):
    """One path of some users."""

    texts: Any
    """As `Column`."""
    found: np.ndarray[Any, np.dtype[np.int8]]
    several: Mask
    """Whether there is any element, for a path that names one."""
    problems: Mapping[int, str]
    kinds: frozenset[AttributeType]


def _join(pieces: Sequence[_Piece]) -> PathValues:
    problems: dict[int, str] = {}
    start = 0
    for piece in pieces:
        problems |= {start + row: problem for row, problem in piece.problems.items()}
        start += len(piece.found)
    texts = pa.concat_arrays([pa.array([], pa.large_string()), *(piece.texts for piece in pieces)])
    several = np.concatenate([np.empty(0, bool), *(piece.several for piece in pieces)])
    return PathValues(
        texts=as_texts(texts),
        found=np.concatenate([np.empty(0, np.int8), *(piece.found for piece in pieces)]),
        problems=problems,
        kinds=frozenset().union(*(piece.kinds for piece in pieces)),
        filled=several | texts.is_valid().to_numpy(zero_copy_only=False),
    )


class _Cells(NamedTuple):
    """One path of some users, a JSON value each."""

    values: list[Any]
    odd: Odd
    found: np.ndarray[Any, np.dtype[np.int8]]
    several: Mask


def _read_block(path: AttributePath, block: Level) -> _Piece:
    """Read one path of some users: of most as a column, of the odd ones each for itself."""
    values, odd, found, several = _take(path, block)
    texts, kinds, odd = as_column(values, odd)
    if not odd:
        return _Piece(texts, found, several, {}, kinds)
    known, problems = texts.to_pylist(), dict[int, str]()
    for row in sorted(odd):
        known[row], found[row], kind, problem = _read_cell(path, block.objects[row])
        several[row] = bool(path.member) and _has_elements(path, block.objects[row])
        kinds = kinds if kind is None else kinds | {kind}
        problems |= {row: problem} if problem else {}
    return _Piece(pa.array(known, pa.large_string()), found, several, problems, kinds)


def _take(path: AttributePath, block: Level) -> _Cells:
    size = len(block.objects)
    if path.member and path.urn:  # no extension that RFC 7643 defines has elements
        return _Cells([None] * size, frozenset(range(size)), np.zeros(size, np.int8), np.zeros(size, bool))
    if path.member:
        return _take_elements(path, block.elements(path.name), size)
    holder = block.inner(path.urn) if path.urn else block
    holder = holder.inner(path.name) if path.sub else holder
    values, odd = holder.take(path.sub or path.name)
    return _Cells(values, odd, np.full(size, Element.FOUND, np.int8), np.zeros(size, bool))


def _take_elements(path: AttributePath, elements: Elements, size: int) -> _Cells:
    """As `paths.read_path` finds the element that a filter names."""
    held, odd_member = elements.level.take(path.member)
    values, odd_value = elements.level.take(path.sub)
    strange = odd_member | odd_value
    if not set(map(type, held)) <= {str, bool, type(None)}:
        strange = strange.union(at for at, one in enumerate(held) if one is not None and not isinstance(one, str | bool))
        held = [None if at in strange else one for at, one in enumerate(held)]
    wanted = str(path.literal).casefold()
    alike = {one for one in set(held) if one is not None and str(one).casefold() == wanted}
    hits = np.flatnonzero(np.fromiter(map(alike.__contains__, held), bool, len(held)))
    count = np.bincount(elements.rows[hits], minlength=size)
    found = np.where(count > 0, Element.FOUND, Element.ABSENT).astype(np.int8)
    # One place more, for users who have none.
    place = np.full(size, len(values))
    place[elements.rows[hits]] = hits
    if path.member in SUPPLIED:
        alone = np.flatnonzero((elements.counts == 1) & (count == 0))
        first = (np.cumsum(elements.counts) - 1)[alone]
        lone = np.fromiter((held[at] in (None, "") for at in first.tolist()), bool, len(first))
        found[alone[lone]], place[alone[lone]] = Element.LONE, first[lone]
    odd = elements.odd.union(elements.rows[list(strange)].tolist(), np.flatnonzero(count > 1).tolist())
    return _Cells(list(map([*values, None].__getitem__, place.tolist())), odd, found, elements.counts > 0)


def _read_cell(path: AttributePath, resource: Resource) -> tuple[str | None, int, AttributeType | None, str]:
    try:
        value, element = read_path(path, resource)
        return to_text(value), element, kind_of(value), ""
    except PathError as error:
        return None, 1, None, str(error)
    except ValueError as error:
        return None, 1, None, f"{path}: {error}."


def _has_elements(path: AttributePath, resource: Resource) -> bool:
    holder = resource.get(find_key(resource, path.urn)) if path.urn else resource
    return isinstance(holder, dict) and bool(holder.get(find_key(holder, path.name)))


def read_elements(users: Users, name: str) -> pd.DataFrame:
    """Read every element of one multi-valued attribute of all users (RFC 7643 §2.4).

    Cost: each resource is parsed once more.

    Parameters
    ----------
    users
        The current users.
    name
        The attribute, such as ``"roles"``.

    Returns
    -------
    pandas.DataFrame
        One row an element that has a value: ``position`` (of the user), ``value``, ``type`` (NA without one), ``primary``,
        and ``alone`` (whether the user has no other element).
    """
    rows: list[tuple[int, str, str | None, bool, bool]] = []
    for position, body in enumerate(users.resources.values()):
        resource = parse_resource(body)
        held = resource.get(find_key(resource, name))
        if not isinstance(held, list):
            continue
        for element in held:
            value, kind, primary = (_member(element, sub) for sub in ("value", "type", "primary"))
            if isinstance(value, str) and value:
                named = to_text(kind) if isinstance(kind, str) else None
                rows.append((position, to_text(value) or "", named, primary is True, len(held) == 1))
    found = pd.DataFrame(rows, columns=["position", "value", "type", "primary", "alone"])
    return found.astype({"position": "int64", "value": "str", "type": "str", "primary": "bool", "alone": "bool"})


def _member(element: object, sub: str) -> object:
    return element.get(find_key(element, sub)) if isinstance(element, dict) else None


def version_of(resource: Resource) -> str | None:
    """The resource's ``meta.version`` (RFC 7643 §3.1), verbatim, or None."""
    meta = resource.get("meta")
    version = meta.get("version") if isinstance(meta, dict) else None
    return version if isinstance(version, str) and version else None
