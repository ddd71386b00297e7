"""Whom a reference means: a manager's number, mail or distinguished name becomes the id of the target's user.

The export is asked first, since it knows people the target knows under another key; then the target, for people outside the
export. Where the two disagree, or several people have the key, nobody is meant: a guess would give someone a wrong manager.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.matching import Positions
from scimrecon.paths import parse_path
from scimrecon.values import normalise_dn, shorten

_MAX_CANDIDATES = 5
_MAX_NAMES = 6


@dataclass(frozen=True, kw_only=True)
class Resolved:
    """The references of one path, by position of the desired row."""

    ids: pd.Series[str]
    """The id of the user meant; NA where there is no opinion or `problems` says why nobody is meant; ``''`` clears."""
    problems: dict[int, str]
    """Row to why its reference means nobody."""


class _Verdict(IntEnum):
    """What was found for one text."""

    FOUND = 0
    MANY_ROWS = 1
    MANY_USERS = 2
    SIDES_DISAGREE = 3
    ANOTHER_KEY = 4
    NO_USER = 5
    NOBODY = 6


@dataclass(frozen=True, kw_only=True)
class _Holders:
    """Who has which key, on one side."""

    codes: Positions
    """The number of each holder's key; -1 where it has none."""
    count: Positions
    """Holders of each number; one entry more than there are numbers, so that -1 has none."""
    last: Positions
    """The last holder of each number, or -1."""

    @cached_property
    def _order(self) -> Positions:
        return np.argsort(self.codes, kind="stable")

    def first(self, code: int) -> list[int]:
        """The first few holders of a number."""
        start = int(np.searchsorted(self.codes, code, sorter=self._order))
        return [int(at) for at in self._order[start : start + min(int(self.count[code]), _MAX_CANDIDATES)]]


@dataclass(frozen=True, kw_only=True)
class _Search:
    """The distinct texts of one path, and what is known of both sides."""

    on: str
    asked: pd.Series[str]
    code: Positions
    """The number of each text's key."""
    export: _Holders
    target: _Holders
    own_keys: pd.Series[str] | None
    user_keys: pd.Series[str] | None
    user_of: Positions
    """By row, and -1 once more, so that row -1 has no user."""
    row_of: Positions
    """By user, and -1 once more, so that user -1 has no row."""
    user_ids: pd.Series[str]
    user_names: pd.Series[str]
    lines: Sequence[object]

    @cached_property
    def by_row(self) -> Positions:
        """The user matched with the one row that has the key, or -1."""
        return np.where(self.export.count[self.code] == 1, self.user_of[self.export.last[self.code]], -1)

    @cached_property
    def by_key(self) -> Positions:
        """The one user of the target that has the key, or -1."""
        return np.where(self.target.count[self.code] == 1, self.target.last[self.code], -1)

    def verdicts(self) -> Positions:
        """Say of each text whether it means somebody."""
        rows, users = self.export.count[self.code], self.target.count[self.code]
        taken = self.row_of[self.by_key]
        # The export has a row for that user, and this row does not have the key.
        another = (self.by_row < 0) & (taken >= 0) & ((rows == 1) | (self.export.codes[taken] >= 0))
        return np.select(
            [
                rows > 1,
                users > 1,
                (self.by_row >= 0) & (self.by_key >= 0) & (self.by_row != self.by_key),
                another,
                (rows == 1) & (self.by_row < 0) & (self.by_key < 0),
                (rows == 0) & (self.by_key < 0),
            ],
            [*_Verdict][1:],
            _Verdict.FOUND,
        )

    def describe(self, at: int, text: str, verdict: int) -> str:
        """Say why the text at this position means nobody."""
        key = f"{self.on} {shorten(text)!r}"
        code, row, user = int(self.code[at]), int(self.export.last[self.code[at]]), int(self.by_key[at])
        match verdict:
            case _Verdict.MANY_ROWS:
                lines = [str(self.lines[holder]) for holder in self.export.first(code)]
                count = int(self.export.count[code])
                return f"{count} rows of the export have {key}: lines {_listed(lines, count)}"
            case _Verdict.MANY_USERS:
                names = [self._user(holder) for holder in self.target.first(code)]
                count = int(self.target.count[code])
                return f"{count} users of the target have {key}: {_listed(names, count)}"
            case _Verdict.SIDES_DISAGREE:
                return (f"line {self.lines[row]} of the export has {key} and is user {self._user(int(self.by_row[at]))}, but on "
                        f"the target user {self._user(user)} has it")  # fmt: skip
            case _Verdict.ANOTHER_KEY:
                taken = int(self.row_of[user])
                return (f"user {self._user(user)} of the target has {key}, but that user is line {self.lines[taken]} of the "
                        f"export, which has {self._own_key(taken)}")  # fmt: skip
            case _Verdict.NO_USER:
                return f"{key} is in the export (line {self.lines[row]}), but that person has no user on the target"
            case _:
                return self._nobody(key)

    def _nobody(self, key: str) -> str:
        if self.own_keys is None and self.user_keys is None:
            return f"{key} cannot be looked up: neither the export nor the target has {self.on}"
        if self.own_keys is None:
            return f"no user of the target has {key}; the export was not searched, as the mapping does not map {self.on}"
        if self.user_keys is None:
            return f"no row of the export has {key}; the target does not know {self.on}"
        return f"nobody has {key}, neither in the export nor on the target"

    def _user(self, position: int) -> str:
        name = self.user_names.iloc[position]
        return str(self.user_ids.iloc[position]) + ("" if pd.isna(name) else f" ({shorten(str(name))})")

    def _own_key(self, row: int) -> str:
        if self.own_keys is None or self.export.codes[row] < 0:
            return "none"
        return repr(shorten(str(self.own_keys.iloc[row])))


