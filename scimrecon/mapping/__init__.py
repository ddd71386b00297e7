"""Turn text rows into the users an export wants: which column, or constant, becomes which SCIM attribute.

In the desired frame a cell is a value, NA (blank: no opinion) or ``''`` (shall be cleared); an attribute without a column is
none of its business. A blank cell keeps what the target has, unless the mapping says ``on_blank="clear"`` or ``"error"``.
All values of a multi-valued attribute stand in one cell, as a JSON array of texts; a reference to another user stands as the
export writes it, until `compare` finds whom it means.
"""

from __future__ import annotations

from scimrecon.mapping.desired import Desired, Reference, number_rows
from scimrecon.mapping.mapping import map_users
from scimrecon.mapping.rules import (
    Column,
    Constant,
    OnBlank,
    ReferenceColumn,
    Rule,
    RuleForm,
    column,
    constant,
    reference,
)
from scimrecon.mapping.transforms import TRANSFORMS

__all__ = [
    "TRANSFORMS",
    "Column",
    "Constant",
    "Desired",
    "OnBlank",
    "Reference",
    "ReferenceColumn",
    "Rule",
    "RuleForm",
    "column",
    "constant",
    "map_users",
    "number_rows",
    "reference",
]
