"""Users from a target."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor

from scimrecon.client import Connection, Pace, Target
from scimrecon.errors import ConnectError, Malformed, Refused
from scimrecon.users.model import Completeness, Users, Verdict, judge_list, make_users
from scimrecon.values import split_user

_MAX_UNCOUNTED = 10_000_000
"""Users of a list that gives no total, after which it is taken for endless."""


def fetch_users(target: Target, /, *, ids: Iterable[str] | None = None) -> Users:
    """Read the users of a SCIM target: all of them, or those with the given ids.

    Pages by index (RFC 7644 §3.4.2.4): advances by what came, keeps each id once, and stops at the total, an empty page or a page
    of repeats; one request past the end then proves the list whole or not. Cost: one request a page, or one an id; about 2 KB of
    memory a user.

    Parameters
    ----------
    target
        What `connect` returned.
    ids
        Ask for these users only, one GET each. Ids the target does not know are left out and named in `Users.complete`.

    Returns
    -------
    Users
        ``frame`` follows `schemas.UserRows`; ``resources`` maps id to the bytes as received.

    Raises
    ------
    Unreachable
        No whole answer came.
    Refused
        The target answered with an error; ``status``, ``scim_type`` and ``detail`` say why.
    Malformed
        The answer is no SCIM ListResponse, or not the user asked for.
    """
    wanted = [ids] if isinstance(ids, str) else ids
    if not isinstance(target, Target):
        raise ConnectError(f"fetch_users takes a target, not {type(target).__name__}: fetch_users(connect(…)).")
    listed, complete = _fetch_all(target) if wanted is None else _fetch_ids(target, list(dict.fromkeys(wanted)))
    return make_users(listed, complete, dialect=target.dialect, fingerprint=target.fingerprint)


def _fetch_all(target: Target) -> tuple[list[tuple[str, bytes]], Completeness]:
    found: dict[str, bytes] = {}
    repeats = came = 0
    total: int | None = None
    with Connection(target) as connection:
        while True:
            page, said = connection.list_users(came + 1)
            total = total if said is None else said
            new = {user_id: body for user_id, body in page if user_id not in found}
            repeats += len(page) - len(new)
            found |= new
            came += len(page)
            if not new or (total is not None and came >= total):
                break
            if total is None and came > _MAX_UNCOUNTED:
                raise Malformed(f"{target.url}/Users: {came:,} users came and no end or total; the list was not read further.")
        # A short total would look whole: one look past the end shows users it does not count.
        probed = bool(found) and not (page and not new)
        # A target that shows somebody new for ever is left alone once that doubles its own total.
        while probed and came <= 2 * (total or 0) + target.dialect.page_size and (page := connection.list_users(came + 1)[0]):
            new = {user_id: body for user_id, body in page if user_id not in found}
            found |= new
            came += len(page)
            if not new:
                break
    return list(found.items()), judge_list(len(found), total, repeats=repeats, probed=True)


def _fetch_ids(target: Target, ids: list[str]) -> tuple[list[tuple[str, bytes]], Completeness]:
    workers = max(1, min(target.dialect.concurrency, len(ids)))
    pace = Pace(target.dialect, concurrency=workers, rate=target.dialect.rate)

    def read(chunk: Sequence[str]) -> list[tuple[str, bytes] | None]:
        with Connection(target, pace) as connection:
            return [_read_one(connection, user_id) for user_id in chunk]

    with ThreadPoolExecutor(workers) as pool:
        read_chunks = pool.map(read, [ids[start::workers] for start in range(workers)])
        found = dict(pair for chunk in read_chunks for pair in chunk if pair is not None)
    unknown = [user_id for user_id in ids if user_id not in found]
    reason = f"{len(found)} users asked for by id"
    if unknown:
        reason += f"; not known to the target: {', '.join(unknown[:5])}{', …' if len(unknown) > 5 else ''}"
    ordered = [(user_id, found[user_id]) for user_id in ids if user_id in found]
    return ordered, Completeness(verdict=Verdict.DOUBTFUL, reason=reason)


def _read_one(connection: Connection, user_id: str) -> tuple[str, bytes] | None:
    if not user_id:  # GET /Users/ would be answered with everyone
        return None
    try:
        answer = connection.get_user(user_id)
    except Refused as refusal:
        if refusal.status == 404:
            return None
        raise
    asked = f"GET {connection.target.url}/Users for id {user_id!r}"
    try:
        found, body = split_user(answer.body)
    except ValueError as error:
        raise Malformed(f"{asked}: no SCIM user came back: {error}.") from error
    if found != user_id:
        raise Malformed(f"{asked}: the user who came back has id {found!r}.")
    return found, body
