"""Who might be who, for those no key matched: approximate, explained, and never applied by itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from scimrecon.errors import CompareError
from scimrecon.matching.blocks import find_pairs, make_blocks, replace, surname_blocks
from scimrecon.matching.keys import Positions
from scimrecon.values import PLAIN_LETTERS, each_distinct, is_ascii, shorten

Scores: TypeAlias = np.ndarray[Any, np.dtype[np.float64]]
Texts: TypeAlias = np.ndarray[Any, np.dtype[np.object_]]
_Scorer: TypeAlias = "Callable[[Texts, Positions, Positions], Scores]"
"""Takes distinct texts, and which of them to compare with which."""

_LEAD = 5.0
"""How far, of 100, the best must be ahead of the next to stand alone."""
_EVIDENCE = 3.0
"""The least weight of names, logins and numbers two people must both have: a given name alone is none."""
_CHUNK = 1_000_000
"""Pairs scored at a time."""
_SHOWN = 40
"""Characters of a value in a reason."""
_SEPARATORS = str.maketrans("._-", "   ")


class Role(StrEnum):
    """How a path's texts compare."""

    NAME = "name"
    LOGIN = "login"
    NUMBER = "number"
    MINOR = "minor"


_WEIGHTS = {
    "name.familyName": (Role.NAME, 3.0),
    "name.givenName": (Role.NAME, 1.5),
    "displayName": (Role.NAME, 3.0),
    "name.formatted": (Role.NAME, 3.0),
    "userName": (Role.LOGIN, 3.0),
    "employeeNumber": (Role.NUMBER, 3.0),
    "externalId": (Role.NUMBER, 3.0),
    "title": (Role.MINOR, 0.5),
    "department": (Role.MINOR, 0.5),
}
"""What is compared, in the order reasons tell it; mail addresses come after the login."""
_MAIL = (Role.LOGIN, 3.0)


@dataclass(frozen=True, kw_only=True)
class _Shared:
    """A path both sides have: its texts, and the form that is compared, by position."""

    path: str
    role: Role
    weight: float
    texts: tuple[pd.Series[str], pd.Series[str]]
    """Of rows and of users."""
    forms: tuple[pd.Series[str], pd.Series[str]]


def propose_matches(desired: pd.DataFrame, users: pd.DataFrame, *, limit: int = 3, min_score: float = 75.0) -> pd.DataFrame:
    """Propose who might be who among those left. Nothing is applied: what an analyst agrees with becomes links.

    A score is the weighted mean over the paths both have: names word by word, logins and mail addresses by what stands before
    the ``@``, numbers without leading zeros; title and department count little. Only people who share a block are compared:
    letters of a surname or a login, a mail domain and first letters, the same words in a name, the same number; a block that is
    too big is split, or left out. The outcome does not depend on the order of rows or columns.

    Cost: some 50 pairs a person, 3 to 5 s for 10,000 on either side, and 100 bytes a pair.

    Parameters
    ----------
    desired
        Rows left over; the index is their lines in the source. Text columns by SCIM path.
    users
        Users left over: ``id``, ``user_name``, and text columns by SCIM path. Paths that both have are compared.
    limit
        Proposals a row, at most.
    min_score
        Of 100.

    Returns
    -------
    pandas.DataFrame
        ``source_line`` (Int64), ``key`` (NA, for the caller), ``user_id``, ``user_name``, ``score`` (Float64), ``rank`` (Int64, 1
        is the row's best), ``alone`` (boolean: each is the other's best, by 5 at least) and ``reason``; by line, the best first.

    Raises
    ------
    CompareError
        rapidfuzz is not installed, the frames lack their ids or lines, or `limit` or `min_score` is out of range.
    """
    _check(desired, users, limit, min_score)
    scorers = _load_scorers()
    sides = users.loc[:, ~users.columns.duplicated()]
    shared = _share(desired, sides)
    pairs = find_pairs(_blocks(shared, 0), _blocks(shared, 1), (len(desired), len(users)))
    found = _score(pairs, shared, scorers, len(users), min_score)
    found["user_id"] = sides["id"].astype("str").array[found["user"].to_numpy()]
    found["source_line"] = pd.array(desired.index.to_numpy()[found["row"]], dtype="Int64")
    best = _rank(found, limit, min_score)
    best["reason"] = _explain(best, shared, scorers)
    best["key"] = pd.Series(pd.NA, index=best.index, dtype="str")
    best["user_name"] = sides["user_name"].astype("str").array[best["user"].to_numpy()]
    return best[["source_line", "key", "user_id", "user_name", "score", "rank", "alone", "reason"]]


