"""The module and the style sheet of a widget: anywidget takes one of each, and their parts are easier to read."""

from __future__ import annotations

from pathlib import Path


def join_parts(*names: str) -> str:
    """Join files that stand beside this one, in this order: declarations of a later one see, and overrule, those before."""
    return "\n".join(Path(__file__).with_name(name).read_text(encoding="utf-8") for name in names)
