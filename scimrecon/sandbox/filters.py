"""The one filter that vendors document: an attribute, ``eq``, and a text in quotes."""

from __future__ import annotations

import json
import re

_EQ = re.compile(r'(?P<name>\S+) eq (?P<text>"(?:[^"\\]|\\.)*")')


def read_eq(text: str) -> tuple[str, str]:
    """Return the attribute and the text that a filter compares (RFC 7644 §3.4.2.2).

    Raises
    ------
    ValueError
        It is any other filter.
    """
    found = _EQ.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return found["name"], str(json.loads(found["text"]))
