"""A masked report: what became of whom, without the values of some attributes.

It errs on hiding, as a masked plan does. What a target says is free text: it may name another user's value, write a number in
another way, or quote what nobody here has seen; a text in which a hidden value of anybody might be read is hidden whole.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from scimrecon.errors import ReportError
from scimrecon.journal import read_images, read_resources
from scimrecon.plan import MARK, Veil, draw_veil, read_masks, tell_masks
from scimrecon.report.telling import Report
from scimrecon.values import normalise_text

_VALUES = ("before", "desired", "sent", "read_back")
_SAID = ("reason", "scim_type", "vendor_code", "detail", "more_info", "request_id", "version_before", "version_after")
_SAID_OF_STEPS = ("error", "request_id")
_NAMED_FACTS = ("target", "accepted", "export", "run file", "note")
"""Facts in which somebody's value may stand; the others are counts, times and a hash."""
_WORD = re.compile(r"\w+")
_ESCAPED = re.compile(r"\\u([0-9A-Fa-f]{4})")
_BETWEEN_DIGITS = re.compile(r"(?<=\d)[\s().\-/]+(?=\d)")
_QUOTES = re.compile("['\"`…“”„«»]")
_DIGITS = 7
"""The last so many digits of a number are the same however it is written, with a country's code or without."""


def mask_report(report: Report, mask: Collection[str], path: Path | None) -> Report:
    """Make a copy of a report that shows no value of some attributes.

    Cost: a parse of each user's JSON in the run file, twice where a PUT went out, and a look at each text.

    Parameters
    ----------
    report
        A whole one.
    mask
        As `write_report` takes it.
    path
        The run file; None for a dry run, whose users' values are known only as far as they were ticked: there everything is
        hidden that could show one.

    Raises
    ------
    ReportError
        `mask` names what is no attribute of a User, or one of an extension that no user of the run has.
    """
    masks = read_masks(mask, ReportError)
    if not masks:
        return report
    cells = report.changes[["user_id", "path", *_VALUES]]
    veil = draw_veil(masks, cells, [] if path is None else _held(path, report.outcomes["user_id"].tolist()))
    if path is not None:
        veil.refuse_strange(masks, "run", ReportError)
    ticked = _texts(cells[cells["path"].isin(veil.covered)])
    known = _Known.of([*(text for texts in veil.hidden.values() for text in texts), *ticked])
    changes = veil.changes(report.changes, _VALUES)
    careful = frozenset(report.changes.loc[report.changes["path"].isin(veil.covered), "user_id"])
    hide = _Hiding(veil=veil, known=known, careful=careful)
    outcomes = veil.people(hide.columns(report.outcomes, _SAID))
    title = f"Run on {MARK}" if known.stand_in(report.title) else report.title
    return replace(
        report,
        title=title,
        facts={name: hide.fact(name, text, unknown=path is None) for name, text in report.facts.items()},
        path=MARK if known.stand_in(report.path) else report.path,
        outcomes=outcomes.assign(paths=veil.paths_of(report.outcomes["user_id"], report.changes)),
        changes=changes,
        steps=veil.people(hide.columns(report.steps, _SAID_OF_STEPS)),
        thresholds=veil.thresholds(report.thresholds),
        masked=tell_masks(masks),
    )


def _held(path: Path, user_ids: list[str]) -> Iterator[tuple[str, list[bytes]]]:
    """All that the run file knows of each user: what was there before, and what was sent."""
    sent = {image.user_id: image.sent for image in read_images(path)}
    for user_id, body in read_resources(path, user_ids).items():
        yield user_id, [one for one in (body, sent.get(user_id)) if one is not None]


def _texts(cells: pd.DataFrame) -> list[str]:
    return [text for name in _VALUES for text in cells[name].dropna().unique() if text]


@dataclass(frozen=True, kw_only=True)
class _Known:
    """Every hidden value of anybody, to be found in free text."""

    phrases: Collection[tuple[str, ...]]
    """The words of each."""
    numbers: Collection[str]
    """The last digits of those that are numbers."""

    @classmethod
    def of(cls, values: Iterable[str]) -> _Known:
        normal = {normalise_text(text, case_exact=False) for text in values}
        phrases = {tuple(_WORD.findall(text)) for text in normal} - {()}
        digits = ("".join(filter(str.isdigit, text)) for text in normal)
        return cls(phrases=phrases, numbers={text[-_DIGITS:] for text in digits if len(text) >= _DIGITS})

    def stand_in(self, text: str) -> bool:
        """Whether one of them can be read in a text, as words or as a number."""
        words = _WORD.findall(normalise_text(text, case_exact=False))
        for size in {len(phrase) for phrase in self.phrases}:
            if any(tuple(words[at : at + size]) in self.phrases for at in range(len(words) - size + 1)):
                return True
        runs = re.findall(rf"\d{{{_DIGITS},}}", _BETWEEN_DIGITS.sub("", text))
        return any(run[at : at + _DIGITS] in self.numbers for run in runs for at in range(len(run) - _DIGITS + 1))


@dataclass(frozen=True, kw_only=True)
class _Hiding:
    """Hides what was said of users."""

    veil: Veil
    known: _Known
    careful: Collection[str]
    """Users of whom a hidden attribute was ticked: what is quoted of them may be a value nobody has seen."""

    def columns(self, frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
        """Hide the texts of these columns in which a hidden value might be read."""
        return frame.assign(**{name: self._said(frame["user_id"], frame[name]) for name in names})

    def fact(self, name: str, text: str, *, unknown: bool) -> str:
        """Hide a fact of the run that names a value; a note whose users' values are not known."""
        barred = self.known.stand_in(text) or (unknown and name == "note")
        return MARK if name in _NAMED_FACTS and barred else text

    def _said(self, users: pd.Series[str], texts: pd.Series[str]) -> pd.Series[str]:
        spelled = texts.map(_spell_out, na_action="ignore").astype("str")
        own = self.veil.texts(users, spelled) == MARK
        telling = [text for text in spelled.dropna().unique() if self.known.stand_in(text)]
        quoting = users.isin(self.careful) & spelled.str.contains(_QUOTES, regex=True, na=False)
        hidden = (own | spelled.isin(telling) | quoting) & texts.notna() & (texts != "")
        return texts.mask(hidden, MARK)


def _spell_out(text: str) -> str:
    """A text with what it says once its escapes are undone: of HTML, of addresses, of JSON."""
    plain = (html.unescape(text), unquote(text), _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text))
    return " | ".join(dict.fromkeys((text, *plain)))
