"""Every comparator and every policy at once: one run gives each user what was asked, and nothing is left to ask again."""

import json
import urllib.request

import every_rule

import scimrecon as sr


def users_by_plain_http(server):
    """Login to user, read without any of our code."""
    request = urllib.request.Request(  # noqa: S310 - loopback
        f"{server.url}/Users?count=200", headers={"Authorization": f"Bearer {server.credentials['token']}"}
    )
    with urllib.request.urlopen(request) as answer:  # noqa: S310 - loopback
        return {user["userName"].partition("@")[0]: user for user in json.load(answer)["Resources"]}


def test_one_run_converges_with_every_comparator_and_policy(tmp_path):
    people = [{"id": f"id-{login}", **user} for login, user in every_rule.make_people().items()]
    listed = tmp_path / "users.json"
    listed.write_text(json.dumps({"totalResults": len(people), "Resources": people}))
    with sr.sandbox.start("rfc7644", users=listed) as server:
        target, seeded = sr.connect(server), users_by_plain_http(server)
        desired = sr.map_users(every_rule.make_rows(), every_rule.MAPPING)
        diff = sr.compare(desired, sr.fetch_users(target), **every_rule.OPTIONS)
        ticked = diff.changes.index[diff.changes["status"] == "open"]
        plan = sr.plan_puts(diff.select(ticked, cosmetic=True), target, allow=every_rule.ALLOW)
        assert plan.blocked.empty
        results = sr.apply_plan(plan, target, dry_run=False, run=tmp_path / "all.run")

        assert set(results.frame["outcome"]) == {"applied"}
        held = users_by_plain_http(server)
        for login, user in every_rule.make_expected(seeded).items():
            assert every_rule.comparable(held[login]) == every_rule.comparable(user), login
        again = sr.compare(desired, sr.fetch_users(target), **every_rule.OPTIONS)
        assert set(again.changes["status"]) == {"locked"}
        assert {name.partition("@")[0] for name in again.changes["user_name"]} == every_rule.HELD_BACK
