"""The users of a run as a list to filter, search and tick, and one of them whole."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypedDict

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import SelectionError
from scimrecon.widgets.columns import among, arrow, find_text, some
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scimrecon.results import Results
    from scimrecon.widgets.columns import Mask, Positions

_SEARCHED = ("user_name", "key", "user_id", "reason", "detail", "paths")
_CHANGES = ("path", "before", "desired", "sent", "read_back")
_MOST_STEPS = 200


class UserRow(TypedDict):
    """One user as drawn: plain text, cut where long."""

    id: str
    user: str
    outcome: str
    status: str
    http: str
    reason: str
    paths: str
    ticked: bool


@dataclass(kw_only=True)
class OutcomeTable:
    """The users of a run: which are shown, and which are ticked. Not safe from several threads at once."""

    results: Results
    outcome: str | None = None
    """Only these are shown."""
    search: str = ""
    ticked: Mask = field(init=False)

    def __post_init__(self) -> None:
        self._frame = self.results.frame
        self.ticked = np.zeros(len(self._frame), dtype=bool)
        blank = pa.scalar("", pa.large_string())
        texts = [pc.fill_null(arrow(self._frame[name]), blank) for name in _SEARCHED]
        self._folded = pc.utf8_lower(pc.binary_join_element_wise(*texts, pa.scalar("\n", pa.large_string())))
        self._shown = self._find()

    def __len__(self) -> int:
        return len(self._frame)

    @property
    def shown(self) -> Positions:
        """The users that the filter shows, by position."""
        return self._shown

    def show(self, *, outcome: str | None, search: str) -> None:
        """Show the users of one outcome who hold a text; None and ``''`` show all.

        Raises
        ------
        SelectionError
            Nobody has such an outcome.
        """
        known = self._frame["outcome"].unique().tolist()
        if outcome is not None and outcome not in known:
            raise SelectionError(f"no user has the outcome {visible(outcome, 60)!r}; there are {', '.join(known) or 'none'}.")
        self.outcome, self.search = outcome, search
        self._shown = self._find()

    def _find(self) -> Positions:
        found = np.ones(len(self._frame), dtype=bool)
        if self.outcome is not None:
            found &= (self._frame["outcome"] == self.outcome).to_numpy()
        if self.search:
            found &= find_text(self._folded, self.search)
        return np.flatnonzero(found)

    def tick(self, user_ids: Iterable[str], *, ticked: bool = True) -> None:
        """Tick users, or take their ticks away: all of those named, or none.

        Raises
        ------
        SelectionError
            An id is not of this run; the message names it.
        """
        wanted = list(user_ids)
        mine = set(self._frame["user_id"])
        strange = [visible(one, 60) for one in wanted if one not in mine]
        if strange:
            raise SelectionError(f"{len(strange)} ids are of no user of this run: {some(strange)}. Take them from results.frame.")
        self.ticked = np.where(among(self._frame["user_id"], wanted), ticked, self.ticked)

    def tick_shown(self, *, ticked: bool = True) -> None:
        """Tick everybody the filter shows, or take the ticks away."""
        self.ticked = self.ticked.copy()
        self.ticked[self._shown] = ticked

    def chosen(self) -> pd.DataFrame:
        """The rows of the ticked users."""
        return self._frame[self.ticked]

    def page(self, start: int, many: int) -> list[UserRow]:
        """Some of the users shown, as drawn."""
        at = self._shown[start : start + many]
        rows = self._frame.iloc[at]
        return [
            {
                "id": row["user_id"], "user": visible(_first(row, "user_name", "key", "user_id")), "outcome": row["outcome"],
                "status": row["status"], "http": "" if pd.isna(row["http_status"]) else str(row["http_status"]),
                "reason": visible(row["reason"]), "paths": visible(row["paths"]), "ticked": bool(ticked),
            }
            for row, ticked in zip(rows.to_dict("records"), self.ticked[at], strict=True)
        ]  # fmt: skip

    def counts(self) -> list[tuple[str, int]]:
        """Each outcome with its users, the most frequent first."""
        return [(str(name), int(number)) for name, number in self._frame["outcome"].value_counts().items()]

    def look(self, user_id: str) -> dict[str, object]:
        """One user whole, as plain text: what was asked, sent and found, the target's answer, and each exchange.

        Raises
        ------
        SelectionError
            It is no user of this run.
        """
        found = self._frame[self._frame["user_id"] == user_id]
        if found.empty:
            raise SelectionError(f"{visible(user_id, 60)!r} is no user of this run.")
        row = found.iloc[0].to_dict()
        changes = self.results.changes
        steps = self.results.steps
        mine = changes.loc[changes["user_id"] == user_id, list(_CHANGES)]
        exchanges = steps[steps["user_id"] == user_id].head(_MOST_STEPS)
        return {
            "user_id": user_id,
            "headline": visible(f"{_first(row, 'user_name', 'key', 'user_id')}: {row['outcome']}"),
            "facts": [[name, visible(text)] for name, text in _facts(row)],
            "changes": [[_drawn(cell) for cell in cells] for cells in mine.itertuples(index=False, name=None)],
            "steps": [
                [_drawn(cell) for cell in (one["step"], one["method"], one["http_status"], one["error"], one["request_id"])]
                + [f"{one['seconds'] * 1000:,.0f} ms"]
                for one in exchanges.to_dict("records")
            ],
        }


def _first(row: dict[Any, Any], *names: str) -> str:
    return next(str(row[name]) for name in names if not pd.isna(row[name]))


def _facts(row: dict[Any, Any]) -> list[tuple[str, str]]:
    told = {
        "Reason": "reason", "Attributes": "paths", "HTTP status": "http_status", "SCIM type": "scim_type",
        "Vendor's code": "vendor_code", "Detail": "detail", "More": "more_info", "Request": "request_id",
        "Line of the export": "source_line", "PUTs sent": "attempts", "Version before": "version_before",
        "Version after": "version_after",
    }  # fmt: skip
    return [(label, str(row[name])) for label, name in told.items() if not pd.isna(row[name]) and row[name] != ""]


def _drawn(cell: object) -> str:
    return "" if cell is None or cell is pd.NA or cell != cell else visible(str(cell))
