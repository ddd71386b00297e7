"""The truth table of policies, as README.md prints it, against what `compare` does."""

import json
import re
from itertools import product
from pathlib import Path

import pandas as pd
import pytest
from resources import users_of

import scimrecon as sr
from scimrecon.errors import CompareError

README = Path(__file__).parents[1] / "README.md"
WORK, HOME = 'phoneNumbers[type eq "work"].value', {"type": "home", "value": "+49 30 901820"}
CASES = ["nothing", "other elements", "other value", "formatting", "to clear", "surplus"]


def read_table():
    """Policy to what it lets happen in each case, as the README says."""
    text = README.read_text()
    start = text.index("| policy | nothing |")
    header, _, *rows = [
        [cell.strip(" `") for cell in line.strip("|").split("|")] for line in text[start : text.index("\n\n", start)].splitlines()
    ]
    return {row[0]: dict(zip(header[1:], row[1:], strict=True)) for row in rows}


TABLE = read_table()


def single(case):
    """A value attribute: what the target holds, and the cell of the export."""
    return {
        "nothing": (None, "Clerk"),
        "other value": ("Chief", "Clerk"),
        "formatting": ("CLERK", "Clerk"),
        "to clear": ("Chief", ""),
    }.get(case)


def element(case):
    """A typed element: what the target holds, and the cell of the export."""
    return {
        "nothing": ([], "+44 20 7946 0000"),
        "other elements": ([HOME], "+44 20 7946 0000"),
        "other value": ([HOME, {"type": "work", "value": "+44 20 7946 0001"}], "+44 20 7946 0000"),
        "formatting": ([{"type": "work", "value": "+442079460000"}], "+44 20 7946 0000"),
        "to clear": ([{"type": "work", "value": "+44 20 7946 0001"}], ""),
    }.get(case)


def whole(case):
    """A whole set: what the target holds, and the cell of the export."""
    return {
        "nothing": ([], '["auditor"]'),
        "other elements": ([{"value": "owner"}], '["auditor", "owner"]'),
        "formatting": ([{"value": "AUDITOR"}], '["auditor"]'),
        "to clear": ([{"value": "owner"}], ""),
        "surplus": ([{"value": "auditor"}, {"value": "owner"}], '["auditor"]'),
    }.get(case)


SHAPES = {"title": ("title", single), WORK: ("phoneNumbers", element), "roles": ("roles", whole)}


def the_change(path, held, cell, **options):
    name = SHAPES[path][0]
    user = {"userName": "obrien"} | ({} if held is None else {name: held})
    frame = pd.DataFrame({"userName": ["obrien"], path: [cell]}, dtype="str")
    diff = sr.compare(frame, users_of([user]), on="userName", **options)
    mine = diff.changes[diff.changes["path"].eq(path) | diff.changes["path"].str.startswith("roles[")]
    assert len(mine) < 2
    return diff, (mine.iloc[0] if len(mine) else None)


def verdict(diff, change):
    """In the words of the table."""
    if change is None:
        return "–"
    if change["status"] == "open":
        return "on request" if change["kind"] == "cosmetic" else "tick"
    assert change["status"] == "locked"
    assert not diff.tickable[change.name]
    return "unlock" if change["policy"] == "locked" else "held"


def test_the_table_has_every_policy_and_every_case():
    assert list(TABLE) == ["force", "merge", "add_only", "fill_if_empty", "keep", "locked", "ignore"]
    assert all(list(row) == CASES for row in TABLE.values())


@pytest.mark.parametrize(
    ("policy", "path", "case", "by_name"),
    [
        (policy, path, case, by_name)
        for policy, (path, (_, shape)), case, by_name in product(TABLE, SHAPES.items(), CASES, [False, True])
        if shape(case) is not None
    ],
)
def test_a_policy_does_what_the_readme_says(policy, path, case, by_name):
    held, cell = SHAPES[path][1](case)
    diff, change = the_change(path, held, cell, policies={SHAPES[path][0] if by_name else path: policy})
    assert verdict(diff, change) == TABLE[policy][case]


@pytest.mark.parametrize(("path", "case"), [(path, case) for path in SHAPES for case in CASES if SHAPES[path][1](case)])
def test_what_is_locked_by_policy_is_forced_once_unlocked(path, case):
    held, cell = SHAPES[path][1](case)
    diff, change = the_change(path, held, cell, policies={path: "locked"}, unlock=[path])
    assert verdict(diff, change) == TABLE["force"][case]


@pytest.mark.parametrize(("path", "case"), [(path, case) for path in SHAPES for case in CASES if SHAPES[path][1](case)])
def test_without_a_policy_an_attribute_is_forced_and_a_whole_set_merged(path, case):
    diff, change = the_change(path, *SHAPES[path][1](case))
    assert verdict(diff, change) == TABLE["merge" if path == "roles" else "force"][case]