def resolve_references(
    texts: pd.Series[str],
    *,
    own_keys: pd.Series[str] | None,
    user_keys: pd.Series[str] | None,
    user_of: Positions,
    user_ids: pd.Series[str],
    user_names: pd.Series[str],
    lines: Sequence[object],
    normalise: Callable[[pd.Series[str]], pd.Series[str]],
    path: str,
    on: str,
) -> Resolved:
    """Find whom each reference means.

    Cost: one normal form and one hash of the distinct texts and of both sides' keys; one to three seconds at a million users.

    Parameters
    ----------
    texts
        By desired row: whom it names; NA is no opinion, ``''`` clears.
    own_keys
        By desired row: the row's own key; None where the export has none.
    user_keys
        By user: the user's key; None where the target has none.
    user_of
        For each desired row its user, or -1.
    user_ids, user_names, lines
        How users and rows are named.
    normalise
        Brings keys to the form in which they are compared; keys that are distinguished names go by `normalise_dn` instead.
    path
        What is resolved, such as ``"manager.value"``.
    on
        What the key is called.
    """
    filled = np.flatnonzero((texts.notna() & (texts != "")).to_numpy())
    which, distinct = pd.factorize(texts.iloc[filled])
    asked = pd.Series(distinct, dtype="str")
    row_of = np.full(len(user_ids) + 1, -1, dtype=np.int64)
    row_of[user_of] = np.arange(len(user_of))
    row_of[-1] = -1
    code, export, target = _number(
        asked,
        own_keys if own_keys is not None else _no_keys(len(texts)),
        user_keys if user_keys is not None else _no_keys(len(user_ids)),
        normalise,
    )
    search = _Search(
        on=on,
        asked=asked,
        code=code,
        export=export,
        target=target,
        own_keys=own_keys,
        user_keys=user_keys,
        user_of=np.append(user_of, -1),
        row_of=row_of,
        user_ids=user_ids,
        user_names=user_names,
        lines=lines,
    )
    return _resolve(texts, filled, which, search, path)


