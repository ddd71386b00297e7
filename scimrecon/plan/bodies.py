"""The body of one PUT, and the proof that it changes only what was ticked (RFC 7644 §3.5.1).

A PUT replaces the whole user. So the body is the resource as received, with the selected paths overlaid and what clients must not
send left out; nothing unmapped is lost, and nothing is invented.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from functools import cache

from scimrecon.attributes import CORE_ATTRIBUTES, ENTERPRISE_ATTRIBUTES, ENTERPRISE_URN, SPELLINGS, Mutability
from scimrecon.dialects import Dialect, Rule
from scimrecon.errors import PathError, PlanError
from scimrecon.guards import Broken, find_broken
from scimrecon.paths import Resource, find_key
from scimrecon.plan.cells import Cell, CellState, cell_state
from scimrecon.plan.likeness import find_strays
from scimrecon.plan.overlays import overlay
from scimrecon.values import parse_surviving

_DESIRED = CellState.DESIRED
_NEVER_SENT = frozenset(
    attribute.name.casefold() for attribute in CORE_ATTRIBUTES.values() if attribute.mutability is not Mutability.READ_WRITE
)
_NEVER_SENT_OF = {
    attribute.name.casefold(): frozenset(
        part.name.casefold() for part in attribute.sub_attributes if part.mutability is not Mutability.READ_WRITE
    )
    for attribute in ENTERPRISE_ATTRIBUTES.values()
}


def build_body(body: bytes, cells: Sequence[Cell], dialect: Dialect, accept: Collection[str]) -> Resource:
    """Overlay ticked cells on a resource and prove that the result differs nowhere else.

    Parameters
    ----------
    body
        The resource as received.
    cells
        Its ticked cells.
    dialect
        Says how to clear, and whether the id goes along.
    accept
        ``"absent:active"`` lets a user go out whose resource has no ``active``.

    Returns
    -------
    dict
        The PUT's JSON.

    Raises
    ------
    PlanError
        The user cannot be sent; the message is the reason.
    """
    return rebuild_body(read_exactly(body), cells, dialect, accept)


def read_exactly(body: bytes) -> Resource:
    """Parse a resource that can be sent back.

    Raises
    ------
    PlanError
        It would not be what it was.
    """
    try:
        resource: Resource = parse_surviving(body)
    except ValueError:
        raise PlanError("its JSON has duplicate names, or numbers or characters that would not survive being sent back") from None
    return resource


def rebuild_body(resource: Resource, cells: Sequence[Cell], dialect: Dialect, accept: Collection[str]) -> Resource:
    """As `build_body`, on a resource that was read exactly: it stays as it is, and the body shares what no cell reaches."""
    return judge_body(resource, cells, dialect, accept)[0]


def judge_body(
    resource: Resource, cells: Sequence[Cell], dialect: Dialect, accept: Collection[str]
) -> tuple[Resource, list[Broken]]:
    """As `rebuild_body`, with the rules of the provider that the user breaks already, and will still."""
    base = sendable(resource, dialect)
    try:
        result = overlay(base, cells, dialect)
    except (PathError, ValueError) as error:
        raise PlanError(str(error)) from error
    absent = dialect.explicit and sorted(name for name in dialect.explicit if result.get(find_key(result, name)) is None)
    if absent:
        raise PlanError(
            f"the target shows no {absent[0]!r} for this user, and {dialect.title} may take that for a value: tick it too"
        )
    if result.get(find_key(result, "active")) is None and "absent:active" not in accept:
        raise PlanError(
            "the target shows no 'active' for this user, and a PUT without it may switch the account on or off; "
            "tick active, or plan_puts(…, accept=['absent:active'])"
        )
    broken = _refuse_broken(base, result, dialect)
    _prove(base, result, cells)
    return result, broken


def _refuse_broken(base: Resource, result: Resource, dialect: Dialect) -> list[Broken]:
    """Find what breaks a rule of the provider, and refuse what the user did not break before.

    Raises
    ------
    PlanError
        The message names the attribute, the value, the rule and what to do.
    """
    broken = find_broken(result, dialect) if dialect.rules else []
    if broken:
        carried = find_broken(base, dialect)
        introduced = [str(one) for one in broken if one not in carried]
        if introduced:
            raise PlanError("; ".join(introduced))
    return broken


def body_facts(dialect: Dialect) -> dict[str, str]:
    """Name a dialect and give what of it bodies are built by, which a plan's hash holds."""
    return {
        "name": dialect.name,
        "title": dialect.title,
        "clear_as": dialect.clear_as.value,
        "id_member": dialect.id_member,
        "answer_only": " ".join(sorted(dialect.answer_only)),
        "explicit": " ".join(sorted(dialect.explicit)),
        "write_only": " ".join(sorted(dialect.write_only)),
        "rules": _digest(dialect.rules),
    }


