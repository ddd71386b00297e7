"""Hypothesis strategies for the JSON of SCIM users, as services really hold them, and what is asked of it."""

import json
import tempfile
from pathlib import Path

from hypothesis import strategies as st

from scimrecon.dialects import RFC7644
from scimrecon.users import read_users
from scimrecon.values import parse_surviving

FACILITIES = "urn:example:params:scim:schemas:extension:facilities:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6).map(str.strip).filter(bool)
_maybe = st.none() | TEXTS


def _some(**members):
    return st.fixed_dictionaries({}, optional=members)


def _typed(types, **members):
    """A list of elements, at most one a type, at most one primary."""
    element = st.fixed_dictionaries({"type": st.sampled_from(types)}, optional={"value": TEXTS, "display": TEXTS, **members})
    return st.lists(element, unique_by=lambda one: one["type"], max_size=len(types))


USERS = st.fixed_dictionaries(
    {"userName": TEXTS, "schemas": st.just(["urn:ietf:params:scim:schemas:core:2.0:User"]), "active": st.booleans()},
    optional={
        "externalId": TEXTS,
        "title": _maybe,
        "nickName": TEXTS,
        "name": _some(givenName=_maybe, familyName=TEXTS, formatted=TEXTS),
        "emails": _typed(["work", "home"], primary=st.just(value=False)),
        "phoneNumbers": _typed(["work", "mobile", "fax"]) | st.lists(_some(value=TEXTS), max_size=1),
        "addresses": st.lists(_some(locality=TEXTS, postalCode=TEXTS, type=st.just("work")), max_size=1),
        "roles": st.lists(_some(value=TEXTS, display=TEXTS), max_size=2),
        ENTERPRISE: _some(department=TEXTS, costCenter=_maybe, manager=_some(value=TEXTS, displayName=TEXTS)),
        FACILITIES: _some(floor=st.integers(-5, 90), badgeNumber=TEXTS, accessZones=st.lists(TEXTS, max_size=2)),
        "meta": st.just({"resourceType": "User", "version": 'W/"1"'}),
    },
)
"""One user without its id."""

PATHS = [
    "title",
    "nickName",
    "displayName",
    "name.givenName",
    "name.familyName",
    "department",
    "costCenter",
    'emails[type eq "home"].value',
    'phoneNumbers[type eq "work"].value',
    'phoneNumbers[type eq "mobile"].display',
    'addresses[type eq "work"].locality',
    'addresses[type eq "work"].postalCode',
    f"{FACILITIES}:badgeNumber",
]
"""Paths whose value is a string."""

CHANGES = st.dictionaries(st.sampled_from(PATHS), st.just("") | TEXTS, min_size=1, max_size=5)
"""What an analyst ticks for one user: path to text, ``''`` to clear."""


def users_of(people, *, dialect=RFC7644):
    """Users as a list response of these resources gives them; those without an id are numbered from 1."""
    numbered = [{"id": str(number), **person} for number, person in enumerate(people, start=1)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.json")
        path.write_text(json.dumps({"totalResults": len(numbered), "Resources": numbered}))
        return read_users(path, dialect=dialect)


def meaning(held):
    """A user as SCIM means it: without `meta`, what is unassigned (RFC 7643 §2.5) and the order of elements."""
    if isinstance(held, dict):
        kept = {name: meaning(value) for name, value in held.items() if name != "meta"}
        return {name: value for name, value in kept.items() if value not in (None, "", [], {})}
    if isinstance(held, list):
        return sorted(filter(None, map(meaning, held)), key=lambda one: json.dumps(one, sort_keys=True))
    return held


def survives(body):
    """Whether JSON means the same after our parse and print."""
    try:
        parse_surviving(body)
    except ValueError:
        return False
    return True
