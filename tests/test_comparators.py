"""Which texts mean the same to which attribute, and how the difference between them is called."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon.errors import CompareError
from scimrecon.paths import parse_path
from scimrecon.values import (
    BOOLEAN_WORDS,
    COMPARATOR_NAMES,
    default_comparator,
    make_comparator,
    name_formatting,
    normalise,
    normalise_text,
    text_series,
)

ALL = [(name, None) for name in COMPARATOR_NAMES] + [("phone", "GB"), ("phone", "AR")]
PHONES = st.text("0123456789+-() ./x٠９＋", max_size=24)
TAGS = st.text("abcdefgzUSLN01-_,;=q.@* ", max_size=24)
MAIL = st.tuples(st.text(max_size=8), st.text(max_size=12)).map("@".join)
WORDS = st.sampled_from(["USA", "Suisse", "Österreich", "W. Europe Standard Time", "utc", "Yes", "iw_IL", "Congo", "x", "Ⅷ", "İ"])
TEXTS = st.text() | PHONES | TAGS | MAIL | WORDS


def alike(rule, left, right, region=None):
    return make_comparator(rule, region=region).alike(text_series([left]), text_series([right])).tolist() == [True]


SAME = {
    "case_exact": [
        ("Zoe\u0308", "Zoë"),
        (" Pat ", "Pat"),
        ("Pat\u00a0 \tLee", "Pat Lee"),
        ("Mül\u00adler", "Müller"),
        ("\ufeff000417", "000417"),
        ("\u202aDE-0417\u202c", "DE-0417"),
        ("e\u200b\u0301", "é"),
    ],
    "case_insensitive": [
        ("O'BRIEN", "o'brien"),
        ("ÅSA", "åsa"),
        ("\u212aelvin", "kelvin"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
        ("R\u00a0& d", "r & D"),
        ("zoe\u0308", "ZOË"),
    ],
    "phone": [
        ("(020) 7946 0000", "020-7946-0000"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("tel:+44-20-7946-0000;ext=12", "+44 20 7946 0000 ext. 12"),
        ("tel:20-7946-0000;phone-context=+44", "+442079460000"),
        ("+44 20 7946 0000 x012", "+442079460000 Extension 012"),
        ("\u202a+44 20 7946 0000\u202c", "+442079460000"),
        ("＋４４ ２０ ７９４６ ００００", "+442079460000"),
        ("+1 (201) 555-0123", "+1.201.555.0123"),
        ("Call desk", "call desk"),
    ],
    "email": [
        ("Zoe.O'Brien@Example.COM", "zoe.o'brien@example.com"),
        ("zoë@münchen.example", "Zoë@xn--mnchen-3ya.example"),
        ("a@例え。テスト", "a@xn--r8jz45g.xn--zckzah"),
        ("Pat@", "pat@"),
        ("PAT@" + "ü" * 300, "pat@" + "Ü" * 300),
    ],
    "language": [
        ("en_US", "en-us"),
        ("iw", "he"),
        ("in-ID", "id-ID"),
        ("de_DE.UTF-8@euro", "de-DE"),
        ("sr_RS@latin", "sr-Latn-RS"),
        ("en-UK", "en-GB"),
        ("da, en-gb;q=0.80, en; q=0.7", "da,en-GB;q=0.8,en;q=0.7"),
        ("en;q=1.0", "en"),
        ("de_de-u-co-PHONEBK", "de-DE-u-co-phonebk"),
        ("ENGLISH", "english"),
    ],
    "timezone": [
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("europe/berlin", "Europe/Berlin"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("India Standard Time", "Asia/Calcutta"),
        ("US/Eastern", "America/New_York"),
        ("UTC", "Etc/UTC"),
        ("Z", "utc"),
        ("MARS/Phobos", "mars/phobos"),
    ],
    "country": [
        ("USA", "US"),
        ("840", "us"),
        ("UK", "GB"),
        ("Germany", "Deutschland"),
        ("DEU", "de"),
        ("Suisse", "Svizzera"),
        ("Côte d’Ivoire", "Cote d'Ivoire"),
        ("Turkey", "Türkiye"),
        ("日本", "JP"),
        ("Bosnia and Herzegovina", "Bosnia & Herzegovina"),
        ("ATLANTIS", "Atlantis"),
    ],
    "boolean": [("TRUE", "yes"), ("1", "Active"), ("No", "false"), ("Perhaps", "perhaps")],
}
DIFFERENT = {
    "exact": [("Pat", "pat"), ("Pat", "Pat "), ("Zoe\u0308", "Zoë"), ("", "x")],
    "case_exact": [("Pat", "pat"), ("000417", "417"), ("a b", "ab"), ("O'Brien", "O’Brien")],
    "case_insensitive": [("Strasse", "Straße"), ("I", "ı"), ("Jose", "José"), ("R&D", "R & D"), ("ﬁn", "fin")],
    "phone": [
        ("call desk 5", "5"),
        ("1-800-FLOWERS", "1-800-3569377"),
        ("020 7946 0000", "+44 20 7946 0000"),
        ("+44 20 7946 0000", "+44 20 7946 0001"),
        ("+44 20 7946 0000 x12", "+44 20 7946 0000"),
        ("020 7946 0000, 020 7946 0001", "02079460000 02079460001"),
        ("*100#", "100"),
        ("+044 20 7946 0000", "+44 20 7946 0000"),
        ("-", "+"),
        ("tel:7042;phone-context=example.com", "7042"),
    ],
    "email": [("a@straße.example", "a@strasse.example"), ("zoe@example.com", "zoë@example.com"), ("a b@ü x", "a b@xn--x-xka")],
    "language": [
        ("en-US", "en"),
        ("sr-Latn", "sr-Cyrl"),
        ("en,de", "de,en"),
        ("en;q=0.5", "en"),
        ("ca_ES@valencia", "ca-ES"),
        ("de-u-co-de", "de-CO"),
    ],
    "timezone": [("Europe/Berlin", "Europe/Vienna"), ("UTC", "Europe/London"), ("", "UTC")],
    "country": [("Congo", "CD"), ("AN", "CW"), ("Georgia", "US"), ("North Korea", "KR"), ("EU", "European Union")],
    "boolean": [("yes", "no"), ("ja", "yes"), ("2", "true")],
}


def cases(table):
    return [(rule, left, right) for rule, pairs in table.items() for left, right in pairs]


@pytest.mark.parametrize(("rule", "left", "right"), cases(SAME))
def test_texts_that_differ_in_formatting_only(rule, left, right):
    assert alike(rule, left, right)
    assert alike(rule, right, left)


@pytest.mark.parametrize(("rule", "left", "right"), cases(DIFFERENT))
def test_texts_that_mean_something_else(rule, left, right):
    assert not alike(rule, left, right)
    assert not alike(rule, right, left)


@pytest.mark.parametrize(
    ("left", "right", "region"),
    [
        ("020 7946 0000", "+44 20 7946 0000", "GB"),
        ("0044 20 7946 0000", "+442079460000", "gb"),
        ("(201) 555-0123", "+12015550123", "US"),
        ("1 201 555 0123", "+12015550123", "US"),
        ("030/123456", "+49 30 123456", "DE"),
        ("06 1234 5678", "+39 06 1234 5678", "IT"),
        ("+44 20 7946 0000", "+442079460000", "US"),
    ],
)
def test_a_region_gives_a_national_number_its_country(left, right, region):
    assert alike("phone", left, right, region)


def test_a_short_number_stays_as_it_is_dialled_in_every_region():
    assert not alike("phone", "112", "+44112", "GB")


@pytest.mark.parametrize("region", ["UK", "England", "ZZ", "", "826"])
def test_a_region_nobody_dials_in_is_refused_by_name(region):
    with pytest.raises(CompareError, match=f"region: '{region}' is not .*such as 'GB'"):
        make_comparator("phone", region=region)


@pytest.mark.parametrize("rule", COMPARATOR_NAMES)
def test_blank_is_like_nothing_and_cleared_is_like_cleared(rule):
    left, right = text_series([None, None, "", ""]), text_series([None, "x", "", None])
    assert make_comparator(rule).alike(left, right).tolist() == [False, False, True, False]


@pytest.mark.parametrize(("rule", "region"), ALL)
def test_blank_cells_order_length_and_labels_stay(rule, region):
    texts = pd.Series(["Yes", None, "", "Zoë ", "Yes"], index=[7, 3, 3, 1, 0], dtype="str", name="cells")
    before = texts.copy()
    forms = make_comparator(rule, region=region).normalise(texts)
    assert forms.dtype == "str"
    assert (forms.index.tolist(), forms.name) == ([7, 3, 3, 1, 0], "cells")
    assert forms.isna().tolist() == [False, True, False, False, False]
    assert forms.iloc[2] == ""
    pd.testing.assert_series_equal(texts, before)


@pytest.mark.parametrize("rule", COMPARATOR_NAMES)
def test_an_empty_column_has_an_empty_normal_form(rule):
    assert make_comparator(rule).normalise(text_series([])).tolist() == []
    assert make_comparator(rule).alike(text_series([]), text_series([])).tolist() == []


@pytest.mark.parametrize(("rule", "region"), ALL)
@settings(max_examples=50)
@given(st.lists(st.none() | TEXTS, max_size=6))
def test_a_normal_form_is_final_and_each_cells_own(rule, region, values):
    comparator = make_comparator(rule, region=region)
    forms = comparator.normalise(text_series(values))
    again = comparator.normalise(forms)
    assert again.dropna().tolist() == forms.dropna().tolist()
    alone = [comparator.normalise(text_series([value])).iloc[0] for value in values if value is not None]
    assert forms.dropna().tolist() == alone


@given(st.lists(st.none() | TEXTS, max_size=6), st.booleans())
def test_a_column_and_a_single_text_have_the_same_normal_form(values, case_exact):
    forms = normalise(text_series(values), case_exact=case_exact)
    assert forms.dropna().tolist() == [normalise_text(value, case_exact=case_exact) for value in values if value is not None]


@pytest.mark.parametrize(("rule", "region"), ALL)
@settings(max_examples=50)
@given(TEXTS, TEXTS)
def test_alike_is_having_one_normal_form(rule, region, left, right):
    comparator = make_comparator(rule, region=region)
    forms = comparator.normalise(text_series([left, right]))
    assert comparator.alike(text_series([left]), text_series([right])).tolist() == [forms.iloc[0] == forms.iloc[1]]


@pytest.mark.parametrize("rule", sorted(set(COMPARATOR_NAMES) - {"exact", "case_exact"}))
@settings(max_examples=50)
@given(TEXTS)
def test_letter_case_matters_to_no_other_comparator(rule, text):
    assert alike(rule, text, normalise_text(text, case_exact=False))


@pytest.mark.parametrize("word", BOOLEAN_WORDS)
def test_every_boolean_word_is_like_what_it_means(word):
    assert alike("boolean", word.upper(), BOOLEAN_WORDS[word])


def test_a_function_is_called_once_for_each_distinct_text_that_differs():
    called = []

    def badge(text):
        called.append(text)
        return text.lstrip("0")

    left = text_series(["000417", "417", "000417", None, "", "12"])
    right = text_series(["417", "417", "0417", "9", "", "21"])
    comparator = make_comparator(badge)
    assert comparator.alike(left, right).tolist() == [True, True, True, False, True, False]
    assert sorted(called) == ["000417", "0417", "12", "21", "417"]
    assert comparator.name == "badge"


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda text: text.split("-")[1], r"comparator lambda: it failed on 'Null Island': IndexError"),
        (lambda text: {}[text], "KeyError"),
        (lambda text: int(text), "ValueError: invalid literal"),
        (lambda text: text + 1, "TypeError"),
        (lambda text: text.casefolded(), "AttributeError"),
        (lambda text: "\ud800", "UnicodeEncodeError"),
        (lambda text: None, "it made NoneType of 'Null Island'. Make it return a text"),
        (len, "comparator len: it made int of 'Null Island'"),
    ],
)
def test_a_function_that_fails_is_named_with_the_text(function, words):
    with pytest.raises(CompareError, match=words):
        make_comparator(function).normalise(text_series(["Null\nIsland"]))


def test_an_error_of_another_kind_in_a_function_is_its_authors():
    comparator = make_comparator(lambda text: str(1 / len(text.strip())))
    with pytest.raises(ZeroDivisionError):
        comparator.normalise(text_series([" "]))


@pytest.mark.parametrize(
    ("rule", "words"), [("phones", "Did you mean 'phone'"), ("x", "exact, case_exact, .*or pass a function"), (7, "7")]
)
def test_a_comparator_of_an_unknown_name_is_refused_with_those_there_are(rule, words):
    with pytest.raises(CompareError, match=words):
        make_comparator(rule)


@pytest.mark.parametrize(
    ("path", "rule"),
    [
        ('emails[type eq "work"].value', "email"),
        ("emails[primary eq true].value", "email"),
        ('emails[type eq "work"].display', "case_insensitive"),
        ('phoneNumbers[type eq "mobile"].value', "phone"),
        ("locale", "language"),
        ("preferredLanguage", "language"),
        ("timezone", "timezone"),
        ('addresses[type eq "work"].country', "country"),
        ('addresses[type eq "work"].locality', "case_insensitive"),
        ("active", "boolean"),
        ('emails[type eq "work"].primary', "boolean"),
        ("userName", "case_insensitive"),
        ("externalId", "case_exact"),
        ("department", "case_insensitive"),
        ("urn:example:2.0:User:badge", "case_exact"),
        ("urn:example:2.0:User:locale", "case_exact"),
    ],
)
def test_what_an_attribute_is_compared_by_when_nobody_says(path, rule):
    assert default_comparator(parse_path(path)) == rule
    assert rule in COMPARATOR_NAMES


@pytest.mark.parametrize(
    ("rule", "before", "after", "words"),
    [
        ("case_insensitive", "O'BRIEN", "O'Brien", "letter case"),
        ("case_insensitive", "ΟΔΥΣΣΕΥΣ", "Οδυσσευς", "letter case"),
        ("case_exact", "Pat Lee ", "Pat\u00a0Lee", "white space"),
        ("case_exact", "Zoe\u0308", "Zoë", "Unicode form"),
        ("case_exact", "Mül\u00adler", "Müller", "hidden characters"),
        ("case_insensitive", "PAT  LEE", "Pat Lee", "letter case and white space"),
        ("case_insensitive", "ZOE\u0308", "Zoë", "text form"),
        ("phone", "+44 20 7946 0000", "+442079460000", "phone format"),
        ("phone", "+442079460000", "+442079460000 ", "white space"),
        ("email", "zoë@münchen.example", "zoë@xn--mnchen-3ya.example", "email domain form"),
        ("email", "Zoe@example.com", "zoe@example.com", "letter case"),
        ("language", "en_US", "en-US", "language tag form"),
        ("timezone", "W. Europe Standard Time", "Europe/Berlin", "time zone name"),
        ("country", "Deutschland", "DE", "country name"),
        ("boolean", "yes", "true", "boolean word"),
        (str.casefold, "STRASSE", "Straße", "casefold form"),
    ],
)
def test_in_what_alike_cells_differ(rule, before, after, words):
    comparator = make_comparator(rule)
    left, right = text_series([before, after, None, before]), text_series([after, after, after, None])
    left.index = right.index = pd.Index([4, 2, 2, 9])
    assert comparator.alike(left, right).iloc[0]
    named = name_formatting(left, right, comparator)
    assert named.index.tolist() == [4, 2, 2, 9]
    assert named.iloc[0] == words
    assert named.isna().tolist() == [False, True, True, True]


@pytest.mark.parametrize("rule", sorted(set(COMPARATOR_NAMES) - {"exact"}))
@settings(max_examples=50)
@given(TEXTS, st.sampled_from([str.upper, str.title, lambda text: f" {text}\t", lambda text: text + "\u200b"]))
def test_every_difference_in_formatting_has_a_name(rule, text, spoil):
    comparator = make_comparator(rule)
    left, right = text_series([text]), text_series([spoil(text)])
    cosmetic = comparator.alike(left, right) & (left != right)
    assert name_formatting(left[cosmetic], right[cosmetic], comparator).notna().all()


@pytest.mark.parametrize(("rule", "region"), ALL)
def test_a_comparators_repr_is_its_name(rule, region):
    assert repr(make_comparator(rule, region=region)) == f"Comparator(name={rule!r})"
