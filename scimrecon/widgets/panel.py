"""A widget of lists and buttons: Python holds everything, and tells the browser a page of rows at a time."""

from __future__ import annotations

import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
from IPython.display import HTML, display

from scimrecon.errors import ScimReconError
from scimrecon.widgets.assets import join_parts
from scimrecon.widgets.messages import Messages, check_message

if TYPE_CHECKING:
    from collections.abc import Mapping

PAGE_ROWS = 50


def module_of(name: str) -> str:
    """The ES module of one panel: the parts all of them share, and its own."""
    return join_parts("dom.js", "panel.js", name)


class Panel(anywidget.AnyWidget):
    """What the widgets of lists and buttons share: messages in, the whole state out, a summary that outlives the kernel."""

    _css = join_parts("dom.css", "panel.css")
    _messages: ClassVar[Messages]
    """What the browser may say to this widget."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.RLock()
        self.on_msg(self._on_message)

    @abstractmethod
    def _act(self, message: Mapping[str, Any]) -> None:
        """Do what was clicked or typed."""

    @abstractmethod
    def _state(self) -> dict[str, object]:
        """Everything the browser draws, as plain values."""

    @abstractmethod
    def _summary(self) -> str:
        """The same in a few counts, as HTML without personal values."""

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        message, problem = check_message(content, self._messages)
        if problem:
            self._tell_error(problem)
            return
        try:
            if message["type"] != "ready":
                self._act(message)
        except ScimReconError as error:
            self._tell_error(str(error))
        self._send_state()

    def _send_state(self) -> None:
        with self._lock:
            self.send({"type": "state", **self._state()})

    def _tell_error(self, text: str) -> None:
        self.send({"type": "error", "text": text})

    def _ipython_display_(self) -> None:
        # In a notebook reopened without its kernel JupyterLab shows neither the widget nor the text/html of
        # its bundle: what should survive has to be an output of its own.
        bundle = self._repr_mimebundle_()
        if bundle is not None:
            display(bundle[0], metadata=bundle[1], raw=True)  # type: ignore[no-untyped-call]
        display(HTML(self._summary()))  # type: ignore[no-untyped-call]
