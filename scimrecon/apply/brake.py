"""What stops a run before its end."""

from __future__ import annotations

import threading
from collections import deque

from scimrecon.client import Pace
from scimrecon.journal import Outcome, UserOutcome

_FORBIDDEN_IN_A_ROW = 3
_FAULTS_IN_A_ROW = 5
_WATCHED = 20
_FAULTS = 10
_TARGET_AT_FAULT = frozenset({Outcome.FAILED, Outcome.UNKNOWN, Outcome.THROTTLED})


class Brake:
    """Stops a run: pulled once, by whichever thread sees the reason first."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._lock = threading.Lock()
        self._forbidden = 0
        self._lately: deque[bool] = deque(maxlen=_WATCHED)
        self.reason = ""

    def pull(self, reason: str) -> None:
        """Stop the run; the first reason stays."""
        with self._lock:
            self.reason = self.reason or reason
        self._pace.stop()

    def watch(self, outcome: UserOutcome) -> None:
        """Look at one outcome, in the order they come."""
        if outcome.outcome is Outcome.SIDE_EFFECT:
            self.pull(f"the run stopped: the target changed more than was asked of user {outcome.user_id} ({outcome.reason})")
        with self._lock:
            self._forbidden = self._forbidden + 1 if outcome.http_status == 403 else 0
            self._lately.append(outcome.outcome in _TARGET_AT_FAULT)
            lately = list(self._lately) if self._lately[-1] else []
        if self._forbidden >= _FORBIDDEN_IN_A_ROW:
            self.pull(f"the run stopped: {_FORBIDDEN_IN_A_ROW} users in a row were forbidden (403)")
        if lately[-_FAULTS_IN_A_ROW:] == [True] * _FAULTS_IN_A_ROW:
            self.pull(f"the run stopped: {_FAULTS_IN_A_ROW} users in a row failed, the last with: {outcome.reason}")
        elif sum(lately) >= _FAULTS:
            self.pull(f"the run stopped: {_FAULTS} of the last {len(lately)} users failed, the last with: {outcome.reason}")
