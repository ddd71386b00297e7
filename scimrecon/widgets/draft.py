"""A recipe in the making: the columns as each of its steps leaves them, and the recipes it was before."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.recipes import Recipe, encode, take_step
from scimrecon.widgets.history import History

if TYPE_CHECKING:
    from scimrecon.recipes import Coded, Step, Taken

_REMEMBERED = 200
"""Recipes that can be gone back to."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """One step of the recipe, and what it did here."""

    step: Step
    taken: Taken


class Draft:
    """The recipe, and what it makes of some rows.

    Parameters
    ----------
    rows
        They are read, never written to, and a column is coded when it is first asked for.
    """

    def __init__(self, rows: pd.DataFrame) -> None:
        self.recipe = Recipe()
        self.taken: list[Taken] = []
        """What each step did."""
        self._rows = rows
        self._encoded: dict[str, Coded] = {}
        self._states: list[dict[str, Coded]] = [{}]
        self._history: History[Recipe] = History(_REMEMBERED)

    @property
    def undoable(self) -> int:
        """How many changes of the recipe can be taken back."""
        return self._history.undoable

    @property
    def redoable(self) -> int:
        """How many can be made again."""
        return self._history.redoable

    def lines(self) -> list[Line]:
        """Give the steps, each with what it did."""
        return [Line(step=step, taken=taken) for step, taken in zip(self.recipe.steps, self.taken, strict=True)]

    def columns(self) -> list[str]:
        """Name the columns of text there are now, those that splits have made last."""
        texts = [str(name) for name, dtype in self._rows.dtypes.items() if isinstance(dtype, pd.StringDtype)]
        return list(dict.fromkeys([*texts, *self._states[-1]]))

    def now(self, column: str) -> Coded:
        """Give a column as the steps have left it.

        Raises
        ------
        RecipeError
            There is no such column, or it is not text.
        """
        state = self._states[-1]
        if column in state:
            return state[column]
        if column not in self._encoded:
            self._encoded[column] = encode(self._rows, column)
        return self._encoded[column]

    def before(self, column: str) -> Coded | None:
        """Give a column as the file has it, with the codes it has now; None for one that a split made."""
        return self._encoded.get(column)

    def decide(self, recipe: Recipe) -> None:
        """Make this the recipe, and remember the one before; what had been taken back is forgotten.

        Raises
        ------
        RecipeError
            It does not fit the columns; all is as it was then.
        """
        before = self.recipe
        self.settle(recipe)
        if recipe != before:
            self._history.record(before)

    def undo(self) -> bool:
        """Go back to the recipe before; False where there is none."""
        return self._history.undo(self.recipe, self.settle)

    def redo(self) -> bool:
        """Go forward again; False where nothing was taken back."""
        return self._history.redo(self.recipe, self.settle)

    def settle(self, recipe: Recipe) -> None:
        """Make this the recipe. Steps it shares with the one before are not taken again.

        Raises
        ------
        RecipeError
            As `decide`.
        """
        pairs = enumerate(zip(self.recipe.steps, recipe.steps, strict=False))
        shared = min(len(self.taken), len(recipe.steps))
        kept = next((at for at, (one, other) in pairs if one != other), shared)
        states, taken = self._states[: kept + 1], self.taken[:kept]
        for at, step in enumerate(recipe.steps[kept:], kept + 1):
            columns = {**self._encoded, **states[-1]}
            made, told = take_step(step, at, self._rows, columns)
            if step.column not in states[-1]:
                self._encoded.setdefault(step.column, columns[step.column])
            states.append({**states[-1], **made})
            taken.append(told)
        self.recipe, self._states, self.taken = recipe, states, taken
