"""What a policy lets a change do.

A policy is given to a path, or to an attribute and so to all its paths. It never hides a difference, but for ``ignore``: what it
does not let happen is shown, and cannot be ticked.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from scimrecon.errors import CompareError, PathError, ScimReconError
from scimrecon.paths import AttributePath, parse_attribute, parse_path, parse_set


class Policy(StrEnum):
    """The policies, by the names `compare` takes."""

    FORCE = "force"
    """The target gets what the export says; given to a multi-valued attribute by name, its other elements go."""
    MERGE = "merge"
    """Values are set and replaced, never taken away."""
    ADD_ONLY = "add_only"
    """A value is set where there is none, an element added where it is missing; nothing that is there changes."""
    FILL_IF_EMPTY = "fill_if_empty"
    """The attribute is set where it has no value at all."""
    KEEP = "keep"
    """The target's value stays; differences are shown."""
    LOCKED = "locked"
    """Differences are shown, and can be ticked once the path is unlocked by name."""
    IGNORE = "ignore"
    """Not compared."""


_FILLS = frozenset({"set", "add_element"})
_TAKES = frozenset({"clear", "remove_element"})
ALLOWED: Mapping[Policy, frozenset[str]] = {
    Policy.FORCE: _FILLS | {"replace"} | _TAKES,
    Policy.LOCKED: _FILLS | {"replace"} | _TAKES,
    Policy.MERGE: _FILLS | {"replace"},
    Policy.ADD_ONLY: _FILLS,
    Policy.FILL_IF_EMPTY: _FILLS,
    Policy.KEEP: frozenset(),
    Policy.IGNORE: frozenset(),
}
"""The kinds of change each policy lets be ticked; ``cosmetic`` goes with ``replace``."""


def read_policies(policies: Mapping[str, str]) -> dict[str, Policy]:
    """Check the policies an analyst gave.

    Returns
    -------
    dict
        Canonical path, or attribute name, case-folded (elements' types are compared without case), to policy.

    Raises
    ------
    CompareError
        A name is no path and no attribute, stands there twice, or its policy is none of `Policy`.
    """
    if not isinstance(policies, Mapping):
        raise CompareError(f"policies={policies!r}: give a dict of path to policy, such as {{'nickName': 'ignore'}}.")
    found: dict[str, Policy] = {}
    for name, policy in policies.items():
        if policy not in list(Policy):
            raise CompareError(f"policies: {name!r}: {policy!r} is no policy; there are {', '.join(Policy)}.")
        key = name_of(name, "policies")
        if key.casefold() in found:
            raise CompareError(f"policies: {name!r} names {key}, which has a policy already. Keep one of them.")
        found[key.casefold()] = Policy(policy)
    return found


def name_of(text: str, where: str, error: type[ScimReconError] = CompareError) -> str:
    """Bring a path, or the name of a whole attribute, to its canonical spelling.

    Raises
    ------
    ScimReconError
        `error`: it is neither; the message begins with `where`.
    """
    if not isinstance(text, str):
        raise error(f"{where}: {text!r} is no path; write it as text, such as 'title'.")
    try:
        return parse_attribute(text) or parse_set(text) or str(parse_path(text))
    except PathError as wrong:
        raise error(f"{where}: {wrong}") from None


_Said = TypeVar("_Said")


def find_said(path: AttributePath, said: Mapping[str, _Said]) -> _Said | None:
    """What was said of a path by name, or else of its attribute; `said` has case-folded names."""
    return said.get(str(path).casefold(), said.get(path.name.casefold()))
