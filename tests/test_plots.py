"""Plots are matplotlib figures of counts: whatever the names, in any order, known to no pyplot."""

import sys

import matplotlib as mpl
import pandas as pd
import pytest
from fake_scim import FakeScim, analyst, scim_error
from matplotlib.text import Text

import scimrecon as sr
from scimrecon.errors import ReportError
from scimrecon.report.plots import draw_changes, draw_outcomes

OUTCOMES = list(sr.schemas.Outcomes.to_schema().columns["outcome"].checks[0].statistics["allowed_values"])
KINDS = list(sr.schemas.Changes.to_schema().columns["kind"].checks[0].statistics["allowed_values"])


def bars_of(figure):
    """Each series of a plot, by its name in the legend: the lengths of its bars."""
    axes = figure.axes[0]
    across = axes.get_xlabel() == "changes"
    lengths = [[bar.get_width() if across else bar.get_height() for bar in series] for series in axes.containers]
    return dict(zip([text.get_text() for text in figure.legends[0].get_texts()], lengths, strict=True))


def changes_of(*pairs):
    return pd.DataFrame(pairs, columns=["path", "kind"], dtype="str")


def outcomes_of(batches, outcomes):
    return pd.DataFrame({"batch": pd.array(batches, dtype="Int64"), "outcome": pd.Series(outcomes, dtype="str")})


def test_changes_are_counted_by_attribute_and_kind_the_most_first():
    figure = draw_changes(changes_of(("title", "set"), ("title", "replace"), ("active", "replace"), ("title", "replace")))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["title", "active"]
    assert bars_of(figure) == {"replace": [2, 1], "set": [1, 0]}


def test_elements_known_by_their_values_are_one_attribute_and_the_smallest_are_counted_together():
    roles = [(f'roles[value eq "{number}"].value', "add_element") for number in range(30)]
    many = [(f"urn:example:ext:2.0:User:field{number:02}", "set") for number in range(25)]
    figure = draw_changes(changes_of(*roles, *many))
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels[0] == "roles"
    assert (len(labels), labels[-1]) == (21, "6 other attributes")
    assert bars_of(figure)["set"][-1] == 6


def test_every_kind_and_every_outcome_has_a_colour_of_its_own():
    kinds = bars_of(draw_changes(changes_of(*[("title", kind) for kind in KINDS])))
    outcomes = bars_of(draw_outcomes(outcomes_of([1] * len(OUTCOMES), OUTCOMES), {}))
    assert set(kinds) == {kind.replace("_", " ") for kind in KINDS}
    assert set(outcomes) == {outcome.replace("_", " ") for outcome in OUTCOMES}


def test_outcomes_stand_in_the_order_of_batches_and_users_of_none_come_last():
    figure = draw_outcomes(outcomes_of([2, 1, 2, None], ["applied", "applied", "stale", "not_attempted"]), {})
    assert bars_of(figure) == {"applied": [1, 1, 0], "stale": [0, 1, 0], "not attempted": [0, 0, 1]}
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["1", "2", "none"]


def test_of_many_batches_neighbours_share_a_bar():
    figure = draw_outcomes(outcomes_of([*range(1, 401)], ["applied"] * 400), {})
    heights = bars_of(figure)["applied"]
    assert len(heights) <= 60
    assert sum(heights) == 400
    assert figure.axes[0].get_xticklabels()[0].get_text() == "1 to 7"


@pytest.mark.parametrize("name", ["$\\frac{$", "名前", "\u202e\u0007", "x" * 500])
def test_a_name_is_drawn_as_text_whatever_it_holds(name, tmp_path):
    draw_changes(changes_of((f'phoneNumbers[type eq "{name}"].value', "set"))).savefig(tmp_path / "changes.png")


def test_plots_of_nothing_are_plots(tmp_path):
    draw_changes(changes_of()).savefig(tmp_path / "changes.png")
    draw_outcomes(outcomes_of([], []), {}).savefig(tmp_path / "outcomes.png")


def test_plots_are_dark_on_white_whatever_the_style():
    with mpl.rc_context(
        {"text.color": "white", "axes.labelcolor": "white", "figure.facecolor": "black", "axes.facecolor": "black"}
    ):
        figure = draw_changes(changes_of(("title", "set")))
    inks = {text.get_color() for text in figure.findobj(Text) if text.get_text()}
    assert inks == {"#222222"}
    assert {figure.get_facecolor(), figure.axes[0].get_facecolor()} == {(1.0, 1.0, 1.0, 1.0)}


def test_a_diff_a_selection_a_plan_and_results_are_plotted_and_no_pyplot_is_loaded(folder):
    loaded = "matplotlib.pyplot" in sys.modules
    with FakeScim([analyst("alvarez"), analyst("brand")]) as server:
        server.faults["brand"] = scim_error(400, "no")
        target = sr.connect(server)
        desired = pd.DataFrame({"userName": ["alvarez@example.com", "brand@example.com"], "title": "Lead"}, dtype="str")
        diff = sr.compare(desired, sr.fetch_users(target), on="userName")
        selection = diff.select(diff.changes.index)
        plan = sr.plan_puts(selection, target)
        results = sr.apply_plan(plan, target, dry_run=False, concurrency=1)
    for value in (diff, selection, plan, results):
        assert bars_of(sr.plot_changes(value)) == {"replace": [2]}
    figure = sr.plot_outcomes(results)
    assert [label.get_text()[:2] for label in figure.axes[0].get_xticklabels()] == ["1\n", "2\n"]
    assert figure.axes[0].get_xlabel() == "batch, and when it began (UTC)"
    assert bars_of(figure) == {"applied": [1, 0], "rejected": [0, 1]}
    assert ("matplotlib.pyplot" in sys.modules) == loaded


def test_what_is_none_of_these_is_refused():
    for plot in (sr.plot_changes, sr.plot_outcomes):
        with pytest.raises(ReportError, match="not DataFrame"):
            plot(pd.DataFrame())
