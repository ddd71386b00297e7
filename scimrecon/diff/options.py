"""What `compare` was asked, read and checked, and the two sides once matched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.diff.doubts import Doubts
from scimrecon.diff.policies import Policy, find_said
from scimrecon.diff.sides import Side
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
