"""The judge catches a lie: a true run is passed, and each falsehood planted in it is named."""

from collections import Counter
from copy import deepcopy
from dataclasses import replace

import pytest

from chaos.faults import Sent
from chaos.judge import judge_final, judge_leg, judge_patience, judge_survivor, judge_two_puts
from chaos.process import Seen
from chaos.scenario import Scenario, make_scenario, with_cells
from chaos.server import ENTERPRISE, Reached

OBRIEN = {"id": "obrien", "userName": "obrien@example.com", "title": "Analyst", ENTERPRISE: {"costCenter": "CC-1"}}
ZHANG = {"id": "zhang", "userName": "zhang@example.com", "nickName": "Wei"}
ASKED = {"title": "Lead Analyst", "department": "Research"}
SCENARIO = Scenario(seed=0, users={"obrien": OBRIEN, "zhang": ZHANG}, cells={"obrien": ASKED})
DONE = with_cells(OBRIEN, ASKED)


def sent(number, method, **more):
    more = {"leg": 0, "at": float(number), "if_match": None, "status": 200, "answered": True, **more}
    return Sent(number=number, method=method, user_id="obrien", **more)


def reached(number, method, body=None, status=200):
    return Reached(number=number, leg=0, method=method, user_id="obrien", if_match=None, status=status, body=body)


def seen(*requests, user=OBRIEN, stored=()):
    """What there is to see: the client's requests, and the numbers of those that were stored."""
    log = [reached(one.number, one.method, DONE if one.number in stored else None) for one in requests]
    return Seen(users={"obrien": user, "zhang": ZHANG}, reached=log, sent=list(requests))


APPLIED = seen(sent(0, "GET"), sent(1, "PUT"), user=DONE, stored=[1])
NOT_STORED = seen(sent(0, "GET"), sent(1, "PUT"))
NOT_SENT = seen(sent(0, "GET"))
BY_OTHERS = seen(sent(0, "GET"), user=DONE)


@pytest.mark.parametrize(
    ("outcome", "view"),
    [
        ("applied", APPLIED),
        ("applied_unverified", APPLIED),
        ("unknown", APPLIED),
        ("unknown", NOT_STORED),
        ("failed", NOT_STORED),
        ("failed", BY_OTHERS),
        ("rejected", NOT_STORED),
        ("throttled", NOT_STORED),
        ("stale", NOT_SENT),
        ("stale", NOT_STORED),
        ("not_attempted", NOT_SENT),
        ("noop", BY_OTHERS),
    ],
)
def test_the_truth_is_passed(outcome, view):
    assert list(judge_leg(SCENARIO, {"obrien": outcome}, view, 0)) == []


@pytest.mark.parametrize(
    ("outcome", "view", "sentence"),
    [
        ("applied", NOT_STORED, "said to be applied, and no PUT of ours was stored"),
        ("applied", BY_OTHERS, "said to be applied, and no PUT of ours was stored"),
        ("applied", replace(APPLIED, users={"obrien": OBRIEN}), "holds something else at ['title', 'department']"),
        ("applied", replace(APPLIED, users={}), "holds something else at ['title', 'department']"),
        ("failed", APPLIED, "said to be failed, and PUT 1 was stored (1 stored; faults of its PUTs: no fault)"),
        ("rejected", APPLIED, "said to be rejected, and PUT 1 was stored"),
        ("throttled", APPLIED, "said to be throttled, and PUT 1 was stored"),
        ("not_converged", APPLIED, "said to be not_converged, and PUT 1 was stored"),
        ("stale", APPLIED, "said to be stale, and PUT 1 was stored"),
        ("not_attempted", NOT_STORED, "said to be not_attempted, and a PUT was sent"),
        ("blocked", NOT_STORED, "said to be blocked, and a PUT was sent"),
        ("noop", APPLIED, "said to be noop, and PUT 1 was stored"),
        ("noop", NOT_SENT, "said to be noop, and the server holds something else"),
        ("side_effect", APPLIED, "said to be side_effect, which this server never gives reason for"),
    ],
)
def test_a_lie_about_an_outcome_is_caught(outcome, view, sentence):
    found = list(judge_leg(SCENARIO, {"obrien": outcome}, view, 0))

    assert len(found) >= 1
    assert sentence in found[0]


@pytest.mark.parametrize("outcomes", [{}, {"obrien": "applied", "zhang": "applied"}])
def test_a_user_forgotten_or_invented_is_caught(outcomes):
    assert any("1 are planned" in one for one in judge_leg(SCENARIO, outcomes, APPLIED, 0))


