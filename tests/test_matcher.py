"""The matcher's state and messages, without a browser: decisions are the link table that `compare` takes."""

import json
import re
import stat

import pandas as pd
import pytest
from panels import listened, say, say_error, summary_of
from resources import users_of

import scimrecon as sr
from scimrecon.errors import CompareError, SelectionError

HOSTILE = "<img src=x onerror=alert(1)>\u202e"
PEOPLE = [
    {"userName": "jmueller", "displayName": "Jörg Müller", "name": {"familyName": "Müller"}, "title": "Clerk"},
    {"userName": "sam@one.example", "externalId": "7", "displayName": "Sam Xu", "title": "Chef"},
    {"userName": "sam@two.example", "externalId": "7", "displayName": "Sam Li", "title": "Porter"},
    {"userName": "obrien", "displayName": "Bríd O'Brien", "title": "Engineer"},
    {"userName": "zed", "displayName": f"Zed {HOSTILE}", "name": {"familyName": "Zedler"}},
]
"""Jörg Müller's login is spelled otherwise in the export, and two accounts have Sam's number."""
DESIRED = pd.DataFrame(
    {
        "externalId": [None, "7", None, None, None],
        "userName": ["j.mueller", "sam.xu", "obrien", "nobody", None],
        "displayName": ["Joerg Mueller", "Sam Xu", "Bríd O'Brien", "Ann Other", "Keyless"],
        "name.familyName": ["Mueller", None, None, "Other", None],
        "title": ["Lead", "Cook", "Engineer", "Lead", "Lead"],
    },
    index=[2, 3, 4, 5, 6],
    dtype="str",
)


def compared(**options):
    return sr.compare(DESIRED, users_of(PEOPLE), on=["externalId", "userName"], **options)


@pytest.fixture(scope="module")
def diff():
    return compared()


@pytest.fixture
def matcher(diff):
    return listened(sr.Matcher(diff))


@pytest.fixture(scope="module")
def undecided(diff):
    """A matcher that is only searched."""
    return listened(sr.Matcher(diff))


def status_of(diff, line):
    return diff.users.set_index("source_line").loc[line, "status"]


def test_rows_in_doubt_stand_beside_everyone_they_might_be_the_best_first(matcher):
    assert matcher.rows["status"].to_dict() == {2: "source_only", 3: "ambiguous", 5: "source_only", 6: "invalid_source"}
    found = matcher.candidates.groupby("source_line")["user_id"].agg(list)
    assert found[2][0] == "1"
    assert found[3] == ["2", "3"]
    sam = matcher.candidates[matcher.candidates["source_line"] == 3]
    assert sam["score"].iloc[0] > sam["score"].iloc[1]
    assert sam["reason"].str.startswith("shares the key; displayName").all()
    assert "title: Chef" in sam["told"].iloc[0]


def test_accepted_rows_are_matched_by_the_next_comparison_and_rejected_ones_are_not(matcher):
    matcher.accept(2, "1")
    matcher.accept(3, "2")
    matcher.reject(3, "3")
    matcher.never(5)
    later = compared(links=matcher.links)
    assert (status_of(later, 2), status_of(later, 3), status_of(later, 5)) == ("changed", "changed", "source_only")
    assert later.users.set_index("source_line")["user_id"].loc[[2, 3]].tolist() == ["1", "2"]
    assert "broken_links" not in set(later.findings["finding"])


def test_saved_decisions_are_read_back_are_its_owners_alone_and_carried_on_when_no_longer_in_doubt(matcher, diff, tmp_path):
    matcher.accept(2, "1")
    matcher.reject(3, "3")
    matcher.never(5)
    matcher.save(tmp_path / "links.csv")
    assert stat.S_IMODE((tmp_path / "links.csv").stat().st_mode) == 0o600
    read = pd.read_csv(tmp_path / "links.csv", dtype="str", keep_default_na=False)
    pd.testing.assert_frame_equal(sr.Matcher(diff, links=read).links, matcher.links)
    later = sr.Matcher(compared(links=read), links=read)
    assert 2 not in later.rows.index
    assert sorted(later.links["decision"]) == ["accept", "never", "reject"]
    with pytest.raises(SelectionError, match="links cannot be saved there: No such file"):
        matcher.save(tmp_path / "nowhere" / "links.csv")


def test_links_of_a_comparison_are_accepted_links(diff):
    assert sr.Matcher(diff, links=diff.links()).links["decision"].tolist() == ["accept"]


