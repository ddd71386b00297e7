"""The pandera model of every public frame.

A frame is checked where it is made, so its columns and their types are a promise. Text is pandas' ``str`` dtype with NA for
"none"; line numbers are ``Int64``; moments are seconds.
"""

from __future__ import annotations

from typing import TypeVar

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Index, Series


class _Frame(pa.DataFrameModel):
    class Config:
        strict = True
        ordered = True


class Rejects(_Frame):
    """Records of an export that were not read into rows: `Export.rejects`."""

    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=False)
    """Line on which the record starts; the header is line 1."""
    column: Series[str] = pa.Field(nullable=True)
    """NA where the whole record is at fault."""
    value: Series[str] = pa.Field(nullable=True)
    reason: Series[str] = pa.Field()


class Findings(_Frame):
    """What is remarkable about a file or a comparison: `Export.findings`, `Desired.findings`, `Diff.findings`."""

    finding: Series[str] = pa.Field()
    """Its name, as `accept` takes it."""
    severity: Series[str] = pa.Field(isin=["red", "amber", "info"])
    """``red`` blocks `compare` until accepted by name."""
    column: Series[str] = pa.Field(nullable=True)
    count: Series[pd.Int64Dtype] = pa.Field()
    """Rows, or records, it concerns."""
    detail: Series[str] = pa.Field()


class Presets(_Frame):
    """The formats `read_export` knows: `presets`."""

    preset: Series[str] = pa.Field(unique=True)
    """As ``read_export(…, preset=…)`` takes it."""
    title: Series[str] = pa.Field()
    """What writes it, and how."""
    formats: Series[str] = pa.Field()
    """Kinds of file, separated by ``", "``."""
    recognised_by: Series[str] = pa.Field()
    """Columns, by one of their names, that a file must have for it to be proposed."""
    keys: Series[str] = pa.Field()
    """Columns that tell people apart, the best first."""
    null_words: Series[str] = pa.Field()
    """What its mapping takes for blank."""
    paths: Series[str] = pa.Field()
    """SCIM paths its mapping fills, where the file has the columns."""


class Clusters(_Frame):
    """Values of a column that may be spellings of one thing: `find_clusters`."""

    cluster: Series[pd.Int64Dtype] = pa.Field()
    """From 1, the one with the most cells first."""
    value: Series[str] = pa.Field(unique=True)
    count: Series[pd.Int64Dtype] = pa.Field()
    """Cells that hold it."""
    suggested: Series[str] = pa.Field()
    """The cluster's most frequent spelling."""


class RecipeSteps(_Frame):
    """What each step of a recipe did: `Replay.steps`."""

    step: Series[pd.Int64Dtype] = pa.Field(unique=True)
    """From 1."""
    action: Series[str] = pa.Field(isin=["merge", "map", "trim", "case", "blank", "split"])
    column: Series[str] = pa.Field()
    cells: Series[pd.Int64Dtype] = pa.Field()
    """Cells changed; of a split, cells filled in the new columns."""
    gone: Series[pd.Int64Dtype] = pa.Field()
    """Values the step names that do not occur."""
    uncovered: Series[pd.Int64Dtype] = pa.Field()
    """Values that a map does not name, or that a split finds more or fewer parts in than it has columns for."""


class Misfits(_Frame):
    """What of a recipe does not fit the rows it was replayed on, one row a value: `Replay.misfits`."""

    step: Series[pd.Int64Dtype] = pa.Field()
    action: Series[str] = pa.Field()
    column: Series[str] = pa.Field()
    misfit: Series[str] = pa.Field(isin=["gone", "uncovered"])
    value: Series[str] = pa.Field()
    cells: Series[pd.Int64Dtype] = pa.Field()
    """Cells that hold it; 0 where it is gone."""


class Problems(_Frame):
    """Cells that could not be mapped: `Desired.problems`."""

    source_line: Series[pd.Int64Dtype] = pa.Field()
    path: Series[str] = pa.Field()
    value: Series[str] = pa.Field(nullable=True)
    problem: Series[str] = pa.Field()


class UserRows(pa.DataFrameModel):
    """Current users: `Users.frame`. Index 0…n-1, ``id``, then one text column a path."""

    id: Series[str] = pa.Field(unique=True)

    class Config:  # noqa: D106 - pandera's settings
        strict = False


