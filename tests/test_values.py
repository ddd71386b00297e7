"""How values become text and JSON, when they mean the same, and how a list of users is cut."""

import json
import re

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from resources import survives

from scimrecon.attributes import AttributeType
from scimrecon.mapping import map_users
from scimrecon.values import (
    canonical,
    kind_of,
    normalise,
    normalise_text,
    parse_resource,
    shorten,
    split_page,
    split_user,
    text_series,
    to_json,
    to_text,
)

DEEP = b'{"id": "1", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
BLANKS = st.text(" \t\r\n", max_size=3)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("O'Brien", "O'Brien"),
        ("Null", "Null"),
        ("000417", "000417"),
        (" ", " "),
        ("", None),
        (None, None),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (-17, "-17"),
        (1.5, "1.5"),
        (2**70, "1180591620717411303424"),
        ("a\ud800b", "a\ufffdb"),
    ],
)
def test_one_json_value_as_a_cell(value, text):
    assert to_text(value) == text


@pytest.mark.parametrize(("value", "words"), [(["Null"], "a list"), ([], "a list"), ({"value": "x"}, "an object")])
def test_a_list_or_an_object_is_not_one_cell(value, words):
    with pytest.raises(ValueError, match=words):
        to_text(value)


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("true", AttributeType.BOOLEAN, True),
        ("false", AttributeType.BOOLEAN, False),
        ("000417", AttributeType.INTEGER, 417),
        ("-3", AttributeType.INTEGER, -3),
        ("999999999999999999", AttributeType.INTEGER, 999999999999999999),
        ("1.10", AttributeType.DECIMAL, 1.1),
        ("-2e3", AttributeType.DECIMAL, -2000.0),
        ("000417", AttributeType.STRING, "000417"),
        ("true", AttributeType.STRING, "true"),
        (" x ", AttributeType.STRING, " x "),
        ("2008-04-20T00:00:00Z", AttributeType.DATE_TIME, "2008-04-20T00:00:00Z"),
        ("https://example.com/~null", AttributeType.REFERENCE, "https://example.com/~null"),
        ("TnVsbA==", AttributeType.BINARY, "TnVsbA=="),
    ],
)
def test_a_cell_as_the_json_its_attribute_asks_for(text, kind, value):
    written = to_json(text, kind)
    assert written == value
    assert type(written) is type(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        *((word, AttributeType.BOOLEAN) for word in ("True", "yes", "1", "")),
        *((word, AttributeType.INTEGER) for word in ("1.0", "1e3", "1_000", " 1", "١", "9" * 19, "")),
        *((word, AttributeType.DECIMAL) for word in ("NaN", "Infinity", "1e400", "1_000", " 1", "1,5", "0x10", "")),
        ("anything", AttributeType.COMPLEX),
    ],
)
def test_a_cell_that_is_not_of_the_type_is_refused_never_bent(text, kind):
    with pytest.raises(ValueError, match=r"is not|has no one value"):
        to_json(text, kind)


@given(st.booleans() | st.integers(1 - 10**18, 10**18 - 1) | st.text(min_size=1))
def test_text_and_back_is_the_same_value(value):
    assert to_json(to_text(value), kind_of(value)) == value


def meaning(word):
    """What a cell means to a boolean attribute; None for no meaning."""
    cell = map_users(pd.DataFrame({"Enabled": [word]}, dtype="str"), {"active": "Enabled"}).frame["active"].iloc[0]
    return None if pd.isna(cell) else cell


@pytest.mark.parametrize("word", ["true", "TRUE", " Yes ", "y", "1", "on", "Active", "enabled"])
def test_words_for_true(word):
    assert meaning(word) == "true"


@pytest.mark.parametrize("word", ["false", "FALSE", " No ", "n", "0", "off", "Inactive", "disabled"])
def test_words_for_false(word):
    assert meaning(word) == "false"


@pytest.mark.parametrize("word", ["", "ja", "Terminated", "-1", "2", "truee", "null"])
def test_any_other_word_is_neither_true_nor_false(word):
    assert meaning(word) is None


@pytest.mark.parametrize(
    ("one", "other", "case_exact", "same"),
    [
        ("Zoe\u0308", "Zoë", True, True),
        (" Pat ", "Pat", True, True),
        ("O'Brien", "o'brien", False, True),
        ("O'Brien", "o'brien", True, False),
        ("STRASSE", "straße", False, False),
        ("ÅSA", "åsa", False, True),
        ("\u212aelvin", "Kelvin", True, True),
        ("Pat\u00a0 Lee", "Pat Lee", True, True),
        ("Mül\u00adler", "Müller", True, True),
        ("Pat Lee", "PatLee", False, False),
        ("O'Brien", "O’Brien", False, False),
        ("000417", "417", False, False),
    ],
)
def test_what_normalising_takes_for_the_same(one, other, case_exact, same):
    assert (normalise_text(one, case_exact=case_exact) == normalise_text(other, case_exact=case_exact)) is same


