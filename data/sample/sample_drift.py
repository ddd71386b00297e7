"""Let the people of the sample drift apart, and note what was done to each as it is done.

`make_sample` writes the notes as the truth about the sample.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Protocol

from sample_people import ENTERPRISE, Chance

LOCALITY = 'addresses[type eq "work"].locality'
WORK_EMAIL = 'emails[type eq "work"].value'
MANAGER = "manager.value"
MAPPED = {
    "userName": "Email",
    "externalId": "Employee_ID",
    "name.givenName": "Legal_First_Name",
    "name.familyName": "Legal_Last_Name",
    "displayName": "Preferred_Name",
    "title": "Job_Title",
    "department": "Supervisory_Organization",
    "costCenter": "Cost_Center",
    "userType": "Employee_Type",
    "locale": "Locale",
    WORK_EMAIL: "Email",
    'phoneNumbers[type eq "work"].value': "Work_Phone",
    'phoneNumbers[type eq "mobile"].value': "Mobile_Phone",
    LOCALITY: "Location",
}
"""Which column an attribute that drifts is compared with."""

NOW_CALLED = {"jo.null": "Smith", "kim.na": "Lindqvist", "sam.none": "Harper", "alex.true": "Dane"}
"""Whom the service still knows by another surname."""
DECOMPOSED = ("jose.garcia", "zoe.mueller", "hong.nguyen")
"""Whose names the export writes in NFD."""
PHONE_FORMS = (
    "E.164", "trunk zero", "hyphens", "E.164", "tel URI", "E.164", "trunk zero", "national", "E.164", "hyphens",
)  # fmt: skip
"""How the service writes numbers, in turn."""
NOBODYS_NUMBER = "990099"


@dataclass(kw_only=True, eq=False)
class Person:
    """One person: the record, the user, and the truth noted so far."""

    row: dict[str, str]
    local: str
    user: dict[str, Any] = field(default_factory=dict)
    """Empty: the service does not know this person."""
    told: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    """What differs: under the workday preset as ``drift``; by the ``managers`` and ``roles`` that only another mapping reads."""
    malformed: str = ""

    def note(
        self, drift: str, path: str, before: str, after: str, *, kind: str = "replace", status: str = "open", truth: str = "drift"
    ) -> None:
        """Note one attribute that differs."""
        self.told[truth].append({"path": path, "before": before, "after": after, "kind": kind, "status": status, "drift": drift})

    @property
    def status(self) -> str:
        """What the comparison should call this person."""
        if self.malformed:
            return "rejected"
        if not self.user:
            return "source_only"
        counted = [change for change in self.told["drift"] if change["drift"] != "blank title"]
        real = {change["status"] for change in counted if change["kind"] != "cosmetic"}
        if "open" in real:
            return "changed"
        return "locked_only" if real else "cosmetic" if counted else "in_sync"


class Deal(Protocol):
    """Takes people from the deck, none of them twice."""

    def __call__(self, count: int, **wanted: str) -> list[Person]:
        """Take so many whose columns hold these texts."""


def appoint_managers(people: list[Person], chance: Chance) -> list[Person]:
    """Give all but the first of the managers a manager, the same on both sides; nobody is above their own manager."""
    managers = [person for person in people if person.user][::12]
    for person in people:
        above = managers[: managers.index(person)] if person in managers else managers
        manager = chance.pick(above or managers)
        if not above:
            continue
        person.row["Manager_ID"] = manager.row["Employee_ID"]
        if person.user:
            person.user[ENTERPRISE]["manager"] = {"value": manager.user["id"]}
    return managers


def place_of(user: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    """Find what holds an attribute: the user, its enterprise part, or one element; and the attribute's name there."""
    if element := re.fullmatch(r'(\w+)\[type eq "(\w+)"\]\.(\w+)', path):
        name, kind, part = element.groups()
        return next(one for one in user[name] if one["type"] == kind), part
    if path in ("department", "costCenter"):
        return user[ENTERPRISE], path
    name, _, part = path.partition(".")
    return (user[name], part) if part else (user, name)


def differ(person: Person, drift: str, path: str, before: str, *, kind: str = "replace", status: str = "open") -> None:
    """Let the service have another value than the export (blank: none), and note it."""
    place, name = place_of(person.user, path)
    place[name] = before
    if not before:
        del place[name]
    person.note(drift, path, before, person.row[MAPPED[path]], kind=kind, status=status)


def lose_phone(person: Person) -> None:
    """Take the mobile number from the service, or the work number of those who have no mobile."""
    kind = "mobile" if person.row["Mobile_Phone"] else "work"
    left = [phone for phone in person.user.pop("phoneNumbers") if phone["type"] != kind]
    if left:
        person.user["phoneNumbers"] = left
    path = f'phoneNumbers[type eq "{kind}"].value'
    person.note("phone missing", path, "", person.row[MAPPED[path]], kind="add_element")


