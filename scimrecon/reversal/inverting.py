"""What would take back what a run wrote to one user: worked out from the user before, and from what was sent.

A ticked cell is more than its text. Clearing ``phoneNumbers[type eq "work"].value`` took the element away with its other members,
writing to a lone element supplied its ``type``, a new manager cost the old one's reference: all of that is taken back too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from scimrecon.attributes import AttributeType
from scimrecon.errors import PathError
from scimrecon.paths import AttributePath, Resource, find_key, parse_path, read_element, read_path
from scimrecon.plan import MANAGER, MANAGER_REF, Cell
from scimrecon.values import kind_of, to_text

_TAKES_MORE = "the element had no value before the run, and clearing that would take its {} away too: correct it by hand"

Seen = Mapping[str, frozenset[str | None]]
"""A run's path to what it read there afterwards, where that may be the target's own spelling of what was sent."""


@dataclass(frozen=True, kw_only=True)
class Inverse:
    """One cell that would hold again what it held before the run."""

    path: AttributePath
    after: str
    """``''`` where it held nothing."""
    left: frozenset[str | None]
    """What the run may have left there; None is unassigned."""
    kind: AttributeType | None = None
    """The JSON type it had."""
    problem: str = ""
    """Why it cannot be undone."""

    @property
    def type(self) -> AttributeType:
        """The JSON type it goes out as."""
        defined = self.path.definition
        return defined.type if defined else self.kind or AttributeType.STRING


@dataclass(frozen=True, kw_only=True)
class Inverses:
    """The cells of one place: a single value, or one element of several."""

    cells: Sequence[Inverse]
    companions: Sequence[Inverse] = ()
    """What is asked for only with all of `cells`, and only where the target does not see to it by itself."""
    whole: bool = False
    """Whether the cells are one element that comes back, or goes, as a whole: all of them, or none."""
    element: Resource | None = None
    """Of an element that would go: what the run left of it."""

    @property
    def all_cells(self) -> list[Inverse]:
        """The cells and their companions."""
        return [*self.cells, *self.companions]


@dataclass(kw_only=True)
class Speller:
    """One spelling for each element's place, of all users: types and values are compared without case, and so are columns."""

    literals: dict[tuple[str, ...], str | bool] = field(default_factory=dict)

    def part(self, path: AttributePath, sub: str) -> AttributePath | None:
        """Name another part of an element; None where no path can, or a client must not write it."""
        key = (path.urn, path.name, path.member, str(path.literal).casefold())
        literal = self.literals.setdefault(key, path.literal)
        try:
            part = parse_path(str(replace(path, literal=literal, sub=sub)))
        except PathError:
            return None
        return None if part.read_only else part


def find_inverses(cells: Iterable[Cell], before: Resource, sent: Resource, seen: Seen, spell: Speller) -> list[Inverses]:
    """Work out what would take back the cells that a PUT wrote; what no path can name is left out.

    Parameters
    ----------
    cells
        Ticked ones that the user did not hold before.
    before
        The user as the PUT found it.
    sent
        The PUT's body.
    seen
        What the run read afterwards.
    spell
        Of the whole run.
    """
    elements: dict[tuple[str, ...], list[Cell]] = {}
    found: list[Inverses] = []
    for cell in cells:
        path = cell.path
        if path.member:
            elements.setdefault((path.urn, path.name, path.member, str(path.literal).casefold()), []).append(cell)
        else:
            companions = [_inverse(MANAGER_REF, before, sent)] if path == MANAGER else []
            wanted = [companion for companion in companions if companion.after]
            found.append(Inverses(cells=[_inverse(path, before, sent, seen.get(str(path)))], companions=wanted))
    places = [place for some in elements.values() if (place := _find_place(some, before, sent)) is not None]
    return [*found, *(_invert_element(place, seen, spell) for place in _tell_apart(places))]


def _tell_apart(places: Sequence[_Place]) -> Iterator[_Place]:
    """Leave out places that are one element under several names, where it was not there before, or is not there any more.

    Such an element comes, or goes, once; where the names disagree on that, nobody can tell what is whose.
    """
    for number, place in enumerate(places):
        same = [one for one in places if (one.old is place.old is not None) or (one.new is place.new is not None)]
        if all(one.old is place.old and one.new is place.new for one in same):
            moved = place.old is None or place.new is None
            if not (moved and any(one in same for one in places[:number])):
                yield place


@dataclass(frozen=True, kw_only=True)
class _Place:
    """One element that a run wrote to."""

    cells: Sequence[Cell]
    old: Resource | None
    """As the PUT found it."""
    new: Resource | None
    """As it was sent."""
    here: AttributePath
    """A path by which it is found now."""


def _inverse(path: AttributePath, before: Resource, sent: Resource, seen: Iterable[str | None] | None = None) -> Inverse:
    held, _ = read_path(path, before)
    left = to_text(read_path(path, sent)[0])
    return Inverse(path=path, after=to_text(held) or "", left=frozenset([left, *(seen or ())]), kind=kind_of(held))


def _invert_element(place: _Place, seen: Seen, spell: Speller) -> Inverses:
    if place.old is None and place.new is not None:
        return _take_away(place.here, place.new, seen, spell)
    if place.old is not None and place.new is None:
        return _bring_back(place.here, place.old, seen, spell)
    return _change_back(place, seen, spell)


