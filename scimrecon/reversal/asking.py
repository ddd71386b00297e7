"""Ask for cells of users known by id, as a diff: what undo, restore and revisit have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from scimrecon import schemas
from scimrecon.attributes import AttributeType
from scimrecon.diff import Diff, compare, name_of
from scimrecon.errors import CompareError
from scimrecon.mapping import Desired
from scimrecon.paths import parse_set
from scimrecon.results import Results
from scimrecon.tables import count
from scimrecon.users import Users

_OF_EXPORTS = ("blank_attribute", "keys_disagree", "rows_gone", "values_shifted", "zero_padding")
"""Red findings that question a file; here there is none."""
ANY_USER = ("absent:active",)
"""What a body is built with that is not to be sent: that such a PUT may switch an account on is no matter then."""
_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One cell that is asked for."""

    user_id: str
    path: str
    """Canonical, and of one spelling for all users."""
    after: str
    """``''`` clears."""
    kind: AttributeType | None = None
    """The JSON type of its value, where that is known."""
    problem: str = ""
    """Why it cannot be had; it is shown all the same."""


def make_desired(cells: Iterable[Asked], lines: pd.Series[int]) -> Desired:
    """Lay cells out as desired users: one row a user asked about, one column a path, NA where nothing is asked.

    Parameters
    ----------
    cells
        Of several for one user and path, the first counts.
    lines
        Id to source line, of every user asked about.
    """
    some = list(cells)
    long = pd.DataFrame({name: [getattr(cell, name) for cell in some] for name in ("user_id", "path", "after")}, dtype="str")
    long = long.drop_duplicates(["user_id", "path"])  # two cells of one element may be undone by one
    wide = long.pivot(index="user_id", columns="path", values="after").reindex(lines.index).astype("str")
    wide.insert(0, "id", pd.Series(wide.index, index=wide.index, dtype="str"))
    kinds: dict[str, frozenset[AttributeType]] = {}
    for cell in some:
        if cell.kind is not None:
            kinds[cell.path] = kinds.get(cell.path, frozenset()) | {cell.kind}
    wrong = [
        {"source_line": lines[cell.user_id], "path": cell.path, "value": cell.after, "problem": cell.problem}
        for cell in some
        if cell.problem
    ]
    return Desired(
        frame=wide.set_axis(pd.Index(lines.to_numpy(), name="source_line"), axis="index").rename_axis(columns=None),
        problems=schemas.from_rows(wrong, schemas.Problems),
        kinds=kinds,
    )


def ask(desired: Desired, users: Users, *, unlock: Collection[str]) -> Diff:
    """Compare users known by id with what the target holds, letter by letter; sets are to hold what is asked and no more."""
    paths = [str(path) for path in desired.frame.columns]
    return compare(
        desired,
        users,
        on="id",
        unlock=unlock,
        policies={path: "force" for path in paths if parse_set(path)},
        comparators=dict.fromkeys(paths, "exact"),
        accept=_OF_EXPORTS,
    )


def tell(
    diff: Diff, findings: Sequence[Mapping[str, object]], reasons: Mapping[str, str], *, about: Collection[str] | None = None
) -> Diff:
    """Give a diff findings in place of those that question an export, and the statuses of its users the words that fit.

    Parameters
    ----------
    diff
        From `ask`.
    findings
        Rows of `schemas.Findings`; those that count nothing are left out.
    reasons
        Status to what it means here.
    about
        Ids of the users to be told of; None for all.
    """
    users = diff.users
    if about is not None:
        users = users[users["user_id"].fillna(users["key"]).isin(list(about))].reset_index(drop=True)
    users = users.assign(reason=users["status"].map(dict(reasons)).fillna(users["reason"]))
    users = schemas.check(users, schemas.UserStatuses)
    unused = diff.findings[diff.findings["finding"] == "unused_option"]
    own = schemas.from_rows([dict(row) for row in findings if row["count"]], schemas.Findings)
    told = pd.concat([unused, own], ignore_index=True) if len(unused) else own
    return replace(diff, users=users, findings=told, basis=replace(diff.basis, statuses=users))


def tell_inexact(unlike: Mapping[str, Sequence[str]], what: str) -> list[dict[str, object]]:
    """Make a finding of each attribute that would not be quite what it was, from the users' ids and their such attributes.

    Which schemas are listed follows from what is there, and servers keep the list themselves: it does not count.
    """
    spelled = {user_id: {_spell(name) for name in names} - {"schemas"} for user_id, names in unlike.items()}
    found = Counter(name for names in spelled.values() for name in names)
    return [
        schemas.make_finding(
            "not_exact",
            "amber",
            name,
            number,
            f"{name} of {count(number, 'user')} would not be quite {what}, since no path names all that differs there: "
            + name_some([user_id for user_id, names in spelled.items() if name in names]),
        )
        for name, number in sorted(found.items())
    ]


def _spell(name: str) -> str:
    """An attribute, or part of one, as RFC 7643 spells it."""
    try:
        return name_of(name, "")
    except CompareError:
        return name  # of an extension, or no path at all


def name_some(names: Sequence[str]) -> str:
    """Name the first of many."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")


def lines_of(results: Results, ids: Collection[str]) -> pd.Series[int]:
    """Give the source line of each of these users of a run, by id; numbers from 0 where not every one has its own."""
    users = results.frame[results.frame["user_id"].isin(list(ids))]
    lines = users.set_index("user_id")["source_line"]
    if lines.isna().any() or lines.duplicated().any():
        return pd.Series(range(len(lines)), index=lines.index, dtype="int64")
    return lines.astype("int64")
