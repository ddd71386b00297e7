"""One flat row a user, for looking: what each resource says, by path."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon import schemas
from scimrecon.attributes import CORE_URN, ENTERPRISE_URN
from scimrecon.paths import Resource
from scimrecon.users.blocks import Level, Numbers, as_column, lay_out, pick, read_blocks
from scimrecon.values import as_texts, parse_resource, text_series, to_text

_URN_PREFIX = "urn:"
_NOT_SHOWN = ("schemas", "meta")

_Block = tuple[int, dict[str, Any]]
"""How many users, and by path an Arrow array of their texts."""


def flatten(resources: Mapping[str, bytes]) -> pd.DataFrame:
    """Lay resources out as rows.

    Cost: each is parsed once, then whole columns of a thousand users.

    Parameters
    ----------
    resources
        Id to JSON as received.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.UserRows`: a column for each path that names one value of some user, in the order they are met in.

    Raises
    ------
    ValueError
        A resource is no JSON object.
    """
    blocks = list(read_blocks(resources.values(), _read_block))
    met = dict.fromkeys(chain.from_iterable(texts for _, texts in blocks))
    columns = {path: _join(path, blocks) for path in met if path != "id"}
    ordered = sorted(columns, key=_place_of(columns, list(resources.values())))
    ids = {"id": text_series(list(resources))}
    return schemas.check(pd.DataFrame(ids | {path: as_texts(columns[path]) for path in ordered}), schemas.UserRows)


def _join(path: str, blocks: Iterable[_Block]) -> Any:
    """One column of all blocks, which give it up."""
    pieces = [texts.pop(path, None) for _, texts in blocks]
    sizes = (size for size, _ in blocks)
    kind = pa.large_string()
    return pa.concat_arrays([pa.nulls(size, kind) if one is None else one for one, size in zip(pieces, sizes, strict=True)])


def _place_of(columns: Mapping[str, Any], bodies: Sequence[bytes]) -> Callable[[str], tuple[int, int]]:
    """Where a path is met first: the user, and the place among what that user's resource says."""
    said: dict[int, list[str]] = {}

    def place(path: str) -> tuple[int, int]:
        row = int(np.argmax(columns[path].is_valid()))
        if row not in said:
            said[row] = [name for name, _ in _leaves(parse_resource(bodies[row]))]
        return row, said[row].index(path)

    return place


def _read_block(block: Level) -> _Block:
    size, texts = len(block.objects), {}
    for path, values in _columns(block):
        column = as_column(values).texts
        if path in texts:  # two members are of one name to a reader: the last of each user counts
            return size, _read_each(block.objects)
        if column.null_count < size:
            texts[path] = column
    return size, texts


def _columns(block: Level) -> Iterator[tuple[str, list[Any]]]:
    """As `_leaves`, of all users of a block at once."""
    for name in block.names:
        folded, values = name.casefold(), pick(block.objects, name)
        if folded in _NOT_SHOWN:
            continue
        if folded.startswith(_URN_PREFIX):
            held = Level(_objects(values))
            prefix = "" if folded == ENTERPRISE_URN.casefold() else f"{name}:"
            for inner in held.names:
                yield from _spread_column(prefix + inner, pick(held.objects, inner))
            values = [None if isinstance(value, dict) else value for value in values]
        if folded != CORE_URN.casefold():
            yield from _spread_column(name, values)


def _objects(values: Iterable[Any]) -> list[Resource]:
    return [value if isinstance(value, dict) else {} for value in values]


def _single(values: list[Any]) -> list[Any]:
    """The values that are one cell each."""
    if set(map(type, values)).isdisjoint((dict, list)):
        return values
    return [None if isinstance(value, dict | list) else value for value in values]


def _spread_column(name: str, values: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    kinds = set(map(type, values))
    if dict in kinds:
        held = Level(_objects(values))
        for sub in held.names:
            yield _label(f"{name}.{sub}"), _single(pick(held.objects, sub))
    if list in kinds:
        yield from _typed_columns(name, values)
    yield _label(name), _single(values)


def _typed_columns(name: str, values: list[Any]) -> Iterator[tuple[str, list[Any]]]:
    """The members of the elements that have a type of their own, by type."""
    elements = lay_out(values, frozenset())
    objects, rows = elements.level.objects, elements.rows
    kinds = [kind if isinstance(kind, str) else None for kind in pick(objects, "type")]
    numbers = {kind: number for number, kind in enumerate(dict.fromkeys(kind for kind in kinds if kind is not None))}
    codes = np.fromiter((-1 if kind is None else numbers[kind] for kind in kinds), np.int64, len(kinds))
    for kind, number in numbers.items():
        places = np.flatnonzero(codes == number)
        places = places[np.bincount(rows[places], minlength=len(values))[rows[places]] == 1]
        held = Level([objects[place] for place in places.tolist()])
        for sub in held.names:
            if sub != "type":
                yield _label(_element(name, kind, sub)), _spaced(_single(pick(held.objects, sub)), rows[places], len(values))


def _spaced(values: list[Any], rows: Numbers, size: int) -> list[Any]:
    """Put values at their rows; None elsewhere."""
    if len(values) == size:
        return values
    cells = [None] * size
    for row, value in zip(rows.tolist(), values, strict=True):
        cells[row] = value
    return cells


def _element(name: str, kind: str, sub: str) -> str:
    return f"{name}[type eq {json.dumps(kind, ensure_ascii=False)}].{sub}"


def _label(path: str) -> str:
    """A name may hold a lone surrogate, which no column label can."""
    return to_text(path) or ""


def _read_each(resources: Sequence[Resource]) -> dict[str, Any]:
    """The texts of a block, user by user."""
    cells: defaultdict[str, list[str | None]] = defaultdict(lambda: [None] * len(resources))
    for row, resource in enumerate(resources):
        for path, text in _leaves(resource):
            cells[path][row] = text
    return {path: pa.array(texts, pa.large_string()) for path, texts in cells.items()}


def _leaves(resource: Resource) -> Iterator[tuple[str, str]]:
    """The label and text of each value of one user that is one cell."""
    for name, value in resource.items():
        folded = name.casefold()
        if folded in _NOT_SHOWN:
            continue
        if folded.startswith(_URN_PREFIX) and isinstance(value, dict):
            prefix = "" if folded == ENTERPRISE_URN.casefold() else f"{name}:"
            for inner, held in value.items():
                yield from _spread(prefix + inner, held)
        elif folded != CORE_URN.casefold():
            yield from _spread(name, value)


def _spread(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        pairs = [(f"{name}.{sub}", held) for sub, held in value.items() if not isinstance(held, dict | list)]
    elif isinstance(value, list):
        pairs = _typed(name, value)
    else:
        pairs = [(name, value)]
    for path, held in pairs:
        text = to_text(held)
        if text is not None:
            yield _label(path), text


def _typed(name: str, elements: list[Any]) -> list[tuple[str, Any]]:
    """The members of the elements that have a type of their own."""
    types = [element.get("type") for element in elements if isinstance(element, dict)]
    return [
        (_element(name, element["type"], sub), held)
        for element in elements
        if isinstance(element, dict) and isinstance(element.get("type"), str) and types.count(element["type"]) == 1
        for sub, held in element.items()
        if sub != "type" and not isinstance(held, dict | list)
    ]
