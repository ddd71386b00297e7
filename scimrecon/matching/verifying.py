"""Verify links against what the keys alone say, and decide by those that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.matching.keys import Codes, Flags, Key, Positions
from scimrecon.matching.standing import NOBODY, Labels, Names, Standing, holders
from scimrecon.values import normalise

BROKEN_COLUMNS = ("path", "key", "user_id", "reason")


@dataclass(frozen=True, kw_only=True)
class Applied:
    """What links decided."""

    standing: Standing
    """The linked are matched, those the keys claim elsewhere are ambiguous, all others are open."""
    linked: Flags
    """One a row."""
    row_words: dict[int, str]
    """Row to its candidates, where a link left it ambiguous. Likewise for users."""
    user_words: dict[int, str]
    broken: pd.DataFrame
    """Text columns `BROKEN_COLUMNS`."""


@dataclass(frozen=True, kw_only=True)
class _Ends:
    """Links that have both ends: their number, and positions."""

    link: Positions
    row: Positions
    user: Positions
    tier: Positions

    def take(self, which: Flags | Positions) -> _Ends:
        return _Ends(link=self.link[which], row=self.row[which], user=self.user[which], tier=self.tier[which])

    def swapped(self) -> _Ends:
        return _Ends(link=self.link, row=self.user, user=self.row, tier=self.tier)


@dataclass(frozen=True, kw_only=True)
class _Objections:
    """What the keys of the links' rows say instead, one entry a link and user; or, swapped, what the users' keys say."""

    place: Positions
    """Which of the ends."""
    user: Positions
    """Whom its row's key is held by."""
    tier: Positions
    """By which key."""


def apply_links(
    links: pd.DataFrame,
    tier: Positions,
    keys: Sequence[Key],
    codes: Sequence[Codes],
    alone: Standing,
    names: Names,
    user_names: Labels | None,
) -> Applied:
    """Verify links and decide by those that hold.

    Cost: a hash of the users' ids, and whole-column operations on the links.

    Parameters
    ----------
    links, tier
        From `check_links` and `find_tiers`.
    keys, codes
        The tiers; the codes know the rows of the links.
    alone
        How rows and users match without links.
    names, user_names
        How candidates are named; the users' names now.
    """
    user = _find_users(links["user_id"], names.user_ids)
    row, rows = np.full(len(links), -1, dtype=np.int64), np.zeros(len(links), dtype=np.int64)
    for place, code in enumerate(codes):
        row[tier == place], rows[tier == place] = code.link_row, code.link_count
    reason = _unfound(user, rows)
    sound = reason.isna().to_numpy()
    ends = _Ends(link=np.flatnonzero(sound), row=row[sound], user=user[sound], tier=tier[sound])
    of_rows = _object(ends, codes, alone)
    of_users = _object(ends.swapped(), [code.swapped() for code in codes], alone.swapped())
    twins = pd.Series(ends.row).duplicated(keep=False).to_numpy()
    told = _explain(ends, (of_rows, of_users), twins, names, [key.path for key in keys])
    reason = reason.fillna(told.set_axis(pd.Index(ends.link)).reindex(reason.index))
    torn = told.notna().to_numpy()
    good = ends.take(~torn)
    standing = Standing.start(len(alone.user_of), len(alone.row_of))
    standing.match(good.row, good.user, good.tier)
    row_words, user_words = _leave_unclear(standing, alone, ends, torn, (of_rows, of_users), names)
    linked = standing.user_of >= 0
    reason = reason.fillna(_renamed(links["user_name"], user, user_names))
    broken = links.assign(reason=reason).loc[reason.notna(), list(BROKEN_COLUMNS)].reset_index(drop=True)
    return Applied(standing=standing, linked=linked, row_words=row_words, user_words=user_words, broken=broken)


def _find_users(wanted: pd.Series[str], user_ids: Labels) -> Positions:
    ids = pa.array(pd.Series(list(user_ids), dtype="str"), pa.large_string())
    found = pc.fill_null(pc.index_in(pa.array(wanted, pa.large_string()), value_set=ids), -1)
    positions: Positions = found.to_numpy(zero_copy_only=False).astype(np.int64)
    return positions


def _unfound(user: Positions, rows: Positions) -> pd.Series[str]:
    """Say why a link does not have two ends; NA where it has."""
    reason = pd.Series(pd.NA, index=range(len(rows)), dtype="str")
    reason = reason.mask(rows > 1, pd.Series(rows).astype("str") + " rows have this key")
    return reason.mask(rows == 0, "no row has this key").mask(user < 0, "no user has this id")


def _object(ends: _Ends, codes: Sequence[Codes], alone: Standing) -> _Objections:
    """Find the links whose row the keys alone give to another user, or to several others, by a key as strong as the link's."""
    places, users, tiers = [NOBODY], [NOBODY], [NOBODY]
    for tier, code in enumerate(codes):
        number, other = code.rows[ends.row], alone.user_of[ends.row]
        elsewhere = (other >= 0) & (other != ends.user)
        several = (other < 0) & (code.row_count[number] == 1) & (code.user_count[number] > 1) & (code.users[ends.user] != number)
        says = np.flatnonzero((alone.row_tier[ends.row] == tier) & (ends.tier >= tier) & (elsewhere | several))
        # Such a key is one row's alone; but that row may have several links.
        found, held = holders(code.users, number[says])
        pairs = pd.DataFrame({"number": number[says], "place": says}).merge(pd.DataFrame({"number": found, "user": held}))
        places.append(pairs["place"].to_numpy(dtype=np.int64))
        users.append(pairs["user"].to_numpy(dtype=np.int64))
        tiers.append(np.full(len(pairs), tier, dtype=np.int64))
    return _Objections(place=np.concatenate(places), user=np.concatenate(users), tier=np.concatenate(tiers))


