"""From matched sides to changes: one row a user and path that differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon import patterns, schemas
from scimrecon.diff.cells import PRIMARY_EMAIL, Rules, classify, differing, is_primary_email
from scimrecon.diff.history import tell_moves
from scimrecon.diff.options import Pair
from scimrecon.diff.resolving import MANAGER
from scimrecon.diff.sets import set_cells, surplus_cells
from scimrecon.diff.uniqueness import find_taken
from scimrecon.errors import CompareError
from scimrecon.mapping import Desired
from scimrecon.matching import Positions
from scimrecon.paths import parse_set
from scimrecon.values import arrow_texts, text_series, whole

_PLACE = ["found", "primary", "filled", "problem", "rule"]
"""What cells are classified by, and the problem, which comes back with them."""


def find_changes(pair: Pair, rules: Mapping[str, Rules], base: pd.DataFrame | None) -> pd.DataFrame:
    """Compare all paths of all matched users.

    Parameters
    ----------
    pair
        Both sides, matched.
    rules
        By compared path, or set.
    base
        From `history.check_base`, or None.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Changes`, sorted by user and path.
    """
    cells = find_cells(pair, rules, base)
    if cells.empty:
        return schemas.empty(schemas.Changes)
    cells["pattern"] = patterns.label_changes(name_managers(cells, pair.side.named))
    return schemas.check(cells, schemas.Changes)


def find_cells(pair: Pair, rules: Mapping[str, Rules], base: pd.DataFrame | None = None) -> pd.DataFrame:
    """Compare all paths of all matched users, and leave it to others to name patterns: that takes the changes of all users.

    Returns
    -------
    pandas.DataFrame
        As `find_changes`, without ``pattern``, and with ``formatting`` (in what a cosmetic change differs).
    """
    differing = [cells for cells in _cells(pair, rules) if len(cells)]
    if not differing:
        return schemas.empty(schemas.Changes).drop(columns="pattern").assign(formatting=text_series([]))
    cells = pd.concat(differing, ignore_index=True)
    cells = pd.concat([cells.drop(columns=_PLACE), classify(cells, list(rules.values()))], axis="columns")
    cells["row"] = pair.matches.desired_of[cells["position"].to_numpy()]
    return _dressed(cells, pair, base)


def find_along(pair: Pair, rules: Mapping[str, Rules]) -> pd.DataFrame:
    """Find what goes along with whoever has a tick, of attributes that the target never shows.

    Parameters
    ----------
    pair
        Both sides, matched.
    rules
        By path, of those attributes alone.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Changes`; ``kind`` is ``sent_along``. A value that could not be sent is left out.
    """
    cells = find_changes(pair, rules, None)
    cells = cells[(cells["status"] == "open") & (cells["after"] != "")]
    return cells.assign(kind="sent_along", pattern="sent along")


def _cells(pair: Pair, rules: Mapping[str, Rules]) -> Iterator[pd.DataFrame]:
    """The differing cells of one path after the other; ``rule`` numbers the rules they go by."""
    rows = np.flatnonzero(pair.matches.user_of >= 0)
    positions = pair.matches.user_of[rows]
    surplus: dict[str, list[str]] = {}
    single = [text for text in rules if not parse_set(text)]
    unmapped = {text: _mapping_problems(text, pair.desired) for text in rules}
    user_of = _users_of(pair)
    # Arrow lets go of the interpreter while it gathers and compares, which takes longer than all else of a path.
    with ThreadPoolExecutor(max_workers=2) as pool:
        found = dict(
            zip(single, pool.map(lambda text: _differing_rows(text, pair, user_of, unmapped[text]), single), strict=True)
        )
    for number, (text, rule) in enumerate(rules.items()):
        if text not in found:
            asked = pair.desired.frame[text].iloc[rows].reset_index(drop=True)
            cells = set_cells(text, asked, positions, pair.side.elements[text], rule.comparator)
            cells = _with_unmapped(cells, text, unmapped[text], pair.matches.user_of)
            yield _of_set(cells, rule).assign(rule=number)
        else:
            yield _path_cells(text, rule, pair, found[text], unmapped[text]).assign(path=text, rule=number)
            if rule.elements:
                surplus.setdefault(rule.elements, []).append(text)
    for name, texts in surplus.items():
        if name in pair.side.elements:
            cells = _surplus(name, texts, rules, pair, rows, positions)
            yield _of_set(cells, rules[texts[0]]).assign(rule=list(rules).index(texts[0]))


def _surplus(
    name: str, texts: Sequence[str], rules: Mapping[str, Rules], pair: Pair, rows: Positions, positions: Positions
) -> pd.DataFrame:
    """What `force` on a whole attribute takes away, of users for whom the export says anything about it."""
    says = pair.desired.frame[list(texts)].iloc[rows].notna().any(axis="columns").to_numpy()
    return surplus_cells(name, [rules[text].path for text in texts], positions[says], pair.side.elements[name])


def _of_set(cells: pd.DataFrame, rule: Rules) -> pd.DataFrame:
    """Only of emails does the primary element matter to identity."""
    return cells.assign(primary=cells["primary"] & (rule.path.name == "emails"))


def _with_unmapped(cells: pd.DataFrame, text: str, unmapped: Mapping[int, str], user_of: Positions) -> pd.DataFrame:
    """Add a row for each cell of a set that could not be mapped."""
    rows = [row for row in unmapped if user_of[row] >= 0]
    if not rows:
        return cells
    lost = pd.DataFrame(
        {
            "position": user_of[rows],
            "path": f'{text}[value eq ""].value',
            "before": pd.Series(pd.NA, index=range(len(rows)), dtype="str"),
            "after": pd.Series(pd.NA, index=range(len(rows)), dtype="str"),
            "found": np.zeros(len(rows), dtype=np.int8),
            "primary": False,
            "filled": False,
            "problem": [unmapped[row] for row in rows],
        }
    )
    return pd.concat([cells, lost.astype({"path": "str", "problem": "str"})], ignore_index=True)


def _differing_rows(text: str, pair: Pair, user_of: Any, unmapped: Mapping[int, str]) -> Positions:
    """The matched rows in which one path differs, or cannot be told; `user_of` is from `_users_of`."""
    values, after = pair.side.values[text], arrow_texts(pair.desired.frame[text])
    # To gather from one piece takes less, and most of the time goes there.
    differ = differing(whole(arrow_texts(values.texts)).take(user_of), after)
    differ[list(unmapped)] = True
    if values.problems:
        unread = np.zeros(len(pair.side.ids) + 1, dtype=bool)
        unread[list(values.problems)] = True
        differ |= unread[pair.matches.user_of] & np.asarray(after.is_valid())
    return np.flatnonzero(differ & (pair.matches.user_of >= 0))


def _path_cells(text: str, rule: Rules, pair: Pair, rows: Positions, unmapped: Mapping[int, str]) -> pd.DataFrame:
    """The differing cells of one path, with where they stand on the target's side."""
    values, positions = pair.side.values[text], pair.matches.user_of[rows]
    cells = pd.DataFrame(
        {
            "position": positions,
            "before": values.texts.array[positions],
            "after": pair.desired.frame[text].array[rows],
            "found": values.found[positions],
            "filled": values.filled[positions],
            "problem": pd.Series(pd.NA, index=range(len(rows)), dtype="str"),
        }
    )
    held = pair.side.values.get(PRIMARY_EMAIL)
    primary = pd.Series(held.texts.array[positions]) if held and rule.path.name == "emails" else None
    cells["primary"] = is_primary_email(rule.path, cells["before"], primary)
    for problems, places in ((values.problems, positions), (unmapped, rows)):
        if problems:
            told = pd.Series(problems, dtype="str").reindex(places)
            cells["problem"] = cells["problem"].fillna(told.reset_index(drop=True))
    if text == "userName":
        cells["problem"] = cells["problem"].fillna(_taken(cells["after"], positions, rule, pair))
    return cells


