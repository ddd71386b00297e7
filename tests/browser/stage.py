"""A widget in a bare page: the real state in Python, the real module in the browser, JupyterLab's colours, and no JupyterLab."""

import json
import sys
from pathlib import Path

from playwright.sync_api import Page, expect

import scimrecon as sr

SCREENSHOTS = Path(__file__).parents[2] / ".screenshots"
THEMES = Path(sys.prefix) / "share" / "jupyter" / "lab" / "themes" / "@jupyterlab"
PAGE = """<!doctype html><html lang="en"><head><title>Widget</title><style>{theme}</style><style>{css}</style></head>
<body style="margin: 0; background: var(--jp-layout-color0)">
<main id="cell" style="width: {width}px; padding: 8px"></main></body></html>"""
START = """async (esm) => {
  const listeners = new Set();
  window.deliver = (messages) => messages.forEach((message) => listeners.forEach((listen) => listen(message)));
  const model = {
    send: async (message) => window.deliver(await window.toPython(message)),
    on: (_event, listen) => listeners.add(listen),
    off: (_event, listen) => listeners.delete(listen),
  };
  const module = await import(URL.createObjectURL(new Blob([esm], { type: "text/javascript" })));
  module.default.render({ model, el: document.getElementById("cell") });
}"""


class Stage:
    """One widget, a preview or a cleanup, and the page it is drawn in."""

    def __init__(self, page: Page, preview: sr.Preview | sr.Cleanup, theme: str = "light", width: int = 1100) -> None:
        self.page = page
        self.preview = preview
        self._sent: list[object] = []
        preview.send = lambda content, buffers=None: self._sent.append(json.loads(json.dumps(content)))
        page.expose_function("toPython", self._hear)
        colours = (THEMES / f"theme-{theme}-extension" / "index.css").read_text()
        page.set_content(PAGE.format(theme=colours, css=preview._css, width=width))
        page.evaluate(START, str(preview._esm))
        self.widget = page.locator(".scimrecon-preview")
        expect(self.widget.locator(".counts")).not_to_be_empty()

    def _hear(self, message: object) -> list[object]:
        self._sent.clear()
        self.preview._handle_custom_msg(message, [])
        return self._taken()

    def tell(self) -> None:
        """Bring the page what Python has sent since."""
        self.page.evaluate("messages => window.deliver(messages)", self._taken())

    def _taken(self) -> list[object]:
        sent, self._sent = self._sent, []
        return sent

    def row(self, *texts: str):
        rows = self.widget.locator(".row:not(.header):not([hidden])")
        for text in texts:
            rows = rows.filter(has=self.page.get_by_text(text, exact=True))
        return rows

    def screenshot(self, name: str) -> None:
        SCREENSHOTS.mkdir(exist_ok=True)
        self.page.locator("main").screenshot(path=SCREENSHOTS / name)
