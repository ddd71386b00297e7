"""Invent the people of the sample: their records in the export, and users that agree with them.

`make_sample` then lets the two drift apart. All people are invented; all phone numbers are from ranges set aside for
fiction.
"""

from __future__ import annotations

from random import Random
from typing import Any
from uuid import UUID

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FACILITIES = "urn:example:params:scim:schemas:extension:facilities:2.0:User"

GIVEN = (
    "Adam Agnes Amara Arjun Astrid Beatriz Bruno Carla Cedric Daria David Elena Emil Farah Felix Grace Hana Henrik "
    "Ines Ivan Jana Jonas Kofi Laura Leo Lucia Malik Marta Nadia Nils Olga Omar Petra Priya Rafael Rosa Stefan Tara "
    "Viktor Yara"
)
FAMILY = (
    "Abara Almeida Andersen Baker Becker Bianchi Brandt Carter Chen Costa Dahl Dubois Eriksen Evans Fischer Fontaine "
    "Garner Haas Hansen Hughes Ivanova Jansen Kaya Keller Khan Kowalski Lambert Larsen Lopes Mayer Mensah Moreau "
    "Nakamura Novak Okafor Olsen Patel Pereira Quinn Rossi Sato Schmidt Silva Singh Tanaka Turner Vogel Walsh Weber "
    "Zeller"
)
AWKWARD = (  # given, family, preferred name (blank: given and family), what stands before @example.com
    ("Jo", "Null", "", "jo.null"),
    ("Kim", "NA", "", "kim.na"),
    ("Sam", "None", "", "sam.none"),
    ("Alex", "True", "", "alex.true"),
    ("Seán", "O'Brien", "", "sean.o'brien"),
    ("José", "García", "", "jose.garcia"),
    ("Zoë", "Müller", "", "zoe.mueller"),
    ("Thị Hồng", "Nguyễn", "Nguyễn Thị Hồng", "hong.nguyen"),
    ("伟", "王", "王伟", "wei.wang"),
    ("Анна", "Кузнецова", "", "anna.kuznetsova"),
    ("ليلى", "حداد", "", "layla.haddad"),
    ("Γιώργος", "Παπαδόπουλος", "", "giorgos.papadopoulos"),
    ("Işıl", "Yıldırım", "", "isil.yildirim"),
    ("Jürgen", "Weiß", "", "juergen.weiss"),
    ("Anne-Marie", "Smith-Jones", "", "anne-marie.smith-jones"),
    ("Maria", "de la Cruz", "", "maria.delacruz"),
    ("J", "Park", "", "j.park"),
    (
        "Adelaide Beatrice Clementine Dorothea Evangeline Florence Georgiana",
        "Montgomery-Featherstonehaugh-Cholmondeley-Wriothesley-Beauchamp-Lee",
        "",
        "adelaide.montgomery",
    ),
    ("Mallory", "Marlow", "<img src=x onerror=alert(1)>", "mallory.marlow"),
    ("Trudy", "Fenton", '=HYPERLINK("http://example.com","click")', "trudy.fenton"),
    ("Pat", "Jones", "", "pat.jones"),
    ("Chris", "Jones", "", "chris.jones"),
)

DEPARTMENTS = ("Finance", "Sales", "Support", "Operations", "Human Resources", "Legal, Risk & Audit", "IT")
TITLES = ("Analyst", "Engineer", "Accountant", "Coordinator", "Specialist", "Director, Planning", "Buyer")
PLACES = {"London": "GB", "Berlin": "DE", "Zürich": "CH", "Kraków": "PL", "Lisbon": "PT", "Oslo": "NO"}
LOCALES = ("en-GB", "de-DE", "de-CH", "pl-PL", "pt-PT", "nb-NO")
BASE_ROLES = {"Regular": "employee", "Contractor": "contractor", "Intern": "intern"}
MORE_ROLES = {"approver": 4, "payroll-viewer": 9, "site-safety": 14}
"""Roles that some people have besides, and the how-manieth has which."""
COMMENTS = (
    "Desk moved, see plan",
    'Known as "Bob" to everyone',
    "First line\nsecond line",
    "Parental leave until spring\n\nCover: see rota, page 2",
    'Asked: "which badge, please?"\nanswered',
)


