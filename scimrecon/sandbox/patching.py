"""PATCH operations on a user (RFC 7644 §3.5.2): as many forms of path as vendors document."""

from __future__ import annotations

import copy
import json
import re
from contextlib import suppress
from typing import Any

from scimrecon.sandbox.shapes import Misfit, Shape

_PATH = re.compile(
    r"(?:(?P<urn>urn:.+):)?(?P<name>[A-Za-z][\w-]*)"
    r'(?:\[(?P<by>\w+) eq (?P<value>"(?:[^"\\]|\\.)*"|true|false)\])?'
    r"(?:\.(?P<member>\w+))?"
)


class UnknownPath(Exception):
    """An operation names nothing that a user has."""


def patched(user: dict[str, Any], body: dict[str, Any], shape: dict[str, Shape], *, strict: bool) -> dict[str, Any]:
    """Return the user with all operations of a PATCH body done, in their order.

    Parameters
    ----------
    user
        As it is held; it is not changed.
    body
        Of the PATCH.
    shape
        What a user may have.
    strict
        Whether an unknown path is an error, or an operation to pass over.

    Raises
    ------
    Misfit
        The body or an operation is not of the form it must have, or a filter finds no element.
    UnknownPath
        An operation names nothing that the shape knows, and that is an error here.
    """
    after = copy.deepcopy(user)
    passed_over = () if strict else (UnknownPath,)
    for operation in _operations(body):
        op, path, value = operation["op"].lower(), operation.get("path"), operation.get("value")
        steps = [(path, value)] if path is not None else list(value.items() if isinstance(value, dict) else [])
        if not steps:
            raise Misfit("an operation without path needs an object as its value")
        for step, wanted in steps:
            with suppress(*passed_over):
                _apply(after, shape, op, str(step), copy.deepcopy(wanted))
    return after


def _operations(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body.get("Operations")
    if not isinstance(found, list) or not found:
        raise Misfit("Operations must be a list with at least one operation")
    for operation in found:
        op = operation.get("op") if isinstance(operation, dict) else None
        if not isinstance(op, str) or op.lower() not in ("add", "replace", "remove"):
            raise Misfit("op must be add, replace or remove")
        if op.lower() == "remove" and not operation.get("path"):
            raise Misfit("remove needs a path")
        if op.lower() != "remove" and "value" not in operation:
            raise Misfit(f"{op} needs a value")
    return found


def _apply(user: dict[str, Any], shape: dict[str, Shape], op: str, path: str, value: Any) -> None:
    if path in shape:  # an attribute, or an extension by its URN
        return _set(user, shape[path], op, path, value)
    found = _PATH.fullmatch(path)
    if found is None:
        raise UnknownPath(path)
    if found["urn"]:
        if not isinstance(shape.get(found["urn"]), dict):
            raise UnknownPath(path)
        rest = path.removeprefix(found["urn"] + ":")
        return _apply(user.setdefault(found["urn"], {}), shape[found["urn"]], op, rest, value)
    name, member = found["name"], found["member"]
    known = shape.get(name)
    inner = known[0] if isinstance(known, list) else known
    if not isinstance(inner, dict) or (member and member not in inner) or (found["by"] and found["by"] not in inner):
        raise UnknownPath(path)
    if found["by"]:
        return _in_elements(user, inner, op, found, value)
    held = user.get(name) or ([{}] if isinstance(known, list) else {})
    user[name] = held
    for element in held if isinstance(held, list) else [held]:
        _set(element, inner[str(member)], op, str(member), value)
    return None


def _in_elements(user: dict[str, Any], shape: dict[str, Shape], op: str, found: re.Match[str], value: Any) -> None:
    """Change the elements that a filter in brackets finds, or a member of them."""
    name, member, wanted = found["name"], found["member"], json.loads(found["value"])
    held = user.get(name) or []
    chosen = [element for element in held if _equal(element.get(found["by"]), wanted)]
    if not chosen:
        raise Misfit(f"no element of {name} has {found['by']} {found['value']}")
    for element in chosen:
        if member:
            _set(element, shape[member], op, member, value)
        elif op == "remove":
            held.remove(element)
        elif isinstance(value, dict):
            element.update(value)
        else:
            raise Misfit(f"{found[0]} takes an object")


def _set(owner: dict[str, Any], shape: Shape, op: str, name: str, value: Any) -> None:
    held = owner.get(name)
    if op == "remove":
        owner.pop(name, None)
    elif isinstance(shape, list) and op == "add":
        owner[name] = [*(held or []), *(value if isinstance(value, list) else [value])]
    elif isinstance(shape, dict) and isinstance(value, dict):
        owner[name] = {**(held or {}), **value}
    else:
        owner[name] = value


def _equal(held: Any, wanted: Any) -> bool:
    if isinstance(held, str) and isinstance(wanted, str):
        return held.casefold() == wanted.casefold()
    return bool(held is wanted or (held == wanted and isinstance(held, bool) == isinstance(wanted, bool)))
