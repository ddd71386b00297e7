"""What goes wrong in the field at full scale is stopped before the first request, by a number the analyst has to say herself.

Each row of the table is a plan somebody once sent. It is made like any other; sending it is refused with the threshold, the
figure and the exact `allow` that means it; with that `allow` it goes out.
"""

import ast
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pytest
from fake_scim import CORE, ENTERPRISE, FakeScim

import scimrecon as sr
from scimrecon.dialects import RFC7644
from scimrecon.errors import CompareError, PlanError

pytestmark = pytest.mark.usefixtures("folder")

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
BRISK = replace(RFC7644, backoff_s=0.01)
GIVEN = ["Inés", "Bríd", "Wei", "Ada", "Tomás"]
FAMILY = ["Álvarez", "O'Brien", "Zhang", "Okonkwo", "Weiß", "Ng", "Haddad"]
TITLES = ["Analyst", "Buyer", "Clerk"]
DEPARTMENTS = ["Finance", "Operations", "Legal", "Research"]
PHONE = 'phoneNumbers[type eq "work"].value'
EMAIL = 'emails[type eq "work"].value'


def employee(number):
    """One of a company in which nobody is like their neighbour."""
    given, family = GIVEN[number % len(GIVEN)], FAMILY[number % len(FAMILY)]
    return {
        "schemas": [CORE, ENTERPRISE],
        "id": f"id-{number:03}",
        "userName": f"person{number:03}@example.com",
        "externalId": f"{417 + number:06}",
        "name": {"givenName": given, "familyName": family},
        "title": TITLES[number % len(TITLES)],
        "locale": "en-GB",
        "active": True,
        "emails": [{"type": "work", "value": f"person{number:03}@example.com", "primary": True}],
        "phoneNumbers": [{"type": "work", "value": f"+44 20 7946 {number:04}"}],
        "roles": [{"value": f"project-{number:03}"}],
        ENTERPRISE: {
            "department": DEPARTMENTS[number % len(DEPARTMENTS)],
            "costCenter": f"CC-{4100 + 100 * (number % 9)}",
            **({"manager": {"value": f"id-{number // 8:03}"}} if number else {}),
        },
    }


def company(users):
    """The company as an export has it: one row a user, texts only."""
    return pd.DataFrame(
        {
            "externalId": [user["externalId"] for user in users],
            "userName": [user["userName"] for user in users],
            "name.givenName": [user["name"]["givenName"] for user in users],
            "name.familyName": [user["name"]["familyName"] for user in users],
            "title": [user["title"] for user in users],
            "department": [user[ENTERPRISE]["department"] for user in users],
            "costCenter": [user[ENTERPRISE]["costCenter"] for user in users],
        },
        dtype="str",
    )


def only(rows, **columns):
    """Rows that ask for nothing but these."""
    asked = {path.replace("__", "."): texts for path, texts in columns.items()}
    return rows[["externalId"]].assign(**asked)


def first(rows, number, text):
    """A text for the first few rows, and no opinion on the others."""
    return pd.Series(text, index=rows.index, dtype="str").where(pd.Series(range(len(rows))) < number)


def another_company(rows):
    """Whoever made it numbers employees in the same way."""
    return rows.assign(
        **{
            "userName": rows["userName"].str.replace("example.com", "rival.example"),
            "name.givenName": rows["name.givenName"].array[::-1] + "-Marie",
            "name.familyName": rows["name.familyName"] + "-Dubois",
            "title": "Cheffe de cuisine",
        }
    )


@dataclass(frozen=True, kw_only=True)
class Danger:
    """A plan that was not meant, or is not meant often."""

    named: str
    asked: Callable[[pd.DataFrame], pd.DataFrame]
    """What the export asks for, of the company as it is."""
    said: tuple[str, ...]
    """What the refusal says, threshold by threshold."""
    allow: Mapping[str, int]
    """What the refusal prints."""
    size: int = 60
    on: str = "externalId"
    options: Mapping[str, object] = field(default_factory=dict)
    """Of `compare`."""
    cosmetic: bool = False
    inactive: tuple[int, ...] = ()


