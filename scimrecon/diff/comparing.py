"""Compare two sides: match the users, then each path as a whole column."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from scimrecon import patterns, schemas
from scimrecon.attributes import CORE_ATTRIBUTES
from scimrecon.dialects import RFC7644, Dialect
from scimrecon.diff.cells import PRIMARY_EMAIL, Rules, classify, differing, is_primary_email, type_of
from scimrecon.diff.report import Basis, Diff
from scimrecon.diff.statuses import tell_statuses
from scimrecon.errors import CompareError, PathError
from scimrecon.mapping import Desired, number_rows
from scimrecon.matching import Key, Matches, key_texts, match_users
from scimrecon.paths import Element, parse_path
from scimrecon.users import PathValues, Users, read_paths

_MANAGER = "manager.value"


def compare(
    desired: Desired | pd.DataFrame,
    users: Users | pd.DataFrame,
    /,
    *,
    on: str | Sequence[str],
    unlock: Collection[str] = (),
    accept: Collection[str] = (),
) -> Diff:
    """Find which attribute of which user differs.

    Users are matched by `on`, first key first. Then each path of `desired` is compared: a value that differs is a change, ``''``
    asks to clear, NA says nothing. `active`, `userName`, `externalId`, `id` and the primary email are locked: shown when they
    differ, not tickable until unlocked. Cost: reading the resources (15 s for a million users of twenty paths), then whole-column
    operations.

    Parameters
    ----------
    desired
        What `map_users` returned, or a DataFrame of text columns named by SCIM path (its index, if whole numbers, is taken
        for source lines).
    users
        What `fetch_users` returned: every desired path is read from the resources, missing everywhere is unassigned. Or a
        DataFrame with an ``id`` column: then only the columns both sides have are compared.
    on
        The key, or keys in order of trust, such as ``["externalId", "userName"]``.
    unlock
        Locked attributes that may be ticked: a path, or an attribute's name (``"emails"``).
    accept
        Red findings of the export to go on in spite of, by name.

    Returns
    -------
    Diff
        ``changes`` follows `schemas.Changes`, ``users`` `schemas.UserStatuses`.

    Raises
    ------
    CompareError
        A key is not on both sides, a column names no SCIM attribute or is not text, or a red finding was not accepted.
    """
    if not isinstance(desired, Desired | pd.DataFrame):
        raise CompareError(f"compare takes desired users first, from map_users, not {type(desired).__name__}.")
    if not isinstance(users, Users | pd.DataFrame):
        raise CompareError(f"compare takes the current users second, from fetch_users, not {type(users).__name__}.")
    wanted = _as_desired(desired)
    _refuse_red(wanted.findings, accept)
    tiers = [_canonical(path, "on") for path in ([on] if isinstance(on, str) else on)]
    unlocked = _unlocked(unlock)
    side = _side(users, wanted.frame, tiers)
    keys = _keys(tiers, wanted, side)
    matches = match_users(keys, side.ids.tolist(), wanted.frame.index.tolist())
    known_by = key_texts(keys, matches)
    rules = _rules(wanted.frame, side, unlocked)
    changes = _changes(wanted, side, matches, known_by, rules)
    statuses = tell_statuses(wanted, changes, matches, keys=known_by, ids=side.ids, names=side.names)
    basis = Basis(
        current=users if isinstance(users, Users) else None,
        source=wanted.source,
        statuses=statuses,
        matched=int((matches.user_of >= 0).sum()),
        rules=rules,
    )
    findings = _with_unmatched(wanted.findings, tiers, basis.matched, len(wanted.frame), len(side.ids))
    return Diff(changes=changes, users=statuses, findings=findings, basis=basis)


def _with_unmatched(findings: pd.DataFrame, tiers: Sequence[str], matched: int, rows: int, users: int) -> pd.DataFrame:
    """Add a finding where no row has a user: the keys are then seldom what they seem."""
    if matched or not rows or not users:
        return findings
    detail = f"no row matches a user by {' or '.join(tiers)}; is it the right key, and has one side lost leading zeros?"
    row: dict[str, object] = {"finding": "nothing_matched", "severity": "amber", "column": None, "count": rows, "detail": detail}
    both = [frame for frame in (findings, schemas.from_rows([row], schemas.Findings)) if len(frame)]
    return schemas.check(pd.concat(both, ignore_index=True), schemas.Findings)


@dataclass(frozen=True, kw_only=True)
class _Side:
    """The target's side, by position."""

    ids: pd.Series[str]
    names: pd.Series[str]
    values: dict[str, PathValues]
    dialect: Dialect


