"""Group changes alike under one label, and say which groups deserve a look. Frames in, labels out.

Sits between `matching` (who is who) and `diff` (what differs), which labels its changes here. Thousands of changes read as a
dozen patterns: how many there can be depends on the paths, not on the changes.
"""

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
_SHARE, _SHARE_USERS = 0.5, 20
# Controls, line breaks, and the invisible characters that split or turn a line.
_UNSHOWN = "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u2069\ufeff]"
_MANY = ": many values → "
_ZEROS_GONE = ": leading zeros removed"
_BY_VALUE = r"\[value eq .*$"
_CLEARS = ("clear", "remove_element")

_REASONS = (
    (0, "deactivation", "switches accounts off"),
    (0, "reactivation", "switches accounts on"),
    (0, "identity", "changes what people sign in with"),
    (1, "clears", "clears values"),
    (2, "both_changed", "changed on both sides since the last run"),
    (2, "target_edited", "edited on the target since the last run"),
    (3, "mixed_script", "letters of two scripts in one word"),
    (3, "hidden_characters", "hidden characters"),
    (3, "null_word", "looks like no value"),
    (4, "many", "one value for users who had many"),
    (4, "zeros", "leading zeros are lost, as where a spreadsheet made numbers of them"),
    (1, "keys_disagree", "the keys of row and user do not agree"),
    (5, "weak_match", "matched by a weaker key"),
    (5, "linked", "matched by a link alone"),
)
"""How grave a pattern is (0 is gravest) that has a flag, or clears, or makes many values one; and why."""
_SHARE_GRAVITY, _USUAL = 6, 7
_ODD_TEXT = ("mixed_script", "hidden_characters")
"""What matters of a change in formatting too."""

_Numbers = np.ndarray[Any, np.dtype[np.int64]]
_Mask = np.ndarray[Any, np.dtype[np.bool_]]


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
    return groups["path"] + ": " + _shown(groups["value"]) + " " + groups["way"]


def _cleared(cells: pd.DataFrame) -> pd.Series[str]:
    return _label(cells[cells["kind"].isin(_CLEARS)], [], lambda group: group["path"] + " cleared")


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
    cells = cells[["path", "before", "after"]].assign(grown=cells["after"].str.len() - cells["before"].str.len())
    near = cells[(cells["before"] != "") & (cells["grown"] != 0) & (cells["grown"].abs() <= _MAX_AFFIX)]
    sizes = near["grown"].value_counts()
    found = [_affixes(near[near["grown"] == grown], int(grown)) for grown in sizes.index[sizes >= _AFFIX_VALUES]]
    if not found:
        return pd.Series(index=cells.index[:0], dtype="str")
    affixed = pd.concat(found)
    # One pair of values says more as it stands, however many users it has.
    distinct = ~pd.Series(_number(affixed, ["path", "before", "after"])).duplicated().to_numpy()
    return _label(affixed, ["where", "affix", "way"], _affix, least=_AFFIX_VALUES, counted=distinct)


def _affixes(cells: pd.DataFrame, grown: int) -> pd.DataFrame:
    """The cells that grew by a prefix or suffix of so many characters, or shrank: with ``affix``, and ``where`` it stood."""
    size = abs(grown)
    longer, shorter = (cells["after"], cells["before"]) if grown > 0 else (cells["before"], cells["after"])
    prefixed = longer.str.slice(size) == shorter
    # A number with one more digit is another number, not one with a suffix.
    suffixed = ~prefixed & (longer.str.slice(0, -size) == shorter) & ~longer.str.slice(-size).str.isdecimal()
    cells = cells.assign(way="added" if grown > 0 else "removed")
    before = cells[prefixed].assign(where="prefix", affix=longer[prefixed].str.slice(0, size))
    return pd.concat([before, cells[suffixed].assign(where="suffix", affix=longer[suffixed].str.slice(-size))])


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
    counted: _Mask | None = None,
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


def _number(cells: pd.DataFrame, columns: Sequence[str]) -> _Numbers:
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
    path, before, after = groups["path"], _shown(groups["before"]), _shown(groups["after"])
    return (path + ": " + before + " → " + after).mask(groups["before"] == "", path + " set to " + after)


