"""Recipes as pandas: what a reviewer who does not know this library reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from scimrecon.errors import RecipeError
from scimrecon.recipes.steps import Case, ChangeCase, MapValues, Merge, SetBlank, Split, Step, Trim

_NEEDS: Mapping[type[Step], str] = {Trim: "trim_text", Split: "split_text"}
"""What a statement calls of this library."""
_LONG = 4
"""More texts than this are written one a line."""


def write_code(steps: Sequence[Step]) -> str:
    """Write Python that takes the steps on ``export``.

    Every text stands there as its ``repr``, so none can be more than a text.
    """
    needed = sorted({_NEEDS[type(step)] for step in steps if type(step) in _NEEDS})
    imports = ["from dataclasses import replace", *([f"from scimrecon.recipes import {', '.join(needed)}"] if needed else [])]
    statements = ["rows = export.rows.copy()", *map(write_step, steps), "export = replace(export, rows=rows)"]
    return "\n\n".join(imports) + "\n\n" + "\n".join(statements) + "\n"


def write_step(step: Step) -> str:
    """Write one step as a statement on ``rows``.

    Raises
    ------
    RecipeError
        It is of no kind that there is.
    """
    column = f"rows[{step.column!r}]"
    match step:
        case Merge(spellings=pairs) | MapValues(values=pairs):
            return f"{column} = {column}.replace({_pairs(pairs)})"
        case Trim():
            return f"{column} = {column}.map(trim_text, na_action='ignore').astype('str')"
        case ChangeCase(case=case):
            function = "str.lower" if case is Case.LOWER else "str.upper"
            return f"{column} = {column}.map({function}, na_action='ignore').astype('str')"
        case SetBlank(values=values):
            return f"{column} = {column}.mask({column}.isin([{_listed([repr(text) for text in values])}]))"
        case Split(separator=separator, into=into):
            function = f"lambda text: split_text(text, {separator!r}, {len(into)})"
            cut = f"parts = {column}.map({function}, na_action='ignore').astype(object)"
            return "\n".join([cut, *(f"rows[{name!r}] = parts.str[{at}].astype('str')" for at, name in enumerate(into))])
    raise RecipeError(f"{type(step).__name__} is no kind of step that there is code for.")


def _pairs(pairs: Mapping[str, str]) -> str:
    return "{" + _listed([f"{before!r}: {after!r}" for before, after in pairs.items()]) + "}"


def _listed(texts: list[str]) -> str:
    if len(texts) <= _LONG:
        return ", ".join(texts)
    return "\n    " + ",\n    ".join(texts) + ",\n"
