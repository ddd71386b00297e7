"""Read LDIF with one reader, and print JSON: python reading.py ldif|python-ldap|scimrecon entries|time FILE…

It runs in the environment of that reader, so it imports nothing else of ours.
"""

import base64
import io
import json
import resource
import sys
import time
from pathlib import Path


def with_ldif(data):
    import ldif

    return list(ldif.LDIFParser(io.BytesIO(data), strict=False).parse())


def with_python_ldap(data):
    import ldif

    class Parser(ldif.LDIFParser):
        def handle(self, dn, entry):
            entries.append((dn, entry))

    entries = []
    Parser(io.BytesIO(data)).parse()
    return entries


def with_scimrecon(data):
    from scimrecon.exports.ldif_table import read_ldif

    return read_ldif(data, "people.ldif").frame


READERS = {"ldif": with_ldif, "python-ldap": with_python_ldap, "scimrecon": with_scimrecon}


def entries_of(reader, path):
    """Every value as base64 of its bytes, by folded name; or what the reader raised."""
    try:
        entries = reader(Path(path).read_bytes())
    except Exception as error:  # noqa: BLE001 - whatever it raises is its answer
        return f"{type(error).__name__}: {error}"[:200]
    return [[dn, _folded(values)] for dn, values in entries]


def _folded(values):
    held = {}
    for name, several in values.items():
        first, *options = name.lower().split(";")
        held.setdefault(";".join([first, *sorted(options)]), []).extend(map(_encoded, several or []))
    return held


def _encoded(value):
    octets = value.encode() if isinstance(value, str) else value or b""
    return base64.b64encode(octets).decode()


def timed(reader, path):
    """Entries a second of CPU, and the process's peak memory in MiB; the reader is warm."""
    data = Path(path).read_bytes()
    reader(data[:2_000].rpartition(b"\n\n")[0] + b"\n")
    before = time.process_time()
    count = len(reader(data))
    spent = time.process_time() - before
    return {"entries": count, "rate": count / spent, "mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


if __name__ == "__main__":
    name, what, *files = sys.argv[1:]
    answer = timed if what == "time" else entries_of
    json.dump([answer(READERS[name], file) for file in files], sys.stdout)
