"""Match rows with users: links first, then key after key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scimrecon.matching.keys import Codes, Flags, Key, Positions, code_key, loose_form
from scimrecon.matching.links import check_links, check_rejections, find_tiers
from scimrecon.matching.rejections import apply_rejections
from scimrecon.matching.standing import NOBODY, Labels, Names, Standing, holders, try_tier, words_of
from scimrecon.matching.verifying import BROKEN_COLUMNS, apply_links
from scimrecon.values import text_series


def _no_links() -> pd.DataFrame:
    return pd.DataFrame({name: text_series([]) for name in BROKEN_COLUMNS})


@dataclass(frozen=True, kw_only=True)
class Matches:
    """The outcome of matching, by position on either side."""

    user_of: Positions
    """For each desired row its user, or -1."""
    desired_of: Positions
    """For each user its desired row, or -1."""
    tier_of: Positions
    """For each desired row the tier that decided, matched or ambiguous, or -1; of a linked row its link's path."""
    desired_ambiguous: dict[int, str]
    """Desired row to its candidates, in words."""
    users_ambiguous: dict[int, str]
    """User to its candidates, in words."""
    linked: Flags
    """For each desired row whether a link decided."""
    near: dict[int, str] = field(default_factory=dict)
    """Row that found nobody to the users left over whose key looks like its own, in words."""
    near_users: dict[int, str] = field(default_factory=dict)
    """User nobody found to the rows left over whose key looks like its own, in words."""
    broken_links: pd.DataFrame = field(default_factory=_no_links)
    """Links that were not applied, or whose user has another name now, and decisions that the keys contradict: text columns
    ``path, key, user_id, reason``."""


def match_users(
    keys: Sequence[Key],
    user_ids: Labels,
    lines: Labels,
    *,
    links: pd.DataFrame | None = None,
    user_names: Labels | None = None,
) -> Matches:
    """Match desired rows with users: by the links given, then tier by tier.

    A link holds unless the keys alone say otherwise: at a tier as strong as the link's own they match its row, or its user, with
    another, or leave it to several of whom the linked one is none. Then all of them are ambiguous, and so are a row and its user
    whom a decision says not to be one person.

    Cost: one normal form and one hash of both sides' keys, about a second a tier at a million users; a million links, or keys
    that merely look alike or are ambiguous, add three seconds.

    Parameters
    ----------
    keys
        The tiers, strongest first.
    user_ids, lines
        How candidates of an ambiguous match are named: a user by its id, a row by its line. Ids are unique.
    links
        What `check_links` takes. Verified again, each time.
    user_names
        The users' names now, to tell which of those a link names has another.

    Returns
    -------
    Matches
        Each row is matched, ambiguous or neither, and so is each user.

    Raises
    ------
    CompareError
        `links` is no link table, or contradicts itself; see `check_links`.
    """
    names = Names(user_ids=user_ids, lines=lines)
    decisions = None if links is None else check_links(links, keys)
    of_links = NOBODY if decisions is None else find_tiers(decisions, keys)
    linked = [None if decisions is None else decisions.loc[of_links == tier, "key"] for tier in range(len(keys))]
    codes = [code_key(key, mine) for key, mine in zip(keys, linked, strict=True)]
    standing = Standing.start(len(lines), len(user_ids))
    unclear = [try_tier(standing, code, tier) for tier, code in enumerate(codes)]
    if links is None or decisions is None:
        return _tell(standing, _words(unclear, codes, names), _find_near(keys, standing, names))
    applied = apply_links(decisions, of_links, keys, codes, standing, names, user_names)
    unclear = [try_tier(applied.standing, code, tier) for tier, code in enumerate(codes)]
    row_words, user_words = _words(unclear, codes, names)
    against = apply_rejections(check_rejections(links, keys), keys, applied.standing, names)
    return _tell(
        applied.standing,
        (row_words | applied.row_words | against.row_words, user_words | applied.user_words | against.user_words),
        _find_near(keys, applied.standing, names),
        linked=applied.linked & (applied.standing.user_of >= 0),
        broken=pd.concat([applied.broken, against.broken], ignore_index=True),
    )


def _tell(
    standing: Standing,
    ambiguous: tuple[dict[int, str], dict[int, str]],
    near: tuple[dict[int, str], dict[int, str]],
    linked: Flags | None = None,
    broken: pd.DataFrame | None = None,
) -> Matches:
    return Matches(
        user_of=standing.user_of,
        desired_of=standing.row_of,
        tier_of=standing.row_tier,
        desired_ambiguous=ambiguous[0],
        users_ambiguous=ambiguous[1],
        linked=np.zeros(len(standing.user_of), dtype=bool) if linked is None else linked,
        near=near[0],
        near_users=near[1],
        broken_links=_no_links() if broken is None else broken,
    )


def _words(
    unclear: Sequence[tuple[Positions, Positions]], codes: Sequence[Codes], names: Names
) -> tuple[dict[int, str], dict[int, str]]:
    """Name, for each row and user that a tier left ambiguous, all holders of its key."""
    row_words: dict[int, str] = {}
    user_words: dict[int, str] = {}
    for (rows, users), code in zip(unclear, codes, strict=True):
        if len(rows):
            numbers = np.unique(code.rows[rows])
            words = names.tell(holders(code.users, numbers), holders(code.rows, numbers))
            row_words |= words_of(rows, code.rows[rows], words)
            user_words |= words_of(users, code.users[users], words)
    return row_words, user_words


def _find_near(keys: Sequence[Key], standing: Standing, names: Names) -> tuple[dict[int, str], dict[int, str]]:
    """Name, for each row and user left over, those of the other side whose key looks alike: by the strongest such key."""
    near: dict[int, str] = {}
    near_users: dict[int, str] = {}
    rows, users = np.flatnonzero(standing.open_rows), np.flatnonzero(standing.open_users)
    for key in keys if len(rows) and len(users) else []:
        loose = loose_form(pd.concat([key.desired.iloc[rows], key.users.iloc[users]], ignore_index=True))
        found = pd.factorize(loose.mask(loose == ""))[0].astype(np.int64)
        mine, theirs = found[: len(rows)], found[len(rows) :]
        (row_group, row), (user_group, user) = holders(mine, theirs), holders(theirs, mine)
        if len(row):
            told_users = names.tell((user_group, users[user]), (NOBODY, NOBODY))
            told_rows = names.tell((NOBODY, NOBODY), (row_group, rows[row]))
            near = words_of(rows[row], row_group, told_users) | near
            near_users = words_of(users[user], user_group, told_rows) | near_users
    return near, near_users
