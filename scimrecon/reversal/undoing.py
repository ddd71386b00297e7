"""Take a run back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from scimrecon import schemas
from scimrecon.apply import refuse_other
from scimrecon.attributes import AttributeType
from scimrecon.client import Target
from scimrecon.dialects import Dialect
from scimrecon.diff import Diff
from scimrecon.errors import PathError, PlanError, RunError
from scimrecon.guards import judge_thresholds
from scimrecon.journal import Image, Outcome, open_journal, read_images
from scimrecon.paths import Resource, read_element, read_path
from scimrecon.plan import MANAGER, Cell, CellState, build_body, cell_state, each_user, sendable, unlike_paths
from scimrecon.results import WROTE, Results, open_run
from scimrecon.reversal.asking import (
    ANY_USER,
    Asked,
    ask,
    lines_of,
    make_desired,
    name_some,
    tell,
    tell_inexact,
)
from scimrecon.reversal.inverting import Inverse, Inverses, Seen, Speller, find_inverses
from scimrecon.tables import count
from scimrecon.users import fetch_users
from scimrecon.values import canonical, default_comparator, make_comparator, parse_resource, shorten, text_series, to_text

_CANDIDATES = WROTE | {Outcome.UNKNOWN}
_READ = frozenset({Outcome.NOT_CONVERGED, Outcome.SIDE_EFFECT})
"""After which the target held what was read back, even if that was nothing."""
_UNREAD = frozenset({Outcome.APPLIED_UNVERIFIED, Outcome.UNKNOWN})
"""After which nobody has seen how the target spells what was sent."""
_REASONS = {
    "in_sync": "nothing that the run wrote is left to undo",
    "source_only": "the target has no user with this id any more",
}


def undo(results: Results, target: Target) -> Diff:
    """Find what would take a run back. Reads, and writes nothing: plan and apply the diff like any other.

    Only cells that the run wrote, and that still hold what it left there, can be ticked; for those, locked paths are unlocked,
    and a plan of them all needs no `allow`. A cell edited since is shown as ``invalid``, with what it holds now. What a user held
    already when the PUT went out was not written and is not touched. An element that the run took away comes back with all its
    members, and what it added besides the ticked value (a ``type``, an element) goes.

    Users who were written, or may have been, are looked at: ``applied, applied_unverified, not_converged, side_effect`` and
    ``unknown``. The run file is read anew, so results from before a `resume` will do. Cost: 2 ms and one GET a user, and one GET
    a manager who comes back; memory for those users and one row of text each.

    Parameters
    ----------
    results
        Of a run that was sent.
    target
        The one it was sent to.

    Returns
    -------
    Diff
        By id. Findings: ``edited_since`` (cells that stay), ``users_gone``, ``not_exact`` (``column`` is an attribute that would
        not be quite as it was, since no path names all of it) and ``not_written`` (users of the run who are not in the diff).
        ``meta`` and ``schemas`` are the target's, and so are attributes it derives.

    Raises
    ------
    RunError
        It was a dry run, or its file is missing or damaged.
    PlanError
        The run was sent to another target.
    ServerError
        A user cannot be read.
    """
    refuse_other("undo", results, target)
    if results.path is None:
        raise RunError("a dry run wrote nothing, so there is nothing to undo.")
    run = open_run(results.path)
    wrote = run.frame[run.frame["outcome"].isin(_CANDIDATES)]
    outcomes = {user: Outcome(outcome) for user, outcome in zip(wrote["user_id"], wrote["outcome"], strict=True)}
    found = dict(_read_run(results.path, run, outcomes, target.dialect))
    inverses = {user_id: groups for user_id, (groups, _) in found.items()}
    users = fetch_users(target, ids=[*outcomes, *_managers(inverses, outcomes)])
    cells = [
        cell
        for user_id, groups in inverses.items()
        if user_id in users.resources
        for cell in _settle(user_id, groups, parse_resource(users.resources[user_id]), outcomes[user_id])
    ]
    desired = replace(make_desired(cells, lines_of(run, outcomes)), restores=True)
    diff = ask(desired, users, unlock=[path for path in desired.frame.columns if path != "id"])
    gone = [user_id for user_id in outcomes if user_id not in users.resources]
    unlike = {user_id: names for user_id, (_, names) in found.items() if user_id not in gone}
    findings = [*_tell(cells, gone, run), *tell_inexact(unlike, "as before the run")]
    told = tell(diff, findings, _REASONS, about=outcomes)
    return replace(told, basis=replace(told.basis, allow=_mirror(told)))


def _tell(cells: Iterable[Asked], gone: Sequence[str], run: Results) -> list[dict[str, object]]:
    edited = [f"{cell.user_id}:{cell.path}" for cell in cells if cell.problem]
    others = run.frame.loc[~run.frame["outcome"].isin(_CANDIDATES), "outcome"].value_counts()
    left, words = int(others.sum()), ", ".join(f"{number:,} {outcome}" for outcome, number in others.items())
    stays = f"{count(len(edited), 'cell')} cannot be taken back, mostly for being edited after the run; see the problem of "
    return [
        schemas.make_finding("edited_since", "amber", None, len(edited), stays + name_some(edited)),
        schemas.make_finding(
            "users_gone", "amber", None, len(gone), f"the target has {count(len(gone), 'user')} no more: {name_some(gone)}"
        ),
        schemas.make_finding("not_written", "info", None, left, f"{count(left, 'user')} of the run had nothing written: {words}"),
    ]


def _read_run(
    path: Path, run: Results, outcomes: Mapping[str, Outcome], dialect: Dialect
) -> Iterator[tuple[str, tuple[list[Inverses], list[str]]]]:
    """Each user's inverses, and what would not be as before even with all of them; one user at a time."""
    ticked = open_journal(path, ["ticked"])["ticked"].set_index("change_id")
    ticked = ticked[ticked["user_id"].isin(list(outcomes))].sort_values(["user_id", "path"])
    types = {path: AttributeType(name) for path, name in zip(ticked["path"], ticked.pop("type"), strict=True)}
    cells = dict(each_user(ticked, types))
    read = run.changes["read_back"].astype(object).where(run.changes["read_back"].notna(), None).to_dict()
    spell = Speller()
    for image in read_images(path):
        if image.user_id in outcomes:
            before = parse_resource(image.before)
            # What the target never shows cannot be taken back.
            written = [cell for cell in cells[image.user_id] if not cell.along and cell_state(cell, before) is CellState.BEFORE]
            outcome = outcomes[image.user_id]
            seen = {
                str(cell.path): frozenset([read.get(cell.change_id)])
                for cell in written
                if read.get(cell.change_id) is not None or outcome in _READ
            }
            yield image.user_id, _invert(image, before, written, seen, spell, dialect)


