"""A diff and a selection of it, as values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from scimrecon import patterns, schemas, tables
from scimrecon.attributes import AttributeType
from scimrecon.diff.cells import Rules, classify
from scimrecon.errors import SelectionError
from scimrecon.exports import Source
from scimrecon.paths import Element, parse_path
from scimrecon.users import Users


@dataclass(frozen=True, kw_only=True)
class Basis:
    """What a diff was made of; a selection and a plan carry it on."""

    current: Users | None
    """None where `compare` was given a bare frame: a plan then reads the resources it needs."""
    source: Source | None
    statuses: pd.DataFrame
    """`Diff.users`."""
    matched: int
    """Users matched: what the shares of thresholds are of."""
    rules: Mapping[str, Rules] = field(repr=False)
    """By path."""

    @property
    def types(self) -> Mapping[str, AttributeType]:
        """Path to the JSON type its values go out as."""
        return {path: rules.held or AttributeType.STRING for path, rules in self.rules.items()}


@dataclass(frozen=True, kw_only=True)
class Selection:
    """The ticked part of a diff."""

    changes: pd.DataFrame
    """Follows `schemas.Changes`: the ticked rows."""
    basis: Basis = field(repr=False)

    def __repr__(self) -> str:
        return f"Selection(changes={len(self.changes)}, users={self.changes['user_id'].nunique()})"

    def _repr_html_(self) -> str:
        facts = {"changes": f"{len(self.changes):,}", "users": f"{self.changes['user_id'].nunique():,}"}
        return tables.render("Selection", facts, self.changes)


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Which attribute of which user differs. Nothing is ticked at first."""

    changes: pd.DataFrame
    """Follows `schemas.Changes`."""
    users: pd.DataFrame
    """Follows `schemas.UserStatuses`."""
    findings: pd.DataFrame
    """Follows `schemas.Findings`."""
    basis: Basis = field(repr=False)

    def __repr__(self) -> str:
        counts = self.users["status"].value_counts()
        listed = ", ".join(f"{name}={count}" for name, count in counts.items())
        missed = "".join(f", {one}" for one in self.findings.loc[self.findings["finding"] == "nothing_matched", "detail"])
        return f"Diff(changes={len(self.changes)}, users: {listed}{missed})"

    def _repr_html_(self) -> str:
        facts = {str(name): f"{count:,}" for name, count in self.users["status"].value_counts().items()}
        return tables.render("Users by status", facts, self.summary())

    @property
    def tickable(self) -> pd.Series[bool]:
        """Whether each change can be ticked: open, and not merely cosmetic; on the index of `changes`."""
        return (self.changes["status"] == "open") & (self.changes["kind"] != "cosmetic")

    def summary(self) -> pd.DataFrame:
        """Count the changes.

        Returns
        -------
        pandas.DataFrame
            One row a ``path, kind, status`` with its ``changes``, most first.
        """
        counts = self.changes.value_counts(["path", "kind", "status"]).rename("changes").reset_index()
        return counts.sort_values(["changes", "path", "kind"], ascending=[False, True, True], ignore_index=True)

    def select(self, change_ids: Iterable[str], *, cosmetic: bool = False) -> Selection:
        """Tick changes by id.

        Parameters
        ----------
        change_ids
            From the index of `changes`, in any order: ``diff.changes.query("path == 'title'").index``.
        cosmetic
            Whether cosmetic changes may be among them.

        Raises
        ------
        SelectionError
            An id is not of this diff, or its change cannot be ticked; the message names it and says why.
        """
        if isinstance(change_ids, str | pd.DataFrame) or (isinstance(change_ids, pd.Series) and change_ids.dtype == "bool"):
            raise SelectionError("select takes change ids: diff.select(diff.changes[…].index), or a list of them.")
        ids = pd.Index(list(change_ids), dtype="str").unique()
        unknown = ids.difference(self.changes.index)
        if len(unknown):
            raise SelectionError(f"{unknown[0]!r} is not a change of this diff ({len(unknown)} of {len(ids)} are not).")
        chosen = self.changes.loc[self.changes.index.isin(ids)]
        allowed = (chosen["status"] == "open") & (cosmetic | (chosen["kind"] != "cosmetic"))
        refused = chosen[~allowed]
        if len(refused):
            first = {str(name): str(cell) for name, cell in refused.iloc[0].fillna("").items()}
            more = f" Nor can {len(refused) - 1} others." if len(refused) > 1 else ""
            raise SelectionError(f"{refused.index[0]!r} cannot be ticked: {why_not(first)}.{more}")
        return Selection(changes=chosen, basis=self.basis)

    def edit(self, values: Mapping[str, str]) -> Diff:
        """Make a new diff in which some changes ask for another value.

        Parameters
        ----------
        values
            Change id to the new ``after``; ``''`` clears. A value the target holds already makes the change cosmetic.

        Raises
        ------
        SelectionError
            An id is not of this diff, or a value is not text.
        """
        if not values:
            return self
        for change_id, value in values.items():
            if not isinstance(value, str):
                raise SelectionError(f"{change_id!r}: {value!r} is not text. Cells hold text; '' clears.")
            if change_id not in self.changes.index:
                raise SelectionError(f"{change_id!r} is not a change of this diff.")
        changes = self.changes.copy()
        edited = changes.index.isin(list(values))
        changes.loc[edited, "after"] = changes.index[edited].map(dict(values)).astype("str")
        for path in changes.loc[edited, "path"].unique():
            rows = edited & (changes["path"] == path).to_numpy()
            fresh = _classify_again(changes[rows], self.basis.rules[str(path)])
            changes.loc[rows, list(fresh.columns)] = fresh
        changes["pattern"] = patterns.label_changes(changes)
        return replace(self, changes=schemas.check(changes, schemas.Changes))


def _classify_again(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Classify edited changes anew; what their place on the user is stays as it was."""
    supplies = rows["flags"].str.contains("supplies:", regex=False)
    added = rows["kind"] == "add_element"
    found = pd.Series(int(Element.FOUND), index=rows.index).mask(supplies, int(Element.LONE)).mask(added, int(Element.ABSENT))
    weak = rows["flags"].str.contains("weak_match", regex=False)
    cells = pd.DataFrame(
        {
            "before": rows["before"],
            "after": rows["after"],
            "found": found,
            "primary": rows["flags"].str.contains("identity", regex=False),
            "problem": pd.Series(pd.NA, index=rows.index, dtype="str"),
        }
    )
    fresh = classify(cells, rules)
    fresh["kind"] = fresh["kind"].mask(rows["before"].fillna("") == rows["after"], "cosmetic")
    fresh["flags"] = (fresh["flags"] + weak.map({True: " weak_match edited", False: " edited"})).str.strip()
    return fresh


def why_not(change: Mapping[str, str | None]) -> str:
    """Say why a change cannot be ticked, and what would let it.

    Parameters
    ----------
    change
        Its ``path``, ``before``, ``after``, ``status`` and ``problem``; None or ``''`` for missing.
    """
    path, problem = change["path"] or "", change["problem"] or ""
    match change["status"]:
        case "locked":
            return f"{path} is locked: compare(…, unlock=[{parse_path(path).name!r}]) unlocks it"
        case "invalid":
            return f"invalid: {problem}"
        case "unsupported":
            return f"unsupported: the target's dialect does not write {path}"
        case "protected":
            return "protected: this user must not change"
        case _ if (change["before"] or "") == change["after"]:
            return "nothing to change: the target holds this value already"
        case _:
            return "cosmetic: only an exact comparison sees the difference; select(…, cosmetic=True) allows it"
