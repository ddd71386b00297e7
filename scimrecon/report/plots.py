"""Plots of a comparison or a run, as matplotlib figures: dark on white, so that they read alike in any theme and on paper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.diff import Diff, Selection
from scimrecon.errors import ReportError
from scimrecon.journal import Outcome
from scimrecon.paths import parse_path, parse_set
from scimrecon.plan import Plan
from scimrecon.report.telling import read_times
from scimrecon.results import Results
from scimrecon.tables import count

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_ATTRIBUTES = 20
_MOST_BARS = 60
_WIDTH_IN = 8.0
_TIME_OF_DAY = slice(11, 19)
"""Of an ISO 8601 moment."""
_LONGEST = 48
_LAST_LETTER = "\u024f"
"""Of Latin, with all its marks."""
_INK = "#222222"
_KINDS = {
    "replace": "#0072B2", "set": "#009E73", "add_element": "#56B4E9", "clear": "#D55E00", "remove_element": "#CC79A7",
    "cosmetic": "#999999", "sent_along": "#F0E442",
}  # fmt: skip
"""Colours that differ for every sort of colour vision (Okabe and Ito), in the order they are stacked."""
_OUTCOMES = {
    Outcome.APPLIED: "#009E73", Outcome.WOULD_APPLY: "#009E73", Outcome.NOOP: "#56B4E9", Outcome.APPLIED_UNVERIFIED: "#0072B2",
    Outcome.NOT_CONVERGED: "#E69F00", Outcome.SIDE_EFFECT: "#000000", Outcome.STALE: "#F0E442", Outcome.REJECTED: "#D55E00",
    Outcome.THROTTLED: "#CC79A7", Outcome.FAILED: "#882255", Outcome.UNKNOWN: "#AA4499", Outcome.BLOCKED: "#BBBBBB",
    Outcome.NOT_ATTEMPTED: "#DDDDDD",
}  # fmt: skip
_HATCHED = (Outcome.SIDE_EFFECT, Outcome.REJECTED, Outcome.FAILED, Outcome.THROTTLED, Outcome.UNKNOWN)


def plot_changes(changed: Diff | Selection | Plan | Results, /) -> Figure:
    """Plot how many changes there are of each attribute, by kind.

    Parameters
    ----------
    changed
        A diff, or what came of it. Elements known by their values (``roles[value eq "auditor"].value``) count as one attribute;
        of more than 20 attributes, the smallest are counted together.

    Returns
    -------
    matplotlib.figure.Figure
        It shows itself in a notebook, and is known to no pyplot: nothing has to be closed. ``figure.savefig("changes.png")``
        keeps it. Cost: a count of two columns.

    Raises
    ------
    ReportError
        `changed` is none of these, or matplotlib is not installed (``pip install 'scimrecon[plots]'``).
    """
    if not isinstance(changed, Diff | Selection | Plan | Results):
        raise ReportError(f"plot_changes takes a diff, a selection, a plan or results, not {type(changed).__name__}.")
    return draw_changes(changed.changes)


def plot_outcomes(results: Results, /) -> Figure:
    """Plot what became of the users over the course of a run: one bar a batch, in the order they were sent, with its time (UTC).

    Parameters
    ----------
    results
        Of a run, or of a dry run. Of more than 60 batches, neighbours share a bar. Users who came into no batch (they were
        blocked, or the run stopped before) have the last bar.

    Returns
    -------
    matplotlib.figure.Figure
        As of `plot_changes`.

    Raises
    ------
    ReportError
        `results` are none, or matplotlib is not installed (``pip install 'scimrecon[plots]'``).
    RunError
        The run file, which has the times, is missing or damaged.
    """
    if not isinstance(results, Results):
        raise ReportError(f"plot_outcomes takes results, from apply_plan or open_run, not {type(results).__name__}.")
    return draw_outcomes(results.frame, {} if results.path is None else read_times(results.path))


def draw_changes(changes: pd.DataFrame) -> Figure:
    """As `plot_changes`, of a frame with ``path`` and ``kind``."""
    names = {path: _attribute(str(path)) for path in changes["path"].unique()}
    counts = pd.crosstab(changes["path"].map(names).astype("str"), changes["kind"].astype("str"))
    sums = counts.sum(axis="columns").sort_values(ascending=False, kind="stable")
    shown, rest = sums.index[:_MOST_ATTRIBUTES], sums.index[_MOST_ATTRIBUTES:]
    bars = counts.loc[shown]
    if len(rest):
        bars = pd.concat([bars, counts.loc[rest].sum().to_frame(count(len(rest), "other attribute")).T])
    figure, axes = _begin(max(1.6, 0.9 + 0.3 * len(bars)), "Changes by attribute and kind")
    kinds = [kind for kind in _KINDS if kind in bars.columns]
    left = pd.Series(0, index=bars.index)
    for kind in kinds:
        axes.barh(range(len(bars)), bars[kind], left=left, color=_KINDS[kind], edgecolor="white", label=kind.replace("_", " "))
        left += bars[kind]
    # A name is whatever a mapping wrote: no formula, and no letter that the font may lack.
    axes.set_yticks(range(len(bars)), labels=[_plain(name) for name in bars.index], parse_math=False)
    axes.invert_yaxis()
    axes.set_xlabel("changes")
    _finish(figure, axes, len(kinds))
    return figure


def draw_outcomes(outcomes: pd.DataFrame, begun: Mapping[int, str]) -> Figure:
    """As `plot_outcomes`, of a frame that follows `schemas.Outcomes`; `begun` is batch to when it began, ISO 8601."""
    batches = sorted(int(number) for number in outcomes["batch"].dropna().unique())
    wide = -(-len(batches) // _MOST_BARS) or 1
    bar_of = {number: at // wide for at, number in enumerate(batches)}
    labels = [_span(batches[at : at + wide], begun) for at in range(0, len(batches), wide)]
    unsent = outcomes["batch"].isna()
    bar = outcomes["batch"].map(bar_of).astype("Int64").fillna(len(labels))
    counts = pd.crosstab(bar, outcomes["outcome"].astype("str"))
    figure, axes = _begin(3.2, "Outcomes in the order of the batches")
    named = [outcome for outcome in _OUTCOMES if outcome.value in counts.columns]
    bottom = pd.Series(0, index=counts.index)
    for outcome in named:
        axes.bar(
            [int(at) for at in counts.index], counts[outcome.value], bottom=bottom, color=_OUTCOMES[outcome], edgecolor="white",
            hatch="//" if outcome in _HATCHED else None, label=outcome.value.replace("_", " "),
        )  # fmt: skip
        bottom += counts[outcome.value]
    ticks = list(range(0, len(labels), max(1, len(labels) // 10)))
    last = [len(labels)] if unsent.any() else []
    axes.set_xticks([*ticks, *last], labels=[*(labels[at] for at in ticks), *("none" for _ in last)])
    axes.set_xlabel("batch, and when it began (UTC)" if begun else "batch")
    axes.set_ylabel("users")
    _finish(figure, axes, len(named))
    return figure


def _begin(height_in: float, title: str) -> tuple[Figure, Axes]:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ReportError("plots need matplotlib: pip install 'scimrecon[plots]'") from None
    figure = Figure(figsize=(_WIDTH_IN, height_in), layout="constrained", facecolor="white")
    axes = figure.add_subplot(facecolor="white")
    axes.set_title(title, color=_INK, fontsize=11, loc="left")
    return figure, axes


def _finish(figure: Figure, axes: Axes, entries: int) -> None:
    """Set everything a user's style may have made light to ink, and name the colours."""
    axes.tick_params(colors=_INK, labelsize=9)
    axes.xaxis.label.set_color(_INK)
    axes.yaxis.label.set_color(_INK)
    for name, spine in axes.spines.items():
        spine.set_color(_INK)
        spine.set_visible(name in ("left", "bottom"))
    if entries:
        legend = figure.legend(loc="outside right upper", frameon=False, fontsize=9, facecolor="white")
        for text in legend.get_texts():
            text.set_color(_INK)


def _attribute(path: str) -> str:
    """What changes of a path are counted as: an element known by its value is one of its attribute's."""
    parsed = None if parse_set(path) else parse_path(path)
    return path if parsed is None or parsed.member in ("", "type", "primary") else parsed.name


def _span(batches: list[int], begun: Mapping[int, str]) -> str:
    numbers = str(batches[0]) if len(batches) == 1 else f"{batches[0]} to {batches[-1]}"
    return f"{numbers}\n{begun[batches[0]][_TIME_OF_DAY]}" if batches[0] in begun else numbers


def _plain(text: str) -> str:
    """A label of letters that every font has, cut to a line."""
    shown = text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
    return "".join(one if one.isprintable() and one <= _LAST_LETTER else one.encode("unicode_escape").decode() for one in shown)