def _invert(
    image: Image, before: Resource, written: Sequence[Cell], seen: Seen, spell: Speller, dialect: Dialect
) -> tuple[list[Inverses], list[str]]:
    if not written:
        return [], []
    try:
        # What was not written down was built of the same user in the same way.
        sent = image.sent or orjson.dumps(build_body(image.before, written, dialect, ANY_USER))
        groups = find_inverses(written, before, parse_resource(sent), seen, spell)
    except (PlanError, PathError, ValueError):
        return [], sorted({cell.path.name for cell in written})
    restored = _restore(groups, sent, dialect)
    if restored is None:
        groups = [_checked(group, groups, sent, dialect) for group in groups]
        restored = _restore(groups, sent, dialect)
    if restored is None:
        return groups, sorted({cell.path.name for cell in written})
    return groups, unlike_paths(restored, sendable(before, dialect), ())


def _restore(groups: Iterable[Inverses], sent: bytes, dialect: Dialect) -> Resource | None:
    """Undo all of a user on the very body that was sent; None where no PUT could carry it."""
    try:
        return build_body(sent, [cell for group in groups for cell in _as_cells(group)], dialect, ANY_USER)
    except PlanError:
        return None


def _checked(group: Inverses, groups: Iterable[Inverses], sent: bytes, dialect: Dialect) -> Inverses:
    """The group, or, where no PUT could carry all of its attribute, with the reason in each cell."""
    names = {cell.path.name for cell in group.cells}
    cells = [cell for one in groups for cell in _as_cells(one) if cell.path.name in names]
    try:
        build_body(sent, cells, dialect, ANY_USER)
    except PlanError as error:
        why = f"cannot be undone together with what else the run wrote there: {error}"
        return replace(group, cells=[replace(cell, problem=cell.problem or why) for cell in group.cells], companions=())
    return group


