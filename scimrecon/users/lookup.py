"""Ask a target for users one by one, several at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from os import PathLike

import pandas as pd

from scimrecon.client import Connection, Pace, Target
from scimrecon.errors import FetchError, Malformed, PathError, Refused
from scimrecon.mapping import Desired
from scimrecon.paths import parse_path, read_path
from scimrecon.users.answers import Answers, Found
from scimrecon.users.model import Completeness, Verdict
from scimrecon.users.paging import Listing
from scimrecon.users.questions import Inquiry, Question, filter_text, make_inquiry
from scimrecon.values import normalise_text, parse_resource, shorten, split_user, to_text

_MAX_NAMED = 5


def look_users_up(target: Target, lookup: Desired | pd.DataFrame, on: str | None, cache: str | PathLike[str] | None) -> Listing:
    """Read the users a lookup asks for, and those whom its references name.

    Raises
    ------
    FetchError
        The target cannot be asked so, or the cache is of something else.
    Malformed
        The target does not heed filters.
    """
    inquiry = make_inquiry(lookup, on, target.dialect)
    with Answers(target, inquiry.on, cache) as answers:
        _ask_all(target, inquiry.questions, answers)
        found = {user_id: body for question in inquiry.questions for user_id, body in answers.found[question]}
        return found, _judge(inquiry, answers)


def read_by_id(target: Target, ids: Iterable[str], cache: str | PathLike[str] | None) -> Listing:
    """Read users by their ids, one GET each; raises as `look_users_up`."""
    wanted = list(ids) if isinstance(ids, Iterable) else [ids]
    strange = [one for one in wanted if not isinstance(one, str)]
    if strange:
        raise FetchError(f"ids: {shorten(repr(strange[0]))} is no user's id; give a list of texts, such as users.frame['id'].")
    questions = [Question(path="id", value=user_id) for user_id in dict.fromkeys(wanted)]
    with Answers(target, "id", cache) as answers:
        _ask_all(target, questions, answers)
        found = {user_id: body for question in questions for user_id, body in answers.found[question]}
        unknown = [question.value for question in questions if not answers.found[question]]
        reasons = [f"{len(found)} users asked for by id"]
        if unknown:
            reasons.append(f"not known to the target: {', '.join(unknown[:_MAX_NAMED])}{', …' if unknown[_MAX_NAMED:] else ''}")
        reason = "; ".join(filter(None, [*reasons, answers.describe(questions)]))
        return found, Completeness(verdict=Verdict.DOUBTFUL, reason=reason)


def _judge(inquiry: Inquiry, answers: Answers) -> Completeness:
    own, others = inquiry.questions[: inquiry.asked], inquiry.questions[inquiry.asked :]
    hits = [len(answers.found[question]) for question in own]
    found = sum(1 for count in hits if count)
    reasons = [f"asked for {len(own):,} users by {inquiry.on}: {found:,} found, {len(own) - found:,} unknown to the target"]
    if several := sum(1 for count in hits if count > 1):
        reasons.append(f"{several:,} of them are several users each")
    if others:
        reasons.append(f"{len(others):,} more asked for whom references name")
    reasons += [*inquiry.notes, answers.describe(inquiry.questions)]
    reasons.append("users only at the target cannot be discovered this way")
    return Completeness(verdict=Verdict.DOUBTFUL, reason="; ".join(filter(None, reasons)))


def _ask_all(target: Target, questions: Sequence[Question], answers: Answers) -> None:
    """Ask what is not answered yet, as many at once as the dialect says; the first failure ends it."""
    waiting = deque(question for question in questions if question not in answers.found)
    workers = min(target.dialect.concurrency, len(waiting))
    if not workers:
        return
    pace = Pace(target.dialect, concurrency=workers, rate=target.dialect.rate)

    def work() -> None:
        with Connection(target, pace) as connection:
            while waiting:
                try:
                    question = waiting.popleft()
                except IndexError:  # another thread was quicker
                    return
                answers.note(question, _ask(connection, question))

    with ThreadPoolExecutor(workers, thread_name_prefix="scimrecon") as pool:
        try:
            for done in as_completed([pool.submit(work) for _ in range(workers)]):
                done.result()
        except BaseException:  # KeyboardInterrupt is the stop button
            waiting.clear()
            pace.close()
            raise


def _ask(connection: Connection, question: Question) -> Found:
    if question.path == "id":
        return _read_one(connection, question.value)
    wanted = filter_text(question)
    try:
        found, total, *_ = connection.find_users(wanted)
    except Refused as refusal:
        if refusal.status == 400:  # the URL spells the value in percent signs
            refusal.add_note(
                f"It was asked who has {question.path} {shorten(repr(question.value))}. If the target takes no such value, "
                "correct the cell or leave its row out, and look up again; with cache=… what was answered is not asked again."
            )
        raise
    asked = f"GET {connection.target.url}/Users, filter {shorten(wanted)}"
    for user_id, body in found:
        if not _has(body, question):
            raise Malformed(
                f"{asked}: the target answered with user {user_id!r}, who is another, so it does not heed the filter. "
                f"Users cannot be looked up by {question.path} here."
            )
    if total is not None and total > len(found):
        raise Malformed(
            f"{asked}: {total:,} users have it, and the target shows {len(found):,}. Look users up by what only one of them has."
        )
    return found


def _has(body: bytes, question: Question) -> bool:
    """Whether a user has the value asked for, letter case and Unicode's spellings aside: more than one such does no harm."""
    try:
        held = to_text(read_path(parse_path(question.path), parse_resource(body))[0])
    except (PathError, ValueError):  # several such elements: the target knows better
        return True
    return held is not None and normalise_text(held, case_exact=False) == normalise_text(question.value, case_exact=False)


def _read_one(connection: Connection, user_id: str) -> Found:
    if not user_id:  # GET /Users/ would be answered with everyone
        return []
    try:
        answer = connection.get_user(user_id)
    except Refused as refusal:
        if refusal.status == 404:
            return []
        raise
    asked = f"GET {connection.target.url}/Users for id {user_id!r}"
    try:
        found, body = split_user(answer.body)
    except ValueError as error:
        raise Malformed(f"{asked}: no SCIM user came back: {error}.") from error
    if found != user_id:
        raise Malformed(f"{asked}: the user who came back has id {found!r}.")
    return [(found, body)]