def _canonical(path: str, where: str) -> str:
    try:
        return str(parse_path(path))
    except PathError as error:
        raise CompareError(f"{where}: {error}") from None


def _as_desired(desired: Desired | pd.DataFrame) -> Desired:
    if isinstance(desired, Desired):
        return desired
    return Desired(frame=number_rows(_text_columns(desired, "desired")), problems=schemas.empty(schemas.Problems))


def _text_columns(frame: pd.DataFrame, side: str) -> pd.DataFrame:
    names = [_canonical(str(name), f"{side}: column {name!r}") for name in frame.columns]
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise CompareError(f"{side}: two columns name {twice}; keep one.")
    for name in frame.columns:
        if frame[name].dtype not in ("str", "object", "string") and frame[name].notna().any():
            raise CompareError(f"{side}: column {name!r} is {frame[name].dtype}, not text. Cells are text; true is 'true'.")
        strange = [cell for cell in frame[name].dropna() if not isinstance(cell, str)] if frame[name].dtype == "object" else []
        if strange:
            raise CompareError(f"{side}: column {name!r} holds {strange[0]!r}, which is not text. Write true as 'true'.")
    return frame.set_axis(names, axis="columns").astype("str")


def _refuse_red(findings: pd.DataFrame, accept: Collection[str]) -> None:
    red = findings[(findings["severity"] == "red") & ~findings["finding"].isin(list(accept))]
    if len(red):
        first = red.iloc[0]
        raise CompareError(
            f"the export has a red finding: {first['finding']}: {first['detail']}. "
            f"If that is known and meant: compare(…, accept=[{first['finding']!r}])."
        )


def _unlocked(unlock: Collection[str]) -> frozenset[str]:
    if isinstance(unlock, str):
        raise CompareError(f"unlock is a list of names: unlock=[{unlock!r}].")
    names = set()
    for name in unlock:
        attribute = CORE_ATTRIBUTES.get(name.casefold())
        names.add(attribute.name if attribute else _canonical(name, "unlock"))
    return frozenset(names)


def _side(users: Users | pd.DataFrame, desired: pd.DataFrame, tiers: Sequence[str]) -> _Side:
    if isinstance(users, Users):
        values = read_paths(users, list(dict.fromkeys([*desired.columns, *tiers, "userName", PRIMARY_EMAIL])))
        ids = users.frame["id"]
        return _Side(ids=ids, names=values["userName"].texts, values=values, dialect=users.dialect)
    if "id" not in users.columns:
        raise CompareError("users: the frame has no column 'id'; a change is known by its user's id.")
    frame = _text_columns(users, "users").reset_index(drop=True)
    if frame["id"].isna().any() or frame["id"].duplicated().any():
        raise CompareError("users: column 'id' has a blank or a repeated id; each user has one of its own.")
    # A frame cannot say which element is there: a cell without a value is an element without one.
    values = {
        str(path): PathValues(
            texts=texts.mask(texts == ""),
            found=np.where(texts.isna() & bool(parse_path(str(path)).member), Element.ABSENT, Element.FOUND).astype(np.int8),
            problems={},
            kinds=frozenset(),
        )
        for path, texts in frame.items()
    }
    names = values["userName"].texts if "userName" in values else frame["id"]
    return _Side(ids=frame["id"], names=names, values=values, dialect=RFC7644)


