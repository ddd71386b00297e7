"""The whole flow on 500 sample people against the practice server, judged by plain HTTP and not by our client."""

import copy
import json
import urllib.request
from pathlib import Path

import pandas as pd
import pytest

import scimrecon as sr
from scimrecon.errors import PlanError

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
ON = ["externalId", "userName"]
DRIFT = ["user_id", "path", "before", "after", "kind", "status"]


@pytest.fixture
def server():
    with sr.sandbox.start("rfc7644", users=SAMPLE / "rfc7644_users.json") as running:
        yield running


@pytest.fixture(scope="module")
def export():
    return sr.read_export(SAMPLE / "workday.csv")


@pytest.fixture(scope="module")
def desired(export):
    return sr.map_users(export, {**export.mapping, "title": sr.column("Job_Title", on_blank="clear")})


@pytest.fixture(scope="module")
def drift():
    return read_truth("drift")


def read_truth(name):
    truth = pd.read_csv(SAMPLE / f"rfc7644_{name}.csv", dtype="str", keep_default_na=False)
    return truth.set_axis(truth["user_id"] + ":" + truth["path"], axis="index").sort_index()


def compare(server, desired, **options):
    """The comparison the sample's truth is about."""
    return sr.compare(desired, sr.fetch_users(sr.connect(server)), on=ON, region="GB", **options)


def users_by_plain_http(server):
    """Every user as the server holds it, read without any of our code."""
    users, start = {}, 1
    while True:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{server.url}/Users?startIndex={start}&count=200",
            headers={"Authorization": f"Bearer {server.credentials['token']}"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
            page = json.load(answer)
        users |= {user["id"]: user for user in page.get("Resources", [])}
        start += len(page.get("Resources", []))
        if start > page["totalResults"]:
            return users


def with_change(user, path, before, after):
    """The user as a person would change it by hand: found by type, or by name; for the sample's paths only."""
    user = copy.deepcopy(user)
    enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
    if "[" in path:
        attribute, rest = path.split("[")
        kind, part = rest.split('"')[1], rest.rpartition(".")[2]
        elements = user.setdefault(attribute, [])
        element = next((one for one in elements if one["type"] == kind), None)
        if element is None:
            element = {"type": kind}
            elements.append(element)
    elif path in ("department", "costCenter"):
        element, part = user.setdefault(enterprise, {}), path
    elif "." in path:
        element, part = user[path.split(".")[0]], path.split(".")[1]
    else:
        element, part = user, path
    assert (element.get(part) or "") == before
    if after:
        element[part] = after
    else:
        del element[part]
    return user


def without_meta(user):
    bare = {name: value for name, value in user.items() if name not in ("meta", "schemas")}
    for value in bare.values():
        if isinstance(value, list):
            value.sort(key=lambda one: json.dumps(one, sort_keys=True))
    return bare, set(user["schemas"])


def test_the_diff_is_exactly_the_drift_that_was_made(server, desired, drift):
    found = compare(server, desired).changes.fillna({"before": "", "after": ""}).sort_index()
    assert found[DRIFT].to_numpy().tolist() == drift[DRIFT].to_numpy().tolist()


def test_numbers_without_a_country_code_need_a_region_to_be_alike(server, desired, drift):
    diff = sr.compare(desired, sr.fetch_users(sr.connect(server)), on=ON)
    apart = diff.changes["kind"] != drift["kind"]
    assert diff.changes.loc[apart, "kind"].unique().tolist() == ["replace"]
    assert drift.loc[apart, "drift"].unique().tolist() == ["phone as national"]


def test_managers_and_roles_differ_exactly_as_they_were_made_to(server, export):
    mapping = {
        **export.mapping,
        "title": sr.column("Job_Title", on_blank="clear"),
        "manager.value": sr.reference("Manager_ID", on="employeeNumber"),
        "roles": sr.column("Access_Roles", separator=";"),
    }
    truth = pd.concat([read_truth(name) for name in ("drift", "managers", "roles")]).sort_index()
    found = compare(server, sr.map_users(export, mapping)).changes.fillna({"before": "", "after": ""}).sort_index()
    assert found[DRIFT].to_numpy().tolist() == truth[DRIFT].to_numpy().tolist()
    wrong = found.loc[found["status"] == "invalid", "problem"]
    assert wrong.str.extract("(nobody has|of itself|circle)")[0].value_counts().to_dict() == {
        "circle": 2, "nobody has": 1, "of itself": 1,
    }  # fmt: skip


def test_every_record_and_every_user_has_the_status_it_was_given(server, export):
    plain = sr.map_users(export, export.mapping)
    diff = compare(server, plain)
    people = pd.read_csv(SAMPLE / "rfc7644_people.csv", dtype="str", keep_default_na=False)
    compared = people[people["status"] != "rejected"]
    told = {(str(line) if line is not pd.NA else "", status) for line, status in diff.users[["source_line", "status"]].to_numpy()}
    assert told == set(compared[["line", "status"]].itertuples(index=False, name=None))
    assert set(export.reject_lines) == set(people.loc[people["status"] == "rejected", "line"].astype(int))
    assert len(diff.users) == len(compared)


def test_only_what_was_ticked_changes_and_the_rest_is_left_for_next_time(server, desired, tmp_path):
    target = sr.connect(server)
    diff = compare(server, desired)
    ticked = diff.changes[diff.tickable].iloc[::2]
    before = users_by_plain_http(server)

    plan = sr.plan_puts(diff.select(ticked.index), target)
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "half.run")

    assert set(results.frame["outcome"]) == {"applied"}
    after = users_by_plain_http(server)
    assert after.keys() == before.keys()
    for user_id, user in before.items():
        for change in ticked[ticked["user_id"] == user_id].fillna("").to_dict("records"):
            user = with_change(user, change["path"], change["before"], change["after"])
        assert without_meta(after[user_id]) == without_meta(user)
    again = compare(server, desired)
    assert set(again.changes.index) == set(diff.changes.index) - set(ticked.index)


