"""Multi-valued attributes as sets: which elements are missing, and which are there that nobody asked for.

An element is known by its ``type``, and by its ``value`` where there is no type or several elements share it. Each becomes a
change of its own, under a path that names it: ``roles[value eq "auditor"].value``, ``phoneNumbers[type eq "fax"].value``.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
import orjson
import pandas as pd

from scimrecon.errors import CompareError
from scimrecon.paths import AttributePath, Element
from scimrecon.values import Comparator, shorten

_JOINED = r"[;|\n]"
_SEVERAL = "this looks like several values in one: sr.column(…, separator=';') takes them apart"
_TWICE = "several elements of this user hold this value; which is meant cannot be told"


def split_cell(text: str) -> list[str]:
    """Read the cell of a set: a JSON array of texts, or one value; ``''`` is the empty set."""
    if text.startswith("["):
        try:
            values = orjson.loads(text)
        except orjson.JSONDecodeError:
            return [text]
        if all(isinstance(value, str) for value in values):
            return [value for value in values if value]
    return [text] if text else []


def split_column(texts: pd.Series[str], positions: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Take a column of sets apart: one row a value, with the position it stands at.

    Returns
    -------
    pandas.DataFrame
        Columns ``position, value``.

    Raises
    ------
    CompareError
        A cell begins like a JSON array and is none.
    """
    known = texts.notna().to_numpy()
    cells = {text: split_cell(text) for text in texts[known].unique()}
    broken = next((text for text, values in cells.items() if text.startswith("[") and values == [text]), None)
    if broken is not None:
        raise CompareError(f"{texts.name}: {shorten(broken)!r} begins like a JSON array, and is none of texts.")
    lists = texts[known].map(cells)
    long = pd.DataFrame({"position": positions[known], "value": lists.array}).explode("value", ignore_index=True)
    return long.dropna(subset="value").astype({"value": "str"})


def set_cells(
    name: str, asked: pd.Series[str], positions: np.ndarray[Any, Any], elements: pd.DataFrame, comparator: Comparator
) -> pd.DataFrame:
    """Compare the sets of one attribute: one row for each element that is missing, surplus, or differs in formatting.

    Parameters
    ----------
    name
        The attribute.
    asked
        One cell a matched user: a JSON array of texts, ``''`` for none of them, NA for no opinion.
    positions
        Those users' positions.
    elements
        As `users.read_elements` gives them.
    comparator
        Tells which values are one.

    Returns
    -------
    pandas.DataFrame
        Columns ``position, path, before, after, found, primary, filled, problem``.
    """
    wanted = split_column(asked, positions)
    opinion = positions[asked.notna().to_numpy()]
    if wanted.empty and not elements["position"].isin(opinion).any():
        nothing = pd.Series([], dtype="str")  # pandas does not join two empty frames
        return _cells(
            np.array([], dtype=np.int64), path=nothing, before=nothing, after=nothing, elements=elements,
            primary=nothing.isna(), twice=nothing.isna(),
        )  # fmt: skip
    wanted["normal"] = comparator.normalise(wanted["value"])
    held = elements[elements["position"].isin(opinion)].copy()
    held["normal"] = comparator.normalise(held["value"])
    held["twice"] = held.duplicated(["position", "normal"], keep=False)
    keys = ["position", "normal"]
    both = _distinct(wanted, held).merge(
        _distinct(held, wanted), on=keys, how="outer", suffixes=("_asked", "_held"), indicator=True
    )
    changed = both[(both["_merge"] != "both") | (both["value_asked"] != both["value_held"])]
    named = changed["value_held"].fillna(changed["value_asked"])
    surplus = changed["_merge"] == "right_only"
    added = changed["_merge"] == "left_only"
    joined = added & changed["value_asked"].str.contains(_JOINED, regex=True, na=False)
    if elements["value"].str.contains(_JOINED, regex=True).any():
        joined[:] = False  # here values do hold such marks
    cells = _cells(
        changed["position"].to_numpy(),
        path=_by_value(name, named),
        before=changed["value_held"],
        after=changed["value_asked"].mask(surplus, ""),
        elements=elements,
        primary=changed["primary"].eq(other=True),
        twice=changed["twice"].eq(other=True),
    )
    return cells.assign(problem=cells["problem"].mask(joined.to_numpy(dtype=bool), _SEVERAL))


