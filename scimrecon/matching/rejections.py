"""Hold decisions against a match to what the keys say: whom they match all the same is left ambiguous."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scimrecon.matching.keys import Key, link_form
from scimrecon.matching.standing import NOBODY, Names, Standing, words_of
from scimrecon.matching.verifying import BROKEN_COLUMNS
from scimrecon.values import is_among


@dataclass(frozen=True, kw_only=True)
class Contradicted:
    """Matches that were decided against."""

    row_words: dict[int, str]
    """Row to the user its keys match, in words. Likewise for users."""
    user_words: dict[int, str]
    broken: pd.DataFrame
    """Text columns `BROKEN_COLUMNS`, one row a decision."""


def apply_rejections(rejections: pd.DataFrame, keys: Sequence[Key], standing: Standing, names: Names) -> Contradicted:
    """Take back the matches that were decided against; row and user become ambiguous.

    Cost: a normal form of the rows' keys a tier that has rejections, and whole-column operations on those.

    Parameters
    ----------
    rejections
        From `check_rejections`.
    keys
        The tiers.
    standing
        How rows and users match by links and keys; it is changed.
    names
        How candidates are named.
    """
    found = pd.concat([_find_rows(rejections[rejections["path"] == key.path], key) for key in keys], ignore_index=True)
    user = standing.user_of[found["row"]]
    matched = pd.Series([str(names.user_ids[place]) if place >= 0 else None for place in user.tolist()], dtype="str")
    against = matched.notna() & ((found["decision"] == "never") | (matched == found["user_id"])).fillna(value=False)
    rows, where = np.unique(found.loc[against, "row"].to_numpy(), return_index=True)
    users = user[against][where]
    said = names.tell((rows, users), (NOBODY, NOBODY)), names.tell((NOBODY, NOBODY), (rows, rows))
    standing.user_of[rows] = standing.row_of[users] = -1
    standing.row_unclear[rows] = standing.user_unclear[users] = True
    told = ("said to have no user, and now matches " + matched).where(
        found["decision"] == "never", "said not to be this user, and its keys match it"
    )
    broken = found.assign(reason=told).loc[against, list(BROKEN_COLUMNS)].reset_index(drop=True)
    return Contradicted(row_words=words_of(rows, rows, said[0]), user_words=words_of(users, rows, said[1]), broken=broken)


def _find_rows(rejections: pd.DataFrame, key: Key) -> pd.DataFrame:
    """Find the rows that have the key of a decision: the decisions, as often as there are such rows, and ``row``."""
    if rejections.empty:
        return rejections.assign(row=NOBODY)
    forms = link_form(key.desired.reset_index(drop=True), key)
    wanted = rejections.assign(form=link_form(rejections["key"], key))
    rows = np.flatnonzero(is_among(forms, wanted["form"]))
    return wanted.merge(pd.DataFrame({"form": forms.array[rows], "row": rows}), on="form").drop(columns="form")