def _taken(after: pd.Series[str], positions: Positions, rule: Rules, pair: Pair) -> pd.Series[str]:
    """Why each of these changes of login cannot be; NA where it can."""
    if pair.taken is not None:
        ids = pd.Series(pair.side.ids.array[positions], index=after.index)
        return ids.map(pair.taken).astype("str")
    held = pair.forms["userName"] if "userName" in pair.forms else rule.comparator.normalise(pair.side.values["userName"].texts)
    return find_taken(after, leaving(after, positions, pair), held, pair.side.ids, rule.comparator)


def leaving(after: pd.Series[str], positions: Positions, pair: Pair) -> Positions:
    """Positions of the users who give their login up: who is protected, or would have none, does not."""
    given_up: Positions = positions[(after.fillna("") != "").to_numpy() & ~pair.protected[positions]]
    return given_up


def find_places(text: str, pair: Pair) -> tuple[Positions, Positions]:
    """Rows and users, by position, of those matched who differ in a path."""
    rows = _differing_rows(text, pair, _users_of(pair), _mapping_problems(text, pair.desired))
    return rows, pair.matches.user_of[rows]


def _users_of(pair: Pair) -> Any:
    """The position of each row's user as Arrow looks it up, null for a row without one."""
    return pa.array(pair.matches.user_of, mask=pair.matches.user_of < 0)


