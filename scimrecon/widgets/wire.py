"""Speak with the browser: it asks for windows of rows and says what was clicked, and hears how everything stands then."""

from __future__ import annotations

import threading
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

import traitlets

from scimrecon.widgets.drawer import tell_user
from scimrecon.widgets.filtering import FACETS, Query
from scimrecon.widgets.messages import PREVIEW, QUERY, Messages
from scimrecon.widgets.windows import TableWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scimrecon.widgets.display import Row
    from scimrecon.widgets.grouping import GroupRow
    from scimrecon.widgets.table import ChangeTable

_MAX_FACETS = 300
_UNCOUNTED: dict[str, list[tuple[str, int]]] = {name: [] for name in FACETS}
_MANY = 50_000
"""So many changes take long enough to count that nobody should wait for it."""


class Wire(TableWidget):
    """A widget over a table of changes, all of whose state is in that table.

    Parameters
    ----------
    table
        What is shown, and what the browser's messages act on.
    """

    _messages: ClassVar[Messages] = PREVIEW
    # The first rows, while the cell that shows them runs: a browser cannot ask for any before the cell has ended. Nothing is left
    # of them then, since what a widget holds may be saved with the notebook.
    first_rows = traitlets.Dict().tag(sync=True)

    def __init__(self, table: ChangeTable) -> None:
        super().__init__()
        self._table = table
        self._warming: threading.Thread | None = None

    def _set_query(self, query: Query) -> None:
        self._table.set_query(query)
        self._go_to_top()
        self._send_state()

    def _act(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "ready":
                self._open()
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

    def _open(self) -> None:
        """Show the rows at once, and what takes counting as soon as it is counted."""
        if self._warming is None and len(self._table) > _MANY:
            self._send_state(counted=False)
            self._warming = threading.Thread(target=self._warm, name="scimrecon preview", daemon=True)
            self._warming.start()
        else:
            self._send_state()

    def _warm(self) -> None:
        self._table.warm()
        self._send_state()

    def _rows(self, start: int, count: int) -> list[Row] | list[GroupRow]:
        return self._table.window(start, count)

    def _summary(self) -> str:
        return self._table.summary()

    def _ipython_display_(self) -> None:
        self.first_rows = self._state(counted=False)
        super()._ipython_display_()
        self.first_rows = {}

    def _send_state(self, *, counted: bool = True) -> None:
        with self._lock:
            self.send(self._state(counted=counted))

    def _state(self, *, counted: bool) -> dict[str, object]:
        with self._lock:
            return {
                **self._next_state(),
                "counts": asdict(self._table.counts()),
                "query": asdict(self._table.query),
                "facets": {name: _most(some) for name, some in self._table.facets().items()} if counted else _UNCOUNTED,
                "standing": self._table.standing(),
                "kept": self._tell_kept(),
            }

    def _tell_kept(self) -> dict[str, object]:
        """What a reader should know of choices kept beyond this kernel: an offer to take some up, and why none are kept."""
        return {"offer": None, "problem": ""}


def _most(counted: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """The most frequent choices, in their order: a list of thousands is searched, not scrolled."""
    if len(counted) <= _MAX_FACETS:
        return counted
    least = sorted((many for _, many in counted), reverse=True)[_MAX_FACETS - 1]
    return [one for one in counted if one[1] >= least][:_MAX_FACETS]
