"""What is remarkable about a comparison as a whole: signs that the two sides do not belong together as they stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from scimrecon import schemas
from scimrecon.diff.options import Options
from scimrecon.diff.tallies import Evidence, Tally, make_tally
from scimrecon.errors import CompareError
from scimrecon.matching import Key
from scimrecon.paths import parse_path, parse_set
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


@dataclass(frozen=True, kw_only=True)
class Shifted:
    """Whether a path's new values are other users' values."""

    others: int
    """Users who would get what another matched user has now."""
    held: int
    """Matched users who hold a value."""
    distinct: int
    """How many different ones."""


def find_signs(evidence: Evidence) -> pd.DataFrame:
    """List the findings of a comparison; the frame follows `schemas.Findings`, the gravest first.

    Cost: whole-column operations, about as much as one more attribute compared.
    """
    tally, paths = make_tally(evidence), [key.path for key in evidence.keys]
    return _listed(
        [
            *_overlap(tally, paths),
            *_padded(tally),
            *_elsewhere(evidence),
            *_shifted({path: _shifted_within(path, evidence) for path in replaced_often(tally) if path in evidence.texts}, tally),
            *_disagreeing(evidence),
            *_blank(tally, evidence.pair.desired.rules),
            *_broken_links(evidence),
            *_gone(evidence),
            *_rewritten(evidence),
        ]
    )


def tell_signs(tally: Tally, paths: Sequence[str], shifted: Mapping[str, Shifted]) -> pd.DataFrame:
    """List those findings of a comparison that add up over its parts: overlap, leading zeros, shifted values, blank columns.

    Parameters
    ----------
    tally
        Of all parts.
    paths
        Of the keys.
    shifted
        By each path of `replaced_often`, of all parts.
    """
    return _listed([*_overlap(tally, paths), *_padded(tally), *_shifted(shifted, tally), *_blank(tally, ())])


def _listed(found: Sequence[dict[str, object]]) -> pd.DataFrame:
    order = ["red", "amber", "info"]
    return schemas.from_rows(sorted(found, key=lambda row: order.index(str(row["severity"]))), schemas.Findings)


def tell_unused(options: Options, paths: Sequence[str]) -> pd.DataFrame:
    """Note what options name that is not compared: a path spelled otherwise than the mapping's guards nothing.

    Parameters
    ----------
    options
        As read.
    paths
        Of the desired side.
    """
    compared = {name.casefold() for path in paths for name in (path, parse_set(path) or parse_path(path).name)}
    unused = sorted({*options.policies, *options.unlocked, *options.comparators} - compared)
    if not unused:
        return schemas.empty(schemas.Findings)
    detail = f"policies, unlock or comparators name {', '.join(unused[:_FEW])}, to which nothing is mapped"
    return schemas.from_rows([schemas.make_finding("unused_option", "amber", None, len(unused), detail)], schemas.Findings)


def join_findings(findings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Put findings below each other; each follows `schemas.Findings`."""
    some = [frame for frame in findings if len(frame)]
    return schemas.check(pd.concat(some, ignore_index=True), schemas.Findings) if some else schemas.empty(schemas.Findings)


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


def _overlap(tally: Tally, paths: Sequence[str]) -> list[dict[str, object]]:
    """How many rows and users met at all."""
    if not tally.rows or not tally.users:
        return []
    keyed = " or ".join(paths)
    if not tally.matched:
        return [
            schemas.make_finding(
                "nothing_matched", "amber", None, tally.rows, f"no row matches a user by {keyed}; is it the right key?"
            )
        ]
    share = tally.matched / min(tally.rows, tally.users)
    severity = "amber" if share < _LOW_OVERLAP else "info"
    detail = f"{tally.matched:,} of {count(tally.rows, 'row')} match one of {count(tally.users, 'user')} by {keyed}"
    return [schemas.make_finding("key_overlap", severity, None, tally.matched, detail)]


