"""A diff, as a value."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from os import PathLike

import pandas as pd

from scimrecon import patterns, schemas, tables
from scimrecon.diff.cells import Rules, classify
from scimrecon.diff.changing import name_managers
from scimrecon.diff.explaining import Explanation, explain
from scimrecon.diff.policies import Policy
from scimrecon.diff.proposing import propose
from scimrecon.diff.revisions import revise
from scimrecon.diff.selection import Basis, Selection, why_not
from scimrecon.diff.spreadsheets import read_marks, write_spreadsheet
from scimrecon.errors import CompareError, SelectionError
from scimrecon.matching import make_links
from scimrecon.paths import Element
from scimrecon.values import has_word, is_among

_GRAVE = ("nothing_matched", "zero_padding")
"""Findings that belong in the shortest form of a diff, whatever their severity."""
_KEPT_FLAGS = ("weak_match", "linked", "keys_disagree", "source_moved", "target_edited", "both_changed", "rewritten")
"""What an edit does not change: how the user was matched, and what moved since the last run."""


@dataclass(frozen=True, kw_only=True)
class Diff:
    """Which attribute of which user differs. Nothing is ticked at first."""

    changes: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Changes`."""
    users: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.UserStatuses`."""
    findings: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Findings`."""
    basis: Basis = field(repr=False)

    def __repr__(self) -> str:
        counts = self.users["status"].value_counts()
        listed = ", ".join(f"{name}={count}" for name, count in counts.items())
        grave = (self.findings["severity"] == "red") | self.findings["finding"].isin(_GRAVE)
        missed = "".join(f", {one}" for one in self.findings.loc[grave, "detail"])
        return f"Diff(changes={len(self.changes)}, users: {listed}{missed})"

    def _repr_html_(self) -> str:
        facts = {str(name): f"{count:,}" for name, count in self.users["status"].value_counts().items()}
        grave = self.findings[self.findings["severity"] != "info"]
        facts |= {str(name): str(detail) for name, detail in zip(grave["finding"], grave["detail"], strict=True)}
        return tables.render("Users by status", facts, self.patterns.drop(columns="path"))

    @property
    def patterns(self) -> pd.DataFrame:
        """The changes as a few groups, the unusual first; follows `schemas.Patterns`. Cost: whole-column operations."""
        named = name_managers(self.changes, self.basis.pair.side.named)
        return schemas.check(patterns.group_changes(named), schemas.Patterns)

    @property
    def routine(self) -> pd.Index[str]:
        """Ids of the changes that call for no second look.

        They can be ticked, and are neither clears, nor `active`, nor identity, nor matched by a weaker key, nor odd text, nor
        edited on the target since the last run, nor in a pattern that is unusual as a whole.
        """
        return patterns.routine(self.changes)

    def alike(self, *labels: str) -> pd.Index[str]:
        """Give the ids of the changes of these patterns that can be ticked, for `select`.

        Parameters
        ----------
        *labels
            As in the column ``pattern``.

        Raises
        ------
        SelectionError
            No change has such a pattern.
        """
        for label in labels:
            if not isinstance(label, str):
                raise SelectionError(
                    f"alike takes the names of patterns, one by one, not {type(label).__name__}: alike(*labels)."
                )
            if not (self.changes["pattern"] == label).any():
                close = difflib.get_close_matches(label, self.changes["pattern"].unique().tolist(), n=1, cutoff=0.3)
                hint = f" Did you mean {close[0]!r}?" if close else ""
                raise SelectionError(f"no change of this diff has the pattern {label!r}.{hint}")
        return self.changes.index[self.tickable & self.changes["pattern"].isin(labels)]

    def links(self) -> pd.DataFrame:
        """List who was matched with whom, as `compare` takes it the next time: ``links=``.

        Returns
        -------
        pandas.DataFrame
            Follows `schemas.Links`; write it with ``to_csv(…, index=False)``, read it with
            ``read_csv(…, dtype="str", keep_default_na=False)``: a key may be the word NA.
        """
        rows = self.basis.pair.matches.user_of >= 0
        told = self.users.iloc[: len(rows)][rows]
        paths = self.basis.key_paths[rows]
        return schemas.check(make_links(paths, told["key"], told["user_id"], told["user_name"]), schemas.Links)

    def propose_links(self, *, limit: int = 3, min_score: float = 75.0) -> pd.DataFrame:
        """Propose, for the rows and users left without each other, who might be who. Nothing is applied.

        Names, addresses and numbers are compared approximately (rapidfuzz), within blocks of people who have something in common.
        Hand the rows you agree with to ``compare(…, links=…)``. Cost: seconds for ten thousand on either side.

        Parameters
        ----------
        limit
            Proposals a row, at most.
        min_score
            Of 100.

        Returns
        -------
        pandas.DataFrame
            Follows `schemas.Proposals`, by line, the best first.

        Raises
        ------
        CompareError
            rapidfuzz is not installed: ``pip install 'scimrecon[clean]'``.
        """
        return propose(self.users, self.basis, limit=limit, min_score=min_score)

    def compare_with(self, other: Diff) -> pd.DataFrame:
        """Say what this diff has that another has not: after a changed mapping, a newer file, a second look at the target.

        Parameters
        ----------
        other
            The earlier one.

        Returns
        -------
        pandas.DataFrame
            Follows `schemas.Revisions`: the changes ``added``, ``removed`` (only the other has them) and ``altered`` since.
            Empty if both ask for the same.

        Raises
        ------
        CompareError
            `other` is no diff.
        """
        if not isinstance(other, Diff):
            raise CompareError(f"compare_with takes another diff, not {type(other).__name__}.")
        return revise(other.changes, self.changes)

    def explain(self, user: str | int, attribute: str) -> Explanation:
        """Tell one cell's whole story: from the file's line to what a PUT would carry, and why it is a change or is not.

        Parameters
        ----------
        user
            The user's id, userName or key; or the line of the export, as a number.
        attribute
            A SCIM path.

        Raises
        ------
        SelectionError
            Neither side has such a user, several answer to the name, or the path is none.
        """
        return explain(self.changes, self.users, self.basis, user, attribute)

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
        counts = patterns.count_alike(self.changes, ["path", "kind", "status"]).alike.rename(columns={"rows": "changes"})
        by = ["changes", "path", "kind", "status"]
        return counts.sort_values(by, ascending=[False, True, True, True], ignore_index=True)

    def select(self, change_ids: Iterable[str], *, cosmetic: bool = False) -> Selection:
        """Tick changes by id. What a provider ties to one of them (Twilio: userName and the primary email) is ticked with it.

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
        if (
            not isinstance(change_ids, Iterable)
            or isinstance(change_ids, str | Mapping | pd.DataFrame)
            or (isinstance(change_ids, pd.Series) and change_ids.dtype == "bool")
        ):
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
        return Selection(changes=self.changes.loc[self._with_twins(chosen)], basis=self.basis)

    def _with_twins(self, chosen: pd.DataFrame) -> pd.Series[bool]:
        """Tell which changes are ticked, with those that the provider ties to a ticked one; on the index of `changes`."""
        ticked = pd.Series(self.changes.index.isin(chosen.index), index=self.changes.index)
        twins = self.basis.twins(self.changes)
        if not (ticked & twins).any():
            return ticked
        tied = twins & is_among(self.changes["user_id"], self.changes.loc[ticked & twins, "user_id"])
        return ticked | (tied & (self.changes["status"] == "open"))

    def to_excel(self, path: str | PathLike[str], *, change_ids: Iterable[str] | None = None) -> None:
        """Write the changes to an Excel file with a column to mark, for `select_from`: so their owners can decide.

        No cell is a formula. A new file is its owner's alone to read; one that is there is replaced. Cost: 0.4 ms a change.

        Parameters
        ----------
        path
            The file.
        change_ids
            Only these changes: one department's, say.

        Raises
        ------
        TableError
            openpyxl is not installed, there are more changes than a sheet holds, or the file cannot be written.
        SelectionError
            An id is not of this diff.
        """
        changes = self.changes
        if change_ids is not None:
            wanted = pd.Index(list(change_ids), dtype="str")
            strange = wanted.difference(changes.index)
            if len(strange):
                raise SelectionError(f"{strange[0]!r} is not a change of this diff.")
            changes = changes[changes.index.isin(wanted)]
        write_spreadsheet(changes, self.tickable[changes.index], path)

    def select_from(self, path: str | PathLike[str]) -> Selection:
        """Tick what was marked in a spreadsheet that `to_excel` wrote, of this diff or an earlier one.

        A mark counts only where the row shows what this diff asks for. Look at ``selection.choices`` for the others: ``changed``,
        ``gone``, ``barred``, ``duplicate``, ``unclear``. What a provider ties to a ticked change is ticked with it.

        Parameters
        ----------
        path
            The file. Its rows may be sorted and left out, and columns added.

        Raises
        ------
        SelectionError
            It cannot be read as a spreadsheet, or has not the columns.
        TableError
            python-calamine is not installed.
        """
        choices = read_marks(self.changes, self.tickable, path)
        return replace(self.select(choices.loc[choices["state"] == "same", "change_id"]), choices=choices)

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
        if not isinstance(values, Mapping):
            raise SelectionError("edit takes a dict of change id to the new value.")
        if not values:
            return self
        for change_id, value in values.items():
            if not isinstance(value, str):
                raise SelectionError(f"{change_id!r}: {value!r} is not text. Cells hold text; '' clears.")
            if value and not value.strip():
                raise SelectionError(f"{change_id!r}: white space alone is no value; '' clears.")
            if change_id not in self.changes.index:
                raise SelectionError(f"{change_id!r} is not a change of this diff.")
        changes = self.changes.copy()
        edited = changes.index.isin(list(values))
        changes.loc[edited, "after"] = changes.index[edited].map(dict(values)).astype("str")
        formatting = pd.Series("", index=changes.index, dtype="str")
        for path in changes.loc[edited, "path"].unique():
            rows = edited & (changes["path"] == path).to_numpy()
            fresh = _classify_again(changes[rows], self.basis.rules_of(str(path)))
            formatting[rows] = fresh.pop("formatting")
            changes.loc[rows, list(fresh.columns)] = fresh
        labels = patterns.label_changes(name_managers(changes.assign(formatting=formatting), self.basis.pair.side.named))
        # What was formatting before the edit keeps its words, which were drawn from the comparator.
        kept = (changes["kind"] == "cosmetic") & ~edited
        changes["pattern"] = labels.where(~kept, changes["pattern"])
        return replace(self, changes=schemas.check(changes, schemas.Changes))


