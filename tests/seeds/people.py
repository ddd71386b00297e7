"""Users with every field of a vendor's page, where a field stands in them, and how an analyst changes one."""

import copy
import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pandas as pd
from resources import users_of

import scimrecon as sr
from scimrecon.dialects import DIALECTS

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
_EXTENSION = frozenset({"costCenter", "department", "division", "employeeNumber", "manager", "organization"})
_NAMES = ("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")
UNLOCKED = ["userName", "externalId", "emails", "active"]


def id_of(seed, number):
    """An id as the vendor's look."""
    return {"twilio": "US{:032x}", "huawei": "ac6aa714-daa7-1aaa-aaa2-{:012x}", "descope": "U2{:026}"}[seed].format(number)


def person(seed, number=1, **held):
    """A user with all the page has; `held` replaces attributes, None takes one away."""
    login = f"ann{number}" if seed == "huawei" else f"ann{number}@example.com"
    email = {"value": f"ann{number}@example.com", "type": "work", "primary": True}
    user: dict[str, Any] = {
        "id": id_of(seed, number), "schemas": [CORE], "userName": login, "displayName": "Ann O'Brien", "active": True,
        "name": {"givenName": "Ann", "familyName": "O'Brien"}, "emails": [email],
    }  # fmt: skip
    if seed == "twilio":
        user |= {"externalId": f"E-{number}", "locale": "en-GB", "timezone": "Europe/London"}
    if seed == "descope":
        user |= {"name": {**user["name"], "middleName": "Bríd"}, "title": "Clerk"}
    if seed == "huawei":
        user |= _at_huawei(number)
    return {name: value for name, value in {**copy.deepcopy(user), **held}.items() if value is not None}


def _at_huawei(number):
    street = {"formatted": "1 High Street, Bray", "streetAddress": "1 High Street", "locality": "Bray", "region": "Wicklow"}
    return {
        "externalId": f"E-{number}",
        "name": dict(zip(_NAMES, ("Dr Ann Bríd O'Brien jr", "O'Brien", "Ann", "Bríd", "Dr", "jr"), strict=True)),
        "nickName": "Annie",
        "profileUrl": f"https://people.example/{number}",
        "addresses": [{**street, "postalCode": "A98 X2Y3", "country": "IE", "type": "work", "primary": True}],
        "phoneNumbers": [{"value": "+35312345678", "type": "work", "primary": True}],
        "userType": "Employee",
        "title": "Clerk",
        "preferredLanguage": "en-GB",
        "locale": "en-GB",
        "timezone": "Europe/London",
        "schemas": [CORE, ENTERPRISE],
        ENTERPRISE: {
            "costCenter": "4711", "department": "Finance", "division": "North", "employeeNumber": f"{number:05}",
            "manager": {"value": id_of("huawei", 1)}, "organization": "Example Ltd",
        },
    }  # fmt: skip


# Where a field stands


def _steps(field):
    if field.startswith("urn:"):
        return [field]
    parts = field.split(".")
    steps: list[Any] = [ENTERPRISE] if parts[0] in _EXTENSION else []
    for part in parts:
        steps += [part.removesuffix("[]"), 0] if part.endswith("[]") else [part]
    return steps


def top_of(field):
    """The attribute of the resource that a field, or a SCIM path, is in."""
    return _steps(field.partition("[")[0])[0]


def at(resource, field):
    """What stands at a field of a page (``emails[].value``, ``department``), of the first element; None if nothing does."""
    found = resource
    for step in _steps(field):
        try:
            found = found[step]
        except (KeyError, IndexError, TypeError):
            return None
    return found


def put_at(resource, field, value):
    """The resource with another value at a field, or without the field for None."""
    changed = copy.deepcopy(resource)
    *outer, last = _steps(field)
    holder = changed
    for step in outer:
        holder = holder[step]
    if value is None:
        del holder[last]
    else:
        holder[last] = value
    return changed


def column_of(field):
    """The column of the users' frame that shows a field of an answer, or the beginning of those that show its parts."""
    field = field.removeprefix("user.")
    if field == ENTERPRISE:
        return "department"
    name, _, member = field.partition("[].")
    if member == "type":  # it is what the columns are named by
        return f'{name}[type eq "work"]'
    return f'{name}[type eq "work"].{member}' if member else field


def spoil(value):
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, list):
        return [spoil(value[0]), *value[1:]]
    if isinstance(value, dict):
        first = next(iter(value), "other")
        return {**value, first: spoil(value.get(first, ""))}
    return f"{value}-other" if isinstance(value, str) else value + 1


def is_of(words, value):
    """Whether a JSON value is of the type that a page states in its words."""
    words = words.lower()
    if words.startswith("array"):
        inner = str if "string" in words else dict if "object" in words else (str, dict)
        return isinstance(value, list) and bool(value) and all(isinstance(one, inner) for one in value)
    kind = {"string": str, "boolean": bool, "integer": int, "object": dict}[words.partition("(")[0]]
    return isinstance(value, kind) and isinstance(value, bool) == (kind is bool)


