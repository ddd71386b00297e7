"""Frames out, safely: what a stage's value shows in a notebook.

Names, cells and server answers are hostile: everything is HTML-escaped, and a cell's bidirectional text stays in its cell.
"""

from __future__ import annotations

import html
from collections.abc import Mapping

import pandas as pd


class KeptFrame:
    """A frame of a frozen value: whoever asks for it gets a copy, so that nobody writes into the value.

    Pandas copies nothing until somebody writes.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the name of the field."""
        self._name = name

    def __get__(self, value: object, owner: type | None = None) -> pd.DataFrame:
        """Hand out a copy."""
        if value is None:
            raise AttributeError(self._name)  # the field has no default
        held: pd.DataFrame = value.__dict__[self._name]
        return held.copy(deep=False)

    def __set__(self, value: object, frame: pd.DataFrame) -> None:
        """Keep a copy."""
        value.__dict__[self._name] = frame.copy(deep=False)


_MAX_ROWS = 10
_MAX_CELL = 200


def render(title: str, facts: Mapping[str, object], frame: pd.DataFrame | None = None) -> str:
    """Write a title, a few facts and the head of a frame as one self-contained piece of HTML.

    Parameters
    ----------
    title
        One line.
    facts
        Shown as "name: value", in order.
    frame
        Its first 10 rows are shown, and how many there are; its index only if that says more than a count.
    """
    # JupyterLab would typeset what stands between two dollar signs.
    parts = [f"<div class='scimrecon mathjax_ignore tex2jax_ignore'><b>{html.escape(title)}</b>"]
    if facts:
        listed = ", ".join(f"{html.escape(str(name))}: {html.escape(str(value))}" for name, value in facts.items())
        parts.append(f"<div>{listed}</div>")
    if frame is not None and not frame.empty:
        parts.append(_table(frame))
    parts.append("</div>")
    return "".join(parts)


def _table(frame: pd.DataFrame) -> str:
    head = frame.head(_MAX_ROWS)
    counted = isinstance(frame.index, pd.RangeIndex)
    labels = "".join(f"<th>{html.escape(str(name))}</th>" for name in ([] if counted else [""]) + list(head.columns))
    rows = [
        "<tr>"
        + ("" if counted else f"<th>{_cell(label)}</th>")
        + "".join(f"<td>{_cell(value)}</td>" for value in values)
        + "</tr>"
        for label, *values in head.itertuples(index=True, name=None)
    ]
    more = f"<div>{len(head):,} of {len(frame):,} rows</div>" if len(frame) > len(head) else ""
    return f"<table><thead><tr>{labels}</tr></thead><tbody>{''.join(rows)}</tbody></table>{more}"


def _cell(value: object) -> str:
    if (isinstance(value, float) and value != value) or value is None or value is pd.NA:
        return ""
    text = str(value)
    return "<bdi>" + html.escape(text if len(text) <= _MAX_CELL else text[: _MAX_CELL - 1] + "…") + "</bdi>"


def count(number: int, noun: str) -> str:
    """Write a number with its noun, as in "1 user" and "2,000 users"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
