"""Which values are worth a second look, and which only look strange."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon.values import damage, hidden_characters, mixed_script, null_word, text_series

FLAGS = [mixed_script, hidden_characters, null_word]
CELLS = st.lists(st.none() | st.text() | st.text("аaÃ¼?\ufffd μm\u200d-NA"), max_size=6)


@pytest.mark.parametrize(
    "text",
    ["Аdmin", "ivаn.petrov", "Pаt Lee", "pаypal", "Σmith", "Ωmega", "Հello", "Ꭺnna", "Иvan", "Кος", "а\u200badmin", "5 μm Аdmin"],
)
def test_a_word_of_two_scripts_that_look_alike_is_flagged(text):
    assert mixed_script(text_series([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text",
    ["Иван Петров", "Иван Petrov", "R2-Д2", "Αθήνα", "王Wang", "田中さん", "5 μm", "5 µm", "2 μg/m, 3 kΩ", "μm μs μg",
     "β-blocker", "Müller", "Nguyễn", "Сергеи\u0306", "O'Brien", "محمد Ali", ""],
)  # fmt: skip
def test_whole_words_and_units_of_any_script_are_fine(text):
    assert mixed_script(text_series([text])).tolist() == [False]


@pytest.mark.parametrize(
    "text",
    ["Pat\u200bLee", "Mül\u00adler", "\ufeffuserName", "\u202aDE\u202c", "a\u2066b\u2069", "a\u061cb", "Pat\tLee", "Pat\nLee",
     "Pat\x00", "Pat\x85", "\ufffc", "Pat\u200dLee", "\u200cPat", "\u3164", "Pat\U000e0041"],
)  # fmt: skip
def test_what_nobody_sees_is_flagged(text):
    assert hidden_characters(text_series([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text",
    ["Pat Lee", "Pat\u00a0Lee", "Zoe\u0308", "علی\u200cرضا", "क्\u200dष", "👩\u200d💻", "👍🏽", "❤\ufe0f", "渡邉\U000e0100", ""],
)
def test_marks_and_joiners_a_script_needs_are_fine(text):
    assert hidden_characters(text_series([text])).tolist() == [False]


@pytest.mark.parametrize(
    "text",
    ["nan", "NaN", "None", "none", "null", "NULL", "Null", "NA", "N/A", "n/a", "#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!",
     "<null>", "(null)", "<NA>", "undefined", "nil", "-", "--", "?", " null ", "\\N"],
)  # fmt: skip
def test_a_word_for_no_value_is_flagged(text):
    assert null_word(text_series([text])).tolist() == [True]


@pytest.mark.parametrize(
    "text", ["Nan", "Na", "Nil", "Nullmann", "Null Island", "Nina", "NATO", "0", "#1", "-1", "", "N", "A/N", "a - b"]
)
def test_names_and_short_values_are_no_words_for_no_value(text):
    assert null_word(text_series([text])).tolist() == [False]


@pytest.mark.parametrize(
    ("after", "before", "words"),
    [
        ("Zo\ufffd", "Zoë", "holds \ufffd"),
        ("Zo\ufffd", None, "holds \ufffd"),
        ("MÃ¼ller", "Müller", "would be 'Müller'"),
        ("MÃ¼ller", None, "would be 'Müller'"),
        ("MÃƒÂ¼ller", "Müller", "would be 'Müller'"),
        ("Ã\x9cber", "Über", "would be 'Über'"),
        ("Å\x81Ã³dÅº", "Łódź", "would be 'Łódź'"),
        ("Oâ€™Brien", "O'Brien", "would be 'O’Brien'"),
        ("Î‘Î¸Î®Î½Î±", "Athens", "would be 'Αθήνα'"),
        ("M?ller", "Müller", "has '?' where 'ü' was"),
        ("M?ller", "Mu\u0308ller", "has '?' where 'ü' was"),
        ("M??ller", "Müller", "has '??' where 'ü' was"),
        ("?ód?", "Łódź", "has '?' where 'Ł' was"),
        ("??", "王芳", "has '?' where '王' was"),
        ("O?Brien", "O’Brien", "has '?' where '’' was"),
    ],
)
def test_how_a_value_seems_damaged(after, before, words):
    assert words in damage(text_series([after]), text_series([before])).iloc[0]


@pytest.mark.parametrize(
    ("after", "before"),
    [
        ("Müller", "Mueller"),
        ("M?ller", "Muller"),
        ("M?ller", None),
        ("M?iler", "Müller"),
        ("Müller?", "Müller"),
        ("Who?", "Wer"),
        ("Wer?", "Wer？"),
        ("JOÃO", "João"),
        ("Ñandú", "Nandu"),
        ("ÊÎÔ", "x"),
        ("Łódź", "Lodz"),
        ("", "Müller"),
        (None, "Müller"),
        ("x" * 10 + "?", "é" * 3),
    ],
)
def test_a_whole_value_is_not_taken_for_damaged(after, before):
    assert damage(text_series([after]), text_series([before])).isna().tolist() == [True]


@pytest.mark.parametrize("flag", FLAGS)
@settings(max_examples=50)
@given(CELLS)
def test_a_flag_is_each_cells_own_and_never_on_a_blank(flag, values):
    flags = flag(text_series(values))
    assert flags.dtype == bool
    assert flags.tolist() == [value is not None and bool(flag(text_series([value])).iloc[0]) for value in values]


@settings(max_examples=50)
@given(CELLS, st.randoms())
def test_damage_is_each_cells_own(values, random):
    before = random.sample(values, len(values))
    found = damage(text_series(values), text_series(before))
    alone = [damage(text_series([one]), text_series([other])).iloc[0] for one, other in zip(values, before, strict=True)]
    assert found.dtype == "str"
    assert found.isna().tolist() == [pd.isna(words) for words in alone]
    assert found.dropna().tolist() == [words for words in alone if not pd.isna(words)]


@given(st.text("äöüßéèłóźřşğΑθήνα", min_size=1))
def test_utf_8_read_as_cp1252_is_seen_whatever_it_was(text):
    misread = "".join(bytes([byte]).decode("cp1252", "ignore") or chr(byte) for byte in text.encode())
    assert f"would be '{text}'"[:40] in damage(text_series([misread]), text_series([None])).iloc[0]


def test_labels_stay_even_when_repeated():
    index = pd.Index([7, 3, 3])
    after, before = text_series(["M?ller", "Zo\ufffd", None], index), text_series(["Müller", "Zoë", "x"], index)
    assert damage(after, before).index.tolist() == [7, 3, 3]
    assert damage(after, before).isna().tolist() == [False, False, True]
    assert mixed_script(after).index.tolist() == [7, 3, 3]


def test_a_message_about_damage_fits_a_line():
    assert len(damage(text_series(["Ã¼" * 500]), text_series([None])).iloc[0]) < 120