def wrong_for(words):
    """A JSON value of another type."""
    return 5 if words.lower().startswith("string") else "true"


# How an analyst changes a field


def change_of(seed, field, number):
    """The cells that change a field, each a SCIM path and a text, and what the user holds otherwise for it."""
    name, _, member = field.partition("[].")
    user = person(seed, number)
    new_email = f"new{number}@example.com"
    by_type = f'{name}[type eq "work"].'
    if member == "type":
        return {f"{name}[primary eq true].type": "home"}, {}
    if member == "primary":
        element = {part: value for part, value in user[name][0].items() if part != "primary"}
        return {by_type + "primary": "true"}, {name: [element]}
    if field in ("emails", "emails[].value") or (seed == "twilio" and field == "userName"):
        login = {"userName": new_email} if seed == "twilio" else {}
        return {'emails[type eq "work"].value': new_email, **login}, {}
    if field == "name":
        return {"name.givenName": "Brid"}, ({} if seed == "huawei" else {"name": None})
    if field in ("addresses", "phoneNumbers"):
        path = {"addresses": "locality", "phoneNumbers": "value"}[field]
        return {f"{by_type}{path}": {"addresses": "Cork", "phoneNumbers": "+353211234567"}[field]}, {field: None}
    if field in (ENTERPRISE, "manager", "manager.value"):
        extension = {part: value for part, value in user[ENTERPRISE].items() if part != "manager"}
        held = {ENTERPRISE: None, "manager": extension, "manager.value": user[ENTERPRISE]}[field]
        path = "department" if field == ENTERPRISE else "manager.value"
        return {path: "Research" if field == ENTERPRISE else id_of(seed, 2)}, {ENTERPRISE: held}
    if field == "profileUrl":
        return {field: "https://people.example/new", "title": "Engineer"}, {}
    new = {
        "active": "false", "userName": f"new{number}", "locale": "fr-CH", "preferredLanguage": "fr-CH",
        "timezone": "Europe/Zurich", "addresses[].country": "CH", "phoneNumbers[].value": "+353211234567",
    }  # fmt: skip
    return {(by_type + member if member else field): new.get(field, "Brand new")}, {}


# The way of every reconciliation


def dialect_of(seed):
    """The vendor's dialect as it is shipped, but for the waits between attempts and within a minute."""
    return replace(DIALECTS[seed], backoff_s=0.01, window=None)


def desired_of(changes):
    """Desired users by id, each with some cells; a blank is no opinion."""
    return pd.DataFrame([{"id": user_id, **cells} for user_id, cells in changes.items()], dtype="str")


def compared(target, changes, **options):
    users = sr.fetch_users(target, ids=[*changes, *options.pop("others", [])])
    return sr.compare(desired_of(changes), users, on="id", **{"unlock": UNLOCKED, **options})


def planned(target, changes, *, accept=("lost:profileUrl",), **options):
    """The plan of all changes that differ."""
    diff = compared(target, changes, **options)
    allow = dict.fromkeys(("users", "identity", "deactivations", "reactivations", "clears"), len(changes))
    return sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow=allow, accept=accept)


def applied(plan, target, folder, **options):
    """The results of the plan, by user."""
    run = folder / f"{plan.hash[:12]}.run"
    results = sr.apply_plan(plan, target, dry_run=False, run=run, **{"progress": False, **options})
    return SimpleNamespace(
        results=results,
        outcome=results.frame.set_index("user_id")["outcome"].to_dict(),
        steps=results.steps.groupby("user_id")["step"].agg(list).to_dict(),
        row=lambda user_id: results.frame.set_index("user_id").loc[user_id],
    )


def bare(answer):
    """One user out of an answer, with or without the envelope."""
    found = json.loads(answer) if isinstance(answer, (bytes, str)) else answer
    return found.get("user", found) if isinstance(found.get("user"), dict) else found


# Where nobody serves


def by_name(seed):
    """A target named by its dialect, as for the real service, and its credentials."""
    given = {
        "twilio": {"organization_sid": "OR" + "1f" * 16, "client_id": "OQ1", "client_secret": "plum"},
        "huawei": {"region": "cn-north-4", "tenant_id": "3f1c0e2b-7a54-4d0f-9a4e-1d6c1b2a9e77", "token": "plum"},
        "descope": {"project_id": "P2bCdE", "access_key": "plum"},
    }[seed]
    return sr.connect(seed, **given), given


def plan_of(seed, people, changes, *, accept=("lost:profileUrl",)):
    """A plan for users whom nobody has to serve, by number."""
    users = users_of(people, dialect=dialect_of(seed))
    wanted = desired_of({id_of(seed, number): cells for number, cells in changes.items()})
    diff = sr.compare(wanted, users, on="id", unlock=UNLOCKED)
    return sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), by_name(seed)[0], accept=accept)