def _resolve(texts: pd.Series[str], filled: Positions, which: Positions, search: _Search, path: str) -> Resolved:
    """Carry what was found for the distinct texts to their rows: row ``filled[i]`` holds text ``which[i]``."""
    verdicts = search.verdicts()
    meant = np.where(search.by_row >= 0, search.by_row, search.by_key)
    user = np.full(len(texts), -1, dtype=np.int64)
    user[filled] = np.where(verdicts == _Verdict.FOUND, meant, -1)[which]
    own = (user >= 0) & (user == search.user_of[:-1])
    wrong = np.flatnonzero(verdicts != _Verdict.FOUND)
    failed = zip(wrong.tolist(), search.asked.iloc[wrong].to_numpy(dtype=object), verdicts[wrong].tolist(), strict=True)
    words = {at: search.describe(at, text, verdict) for at, text, verdict in failed}
    lost = verdicts[which] != _Verdict.FOUND
    problems = {row: words[at] for row, at in zip(filled[lost].tolist(), which[lost].tolist(), strict=True)}
    itself = f"a user cannot be the {parse_path(path).name} of itself; {search.on} "
    problems |= {int(row): f"{itself}{shorten(texts.iloc[row])!r} is its own" for row in np.flatnonzero(own)}
    ids = pd.Series(search.user_ids.array.take(np.where(own, -1, user), allow_fill=True), dtype="str")
    return Resolved(ids=ids.mask((texts == "").to_numpy(), ""), problems=problems)


def _number(
    asked: pd.Series[str], own: pd.Series[str], users: pd.Series[str], normalise: Callable[[pd.Series[str]], pd.Series[str]]
) -> tuple[Positions, _Holders, _Holders]:
    """Number the distinct keys; note the number of each text, and who has which on either side."""
    form = normalise_dn if _are_dns(own) or _are_dns(users) else normalise
    normal = form(pd.concat([asked, own, users], ignore_index=True))
    codes, keys = pd.factorize(normal.mask(normal == ""))
    code, left, right = np.split(codes.astype(np.int64), [len(asked), len(asked) + len(own)])
    return code, _holders(left, len(keys)), _holders(right, len(keys))


def _no_keys(count: int) -> pd.Series[str]:
    return pd.Series(np.nan, index=range(count), dtype="str")


def _holders(codes: Positions, size: int) -> _Holders:
    filled = np.flatnonzero(codes >= 0)
    last = np.full(size + 1, -1, dtype=np.int64)
    last[codes[filled]] = filled
    return _Holders(codes=codes, count=np.bincount(codes[filled], minlength=size + 1), last=last)


def _listed(names: Sequence[str], count: int) -> str:
    more = count - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")


def _are_dns(keys: pd.Series[str]) -> bool:
    filled = keys[keys.notna() & (keys != "")]
    return bool(len(filled)) and bool(filled.str.contains("^ *[A-Za-z0-9.-]+ *=").mean() > 0.5)


def find_cycles(manager_of: Positions) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which users are on a circle of managers; not those who only lead into one.

    After as many steps up as there are users, a walk is at the top or on a circle, and every user of a circle is the end of
    one. The steps are doubled each time. Cost: log n passes; a tenth of a second at a million users.

    Parameters
    ----------
    manager_of
        For each user the position of the manager, or -1.
    """
    count = len(manager_of)
    # One position more than there are users: the top, which is its own manager.
    end = np.append(np.where(manager_of < 0, count, manager_of), count)
    steps = 1
    while steps < count:
        end = end[end]
        steps *= 2
    on_circle = np.zeros(count + 1, dtype=bool)
    on_circle[end] = True
    return on_circle[:count]


def describe_cycle(position: int, manager_of: Positions, names: pd.Series[str]) -> str:
    """Name the users of a circle of managers, from one of them up and back to it, as in "anna → ben → anna".

    A circle too long for a line is cut before its end.
    """
    around, above = [position], int(manager_of[position])
    while above != position and len(around) < _MAX_NAMES:
        around.append(above)
        above = int(manager_of[above])
    cut = len(around) == _MAX_NAMES
    named = ["(no name)" if pd.isna(names.iloc[at]) else shorten(str(names.iloc[at])) for at in [*around, position]]
    return " → ".join([*named[: _MAX_NAMES - 1], "…", named[-1]] if cut else named)
