"""What was, and what was not done, as diffs like any other: undo a run, restore saved users, look again at whom a run left out.

Nothing here writes. A diff from here is previewed, ticked, planned and applied as one from an export.
"""

from __future__ import annotations

from scimrecon.reversal.restoring import restore
from scimrecon.reversal.revisiting import revisit
from scimrecon.reversal.undoing import undo

__all__ = ["restore", "revisit", "undo"]
