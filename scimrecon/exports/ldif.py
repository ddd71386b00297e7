r"""Cut LDIF into blocks and entries (RFC 2849), bytes in: what directories write, not only what the RFC allows.

A block is what stands between blank lines. Each is an entry, noise (comments, ``version:``, what ldapsearch says of its
search), or a reject with its reason; nothing else of the file is left. Values are joined from folded lines as bytes and decoded
then, for directories fold inside characters. Nothing is followed: ``jpegPhoto:< file:///…`` stays unread.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

MAX_ENTRY_BYTES = 32 * 2**20
"""An entry beyond this is a reject: a photograph has a few megabytes."""
MAX_VALUES = 200_000
"""Lines of one entry; a group of more members is none of a user export's business."""
_BINARY = frozenset({
    "objectguid", "objectsid", "sidhistory", "ntsecuritydescriptor", "jpegphoto", "photo", "thumbnailphoto", "thumbnaillogo",
    "audio", "usercertificate", "cacertificate", "usersmimecertificate", "userpkcs12", "certificaterevocationlist", "guid",
    "logonhours", "authorityrevocationlist", "crosscertificatepair", "msexchmailboxguid", "msexchmailboxsecuritydescriptor",
    "msexcharchiveguid", "ms-ds-consistencyguid", "msds-generationid", "auditingpolicy", "dnsrecord",
})  # fmt: skip
"""Attributes whose bytes are no text, though they may look like it."""
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:;[A-Za-z0-9._=*-]+)*")
_FIRST = re.compile(rb"(?i:version: *1 *$|dn::? *[^,;\t|]+=|dn: *$|dn::|search: *\d|result: *\d|ref: *ldap)")
_HEAD_BYTES = 65_536
_NO_TEXT = {"\0": "a NUL", "\r": "a carriage return"}
_CHANGES = ("delete", "modify", "modrdn", "moddn")
_NOISE = frozenset({"version", "search", "result", "ref"})
"""One of these opens a block that is no entry."""
_SEARCH = ("search", "result", "text", "matcheddn", "pagedresults", "control", "extended", "response", "sortresult", "ref")


@dataclass(slots=True)
class Block:
    """What stands between two blank lines."""

    start: int
    """First byte."""
    end: int
    """Byte after the last, the blank line that ends it included."""
    line: int
    """Line on which its first content stands, from 1."""
    dn: str | None = None
    """Of an entry."""
    values: dict[str, list[str]] = field(default_factory=dict)
    """Of an entry: attribute description, in the file's first spelling, to values."""
    reason: str = ""
    """Why it is no entry; empty for entries and noise."""
    notes: dict[str, str] = field(default_factory=dict)
    """What the block says of the search: ``result``, ``ref``, ``numentries``, ``version``, ``extended``."""
    unfollowed: dict[str, str] = field(default_factory=dict)
    """Attributes whose value stands elsewhere, and where."""
    encoded: dict[str, None] = field(default_factory=dict)
    """Attributes with values that are no text; they are kept as base64."""


class _Bad(Exception):
    """A line that cannot be read; says why."""


def looks_like_ldif(data: bytes) -> bool:
    """Tell LDIF by its first line that is no comment."""
    head = data[:_HEAD_BYTES].replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n ", b"")
    first = next((line for line in head.split(b"\n") if line.strip() and not line.startswith(b"#")), b"")
    if not first and head.startswith(b"#"):
        return re.search(rb"[\r\n](?i:dn)::? ", data) is not None
    return _FIRST.match(first) is not None


def read_blocks(data: bytes, names: dict[str, str]) -> Iterator[Block]:
    r"""Yield the blocks of a file whose line ends are ``\n``; their ranges lie end to end and cover it.

    Cost: linear; about 35,000 entries/s of twenty values.

    Parameters
    ----------
    data
        UTF-8, without byte order mark.
    names
        Filled with each attribute description's first spelling, by every form that was met: share it over a file.
    """
    start, line = 0, 1
    while start < len(data):
        found = data.find(b"\n\n", start)
        end = len(data) if found < 0 else found + 2
        while data.startswith(b"\n", end):
            end += 1
        raw = data[start:end]
        content = raw.lstrip(b"\n")
        block = Block(start=start, end=end, line=line + len(raw) - len(content))
        if content:
            _read(block, content.rstrip(b"\n"), names)
        yield block
        line += raw.count(b"\n")
        start = end


def _read(block: Block, content: bytes, names: dict[str, str]) -> None:
    try:
        if len(content) > MAX_ENTRY_BYTES:
            raise _Bad(f"{len(content):,} bytes; an entry may have {MAX_ENTRY_BYTES:,}")  # noqa: TRY301 - one place says so
        if content.startswith(b" "):
            raise _Bad("begins with a folded line that continues nothing")  # noqa: TRY301 - likewise
        _read_lines(block, _unfold(content), names)
    except _Bad as error:
        block.reason, block.dn, block.values = str(error), None, {}
        block.unfollowed, block.encoded = {}, {}


def _unfold(content: bytes) -> list[str]:
    joined = content.replace(b"\n ", b"")
    try:
        lines = joined.decode().split("\n")
    except UnicodeDecodeError:
        lines = _decode_but_comments(joined)
    if len(lines) > MAX_VALUES:
        raise _Bad(f"{len(lines):,} lines; an entry may have {MAX_VALUES:,}")
    if b"\0" in joined or b"\r" in joined:
        _refuse_marks(lines)
    return lines