def test_decisions_are_taken_back_one_by_one(matcher):
    matcher.accept(2, "1")
    matcher.reject(3, "3")
    matcher.accept(3, "2")
    assert matcher.undo()
    assert matcher.links["decision"].tolist() == ["accept", "reject"]
    assert matcher.redo()
    assert len(matcher.links) == 3
    matcher.forget(3)
    assert matcher.links["user_id"].tolist() == ["1"]
    while matcher.undo():
        pass
    assert matcher.links.empty
    assert not matcher.undo()


def test_a_row_is_one_user_nobody_or_undecided(matcher):
    matcher.accept(3, "2")
    matcher.accept(3, "3")
    assert matcher.links["user_id"].tolist() == ["3"]
    matcher.reject(3, "3")
    assert matcher.links["decision"].tolist() == ["reject"]
    matcher.never(3)
    assert sorted(matcher.links["decision"]) == ["never", "reject"]
    matcher.accept(3, "3")
    assert matcher.links["decision"].tolist() == ["accept"]


@pytest.mark.parametrize(
    ("line", "user_id", "words"),
    [
        (4, "4", "line 4 is not in doubt"),
        (6, "1", "line 6 has no key of its own"),
        (2, "4", "user '4' is no candidate of line 2"),
    ],
)
def test_what_cannot_be_decided_is_refused_and_changes_nothing(matcher, line, user_id, words):
    with pytest.raises(SelectionError, match=re.escape(words)):
        matcher.accept(line, user_id)
    assert words in say_error(matcher, "accept", line=line, user_id=user_id)
    assert matcher.links.empty


def test_a_user_is_accepted_for_one_row_only():
    frame = pd.concat([DESIRED, DESIRED.loc[[2]].assign(userName="joerg.mueller").set_axis([7])])
    matcher = sr.Matcher(sr.compare(frame, users_of(PEOPLE), on=["externalId", "userName"]))
    matcher.accept(2, "1")
    with pytest.raises(SelectionError, match="user '1' is accepted for line 2 already"):
        matcher.accept(7, "1")


def test_the_code_makes_the_same_links(matcher):
    matcher.accept(2, "1")
    matcher.never(5)
    names = {"pd": pd}
    exec(matcher.code().rpartition("diff = ")[0], names)  # noqa: S102 - the code that the widget shows
    pd.testing.assert_frame_equal(names["links"], matcher.links, check_dtype=False)
    assert status_of(compared(links=names["links"]), 2) == "changed"


def test_the_browser_decides_by_messages_and_sees_what_is_left(matcher):
    state = say(matcher, "ready")
    assert [row["line"] for row in state["rows"]] == [2, 3, 5, 6]
    state = say(matcher, "accept", line=2, user_id="1")
    assert ([row["line"] for row in state["rows"]], state["accepted"]) == ([3, 5, 6], 1)
    say(matcher, "reject", line=3, user_id="3")
    state = say(matcher, "never", line=5)
    assert (state["decided"], state["doubtful"]) == (2, 4)
    assert [row["line"] for row in say(matcher, "show", which="decided", search="")["rows"]] == [2, 5]
    assert [row["line"] for row in say(matcher, "show", which="all", search="SAM")["rows"]] == [3]
    assert say(matcher, "undo")["decided"] == 1
    assert "there are left, decided, all" in say_error(matcher, "show", which="none", search="")
    assert "no usable line" in say_error(matcher, "never", line="2")


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        ("MULLER", [2]),  # the candidate is Müller
        ("müller", [2]),
        ("xu sam", [3]),
        ("chef", [3]),  # of the row's title the target's side alone says so
        ("other nobody", [5]),
        ("sam porter", [3]),
        ("muller sam", []),
        ("*", []),
        ("", [2, 3, 5, 6]),
    ],
)
def test_a_row_is_found_by_words_of_its_own_or_of_one_candidate(undecided, search, lines):
    assert [row["line"] for row in say(undecided, "show", which="all", search=search)["rows"]] == lines


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("zedler", ["5"]),
        ("ZED zedler", ["5"]),
        ("muller jorg", ["1"]),
        ("sam", ["2", "3"]),
        ("5", ["5"]),
        ("o'brien", []),  # line 4 is that user
        ("", []),
        (" ", []),
    ],
)
def test_a_user_whom_no_row_is_is_found_by_words(undecided, search, found):
    state = say(undecided, "find", line=5, search=search)["finding"]
    assert (sorted(row["id"] for row in state["rows"]), state["total"]) == (found, len(found))


def test_who_is_found_is_scored_as_candidates_are_and_says_that_a_search_found_them(undecided):
    found = undecided.find(3, "sam")
    proposed = undecided.candidates[undecided.candidates["source_line"] == 3].reset_index(drop=True)
    pd.testing.assert_frame_equal(found.drop(columns="reason"), proposed.drop(columns="reason"))
    assert found["reason"].str.startswith("found by a search; ").all()
    assert undecided.find(5, "zedler")["reason"].tolist() == ["found by a search; nothing else to compare"]


