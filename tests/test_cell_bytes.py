"""What bytes of whole columns tell is what a look at each cell tells."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon.exports.cell_bytes import CellBytes
from scimrecon.exports.signs import of_cells
from scimrecon.values import misread, null_word, text_series

CELLS = st.none() | st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    ["null", " NULL", "<None>\t", "N/A",
     "n.a.", "(null)", "[NULL]", "#REF!", "#DIV/0!", "-nan", "NaT", "nil", "---", "–", "—", "??",
     "\\N", "undefined", "<na>", "Null", " a", "a\u00a0", "\u3000a", "a\x1c", "a b", "MÃ¼ller", "Zoë", "â€™", "\ufffd", "1E+5",
     "1914310000010100000", "+353", "x" * 70, "a?b"]
)  # fmt: skip


def counts(cells, finding):
    rows = pd.DataFrame({"Cell": cells})
    return sum(told["count"] for told in of_cells(rows, ()) if told["finding"] == finding)


@settings(max_examples=60)
@given(st.lists(CELLS, max_size=6), st.integers(0, 2))
def test_no_remarkable_cell_is_overlooked(texts, start):
    cells = text_series(texts).iloc[start:]  # of a part of a column, too
    filled = cells.dropna()
    assert counts(cells, "edge_blanks") == sum(cell != cell.strip() for cell in filled)
    assert counts(cells, "null_words") == int(null_word(filled).sum())
    assert counts(cells, "mojibake") == int(misread(filled).notna().sum())
    held = CellBytes(cells)
    assert held.is_ascii == all(cell.isascii() for cell in filled)
    assert held.holds(b"E+") >= any("E+" in cell for cell in filled)
    assert held.may_repeat() == bool(filled.duplicated().any())