def _classify_again(rows: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """Classify edited changes anew; what their place on the user is stays as it was."""
    supplies = rows["flags"].str.contains("supplies:", regex=False)
    added = rows["kind"] == "add_element"
    found = pd.Series(int(Element.FOUND), index=rows.index).mask(supplies, int(Element.LONE)).mask(added, int(Element.ABSENT))
    cells = pd.DataFrame(
        {
            "before": rows["before"],
            "after": rows["after"],
            "found": found,
            "primary": rows["flags"].str.contains("identity", regex=False),
            # An edit is the analyst's own decision: what the policy says of the attribute's other elements was hers too.
            "filled": (rows["policy"] == Policy.FILL_IF_EMPTY) & (rows["status"] == "locked"),
            "problem": pd.Series(pd.NA, index=rows.index, dtype="str"),
        }
    )
    fresh = classify(cells.assign(rule=0), [rules])
    fresh["kind"] = fresh["kind"].mask(rows["before"].fillna("") == rows["after"], "cosmetic")
    for flag in _KEPT_FLAGS:
        fresh["flags"] = fresh["flags"].mask(has_word(rows["flags"], flag), fresh["flags"] + f" {flag}")
    fresh["flags"] = (fresh["flags"] + " edited").str.strip()
    fresh["status"] = fresh["status"].mask(rows["status"] == "protected", "protected")
    return fresh
