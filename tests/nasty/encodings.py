"""Bytes that are not the text they seem."""

import codecs

from nasty.trap import Trap

TEXT = "No,Name\r\np1,Zoë\r\np2,Łuć\r\np3,李\r\n"
WESTERN = "No,Name\r\np1,Zoë\r\np2,Müller – O’Brien\r\n"

TRAPS = [
    Trap("utf-8-with-mark.csv", "the mark becomes part of the first heading", codecs.BOM_UTF8 + TEXT.encode()),
    Trap("utf-8-with-two-marks.csv", "the second mark is left", codecs.BOM_UTF8 * 2 + TEXT.encode()),
    Trap(
        "utf-16-with-mark.csv",
        "a reader of UTF-8 fails, one of Latin-1 sees NULs",
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
    ),
    Trap("utf-16-big-endian-with-mark.csv", "the other byte order", codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be")),
    Trap("utf-16-without-mark.csv", "every second byte is NUL", TEXT.encode("utf-16-le")),
    Trap("utf-16-big-endian-without-mark.csv", "every other byte is NUL", TEXT.encode("utf-16-be")),
    Trap(
        "utf-16-with-an-odd-byte.csv",
        "the file was cut off inside a character",
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le") + b"p",
    ),
    Trap(
        "utf-16-then-utf-8.csv",
        "a script appended to an export in another encoding",
        codecs.BOM_UTF16_LE + "No,Name\r\np1,Ann\r\n".encode("utf-16-le") + b"p2,Ben\r\n",
    ),
    Trap(
        "utf-8-with-mark-then-windows-1252.csv",
        "PowerShell appended in its own encoding",
        codecs.BOM_UTF8 + "No,Name\r\np1,Zoë\r\n".encode() + b"p2,Zo\xeb\r\np3,Zo\xeb\r\n",
    ),
    Trap("utf-32-with-mark.csv", "its mark begins as UTF-16's does", codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le")),
    Trap("windows-1252.csv", "detectors take it for cp1250", WESTERN.encode("cp1252")),
    Trap(
        "latin-1-c1-controls.csv",
        "0x85 is an ellipsis in Windows and a line end in Latin-1",
        b"No,Name\np1,Wait\x85\np2,Zo\xeb\n",
    ),
    Trap("shift-jis.csv", "detectors take it for Windows-1252", "No,Name\np1,山田太郎\np2,ソニー\n".encode("cp932")),
    Trap(
        "utf-8-with-one-bad-byte.csv",
        "one damaged character makes all others mojibake",
        "No,Name\np1,Zoë\np2,Łuć\n".encode() + b"p3,M\xfcller\n",
    ),
    Trap("utf-8-cut-inside-a-character.csv", "the last character lacks a byte", "No,Name\np1,Ann\np2,Zoë".encode()[:-1]),
    Trap(
        "utf-8-with-surrogates.csv", "CESU-8 writes rare letters as two halves", b"No,Name\np1,Ann\np2,\xed\xa0\xbd\xed\xb8\x80\n"
    ),
    Trap("overlong-utf-8.csv", "0xC0 0xAF hides a slash", b"No,Name\np1,Ann\np2,a\xc0\xafb\n"),
    Trap("nul.csv", "a NUL ends the text in C", b"No,Name\np1,Ann\np2,O\0Brien\n"),
    Trap("nuls-at-the-end.csv", "a crash left a tail of NULs", b"No,Name\np1,Ann\n" + b"\0" * 512),
    Trap(
        "ldif-in-utf-16.ldf",
        "ldifde -u",
        codecs.BOM_UTF16_LE + "dn: CN=Zoë,DC=x\r\nchangetype: add\r\nsn: Z\r\n oë\r\n".encode("utf-16-le"),
    ),
    Trap("ldif-with-utf-8-mark.ldif", "the mark hides dn:", codecs.BOM_UTF8 + "dn: uid=zoë,dc=x\nsn: Zoë\n".encode()),
]
