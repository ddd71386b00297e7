"""The cleaning steps, as frozen data: each says of one column what becomes of a cell's text.

A step looks at a text and at nothing else, so it costs what the distinct texts of its column cost, and does the same to next
month's file. Blank cells stay blank.
"""

from __future__ import annotations

import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from scimrecon.errors import RecipeError
from scimrecon.values import shorten

_BLANKS = re.compile(r"[^\S\n]+")
_UNTIDY = re.compile(r"^\s|\s$|[^\S\n ]|  | \n|\n ")
"""Found in a text of plain letters if there is something to trim; most texts have nothing."""
_AROUND_BREAKS = re.compile(r" ?\n ?")


class Case(StrEnum):
    """The letter case `ChangeCase` writes."""

    LOWER = "lower"
    UPPER = "upper"


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """What becomes of the cells of one column."""

    action: ClassVar[str]
    """Its name, in files and reports."""
    column: str

    def __post_init__(self) -> None:
        """Refuse what is no text, or no text that a file could hold."""
        check_texts([self.column], f"{self.action}: the column's name")

    @abstractmethod
    def clean(self, text: str) -> str | None:
        """Give what becomes of a cell's text; None leaves the cell blank."""

    def named(self) -> tuple[str, ...]:
        """Give the texts that the step was written for; where none of them occurs any more, it has lost its purpose."""
        return ()

    def fits(self, text: str) -> bool:
        """Tell whether the step was written with such a text in mind. A step for some texts lets all others be."""
        return True


@dataclass(frozen=True, kw_only=True)
class Merge(Step):
    """Write spellings of one thing alike; every other text stays.

    Parameters
    ----------
    column
        The column.
    spellings
        Each spelling, and what to write instead. All at once: what one of them becomes is not looked up again.
    """

    action: ClassVar[str] = "merge"
    spellings: Mapping[str, str]

    def __post_init__(self) -> None:
        """Keep a copy."""
        super().__post_init__()
        object.__setattr__(self, "spellings", _checked_pairs(self.spellings, self))

    def clean(self, text: str) -> str | None:
        """Give the spelling to write."""
        return self.spellings.get(text, text)

    def named(self) -> tuple[str, ...]:
        """Give the spellings that are written otherwise."""
        return tuple(self.spellings)


@dataclass(frozen=True, kw_only=True)
class MapValues(Step):
    """Write every text of a column in other words; one that is not named stays, and the report names it.

    Parameters
    ----------
    column
        The column.
    values
        Each text, and what to write instead.
    """

    action: ClassVar[str] = "map"
    values: Mapping[str, str]
    _known: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep a copy."""
        super().__post_init__()
        object.__setattr__(self, "values", _checked_pairs(self.values, self))
        object.__setattr__(self, "_known", frozenset([*self.values, *self.values.values()]))

    def clean(self, text: str) -> str | None:
        """Give the text's other words."""
        return self.values.get(text, text)

    def named(self) -> tuple[str, ...]:
        """Give the texts that have other words."""
        return tuple(self.values)

    def fits(self, text: str) -> bool:
        """Tell whether the text is named, or is one of those other words already."""
        return text in self._known


@dataclass(frozen=True, kw_only=True)
class Trim(Step):
    """Take white space from both ends, make each run of it one space, and compose accents; see `trim_text`.

    Parameters
    ----------
    column
        The column.
    """

    action: ClassVar[str] = "trim"

    def clean(self, text: str) -> str | None:
        """Give the text without its surplus blanks."""
        return trim_text(text)


@dataclass(frozen=True, kw_only=True)
class ChangeCase(Step):
    """Write a column in lower or upper case, as Python's ``str.lower`` and ``str.upper`` do.

    Parameters
    ----------
    column
        The column.
    case
        ``"lower"`` or ``"upper"``.
    """

    action: ClassVar[str] = "case"
    case: Case

    def __post_init__(self) -> None:
        """Take the case by its name, too."""
        super().__post_init__()
        if self.case not in tuple(Case):
            raise RecipeError(f"case of {shorten(self.column)!r}: case is 'lower' or 'upper', not {self.case!r}.")
        object.__setattr__(self, "case", Case(self.case))

    def clean(self, text: str) -> str | None:
        """Give the text in that case."""
        return text.lower() if self.case is Case.LOWER else text.upper()


