"""The whole flow against a SCIM server that others wrote, judged by plain HTTP and none of our code.

What is kept apart here is the truth: who was seeded, what the analyst asks for, and what each user must then hold, worked out
by hand and not by our paths.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field

import every_rule
import pandas as pd
import pytest
from resources import meaning

import scimrecon as sr
from scimrecon.reversal import undo

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
GIVEN = ["Siobhán", "Jürgen", "Zoë", "Søren", "Łucja", "Ana María", "孝", "Noor"]
FAMILY = ["O'Brien", "Müller", "van der Berg", "Ångström", "Wójcik", "Null", "山田"]

# Of the test alone: the first one's fixtures install the server.
pytestmark = pytest.mark.timeout(60, func_only=True)


def person(number):
    """A user with much that nobody will ask to change; some lack a phone, some the enterprise extension."""
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
    user = {
        "schemas": [CORE],
        "externalId": f"E{number:05}",
        "userName": f"person{number}@example.com",
        "name": {"givenName": given, "familyName": family, "honorificPrefix": "Dr."},
        "displayName": f"{given} {family}",
        "nickName": given[:2],
        "profileUrl": f"https://people.example.com/{number}",
        "title": "Analyst",
        "userType": "Employee",
        "preferredLanguage": "en-IE",
        "locale": "en-IE",
        "timezone": "Europe/Dublin",
        "active": True,
        "emails": [
            {"value": f"person{number}@example.com", "type": "work", "primary": True},
            {"value": f"person{number}@home.example", "type": "home"},
        ],
        "phoneNumbers": [{"value": f"+353 86 555 {number:04}", "type": "mobile"}],
        "addresses": [{"streetAddress": f"{number} Quay Street\nUnit 2", "locality": "Galway", "country": "IE", "type": "work"}],
        "roles": [{"value": "viewer", "display": "Viewer"}, {"value": "approver", "primary": True}],
    }
    if number % 4:
        user["phoneNumbers"].insert(0, {"value": f"+353 1 555 {number:04}", "type": "work", "primary": True})
    if number % 3:
        user["schemas"].append(ENTERPRISE)
        user[ENTERPRISE] = {"employeeNumber": f"{number:07}", "costCenter": "0042", "department": "Finance"}
    return user


def work_phone(user):
    return next((one["value"] for one in user["phoneNumbers"] if one["type"] == "work"), None)


def set_work_phone(user, value):
    element = next((one for one in user["phoneNumbers"] if one["type"] == "work"), None)
    if element is None:
        element = {"type": "work"}
        user["phoneNumbers"].append(element)
    element["value"] = value


def set_department(user, value):
    if ENTERPRISE not in user["schemas"]:
        user["schemas"].append(ENTERPRISE)
    user.setdefault(ENTERPRISE, {})["department"] = value


@dataclass(frozen=True, kw_only=True)
class Correction:
    """One path that is wrong for some users."""

    path: str
    every: int
    """Who is wrong: each user whose number this divides."""
    after: str
    """What the export says of those; ``''`` clears."""
    held: Callable[[dict], str | None]
    """What a user holds now: what the export says of all others."""
    make: Callable[[dict], object]
    """The correction as a person would make it."""
    threshold: str = "users"


CORRECTIONS = [
    Correction(
        path="title", every=2, after="Principal Engineer, R&D",
        held=lambda user: user["title"],
        make=lambda user: user.update(title="Principal Engineer, R&D"),
    ),
    Correction(
        path="department", every=5, after="Forschung & Entwicklung",
        held=lambda user: user.get(ENTERPRISE, {}).get("department"),
        make=lambda user: set_department(user, "Forschung & Entwicklung"),
    ),
    Correction(
        path='phoneNumbers[type eq "work"].value', every=6, after="+353 1 900 1000",
        held=work_phone,
        make=lambda user: set_work_phone(user, "+353 1 900 1000"),
    ),
    Correction(
        path="nickName", every=7, after="",
        held=lambda user: user["nickName"],
        make=lambda user: user.pop("nickName"),
        threshold="clears",
    ),
    Correction(
        path="active", every=11, after="false",
        held=lambda user: str(user["active"]).lower(),
        make=lambda user: user.update(active=False),
        threshold="deactivations",
    ),
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What the analyst asks for, and what must come of it."""

    desired: pd.DataFrame
    expected: dict[str, dict]
    """Id to the user as it must be afterwards."""
    cells: set[tuple[str, str]]
    """The user and path of every change."""
    allow: dict[str, int]
    options: dict = field(default_factory=lambda: {"on": ["userName"], "unlock": ["active"]})
    """Of `compare`."""


