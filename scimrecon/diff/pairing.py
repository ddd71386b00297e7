"""Match two sides, and lay down by what rules each path is compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.dialects import Dialect
from scimrecon.diff.cells import Rules, type_of
from scimrecon.diff.doubts import find_doubts
from scimrecon.diff.options import Options, Pair
from scimrecon.diff.policies import Policy, find_said
from scimrecon.diff.resolving import MANAGER, resolve_all
from scimrecon.diff.sides import Side
from scimrecon.errors import CompareError
from scimrecon.mapping import Desired
from scimrecon.matching import Key, key_texts, match_users
from scimrecon.paths import parse_path, parse_set


def paths_read(desired: Desired, tiers: Sequence[str]) -> Iterator[str]:
    """What is read of each user: all that is compared, and what keys and references look up."""
    yield from (path for path in [*desired.frame.columns, *tiers] if not parse_set(path))
    yield from (reference.on for reference in desired.references.values() if reference.on)
    if MANAGER in desired.references:
        yield MANAGER


def sets_read(desired: Desired, policies: Mapping[str, Policy]) -> Iterator[str]:
    """The attributes that are read element by element."""
    for path in desired.frame.columns:
        name = parse_set(path) or parse_set(parse_path(path).name)
        whole = parse_set(path) is not None
        if name and (whole or (policies.get(name.casefold()) is Policy.FORCE and parse_path(path).member)):
            yield name


def pair_sides(
    wanted: Desired,
    side: Side,
    options: Options,
    protected: np.ndarray[Any, np.dtype[np.bool_]],
    *,
    links: pd.DataFrame | None = None,
    taken: pd.Series[str] | None = None,
) -> tuple[list[Key], Pair]:
    """Match the users of both sides, and resolve the references between them.

    Parameters
    ----------
    wanted, side, options
        As read.
    protected
        From `find_protected`.
    links
        As `compare` takes them.
    taken
        As `Pair.taken`.

    Raises
    ------
    CompareError
        A key is not on both sides or is none, or `links` are not as they must be.
    """
    keys = _find_keys(options, wanted, side)
    matches = match_users(keys, side.ids.array, wanted.frame.index, links=links, user_names=side.names.array)
    pair = Pair(
        desired=resolve_all(wanted, side, matches, options), side=side, matches=matches, tiers=options.tiers,
        known_by=key_texts(keys, matches), doubts=find_doubts(keys, matches), protected=protected,
        forms={key.path: key.user_forms for key in keys}, taken=taken,
    )  # fmt: skip
    return keys, pair


def _find_keys(options: Options, desired: Desired, side: Side) -> list[Key]:
    if not options.tiers:
        raise CompareError("on is empty; name the key both sides have, such as on=['externalId', 'userName'].")
    for path in options.tiers:
        if parse_set(path):
            raise CompareError(f'on: {path} has many values; a key is one, such as {path}[type eq "work"].value.')
        for name, columns in (("desired", desired.frame.columns), ("users", side.values)):
            if path not in columns:
                raise CompareError(f"on: {path} is not among the {name} paths; there are {', '.join(columns)}.")
        if path in desired.references:
            raise CompareError(f"on: {path} is a reference; it is resolved after users are matched, and is no key.")
    return [
        Key(
            path=path,
            case_exact=(definition := parse_path(path).definition) is None or definition.case_exact,
            desired=desired.frame[path],
            users=side.values[path].texts,
            normalise=options.comparator_of(parse_path(path)).normalise,
        )
        for path in options.tiers
    ]


def find_rules(desired: Desired, side: Side, options: Options, user_ids: pd.Series[str]) -> dict[str, Rules]:
    """Lay down the rules of each path that both sides have, and that is not ignored.

    Parameters
    ----------
    desired, side, options
        As read.
    user_ids
        The ids there are, as far as a manager's is asked for.

    Raises
    ------
    CompareError
        Two columns name one place.
    """
    rules: dict[str, Rules] = {}
    for text in desired.frame.columns:
        whole = parse_set(text)
        if text not in (side.elements if whole else side.values):
            continue
        path = parse_path(f'{text}[type eq "any"].value' if whole else text)
        policy = find_said(path, options.policies) or (Policy.MERGE if whole else Policy.FORCE)
        kinds = frozenset() if whole else side.values[text].kinds or desired.kinds.get(text, frozenset())
        if policy is not Policy.IGNORE:
            rules[text] = Rules(
                path=path,
                policy=policy,
                comparator=options.comparator_of(path),
                unlocked=bool({text.casefold(), path.name.casefold()} & _with_twins(options.unlocked, side.dialect)),
                dialect=side.dialect,
                held=type_of(path, kinds),
                user_ids=user_ids if text == MANAGER else None,
                elements=path.name if not whole and options.policies.get(path.name.casefold()) is Policy.FORCE else None,
                restores=desired.restores,
            )
    _refuse_overlap(rules)
    return rules


def _with_twins(unlocked: frozenset[str], dialect: Dialect) -> frozenset[str]:
    """What the provider ties to an attribute is unlocked with it."""
    if dialect.twins is None:
        return unlocked
    names = {name.casefold() for path in dialect.twins for name in (path, parse_path(path).name)}
    return unlocked | names if unlocked & names else unlocked


def _refuse_overlap(rules: Mapping[str, Rules]) -> None:
    """Refuse to compare an attribute as a whole and element by element at once: two changes would ask for one place."""
    spelled: dict[str, str] = {}
    for text, rule in rules.items():
        other = spelled.setdefault(text.casefold(), text)
        if other != text:
            raise CompareError(f"desired: {other} and {text} name one element; types are compared without case. Keep one.")
        if rule.path.member and not parse_set(text) and rule.path.name in rules:
            raise CompareError(
                f"desired: {rule.path.name} is compared as a whole, and {text} is one of its elements. Map one of the two, "
                f"or leave one out: policies={{{text!r}: 'ignore'}}."
            )
