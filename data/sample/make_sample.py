"""Write the sample: a Workday export, the SCIM users of a service that drifted from it, and the truth about both.

    python data/sample/make_sample.py

writes beside itself (UTF-8 without BOM, lines end in LF)

    workday.csv             the export: 500 records, three of them malformed
    rfc7644_users.json      the service's users, a SCIM ListResponse
    twilio_users.json       the same users as Twilio would hold them; likewise huawei_users.json and descope_users.json
    rfc7644_drift.csv       the truth: one row for each attribute that differs under the workday preset, region GB
    rfc7644_managers.csv    the truth: likewise for manager.value, taken from Manager_ID as a reference to employeeNumber
    rfc7644_roles.csv       the truth: likewise for each element of roles, taken from Access_Roles, which "; " separates
    rfc7644_people.csv      the truth: one row for each record and for each user that only the service has

The truth is what this script did to each person, noted as it did it; it never compares the two files.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sample_drift import (
    Person,
    appoint_managers,
    drift_cosmetic,
    drift_locked,
    drift_managers,
    drift_open,
    drift_roles,
    drop_prefixes,
    move_contractors,
    spoil,
    write_otherwise,
)
from sample_people import AWKWARD, CORE, Chance, make_records, make_user
from sample_vendors import AS_VENDORS_HOLD

LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
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


def make_sample(chance: Chance) -> list[Person]:
    """Return everyone in the export, with users, drift and truth."""
    everyone = {local: Person(row=row, local=local) for local, row in make_records(chance).items()}
    awkward = {local: everyone[local] for *_, local in AWKWARD}
    deck = chance.shuffled([person for local, person in everyone.items() if local not in awkward])

    def deal(count: int, **wanted: str) -> list[Person]:
        dealt = [person for person in reversed(deck) if wanted.items() <= person.row.items()][:count]
        deck[:] = [person for person in deck if person not in dealt]
        return dealt

    malformed, hired = deal(3), deal(8)
    strangers = {person.local for person in (*malformed, *hired)}
    for index, local in enumerate(local for local in everyone if local not in strangers):
        everyone[local].user = make_user(everyone[local].row, chance, index)
    for person in hired:
        person.row["Hire_Date"] = "2026-11-02"
    people = list(everyone.values())
    managers = appoint_managers(people, chance)
    drift_open(deal, awkward)
    drift_locked(deal, awkward)
    drift_cosmetic(deal, awkward)
    move_contractors(deal)
    drop_prefixes(deal)
    # A manager under another manager could close a circle that nobody noted.
    deck[:] = [person for person in deck if person not in managers]
    drift_managers(deal, managers)
    drift_roles(deal)
    write_otherwise(people)
    spoil(malformed)
    return people


def csv_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as CSV with LF line ends."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def list_text(users: list[dict[str, Any]]) -> str:
    """Return users as a SCIM ListResponse, one a line."""
    lines = ",\n".join(json.dumps(user, ensure_ascii=False, separators=(",", ":")) for user in users)
    head = {"schemas": [LIST_RESPONSE], "totalResults": len(users), "startIndex": 1, "itemsPerPage": len(users)}
    return json.dumps(head, separators=(",", ":"))[:-1] + f',"Resources":[\n{lines}\n]}}\n'


def record_text(person: Person) -> str:
    """Return a person's record as the export has it, malformed if it is to be."""
    values = list(person.row.values())
    if person.malformed == "ragged":
        return ",".join(values) + "\n"
    return csv_text([values[:-4] if person.malformed == "short" else values])


def write_sample(folder: Path, people: list[Person], chance: Chance) -> None:
    """Write the files."""
    others = [{"schemas": [CORE], "id": chance.uuid()} | user for user in SERVICE_ONLY]
    users = chance.shuffled([*(person.user for person in people if person.user), *others])
    export, told = csv_text([people[0].row]), []
    differences: dict[str, list[list[str]]] = {"drift": [], "managers": [], "roles": []}
    for person in people:
        key = [person.row["Employee_ID"], person.user.get("id", "")]
        told.append([*key, str(export.count("\n") + 1), person.status, person.malformed])
        for truth, changes in differences.items():
            changes += [[*key, *change.values()] for change in person.told[truth]]
        export += record_text(person)
    told += [["", user["id"], "", "target_only", ""] for user in others]

    for name, text in {
        "workday.csv": export,
        "rfc7644_users.json": list_text(users),
        **{f"{vendor}_users.json": list_text([hold(user) for user in users]) for vendor, hold in AS_VENDORS_HOLD.items()},
        **{f"rfc7644_{truth}.csv": csv_text([DRIFT_COLUMNS, *changes]) for truth, changes in differences.items()},
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
