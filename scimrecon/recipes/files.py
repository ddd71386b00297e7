"""Recipes as JSON files, meant to be read, reviewed and kept beside the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from os import PathLike, fspath
from pathlib import Path
from typing import Any

import orjson

from scimrecon.errors import RecipeError
from scimrecon.files import rewriting
from scimrecon.recipes.steps import KINDS, Step
from scimrecon.values import parse_resource

_FORMAT = 1
_MAX_BYTES = 100_000_000
_MODE = 0o666
"""Less what the user's own setting takes away: a recipe is there to be read by others, and is kept in version control."""


def write_recipe(path: str | PathLike[str], steps: Sequence[Step]) -> None:
    """Write steps to a file that `read_steps` reads.

    Raises
    ------
    RecipeError
        The file cannot be written.
    """
    if not isinstance(path, str | PathLike):
        raise RecipeError(f"a recipe is saved to a path, not {type(path).__name__}: recipe.save('workday.recipe').")
    document = {"scimrecon": "recipe", "format": _FORMAT, "steps": [_facts(step) for step in steps]}
    written = orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    try:
        with rewriting(Path(path), mode=_MODE) as unfinished:
            unfinished.write_bytes(written)
    except (OSError, ValueError) as error:
        raise RecipeError(
            f"{fspath(path)}: the recipe cannot be saved there: {getattr(error, 'strerror', None) or error}."
        ) from error


def read_steps(path: str | PathLike[str]) -> tuple[Step, ...]:
    """Read the steps of a file that `write_recipe` wrote.

    Raises
    ------
    RecipeError
        The file cannot be read, or holds no recipe; the message names the step that is none.
    """
    if not isinstance(path, str | PathLike):
        raise RecipeError(f"open_recipe takes the path of a file that Recipe.save wrote, not {type(path).__name__}.")
    name = fspath(path)
    try:
        if Path(path).stat().st_size > _MAX_BYTES:
            raise RecipeError(f"{name}: larger than {_MAX_BYTES:,} bytes, which no recipe is.")
        facts = parse_resource(Path(path).read_bytes())
    except OSError as error:
        raise RecipeError(f"{name}: {error.strerror or error}. Recipe.save writes such files.") from None
    except ValueError as error:
        raise RecipeError(f"{name}: not a recipe: {error}. Recipe.save writes such files.") from None
    listed = facts.get("steps")
    if facts.get("scimrecon") != "recipe" or facts.get("format") != _FORMAT or not isinstance(listed, list):
        raise RecipeError(f"{name}: it does not say that it holds a recipe of format {_FORMAT}. Recipe.save writes such files.")
    return tuple(_step(one, f"{name}: step {at}") for at, one in enumerate(listed, 1))


def _facts(step: Step) -> dict[str, Any]:
    return {"action": step.action, **{one.name: getattr(step, one.name) for one in fields(step) if one.init}}


def _step(facts: object, told: str) -> Step:
    action = facts.get("action") if isinstance(facts, dict) else None
    if not isinstance(facts, dict) or not isinstance(action, str) or action not in KINDS:
        raise RecipeError(f"{told}: there is no such action. There are {', '.join(KINDS)}.")
    kind = KINDS[action]
    wanted = {"action", *(one.name for one in fields(kind) if one.init)}
    if set(facts) != wanted:
        raise RecipeError(f"{told}: {action} takes {', '.join(sorted(wanted - {'action'}))}, and nothing else.")
    try:
        return kind(**{name: value for name, value in facts.items() if name != "action"})
    except RecipeError as error:
        raise RecipeError(f"{told}: {error}") from None
