"""Logins must be unique (RFC 7643 §4.1.1): which change would take one that is another user's, or is asked for twice."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scimrecon.matching import Positions
from scimrecon.values import Comparator, is_among, shorten


def find_taken(
    after: pd.Series[str], leaving: Positions, held: pd.Series[str], ids: pd.Series[str], comparator: Comparator
) -> pd.Series[str]:
    """Say of each changed login why it cannot be had; NA where it can.

    A login whose holder is about to give it up is free: whether a server takes the two changes in any order is the server's word.

    Parameters
    ----------
    after
        What is asked for; one a change.
    leaving
        Positions of the users who would give theirs up.
    held
        The normal form of what every user holds, by position.
    ids
        Every user's id.
    comparator
        Tells which logins are one.
    """
    asked = comparator.normalise(after)
    stays = np.ones(len(held), dtype=bool)
    stays[leaving] = False
    forms = held.reset_index(drop=True)[stays]
    forms = forms[is_among(forms, asked) & (forms != "").to_numpy()]
    holders = pd.Series(ids.array[forms.index.to_numpy()], index=forms.array).sort_values()
    owner = asked.map(holders[~holders.index.duplicated()])
    shown = after.map(lambda text: shorten(repr(text)), na_action="ignore")
    problem = pd.Series(pd.NA, index=after.index, dtype="str")
    twice = asked.duplicated(keep=False) & asked.notna() & (asked != "")
    problem = problem.mask(twice, "the login " + shown + " is asked for by more than one user")
    return problem.mask(owner.notna(), "the login " + shown + " is taken by user " + owner.astype("str"))