def wish(seeded, corrections=CORRECTIONS):
    rows = [{"userName": user["userName"]} for user in seeded.values()]
    expected, cells, allow = copy.deepcopy(seeded), set(), {}
    for number, (user_id, user) in enumerate(seeded.items()):
        for one in corrections:
            wrong = number % one.every == 0
            rows[number][one.path] = one.after if wrong else one.held(user)
            if wrong:
                one.make(expected[user_id])
                cells.add((user_id, one.path))
    for threshold in {one.threshold for one in corrections} | {"users"}:
        paths = {one.path for one in corrections if threshold in ("users", one.threshold)}
        allow[threshold] = len({user_id for user_id, path in cells if path in paths})
    return Wish(desired=pd.DataFrame(rows, dtype="str"), expected=expected, cells=cells, allow=allow)


def seed(scimmy, count):
    """Id to the user as the server holds it, in the order they were made."""
    made = [scimmy.create(person(number)) for number in range(count)]
    return {user["id"]: user for user in made}


@pytest.fixture
def seeded(scimmy):
    return seed(scimmy, 120)


@pytest.fixture
def target(scimmy):
    return sr.connect(scimmy.url, token=scimmy.token, dialect="rfc7644")


def everyone(target, scimmy, seeded):
    """All users; by id where the server's list shows its first page only."""
    return sr.fetch_users(target) if scimmy.pages else sr.fetch_users(target, ids=seeded)


def comparable(user):
    """A user with its elements in one order, and without the time of its last change."""
    ordered = {name: sorted(value, key=str) if isinstance(value, list) else value for name, value in user.items()}
    return ordered | {"meta": {name: value for name, value in user["meta"].items() if name != "lastModified"}}


def test_the_seeded_users_are_held_as_they_were_sent(scimmy):
    for number, user in enumerate(seed(scimmy, 12).values()):
        held = {name: value for name, value in user.items() if name not in ("id", "meta")}
        assert held == person(number)


@pytest.mark.parametrize("installed", ["express4"], indirect=True)
def test_a_list_that_starts_anew_past_its_end_is_read_once_and_whole(target, scimmy, seeded):
    assert scimmy.list_ids(start=121) == list(seeded)[:100]  # for ever: it never comes to an empty page
    users = sr.fetch_users(target)
    assert users.frame["id"].tolist() == list(seeded)
    assert str(users.complete) == "proven: 120 users, as the total says, and nobody new past the end"


@pytest.mark.parametrize("installed", ["express5"], indirect=True)
def test_a_list_whose_every_page_is_the_first_is_doubted_and_the_ids_still_give_everyone(target, scimmy, seeded):
    assert scimmy.list_ids(start=101) == list(seeded)[:20]  # for ever, and never more than twenty
    users = sr.fetch_users(target)
    assert users.frame["id"].tolist() == list(seeded)[:20]
    assert users.complete.verdict == "doubtful"
    assert "others may be missing (20 found, total 120)" in users.complete.reason
    assert sr.fetch_users(target, ids=seeded).frame["id"].tolist() == list(seeded)


def test_the_flow_gives_every_user_what_was_asked_and_nothing_else(target, scimmy, seeded, tmp_path):
    asked = wish(seeded)
    diff = sr.compare(asked.desired, everyone(target, scimmy, seeded), **asked.options)
    ticked = diff.changes[diff.tickable]
    assert set(ticked[["user_id", "path"]].itertuples(index=False, name=None)) == asked.cells
    assert len(diff.changes) == len(asked.cells)

    plan = sr.plan_puts(diff.select(ticked.index), target, allow=asked.allow)
    assert plan.blocked.empty
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "all.run")

    assert results.frame["outcome"].value_counts().to_dict() == {"applied": len({user_id for user_id, _ in asked.cells})}
    held = {user_id: scimmy.read(user_id) for user_id in seeded}
    for user_id, user in asked.expected.items():
        assert comparable(held[user_id]) == comparable(user)
    written = {user_id for user_id, user in held.items() if user["meta"] != seeded[user_id]["meta"]}
    assert written == {user_id for user_id, _ in asked.cells}
    again = sr.compare(asked.desired, everyone(target, scimmy, seeded), **asked.options)
    assert again.changes.empty
    assert set(again.users["status"]) == {"in_sync"}


