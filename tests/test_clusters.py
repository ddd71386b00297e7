"""Clusters: which values are proposed as spellings of one thing, and that the search can be watched and stopped."""

import sys
import threading

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scimrecon import schemas
from scimrecon.errors import RecipeError
from scimrecon.recipes import By, find_clusters

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def clusters(values, by="fingerprint"):
    found = find_clusters(pd.Series(values, dtype="str"), by=by)
    return [group["value"].tolist() for _, group in found.groupby("cluster")]


@pytest.mark.parametrize(
    ("by", "values", "together"),
    [
        ("fingerprint", ["Legal, Risk & Audit", "audit legal risk", "Legal Risk"], [["Legal, Risk & Audit", "audit legal risk"]]),
        ("fingerprint", ["Kraków", "krakow ", "Krako\u0301w"], [["Kraków", "krakow ", "Krako\u0301w"]]),
        ("fingerprint", ["Łódź", "LODZ", "lodge"], [["LODZ", "Łódź"]]),
        ("fingerprint", ["R&D", "R & D"], []),
        ("ngram", ["R&D", "R & D", "RD"], [["RD", "R&D", "R & D"]]),
        ("ngram", ["Human Resources", "HumanResources", "HR"], [["HumanResources", "Human Resources"]]),
        ("nearest", ["Finance", "Finnance", "Finace", "Fiannce", "Fin"], [["Fiannce", "Finace", "Finance", "Finnance"]]),
        ("nearest", ["CC-4100", "CC-4200", "CC 4100"], [["CC 4100", "CC-4100"]]),
        ("nearest", ["IT", "HR", "it"], [["IT", "it"]]),
        ("nearest", ["Environmental Services", "Environxmental Servxices"], []),
        ("nearest", ["Environmental Services", "Enviromentl Services"], [["Enviromentl Services", "Environmental Services"]]),
        ("nearest", ["prose " * 40, "prose " * 39 + "porse"], []),
        ("fingerprint", ["--", "???", "", "मोहन", "मेहन"], []),
    ],
)  # fmt: skip
def test_values_are_together_if_they_are_alike_in_this_way(by, values, together):
    found = [sorted(group) for group in clusters(values, by)]
    assert sorted(found) == sorted(sorted(group) for group in together)


def test_the_most_frequent_spelling_is_suggested_and_the_largest_cluster_comes_first():
    column = pd.Series(["it", "IT", "IT ", "IT", "Sales", "sales", "sales", "sales", "sales", None, "Legal"], dtype="str")
    found = find_clusters(column)
    assert found.to_numpy().tolist() == [
        [1, "sales", 4, "sales"],
        [1, "Sales", 1, "sales"],
        [2, "IT", 2, "IT"],
        [2, "it", 1, "IT"],
        [2, "IT ", 1, "IT"],
    ]
    schemas.check(found, schemas.Clusters)


@given(word=st.text(alphabet=LETTERS, min_size=5, max_size=14), place=st.integers(0, 13), kind=st.integers(0, 3))
@example(word="aabb", place=1, kind=3)
@settings(max_examples=100)
def test_a_single_slip_is_found_wherever_it_is(word, place, kind):
    place = min(place, len(word) - 2)
    slipped = [
        word[:place] + word[place + 1 :],
        word[:place] + "q" + word[place:],
        word[:place] + "q" + word[place + 1 :],
        word[:place] + word[place + 1] + word[place] + word[place + 2 :],
    ][kind]
    others = ["unlike anything else", "zzzzzzzzzzzzz"]
    found = clusters([word, slipped, *others], "nearest")
    assert found == ([] if slipped == word else [sorted({word, slipped}, key=lambda text: (len(text), text))])


@pytest.mark.parametrize("by", list(By))
def test_clusters_do_not_depend_on_the_order_of_rows(by):
    values = ["Finance", "finance", "Finnance", "Sales", "Slaes", "sales ", "R&D", "R & D"] * 3 + ["Finance"]
    first, second = (find_clusters(pd.Series(some, dtype="str"), by=by) for some in (values, values[::-1]))
    pd.testing.assert_frame_equal(first, second)


@pytest.mark.parametrize("by", list(By))
def test_the_search_tells_how_far_it_is_and_ends_when_it_is_told_to(by):
    column = pd.Series([f"{letter}{other}{LETTERS}" for letter in LETTERS for other in LETTERS] * 4, dtype="str")
    column = column + pd.Series(range(len(column))).astype("str")
    told, stop = [], threading.Event()
    find_clusters(column, by=by, progress=told.append)
    assert told == sorted(told)
    assert told[0] == 0
    assert told[-1] == 1

    def press(share):
        if share > 0:
            stop.set()

    with pytest.raises(RecipeError, match="stopped with"):
        find_clusters(column, by=by, progress=press, stop=stop)


@pytest.mark.timeout(60)
def test_many_values_that_share_half_of_their_letters_end_in_bounded_time():
    letters = str.maketrans("0123456789", "ghijklmnop")
    column = pd.Series([f"same beginning {at:05x} same end".translate(letters) for at in range(8000)], dtype="str")
    assert len(find_clusters(column, by="nearest")) > 7000


@pytest.mark.parametrize(
    ("column", "by", "said"),
    [
        (pd.Series(["a"], dtype="str"), "soundex", "there are fingerprint, ngram, nearest"),
        (pd.Series([1, 2]), "fingerprint", "one column of text"),
        (["a"], "fingerprint", "one column of text"),
    ],
)
def test_what_cannot_be_clustered_is_refused(column, by, said):
    with pytest.raises(RecipeError, match=said):
        find_clusters(column, by=by)


def test_no_values_make_no_clusters():
    for by in By:
        assert find_clusters(pd.Series([None, None], dtype="str"), by=by).empty


def test_without_rapidfuzz_only_the_nearest_are_missing_and_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)  # as Python remembers a package that is not there
    assert clusters(["IT", "it"]) == [["IT", "it"]]
    with pytest.raises(RecipeError, match=r"pip install 'scimrecon\[clean\]'"):
        clusters(["IT", "it"], "nearest")