def _keys(tiers: Sequence[str], desired: Desired, side: _Side) -> list[Key]:
    if not tiers:
        raise CompareError("on is empty; name the key both sides have, such as on=['externalId', 'userName'].")
    for path in tiers:
        for name, columns in (("desired", desired.frame.columns), ("users", side.values)):
            if path not in columns:
                raise CompareError(f"on: {path} is not among the {name} paths; there are {', '.join(columns)}.")
    return [
        Key(
            path=path,
            case_exact=(definition := parse_path(path).definition) is None or definition.case_exact,
            desired=desired.frame[path],
            users=side.values[path].texts,
        )
        for path in tiers
    ]


def _rules(desired: pd.DataFrame, side: _Side, unlocked: frozenset[str]) -> dict[str, Rules]:
    rules = {}
    for text in desired.columns:
        if text in side.values:
            path = parse_path(text)
            rules[text] = Rules(
                path=path,
                unlocked=bool({text, path.name} & unlocked),
                dialect=side.dialect,
                held=type_of(path, side.values[text].kinds),
                user_ids=side.ids if text == _MANAGER else None,
            )
    return rules


def _changes(desired: Desired, side: _Side, matches: Matches, known_by: pd.Series[str], rules: dict[str, Rules]) -> pd.DataFrame:
    rows = np.flatnonzero(matches.user_of >= 0)
    positions = matches.user_of[rows]
    frames = [_path_changes(path, rule, desired, side, rows, positions) for path, rule in rules.items()]
    changed = [frame for frame in frames if len(frame)]
    if not changed:
        return schemas.empty(schemas.Changes)
    cells = pd.concat(changed, ignore_index=True)
    row, position = cells.pop("row").to_numpy(), cells.pop("position").to_numpy()
    weak = matches.tier_of[row] > 0
    cells["flags"] = cells["flags"].mask(weak, cells["flags"] + " weak_match").str.strip()
    cells["user_id"] = side.ids.array[position]
    cells["user_name"] = side.names.array[position]
    cells["key"] = known_by.array[row]
    cells["source_line"] = pd.array(desired.frame.index.to_numpy()[row], dtype="Int64")
    cells["pattern"] = patterns.label_changes(cells)
    cells.index = pd.Index(cells["user_id"] + ":" + cells["path"], name="change_id")
    return schemas.check(cells.sort_values(["user_id", "path"]), schemas.Changes)


def _path_changes(
    text: str, rules: Rules, desired: Desired, side: _Side, rows: np.ndarray[Any, Any], positions: np.ndarray[Any, Any]
) -> pd.DataFrame:
    """The differing cells of one path, with where they stand on either side."""
    values = side.values[text]
    before = pd.Series(values.texts.array[positions])
    after = pd.Series(desired.frame[text].array[rows])
    wrong = _mapping_problems(text, desired)
    unmapped = np.isin(rows, list(wrong))
    unread = np.isin(positions, list(values.problems)) & (after.notna().to_numpy() | unmapped)
    different = differing(before, after) | unmapped | unread
    at = np.flatnonzero(different)
    primary = side.values[PRIMARY_EMAIL].texts.array[positions[at]] if PRIMARY_EMAIL in side.values else None
    cells = pd.DataFrame({"before": before.array[at], "after": after.array[at], "found": values.found[positions[at]]})
    cells["primary"] = is_primary_email(rules.path, cells["before"], None if primary is None else pd.Series(primary))
    of_user, of_row = pd.Series(values.problems, dtype="str"), pd.Series(wrong, dtype="str")
    cells["problem"] = of_user.reindex(positions[at]).array
    cells["problem"] = cells["problem"].fillna(pd.Series(of_row.reindex(rows[at]).array))
    cells[["kind", "status", "policy", "flags", "problem"]] = classify(cells, rules)
    return cells.drop(columns=["found", "primary"]).assign(path=text, row=rows[at], position=positions[at])


def _mapping_problems(text: str, desired: Desired) -> dict[int, str]:
    """Position of each row whose cell for this path could not be mapped, to the problem."""
    problems = desired.problems[desired.problems["path"] == text]
    if problems.empty:
        return {}
    rows = desired.frame.index.get_indexer(pd.Index(problems["source_line"].to_numpy(dtype="int64")))
    return {int(row): str(problem) for row, problem in zip(rows, problems["problem"], strict=True) if row >= 0}
