"""Draw a report as one HTML page that loads nothing and runs nothing: everything that comes from data is escaped text."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.errors import ReportError
from scimrecon.journal import Outcome
from scimrecon.report.plots import draw_changes, draw_outcomes
from scimrecon.report.telling import Report, measure_steps, written_patterns
from scimrecon.tables import count, render_rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_MOST_USERS = 2_000
_MOST_PATTERNS = 200
_LONGEST = 600
_DPI = 144
_RESUME = "resume(results.path, target) goes on: it settles what is in doubt and sends what is left."
_NEXT = {
    Outcome.WOULD_APPLY: "Nothing was sent: apply_plan(plan, target, dry_run=False) sends the plan.",
    Outcome.APPLIED: "Nothing: the target holds what was asked, and nothing else changed.",
    Outcome.NOOP: "Nothing: the target held it already.",
    Outcome.APPLIED_UNVERIFIED: "The target said yes and could not be read: verify(results, target) reads again.",
    Outcome.NOT_CONVERGED: "The target holds something else: see the reason. Choose a comparator, or a value it keeps.",
    Outcome.SIDE_EFFECT: "The target changed what nobody asked for: see the reason. undo(results, target) takes the run back.",
    Outcome.STALE: "Somebody edited what was ticked: revisit(results, target) compares these users anew.",
    Outcome.REJECTED: "Correct what the answer names in the export or the mapping, fetch and compare again.",
    Outcome.THROTTLED: _RESUME,
    Outcome.FAILED: _RESUME,
    Outcome.UNKNOWN: _RESUME,
    Outcome.BLOCKED: "The plan kept the user out: the reason names the rule. Correct or accept it, and plan again.",
    Outcome.NOT_ATTEMPTED: _RESUME,
}
_SETTLED = (Outcome.WOULD_APPLY, Outcome.APPLIED, Outcome.NOOP)
_GRAVITY = {"failure": 0, "warning": 1, "skipped": 2, "success": 3}
# What a page may do is said twice: nothing is in it that would run, and the browser is told to run nothing.
_HEAD = """<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="referrer" content="no-referrer"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 15px/1.45 system-ui, sans-serif; max-width: 1100px; margin: 24px auto; padding: 0 16px;
  color: CanvasText; background: Canvas; }}
h1 {{ font-size: 24px; }} h2 {{ font-size: 18px; margin: 32px 0 8px; }}
dl {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 2px 16px; margin: 0; }}
dt {{ font-weight: 600; }} dd {{ margin: 0; overflow-wrap: anywhere; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums; }}
th, td {{ text-align: start; vertical-align: top; padding: 3px 10px 3px 0; border-bottom: 1px solid GrayText;
  overflow-wrap: break-word; min-width: 60px; max-width: 420px; }}
