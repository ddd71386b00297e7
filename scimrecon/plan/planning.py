"""Plan a selection: which PUTs would go out, which users stay out and why."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from itertools import pairwise

import numpy as np
import pandas as pd

from scimrecon import schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.client import Target
from scimrecon.dialects import Dialect
from scimrecon.diff import Selection
from scimrecon.errors import PathError, PlanError
from scimrecon.exports import Source
from scimrecon.guards import check_allow, judge_thresholds, refusal
from scimrecon.paths import Resource, parse_path
from scimrecon.plan.bodies import Cell, build_body
from scimrecon.tables import count
from scimrecon.users import Users, fetch_users, version_of
from scimrecon.values import has_word, parse_resource

_REQUESTS_PER_USER = 2
_SECONDS_PER_REQUEST = 0.2
_PATTERN_SHARE = 0.5
_PATTERN_USERS = 20


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Exact PUTs, as a value: what a second person reviews, and all that `apply_plan` may change."""

    requests: pd.DataFrame
    """Follows `schemas.Requests`: one PUT a row, in the order they go out."""
    changes: pd.DataFrame
    """Follows `schemas.Changes`: the ticked cells of all users, blocked ones too."""
    blocked: pd.DataFrame
    """Follows `schemas.Blocked`: users who stay out, and why."""
    warnings: pd.DataFrame
    """Follows `schemas.Warnings`."""
    thresholds: pd.DataFrame
    """Follows `schemas.Thresholds`."""
    hash: str
    """Of everything that decides what goes out where; two plans with one hash do the same."""
    host: str
    fingerprint: str
    """Of the target: a plan goes to no other."""
    dialect: Dialect = field(repr=False)
    allow: Mapping[str, int] = field(repr=False)
    accept: tuple[str, ...] = field(repr=False)
    source: Source | None = field(repr=False)
    current: Users = field(repr=False)
    """The resources the plan was made on."""
    matched: int = field(repr=False)
    statuses: pd.DataFrame = field(repr=False)
    """`Diff.users` of the comparison."""
    types: Mapping[str, AttributeType] = field(repr=False)

    def __str__(self) -> str:
        sent = self.changes[self.changes["user_id"].isin(self.requests["user_id"])]
        clears = sent["kind"].isin(["clear", "remove_element"]).sum()
        deactivated = sent["flags"].str.contains("deactivation", regex=False).sum()
        requests = _REQUESTS_PER_USER * len(self.requests)
        seconds = requests * _SECONDS_PER_REQUEST / self.dialect.concurrency
        took = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
        parts = [
            f"{count(len(self.requests), 'user')} change{'s' if len(self.requests) == 1 else ''}",
            count(int(clears), "clear"),
            f"{count(int(deactivated), 'deactivation')} on {self.host}",
            *([f"{len(self.blocked):,} blocked"] if len(self.blocked) else []),
            count(requests, "request"),
            f"about {took}",
        ]
        over = self.thresholds[self.thresholds["exceeded"]]
        if len(over):
            parts.append(f"refused as it stands: over the threshold of {', '.join(over['threshold'].unique())}")
        return ("nothing is ticked: " if self.changes.empty else "") + ", ".join(parts)

    def __repr__(self) -> str:
        return f"Plan({self!s})"

    def _repr_html_(self) -> str:
        over = refusal(self.thresholds)
        return tables.render(f"Plan: {self}", {"over a threshold": over} if over else {}, self.requests)

    def body(self, user_id: str) -> Resource:
        """Build the very JSON that a PUT for this user would carry, on the resource the plan was made on.

        Raises
        ------
        PlanError
            The user is not in the plan, or is blocked; the message says why.
        """
        cells = self.changes[self.changes["user_id"] == user_id]
        if cells.empty:
            raise PlanError(f"user {user_id!r} is not in this plan.")
        try:
            return build_body(self.current.resources[user_id], cells_of(cells, self.types), self.dialect, self.accept)
        except PlanError as error:
            raise PlanError(f"user {user_id!r} is blocked: {error}.") from None

    def select(self, user_ids: Iterable[str]) -> Plan:
        """Make a narrower plan, of these users only, with a hash of its own. Thresholds stay shares of the full comparison.

        Raises
        ------
        PlanError
            A user is not in this plan.
        """
        wanted = pd.Index(list(user_ids), dtype="str")
        strange = wanted.difference(pd.Index(self.changes["user_id"]))
        if len(strange):
            raise PlanError(f"user {strange[0]!r} is not in this plan.")
        chosen = self.changes[self.changes["user_id"].isin(wanted)]
        return _assemble(
            chosen, self.current, host=self.host, fingerprint=self.fingerprint, dialect=self.dialect, allow=self.allow,
            accept=self.accept, source=self.source, matched=self.matched, statuses=self.statuses, types=self.types,
        )  # fmt: skip

    def is_intact(self) -> bool:
        """Whether the frames still are what the hash was made of: pandas lets anyone write into them."""
        return self.hash == _hash(
            self.changes, self.requests, self.thresholds, fingerprint=self.fingerprint, source=self.source, allow=self.allow,
            accept=self.accept, matched=self.matched,
        )  # fmt: skip

    def cells(self) -> Iterator[tuple[str, list[Cell]]]:
        """Yield each user of `requests` with the ticked cells, in order, one at a time."""
        sent = self.changes[self.changes["user_id"].isin(self.requests["user_id"])]
        yield from each_user(sent, self.types)


