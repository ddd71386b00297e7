"""Which rows a pandera schema may fault, told by Arrow's operations on whole columns, so that pandera looks at few."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
import pandera.pandas as pandera
import pyarrow as pa
import pyarrow.compute as pc

from scimrecon.exports.cell_bytes import CellBytes, Flags

_UNLIKE = re.compile(r"\(\?|\{,|\[\[|\\[QCpPbBzZ]")
"""What Arrow's regular expressions do not read as Python's, or not at all."""
_ODD_SIGN = r"[^ -~]"
"""Signs of which the two may say otherwise whether they are white space, digits or letters."""


def find_doubtful(rows: pd.DataFrame, schema: Any) -> Flags | None:
    """Tell which rows a schema may fault; None where that cannot be told but by pandera itself.

    Cost: what the checks cost in Arrow; 0.7 s for a million rows of twenty columns, each with one check.

    Parameters
    ----------
    rows
        Text columns.
    schema
        A `DataFrameSchema` of pandera's for pandas. Of its columns' checks, the built-in ones of texts are known.
    """
    if not _is_plain(schema):
        return None
    doubtful = np.zeros(len(rows), dtype=bool)
    for name, column in schema.columns.items():
        if not _is_known(column):
            return None
        if name not in rows.columns:
            continue  # pandera says so of any row
        cells = CellBytes(rows[name])
        if not column.nullable and cells.texts.null_count:
            doubtful |= _flags(pc.is_null(cells.texts))
        if column.unique and (cells.texts.null_count > 1 or cells.may_repeat()):
            doubtful |= rows[name].duplicated(keep=False).to_numpy()
        for check in column.checks:
            passed = _passed(cells, check)
            if passed is None:
                return None
            doubtful |= _flags(pc.fill_null(pc.invert(passed), False))  # noqa: FBT003 - of NA, as `ignore_na` says
    return doubtful


def _is_plain(schema: Any) -> bool:
    """Whether a schema speaks of columns alone, each by itself, and changes nothing."""
    return type(schema) is pandera.DataFrameSchema and not (
        schema.checks or schema.parsers or schema.index is not None or schema.unique or schema.coerce or schema.drop_invalid_rows
        or schema.add_missing_columns or schema.dtype is not None
    )  # fmt: skip


def _is_known(column: Any) -> bool:
    changes = column.coerce or column.parsers or column.regex or column.default is not None or column.drop_invalid_rows
    return type(column) is pandera.Column and not changes and (column.dtype is None or str(column.dtype).startswith("str"))


def _passed(cells: CellBytes, check: Any) -> Any:
    """Which texts certainly pass; None where that cannot be told."""
    known = _KNOWN.get(check.name)
    ours = known is not None and check.statistics and check.ignore_na and not (check.element_wise or check.groupby)
    return known(cells, check.statistics) if known is not None and ours else None


def _is_in(cells: CellBytes, said: Mapping[str, Any]) -> Any:
    allowed = list(said["allowed_values"])
    if not all(isinstance(value, str) for value in allowed):
        return None
    return pc.is_in(cells.texts, pa.array(allowed, pa.large_string()))


def _has_length(cells: CellBytes, said: Mapping[str, Any]) -> Any:
    length = pc.utf8_length(cells.texts)
    exact, least, most = (said.get(name) for name in ("exact_value", "min_value", "max_value"))
    if exact is not None:
        return pc.equal(length, exact)
    if least is None or most is None:
        return pc.greater_equal(length, least) if most is None else pc.less_equal(length, most)
    return pc.and_(pc.greater_equal(length, least), pc.less_equal(length, most))


def _matches(cells: CellBytes, said: Mapping[str, Any]) -> Any:
    return _found(cells, said["pattern"], "^(?:{})")


def _contains(cells: CellBytes, said: Mapping[str, Any]) -> Any:
    return _found(cells, said["pattern"], "{}")


def _found(cells: CellBytes, pattern: Any, form: str) -> Any:
    if not isinstance(pattern, str) or not pattern.isascii() or _UNLIKE.search(pattern):
        return None
    try:
        found = pc.match_substring_regex(cells.texts, form.format(pattern))
    except pa.ArrowInvalid:
        return None
    if not cells.is_printable:
        found = pc.and_(found, pc.invert(pc.match_substring_regex(cells.texts, _ODD_SIGN)))
    return found


_KNOWN: Mapping[str, Callable[[CellBytes, Mapping[str, Any]], Any]] = {
    "isin": _is_in,
    "str_length": _has_length,
    "str_matches": _matches,
    "str_contains": _contains,
}
"""By the name of a check of pandera's: which texts pass it."""


def _flags(found: Any) -> Flags:
    flags: Flags = found.to_numpy(zero_copy_only=False)
    return flags
