"""The page at ``/`` of a practice server: what it is, what it plays, and whom it holds.

It asks for a credential in a form and keeps nothing: no cookie, no script. All that is not ours is escaped.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from html import escape
from typing import TYPE_CHECKING, Any

from starlette.responses import HTMLResponse, Response

from scimrecon.sandbox.switches import explain_switches
from scimrecon.sandbox.web import Refusal, read_form, same

if TYPE_CHECKING:
    from starlette.requests import Request

    from scimrecon.sandbox.kinds import Kind

_MOST_ROWS = 500

_STYLE = """
:root{color-scheme:light dark;--line:#8883;--soft:#8881;--dim:#777}
body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2.5rem auto;padding:0 1.25rem}
h1{font-size:1.5rem;margin:0}h2{font-size:1.05rem;margin:2rem 0 .5rem}p{margin:.4rem 0}
.dim{color:var(--dim)}code{font-family:ui-monospace,monospace;font-size:.9em}
table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.35rem .7rem .35rem 0;border-bottom:1px solid var(--line)}
th{font-weight:600}pre{margin:.3rem 0;padding:.6rem;background:var(--soft);border-radius:.3rem;white-space:pre-wrap}
label{display:block;margin:1.2rem 0 .3rem}
input,button{font:inherit;color:inherit;padding:.4rem .7rem;background:var(--soft)}
input,button{border:1px solid var(--line);border-radius:.3rem}
input{width:min(30rem,70%)}.off{color:var(--dim)}summary{cursor:pointer}
"""

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; style-src 'sha256-"
        + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
        + "'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, kw_only=True)
class Page:
    """What the page tells, and to whom."""

    kind: Kind
    credentials: dict[str, str]
    switches: Any
    users: Callable[[], Iterable[dict[str, Any]]]
    """The users with all that is held of them, shown by the API or not."""

    async def answer(self, request: Request) -> Response:
        """Ask for the credential; show the page to whoever knows it."""
        if request.method != "POST":
            return self._ask("")
        try:
            form = await read_form(request)
        except Refusal as refusal:
            return self._ask(refusal.detail, status=refusal.status)
        if not same(form.get("key", ""), self.credentials[self.kind.key]):
            return self._ask(f"That is not the {self.kind.key} of this server.", status=403)
        return self._tell()

    def _ask(self, problem: str, status: int = 200) -> Response:
        said = f"<p><strong>{escape(problem)}</strong></p>" if problem else ""
        key = escape(self.kind.key)
        return self._render(
            f'{said}<form method="post" action="/"><label for="key">Its <code>{key}</code>, to see whom it holds:</label>'
            '<input id="key" name="key" type="password" autocomplete="off" required autofocus> <button>Show</button></form>',
            status,
        )

    def _tell(self) -> Response:
        base = f"<p>SCIM is spoken at <code>{escape(self.kind.path(self.credentials))}</code>.</p>"
        plays = "".join(f"<li>{escape(line)}</li>" for line in self.kind.plays)
        return self._render(f"{base}<h2>What it plays</h2><ul>{plays}</ul>{_table(list(self.users()))}{self._switches()}", 200)

    def _switches(self) -> str:
        told = explain_switches(type(self.switches))
        set_to = {field.name: repr(getattr(self.switches, field.name)) for field in fields(self.switches)}
        rows = [
            f"<tr><td><code>{escape(name)}</code></td><td><code>{escape(value)}</code></td>"
            f'<td class="dim">{escape(told.get(name, ""))}</td></tr>'
            for name, value in set_to.items()
        ]
        return f"<h2>Switches</h2><table><tbody>{''.join(rows)}</tbody></table>" if rows else ""

    def _render(self, body: str, status: int) -> Response:
        title = escape(self.kind.title)
        return HTMLResponse(
            f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Practice server: {title}</title>'
            f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
            f'<h1>Practice server: {title}</h1><p class="dim">It does as the provider documents, on this machine only; '
            f"nothing here reaches the provider.</p>{body}</body></html>",
            status_code=status,
            headers=_HEADERS,
        )


def _table(users: list[dict[str, Any]]) -> str:
    rows = "".join(_row(user) for user in users[:_MOST_ROWS])
    more = f'<p class="dim">and {len(users) - _MOST_ROWS} more</p>' if len(users) > _MOST_ROWS else ""
    return (
        f"<h2>Users: {len(users)}</h2><table><thead><tr><th>userName</th><th>displayName</th><th>active</th>"
        f"<th>all that is held</th></tr></thead><tbody>{rows}</tbody></table>{more}"
    )


def _row(user: dict[str, Any]) -> str:
    held = escape(json.dumps(user, ensure_ascii=False, indent=2))
    name, shown = escape(str(user.get("userName", ""))), escape(str(user.get("displayName", "")))
    active = user.get("active")
    dim = ' class="off"' if active is False else ""
    told = "" if active is None else "true" if active else "false"
    return (
        f"<tr{dim}><td>{name}</td><td>{shown}</td><td>{told}</td>"
        f"<td><details><summary><code>{escape(str(user.get('id', '')))}</code></summary><pre>{held}</pre></details></td></tr>"
    )
