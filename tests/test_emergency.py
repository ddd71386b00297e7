"""Forty leavers out of five thousand, now: on Descope, by lookup, within its limit; and the way back."""

import dataclasses

import pandas as pd
import pytest

import scimrecon as sr
from scimrecon.dialects import DESCOPE
from scimrecon.errors import PlanError

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
LEAVERS = [f"person{number}@example.com" for number in range(100, 140)]
QUICK = dataclasses.replace(DESCOPE, window=(100, 1.0), penalty_s=1.0)
"""The limit of a minute, in a second."""


def person(number):
    return {
        "schemas": [CORE], "id": f"U{number:05}", "userName": f"person{number}@example.com", "displayName": f"Person {number}",
        "title": "Analyst", "active": True, "emails": [{"value": f"person{number}@example.com", "type": "work", "primary": True}],
    }  # fmt: skip


@pytest.fixture(scope="module")
def target():
    with sr.sandbox.start("descope", users=[person(number) for number in range(5_000)], window_s=1.0, penalty_s=1.0) as server:
        yield sr.connect(server, dialect=QUICK)


def test_leavers_are_switched_off_by_lookup_in_few_requests_and_come_back(target, tmp_path):
    desired = pd.DataFrame({"userName": LEAVERS, "active": "false"}, dtype="str")
    users = sr.fetch_users(target, lookup=desired, on="userName")
    assert len(users.resources) == 40
    users.save(tmp_path / "before.users")
    diff = sr.compare(desired, users, on="userName", unlock=["active"])
    selection = diff.select(diff.changes.index)
    with pytest.raises(PlanError, match=r"allow=\{'users': 40, 'deactivations': 40\}"):
        sr.apply_plan(sr.plan_puts(selection, target), target, dry_run=False, run=tmp_path / "no.run")
    plan = sr.plan_puts(selection, target, allow={"users": 40, "deactivations": 40})
    assert str(plan).startswith("40 users change, 0 clears, 40 deactivations on 127.0.0.1")
    assert "111 requests" in str(plan)
    results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "leavers.run", progress=False)
    assert results.frame["outcome"].tolist() == ["applied"] * 40
    asked = len(LEAVERS) + len(results.steps)
    assert asked < 200
    assert len(results.steps) == 111
    assert not results.steps["http_status"].eq(429).any(), "the run kept within the limit by itself"

    now = sr.fetch_users(target, lookup=desired, on="userName")
    assert now.frame["active"].tolist() == ["false"] * 40
    back = sr.restore(tmp_path / "before.users", now, paths=["active"], unlock=["active"])
    restoring = sr.plan_puts(back.select(back.changes.index), target, allow={"users": 40, "reactivations": 40})
    restored = sr.apply_plan(restoring, target, dry_run=False, run=tmp_path / "back.run", progress=False)
    restored.assert_converged()
    assert sr.fetch_users(target, ids=now.resources).frame["active"].tolist() == ["true"] * 40


def test_a_run_over_the_limit_waits_the_penalty_out_and_loses_nothing(tmp_path):
    # Whoever shares the limit may use it up: here the target takes less than its dialect says.
    with sr.sandbox.start("descope", users=[person(n) for n in range(60)], limit=25, window_s=10, penalty_s=0.5) as server:
        target = sr.connect(server, dialect=QUICK)
        desired = pd.DataFrame(
            {"userName": [f"person{number}@example.com" for number in range(60)], "title": "Lead"}, dtype="str"
        )
        diff = sr.compare(desired, sr.fetch_users(target), on="userName")
        plan = sr.plan_puts(diff.select(diff.changes.index), target, allow={"users": 60})
        results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "hurry.run", progress=False)
        assert results.steps["http_status"].eq(429).any(), "the limit was hit"
        assert results.frame["outcome"].tolist() == ["applied"] * 60
        written = results.steps[(results.steps["step"] == "write") & (results.steps["http_status"] == 200)]
        assert written["user_id"].is_unique, "nobody was written twice"
        assert set(sr.fetch_users(target).frame["title"]) == {"Lead"}
