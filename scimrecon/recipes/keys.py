"""What spellings of one thing have in common: the keys that OpenRefine's key collision clusters by.

Fingerprint: lower case, no punctuation, plain letters, the words once each and in order. N-gram: likewise without blanks, and
pairs of letters in the place of words, which also brings together what is cut into words otherwise.
"""

from __future__ import annotations

import re
import unicodedata

from scimrecon.values import PLAIN_LETTERS

_ACCENTS = re.compile("[\u0300-\u036f]")
_SILENT = "PSC"
"""Unicode's categories of punctuation, signs and what is not printed."""
_ASCII = {code: None for code in range(0x80) if unicodedata.category(chr(code))[0] in _SILENT and not chr(code).isspace()}
_LETTERS = 2


def plain_text(text: str) -> str:
    """Write a text in lower case, with plain letters and without punctuation; the blanks between words stay."""
    if text.isascii():
        return text.lower().translate(_ASCII)
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", text).casefold()).translate(PLAIN_LETTERS)
    kept = "".join(letter for letter in apart if letter.isspace() or unicodedata.category(letter)[0] not in _SILENT)
    return unicodedata.normalize("NFC", kept)


def fingerprint(text: str) -> str:
    """Give the words of a text, once each, in order; ``''`` where it has none."""
    return " ".join(sorted(set(plain_text(text).split())))


def ngram_fingerprint(text: str) -> str:
    """Give the pairs of neighbouring letters of a text, once each, in order; ``''`` where it has no letters."""
    letters = "".join(plain_text(text).split())
    pairs = {letters[at : at + _LETTERS] for at in range(max(1, len(letters) - _LETTERS + 1))}
    return "".join(sorted(pairs))
