"""What a browser may say to a widget.

A message is as hostile as any input: one that does not fit is answered, and not acted on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MAX_TEXT = 20_000
_MAX_IDS = 10_000


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_text_or_none(value: object) -> bool:
    return value is None or _is_text(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count_or_none(value: object) -> bool:
    return value is None or _is_count(value)


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_IDS and all(map(_is_text, value))


def _are_counts(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_IDS and all(map(_is_count, value))


QUERY: Mapping[str, Callable[[object], bool]] = {
    "search": _is_text,
    **dict.fromkeys(("path", "kind", "status", "flag", "pattern", "user", "by", "sort"), _is_text_or_none),
    "descending": _is_flag,
}
Messages: TypeAlias = "Mapping[str, Mapping[str, Callable[[object], bool]]]"
"""By type, what a message must carry, and of what kind."""

PREVIEW: Messages = {
    "ready": {},
    "window": {"start": _is_count, "count": _is_count},
    "query": QUERY,
    "tick": {"ids": _are_texts},
    "untick": {"ids": _are_texts},
    "tick_filtered": {},
    "untick_filtered": {},
    "tick_group": {"by": _is_text, "value": _is_text},
    "untick_group": {"by": _is_text, "value": _is_text},
    "tick_routine": {},
    "undo": {},
    "redo": {},
    "recall": {},
    "look": {"user_id": _is_text},
    "value": {"change_id": _is_text},
    "edit": {"change_id": _is_text, "value": _is_text},
}


CLEANUP_QUERY: Mapping[str, Callable[[object], bool]] = {
    **dict.fromkeys(("view", "search"), _is_text),
    **dict.fromkeys(("look", "sort"), _is_text_or_none),
    "cluster": _is_count_or_none,
    "descending": _is_flag,
}
CLEANUP: Messages = {
    "ready": {},
    "find": {"by": _is_text},
    "cancel": {},
    "window": {"start": _is_count, "count": _is_count},
    "column": {"name": _is_text},
    "query": CLEANUP_QUERY,
    "tick": {"ids": _are_counts},
    "untick": {"ids": _are_counts},
    "tick_filtered": {},
    "untick_all": {},
    "merge_clusters": {},
    "blank": {},
    "trim": {},
    "undo": {},
    "redo": {},
    "value": {"id": _is_count},
    "edit": {"id": _is_count, "value": _is_text},
    "merge": {"into": _is_text},
    "map": {"ids": _are_counts, "into": _are_texts},
    "case": {"case": _is_text},
    "split": {"separator": _is_text, "into": _are_texts},
    "drop": {"step": _is_count},
}
RESULTS_VIEW: Messages = {
    "ready": {},
    "show": {"outcome": _is_text_or_none, "search": _is_text},
    "page": {"start": _is_count},
    "tick": {"ids": _are_texts},
    "untick": {"ids": _are_texts},
    "tick_shown": {},
    "untick_shown": {},
    "look": {"user_id": _is_text},
    "retry": {},
    "undo": {},
}
MATCHER: Messages = {
    "ready": {},
    "show": {"which": _is_text, "search": _is_text},
    "page": {"start": _is_count},
    "accept": {"line": _is_count, "user_id": _is_text},
    "reject": {"line": _is_count, "user_id": _is_text},
    "never": {"line": _is_count},
    "forget": {"line": _is_count},
    "find": {"line": _is_count, "search": _is_text},
    "leave": {},
    "undo": {},
    "redo": {},
}
APPLY_VIEW: Messages = {"ready": {}, "rehearse": {}, "send": {"typed": _is_text}, "stop": {}}


def check_message(content: object, messages: Messages) -> tuple[dict[str, Any], str]:
    """Give a message from the browser, and what is wrong with it, held against those it may send; empty where nothing is."""
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(kind, str) or kind not in messages:
        return {}, "the browser sent a message unknown here; reload the page and run the cell again"
    wrong = [name for name, fits in messages[kind].items() if name not in content or not fits(content[name])]
    return content, f"the browser's {kind!r} message has no usable {', '.join(wrong)}" if wrong else ""