def test_a_dry_run_changes_nothing_at_all(server, desired):
    target = sr.connect(server)
    diff = compare(server, desired)
    before = users_by_plain_http(server)
    results = sr.apply_plan(sr.plan_puts(diff.select(diff.changes.index[diff.tickable]), target), target)
    assert set(results.frame["outcome"]) == {"would_apply"}
    assert results.path is None
    assert users_by_plain_http(server) == before


def test_leavers_and_one_who_came_back_wait_for_an_allowance(server, desired, tmp_path):
    target = sr.connect(server)
    diff = compare(server, desired, unlock=["active"])
    selection = diff.select(diff.changes.query("path == 'active' and status == 'open'").index)
    plan = sr.plan_puts(selection, target)
    with pytest.raises(PlanError, match=r"1 user would be switched on again.*allow=\{'reactivations': 1\}"):
        sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "active.run")
    allowed = sr.plan_puts(selection, target, allow={"reactivations": 1})
    results = sr.apply_plan(allowed, target, dry_run=False, run=tmp_path / "active.run")
    held = users_by_plain_http(server)
    assert results.frame["outcome"].tolist() == ["applied"] * 5
    assert sorted(held[user_id]["active"] for user_id in results.frame["user_id"]) == [False] * 4 + [True]


def test_annotate_tells_every_record_of_the_file(server, export, desired, tmp_path):
    target = sr.connect(server)
    diff = compare(server, desired)
    plan = sr.plan_puts(diff.select(diff.changes.query("path == 'department'").index), target)
    told = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "departments.run").annotate(export)
    people = pd.read_csv(SAMPLE / "rfc7644_people.csv", dtype="str", keep_default_na=False)
    assert told.index.tolist() == sorted(people.loc[people["line"] != "", "line"].astype(int))
    assert told["outcome"].value_counts()["applied"] == 25
    assert set(told["outcome"]) == {"applied", "not_ticked", "in_sync", "cosmetic", "locked_only", "source_only", "reject"}
