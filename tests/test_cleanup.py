"""The cleanup's state and messages, without a browser."""

import json
import threading
import time
from pathlib import Path

import nbformat
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from nbclient import NotebookClient
from pandas.testing import assert_frame_equal

import scimrecon as sr
from scimrecon.errors import RecipeError
from scimrecon.recipes import ChangeCase, Merge, Recipe, SetBlank, Split, Trim
from scimrecon.widgets.cleaning import Cleaning
from scimrecon.widgets.facets import FacetQuery

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "workday.csv"
HOSTILE = '<img src=x onerror="window.__pwned=1">\u202e'
ROWS = pd.DataFrame(
    {
        "Department": ["R&D", "R & D", "R&D", "IT", "it ", "N/A", None, HOSTILE],
        "Name": ["Ng, An", "Lima, Ana", "Xu, Sam", "Häns, Zoë", "O'Brien, Bríd", "Ek, Bo", "Roy, Al", "=1+1"],
        "Number": ["1", "2", "3", "4", "5", "6", "7", "8"],
    },
    dtype="str",
)


def cleaning_of(rows=ROWS, *steps):
    return Cleaning(rows, Recipe(steps=steps))


def shown(cleaning):
    return [(row["value"], row["cells"]) for row in cleaning.window(0, 100)]


class Spoken:
    """A cleanup, what the browser says to it, and what it answers."""

    def __init__(self, rows=ROWS, **options):
        self.cleanup = sr.Cleanup(rows, **options)
        self.sent = []
        self.cleanup.send = lambda content, buffers=None: self.sent.append(json.loads(json.dumps(content)))

    def say(self, kind, **content):
        self.sent.clear()
        self.cleanup._handle_custom_msg({"type": kind, **content}, [])
        return self.sent[-1]

    def ids(self, *values):
        rows = {row["value"]: row["id"] for row in self.cleanup._cleaning.window(0, 100)}
        return [rows[value] for value in values]


def test_the_values_of_a_column_stand_with_their_counts_the_most_frequent_first():
    cleaning = cleaning_of()
    assert shown(cleaning)[0] == ("R&D", 2)
    assert cleaning.counts().values == 6
    assert cleaning.counts().blank == 1
    assert sr.Cleanup(ROWS).values.loc["R&D"] == 2


@pytest.mark.parametrize(
    ("query", "values"),
    [
        (FacetQuery(search="r&"), ["R&D"]),
        (FacetQuery(look="untrimmed"), ["it␣"]),
        (FacetQuery(look="null_word"), ["N/A"]),
        (FacetQuery(look="once", search="i"), ["IT", "it␣", '<img src=x onerror="window.__pwned=1">‹U+202E›']),
        (FacetQuery(sort="value", search="d"), ['<img src=x onerror="window.__pwned=1">‹U+202E›', "R & D", "R&D"]),
        (
            FacetQuery(sort="value", search="r", descending=True),
            ["R&D", "R & D", '<img src=x onerror="window.__pwned=1">‹U+202E›'],
        ),
        (FacetQuery(sort="cells", search="&"), ["R & D", "R&D"]),
    ],
)
def test_values_are_searched_narrowed_and_sorted(query, values):
    cleaning = cleaning_of()
    cleaning.set_query(query)
    assert [value for value, _ in shown(cleaning)] == values


def test_a_value_tells_what_the_file_has_in_its_cells():
    cleaning = cleaning_of(ROWS, Merge(column="Department", spellings={"R & D": "R&D", "it ": "IT"}))
    was = {row["value"]: row["was"] for row in cleaning.window(0, 100)}
    assert was["R&D"] == "R & D"
    assert was["IT"] == "it␣"
    assert was["N/A"] == ""


def test_every_action_is_a_line_that_can_be_taken_back_and_made_again_one_by_one():
    cleaning = cleaning_of()
    before = shown(cleaning)
    cleaning.add([Trim(column="Department")])
    cleaning.add([Merge(column="Department", spellings={"it": "IT"})])
    assert [line.step.action for line in cleaning.lines()] == ["trim", "merge"]
    assert dict(shown(cleaning))["IT"] == 2
    assert cleaning.undo()
    assert dict(shown(cleaning))["it"] == 1
    assert cleaning.undo()
    assert not cleaning.undo()
    assert shown(cleaning) == before
    assert cleaning.redo()
    assert cleaning.redo()
    assert not cleaning.redo()
    assert dict(shown(cleaning))["IT"] == 2