def _distinct(side: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Keep one element of each normal form: the one that the other side has letter by letter, else the first by its text."""
    there = [pd.MultiIndex.from_frame(one[["position", "value"]]) for one in (side, other)]
    ranked = side.assign(apart=~there[0].isin(there[1])).sort_values(["position", "normal", "apart", "value"])
    return ranked.drop_duplicates(["position", "normal"]).drop(columns="apart")


def surplus_cells(
    name: str, paths: Sequence[AttributePath], positions: np.ndarray[Any, Any], elements: pd.DataFrame
) -> pd.DataFrame:
    """List the elements that no mapped path names, to be taken away.

    Parameters
    ----------
    name
        The attribute.
    paths
        Its mapped paths.
    positions
        Of the users the export has an opinion on.
    elements
        As `users.read_elements` gives them.

    Returns
    -------
    pandas.DataFrame
        As `set_cells`.
    """
    kinds = elements["type"].str.casefold()
    named = np.zeros(len(elements), dtype=bool)
    for path in paths:
        if path.member == "type":
            named |= (kinds == str(path.literal).casefold()).to_numpy() | (elements["alone"] & kinds.isna()).to_numpy()
        elif path.member == "primary":
            named |= (elements["primary"] == path.literal).to_numpy() | elements["alone"].to_numpy()
        else:
            named |= (elements["value"].str.casefold() == str(path.literal).casefold()).to_numpy()
    rest = elements[~named & elements["position"].isin(positions).to_numpy()]
    places = pd.DataFrame({"position": elements["position"], "type": kinds, "value": elements["value"].str.casefold()})
    by_type = (rest["type"].notna() & ~places.duplicated(["position", "type"], keep=False)[rest.index]).to_numpy()
    texts = _by_value(name, rest["value"]).mask(by_type, _by(name, "type", rest["type"].fillna("")))
    twice = places.duplicated(["position", "value"], keep=False)[rest.index] & ~by_type
    return _cells(
        rest["position"].to_numpy(),
        path=texts,
        before=rest["value"],
        after=pd.Series("", index=rest.index, dtype="str"),
        elements=elements,
        primary=rest["primary"],
        twice=twice,
    )


def _cells(
    positions: np.ndarray[Any, Any],
    *,
    path: pd.Series[str],
    before: pd.Series[str],
    after: pd.Series[str],
    elements: pd.DataFrame,
    primary: pd.Series[bool],
    twice: pd.Series[bool],
) -> pd.DataFrame:
    has_primary = np.isin(positions, elements.loc[elements["primary"], "position"].to_numpy())
    missing = before.isna().to_numpy()
    return pd.DataFrame(
        {
            "position": positions,
            "path": path.to_numpy(dtype=object),
            "before": before.array,
            "after": after.array,
            "found": np.where(missing, Element.ABSENT, Element.FOUND).astype(np.int8),
            "primary": primary.to_numpy(dtype=bool) | ~has_primary,
            "filled": np.isin(positions, elements["position"].to_numpy()),
            "problem": pd.Series(pd.NA, index=range(len(positions)), dtype="str").mask(twice.to_numpy(dtype=bool), _TWICE),
        }
    ).astype({"path": "str", "before": "str", "after": "str"})


def _by_value(name: str, values: pd.Series[str]) -> pd.Series[str]:
    return _by(name, "value", values)


def _by(name: str, member: str, values: pd.Series[str]) -> pd.Series[str]:
    quoted = {value: json.dumps(value, ensure_ascii=False) for value in values.dropna().unique()}
    return f"{name}[{member} eq " + values.map(quoted).astype("str") + "].value"