def test_a_name_someone_took_in_the_meantime_is_rejected_and_the_rest_goes_out(target, scimmy, tmp_path):
    seeded = seed(scimmy, 2)
    first, second = seeded
    desired = pd.DataFrame({"externalId": ["E00000", "E00001"], "userName": ["siobhan@example.com", "jurgen@example.com"]})
    users = sr.fetch_users(target, ids=[first, second])
    diff = sr.compare(desired, users, on=["externalId"], unlock=["userName"])
    plan = sr.plan_puts(diff.select(diff.changes.index), target)
    scimmy.create(person(500) | {"userName": "Siobhan@example.com"})
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "names.run").frame.set_index("user_id")
    assert results["outcome"].to_dict() == {first: "rejected", second: "applied"}
    assert results.loc[first, ["http_status", "scim_type"]].tolist() == [409, "uniqueness"]
    assert scimmy.read(first) == seeded[first]
    assert scimmy.read(second)["userName"] == "jurgen@example.com"


def test_one_run_converges_with_every_comparator_and_policy(target, scimmy, tmp_path):
    seeded = {login: scimmy.create(user) for login, user in every_rule.make_people().items()}
    ids = {user["id"]: login for login, user in seeded.items()}
    desired = sr.map_users(every_rule.make_rows(), every_rule.MAPPING)
    diff = sr.compare(desired, everyone(target, scimmy, ids), **every_rule.OPTIONS)
    ticked = diff.changes.index[diff.changes["status"] == "open"]
    plan = sr.plan_puts(diff.select(ticked, cosmetic=True), target, allow=every_rule.ALLOW)
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "rules.run")

    assert set(results.frame["outcome"]) == {"applied"}
    for login, user in every_rule.make_expected(seeded).items():
        assert every_rule.comparable(scimmy.read(user["id"])) == every_rule.comparable(user), login
    again = sr.compare(desired, everyone(target, scimmy, ids), **every_rule.OPTIONS)
    assert set(again.changes["status"]) == {"locked"}
    assert {ids[user_id] for user_id in again.changes["user_id"]} == every_rule.HELD_BACK


def undone(results, target, run):
    """Undo all of a run that can be undone, and give the diff of it."""
    diff = undo(results, target)
    plan = sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target)
    assert plan.blocked.empty
    again = sr.apply_plan(plan, target, dry_run=False, run=run, progress=False)
    assert set(again.frame["outcome"]) == {"applied"}
    return diff


def test_a_run_with_every_comparator_and_policy_is_undone_to_the_letter(target, scimmy, tmp_path):
    seeded = {login: scimmy.create(user) for login, user in every_rule.make_people().items()}
    ids = {user["id"]: login for login, user in seeded.items()}
    desired = sr.map_users(every_rule.make_rows(), every_rule.MAPPING)
    diff = sr.compare(desired, everyone(target, scimmy, ids), **every_rule.OPTIONS)
    ticked = diff.changes.index[diff.changes["status"] == "open"]
    plan = sr.plan_puts(diff.select(ticked, cosmetic=True), target, allow=every_rule.ALLOW)
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "rules.run", progress=False)

    assert undone(results, target, tmp_path / "undo.run").findings.empty
    for login, user in seeded.items():
        assert meaning(scimmy.read(user["id"])) == meaning(user), login


TAKEN = {
    'phoneNumbers[type eq "work"].value': "",
    'roles[value eq "viewer"].value': "",
    'roles[value eq "auditor"].value': "auditor",
    'emails[type eq "home"].value': "siobhan@home.example",
    'addresses[type eq "home"].locality': "Cork",
    'addresses[type eq "home"].country': "IE",
    "department": "Forschung & Entwicklung",
    "name.honorificPrefix": "",
    "active": "false",
    "userName": "siobhan@example.com",
}
"""What is asked of each user; the userName gets a number."""


def test_elements_come_back_with_all_their_members_and_what_was_added_goes(target, scimmy, tmp_path):
    seeded = seed(scimmy, 6)
    manager = next(iter(seeded))
    rows = [
        {"id": user_id, **TAKEN, "userName": f"{number}{TAKEN['userName']}", "manager.value": manager}
        for number, user_id in enumerate(seeded)
        if user_id != manager
    ]
    desired = pd.DataFrame(rows, dtype="str")
    diff = sr.compare(desired, sr.fetch_users(target, ids=seeded), on="id", unlock=["active", "userName", "emails"])
    assert set(diff.changes["status"]) == {"open"}
    allow = {"users": 9, "clears": 9, "deactivations": 9, "identity": 9}
    plan = sr.plan_puts(diff.select(diff.changes.index), target, allow=allow)
    assert plan.blocked.empty
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "all.run", progress=False)
    assert set(results.frame["outcome"]) == {"applied"}

    assert undone(results, target, tmp_path / "undo.run").findings.empty
    for user_id, user in seeded.items():
        assert meaning(scimmy.read(user_id)) == meaning(user)