def test_any_line_can_be_left_out_unless_a_later_one_needs_it():
    cleaning = cleaning_of(
        ROWS,
        Trim(column="Department"),
        Split(column="Name", separator=",", into=["Last", "First"]),
        ChangeCase(column="Last", case="upper"),
    )
    cleaning.drop(1)
    assert dict(shown(cleaning))["it␣"] == 1
    with pytest.raises(RecipeError, match=r"step 1 \(case of 'Last'\): the rows have no column 'Last'"):
        cleaning.drop(1)
    assert [line.step.action for line in cleaning.lines()] == ["split", "case"]
    assert cleaning.undo()
    assert len(cleaning.recipe.steps) == 3
    with pytest.raises(RecipeError, match="no step 4; it has 3"):
        cleaning.drop(4)


def test_a_column_that_a_split_made_can_be_shown_and_goes_with_the_split():
    cleaning = cleaning_of()
    cleaning.add([Split(column="Name", separator=",", into=["Last", "First"])])
    assert cleaning.columns() == ["Department", "Name", "Number", "Last", "First"]
    cleaning.show("First")
    assert ("Zoë", 1) in shown(cleaning)
    assert cleaning.counts().blank == 1
    cleaning.tick(["Zoë"])
    cleaning.undo()
    assert cleaning.column == "Department"
    assert cleaning.ticked == []


def test_ticked_clusters_are_merged_into_the_spelling_agreed_on_and_gone_then():
    cleanup = sr.Cleanup(ROWS)
    found = cleanup.find_clusters("ngram")
    assert found["cluster"].max() == 2
    cleaning = cleanup._cleaning
    rows = cleaning.window(0, 10)
    assert [(row["value"], row["cells"], row["many"], row["was"]) for row in rows] == [
        ("R&D", 3, 2, "R&D (2) · R & D (1)"),
        ("IT", 2, 2, "IT (1) · it␣ (1)"),
    ]
    cleaning.suggest(1, "Research & Development")
    cleaning.tick_clusters([1])
    cleaning.merge_clusters(cleaning.ticked_clusters)
    assert cleaning.recipe.steps[0].spellings == {"R&D": "Research & Development", "R & D": "Research & Development"}
    assert cleaning.clusters()["cluster"].tolist() == [2, 2]
    cleanup.undo()
    assert cleaning.clusters()["cluster"].tolist() == [1, 1, 2, 2]
    cleanup.merge_clusters()
    assert cleanup.clusters.empty
    assert cleanup.values.loc["IT"] == 2


def test_a_clusters_values_can_be_looked_at_one_by_one():
    cleanup = sr.Cleanup(ROWS)
    cleanup.find_clusters("ngram")
    cleaning = cleanup._cleaning
    cleaning.set_query(FacetQuery(cluster=2))
    assert sorted(shown(cleaning)) == [("IT", 1), ("it␣", 1)]
    cleaning.add([Merge(column="Department", spellings={"it ": "IT"})])
    assert cleaning.query.cluster is None


@pytest.mark.parametrize(
    "act",
    [
        lambda cleaning: cleaning.tick(["Sales"]),
        lambda cleaning: cleaning.tick_clusters([1]),
        lambda cleaning: cleaning.show("Salary"),
        lambda cleaning: cleaning.set_query(FacetQuery(look="nice")),
        lambda cleaning: cleaning.set_query(FacetQuery(view="rows")),
        lambda cleaning: cleaning.set_query(FacetQuery(sort="many")),
        lambda cleaning: cleaning.set_query(FacetQuery(cluster=7)),
        lambda cleaning: cleaning.merge_clusters([]),
        lambda cleaning: cleaning.suggest(1, "x"),
        lambda cleaning: cleaning.text_of(999),
        lambda cleaning: cleaning.add([Trim(column="Department"), Trim(column="Salary")]),
    ],
    ids=["tick", "cluster", "column", "look", "view", "order", "values_of", "no_ticks", "spelling", "row", "second_step"],
)
def test_what_there_is_not_is_refused_and_nothing_changes(act):
    cleaning = cleaning_of()
    before = shown(cleaning)
    with pytest.raises(RecipeError):
        act(cleaning)
    assert shown(cleaning) == before
    assert cleaning.recipe.steps == ()
    assert cleaning.ticked == []


