"""Widgets over the library's values: all state in Python, the browser only draws.

Everything a widget does, code does too: a scheduled notebook needs no browser.
"""

from scimrecon.widgets.apply_view import ApplyView
from scimrecon.widgets.cleanup import Cleanup
from scimrecon.widgets.matcher import Matcher
from scimrecon.widgets.preview import Preview
from scimrecon.widgets.results_view import ResultsView

__all__ = ["ApplyView", "Cleanup", "Matcher", "Preview", "ResultsView"]
