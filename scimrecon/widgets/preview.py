"""Show a diff as a table to search, sort, tick and edit.

The browser asks for windows of rows and says what was clicked; what is shown, ticked and edited is decided
in `ChangeTable`. A message from the browser is as hostile as any input: `_MESSAGES` says what one may hold.
"""

from __future__ import annotations

import threading
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anywidget
import pandas as pd
from IPython.display import HTML, display

from scimrecon.diff import Diff
from scimrecon.errors import SelectionError
from scimrecon.tables import render
from scimrecon.widgets.table import ChangeTable, Query

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from scimrecon.diff import Selection

_WINDOW_ROWS = 100
_MAX_WINDOW_ROWS = 500
_MAX_TEXT = 20_000
_MAX_IDS = 10_000
_MAX_FACETS = 300


def _is_text(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _MAX_TEXT


def _is_text_or_none(value: object) -> bool:
    return value is None or _is_text(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**40


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _are_ids(value: object) -> bool:
    return isinstance(value, list) and len(value) <= _MAX_IDS and all(map(_is_text, value))


_MESSAGES: Mapping[str, Mapping[str, Callable[[object], bool]]] = {
    "ready": {},
    "window": {"start": _is_count, "count": _is_count},
    "query": {
        "search": _is_text,
        "path": _is_text_or_none,
        "kind": _is_text_or_none,
        "sort": _is_text_or_none,
        "descending": _is_flag,
    },
    "tick": {"ids": _are_ids},
    "untick": {"ids": _are_ids},
    "tick_filtered": {},
    "untick_filtered": {},
    "value": {"change_id": _is_text},
    "edit": {"change_id": _is_text, "value": _is_text},
}


class Preview(anywidget.AnyWidget):
    """A table of a diff's changes to search, sort, tick and edit; nothing is ticked at first.

    Whatever is done with the mouse can be done in code, with the methods below.

    Parameters
    ----------
    diff
        What `compare` returned. It is not changed.
    """

    _esm = Path(__file__).with_name("preview.js")
    _css = Path(__file__).with_name("preview.css")

    def __init__(self, diff: Diff, /) -> None:
        if not isinstance(diff, Diff):
            raise SelectionError(f"Preview takes a diff, from compare, not {type(diff).__name__}.")
        super().__init__()
        self.diff = diff
        self._table = ChangeTable(diff)
        self._in_view = (0, _WINDOW_ROWS)
        self._version = 0
        self._order_version = 0
        self._lock = threading.RLock()
        self.on_msg(self._on_message)

    def __repr__(self) -> str:
        counts = self._table.counts()
        edited = f", {counts.edited} edited" if counts.edited else ""
        ticked = f"{counts.ticked:,} of {counts.changes:,} changes ticked"
        users = f"{counts.ticked_users:,} user{'' if counts.ticked_users == 1 else 's'}"
        return f"<Preview: {ticked}, {users}{edited}>"

    @property
    def selection(self) -> Selection:
        """The ticked changes, with their edits."""
        ticked, edits = self._table.choices()
        diff = self.diff.edit(edits) if edits else self.diff
        return diff.select(ticked)

    @property
    def ticked(self) -> list[str]:
        """The ids of the ticked changes."""
        return self._table.ticked

    @property
    def edits(self) -> dict[str, str]:
        """The values edited here, by change id."""
        return self._table.edits

    def search(self, text: str = "", *, path: str | None = None, kind: str | None = None) -> None:
        """Show only the changes that hold a text, of one attribute, of one kind; without arguments, all.

        Parameters
        ----------
        text
            Part of the user's name or key, the attribute, or either value; upper and lower case alike.
        path, kind
            As in ``diff.changes``.

        Raises
        ------
        SelectionError
            No change has that path or kind.
        """
        with self._lock:
            self._set_query(replace(self._table.query, search=text, path=path, kind=kind))

    def sort(self, column: str | None = None, *, descending: bool = False) -> None:
        """Sort by a column; without one, as in the diff.

        Parameters
        ----------
        column
            ``user_name``, ``path``, ``before``, ``after``, ``kind`` or ``status``.
        descending
            Largest first; missing values stay last.

        Raises
        ------
        SelectionError
            The column cannot be sorted by.
        """
        with self._lock:
            self._set_query(replace(self._table.query, sort=column, descending=descending))

    def tick(self, change_ids: Iterable[str]) -> None:
        """Tick changes: all of those named, or none.

        Raises
        ------
        SelectionError
            An id is unknown, or its change cannot be ticked; the message says why.
        """
        self._table.tick(change_ids)
        self._send_state()

    def untick(self, change_ids: Iterable[str]) -> None:
        """Take ticks away."""
        self._table.untick(change_ids)
        self._send_state()

    def tick_filtered(self) -> None:
        """Tick every change shown that can be ticked, whether in view or not."""
        self._table.tick_filtered()
        self._send_state()

    def untick_filtered(self) -> None:
        """Take the tick from every change shown."""
        self._table.untick_filtered()
        self._send_state()

    def edit(self, change_id: str, value: str) -> None:
        """Let a change set another value; ``''`` clears, the value it had takes the edit back.

        Raises
        ------
        SelectionError
            The id is unknown, its change cannot be edited, or the value is not one for its attribute.
        """
        self._table.edit(change_id, value)
        self._send_state()

    def _set_query(self, query: Query) -> None:
        self._table.set_query(query)
        self._order_version += 1
        self._in_view = (0, _WINDOW_ROWS)
        self._send_state()

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        message, problem = _checked(content)
        if problem:
            self.send({"type": "error", "text": problem, "about": None})
            return
        try:
            self._act(message)
        except SelectionError as error:
            self.send({"type": "error", "text": str(error), "about": message.get("change_id")})

    def _act(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ready":
                self._send_state()
            case "window":
                self._send_window(message["start"], message["count"])
            case "query":
                with self._lock:
                    self._set_query(Query(**{name: message[name] for name in _MESSAGES["query"]}))
            case "tick":
                self.tick(message["ids"])
            case "untick":
                self.untick(message["ids"])
            case "tick_filtered":
                self.tick_filtered()
            case "untick_filtered":
                self.untick_filtered()
            case "value":
                change_id = message["change_id"]
                self.send({"type": "value", "change_id": change_id, "value": self._table.value(change_id)})
            case "edit":
                self.edit(message["change_id"], message["value"])

    def _send_window(self, start: int, count: int) -> None:
        with self._lock:
            self._in_view = (start, min(count, _MAX_WINDOW_ROWS))
            self.send({"type": "window", "version": self._version, "window": self._window()})

    def _send_state(self) -> None:
        # The rows in view travel with the state, so that the table never flickers through empty rows.
        with self._lock:
            self._version += 1
            facets = {name: counted[:_MAX_FACETS] for name, counted in self._table.facets().items()}
            state = {
                "type": "state",
                "version": self._version,
                "order": self._order_version,
                "counts": asdict(self._table.counts()),
                "query": asdict(self._table.query),
                "facets": facets,
                "window": self._window(),
            }
            self.send(state)

    def _window(self) -> dict[str, object]:
        start, count = self._in_view
        return {"start": start, "rows": self._table.window(start, count)}

    def _ipython_display_(self) -> None:
        # In a notebook reopened without its kernel JupyterLab shows neither the widget nor the text/html of
        # its bundle: what should survive has to be an output of its own.
        bundle = self._repr_mimebundle_()
        if bundle is not None:
            display(bundle[0], metadata=bundle[1], raw=True)  # type: ignore[no-untyped-call]
        display(HTML(self._summary()))  # type: ignore[no-untyped-call]

    def _summary(self) -> str:
        """Count by attribute and kind, without a personal value, as HTML that needs no kernel."""
        changes = self.diff.changes
        counts = self._table.counts()
        facts = {
            "changes": f"{counts.changes:,}",
            "users": f"{changes['user_id'].nunique():,}",
            **{f"status {status}": f"{many:,}" for status, many in changes["status"].value_counts().items()},
            "ticked when this was shown": f"{counts.ticked:,}",
        }
        by_kind = pd.crosstab(changes["path"], changes["kind"])
        by_kind = by_kind.loc[by_kind.sum(axis=1).sort_values(ascending=False, kind="stable").index]
        return render("Changes by attribute and kind", facts, by_kind)


def _checked(content: object) -> tuple[dict[str, Any], str]:
    """Give a message from the browser, and what is wrong with it; empty where nothing is."""
    kind = content.get("type") if isinstance(content, dict) else None
    if not isinstance(content, dict) or not isinstance(kind, str) or kind not in _MESSAGES:
        return {}, "the browser sent a message unknown here; reload the page and run the cell again"
    wrong = [name for name, fits in _MESSAGES[kind].items() if name not in content or not fits(content[name])]
    return content, f"the browser's {kind!r} message has no usable {', '.join(wrong)}" if wrong else ""