@given(actions=st.lists(st.sampled_from(["trim", "merge", "blank", "upper", "split", "undo", "redo", "drop"]), max_size=8))
@settings(max_examples=15)
def test_the_table_shows_what_a_replay_gives_and_undoing_all_gives_the_original(actions):
    steps = {
        "trim": Trim(column="Department"),
        "merge": Merge(column="Department", spellings={"R & D": "R&D", "IT": "it"}),
        "blank": SetBlank(column="Department", values=["N/A"]),
        "upper": ChangeCase(column="Department", case="upper"),
        "split": Split(column="Department", separator="&", into=["left", "right"]),
    }
    cleaning = cleaning_of()
    original = shown(cleaning)
    for action in actions:
        if action in ("undo", "redo"):
            getattr(cleaning, action)()
        elif action == "drop":
            if cleaning.recipe.steps:
                cleaning.drop(1)
        elif action != "split" or "left" not in cleaning.columns():
            cleaning.add([steps[action]])
    cleaned = cleaning.recipe.replay(ROWS).cleaned
    assert cleaning.facet().place.keys() == set(cleaned["Department"].dropna())
    assert cleaning.columns() == list(cleaned.columns)
    while cleaning.undo():
        pass
    assert shown(cleaning) == original


def test_the_browser_merges_maps_blanks_splits_and_trims_what_it_ticked():
    spoken = Spoken()
    assert spoken.say("ready")["counts"]["values"] == 6
    spoken.say("tick", ids=spoken.ids("R & D", "N/A"))
    spoken.say("untick", ids=spoken.ids("N/A"))
    spoken.say("merge", into="R&D")
    spoken.say("tick", ids=spoken.ids("N/A"))
    spoken.say("blank")
    spoken.say("trim")
    spoken.say("map", ids=spoken.ids("IT", "it"), into=["Tech", "Tech"])
    spoken.say("edit", id=spoken.ids("Tech")[0], value="Technology")
    spoken.say("column", name="Name")
    spoken.say("split", separator=",", into=["Last", "First"])
    spoken.say("column", name="Last")
    state = spoken.say("case", case="upper")
    assert [line["cells"] for line in state["lines"]] == [1, 1, 1, 2, 2, 15, 7]
    assert state["lines"][0]["code"] == "rows['Department'] = rows['Department'].replace({'R & D': 'R&D'})"
    rows = spoken.cleanup.export
    assert rows["Department"].value_counts().to_dict() == {"R&D": 3, "Technology": 2, HOSTILE: 1}
    assert rows["Last"].tolist()[:2] == ["NG", "LIMA"]
    assert spoken.say("undo")["counts"]["redoable"] == 1
    assert len(spoken.say("drop", step=1)["lines"]) == 5


def test_the_browser_finds_clusters_on_a_thread_and_is_told_when_they_are_there():
    spoken = Spoken()
    assert spoken.say("find", by="ngram")["type"] in ("state", "progress")
    spoken.cleanup._search.wait(30)
    state = [message for message in spoken.sent if message["type"] == "state"][-1]
    assert state["searching"] is False
    assert state["query"]["view"] == "clusters"
    spoken.say("tick_filtered")
    state = spoken.say("merge_clusters")
    assert state["counts"]["clusters"] == 0
    assert len(state["lines"]) == 1
    spoken.say("find", by="nearest")
    spoken.cleanup._search.wait(30)
    assert spoken.sent[-1]["problem"] == "No values of Department are alike in this way."


@pytest.mark.timeout(60)
def test_a_search_among_many_values_goes_on_beside_other_work_tells_how_far_it_is_and_is_cancelled():
    letters = str.maketrans("0123456789", "abcdefghij")
    rows = pd.DataFrame({"Name": [f"{at:07d} {at * 7919:09d}".translate(letters) for at in range(60_000)]}, dtype="str")
    spoken = Spoken(rows)
    spoken.say("find", by="nearest")
    while not [message for message in spoken.sent if message["type"] == "progress"]:
        time.sleep(0.01)
    assert spoken.cleanup._search.running
    spoken.sent.clear()
    spoken.cleanup._handle_custom_msg({"type": "window", "start": 100, "count": 50}, [])
    assert "window" in [message["type"] for message in spoken.sent]
    spoken.cleanup._handle_custom_msg({"type": "find", "by": "ngram"}, [])
    assert "already" in str([message for message in spoken.sent if message["type"] == "error"])
    spoken.cleanup._handle_custom_msg({"type": "cancel"}, [])
    spoken.cleanup._search.wait(30)
    assert not spoken.cleanup._search.running
    assert "was stopped" in spoken.sent[-1]["problem"]
    assert spoken.cleanup.clusters.empty


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        {"type": "tick_routine"},
        {"type": "tick", "ids": ["R&D"]},
        {"type": "tick", "ids": [-1]},
        {"type": "tick", "ids": [5000]},
        {"type": "merge"},
        {"type": "merge", "into": "x"},
        {"type": "blank"},
        {"type": "map", "ids": [0], "into": []},
        {"type": "split", "separator": "", "into": ["a", "b"]},
        {"type": "split", "separator": ",", "into": "ab"},
        {"type": "case", "case": "title"},
        {"type": "column", "name": "Salary"},
        {"type": "find", "by": "soundex", "x": 1},
        {"type": "edit", "id": 0, "value": "\ud800"},
        {"type": "drop", "step": 1},
        {
            "type": "query",
            "view": "values",
            "search": "",
            "look": None,
            "sort": "__class__",
            "descending": False,
            "cluster": None,
        },
    ],
)
def test_a_message_that_does_not_fit_is_answered_and_not_acted_on(message):
    spoken = Spoken()
    spoken.say("ready")
    spoken.sent.clear()
    spoken.cleanup._handle_custom_msg(message, [])
    spoken.cleanup._search.wait(30)
    assert spoken.sent[-1]["type"] == "error" or spoken.sent[-1]["problem"]
    assert spoken.cleanup.recipe.steps == ()


