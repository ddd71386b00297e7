"""Recipes: what a step does to rows, what it leaves alone, and what of it still fits the next file."""

import dataclasses
import json
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

import scimrecon as sr
from scimrecon import schemas
from scimrecon.errors import RecipeError
from scimrecon.recipes import ChangeCase, MapValues, Merge, Recipe, SetBlank, Split, Trim, open_recipe, trim_text

SAMPLE = Path(__file__).parents[1] / "data" / "sample" / "workday.csv"
ROWS = pd.DataFrame(
    {
        "Name": ["O'Brien, Bríd", "Häns, Zoë", "Ng", None, "Lima, Ana, Dr"],
        "Department": ["R&D", "R & D", "IT", "N/A", None],
        "Title": ["  Team \u00a0 Lead ", "Clerk", "Clerk", "   ", None],
        "Status": ["Active", "Left", "Active", "On leave", None],
    },
    index=pd.Index([2, 3, 4, 5, 7], name="source_line"),
    dtype="str",
)
# Few letters, so that spellings meet: blanks of several kinds, accents in two forms, letters that change length with their case.
TEXTS = st.text(alphabet="aB, \t\n\u00a0\u00e9e\u0301ßİ'\\=", min_size=1, max_size=5)
COLUMNS = ("one", "two")
CELLS = st.lists(st.one_of(st.none(), TEXTS), min_size=0, max_size=6)
COLUMN = st.sampled_from(COLUMNS)
PAIRS = st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=4)
STEPS = st.one_of(
    st.builds(Merge, column=COLUMN, spellings=PAIRS),
    st.builds(MapValues, column=COLUMN, values=PAIRS),
    st.builds(Trim, column=COLUMN),
    st.builds(ChangeCase, column=COLUMN, case=st.sampled_from(["lower", "upper"])),
    st.builds(SetBlank, column=COLUMN, values=st.lists(TEXTS, min_size=1, max_size=3)),
)
SPLITS = st.builds(Split, column=COLUMN, separator=st.sampled_from([",", ", ", "a"]), into=st.just(("left", "right")))


@st.composite
def frames(draw):
    first = draw(CELLS)
    second = draw(st.lists(st.one_of(st.none(), TEXTS), min_size=len(first), max_size=len(first)))
    return pd.DataFrame({"one": first, "two": second, "three": first}, dtype="str")


@st.composite
def recipes(draw):
    steps = draw(st.lists(STEPS, max_size=4))
    return Recipe(steps=[*steps, *draw(st.lists(SPLITS, max_size=1))])


def replayed(*steps, rows=ROWS):
    return Recipe(steps=steps).replay(rows)


def texts(column):
    return column.astype(object).where(column.notna(), None).tolist()


@pytest.mark.parametrize(
    ("step", "cells"),
    [
        (Merge(column="Department", spellings={"R & D": "R&D"}), ["R&D", "R&D", "IT", "N/A", None]),
        (MapValues(column="Department", values={"IT": "R&D", "R&D": "IT"}), ["IT", "R & D", "R&D", "N/A", None]),
        (SetBlank(column="Department", values=["N/A"]), ["R&D", "R & D", "IT", None, None]),
        (ChangeCase(column="Department", case="lower"), ["r&d", "r & d", "it", "n/a", None]),
        (Trim(column="Title"), ["Team Lead", "Clerk", "Clerk", None, None]),
    ],
)
def test_a_step_does_this_to_the_cells_of_its_column_and_nothing_to_others(step, cells):
    cleaned = replayed(step).cleaned
    assert texts(cleaned[step.column]) == cells
    assert_frame_equal(cleaned.drop(columns=step.column), ROWS.drop(columns=step.column))


def test_a_split_makes_columns_and_loses_nothing():
    replay = replayed(Split(column="Name", separator=",", into=["Last", "First"]))
    assert texts(replay.cleaned["Last"]) == ["O'Brien", "Häns", "Ng", None, "Lima"]
    assert texts(replay.cleaned["First"]) == ["Bríd", "Zoë", None, None, "Ana, Dr"]
    assert_frame_equal(replay.cleaned[list(ROWS.columns)], ROWS)
    assert replay.misfits[["misfit", "value", "cells"]].to_numpy().tolist() == [
        ["uncovered", "Ng", 1],
        ["uncovered", "Lima, Ana, Dr", 1],
    ]


