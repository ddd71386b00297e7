"""A widget of a long table: the browser asks for the rows in view, and hears of them with each state too."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from scimrecon.widgets.talking import TalkingWidget

if TYPE_CHECKING:
    from collections.abc import Sequence

_WINDOW_ROWS = 100
_MAX_WINDOW_ROWS = 500


class TableWidget(TalkingWidget):
    """What the widgets of long tables share."""

    def __init__(self) -> None:
        super().__init__()
        self._in_view = (0, _WINDOW_ROWS)
        self._version = 0
        self._order_version = 0

    @abstractmethod
    def _rows(self, start: int, count: int) -> Sequence[Any]:
        """Some of the rows shown, as drawn."""

    def _go_to_top(self) -> None:
        """After rows may have come, gone or moved."""
        self._order_version += 1
        self._in_view = (0, _WINDOW_ROWS)

    def _send_window(self, start: int, count: int) -> None:
        with self._lock:
            self._in_view = (start, min(count, _MAX_WINDOW_ROWS))
            self.send({"type": "window", "version": self._version, "window": self._window()})

    def _next_state(self) -> dict[str, object]:
        """Begin a state; the rows in view travel with it, so that the table never flickers through empty rows."""
        self._version += 1
        return {"type": "state", "version": self._version, "order": self._order_version, "window": self._window()}

    def _window(self) -> dict[str, object]:
        start, count = self._in_view
        return {"start": start, "rows": self._rows(start, count)}
