"""What a reviewer of a plan should know, and what must be accepted by name before it is sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence

import pandas as pd

from scimrecon import schemas
from scimrecon.dialects import Dialect, Rule
from scimrecon.guards import Broken
from scimrecon.tables import count
from scimrecon.values import has_word

_PATTERN_SHARE = 0.5
_PATTERN_USERS = 20
_DOUBTS = {
    "weak_match": "a weaker key",
    "linked": "a link alone",
    "keys_disagree": "a key that others contradict",
}


def tell_warnings(changes: pd.DataFrame, requests: pd.DataFrame, carried: Sequence[Broken], dialect: Dialect) -> pd.DataFrame:
    """Say what is remarkable about a plan.

    Parameters
    ----------
    changes
        What goes out; follows `schemas.Changes`.
    requests
        The users it goes out for.
    carried
        Rules of the provider that these users break already, and will still: one each.
    dialect
        The target's.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Warnings`.
    """
    along = changes["kind"] == "sent_along"
    rows = _tell_pattern(changes[~along])
    for flag, words in _DOUBTS.items():
        doubtful = changes.loc[has_word(changes["flags"], flag), "user_id"].nunique()
        if doubtful:
            rows.append({"user_id": None, "path": None, "warning": f"{count(doubtful, 'user')} matched by {words}"})
    supplied = changes[changes["flags"].str.contains("supplies:", regex=False)]
    rows += [
        {"user_id": user, "path": path, "warning": "the user's only element has no such member; the PUT supplies it"}
        for user, path in zip(supplied["user_id"], supplied["path"], strict=True)
    ]
    for path, users in changes.loc[along, "path"].value_counts().items():
        words = f"sent along with {count(int(users), 'user')}: {dialect.title} never shows it, and may lose it without"
        rows.append({"user_id": None, "path": str(path), "warning": words})
    for path, lost in find_losses(changes, requests, dialect).items():
        rows.append({"user_id": None, "path": path, "warning": _tell_loss(path, lost, dialect)})
    return schemas.from_rows(rows + _tell_carried(carried), schemas.Warnings)


def _tell_pattern(changes: pd.DataFrame) -> list[dict[str, object]]:
    patterns = changes["pattern"].value_counts()
    if not len(patterns) or patterns.iloc[0] < max(_PATTERN_USERS, _PATTERN_SHARE * len(changes)):
        return []
    warning = f"{patterns.iloc[0]:,} of {len(changes):,} changes are one pattern: {patterns.index[0]}"
    return [{"user_id": None, "path": None, "warning": warning}]


def _tell_carried(carried: Sequence[Broken]) -> list[dict[str, object]]:
    users: Counter[Rule] = Counter(broken.rule for broken in carried)
    first = {broken.rule: broken for broken in reversed(carried)}
    return [
        {
            "user_id": None,
            "path": rule.path,
            "warning": f"{count(number, 'user')} may be refused for what is there already: {first[rule]}",
        }
        for rule, number in users.items()
    ]


def find_losses(changes: pd.DataFrame, requests: pd.DataFrame, dialect: Dialect) -> dict[str, int]:
    """Count, by attribute that the provider takes and never shows, the users of whom a PUT carries no value of it."""
    if not dialect.write_only:
        return {}
    along = (changes["kind"] == "sent_along") & changes["user_id"].isin(requests["user_id"])
    sent = changes[along].groupby("path")["user_id"].nunique()
    missing = {path: len(requests) - int(sent.get(path, 0)) for path in sorted(dialect.write_only)}
    return {path: users for path, users in missing.items() if users}


def _tell_loss(path: str, users: int, dialect: Dialect) -> str:
    return f"{count(users, 'user')} may lose {path}: {dialect.title} never shows it, and a PUT without it may clear it"


def refuse_losses(changes: pd.DataFrame, requests: pd.DataFrame, dialect: Dialect, accept: Collection[str]) -> str:
    """Say which values may be lost that were not given up by name; empty if none."""
    losses = find_losses(changes, requests, dialect)
    open_ = [path for path in losses if f"lost:{path}" not in accept]
    if not open_:
        return ""
    told = "; ".join(_tell_loss(path, losses[path], dialect) for path in open_)
    return f"{told}. Map it, or plan_puts(selection, target, accept={[f'lost:{path}' for path in open_]!r})."
