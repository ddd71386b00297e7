"""Decisions of who is who: a table an analyst saves, used before any key and verified each time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from scimrecon.errors import CompareError, PathError
from scimrecon.matching.keys import Key, Positions, link_form
from scimrecon.paths import parse_path
from scimrecon.values import shorten

_COLUMNS = ("path", "key", "user_id", "user_name")
DECISIONS = ("accept", "reject", "never")
"""What an analyst may say of a row and a user: they are one person, they are not; ``never``: the row has no user at all."""
_HOW_TO_READ = "read the table with pandas.read_csv(file, dtype='str', keep_default_na=False)"


def make_links(
    path_of_rows: Sequence[str] | pd.Series[str],
    keys_of_rows: Sequence[str] | pd.Series[str],
    user_ids: Sequence[str] | pd.Series[str],
    user_names: Sequence[str] | pd.Series[str],
) -> pd.DataFrame:
    """Make the link table of matched rows: what `check_links` takes.

    Parameters
    ----------
    path_of_rows, keys_of_rows, user_ids, user_names
        For each matched row what it goes by (`key_paths`, `key_texts`), and its user.

    Returns
    -------
    pandas.DataFrame
        Text columns ``path, key, user_id, user_name``, one row a matched row. Save it with ``to_csv(file, index=False)``, read it
        with ``pandas.read_csv(file, dtype="str", keep_default_na=False)``.
    """
    given = (path_of_rows, keys_of_rows, user_ids, user_names)
    return pd.DataFrame({name: pd.Series(list(cells), dtype="str") for name, cells in zip(_COLUMNS, given, strict=True)})


def check_links(frame: pd.DataFrame, keys: Sequence[Key]) -> pd.DataFrame:
    """Check a link table and bring it to one form.

    Cost: one normal form and one hash of the links.

    Parameters
    ----------
    frame
        Text columns ``key`` and ``user_id``, perhaps ``path`` (where blank: that of the first key) and ``user_name``. Where there
        is a ``decision``, only rows that say "accept" are links; for the others there is `check_rejections`. Repetitions are
        ignored.
    keys
        The tiers.

    Returns
    -------
    pandas.DataFrame
        Text columns ``path, key, user_id, user_name``, one row a link; index 0…n-1.

    Raises
    ------
    CompareError
        It is no such table; a key or id is blank; a path is not among the keys; a key is linked to two users, or a user from two
        keys.
    """
    frame = _decided(frame, ["accept"])
    texts = _text_columns(frame)
    for name in ("key", "user_id"):
        _refuse_blank(texts, name, frame.index)
    texts["path"] = _paths(texts["path"], keys)
    forms = pd.Series(pd.NA, index=texts.index, dtype="str")
    for key in keys:
        mine = texts["path"] == key.path
        forms[mine] = link_form(texts.loc[mine, "key"], key)
    texts = texts.assign(form=forms.fillna(texts["key"]), row=frame.index)
    links = texts.drop_duplicates(["path", "form", "user_id"], keep="last")
    _refuse_twice(links, ["path", "form"])
    _refuse_twice(links, ["user_id"])
    return links[list(_COLUMNS)].reset_index(drop=True)


def check_rejections(frame: pd.DataFrame, keys: Sequence[Key]) -> pd.DataFrame:
    """Take the rows of a link table that say who is not whom.

    Parameters
    ----------
    frame
        As `check_links` takes it; where ``decision`` is "reject", the row with this key is not this user, where it is "never",
        it is nobody's.
    keys
        The tiers.

    Returns
    -------
    pandas.DataFrame
        Text columns ``path, key, user_id, decision``; index 0…n-1.

    Raises
    ------
    CompareError
        A key is blank, or the id of a user who was rejected; a path is not among the keys.
    """
    if "decision" not in frame.columns:
        return pd.DataFrame(columns=["path", "key", "user_id", "decision"], dtype="str")
    frame = _decided(frame, ["reject", "never"])
    texts = _text_columns(frame).assign(decision=pd.Series(frame["decision"].array, dtype="str"))
    _refuse_blank(texts, "key", frame.index)
    rejected = (texts["decision"] == "reject").to_numpy()
    _refuse_blank(texts[rejected], "user_id", frame.index[rejected])
    texts["path"] = _paths(texts["path"], keys)
    return texts[["path", "key", "user_id", "decision"]]


def find_tiers(links: pd.DataFrame, keys: Sequence[Key]) -> Positions:
    """Give, for each link that `check_links` let through, the tier of its path."""
    paths = [key.path for key in keys]
    return np.asarray(links["path"].map({path: paths.index(path) for path in paths}), dtype=np.int64)


def _decided(frame: pd.DataFrame, decisions: Sequence[str]) -> pd.DataFrame:
    """Take the rows with one of these decisions; without the column, every row accepts."""
    if not isinstance(frame, pd.DataFrame) or "decision" not in frame.columns:
        return frame
    strange = frame.index[~frame["decision"].isin(DECISIONS)]
    if len(strange):
        said = shorten(str(frame.loc[strange[0], "decision"]))
        raise CompareError(f"links row {strange[0]}: decision {said!r} is none; there are {', '.join(DECISIONS)}.")
    return frame[frame["decision"].isin(decisions)]


def _refuse_blank(texts: pd.DataFrame, name: str, index: pd.Index[Any]) -> None:
    """Refuse a column with a blank cell; `index` is the table's own."""
    blank = (texts[name].isna() | (texts[name].str.strip() == "")).to_numpy()
    if blank.any():
        raise CompareError(
            f"links row {index[blank][0]}: no {name}. Drop the row; if it is a word such as NA or null, {_HOW_TO_READ}."
        )