def _check(desired: pd.DataFrame, users: pd.DataFrame, limit: int, min_score: float) -> None:
    if not (pd.api.types.is_integer_dtype(desired.index.dtype) or desired.empty):
        raise CompareError(f"propose_matches: the index of desired is {desired.index.dtype}; it must be source lines.")
    missing = [name for name in ("id", "user_name") if name not in users.columns]
    if missing:
        raise CompareError(f"propose_matches: users has no column {missing[0]!r}.")
    if limit < 1:
        raise CompareError(f"limit={limit}: it is the number of proposals a row, 1 or more.")
    if not 0 <= min_score <= 100:
        raise CompareError(f"min_score={min_score}: a score is between 0 and 100.")


def _load_scorers() -> dict[Role, _Scorer]:
    try:
        from rapidfuzz import fuzz, process
    except ImportError:
        raise CompareError("proposing matches needs rapidfuzz: pip install 'scimrecon[clean]'") from None

    def by(scorer: Callable[..., float], texts: Texts, left: Positions, right: Positions) -> Scores:
        return np.asarray(process.cpdist(texts[left].tolist(), texts[right].tolist(), scorer=scorer), dtype=np.float64)

    def by_words(texts: Texts, left: Positions, right: Positions) -> Scores:
        # Words in common count much, words that only one has still count against it.
        return (by(fuzz.token_set_ratio, texts, left, right) + by(fuzz.token_sort_ratio, texts, left, right)) / 2

    def by_login(texts: Texts, left: Positions, right: Positions) -> Scores:
        words = np.array([text.translate(_SEPARATORS) for text in texts], dtype=object)
        return np.maximum(by(fuzz.ratio, texts, left, right), by(fuzz.token_sort_ratio, words, left, right))

    def by_letters(texts: Texts, left: Positions, right: Positions) -> Scores:
        return by(fuzz.ratio, texts, left, right)

    return {Role.NAME: by_words, Role.MINOR: by_words, Role.LOGIN: by_login, Role.NUMBER: by_letters}


def _share(desired: pd.DataFrame, users: pd.DataFrame) -> list[_Shared]:
    """Prepare the paths both sides have, in the order of `_WEIGHTS`."""
    mails = sorted(path for path in desired.columns if path.startswith("emails[") and path.endswith("].value"))
    order = list(_WEIGHTS)
    order[order.index("userName") + 1 : order.index("userName") + 1] = mails
    shared = []
    for path in order:
        if path in desired.columns and path in users.columns:
            role, weight = _WEIGHTS.get(path, _MAIL)
            rows, people = (frame[path].astype("str").reset_index(drop=True) for frame in (desired, users))
            forms = (_form(rows, role), _form(people, role))
            shared.append(_Shared(path=path, role=role, weight=weight, texts=(rows, people), forms=forms))
    return shared


def _form(texts: pd.Series[str], role: Role) -> pd.Series[str]:
    """Bring texts to the form that is compared: lower case without marks; NA where nothing is left."""
    plain = texts.str.lower()
    wide = ~is_ascii(texts) & texts.notna()
    if wide.any():
        plain[wide] = each_distinct(texts[wide], _without_marks)
    if role is Role.LOGIN:
        plain = replace(plain, "@[^@]*$", "").str.strip()
    elif role is Role.NUMBER:
        plain = replace(plain.str.strip(), "^0+", "")
    else:
        plain = replace(replace(plain, "['’`]", ""), r"[\pP\pS\pZ\pC]+", " ").str.strip()
    return plain.mask(plain == "")


def _without_marks(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text).casefold()
    kept = "".join(letter for letter in apart if unicodedata.category(letter) != "Mn")
    return unicodedata.normalize("NFC", kept.translate(PLAIN_LETTERS))


def _blocks(shared: Sequence[_Shared], side: int) -> dict[str, pd.DataFrame]:
    """Put one side's people into blocks."""
    forms = {one.path: one.forms[side] for one in shared}
    family, given = forms.get("name.familyName"), forms.get("name.givenName")
    full = [forms[path] for path in ("displayName", "name.formatted") if path in forms]
    tokens = full + ([given + " " + family] if given is not None and family is not None else [])
    logins = [(one.forms[side], one.texts[side].str.lower()) for one in shared if one.role is Role.LOGIN]
    last = [replace(replace(form, r"\PL+$", ""), r"^.*\PL", "") for form, _ in logins]
    tokens += [replace(form, "[-._ ]+", " ") for form, _ in logins]
    letters = [replace(form, r"[^\pL\pN]+", "") for form, _ in logins]
    domains = [replace(text.where(text.str.contains("@", regex=False)), "^.*@", "") for _, text in logins]
    kinds = {
        "surname": [surname_blocks(family, given, full), surname_blocks(None, None, last)],
        "login": [make_blocks(text) for text in letters],
        "address": [make_blocks(text, domain) for text, domain in zip(letters, domains, strict=True)],
        "tokens": [make_blocks(each_distinct(text, _sort_words)) for text in tokens],
        "number": [make_blocks(one.forms[side]) for one in shared if one.role is Role.NUMBER],
    }
    return {kind: pd.concat(parts).drop_duplicates() for kind, parts in kinds.items() if parts}


