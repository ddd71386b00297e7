"""Members of many resources at once, a column a member: a pass in C for each, where reading user by user is Python's.

A row is odd where a member is not plain: its name is spelled two ways, or it is none of the objects, lists and values that are
expected there. Odd rows are told, and left to `paths`, which knows what to make of them.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice, repeat
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.attributes import AttributeType
from scimrecon.paths import Resource
from scimrecon.values import kind_of, parse_resources, to_text

Read = TypeVar("Read")
BLOCK_USERS = 1_000
"""Parsed at once: no more than the processor still has at hand when the next column is taken."""
_NONE: Resource = {}
_NULL = type(None)

Odd = frozenset[int]
"""Rows to be read one by one."""
Numbers = np.ndarray[Any, np.dtype[np.int64]]


class Column(NamedTuple):
    """Texts of one member."""

    texts: Any
    """An Arrow array of large strings; null where unassigned, or odd."""
    kinds: frozenset[AttributeType]
    """The types of the JSON values met, odd rows aside."""
    odd: Odd


@dataclass(frozen=True, kw_only=True)
class Elements:
    """The elements of a multi-valued attribute of many resources, one after the other."""

    level: Level
    """Their members; odd by their place in it."""
    rows: Numbers
    """Whose each is."""
    counts: Numbers
    """How many each row has."""
    odd: Odd
    """Rows."""


class Level:
    """Objects that stand at the same place of many resources, one a row; empty where a resource has none there.

    What was taken of them is kept, since several paths lead through it.
    """

    def __init__(self, objects: list[Resource], odd: Odd = frozenset()) -> None:
        self.objects = objects
        self.odd = odd
        self._taken: dict[str, tuple[list[Any], Odd]] = {}
        self._inner: dict[str, Level] = {}
        self._elements: dict[str, Elements] = {}

    @cached_property
    def names(self) -> list[str]:
        """The names of all members, in the order in which they are met."""
        return list(dict.fromkeys(chain.from_iterable(self.objects)))

    @cached_property
    def _spelled(self) -> dict[str, list[str]]:
        """Case-folded name to how the objects spell it."""
        spelled: dict[str, list[str]] = {}
        for name in self.names:
            spelled.setdefault(name.casefold(), []).append(name)
        return spelled

    def take(self, name: str) -> tuple[list[Any], Odd]:
        """The values of one member, without regard to the case of its name (RFC 7643 §2.1); None where there is none."""
        if name not in self._taken:
            self._taken[name] = self._take(self._spelled.get(name.casefold(), []), name)
        return self._taken[name]

    def _take(self, spelled: Sequence[str], name: str) -> tuple[list[Any], Odd]:
        if not spelled:
            return [None] * len(self.objects), self.odd
        # As `paths.find_key`: the name itself where it is there.
        key = name if name in spelled else spelled[0]
        others = set(spelled) - {key}
        twice = {row for row, held in enumerate(self.objects) if not others.isdisjoint(held)} if others else ()
        return pick(self.objects, key), self.odd.union(twice)

    def inner(self, name: str) -> Level:
        """The objects that are the values of one member."""
        if name not in self._inner:
            values, odd = self.take(name)
            objects, strange = _only(dict, values, _NONE, {dict, _NULL})
            self._inner[name] = Level(objects, odd | strange)
        return self._inner[name]

    def elements(self, name: str) -> Elements:
        """The elements of the lists that are the values of one member."""
        if name not in self._elements:
            self._elements[name] = lay_out(*self.take(name))
        return self._elements[name]


def read_blocks(bodies: Iterable[bytes], read: Callable[[Level], Read]) -> Iterator[Read]:
    """Parse resources, a thousand at a time, and give what a function reads of each such block.

    Raises
    ------
    ValueError
        A resource is no JSON object.
    """
    rest = iter(bodies)
    while some := list(islice(rest, BLOCK_USERS)):
        with _no_collection():
            found = read(Level(parse_resources(some)))
        yield found


@contextmanager
def _no_collection() -> Iterator[None]:
    """Keep Python from looking for cycles among parsed resources: there are none, and it takes longer than the parsing."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def lay_out(values: list[Any], odd: Odd) -> Elements:
    """Lay lists of objects out, element by element."""
    lists, no_lists = _only(list, values, [], {list, _NULL})
    counts = np.fromiter(map(len, lists), dtype=np.int64, count=len(lists))
    rows = np.repeat(np.arange(len(lists)), counts)
    objects, no_objects = _only(dict, list(chain.from_iterable(lists)), _NONE, {dict})
    return Elements(level=Level(objects), rows=rows, counts=counts, odd=odd.union(no_lists, rows[list(no_objects)].tolist()))


def pick(objects: Iterable[Resource], name: str) -> list[Any]:
    """The value of each object's member of exactly this name, or None."""
    return list(map(dict.get, objects, repeat(name)))


def _only(kind: type, values: list[Any], nothing: Any, plain: set[type]) -> tuple[list[Any], Odd]:
    """Values of one kind, with `nothing` in the place of all others, and where those are that are not even plain."""
    kinds = set(map(type, values))
    if kinds <= {kind}:
        return values, frozenset()
    odd = (place for place, value in enumerate(values) if type(value) not in plain) if kinds - plain else ()
    return [value if type(value) is kind else nothing for value in values], frozenset(odd)


def as_column(values: list[Any], odd: Odd = frozenset()) -> Column:
    """Write JSON values as texts, as `values.to_text` does; lists and objects that hold anything are odd."""
    if odd:
        values = [None if row in odd else value for row, value in enumerate(values)]
    try:
        texts = pa.array(values, pa.large_string())
    except (pa.ArrowTypeError, UnicodeEncodeError):
        return _as_mixed_column(values, odd)
    blank = pc.equal(texts, "")
    texts = pc.if_else(blank, pa.scalar(None, pa.large_string()), texts) if pc.any(blank).as_py() else texts
    return Column(texts, _if_any(texts, AttributeType.STRING), odd)


def _as_mixed_column(values: list[Any], odd: Odd) -> Column:
    """As `as_column`, of values that are not all text, or hold half a character, which `to_text` replaces."""
    if set(map(type, values)) <= {bool, _NULL}:
        texts = pa.array(values, pa.bool_()).cast(pa.large_string())
        return Column(texts, _if_any(texts, AttributeType.BOOLEAN), odd)
    strange = odd.union(row for row, value in enumerate(values) if isinstance(value, list | dict) and value)
    single = [None if isinstance(value, list | dict) else value for value in values]
    met = {kind_of(value) for value in single if value != ""} - {None}
    return Column(pa.array(map(to_text, single), pa.large_string()), frozenset(filter(None, met)), strange)


def _if_any(texts: Any, kind: AttributeType) -> frozenset[AttributeType]:
    return frozenset({kind}) if texts.null_count < len(texts) else frozenset()