def _padded(tally: Tally) -> list[dict[str, object]]:
    """Keys that would match but for leading zeros: a spreadsheet made numbers of them."""
    found = []
    for path, padded in tally.padded.items():
        detail = (
            f"{count(padded.rows, 'row')} would match by {path} but for leading zeros, such as {padded.row_key!r} and "
            f"{shorten(padded.user_key)!r}: has a spreadsheet made numbers of them?"
        )
        grave = padded.rows >= _FEW and padded.rows >= _PADDED_SHARE * tally.rows
        found.append(schemas.make_finding("zero_padding", "red" if grave else "amber", path, padded.rows, detail))
    return found


def _elsewhere(evidence: Evidence) -> list[dict[str, object]]:
    """Keys that are another attribute's values on the target: columns are shifted, or the wrong one is mapped."""
    found = []
    for key in evidence.keys:
        rows = _key_forms(key.desired[evidence.matches.user_of < 0], key)
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
                found.append(schemas.make_finding("key_elsewhere", "amber", key.path, number, detail))
    return found


def _key_forms(texts: pd.Series[str], key: Key) -> pd.Series[str]:
    """The keys that are not blank, in normal form."""
    forms = normalise(texts.dropna(), case_exact=key.case_exact)
    return forms[forms != ""]


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


def replaced_often(tally: Tally) -> list[str]:
    """Name the paths at which so many users would get another value that their rows may be out of step, the most first."""
    return [path for path, number in tally.replaced.items() if number >= max(_FEW, _SHIFTED_SHARE * tally.matched)]


def count_shifted(after: pd.Series[str], held: pd.Series[str]) -> Shifted:
    """Count whose new value is another user's.

    Parameters
    ----------
    after
        What replaces the values of a path.
    held
        What matched users hold there; of parts, those texts that are in this part, and `after` likewise.
    """
    known = held.dropna()
    return Shifted(others=int(is_among(after, known).sum()), held=len(known), distinct=known.nunique())


def _shifted_within(path: str, evidence: Evidence) -> Shifted:
    changes = evidence.changes[(evidence.changes["kind"] == "replace") & (evidence.changes["path"] == path)]
    users = evidence.matches.user_of[evidence.matches.user_of >= 0]
    return count_shifted(changes["after"], evidence.texts[path].iloc[users])


def _shifted(found: Mapping[str, Shifted], tally: Tally) -> list[dict[str, object]]:
    """Values that are each another matched user's: the key column slipped against the others."""
    told = []
    for path, shifted in found.items():
        unique = shifted.held > 0 and shifted.distinct >= _NEAR_UNIQUE * shifted.held
        if unique and shifted.others >= max(_FEW, _SHIFTED_SHARE * tally.matched):
            detail = (
                f"{count(shifted.others, 'user')} would get as {path} what another user has now; "
                "are the rows of that column out of step with the keys (one column sorted alone)?"
            )
            told.append(schemas.make_finding("values_shifted", "red", path, shifted.others, detail))
    return told


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
    return [schemas.make_finding("keys_disagree", "red" if grave else "amber", None, len(rows), detail)]


def _blank(tally: Tally, ruled: Collection[str]) -> list[dict[str, object]]:
    """Columns without a single value, where the target holds some; `ruled` are the paths that a mapping's rule fills."""
    found = []
    for path, blank in tally.unfilled.items():
        if blank.held >= _FEW:
            would = "they would be cleared" if blank.clears else "they stay as they are"
            # Cells that ask for it one by one are meant; a column that turned blank may not be.
            grave = blank.clears and path in ruled
            holders = count(blank.held, "matched user")
            detail = f"no row has a value for {path}, and {holders} hold one: {would}. Has the column moved?"
            found.append(schemas.make_finding("blank_attribute", "red" if grave else "amber", path, blank.held, detail))
    return found


def _broken_links(evidence: Evidence) -> list[dict[str, object]]:
    broken = evidence.matches.broken_links
    if broken.empty:
        return []
    first = broken.iloc[0]
    detail = f"of the links given, {len(broken):,} may not hold any more, such as {first['key']!r}: {first['reason']}"
    return [schemas.make_finding("broken_links", "amber", str(first["path"]), len(broken), detail)]


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
    return [schemas.make_finding("rows_gone", "red" if grave else "amber", None, gone, detail)]


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
        found.append(schemas.make_finding("server_rewrites", "amber", str(path), int(number), detail))
    return found
