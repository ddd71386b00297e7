"""Users nobody may change by this comparison: break-glass administrators, service accounts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from scimrecon.errors import CompareError
from scimrecon.values import normalise, shorten

Protect: TypeAlias = Collection[str] | Callable[[pd.DataFrame], "pd.Series[bool]"]
"""Ids and userNames, or a predicate over the users' frame."""
_MAX_NAMES = 5


def find_protected(
    protect: Protect, frame: pd.DataFrame, ids: pd.Series[str], names: pd.Series[str]
) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], list[str]]:
    """Tell which users are protected.

    Parameters
    ----------
    protect
        Ids (exactly as the target writes them) and userNames (without regard to case), or a predicate that takes `frame` and
        gives one boolean a row.
    frame
        The users, one row each, in the order of `ids`.
    ids, names
        The users.

    Returns
    -------
    tuple
        One boolean a user, and what of `protect` names nobody.

    Raises
    ------
    CompareError
        `protect` is one text, holds something else than texts, or its predicate does not give one boolean a user.
    """
    if isinstance(protect, str):
        raise CompareError(f"protect is a list of ids and userNames: protect=[{protect!r}].")
    if callable(protect):
        return _by_predicate(protect, frame), []
    if isinstance(protect, Mapping) or not isinstance(protect, Collection):
        raise CompareError("protect is a list of ids and userNames, or a function over the users' frame.")
    wanted = list(protect)
    strange = [one for one in wanted if not isinstance(one, str) or not one.strip()]
    if strange:
        raise CompareError(f"protect: {strange[0]!r} is neither an id nor a userName.")
    if not wanted:
        return np.zeros(len(ids), dtype=bool), []
    sought = normalise(pd.Series(wanted, dtype="str"), case_exact=False)
    known = normalise(names.reset_index(drop=True), case_exact=False)
    found = ids.isin(wanted).to_numpy() | known.isin(sought).to_numpy()
    missed = ~(pd.Series(wanted, dtype="str").isin(ids[found]) | sought.isin(known[found]))
    return found, [one for one, lost in zip(wanted, missed, strict=True) if lost]


def refuse_unknown(unknown: Sequence[str]) -> None:
    """Refuse to protect who is not there.

    Raises
    ------
    CompareError
        Some are not; the message names the first of them.
    """
    if unknown:
        raise CompareError(f"protect: no user has the id or userName {list_names(unknown)}. Correct it, or leave it out.")


def list_names(names: Sequence[str]) -> str:
    """Write the first of some names in a line."""
    return ", ".join(map(repr, names[:_MAX_NAMES])) + (", …" if len(names) > _MAX_NAMES else "")


def _by_predicate(
    predicate: Callable[[pd.DataFrame], pd.Series[bool]], frame: pd.DataFrame
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    answer = predicate(frame.copy(deep=False))
    if not isinstance(answer, pd.Series | np.ndarray) or len(answer) != len(frame) or answer.dtype not in ("bool", "boolean"):
        raise CompareError(
            f"protect: the function must give one True or False a user ({len(frame)} of them), "
            f"not {shorten(repr(answer))}. A missing value is neither: fillna(False) first."
        )
    series = pd.Series(answer)
    if series.isna().any():
        raise CompareError("protect: the function gave a missing value for a user; fillna(False), or True, says which is meant.")
    return series.to_numpy(dtype=bool)
