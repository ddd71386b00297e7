"""JSON of users as text rows: SCIM lists, Okta's and AWS's users, bare lists and JSON Lines, each value as it is written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Generator, Iterator
from typing import Any, NamedTuple

from scimrecon import schemas
from scimrecon.attributes import ENTERPRISE_URN
from scimrecon.exports.flattening import Number, flatten
from scimrecon.exports.table import Rejected, Table, frame_of
from scimrecon.tables import count

_LISTS = frozenset({"resources", "users", "value"})
"""Members under which users are listed: SCIM's, AWS's, Microsoft Graph's."""
_MORE = ("nexttoken", "nextcursor", "@odata.nextlink")
_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{\]])')
_ENVELOPE = re.compile(r'\{(?=[^{]*"(?i:resources|users|totalresults|@odata\.context)"\s*:)')
_HEAD = 4_000
_BLANKS = re.compile(r"[ \t\r\n]*")
_ESCAPED = re.compile(r"\\u(?:[dD][89a-fA-F]|0000)")
_HALF = re.compile("[\ud800-\udfff]")
_MAX_KEPT = 1_000


class _Found(NamedTuple):
    """One user, or what could not be read of one."""

    start: int
    """Character it starts at."""
    user: dict[str, Any] | None
    text: str
    reason: str


def looks_like_json(data: bytes) -> bool:
    """Tell JSON by how it begins."""
    return _JSON.match(data) is not None


def read_json(text: str, name: str) -> Table:
    """Read users from JSON: one row each, one column a path (`name.givenName`, `emails[type eq "work"].value`).

    ``source_line`` is the line a user starts on, or its number where several start on one line. Cost: about 14,000 users/s.

    Raises
    ------
    ExportError
        So many different attributes that no table can hold them.
    """
    seen = _Seen()
    found = list(_Reader(text, seen).users())
    starts = _lines(text, [one.start for one in found])
    numbered = len(set(starts)) < len(starts)
    if numbered:
        starts = list(range(1, len(found) + 1))
        seen.notes.append(
            schemas.make_finding(
                "numbered", "info", None, len(found), "several users on one line: source_line numbers them from 1"
            )
        )
    doubtful = _ESCAPED.search(text) is not None
    columns: dict[str, dict[int, str]] = {}
    lines: list[int] = []
    rejected = Rejected()
    for line, one in zip(starts, found, strict=True):
        if one.user is None:
            rejected.add(line, [one.text], one.reason)
            continue
        cells = list(flatten(one.user, ENTERPRISE_URN))
        fault = _fault(cells, doubtful=doubtful)
        if fault:
            rejected.add(line, [f"{column}: {cell}" for column, cell in cells], fault)
            continue
        for column, cell in cells:
            columns.setdefault(column, {})[len(lines)] = cell
        lines.append(line)
    return Table(frame=frame_of(columns, lines, name), rejected=rejected, findings=seen.findings(len(found)), format="JSON",
                 whole=seen.whole)  # fmt: skip


def _fault(cells: list[tuple[str, str]], *, doubtful: bool) -> str:
    """Say why a user's cells are no row; empty if they are. NULs and half characters come by doubtful escapes alone."""
    if len(dict(cells)) < len(cells):
        twice = Counter(column for column, _ in cells).most_common(1)[0][0]
        return f"two members are one path: {twice[:60]!r}"
    if doubtful and any(_HALF.search(column + cell) for column, cell in cells):
        return "holds half a character (an unpaired surrogate)"
    nul = next((column for column, cell in cells if "\0" in column + cell), None) if doubtful else None
    if nul is not None:
        return f"{nul[:60]!r} holds a NUL character"
    return ""


class _Seen:
    """What a file says beside its users."""

    def __init__(self) -> None:
        self.total = -1
        self.more = ""
        self.cut = ""
        self.whole = False
        self.notes: list[dict[str, object]] = []

    def note(self, name: str, value: object) -> None:
        if name == "totalresults" and str(value).isdecimal() and len(str(value)) < 12:
            self.total = max(self.total, int(str(value)))
            self.whole = True
        elif name in _MORE and value:
            self.more = name

    def findings(self, users: int) -> list[dict[str, object]]:
        found = list(self.notes)
        if self.total > users:
            detail = f"totalResults says {count(self.total, 'user')}; the file has {users:,}: pages are missing"
            found.append(schemas.make_finding("truncated", "red", None, self.total - users, detail))
        if self.more:
            found.append(
                schemas.make_finding("truncated", "red", None, users, f"{self.more} says that more pages follow; fetch them all")
            )
        if self.cut:
            found.append(schemas.make_finding("truncated", "red", None, users, self.cut))
        return found


