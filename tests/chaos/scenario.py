"""One seed's users, what is wanted of them, what others do to them after the plan, and what must be there in the end.

What is expected follows from how the seed was made, by plain dicts: no code under test has a say in it.
"""

import copy
from collections import Counter
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import pandas as pd

import scimrecon as sr
from chaos.faults import deadline_s
from chaos.process import Handle
from chaos.seeding import seeded
from chaos.server import CORE, ENTERPRISE, Resource

Cells = dict[str, str]
"""Path to text; ``""`` where the value shall go."""

_TITLES = ["Analyst", "Lead Analyst", "Engineer", "Head of Fraud", "Controller", None]
_DEPARTMENTS = ["Research", "Fraud", "Treasury", "Operations", None]
_NICKNAMES = ["Biddy", "Nick", "Wei", None]
_CHANGED_SHARE = 0.45
_DEACTIVATIONS = 4
_SURPRISES = {"noop": 2, "half": 2, "stale": 2, "elsewhere": 3, "gone": 1}
"""What others do after the plan is made, and to how many: all the change, a part of it, another value, something else, delete."""
_THIRD = "Someone Else's Title"

QUICK = replace(
    sr.dialects.RFC7644,
    name="chaos",
    timeout_s=0.8 * deadline_s,
    deadline_s=deadline_s,
    backoff_s=0.01,
    max_wait_s=2.5,
    versions=True,
)
PATIENT = replace(QUICK, timeout_s=60.0, deadline_s=60.0)
"""The same, where no fault is waited for: a machine that stands still for a moment is none either."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A seed's users and changes."""

    seed: int
    users: dict[str, Resource]
    cells: dict[str, Cells]
    """User id to what shall change."""
    surprises: dict[str, str] = field(default_factory=dict)
    """User id to what others do after the plan is made; never to a user's last doubt, so each has one right outcome."""

    def edits(self) -> dict[str, Resource]:
        """What others write, by user id."""
        return {user_id: self._edit(user_id, kind) for user_id, kind in self.surprises.items() if kind != "gone"}

    def _edit(self, user_id: str, kind: str) -> Resource:
        cells = self.cells[user_id]
        if kind == "elsewhere":
            return {"displayName": "Renamed Meanwhile"}
        if kind == "stale":
            return {"title": _THIRD}
        chosen = list(cells) if kind == "noop" else list(cells)[:1]
        after = with_cells(self.users[user_id], {path: cells[path] for path in chosen})
        return {name: after.get(name) for name in {path if path != "department" else ENTERPRISE for path in chosen}}

    def planned(self) -> set[str]:
        """Those whom the run should write to."""
        return {user_id for user_id in self.cells if self.surprises.get(user_id) not in ("noop", "stale", "gone")}

    def outcome_of(self, user_id: str) -> str:
        """What has to be said of a user when all is done."""
        return {"noop": "noop", "stale": "stale", "gone": "rejected"}.get(self.surprises.get(user_id, ""), "applied")

    def expected(self) -> dict[str, Resource]:
        """The users as the server must hold them when all is done."""
        edited = {user_id: {**user, **self.edits().get(user_id, {})} for user_id, user in self.users.items()}
        gone = {user_id for user_id, kind in self.surprises.items() if kind == "gone"}
        planned = self.planned()
        return {
            user_id: with_cells(user, self.cells[user_id] if user_id in planned else {})
            for user_id, user in edited.items()
            if user_id not in gone
        }


def make_scenario(seed: int, users: int) -> Scenario:
    """Make the users and changes of a seed."""
    random = seeded("scenario", seed)
    people = {user["id"]: user for user in (_person(random, number) for number in range(users))}
    chosen = random.sample(list(people), max(1, round(_CHANGED_SHARE * users)))
    cells = {user_id: _changes(random, people[user_id]) for user_id in chosen}
    for user_id in random.sample(chosen, min(_DEACTIVATIONS, len(chosen))):
        cells[user_id]["active"] = "false"
    return Scenario(seed=seed, users=people, cells=cells, surprises=_surprise(random, cells))


