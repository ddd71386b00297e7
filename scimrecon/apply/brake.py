"""What stops a run before its end."""

from __future__ import annotations

import threading

from scimrecon.journal import Outcome, UserOutcome

_FORBIDDEN_IN_A_ROW = 3


class Brake:
    """Stops a run: pulled once, by whichever thread sees the reason first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forbidden = 0
        self.reason = ""

    def pull(self, reason: str) -> None:
        """Stop the run; the first reason stays."""
        with self._lock:
            self.reason = self.reason or reason

    def watch(self, outcome: UserOutcome) -> None:
        """Look at one outcome, in the order they come."""
        if outcome.outcome is Outcome.SIDE_EFFECT:
            self.pull(f"the run stopped: the target changed more than was asked of user {outcome.user_id} ({outcome.reason})")
        with self._lock:
            self._forbidden = self._forbidden + 1 if outcome.http_status == 403 else 0
        if self._forbidden >= _FORBIDDEN_IN_A_ROW:
            self.pull(f"the run stopped: {_FORBIDDEN_IN_A_ROW} users in a row were forbidden (403)")
