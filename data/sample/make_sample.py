"""Write the sample: a Workday export, the SCIM users of a service that drifted from it, and the truth about both.

    python data/sample/make_sample.py

writes beside itself (UTF-8 without BOM, lines end in LF)

    workday.csv           the export: 500 records, three of them malformed
    rfc7644_users.json    the service's users, a SCIM ListResponse
    rfc7644_drift.csv     the truth: one row for each attribute that differs under the workday preset
    rfc7644_people.csv    the truth: one row for each record and for each user that only the service has

The truth is what this script did to each person, noted as it did it; it never compares the two files.
"""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sample_people import AWKWARD, CORE, ENTERPRISE, Chance, make_records, make_user

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
LOCALITY = 'addresses[type eq "work"].locality'
WORK_EMAIL = 'emails[type eq "work"].value'
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

DRIFT_COLUMNS = ("employee_id", "user_id", "path", "before", "after", "kind", "status", "drift")
PEOPLE_COLUMNS = ("employee_id", "user_id", "line", "status", "reason")
SERVICE_ONLY: tuple[dict[str, Any], ...] = (
    {"userName": "admin@example.com", "displayName": "Break-glass administrator", "active": True},
    {"userName": "second-admin@example.com", "externalId": "ADM-2", "displayName": "Second administrator"},
    {"userName": "svc-backup", "displayName": "Backup", "userType": "Service", "active": True},
    {"userName": "svc-hr-sync", "externalId": "SVC-17", "userType": "Service", "active": True},
    {"userName": "svc-mailroom@example.com", "nickName": "mailroom", "userType": "Service", "active": True},
    {"userName": "former.auditor@example.com", "externalId": "EXT-0001", "title": "Auditor", "active": False},
)


@dataclass(kw_only=True)
class Person:
    """One person: the record, the user, and the truth noted so far."""

    row: dict[str, str]
    local: str
    user: dict[str, Any] = field(default_factory=dict)
    """Empty: the service does not know this person."""
    drift: list[dict[str, str]] = field(default_factory=list)
    malformed: str = ""

    def note(self, drift: str, path: str, before: str, after: str, *, kind: str = "replace", status: str = "open") -> None:
        """Note one attribute that differs."""
        self.drift.append({"path": path, "before": before, "after": after, "kind": kind, "status": status, "drift": drift})

    @property
    def status(self) -> str:
        """What the comparison should call this person."""
        if self.malformed:
            return "rejected"
        if not self.user:
            return "source_only"
        counted = [change for change in self.drift if change["drift"] != "blank title"]
        real = {change["status"] for change in counted if change["kind"] != "cosmetic"}
        if "open" in real:
            return "changed"
        return "locked_only" if real else "cosmetic" if counted else "in_sync"


def appoint_managers(people: list[Person], chance: Chance) -> None:
    """Give all but one person a manager, the same on both sides; no mapping of the preset writes it."""
    managers = [person for person in people if person.user][::12]
    for person in people:
        manager = chance.pick(managers)
        if person is managers[0] or manager is person:
            continue
        person.row["Manager_ID"] = manager.row["Employee_ID"]
        if person.user:
            person.user[ENTERPRISE]["manager"] = {"value": manager.user["id"]}


def differ(person: Person, drift: str, path: str, before: str, *, kind: str = "replace", status: str = "open") -> None:
    """Let the service have another value than the export (blank: none), and note it."""
    name, _, part = path.partition(".")
    if name.startswith("addresses"):
        place = person.user["addresses"][0]
    elif path in ("department", "costCenter"):
        place = person.user[ENTERPRISE]
    else:
        place = person.user[name] if part else person.user
    place[part or name] = before
    if not before:
        del place[part or name]
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


def change_email(person: Person, email: str, drift: str) -> None:
    """Give a person another email in the export."""
    before, person.row["Email"] = person.row["Email"], email
    for path in ("userName", WORK_EMAIL):
        person.note(drift, path, before, email, status="locked")


