"""The story of one cell: from the file's line to what a PUT would carry."""

from __future__ import annotations

import html
import json
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.attributes import AttributeType
from scimrecon.dialects import ClearAs
from scimrecon.diff.policies import Policy, name_of
from scimrecon.diff.selection import Basis, why_not
from scimrecon.diff.sets import split_cell
from scimrecon.errors import SelectionError
from scimrecon.mapping import Column, Constant, ReferenceColumn
from scimrecon.paths import parse_path, parse_set
from scimrecon.values import shorten, to_json

_MAX_NAMED = 5
_MAX_POINTS = 12
_TELLING = {
    "set": "the target holds nothing there, and the export has a value",
    "add_element": "the target has no such element, and the export has one",
    "replace": "the two values differ in more than formatting",
    "clear": "the export asks for the value to be cleared",
    "remove_element": "the export does not want this element",
    "cosmetic": "the two values differ in formatting only",
}


@dataclass(frozen=True, kw_only=True)
class Explanation:
    """What was made of one attribute of one user, step by step."""

    user: str
    attribute: str
    steps: tuple[tuple[str, str], ...]
    """Each step's name, and what happened there."""

    def __str__(self) -> str:
        width = max(len(name) for name, _ in self.steps)
        lines = [f"{name:>{width}}  {text}" for name, text in self.steps]
        return "\n".join([f"{self.attribute} of {self.user}", *lines])

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        title = f"{html.escape(self.attribute)} of {html.escape(self.user)}"
        rows = "".join(
            f"<tr><th>{html.escape(name)}</th><td style='text-align:left'><bdi>{html.escape(text)}</bdi></td></tr>"
            for name, text in self.steps
        )
        return f"<div class='scimrecon mathjax_ignore tex2jax_ignore'><b>{title}</b><table>{rows}</table></div>"


def explain(changes: pd.DataFrame, statuses: pd.DataFrame, basis: Basis, user: str | int, attribute: str) -> Explanation:
    """Explain one cell.

    Parameters
    ----------
    changes, statuses
        `Diff.changes` and `Diff.users`.
    basis
        Of the diff.
    user, attribute
        As `Diff.explain`.

    Raises
    ------
    SelectionError
        Neither side has such a user, several answer to the name, or the path is none.
    """
    path = _compared(name_of(attribute, "explain", SelectionError), basis)
    at = _find_user(statuses, basis, user)
    told = statuses.iloc[at]
    rows = len(basis.pair.desired.frame)
    row = at if at < rows else None
    name = next(str(told[column]) for column in ("user_name", "key", "user_id", "source_line") if pd.notna(told[column]))
    steps = [
        *(_export_steps(basis, row, path) if row is not None else [("export", "no line of it is this user's")]),
        ("match", _match(basis, told, row)),
    ]
    if pd.notna(told["user_id"]) and row is not None and told["status"] != "ambiguous":
        steps += _cell_steps(changes, basis, str(told["user_id"]), row, path)
    else:
        steps.append(("verdict", f"no change: {told['status']}: {told['reason']}"))
    return Explanation(user=name, attribute=path, steps=tuple(steps))


def _compared(path: str, basis: Basis) -> str:
    """The set an element's path belongs to, where the attribute was compared as a whole."""
    whole = parse_set(path) or parse_path(path).name
    return whole if whole in basis.rules and parse_set(whole) else path


def _find_user(statuses: pd.DataFrame, basis: Basis, user: str | int) -> int:
    """The user's place among the statuses; a line may be a number of whatever kind, as pandas gives them."""
    if not isinstance(user, str):
        hits = np.flatnonzero((statuses["source_line"] == user).fillna(value=False))
    else:
        ids = np.flatnonzero((statuses["user_id"] == user).fillna(value=False))
        named = (statuses["user_name"] == user) | (statuses["key"] == user)
        hits = ids if len(ids) else np.flatnonzero(named.fillna(value=False))
    if len(hits) == 0:
        raise SelectionError(f"explain: no user has the id, userName or key {user!r}, and no line of the export is {user!r}.")
    if len(hits) > 1:
        lines = ", ".join(str(line) for line in statuses["source_line"].iloc[hits[:_MAX_NAMED]].dropna())
        raise SelectionError(f"explain: {len(hits)} users answer to {user!r}; give the id, or the line ({lines}) as a number.")
    return int(hits[0])