def test_who_was_found_is_accepted_is_in_the_links_and_stands_there_when_these_are_read_again(matcher, diff):
    assert "5" not in matcher.candidates["user_id"].tolist()
    matcher.accept(5, "5")
    assert matcher.links[["key", "user_id", "user_name", "decision"]].to_numpy().tolist() == [["nobody", "5", "zed", "accept"]]
    assert status_of(compared(links=matcher.links), 5) == "changed"
    again = listened(sr.Matcher(diff, links=matcher.links))
    decided = say(again, "show", which="decided", search="")["rows"]
    assert [(row["line"], [one["id"] for one in row["candidates"] if one["accepted"]]) for row in decided] == [(5, ["5"])]
    assert matcher.undo()
    assert matcher.links.empty


def test_a_search_for_a_user_stays_until_the_row_is_decided_or_left(matcher):
    say(matcher, "find", line=5, search="sam")
    assert [row["rejected"] for row in say(matcher, "reject", line=5, user_id="2")["finding"]["rows"]] == [True, False]
    assert say(matcher, "accept", line=5, user_id="5")["finding"] is None
    say(matcher, "undo")
    assert say(matcher, "find", line=5, search="")["finding"]["rows"] == []
    assert say(matcher, "leave")["finding"] is None


@pytest.mark.parametrize(("line", "words"), [(4, "line 4 is not in doubt"), (6, "line 6 has no key of its own")])
def test_for_a_row_that_cannot_be_decided_nobody_is_sought(undecided, line, words):
    assert words in say_error(undecided, "find", line=line, search="sam")
    with pytest.raises(SelectionError, match=words):
        undecided.find(line, "sam")


def test_the_best_twenty_of_many_are_shown_and_protected_users_are_not_among_them():
    people = [{"userName": f"sam{at:03}", "displayName": f"Sam {chr(97 + at % 26)}"} for at in range(100)]
    rows = pd.DataFrame({"userName": ["samuel"], "displayName": ["Sam z"]}, index=[2], dtype="str")
    matcher = listened(sr.Matcher(sr.compare(rows, users_of(people), on="userName", protect=["sam025"])))
    state = say(matcher, "find", line=2, search="sam")["finding"]
    assert (len(state["rows"]), state["total"]) == (20, 99)
    assert {row["user"] for row in state["rows"][:2]} == {"sam051", "sam077"}
    with pytest.raises(SelectionError, match="protected"):
        matcher.accept(2, "26")


def test_what_is_drawn_is_plain_text_with_nothing_hidden_in_it():
    frame = DESIRED.assign(**{"name.familyName": ["Mueller", None, None, "Zedler", None]})
    matcher = listened(sr.Matcher(sr.compare(frame, users_of(PEOPLE), on="userName"), min_score=30))
    drawn = json.dumps(say(matcher, "ready")["rows"], ensure_ascii=False)
    assert "\u202e" not in drawn
    assert "‹U+202E›" in drawn


def test_beside_the_widget_stand_counts_and_no_name(diff):
    html = summary_of(sr.Matcher(diff))
    assert "source_only: 2" in html
    assert "mueller" not in html.lower()


def test_nobody_in_doubt_is_an_empty_matcher():
    matcher = listened(sr.Matcher(sr.compare(DESIRED.loc[[4]], users_of(PEOPLE), on="userName")))
    assert say(matcher, "ready")["rows"] == []
    assert matcher.links.empty


@pytest.mark.parametrize(
    ("links", "words"),
    [
        ([("u", "1")], "links is a table with path, key and user_id"),
        (pd.DataFrame({"key": ["a"], "user_id": ["1"]}), "links is a table with path, key and user_id"),
        (
            pd.DataFrame({"path": ["userName"], "key": ["a"], "user_id": ["1"], "decision": ["yes"]}),
            "links row 0: a decision has",
        ),
        (pd.DataFrame({"path": ["userName"], "key": ["a"], "user_id": [""]}), "links row 0: a decision has"),
    ],
)
def test_what_is_no_link_table_is_refused(diff, links, words):
    with pytest.raises(SelectionError, match=re.escape(words)):
        sr.Matcher(diff, links=links)


def test_what_is_no_diff_is_refused(diff):
    with pytest.raises(SelectionError, match="Matcher takes a diff"):
        sr.Matcher(diff.users)


def test_a_decision_that_is_none_is_refused_by_the_comparison():
    links = pd.DataFrame({"key": ["obrien"], "user_id": ["4"], "decision": ["maybe"]})
    with pytest.raises(CompareError, match="links row 0: decision 'maybe' is none; there are accept, reject, never"):
        compared(links=links)
