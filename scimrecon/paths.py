"""One SCIM attribute path: parse it, read it, write it (RFC 7644 §3.5.2, §3.10).

A path names one text cell of a user: ``title``, ``name.givenName``, ``emails[type eq "work"].value``,
``emails[primary eq true].value``. Enterprise attributes go by short name (``department``), other extensions by full URN.
A filter that hits two elements raises; it never takes the first. A lone element that lacks ``type`` or ``primary`` is the one
a filter on that member names, and writing it supplies the member.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property, lru_cache
from typing import Any, TypeAlias

from scimrecon.attributes import (
    CORE_ATTRIBUTES,
    CORE_URN,
    ENTERPRISE_ATTRIBUTES,
    ENTERPRISE_URN,
    SPELLINGS,
    Attribute,
    AttributeType,
    Mutability,
    find_sub_attribute,
)
from scimrecon.errors import PathError

Resource: TypeAlias = dict[str, Any]
"""A parsed SCIM resource."""

_NAME = r"[A-Za-z$][\w$-]*"
_TAIL = re.compile(rf"(?P<name>{_NAME})(?:\[(?P<filter>.*)\])?(?:\.(?P<sub>{_NAME}))?", re.DOTALL)
_FILTER = re.compile(rf'\s*(?P<member>{_NAME})\s+(?i:eq)\s+(?P<literal>"(?:[^"\\]|\\.)*"|true|false)\s*', re.DOTALL)
_SUGGESTED = [
    path
    for attribute in (*CORE_ATTRIBUTES.values(), *ENTERPRISE_ATTRIBUTES.values())
    for path in (
        attribute.name,
        *(f"{attribute.name}.{sub.name}" for sub in attribute.sub_attributes if not attribute.multi_valued),
    )
]
SUPPLIED = frozenset({"type", "primary"})
"""The members of an element that a write supplies where they are missing."""
_NOTHING: tuple[Any, ...] = (None, "", [], {})
"""How a resource writes that there is no value (RFC 7643 §2.5)."""


class Element(IntEnum):
    """What a filtered path found on a user."""

    ABSENT = 0
    """No element matches: a write adds one."""
    FOUND = 1
    """One element matches, or the path has no filter."""
    LONE = 2
    """The only element lacks the filter's member: a write supplies it."""


_FOUND = Element.FOUND  # to look a member up takes longer than to read a path


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


@lru_cache(maxsize=4096)
def parse_path(text: str) -> AttributePath:
    """Parse one attribute path.

    Raises
    ------
    PathError
        The path is not of the grammar, names no User attribute, or names more than one value.
    """
    urn, tail = _split_urn(text.strip())
    match = _TAIL.fullmatch(tail)
    if match is None:
        raise PathError(f'path {text!r}: not of the form name, name.sub or name[type eq "…"].sub.')
    attribute, urn = _find_attribute(text, urn, match["name"])
    member, literal = _parse_filter(text, match["filter"])
    if attribute is None:
        if member and not match["sub"]:
            raise PathError(f"path {text!r}: a filter names an element; name a part of it, as in {text.strip()}.value.")
        return AttributePath(urn=urn, name=match["name"], member=member, literal=literal, sub=match["sub"] or "")
    return _checked(text, urn, attribute, member, literal, match["sub"] or "")


def parse_set(text: str) -> str | None:
    """Name the multi-valued attribute all of whose values a text names: ``roles`` or ``roles.value``; None if it names none.

    Such a set is no path: its cell holds a JSON array of texts, and comparing takes it apart into one path an element
    (``roles[value eq "auditor"].value``).
    """
    urn, tail = _split_urn(text.strip())
    name, _, sub = tail.partition(".")
    attribute = CORE_ATTRIBUTES.get(name.casefold()) if urn.casefold() in ("", CORE_URN.casefold()) else None
    if attribute is None or not attribute.multi_valued or sub.casefold() not in ("", "value"):
        return None
    return attribute.name if find_sub_attribute(attribute, "value") else None


def parse_attribute(text: str) -> str | None:
    """Name the attribute that a text names as such, whatever parts and values it has: ``emails``, ``name``, ``department``.

    None if it names none. Its URN may stand before it.
    """
    urn, name = _split_urn(text.strip())
    known = {CORE_URN.casefold(): CORE_ATTRIBUTES, ENTERPRISE_URN.casefold(): ENTERPRISE_ATTRIBUTES}
    lists = list(known.values()) if not urn else [known.get(urn.casefold(), {})]
    return next((one[name.casefold()].name for one in lists if name.casefold() in one), None)


