"""Text cells: their column type and the form in which formatting vanishes.

A text's normal form is NFC without characters that show nothing, with white space trimmed and collapsed and, unless letter case
matters, in lower case. Lower, not case-folded: Strasse and Straße differ, and whoever compares them is to see it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

BOOLEAN_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "1", "on", "active", "enabled"), "true"),
    **dict.fromkeys(("false", "no", "n", "0", "off", "inactive", "disabled"), "false"),
}
"""What a word of an export means to a boolean attribute; words in lower case, as cells write them."""
IGNORABLE = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
"""Characters that show nothing, as ranges for a regular expression: Unicode's Default_Ignorable_Code_Point."""
PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"})
"""Letters that are not a letter and a mark, as whoever lacks them on the keyboard writes them."""
SPACES = "\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
"""White space as Python's ``str.split`` knows it, likewise."""
_IGNORED = re.compile(f"[{IGNORABLE}]")
_LETTERS = "\u00c0-\u012f\u0131-\u017f\u0400-\u045f\u4e00-\u9fff"
"""Letters of Western and Central Europe, Russian and Chinese: composed, seen, and lowered by Arrow as by Python."""
_TWO_SPACES = re.compile(b"  ")
_TIDY = f"^[!-~{_LETTERS}]+(?: [!-~{_LETTERS}]+)*$"
"""Words of such letters and of ASCII, with one space between them."""


def normalise(texts: pd.Series[str], *, case_exact: bool) -> pd.Series[str]:
    """Bring texts to the form in which cosmetic differences vanish; NA stays NA.

    Cost: whole-column operations, 0.1 s a million ASCII texts; a Python call per distinct text beyond ASCII and common letters.
    """
    cells = arrow_texts(texts)
    tidy = pc.ascii_is_printable(cells)
    if _holds(cells, _TWO_SPACES):
        tidy = pc.and_not(tidy, pc.match_substring(cells, "  "))
    edged = pc.or_(pc.starts_with(cells, " "), pc.ends_with(cells, " "))
    rest = _as_flags(pc.or_(pc.invert(tidy), edged), texts).to_numpy().copy()
    if rest.any():
        rest[rest] = ~matches(texts[rest], _TIDY).to_numpy()
    normal = cells if case_exact else pc.utf8_lower(cells)
    if rest.any():
        others = _normalise_rest(texts[rest], case_exact=case_exact)
        normal = pc.replace_with_mask(whole(normal), pa.array(rest), whole(arrow_texts(others)))
    return _as_series(normal, texts)


def _normalise_rest(texts: pd.Series[str], *, case_exact: bool) -> pd.Series[str]:
    """As `normalise`, of texts that are not tidy; none is NA."""
    wide = ~is_ascii(texts).to_numpy()
    normal = collapse_spaces(texts if case_exact else texts.str.lower())
    if wide.any():
        normal[wide] = each_distinct(texts[wide], lambda text: normalise_text(text, case_exact=case_exact))
    return normal


def _holds(cells: Any, pattern: re.Pattern[bytes]) -> bool:
    """Whether a pattern is found in a column's bytes, in a text or where two meet. To ask each text takes four times as long."""
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    return any(pattern.search(_bytes_of(chunk)) for chunk in chunks if len(chunk))


def _bytes_of(cells: Any) -> memoryview:
    """The texts of an Arrow array, one after the other."""
    _, offsets, texts = cells.buffers()
    first, last = np.frombuffer(offsets, np.int64)[[cells.offset, cells.offset + len(cells)]]
    return memoryview(texts or b"")[first:last]


def normalise_text(text: str, *, case_exact: bool) -> str:
    """Bring one text to the form of `normalise`."""
    # What shows nothing may keep a mark from its letter, and a capital may have no composed form: hence composed last, twice.
    normal = unicodedata.normalize("NFC", _IGNORED.sub("", text))
    if not case_exact:
        normal = unicodedata.normalize("NFC", normal.lower())
    return " ".join(normal.split())


def lower_case(texts: pd.Series[str]) -> pd.Series[str]:
    """Write texts in lower case, as Python's ``str.lower`` does."""
    lower = texts.str.lower()
    wide = ~is_ascii(texts) & texts.notna()
    if wide.any():
        # Arrow lowers letter by letter: it knows neither the sigma that ends a word nor İ.
        lower[wide] = each_distinct(texts[wide], str.lower)
    return lower


