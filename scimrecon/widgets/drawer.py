"""Show one user whole: the PUT that the ticks would make of what the target holds, and the story of each change."""

from __future__ import annotations

import difflib
import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypedDict

import orjson
import pandas as pd

from scimrecon.errors import PathError, PlanError, SelectionError
from scimrecon.plan import build_body, cells_of, sendable
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    from scimrecon.dialects import Dialect
    from scimrecon.diff import Basis, Diff, Explanation
    from scimrecon.paths import Resource

_MAX_LINES = 2_000
_MAX_EXPLAINED = 40


class Line(TypedDict):
    """One line of JSON: ``+`` only the PUT has it, ``-`` only the target, else a blank."""

    mark: str
    text: str


@dataclass(frozen=True, kw_only=True)
class UserView:
    """One user: what the target holds, what a PUT would carry, and why."""

    user_id: str
    user_name: str
    ticked: tuple[str, ...]
    """The paths."""
    before: Resource | None
    """What the target holds of all that a PUT carries; None where no resource is at hand."""
    body: Resource | None
    """The very JSON of the PUT; None where there would be none."""
    reason: str
    """Why there would be none; empty if there would be one."""
    stays: tuple[str, ...]
    """Attributes that the PUT carries as the target holds them."""
    left_out: tuple[str, ...]
    """Attributes that clients do not send."""
    explanations: tuple[Explanation, ...]
    """Of each change of the user, ticked or not."""

    def lines(self) -> list[Line]:
        """The PUT as JSON, line by line, held against what the target holds; of what is held alone where there is no PUT."""
        held, sent = _printed(self.before), _printed(self.body)
        if self.body is None or len(held) + len(sent) > 2 * _MAX_LINES:
            return [{"mark": " ", "text": _drawn(line)} for line in (sent or held)[:_MAX_LINES]]
        return [{"mark": mark, "text": _drawn(line)} for mark, line in _marked(held, sent)[:_MAX_LINES]]

    def __repr__(self) -> str:
        told = "\n\n".join(map(str, self.explanations))
        listed = "\n".join(f"{line['mark']} {line['text']}" for line in self.lines())
        return f"{self.headline()}\n{listed}\n\n{told}"

    def _repr_html_(self) -> str:
        listed = "\n".join(html.escape(f"{line['mark']} {line['text']}") for line in self.lines())
        told = "".join(one._repr_html_() for one in self.explanations)
        head = html.escape(self.headline())
        return f"<div class='scimrecon mathjax_ignore tex2jax_ignore'><b>{head}</b><pre>{listed}</pre>{told}</div>"

    def headline(self) -> str:
        """The user, and the PUT or why there is none."""
        ticked = f"PUT of {', '.join(self.ticked)}" if self.body is not None else f"no PUT: {self.reason}"
        return visible(f"{self.user_name}: {ticked}")


def view_user(diff: Diff, user_id: str, ticked: pd.Series[bool], basis: Basis) -> UserView:
    """Show a user.

    Parameters
    ----------
    diff
        Of this user's changes alone, with the edits.
    user_id
        Of the user.
    ticked
        Which changes are; on their index.
    basis
        Of the whole diff.

    Raises
    ------
    SelectionError
        The user has no change.
    """
    changes = diff.changes
    if changes.empty:
        raise SelectionError(f"user {visible(user_id, 80)!r} has no change in this diff.")
    name = next(str(cell) for cell in changes.iloc[0][["user_name", "key", "user_id"]] if pd.notna(cell))
    before, body, reason = _build(user_id, changes[ticked], basis)
    held = before or {}
    sent = body if body is not None else held
    received = _received(user_id, basis) or {}
    return UserView(
        user_id=user_id,
        user_name=name,
        ticked=tuple(changes.loc[ticked, "path"]),
        before=before,
        body=body,
        reason=reason,
        stays=tuple(attribute for attribute in sent if attribute in held and held[attribute] == sent[attribute]),
        left_out=tuple(attribute for attribute in received if attribute not in held),
        explanations=_explain(diff, user_id),
    )


def tell_user(view: UserView) -> dict[str, object]:
    """The same as plain text for the browser."""
    return {
        "user_id": view.user_id,
        "headline": view.headline(),
        "lines": view.lines(),
        "stays": visible(", ".join(view.stays)),
        "left_out": visible(", ".join(view.left_out)),
        "stories": [
            {
                "path": visible(story.attribute),
                "ticked": story.attribute in view.ticked,
                "steps": [[name, visible(text)] for name, text in story.steps],
            }
            for story in view.explanations
        ],
    }


def _received(user_id: str, basis: Basis) -> dict[str, Any] | None:
    if basis.current is None or user_id not in basis.current.resources:
        return None
    try:
        resource: dict[str, Any] = orjson.loads(basis.current.resources[user_id])
    except ValueError:
        return None
    return resource


def _build(user_id: str, ticked: pd.DataFrame, basis: Basis) -> tuple[Resource | None, Resource | None, str]:
    """What the target holds, the PUT's body, and why there is none."""
    received = _received(user_id, basis)
    if received is None or basis.current is None:
        return None, None, "the diff was made without this user's resource; plan_puts reads it, and plan.body(user_id) shows it"
    dialect: Dialect = basis.current.dialect
    before = sendable(received, dialect)
    if ticked.empty:
        return before, None, "nothing is ticked"
    along = basis.along
    if along is not None:
        ticked = pd.concat([ticked, along[along["user_id"] == user_id]])
    cells = cells_of(ticked, basis.types_of(ticked["path"].unique()))
    try:
        return before, build_body(basis.current.resources[user_id], cells, dialect, ()), ""
    except (PlanError, PathError) as error:
        return before, None, f"blocked: {error}"


def _explain(diff: Diff, user_id: str) -> tuple[Explanation, ...]:
    told = []
    for path in diff.changes["path"].head(_MAX_EXPLAINED):
        try:
            told.append(diff.explain(user_id, str(path)))
        except SelectionError:
            continue  # of a path that only an undo knows there is no story
    return tuple(told)


def _printed(resource: Resource | None) -> list[str]:
    return [] if resource is None else orjson.dumps(resource, option=orjson.OPT_INDENT_2).decode().split("\n")


def _drawn(line: str) -> str:
    """A line of JSON with its indentation, which is no value's."""
    inner = line.lstrip(" ")
    return line[: len(line) - len(inner)] + visible(inner)


def _marked(held: list[str], sent: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    matcher = difflib.SequenceMatcher(None, held, sent, autojunk=False)
    for _, start, stop, first, last in matcher.get_opcodes():
        if held[start:stop] == sent[first:last]:
            found += [(" ", line) for line in sent[first:last]]
        else:
            found += [("-", line) for line in held[start:stop]] + [("+", line) for line in sent[first:last]]
    return found