def _split_urn(text: str) -> tuple[str, str]:
    if not text.casefold().startswith("urn:"):
        return "", text
    # The filter's literal may hold colons; the URN ends at the last one before it.
    head = text.split("[", 1)[0]
    urn, _, _ = head.rpartition(":")
    return urn, text[len(urn) + 1 :]


def _find_attribute(text: str, urn: str, name: str) -> tuple[Attribute | None, str]:
    folded = name.casefold()
    if urn.casefold() == ENTERPRISE_URN.casefold() or (not urn and folded in ENTERPRISE_ATTRIBUTES):
        known, urn = ENTERPRISE_ATTRIBUTES, ENTERPRISE_URN
    elif not urn or urn.casefold() == CORE_URN.casefold():
        known, urn = CORE_ATTRIBUTES, ""
    else:
        return None, urn
    if folded not in known:
        close = difflib.get_close_matches(name, _SUGGESTED, n=1)
        hint = f"did you mean {close[0]!r}?" if close else "an extension's attribute needs its full URN."
        raise PathError(f"path {text!r}: a User has no attribute {name!r}; {hint}")
    return known[folded], urn


def _parse_filter(text: str, written: str | None) -> tuple[str, str | bool]:
    if written is None:
        return "", ""
    match = _FILTER.fullmatch(written)
    if match is None:
        raise PathError(f'path {text!r}: the filter must be [member eq "text"] or [member eq true].')
    try:
        return match["member"], json.loads(match["literal"], strict=False)
    except json.JSONDecodeError as error:
        raise PathError(f"path {text!r}: the filter's text is not a JSON string: {error.msg}.") from error


def _checked(text: str, urn: str, attribute: Attribute, member: str, literal: str | bool, sub: str) -> AttributePath:  # noqa: FBT001 - a literal, not a flag
    """Hold a path against what RFC 7643 says of its attribute."""
    first = attribute.sub_attributes[0].name if attribute.sub_attributes else ""
    if attribute.multi_valued and not (member and sub):
        example = f'{attribute.name}[type eq "work"].{first or "value"}'
        raise PathError(f"path {text!r}: {attribute.name} has many values; name one, as in {example}.")
    if member and not attribute.multi_valued:
        raise PathError(f"path {text!r}: {attribute.name} has one value; a filter names nothing there.")
    if attribute.type is AttributeType.COMPLEX and not sub:
        raise PathError(f"path {text!r}: {attribute.name} is complex; name a part, as in {attribute.name}.{first}.")
    leaf = find_sub_attribute(attribute, sub) if sub else attribute
    chosen = find_sub_attribute(attribute, member) if member else attribute
    if leaf is None or chosen is None:
        parts = ", ".join(part.name for part in attribute.sub_attributes) or "none"
        raise PathError(f"path {text!r}: {attribute.name} has no such part; it has {parts}.")
    writable = Mutability.READ_WRITE
    return AttributePath(
        urn=urn,
        name=attribute.name,
        member=chosen.name if member else "",
        literal=_typed_literal(text, chosen, literal) if member else "",
        sub=leaf.name if sub else "",
        definition=leaf,
        read_only=attribute.mutability is not writable or leaf.mutability is not writable,
    )


def _typed_literal(text: str, member: Attribute, literal: str | bool) -> str | bool:  # noqa: FBT001 - a literal, not a flag
    """What a filter asks for, in the member's own type: a write may put it into the element."""
    if member.type is not AttributeType.BOOLEAN:
        if isinstance(literal, bool):
            raise PathError(f'path {text!r}: {member.name} is text; write [{member.name} eq "{str(literal).lower()}"].')
        return literal
    # Entra writes [primary eq "True"].
    word = str(literal).casefold()
    if word not in ("true", "false"):
        raise PathError(f"path {text!r}: {member.name} is true or false; write [{member.name} eq true].")
    return word == "true"


def find_key(mapping: Resource, name: str) -> str:
    """Return the key that means `name` (names are compared without case, RFC 7643 §2.1), or `name` itself."""
    if name in mapping or (name in SPELLINGS and SPELLINGS.issuperset(mapping)):
        return name
    folded = name.casefold()
    for key in mapping:
        if key.casefold() == folded:
            return key
    return name


def read_path(path: AttributePath, resource: Resource) -> tuple[Any, Element]:
    """Read the JSON value a path names, or None, and what its filter found.

    Raises
    ------
    PathError
        The filter hits two elements, or the resource does not have the shape the path asks for.
    """
    holder, found = (resource, _FOUND) if path.is_whole else _holder(path, resource)
    if holder is None:
        return None, found
    name = path.sub or path.name
    value = holder.get(name if name in holder else find_key(holder, name))
    return (None if value in _NOTHING else value), found