th {{ white-space: nowrap; }}
img {{ max-width: 100%; background: white; margin: 8px 0; }}
.warn {{ border-inline-start: 4px solid #d55e00; padding: 4px 12px; }}
@media print {{ body {{ max-width: none; }} tr {{ break-inside: avoid; }} }}
</style></head><body><main>
"""
_FOOT = "</main></body></html>\n"


def draw_page(report: Report) -> str:
    """Draw the whole page."""
    parts = [_HEAD.format(title=html.escape(report.title)), f"<h1>{html.escape(report.title)}</h1>", _facts(report.facts)]
    if report.masked:
        hidden = html.escape(", ".join(report.masked))
        parts.append(f"<p class='warn'>Hidden here: {hidden}, and every text in which a value of that might be read.</p>")
    if report.refusal:
        parts.append(f"<p class='warn'>Sending the plan would be refused: {html.escape(report.refusal)}</p>")
    parts.append(_section("Outcomes", _count_outcomes(report.outcomes)))
    if len(report.thresholds):
        parts.append(_section("Limits of the plan", report.thresholds.drop(columns="exceeded")))
    written = "What would be written" if not report.path else "What was written"
    parts.append(_section(f"{written}, as patterns", _patterns(report), most=_MOST_PATTERNS))
    parts += _plots(report)
    trouble = report.outcomes[~report.outcomes["outcome"].isin([one.value for one in _SETTLED])]
    parts.append(_section("Who needs another look", _answers(trouble)))
    parts.append(_section("How long the target took to answer", measure_steps(report)))
    parts.append(_section("Every user", _everybody(report.outcomes)))
    return "\n".join([*parts, _FOOT])


def _facts(facts: Mapping[str, str]) -> str:
    rows = (f"<dt>{html.escape(name)}</dt><dd><bdi>{html.escape(text)}</bdi></dd>" for name, text in facts.items())
    return f"<dl>{''.join(rows)}</dl>"


def _section(title: str, frame: pd.DataFrame, *, most: int = _MOST_USERS) -> str:
    rows = render_rows(frame.reset_index(drop=True), most=most, longest=_LONGEST) if len(frame) else "<p>None.</p>"
    region = f"<div class='wide' tabindex='0' role='region' aria-label='{html.escape(title)}'>{rows}</div>"
    return f"<section><h2>{html.escape(title)}</h2>{region}</section>"


def _count_outcomes(outcomes: pd.DataFrame) -> pd.DataFrame:
    counts = outcomes["outcome"].value_counts()
    named = [outcome for outcome in _NEXT if outcome.value in counts.index]
    numbers = [f"{counts[outcome.value]:,}" for outcome in named]
    return pd.DataFrame(
        {"outcome": [one.value for one in named], "users": numbers, "what to do next": [_NEXT[one] for one in named]}, dtype="str"
    )


def _patterns(report: Report) -> pd.DataFrame:
    return written_patterns(report).drop(columns="path").rename(columns={"unusual": "look at", "such_as": "such as"})


def _answers(users: pd.DataFrame) -> pd.DataFrame:
    """Those with trouble: who, what happened, and the target's own words."""
    ordered = _gravest_first(users)
    words = [ordered[name].fillna("") for name in ("scim_type", "vendor_code", "detail", "more_info")]
    said = pd.Series([" · ".join(filter(None, one)) for one in zip(*words, strict=True)], index=ordered.index, dtype="str")
    return pd.DataFrame(
        {
            "user": _names(ordered), "line": ordered["source_line"], "outcome": ordered["outcome"], "reason": ordered["reason"],
            "HTTP": ordered["http_status"], "the target's answer": said, "request": ordered["request_id"],
            "attributes": ordered["paths"],
        }
    )  # fmt: skip


def _everybody(users: pd.DataFrame) -> pd.DataFrame:
    ordered = _gravest_first(users)
    columns = {"user": _names(ordered), "id": ordered["user_id"], "line": ordered["source_line"], "outcome": ordered["outcome"]}
    return pd.DataFrame({**columns, "attributes": ordered["paths"], "PUTs": ordered["attempts"]})


def _gravest_first(users: pd.DataFrame) -> pd.DataFrame:
    return users.loc[users["status"].map(_GRAVITY).sort_values(kind="stable").index]


def _names(users: pd.DataFrame) -> pd.Series[str]:
    return users["user_name"].fillna(users["key"]).fillna(users["user_id"])


def _plots(report: Report) -> list[str]:
    """The plots as pictures within the page; none where matplotlib is not installed, since the tables say the same."""
    if report.outcomes.empty:
        return []
    changes = f"{count(len(report.changes), 'change')} of the plan, by attribute and kind"
    outcomes = f"{count(len(report.outcomes), 'user')} by outcome, in the order of the batches"
    try:
        return [
            _picture(draw_changes(report.changes), changes),
            _picture(draw_outcomes(report.outcomes, report.begun), outcomes),
        ]
    except ReportError:
        return []


def _picture(figure: Figure, words: str) -> str:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=_DPI, metadata={"Software": None})
    return f"<img alt='{html.escape(words)}' src='data:image/png;base64,{base64.b64encode(held.getvalue()).decode()}'>"