def _find_place(cells: Sequence[Cell], before: Resource, sent: Resource) -> _Place | None:
    """Find the element that cells are of; None where nothing tells it from others any more."""
    path = cells[0].path
    try:
        old = read_element(path, before)
        renamed = next((cell for cell in cells if cell.path.renames), None)
        if renamed is not None and renamed.after:
            path = replace(path, literal=renamed.after == "true" if isinstance(path.literal, bool) else renamed.after)
        new = read_element(path, sent)
    except PathError:
        return None
    if any(cell.path.is_element and not cell.after for cell in cells) and not any(cell.after for cell in cells):
        return _Place(cells=cells, old=old, new=None, here=path)  # what has the same members now is another element
    if old is not None and (new is None or _member(new, path.member) is None):
        written = {cell.path.sub.casefold() for cell in cells}
        kept = _others(old, written)
        for other in _by_other_members(path, kept):
            found = _only_element(other, sent)
            if found is not None and _others(found, written) == kept:
                return _Place(cells=cells, old=old, new=found, here=other)
        if kept and new is None and not any(cell.path.is_element and not cell.after for cell in cells):
            return None
    return _Place(cells=cells, old=old, new=new, here=path)


def _only_element(path: AttributePath, resource: Resource) -> Resource | None:
    """The element that a path names; None where it names several, too."""
    try:
        return read_element(path, resource)
    except PathError:
        return None


def _others(element: Resource, written: Collection[str]) -> Resource:
    """What an element holds besides some members."""
    return {name: value for name, value in element.items() if name.casefold() not in written and value not in (None, "")}


def _by_other_members(path: AttributePath, element: Resource) -> Iterator[AttributePath]:
    """Name an element by its value, or another text it holds, where it does not have the member it was found by."""
    for name in sorted(element, key=lambda name: name.casefold() != "value"):
        if isinstance(element[name], str) and element[name] and name.casefold() != path.member.casefold():
            yield replace(path, member=name, literal=element[name])


def _take_away(here: AttributePath, new: Resource, seen: Seen, spell: Speller) -> Inverses:
    """Of an element that the run added: it goes with its value; one without goes with all it has."""
    subs = ["value"] if _member(new, "value") is not None else list(_texts(new))
    cells = []
    for sub, path in ((sub, spell.part(here, sub)) for sub in subs):
        if path is not None:
            left = {to_text(_member(new, sub)), *seen.get(_name(here, sub), ())}
            cells.append(Inverse(path=path, after="", left=frozenset(left)))
    return Inverses(cells=cells, whole=True, element=new)


def _bring_back(here: AttributePath, old: Resource, seen: Seen, spell: Speller) -> Inverses:
    """Of an element that the run took away: all its members."""
    if _member(old, here.member) is None:
        # A lone element, which had no such member to be found by: the same path would supply it.
        here = next(_by_other_members(here, old), here)
    texts = _texts(old)
    parts = {sub: spell.part(here, sub) for sub in sorted(texts, key=lambda sub: sub.casefold() != "value")}
    named = {sub: path for sub, path in parts.items() if path is not None}
    # What the filter brings along is asked for only if it is spelled otherwise, or all there is.
    told = {
        sub: path for sub, path in named.items() if path.sub == "value" or not path.renames or texts[sub] != to_text(path.literal)
    } or named
    return Inverses(
        cells=[
            Inverse(
                path=path,
                after=texts[sub],
                left=frozenset([None, *seen.get(_name(here, sub), ())]),
                kind=kind_of(_member(old, sub)),
            )
            for sub, path in told.items()
        ],
        whole=True,
    )


def _change_back(place: _Place, seen: Seen, spell: Speller) -> Inverses:
    """Of an element that was there and stayed: each cell, and the member a lone one was supplied with."""
    cells, here, old, new = place.cells, place.here, place.old or {}, place.new or {}
    inverses = []
    for cell in cells:
        sub = cell.path.sub
        path = spell.part(here, sub)
        if path is None:
            continue
        held = _member(old, sub)
        read = seen.get(str(cell.path), frozenset()) - ({None} if cell.path.renames else set())
        left = frozenset([to_text(_member(new, sub)), *read])
        others = [name for name in _texts(old) if name.casefold() not in (sub.casefold(), here.member.casefold())]
        problem = _TAKES_MORE.format(", ".join(others)) if path.is_element and held is None and others else ""
        inverses.append(Inverse(path=path, after=to_text(held) or "", left=left, kind=kind_of(held), problem=problem))
    companions = []
    supplied = _member(new, here.member)
    if _member(old, here.member) is None and supplied is not None and not any(cell.path.renames for cell in cells):
        path = spell.part(here, here.member)
        if path is not None:
            companions.append(Inverse(path=path, after="", left=frozenset([to_text(supplied)])))
    return Inverses(cells=inverses, companions=companions)


def _member(element: Resource | None, name: str) -> object:
    value = None if element is None else element.get(find_key(element, name))
    return None if value == "" else value


def _texts(element: Resource) -> dict[str, str]:
    """The members of an element that a cell can hold."""
    return dict(_spread(element))


def _spread(element: Resource) -> Iterator[tuple[str, str]]:
    for name, value in element.items():
        with suppress(ValueError):
            text = to_text(value)
            if text is not None:
                yield name, text


def _name(here: AttributePath, sub: str) -> str:
    return str(replace(here, sub=sub))
