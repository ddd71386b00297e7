"""Tell others of a run: one HTML file that needs nothing else, an Excel file, and plots.

Nothing here writes to a target, or asks it anything.
"""

from __future__ import annotations

from scimrecon.report.plots import plot_changes, plot_outcomes
from scimrecon.report.writing import write_report

__all__ = ["plot_changes", "plot_outcomes", "write_report"]
