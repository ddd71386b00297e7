"""The pandera model of every public frame.

A frame is checked where it is made, so its columns and their types are a promise. Text is pandas' ``str`` dtype with NA for
"none"; line numbers are ``Int64``; moments are seconds.
"""

from scimrecon.schemas.comparing import (
    Changes,
    Choices,
    Decisions,
    Links,
    Patterns,
    Proposals,
    Revisions,
    Summary,
    UserStatuses,
)
from scimrecon.schemas.frames import check, columns, empty, from_rows
from scimrecon.schemas.reading import Clusters, Findings, Misfits, Presets, Problems, RecipeSteps, Rejects, UserRows, make_finding
from scimrecon.schemas.sending import (
    AttributeResults,
    Blocked,
    History,
    Outcomes,
    Requests,
    Runs,
    Steps,
    Thresholds,
    Verifications,
    Warnings,
)

__all__ = [
    "AttributeResults",
    "Blocked",
    "Changes",
    "Choices",
    "Clusters",
    "Decisions",
    "Findings",
    "History",
    "Links",
    "Misfits",
    "Outcomes",
    "Patterns",
    "Presets",
    "Problems",
    "Proposals",
    "RecipeSteps",
    "Rejects",
    "Requests",
    "Revisions",
    "Runs",
    "Steps",
    "Summary",
    "Thresholds",
    "UserRows",
    "UserStatuses",
    "Verifications",
    "Warnings",
    "check",
    "columns",
    "empty",
    "from_rows",
    "make_finding",
]
