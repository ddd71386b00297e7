"""Users from a target."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike

import pandas as pd

from scimrecon.client import Target
from scimrecon.errors import ConnectError, FetchError
from scimrecon.mapping import Desired
from scimrecon.users.lookup import look_users_up, read_by_id
from scimrecon.users.model import Users, make_users
from scimrecon.users.paging import Listing, list_everyone


def fetch_users(
    target: Target,
    *,
    lookup: Desired | pd.DataFrame | None = None,
    on: str | None = None,
    ids: Iterable[str] | None = None,
    cache: str | PathLike[str] | None = None,
) -> Users:
    """Read the users of a SCIM target: all of them, those looked up, or those with the given ids.

    Reads a list the way the target's dialect pages: by index (RFC 7644 §3.4.2.4), which advances by what came, keeps each id
    once, stops at the total, an empty page or a page of repeats, and takes one look past the end to prove the list whole or not;
    by cursor (RFC 9865); or all at once. Several users are asked for at once, as many as the dialect says, within its limits.
    Cost: one request a page, a value looked up, or an id; about 2 KB of memory a user.

    Parameters
    ----------
    target
        What `connect` returned.
    lookup
        Ask for these users only: desired users, or a DataFrame of SCIM columns. One filtered GET for each distinct value of
        `on`, and for each user whom its references name, where the target can be asked. Needed where a target does not list
        them all (Huawei Cloud: more than 50). Users whom only the target has are not found this way; `Users.complete` says
        how many of those asked for it does not know.
    on
        The SCIM path to look up by; unless said, the first of ``userName`` and ``externalId`` that the lookup has and the
        target can filter on. By ``id`` it is one plain GET each.
    ids
        Ask for these users only, one GET each. Ids the target does not know are left out and named in `Users.complete`.
    cache
        A file, readable for its owner only, to which each answer is appended as it comes: the same call goes on where an earlier
        one was cut off. Its answers are used however old they are; `Users.complete` tells their age, and deleting the file asks
        anew.

    Returns
    -------
    Users
        ``frame`` follows `schemas.UserRows`; ``resources`` maps id to the bytes as received.

    Raises
    ------
    ConnectError
        `target` is none.
    FetchError
        The target cannot be asked so: it lists fewer users than it has, or cannot filter on that; or the cache is of another
        target or lookup. The message says what to do.
    Unreachable
        No whole answer came.
    Refused
        The target answered with an error; ``status``, ``scim_type`` and ``detail`` say why.
    Malformed
        The answer is no SCIM ListResponse, not the user asked for, or a list without an end.
    """
    if not isinstance(target, Target):
        raise ConnectError(f"fetch_users takes a target, not {type(target).__name__}: fetch_users(connect(…)).")
    if lookup is not None and ids is not None:
        raise FetchError("fetch_users takes lookup= or ids=, not both.")
    if lookup is None and on is not None:
        raise FetchError(f"on={on!r} says what to look users up by; say whom: fetch_users(target, lookup=desired, on={on!r}).")
    found, complete = _read(target, lookup, on, ids, cache)
    return make_users(list(found.items()), complete, dialect=target.dialect, fingerprint=target.fingerprint)


def _read(
    target: Target,
    lookup: Desired | pd.DataFrame | None,
    on: str | None,
    ids: Iterable[str] | None,
    cache: str | PathLike[str] | None,
) -> Listing:
    if lookup is not None:
        return look_users_up(target, lookup, on, cache)
    if ids is not None:
        return read_by_id(target, [ids] if isinstance(ids, str) else ids, cache)
    if cache is not None:
        raise FetchError("cache keeps the answers to lookup= or ids=; to keep a whole list: fetch_users(target).save(path).")
    return list_everyone(target)
