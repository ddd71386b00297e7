"""What must not go out: thresholds on a whole plan.

A threshold counts users, not cells, and is judged before the first request, all or nothing. Exceeding one never stops planning or
a dry run; it stops sending, until `allow` says the number that is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import PlanError
from scimrecon.tables import count
from scimrecon.values import has_word


class Threshold(StrEnum):
    """The limits, by the names `allow` takes."""

    USERS = "users"
    """Users of whom an existing value is overwritten; filling what was unassigned is not counted."""
    DEACTIVATIONS = "deactivations"
    REACTIVATIONS = "reactivations"
    CLEARS = "clears"
    """Users who lose a value, per attribute."""
    IDENTITY = "identity"
    """Users whose userName, externalId or primary email changes."""


_FLOOR = 5
_WORDS = {
    Threshold.USERS: "{} would have a value overwritten",
    Threshold.DEACTIVATIONS: "{} would be deactivated",
    Threshold.REACTIVATIONS: "{} would be switched on again",
    Threshold.CLEARS: "{} would lose {}",
    Threshold.IDENTITY: "{} would change in what they sign in with",
}
_SHARES = {
    Threshold.USERS: 0.20,
    Threshold.DEACTIVATIONS: 0.02,
    Threshold.REACTIVATIONS: 0.0,
    Threshold.CLEARS: 0.01,
    Threshold.IDENTITY: 0.01,
}


def check_allow(allow: Mapping[str, int]) -> None:
    """Refuse an `allow` that names no threshold or gives no number.

    Raises
    ------
    PlanError
        The message lists the names there are.
    """
    for name, number in allow.items():
        if name not in list(Threshold):
            raise PlanError(f"allow: {name!r} is no threshold; there are {', '.join(Threshold)}.")
        if not isinstance(number, int) or isinstance(number, bool) or number < 0:
            raise PlanError(f"allow: {name} is {number!r}; give the number of users that is meant.")


def judge_thresholds(changes: pd.DataFrame, matched: int, allow: Mapping[str, int]) -> pd.DataFrame:
    """Count what a plan does against its limits.

    Parameters
    ----------
    changes
        The changes that would go out; follows `schemas.Changes`.
    matched
        Users matched in the full comparison: what the shares are of, however narrow the plan.
    allow
        Threshold to the number of users that is meant; it replaces the limit.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Thresholds`: one row a threshold, and one an attribute for ``clears``.
    """
    overwrites = ~changes["kind"].isin(["set", "add_element"])
    cleared = changes["kind"].isin(["clear", "remove_element"])
    picked = {
        Threshold.USERS: overwrites,
        Threshold.DEACTIVATIONS: has_word(changes["flags"], "deactivation"),
        Threshold.REACTIVATIONS: has_word(changes["flags"], "reactivation"),
        Threshold.IDENTITY: has_word(changes["flags"], "identity"),
    }
    rows = [_judge(name, None, changes.loc[rows, "user_id"].nunique(), matched, allow) for name, rows in picked.items()]
    counts = changes.loc[cleared, "path"].value_counts()
    rows += [_judge(Threshold.CLEARS, str(path), int(users), matched, allow) for path, users in counts.items()]
    return schemas.from_rows(rows, schemas.Thresholds)


def _judge(name: Threshold, path: str | None, users: int, matched: int, allow: Mapping[str, int]) -> dict[str, object]:
    share = _SHARES[name]
    limit = max(_FLOOR, int(share * matched)) if share else 0
    allowed = allow.get(name)
    return {
        "threshold": name.value,
        "path": path,
        "users": users,
        "limit": limit,
        "allowed": allowed,
        "exceeded": users > (limit if allowed is None else allowed),
        "rule": f"max({_FLOOR}, {share:.0%} of {matched:,} matched users)" if share else "none unless allowed",
    }


def refusal(thresholds: pd.DataFrame) -> str:
    """Say in one message which thresholds are exceeded and the `allow` that means them; empty if none is."""
    exceeded = thresholds[thresholds["exceeded"]]
    if exceeded.empty:
        return ""
    lines = [
        f"{_WORDS[row['threshold']].format(count(row['users'], 'user'), row['path'])}, over "
        f"{row['limit'] if pd.isna(row['allowed']) else row['allowed']:,} ({row['rule']})"
        for row in exceeded.to_dict("records")
    ]
    most = exceeded.sort_values("users").drop_duplicates("threshold", keep="last")
    meant = dict(zip(most["threshold"].tolist(), most["users"].tolist(), strict=True))
    return f"{'; '.join(lines)}. If that is meant: plan_puts(selection, target, allow={meant})."
