"""Switches: what a practice server does where its vendor says nothing, or says two things.

Each dialect has one frozen dataclass of them; a field's docstring is what the command line and the server's page
tell about it. Known on both sides of the pipe, so nothing of a server is imported here.
"""

from __future__ import annotations

import ast
import dataclasses
import inspect
import math
import types
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from scimrecon.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")


def at_least(least: float, default: Any) -> Any:
    """Return a field for a number that must not be smaller."""
    return dataclasses.field(default=default, metadata={"least": least})


def read_switches(dialect: str, kind: type[T], given: Mapping[str, object]) -> T:
    """Return the switches as given, the others at their defaults.

    Raises
    ------
    SandboxError
        A switch is not known, or its value is none it can have.
    """
    hints = get_type_hints(kind)
    unknown = sorted(set(given) - set(hints))
    if unknown:
        known = f"There are: {', '.join(sorted(hints))}." if hints else "It has none."
        raise SandboxError(f"The practice server {dialect} has no switch {unknown[0]!r}. {known}")
    least = {field.name: field.metadata.get("least") for field in dataclasses.fields(kind)}  # type: ignore[arg-type]  # each kind is a dataclass
    values = {}
    for name, value in given.items():
        try:
            values[name] = _fit(hints[name], value, least[name])
        except ValueError:
            expected = takes(hints[name], least[name])
            raise SandboxError(f"The practice server {dialect}: {name}= takes {expected}, not {value!r:.80}.") from None
    return kind(**values)


def explain_switches(kind: type[Any]) -> dict[str, str]:
    """Return each switch's docstring, read from the source: Python keeps none for fields."""
    tree = ast.parse(Path(inspect.getfile(kind)).read_text(encoding="utf-8"))
    [body] = [node.body for node in tree.body if isinstance(node, ast.ClassDef) and node.name == kind.__name__]
    told: dict[str, str] = {}
    for field, after in pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            told[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return told


def takes(hint: Any, least: float | None = None) -> str:
    """Say in words what values a switch can have."""
    wants, optional = _unwrap(hint)
    if get_origin(wants) is Literal:
        said = "one of " + ", ".join(repr(choice) for choice in get_args(wants))
    elif get_origin(wants) is tuple:
        said = "a list of texts"
    else:
        said = {bool: "True or False", int: "a whole number", float: "a number of seconds", str: "a text"}[wants]
    said += f" of at least {least:g}" if least is not None else ""
    return said + (", or None" if optional else "")


def from_text(hint: Any, text: str) -> object:
    """Return the value that a command line's text means, or the text itself if it means none."""
    wants, optional = _unwrap(hint)
    if optional and text.lower() == "none":
        return None
    if get_origin(wants) is tuple:
        return tuple(part.strip() for part in text.split(",") if part.strip())
    if wants is bool:
        return {"true": True, "on": True, "yes": True, "false": False, "off": False, "no": False}.get(text.lower(), text)
    if get_origin(wants) is Literal:
        return next((choice for choice in get_args(wants) if str(choice) == text), text)
    try:
        return wants(text)
    except ValueError:
        return text


def _unwrap(hint: Any) -> tuple[Any, bool]:
    """Return what a hint asks for besides None, and whether None will do."""
    if get_origin(hint) not in (Union, types.UnionType):
        return hint, False
    [wants] = [part for part in get_args(hint) if part is not types.NoneType]
    return wants, True


def _fit(hint: Any, value: object, least: float | None) -> object:
    """Return the value, if it is one the hint admits.

    Raises
    ------
    ValueError
        It is not.
    """
    wants, optional = _unwrap(hint)
    if value is None and optional:
        return None
    if get_origin(wants) is Literal:
        # By type too: True is no choice among 0 and 1.
        fits = any(value == choice and type(value) is type(choice) for choice in get_args(wants))
    elif get_origin(wants) is tuple:
        fits = isinstance(value, (list, tuple)) and all(isinstance(part, str) for part in value)
        value = tuple(value) if isinstance(value, (list, tuple)) else value
    elif wants is float:
        fits = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    else:
        fits = type(value) is wants
    if not fits or (least is not None and isinstance(value, (int, float)) and value < least):
        raise ValueError(value)
    return value