def test_what_is_drawn_hides_nothing_and_is_bounded():
    rows = pd.DataFrame({"Comment": [HOSTILE, "x" * 5000, "a\u200bb"]}, dtype="str")
    cleaning = cleaning_of(rows)
    drawn = {row["value"] for row in cleaning.window(0, 10)}
    assert any(value.endswith("‹U+202E›") for value in drawn)
    assert any(value.endswith("(5,000 characters)") for value in drawn)
    assert "a‹U+200B›b" in drawn
    spoken = Spoken(rows)
    state = spoken.say("map", ids=spoken.ids(*drawn), into=["y" * 900] * 3)
    assert len(state["lines"][0]["code"]) < 600
    whole = spoken.say("value", id=0)["value"]
    assert whole in rows["Comment"].tolist()


def test_threads_that_act_at_once_lose_no_step():
    cleaning = cleaning_of()
    threads = [
        threading.Thread(target=lambda at=at: cleaning.add([Merge(column="Number", spellings={str(at): f"n{at}"})]))
        for at in range(1, 9)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(cleaning.recipe.replay(ROWS).cleaned["Number"]) == [f"n{at}" for at in range(1, 9)]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: sr.Cleanup("workday.csv"), "takes an export"),
        (lambda: sr.Cleanup(pd.DataFrame({"x": [1]})), "no column of text"),
        (lambda: sr.Cleanup(ROWS, recipe="missing.recipe"), "missing.recipe"),
        (lambda: sr.Cleanup(ROWS, recipe=Recipe(steps=[Trim(column="Salary")])), "step 1"),
        (lambda: sr.Cleanup(ROWS).merge_clusters([3]), "no cluster 3"),
    ],
)
def test_what_cannot_be_cleaned_is_refused(folder, make, said):
    with pytest.raises(RecipeError, match=said):
        make()


def test_the_summary_beside_the_widget_needs_no_kernel_and_holds_no_value():
    cleanup = sr.Cleanup(ROWS, recipe=Recipe(steps=[Merge(column="Department", spellings={"R & D": "Secret"})]))
    InteractiveShell.instance()
    with capture_output() as captured:
        cleanup._ipython_display_()
    html = captured.outputs[-1].data["text/html"]
    assert "cells changed: 1" in html
    assert "Department" in html
    assert "Secret" not in html
    assert repr(cleanup) == "<Cleanup: <Recipe: 1 step on Department>, 1 cell changed>"


@pytest.mark.timeout(120)
def test_a_recipe_made_in_the_widget_gives_a_scheduled_notebook_the_frame_it_gives_the_widget(folder):
    spoken = Spoken(sr.read_export(SAMPLE))
    for column in ("Job_Title", "Location"):
        spoken.say("column", name=column)
        spoken.say("trim")
    spoken.say("tick", ids=spoken.ids("Zürich"))
    spoken.say("merge", into="Zurich")
    spoken.say("column", name="Access_Roles")
    spoken.say("split", separator=";", into=["Main_Role", "More_Roles"])
    spoken.cleanup.save("monthly.recipe")
    december = SAMPLE.read_text(encoding="utf-8").replace("London", " London").replace("Berlin", "Zürich")
    Path("december.csv").write_text(december, encoding="utf-8")
    cells = [
        "import scimrecon as sr",
        "replay = sr.open_recipe('monthly.recipe').replay(sr.read_export('december.csv', accept=['wrong_preset']))",
        "replay.cleaned.rows.to_pickle('cleaned.pickle')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, timeout=60, resources={"metadata": {"path": str(folder)}}).execute()
    in_the_widget = sr.Cleanup(sr.read_export("december.csv"), recipe="monthly.recipe").export.rows
    assert_frame_equal(pd.read_pickle("cleaned.pickle"), in_the_widget)  # noqa: S301 - written above
    assert set(in_the_widget["Location"]) == {"Zurich", "London", "Oslo", "Lisbon", "Kraków"}
