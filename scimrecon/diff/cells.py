"""The cells of one path: which differ, how, and whether they can be ticked."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.attributes import AttributeType
from scimrecon.dialects import Dialect
from scimrecon.diff.policies import ALLOWED, Policy
from scimrecon.paths import AttributePath, Element
from scimrecon.values import (
    Comparator,
    damage,
    hidden_characters,
    is_among,
    mixed_script,
    name_formatting,
    null_word,
    to_json,
)

IDENTITY_PATHS = frozenset({"userName", "externalId", "id"})
"""What people sign in or are found by; with the primary email's value and `active`, locked until unlocked by name."""
PRIMARY_EMAIL = "emails[primary eq true].value"
_NEVER_CLEARED = frozenset({"active", "userName", "id"})
_EMAIL_IDENTITY_PARTS = frozenset({"value", "primary"})
_NOT_TEXT = frozenset({AttributeType.BOOLEAN, AttributeType.INTEGER, AttributeType.DECIMAL})


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What decides whether a change of one path can be ticked."""

    path: AttributePath
    policy: Policy
    comparator: Comparator
    unlocked: bool
    """Whether the analyst unlocked this path by name."""
    dialect: Dialect
    held: AttributeType | None
    """The JSON type the target holds now, for an attribute RFC 7643 does not define."""
    user_ids: pd.Series[str] | None = field(default=None, repr=False)
    """For a reference to another user: the ids there are."""
    elements: str | None = None
    """The multi-valued attribute whose elements go that no mapped path names; None if they stay."""
    restores: bool = False
    """Whether the values asked for are ones the target held before."""

    @property
    def unseen(self) -> bool:
        """Whether the target takes it and never shows it, so that whether it differs cannot be told."""
        return self.path.name in self.dialect.write_only


def type_of(path: AttributePath, kinds: AbstractSet[AttributeType]) -> AttributeType | None:
    """The JSON type a path's value goes out as: RFC 7643's, or else the one the target holds everywhere; None if unknown."""
    if path.definition is not None:
        return path.definition.type
    return next(iter(kinds)) if len(kinds) == 1 else None


def differing(before: Any, after: Any) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which of two columns' Arrow texts differ: an opinion, and not the same text, nor both unassigned."""
    unlike = pc.if_else(pc.is_null(before), pc.not_equal(after, pa.scalar("", after.type)), pc.not_equal(before, after))
    result: np.ndarray[Any, np.dtype[np.bool_]] = pc.fill_null(unlike, False).to_numpy(zero_copy_only=False)  # noqa: FBT003
    return result


