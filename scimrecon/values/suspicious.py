"""Values that are seldom what anyone meant: flags that put a change among those to look at, never a verdict.

Null, None and NA are real surnames, and a brand may well mix scripts. Nothing here changes or refuses a value.
"""

from __future__ import annotations

import codecs
import re
import unicodedata

import pandas as pd
import pyarrow.compute as pc

from scimrecon.values.texts import arrow_texts, each_distinct, is_ascii, matches, shorten, text_series

_SCRIPTS = ("Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Coptic")
"""Scripts with letters that look like those of another."""
_WORD = r"[\p{L}\p{M}\p{Cf}]"
_LETTER_OF = {script: rf"\p{{{script}}}" for script in _SCRIPTS}
_MIXED = "|".join(
    f"{letter}{_WORD}*[{''.join(other for other in _LETTER_OF.values() if other != letter)}]" for letter in _LETTER_OF.values()
)
_UNUSUAL = f"[{''.join(letter for script, letter in _LETTER_OF.items() if script != 'Latin')}]"
"""A letter of another script than Latin, without which nothing is mixed; quicker to look for than the mixture."""
_UNIT = r"(^|[^\p{L}\p{M}])(?:μ\p{Latin}{1,3}|\p{Latin}?Ω)($|[^\p{L}\p{M}])"
"""μm, kΩ: a Greek letter that is no part of a word."""
_HIDDEN = (
    "[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffc\U000e0000-\U000e007f]"
)
_JOINERS = (
    r"(?:^|[^\p{M}\p{So}\p{Sk}\p{Arabic}\p{Syriac}\p{Mongolian}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Oriya}\p{Tamil}"
    r"\p{Telugu}\p{Kannada}\p{Malayalam}\p{Sinhala}\p{Khmer}\p{Myanmar}])[\x{200c}\x{200d}]"
)
"""A joiner or non-joiner where no script and no emoji asks for one; Persian and Hindi names are spelt with them."""
_NULL_WORDS = (
    r"^\s*(?:(?i:null|none|n/a|n\.a\.|<null>|\(null\)|\[null\]|<none>|<nil>|<na>|undefined|\\n)"
    r"|(?i:#(?:n/a|ref!|value!|name\?|div/0!|num!|null!|error!|spill!|calc!))"
    r"|-?(?:nan|NaN|NAN)|NA|NaT|nil|NIL|-{1,3}|[–—]|\?{1,3})\s*$"
)
"""What Python, R, Go, SQL, Excel and people write for no value. Nan, Na and Nil, so spelt, are names."""
_REPLACED = "\ufffd"
_BYTES = {number: number for number in range(0x80)}
_BYTES |= {
    ord(sign): number
    for number in range(0x80, 0x100)
    for sign in (chr(number), bytes([number]).decode("cp1252", "ignore"))
    if sign
}
"""The byte each character stood for, read as cp1252 or as Latin-1."""
_LEADS, _TRAILS = (
    "".join(rf"\x{{{code:x}}}" for code, byte in _BYTES.items() if byte in within)
    for within in (range(0xC2, 0xF5), range(0x80, 0xC0))
)
_MAX_MISREADINGS = 3
_MOJIBAKE = f"[{_LEADS}][{_TRAILS}]"
"""Two characters that may be one of UTF-8."""

_WIDE = re.compile("[^\x00-\x7f\u061f\uff1f]")
"""What an encoding may lack. The question marks of Arabic and Chinese may well have become ASCII's."""


def mixed_script(texts: pd.Series[str]) -> pd.Series[bool]:
    """Whether a word mixes letters of Latin, Cyrillic, Greek, Armenian, Cherokee or Coptic, which look alike.

    Words of different scripts beside each other are fine, and so are units (μm, kΩ); NA is no word.
    """
    mixed = _found_beyond(_found_beyond(~is_ascii(texts) & texts.notna(), texts, _UNUSUAL), texts, _MIXED)
    if mixed.any():
        words = arrow_texts(texts[mixed])
        for _ in range(2):  # two units share the space between them
            words = pc.replace_substring_regex(words, _UNIT, r"\1 \2")
        mixed[mixed] = matches(pd.Series(pd.array(words, dtype="str")), _MIXED).to_numpy()
    return mixed