class Changes(_Frame):
    """What differs, one row a user and path: `Diff.changes`, `Selection.changes`."""

    change_id: Index[str] = pa.Field(unique=True, check_name=True)
    """``user_id:path``, the same in every run."""
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    """What the user was matched by."""
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    before: Series[str] = pa.Field(nullable=True)
    """What the target holds; NA is unassigned."""
    after: Series[str] = pa.Field(nullable=True)
    """What the export asks for; ``''`` clears, NA where it could not be mapped."""
    kind: Series[str] = pa.Field(isin=["set", "replace", "clear", "add_element", "remove_element", "cosmetic", "sent_along"])
    """``sent_along`` is in plans alone: nobody ticked it, and without it a target that never shows it might lose it."""
    status: Series[str] = pa.Field(isin=["open", "locked", "unsupported", "protected", "invalid"])
    policy: Series[str] = pa.Field(isin=["force", "merge", "add_only", "fill_if_empty", "keep", "locked"])
    pattern: Series[str] = pa.Field()
    """Changes alike share it."""
    flags: Series[str] = pa.Field()
    """Words, space-separated: identity, deactivation, reactivation, supplies:type, supplies:primary, edited; of the match
    weak_match, linked, keys_disagree; of the new value mixed_script, hidden_characters, null_word; against an earlier run
    source_moved, target_edited, both_changed, rewritten."""
    problem: Series[str] = pa.Field(nullable=True)


class UserStatuses(_Frame):
    """Every user of either side, once: `Diff.users`."""

    key: Series[str] = pa.Field(nullable=True)
    user_id: Series[str] = pa.Field(nullable=True)
    user_name: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    status: Series[str] = pa.Field(
        isin=[
            "in_sync", "changed", "cosmetic", "ambiguous", "source_only", "target_only", "invalid_source", "protected",
            "locked_only",
        ]
    )  # fmt: skip
    reason: Series[str] = pa.Field()
    candidates: Series[str] = pa.Field(nullable=True)
    """The ids (and, for lines of the export, ``line n``) that share the key of an ambiguous user, or whose key looks alike,
    separated by ``", "``."""


class Patterns(_Frame):
    """Changes alike, grouped; the unusual first: `Diff.patterns`."""

    pattern: Series[str] = pa.Field(unique=True)
    path: Series[str] = pa.Field()
    kind: Series[str] = pa.Field()
    changes: Series[pd.Int64Dtype] = pa.Field()
    users: Series[pd.Int64Dtype] = pa.Field()
    tickable: Series[pd.Int64Dtype] = pa.Field()
    unusual: Series[str] = pa.Field()
    """Why it deserves a look; empty if it is of the usual sort."""
    such_as: Series[str] = pa.Field()
    """One of them: whose, and from what to what."""


class Summary(_Frame):
    """Changes counted, the most first: `scale.Comparison.summary`."""

    path: Series[str] = pa.Field()
    """Of an element of a set, the set's name."""
    pattern: Series[str] = pa.Field()
    kind: Series[str] = pa.Field()
    status: Series[str] = pa.Field()
    changes: Series[pd.Int64Dtype] = pa.Field()


class Links(_Frame):
    """Who is who, decided: `Diff.links`, and what `compare` takes as `links`."""

    path: Series[str] = pa.Field()
    """The attribute the key is of."""
    key: Series[str] = pa.Field()
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)


class Decisions(_Frame):
    """Who is who and who is not, decided: `Matcher.links`, and what `compare` takes as `links`."""

    path: Series[str] = pa.Field()
    key: Series[str] = pa.Field()
    user_id: Series[str] = pa.Field(nullable=True)
    """NA where the row has no user."""
    user_name: Series[str] = pa.Field(nullable=True)
    decision: Series[str] = pa.Field(isin=["accept", "reject", "never"])
    """``reject``: this user is somebody else; ``never``: the row has no user on the target."""


class Proposals(_Frame):
    """Who might be who: `Diff.propose_links`. Never applied by itself."""

    source_line: Series[pd.Int64Dtype] = pa.Field()
    path: Series[str] = pa.Field()
    key: Series[str] = pa.Field(nullable=True)
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    score: Series[pd.Float64Dtype] = pa.Field(ge=0, le=100)
    rank: Series[pd.Int64Dtype] = pa.Field(ge=1)
    """1 is the row's best."""
    alone: Series[pd.BooleanDtype] = pa.Field()
    """Whether each is the other's best, well ahead of the next."""
    reason: Series[str] = pa.Field()