def classify(cells: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Say of each differing cell of one path what kind of change it is and whether it can be ticked.

    Parameters
    ----------
    cells
        Columns ``before, after, found`` (`paths.Element`), ``primary`` (whether it is the primary email's), ``filled`` (whether
        the attribute has any value) and ``problem``.
    rules
        For this path.

    Returns
    -------
    pandas.DataFrame
        On the same index: ``kind, status, policy, flags, problem``, and ``formatting`` (in what a cosmetic change differs).
    """
    before, after = cells["before"], cells["after"]
    kind = _kinds(before, after, cells["found"], rules)
    problem = cells["problem"]
    for wrong, words in _problems(before, after, kind, rules):
        if wrong.any():
            problem = problem.mask(problem.isna() & wrong, words)
    identity = cells["primary"] | (str(rules.path) in IDENTITY_PATHS)
    locked = (identity | (str(rules.path) == "active") | (rules.policy is Policy.LOCKED)) & (not rules.unlocked)
    allows = ALLOWED[rules.policy] | ({"cosmetic"} if "replace" in ALLOWED[rules.policy] else set())
    allowed = is_among(kind, pd.Series(sorted(allows), dtype="str"))
    if rules.policy is Policy.FILL_IF_EMPTY:
        allowed &= ~cells["filled"]
    status = pd.Series("open", index=cells.index, dtype="str").mask(locked | ~allowed, "locked")
    if not _writable(rules.path, rules.dialect):
        status[:] = "unsupported"
    policy = Policy.FORCE if rules.policy is Policy.LOCKED else rules.policy
    status = status.mask(problem.notna(), "invalid")
    if _full_name(rules.path) in rules.dialect.opt_in - (rules.dialect.writable or frozenset()):
        name = rules.path.name
        problem = problem.fillna(f"{rules.dialect.title} writes {name} only if asked to: connect(…, writable=[{name!r}])")
    return pd.DataFrame(
        {
            "kind": kind,
            "status": status,
            "policy": pd.Series(policy.value, index=cells.index, dtype="str").mask(locked, Policy.LOCKED.value),
            "flags": _flags(cells, kind, identity, rules.path),
            "problem": problem,
            "formatting": _formatting(before, after, kind, rules.comparator),
        }
    )


def _kinds(before: pd.Series[str], after: pd.Series[str], found: pd.Series[int], rules: Rules) -> pd.Series[str]:
    taken = "remove_element" if rules.path.is_element else "clear"
    names = ["replace", "set", "add_element", taken, "cosmetic"]
    missing = before.isna().to_numpy()
    kind = np.zeros(len(before), dtype=np.int64)
    kind[missing] = names.index("set")
    kind[missing & (found == Element.ABSENT)] = names.index("add_element")
    kind[after == ""] = names.index(taken)
    replaced = np.flatnonzero((kind == 0) & after.notna())
    if len(replaced):
        alike = rules.comparator.alike(before.iloc[replaced], after.iloc[replaced])
        kind[replaced[alike]] = names.index("cosmetic")
    return pd.Series(pd.array(names, dtype="str").take(kind), index=before.index)


def _formatting(before: pd.Series[str], after: pd.Series[str], kind: pd.Series[str], comparator: Comparator) -> pd.Series[str]:
    formatting = pd.Series("", index=kind.index, dtype="str")
    cosmetic = kind == "cosmetic"
    if cosmetic.any():
        formatting[cosmetic] = name_formatting(before[cosmetic], after[cosmetic], comparator).fillna("")
    return formatting


def _problems(
    before: pd.Series[str], after: pd.Series[str], kind: pd.Series[str], rules: Rules
) -> list[tuple[pd.Series[bool], pd.Series[str] | str]]:
    path = str(rules.path)
    problems: list[tuple[pd.Series[bool], pd.Series[str] | str]] = []
    clears = after == ""
    if path in _NEVER_CLEARED:
        problems.append((clears, f"{path} cannot be cleared"))
    if rules.user_ids is not None:
        strange = ~clears & after.notna() & ~is_among(after, rules.user_ids)
        problems.append((strange, f"{path} must be the id of a user of the target, and no user has this one"))
    if rules.held in _NOT_TEXT:
        wrong = ~clears & after.notna() & ~after.map(lambda text: _fits(text, rules.held), na_action="ignore").eq(other=True)
        problems.append((wrong, f"{path} is {rules.held}; this text is not"))
    if rules.path.definition is None and rules.held is None:
        unknown = pd.Series(data=True, index=after.index)
        problems.append((unknown, f"{path}: its type is not known: no user fetched holds one value there to tell it by"))
    if rules.restores:
        return problems
    problems.append((~clears & (after.str.strip() == ""), "white space alone is no value; '' clears"))
    damaged = damage(after, before)
    if damaged.notna().any():
        problems.append((damaged.notna() & (kind != "cosmetic"), "the export's cell seems damaged: " + damaged.fillna("")))
    return problems


def _fits(text: str, kind: AttributeType | None) -> bool:
    try:
        to_json(text, kind or AttributeType.STRING)
    except ValueError:
        return False
    return True


def _writable(path: AttributePath, dialect: Dialect) -> bool:
    if path.read_only or path.name == "id":
        return False
    name = _full_name(path)
    return dialect.writable is None or name in dialect.writable or f"{name}.{path.sub}" in dialect.writable


def _full_name(path: AttributePath) -> str:
    return f"{path.urn}:{path.name}" if path.urn and path.definition is None else path.name


def _flags(cells: pd.DataFrame, kind: pd.Series[str], identity: pd.Series[bool], path: AttributePath) -> pd.Series[str]:
    before, after = cells["before"], cells["after"]
    words = {"identity": identity}
    if str(path) == "active":
        words["deactivation"] = after == "false"
        words["reactivation"] = (after == "true") & (before != "true")
    if path.member:
        words[f"supplies:{path.member}"] = (cells["found"] == Element.LONE) & (after != "")
    real = kind != "cosmetic"
    words["mixed_script"] = mixed_script(after)
    # An address may have lines.
    words["hidden_characters"] = hidden_characters(after.str.replace("\n", " ") if path.name == "addresses" else after)
    words["null_word"] = null_word(after) & real
    flags = pd.Series("", index=after.index, dtype="str")
    for word, holds in words.items():
        if holds.any():
            flags = flags.mask(holds, flags + " " + word)
    return flags.str.strip()


def is_primary_email(path: AttributePath, before: pd.Series[str], primary: pd.Series[str] | None) -> pd.Series[bool]:
    """Tell where a path names the primary email, by whatever filter; without knowledge, it is taken to.

    Parameters
    ----------
    path
        Any path.
    before
        What the target holds there.
    primary
        What it holds as primary email; NA where there is none. None where that was not read.
    """
    if path.urn or path.name != "emails" or path.sub not in _EMAIL_IDENTITY_PARTS:
        return pd.Series(data=False, index=before.index)
    if primary is None or path.sub == "primary":
        return pd.Series(data=True, index=before.index)
    return primary.isna() | (before == primary)