@pytest.mark.parametrize("case_exact", [True, False])
@pytest.mark.parametrize("around", ["{}", "x{}B", " {}  O'Brien", "Σ{}\t"])
def test_a_column_in_normal_form_is_each_text_in_normal_form(around, case_exact):
    every = [around.format(chr(code)) for code in range(0x3000) if not 0x1100 <= code < 0x1E00]
    column = normalise(text_series([*every, None]), case_exact=case_exact)
    assert column.tolist()[:-1] == [normalise_text(text, case_exact=case_exact) for text in every]
    assert column.isna().tolist()[-1]


def test_a_text_column_keeps_every_word_and_has_na_for_none():
    cells = text_series(["NA", None, "None", "null", "000417", ""])
    assert cells.dtype == "str"
    assert cells.isna().tolist() == [False, True, False, False, False, False]
    assert cells.dropna().tolist() == ["NA", "None", "null", "000417", ""]


@pytest.mark.parametrize(
    ("body", "same"),
    [
        ('{"userName": "O\'Brien", "active": true, "n": -17, "name": {"familyName": null}}', True),
        ('{"a": 1.10}', True),
        ('{"a": 1E2, "b": 100.0}', True),
        ('{"a": "\\u00e9\\ud83d\\ude00"}', True),
        ('{"a": 18446744073709551615}', True),
        ('{"a": 18446744073709551616}', False),
        ('{"a": 123456789012345678901234567890}', False),
        ('{"a": 0.1234567890123456789}', False),
        ('{"a": 1e400}', False),
        ('{"a": NaN}', False),
        ('{"a": -Infinity}', False),
        ('{"a": "\\ud800"}', False),
        ('{"title": "Clerk", "title": "Engineer"}', False),
        ('{"name": {"givenName": "Pat", "givenName": "Pat"}}', False),
        ('{"a": 1,}', False),
        ("", False),
        pytest.param(DEEP.decode(), False, id="deep"),
    ],
)
def test_which_json_survives_our_parse_and_print(body, same):
    assert survives(body.encode()) is same


@given(st.dictionaries(st.text(), JSON, max_size=4))
def test_what_survives_is_what_was_meant(resource):
    body = json.dumps(resource).encode()
    if survives(body):
        assert parse_resource(body) == resource


@pytest.mark.parametrize("body", [b"[]", b'"user"', b"null", b"<html>", b"", b"\xff", DEEP], ids=lambda body: repr(body[:14]))
def test_a_resource_that_is_no_json_object_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".+"):
        parse_resource(body)


@pytest.mark.parametrize(
    ("left", "right", "same"),
    [
        ({"title": None}, {}, True),
        ({"title": ""}, {"title": None}, True),
        ({"emails": []}, {}, True),
        ({"emails": [{}]}, {}, True),
        ({"name": {"givenName": ""}}, {}, True),
        (None, [], True),
        ({"Title": "Clerk"}, {"title": "Clerk"}, True),
        ({"title": "clerk"}, {"title": "Clerk"}, False),
        ({"roles": ["a", "b"]}, {"roles": ["b", "a"]}, True),
        ({"emails": [{"type": "work"}, {"type": "home"}]}, {"emails": [{"type": "home"}, {"TYPE": "work"}]}, True),
        ({"emails": [{"type": "work"}]}, {"emails": [{"type": "work", "primary": True}]}, False),
        (1, 1.0, True),
        (1, True, False),
        (0, False, False),
        ({"active": False}, {}, False),
        ({"floor": 0}, {}, False),
        ("1", 1, False),
        ("true", True, False),
        (" ", None, False),
    ],
)
def test_when_two_values_mean_the_same_to_scim(left, right, same):
    assert (canonical(left) == canonical(right)) is same
    assert (canonical(right) == canonical(left)) is same


@given(JSON)
def test_every_value_means_itself_whatever_the_order_of_its_names(value):
    assert canonical(value) == canonical(json.loads(json.dumps(value, sort_keys=True)))


@given(st.lists(JSON, max_size=4), st.randoms())
def test_the_order_of_a_list_means_nothing(elements, random):
    shuffled = random.sample(elements, len(elements))
    assert canonical(elements) == canonical(shuffled)