class Revisions(_Frame):
    """What one diff has that another has not: `Diff.compare_with`."""

    change_id: Index[str] = pa.Field(unique=True, check_name=True)
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    revision: Series[str] = pa.Field(isin=["added", "removed", "altered"])
    moved: Series[str] = pa.Field()
    """Of an altered change, what is not as it was: ``before``, ``after``, ``kind``, ``status``, separated by ``", "``."""
    before_then: Series[str] = pa.Field(nullable=True)
    before: Series[str] = pa.Field(nullable=True)
    after_then: Series[str] = pa.Field(nullable=True)
    after: Series[str] = pa.Field(nullable=True)
    kind_then: Series[str] = pa.Field(nullable=True)
    kind: Series[str] = pa.Field(nullable=True)
    status_then: Series[str] = pa.Field(nullable=True)
    status: Series[str] = pa.Field(nullable=True)


class Choices(_Frame):
    """What became of choices made elsewhere, or on an earlier diff: `Selection.choices`, `Preview.rebased`."""

    line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    """Of the spreadsheet; NA for choices from a preview."""
    change_id: Series[str] = pa.Field(nullable=True)
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    state: Series[str] = pa.Field(isin=["same", "changed", "gone", "barred", "duplicate", "unclear"])
    """``same`` alone is ticked. ``changed``: it is not what was shown; ``gone``: there is no such change; ``barred``: it cannot
    be ticked; ``duplicate``: it stands there twice; ``unclear``: the mark is neither a yes nor a no."""
    reason: Series[str] = pa.Field()
    """``''`` where it is ``same``."""


class Requests(_Frame):
    """The PUTs of a plan, one row a user: `Plan.requests`."""

    user_id: Series[str] = pa.Field(unique=True)
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    paths: Series[str] = pa.Field()
    """The selected paths, separated by ``", "``."""
    version: Series[str] = pa.Field(nullable=True)
    """``meta.version`` of the resource the plan was made on."""


class Blocked(_Frame):
    """Users that stay out of a plan: `Plan.blocked`."""

    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    paths: Series[str] = pa.Field()
    reason: Series[str] = pa.Field()


class Warnings(_Frame):
    """What a plan carries that deserves a look: `Plan.warnings`."""

    user_id: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    warning: Series[str] = pa.Field()


class Thresholds(_Frame):
    """Limits on a whole plan, in users: `Plan.thresholds`."""

    threshold: Series[str] = pa.Field(isin=["users", "deactivations", "reactivations", "clears", "identity"])
    path: Series[str] = pa.Field(nullable=True)
    """The attribute, for ``clears``."""
    users: Series[pd.Int64Dtype] = pa.Field()
    limit: Series[pd.Int64Dtype] = pa.Field()
    allowed: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    """What `allow` says; NA where it says nothing."""
    exceeded: Series[pd.BooleanDtype] = pa.Field()
    rule: Series[str] = pa.Field()


class Outcomes(_Frame):
    """What became of each user of a plan: `Results.frame`."""

    user_id: Series[str] = pa.Field(unique=True)
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    batch: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    """From 1; NA for users that were in none."""
    status: Series[str] = pa.Field(isin=["success", "warning", "skipped", "failure"])
    outcome: Series[str] = pa.Field(
        isin=[
            "would_apply", "applied", "applied_unverified", "noop", "not_converged", "side_effect", "stale", "rejected",
            "throttled", "failed", "unknown", "blocked", "not_attempted",
        ]
    )  # fmt: skip
    reason: Series[str] = pa.Field()
    http_status: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    """Of the PUT, or of the request that decided the outcome."""
    scim_type: Series[str] = pa.Field(nullable=True)
    vendor_code: Series[str] = pa.Field(nullable=True)
    detail: Series[str] = pa.Field(nullable=True)
    more_info: Series[str] = pa.Field(nullable=True)
    request_id: Series[str] = pa.Field(nullable=True)
    attempts: Series[pd.Int64Dtype] = pa.Field()
    """PUTs sent."""
    seconds: Series[pd.Float64Dtype] = pa.Field()
    """From the first request for this user to the outcome."""
    version_before: Series[str] = pa.Field(nullable=True)
    version_after: Series[str] = pa.Field(nullable=True)
    paths: Series[str] = pa.Field()


