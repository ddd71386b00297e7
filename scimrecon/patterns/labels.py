"""Name the pattern of each change: thousands read as a few dozen labels, however many the changes of a path."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_MAX_VALUE, _MAX_AFFIX = 40, 20
_MAX_LABELS = 8
"""Labels that name values, for one path and rule: the most frequent. What is left reads as "changed"."""
_PAIR_USERS, _DOMAIN_USERS, _MANY_VALUES, _AFFIX_VALUES = 3, 2, 5, 3
_MANAGER_PAIR_USERS = 5
"""Ids tell a reader little, and two people of one team change manager together every day."""
# Controls, line breaks, and the invisible characters that split or turn a line.
_UNSHOWN = "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
MANY = ": many values → "
ZEROS_GONE = ": leading zeros removed"
_BY_VALUE = r"\[value eq .*$"
CLEARS = ("clear", "remove_element")

Numbers = np.ndarray[Any, np.dtype[np.int64]]
Mask = np.ndarray[Any, np.dtype[np.bool_]]


def label_changes(changes: pd.DataFrame) -> pd.Series[str]:
    """Name the pattern of each change.

    The first that fits: cannot be sent (not mapped, or invalid), formatting only, an element of a set, cleared, `active` with
    both values, a domain that moved, leading zeros, a common prefix or suffix, the same pair of values for several users, many
    values become one; else
    "title set" or "title changed". The order of the rows makes no difference. Values are cut to 40 characters. Cost:
    whole-column operations, a million changes in 2 s.

    Parameters
    ----------
    changes
        Columns ``path, before, after, kind``, a user and path once; ``formatting`` (what a cosmetic change alters) if known.

    Returns
    -------
    pandas.Series
        One label a change, on its index.
    """
    rest = _cells(changes)
    unlabelled = np.ones(len(rest), dtype=bool)
    found = []
    for rule in _RULES:
        labels = rule(rest)
        found.append(labels)
        unlabelled[labels.index] = False
        rest = rest[unlabelled[rest.index]]
    return pd.concat(found).sort_index().set_axis(changes.index).rename("pattern")


def _cells(changes: pd.DataFrame) -> pd.DataFrame:
    """The cells as rules see them, rows numbered from 0; ``before`` is ``''`` where unassigned, ``after`` NA where unmapped."""
    # An element of a set is known by its value, which stands in its path; the pattern is the set's.
    path = changes["path"].str.replace(_BY_VALUE, "", regex=True)
    whole = path != changes["path"]
    names = {"path": path.astype("category"), "kind": changes["kind"].astype("category"), "whole": whole}
    texts = {"before": changes["before"].astype("str").fillna(""), "after": changes["after"].astype("str")}
    # Telling which texts are the same takes longer than all else, so it is done once.
    codes = {f"{name}_code": pd.factorize(cells)[0] for name, cells in texts.items()}
    told = {"formatting": changes.get("formatting", ""), "invalid": changes.get("status", "") == "invalid"}
    return pd.DataFrame({**names, **texts, **codes, **told}, index=changes.index).reset_index(drop=True)


def _barred(cells: pd.DataFrame) -> pd.Series[str]:
    barred = cells[cells["after"].isna() | cells["invalid"]]
    return _label(barred, [], lambda group: group["path"] + " cannot be sent")


def _formatting_only(cells: pd.DataFrame) -> pd.Series[str]:
    cosmetic = cells[cells["kind"] == "cosmetic"]
    cosmetic = cosmetic.assign(formatting=cosmetic["formatting"].astype("str").fillna("").replace("", "formatting"))
    return _label(cosmetic, ["formatting"], lambda group: group["path"] + ": " + group["formatting"] + " only", most=len(cells))


def _elements(cells: pd.DataFrame) -> pd.Series[str]:
    """Elements of a set, by value where several users gain or lose it."""
    elements = cells[cells["whole"]]
    gone = elements["kind"] == "remove_element"
    way = pd.Series("added", index=elements.index, dtype="str").mask(gone, "removed")
    told = elements[["path"]].assign(value=elements["after"].mask(gone, elements["before"]), way=way)
    named = _label(told, ["value", "way"], _element, least=_PAIR_USERS)
    rest = told.drop(named.index)
    return pd.concat([named, _label(rest, ["way"], lambda group: group["path"] + ": elements " + group["way"])])


def _element(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + ": " + show_values(groups["value"]) + " " + groups["way"]


def _cleared(cells: pd.DataFrame) -> pd.Series[str]:
    return _label(cells[cells["kind"].isin(CLEARS)], [], lambda group: group["path"] + " cleared")


def _switched(cells: pd.DataFrame) -> pd.Series[str]:
    switches = cells[cells["path"] == "active"]
    known = switches["before"].str.lower().isin(["", "true", "false"]) & switches["after"].str.lower().isin(["true", "false"])
    return _label(switches[known], ["before", "after"], _pair, most=len(cells))


def _managed(cells: pd.DataFrame) -> pd.Series[str]:
    managed = cells[cells["path"] == "manager.value"]
    pairs = _label(managed, ["before", "after"], _pair, least=_MANAGER_PAIR_USERS)
    return pd.concat([pairs, _plain(managed.drop(pairs.index))])


def _domain_moved(cells: pd.DataFrame) -> pd.Series[str]:
    mail = cells[cells["before"].str.contains("@", regex=False) & cells["after"].str.contains("@", regex=False, na=False)]
    (local, old), (same, new) = _address(mail["before"]), _address(mail["after"])
    moved = mail.assign(old=old, new=new)[(local == same) & (old != new)]
    return _label(moved, ["old", "new"], _domains, least=_DOMAIN_USERS)


def _address(texts: pd.Series[str]) -> tuple[pd.Series[str], pd.Series[str]]:
    """What stands before and behind the @ of each text, in lower case; NA where it is no address."""
    # A regular expression takes ten times as long.
    parts = pc.split_pattern(pa.array(texts.str.lower(), pa.large_string()), "@")
    local, domain = (pd.Series(pd.array(pc.list_element(parts, at), dtype="str"), index=texts.index) for at in (0, 1))
    one_at = pc.equal(pc.list_value_length(parts), 2).to_numpy(zero_copy_only=False)
    proper = one_at & (local != "") & (domain != "") & ~texts.str.contains(" ", regex=False)
    return local.where(proper), domain.where(proper)


def _zeros_led(cells: pd.DataFrame) -> pd.Series[str]:
    led = cells[cells["before"].str.startswith("0") | cells["after"].str.startswith("0", na=False)]
    before, after = led["before"], led["after"]
    digits = before.str.isdecimal() & after.str.isdecimal() & before.str.isascii() & after.str.isascii()
    same = digits & (before.str.lstrip("0") == after.str.lstrip("0"))
    way = pd.Series("added", index=led.index, dtype="str").where(before.str.len() < after.str.len(), "removed")
    return _label(led.assign(way=way)[same], ["way"], lambda group: group["path"] + ": leading zeros " + group["way"])


def _paired(cells: pd.DataFrame) -> pd.Series[str]:
    return _label(cells, ["before", "after"], _pair, least=_PAIR_USERS)


def _made_one(cells: pd.DataFrame) -> pd.Series[str]:
    replaced = cells[cells["before"] != ""]
    distinct = ~pd.Series(_number(replaced, ["path", "before", "after"])).duplicated().to_numpy()
    return _label(replaced, ["after"], _many_to_one, least=_MANY_VALUES, counted=distinct)


def _affixed(cells: pd.DataFrame) -> pd.Series[str]:
    grown = (cells["after"].str.len() - cells["before"].str.len()).to_numpy()
    near = np.flatnonzero((cells["before"] != "") & (grown != 0) & (np.abs(grown) <= _MAX_AFFIX))
    sizes, counts = np.unique(grown[near], return_counts=True)
    found = [_affixes(cells, near[grown[near] == size], int(size)) for size in sizes[counts >= _AFFIX_VALUES]]
    if not sum(map(len, found)):
        return pd.Series(index=cells.index[:0], dtype="str")
    told = pd.concat([one for one in found if len(one)])
    affixed = cells.iloc[told.index].assign(where=told["where"].array, affix=told["affix"].array, way=told["way"].array)
    # One pair of values says more as it stands, however many users it has.
    distinct = ~pd.Series(_number(affixed, ["path", "before", "after"])).duplicated().to_numpy()
    return _label(affixed, ["where", "affix", "way"], _affix, least=_AFFIX_VALUES, counted=distinct)


def _affixes(cells: pd.DataFrame, places: Numbers, grown: int) -> pd.DataFrame:
    """Which of the cells there grew by a prefix or suffix of so many characters, or shrank: by place, ``where, affix, way``."""
    size = abs(grown)
    # On Arrow's texts: there are as many sizes as there are lengths, and a frame a size would cost more than the texts.
    texts, short = (
        pa.array(cells[side].array[places], pa.large_string()) for side in ("after", "before")[:: 1 if grown > 0 else -1]
    )
    head, tail = pc.utf8_slice_codeunits(texts, 0, size), pc.utf8_slice_codeunits(texts, -size)
    prefixed = np.asarray(pc.equal(pc.utf8_slice_codeunits(texts, size), short))
    suffixed = ~prefixed & np.asarray(pc.equal(pc.utf8_slice_codeunits(texts, 0, -size), short))
    if not (prefixed | suffixed).any():
        return pd.DataFrame()
    affix = pd.Series(pd.array(pc.if_else(pa.array(prefixed), head, tail), dtype="str"), index=places)
    # A number with one more digit is another number, not one with a suffix.
    kept = prefixed | (suffixed & ~affix.str.isdecimal().to_numpy())
    where = pd.Series("suffix", index=places, dtype="str").mask(prefixed, "prefix")
    told: pd.DataFrame = pd.DataFrame({"where": where, "affix": affix, "way": "added" if grown > 0 else "removed"})[kept]
    return told


def _plain(cells: pd.DataFrame) -> pd.Series[str]:
    verb = pd.Series("changed", index=cells.index, dtype="str").mask(cells["before"] == "", "set")
    return _label(cells.assign(verb=verb), ["verb"], lambda group: group["path"] + " " + group["verb"])


_RULES = (
    _barred, _formatting_only, _elements, _cleared, _switched, _managed, _domain_moved, _zeros_led, _affixed, _paired,
    _made_one, _plain,
)  # fmt: skip


def _label(
    cells: pd.DataFrame,
    by: Sequence[str],
    wording: Callable[[pd.DataFrame], pd.Series[str]],
    *,
    least: int = 1,
    most: int = _MAX_LABELS,
    counted: Mask | None = None,
) -> pd.Series[str]:
    """Label the cells of each path that are alike in `by`, where they are at least `least`: the `most` most frequent groups.

    A cell with NA in `by` is in no group. `counted`: the cells that make a group's size, if not all.
    """
    numbers = _number(cells, ["path", *by])
    known = numbers >= 0
    sizes = np.bincount(numbers[known if counted is None else known & counted], minlength=numbers.max(initial=-1) + 1)
    one_of = np.zeros(len(sizes), dtype=np.int64)
    one_of[numbers[known]] = np.flatnonzero(known)
    frequent = np.flatnonzero(sizes >= least)
    if not len(frequent):
        return pd.Series(index=cells.index[:0], dtype="str")
    groups = cells.iloc[one_of[frequent]][["path", *by]].set_axis(frequent).assign(size=sizes[frequent])
    if len(groups) > most:
        groups = groups.sort_values(["path", "size", *by], ascending=[True, False, *[True] * len(by)])
        groups = groups[groups.groupby("path", observed=True).cumcount() < most]
    # One place more, for the number -1.
    place = np.full(len(sizes) + 1, -1)
    place[groups.index] = np.arange(len(groups))
    place = place[numbers]
    labels = wording(groups.astype({"path": "str"}))
    return pd.Series(labels.array[place[place >= 0]], index=cells.index[place >= 0], dtype="str")


def _number(cells: pd.DataFrame, columns: Sequence[str]) -> Numbers:
    """Number the rows from 0, those alike in the columns equally; -1 where one is NA."""
    numbers, missing = np.zeros(len(cells), dtype=np.int64), np.zeros(len(cells), dtype=bool)
    for column in columns:
        code = f"{column}_code"
        codes = cells[code].to_numpy() if code in cells else pd.factorize(cells[column])[0]
        missing |= codes < 0
        # A thousand paths by ten million values on either side still fit 64 bits.
        numbers = numbers * (codes.max(initial=0) + 2) + codes
    return np.where(missing, -1, pd.factorize(numbers)[0])


def _pair(groups: pd.DataFrame) -> pd.Series[str]:
    path, before, after = groups["path"], show_values(groups["before"]), show_values(groups["after"])
    return (path + ": " + before + " → " + after).mask(groups["before"] == "", path + " set to " + after)


def _domains(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + ": domain " + show_values(groups["old"]) + " → " + show_values(groups["new"])


def _affix(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + ": " + groups["where"] + " '" + show_values(groups["affix"]) + "' " + groups["way"]


def _many_to_one(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + MANY + show_values(groups["after"])


def show_values(values: pd.Series[str]) -> pd.Series[str]:
    """Write values as a label shows them: one line, cut. Escaping is for whoever displays it."""
    flat = values.str.slice(0, _MAX_VALUE + 1).str.replace(_UNSHOWN, " ", regex=True)
    return flat.mask(flat.str.len() > _MAX_VALUE, flat.str.slice(0, _MAX_VALUE - 1) + "…")
