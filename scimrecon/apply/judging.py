"""Hold what a target holds now against what was asked of it, on all paths."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

import phonenumbers

from scimrecon.apply.turn import Turn
from scimrecon.dialects import Dialect
from scimrecon.errors import PathError
from scimrecon.journal import Outcome, UserOutcome
from scimrecon.paths import Resource, clear_path, find_key, parse_path
from scimrecon.plan import Cell, CellState, cell_state, copy_resource, held_text, same_but_formatting, sendable, unlike_paths
from scimrecon.values import COMPARATOR_NAMES, make_comparator, shorten, text_series

_AS_ASKED = "every ticked attribute holds what was asked, and nothing else changed"


def is_done(cells: Sequence[Cell], held: Resource) -> bool:
    """Whether all ticked cells hold what was asked, formatting aside."""
    return all(cell_state(cell, held) is CellState.DESIRED or same_but_formatting(cell, held) for cell in cells)


def judge(turn: Turn, held: Resource, why: str, *, dialect: Dialect, accept: Sequence[str]) -> UserOutcome:
    """Say what became of a PUT that the target said yes to, or that is seen to be done.

    Parameters
    ----------
    turn
        Its ``wanted`` is what should be there.
    held
        What is.
    why
        The reason of an ``applied`` that was not plain.
    dialect, accept
        Say what the target may have changed by itself.
    """
    turn.read_back(held)
    left = [cell for cell in turn.request.ticked if cell_state(cell, held) is not CellState.DESIRED]
    rewritten = [cell for cell in left if same_but_formatting(cell, held)]
    unshown = {urn for urn in dialect.unreturned if find_key(held, urn) not in held}
    hidden = [cell for cell in left if cell.path.urn in unshown]
    lost = [cell for cell in left if cell not in rewritten and cell not in hidden]
    try:
        wanted, now = _comparable(dict(turn.wanted), dialect, accept), _comparable(sendable(held, dialect), dialect, accept)
        for urn in unshown:
            wanted.pop(find_key(wanted, urn), None)
        touched = unlike_paths(wanted, now, turn.request.cells)
    except RecursionError:
        return turn.end(Outcome.APPLIED_UNVERIFIED, "the target said yes; what it holds is nested too deeply to be compared")
    if touched:
        return turn.end(Outcome.SIDE_EFFECT, f"changed without being asked: {', '.join(touched)}")
    if lost:
        first = lost[0]
        text = held_text(first, held)
        reason = f"the target said yes, and holds {shorten(repr(text))} at {first.path} instead of {shorten(repr(first.after))}"
        return turn.end(Outcome.NOT_CONVERGED, reason + _suggest(first, text))
    if hidden:
        return turn.end(Outcome.APPLIED_UNVERIFIED, f"the target said yes; it does not show {hidden[0].path}")
    if rewritten:
        why = f"the target keeps {rewritten[0].path} in its own formatting: {shorten(repr(held_text(rewritten[0], held)))}"
    if turn.rebased:
        why = (why or _AS_ASKED) + "; rebased: the user had changed elsewhere meanwhile, and that was kept"
    return turn.end(Outcome.APPLIED, why or _AS_ASKED)


def _comparable(kept: Resource, dialect: Dialect, accept: Sequence[str]) -> Resource:
    """What can be sent of a user, without what servers write themselves and what the analyst accepted as derived.

    `kept` is changed.
    """
    # Which schemas are listed follows from what is there, and servers keep the list themselves.
    kept.pop(find_key(kept, "schemas"), None)
    kept.pop(dialect.id_member, None)
    derived = [parse_path(path) for kind, _, path in (name.partition(":") for name in accept) if kind == "derived"]
    if derived:
        kept = copy_resource(kept)
    for path in derived:
        with suppress(PathError):  # of a shape in which there is no such place
            clear_path(path, kept, omit=True)
    return kept


def _suggest(cell: Cell, held: str | None) -> str:
    """Name the comparator for which the target's rewriting is no difference, if there is one."""
    if not held or not cell.after:
        return ""
    sides = text_series([held]), text_series([cell.after])
    for name in COMPARATOR_NAMES:
        if make_comparator(name).alike(*sides).iloc[0]:
            return f"; compare(…, comparators={{{str(cell.path)!r}: {name!r}}}) takes the two for the same"
    with suppress(phonenumbers.NumberParseException):
        region = phonenumbers.region_code_for_number(phonenumbers.parse(held))
        if region and make_comparator("phone", region=region).alike(*sides).iloc[0]:
            return f"; compare(…, region={region!r}) takes the two for the same number"
    return ""