def _export_steps(basis: Basis, row: int, path: str) -> Iterator[tuple[str, str]]:
    """From the file to the desired cell."""
    desired = basis.pair.desired
    line = desired.frame.index[row]
    rule = desired.rules.get(path)
    where = f"{desired.source.name} line {line}" if desired.source else f"row {line} of a frame"
    if path not in desired.frame.columns:
        yield "export", f"{where}: nothing is mapped to {path}"
        return
    if isinstance(rule, Constant):
        yield "export", f"{where}: not from the file; the mapping gives everyone {rule.value!r}"
        return
    if rule is None or desired.rows is None:
        yield "export", f"{where}: {_spelled(desired.frame[path].iloc[row])}"
        return
    raw = desired.rows[rule.name].loc[line]
    yield "export", f"{where}, column {rule.name!r}: {_spelled(raw)}"
    if desired.source:
        yield "decode", f"the file's bytes were read as {desired.source.encoding}{_points(raw)}"
    yield "transform", _transform(rule, basis, row, path)


def _transform(rule: Column | ReferenceColumn, basis: Basis, row: int, path: str) -> str:
    desired = basis.pair.desired
    cell = desired.frame[path].iloc[row]
    made = [rule.transform or "none"]
    if isinstance(rule, Column) and rule.separator:
        made.append(f"split at {rule.separator!r}")
    if isinstance(rule, Column) and rule.values:
        made.append("values table")
    steps = ", ".join(made)
    problems = desired.problems
    wrong = problems[(problems["path"] == path) & (problems["source_line"] == desired.frame.index[row])]
    if len(wrong):
        return f"{steps}: {wrong['problem'].iloc[0]}"
    if isinstance(rule, ReferenceColumn) and pd.notna(cell) and cell:
        return f"{steps}; the user with this {rule.on} is {cell!r}{_who(basis, path, cell)}"
    if pd.isna(cell):
        return f"{steps}: blank, and on_blank={rule.on_blank.value!r}: the export has no opinion"
    return f"{steps}: blank, and on_blank='clear': the value shall go" if cell == "" else f"{steps}: {_spelled(cell)}"


def _who(basis: Basis, path: str, user_id: str | None) -> str:
    """The name of the user a reference leads to."""
    side = basis.pair.side
    names = side.names[(side.ids == user_id).to_numpy()]
    return f" ({names.iloc[0]})" if len(names) and path in basis.pair.desired.references else ""


def _match(basis: Basis, told: pd.Series[Any], row: int | None) -> str:
    if row is None or pd.isna(told["user_id"]):
        more = f"; candidates: {told['candidates']}" if pd.notna(told["candidates"]) else ""
        return f"{told['reason']}{more}"
    matches = basis.pair.matches
    path, key = basis.key_paths.iloc[row], told["key"]
    if matches.linked[row]:
        return f"the link table says that {path} {key!r} is user {told['user_id']!r}"
    tier = int(matches.tier_of[row])
    weak = "" if tier == 0 else f" (key {tier + 1} of those given: a weaker match)"
    return f"by {path} {key!r}, user {told['user_id']!r}{weak}"


def _cell_steps(changes: pd.DataFrame, basis: Basis, user_id: str, row: int, path: str) -> Iterator[tuple[str, str]]:
    """From the target's value to the PUT."""
    if parse_set(path):
        yield from _set_steps(changes, basis, user_id, path)
        return
    mine = changes[changes.index == f"{user_id}:{path}"]
    change = mine.iloc[0] if len(mine) else None
    position = int(basis.pair.matches.user_of[row])
    held = basis.pair.side.values.get(path)
    before = change["before"] if change is not None else held.texts.iloc[position] if held else None
    yield "target", f"holds {_spelled(before)}{_who(basis, path, before)}" if held or change is not None else "was not read there"
    ignored = path in basis.pair.desired.frame.columns and path not in basis.rules
    if change is None:
        after = basis.pair.desired.frame[path].iloc[row] if path in basis.pair.desired.frame.columns else None
        if pd.notna(after) and not ignored:
            yield "comparator", "the two are the same text" if after else "nothing is there to clear"
        yield "verdict", "no change: " + _why_no_change(basis, path, after, ignored=ignored)
        yield "PUT", "carries this attribute as the target holds it"
        return
    yield from _change_steps(change, basis, path)


