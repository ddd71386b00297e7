"""One reconciliation in which every comparator and every policy has something to do.

Who is on the service, what the export says, and what each user must hold afterwards are written down here by hand.
"""

import copy

import pandas as pd

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
HOME, WORK_PHONE = 'emails[type eq "home"].value', 'phoneNumbers[type eq "work"].value'
COUNTRY = 'addresses[type eq "work"].country'

OPTIONS = {
    "on": "userName",
    "region": "GB",
    "unlock": ["active", "division"],
    "comparators": {"costCenter": lambda text: text.removeprefix("CC-"), "displayName": "exact", "nickName": "case_exact"},
    "policies": {
        "title": "force",
        "roles": "merge",
        "entitlements": "force",
        "phoneNumbers": "force",
        "userType": "add_only",
        "preferredLanguage": "fill_if_empty",
        "profileUrl": "keep",
        "division": "locked",
        "organization": "ignore",
    },
}
ALLOW = {"users": 20, "clears": 20, "deactivations": 20}

MAPPING = {
    "userName": {"column": "login"},
    "employeeNumber": {"column": "number"},
    "title": {"column": "job", "on_blank": "clear"},
    "nickName": {"column": "nick"},
    "displayName": {"column": "name"},
    "locale": {"column": "locale"},
    "timezone": {"column": "zone"},
    "preferredLanguage": {"column": "language"},
    "userType": {"column": "type"},
    "profileUrl": {"column": "page"},
    "active": {"column": "on"},
    HOME: {"column": "mail"},
    WORK_PHONE: {"column": "phone"},
    COUNTRY: {"column": "country"},
    "roles": {"column": "roles", "separator": ";"},
    "entitlements": {"column": "rights", "separator": ";"},
    "costCenter": {"column": "cost"},
    "division": {"column": "division"},
    "organization": {"column": "company"},
    "manager.value": {"reference": "boss", "on": "employeeNumber"},
}
"""Plain data, as a preset has it."""

ROW = {
    "job": "Clerk", "nick": None, "name": "Ann O'Brien", "locale": "en-GB", "zone": "Europe/Berlin", "language": None,
    "type": None, "page": None, "on": "yes", "mail": None, "phone": None, "country": "DE", "roles": None, "rights": None,
    "cost": None, "division": None, "company": "Example Ltd", "boss": None,
}  # fmt: skip
"""What the export says of a user in whom nothing differs."""


def person(login):
    """A user in whom nothing differs."""
    return {
        "schemas": [CORE, ENTERPRISE],
        "userName": f"{login}@example.com",
        "displayName": "Ann O'Brien",
        "title": "Clerk",
        "locale": "en-GB",
        "timezone": "Europe/Berlin",
        "active": True,
        "emails": [{"value": f"{login}@example.com", "type": "work", "primary": True}],
        "addresses": [{"type": "work", "country": "DE", "locality": "Zürich"}],
        ENTERPRISE: {"employeeNumber": login, "organization": "Example GmbH"},
    }


def _at(user, path):
    return user.setdefault(ENTERPRISE, {}) if path in ("costCenter", "division", "manager") else user


