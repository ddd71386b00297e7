"""Unpack a packed file within limits, and tell what kind of file bytes are."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import IO

from scimrecon.errors import ExportError

_MAX_BYTES = 2 * 2**30
_FREE_BYTES = 64 * 2**20
"""Up to here any ratio is believed."""
_MAX_RATIO = 200
"""Exports of text shrink to a fifth or a twentieth."""
MAX_LINE_BYTES = 512 * 2**20
"""JSON may put a list of users on one line."""
_CHUNK_BYTES = 2**20
_ODS = b"application/vnd.oasis.opendocument.spreadsheet"


def is_workbook(data: bytes) -> bool:
    """Tell whether bytes are an Excel or OpenDocument workbook."""
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return True
    if not data.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            names = set(packed.namelist())
            return "xl/workbook.xml" in names or "xl/workbook.bin" in names or ("mimetype" in names and _ODS in data[:200])
    except zipfile.BadZipFile:
        return False


def unpack(data: bytes, name: str) -> tuple[bytes, str]:
    """Unpack gzip, or a zip with one file in it, once; other bytes are given back as they are.

    Cost: as much memory as the file unpacked, at most 2 GiB; one that grows more than 200-fold beyond 64 MiB is refused there.

    Returns
    -------
    tuple[bytes, str]
        The bytes, and how they were packed: ``"gzip"``, ``"zip"`` or ``""``.

    Raises
    ------
    ExportError
        The file is damaged, protected by a password, holds none or several files, is packed twice, or is too large unpacked.
    """
    if data.startswith(b"\x1f\x8b"):
        body, kind = _gunzip(data, name), "gzip"
    elif data.startswith((b"PK\x03\x04", b"PK\x05\x06")) and not is_workbook(data):
        body, kind = _unzip(data, name), "zip"
    else:
        return data, ""
    if body.startswith((b"\x1f\x8b", b"PK\x03\x04")) and not is_workbook(body):
        raise ExportError(f"{name}: what it packs is packed too. Unpack it, and read the file within.")
    return body, kind


def refuse_long_lines(file: IO[bytes], name: str) -> None:
    """Refuse a file with a line that no reader could hold, before it is in memory.

    Cost: one pass over the file, which ends with the line that is too long.

    Raises
    ------
    ExportError
        A line is longer than 512 MiB.
    """
    length = 0
    while chunk := file.read(_CHUNK_BYTES):
        end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r"))
        length = length + len(chunk) if end < 0 else len(chunk) - end - 1
        if length > MAX_LINE_BYTES:
            raise ExportError(
                f"{name}: a line of more than {MAX_LINE_BYTES // 2**20:,} MiB, as no export has. The file is damaged or another "
                "kind; JSON can be written with a user a line."
            )


def _gunzip(data: bytes, name: str) -> bytes:
    out = bytearray()
    left = data
    while left.startswith(b"\x1f\x8b"):
        member = zlib.decompressobj(wbits=31)
        while not member.eof:
            try:
                piece = member.decompress(left, _CHUNK_BYTES)
            except zlib.error as error:
                raise ExportError(f"{name}: the gzip file is damaged ({error}). Fetch it again.") from None
            left = member.unconsumed_tail
            out += piece
            _check(len(out), len(data), name)
            if not piece and not left and not member.eof:
                raise ExportError(f"{name}: the gzip file ends early. Fetch it again.")
        left = member.unused_data.lstrip(b"\0")
    if left:
        raise ExportError(
            f"{name}: {len(left):,} bytes behind the gzip file are none of it. Something was appended, or it is damaged; fetch "
            "it again."
        )
    return bytes(out)


def _unzip(data: bytes, name: str) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            members = [
                member for member in packed.infolist()
                if not member.is_dir() and not member.filename.startswith("__MACOSX/")
                and not member.filename.endswith(".DS_Store")
            ]  # fmt: skip
            if len(members) != 1:
                listed = ", ".join(member.filename[:60] for member in members[:5]) + (", …" if len(members) > 5 else "")
                raise ExportError(
                    f"{name}: the zip holds {len(members)} files ({listed}). Unpack it, and read the one with users."
                )
            if members[0].flag_bits & 0x1:
                raise ExportError(f"{name}: the zip is protected by a password. Unpack it, and read the file within.")
            with packed.open(members[0]) as file:
                return _read(file, len(data), name)
    # NotImplementedError is what zipfile raises for a compression it does not know: for the analyst, a zip that cannot be read.
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ExportError(
            f"{name}: a zip, or an Excel workbook, that is damaged ({error}). Fetch it again, or unpack it yourself."
        ) from None


def _read(file: IO[bytes], packed_bytes: int, name: str) -> bytes:
    out = bytearray()
    while piece := file.read(_CHUNK_BYTES):
        out += piece
        _check(len(out), packed_bytes, name)
    return bytes(out)


def _check(size: int, packed_bytes: int, name: str) -> None:
    if size > _MAX_BYTES or (size > _FREE_BYTES and size > _MAX_RATIO * packed_bytes):
        raise ExportError(
            f"{name}: unpacks to more than {size // 2**20:,} MiB from {packed_bytes:,} bytes, as no export does. "
            "If it is one, unpack it yourself and read the file within."
        )
