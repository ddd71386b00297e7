"""Who is who: which row of the export is which user of the target.

Keys are tried in tiers, in the order of ``on``. A normalised key finds, the original is kept. A missing key matches nothing; a
key that stands twice on either side makes all its holders ambiguous, never the first of them; a user is claimed once. A saved
link decides before any key, as long as the keys do not say otherwise. Keys that only look alike, and people who only seem alike,
are proposed and never matched.
"""

from __future__ import annotations

from scimrecon.matching.keys import Key, Positions, key_paths, key_texts
from scimrecon.matching.links import DECISIONS, check_links, make_links
from scimrecon.matching.proposals import propose_matches
from scimrecon.matching.tiers import Matches, match_users

__all__ = [
    "DECISIONS",
    "Key",
    "Matches",
    "Positions",
    "check_links",
    "key_paths",
    "key_texts",
    "make_links",
    "match_users",
    "propose_matches",
]