def test_the_report_counts_cells_and_names_values_that_are_gone_or_not_covered():
    replay = replayed(
        Merge(column="Department", spellings={"R & D": "R&D", "Rresearch": "R&D"}),
        MapValues(column="Status", values={"Active": "true", "Gone": "false"}),
    )
    assert replay.steps.to_numpy().tolist() == [[1, "merge", "Department", 1, 1, 0], [2, "map", "Status", 2, 1, 2]]
    assert replay.misfits[["step", "misfit", "value", "cells"]].to_numpy().tolist() == [
        [1, "gone", "Rresearch", 0],
        [2, "gone", "Gone", 0],
        [2, "uncovered", "Left", 1],
        [2, "uncovered", "On leave", 1],
    ]
    schemas.check(replay.steps, schemas.RecipeSteps)
    schemas.check(replay.misfits, schemas.Misfits)
    assert "3 cells in 2 steps, 2 values gone, 2 not covered" in replay._repr_html_()


def test_later_steps_see_what_earlier_ones_made():
    cleaned = replayed(
        Split(column="Name", separator=",", into=["Last", "First"]),
        ChangeCase(column="Last", case="upper"),
        Merge(column="Last", spellings={"NG": "Ng"}),
    ).cleaned
    assert texts(cleaned["Last"]) == ["O'BRIEN", "HÄNS", "Ng", None, "LIMA"]


def test_a_cleaned_export_is_the_same_export_but_for_its_rows():
    export = sr.read_export(SAMPLE)
    recipe = Recipe(steps=[Trim(column="Job_Title"), Merge(column="Location", spellings={"Zürich": "Zurich"})])
    before = export.rows.copy()
    cleaned = recipe.replay(export).cleaned
    assert_frame_equal(export.rows, before)
    assert dataclasses.replace(cleaned, rows=export.rows) == export
    assert (cleaned.rows["Location"] == "Zurich").sum() == (export.rows["Location"] == "Zürich").sum() > 0
    desired = sr.map_users(cleaned, export.mapping)
    assert desired.source == export.source
    assert desired.frame.index.equals(export.rows.index)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (Trim(column="Salary"), "step 1 (trim of 'Salary'): the rows have no column 'Salary'; they have: Name, Department"),
        (Split(column="Name", separator=",", into=["Title", "Rest"]), "there is a column 'Title' already"),
    ],
)
def test_a_recipe_that_does_not_fit_the_columns_names_column_and_step(step, said):
    with pytest.raises(RecipeError) as refusal:
        replayed(step)
    assert said in str(refusal.value)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS.assign(Title=[1, 2, 3, 4, 5]), "column 'Title' is int64, not text"),
        (ROWS.set_axis(["Title", "Title", "x", "y"], axis="columns"), "the rows have 2 columns 'Title'"),
        ("workday.csv", "not on str"),
    ],
)
def test_what_cannot_be_cleaned_is_refused(rows, said):
    with pytest.raises(RecipeError, match=said):
        replayed(Trim(column="Title"), rows=rows)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Merge(column="x", spellings={}), "at least one text"),
        (lambda: Merge(column="x", spellings={"a": None}), "texts are needed, not NoneType"),
        (lambda: MapValues(column="x", values=["a"]), "give a dict"),
        (lambda: SetBlank(column="x", values="N/A"), "values is a list of texts, not str"),
        (lambda: SetBlank(column="x", values=[]), "names no text"),
        (lambda: SetBlank(column="x", values=["\ud800"]), "half a character"),
        (lambda: ChangeCase(column="x", case="title"), "'lower' or 'upper'"),
        (lambda: Split(column="x", separator="", into=["a", "b"]), "takes a separator"),
        (lambda: Split(column="x", separator=",", into=["a", "a"]), "each once"),
        (lambda: Trim(column=3), "texts are needed, not int"),
        (lambda: Recipe(steps=["trim"]), "step 1: a recipe is made of steps"),
    ],
)
def test_a_step_that_means_nothing_is_refused_when_it_is_made(make, said):
    with pytest.raises(RecipeError, match=said):
        make()