def read_element(path: AttributePath, resource: Resource) -> Resource | None:
    """Give the very element that a filtered path names, or None.

    Raises
    ------
    PathError
        As `read_path`.
    """
    return _holder(path, resource)[0] if path.member else None


def _holder(path: AttributePath, resource: Resource) -> tuple[Resource | None, Element]:
    """The innermost object that holds the value, if there is one."""
    if path.is_part:
        held = resource.get(path.top)
        if isinstance(held, dict):
            return held, _FOUND
    outer = _extension(path, resource) if path.urn else resource
    if outer is None or not path.sub:
        return outer, _FOUND
    inner = outer.get(find_key(outer, path.name))
    if not path.member:
        return _expect(path, inner, dict, "an object"), _FOUND
    elements = _expect(path, inner, list, "a list") or []
    index, found = _find_element(path, elements)
    return (None if index is None else elements[index]), found


def _extension(path: AttributePath, resource: Resource) -> Resource | None:
    if not path.urn:
        return resource
    extension: Resource | None = _expect(path, resource.get(find_key(resource, path.urn)), dict, "an object")
    return extension


def _expect(path: AttributePath, value: Any, kind: type, words: str) -> Any:
    if value is None or isinstance(value, kind):
        return value
    raise PathError(f"{path}: the user holds {type(value).__name__} where {words} is expected.")


def _find_element(path: AttributePath, elements: list[Any]) -> tuple[int | None, Element]:
    for element in elements:
        if not isinstance(element, dict):
            _expect(path, element, dict, "an object")
    hits = [index for index, element in enumerate(elements) if path.is_of(element)]
    if len(hits) > 1:
        raise PathError(f"{path}: {len(hits)} elements match; the path must name one.")
    if hits:
        return hits[0], _FOUND
    lone = len(elements) == 1 and path.member in SUPPLIED and elements[0] is not None
    if lone and elements[0].get(find_key(elements[0], path.member)) in (None, ""):
        return 0, Element.LONE
    return None, Element.ABSENT


def write_path(path: AttributePath, resource: Resource, value: Any) -> None:
    """Set the value a path names, making the objects and the element it needs.

    The resource is changed; the objects and lists in it that are written to are copied first, as others may share them.

    Raises
    ------
    PathError
        As `read_path`.
    """
    outer = _own(path, path.urn, resource) if path.urn else resource
    if not path.sub:
        outer[find_key(outer, path.name)] = value
    elif not path.member:
        inner = _own(path, path.name, outer)
        inner[find_key(inner, path.sub)] = value
    else:
        key = find_key(outer, path.name)
        elements = list(_expect(path, outer.get(key), list, "a list") or [])
        index, found = _find_element(path, elements)
        outer[key] = elements
        if index is None:
            elements.append({path.member: path.literal, path.sub: value})
            return
        element = elements[index] = dict(elements[index])
        if found is Element.LONE:
            element[find_key(element, path.member)] = path.literal
        element[find_key(element, path.sub)] = value


def _own(path: AttributePath, name: str, holder: Resource) -> Resource:
    """Put a copy in the place of an object, or a new one where there is none, and give it."""
    key = find_key(holder, name)
    made: Resource = dict(_expect(path, holder.get(key), dict, "an object") or ())
    holder[key] = made
    return made


def clear_path(path: AttributePath, resource: Resource, *, omit: bool) -> None:
    """Take the value a path names away, in place; nothing happens where there is none.

    An element goes whole when its ``value`` is cleared or nothing is left in it; anything else becomes null, or is left out with
    `omit` (RFC 7644 §3.5.1).
    """
    holder, found = _holder(path, resource)
    if holder is None or found is Element.ABSENT:
        return
    key = find_key(holder, path.sub or path.name)
    if omit:
        holder.pop(key, None)
    elif key in holder:
        holder[key] = None
    if path.member and (path.is_element or all(value in _NOTHING for value in holder.values())):
        _take_away(holder, path, resource, omit=omit)


def _take_away(element: Resource, path: AttributePath, resource: Resource, *, omit: bool) -> None:
    outer = _extension(path, resource)
    assert outer is not None  # noqa: S101 - the element was found in it
    key = find_key(outer, path.name)
    outer[key] = [one for one in outer[key] if one is not element]
    if omit and not outer[key]:
        del outer[key]
