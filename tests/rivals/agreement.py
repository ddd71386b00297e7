"""Hold our reading of LDIF against another reader's."""

import base64
from pathlib import Path
from typing import Any

from nasty import ldif
from others_files import EXPORTS

from rivals import environments
from rivals.differences import DIFFERENCES
from scimrecon.exports import read_values
from scimrecon.exports.ldif_table import read_ldif

HANGING = {("ldif", "spaces-in-a-dn.ldif")}
"""Its regular expression for names takes 20 seconds for 400 spaces, and eight times that for twice as many."""
CHANGING = ("control", "changetype")
"""What stands beside attributes, and is an attribute to others."""


def disagreements(rival: str, target: Path, folder: Path) -> list[str]:
    """Name the nasty files, and others' where they are there, on which a reader differs otherwise than the table says."""
    traps = [trap for trap in ldif.TRAPS if (rival, trap.name) not in HANGING]
    paths = [folder / trap.name for trap in traps]
    for path, trap in zip(paths, traps, strict=True):
        path.write_bytes(trap.octets())
    paths += sorted(path for path in EXPORTS.glob("*.ldif") if "versionline" not in path.name and "noL" not in path.name)
    answers = environments.run(rival, target, "entries", *map(str, paths))
    differing = {path.name for path, answer in zip(paths, answers, strict=True) if not _same(_ours(path.read_bytes()), answer)}
    listed = {name for name, difference in DIFFERENCES.items() if rival in difference.rivals}
    return sorted(f"{name}: {'not listed' if name in differing else 'listed'}" for name in differing ^ listed)


def _ours(data: bytes) -> list[tuple[str, dict[str, list[str]]]]:
    frame = read_ldif(data, "people.ldif").frame
    named = {column: _folded(column) for column in frame.columns if column != "dn"}
    return [
        (
            row["dn"] if isinstance(row["dn"], str) else "",
            {named[name]: read_values(row[name]) for name in named if isinstance(row[name], str)},
        )
        for row in frame.to_dict("records")
    ]


def _folded(column: str) -> str:
    first, *options = column.lower().split(";")
    return ";".join([first, *sorted(options)])


def _same(own: list[tuple[str, dict[str, list[str]]]], theirs: Any) -> bool:
    if isinstance(theirs, str) or [dn for dn, _ in own] != [dn or "" for dn, _ in theirs]:
        return False
    return all(_same_values(values, others) for (_, values), (_, others) in zip(own, theirs, strict=True))


def _same_values(own: dict[str, list[str]], theirs: dict[str, list[str]]) -> bool:
    told = {name: values for name, values in theirs.items() if any(values) and name not in CHANGING}
    return own.keys() == told.keys() and all(
        len(own[name]) == len(values) and all(map(_is, own[name], values)) for name, values in told.items()
    )


def _is(text: str, encoded: str) -> bool:
    """A cell is the text, or the base64 of what is none."""
    return text == encoded or text.encode() == base64.b64decode(encoded)