def _domains(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + ": domain " + _shown(groups["old"]) + " → " + _shown(groups["new"])


def _affix(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + ": " + groups["where"] + " '" + _shown(groups["affix"]) + "' " + groups["way"]


def _many_to_one(groups: pd.DataFrame) -> pd.Series[str]:
    return groups["path"] + _MANY + _shown(groups["after"])


def _shown(values: pd.Series[str]) -> pd.Series[str]:
    """Values as a label shows them: one line, cut. Escaping is for whoever displays it."""
    flat = values.str.slice(0, _MAX_VALUE + 1).str.replace(_UNSHOWN, " ", regex=True)
    return flat.mask(flat.str.len() > _MAX_VALUE, flat.str.slice(0, _MAX_VALUE - 1) + "…")


def group_changes(changes: pd.DataFrame) -> pd.DataFrame:
    """Count the changes of each pattern, and say which patterns are unusual and why. Each change is in one.

    Parameters
    ----------
    changes
        Follows `schemas.Changes`; where there is no ``pattern``, `label_changes` says it.

    Returns
    -------
    pandas.DataFrame
        Follows `schemas.Patterns`, one row a ``pattern``: its (most frequent) ``kind``, how many ``changes`` and ``users`` it has
        and how many are ``tickable``, why it is ``unusual`` (``''`` if it is not), and its first by user id as ``such_as``. The
        gravest come first, then the largest.
    """
    groups = _grouped(changes)
    ordered = groups.sort_values(["gravity", "changes", "pattern"], ascending=[True, False, True], ignore_index=True)
    return ordered.drop(columns=["gravity", "barred"])


def _grouped(changes: pd.DataFrame) -> pd.DataFrame:
    """As `group_changes`, and with how grave a pattern is, and whether a reason bars most of its changes from the routine."""
    codes, names = pd.factorize(_patterns(changes))
    users, ids = pd.factorize(changes["user_id"])
    # A pattern and user, once
    touched = pd.unique(codes * max(len(ids), 1) + users) // max(len(ids), 1)
    first = changes.iloc[_first_by_user(codes, users, ids)]
    groups = pd.DataFrame(
        {
            "pattern": pd.Series(names, dtype="str"),
            "path": first["path"].astype("str").array,
            "kind": _kinds(codes, changes["kind"]).array,
            "changes": _counts(codes, len(names)),
            "users": _counts(touched, len(names)),
            "tickable": _counts(codes[_tickable(changes)], len(names)),
        }
    )
    reasons = _unusual(changes, codes, groups, len(ids))
    groups["unusual"] = pd.Series(["; ".join(why for _, why, _ in one) for one in reasons], dtype="str")
    groups["such_as"] = _in_words(first).array
    groups["gravity"] = [one[0][0] if one else _USUAL for one in reasons]
    groups["barred"] = [any(part > _SHARE for _, _, part in one) for one in reasons]
    return groups


def routine(changes: pd.DataFrame) -> pd.Index[str]:
    """Find the changes that can be ticked and need no look of their own.

    Left out are clears, `active`, each change that is itself flagged (what people sign in with, a weaker match, what was edited
    on the target, odd text), and all of a pattern that is unusual as a whole, or of whose changes most are flagged.

    Parameters
    ----------
    changes
        As `group_changes` takes them; the index is the change ids.

    Returns
    -------
    pandas.Index
        Change ids, in the order of `changes`.
    """
    labelled = changes.assign(pattern=_patterns(changes))
    codes, flags = pd.factorize(labelled["flags"].fillna(""))
    marks = {mark for _, mark, _ in _REASONS}
    flagged = np.array([not marks.isdisjoint(words.split()) for words in flags], dtype=bool)[codes]
    odd = pd.Series(flagged, index=changes.index) | labelled["kind"].isin(_CLEARS) | (labelled["path"] == "active")
    groups = _grouped(labelled)
    barred = labelled["pattern"].isin(groups.loc[groups["barred"], "pattern"])
    return changes.index[_tickable(changes) & ~barred & ~odd]


def _patterns(changes: pd.DataFrame) -> pd.Series[str]:
    return changes["pattern"] if "pattern" in changes else label_changes(changes)


def _tickable(changes: pd.DataFrame) -> _Mask:
    return np.asarray((changes["status"] == "open") & (changes["kind"] != "cosmetic"), dtype=bool)


def _counts(codes: _Numbers, size: int) -> pd.api.extensions.ExtensionArray:
    return pd.array(np.bincount(codes, minlength=size), dtype="Int64")


def _first_by_user(codes: _Numbers, users: _Numbers, ids: pd.Index[str]) -> _Numbers:
    """Position of the first change by user id of each pattern."""
    rank = np.asarray(ids.argsort()).argsort()
    return pd.Series(rank[users]).groupby(codes).idxmin().to_numpy(dtype=np.int64)


def _kinds(codes: _Numbers, kind: pd.Series[str]) -> pd.Series[str]:
    """The most frequent kind of each pattern: one that sets values may also add elements."""
    counts = pd.DataFrame({"code": codes, "kind": kind.array}).value_counts().rename("changes").reset_index()
    counts = counts.sort_values(["code", "changes", "kind"], ascending=[True, False, True])
    return counts.drop_duplicates("code")["kind"].astype("str")


def _unusual(changes: pd.DataFrame, codes: _Numbers, groups: pd.DataFrame, all_users: int) -> list[list[tuple[int, str, float]]]:
    """How grave, why and with what part of its changes each pattern is unusual, gravest first."""
    flag_codes, flags = pd.factorize(changes["flags"].fillna(""))
    labels = pd.Series(groups["pattern"])
    whole = {
        "clears": pd.unique(codes[changes["kind"].isin(_CLEARS)]),
        "many": np.flatnonzero(labels.str.contains(_MANY, regex=False)),
        "zeros": np.flatnonzero(labels.str.endswith(_ZEROS_GONE)),
    }
    found: list[list[tuple[int, str, float]]] = [[] for _ in labels]
    for gravity, mark, why in _REASONS:
        flagged = np.array([mark in words.split() for words in flags], dtype=bool)[flag_codes]
        counts = np.bincount(codes[flagged], minlength=len(labels))
        for at in whole.get(mark, np.flatnonzero(counts)):
            size = groups["changes"].iloc[at]
            part = 1.0 if mark in whole else float(counts[at] / size)
            if groups["kind"].iloc[at] != "cosmetic" or mark in _ODD_TEXT:
                found[at].append((gravity, f"{counts[at]:,} of {size:,}: {why}" if part < 1 else why, part))
    share = groups["users"] / max(all_users, 1)
    for at in np.flatnonzero((share > _SHARE) & (groups["users"] >= _SHARE_USERS) & (groups["kind"] != "cosmetic")):
        found[at].append((_SHARE_GRAVITY, f"touches {share[at]:.0%} of the users that differ", 1.0))
    return found


def _in_words(changes: pd.DataFrame) -> pd.Series[str]:
    """One line a change: "obrien: R&D → Research"."""
    before = changes["before"].astype("str").replace("", None).fillna("(unassigned)")
    after = changes["after"].astype("str").fillna("(not mapped)").replace("", "(unassigned)")
    return _shown(changes["user_name"].fillna(changes["user_id"])) + ": " + _shown(before) + " → " + _shown(after)
