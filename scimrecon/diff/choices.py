"""Hold choices made elsewhere, or earlier, against a diff: what still stands as it was shown is chosen, the rest is told."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.diff.selection import why_not
from scimrecon.values import shorten

_Row = Mapping[Hashable, Any]
_GONE = "no change of this diff has this id: it was made in the meantime, or is asked for no more"
_DUPLICATE = "chosen more than once, so none of them counts"
SHOWN = ("before", "after", "kind")
"""What was decided on: where one of these is another now, nobody has decided."""


def hold_against(told: pd.DataFrame, changes: pd.DataFrame, tickable: pd.Series[bool]) -> pd.DataFrame:
    """Say of each choice whether the change it was made for still stands as it was shown.

    Parameters
    ----------
    told
        One row a choice: ``change_id``, `SHOWN` as they were, ``line`` if it has one. Index 0…n-1.
    changes
        Follows `schemas.Changes`: as they are now.
    tickable
        Whether each of them can be ticked, in their order.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Choices`, a row a choice. Cost: whole columns, and a reason for each that does not stand.
    """
    place = changes.index.get_indexer(pd.Index(told["change_id"]))
    known = place >= 0
    # One more for what is not there, which -1 names.
    can = np.append(tickable.to_numpy(dtype=bool), [False])[place]
    now = changes.reset_index(drop=True).reindex(place).reset_index(drop=True)
    differs = {name: _blank(told[name]) != _blank(now[name]) for name in SHOWN}
    state = pd.Series("same", index=told.index, dtype="str")
    state = state.mask(~can, "barred")
    state = state.mask(pd.concat(differs, axis=1).any(axis=1), "changed").mask(~known, "gone")
    state = state.mask(told["change_id"].duplicated(keep=False), "duplicate")
    frame = pd.DataFrame({"line": told.get("line"), "change_id": told["change_id"], "state": state}, index=told.index)
    frame = frame.assign(user_name=now["user_name"], path=now["path"], reason="")
    frame["reason"] = frame["reason"].mask(state == "gone", _GONE).mask(state == "duplicate", _DUPLICATE)
    for name, say in (("changed", _moved), ("barred", _barred)):
        rows = state == name
        pairs = zip(told[rows].to_dict("records"), now[rows].to_dict("records"), strict=True)
        frame.loc[rows, "reason"] = [say(then, since) for then, since in pairs]
    return schemas.check(frame, schemas.Choices)


def _moved(told: _Row, now: _Row) -> str:
    moved = [(name, _text(told[name]), _text(now[name])) for name in SHOWN]
    return "; ".join(f"{name} was {_quoted(then)}, and is {_quoted(since)}" for name, then, since in moved if then != since)


def _barred(_: _Row, now: _Row) -> str:
    return why_not({str(name): None if pd.isna(cell) else str(cell) for name, cell in now.items()})


def _blank(cells: pd.Series[str]) -> pd.Series[str]:
    """Texts with nothing, and white space alone, as the empty text: a spreadsheet tells neither apart."""
    texts = cells.astype("str").fillna("")
    return texts.where(texts.str.strip() != "", "")


def _text(cell: Any) -> str:
    """As `_blank`, of one cell."""
    return "" if pd.isna(cell) or not str(cell).strip() else str(cell)


def _quoted(text: str) -> str:
    return shorten(repr(text)) if text else "nothing"
