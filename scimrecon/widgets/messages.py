"""What a browser may say to a widget.

A message is as hostile as any input: one that does not fit is answered, and not acted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_TEXT = 20_000
_MAX_IDS = 10_000


def is_text(value: object) -> bool:
    """Whether it is a text of bearable length."""
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def is_text_or_none(value: object) -> bool:
    """Whether it is such a text, or none."""
    return value is None or is_text(value)


def is_count(value: object) -> bool:
    """Whether it is a whole number, 0 or more."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def are_ids(value: object) -> bool:
    """Whether it is a list of texts, not too long."""
    return isinstance(value, list) and len(value) <= _MAX_IDS and all(map(is_text, value))


QUERY: Mapping[str, Callable[[object], bool]] = {
    "search": is_text,
    **dict.fromkeys(("path", "kind", "status", "flag", "pattern", "user", "by", "sort"), is_text_or_none),
    "descending": _is_flag,
}
Shapes: TypeAlias = "Mapping[str, Mapping[str, Callable[[object], bool]]]"
"""Each message a widget knows, with its members and what each must be."""
PREVIEW: Shapes = {
    "ready": {},
    "window": {"start": is_count, "count": is_count},
    "query": QUERY,
    "tick": {"ids": are_ids},
    "untick": {"ids": are_ids},
    "tick_filtered": {},
    "untick_filtered": {},
    "tick_group": {"by": is_text, "value": is_text},
    "untick_group": {"by": is_text, "value": is_text},
    "tick_routine": {},
    "undo": {},
    "redo": {},
    "look": {"user_id": is_text},
    "value": {"change_id": is_text},
    "edit": {"change_id": is_text, "value": is_text},
}


def check_message(content: object, shapes: Shapes) -> tuple[dict[str, Any], str]:
    """Give a message from the browser, and what is wrong with it; empty where it is one of `shapes`."""
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(kind, str) or kind not in shapes:
        return {}, "the browser sent a message unknown here; reload the page and run the cell again"
    wrong = [name for name, fits in shapes[kind].items() if name not in content or not fits(content[name])]
    return content, f"the browser's {kind!r} message has no usable {', '.join(wrong)}" if wrong else ""
