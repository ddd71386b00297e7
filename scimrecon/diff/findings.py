"""What is remarkable about a comparison as a whole: signs that the two sides do not belong together as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.diff.options import Pair
from scimrecon.errors import CompareError
from scimrecon.matching import Key, Matches
from scimrecon.tables import count
from scimrecon.values import arrow_texts, has_word, is_among, normalise, shorten

_FEW = 5
"""Below this many users nothing is called a sign."""
_PADDED_SHARE = 0.1
_SHIFTED_SHARE = 0.3
_GONE_SHARE = 0.2
_DISAGREEING_SHARE = 0.05
_LOW_OVERLAP = 0.5
_NEAR_UNIQUE = 0.9
_TELLING = 500
"""So many keys are enough to tell whether half of them are met."""
_FIRST = 1_000
"""Cells that mostly tell whether a column has any value."""


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """All that findings are drawn from."""

    keys: Sequence[Key]
    pair: Pair
    texts: Mapping[str, pd.Series[str]]
    """What the target holds, by compared path."""
    changes: pd.DataFrame
    base: pd.DataFrame | None
    """From `history.check_base`."""

    @property
    def matches(self) -> Matches:
        """Who is who."""
        return self.pair.matches

    @property
    def desired(self) -> pd.DataFrame:
        """What the export wants."""
        return self.pair.desired.frame

    @property
    def user_ids(self) -> pd.Series[str]:
        """Of the target's users, by position."""
        return self.pair.side.ids


def find_signs(evidence: Evidence) -> pd.DataFrame:
    """List the findings of a comparison; the frame follows `schemas.Findings`, the gravest first.

    Cost: whole-column operations, about as much as one more attribute compared.
    """
    found = [
        *_overlap(evidence),
        *_padded(evidence),
        *_elsewhere(evidence),
        *_shifted(evidence),
        *_disagreeing(evidence),
        *_blank(evidence),
        *_broken_links(evidence),
        *_gone(evidence),
        *_rewritten(evidence),
    ]
    order = ["red", "amber", "info"]
    return schemas.from_rows(sorted(found, key=lambda row: order.index(str(row["severity"]))), schemas.Findings)


def refuse_red(findings: pd.DataFrame, accept: Collection[str], of: str) -> None:
    """Stop at a red finding that was not accepted by name.

    Raises
    ------
    CompareError
        The message has the finding and says how to accept it.
    """
    red = findings[(findings["severity"] == "red") & ~findings["finding"].isin(list(accept))]
    if len(red):
        listed = "; ".join(f"{name}: {detail}" for name, detail in zip(red["finding"], red["detail"], strict=True))
        names = list(dict.fromkeys([*accept, *red["finding"]]))
        end = "" if listed.endswith("?") else "."
        raise CompareError(f"{of} has a red finding: {listed}{end} If that is known and meant: compare(…, accept={names!r}).")


def _finding(name: str, severity: str, number: int, detail: str, column: str | None = None) -> dict[str, object]:
    return {"finding": name, "severity": severity, "column": column, "count": number, "detail": detail}


def _overlap(evidence: Evidence) -> list[dict[str, object]]:
    """How many rows and users met at all."""
    rows, users = len(evidence.desired), len(evidence.user_ids)
    matched = int((evidence.matches.user_of >= 0).sum())
    if not rows or not users:
        return []
    paths = " or ".join(key.path for key in evidence.keys)
    if not matched:
        return [_finding("nothing_matched", "amber", rows, f"no row matches a user by {paths}; is it the right key?")]
    share = matched / min(rows, users)
    severity = "amber" if share < _LOW_OVERLAP else "info"
    detail = f"{matched:,} of {count(rows, 'row')} match one of {count(users, 'user')} by {paths}"
    return [_finding("key_overlap", severity, matched, detail)]


def _forms(texts: pd.Series[str], key: Key) -> pd.Series[str]:
    """The keys of one side that are not blank, in normal form."""
    forms = normalise(texts.dropna(), case_exact=key.case_exact)
    return forms[forms != ""]


