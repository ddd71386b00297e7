"""Cells: which differ, how, and whether they can be ticked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.attributes import AttributeType
from scimrecon.dialects import Dialect
from scimrecon.diff.policies import ALLOWED, Policy
from scimrecon.matching import Positions
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

Flags: TypeAlias = np.ndarray[Any, np.dtype[np.bool_]]

IDENTITY_PATHS = frozenset({"userName", "externalId", "id"})
"""What people sign in or are found by; with the primary email's value and `active`, locked until unlocked by name."""
PRIMARY_EMAIL = "emails[primary eq true].value"
_KINDS = ("replace", "set", "add_element", "clear", "remove_element", "cosmetic")
_STATUSES = ("open", "locked", "unsupported", "invalid")
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
    known = pc.fill_null(unlike, False)  # noqa: FBT003 - the value to fill in
    result: np.ndarray[Any, np.dtype[np.bool_]] = known.to_numpy(zero_copy_only=False)
    return result


def classify(cells: pd.DataFrame, rules: Sequence[Rules]) -> pd.DataFrame:
    """Say of each differing cell what kind of change it is and whether it can be ticked. Cost: whole-column operations.

    Parameters
    ----------
    cells
        Columns ``before, after, found`` (`paths.Element`), ``primary`` (whether it is the primary email's), ``filled`` (whether
        the attribute has any value), ``problem`` and ``rule`` (its place in `rules`).
    rules
        Of the paths these cells are of.

    Returns
    -------
    pandas.DataFrame
        On the same index: ``kind, status, policy, flags, problem``, and ``formatting`` (in what a cosmetic change differs).
    """
    of, kind = cells["rule"].to_numpy(), _kinds(cells, rules)
    cosmetic = kind == _KINDS.index("cosmetic")
    problem = cells["problem"].copy()
    for wrong, words in _problems(cells, cosmetic, rules):
        fresh = wrong & problem.isna().to_numpy()
        if fresh.any():
            problem[fresh] = words[fresh]
    identity = cells["primary"].to_numpy() | _each(rules, of, lambda rule: str(rule.path) in IDENTITY_PATHS)
    guarded = identity | _each(rules, of, lambda rule: str(rule.path) == "active" or rule.policy is Policy.LOCKED)
    locked = guarded & ~_each(rules, of, lambda rule: rule.unlocked)
    status = np.where(locked | ~_allowed(cells, kind, rules), _STATUSES.index("locked"), _STATUSES.index("open"))
    status[~_each(rules, of, lambda rule: _writable(rule.path, rule.dialect))] = _STATUSES.index("unsupported")
    status[problem.notna().to_numpy()] = _STATUSES.index("invalid")
    if any(map(_opt_in, rules)):
        problem = problem.fillna(pd.Series(_words(rules, of, _opt_in), index=cells.index).replace("", pd.NA))
    policies = [*Policy]
    # What is locked whatever its policy reads as locked; a lock that was taken off leaves the plain policy.
    plain = _each(rules, of, lambda rule: policies.index(Policy.FORCE if rule.policy is Policy.LOCKED else rule.policy))
    return pd.DataFrame(
        {
            "kind": _texts(_KINDS, kind),
            "status": _texts(_STATUSES, status),
            "policy": _texts(policies, np.where(locked, policies.index(Policy.LOCKED), plain)),
            "flags": _flags(cells, cosmetic, identity, rules),
            "problem": problem.array,
            "formatting": _formatting(cells, cosmetic, rules),
        },
        index=cells.index,
    )


def _each(rules: Sequence[Rules], of: Positions, fact: Callable[[Rules], bool | int]) -> Any:
    """A fact of its rules for each cell."""
    return np.array([fact(rule) for rule in rules])[of]


def _words(rules: Sequence[Rules], of: Positions, words: Callable[[Rules], str]) -> Any:
    """What is said of its rules for each cell."""
    return _texts([words(rule) for rule in rules], of)


def _texts(words: Sequence[str], numbers: Positions) -> Any:
    return pd.array(list(words), dtype="str").take(numbers)


def _kinds(cells: pd.DataFrame, rules: Sequence[Rules]) -> Positions:
    """The kind of each cell, as its place in `_KINDS`."""
    of, before, after = cells["rule"].to_numpy(), cells["before"], cells["after"]
    missing = before.isna().to_numpy()
    kind = np.full(len(cells), _KINDS.index("replace"))
    kind[missing] = _KINDS.index("set")
    kind[missing & (cells["found"].to_numpy() == Element.ABSENT)] = _KINDS.index("add_element")
    taken = _each(rules, of, lambda rule: _KINDS.index("remove_element" if rule.path.is_element else "clear"))
    kind = np.where((after == "").to_numpy(), taken, kind)
    replaced = (kind == _KINDS.index("replace")) & after.notna().to_numpy()
    for comparator, places in _by_comparator(rules, of, replaced):
        alike = comparator.alike(pd.Series(before.array[places]), pd.Series(after.array[places])).to_numpy(dtype=bool)
        kind[places[alike]] = _KINDS.index("cosmetic")
    return kind


def _by_comparator(rules: Sequence[Rules], of: Positions, which: Flags) -> Iterator[tuple[Comparator, Positions]]:
    """The places of those cells by what compares them."""
    comparators = list(dict.fromkeys(rule.comparator for rule in rules))
    numbers = _each(rules, of, lambda rule: comparators.index(rule.comparator))
    for number, comparator in enumerate(comparators):
        places = np.flatnonzero(which & (numbers == number))
        if len(places):
            yield comparator, places


