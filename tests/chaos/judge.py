"""The laws: every outcome is true by the server's own log, and no PUT follows a PUT without a look between.

A violation is a sentence, which begins with where in the run it was.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import scimrecon as sr
from chaos.faults import Sent
from chaos.process import Seen
from chaos.scenario import Scenario, held
from chaos.server import Reached, Resource, assigned

_NOTHING_STORED = {"noop", "failed", "rejected", "throttled", "not_attempted", "stale", "blocked", "not_converged"}
_NOTHING_SENT = {"not_attempted", "blocked"}
_HASTE_S = 0.05
"""How much earlier than Retry-After asked a request may come: clocks and HTTP dates are not finer."""


def judge_leg(
    scenario: Scenario, outcomes: Mapping[str, str], seen: Seen, leg: int, *, doubtful: Collection[str] = ()
) -> Iterator[str]:
    """Hold each user's outcome against what reached the server, up to the end of this leg.

    ``doubtful`` are users of whom a killed run left no more than the intent.
    """
    where = f"leg {leg}"
    if set(outcomes) != set(scenario.cells):
        yield f"{where}: outcomes are told of {len(outcomes)} users, and {len(scenario.cells)} are planned"
    stored, sent = _by_user([one for one in seen.reached if one.stored]), _by_user(seen.sent)
    for user_id, outcome in outcomes.items():
        puts = stored[user_id]
        user = seen.users.get(user_id)
        said = f"{where}: user {user_id} is said to be {outcome}"
        done = user is not None and not _missing(scenario, user_id, user)
        if outcome in ("applied", "applied_unverified"):
            in_doubt = user_id in doubtful or any(one.method == "PUT" for one in sent[user_id])
            if not puts and not (in_doubt and _is_noop(scenario, user_id)):
                yield f"{said}, and no PUT of ours was stored"
            elif not done:
                yield f"{said}, and the server holds something else at {_missing(scenario, user_id, user)}"
        elif outcome in _NOTHING_STORED:
            if puts:
                yield f"{said}, and PUT {puts[-1].number} was stored{_how(sent[user_id], puts)}"
            elif not done and outcome == "noop":
                yield f"{said}, and the server holds something else at {_missing(scenario, user_id, user)}"
            if outcome in _NOTHING_SENT and any(one.method == "PUT" and one.leg == leg for one in sent[user_id]):
                yield f"{said}, and a PUT was sent in this leg"
        elif outcome != "unknown":
            yield f"{said}, which this server never gives reason for"


def judge_final(scenario: Scenario, outcomes: Mapping[str, str], seen: Seen) -> Iterator[str]:
    """Hold the server's users against the plan, and every outcome against the one there should be."""
    renamed = {one.user_id: (one.body or {})["displayName"] for one in seen.reached if one.method == "EDIT" and _is_renaming(one)}
    for user_id, user in scenario.expected().items():
        wanted = {**user, "displayName": renamed[user_id]} if user_id in renamed else user
        found, wanted = seen.users.get(user_id, {}), assigned(wanted)
        unlike = [name for name in sorted({*found, *wanted}) if found.get(name) != wanted.get(name)]
        if unlike:
            who = f"{'planned' if user_id in scenario.cells else 'unplanned'} user {user_id} ({outcomes.get(user_id)})"
            yield f"end: {who} has {unlike[0]} {found.get(unlike[0])!r}, and should have {wanted.get(unlike[0])!r}"
    for user_id in seen.users.keys() - scenario.expected().keys():
        yield f"end: user {user_id} was gone, and is there again"
    for user_id in outcomes.keys() & scenario.cells.keys():
        right = scenario.outcome_of(user_id)
        said_of_ours = _is_noop(scenario, user_id) and outcomes[user_id] == "applied"  # what judge_leg let pass
        if outcomes[user_id] not in (right, f"{right}_unverified") and not said_of_ours:
            yield f"end: user {user_id} is said to be {outcomes[user_id]} when all is done, and should be {right}"