@pytest.mark.parametrize("policy", [policy for policy in TABLE if policy != "ignore"])
@pytest.mark.parametrize(("case", "held", "cell"), [("nothing", None, "E1"), ("other value", "E2", "E1"), ("to clear", "E2", "")])
def test_identity_is_locked_on_top_of_any_policy(policy, case, held, cell):
    user = {"userName": "obrien"} | ({} if held is None else {"externalId": held})
    frame = pd.DataFrame({"userName": ["obrien"], "externalId": [cell]}, dtype="str")
    options = {"on": "userName", "policies": {"externalId": policy}}
    locked = sr.compare(frame, users_of([user]), **options)
    assert verdict(locked, locked.changes.iloc[0]) == "unlock"
    unlocked = sr.compare(frame, users_of([user]), unlock=["externalId"], **options)
    expected = TABLE["force" if policy == "locked" else policy][case]
    assert verdict(unlocked, unlocked.changes.iloc[0]) == expected


@pytest.mark.parametrize("policy", TABLE)
@pytest.mark.parametrize("path", SHAPES)
def test_blank_and_equal_cells_are_never_a_change(policy, path):
    held = {"title": "Clerk", WORK: [{"type": "work", "value": "+44 20 7946 0000"}], "roles": [{"value": "auditor"}]}[path]
    same = {"title": "Clerk", WORK: "+44 20 7946 0000", "roles": '["auditor"]'}[path]
    for cell in (None, same):
        assert the_change(path, held, cell, policies={path: policy})[1] is None
    assert the_change(path, None, "", policies={path: policy})[1] is None


# Sets and elements


def changes_of(user, frame, **options):
    diff = sr.compare(pd.DataFrame(frame, dtype="str"), users_of([user]), on="userName", **options)
    return {
        path: (kind, status)
        for path, kind, status in zip(diff.changes["path"], diff.changes["kind"], diff.changes["status"], strict=True)
    }


def test_force_on_an_attribute_by_name_takes_away_the_elements_no_column_names():
    phones = [{"type": "work", "value": "1"}, {"type": "fax", "value": "2"}, {"value": "3"}, HOME]
    found = changes_of(
        {"userName": "obrien", "phoneNumbers": phones}, {"userName": ["obrien"], WORK: ["1"]}, policies={"phoneNumbers": "force"}
    )
    assert found == {
        'phoneNumbers[type eq "fax"].value': ("remove_element", "open"),
        'phoneNumbers[type eq "home"].value': ("remove_element", "open"),
        'phoneNumbers[value eq "3"].value': ("remove_element", "open"),
    }


def test_force_by_name_takes_nothing_from_a_user_on_whom_the_export_is_silent():
    user = {"userName": "obrien", "phoneNumbers": [{"type": "fax", "value": "2"}]}
    assert changes_of(user, {"userName": ["obrien"], WORK: [None]}, policies={"phoneNumbers": "force"}) == {}


def test_a_set_is_without_order_and_its_elements_change_one_by_one():
    user = {"userName": "obrien", "roles": [{"value": "owner"}, {"value": "auditor", "display": "Auditor"}, {"value": "clerk"}]}
    frame = {"userName": ["obrien"], "roles": [json.dumps(["clerk", "chief", "auditor"])]}
    found = changes_of(user, frame, policies={"roles": "force"})
    assert found == {
        'roles[value eq "chief"].value': ("add_element", "open"),
        'roles[value eq "owner"].value': ("remove_element", "open"),
    }


def test_two_elements_with_one_value_cannot_be_told_apart():
    user = {"userName": "obrien", "roles": [{"value": "owner", "type": "a"}, {"value": "owner", "type": "b"}]}
    found = changes_of(user, {"userName": ["obrien"], "roles": ['["clerk"]']}, policies={"roles": "force"})
    assert found['roles[value eq "owner"].value'] == ("remove_element", "invalid")


def test_the_primary_email_is_not_taken_away_with_the_others():
    emails = [{"value": "a@example.com", "primary": True}, {"value": "b@example.com"}]
    found = changes_of(
        {"userName": "obrien", "emails": emails},
        {"userName": ["obrien"], "emails": ['["c@example.com"]']},
        policies={"emails": "force"},
    )
    assert found['emails[value eq "a@example.com"].value'] == ("remove_element", "locked")
    assert found['emails[value eq "b@example.com"].value'] == ("remove_element", "open")


@pytest.mark.parametrize(
    ("policies", "words"),
    [
        ({"title": "overwrite"}, "no policy; there are force"),
        ({"tittle": "keep"}, "did you mean 'title'"),
        ({"Title": "keep", "title": "force"}, "has a policy already"),
        ("force", "give a dict"),
    ],
)
def test_a_policy_that_means_nothing_is_refused(policies, words):
    with pytest.raises(CompareError, match=re.escape(words)):
        changes_of({"userName": "obrien"}, {"userName": ["obrien"], "title": ["x"]}, policies=policies)