def lose_address(person: Person) -> None:
    """Leave the service with a home address only."""
    person.user["addresses"] = [{"type": "home", "locality": "Bristol", "country": "GB"}]
    person.note("address missing", LOCALITY, "", person.row["Location"], kind="add_element")


def marry(person: Person, former: str) -> None:
    """Let the service have the surname a person had before."""
    display = f"{person.row['Legal_First_Name']} {former}"
    person.user["name"]["formatted"] = display
    differ(person, "married", "name.familyName", former)
    differ(person, "married", "displayName", display)


def change_email(person: Person, email: str, drift: str, *, login: str = "locked") -> None:
    """Give a person another email in the export; `login` is the status of the changed userName."""
    before, person.row["Email"] = person.row["Email"], email
    for path, status in (("userName", login), (WORK_EMAIL, "locked")):
        person.note(drift, path, before, email, status=status)


def decompose_names(person: Person) -> None:
    """Write the names in the export with combining accents."""
    for path in ("name.givenName", "name.familyName", "displayName"):
        before = person.row[MAPPED[path]]
        after = person.row[MAPPED[path]] = unicodedata.normalize("NFD", before)
        if after != before:
            person.note("NFD", path, before, after, kind="cosmetic")


def drift_open(deal: Deal, awkward: dict[str, Person]) -> None:
    """Introduce what the analyst may tick; some people drifted in two ways."""
    renamed, retitled, silent = deal(25), deal(15), deal(11)
    for person in renamed:
        person.row["Supervisory_Organization"] = "Research"
        differ(person, "department renamed", "department", "Research & Development")
    for person in [*renamed[:10], *retitled]:
        before = person.row["Job_Title"]
        person.row["Job_Title"] = f"Senior {before}"
        differ(person, "title changed", "title", before)
    for person in [*retitled[:9], *silent]:
        lose_phone(person)
    for person in deal(6):
        differ(person, "cost center changed", "costCenter", "CC-9900")
    for person in deal(4):
        differ(person, "cost center missing", "costCenter", "", kind="set")
    for person in deal(6):
        differ(person, "moved", LOCALITY, "Bristol")
    for person in deal(2):
        lose_address(person)
    for person, former in zip(deal(2), ("Hartley", "Winter"), strict=True):
        marry(person, former)
    for local, former in NOW_CALLED.items():
        marry(awkward[local], former)
    for local in ("mallory.marlow", "trudy.fenton"):
        differ(awkward[local], "display name changed", "displayName", awkward[local].user["name"]["formatted"])
    for person in [*renamed[10:12], *silent[:1]]:
        differ(person, "case only", "userType", person.row["Employee_Type"].lower(), kind="cosmetic")
    for person in retitled[13:]:
        differ(person, "externalId missing", "externalId", "", kind="set", status="locked")


def drift_locked(deal: Deal, awkward: dict[str, Person]) -> None:
    """Introduce what stays as it is until the analyst unlocks it."""
    leavers = deal(4)
    for person in leavers:
        person.row["Worker_Status"] = "Terminated"
        person.note("left the company", "active", "true", "false", status="locked")
    differ(leavers[0], "case only", "title", leavers[0].row["Job_Title"].upper(), kind="cosmetic")
    for person in deal(1):
        person.user["active"] = False
        person.note("came back", "active", "false", "true", status="locked")
    for person in deal(3):
        change_email(person, f"new.{person.local}@example.com", "new email")
    change_email(awkward["chris.jones"], "pat.jones@example.com", "shared email", login="invalid")  # it is Pat Jones's login
    for person in deal(13):
        differ(person, "externalId missing", "externalId", "", kind="set", status="locked")


def move_contractors(deal: Deal) -> None:
    """Give contractors mail addresses of the company in the export; the service has those they had."""
    for person in deal(12, Employee_Type="Contractor"):
        for path in ("userName", WORK_EMAIL):
            differ(person, "contractor domain", path, f"{person.local}@contractor.example.com", status="locked")


def drop_prefixes(deal: Deal) -> None:
    """Let the service have the number of a cost center only: the same to a reader, and another text to a comparison."""
    for person in deal(6):
        differ(person, "cost center without prefix", "costCenter", person.row["Cost_Center"].removeprefix("CC-"))


