"""A plan, what became of it, and the runs there were."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Index, Series

from scimrecon.schemas.frames import Frame


class Requests(Frame):
    """The PUTs of a plan, one row a user: `Plan.requests`."""

    user_id: Series[str] = pa.Field(unique=True)
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    paths: Series[str] = pa.Field()
    """The selected paths, separated by ``", "``."""
    version: Series[str] = pa.Field(nullable=True)
    """``meta.version`` of the resource the plan was made on."""


class Blocked(Frame):
    """Users that stay out of a plan: `Plan.blocked`."""

    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    key: Series[str] = pa.Field(nullable=True)
    source_line: Series[pd.Int64Dtype] = pa.Field(nullable=True)
    paths: Series[str] = pa.Field()
    reason: Series[str] = pa.Field()


class Warnings(Frame):
    """What a plan carries that deserves a look: `Plan.warnings`."""

    user_id: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field(nullable=True)
    warning: Series[str] = pa.Field()


class Thresholds(Frame):
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


class Outcomes(Frame):
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


class Steps(Frame):
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


class AttributeResults(Frame):
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


class Runs(Frame):
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


class History(Frame):
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


class Verifications(Frame):
    """What users hold of what a run wrote: `verify`."""

    change_id: Index[str] = pa.Field(unique=True, check_name=True)
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)
    path: Series[str] = pa.Field()
    desired: Series[str] = pa.Field()
    held: Series[str] = pa.Field(nullable=True)
    state: Series[str] = pa.Field(isin=["holds", "moved", "gone"])
