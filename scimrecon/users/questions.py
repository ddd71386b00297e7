"""Whom a lookup asks for: the values of one attribute, and the users whom references name besides."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from scimrecon.attributes import AttributeType
from scimrecon.dialects import Dialect
from scimrecon.errors import FetchError, PathError
from scimrecon.mapping import Desired
from scimrecon.paths import AttributePath, parse_path
from scimrecon.values import normalise, shorten

_USUAL = ("userName", "externalId")
_NO_TEXT = frozenset({AttributeType.BOOLEAN, AttributeType.INTEGER, AttributeType.DECIMAL, AttributeType.COMPLEX})


@dataclass(frozen=True, kw_only=True)
class Question:
    """One request of a lookup: who has this value."""

    path: str
    """Canonical; ``"id"`` is asked for by a plain GET."""
    value: str


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """All requests of a lookup."""

    on: str
    """The path by which it asks for the export's users."""
    questions: Sequence[Question]
    """Each once: those of the export's users, then those of the users whom references name."""
    asked: int
    """How many of them are of the export's users."""
    notes: Sequence[str] = ()
    """What could not be asked, for the analyst."""


def make_inquiry(lookup: Desired | pd.DataFrame, on: str | None, dialect: Dialect) -> Inquiry:
    """Say whom to ask for.

    Parameters
    ----------
    lookup
        The desired users, or a frame of SCIM columns.
    on
        The path to ask by; None for the first of userName and externalId that goes.
    dialect
        Says what the target can filter on.

    Raises
    ------
    FetchError
        The target cannot filter on the path, or the lookup does not have it.
    """
    if not isinstance(lookup, Desired | pd.DataFrame):
        raise FetchError(
            f"lookup takes desired users, from map_users, or a DataFrame of SCIM columns, not {type(lookup).__name__}."
        )
    frame = lookup.frame if isinstance(lookup, Desired) else lookup
    columns = {_canonical(str(name)): position for position, name in enumerate(frame.columns)}
    path = _choose(on, list(columns), dialect)
    cells = _texts(frame.iloc[:, columns[path]])
    values = cells[cells != ""].drop_duplicates()
    questions = [Question(path=path, value=value) for value in values.tolist()]
    missing = len(frame) - int((cells != "").sum())
    notes = [f"{missing:,} rows have no {path}"] if missing else []
    more = _ask_for_references(lookup, columns, dialect, notes) if isinstance(lookup, Desired) else []
    known = set(questions)
    return Inquiry(
        on=path,
        asked=len(questions),
        notes=notes,
        questions=[*questions, *(one for one in dict.fromkeys(more) if one not in known)],
    )


def filter_text(question: Question) -> str:
    """Write the filter that asks a question (RFC 7644 §3.4.2.2): the value as a JSON string."""
    path = parse_path(question.path)
    prefix = f"{path.urn}:" if path.urn else ""
    quoted = json.dumps(question.value, ensure_ascii=False)
    if path.member:
        return f"{prefix}{path.name}[{path.member} eq {json.dumps(path.literal, ensure_ascii=False)} and {path.sub} eq {quoted}]"
    return f"{prefix}{path.name}{f'.{path.sub}' if path.sub else ''} eq {quoted}"


def can_ask(dialect: Dialect, path: str) -> bool:
    """Whether a target can be asked who has a value of this path; any target can for an id."""
    return path == "id" or dialect.filters is None or path.casefold() in {name.casefold() for name in dialect.filters}


def _choose(on: str | None, columns: Sequence[str], dialect: Dialect) -> str:
    possible = [path for path in (*_USUAL, *sorted(dialect.filters or ()), "id") if can_ask(dialect, path)]
    possible = list(dict.fromkeys(possible))
    here = [path for path in possible if path in columns]
    advice = f"fetch_users(target, lookup=desired, on={here[0]!r})" if here else f"map {possible[0]}, and look up on it"
    if on is None:
        usual = [path for path in here if path in _USUAL]
        if not usual:
            can = "any attribute" if dialect.filters is None else ", ".join(possible)
            raise FetchError(f"say on which attribute to look users up: {dialect.title} can filter on {can}; {advice}.")
        return usual[0]
    path = _parse(on)
    if not can_ask(dialect, str(path)):
        raise FetchError(f"{dialect.title} cannot filter on {path}; it can on {', '.join(possible)}: {advice}.")
    if str(path) not in columns:
        raise FetchError(f"on={on!r}: the lookup has no column {path}; it has {shorten(', '.join(columns)) or 'none'}.")
    return str(path)


def _parse(on: str) -> AttributePath:
    if not isinstance(on, str):
        raise FetchError(f"on takes one SCIM path, such as 'userName', not {type(on).__name__}.")
    try:
        path = parse_path(on)
    except PathError as error:
        raise FetchError(f"on={on!r}: {error}") from None
    if path.definition is not None and path.definition.type in _NO_TEXT:
        raise FetchError(f"on={on!r}: {path} is {path.definition.type}; users are looked up by text, such as userName.")
    return path


def _canonical(name: str) -> str:
    try:
        return str(parse_path(name))
    except PathError:
        return name


def _texts(cells: pd.Series) -> pd.Series[str]:
    """Take a column of text, without what is missing."""
    present = cells.dropna()
    strange = next((cell for cell in present.unique() if not isinstance(cell, str)), None)
    if strange is not None:
        raise FetchError(f"lookup: column {cells.name!r} holds {shorten(str(strange))}, not text. Read it with dtype='str'.")
    return present.astype("str").str.strip()


def _ask_for_references(desired: Desired, columns: Iterable[str], dialect: Dialect, notes: list[str]) -> list[Question]:
    """Ask for the users outside the export whom references name, where the target can be asked."""
    questions: list[Question] = []
    for path, reference in desired.references.items():
        # A reference by a column of the export means somebody of the export.
        if not reference.on or path not in desired.frame.columns:
            continue
        named = _texts(desired.frame[path])
        outside = named[named != ""].drop_duplicates()
        if reference.on in columns:
            own = normalise(_texts(desired.frame[reference.on]), case_exact=False)
            outside = outside[~normalise(outside, case_exact=False).isin(own)]
        if can_ask(dialect, reference.on):
            questions += [Question(path=reference.on, value=value) for value in outside.tolist()]
        elif len(outside):
            whom = "users outside the export" if reference.on in columns else "users"
            notes.append(f"{path} names {len(outside):,} {whom} by {reference.on}, on which {dialect.title} cannot filter")
    return questions
