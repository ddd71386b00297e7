"""A widget of lists and buttons: Python holds everything, and tells the browser a page of rows at a time."""

from __future__ import annotations

from abc import abstractmethod

from scimrecon.widgets.assets import join_parts
from scimrecon.widgets.talking import TalkingWidget

PAGE_ROWS = 50


def module_of(name: str) -> str:
    """The ES module of one panel: the parts all of them share, and its own."""
    return join_parts("dom.js", "panel.js", name)


class Panel(TalkingWidget):
    """What the widgets of lists and buttons share: after each message the browser is told the whole state."""

    _css = join_parts("dom.css", "panel.css")

    @abstractmethod
    def _state(self) -> dict[str, object]:
        """Everything the browser draws, as plain values."""

    def _answer(self) -> None:
        self._send_state()

    def _send_state(self) -> None:
        with self._lock:
            self.send({"type": "state", **self._state()})