class _Reader:
    """Walks JSON value by value, so that a file that was cut off gives what it holds up to the cut."""

    def __init__(self, text: str, seen: _Seen) -> None:
        self.text = text
        self.seen = seen
        self.twice = ""
        self.decoder = json.JSONDecoder(
            parse_int=Number, parse_float=Number, parse_constant=Number, object_pairs_hook=self._pairs
        )
        self.lost_from = 0
        """Where the first value starts that was not read whole."""

    def users(self) -> Iterator[_Found]:
        at = self._skip(0)
        while at < len(self.text):
            self.lost_from = start = at
            try:
                at = self._skip((yield from self._document(at)))
            except (ValueError, RecursionError) as error:
                # Of a document over several lines, users were read already: reading them as lines would give them twice.
                at = self._next_line(start) if self.text.find("\n", start, self.lost_from) < 0 else len(self.text)
                if at == len(self.text) and start != self.lost_from:
                    self.seen.cut = f"the JSON cannot be read from line {self.text.count(chr(10), 0, self.lost_from) + 1} on"
                yield _Found(self.lost_from, None, self.text[self.lost_from : at].strip()[:_MAX_KEPT], _why(error))

    def _document(self, at: int) -> Generator[_Found, None, int]:
        """Yield the users of one JSON value: a list, an envelope of one, or one user; return where it ends."""
        if self.text[at] == "[":
            return (yield from self._elements(at))
        if self.text[at] == "{" and _ENVELOPE.match(self.text, at, at + _HEAD):
            return (yield from self._members(at))
        value, end = self.decoder.raw_decode(self.text, at)
        yield from self._one(value, at, end)
        return end

    def _members(self, at: int) -> Generator[_Found, None, int]:
        at = self._skip(at + 1)
        while not self.text.startswith("}", at):
            name, at = self.decoder.raw_decode(self.text, at)
            at = self._skip(self._expect(":", self._skip(at)))
            if str(name).casefold() in _LISTS and self.text.startswith("[", at):
                at = yield from self._elements(at)
            else:
                value, at = self.decoder.raw_decode(self.text, at)
                self.seen.note(str(name).casefold(), value)
            at = self._next("}", at)
        return at + 1

    def _elements(self, at: int) -> Generator[_Found, None, int]:
        at = self._skip(at + 1)
        while not self.text.startswith("]", at):
            self.lost_from = at
            value, end = self.decoder.raw_decode(self.text, at)
            yield from self._one(value, at, end)
            at = self._next("]", end)
        return at + 1

    def _one(self, value: object, start: int, end: int) -> Iterator[_Found]:
        twice, self.twice = self.twice, ""
        if not isinstance(value, dict) or twice:
            reason = f"a member stands twice: {twice!r}" if twice else "not an object, and so no user"
            yield _Found(start, None, self.text[start:end][:_MAX_KEPT], reason)
            return
        listed = [inner for name, inner in value.items() if name.casefold() in _LISTS and isinstance(inner, list)]
        if listed and not {"id", "username"} & {name.casefold() for name in value}:
            for name, inner in value.items():
                self.seen.note(name.casefold(), inner)
            for inner in listed[0]:
                yield from self._one(inner, start, end)
        else:
            yield _Found(start, value, "", "")

    def _pairs(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            names = Counter(name for name, _ in pairs)
            self.twice = names.most_common(1)[0][0][:60]
        return held

    def _skip(self, at: int) -> int:
        found = _BLANKS.match(self.text, at)
        return found.end() if found else at

    def _expect(self, mark: str, at: int) -> int:
        if not self.text.startswith(mark, at):
            raise ValueError(f"{mark!r} is missing" if at < len(self.text) else "the JSON ends early")
        return at + 1

    def _next(self, closing: str, at: int) -> int:
        at = self._skip(at)
        return at if self.text.startswith(closing, at) else self._skip(self._expect(",", at))

    def _next_line(self, start: int) -> int:
        """Say where to go on after what cannot be read: JSON Lines on the next line; one document is lost to its end."""
        end = self.text.find("\n", start)
        following = self._skip(end) if end >= 0 else len(self.text)
        lines = self.text.startswith("{", start) and len(self.text[start:end].strip()) > 1
        return following if lines and self.text.startswith("{", following) else len(self.text)


def _why(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "nested too deeply"
    return f"not JSON: {error.msg}" if isinstance(error, json.JSONDecodeError) else str(error)


def _lines(text: str, starts: list[int]) -> list[int]:
    lines, line, at = [], 1, 0
    for start in starts:
        line += text.count("\n", at, start)
        at = start
        lines.append(line)
    return lines