def _led_by_zero(texts: pd.Series[str], key: Key) -> bool:
    """Whether any key's normal form begins with a zero: of a text that does, or that has white space or wide characters."""
    cells = arrow_texts(texts)
    plain = pc.and_not(pc.ascii_is_printable(cells), pc.starts_with(cells, " "))
    doubtful = pc.fill_null(pc.or_(pc.starts_with(cells, "0"), pc.invert(plain)), False)  # noqa: FBT003 - NA is no key
    return bool(_forms(texts[doubtful.to_numpy(zero_copy_only=False)], key).str.startswith("0").any())


def _padded(evidence: Evidence) -> list[dict[str, object]]:
    """Keys that would match but for leading zeros: a spreadsheet made numbers of them."""
    found = []
    for key in evidence.keys:
        if not (_led_by_zero(key.desired, key) or _led_by_zero(key.users, key)):
            continue
        rows, users = _forms(key.desired, key), _forms(key.users, key)
        stripped = rows.str.lstrip("0")
        meets = is_among(stripped, users.str.lstrip("0")) & (stripped != "") & ~is_among(rows, users)
        if meets.any():
            number = int(meets.sum())
            other = users[users.str.lstrip("0") == stripped[meets].iloc[0]].iloc[0]
            detail = (
                f"{count(number, 'row')} would match by {key.path} but for leading zeros, such as {rows[meets].iloc[0]!r} and "
                f"{shorten(str(other))!r}: has a spreadsheet made numbers of them?"
            )
            grave = number >= _FEW and number >= _PADDED_SHARE * len(evidence.desired)
            found.append(_finding("zero_padding", "red" if grave else "amber", number, detail, key.path))
    return found


def _elsewhere(evidence: Evidence) -> list[dict[str, object]]:
    """Keys that are another attribute's values on the target: columns are shifted, or the wrong one is mapped."""
    found = []
    for key in evidence.keys:
        rows = _forms(key.desired[evidence.matches.user_of < 0], key)
        if len(rows) < _FEW:
            continue
        for path, texts in evidence.texts.items():
            if path == key.path or not _may_hold(texts, rows, key) or _repeats_early(texts):
                continue
            held = normalise(texts.dropna(), case_exact=key.case_exact)
            # Hashing a few rows takes less than hashing all users.
            met = held[is_among(held, rows)]
            number = int(is_among(rows, met).sum())
            if number >= max(_FEW, len(rows) / 2) and _near_unique(held):
                detail = (
                    f"{count(number, 'row')} without a user by {key.path} have there what the target holds as {path}, such as "
                    f"{shorten(str(rows[is_among(rows, met)].iloc[0]))!r}: is the right column mapped, or are columns shifted?"
                )
                found.append(_finding("key_elsewhere", "amber", number, detail, key.path))
    return found


def _may_hold(texts: pd.Series[str], rows: pd.Series[str], key: Key) -> bool:
    """Whether half of these keys may be among the texts; where the keys are many, a sample of the texts tells."""
    step = len(rows) // _TELLING
    if step < 2:
        return True
    some = arrow_texts(texts.iloc[::step])
    met = pc.is_in(some if key.case_exact else pc.utf8_lower(some), arrow_texts(rows))
    # Half of what half would be: other formatting is not seen through here, and a sample may fall badly.
    return bool(pc.sum(met).as_py() >= len(rows) / step / 4)


