"""Speak with the browser of a cleanup: it asks for windows of rows and says what was clicked, and hears how all stands then."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from scimrecon.errors import RecipeError
from scimrecon.recipes import ChangeCase, MapValues, Merge, SetBlank, Split, Trim, write_step
from scimrecon.widgets.display import visible
from scimrecon.widgets.facets import LOOKS, FacetQuery
from scimrecon.widgets.messages import CLEANUP, CLEANUP_QUERY, Messages
from scimrecon.widgets.searching import ClusterSearch
from scimrecon.widgets.windows import TableWidget

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from scimrecon.recipes import Step
    from scimrecon.widgets.cleaning import Cleaning
    from scimrecon.widgets.facets import FacetRow

_MAX_COLUMNS = 1_000
_MAX_LINES = 200
_LOOKING = ("ready", "window", "value", "tick", "untick")
"""Messages after which what is said of the last search still stands."""
_MAX_CODE = 400
"""Characters of a step's code that are shown; `Cleanup.code` gives all of it."""


class CleanupWire(TableWidget):
    """A widget over the cleaning of an export, all of whose state is there.

    Parameters
    ----------
    cleaning
        What is shown, and what the browser's messages act on.
    """

    _messages: ClassVar[Messages] = CLEANUP

    def __init__(self, cleaning: Cleaning) -> None:
        super().__init__()
        self._cleaning = cleaning
        self._search = ClusterSearch(self._tell_progress, self._end_search)
        self._problem = ""

    def _act(self, message: Mapping[str, Any]) -> None:
        cleaning = self._cleaning
        if message["type"] not in _LOOKING:
            self._problem = ""
        match message["type"]:
            case "ready":
                self._send_state()
            case "window":
                self._send_window(message["start"], message["count"])
            case "value":
                self.send({"type": "value", "id": message["id"], "value": cleaning.text_of(message["id"])})
            case "find":
                self._find(message["by"])
            case "cancel":
                self._search.cancel()
            case "tick" | "untick" as name:
                self._mark(message["ids"], ticked=name == "tick")
                self._send_state()
            case "tick_filtered" | "untick_all" as name:
                getattr(cleaning, name)()
                self._send_state()
            case "column":
                cleaning.show(message["name"])
                self._send_anew()
            case "query":
                cleaning.set_query(FacetQuery(**{name: message[name] for name in CLEANUP_QUERY}))
                self._send_anew()
            case "edit":
                self._edit(message["id"], message["value"])
                self._send_anew()
            case "undo" | "redo" as name:
                getattr(cleaning, name)()
                self._send_anew()
            case "merge_clusters":
                cleaning.merge_clusters(cleaning.ticked_clusters)
                self._send_anew()
            case "drop":
                cleaning.drop(message["step"])
                self._send_anew()
            case _:
                cleaning.add([self._step(message)])
                self._send_anew()

    def _step(self, message: Mapping[str, Any]) -> Step:
        column = self._cleaning.column
        match message["type"]:
            case "trim":
                return Trim(column=column)
            case "case":
                return ChangeCase(column=column, case=message["case"])
            case "split":
                return Split(column=column, separator=message["separator"], into=message["into"])
            case "map":
                if len(message["ids"]) != len(message["into"]):
                    raise RecipeError("a map needs as many new values as values")
                values = map(self._cleaning.text_of, message["ids"])
                return MapValues(column=column, values=dict(zip(values, message["into"], strict=True)))
        ticked = self._cleaning.ticked
        if not ticked:
            raise RecipeError("nothing is ticked: tick the values that are meant")
        if message["type"] == "blank":
            return SetBlank(column=column, values=tuple(ticked))
        if not message["into"]:
            raise RecipeError("say what the ticked values shall become; to leave their cells blank, set them blank")
        pairs = {value: message["into"] for value in ticked if value != message["into"]}
        if not pairs:
            raise RecipeError(f"what is ticked is {visible(message['into'], 60)!r} already; tick the values to merge into it")
        return Merge(column=column, spellings=pairs)

    def _mark(self, ids: list[int], *, ticked: bool) -> None:
        cleaning = self._cleaning
        if cleaning.query.view == "clusters":
            (cleaning.tick_clusters if ticked else cleaning.untick_clusters)(ids)
        else:
            (cleaning.tick if ticked else cleaning.untick)([cleaning.text_of(row_id) for row_id in ids])

    def _edit(self, row_id: int, value: str) -> None:
        cleaning = self._cleaning
        if cleaning.query.view == "clusters":
            cleaning.suggest(row_id, value)
            return
        before = cleaning.text_of(row_id)
        step: Step = Merge(column=cleaning.column, spellings={before: value})
        cleaning.add([step if value else SetBlank(column=cleaning.column, values=(before,))])

    def _find(self, by: str) -> None:
        self._search.start(self._cleaning.column, self._cleaning.present(), by)
        self._send_state()

    def _tell_progress(self, share: float) -> None:
        self.send({"type": "progress", "share": share})

    def _end_search(self, column: str, found: pd.DataFrame | None, problem: str) -> None:
        if found is not None:
            self._cleaning.put_clusters(column, found)
            problem = "" if len(found) else f"No values of {visible(column, 60)} are alike in this way."
        self._problem = problem
        if found is not None and len(found) and column == self._cleaning.column:
            self._send_anew(searching=False)
        else:
            self._send_state(searching=False)

    def _send_anew(self, *, searching: bool | None = None) -> None:
        """Send the state after rows may have come, gone or moved."""
        with self._lock:
            self._go_to_top()
            self._send_state(searching=searching)

    def _rows(self, start: int, count: int) -> list[FacetRow]:
        return self._cleaning.window(start, count)

    def _send_state(self, *, searching: bool | None = None) -> None:
        with self._lock:
            cleaning = self._cleaning
            looks = [[name, LOOKS[name], many] for name, _, many in cleaning.facet().looks()]
            self.send(
                {
                    **self._next_state(),
                    "column": cleaning.column,
                    "columns": [[name, visible(name, 80)] for name in cleaning.columns()[:_MAX_COLUMNS]],
                    "counts": asdict(cleaning.counts()),
                    "query": asdict(cleaning.query),
                    "looks": looks,
                    "lines": self._lines(),
                    # The thread that ends the search is alive still when it says so.
                    "searching": self._search.running if searching is None else searching,
                    "problem": self._problem,
                }
            )

    def _lines(self) -> list[dict[str, object]]:
        """The last steps, as they are drawn."""
        lines = list(enumerate(self._cleaning.lines(), 1))
        return [
            {
                "step": at,
                "code": visible_code(write_step(line.step)),
                "cells": line.taken.cells,
                "gone": len(line.taken.gone),
                "uncovered": len(line.taken.uncovered),
            }
            for at, line in lines[-_MAX_LINES:]
        ]


def visible_code(code: str) -> str:
    """Spell out what cannot be seen in code, but for its line breaks, and cut it where it is long."""
    cut = code if len(code) <= _MAX_CODE else f"{code[:_MAX_CODE]} … ({len(code):,} characters)"
    return "\n".join(_indent(line) + visible(line.strip(" "), _MAX_CODE + 40) for line in cut.split("\n"))


def _indent(line: str) -> str:
    return " " * (len(line) - len(line.lstrip(" ")))