def prepare(scenario: Scenario, handle: Handle, dialect: sr.dialects.Dialect = QUICK) -> tuple[Any, Any]:
    """Fetch, compare and plan through the proxy, and let others do what they do; the target and the plan."""
    target = sr.connect(handle.url, dialect=dialect, **handle.credentials)
    diff = sr.compare(_desired(scenario), sr.fetch_users(target), on="userName", unlock=["active"])
    everyone = dict.fromkeys(["users", "deactivations", "clears"], len(scenario.users))
    plan = sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target, allow=everyone)
    wanted = Counter((user_id, path) for user_id, cells in scenario.cells.items() for path in cells)
    if Counter(zip(plan.changes["user_id"], plan.changes["path"], strict=True)) != wanted or len(plan.blocked):
        raise AssertionError(f"seed {scenario.seed}: the plan is not what the scenario wants: {plan!r}")
    for user_id, attributes in scenario.edits().items():
        handle.edit(user_id, attributes)
    for user_id, kind in scenario.surprises.items():
        if kind == "gone":
            handle.delete(user_id)
    return target, plan


def held(user: Resource, path: str) -> str:
    """The text at one of the scenario's paths; ``""`` where there is none."""
    value = user.get(ENTERPRISE, {}).get(path) if path == "department" else user.get(path)
    return str(value).lower() if isinstance(value, bool) else value or ""


def with_cells(user: Resource, cells: Cells) -> Resource:
    """The user with the changes made, by hand."""
    user = copy.deepcopy(user)
    for path, text in cells.items():
        place = user.setdefault(ENTERPRISE, {}) if path == "department" else user
        place[path] = text == "true" if path == "active" else text
        if text == "":
            del place[path]
    return user


def _person(random: Random, number: int) -> Resource:
    # Now and then an id that is no plain word: it is one path segment all the same.
    user_id = f"{number:04}/ü %2F?" if number % 40 == 7 else f"{random.getrandbits(48):012x}-{number:04}"
    given, family = random.choice(["Inés", "Bríd", "Wei", "Noor"]), random.choice(["Álvarez", "O'Brien", "Zhang", "Haddad"])
    optional = {"title": random.choice(_TITLES), "nickName": random.choice(_NICKNAMES)}
    department = random.choice(_DEPARTMENTS)
    return {
        "schemas": [CORE, ENTERPRISE],
        "id": user_id,
        "userName": f"person{number:04}@example.com",
        "name": {"givenName": given, "familyName": family},
        **{name: value for name, value in optional.items() if value},
        "active": True,
        "emails": [{"value": f"person{number:04}@example.com", "type": "work", "primary": True}],
        ENTERPRISE: {"costCenter": f"CC-{number % 9}", **({"department": department} if department else {})},
    }


def _changes(random: Random, user: Resource) -> Cells:
    """One to three cells that differ from what the user holds."""
    choices = {"title": _TITLES, "nickName": _NICKNAMES, "department": _DEPARTMENTS}
    paths = random.sample(list(choices), random.choice([1, 2, 2, 3]))
    return {path: random.choice([value or "" for value in choices[path] if (value or "") != held(user, path)]) for path in paths}


def _surprise(random: Random, cells: dict[str, Cells]) -> dict[str, str]:
    """Pick users for what others do, as far as there are enough."""
    free = random.sample(list(cells), len(cells))
    surprises: dict[str, str] = {}
    for kind, count in _SURPRISES.items():
        fit = [one for one in free if one not in surprises and _fits(kind, cells[one])]
        surprises |= dict.fromkeys(fit[: min(count, len(cells) // 8)], kind)
    return surprises


def _fits(kind: str, cells: Cells) -> bool:
    if kind == "stale":
        return "title" in cells
    return len(cells) > 1 if kind == "half" else True


def _desired(scenario: Scenario) -> pd.DataFrame:
    """A row a user: what is wanted where it shall change, blank where there is no opinion."""
    paths = ["title", "nickName", "department", "active"]
    rows = {"userName": [user["userName"] for user in scenario.users.values()]}
    rows |= {path: [scenario.cells.get(user_id, {}).get(path) for user_id in scenario.users] for path in paths}
    return pd.DataFrame(rows, dtype="str")
