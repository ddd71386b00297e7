"""From a file's bytes to its text: which encoding it is in, and why."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from scimrecon import schemas
from scimrecon.errors import ExportError
from scimrecon.values import shorten

_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le", "UTF-32 with a byte order mark"),
    (codecs.BOM_UTF32_BE, "utf-32-be", "UTF-32 with a byte order mark"),
    (codecs.BOM_UTF8, "utf-8", "UTF-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "UTF-16 with a byte order mark"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "UTF-16 with a byte order mark"),
)
_SAMPLE_BYTES = 4096
_UNDEFINED = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
"""Bytes that Windows-1252 has no character for."""


@dataclass(frozen=True, kw_only=True)
class Decoded:
    """Bytes, read."""

    text: str
    encoding: str
    findings: tuple[dict[str, object], ...] = ()


def as_utf8(data: bytes, name: str) -> tuple[bytes, str]:
    """Take off the byte order mark, write UTF-16 as UTF-8, and name the encoding; other bytes are given back as they are.

    Raises
    ------
    ExportError
        The bytes are not what the byte order mark says.
    """
    for mark, codec, encoding in _MARKS:
        if data.startswith(mark):
            body = data if codec == "utf-8" else _recoded(data, codec, encoding, name)
            while body.startswith(codecs.BOM_UTF8):  # programs that add a mark to a file that has one
                body = body[len(codecs.BOM_UTF8) :]
            return body, encoding
    codec = _unmarked(data[:_SAMPLE_BYTES])
    if codec:
        return _recoded(data, codec, "UTF-16", name), "UTF-16 without a byte order mark"
    return data, "UTF-8"


def decode(data: bytes, encoding: str, name: str) -> Decoded:
    """Decode what `as_utf8` gave: UTF-8, or else Windows-1252, which a red finding says.

    Raises
    ------
    ExportError
        Neither, or it has a byte order mark and is not UTF-8; or a NUL character. The message says where and what to do.
    """
    found: tuple[dict[str, object], ...] = ()
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        if "with a byte order mark" in encoding:
            line, start = data.count(b"\n", 0, error.start) + 1, error.start + len(codecs.BOM_UTF8)
            raise _not_as_marked(name, line, "UTF-8 with a byte order mark", start) from None
        text, encoding = _guess(data, error, name), "Windows-1252 (a guess)"
        found = (_guessed(data, error, text),)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise ExportError(f"{name} line {line}: a NUL character. The file is damaged or binary; export it again as CSV.")
    return Decoded(text=text, encoding=encoding, findings=found)


def _unmarked(sample: bytes) -> str:
    """Tell UTF-16 without a mark by its NULs: every second byte of Latin letters is one."""
    pairs = len(sample) // 2
    if pairs < 2 or b"\0" not in sample:
        return ""
    even, odd = sample[0 : pairs * 2 : 2].count(0), sample[1 : pairs * 2 : 2].count(0)
    if odd > 0.6 * pairs and even == 0:
        return "utf-16-le"
    return "utf-16-be" if even > 0.6 * pairs and odd == 0 else ""


def _recoded(body: bytes, codec: str, encoding: str, name: str) -> bytes:
    try:
        return body.decode(codec).encode()
    except UnicodeDecodeError as error:
        line = body[: error.start].decode(codec, "replace").count("\n") + 1
        raise _not_as_marked(name, line, encoding, error.start) from None


def _not_as_marked(name: str, line: int, encoding: str, start: int) -> ExportError:
    return ExportError(
        f"{name} line {line}: the file begins as {encoding}, and byte {start:,} is not. It was cut off, or joined of two "
        "encodings; export it again."
    )


def _guess(data: bytes, error: UnicodeDecodeError, name: str) -> str:
    wide = data.decode("utf-8", "ignore").encode("ascii", "ignore")
    valid = len(data.decode("utf-8", "ignore").encode()) - len(wide)
    broken = len(data) - len(wide) - valid
    if _UNDEFINED.search(data) or valid > broken:
        line = data.count(b"\n", 0, error.start) + 1
        found = data[error.start : error.start + 1].hex()
        raise ExportError(
            f"{name} line {line}: byte 0x{found} is not UTF-8"
            + (", though the rest is. The file is damaged there; export it again." if valid > broken else
               ", nor is the file Windows-1252. Export it again as UTF-8, or, if you know its encoding, convert it: "
               "Path(new).write_text(Path(old).read_text('cp932'), 'utf-8').")
        )  # fmt: skip
    return data.decode("cp1252")


def _guessed(data: bytes, error: UnicodeDecodeError, text: str) -> dict[str, object]:
    at, line = error.start, data.count(b"\n", 0, error.start) + 1
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at), at - 21) + 1
    shown = re.split(r"[\r\n]", text[start : at + 20])[0]
    number = len(re.findall(rb"[\x80-\xff]", data))
    detail = (
        f"not UTF-8 (line {line}); read as Windows-1252, in which it says {shorten(shown)!r}. "
        "If the letters are right, accept it; else export as UTF-8"
    )
    return schemas.make_finding("encoding_guessed", "red", None, number, detail)