class Chance:
    """Random choices built on `Random.random` alone, the one method whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed).random

    def below(self, limit: int) -> int:
        """Return a whole number from 0 to below the limit."""
        return int(self._random() * limit)

    def pick(self, choices: Any) -> Any:
        """Return one of the choices."""
        return choices[self.below(len(choices))]

    def shuffled(self, things: Any) -> list[Any]:
        """Return the things in a random order."""
        return [thing for _, thing in sorted(((self._random(), n), thing) for n, thing in enumerate(things))]

    def uuid(self) -> str:
        """Return an id as services make them."""
        return str(UUID(int=sum(self.below(2**16) << 16 * n for n in range(8)), version=4))


def make_records(chance: Chance) -> dict[str, dict[str, str]]:
    """Return 500 records in the order of the export, each under what stands before @example.com in its email."""
    names = [(given, family, "", f"{given}.{family}".lower()) for given in GIVEN.split() for family in FAMILY.split()]
    chosen = chance.shuffled([*AWKWARD, *chance.shuffled(names)[: 500 - len(AWKWARD)]])
    records, number = {}, 100
    for index, (given, family, preferred, local) in enumerate(chosen):
        number += 1 + chance.below(3)
        place = chance.below(len(PLACES))
        berlin = list(PLACES)[place] == "Berlin"
        records[local] = {
            "Employee_ID": f"{number:06}",
            "Worker_Status": "Active",
            "Legal_First_Name": given,
            "Legal_Last_Name": family,
            "Preferred_Name": preferred or f"{given} {family}",
            "Email": f"{local}@example.com",
            "Job_Title": chance.pick(TITLES),
            "Supervisory_Organization": chance.pick(DEPARTMENTS),
            "Cost_Center": f"CC-{41 + chance.below(8)}00",
            "Company": "Example Ltd",
            "Employee_Type": chance.pick(("Regular", "Regular", "Regular", "Contractor", "Intern")),
            "Work_Phone": f"+49 30 23125 {index:03}" if berlin else f"+44 20 7946 {index:04}",
            "Mobile_Phone": f"+44 7700 900{index:03}" if chance.below(5) < 3 else "",
            "Location": list(PLACES)[place],
            "Locale": LOCALES[place],
            "Manager_ID": "",
            "Access_Roles": "",
            "Hire_Date": f"{2008 + chance.below(17)}-{1 + chance.below(12):02}-{1 + chance.below(28):02}",
            "Comment": COMMENTS[index // 12 % len(COMMENTS)] if index % 12 == 5 else "",
        }
        if index % 25 != 7:
            more = [role for role, every in MORE_ROLES.items() if index % every == 2]
            records[local]["Access_Roles"] = "; ".join([BASE_ROLES[records[local]["Employee_Type"]], *more])
    return records


def make_user(row: dict[str, str], chance: Chance, index: int) -> dict[str, Any]:
    """Return a user that agrees with a record, and has what no mapping of ours writes."""
    phones = [("work", row["Work_Phone"]), ("mobile", row["Mobile_Phone"])]
    user: dict[str, Any] = {
        "schemas": [CORE, ENTERPRISE],
        "id": chance.uuid(),
        "externalId": row["Employee_ID"],
        "userName": row["Email"],
        "name": {
            "formatted": f"{row['Legal_First_Name']} {row['Legal_Last_Name']}",
            "familyName": row["Legal_Last_Name"],
            "givenName": row["Legal_First_Name"],
        },
        "displayName": row["Preferred_Name"],
        "title": row["Job_Title"],
        "userType": row["Employee_Type"],
        "locale": row["Locale"],
        "active": True,
        "emails": [{"value": row["Email"], "type": "work", "primary": True}],
        "phoneNumbers": [{"value": value, "type": kind} for kind, value in phones if value],
        "addresses": [
            {
                "type": "work",
                "streetAddress": f"{1 + chance.below(90)} Example Street",
                "locality": row["Location"],
                "postalCode": f"{10000 + chance.below(90000)}",
                "country": PLACES[row["Location"]],
            }
        ],
        "roles": [{"value": role} for role in row["Access_Roles"].split("; ") if role],
        ENTERPRISE: {
            "employeeNumber": row["Employee_ID"],
            "costCenter": row["Cost_Center"],
            "organization": row["Company"],
            "department": row["Supervisory_Organization"],
        },
    }
    if not user["roles"]:
        del user["roles"]
    add_unmapped(user, chance, index)
    return user


def add_unmapped(user: dict[str, Any], chance: Chance, index: int) -> None:
    """Give some users what a PUT must carry along: the service has it, the export does not."""
    local = user["userName"].partition("@")[0]
    if index % 2:
        user["schemas"].append(FACILITIES)
        user[FACILITIES] = {
            "badgeNumber": f"{chance.below(100000):06}",
            "floor": chance.below(9),
            "accessZones": ["lobby", *chance.shuffled(["lab", "archive", "roof"])[: chance.below(3)]],
            "locker": {"number": f"L-{chance.below(300)}", "keyIssued": chance.below(2) == 1},
        }
    if index % 8 == 0:
        user["emails"].append({"value": f"{local}@home.example.com", "type": "home"})
    if index % 7 == 0:
        user["nickName"] = user["name"]["givenName"][:3]
    if index % 5 == 0:
        user |= {"preferredLanguage": user["locale"][:2], "timezone": "Europe/London"}
    if index % 6 == 0:
        for role in user.get("roles", []):
            role |= {"display": role["value"].replace("-", " ").capitalize(), "type": "app"}
    if index % 150 == 3:
        user["entitlements"] = [{"value": "vpn", "display": "VPN", "primary": True}]
        user["profileUrl"] = f"https://example.com/people/{index}"
    if index == 42:
        user["ims"] = [{"value": f"{local}@chat.example.com", "type": "xmpp"}]
