"""What a stage's value shows in a notebook: hostile text stays text."""

import csv
import json
from html.parser import HTMLParser

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon.tables import count, render

HOSTILE = "<script>alert('O\"Brien')<\\script><img src=x onerror=alert(1)>&amp;<!--"


class Shown(HTMLParser):
    """The text a browser would show of a piece of HTML, which must hold our own tags and nothing else."""

    def __init__(self, html):
        super().__init__()
        self.text = ""
        self.open = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        assert tag in {"div", "b", "table", "thead", "tbody", "tr", "th", "td", "bdi"}
        assert [name for name, _ in attrs] in ([], ["class"])
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        self.text += text

    def handle_comment(self, text):
        raise AssertionError(f"a comment got through: {text}")


@pytest.fixture
def export(tmp_path):
    path = tmp_path / f"{HOSTILE}.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([["Employee", HOSTILE], ["000417", f" {HOSTILE}"]])
    return sr.read_export(path)


@pytest.fixture
def users(tmp_path):
    path = tmp_path / "users.json"
    user = {"id": HOSTILE, "title": HOSTILE, HOSTILE: "O'Brien", "emails": [{"type": HOSTILE, "value": HOSTILE}]}
    path.write_text(json.dumps({"Resources": [user], "totalResults": 1}))
    return sr.read_users(path)


def test_an_export_shows_its_name_and_columns_as_text(export):
    text = Shown(export._repr_html_()).text
    assert text.count(HOSTILE) == 2


def test_desired_users_show_their_source_and_cells_as_text(export):
    desired = sr.map_users(export, {"title": HOSTILE})
    assert Shown(desired._repr_html_()).text.count(HOSTILE) == 2


def test_users_show_ids_names_and_values_as_text(users):
    shown = Shown(users._repr_html_()).text
    assert shown.count(HOSTILE) >= 4


@given(st.text(), st.dictionaries(st.text(), st.text(), max_size=2), st.lists(st.text(), max_size=3), st.text())
def test_whatever_the_text_only_our_own_tags_are_drawn(title, facts, cells, name):
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str")})
    Shown(render(title, facts, frame))


@pytest.mark.parametrize("nothing", [None, pd.NA, float("nan"), pd.NaT])
def test_an_empty_cell_shows_nothing(nothing):
    frame = pd.DataFrame({"title": pd.Series([nothing], dtype="object")}, index=["row"])
    assert Shown(render("Users", {}, frame)).text == "Userstitlerow"


@pytest.mark.parametrize("word", ["NA", "nan", "None", "Null", "000417"])
def test_a_cell_that_looks_empty_is_shown(word):
    frame = pd.DataFrame({"surname": pd.Series([word], dtype="str")})
    assert f"<td><bdi>{word}</bdi></td>" in render("Users", {}, frame)


def test_a_long_table_shows_its_head_and_says_so():
    html = render("Users", {}, pd.DataFrame({"id": [f"user-{number}" for number in range(1200)]}))
    assert "10 of 1,200 rows" in Shown(html).text
    assert ("user-9<" in html, "user-10<" in html) == (True, False)


def test_a_long_cell_is_cut():
    html = render("Users", {}, pd.DataFrame({"title": ["x" * 5000]}))
    assert "x" * 199 + "…<" in html
    assert "x" * 200 not in html


def test_a_cells_direction_of_writing_ends_with_the_cell():
    assert "<bdi>\u202eneirB'O</bdi>" in render("Users", {}, pd.DataFrame({"title": ["\u202eneirB'O"]})).replace("&#x27;", "'")


def test_text_between_dollar_signs_is_not_typeset_as_mathematics():
    assert render("Budget", {}, pd.DataFrame({"title": ["$5 and $6"]})).startswith(
        "<div class='scimrecon mathjax_ignore tex2jax_ignore'>"
    )


def test_a_value_without_rows_shows_its_facts_alone():
    assert Shown(render("Users", {"users": 0}, pd.DataFrame({"id": []}))).text == "Usersusers: 0"


@pytest.mark.parametrize(("number", "words"), [(0, "0 users"), (1, "1 user"), (2000, "2,000 users")])
def test_a_number_is_written_with_its_noun(number, words):
    assert count(number, "user") == words


def test_every_value_has_a_one_line_repr_with_counts_and_no_cells(export, users):
    desired = sr.map_users(export, {"title": HOSTILE})
    assert repr(export).endswith("rows=1, rejected=0, findings=1, preset='generic')")
    assert repr(desired).endswith("users=1, paths=1, problems=0)")
    assert repr(users) == "Users(1, dialect='rfc7644', complete='claimed')"
