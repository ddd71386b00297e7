r"""Reconcile a directory or HR export with a SCIM 2.0 service.

    read_export -> map_users ----\
                                  compare -> Preview -> plan_puts -> apply_plan -> Results
    connect -> fetch_users ------/

Each stage is a function, and gives a value that shows its frame. Only `apply_plan(…, dry_run=False)` writes, and `resume`, and
`ApplyView` once somebody has typed what it asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from scimrecon import dialects, errors, recipes, sandbox, scale, schemas
from scimrecon.apply import Progress, apply_plan, resume, verify
from scimrecon.client import Target, connect
from scimrecon.diff import Diff, Selection, compare
from scimrecon.exports import Export, presets, read_export
from scimrecon.journal import history, runs
from scimrecon.mapping import Desired, column, constant, map_users, reference
from scimrecon.plan import Plan, open_plan, plan_puts
from scimrecon.recipes import Recipe, find_clusters, open_recipe
from scimrecon.report import plot_changes, plot_outcomes, write_report
from scimrecon.results import Results, open_run
from scimrecon.reversal import restore, revisit, undo
from scimrecon.users import Users, fetch_users, read_users

if TYPE_CHECKING:
    from scimrecon.widgets import ApplyView, Cleanup, Matcher, Preview, ResultsView

__all__ = [  # noqa: RUF022 - in the order data flows
    "sandbox",
    "connect",
    "Target",
    "read_export",
    "Export",
    "presets",
    "find_clusters",
    "Cleanup",
    "Recipe",
    "open_recipe",
    "column",
    "constant",
    "reference",
    "map_users",
    "Desired",
    "fetch_users",
    "read_users",
    "Users",
    "compare",
    "Diff",
    "Selection",
    "scale",
    "Preview",
    "Matcher",
    "plan_puts",
    "Plan",
    "open_plan",
    "apply_plan",
    "ApplyView",
    "Progress",
    "Results",
    "ResultsView",
    "open_run",
    "resume",
    "undo",
    "restore",
    "revisit",
    "verify",
    "runs",
    "history",
    "write_report",
    "plot_changes",
    "plot_outcomes",
    "dialects",
    "errors",
    "recipes",
    "schemas",
]

_WIDGETS = ("Cleanup", "Preview", "Matcher", "ApplyView", "ResultsView")


def __dir__() -> list[str]:
    """Name what is public, the lazily loaded too."""
    return [*__all__, "__version__"]


def __getattr__(name: str) -> object:
    """Load the widgets when first asked for: a script needs none."""
    if name in _WIDGETS:
        from scimrecon import widgets

        return getattr(widgets, name)
    if name == "__version__":
        from importlib.metadata import version

        return version("scimrecon")
    raise AttributeError(f"module 'scimrecon' has no attribute {name!r}")