def _repeats_early(texts: pd.Series[str]) -> bool:
    """Whether the first of these texts repeat so much that, whatever the others are, the whole is not near unique."""
    known = texts.dropna()
    first = known.iloc[: len(known) // 8]
    return len(known) - len(first) + first.nunique() < _NEAR_UNIQUE * len(known)


def _near_unique(texts: pd.Series[str]) -> bool:
    return bool(len(texts)) and texts.nunique() >= _NEAR_UNIQUE * len(texts)


def _shifted(evidence: Evidence) -> list[dict[str, object]]:
    """Values that are each another matched user's: the key column slipped against the others."""
    matched = int((evidence.matches.user_of >= 0).sum())
    changes = evidence.changes[evidence.changes["kind"] == "replace"]
    found = []
    for path, number in changes["path"].value_counts().items():
        texts = evidence.texts.get(str(path))
        if number < max(_FEW, _SHIFTED_SHARE * matched) or texts is None:
            continue
        held = texts.iloc[evidence.matches.user_of[evidence.matches.user_of >= 0]].dropna()
        others = is_among(changes.loc[changes["path"] == path, "after"], held)
        if _near_unique(held) and others.sum() >= max(_FEW, _SHIFTED_SHARE * matched):
            detail = (
                f"{count(int(others.sum()), 'user')} would get as {path} what another user has now; "
                "are the rows of that column out of step with the keys (one column sorted alone)?"
            )
            found.append(_finding("values_shifted", "red", int(others.sum()), detail, str(path)))
    return found


def _disagreeing(evidence: Evidence) -> list[dict[str, object]]:
    """People whom their keys do not agree on: recycled logins, numbers in the wrong rows."""
    rows = np.flatnonzero(evidence.pair.doubts["keys_disagree"])
    if not len(rows):
        return []
    lines = ", ".join(str(line) for line in evidence.desired.index[rows[:_FEW]])
    detail = (
        f"{count(len(rows), 'row')} matched a user by one key while another key says somebody else (lines {lines}"
        f"{', …' if len(rows) > _FEW else ''}): is a login used again, or are keys in the wrong rows?"
    )
    grave = len(rows) >= _FEW and len(rows) >= _DISAGREEING_SHARE * (evidence.matches.user_of >= 0).sum()
    return [_finding("keys_disagree", "red" if grave else "amber", len(rows), detail)]


def _blank(evidence: Evidence) -> list[dict[str, object]]:
    """Columns without a single value, where the target holds some."""
    users = evidence.matches.user_of[evidence.matches.user_of >= 0]
    found = []
    for path, texts in evidence.texts.items():
        asked = evidence.desired.get(path)
        if asked is None or _has_value(asked.iloc[:_FIRST]) or _has_value(asked):
            continue
        held = int(texts.iloc[users].notna().sum())
        if held >= _FEW:
            clears = bool((asked == "").any())
            would = "they would be cleared" if clears else "they stay as they are"
            # Cells that ask for it one by one are meant; a column that turned blank may not be.
            grave = clears and path in evidence.pair.desired.rules
            detail = f"no row has a value for {path}, and {count(held, 'matched user')} hold one: {would}. Has the column moved?"
            found.append(_finding("blank_attribute", "red" if grave else "amber", held, detail, path))
    return found


def _has_value(cells: pd.Series[str]) -> bool:
    return bool((cells.notna() & (cells != "")).any())


def _broken_links(evidence: Evidence) -> list[dict[str, object]]:
    broken = evidence.matches.broken_links
    if broken.empty:
        return []
    first = broken.iloc[0]
    detail = f"of the links given, {len(broken):,} may not hold any more, such as {first['key']!r}: {first['reason']}"
    return [_finding("broken_links", "amber", len(broken), detail, str(first["path"]))]


def _gone(evidence: Evidence) -> list[dict[str, object]]:
    """Users an earlier run changed, and whom the export does not have any more."""
    if evidence.base is None or evidence.base.empty:
        return []
    before = evidence.base["user_id"].drop_duplicates()
    present = evidence.user_ids[evidence.matches.desired_of >= 0]
    gone = int((~is_among(before, present)).sum())
    if not gone:
        return []
    grave = gone >= _FEW and gone > _GONE_SHARE * len(before)
    detail = (
        f"{gone:,} of {count(len(before), 'user')} whom the earlier run changed have no row in this export "
        f"({gone / len(before):.0%}): is the file whole?"
    )
    return [_finding("rows_gone", "red" if grave else "amber", gone, detail)]


def _rewritten(evidence: Evidence) -> list[dict[str, object]]:
    """Values that were sent before, and which the target keeps making something else of."""
    rewritten = evidence.changes[has_word(evidence.changes["flags"], "rewritten")]
    found = []
    for path, number in rewritten["path"].value_counts().items():
        first = rewritten[rewritten["path"] == path].sort_index().iloc[0]
        detail = (
            f"for {count(int(number), 'user')} the export asks again for what the earlier run sent and the target made "
            f"something else of, such as {shorten(str(first['after']))!r}, held as {shorten(str(first['before']))!r}; "
            f"if they mean the same, give {path} a comparator: compare(…, comparators={{…}})"
        )
        found.append(_finding("server_rewrites", "amber", int(number), detail, str(path)))
    return found
