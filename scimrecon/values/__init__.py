"""How values become text, become JSON again, and compare.

Frames hold text; a resource holds JSON. A difference that only the exact comparison sees is cosmetic.
"""

from __future__ import annotations

from scimrecon.values.comparators import COMPARATOR_NAMES, Comparator, default_comparator, make_comparator
from scimrecon.values.formatting import name_formatting
from scimrecon.values.json_values import (
    canonical,
    kind_of,
    parse_resource,
    parse_resources,
    parse_surviving,
    to_json,
    to_text,
)
from scimrecon.values.listing import Page, split_page, split_user, unwrap_user
from scimrecon.values.names import normalise_dn
from scimrecon.values.suspicious import damage, hidden_characters, misread, mixed_script, null_word
from scimrecon.values.texts import (
    BOOLEAN_WORDS,
    PLAIN_LETTERS,
    SPACES,
    arrow_texts,
    as_texts,
    each_distinct,
    has_word,
    is_among,
    is_ascii,
    matches,
    may_be_text,
    normalise,
    normalise_text,
    shorten,
    text_series,
    whole,
)

__all__ = [
    "BOOLEAN_WORDS",
    "COMPARATOR_NAMES",
    "PLAIN_LETTERS",
    "SPACES",
    "Comparator",
    "Page",
    "arrow_texts",
    "as_texts",
    "canonical",
    "damage",
    "default_comparator",
    "each_distinct",
    "has_word",
    "hidden_characters",
    "is_among",
    "is_ascii",
    "kind_of",
    "make_comparator",
    "matches",
    "may_be_text",
    "misread",
    "mixed_script",
    "name_formatting",
    "normalise",
    "normalise_dn",
    "normalise_text",
    "null_word",
    "parse_resource",
    "parse_resources",
    "parse_surviving",
    "shorten",
    "split_page",
    "split_user",
    "text_series",
    "to_json",
    "to_text",
    "unwrap_user",
    "whole",
]
