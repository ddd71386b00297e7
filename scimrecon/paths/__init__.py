"""One SCIM attribute path: parse it, read it, write it (RFC 7644 §3.5.2, §3.10).

A path names one text cell of a user: ``title``, ``name.givenName``, ``emails[type eq "work"].value``,
``emails[primary eq true].value``. Enterprise attributes go by short name (``department``), other extensions by full URN.
A filter that hits two elements raises; it never takes the first. A lone element that lacks ``type`` or ``primary`` is the one
a filter on that member names, and writing it supplies the member.
"""

from __future__ import annotations

from scimrecon.paths.parsing import parse_attribute, parse_path, parse_set
from scimrecon.paths.path import AttributePath, Resource, find_key
from scimrecon.paths.reading import NOTHING, SUPPLIED, Element, read_element, read_path
from scimrecon.paths.writing import clear_path, write_path

__all__ = [
    "NOTHING",
    "SUPPLIED",
    "AttributePath",
    "Element",
    "Resource",
    "clear_path",
    "find_key",
    "parse_attribute",
    "parse_path",
    "parse_set",
    "read_element",
    "read_path",
    "write_path",
]