def _mapping_problems(text: str, desired: Desired) -> dict[int, str]:
    """Position of each row whose cell for this path could not be mapped, to the problem."""
    problems = desired.problems
    problems = problems[problems["path"] == text] if len(problems) else problems
    if problems.empty:
        return {}
    rows = desired.frame.index.get_indexer(pd.Index(problems["source_line"].to_numpy(dtype="int64")))
    return {int(row): str(problem) for row, problem in zip(rows, problems["problem"], strict=True) if row >= 0}


def _dressed(cells: pd.DataFrame, pair: Pair, base: pd.DataFrame | None) -> pd.DataFrame:
    """Say of each changed cell whose it is, by what the user was matched, and what else there is to know."""
    row, position = cells.pop("row").to_numpy(), cells.pop("position").to_numpy()
    cells["user_id"] = pair.side.ids.array[position]
    cells["user_name"] = pair.side.names.array[position]
    cells["key"] = pair.known_by.array[row]
    cells["source_line"] = pd.array(pair.desired.frame.index.to_numpy()[row], dtype="Int64")
    for flag, holds in pair.doubts.items():
        if holds.any():
            cells["flags"] = cells["flags"].mask(holds[row], cells["flags"] + f" {flag}")
    if base is not None:
        cells["flags"] = cells["flags"] + " " + tell_moves(cells, base)
    cells["flags"] = cells["flags"].str.strip()
    cells["status"] = cells["status"].mask(pair.protected[position], "protected")
    cells.index = pd.Index(cells["user_id"] + ":" + cells["path"], name="change_id")
    _refuse_twice(cells)
    names = [name for name in schemas.columns(schemas.Changes) if name != "pattern"]
    return cells[[*names, "formatting"]].sort_values(["user_id", "path"])


def name_managers(changes: pd.DataFrame, names: pd.Series[str]) -> pd.DataFrame:
    """Write managers by name, for a reader: an id tells nobody anything. `names` are by id, missing for a user without one."""
    managers = (changes["path"] == MANAGER).to_numpy()
    if not managers.any():
        return changes
    told = {
        name: changes[name].mask(managers, changes[name].map(names).astype("str").fillna(changes[name]))
        for name in ("before", "after")
    }
    return changes.assign(**told)


def _refuse_twice(cells: pd.DataFrame) -> None:
    twice = cells.index[cells.index.duplicated()]
    if len(twice):
        raise CompareError(f"{twice[0]!r} is asked for by two columns: map the attribute whole, or by type, not both ways.")
