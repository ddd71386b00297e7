"""What must not go out: thresholds on a whole plan, and what a provider asks of each user."""

from __future__ import annotations

from scimrecon.guards.rules import Broken, find_broken
from scimrecon.guards.thresholds import Threshold, is_number, judge_thresholds, read_allow, refusal

__all__ = ["Broken", "Threshold", "find_broken", "is_number", "judge_thresholds", "read_allow", "refusal"]