OVERWRITTEN = "60 users would have a value overwritten, over 12 (max(5, 20% of 60 matched users))"
SIGN_IN = "60 users would change in what they sign in with, over 5 (max(5, 1% of 60 matched users))"
DANGERS = [
    Danger(
        named="all titles cleared",
        asked=lambda rows: only(rows, title=""),
        said=(OVERWRITTEN, "60 users would lose title, over 5 (max(5, 1% of 60 matched users))"),
        allow={"users": 60, "clears": 60},
    ),
    Danger(
        named="department cleared for 2 %",
        size=300,
        asked=lambda rows: only(rows, department=first(rows, 6, "")),
        said=("6 users would lose department, over 5 (max(5, 1% of 300 matched users))",),
        allow={"clears": 6},
    ),
    Danger(
        named="all managers cleared",
        asked=lambda rows: only(rows, manager__value=""),
        said=(
            OVERWRITTEN.replace("60 users", "59 users", 1),
            "59 users would lose manager.value, over 5 (max(5, 1% of 60 matched users))",
        ),
        allow={"users": 59, "clears": 59},
    ),
    Danger(
        named="twelve lose a role, each another one",
        asked=lambda rows: only(rows, roles=first(rows, 12, "")),
        options={"policies": {"roles": "force"}},
        said=("12 users would lose roles, over 5 (max(5, 1% of 60 matched users))",),
        allow={"clears": 12},
    ),
    Danger(
        named="30 % deactivated",
        asked=lambda rows: only(rows, active=first(rows, 18, "false")),
        options={"unlock": ["active"]},
        said=(
            "18 users would have a value overwritten, over 12 (max(5, 20% of 60 matched users))",
            "18 users would be deactivated, over 5 (max(5, 2% of 60 matched users))",
        ),
        allow={"users": 18, "deactivations": 18},
    ),
    Danger(
        named="6 of 30 deactivated",
        size=30,
        asked=lambda rows: only(rows, active=first(rows, 6, "false")),
        options={"unlock": ["active"]},
        said=("6 users would be deactivated, over 5 (max(5, 2% of 30 matched users))",),
        allow={"deactivations": 6},
    ),
    Danger(
        named="one reactivation",
        inactive=(7,),
        asked=lambda rows: only(rows, active="true"),
        options={"unlock": ["active"]},
        said=("1 user would be switched on again, over 0 (none unless allowed)",),
        allow={"reactivations": 1},
    ),
    Danger(
        named="another mail domain for everyone",
        asked=lambda rows: only(rows).assign(**{EMAIL: rows["userName"].str.replace("example.com", "corp.example")}),
        options={"unlock": ["emails"]},
        said=(OVERWRITTEN, SIGN_IN),
        allow={"users": 60, "identity": 60},
    ),
    Danger(
        named="another login for everyone",
        asked=lambda rows: only(rows, userName=rows["userName"].str.replace("example.com", "corp.example")),
        options={"unlock": ["userName"]},
        said=(OVERWRITTEN, SIGN_IN),
        allow={"users": 60, "identity": 60},
    ),
    Danger(
        named="employees numbered anew",
        on="userName",
        asked=lambda rows: rows[["userName"]].assign(externalId=[f"W-{number:05}" for number in range(len(rows))]),
        options={"unlock": ["externalId"]},
        said=(OVERWRITTEN, SIGN_IN),
        allow={"users": 60, "identity": 60},
    ),
    Danger(
        named="title and department swapped",
        asked=lambda rows: only(rows, title=rows["department"], department=rows["title"]),
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="given and family name swapped",
        asked=lambda rows: only(rows, name__givenName=rows["name.familyName"], name__familyName=rows["name.givenName"]),
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="the export of another company with the same numbers",
        asked=another_company,
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="one phone for everyone",
        asked=lambda rows: only(rows).assign(**{PHONE: "+44 20 7946 9999"}),
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="one locale for everyone", asked=lambda rows: only(rows, locale="en-US"), said=(OVERWRITTEN,), allow={"users": 60}
    ),
    Danger(
        named="a cell dragged down counts up",
        asked=lambda rows: only(rows, costCenter=[f"CC-{4101 + number}" for number in range(len(rows))]),
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="names in capitals, ticked though only formatting",
        asked=lambda rows: only(rows, name__familyName=rows["name.familyName"].str.upper()),
        cosmetic=True,
        said=(OVERWRITTEN,),
        allow={"users": 60},
    ),
    Danger(
        named="7 of 30 titles",
        size=30,
        asked=lambda rows: only(rows, title=first(rows, 7, "Engineer")),
        said=("7 users would have a value overwritten, over 6 (max(5, 20% of 30 matched users))",),
        allow={"users": 7},
    ),
]