def hidden_characters(texts: pd.Series[str]) -> pd.Series[bool]:
    """Whether a text holds what nobody sees: zero-width, control and bidi characters, soft hyphens, byte order marks.

    Tabs and line ends count, also where an address may have them; joiners do not where a script or an emoji needs them.
    """
    shown = pc.fill_null(pc.ascii_is_printable(arrow_texts(texts)), True)  # noqa: FBT003 - NA holds nothing
    return _found_beyond(pd.Series(~shown.to_numpy(zero_copy_only=False), index=texts.index), texts, f"{_HIDDEN}|{_JOINERS}")


def _found_beyond(doubtful: pd.Series[bool], texts: pd.Series[str], pattern: str) -> pd.Series[bool]:
    """Whether a pattern is found, in those texts alone that may hold it: most are ASCII, and to prepare a pattern takes time."""
    if doubtful.any():
        doubtful[doubtful] = matches(texts[doubtful], pattern)
    return doubtful


def null_word(texts: pd.Series[str]) -> pd.Series[bool]:
    """Whether a whole cell is a word by which some program says "no value": nan, None, NULL, N/A, #REF!, -.

    Null, None and NA are also people's names: this only says that a look is worth it.
    """
    return matches(texts, _NULL_WORDS)


def damage(after: pd.Series[str], before: pd.Series[str]) -> pd.Series[str]:
    """Say in words why a text seems damaged by a wrong encoding; NA where it does not.

    Parameters
    ----------
    after
        What is to be written.
    before
        What is there now, on the same index: a "?" where this has a non-ASCII character is damage.
    """
    words = misread(after)
    marked = words.isna() & after.str.contains("?", regex=False, na=False) & ~is_ascii(before) & before.notna()
    if marked.any():
        words[marked] = _lost_letters(after[marked], before[marked])
    return words


def misread(texts: pd.Series[str]) -> pd.Series[str]:
    """Say in words why a text seems to have been read in a wrong encoding; NA where it does not."""
    words = text_series([None] * len(texts), texts.index)
    wide = ~is_ascii(texts) & texts.notna()
    doubtful = _found_beyond(wide.copy(), texts, _MOJIBAKE)
    if doubtful.any():
        read = each_distinct(texts[doubtful], _misread)
        words[doubtful] = read.mask(read == "")
    replaced = _found_beyond(wide, texts, _REPLACED)
    if replaced.any():
        words[replaced] = f"holds {_REPLACED}, which stands for a character that could not be read"
    return words


def _misread(text: str) -> str:
    """Say what a text was before its UTF-8 was read as cp1252 or Latin-1, once or more often; '' where it was not."""
    meant = text
    for _ in range(_MAX_MISREADINGS):
        try:
            meant = codecs.charmap_encode(meant, "strict", _BYTES)[0].decode()
        except UnicodeError:
            break
    return "" if meant == text else f"UTF-8 read as another encoding: would be '{shorten(meant)}'"


def _lost_letters(after: pd.Series[str], before: pd.Series[str]) -> pd.Series[str]:
    pairs = pd.DataFrame({"after": after.array, "before": before.array})
    distinct = pairs.drop_duplicates()
    texts = (arrow_texts(distinct[side]).to_pylist() for side in ("after", "before"))
    distinct = distinct.assign(reason=text_series(list(map(_lost_letter, *texts)), distinct.index))
    return pairs.merge(distinct, how="left", on=["after", "before"])["reason"].set_axis(after.index)


def _lost_letter(after: str, before: str) -> str | None:
    after, before = unicodedata.normalize("NFC", after), unicodedata.normalize("NFC", before)
    lost = _WIDE.search(before)
    if lost is None:
        return None
    if after == _WIDE.sub("?", before):
        return f"has '?' where '{lost[0]}' was"
    if after == _WIDE.sub(lambda sign: "?" * len(sign[0].encode()), before):
        return f"has '{'?' * len(lost[0].encode())}' where '{lost[0]}' was"
    if len(after) != len(before):
        return None
    unlike = [(new, old) for new, old in zip(after, before, strict=True) if new != old]
    if not unlike or any(new != "?" or not _WIDE.match(old) for new, old in unlike):
        return None
    return f"has '?' where '{unlike[0][1]}' was"
