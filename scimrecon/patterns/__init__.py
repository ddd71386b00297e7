"""Group changes alike under one label, and say which groups deserve a look. Frames in, labels out.

Sits between `matching` (who is who) and `diff` (what differs), which labels its changes here.
"""

from __future__ import annotations

from scimrecon.patterns.combinations import count_alike
from scimrecon.patterns.groups import group_changes, routine
from scimrecon.patterns.labels import label_changes

__all__ = ["count_alike", "group_changes", "label_changes", "routine"]
