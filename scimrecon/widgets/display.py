"""Turn values into text that can be shown: bounded, nothing hidden in it, and why a row cannot be ticked.

What a browser would not draw, or would let reorder its surroundings (control, bidirectional and zero-width
characters), is spelled out, so that two values that differ also look different.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from scimrecon.diff import why_not

if TYPE_CHECKING:
    from collections.abc import Mapping

CUT_AT = 300
EDITABLE = ("open", "invalid")
"""The statuses of changes whose value may be edited: another value can cure an invalid one."""

_CODED = (
    *range(0x20),  # C0 controls
    *range(0x7F, 0xA1),  # delete, C1 controls, the no-break space
    0xAD,
    0x61C,
    0x180E,
    0x200B,
    *range(0x200E, 0x2010),
    *range(0x2028, 0x2030),  # line separators, bidirectional embeddings and overrides, the narrow no-break space
    *range(0x2060, 0x2070),
    0xFEFF,
    *range(0xFFF9, 0xFFFC),
    *range(0xE0000, 0xE0080),
)
# U+200C and U+200D stay: Persian names and emoji are spelled with them.
_SPELLED = {code: f"‹U+{code:04X}›" for code in _CODED} | {ord("\n"): "↵", ord("\t"): "⇥"}


class Row(TypedDict):
    """One change as it is drawn: plain text, cut where long, nothing invisible left in it."""

    id: str
    user_id: str
    user: str
    path: str
    before: str | None
    after: str | None
    was: str | None
    kind: str
    status: str
    flags: str
    why: str
    edited: bool
    editable: bool
    tickable: bool
    ticked: bool


def visible(text: str, limit: int = CUT_AT) -> str:
    """Spell out what cannot be seen in a value, and cut it where it is long.

    Parameters
    ----------
    text
        The value.
    limit
        Keep at most so many characters; how many there are is said at the end.
    """
    kept = text[:limit]
    body = kept.strip(" ")
    before, after = (len(kept), 0) if not body else (kept.index(body), len(kept) - len(kept.rstrip(" ")))
    shown = "␣" * before + body.translate(_SPELLED) + "␣" * after
    return shown if len(text) <= limit else f"{shown}… ({len(text):,} characters)"


def draw(change_id: str, change: Mapping[str, str | None], *, was: str | None, edited: bool, tickable: bool, ticked: bool) -> Row:
    """Draw one change as plain text.

    Parameters
    ----------
    change_id
        Its id, whole.
    change
        Its cells as they are now, edits included.
    was
        What the export asked for, where that was edited.
    edited, tickable, ticked
        Where it stands.
    """
    return {
        "id": change_id,
        "user_id": change["user_id"] or "",
        "user": visible(change["user_name"] or change["key"] or change["user_id"] or ""),
        "path": visible(change["path"] or ""),
        "before": _visible_or_none(change["before"]),
        "after": _visible_or_none(change["after"]),
        "was": _visible_or_none(was),
        "kind": visible(change["kind"] or ""),
        "status": visible(change["status"] or ""),
        "flags": visible(change["flags"] or ""),
        "why": "" if tickable else visible(why_not(change)),
        "edited": edited,
        "editable": change["status"] in EDITABLE,
        "tickable": tickable,
        "ticked": ticked,
    }


def _visible_or_none(text: str | None) -> str | None:
    return None if text is None else visible(text)
