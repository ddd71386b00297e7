"""A parsed path, as a value, and how the names in a resource are compared."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

from scimrecon.attributes import ENTERPRISE_URN, SPELLINGS, Attribute

Resource: TypeAlias = dict[str, Any]
"""A parsed SCIM resource."""


@dataclass(frozen=True, kw_only=True)
class AttributePath:
    """One parsed path; ``str()`` gives its canonical spelling."""

    urn: str = ""
    """The extension's URN; empty for core attributes."""
    name: str
    member: str = ""
    """The member a filter asks for, as in ``[type eq "work"]``; empty without a filter."""
    literal: str | bool = ""
    """What the filter asks the member to equal."""
    sub: str = ""
    definition: Attribute | None = None
    """What RFC 7643 says of the value this path names; None for an attribute it does not define."""
    read_only: bool = False
    """Whether RFC 7643 keeps clients from writing it, or it is a password, which is never carried."""

    def __str__(self) -> str:
        return self._text

    @cached_property
    def _text(self) -> str:
        prefix = f"{self.urn}:" if self.urn not in ("", ENTERPRISE_URN) else ""
        chosen = f"[{self.member} eq {json.dumps(self.literal, ensure_ascii=False)}]" if self.member else ""
        return prefix + self.name + chosen + (f".{self.sub}" if self.sub else "")

    @cached_property
    def is_element(self) -> bool:
        """Whether clearing this path removes a whole element, as ``emails[type eq "work"].value`` does."""
        return bool(self.member) and self.sub == "value"

    @cached_property
    def renames(self) -> bool:
        """Whether writing this path changes what its element is found by, as ``roles[value eq "clerk"].value`` does."""
        return bool(self.member) and self.member == self.sub

    @cached_property
    def is_whole(self) -> bool:
        """Whether it names a core attribute as such, which a resource holds under one name."""
        return not self.urn and not self.sub

    @cached_property
    def is_part(self) -> bool:
        """Whether it names a member of an object that a resource holds under one name."""
        return not self.is_whole and not self.member and not (self.urn and self.sub)

    @cached_property
    def top(self) -> str:
        """What a resource holds all of it under: an attribute's name, or an extension's URN."""
        return self.urn or self.name

    @cached_property
    def part(self) -> str:
        """What the object or element that holds it holds it under."""
        return self.sub or self.name

    @cached_property
    def _sought(self) -> str:
        return str(self.literal).casefold()

    def is_of(self, element: Resource | None) -> bool:
        """Whether an element is one that the filter asks for."""
        if not element:
            return False
        held = element.get(self.member if self.member in element else find_key(element, self.member))
        return held is not None and str(held).casefold() == self._sought


def find_key(mapping: Resource, name: str) -> str:
    """Return the key that means `name` (names are compared without case, RFC 7643 §2.1), or `name` itself."""
    if name in mapping or (name in SPELLINGS and SPELLINGS.issuperset(mapping)):
        return name
    folded = name.casefold()
    for key in mapping:
        if key.casefold() == folded:
            return key
    return name