def collapse_spaces(texts: pd.Series[str]) -> pd.Series[str]:
    """Make each run of white space one space, and trim."""
    spaced = pc.replace_substring_regex(arrow_texts(texts), f"[{SPACES}]+", " ")
    return _as_series(pc.utf8_trim(spaced, " "), texts)


def drop_ignorable(texts: pd.Series[str]) -> pd.Series[str]:
    """Take out the characters that show nothing."""
    return _as_series(pc.replace_substring_regex(arrow_texts(texts), f"[{IGNORABLE}]", ""), texts)


def compose(texts: pd.Series[str]) -> pd.Series[str]:
    """Bring texts to NFC."""
    return _as_series(pc.utf8_normalize(arrow_texts(texts), form="NFC"), texts)


def each_distinct(texts: pd.Series[str], form: Callable[[str], str]) -> pd.Series[str]:
    """Call a function once for each distinct text; NA stays NA."""
    codes, distinct = pd.factorize(texts)
    forms = text_series([form(text) for text in arrow_texts(distinct).to_pylist()])
    return pd.Series(forms.array.take(codes, allow_fill=True), index=texts.index, name=texts.name)


def matches(texts: pd.Series[str], pattern: str) -> pd.Series[bool]:
    """Whether a regular expression (RE2's, which knows scripts) is found in each text; not in NA."""
    return _as_flags(pc.match_substring_regex(arrow_texts(texts), pattern), texts)


def is_ascii(texts: pd.Series[str]) -> pd.Series[bool]:
    """Whether each text is ASCII; NA is not."""
    return _as_flags(pc.string_is_ascii(arrow_texts(texts)), texts)


def arrow_texts(texts: pd.Series[str] | pd.Index[str]) -> Any:
    """Give a text column to Arrow, without copying where it is Arrow's already."""
    return pa.array(texts, pa.large_string(), from_pandas=True)


def whole(cells: Any) -> Any:
    """Make one piece of an Arrow column of several; to look up one text after another in it takes less."""
    if not isinstance(cells, pa.ChunkedArray):
        return cells
    # Arrow would copy a single piece too.
    return cells.chunk(0) if cells.num_chunks == 1 else cells.combine_chunks()


def _as_series(cells: Any, like: pd.Series[str]) -> pd.Series[str]:
    return pd.Series(pd.array(cells, dtype="str"), index=like.index, name=like.name)


def _as_flags(found: Any, like: pd.Series[str]) -> pd.Series[bool]:
    flags = pc.fill_null(found, False)  # noqa: FBT003 - the value to fill in
    return pd.Series(flags.to_numpy(zero_copy_only=False), index=like.index, name=like.name)


def may_be_text(kind: object) -> bool:
    """Whether a column of this dtype can hold texts: str, object, category, large_string, dictionary."""
    if isinstance(kind, pd.ArrowDtype):
        held = kind.pyarrow_dtype
        held = held.value_type if pa.types.is_dictionary(held) else held
        return bool(pa.types.is_string(held) or pa.types.is_large_string(held))
    return isinstance(kind, pd.CategoricalDtype) or kind in ("str", "object", "string")


def text_series(values: Sequence[str | None], index: pd.Index[Any] | None = None) -> pd.Series[str]:
    """Make a text column: ``str`` dtype, NA for None."""
    return pd.Series(pd.array(pa.array(values, pa.large_string()), dtype="str"), index=index)


def as_texts(texts: Any) -> pd.Series[str]:
    """Make a text column of an Arrow array of large strings, without copying; `arrow_texts` the other way round."""
    return pd.Series(pd.array(texts, dtype="str"))


def is_among(texts: pd.Series[str], others: pd.Series[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Tell which texts stand among others; NA stands nowhere. `Series.isin` would make a Python text of each of them."""
    found = pc.is_in(arrow_texts(texts), arrow_texts(others.dropna()))
    result: np.ndarray[Any, np.dtype[np.bool_]] = found.to_numpy(zero_copy_only=False)
    return result


def has_word(texts: pd.Series[str], word: str) -> pd.Series[bool]:
    """Tell which of these space-separated words hold one, such as the flags of a change."""
    return (" " + texts + " ").str.contains(f" {word} ", regex=False)


def shorten(text: str, limit: int = 60) -> str:
    """Cut a value to what fits in a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