def _as_cells(group: Inverses) -> list[Cell]:
    """What a plan would make of those that can be undone, on the body that was sent."""
    return [
        Cell(change_id="", path=cell.path, before=next(iter(cell.left - {None}), None), after=cell.after, type=cell.type)
        for cell in group.all_cells
        if not cell.problem
    ]


def _managers(inverses: Mapping[str, Sequence[Inverses]], known: Collection[str]) -> list[str]:
    """Who would be a manager again: a reference is checked against the users there are."""
    named = {cell.after for groups in inverses.values() for group in groups for cell in group.cells if cell.path == MANAGER}
    return sorted(named - {""} - set(known))


def _settle(user_id: str, groups: Iterable[Inverses], now: Resource, outcome: Outcome) -> Iterator[Asked]:
    """What is asked of one user: the cells that still hold what the run left, and those that do not with the reason."""
    for group in groups:
        judged = [(cell, problem) for cell in group.cells if (problem := _judge(cell, now, outcome)) is not None]
        edited = next((problem for _, problem in judged if problem), "")
        if group.whole and judged:
            edited = edited or _why_not_whole(group, judged, now, outcome)
            yield from (_asked(user_id, cell, edited) for cell, _ in (judged[:1] if edited else judged))
        else:
            yield from (_asked(user_id, cell, problem) for cell, problem in judged)
        if judged and not edited:
            yield from (_asked(user_id, cell) for cell in group.companions if _judge(cell, now, outcome) == "")


def _asked(user_id: str, cell: Inverse, problem: str = "") -> Asked:
    return Asked(user_id=user_id, path=str(cell.path), after=cell.after, kind=cell.kind, problem=problem)


def _judge(cell: Inverse, now: Resource, outcome: Outcome) -> str | None:
    """Why a cell cannot be undone; ``''`` if it can, None if it is as before the run already."""
    try:
        held = to_text(read_path(cell.path, now)[0])
    except (PathError, ValueError) as error:
        return str(error)
    if held == (cell.after or None):
        return None
    if held in cell.left or (outcome in _UNREAD and _alike(cell, held)):
        return cell.problem
    left = min((text for text in cell.left if text), default=None)
    return f"edited since: holds {_spelled(held)}, the run left {_spelled(left)}"


def _alike(cell: Inverse, held: str | None) -> bool:
    comparator = make_comparator(default_comparator(cell.path))
    return any(bool(comparator.alike(text_series([held]), text_series([left])).iloc[0]) for left in cell.left if left and held)


def _why_not_whole(group: Inverses, judged: Sequence[tuple[Inverse, str]], now: Resource, outcome: Outcome) -> str:
    """Why an element cannot come back, or go, as a whole: somebody has written to it since."""
    told = "edited since: the element does not hold what the run left there, and no more"
    if len(judged) < len(group.cells):
        return told
    if group.element is None or outcome is Outcome.SIDE_EFFECT:  # then the target itself may have added to it
        return ""
    cell = group.cells[0]
    mine, theirs = (
        canonical({name: value for name, value in element.items() if name.casefold() != cell.path.sub.casefold()})
        for element in (group.element, read_element(cell.path, now) or {})
    )
    return "" if mine == theirs else told


def _spelled(text: str | None) -> str:
    return shorten(repr(text)) if text else "nothing"


def _mirror(diff: Diff) -> dict[str, int]:
    """The numbers of users that undoing everything means: the run's own, seen from the other side."""
    thresholds = judge_thresholds(diff.changes[diff.tickable], diff.basis.matched, {})
    most = thresholds.groupby("threshold")["users"].max()
    return {str(name): int(number) for name, number in most.items() if number}
