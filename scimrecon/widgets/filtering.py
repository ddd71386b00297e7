"""Say which changes a reader wants to see, and count what each further choice would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.errors import SelectionError
from scimrecon.widgets.display import visible

if TYPE_CHECKING:
    from scimrecon.widgets.columns import Columns, Mask, Positions

FACETS = ("path", "kind", "status", "flag", "pattern")
"""What the reader may choose a value of, each with how many changes it would show."""
VIEWS = ("user", "path", "pattern")
"""What the changes can be grouped by."""
SORTABLE = ("user_name", "path", "before", "after", "kind", "status")
GROUPS_SORTABLE = ("group", "changes")
_COLUMN = {"flag": "flags", "user": "user_id"}
_NAMED_AT_MOST = 12


@dataclass(frozen=True, kw_only=True)
class Query:
    """Which changes are shown, grouped by what, and in what order."""

    search: str = ""
    path: str | None = None
    kind: str | None = None
    status: str | None = None
    flag: str | None = None
    pattern: str | None = None
    user: str | None = None
    """A user's id."""
    by: str | None = None
    """One of `VIEWS`; None shows the changes themselves."""
    sort: str | None = None
    descending: bool = False


def check_order(query: Query) -> None:
    """Refuse a view or an order that there is not.

    Raises
    ------
    SelectionError
        The message lists what there is.
    """
    if query.by is not None and query.by not in VIEWS:
        raise SelectionError(f"cannot group by {visible(query.by)!r}; there are {', '.join(VIEWS)}")
    columns = GROUPS_SORTABLE if query.by else SORTABLE
    if query.sort is not None and query.sort not in columns:
        raise SelectionError(f"cannot sort by {visible(query.sort)!r}; the columns are {', '.join(columns)}")


def narrow(columns: Columns, query: Query) -> Mask:
    """Find the changes that fit. Cost: one pass over the changes a facet, and over the distinct values searched.

    Raises
    ------
    SelectionError
        No change has such a path, kind, status, flag, pattern or user.
    """
    found: Mask = np.logical_and.reduce([_searched(columns, query), *_masks(columns, query).values()])
    return found


def count_facets(columns: Columns, query: Query) -> dict[str, list[tuple[str, int]]]:
    """Count for each facet what its choices would show, the rest of the query as it is. Cost: one pass over the changes a facet.

    Raises
    ------
    SelectionError
        As `narrow`.
    """
    found, masks = _searched(columns, query), _masks(columns, query)
    # A facet counts what its other choices would show, so its own choice is left out.
    others = {name: [mask for other, mask in masks.items() if other != name] for name in FACETS}
    return {name: _counted(columns, name, np.logical_and.reduce([found, *others[name]])) for name in FACETS}


def _searched(columns: Columns, query: Query) -> Mask:
    found = columns.matching(query.search)
    return found if query.user is None else found & holding(columns, "user", query.user)


def _masks(columns: Columns, query: Query) -> dict[str, Mask]:
    chosen = {name: getattr(query, name) for name in FACETS}
    return {name: holding(columns, name, value) for name, value in chosen.items() if value is not None}


def holding(columns: Columns, name: str, value: str) -> Mask:
    """Which changes have this path, kind, status, flag, pattern or user.

    Raises
    ------
    SelectionError
        None has; the message lists some that there are.
    """
    codes, distinct = columns.coded(_COLUMN.get(name, name))
    if name == "flag":
        # A change has several flags; distinct combinations of them are few.
        fits = np.array([value in held.split() for held in distinct.to_pylist()], dtype=bool)
    else:
        fits = pc.equal(distinct, pa.scalar(value, distinct.type)).to_numpy(zero_copy_only=False)
    if not fits.any():
        values = distinct.to_pylist()
        there = sorted({flag for held in values for flag in held.split()} if name == "flag" else values)[:_NAMED_AT_MOST]
        listed = ", ".join(visible(one, 60) for one in there)
        raise SelectionError(f"no change has the {name} {visible(value)!r}; there are {listed or 'none'}")
    mask: Mask = np.append(fits, values=False)[codes]  # one place more, for missing values
    return mask


def _counted(columns: Columns, name: str, mask: Mask) -> list[tuple[str, int]]:
    codes, distinct = columns.coded(_COLUMN.get(name, name))
    values = distinct.to_pylist()
    counts = np.bincount(codes[mask], minlength=len(values)).tolist()
    if name != "flag":
        return sorted(zip(values, counts, strict=False))
    flags: dict[str, int] = {}
    for held, many in zip(values, counts, strict=False):
        for flag in held.split():
            flags[flag] = flags.get(flag, 0) + many
    return sorted(flags.items())


def in_order(columns: Columns, mask: Mask, query: Query) -> Positions:
    """The positions of the changes that fit, sorted as asked; ties as in the diff, missing values last."""
    positions: Positions = np.flatnonzero(mask).astype(np.int32)
    if query.by or query.sort is None:
        return positions
    ranks = columns.ranks(query.sort)[positions]
    last = np.iinfo(ranks.dtype).max
    ordered: Positions = positions[np.argsort(np.where(ranks < 0, last, -ranks if query.descending else ranks), kind="stable")]
    return ordered