def _explain(
    ends: _Ends, objections: tuple[_Objections, _Objections], twins: Flags, names: Names, paths: Sequence[str]
) -> pd.Series[str]:
    """Say of each link why it does not hold; NA where it does."""
    of_rows, of_users = objections
    spelled = pd.Series(list(paths), dtype="str")
    index = pd.RangeIndex(len(ends.link))
    none = pd.Series(pd.NA, index=index, dtype="str")
    reason = none
    if len(of_rows.place):
        users = names.tell((of_rows.place, of_rows.user), (NOBODY, NOBODY))
        many = pd.Series(of_rows.place).value_counts().reindex(users.index) > 1
        key = _by_place(of_rows, spelled).reindex(users.index)
        own = _by_place(of_rows, pd.Series(range(len(paths)))).reindex(users.index) == ends.tier[users.index]
        subject = ("its row's " + key).mask(own, "its key")
        said = subject + " now matches user" + pd.Series("", index=users.index, dtype="str").mask(many, "s") + " " + users
        reason = reason.fillna(said.reindex(index))
    if len(of_users.place):
        rows = names.tell((NOBODY, NOBODY), (of_users.place, of_users.user))
        said = "its user's " + _by_place(of_users, spelled).reindex(rows.index) + " now matches " + rows
        reason = reason.fillna(said.reindex(index))
    if twins.any():
        linked = names.tell((ends.row[twins], ends.user[twins]), (NOBODY, NOBODY))
        said = ("its row is linked to users " + linked).reindex(ends.row)
        reason = reason.fillna(said.set_axis(index).where(twins))
    return reason


def _by_place(objections: _Objections, of_tiers: pd.Series) -> pd.Series:
    """Give each link objected to what its tier stands for."""
    told = pd.Series(of_tiers.array[objections.tier], index=objections.place)
    return told[~told.index.duplicated()]


def _leave_unclear(
    standing: Standing,
    alone: Standing,
    ends: _Ends,
    torn: Flags,
    objections: tuple[_Objections, _Objections],
    names: Names,
) -> tuple[dict[int, str], dict[int, str]]:
    """Make the ends of links that do not hold ambiguous, and whom their keys match instead; name all of them.

    Who is linked otherwise, or matched with a third, stays out of it.
    """
    of_rows, of_users = objections
    lost = ends.take(torn)
    users = pd.concat([_members(lost.user, lost, own=True), _members(of_rows.user, ends.take(of_rows.place), own=False)])
    rows = pd.concat([_members(lost.row, lost, own=True), _members(of_users.user, ends.take(of_users.place), own=False)])
    words = names.tell(
        (users["group"].to_numpy(), users["member"].to_numpy()), (rows["group"].to_numpy(), rows["member"].to_numpy())
    )
    user_partner, row_partner = alone.row_of[users["member"]], alone.user_of[rows["member"]]
    users = users[users["own"] | (user_partner < 0) | (user_partner == users["row"])]
    rows = rows[rows["own"] | (row_partner < 0) | (row_partner == rows["user"])]
    user_words = _mark(users[standing.row_of[users["member"]] < 0], words, standing.user_unclear, standing.user_tier)
    row_words = _mark(rows[standing.user_of[rows["member"]] < 0], words, standing.row_unclear, standing.row_tier)
    return row_words, user_words


def _members(member: Positions, ends: _Ends, *, own: bool) -> pd.DataFrame:
    """Gather rows, or users, about links; those about one row are one group."""
    told = {"member": member, "group": ends.row, "row": ends.row, "user": ends.user, "tier": ends.tier}
    return pd.DataFrame(told).assign(own=own)


def _mark(members: pd.DataFrame, words: pd.Series[str], unclear: Flags, tier: Positions) -> dict[int, str]:
    """Call members ambiguous; one of several groups goes by its own link's."""
    told = members.assign(words=words.reindex(members["group"]).array)
    told = told.sort_values(["own", "words", "tier"], ascending=[False, True, True]).drop_duplicates("member")
    unclear[told["member"]] = True
    tier[told["member"]] = told["tier"]
    return dict(zip(told["member"].tolist(), told["words"].tolist(), strict=True))


def _renamed(given: pd.Series[str], user: Positions, user_names: Labels | None) -> pd.Series[str]:
    """Say of each link whose user goes by another name what that is; NA elsewhere."""
    none = pd.Series(pd.NA, index=given.index, dtype="str")
    if user_names is None:
        return none
    places = given.index[(given.fillna("").str.strip() != "") & (user >= 0)]
    now = pd.Series(pd.Series(list(user_names), dtype="str").array[user[places]], index=places)
    other = normalise(given[places], case_exact=False) != normalise(now, case_exact=False).fillna("")
    said = ("the user is now called " + now.where(now != "").fillna("nothing")).where(other)
    return none.fillna(said.reindex(given.index))
