"""What must not go out: thresholds on a whole plan.

A threshold counts users, not cells, and is judged before the first request, all or nothing. Exceeding one never stops planning or
a dry run; it stops sending, until `allow` says the number that is meant.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from numbers import Integral, Real

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import PlanError
from scimrecon.paths import parse_path
from scimrecon.tables import count
from scimrecon.values import has_word


class Threshold(StrEnum):
    """The limits, by the names `allow` takes."""

    USERS = "users"
    """Users of whom an existing value is overwritten; filling what was unassigned is not counted."""
    DEACTIVATIONS = "deactivations"
    REACTIVATIONS = "reactivations"
    CLEARS = "clears"
    """Users who lose a value, per attribute; an attribute whose elements are known by their values counts as one."""
    IDENTITY = "identity"
    """Users whose userName, externalId or primary email changes."""


_FLOOR = 5
_TELLING = ("", "type", "primary")
"""Members of a filter that say what sort of value is meant, and not which."""
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


def read_allow(allow: Mapping[str, int]) -> dict[str, int]:
    """Take an `allow`: threshold to the number of users that is meant.

    Raises
    ------
    PlanError
        It names no threshold, and the message lists those there are; or it gives no number.
    """
    read: dict[str, int] = {}
    for name, number in allow.items():
        if name not in list(Threshold):
            raise PlanError(f"allow: {name!r} is no threshold; there are {', '.join(Threshold)}.")
        if not (is_number(number, whole=True) and number >= 0):
            raise PlanError(f"allow: {name} is {number!r}; give the number of users that is meant.")
        read[name] = int(number)  # what was counted in a frame is a number of numpy's
    return read


def is_number(value: object, *, whole: bool = False) -> bool:
    """Whether a value is a number, numpy's too; True and False are none."""
    return not isinstance(value, bool) and isinstance(value, Integral if whole else Real)


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
    overwrites = ~changes["kind"].isin(["set", "add_element", "sent_along"])
    cleared = changes["kind"].isin(["clear", "remove_element"])
    picked = {
        Threshold.USERS: overwrites,
        Threshold.DEACTIVATIONS: _flagged(changes["flags"], "deactivation"),
        Threshold.REACTIVATIONS: _flagged(changes["flags"], "reactivation"),
        Threshold.IDENTITY: _flagged(changes["flags"], "identity"),
    }
    rows = [_judge(name, None, changes.loc[rows, "user_id"].nunique(), matched, allow) for name, rows in picked.items()]
    attributes = {path: _attribute_of(path) for path in changes.loc[cleared, "path"].unique()}
    losing = changes.loc[cleared, "user_id"].groupby(changes.loc[cleared, "path"].map(attributes)).nunique()
    counts = losing.sort_values(ascending=False, kind="stable")
    rows += [_judge(Threshold.CLEARS, str(path), int(users), matched, allow) for path, users in counts.items()]
    return schemas.from_rows(rows, schemas.Thresholds)


def _flagged(flags: pd.Series[str], word: str) -> pd.Series[bool]:
    """As `has_word`, which looks at each distinct text once: flags repeat."""
    seen = pd.Series(flags.unique()).astype("str")
    return flags.isin(seen[has_word(seen, word)])


def _attribute_of(path: str) -> str:
    """What a cleared path is counted as: whoever loses a role loses a role, whichever it is."""
    parsed = parse_path(path)
    if parsed.member in _TELLING:
        return path
    return str(replace(parsed, member="", literal="", sub="" if parsed.sub == "value" else parsed.sub))


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