def test_after_a_put_in_doubt_nobody_can_tell_who_made_the_very_change():
    scenario = replace(SCENARIO, surprises={"obrien": "noop"})
    refused = replace(NOT_STORED, users={"obrien": DONE})

    assert list(judge_leg(scenario, {"obrien": "applied"}, refused, 0)) == []
    assert list(judge_leg(scenario, {"obrien": "noop"}, refused, 0)) == []
    assert "no PUT of ours was stored" in next(judge_leg(scenario, {"obrien": "applied"}, BY_OTHERS, 0))
    assert list(judge_leg(scenario, {"obrien": "applied"}, BY_OTHERS, 1, doubtful=["obrien"])) == [], "killed after the intent"


def test_a_get_between_two_puts_that_came_back_whole_is_asked_for():
    puts = sent(1, "PUT", status=0, answered=False, fault="hang"), sent(3, "PUT")

    assert list(judge_two_puts(seen(puts[0], sent(2, "GET"), puts[1]))) == []
    expected = ["leg 0: two PUTs for user obrien without a GET between, 1 (hang) and 3"]
    assert list(judge_two_puts(seen(*puts))) == expected, "the GET was dropped from the log"
    unread = sent(2, "GET", status=200, answered=False, fault="html_200")
    assert list(judge_two_puts(seen(puts[0], unread, puts[1]))) == expected


def test_one_put_a_leg_may_prove_that_versions_are_kept():
    proof = sent(1, "PUT", status=412)

    assert list(judge_two_puts(seen(proof, sent(2, "PUT")))) == []
    assert len(list(judge_two_puts(seen(proof, sent(2, "PUT", status=412), sent(3, "PUT"))))) == 1
    assert len(list(judge_two_puts(seen(replace(proof, status=429), sent(2, "PUT"))))) == 1
    assert len(list(judge_two_puts(seen(proof, sent(2, "PUT", leg=1))))) == 1


def test_who_is_throttled_is_let_be_for_as_long():
    throttled = sent(1, "PUT", status=429, answered=False, wait_s=1.0, fault="throttled_seconds")

    assert list(judge_patience(seen(throttled, sent(2, "GET", at=2.0)))) == []
    [found] = judge_patience(seen(throttled, sent(2, "GET", at=1.5)))
    assert "asked about again after 0.50 s, and 1.00 s were asked for" in found


def test_in_the_end_everyone_is_as_planned_and_nobody_else_was_touched():
    said = {"obrien": "applied"}

    assert list(judge_final(SCENARIO, said, APPLIED)) == []
    assert "planned user obrien (applied) has title 'Analyst', and should have 'Lead Analyst'" in next(
        judge_final(SCENARIO, said, NOT_STORED)
    )
    touched = replace(APPLIED, users={"obrien": DONE, "zhang": {**ZHANG, "nickName": "Will"}})
    assert "end: unplanned user zhang" in next(judge_final(SCENARIO, said, touched))
    lost = replace(APPLIED, users={"obrien": {**DONE, ENTERPRISE: {"department": "Research"}}, "zhang": ZHANG})
    assert "end: planned user obrien" in next(judge_final(SCENARIO, said, lost))
    assert "and should be applied" in next(judge_final(SCENARIO, {"obrien": "failed"}, APPLIED))


def test_what_others_edit_in_the_midst_has_to_be_there_in_the_end():
    edit = replace(reached(2, "EDIT", {"displayName": "Edited 7"}), status=0)
    log = [*APPLIED.reached, edit]

    found = next(judge_final(SCENARIO, {"obrien": "applied"}, replace(APPLIED, reached=log)))
    assert "has displayName None, and should have 'Edited 7'" in found
    kept = {"obrien": {**DONE, "displayName": "Edited 7"}, "zhang": ZHANG}
    assert list(judge_final(SCENARIO, {"obrien": "applied"}, replace(APPLIED, reached=log, users=kept))) == []


def test_a_run_file_that_was_left_behind_may_know_less_and_nothing_else():
    assert list(judge_survivor({"obrien": "unknown"}, SCENARIO, APPLIED)) == []
    assert list(judge_survivor({"obrien": "applied"}, SCENARIO, APPLIED)) == []
    assert "the server does not hold it" in next(judge_survivor({"obrien": "applied"}, SCENARIO, NOT_STORED))
    assert "a PUT was sent" in next(judge_survivor({"obrien": "not_attempted"}, SCENARIO, NOT_STORED))
    assert "does not know user obrien" in next(judge_survivor({}, SCENARIO, NOT_STORED))


def test_a_scenario_has_every_kind_of_change_and_surprise():
    scenario = make_scenario(1, 300)

    assert Counter(scenario.surprises.values()) == {"noop": 2, "half": 2, "stale": 2, "elsewhere": 3, "gone": 1}
    texts = {text for cells in scenario.cells.values() for text in cells.values()}
    assert {"", "false", "Lead Analyst", "Fraud"} <= texts
    assert make_scenario(1, 300) == scenario != make_scenario(2, 300)
    assert len(scenario.cells) == 135


def test_expecting_changes_no_user_of_the_seed():
    scenario = make_scenario(1, 60)
    before = deepcopy(scenario)

    assert scenario.expected() != scenario.users
    assert scenario == before