def plan_puts(
    selection: Selection, target: Target, /, *, allow: Mapping[str, int] | None = None, accept: Collection[str] = ()
) -> Plan:
    """Turn ticked changes into exact PUTs. Reads nothing while the resources are at hand, and never writes.

    A user whose PUT cannot be proven to change only what was ticked is blocked, with the reason; the rest go. Cost: a few
    parses and prints of each planned user's JSON; bodies are not held.

    Parameters
    ----------
    selection
        From `Diff.select` or `Preview.selection`.
    target
        Where the plan may go. Its users are read by id where the diff was made of a bare frame.
    allow
        Numbers of users that are meant, where they exceed a threshold: ``users, deactivations, reactivations, clears,
        identity``.
    accept
        ``"absent:active"``: a PUT may go out without ``active`` where the target shows none. ``"derived:name.formatted"``: the
        server may change that attribute by itself.

    Returns
    -------
    Plan
        Exceeded thresholds are in ``thresholds``; they stop `apply_plan`, not this.

    Raises
    ------
    PlanError
        The users are another target's, or `allow` or `accept` names what there is not.
    """
    if not isinstance(selection, Selection):
        raise PlanError(
            f"plan_puts takes a selection, not {type(selection).__name__}: preview.selection, or diff.select(change ids)."
        )
    locked = selection.changes[selection.changes["status"] != "open"]
    if len(locked):
        raise PlanError(f"{locked.index[0]!r} is {locked['status'].iloc[0]} and cannot go out; choose with diff.select(…).")
    if not isinstance(allow, Mapping | None):
        raise PlanError(f"allow={allow!r}: name what is meant, such as allow={{'users': 30}}.")
    allowed = dict(allow or {})
    check_allow(allowed)
    for name in accept:
        kind, _, path = name.partition(":")
        if name != "absent:active" and kind != "derived":
            raise PlanError(f"accept: {name!r} is not known; there are 'absent:active' and 'derived:<path>'.")
        try:
            parse_path(path)
        except PathError as error:
            raise PlanError(f"accept: {name!r}: {error}") from error
    current = selection.basis.current
    if current is None:
        current = fetch_users(target, ids=selection.changes["user_id"].unique())
    elif current.fingerprint and current.fingerprint != target.fingerprint:
        raise PlanError(f"the diff was made of another target's users than {target.host}'s; fetch them and compare again.")
    return _assemble(
        selection.changes, current, host=target.host, fingerprint=target.fingerprint, dialect=target.dialect,
        allow=allowed, accept=tuple(sorted(set(accept))), source=selection.basis.source, matched=selection.basis.matched,
        statuses=selection.basis.statuses, types=selection.basis.types_of(selection.changes["path"].unique()),
    )  # fmt: skip


