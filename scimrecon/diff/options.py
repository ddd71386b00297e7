"""What `compare` was asked, read and checked, and the two sides once matched."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.diff.doubts import Doubts
from scimrecon.diff.policies import Policy, find_said, name_of, read_policies
from scimrecon.diff.sides import Side, canonical_path
from scimrecon.errors import CompareError
from scimrecon.mapping import Desired
from scimrecon.matching import Matches
from scimrecon.paths import AttributePath
from scimrecon.values import Comparator, default_comparator, make_comparator


@dataclass(frozen=True, kw_only=True)
class Options:
    """How to compare."""

    tiers: Sequence[str]
    policies: Mapping[str, Policy]
    unlocked: frozenset[str]
    comparators: Mapping[str, Comparator]
    region: str | None

    def comparator_of(self, path: AttributePath) -> Comparator:
        """Choose the comparator of a path: the one asked for, or what its attribute calls for."""
        return find_said(path, self.comparators) or make_comparator(default_comparator(path), region=self.region)


def read_options(
    *,
    on: str | Sequence[str],
    policies: Mapping[str, str] | None,
    unlock: Collection[str],
    region: str | None,
    comparators: Mapping[str, str | Callable[[str], str]] | None,
) -> Options:
    """Check what `compare` was asked.

    Raises
    ------
    CompareError
        A name is no path, or there is no such policy, comparator or region.
    """
    return Options(
        tiers=[canonical_path(path, "on") for path in ([on] if isinstance(on, str) else names_of(on, "on"))],
        policies=read_policies(policies or {}),
        unlocked=_unlocked(unlock),
        comparators=_comparators(comparators or {}, region),
        region=region,
    )


def names_of(names: object, where: str) -> list[str]:
    """Take a list of names."""
    if isinstance(names, str | Mapping) or not isinstance(names, Collection):
        shown = f"{where}=[{names!r}]" if isinstance(names, str) else f"{where}=['…']"
        raise CompareError(f"{where} is a list of names: {shown}.")
    return list(names)


def _unlocked(unlock: Collection[str]) -> frozenset[str]:
    return frozenset(name_of(name, "unlock").casefold() for name in names_of(unlock, "unlock"))


def _comparators(said: Mapping[str, str | Callable[[str], str]], region: str | None) -> dict[str, Comparator]:
    if not isinstance(said, Mapping):
        raise CompareError(f"comparators={said!r}: give a dict of path to comparator, such as {{'timezone': 'timezone'}}.")
    made = {name_of(name, "comparators").casefold(): make_comparator(rule, region=region) for name, rule in said.items()}
    if region is not None and not isinstance(region, str):
        raise CompareError(f"region={region!r}: give the two letters of one country, such as 'GB' (ISO 3166).")
    if region is not None:
        make_comparator("phone", region=region)  # says so if there is no such region, even where no phone is compared
    return made


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Both sides, matched. Rows and users go by position."""

    desired: Desired
    """With references resolved."""
    side: Side
    matches: Matches
    tiers: Sequence[str]
    """The paths of the keys, first key first."""
    known_by: pd.Series[str]
    """What each desired row goes by."""
    doubts: Doubts = field(repr=False)
    """Which matches call for a second look."""
    protected: np.ndarray[Any, np.dtype[np.bool_]] = field(repr=False)
    """One boolean a user."""
    forms: Mapping[str, pd.Series[str]] = field(repr=False)
    """Path of a key to the normal forms of what the users hold there, by position."""
    taken: pd.Series[str] | None = field(default=None, repr=False)
    """Id to why that user's change of login cannot be, where these are but a part of the users; None: they tell it themselves."""

    @property
    def matched(self) -> int:
        """Users matched."""
        return int((self.matches.user_of >= 0).sum())