CASES = {
    # login: what the service holds otherwise, what the export says otherwise, what must be held; None is nothing
    "case": ({"title": "CLERK"}, {}, {"title": "Clerk"}),
    "blanks": ({"nickName": "Bri "}, {"nick": "Bri"}, {"nickName": "Bri"}),
    "exact": ({"displayName": "ANN O'BRIEN"}, {}, {"displayName": "Ann O'Brien"}),
    "phone": (
        {"phoneNumbers": [{"type": "work", "value": "+442079460000"}]},
        {"phone": "020 7946 0000"},
        {"phoneNumbers": [{"type": "work", "value": "020 7946 0000"}]},
    ),
    "email": (
        {"emails": [{"value": "email@example.com", "type": "work", "primary": True}, {"type": "home", "value": "a@EXAMPLE.com"}]},
        {"mail": "a@example.com"},
        {"emails": [{"value": "email@example.com", "type": "work", "primary": True}, {"type": "home", "value": "a@example.com"}]},
    ),
    "language": ({"locale": "en_gb"}, {}, {"locale": "en-GB"}),
    "zone": ({"timezone": "W. Europe Standard Time"}, {}, {"timezone": "Europe/Berlin"}),
    "country": (
        {"addresses": [{"type": "work", "country": "Germany", "locality": "Zürich"}]},
        {},
        {"addresses": [{"type": "work", "country": "DE", "locality": "Zürich"}]},
    ),
    "function": ({"costCenter": "CC-4100"}, {"cost": "4100"}, {"costCenter": "4100"}),
    "boolean": ({}, {"on": "no"}, {"active": False}),
    "clear": ({}, {"job": None}, {"title": None}),
    "fill": ({"nickName": None}, {"nick": "Bri"}, {"nickName": "Bri"}),
    "merged": (
        {"roles": [{"value": "owner"}, {"value": "clerk"}]},
        {"roles": "clerk; auditor"},
        {"roles": [{"value": "owner"}, {"value": "clerk"}, {"value": "auditor"}]},
    ),
    "forced": (
        {"entitlements": [{"value": "owner"}, {"value": "clerk"}]},
        {"rights": "clerk; auditor"},
        {"entitlements": [{"value": "clerk"}, {"value": "auditor"}]},
    ),
    "surplus": (
        {"phoneNumbers": [{"type": "work", "value": "+44 20 7946 0002"}, {"type": "fax", "value": "+44 20 7946 0009"}]},
        {"phone": "+44 20 7946 0001"},
        {"phoneNumbers": [{"type": "work", "value": "+44 20 7946 0001"}]},
    ),
    "added": ({}, {"type": "Employee"}, {"userType": "Employee"}),
    "not-added": ({"userType": "Contractor"}, {"type": "Employee"}, {"userType": "Contractor"}),
    "filled": ({}, {"language": "de"}, {"preferredLanguage": "de"}),
    "not-filled": ({"preferredLanguage": "fr"}, {"language": "de"}, {"preferredLanguage": "fr"}),
    "kept": ({"profileUrl": "https://a.example.com"}, {"page": "https://b.example.com"}, {"profileUrl": "https://a.example.com"}),
    "unlocked": ({"division": "North"}, {"division": "South"}, {"division": "South"}),
    "managed": ({}, {"boss": "boss"}, {}),
    "boss": ({}, {}, {}),
}
HELD_BACK = {"merged", "not-added", "not-filled", "kept"}
"""In whom something is left that a policy does not let be ticked."""


def make_people():
    """The users to be seeded, by login."""
    return {login: _with(person(login), held) for login, (held, _, _) in CASES.items()}


def _with(user, members):
    user = copy.deepcopy(user)
    for name, value in members.items():
        if value is None:
            _at(user, name).pop(name, None)
        else:
            _at(user, name)[name] = copy.deepcopy(value)
    return user


def make_rows():
    """The rows of the export."""
    rows = [{"login": f"{login}@example.com", "number": login, **ROW, **said} for login, (_, said, _) in CASES.items()]
    return pd.DataFrame(rows, dtype="str")


def make_expected(seeded):
    """What each user must hold: `seeded` is login to the user as the service held it at first, with its id."""
    expected = {login: _with(seeded[login], wanted) for login, (_, _, wanted) in CASES.items()}
    expected["managed"][ENTERPRISE]["manager"] = {"value": seeded["boss"]["id"]}
    return expected


def comparable(user):
    """A user without the order of its elements, and without what servers write themselves."""
    return {
        name: sorted(value, key=str) if isinstance(value, list) else value
        for name, value in user.items()
        if name != "meta" and value not in (None, [], "")
    }
