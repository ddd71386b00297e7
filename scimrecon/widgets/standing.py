"""Say how the ticks stand against the limits on a whole plan, as they change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.guards import judge_thresholds
from scimrecon.tables import count

if TYPE_CHECKING:
    from collections.abc import Hashable

    from scimrecon.diff import Basis
    from scimrecon.widgets.columns import Columns, Mask


class Standing(TypedDict):
    """One part of the line under the table: what it says, and whether a limit is exceeded."""

    text: str
    over: bool


def judge(columns: Columns, ticked: Mask, basis: Basis) -> pd.DataFrame:
    """Hold the ticked changes against the thresholds, as a plan of them would be if nothing of it were blocked.

    Cost: 0.2 s for a million ticked changes.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Thresholds`.
    """
    if not ticked.any():
        return judge_thresholds(schemas.empty(schemas.Changes), basis.matched, basis.allow)
    # Users as numbers and repeated texts as categories: the same answer, and no text is looked at a million times.
    users, _ = columns.coded("user_id")
    kinds, paths, flags = (_texts(columns, name, ticked) for name in ("kind", "path", "flags"))
    frame = pd.DataFrame({"user_id": users[ticked], "kind": kinds, "path": paths, "flags": flags})
    return judge_thresholds(frame, basis.matched, basis.allow)


def _texts(columns: Columns, name: str, ticked: Mask) -> pd.Series[str]:
    codes, values = columns.coded(name)
    return pd.Series(pd.Categorical.from_codes(codes[ticked], categories=pd.Index(values.to_pylist(), dtype="str")))


def tell(columns: Columns, ticked: Mask, thresholds: list[dict[Hashable, Any]], matched: int) -> list[Standing]:
    """Say in a line what the ticks come to: users, what is notable, and which limit each part exceeds.

    Parameters
    ----------
    columns
        Of the changes.
    ticked
        Which of them are.
    thresholds
        Rows of `judge`'s frame.
    matched
        Users matched in the full comparison.
    """
    users = count_users(columns, ticked)
    parts: list[Standing] = [{"text": f"{users:,} of {count(matched, 'matched user')}", "over": False}]
    for row in thresholds:
        if not row["users"]:
            continue
        limit = row["limit"] if pd.isna(row["allowed"]) else row["allowed"]
        over = f": over {limit:,} ({row['rule']})" if row["exceeded"] else ""
        parts.append({"text": _words(row["threshold"], row["users"], row["path"]) + over, "over": bool(row["exceeded"])})
    return parts


def count_users(columns: Columns, ticked: Mask) -> int:
    """Count the users of the ticked changes."""
    if not ticked.any():
        return 0
    codes, users = columns.coded("user_id")
    return int(np.count_nonzero(np.bincount(codes[ticked], minlength=len(users))))


def _words(threshold: str, users: int, path: str) -> str:
    match threshold:
        case "users":
            return f"{users:,} with a value overwritten"
        case "clears":
            return f"{count(users, 'clear')} of {path}"
        case "identity":
            return f"{users:,} with another login"
        case _:
            return count(users, threshold.removesuffix("s"))