@dataclass
class World:
    """A target whose users a danger is about, and the selection that asks for it."""

    server: FakeScim
    target: sr.Target
    diff: sr.Diff
    selection: sr.Selection

    def plan(self, **given):
        return sr.plan_puts(self.selection, self.target, **given)


@pytest.fixture
def danger(request):
    return request.param


@pytest.fixture
def world(danger):
    users = [{**employee(number), "active": number not in danger.inactive} for number in range(danger.size)]
    with FakeScim(users) as server:
        target = sr.connect(server, dialect=BRISK)
        diff = sr.compare(danger.asked(company(users)), sr.fetch_users(target), on=danger.on, **danger.options)
        ticked = diff.changes.index[diff.tickable | (danger.cosmetic & (diff.changes["kind"] == "cosmetic"))]
        yield World(server, target, diff, diff.select(ticked, cosmetic=danger.cosmetic))


every_danger = pytest.mark.parametrize("danger", DANGERS, ids=lambda danger: danger.named, indirect=True)


def send(plan, target, **options):
    return sr.apply_plan(plan, target, **{"dry_run": False, "canary": False, "progress": False, "run": "one.run", **options})


def refused(plan, target):
    with pytest.raises(PlanError) as caught:
        send(plan, target)
    return str(caught.value)


def printed_allow(message):
    return ast.literal_eval(re.search(r"allow=(\{.*\})", message)[1])


@every_danger
def test_it_is_stopped_before_the_first_request_with_figures_and_the_allow_that_means_it(danger, world, folder):
    plan = world.plan()
    asked = len(world.server.log)

    message = refused(plan, world.target)

    assert "refused as it stands: over the threshold of" in str(plan)
    assert message == f"{'; '.join(danger.said)}. If that is meant: plan_puts(selection, target, allow={dict(danger.allow)})."
    assert len(world.server.log) == asked
    assert list(folder.iterdir()) == []


@every_danger
def test_the_printed_allow_lets_it_out_and_one_user_less_does_not(danger, world):
    allow = printed_allow(refused(world.plan(), world.target))
    for name, number in allow.items():
        message = refused(world.plan(allow={**allow, name: number - 1}), world.target)
        assert printed_allow(message) == {name: number}
        assert f", over {number - 1} (" in message
    assert world.server.asked("PUT") == []
    plan = world.plan(allow=allow)

    results = send(plan, world.target)

    assert allow == danger.allow
    assert results.frame["outcome"].unique().tolist() == ["applied"]
    assert {one.user_id for one in world.server.asked("PUT")} == set(plan.changes["user_id"])


@every_danger
def test_a_dry_run_is_not_stopped_and_says_that_sending_would_be(danger, world, folder):
    plan = world.plan()

    results = sr.apply_plan(plan, world.target, progress=False)

    assert results.frame["outcome"].unique().tolist() == ["would_apply"]
    assert results.refusal == refused(plan, world.target)
    assert world.server.asked("PUT") == []
    assert list(folder.iterdir()) == []


# Below the threshold, and around it


def plan_for(server, asked, **options):
    target = sr.connect(server, dialect=BRISK)
    diff = sr.compare(asked, sr.fetch_users(target), on="externalId", **options)
    return sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target), target


@pytest.mark.parametrize(
    ("column", "number"), [({"title": "Engineer"}, 6), ({"active": "false"}, 5), ({"title": ""}, 5), ({"userName": "new"}, 5)]
)
def test_as_many_as_the_threshold_go_out(column, number):
    users = [employee(each) for each in range(30)]
    rows = company(users)
    [(path, text)] = column.items()
    texts = rows["userName"].str.replace("person", text) if path == "userName" else pd.Series(text, index=rows.index, dtype="str")
    with FakeScim(users) as server:
        plan, target = plan_for(server, only(rows, **{path: texts.where(rows.index < number)}), unlock=["active", "userName"])
        assert send(plan, target).frame["outcome"].tolist() == ["applied"] * number


def test_a_narrower_plan_is_judged_by_the_users_matched_in_the_whole_comparison():
    users = [employee(number) for number in range(30)]
    with FakeScim(users) as server:
        plan, target = plan_for(server, only(company(users), title="Engineer"))
        narrow = plan.select(plan.requests["user_id"][:7])
        assert "7 users would have a value overwritten, over 6 (max(5, 20% of 30 matched users))" in refused(narrow, target)
        assert len(send(plan.select(plan.requests["user_id"][:6]), target).frame) == 6


