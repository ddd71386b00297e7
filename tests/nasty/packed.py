"""Packed files: within, a file like any other, or something that only seems one."""

import gzip
import io
import zipfile

from nasty.trap import Trap

CSV = b"No,Name\np1,Ann\np2,Zo\xc3\xab\n"
LDIF = b"dn: uid=ann,dc=x\nsn: Lee\n"
PROTECTED = 0x1
"""zipfile writes no protected files, but its headers can be changed to say so."""


def zipped(*members: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", kind) as packed:
        for name, content in members:
            packed.writestr(zipfile.ZipInfo(name), content, kind)
    return held.getvalue()


def protected() -> bytes:
    octets = bytearray(zipped(("users.csv", CSV)))
    octets[6] |= PROTECTED
    octets[octets.rindex(b"PK\x01\x02") + 8] |= PROTECTED
    return bytes(octets)


TRAPS = [
    Trap("one-file.csv.gz", "read as bytes, it is no text", gzip.compress(CSV)),
    Trap("two-parts.csv.gz", "the second part is dropped", gzip.compress(CSV[:12]) + gzip.compress(CSV[12:])),
    Trap("padded-with-nuls.csv.gz", "tapes pad", gzip.compress(CSV) + b"\0" * 100),
    Trap("garbage-behind.csv.gz", "what follows is not unpacked, and nobody says so", gzip.compress(CSV) + b"p3,Ben\n"),
    Trap("cut-off.csv.gz", "half the people look like leavers", gzip.compress(CSV)[:-12]),
    Trap("altered.csv.gz", "the checksum is wrong", gzip.compress(CSV)[:-6] + b"\0" * 6),
    Trap("packed-twice.csv.gz", "one layer is left", gzip.compress(gzip.compress(CSV))),
    Trap("of-nothing.csv.gz", "an empty file, packed", gzip.compress(b"")),
    Trap("ldif-within.ldif.gz", "the name says nothing", gzip.compress(LDIF)),
    Trap("one-file.zip", "read as bytes, it is no text", zipped(("users.csv", CSV))),
    Trap(
        "from-a-mac.zip",
        "a Mac adds files of its own",
        zipped(("users/", b""), ("users/users.csv", CSV), ("__MACOSX/users/._users.csv", b"x"), ("users/.DS_Store", b"x")),
    ),
    Trap("two-files.zip", "which one is it?", zipped(("users.csv", CSV), ("leavers.csv", CSV))),
    Trap("no-file.zip", "an empty archive", zipped()),
    Trap("path-that-climbs.zip", "unpacked by its name, it would overwrite", zipped(("../../../etc/passwd", CSV))),
    Trap("with-a-password.zip", "it needs a password", protected()),
    Trap("zip-in-zip.zip", "one layer is left", zipped(("users.zip", zipped(("users.csv", CSV))))),
    Trap("cut-off.zip", "the directory at the end is missing", zipped(("users.csv", CSV))[:-30]),
    Trap("stored.zip", "not compressed at all", zipped(("users.csv", CSV), kind=zipfile.ZIP_STORED)),
    Trap("bomb.csv.gz", "200 MB of NULs in 200 KB", gzip.compress(b"\0" * (200 * 2**20), 9)),
    Trap("picture.csv", "a photograph with the wrong name", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1"),
]
