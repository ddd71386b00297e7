"""Decide who is who where no key did: rows in doubt beside everyone they might be, with scores and reasons."""

from __future__ import annotations

import os
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pandas as pd

from scimrecon import schemas
from scimrecon.diff import Diff, find_candidates
from scimrecon.errors import SelectionError
from scimrecon.files import replacing
from scimrecon.matching import DECISIONS
from scimrecon.tables import count, render
from scimrecon.widgets.display import visible
from scimrecon.widgets.finding import Finding, FreeUsers
from scimrecon.widgets.judging import Bench
from scimrecon.widgets.messages import MATCHER, Messages
from scimrecon.widgets.panel import Panel, module_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PAGE_ROWS = 10
"""Each has candidates below it."""
_WHICH = ("left", "decided", "all")


class Matcher(Panel):
    """The rows of an export that matched no user, or several, each beside scored candidates: accept, reject, never.

    Nothing is applied: the decisions are a link table for ``compare(…, links=matcher.links)``, which verifies each anew.
    Whatever is done with the mouse can be done in code, with the methods below. Cost: as `Diff.propose_links`.

    Parameters
    ----------
    diff
        What `compare` returned.
    links
        Decisions made before, as `links` gives them: read a saved file with
        ``pandas.read_csv(file, dtype="str", keep_default_na=False)``. What is still in doubt is decided as then; the others are
        kept. A table without the column ``decision`` is one of accepted links.
    limit, min_score
        As `Diff.propose_links`.

    Raises
    ------
    SelectionError
        `diff` is none, or `links` is no such table.
    CompareError
        rapidfuzz is not installed: ``pip install 'scimrecon[clean]'``.
    """

    _esm = module_of("matcher.js")
    _messages: ClassVar[Messages] = MATCHER

    def __init__(self, diff: Diff, /, *, links: pd.DataFrame | None = None, limit: int = 5, min_score: float = 60.0) -> None:
        if not isinstance(diff, Diff):
            raise SelectionError(f"Matcher takes a diff, from compare, not {type(diff).__name__}.")
        found = find_candidates(diff, limit=limit, min_score=min_score)
        super().__init__()
        self.diff = diff
        self.candidates = found.pairs
        """``source_line, user_id, user_name, score, reason, told``: who each row in doubt might be, the best first."""
        self._bench = Bench(found, _read_links(links))
        self._users = FreeUsers(diff)
        self._offer(self._bench.verdicts.pairs())
        self._which, self._start = "left", 0
        self._search, self._found = "", list(self._bench.rows.index)
        self._finding: Finding | None = None

    def __repr__(self) -> str:
        decided = len(self._bench.verdicts.accepted) + len(self._bench.verdicts.never)
        return f"<Matcher: {count(len(self._bench.rows), 'row')} in doubt, {decided:,} decided>"

    @property
    def rows(self) -> pd.DataFrame:
        """The rows in doubt: index ``source_line``; ``status, reason, path, key, told``."""
        return self._bench.rows.copy()

    @property
    def links(self) -> pd.DataFrame:
        """Everything decided, here and before, for ``compare(…, links=…)``; follows `schemas.Decisions`."""
        with self._lock:
            return self._bench.decisions()

    def save(self, path: str | PathLike[str]) -> None:
        """Write `links` as CSV to a file that only its owner can read; one that is there is replaced.

        Read it with ``pandas.read_csv(path, dtype="str", keep_default_na=False)``, also next month. It is for `compare`: keys
        stand in it as they are, and a spreadsheet may take one for a formula.

        Parameters
        ----------
        path
            The file.

        Raises
        ------
        SelectionError
            The file cannot be written.
        """
        try:
            with replacing(Path(path)) as unfinished:
                self.links.to_csv(unfinished, index=False)
        except OSError as error:
            raise SelectionError(f"{os.fspath(path)}: the links cannot be saved there: {error.strerror or error}.") from error

    def code(self) -> str:
        """Python that makes the same `links`, for ``print``; every text stands there as its ``repr``."""
        with self._lock:
            cells = self._bench.decisions().astype(object)
        rows = cells.where(cells.notna(), None).itertuples(index=False, name=None)
        listed = "".join(f"        {row!r},\n" for row in rows)
        columns = schemas.columns(schemas.Decisions)
        return (
            f"links = pd.DataFrame(\n    [\n{listed}    ],\n    columns={columns},\n    dtype='str',\n)\n"
            "diff = sr.compare(desired, users, on=on, links=links)  # with the options as before\n"
        )

    def accept(self, line: int, user_id: str) -> None:
        """Decide that the row of this line is this user: one of its candidates, or anyone whom no row is.

        Parameters
        ----------
        line
            The row's ``source_line``, as in `rows`.
        user_id
            The user's id on the target.

        Raises
        ------
        SelectionError
            The line is not in doubt or has no key of its own, or the user is another row's or accepted for one.
        """
        self._judge_pair("accept", line, user_id)

    def reject(self, line: int, user_id: str) -> None:
        """Decide that this user is somebody else; raises as `accept`.

        Parameters
        ----------
        line, user_id
            As in `accept`.
        """
        self._judge_pair("reject", line, user_id)

    def never(self, line: int) -> None:
        """Decide that the row has no user on the target; raises as `accept`.

        Parameters
        ----------
        line
            As in `accept`.
        """
        self._judge("never", line)

    def forget(self, line: int) -> None:
        """Take all decisions on the row back; raises as `accept`.

        Parameters
        ----------
        line
            As in `accept`.
        """
        self._judge("forget", line)

    def undo(self) -> bool:
        """Take back the last decision, of the last 500; False where there is none."""
        with self._lock:
            undone = self._bench.undo()
        self._send_state()
        return undone

    def redo(self) -> bool:
        """Make again what was taken back last; False where nothing was."""
        with self._lock:
            redone = self._bench.redo()
        self._send_state()
        return redone

    def find(self, line: int, search: str) -> pd.DataFrame:
        """Find users whom no row is and in whom each word of a text stands: in name, id or what tells people apart.

        Words stand in any order, in upper or lower case, with or without accents. Cost: 7 µs a user for the first
        search, 1.5 µs for each after it.

        Parameters
        ----------
        line
            The row to find a user for.
        search
            The words; without one nobody is found.

        Returns
        -------
        pandas.DataFrame
            As `candidates`, the best first, and 20 of them at most. `accept` takes any of them.

        Raises
        ------
        SelectionError
            The line is not in doubt or has no key of its own.
        """
        with self._lock:
            self._bench.check(line)
            self._finding = found = self._users.find(line, search)
        self._send_state()
        return found.users.copy()

    def show(self, which: str = "left", search: str = "") -> None:
        """Show only rows that are left to decide, or decided, and in which each word of a text stands.

        Parameters
        ----------
        which
            ``"left"``, ``"decided"`` or ``"all"``.
        search
            The words: each in the row, or in one of its candidates; upper and lower case are alike, and accents may be left out.

        Raises
        ------
        SelectionError
            `which` is none of these.
        """
        if which not in _WHICH:
            raise SelectionError(f"which={which!r}: there are {', '.join(_WHICH)}.")
        with self._lock:
            self._which, self._start = which, 0
            self._search, self._found = search, self._bench.find(search)
        self._send_state()

    def _judge(self, name: str, *about: Any) -> None:
        with self._lock:
            getattr(self._bench, name)(*about)
            if self._finding is not None and self._bench.is_decided(self._finding.line):
                self._finding = None
        self._send_state()

    def _judge_pair(self, name: str, line: int, user_id: str) -> None:
        with self._lock:
            self._offer([(line, user_id)])
        self._judge(name, line, user_id)

    def _offer(self, pairs: Iterable[tuple[int, str]]) -> None:
        """Make free users that somebody found candidates of rows in doubt."""
        bench = self._bench
        open_lines = set(bench.rows.index) - bench.keyless
        new = [(line, user_id) for line, user_id in pairs if line in open_lines and not bench.has(line, user_id)]
        if new:
            bench.offer(self._users.score(new))

    def _act(self, message: Mapping[str, Any]) -> None:
        match message["type"]:
            case "show":
                self.show(message["which"], message["search"])
            case "page":
                with self._lock:
                    self._start = min(message["start"], max(0, len(self._shown()) - 1))
            case "accept" | "reject" as name:
                self._judge_pair(name, message["line"], message["user_id"])
            case "never" | "forget" as name:
                self._judge(name, message["line"])
            case "find":
                self.find(message["line"], message["search"])
            case "leave":
                self._finding = None
            case "undo" | "redo" as name:
                getattr(self, name)()

    def _shown(self) -> list[int]:
        wanted = {"left": (False,), "decided": (True,), "all": (False, True)}[self._which]
        return [line for line in self._found if self._bench.is_decided(line) in wanted]

    def _state(self) -> dict[str, object]:
        bench = self._bench
        shown = self._shown()
        decided = len(bench.verdicts.accepted) + len(bench.verdicts.never)
        return {
            "which": self._which,
            "search": self._search,
            "rows": [self._row(line) for line in shown[self._start : self._start + _PAGE_ROWS]],
            "start": self._start,
            "page": _PAGE_ROWS,
            "shown": len(shown),
            "doubtful": len(bench.rows),
            "decided": decided,
            "accepted": len(bench.verdicts.accepted),
            "undoable": bench.undoable,
            "redoable": bench.redoable,
            "finding": self._drawn_finding(),
            "code": self.code() if len(bench.rows) else "",
        }

    def _row(self, line: int) -> dict[str, object]:
        bench = self._bench
        row = bench.rows.loc[line]
        return {
            "line": line,
            "key": "" if line in bench.keyless else visible(str(row["key"])),
            "status": visible(str(row["status"])),
            "reason": visible(str(row["reason"])),
            "told": visible(str(row["told"])),
            "keyless": line in bench.keyless,
            "never": line in bench.verdicts.never,
            "candidates": [self._candidate(line, one) for one in bench.pairs.get(line, [])],
        }

    def _candidate(self, line: int, one: Mapping[Any, Any]) -> dict[str, object]:
        verdicts = self._bench.verdicts
        return {
            "id": one["user_id"],
            "user": visible(one["user_name"] if isinstance(one["user_name"], str) else one["user_id"]),
            "score": "" if pd.isna(one["score"]) else f"{one['score']:.0f}",
            "reason": visible(one["reason"]),
            "told": visible(one["told"]),
            "accepted": verdicts.accepted.get(line) == one["user_id"],
            "rejected": (line, one["user_id"]) in verdicts.rejected,
        }

    def _drawn_finding(self) -> dict[str, object] | None:
        found = self._finding
        if found is None:
            return None
        rows = [self._candidate(found.line, one) for one in found.users.to_dict("records")]
        told = visible(str(self._bench.rows.loc[found.line, "told"]))
        return {"line": found.line, "search": found.search, "told": told, "rows": rows, "total": found.total}

    def _summary(self) -> str:
        counts = self._bench.rows["status"].value_counts()
        facts = {str(name): f"{number:,}" for name, number in counts.items()}
        accepted, never = len(self._bench.verdicts.accepted), len(self._bench.verdicts.never)
        return render("Rows in doubt", {**facts, "accepted when this was shown": accepted, "without a user": never})


def _read_links(links: pd.DataFrame | None) -> pd.DataFrame:
    """Take decisions made before, or links that are all accepted.

    Raises
    ------
    SelectionError
        It is no such table.
    """
    if links is None:
        return schemas.empty(schemas.Decisions)
    if not isinstance(links, pd.DataFrame) or not {"path", "key", "user_id"} <= set(links.columns):
        raise SelectionError("links is a table with path, key and user_id: matcher.links, or diff.links().")
    given = links.assign(**{name: links.get(name, default) for name, default in (("user_name", None), ("decision", "accept"))})
    texts = given[schemas.columns(schemas.Decisions)].astype("str")
    texts["user_id"] = texts["user_id"].replace("", None)
    unclear = ~texts["decision"].isin(DECISIONS) | texts["key"].isna() | texts["path"].isna()
    unclear |= texts["user_id"].isna() & (texts["decision"] != "never")
    if unclear.any():
        raise SelectionError(f"links row {links.index[unclear][0]}: a decision has path, key and, unless it is never, user_id.")
    return schemas.check(texts.reset_index(drop=True), schemas.Decisions)
