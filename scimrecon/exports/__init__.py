"""Read a directory or HR export: file in, text rows, rejects and findings out.

Reading is text only: no type is guessed and no null token assumed, so ``NA``, ``None`` and ``00123`` stay what they are. An
empty cell is NA. What a cell means is said in the mapping, later.
"""

from __future__ import annotations

from scimrecon.exports.catalogue import PRESETS, Preset, presets
from scimrecon.exports.checking import find_faults
from scimrecon.exports.export import Export, Source
from scimrecon.exports.reading import read_export
from scimrecon.exports.table import read_values, write_values

__all__ = ["PRESETS", "Export", "Preset", "Source", "find_faults", "presets", "read_export", "read_values", "write_values"]
