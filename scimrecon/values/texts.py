"""Text cells: their column type and the form in which formatting vanishes."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa

BOOLEAN_WORDS = {
    **dict.fromkeys(("true", "yes", "y", "1", "on", "active", "enabled"), "true"),
    **dict.fromkeys(("false", "no", "n", "0", "off", "inactive", "disabled"), "false"),
}
"""What a word of an export means to a boolean attribute; case-folded words, as cells write them."""


def normalise(texts: pd.Series[str], *, case_exact: bool) -> pd.Series[str]:
    """Bring texts to the form in which cosmetic differences vanish.

    Cost: whole-column operations where texts are ASCII; a Python-level pass over those that are not.
    """
    trimmed = texts.str.strip()
    normal = trimmed if case_exact else trimmed.str.lower()
    wide = ~(trimmed.str.isascii() | trimmed.isna())
    if not wide.any():
        return normal
    composed = trimmed[wide].str.normalize("NFC")
    if not case_exact:
        composed = composed.str.casefold().str.normalize("NFC")
    return normal.mask(wide, composed)


def normalise_text(text: str, *, case_exact: bool) -> str:
    """Bring one text to the form of `normalise`."""
    return str(normalise(text_series([text]), case_exact=case_exact).iloc[0])


def text_series(values: list[str | None], index: pd.Index[Any] | None = None) -> pd.Series[str]:
    """Make a text column: ``str`` dtype, NA for None."""
    return pd.Series(pd.array(pa.array(values, pa.large_string()), dtype="str"), index=index)


def shorten(text: str, limit: int = 60) -> str:
    """Cut a value to what fits in a message."""
    flat = " ".join(text.split())
    return flat if len(flat) <= limit else flat[: limit - 1] + "…"
