"""References, such as the manager, as ids of the target's users; a second pass, after the users are matched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.diff.options import Options
from scimrecon.diff.references import describe_cycle, find_cycles, resolve_references
from scimrecon.diff.sides import Side
from scimrecon.mapping import Desired, Reference
from scimrecon.matching import Matches, Positions
from scimrecon.paths import parse_path
from scimrecon.values import make_comparator

MANAGER = "manager.value"


def resolve_all(desired: Desired, side: Side, matches: Matches, options: Options) -> Desired:
    """Put the target's id in the place of each reference; one that cannot be resolved becomes a problem of its cell.

    Cost: whole-column operations a reference.
    """
    frame, problems = desired.frame.copy(deep=False), [desired.problems]
    for path, reference in desired.references.items():
        if path not in frame.columns:
            continue
        raw = frame[path]
        by_path = options.comparator_of(parse_path(reference.on)) if reference.on else make_comparator("case_insensitive")
        resolved = resolve_references(
            raw.reset_index(drop=True),
            own_keys=_own_keys(desired, reference),
            user_keys=side.values[reference.on].texts if reference.on in side.values else None,
            user_of=matches.user_of,
            user_ids=side.ids,
            user_names=side.names,
            lines=desired.frame.index.tolist(),
            normalise=by_path.normalise,
            path=path,
            on=reference.on or reference.column,
        )
        frame[path] = resolved.ids.array
        problems.append(_problems(resolved.problems, path, raw))
        if path == MANAGER:
            problems.append(_problems(_cycles(resolved.ids, side, matches), path, raw))
    return replace(desired, frame=frame, problems=pd.concat(problems, ignore_index=True))


def _own_keys(desired: Desired, reference: Reference) -> pd.Series[str] | None:
    """The file's side: a column of the export, or what is mapped to the attribute."""
    keys = reference.keys if reference.keys is not None else desired.frame.get(reference.on)
    return None if keys is None else keys.reindex(desired.frame.index).reset_index(drop=True)


def _problems(found: Mapping[int, str], path: str, raw: pd.Series[str]) -> pd.DataFrame:
    if not found:
        return schemas.empty(schemas.Problems)
    rows = list(found)
    frame = pd.DataFrame(
        {"source_line": raw.index[rows], "path": path, "value": raw.iloc[rows].array, "problem": list(found.values())}
    )
    return schemas.check(frame, schemas.Problems)


def _cycles(ids: pd.Series[str], side: Side, matches: Matches) -> dict[int, str]:
    """Desired rows whose new manager would close a circle of managers."""
    position = pd.Index(side.ids)
    current = side.values[MANAGER].texts if MANAGER in side.values else pd.Series(pd.NA, index=side.ids.index, dtype="str")
    after = current.reset_index(drop=True)
    rows = np.flatnonzero((matches.user_of >= 0) & ids.notna().to_numpy())
    users: Positions = matches.user_of[rows]
    before = after.iloc[users].fillna("").to_numpy()
    after = after.mask(np.isin(np.arange(len(after)), users), ids.iloc[rows].set_axis(users).reindex(after.index))
    manager_of = position.get_indexer(pd.Index(after)).astype(np.int64)
    closed = find_cycles(manager_of)
    moved = before != ids.iloc[rows].to_numpy()
    return {
        int(row): "the managers would form a circle: " + describe_cycle(int(user), manager_of, side.names)
        for row, user in zip(rows[moved & closed[users]], users[moved & closed[users]], strict=True)
    }