def _sort_words(text: str) -> str:
    return " ".join(sorted(text.split()))


def _score(
    pairs: Positions, shared: Sequence[_Shared], scorers: dict[Role, _Scorer], width: int, min_score: float
) -> pd.DataFrame:
    """Score pairs; those too low to be proposed, or to rival one that is, drop out."""
    parts = [pd.DataFrame({"row": pairs[:0], "user": pairs[:0], "score": np.zeros(0)})]
    for start in range(0, len(pairs), _CHUNK):
        row, user = np.divmod(pairs[start : start + _CHUNK], max(width, 1))
        total, weight, evidence = (np.zeros(len(row)) for _ in range(3))
        for one in shared:
            scores = _compare(one, scorers[one.role], row, user)
            filled = ~np.isnan(scores)
            total[filled] += one.weight * scores[filled]
            weight[filled] += one.weight
            evidence[filled] += 0.0 if one.role is Role.MINOR else one.weight
        score = np.round(total / np.maximum(weight, 1e-9), 1)
        kept = (evidence >= _EVIDENCE) & (score >= min_score - _LEAD)
        parts.append(pd.DataFrame({"row": row[kept], "user": user[kept], "score": score[kept]}))
    return pd.concat(parts, ignore_index=True)


def _compare(one: _Shared, scorer: _Scorer, row: Positions, user: Positions) -> Scores:
    """Score one path of each pair, each pair of texts once; NaN where either has none."""
    codes, distinct = pd.factorize(pd.concat(one.forms, ignore_index=True))
    mine, theirs = codes[: len(one.forms[0])][row], codes[len(one.forms[0]) :][user]
    scores = np.where(mine == theirs, 100.0, 0.0)
    unlike = (mine != theirs) & (mine >= 0) & (theirs >= 0)
    combined, place = np.unique(mine[unlike].astype(np.int64) * len(distinct) + theirs[unlike], return_inverse=True)
    left, right = np.divmod(combined, max(len(distinct), 1))
    scores[unlike] = scorer(distinct.to_numpy(dtype=object), left, right)[place]
    scores[(mine < 0) | (theirs < 0)] = np.nan
    return scores


def _rank(found: pd.DataFrame, limit: int, min_score: float) -> pd.DataFrame:
    """Keep each row's best, and say which pairs stand alone."""
    found = found.sort_values(["source_line", "score", "user_id"], ascending=[True, False, True], ignore_index=True)
    found["rank"] = (found.groupby("row").cumcount() + 1).astype("Int64")
    lead = np.minimum(_lead(found, "row"), _lead(found, "user"))
    found["alone"] = pd.array(lead >= _LEAD, dtype="boolean")
    found["score"] = found["score"].astype("Float64")
    return found[(found["rank"] <= limit) & (found["score"] >= min_score)].reset_index(drop=True)


def _lead(found: pd.DataFrame, side: str) -> Scores:
    """How far each pair is ahead of the best other pair of its row, or user."""
    ordered = found.sort_values(["score", "source_line", "user_id"], ascending=[False, True, True])
    place = ordered.groupby(side).cumcount()
    first = ordered[place == 0].set_index(side)["score"]
    second = ordered[place == 1].set_index(side)["score"]
    is_first = (place == 0).reindex(found.index).to_numpy()
    rival = np.where(is_first, second.reindex(found[side]).to_numpy(), first.reindex(found[side]).to_numpy())
    lead: Scores = np.where(np.isnan(rival), np.inf, found["score"].to_numpy() - rival)
    return lead


def _explain(best: pd.DataFrame, shared: Sequence[_Shared], scorers: dict[Role, _Scorer]) -> pd.Series[str]:
    """Tell of each pair how its texts compare, path by path."""
    reason = pd.Series("", index=best.index, dtype="str")
    row, user = best["row"].to_numpy(dtype=np.int64), best["user"].to_numpy(dtype=np.int64)
    for one in shared:
        scores = pd.Series(_compare(one, scorers[one.role], row, user), index=best.index)
        mine, theirs = (_quoted(texts, place) for texts, place in zip(one.texts, (row, user), strict=True))
        said = mine + " ~ " + theirs + " " + scores.round().astype("Int64").astype("str")
        if one.role is Role.NUMBER:
            said = said.mask(scores == 100, mine + " = " + theirs + " without leading zeros")
        said = (one.path + " " + said).mask(mine == theirs, one.path + " = " + mine)
        reason = reason.mask(scores.notna(), reason + "; " + said.fillna(""))
    return reason.str.slice(2)


def _quoted(texts: pd.Series[str], places: Positions) -> pd.Series[str]:
    shown = pd.Series(texts.array[places], dtype="str")
    return "'" + each_distinct(shown, lambda text: shorten(text, _SHOWN)) + "'"