@given(rows=frames(), recipe=recipes())
@settings(max_examples=25)
def test_the_printed_pandas_does_the_same(rows, recipe):
    names = {"export": dataclasses.replace(EXPORT, rows=rows)}
    exec(recipe.code(), names)  # noqa: S102 - the code under test
    assert_frame_equal(names["export"].rows, recipe.replay(rows).cleaned)


@given(rows=frames(), recipe=recipes())
@settings(max_examples=25)
def test_a_saved_recipe_replays_as_the_one_that_was_saved(tmp_path_factory, rows, recipe):
    path = tmp_path_factory.getbasetemp() / "saved.recipe"
    recipe.save(path)
    opened = open_recipe(path)
    assert opened == recipe
    assert_frame_equal(opened.replay(rows).cleaned, recipe.replay(rows).cleaned)


@given(rows=frames(), step=STEPS)
@settings(max_examples=25)
def test_nothing_changes_outside_the_columns_a_recipe_names(rows, step):
    before = rows.copy()
    replay = Recipe(steps=[step]).replay(rows)
    assert_frame_equal(rows, before)
    assert_frame_equal(replay.cleaned.drop(columns=step.column), rows.drop(columns=step.column))
    apart = replay.cleaned[step.column].fillna("blank!") != rows[step.column].fillna("blank!")
    assert replay.steps["cells"].tolist() == [apart.sum()]


@given(rows=frames(), column=COLUMN, pairs=PAIRS)
@settings(max_examples=25)
def test_replaying_twice_is_replaying_once_where_no_result_is_renamed_again(rows, column, pairs):
    settled = {before: after for before, after in pairs.items() if after not in pairs or pairs[after] == after}
    steps = [Trim(column=column)] + ([Merge(column=column, spellings=settled)] if settled else [])
    for step in steps:
        once = Recipe(steps=[step]).replay(rows)
        twice = Recipe(steps=[step]).replay(once.cleaned)
        assert_frame_equal(twice.cleaned, once.cleaned)
        assert twice.steps["cells"].sum() == 0


@given(text=st.text(max_size=8))
@settings(max_examples=50)
def test_trimming_is_done_at_once_and_keeps_line_breaks(text):
    trimmed = trim_text(text)
    assert trimmed is None or trim_text(trimmed) == trimmed
    assert (trimmed or "").count("\n") <= text.count("\n")


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (None, "No such file"),
        ("{", "not a recipe"),
        ({"scimrecon": "choices"}, "does not say that it holds a recipe"),
        ({"scimrecon": "recipe", "format": 1, "steps": [{"action": "drop", "column": "x"}]}, "step 1: there is no such action"),
        ({"scimrecon": "recipe", "format": 1, "steps": [{"action": "trim"}]}, "step 1: trim takes column, and nothing else"),
        (
            {"scimrecon": "recipe", "format": 1, "steps": [{"action": "blank", "column": "x", "values": [1]}]},
            "step 1: blank of 'x'",
        ),
        ({"scimrecon": "recipe", "format": 1, "steps": [["trim"]]}, "step 1: there is no such action"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_by_name(tmp_path, document, said):
    path = tmp_path / "next.recipe"
    if document is not None:
        path.write_text(document if isinstance(document, str) else json.dumps(document))
    with pytest.raises(RecipeError) as refusal:
        open_recipe(path)
    assert str(path) in str(refusal.value)
    assert said in str(refusal.value)


EXPORT = sr.read_export(SAMPLE)


def test_a_recipe_is_opened_of_a_path():
    with pytest.raises(RecipeError, match=r"open_recipe takes the path of a file that Recipe\.save wrote, not NoneType"):
        open_recipe(None)