def decompose_names(person: Person) -> None:
    """Write the names in the export with combining accents."""
    for path in ("name.givenName", "name.familyName", "displayName"):
        before = person.row[MAPPED[path]]
        after = person.row[MAPPED[path]] = unicodedata.normalize("NFD", before)
        if after != before:
            person.note("NFD", path, before, after, kind="cosmetic")


def drift_open(deal: Callable[[int], list[Person]], awkward: dict[str, Person]) -> None:
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


def drift_locked(deal: Callable[[int], list[Person]], awkward: dict[str, Person]) -> None:
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
    change_email(awkward["chris.jones"], "pat.jones@example.com", "shared email")
    for person in deal(13):
        differ(person, "externalId missing", "externalId", "", kind="set", status="locked")


def drift_cosmetic(deal: Callable[[int], list[Person]], awkward: dict[str, Person]) -> None:
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


def spoil(people: list[Person]) -> None:
    """Make three records that cannot be read as they stand."""
    plain = {"Job_Title": "Analyst", "Supervisory_Organization": "Finance"}
    for person, reason in zip(people, ("ragged", "short", "blank key"), strict=True):
        person.malformed = reason
        person.row |= plain | {"Comment": "Transferred, see ticket 88" if reason == "ragged" else ""}
    people[2].row["Employee_ID"] = ""


def make_sample(chance: Chance) -> list[Person]:
    """Return everyone in the export, with users, drift and truth."""
    everyone = {local: Person(row=row, local=local) for local, row in make_records(chance).items()}
    awkward = {local: everyone[local] for *_, local in AWKWARD}
    deck = chance.shuffled([person for local, person in everyone.items() if local not in awkward])

    def deal(count: int) -> list[Person]:
        return [deck.pop() for _ in range(count)]

    malformed, hired = deal(3), deal(8)
    strangers = {person.local for person in (*malformed, *hired)}
    for index, local in enumerate(local for local in everyone if local not in strangers):
        everyone[local].user = make_user(everyone[local].row, chance, index)
    for person in hired:
        person.row["Hire_Date"] = "2026-11-02"
    people = list(everyone.values())
    appoint_managers(people, chance)
    drift_open(deal, awkward)
    drift_locked(deal, awkward)
    drift_cosmetic(deal, awkward)
    spoil(malformed)
    return people


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as CSV with LF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def record_text(person: Person) -> str:
    """Return a person's record as the export has it, malformed if it is to be."""
    values = list(person.row.values())
    if person.malformed == "ragged":
        return ",".join(values) + "\n"
    return csv_text([values[:-4] if person.malformed == "short" else values])


def write_sample(folder: Path, people: list[Person], chance: Chance) -> None:
    """Write the four files."""
    others = [{"schemas": [CORE], "id": chance.uuid()} | user for user in SERVICE_ONLY]
    users = chance.shuffled([*(person.user for person in people if person.user), *others])
    export, told, differences = csv_text([people[0].row]), [], []
    for person in people:
        key = [person.row["Employee_ID"], person.user.get("id", "")]
        told.append([*key, str(export.count("\n") + 1), person.status, person.malformed])
        differences += [[*key, *change.values()] for change in person.drift]
        export += record_text(person)
    told += [["", user["id"], "", "target_only", ""] for user in others]

    lines = ",\n".join(json.dumps(user, ensure_ascii=False, separators=(",", ":")) for user in users)
    head = {"schemas": [LIST_RESPONSE], "totalResults": len(users), "startIndex": 1, "itemsPerPage": len(users)}
    listed = json.dumps(head, separators=(",", ":"))[:-1] + f',"Resources":[\n{lines}\n]}}\n'
    for name, text in {
        "workday.csv": export,
        "rfc7644_users.json": listed,
        "rfc7644_drift.csv": csv_text([DRIFT_COLUMNS, *differences]),
        "rfc7644_people.csv": csv_text([PEOPLE_COLUMNS, *told]),
    }.items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
        print(f"{name}: {len(text.splitlines())} lines")


def main() -> None:
    """Make the sample and write it beside this file."""
    chance = Chance(20261121)
    write_sample(Path(__file__).parent, make_sample(chance), chance)


if __name__ == "__main__":
    main()