@dataclass(frozen=True, kw_only=True)
class SetBlank(Step):
    """Blank the cells that hold one of these texts, such as ``"N/A"``.

    A blank cell changes nothing, unless the mapping says that it clears: ``column(…, on_blank="clear")``.

    Parameters
    ----------
    column
        The column.
    values
        The texts, to the letter.
    """

    action: ClassVar[str] = "blank"
    values: Sequence[str]
    _known: frozenset[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Keep each text once."""
        super().__post_init__()
        object.__setattr__(self, "values", _checked_texts(self.values, self, "values"))
        object.__setattr__(self, "_known", frozenset(self.values))

    def clean(self, text: str) -> str | None:
        """Give nothing for one of these texts."""
        return None if text in self._known else text

    def named(self) -> tuple[str, ...]:
        """Give these texts."""
        return tuple(self.values)


@dataclass(frozen=True, kw_only=True)
class Split(Step):
    """Cut the texts of a column into new columns; the column itself stays as it is.

    Parameters
    ----------
    column
        The column.
    separator
        Where to cut, to the letter. White space around the parts goes; an empty part is a blank cell.
    into
        The names of the new columns, two or more. The last takes what is left, separators and all, so nothing is lost.
    """

    action: ClassVar[str] = "split"
    separator: str
    into: Sequence[str]

    def __post_init__(self) -> None:
        """Refuse a cut that makes no columns, or one of the same name twice."""
        super().__post_init__()
        check_texts([self.separator], f"split of {shorten(self.column)!r}: the separator")
        into = _checked_texts(self.into, self, "into")
        if not self.separator or len(into) < 2 or len(into) != len(tuple(self.into)) or not all(into):
            raise RecipeError(
                f"split of {shorten(self.column)!r}: it takes a separator and the names of two or more new columns, each once."
            )
        object.__setattr__(self, "into", into)

    def clean(self, text: str) -> str | None:
        """Leave the text as it is."""
        return text

    def fits(self, text: str) -> bool:
        """Tell whether there is just one part for each new column."""
        return text.count(self.separator) == len(self.into) - 1

    def parts(self, text: str) -> tuple[str | None, ...]:
        """Cut a text; None where there is no part for a column."""
        return split_text(text, self.separator, len(self.into))


KINDS: Mapping[str, type[Step]] = {kind.action: kind for kind in (Merge, MapValues, Trim, ChangeCase, SetBlank, Split)}
"""Every kind of step, by the name of its action."""


def trim_text(text: str) -> str | None:
    """Take white space from both ends, make each run of it one space (line breaks stay), and compose accents (NFC).

    None where nothing is left. White space is what ``str.isspace`` says it is, the no-break space too.

    Parameters
    ----------
    text
        A cell's.
    """
    if text.isascii() and not _UNTIDY.search(text):
        return text or None
    plain = unicodedata.normalize("NFC", text).strip()
    return _AROUND_BREAKS.sub("\n", _BLANKS.sub(" ", plain)) or None


def split_text(text: str, separator: str, many: int) -> tuple[str | None, ...]:
    """Cut a text into parts, white space around them gone; None for empty and missing ones.

    Parameters
    ----------
    text
        A cell's.
    separator
        Where to cut, to the letter.
    many
        How many parts there are to be; the last takes what is left.
    """
    parts: list[str | None] = [part.strip() or None for part in text.split(separator, many - 1)]
    return (*parts, *[None] * (many - len(parts)))


def check_texts(texts: Iterable[object], told: str) -> None:
    """Refuse what is no text, or no text that a file could hold.

    Raises
    ------
    RecipeError
        It names what was asked.
    """
    for text in texts:
        if not isinstance(text, str):
            raise RecipeError(f"{told}: texts are needed, not {type(text).__name__}.")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise RecipeError(f"{told}: {shorten(ascii(text))} is half a character, which no file can hold.") from None


def _checked_pairs(pairs: object, step: Step) -> dict[str, str]:
    told = f"{step.action} of {shorten(step.column)!r}"
    if not isinstance(pairs, Mapping) or not pairs:
        raise RecipeError(f"{told}: give a dict of at least one text and what to write instead.")
    check_texts([text for pair in pairs.items() for text in pair], told)
    return dict(pairs)


def _checked_texts(texts: object, step: Step, field: str) -> tuple[str, ...]:
    told = f"{step.action} of {shorten(step.column)!r}: {field}"
    if isinstance(texts, str) or not isinstance(texts, Iterable):
        raise RecipeError(f"{told} is a list of texts, not {type(texts).__name__}.")
    distinct = tuple(dict.fromkeys(texts))
    if not distinct:
        raise RecipeError(f"{told} names no text.")
    check_texts(distinct, told)
    return distinct