def _allowed(cells: pd.DataFrame, kind: Positions, rules: Sequence[Rules]) -> Flags:
    """Whether the policy lets each cell's change happen."""
    of = cells["rule"].to_numpy()
    lets = [ALLOWED[rule.policy] | ({"cosmetic"} if "replace" in ALLOWED[rule.policy] else set()) for rule in rules]
    filled = _each(rules, of, lambda rule: rule.policy is Policy.FILL_IF_EMPTY) & cells["filled"].to_numpy()
    allowed: Flags = np.array([[name in names for name in _KINDS] for names in lets])[of, kind] & ~filled
    return allowed


def _formatting(cells: pd.DataFrame, cosmetic: Flags, rules: Sequence[Rules]) -> Any:
    before, after = cells["before"].array, cells["after"].array
    formatting: Any = _texts([""], np.zeros(len(cells), dtype=np.int64))
    for comparator, places in _by_comparator(rules, cells["rule"].to_numpy(), cosmetic):
        told = name_formatting(pd.Series(before[places]), pd.Series(after[places]), comparator)
        formatting[places] = told.fillna("").array
    return formatting


def _problems(cells: pd.DataFrame, cosmetic: Flags, rules: Sequence[Rules]) -> Iterator[tuple[Flags, Any]]:
    """Which cells cannot be sent, and why, the first reason first."""
    of, after = cells["rule"].to_numpy(), cells["after"]
    clears = (after == "").to_numpy()
    asks = ~clears & after.notna().to_numpy()
    never = _each(rules, of, lambda rule: str(rule.path) in _NEVER_CLEARED)
    yield clears & never, _words(rules, of, lambda rule: f"{rule.path} cannot be cleared")
    for number, rule in enumerate(rules):
        for fits, words in _demands(rule):
            wrong = asks & (of == number)
            wrong[wrong] = ~fits(after[wrong])
            yield wrong, _texts([words], np.zeros(len(of), dtype=np.int64))
    unknown = _each(rules, of, lambda rule: rule.path.definition is None and rule.held is None)
    yield unknown, _words(rules, of, _no_type)
    doubted = ~_each(rules, of, lambda rule: rule.restores)
    blank = ~clears & (after.str.strip() == "").to_numpy()
    yield blank & doubted, _texts(["white space alone is no value; '' clears"], np.zeros(len(of), dtype=np.int64))
    damaged = damage(after, cells["before"])
    if damaged.notna().any():
        yield damaged.notna().to_numpy() & ~cosmetic & doubted, ("the export's cell seems damaged: " + damaged.fillna("")).array


def _demands(rule: Rules) -> Iterator[tuple[Callable[[pd.Series[str]], Flags], str]]:
    """What the values of a path must be, and the words for one that is not."""
    if rule.user_ids is not None:
        ids = rule.user_ids
        words = f"{rule.path} must be the id of a user of the target, and no user has this one"
        yield (lambda texts: is_among(texts, ids)), words
    if rule.held in _NOT_TEXT:
        held = rule.held
        yield (
            (lambda texts: texts.map(lambda text: _fits(text, held)).to_numpy(dtype=bool)),
            (f"{rule.path} is {held}; this text is not"),
        )


def _no_type(rule: Rules) -> str:
    return f"{rule.path}: its type is not known: no user fetched holds one value there to tell it by"


def _opt_in(rule: Rules) -> str:
    """Say how to have a path written that the provider writes only if asked to; empty for any other."""
    name, dialect = rule.path.name, rule.dialect
    if _full_name(rule.path) not in dialect.opt_in - (dialect.writable or frozenset()):
        return ""
    return f"{dialect.title} writes {name} only if asked to: connect(…, writable=[{name!r}])"


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


def _flags(cells: pd.DataFrame, cosmetic: Flags, identity: Flags, rules: Sequence[Rules]) -> Any:
    of, before, after = cells["rule"].to_numpy(), cells["before"], cells["after"]
    switches = _each(rules, of, lambda rule: str(rule.path) == "active")
    supplied = _each(rules, of, lambda rule: bool(rule.path.member))
    addresses = _each(rules, of, lambda rule: rule.path.name == "addresses")
    shown = after.copy()
    # An address may have lines.
    shown[addresses] = after[addresses].str.replace("\n", " ")
    words: dict[Callable[[Rules], str], Flags] = {
        lambda _: "identity": identity,
        lambda _: "deactivation": switches & (after == "false").to_numpy(),
        lambda _: "reactivation": switches & (after == "true").to_numpy() & (before != "true").to_numpy(),
        lambda rule: f"supplies:{rule.path.member}": (
            supplied & (cells["found"].to_numpy() == Element.LONE) & (after != "").to_numpy()
        ),
        lambda _: "mixed_script": mixed_script(after).to_numpy(),
        lambda _: "hidden_characters": hidden_characters(shown).to_numpy(),
        lambda _: "null_word": null_word(after).to_numpy() & ~cosmetic,
    }
    # Few cells have any, and those that have one mostly have the same.
    bits = sum(np.where(holds, 1 << place, 0) for place, holds in enumerate(words.values()))
    found, place = np.unique(bits * len(rules) + of, return_inverse=True)
    told = [
        " ".join(word(rules[number % len(rules)]) for bit, word in enumerate(words) if number // len(rules) >> bit & 1)
        for number in found.tolist()
    ]
    return _texts(told, place)


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
