"""What differs between the users an export wants and those a target has: one row per (user, attribute).

Comparing never asks for anything: absence is no change, a blank cell is no opinion, and nothing is ticked at first.
"""

from __future__ import annotations

from scimrecon.diff.candidates import Candidates, find_candidates, find_free, score_pairs
from scimrecon.diff.cells import IDENTITY_PATHS
from scimrecon.diff.choices import SHOWN, hold_against
from scimrecon.diff.comparing import compare
from scimrecon.diff.explaining import Explanation
from scimrecon.diff.policies import name_of
from scimrecon.diff.report import Diff
from scimrecon.diff.selection import Basis, Selection, why_not

__all__ = [
    "IDENTITY_PATHS",
    "SHOWN",
    "Basis",
    "Candidates",
    "Diff",
    "Explanation",
    "Selection",
    "compare",
    "find_candidates",
    "find_free",
    "hold_against",
    "name_of",
    "score_pairs",
    "why_not",
]