def _decode_but_comments(joined: bytes) -> list[str]:
    """Comments are in whatever encoding; they must not cost an entry."""
    kept = b"\n".join(line for line in joined.split(b"\n") if not line.startswith(b"#"))
    try:
        return kept.decode().split("\n") if kept else ["#"]
    except UnicodeDecodeError as error:
        at = kept.rfind(b"\n", 0, error.start) + 1
        name = kept[at : kept.find(b":", at)][:60].decode("ascii", "replace")
        raise _Bad(f"{name}: byte 0x{kept[error.start]:02x} is not UTF-8; LDIF writes such values as base64") from None


def _refuse_marks(lines: list[str]) -> None:
    for line in lines:
        for mark, words in _NO_TEXT.items():
            if mark in line and not line.startswith("#"):
                raise _Bad(f"{_cut(line.partition(':')[0])!r} holds {words}; LDIF writes such values as base64")


def _read_lines(block: Block, lines: list[str], names: dict[str, str]) -> None:
    values: dict[str, list[str]] = {}
    following = iter(lines)
    for line in following:
        _read_line(block, line, values, names)
        if block.dn is not None:
            break
    for line in following:
        # Most lines are of an attribute that was met before: they must not cost more than this.
        name, mark, value = line.partition(": ")
        held = names.get(name)
        if held is None or not mark:
            _read_line(block, line, values, names)
            continue
        if name[-1] == ":":
            value = _decode(block, held, value)
        elif value[:1] == " ":
            value = value.lstrip(" ")
        those = values.get(held)
        if those is None:
            values[held] = [value]
        else:
            those.append(value)
    if block.dn is not None:
        block.values = _without_changetype(values, names)
    elif not (_NOISE & block.notes.keys()) and not all(line.startswith("#") for line in lines):
        raise _Bad("no dn: the block is no entry")


def _read_line(block: Block, line: str, values: dict[str, list[str]], names: dict[str, str]) -> None:
    if line.startswith("#"):
        _comment(block, line)
        return
    name, mark, value = line.partition(":")
    if not mark:
        _without_changetype(values, names)
        raise _Bad(f"a line without a colon: {_cut(line)!r}")
    if block.dn is None:
        _before_dn(block, name.lower(), value)
        return
    held = names.get(name) or _first_spelling(name, names)
    if value.startswith(":"):
        if len(names) < MAX_VALUES:
            names[name + ":"] = held
        values.setdefault(held, []).append(_decode(block, held, value[1:]))
    elif value.startswith("<"):
        values.setdefault(held, [])
        block.unfollowed[held] = value[1:].strip()
    else:
        values.setdefault(held, []).append(value.lstrip(" "))


def _before_dn(block: Block, name: str, value: str) -> None:
    """Read what may stand where an entry's dn is expected."""
    if name == "dn":
        if value.startswith("<"):
            raise _Bad("dn:< names another file, which is not followed")
        block.dn = _decode(block, "dn", value[1:]) if value.startswith(":") else value.lstrip(" ")
        if "dn" in block.encoded:
            raise _Bad("dn is not UTF-8")
    elif name == "version":
        if value.strip() != "1":
            raise _Bad(f"version {_cut(value.strip())!r}; LDIF has version 1")
        block.notes.setdefault("version", "1")
    elif name in _SEARCH:
        block.notes[name] = value.strip()
    else:
        raise _Bad(f"begins with {_cut(name)!r} instead of dn")


def _comment(block: Block, line: str) -> None:
    if line.startswith("# numEntries:"):
        block.notes["numentries"] = line.partition(":")[2].strip()
    elif line == "# extended LDIF":
        block.notes["extended"] = ""


def _without_changetype(values: dict[str, list[str]], names: dict[str, str]) -> dict[str, list[str]]:
    for name in ("control", "changetype"):
        held = values.pop(names.get(name, name), None)
        if name == "changetype" and held and held[0].strip().lower() != "add":
            kind = held[0].strip().lower()
            words = "a change" if kind in _CHANGES else "no change that LDIF knows"
            raise _Bad(f"changetype {_cut(kind)}: {words}, not an entry; export the entries themselves")
    return values


def _decode(block: Block, name: str, value: str) -> str:
    text = value.strip(" ")
    try:
        octets = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        raise _Bad(f"{name}: the base64 is damaged: {_cut(text)!r}") from None
    if not _is_binary(name):
        try:
            decoded = octets.decode()
        except UnicodeDecodeError:
            pass
        else:
            if decoded.isprintable() or not _CONTROLS.search(decoded):
                return decoded
    block.encoded[name] = None
    return text


@lru_cache(maxsize=1_000)
def _is_binary(name: str) -> bool:
    first, *options = name.lower().split(";")
    return first in _BINARY or "binary" in options


def _first_spelling(name: str, names: dict[str, str]) -> str:
    """Find the spelling an attribute description had first: letter case and the order of options do not count."""
    if name.lower() == "dn":
        raise _Bad("a second dn: is a blank line missing between two entries?")
    if not _NAME.fullmatch(name):
        raise _Bad(f"{_cut(name)!r} is no attribute's name")
    base, *options = name.lower().split(";")
    folded = ";".join([base, *sorted(options)])
    held = names.setdefault(folded, name)
    if len(names) < MAX_VALUES:
        names.setdefault(name, held)
    return held


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:39] + "…"
