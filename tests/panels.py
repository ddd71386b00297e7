"""The browser's end of a panel, without a browser: what is said to it, what it answers, and what stands beside it."""

import json

from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output


def listened(panel):
    """Keep in ``heard`` what a panel tells the browser, as it arrives there."""
    panel.heard = []
    panel.send = lambda content, buffers=None: panel.heard.append(json.loads(json.dumps(content)))
    return panel


def say(panel, kind, **members):
    """Say what the browser would, and give the last answer: the state."""
    panel.heard.clear()
    panel._handle_custom_msg({"type": kind, **members}, [])
    return panel.heard[-1]


def say_error(panel, kind, **members):
    """Say what is refused, and give the words."""
    say(panel, kind, **members)
    return next(one["text"] for one in panel.heard if one["type"] == "error")


def summary_of(panel):
    """Show a panel in a notebook, and give the HTML that outlives its kernel."""
    InteractiveShell.instance()
    with capture_output() as captured:
        panel._ipython_display_()
    return captured.outputs[-1].data["text/html"]
