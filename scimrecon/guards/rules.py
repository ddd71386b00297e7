"""What a provider asks of each user in a PUT, held against a body."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from scimrecon.attributes import ENTERPRISE_ATTRIBUTES, ENTERPRISE_URN
from scimrecon.dialects import Check, Dialect, Rule
from scimrecon.errors import PathError
from scimrecon.paths import NOTHING, Resource, find_key, parse_path, read_path
from scimrecon.values import shorten, to_text

_ENTERPRISE = frozenset(attribute.name for attribute in ENTERPRISE_ATTRIBUTES.values())


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A rule that a user does not fulfil."""

    rule: Rule
    fault: str
    """The attribute, what it holds, and what the provider takes."""

    def __str__(self) -> str:
        return f"{self.fault}: {self.rule.do}"


def find_broken(resource: Resource, dialect: Dialect) -> list[Broken]:
    """Find what of a dialect's rules a PUT's body does not fulfil, in their order; one fault a rule.

    Cost: a microsecond a rule.
    """
    found = ((rule, _CHECKS[rule.check](rule, resource)) for rule in dialect.rules)
    return [Broken(rule=rule, fault=f"{fault}, and {dialect.title} {_takes(rule)}") for rule, fault in found if fault]


def _takes(rule: Rule) -> str:
    match rule.check:
        case Check.REQUIRED:
            return "asks for one"
        case Check.LENGTH:
            return f"takes from {rule.least} to {rule.most}"
        case Check.PATTERN:
            return "does not take every character of it"
        case Check.ELEMENTS:
            return f"takes {rule.most}"
        case Check.PRIMARY:
            return "asks for one"
        case Check.SAME:
            return "asks for the same"


def _values(path: str, resource: Resource) -> list[Any]:
    """All values at a path, one an element where there are several; None where there is none."""
    name, _, member = path.partition(".")
    holder: Any = resource.get(find_key(resource, ENTERPRISE_URN)) if name in _ENTERPRISE else resource
    held = holder.get(find_key(holder, name)) if isinstance(holder, dict) else None
    elements = held if isinstance(held, list) else [held]
    if not member:
        return elements
    return [one.get(find_key(one, member)) if isinstance(one, dict) else None for one in elements]


def _lacks(rule: Rule, resource: Resource) -> str:
    values = _values(rule.path, resource)
    lacking = [value for value in values if value in NOTHING]
    return f"{rule.path} has no value" if lacking or not values else ""


def _too_long(rule: Rule, resource: Resource) -> str:
    for value in _values(rule.path, resource):
        if isinstance(value, str) and not rule.least <= len(value) <= (rule.most or len(value)):
            return f"{rule.path} has {len(value):,} characters ({shorten(repr(value))})"
    return ""


def _unlike_pattern(rule: Rule, resource: Resource) -> str:
    for value in _values(rule.path, resource):
        if isinstance(value, str) and value and not re.fullmatch(rule.pattern, value):
            return f"{rule.path} is {shorten(repr(value))}"
    return ""


def _too_many(rule: Rule, resource: Resource) -> str:
    elements = _values(rule.path, resource)
    return f"{rule.path} has {len(elements)} elements" if rule.most is not None and len(elements) > rule.most else ""


def _no_primary(rule: Rule, resource: Resource) -> str:
    elements = [one for one in _values(rule.path, resource) if isinstance(one, dict)]
    primary = sum(one.get(find_key(one, "primary")) is True for one in elements)
    if len(elements) < max(rule.least, 1) or primary == 1:
        return ""
    return f"{rule.path} has {primary} primary elements of {len(elements)}"


def _differs(rule: Rule, resource: Resource) -> str:
    texts: list[str] = []
    for path in (rule.path, rule.other):
        text = None
        with suppress(PathError, ValueError):  # of a shape in which there is no such place
            text = to_text(read_path(parse_path(path), resource)[0])
        texts.append(text or "")
    one, other = texts
    if one.casefold() == other.casefold() or not other:  # that there is one is another rule
        return ""
    return f"{rule.path} is {shorten(repr(one))} and {rule.other} is {shorten(repr(other))}"


_CHECKS: dict[Check, Callable[[Rule, Resource], str]] = {
    Check.REQUIRED: _lacks,
    Check.LENGTH: _too_long,
    Check.PATTERN: _unlike_pattern,
    Check.ELEMENTS: _too_many,
    Check.PRIMARY: _no_primary,
    Check.SAME: _differs,
}
