"""Read bytes as `read_export` does, and account for them."""

from fuzz import csv_judge, ldif_judge
from scimrecon.errors import ExportError
from scimrecon.exports import reading

CODECS = {"UTF-8": "utf-8", "UTF-16": "utf-16", "UTF-32": "utf-32", "Windows-1252": "cp1252"}


def text_of(data: bytes, encoding: str) -> str:
    """Decode on our own, by what the encoding is said to be."""
    codec = CODECS[encoding.split(" ")[0]]
    if encoding == "UTF-16 without a byte order mark":
        codec = "utf-16-le" if data[1::2].count(0) > data[::2].count(0) else "utf-16-be"
    return data.decode(codec).lstrip("\ufeff")


def judge(data: bytes) -> str:
    """Read a file and hold what was read against it; say what became of it."""
    try:
        table, encoding = reading._read(data, "file", None)
    except ExportError:
        return "refused"
    if "packed" in encoding or table.format not in ("CSV", "LDIF"):
        return table.format
    text = text_of(data, encoding) if table.format == "CSV" or not encoding.startswith("UTF-8") else ""
    if table.format == "CSV":
        csv_judge.judge(table, text)
    else:
        ldif_judge.judge(table, text.encode() or data.removeprefix(b"\xef\xbb\xbf"))
    return table.format
