"""What RFC 7643 says of each attribute of a User.

Facts only: type, caseExact, mutability, multi-valued (RFC 7643 §4.1, §4.3, §8.7.1). `paths` uses them to read a path,
`values` to compare and to print JSON, `diff` to know what can be written.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

CORE_URN = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE_URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class AttributeType(StrEnum):
    """The JSON type of a value (RFC 7643 §2.3)."""

    STRING = "string"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DATE_TIME = "dateTime"
    BINARY = "binary"
    REFERENCE = "reference"
    COMPLEX = "complex"


class Mutability(StrEnum):
    """Who may write a value (RFC 7643 §2.2)."""

    READ_WRITE = "readWrite"
    READ_ONLY = "readOnly"
    WRITE_ONLY = "writeOnly"


@dataclass(frozen=True, kw_only=True)
class Attribute:
    """One attribute or sub-attribute."""

    name: str
    """As RFC 7643 spells it; names are compared without case (§2.1)."""
    type: AttributeType = AttributeType.STRING
    multi_valued: bool = False
    case_exact: bool = False
    mutability: Mutability = Mutability.READ_WRITE
    sub_attributes: tuple[Attribute, ...] = ()


def _string(name: str) -> Attribute:
    return Attribute(name=name)


def _complex(name: str, *subs: Attribute) -> Attribute:
    return Attribute(name=name, type=AttributeType.COMPLEX, sub_attributes=subs)


def _plural(name: str, *subs: Attribute, mutability: Mutability = Mutability.READ_WRITE) -> Attribute:
    """A multi-valued complex attribute with the sub-attributes of RFC 7643 §2.4."""
    named = {sub.name for sub in subs}
    common = (_string("value"), _string("display"), _string("type"), _PRIMARY)
    return Attribute(
        name=name,
        type=AttributeType.COMPLEX,
        multi_valued=True,
        mutability=mutability,
        sub_attributes=(*subs, *(sub for sub in common if sub.name not in named)),
    )


_PRIMARY = Attribute(name="primary", type=AttributeType.BOOLEAN)
_REF = Attribute(name="$ref", type=AttributeType.REFERENCE, case_exact=True)

_COMMON = (  # RFC 7643 §3.1
    Attribute(name="id", case_exact=True, mutability=Mutability.READ_ONLY),
    Attribute(name="externalId", case_exact=True),
    Attribute(name="schemas", type=AttributeType.REFERENCE, multi_valued=True),
    Attribute(
        name="meta",
        type=AttributeType.COMPLEX,
        mutability=Mutability.READ_ONLY,
        sub_attributes=(
            Attribute(name="resourceType", case_exact=True),
            Attribute(name="created", type=AttributeType.DATE_TIME),
            Attribute(name="lastModified", type=AttributeType.DATE_TIME),
            Attribute(name="location", type=AttributeType.REFERENCE, case_exact=True),
            Attribute(name="version", case_exact=True),
        ),
    ),
)

_CORE = (  # RFC 7643 §4.1
    _string("userName"),
    _complex(
        "name",
        _string("formatted"),
        _string("familyName"),
        _string("givenName"),
        _string("middleName"),
        _string("honorificPrefix"),
        _string("honorificSuffix"),
    ),
    _string("displayName"),
    _string("nickName"),
    Attribute(name="profileUrl", type=AttributeType.REFERENCE, case_exact=True),
    _string("title"),
    _string("userType"),
    _string("preferredLanguage"),
    _string("locale"),
    _string("timezone"),
    Attribute(name="active", type=AttributeType.BOOLEAN),
    Attribute(name="password", case_exact=True, mutability=Mutability.WRITE_ONLY),
    _plural("emails"),
    _plural("phoneNumbers"),
    _plural("ims"),
    _plural("photos", Attribute(name="value", type=AttributeType.REFERENCE, case_exact=True)),
    Attribute(
        name="addresses",
        type=AttributeType.COMPLEX,
        multi_valued=True,
        sub_attributes=(
            *(_string(name) for name in ("formatted", "streetAddress", "locality", "region")),
            *(_string(name) for name in ("postalCode", "country", "type")),
            _PRIMARY,
        ),
    ),
    _plural("groups", _REF, mutability=Mutability.READ_ONLY),
    _plural("entitlements"),
    _plural("roles"),
    _plural("x509Certificates", Attribute(name="value", type=AttributeType.BINARY, case_exact=True)),
)

_ENTERPRISE = (  # RFC 7643 §4.3
    *(_string(name) for name in ("employeeNumber", "costCenter", "organization", "division", "department")),
    _complex(
        "manager",
        _string("value"),
        _REF,
        Attribute(name="displayName", mutability=Mutability.READ_ONLY),
    ),
)

CORE_ATTRIBUTES = {attribute.name.casefold(): attribute for attribute in (*_COMMON, *_CORE)}
"""Core and common attributes by case-folded name."""
ENTERPRISE_ATTRIBUTES = {attribute.name.casefold(): attribute for attribute in _ENTERPRISE}
"""Attributes of the enterprise extension by case-folded name."""

SPELLINGS = frozenset(
    {
        attribute.name.casefold(): attribute.name
        for whole in (*_COMMON, *_CORE, *_ENTERPRISE)
        for attribute in (*whole.sub_attributes, whole)
    }.values()
) | {CORE_URN, ENTERPRISE_URN}
"""Every name of a User, as RFC 7643 spells it: no two are alike but for case."""


def find_sub_attribute(attribute: Attribute, name: str) -> Attribute | None:
    """Look up a sub-attribute without regard to case (RFC 7643 §2.1)."""
    folded = name.casefold()
    return next((sub for sub in attribute.sub_attributes if sub.name.casefold() == folded), None)
