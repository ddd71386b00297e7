"""A widget whose state is in Python: what the browser says is checked and acted on, and a summary outlives the kernel."""

from __future__ import annotations

import threading
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
from IPython.display import HTML, display

from scimrecon.errors import ScimReconError
from scimrecon.widgets.messages import Messages, check_message

if TYPE_CHECKING:
    from collections.abc import Mapping


class TalkingWidget(anywidget.AnyWidget):
    """What all widgets share. The lock is there because JupyterLab calls a widget on threads beside the running cell."""

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
    def _summary(self) -> str:
        """What is shown, in a few counts: HTML without personal values."""

    def _on_message(self, _widget: object, content: object, _buffers: object) -> None:
        message, problem = check_message(content, self._messages)
        if problem:
            self._tell_error(problem)
            return
        try:
            self._act(message)
        except ScimReconError as error:
            self._tell_error(str(error))
        self._answer()

    def _answer(self) -> None:
        """Say how everything stands after a message that was understood; `_act` may have said so."""

    def _tell_error(self, text: str) -> None:
        self.send({"type": "error", "text": text})

    def _ipython_display_(self) -> None:
        # In a notebook reopened without its kernel JupyterLab shows neither the widget nor the text/html of
        # its bundle: what should survive has to be an output of its own.
        bundle = self._repr_mimebundle_()
        if bundle is not None:
            display(bundle[0], metadata=bundle[1], raw=True)
        display(HTML(self._summary()))
