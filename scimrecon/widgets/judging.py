"""Who is in doubt, who they might be, and what was decided: all state of the matcher, without a browser."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from scimrecon import schemas
from scimrecon.errors import SelectionError
from scimrecon.widgets.display import visible
from scimrecon.widgets.finding import fold, holding_words
from scimrecon.widgets.history import History

if TYPE_CHECKING:
    from scimrecon.diff import Candidates

_STEPS = 500
_Pair: TypeAlias = tuple[int, str]
"""A line of the export, and the id of a user."""


@dataclass(frozen=True, kw_only=True)
class Verdicts:
    """Everything decided here: never written into, only replaced."""

    accepted: Mapping[int, str] = field(default_factory=dict)
    """Line to user."""
    rejected: frozenset[_Pair] = frozenset()
    never: frozenset[int] = frozenset()

    def pairs(self) -> list[_Pair]:
        """The rows and users that were decided on together."""
        return [*self.accepted.items(), *sorted(self.rejected)]


class Bench:
    """The rows in doubt with their candidates, and the verdicts on them. Not safe from several threads at once.

    Parameters
    ----------
    found
        From `find_candidates`.
    earlier
        Decisions made before; follows `schemas.Decisions`. Those on rows that are in doubt stand again, the others are kept.
    """

    def __init__(self, found: Candidates, earlier: pd.DataFrame) -> None:
        self.rows = found.rows
        self.pairs: dict[int, list[dict[str, Any]]] = {}
        """Line to its candidates, each a row of `Candidates.pairs`."""
        self._texts = [_text_of(found.rows.index, found.rows["key"], found.rows["told"])]
        self._names: dict[str, str] = {}
        self.offer(found.pairs)
        self.keyless = frozenset(self.rows.index[self.rows["key"].isna()])
        """Lines that no link can name."""
        self._history: History[Verdicts] = History(_STEPS)
        self.verdicts, self.kept = self._read(earlier)

    def _read(self, earlier: pd.DataFrame) -> tuple[Verdicts, pd.DataFrame]:
        keyed = self.rows.dropna(subset=["key"])
        line_of = {(path, key): int(line) for line, path, key in zip(keyed.index, keyed["path"], keyed["key"], strict=True)}
        lines = [line_of.get(one) for one in zip(earlier["path"], earlier["key"], strict=True)]
        accepted: dict[int, str] = {}
        rejected: set[_Pair] = set()
        never: set[int] = set()
        for line, user_id, decision in zip(lines, earlier["user_id"], earlier["decision"], strict=True):
            if line is None:
                continue
            if decision == "accept":
                accepted[line] = user_id
            elif decision == "reject":
                rejected.add((line, user_id))
            else:
                never.add(line)
        kept = earlier[pd.Series([line is None for line in lines], index=earlier.index, dtype="bool")]
        names = earlier.dropna(subset=["user_id"])
        self._names = dict(zip(names["user_id"], names["user_name"], strict=True)) | self._names
        return Verdicts(accepted=accepted, rejected=frozenset(rejected), never=frozenset(never)), kept

    def offer(self, pairs: pd.DataFrame) -> None:
        """Make users candidates of rows; those who are already stay as they are. Follows `Candidates.pairs`."""
        new = [one for one in pairs.to_dict("records") if not self.has(int(one["source_line"]), one["user_id"])]
        for one in new:
            self.pairs.setdefault(int(one["source_line"]), []).append({str(name): cell for name, cell in one.items()})
        self._names |= dict(zip(pairs["user_id"], pairs["user_name"], strict=True))
        self._texts.append(_text_of(pairs["source_line"], pairs["user_name"], pairs["told"]))

    def has(self, line: int, user_id: str) -> bool:
        """Whether a user is a candidate of a row."""
        return any(one["user_id"] == user_id for one in self.pairs.get(line, []))

    def find(self, search: str) -> list[int]:
        """The lines of the rows in which each word of a text stands, or in one of their candidates."""
        texts = pd.concat(self._texts)
        held = set(texts.index[holding_words(fold(texts), search)])
        return [int(line) for line in self.rows.index if line in held]

    def accept(self, line: int, user_id: str) -> None:
        """Decide that the row of this line is this user."""
        self.check(line, user_id)
        taken = next((other for other, user in self.verdicts.accepted.items() if user == user_id and other != line), None)
        linked = self.kept.loc[(self.kept["decision"] == "accept") & (self.kept["user_id"] == user_id), "key"]
        if taken is not None or len(linked):
            whose = f"line {taken}" if taken is not None else f"the key {visible(str(linked.iloc[0]), 60)!r}"
            raise SelectionError(f"user {visible(user_id, 60)!r} is accepted for {whose} already. Take that back first.")
        self._decide(
            Verdicts(
                accepted={**self.verdicts.accepted, line: user_id},
                rejected=self.verdicts.rejected - {(line, user_id)},
                never=self.verdicts.never - {line},
            )
        )

    def reject(self, line: int, user_id: str) -> None:
        """Decide that this user is somebody else."""
        self.check(line, user_id)
        accepted = {one: user for one, user in self.verdicts.accepted.items() if (one, user) != (line, user_id)}
        self._decide(replace(self.verdicts, accepted=accepted, rejected=self.verdicts.rejected | {(line, user_id)}))

    def never(self, line: int) -> None:
        """Decide that the row has no user."""
        self.check(line)
        accepted = {one: user for one, user in self.verdicts.accepted.items() if one != line}
        self._decide(replace(self.verdicts, accepted=accepted, never=self.verdicts.never | {line}))

    def forget(self, line: int) -> None:
        """Take all decisions on a row back."""
        self.check(line)
        accepted = {one: user for one, user in self.verdicts.accepted.items() if one != line}
        rejected = frozenset(pair for pair in self.verdicts.rejected if pair[0] != line)
        self._decide(Verdicts(accepted=accepted, rejected=rejected, never=self.verdicts.never - {line}))

    def undo(self) -> bool:
        """Take back the last step; False where there is none."""
        return self._history.undo(self.verdicts, self._settle)

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        return self._history.redo(self.verdicts, self._settle)

    @property
    def undoable(self) -> int:
        """How many steps can be taken back."""
        return self._history.undoable

    @property
    def redoable(self) -> int:
        """How many steps can be made again."""
        return self._history.redoable

    def is_decided(self, line: int) -> bool:
        """Whether it is settled who the row is: somebody, or nobody."""
        return line in self.verdicts.accepted or line in self.verdicts.never

    def decisions(self) -> pd.DataFrame:
        """Everything decided, here and before; follows `schemas.Decisions`."""
        said: list[tuple[int, str | None, str]] = [
            *((line, user_id, "accept") for line, user_id in self.verdicts.accepted.items()),
            *((line, user_id, "reject") for line, user_id in sorted(self.verdicts.rejected)),
            *((line, None, "never") for line in sorted(self.verdicts.never)),
        ]
        rows: list[dict[str, object]] = [
            {
                "path": self.rows.loc[line, "path"], "key": self.rows.loc[line, "key"], "user_id": user_id,
                "user_name": None if user_id is None else self._names.get(user_id), "decision": decision,
            }
            for line, user_id, decision in said
        ]  # fmt: skip
        made = schemas.from_rows(rows, schemas.Decisions)
        return pd.concat([self.kept, made], ignore_index=True) if len(self.kept) else made

    def _decide(self, verdicts: Verdicts) -> None:
        if verdicts != self.verdicts:
            self._history.record(self.verdicts)
            self._settle(verdicts)

    def _settle(self, verdicts: Verdicts) -> None:
        self.verdicts = verdicts

    def check(self, line: int, user_id: str | None = None) -> None:
        """Refuse a row that cannot be decided on, and a user who is no candidate of it.

        Raises
        ------
        SelectionError
            The line is not in doubt or has no key of its own, or the user is no candidate.
        """
        if line not in self.rows.index:
            raise SelectionError(f"line {line} is not in doubt. The lines that are: matcher.rows.index.")
        if line in self.keyless:
            raise SelectionError(
                f"line {line} has no key of its own: each is blank or stands in another row too, so no link can name it. "
                "Correct the export, or add a key to on."
            )
        if user_id is not None and not self.has(line, user_id):
            raise SelectionError(
                f"user {visible(user_id, 60)!r} is no candidate of line {line}, and another row's, protected or not there. "
                f"Who is free: matcher.find({line}, 'name')."
            )


def _text_of(lines: pd.Index[int] | pd.Series[int], names: pd.Series[str], told: pd.Series[str]) -> pd.Series[str]:
    """What is searched, by line."""
    return pd.Series((names.fillna("") + " " + told).array, index=pd.Index(lines.astype("int64")), dtype="str")
