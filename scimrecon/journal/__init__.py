"""The durable record of a run: one SQLite file.

It holds the plan, what was there before each PUT, and what became of it; and no secret. A batch's intents are on disk before its
first request, its outcomes after its last: what has an intent and no outcome may or may not have been written, and is unknown.
"""

from __future__ import annotations

from scimrecon.journal.listing import history, runs
from scimrecon.journal.locks import TargetLock
from scimrecon.journal.outcomes import Outcome, Step, UserOutcome
from scimrecon.journal.reading import (
    UNFINISHED,
    Image,
    damage_told,
    find_run,
    hash_deltas,
    open_journal,
    read_images,
    read_resources,
    read_source,
    refuse_edited,
    refuse_missing,
)
from scimrecon.journal.record import Journal
from scimrecon.journal.unfinished import plan_unfinished

__all__ = [
    "UNFINISHED",
    "Image",
    "Journal",
    "Outcome",
    "Step",
    "TargetLock",
    "UserOutcome",
    "damage_told",
    "find_run",
    "hash_deltas",
    "history",
    "open_journal",
    "plan_unfinished",
    "read_images",
    "read_resources",
    "read_source",
    "refuse_edited",
    "refuse_missing",
    "runs",
]
