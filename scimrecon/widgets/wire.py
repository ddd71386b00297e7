"""Speak with the browser: it asks for windows of rows and says what was clicked, and hears how everything stands then."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import anywidget

from scimrecon.errors import SelectionError
from scimrecon.widgets.drawer import tell_user
from scimrecon.widgets.filtering import Query
from scimrecon.widgets.messages import PREVIEW, QUERY, check_message

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scimrecon.widgets.table import ChangeTable

_WINDOW_ROWS = 100
_MAX_WINDOW_ROWS = 500
_MAX_FACETS = 300


class Wire(anywidget.AnyWidget):
    """A widget over a table of changes, all of whose state is in that table.

    Parameters
    ----------
    table
        What is shown, and what the browser's messages act on.
    """

    def __init__(self, table: ChangeTable) -> None:
        super().__init__()
        self._table = table
        self._in_view = (0, _WINDOW_ROWS)
        self._version = 0
        self._order_version = 0
        self._lock = threading.RLock()
        self.on_msg(self._on_message)

    def _set_query(self, query: Query) -> None:
        self._table.set_query(query)
        self._order_version += 1
        self._in_view = (0, _WINDOW_ROWS)
        self._send_state()

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        message, problem = check_message(content, PREVIEW)
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
                    self._set_query(Query(**{name: message[name] for name in QUERY}))
            case "tick" | "untick" as name:
                getattr(self._table, name)(message["ids"])
                self._send_state()
            case "tick_filtered" | "untick_filtered" | "tick_routine" | "undo" | "redo" as name:
                getattr(self._table, name)()
                self._send_state()
            case "tick_group" | "untick_group" as name:
                self._table.tick_group(message["by"], message["value"], ticked=name == "tick_group")
                self._send_state()
            case "value":
                change_id = message["change_id"]
                self.send({"type": "value", "change_id": change_id, "value": self._table.value(change_id)})
            case "look":
                self.send({"type": "user", **tell_user(self._table.view(message["user_id"]))})
            case "edit":
                self._table.edit(message["change_id"], message["value"])
                self._send_state()

    def _send_window(self, start: int, count: int) -> None:
        with self._lock:
            self._in_view = (start, min(count, _MAX_WINDOW_ROWS))
            self.send({"type": "window", "version": self._version, "window": self._window()})

    def _send_state(self) -> None:
        # The rows in view travel with the state, so that the table never flickers through empty rows.
        with self._lock:
            self._version += 1
            state = {
                "type": "state",
                "version": self._version,
                "order": self._order_version,
                "counts": asdict(self._table.counts()),
                "query": asdict(self._table.query),
                "facets": {name: _most(counted) for name, counted in self._table.facets().items()},
                "standing": self._table.standing(),
                "window": self._window(),
            }
            self.send(state)

    def _window(self) -> dict[str, object]:
        start, count = self._in_view
        return {"start": start, "rows": self._table.window(start, count)}


def _most(counted: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The most frequent choices, in their order: a list of thousands is searched, not scrolled."""
    if len(counted) <= _MAX_FACETS:
        return counted
    least = sorted((many for _, many in counted), reverse=True)[_MAX_FACETS - 1]
    return [one for one in counted if one[1] >= least][:_MAX_FACETS]