def test_a_narrower_comparison_is_judged_by_the_fewer_users_it_matched():
    users = [employee(number) for number in range(30)]
    with FakeScim(users) as server:
        plan, target = plan_for(server, only(company(users), title="Engineer")[:6])
        assert "6 users would have a value overwritten, over 5 (max(5, 20% of 6 matched users))" in refused(plan, target)


def test_a_plan_that_only_fills_what_was_empty_is_not_stopped_and_says_that_it_is_one_pattern():
    users = [{**employee(number), "phoneNumbers": []} for number in range(60)]
    with FakeScim(users) as server:
        plan, target = plan_for(server, only(company(users)).assign(**{PHONE: "+44 20 7946 9999"}))
        assert plan.warnings["warning"].str.startswith("60 of 60 changes are one pattern").tolist() == [True]
        assert send(plan, target).refusal == ""


def test_users_a_plan_blocks_do_not_count():
    users = [{name: held for name, held in employee(number).items() if number < 12 or name != "active"} for number in range(60)]
    with FakeScim(users) as server:
        plan, target = plan_for(server, only(company(users), title="Engineer"))
        assert len(plan.blocked) == 48
        assert send(plan, target).frame["outcome"].value_counts().to_dict() == {"blocked": 48, "applied": 12}


def test_an_absent_user_is_never_deactivated():
    users = [employee(number) for number in range(60)]
    with FakeScim(users) as server:
        plan, _ = plan_for(server, only(company(users), active="true")[:5], unlock=["active"])
        assert plan.changes.empty


# An export whose rows are out of step


@pytest.fixture(scope="module")
def sample():
    return json.loads((SAMPLE / "rfc7644_users.json").read_text(encoding="utf-8"))["Resources"]


def out_of_step(folder, columns):
    """The sample's export after one or two columns slipped down by one row against the others."""
    rows = sr.read_export(SAMPLE / "workday.csv").rows
    slipped = {name: [rows[name].iloc[-1], *rows[name].iloc[:-1]] for name in columns}
    rows.assign(**slipped).to_csv(folder / "slipped.csv", index=False)
    return sr.read_export(folder / "slipped.csv")


SLIPS = {
    "employee numbers": (["Employee_ID"], ["keys_disagree", "values_shifted"], 475),
    "numbers and logins": (["Employee_ID", "Email"], ["values_shifted"], 489),
}


@pytest.mark.parametrize(("columns", "findings", "users"), SLIPS.values(), ids=SLIPS)
def test_keys_one_row_off_are_stopped_by_compare_and_if_accepted_by_name_by_the_thresholds(
    folder, sample, columns, findings, users
):
    export = out_of_step(folder, columns)
    desired = sr.map_users(export, export.mapping)
    assert "red" not in set(export.findings["severity"]), "the file alone shows nothing: each column is as it should be"
    with FakeScim(sample) as server:
        target = sr.connect(server, dialect=BRISK)
        current = sr.fetch_users(target)
        with pytest.raises(CompareError, match=r"values_shifted: .*another user has now.* If that is known and meant") as caught:
            sr.compare(desired, current, on=["externalId", "userName"], region="GB")
        accept = ast.literal_eval(re.search(r"accept=(\[.*\])", str(caught.value))[1])
        assert sorted(accept) == findings

        diff = sr.compare(desired, current, on=["externalId", "userName"], region="GB", accept=accept)
        message = refused(sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target), target)

        assert message.startswith(
            f"{users} users would have a value overwritten, over {users // 5} (max(5, 20% of {users} matched"
        )
        assert printed_allow(message) == {"users": users}
        assert server.asked("PUT") == []


def test_logins_one_row_off_are_stopped_by_compare_and_stay_locked_if_accepted(folder, sample):
    export = out_of_step(folder, ["Email"])
    desired = sr.map_users(export, export.mapping)
    with FakeScim(sample) as server:
        current = sr.fetch_users(sr.connect(server, dialect=BRISK))
        with pytest.raises(CompareError, match=r"values_shifted: \d+ users would get as emails.*keys_disagree"):
            sr.compare(desired, current, on=["externalId", "userName"], region="GB")
        diff = sr.compare(
            desired, current, on=["externalId", "userName"], region="GB", accept=["values_shifted", "keys_disagree"]
        )
        slipped = diff.changes[diff.changes["path"].isin(["userName", EMAIL]) & (diff.changes["kind"] != "cosmetic")]
        assert len(slipped) > 800
        assert not diff.tickable[slipped.index].any()
