"""A plan, as a value, and what makes one of ticked changes."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from os import PathLike

import numpy as np
import orjson
import pandas as pd
from pandera.errors import SchemaError

from scimrecon import schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.dialects import Dialect
from scimrecon.errors import PlanError
from scimrecon.exports import Source
from scimrecon.guards import Broken, judge_thresholds, refusal
from scimrecon.paths import Resource, parse_path
from scimrecon.plan.bodies import build_body, judge_body, read_exactly, rebuild_body
from scimrecon.plan.cells import Cell
from scimrecon.plan.documents import write_plan
from scimrecon.plan.hashing import hash_plan
from scimrecon.plan.masks import mask_plan
from scimrecon.plan.remarks import refuse_losses, tell_warnings
from scimrecon.tables import count
from scimrecon.users import Users, version_of
from scimrecon.values import arrow_texts, is_among

CANARIES = (1, 5, 25)
"""Users in the first batches of a run: each is read back before the next batch begins."""
_REQUESTS_PER_USER = 2
_SECONDS_PER_REQUEST = 0.2
_USERS_AT_ONCE = 1000


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
    """The resources the plan was made on; those of its users alone, and a ``frame`` of their ids, where it was opened from a
    file."""
    matched: int = field(repr=False)
    statuses: pd.DataFrame = field(repr=False)
    """`Diff.users` of the comparison."""
    types: Mapping[str, AttributeType] = field(repr=False)
    """Path to the JSON type its values go out as."""
    masked: tuple[str, ...] = field(default=(), repr=False)
    """What is hidden of a copy that was made to be reviewed; empty for a plan that can be applied."""

    def __str__(self) -> str:
        sent = self.changes[self.changes["user_id"].isin(self.requests["user_id"])]
        clears = sent["kind"].isin(["clear", "remove_element"]).sum()
        deactivated = sent["flags"].str.contains("deactivation", regex=False).sum()
        requests = _REQUESTS_PER_USER * len(self.requests) + min(len(self.requests), sum(CANARIES))
        seconds = _seconds(requests, self.dialect)
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
        if refuse_losses(self.changes, self.requests, self.dialect, self.accept):
            parts.append("refused as it stands: values the target never shows may be lost")
        if len(over):
            parts.append(f"refused as it stands: over the threshold of {', '.join(over['threshold'].unique())}")
        nothing = "nothing is ticked: " if self.changes.empty else ""
        return ("masked copy: " if self.masked else "") + nothing + ", ".join(parts)

    def __repr__(self) -> str:
        return f"Plan({self!s})"

    def _repr_html_(self) -> str:
        why = self.refusal
        return tables.render(f"Plan: {self}", {"would be refused": why} if why else {}, self.requests)

    @property
    def refusal(self) -> str:
        """Why `apply_plan` would not send this plan as it stands, and what to say if it is meant; empty if it would.

        It exceeds a threshold, or may lose values that the target never shows.
        """
        reasons = (refusal(self.thresholds), refuse_losses(self.changes, self.requests, self.dialect, self.accept))
        return " ".join(filter(None, reasons))

    def body(self, user_id: str) -> Resource:
        """Build the very JSON that a PUT for this user would carry, on the resource the plan was made on.

        Cost: about a millisecond, however many users the plan has; `bodies` takes a tenth of that for each.

        Parameters
        ----------
        user_id
            As in `requests`.

        Raises
        ------
        PlanError
            The user is not in the plan, or is blocked (the message says why), or this is a masked copy.
        """
        self._refuse_masked("it cannot tell what would be sent")
        changes = self._changes_of(user_id)
        if changes.empty:
            raise PlanError(f"user {user_id!r} is not in this plan.")
        try:
            return build_body(self.current.resources[user_id], cells_of(changes, self.types), self.dialect, self.accept)
        except PlanError as error:
            raise PlanError(f"user {user_id!r} is blocked: {error}.") from None

    def _changes_of(self, user_id: str) -> pd.DataFrame:
        users = self.changes["user_id"]
        if isinstance(user_id, str):
            # They are sorted by user. Text, since somebody may have written what is none into the frame.
            start, stop = (cut(users.array, user_id, key=str) for cut in (bisect_left, bisect_right))
            if start < stop:
                return self.changes.iloc[start:stop]
        return self.changes[users == user_id]

    def bodies(self) -> Iterator[tuple[str, bytes]]:
        """Yield each user of `requests` with the very bytes that a PUT would carry, in order, one at a time.

        Their resources were proven to survive when the plan was made. Cost: some ten parses and prints of each; memory for a
        thousand users' cells.

        Raises
        ------
        PlanError
            This is a masked copy, or a user is blocked, since the plan's frames were changed.
        """
        for user_id, cells in self.cells():
            resource = orjson.loads(self.current.resources[user_id])
            try:
                yield user_id, orjson.dumps(rebuild_body(resource, cells, self.dialect, self.accept))
            except PlanError as error:
                raise PlanError(f"user {user_id!r} is blocked: {error}.") from None

    def select(self, user_ids: Iterable[str]) -> Plan:
        """Make a narrower plan, of these users only, with a hash of its own. Thresholds stay shares of the full comparison.

        Parameters
        ----------
        user_ids
            As in `requests` or `blocked`.

        Raises
        ------
        PlanError
            A user is not in this plan, or this is a masked copy.
        """
        self._refuse_masked("no other plan can be made of it")
        if isinstance(user_ids, str) or not isinstance(user_ids, Iterable):
            raise PlanError(f"select takes a list of ids, not {user_ids!r}: plan.select([{user_ids!r}]).")
        wanted = pd.Index(list(user_ids), dtype="str")
        strange = wanted.difference(pd.Index(self.changes["user_id"]))
        if len(strange):
            raise PlanError(f"user {strange[0]!r} is not in this plan.")
        chosen = self.changes[self.changes["user_id"].isin(wanted)]
        return make_plan(
            chosen, self.current, host=self.host, fingerprint=self.fingerprint, dialect=self.dialect, allow=self.allow,
            accept=self.accept, source=self.source, matched=self.matched, statuses=self.statuses, types=self.types,
        )  # fmt: skip

    def save(self, path: str | PathLike[str], *, mask: Collection[str] = ()) -> None:
        """Write the plan to a new file that only its owner can read, for `open_plan`: to be reviewed, kept, or applied later.

        It is one JSON document that an editor shows, the plan's line and hash first; with the users' resources as received, and
        without secrets. Cost: 2 s for 20,000 users with 60,000 changes (6 s masked), and a file of the resources' size and 400
        bytes a change; memory for one frame's text.

        Parameters
        ----------
        path
            Name it ``….plan``: git is told to leave such files alone.
        mask
            Attributes (``"phoneNumbers"``), or single paths, whose values a reviewer is not to see; ``"*"`` for all. The file is
            then a masked copy: their values read "•••" wherever they stand, in names, keys and patterns too, resources are left
            out, and so is who the statuses of users without changes are about. Ids stay, unless they show such a value. A masked
            copy can be reviewed and has the plan's hash, for ``apply_plan(…, approved=…)``; it cannot be applied, nor proven to
            be of the plan it says: give it to people who trust you.

        Raises
        ------
        PlanError
            The file is there already or cannot be written, `mask` names what there is not, the plan's frames were changed, or
            this is a masked copy itself.
        """
        self._refuse_masked("copy its file instead")
        if not self.is_intact():
            raise PlanError("the plan's frames were changed after it was made. Edit the diff (Diff.edit) and plan again.")
        write_plan(path, mask_plan(self, mask))

    def is_intact(self) -> bool:
        """Whether everything that decides what goes out still is what the hash was made of; of a masked copy it never is.

        Pandas lets anyone write into a frame. Cost: the hash made anew, 0.5 s for 20,000 users with 60,000 changes.
        """
        if self.masked:
            return False
        try:
            # Not in the hash, and a run could not be written down with others.
            fits = list(schemas.check(self.statuses, schemas.UserStatuses)) == list(self.statuses)
            return fits and self.hash == hash_plan(self)
        except (AttributeError, LookupError, TypeError, ValueError, SchemaError):
            return False  # somebody wrote what cannot be printed, or took a column

    def cells(self) -> Iterator[tuple[str, list[Cell]]]:
        """Yield each user of `requests` with the ticked cells, in order, one at a time.

        Raises
        ------
        PlanError
            This is a masked copy.
        """
        self._refuse_masked("it cannot tell what would be sent")
        sent = self.changes[is_among(self.changes["user_id"], self.requests["user_id"])]
        yield from each_user(sent, self.types)

    def _refuse_masked(self, why: str) -> None:
        if self.masked:
            raise PlanError(f"this is a masked copy, which hides {', '.join(self.masked)}: {why}. Take the plan itself.")


def _seconds(requests: int, dialect: Dialect) -> float:
    """About how long so many requests take: a guess of what one takes, and what the provider lets through."""
    guessed = requests * _SECONDS_PER_REQUEST / dialect.concurrency
    if dialect.window is not None:
        most, span_s = dialect.window
        guessed = max(guessed, (requests - 1) // most * span_s)
    return max(guessed, requests / dialect.rate) if dialect.rate else guessed


def make_plan(
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
    """Build each user's PUT, block who cannot be sent, judge the whole against thresholds, and hash it.

    Parameters
    ----------
    changes
        Follows `schemas.Changes`: ticked cells, all of them open.
    current
        The users the plan is made on; one without a resource here is blocked.
    host, fingerprint, dialect
        Of the target.
    allow
        Threshold to the number of users that is meant.
    accept
        Sorted, each once; as `plan_puts` takes it.
    source
        The file the desired users came from.
    matched
        Users matched in the full comparison: what the shares of thresholds are of.
    statuses
        `Diff.users` of the comparison.
    types
        Path of each change to the JSON type its values go out as.
    """
    changes = changes.sort_values(["user_id", "path"])
    rows: list[tuple[object, ...]] = []
    blocked: list[tuple[object, ...]] = []
    carried: list[Broken] = []
    for user_id, cells in each_user(changes, types):
        paths = ", ".join([str(cell.path) for cell in cells if not cell.along])
        try:
            if user_id not in current.resources:
                raise PlanError("the target has no user with this id")  # noqa: TRY301 - one place turns reasons into rows
            resource = read_exactly(current.resources[user_id])
            _, broken = judge_body(resource, cells, dialect, accept)
        except PlanError as error:
            blocked.append((user_id, paths, str(error)))
        else:
            carried += broken
            rows.append((user_id, paths, version_of(resource)))
    people = changes.drop_duplicates("user_id").set_index("user_id")[["user_name", "key", "source_line"]]
    requests = _with_people(rows, "version", people, schemas.Requests)
    held = _with_people(blocked, "reason", people, schemas.Blocked)
    sent = changes[is_among(changes["user_id"], requests["user_id"])]
    plan = Plan(
        requests=requests, changes=changes, blocked=held, warnings=tell_warnings(sent, requests, carried, dialect),
        thresholds=judge_thresholds(sent, matched, allow), hash="", host=host, fingerprint=fingerprint, dialect=dialect,
        allow=allow, accept=accept, source=source, current=current, matched=matched, statuses=statuses, types=types,
    )  # fmt: skip
    return replace(plan, hash=hash_plan(plan))


def each_user(changes: pd.DataFrame, types: Mapping[str, AttributeType]) -> Iterator[tuple[str, list[Cell]]]:
    """Yield each user's cells from changes sorted by user, cut where the user changes; some thousand cells are held at a time."""
    if changes.empty:
        return
    users = changes["user_id"].reset_index(drop=True)
    cuts = [0, *(np.flatnonzero(users.ne(users.shift()).to_numpy()[1:]) + 1).tolist(), len(users)]
    for first in range(0, len(cuts) - 1, _USERS_AT_ONCE):
        some = cuts[first : first + _USERS_AT_ONCE + 1]
        cells = cells_of(changes.iloc[some[0] : some[-1]], types)
        for user_id, (start, stop) in zip(users.iloc[some[:-1]].tolist(), pairwise(some), strict=True):
            yield user_id, cells[start - some[0] : stop - some[0]]


def cells_of(changes: pd.DataFrame, types: Mapping[str, AttributeType]) -> list[Cell]:
    """Make the cell of each change."""
    # Lists: to go through a frame's text value by value takes longer than all the rest.
    paths, before, after, kinds = (arrow_texts(changes[name]).to_pylist() for name in ("path", "before", "after", "kind"))
    known = {path: parse_path(path) for path in set(paths)}
    along = (kind == "sent_along" for kind in kinds)
    cells = zip(changes.index.tolist(), map(known.get, paths), before, after, map(types.__getitem__, paths), along, strict=True)
    return list(map(Cell._make, cells))


def _with_people(
    rows: list[tuple[object, ...]], last: str, people: pd.DataFrame, model: type[schemas.Requests | schemas.Blocked]
) -> pd.DataFrame:
    if not rows:
        return schemas.empty(model)
    return schemas.check(pd.DataFrame(rows, columns=["user_id", "paths", last]).join(people, on="user_id"), model)