def _why_no_change(basis: Basis, path: str, after: str | None, *, ignored: bool) -> str:
    if ignored:
        return "policy ignore: it is not compared"
    if path not in basis.pair.desired.frame.columns:
        return "the mapping leaves this attribute alone"
    if pd.isna(after):
        return "the export has no opinion"
    return "the target has it as the export wants it"


def _change_steps(change: pd.Series[Any], basis: Basis, path: str) -> Iterator[tuple[str, str]]:
    rules = basis.rules_of(path)
    before, after = change["before"], change["after"]
    if change["kind"] in ("replace", "cosmetic") and pd.notna(after):
        forms = [rules.comparator.normalise(pd.Series([text], dtype="str")).iloc[0] for text in (before, after)]
        yield "comparator", f"{rules.comparator.name}: {shorten(repr(forms[0]))} and {shorten(repr(forms[1]))}"
    yield "policy", _policy(change, rules.unlocked)
    if change["flags"]:
        yield "flags", str(change["flags"])
    told = {str(name): "" if pd.isna(cell) else str(cell) for name, cell in change.items()}
    what = f"a change ({told['kind']})" if pd.notna(after) else "a change that cannot be made"
    why = f"{what}: {_TELLING[told['kind']]}" if pd.notna(after) else what
    if told["status"] == "open":
        asked = " on request only: select(…, cosmetic=True)" if told["kind"] == "cosmetic" else ""
        yield "verdict", f"{why}; it can be ticked{asked}"
    else:
        yield "verdict", f"{why}; it cannot be ticked: {why_not(told)}"
    yield "PUT", _put(told, basis, path)


def _policy(change: pd.Series[Any], unlocked: bool) -> str:  # noqa: FBT001 - a fact, not a flag
    named = f"{change['policy']}"
    if change["policy"] == Policy.LOCKED:
        return f"{named}: shown, not tickable until unlocked by name"
    return named + (" (unlocked by name)" if unlocked else "")


def _put(change: dict[str, str], basis: Basis, path: str) -> str:
    rules = basis.rules_of(path)
    if change["status"] != "open":
        return "carries this attribute as the target holds it"
    if change["after"] == "":
        way = "left out" if rules.dialect.clear_as is ClearAs.OMIT else "null"
        gone = "the element is gone" if rules.path.is_element else f"it is {way}"
        return f"if ticked, {gone}"
    value = to_json(change["after"], rules.held or AttributeType.STRING)
    return f"if ticked, carries {path} as {json.dumps(value, ensure_ascii=False)}; else as the target holds it"


def _set_steps(changes: pd.DataFrame, basis: Basis, user_id: str, name: str) -> Iterator[tuple[str, str]]:
    mine = changes[(changes["user_id"] == user_id) & changes["path"].str.startswith(name + "[")]
    elements = basis.pair.side.elements.get(name)
    position = int(np.flatnonzero(basis.pair.side.ids == user_id)[0])
    if elements is not None:
        held = elements.loc[elements["position"] == position, "value"].tolist()
        yield "target", "holds " + (", ".join(map(repr, held)) or "no element")
    if mine.empty:
        yield "verdict", "no change: every element the export asks for is there, or it has no opinion"
    for path, kind, status in zip(mine["path"], mine["kind"], mine["status"], strict=True):
        yield "verdict", f"{kind} of {path}: {status}"


def _spelled(cell: str | None) -> str:
    """A cell as Python would write it: blanks at the ends and characters one cannot see are visible."""
    if cell is None or pd.isna(cell):
        return "nothing"
    text = str(cell)
    listed = split_cell(text)
    return shorten(", ".join(map(_quoted, listed)), 120) if text.startswith("[") and listed != [text] else _quoted(text)


def _quoted(text: str) -> str:
    """Write a text in quotes, as it is; characters that cannot be seen as their escapes."""
    return shorten(repr(text), 120)


def _points(cell: str | None) -> str:
    """Name the code points of a text that is not plain: look-alikes and accents in two pieces are told apart by them."""
    if cell is None or pd.isna(cell) or str(cell).isascii():
        return ""
    strange = [mark for mark in dict.fromkeys(str(cell)) if not mark.isascii()][:_MAX_POINTS]
    return "; " + ", ".join(f"{mark!r} is U+{ord(mark):04X} {unicodedata.name(mark, 'unnamed')}" for mark in strange)
