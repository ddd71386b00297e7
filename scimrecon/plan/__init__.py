"""Turn selected changes into exact PUT requests.

Sits between `diff` (what differs) and `apply` (sending). A plan is a value: it is what a second person reviews, and all that
`apply_plan` may change.
"""

from __future__ import annotations

from scimrecon.plan.bodies import (
    Cell,
    CellState,
    body_facts,
    build_body,
    cell_state,
    copy_resource,
    held_text,
    rebuild_body,
    same_but_formatting,
    sendable,
    tell_other_facts,
    unlike_paths,
)
from scimrecon.plan.files import open_plan
from scimrecon.plan.model import Plan, each_user, make_plan
from scimrecon.plan.planning import plan_puts

__all__ = [
    "Cell",
    "CellState",
    "Plan",
    "body_facts",
    "build_body",
    "cell_state",
    "copy_resource",
    "each_user",
    "held_text",
    "make_plan",
    "open_plan",
    "plan_puts",
    "rebuild_body",
    "same_but_formatting",
    "sendable",
    "tell_other_facts",
    "unlike_paths",
]