def test_a_long_value_is_cut_to_one_line():
    assert shorten("Null\n  Island") == "Null Island"
    assert shorten("x" * 80) == "x" * 59 + "…"


def spaced(value, blanks):
    """Print JSON with white space, drawn at random, wherever JSON allows it."""
    text = json.dumps(value, indent=0, separators=("\n,", "\n:"))
    return "".join(blanks() if piece == "\n" else piece for piece in re.split(r"(\n)", text))


@given(
    st.data(),
    st.lists(st.dictionaries(st.text(), JSON, max_size=3), max_size=4),
    st.sampled_from(["Resources", "resources", "RESOURCES"]),
    st.booleans(),
)
def test_a_list_is_cut_into_the_exact_bytes_of_its_users(data, people, name, total_first):
    people = [{**person, "id": f"id-{number}"} for number, person in enumerate(people)]
    pieces = [spaced(person, lambda: data.draw(BLANKS)) for person in people]
    resources = f'"{name}" : [' + data.draw(BLANKS) + ", ".join(pieces) + data.draw(BLANKS) + "]"
    members = [f'"totalResults":{len(people)}', resources, '"schemas": ["x", {"Resources": [1]}]']
    body = ("{" + ",\n".join(members if total_first else members[::-1]) + "}\n").encode()
    users, total, *_ = split_page(body)
    assert total == len(people)
    assert [user_id for user_id, _ in users] == [person["id"] for person in people]
    assert [piece for _, piece in users] == [piece.encode() for piece in pieces]
    assert [json.loads(piece) for _, piece in users] == people


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe",
        b"<html>please sign in</html>",
        b"[]",
        b"null",
        b"{}",
        b'{"detail": "OK"}',
        b'{"id": "000417", "userName": "null"}',
        b'{"Resources": [{"id": "1"}',
        b'{"Resources": [{"id": "1"}]',
        b'{"Resources": [{"id": "1"} {"id": "2"}]}',
        b'{"Resources": [{"id": "1"},]}',
        b'{"Resources": [], }',
        b'{"Resources": [{"userName": "null"}]}',
        b'{"Resources": [{"id": 417}]}',
        b'{"Resources": [{"id": ""}]}',
        b'{"Resources": [{"id": "\\ud800"}]}',
        b'{"Resources": ["000417"]}',
        b'{"Resources": [null]}',
        b'{"Resources": []} {"Resources": []}',
        b'{"Resources" []}',
        b"{1: 2}",
        b'{"Resources": [' + DEEP + b"]}",
    ],
    ids=lambda body: repr(body[:36]),
)
def test_what_is_no_list_of_users_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".+"):
        split_page(body)


LISTS = st.text('{}[]",:\\ \n01eE.-id"Resources"totalResults', max_size=60)


@given(st.text() | LISTS | LISTS.map(lambda text: '{"Resources":[' + text))
@example('{"Resources":[{"id":"1"}],"totalResults":1e999}')
def test_any_text_is_a_list_or_a_value_error(text):
    try:
        users = split_page(text.encode()).users
    except ValueError:
        return
    listed = {name.casefold(): held for name, held in json.loads(text).items()}
    assert [user_id for user_id, _ in users] == [user["id"] for user in listed.get("resources") or []]


@pytest.mark.parametrize(
    ("written", "total"),
    [("0", 0), ("7", 7), ('"7"', 7), ("-1", None), ("7.5", None), ("null", None), ("true", None), ('"many"', None)],
)
def test_a_total_is_a_whole_number_or_nothing(written, total):
    assert split_page(f'{{"totalResults": {written}, "Resources": []}}'.encode())[:2] == ([], total)


def test_a_byte_order_mark_before_a_list_is_no_part_of_a_user():
    assert split_page(b'\xef\xbb\xbf{"Resources": [{"id":"1"}]}').users == [("1", b'{"id":"1"}')]


def test_one_user_is_cut_from_the_white_space_around_it():
    assert split_user(b'\xef\xbb\xbf\n {"id": "000417",  "x":1.10}\r\n') == ("000417", b'{"id": "000417",  "x":1.10}')


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"id": 1}', b"<html>", b'{"id": "1"} x', b"\xff", DEEP], ids=lambda body: repr(body[:14])
)
def test_an_answer_that_is_no_user_is_a_value_error(body):
    with pytest.raises(ValueError, match=r".+"):
        split_user(body)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (True, AttributeType.BOOLEAN),
        (1, AttributeType.INTEGER),
        (1.0, AttributeType.DECIMAL),
        ("000417", AttributeType.STRING),
        ([], None),
        (None, None),
    ],
)
def test_a_json_value_shows_its_attribute_type(value, kind):
    assert kind_of(value) is kind