def drift_cosmetic(deal: Deal, awkward: dict[str, Person]) -> None:
    """Introduce what only an exact comparison sees, and what the preset does not see at all."""
    for local in DECOMPOSED:
        decompose_names(awkward[local])
    greek = awkward["giorgos.papadopoulos"]
    differ(greek, "case only", "name.familyName", greek.row["Legal_Last_Name"].upper(), kind="cosmetic")
    for person in deal(8):
        differ(person, "case only", "title", person.row["Job_Title"].upper(), kind="cosmetic")
    for person in deal(5):
        differ(person, "blank around", LOCALITY, person.row["Location"] + " ", kind="cosmetic")
    for person in deal(3):
        before, person.row["Job_Title"] = person.row["Job_Title"], ""
        person.note("blank title", "title", before, "", kind="clear")
    for person in deal(8):
        person.row |= {"Mobile_Phone": "", "Cost_Center": ""}
    for person in deal(10):
        person.row |= {"Job_Title": person.row["Job_Title"] + "  ", "Email": person.row["Email"] + " "}
    for person in deal(12):
        person.row["Worker_Status"] = "Terminated"
        person.user["active"] = False
    for person in deal(15):
        person.row["Worker_Status"] = "On Leave"


def write_otherwise(people: list[Person]) -> None:
    """Let the service write numbers and locales another way, of whoever comes by, whatever else differs."""
    known = [person for person in people if person.user]
    for turn, person in enumerate(known[9::8]):
        form = PHONE_FORMS[turn % len(PHONE_FORMS)]
        for phone in person.user.get("phoneNumbers", []):
            path = f'phoneNumbers[type eq "{phone["type"]}"].value'
            written = written_as(form, phone["value"])
            if person.row[MAPPED[path]] and written != phone["value"]:
                differ(person, f"phone as {form}", path, written, kind="cosmetic")
    for turn, person in enumerate(known[40::15]):
        locale = person.row["Locale"]
        if turn % 3:
            differ(person, "locale with underscore", "locale", locale.replace("-", "_"), kind="cosmetic")
        else:
            differ(person, "case only", "locale", locale.lower(), kind="cosmetic")


def written_as(form: str, number: str) -> str:
    """Write a number such as ``+44 20 7946 0000`` in another form; only British ones have a national form here."""
    country, _, rest = number.partition(" ")
    match form:
        case "E.164":
            return number.replace(" ", "")
        case "trunk zero":
            return f"{country} (0){rest}"
        case "hyphens":
            return number.replace(" ", "-")
        case "tel URI":
            return "tel:" + number.replace(" ", "-")
        case _:
            return f"0{rest}" if country == "+44" else number


def drift_managers(deal: Deal, managers: list[Person]) -> None:
    """Let ten people have another manager on the service, and let the export name managers that cannot be."""
    before, after, *others = managers[1:]
    for person in deal(6, Access_Roles="employee"):
        change_manager(person, "team moved", before, after)
    for person, former in zip(deal(4), others, strict=False):
        now = next(one for one in managers if one.row["Employee_ID"] == person.row["Manager_ID"])
        change_manager(person, "manager changed", managers[0] if former is now else former, now)
    (lost,), (own,), (one, other) = deal(1), deal(1), deal(2)
    for person, number, meant, drift in (
        (lost, NOBODYS_NUMBER, "", "manager nobody has"),
        (own, own.row["Employee_ID"], "", "own manager"),
        (one, other.row["Employee_ID"], other.user["id"], "managers of each other"),
        (other, one.row["Employee_ID"], one.user["id"], "managers of each other"),
    ):
        person.row["Manager_ID"] = number
        held = person.user[ENTERPRISE]["manager"]["value"]
        person.note(drift, MANAGER, held, meant, status="invalid", truth="managers")


def change_manager(person: Person, drift: str, before: Person, after: Person) -> None:
    """Let the service have another manager than the export, and note it."""
    person.row["Manager_ID"] = after.row["Employee_ID"]
    person.user[ENTERPRISE]["manager"] = {"value": before.user["id"]}
    person.note(drift, MANAGER, before.user["id"], after.user["id"], truth="managers")


def drift_roles(deal: Deal) -> None:
    """Let the service lack a role, or have one of its own."""
    for person in [
        *deal(9, Access_Roles="employee; approver"),
        *deal(3, Access_Roles="intern"),
        *deal(3, Access_Roles="contractor"),
    ]:
        role = person.user["roles"].pop()["value"]
        if not person.user["roles"]:
            del person.user["roles"]
        person.note("role missing", f'roles[value eq "{role}"].value', "", role, kind="add_element", truth="roles")
    for person in deal(5, Access_Roles="employee"):
        person.user["roles"].append({"value": "auditor", "display": "Auditor", "type": "app"})
        person.note(
            "role of its own",
            'roles[value eq "auditor"].value',
            "auditor",
            "",
            kind="remove_element",
            status="locked",
            truth="roles",
        )


def spoil(people: list[Person]) -> None:
    """Make three records that cannot be read as they stand."""
    plain = {"Job_Title": "Analyst", "Supervisory_Organization": "Finance"}
    for person, reason in zip(people, ("ragged", "short", "blank key"), strict=True):
        person.malformed = reason
        person.row |= plain | {"Comment": "Transferred, see ticket 88" if reason == "ragged" else ""}
    people[2].row["Employee_ID"] = ""
