"""Parse a path, and hold it against what RFC 7643 says of its attribute."""

from __future__ import annotations

import difflib
import json
import re
from functools import lru_cache

from scimrecon.attributes import (
    CORE_ATTRIBUTES,
    CORE_URN,
    ENTERPRISE_ATTRIBUTES,
    ENTERPRISE_URN,
    Attribute,
    AttributeType,
    Mutability,
    find_sub_attribute,
)
from scimrecon.errors import PathError
from scimrecon.paths.path import AttributePath

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
