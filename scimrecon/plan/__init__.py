"""Turn selected changes into exact PUT requests.

Sits between `diff` (what differs) and `apply` (sending). A plan is a value: it is what a second person reviews, and all that
`apply_plan` may change.
"""

from __future__ import annotations

from scimrecon.plan.bodies import body_facts, build_body, read_exactly, rebuild_body, sendable, tell_other_facts
from scimrecon.plan.cells import MANAGER, MANAGER_REF, Cell, CellState, cell_state, held_text, same_but_formatting
from scimrecon.plan.files import open_plan
from scimrecon.plan.likeness import copy_resource, unlike_paths
from scimrecon.plan.masks import MARK, Veil, draw_veil, read_masks, tell_masks
from scimrecon.plan.model import CANARIES, Plan, cells_of, each_user, make_plan
from scimrecon.plan.planning import plan_puts

__all__ = [
    "CANARIES",
    "MANAGER",
    "MANAGER_REF",
    "MARK",
    "Cell",
    "CellState",
    "Plan",
    "Veil",
    "body_facts",
    "build_body",
    "cell_state",
    "cells_of",
    "copy_resource",
    "draw_veil",
    "each_user",
    "held_text",
    "make_plan",
    "open_plan",
    "plan_puts",
    "read_exactly",
    "read_masks",
    "rebuild_body",
    "same_but_formatting",
    "sendable",
    "tell_masks",
    "tell_other_facts",
    "unlike_paths",
]