def judge_two_puts(seen: Seen) -> Iterator[str]:
    """No two PUTs for a user without a GET of that user between that came back whole.

    But for one: a leg may find out that the target keeps to versions with a PUT under a wrong one, which the answer 412
    says was not done.
    """
    proven: set[int] = set()
    for user_id, requests in _by_user(seen.sent).items():
        before: Sent | None = None
        for one in requests:
            if one.method == "GET" and one.answered and one.status == 200:
                before = None
            if one.method != "PUT":
                continue
            if before is not None:
                is_proof = before.status == 412 and before.answered and before.leg == one.leg and one.leg not in proven
                proven.add(one.leg)
                if not is_proof:
                    both = f"{before.number} ({before.fault or before.status}) and {one.number}"
                    yield f"leg {one.leg}: two PUTs for user {user_id} without a GET between, {both}"
            before = one


def judge_patience(seen: Seen) -> Iterator[str]:
    """A user who was throttled is not asked about again before Retry-After says."""
    for user_id, requests in _by_user(seen.sent).items():
        for before, after in pairwise(requests):
            waited = after.at - before.at
            if before.leg == after.leg and waited < before.wait_s - _HASTE_S:
                asked = f"{before.wait_s:.2f} s were asked for"
                yield f"leg {after.leg}: user {user_id} was asked about again after {waited:.2f} s, and {asked} by {before.fault}"


def judge_file(path: Path, outcomes: Mapping[str, str], leg: int) -> Iterator[str]:
    """The run file tells what the results told."""
    told = outcomes_of(sr.open_run(path))
    for user_id in sorted(told.keys() | outcomes.keys()):
        if told.get(user_id) != outcomes.get(user_id):
            yield f"leg {leg}: the run file says {told.get(user_id)} of user {user_id}, the results {outcomes.get(user_id)}"


def judge_survivor(outcomes: Mapping[str, str], scenario: Scenario, seen: Seen) -> Iterator[str]:
    """What a run file says after its process was killed: nothing the server knows better, if less than it knows."""
    stored = _by_user([one for one in seen.reached if one.stored])
    sent = Counter(one.user_id for one in seen.sent if one.method == "PUT")
    for user_id, outcome in outcomes.items():
        said = f"killed: the file says {outcome} of user {user_id}"
        ours = stored[user_id] or (sent[user_id] and _is_noop(scenario, user_id))
        if outcome == "applied" and (not ours or _missing(scenario, user_id, seen.users.get(user_id))):
            yield f"{said}, and the server does not hold it"
        if outcome in _NOTHING_STORED and stored[user_id]:
            yield f"{said}, and PUT {stored[user_id][-1].number} was stored"
        if outcome in _NOTHING_SENT and sent[user_id]:
            yield f"{said}, and a PUT was sent"
    for user_id in sent.keys() - outcomes.keys():
        yield f"killed: the file does not know user {user_id}, for whom a PUT was sent"


def outcomes_of(results: sr.Results) -> dict[str, str]:
    """User id to outcome."""
    return dict(zip(results.frame["user_id"], results.frame["outcome"], strict=True))


def diagnose(sentence: str, results: sr.Results, seen: Seen) -> str:
    """What is known of the user whom a violation is about, in a line; empty if it is about none."""
    found = next((row for row in results.frame.itertuples() if f"user {row.user_id} " in sentence), None)
    if found is None:
        return ""
    sent = [f"{one.method} {one.fault or one.status}" for one in seen.sent if one.user_id == found.user_id]
    reached = [f"{one.method} {'stored' if one.stored else one.status}" for one in seen.reached if one.user_id == found.user_id]
    return f"{found.reason} | sent: {', '.join(sent)} | reached the server: {', '.join(reached)}"


def _by_user(requests: list) -> defaultdict[str, list]:
    grouped = defaultdict(list)
    for one in requests:
        grouped[one.user_id].append(one)
    return grouped


def _missing(scenario: Scenario, user_id: str, user: Resource | None) -> list[str]:
    """The paths at which a user does not hold what was asked."""
    return [path for path, text in scenario.cells.get(user_id, {}).items() if user is None or held(user, path) != text]


def _is_noop(scenario: Scenario, user_id: str) -> bool:
    """Others made the very change: after a PUT of ours in doubt, nobody can tell whose it is."""
    return scenario.surprises.get(user_id) == "noop"


def _is_renaming(one: Reached) -> bool:
    return set(one.body or {}) == {"displayName"}


def _how(sent: list[Sent], puts: list[Reached]) -> str:
    """The faults on the way of a user's PUTs, for the diagnosis."""
    faults = [one.fault or "no fault" for one in sent if one.method == "PUT"]
    return f" ({len(puts)} stored; faults of its PUTs: {', '.join(faults)})"