def _assemble(
    changes: pd.DataFrame,
    current: Users,
    *,
    host: str,
    fingerprint: str,
    dialect: Dialect,
    allow: Mapping[str, int],
    accept: tuple[str, ...],
    source: Source | None,
    matched: int,
    statuses: pd.DataFrame,
    types: Mapping[str, AttributeType],
) -> Plan:
    changes = changes.sort_values(["user_id", "path"])
    rows: list[dict[str, object]] = []
    blocked: list[dict[str, object]] = []
    for user_id, cells in each_user(changes, types):
        row = {"user_id": user_id, "paths": ", ".join(str(cell.path) for cell in cells)}
        try:
            if user_id not in current.resources:
                raise PlanError("the target has no user with this id")  # noqa: TRY301 - one place turns reasons into rows
            build_body(current.resources[user_id], cells, dialect, accept)
        except PlanError as error:
            blocked.append({**row, "reason": str(error)})
        else:
            rows.append({**row, "version": version_of(parse_resource(current.resources[user_id]))})
    people = changes.drop_duplicates("user_id").set_index("user_id")[["user_name", "key", "source_line"]]
    requests, held = (
        _with_people(found, people, model) for found, model in ((rows, schemas.Requests), (blocked, schemas.Blocked))
    )
    sent = changes[changes["user_id"].isin(requests["user_id"])]
    thresholds = judge_thresholds(sent, matched, allow)
    digest = _hash(
        changes, requests, thresholds, fingerprint=fingerprint, source=source, allow=allow, accept=accept, matched=matched
    )
    return Plan(
        requests=requests, changes=changes, blocked=held, warnings=_warn(sent), thresholds=thresholds, hash=digest,
        host=host, fingerprint=fingerprint, dialect=dialect, allow=allow, accept=accept, source=source, current=current,
        matched=matched, statuses=statuses, types=types,
    )  # fmt: skip


def each_user(changes: pd.DataFrame, types: Mapping[str, AttributeType]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each user's cells from changes sorted by user, cut where the user changes."""
    if changes.empty:
        return
    users = changes["user_id"].to_numpy(dtype=object)
    cells = cells_of(changes, types)
    cuts = [0, *(np.flatnonzero(users[1:] != users[:-1]) + 1).tolist(), len(users)]
    for start, stop in pairwise(cuts):
        yield str(users[start]), cells[start:stop]


def cells_of(changes: pd.DataFrame, types: Mapping[str, AttributeType]) -> list[Cell]:
    """Make the cell of each change."""
    before = changes["before"].astype(object).where(changes["before"].notna(), None)
    return [
        Cell(change_id=change_id, path=parse_path(path), before=held, after=after, type=types[path])
        for change_id, path, held, after in zip(changes.index, changes["path"], before, changes["after"], strict=True)
    ]


def _with_people(
    rows: list[dict[str, object]], people: pd.DataFrame, model: type[schemas.Requests | schemas.Blocked]
) -> pd.DataFrame:
    if not rows:
        return schemas.empty(model)
    return schemas.check(pd.DataFrame(rows).join(people, on="user_id"), model)


def _warn(changes: pd.DataFrame) -> pd.DataFrame:
    rows: list[dict[str, object]] = []
    patterns = changes["pattern"].value_counts()
    if len(patterns) and patterns.iloc[0] >= max(_PATTERN_USERS, _PATTERN_SHARE * len(changes)):
        warning = f"{patterns.iloc[0]:,} of {len(changes):,} changes are one pattern: {patterns.index[0]}"
        rows.append({"user_id": None, "path": None, "warning": warning})
    for flag, words in (
        ("weak_match", "a weaker key"),
        ("linked", "a link alone"),
        ("keys_disagree", "a key that others contradict"),
    ):
        doubtful = changes.loc[has_word(changes["flags"], flag), "user_id"].nunique()
        if doubtful:
            rows.append({"user_id": None, "path": None, "warning": f"{count(doubtful, 'user')} matched by {words}"})
    supplied = changes[changes["flags"].str.contains("supplies:", regex=False)]
    rows += [
        {"user_id": user, "path": path, "warning": "the user's only element has no such member; the PUT supplies it"}
        for user, path in zip(supplied["user_id"], supplied["path"], strict=True)
    ]
    return schemas.from_rows(rows, schemas.Warnings)


def _hash(
    changes: pd.DataFrame,
    requests: pd.DataFrame,
    thresholds: pd.DataFrame,
    *,
    fingerprint: str,
    source: Source | None,
    allow: Mapping[str, int],
    accept: tuple[str, ...],
    matched: int,
) -> str:
    digest = hashlib.sha256()
    head = [version("scimrecon"), fingerprint, source.sha256 if source else "", sorted(allow.items()), accept, matched]
    digest.update(json.dumps(head).encode())
    cells, users = changes[["user_id", "path", "before", "after"]], requests[["user_id", "version"]]
    for frame in (cells, users, thresholds[["threshold", "path", "users", "limit", "allowed", "exceeded"]]):
        digest.update(frame.to_json(orient="values").encode())
    return digest.hexdigest()
