"""Send a plan: for each user the freshness rule, the PUT, and a look at what came of it.

A user is touched only if every ticked cell still holds what the analyst saw, or what she wants already. The body is built on the
freshest resource, so anyone else's edits elsewhere are kept. Whatever is in doubt after sending is settled by a GET.
"""

from __future__ import annotations

from scimrecon.apply.applying import apply_plan
from scimrecon.apply.progress import Progress, is_in_notebook
from scimrecon.apply.refusing import refuse_other, refuse_other_target
from scimrecon.apply.resuming import resume
from scimrecon.apply.verifying import verify

__all__ = ["Progress", "apply_plan", "is_in_notebook", "refuse_other", "refuse_other_target", "resume", "verify"]