def _text_columns(frame: object) -> pd.DataFrame:
    if not isinstance(frame, pd.DataFrame):
        raise CompareError(f"links takes a DataFrame with columns key and user_id, not {type(frame).__name__}; {_HOW_TO_READ}.")
    texts = pd.DataFrame(index=range(len(frame)))
    for name in _COLUMNS:
        if name not in frame.columns:
            if name in ("key", "user_id"):
                listed = ", ".join(map(str, frame.columns)) or "none"
                raise CompareError(f"links: no column {name!r}; there are {listed}. A link has key and user_id.")
            texts[name] = pd.Series(pd.NA, index=texts.index, dtype="str")
            continue
        if int((frame.columns == name).sum()) > 1:
            raise CompareError(f"links: column {name!r} stands twice; keep one.")
        column = frame[name]
        strange = [] if column.dtype == "str" else [cell for cell in column.dropna().unique() if not isinstance(cell, str)]
        if strange:
            raise CompareError(f"links: column {name!r} holds {shorten(str(strange[0]))}, which is not text; {_HOW_TO_READ}.")
        texts[name] = column.astype("str").array
    return texts


def _paths(given: pd.Series[str], keys: Sequence[Key]) -> pd.Series[str]:
    """Spell the paths as the keys do."""
    known = [key.path for key in keys]
    spelled = {}
    for text in given.dropna().unique().tolist():
        try:
            spelled[text] = str(parse_path(text)) if text.strip() else known[0]
        except PathError:
            spelled[text] = text
        if spelled[text] not in known:
            raise CompareError(
                f"links: path {shorten(text)!r} is not among the keys, {', '.join(known)}. Add it to on, or drop its links."
            )
    return given.map(spelled).astype("str").fillna(known[0])


def _refuse_twice(links: pd.DataFrame, columns: list[str]) -> None:
    """Refuse a key with two users, or a user with two keys."""
    twice = links[links.duplicated(columns, keep=False)]
    if twice.empty:
        return
    one = twice[(twice[columns] == twice[columns].iloc[0]).all(axis="columns")].iloc[:2]
    said = [f"{path} {shorten(key)!r} (row {row})" for path, key, row in zip(one["path"], one["key"], one["row"], strict=True)]
    users = [repr(shorten(user)) for user in one["user_id"]]
    if columns == ["user_id"]:
        raise CompareError(
            f"links: user {users[0]} is linked from {said[0]} and from {said[1]}. Keep the right one; if that is always "
            "the last: links.drop_duplicates('user_id', keep='last')."
        )
    raise CompareError(
        f"links: {said[0]} is linked to user {users[0]}, {said[1]} to user {users[1]}. Keep the one that is right."
    )