@cache
def _digest(rules: tuple[Rule, ...]) -> str:
    return hashlib.sha256(repr(rules).encode()).hexdigest()[:16] if rules else ""


def tell_other_facts(dialect: Dialect, said: Mapping[str, object]) -> str:
    """Say which fact that bodies are built by is another than it was; empty if all are as they were.

    Parameters
    ----------
    dialect
        The one at hand.
    said
        What `body_facts` gave of the one that bodies were built by.
    """
    for fact, held in body_facts(dialect).items():
        if said.get(fact) != held:
            return f"{fact} of dialect {said.get('name')!r} is {said.get(fact)!r}, and here it is {held!r}"
    return ""


def sendable(resource: Resource, dialect: Dialect) -> Resource:
    """Leave out what a client must not send: readOnly attributes, passwords, what only answers hold; add the id as it is wanted.

    What is left is shared with the resource, but for the objects something was left out of.
    """
    kept = dict(resource)
    spelt, folded = _never_sent(dialect.answer_only)
    for name in spelt:
        kept.pop(name, None)
    if not SPELLINGS.issuperset(kept):
        for name in resource:
            if name not in SPELLINGS and name.casefold() in folded:
                del kept[name]
    user_id = resource.get(find_key(resource, "id"))
    if dialect.id_member and user_id is not None:
        kept[dialect.id_member] = user_id
    key = ENTERPRISE_URN if ENTERPRISE_URN in kept else find_key(kept, ENTERPRISE_URN)
    extension = kept.get(key)
    if isinstance(extension, dict):
        for name, value in extension.items():
            if isinstance(value, dict) and (never_of := _NEVER_SENT_OF.get(name.casefold())):
                kept[key] = {**kept[key], name: _without(value, never_of)}
    return kept


@cache
def _never_sent(answer_only: frozenset[str]) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names as RFC 7643 spells them, and all names without case."""
    never = _NEVER_SENT | {name.casefold() for name in answer_only}
    return tuple(name for name in sorted(SPELLINGS) if name.casefold() in never), never


def _without(value: Resource, names: frozenset[str]) -> Resource:
    return {name: member for name, member in value.items() if name.casefold() not in names}


def _prove(base: Resource, result: Resource, cells: Sequence[Cell]) -> None:
    """Prove two things: every ticked cell holds what was asked, and everything else is as it was.

    Raises
    ------
    PlanError
        One of them does not hold.
    """
    for cell in cells:
        if cell_state(cell, result) is not _DESIRED:
            raise PlanError(
                f"{cell.path} would not hold what was asked: another selected path, or another element that this path "
                "would then name, stands in the same place"
            )
    # No other write makes an element primary: one that appeared all the same is found below.
    marking = [cell.path for cell in cells if cell.path.member and not cell.path.urn]
    for name in sorted({path.name for path in marking if "primary" in (path.member, path.sub)}) if marking else ():
        if _count_primary(result, name) > max(1, _count_primary(base, name)):
            raise PlanError(
                f"{name} would have two primary elements; tick the change that takes 'primary' from the other one too"
            )
    touched = find_strays(base, result, cells)
    if touched:
        raise PlanError(f"the PUT would also change {', '.join(touched)}")


def _count_primary(resource: Resource, name: str) -> int:
    """Count the elements marked as primary: one at most may be (RFC 7643 §2.4)."""
    elements = resource.get(find_key(resource, name))
    if not isinstance(elements, list):
        return 0
    return sum(isinstance(one, dict) and one.get(find_key(one, "primary")) is True for one in elements)