class Steps(_Frame):
    """One row an HTTP exchange: `Results.steps`."""

    user_id: Series[str] = pa.Field()
    batch: Series[pd.Int64Dtype] = pa.Field()
    step: Series[str] = pa.Field(isin=["read", "prove", "write", "read_back", "settle"])
    """``prove`` is a PUT under a made-up version, which a target that honours If-Match refuses."""
    method: Series[str] = pa.Field()
    http_status: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    error: Series[str] = pa.Field(nullable=True)
    request_id: Series[str] = pa.Field(nullable=True)
    seconds: Series[pd.Float64Dtype] = pa.Field()


class AttributeResults(_Frame):
    """One row a user and attribute: `Results.changes`."""

    change_id: Index[str] = pa.Field(unique=True, check_name=True)
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    kind: Series[str] = pa.Field()
    """As in `Changes`; ``sent_along`` was not ticked, and is not read back."""
    before: Series[str] = pa.Field(nullable=True)
    """What the target held when the diff was made."""
    desired: Series[str] = pa.Field()
    sent: Series[str] = pa.Field(nullable=True)
    """What the PUT carried, as text; NA where none was sent or it carried no value."""
    read_back: Series[str] = pa.Field(nullable=True)
    """What the target held afterwards; NA where it was not read or holds no value."""
    outcome: Series[str] = pa.Field()
    """Of the user; see `Results.frame`."""


class Runs(_Frame):
    """The runs of a folder: `runs`."""

    path: Series[str] = pa.Field(unique=True)
    host: Series[str] = pa.Field()
    started: Series[str] = pa.Field()
    """ISO 8601, UTC."""
    finished: Series[str] = pa.Field(nullable=True)
    """NA while it runs, or where it was killed."""
    note: Series[str] = pa.Field()
    users: Series[pd.Int64Dtype] = pa.Field()
    applied: Series[pd.Int64Dtype] = pa.Field()
    unfinished: Series[pd.Int64Dtype] = pa.Field()
    """Users that `resume` takes up."""
    plan: Series[str] = pa.Field()
    """The plan's hash."""


class History(_Frame):
    """What runs did to one user: `history`."""

    run: Series[str] = pa.Field()
    started: Series[str] = pa.Field()
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    before: Series[str] = pa.Field(nullable=True)
    desired: Series[str] = pa.Field()
    sent: Series[str] = pa.Field(nullable=True)
    read_back: Series[str] = pa.Field(nullable=True)
    outcome: Series[str] = pa.Field()
    reason: Series[str] = pa.Field(nullable=True)


class Verifications(_Frame):
    """What users hold of what a run wrote: `verify`."""

    change_id: Index[str] = pa.Field(unique=True, check_name=True)
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    desired: Series[str] = pa.Field()
    held: Series[str] = pa.Field(nullable=True)
    state: Series[str] = pa.Field(isin=["holds", "moved", "gone"])


_Model = TypeVar("_Model", bound=pa.DataFrameModel)


def check(frame: pd.DataFrame, model: type[_Model]) -> pd.DataFrame:
    """Give a frame the model's column order and types, and hold it to the model.

    Parameters
    ----------
    frame
        All of the model's columns, in any order.
    model
        One of this module's.

    Raises
    ------
    pandera.errors.SchemaError
        The frame breaks the promise: a fault of this library, never of its input.
    """
    schema = model.to_schema()
    dtypes = {name: _dtype(column) for name, column in schema.columns.items()}
    ordered = frame[list(dtypes)] if schema.strict else frame
    return schema.validate(ordered.astype(dtypes))


def _dtype(column: pa.Column) -> str:
    # pandera names pandas' text dtype after its storage.
    return "str" if str(column.dtype).startswith("string") else str(column.dtype)


def columns(model: type[pa.DataFrameModel]) -> list[str]:
    """Name the columns of a model, in order."""
    return list(model.to_schema().columns)


def empty(model: type[pa.DataFrameModel]) -> pd.DataFrame:
    """Make a frame of a model without rows."""
    schema = model.to_schema()
    frame = pd.DataFrame({name: pd.Series([], dtype=_dtype(column)) for name, column in schema.columns.items()})
    if schema.index is not None:
        frame.index = pd.Index([], dtype="str", name=schema.index.name)
    return frame


def from_rows(rows: list[dict[str, object]], model: type[pa.DataFrameModel]) -> pd.DataFrame:
    """Make a frame of a model from a few rows, each a dict of its columns."""
    if not rows:
        return empty(model)
    return check(pd.DataFrame(rows, columns=columns(model)), model)
