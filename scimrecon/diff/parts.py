"""Compare a part of two sides, by the functions that compare the whole: what `scale` does with each partition.

A part has every row and user whose keys are alike, so that who is who is told within it. What only all users can tell is asked
first (`ask`), answered elsewhere, and given back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scimrecon.diff.changing import find_cells, find_places, leaving
from scimrecon.diff.options import Options, Pair
from scimrecon.diff.pairing import find_rules, pair_sides, paths_read, sets_read
from scimrecon.diff.protection import Protect, find_protected
from scimrecon.diff.resolving import MANAGER
from scimrecon.diff.sides import read_desired, read_side
from scimrecon.diff.statuses import tell_statuses
from scimrecon.diff.tallies import Evidence, Tally, make_tally
from scimrecon.diff.uniqueness import find_taken
from scimrecon.matching import Key, Positions
from scimrecon.paths import parse_path
from scimrecon.values import text_series

LOGIN = "userName"


@dataclass(frozen=True, kw_only=True)
class Part:
    """Some rows of the export and some users, matched."""

    keys: list[Key]
    pair: Pair
    options: Options

    @property
    def others(self) -> Positions:
        """The users whom no row has, by position: the last of the statuses, in this order."""
        return np.flatnonzero(self.pair.matches.desired_of < 0)


@dataclass(frozen=True, kw_only=True)
class Questions:
    """What a part asks of all users."""

    logins: pd.DataFrame
    """Logins asked for: ``form`` (normal), ``user_id`` (who would get it), ``after``."""
    holders: pd.DataFrame
    """Logins held: ``form`` (normal), ``user_id``, ``stays`` (whether that user keeps it)."""
    managers: pd.Series[str]
    """Ids of managers to be, and of those who are no longer."""


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What a part differs in."""

    changes: pd.DataFrame
    """As `changing.find_cells` gives them."""
    statuses: pd.DataFrame
    """Follows `schemas.UserStatuses`."""
    tally: Tally


def match_part(
    desired: pd.DataFrame, users: pd.DataFrame, options: Options, protect: Protect, taken: pd.Series[str] | None = None
) -> Part:
    """Match the rows and users of a part.

    Parameters
    ----------
    desired
        Text columns by SCIM path; its index are lines, which rise.
    users
        Text columns by SCIM path, and ``id``.
    options
        What was asked.
    protect
        As `compare` takes it; who is not among these users may be among others.
    taken
        As `Pair.taken`.
    """
    wanted = read_desired(desired)
    side = read_side(users, list(paths_read(wanted, options.tiers)), list(sets_read(wanted, options.policies)))
    protected, _ = find_protected(protect, side.frame, side.ids, side.names)
    keys, pair = pair_sides(wanted, side, options, protected, taken=taken)
    return Part(keys=keys, pair=pair, options=options)


def ask(part: Part) -> Questions:
    """List the logins and managers that changes of a part ask for, and who holds which login."""
    pair, side = part.pair, part.pair.side
    rules = find_rules(pair.desired, side, part.options, side.ids)
    logins, managers = _no_texts("form", "user_id", "after"), text_series([])
    holders = _no_texts("form", "user_id").assign(stays=np.zeros(0, dtype=bool))
    if LOGIN in rules and LOGIN not in part.options.tiers:
        normalise, held = rules[LOGIN].comparator.normalise, side.values[LOGIN].texts
        rows, users = find_places(LOGIN, pair)
        after = pd.Series(pair.desired.frame[LOGIN].array[rows])
        logins = pd.DataFrame({"form": normalise(after), "user_id": side.ids.array[users], "after": after})
        stays = np.ones(len(side.ids), dtype=bool)
        stays[leaving(after, users, pair)] = False
        holders = pd.DataFrame({"form": normalise(held), "user_id": side.ids, "stays": stays})
    if MANAGER in rules:
        rows, users = find_places(MANAGER, pair)
        both = [pair.desired.frame[MANAGER].array[rows], side.values[MANAGER].texts.array[users]]
        managers = pd.concat([pd.Series(one) for one in both], ignore_index=True).dropna().drop_duplicates()
    return Questions(logins=logins, holders=holders, managers=managers)


def answer_logins(logins: pd.DataFrame, holders: pd.DataFrame, options: Options) -> pd.DataFrame:
    """Tell which logins asked for cannot be had: ``user_id, problem``.

    Parameters
    ----------
    logins, holders
        As `Questions` has them, of all parts; at least all of the forms that occur.
    options
        What was asked.
    """
    given_up = np.flatnonzero(~holders["stays"].to_numpy(dtype=bool))
    asked = logins.reset_index(drop=True)
    comparator = options.comparator_of(parse_path(LOGIN))
    problem = find_taken(asked["after"], given_up, holders["form"], holders["user_id"], comparator)
    return asked[["user_id"]].assign(problem=problem)[problem.notna()]


def compare_part(part: Part, managers: pd.Series[str]) -> Compared:
    """Find what a part differs in.

    Parameters
    ----------
    part
        From `match_part`, with what is known of logins.
    managers
        Ids, among those asked for, that users of the target have.
    """
    pair = part.pair
    rules = find_rules(pair.desired, pair.side, part.options, managers)
    changes = find_cells(pair, rules)
    texts = {path: held.texts for path, held in pair.side.values.items()}
    evidence = Evidence(keys=part.keys, pair=pair, texts=texts, changes=changes, base=None)
    return Compared(changes=changes, statuses=tell_statuses(pair, changes), tally=make_tally(evidence))


def _no_texts(*names: str) -> pd.DataFrame:
    return pd.DataFrame({name: text_series([]) for name in names})
