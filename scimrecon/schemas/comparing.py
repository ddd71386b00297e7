"""What differs, who is who, and what was decided of both."""

from __future__ import annotations

import pandas as pd
import pandera.pandas as pa
from pandera.typing.pandas import Index, Series

from scimrecon.schemas.frames import Frame


class Changes(Frame):
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


class UserStatuses(Frame):
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


class Patterns(Frame):
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


class Summary(Frame):
    """Changes counted, the most first: `scale.Comparison.summary`."""

    path: Series[str] = pa.Field()
    """Of an element of a set, the set's name."""
    pattern: Series[str] = pa.Field()
    kind: Series[str] = pa.Field()
    status: Series[str] = pa.Field()
    changes: Series[pd.Int64Dtype] = pa.Field()


class Links(Frame):
    """Who is who, decided: `Diff.links`, and what `compare` takes as `links`."""

    path: Series[str] = pa.Field()
    """The attribute the key is of."""
    key: Series[str] = pa.Field()
    user_id: Series[str] = pa.Field()
    user_name: Series[str] = pa.Field(nullable=True)


class Decisions(Frame):
    """Who is who and who is not, decided: `Matcher.links`, and what `compare` takes as `links`."""

    path: Series[str] = pa.Field()
    key: Series[str] = pa.Field()
    user_id: Series[str] = pa.Field(nullable=True)
    """NA where the row has no user."""
    user_name: Series[str] = pa.Field(nullable=True)
    decision: Series[str] = pa.Field(isin=["accept", "reject", "never"])
    """``reject``: this user is somebody else; ``never``: the row has no user on the target."""


class Proposals(Frame):
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


class Revisions(Frame):
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


class Choices(Frame):
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
