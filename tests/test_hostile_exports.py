"""Hostile files end in an error, or are read, in bounded time and memory: in a process that may have no more."""

import gzip
import json
import subprocess
import sys
import zipfile

import pytest

LIMIT_BYTES = 3 * 2**30
"""Of address space, of which Arrow and pandas reserve half before any file is read."""
LONG = 2**30

READ = """
import json, resource, sys
import scimrecon as sr
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
for path in sys.argv[2:]:
    try:
        export = sr.read_export(path)
        print(json.dumps(f"{len(export.rows)} rows, {len(export.reject_lines)} rejects"))
    except sr.errors.ExportError as error:
        print(json.dumps(str(error).removeprefix(path)))
"""


def sparse(path, head, size):
    """A file of one long line of NULs after its head, which takes no room on the disk."""
    path.write_bytes(head)
    with path.open("r+b") as file:
        file.truncate(size)


def zipped(path, size):
    """A zip of NULs, written piece by piece."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("users.csv", "w") as member:
        for _ in range(size // 2**20):
            member.write(b"\0" * 2**20)


@pytest.mark.timeout(120)
def test_hostile_files_are_refused_or_read_within_bounds(tmp_path):
    sparse(tmp_path / "line.csv", b"No,Name\np1,", LONG)
    sparse(tmp_path / "line.ldif", b"dn: uid=a,dc=x\nsn: ", LONG)
    sparse(tmp_path / "line.json", b'[{"userName": "', LONG)
    (tmp_path / "bomb.csv.gz").write_bytes(gzip.compress(b"\0" * (64 * 2**20)) * 32)
    zipped(tmp_path / "bomb.zip", 256 * 2**20)
    columns = ",".join(f"c{number}" for number in range(10_000))
    (tmp_path / "wide.csv").write_text(columns + "\n" + (columns + "\n") * 20)
    (tmp_path / "wide.ldif").write_text("dn: uid=a,dc=x\n" + "".join(f"a{number}: x\n" for number in range(10_000)))
    (tmp_path / "spaces.ldif").write_text(f"dn: cn={' ' * 400},x\nsn: Lee\n\ndn: cn={' ' * 4_000_000},x\nsn: Lee\n")
    (tmp_path / "cell.csv").write_text("No,Name\np1," + "x" * (20 * 2**20) + "\np2,Ann\n")
    (tmp_path / "entry.ldif").write_text("dn: uid=a,dc=x\nsn: " + "x" * (40 * 2**20) + "\n\ndn: uid=b,dc=x\nsn: Lee\n")
    (tmp_path / "quotes.csv").write_text('No,Name\n"' * 5_000)
    wanted = {
        "line.csv": ": a line of more than 512 MiB",
        "line.ldif": ": a line of more than 512 MiB",
        "line.json": ": a line of more than 512 MiB",
        "bomb.csv.gz": ": unpacks to more than",
        "bomb.zip": ": unpacks to more than",
        "wide.csv": ": 10,000 columns; a table may have 5,000",
        "wide.ldif": ": 10,001 columns; a table may have 5,000",
        "spaces.ldif": "2 rows, 0 rejects",
        "cell.csv": "1 rows, 1 rejects",
        "entry.ldif": "1 rows, 1 rejects",
        "quotes.csv": "",
    }
    command = [sys.executable, "-c", READ, str(LIMIT_BYTES), *(str(tmp_path / name) for name in wanted)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2_000:]
    answers = dict(zip(wanted, map(json.loads, done.stdout.splitlines()), strict=True))
    assert {name: answers[name].startswith(words) for name, words in wanted.items()} == dict.fromkeys(wanted, True), answers
