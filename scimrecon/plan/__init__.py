"""Turn selected changes into exact PUT requests.

Sits between `diff` (what differs) and `apply` (sending). A plan is a value: it is what a second person reviews, and all that
`apply_plan` may change.
"""

from __future__ import annotations

from scimrecon.plan.bodies import (
    Cell,
    CellState,
    build_body,
    cell_state,
    copy_resource,
    held_text,
    same_but_formatting,
    sendable,
    unlike_paths,
)
from scimrecon.plan.planning import Plan, plan_puts

__all__ = [
    "Cell",
    "CellState",
    "Plan",
    "build_body",
    "cell_state",
    "copy_resource",
    "held_text",
    "plan_puts",
    "same_but_formatting",
    "sendable",
    "unlike_paths",
]
