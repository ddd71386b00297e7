"""The whole list of a target, by whichever way it pages."""

from __future__ import annotations

from scimrecon.client import Connection, Target
from scimrecon.dialects import Dialect, Paging
from scimrecon.errors import FetchError, Malformed, Refused
from scimrecon.users.model import Completeness, Verdict, judge_list

Listing = tuple[dict[str, bytes], Completeness]
"""Id to resource, and whether that is everyone."""
_MAX_UNCOUNTED = 10_000_000
"""Users of a list that gives no total, after which it is taken for endless."""
_MAX_BARREN = 100
"""Pages in a row that bring nobody new, after which a list by cursor is taken for endless."""


def list_everyone(target: Target) -> Listing:
    """Read the whole list.

    Raises
    ------
    FetchError
        The target lists fewer users than it has.
    Malformed
        The list does not end.
    """
    with Connection(target) as connection:
        match target.dialect.paging:
            case Paging.NONE:
                return _list_at_once(connection)
            case Paging.CURSOR:
                return _list_by_cursor(connection)
            case Paging.INDEX:
                return _list_by_index(connection)


def _list_at_once(connection: Connection) -> Listing:
    users, total, *_ = connection.list_all_users()
    found = dict(users)
    _check_cap(connection.target.dialect, len(users), total)
    complete = judge_list(len(found), total, repeats=len(users) - len(found), probed=False)
    cap = connection.target.dialect.list_cap
    if len(users) == cap:
        reason = f"{complete.reason}; that is as many as a list ever holds, so there may be more"
        complete = Completeness(verdict=Verdict.DOUBTFUL, reason=reason)
    return found, complete


def _check_cap(dialect: Dialect, came: int, total: int | None) -> None:
    """Refuse to take the beginning of a list for the whole."""
    cap = dialect.list_cap
    if cap is None or not (came >= cap if total is None else total > max(cap, came)):
        return
    held = f"has {total:,}" if total is not None else "does not say how many it has"
    on = next((path for path in ("userName", "externalId") if dialect.filters is None or path in dialect.filters), "id")
    raise FetchError(
        f"{dialect.title} lists {cap} users at most, and {held}. Ask for those of your export, one by one: "
        f"fetch_users(target, lookup=desired, on={on!r}); users whom the export does not have cannot be found this way."
    )


def _list_by_index(connection: Connection) -> Listing:
    target = connection.target
    found: dict[str, bytes] = {}
    repeats = came = 0
    total: int | None = None
    while True:
        page, said, *_ = connection.list_users(came + 1)
        total = total if said is None else said
        new = {user_id: body for user_id, body in page if user_id not in found}
        repeats += len(page) - len(new)
        found |= new
        came += len(page)
        if not new or (total is not None and came >= total):
            break
        _check_endless(target, came, total)
    # A short total would look whole: one look past the end shows users it does not count.
    probed = bool(found) and not (page and not new)
    # A target that shows somebody new for ever is left alone once that doubles its own total.
    while probed and came <= 2 * (total or 0) + target.dialect.page_size and (page := connection.list_users(came + 1).users):
        new = {user_id: body for user_id, body in page if user_id not in found}
        found |= new
        came += len(page)
        if not new:
            break
    _check_cap(target.dialect, len(found), total)
    return found, judge_list(len(found), total, repeats=repeats, probed=True)


def _list_by_cursor(connection: Connection) -> Listing:
    try:
        return _follow_cursors(connection)
    except Refused as refusal:
        # The cursor was not used in time: pages read so far belong to a list that is gone (RFC 9865 §2.1).
        if refusal.scim_type != "expiredCursor":
            raise
    return _follow_cursors(connection)


def _follow_cursors(connection: Connection) -> Listing:
    found: dict[str, bytes] = {}
    seen = {""}
    repeats = barren = 0
    total: int | None = None
    cursor = ""
    while True:
        page, said, following, _ = connection.list_users_from(cursor)
        total = total if said is None else said
        before = len(found)
        found |= dict(page)
        new = len(found) - before
        repeats += len(page) - new
        barren = 0 if new else barren + 1
        if not following:
            return found, _judge_cursors(len(found), total, repeats)
        if following in seen or barren >= _MAX_BARREN:
            why = "a cursor came twice" if following in seen else f"{barren} pages in a row brought nobody new"
            raise Malformed(f"{connection.target.url}/Users: {why}; the list does not end, and was not read further.")
        _check_endless(connection.target, len(found), total)
        seen.add(following)
        cursor = following


def _judge_cursors(found: int, total: int | None, repeats: int) -> Completeness:
    if total is None and not repeats:
        reason = f"{found} users, to the last cursor; the target gives no total"
        return Completeness(verdict=Verdict.CLAIMED, reason=reason)
    if found == total and not repeats:
        return Completeness(verdict=Verdict.PROVEN, reason=f"{found} users, as the total says, and no cursor after the last")
    return judge_list(found, total, repeats=repeats, probed=True)


def _check_endless(target: Target, came: int, total: int | None) -> None:
    if total is None and came > _MAX_UNCOUNTED:
        raise Malformed(f"{target.url}/Users: {came:,} users came and no end or total; the list was not read further.")
