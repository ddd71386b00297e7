"""Ticks and edits as data: a file of them, what of it still stands on another diff, and Python that repeats them."""

from __future__ import annotations

from os import PathLike, fspath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
import pandas as pd

from scimrecon import schemas
from scimrecon.diff import SHOWN, hold_against
from scimrecon.errors import SelectionError
from scimrecon.files import others_may_write, replacing
from scimrecon.values import parse_resource
from scimrecon.widgets.columns import among

if TYPE_CHECKING:
    from collections.abc import Mapping

    from scimrecon.diff import Diff
    from scimrecon.widgets.table import ChangeTable

_FORMAT = 1
_OPENING = b'{\n"scimrecon": "choices",\n"format": %d,\n"choices": [\n'
_TEXT_OR_NONE: set[type] = {str, type(None)}
_SHAPE: dict[str, set[type]] = {
    "change_id": {str},
    "kind": {str},
    "ticked": {bool},
    **dict.fromkeys(("before", "after", "edit"), _TEXT_OR_NONE),
}
_PEEKED = 50
_LONG = 20
"""More ids than this are written one a line."""


def write_choices(path: str | PathLike[str], changes: pd.DataFrame, ticked: list[str], edits: Mapping[str, str]) -> None:
    """Write ticks and edits, each with what it was decided on, to a file that only its owner can read.

    One JSON document, a choice a line. A file that is there is replaced once the new one is whole. Cost: 10 µs a choice.

    Raises
    ------
    SelectionError
        The file cannot be written.
    """
    if not isinstance(path, str | PathLike):
        raise SelectionError(f"choices are saved to a path, not {type(path).__name__}: preview.save('titles.choices').")
    marked = among(changes.index, ticked)
    rows = marked | among(changes.index, edits)
    chosen = changes.loc[rows, ["user_name", "path", *SHOWN]]
    cells = {name: chosen[name].astype(object).where(chosen[name].notna(), None).tolist() for name in chosen.columns}
    cells |= {"change_id": chosen.index.tolist(), "ticked": marked[rows].tolist()}
    cells |= {"edit": [edits.get(change_id) for change_id in cells["change_id"]]}
    lines = (orjson.dumps(dict(zip(cells, row, strict=True))) for row in zip(*cells.values(), strict=True))
    try:
        with replacing(Path(path)) as unfinished:
            unfinished.write_bytes(_OPENING % _FORMAT + b",\n".join(lines) + b"\n]\n}\n")
    except (OSError, ValueError) as error:
        raise SelectionError(
            f"{fspath(path)}: the choices cannot be saved there: {getattr(error, 'strerror', None) or error}."
        ) from error


def read_choices(path: str | PathLike[str]) -> pd.DataFrame:
    """Read a file that `write_choices` wrote: ``change_id``, `SHOWN`, ``ticked``, ``edit``.

    Raises
    ------
    SelectionError
        The file cannot be read, holds no choices, or others may write to it.
    """
    name = fspath(path)
    try:
        with Path(path).open("rb") as file:
            exposed = others_may_write(file)
            facts = parse_resource(file.read())
        columns = _columns(facts)
    except OSError as error:
        raise SelectionError(f"{name}: {error.strerror or error}. choices= takes a file that Preview.save wrote.") from None
    except ValueError as error:
        raise SelectionError(
            f"{name}: not the choices of a preview: {error}. choices= takes a file that Preview.save wrote."
        ) from None
    if exposed:
        raise SelectionError(
            f"{name}: others may write to this file, so it may not be what was saved. If you trust what it says now: "
            f"chmod 600 {name}"
        )
    ticked = columns.pop("ticked")
    return pd.DataFrame(columns, dtype="str").assign(ticked=pd.Series(ticked, dtype="bool"))


def peek_choices(path: Path) -> tuple[int, list[str]]:
    """Count the choices of a file without parsing it whole, and give the first change ids; nothing for a file that is none."""
    try:
        with path.open("rb") as file:
            head = [file.readline() for _ in range(_OPENING.count(b"\n"))]
            first = [line for _, line in zip(range(_PEEKED), file, strict=False) if line.startswith(b"{")]
            ids = [str(orjson.loads(line.rstrip(b",\n"))["change_id"]) for line in first]
            choices = len(ids) + sum(line.startswith(b"{") for line in file)
    except (OSError, orjson.JSONDecodeError, LookupError, TypeError):
        return 0, []
    return (choices, ids) if b"".join(head) == _OPENING % _FORMAT else (0, [])


def _columns(facts: Mapping[str, Any]) -> dict[str, list[Any]]:
    if facts.get("scimrecon") != "choices" or facts.get("format") != _FORMAT or not isinstance(facts.get("choices"), list):
        raise ValueError(f"it does not say that it holds choices of format {_FORMAT}")
    try:
        columns = {name: [row[name] for row in facts["choices"]] for name in _SHAPE}
    except (LookupError, TypeError):
        raise ValueError("a choice has not the shape of one") from None
    if not all(set(map(type, cells)) <= _SHAPE[name] for name, cells in columns.items()):
        raise ValueError("a choice has not the shape of one")
    return columns


def rebase(table: ChangeTable, diff: Diff, path: str | PathLike[str]) -> pd.DataFrame:
    """Tick and edit what a file of choices says, where it still is as it was decided on; follows `schemas.Choices`.

    Raises
    ------
    SelectionError
        As `read_choices`.
    """
    chosen = read_choices(path)
    edited = chosen.loc[chosen["edit"].notna(), "change_id"]
    # Whether an edited change can be ticked is for its new value to say.
    told = hold_against(chosen, diff.changes, diff.tickable | among(diff.changes.index, edited))
    same = chosen[(told["state"] == "same").to_numpy()]
    typed = same[same["edit"].notna()]
    edits = dict(zip(typed["change_id"].tolist(), typed["edit"].tolist(), strict=True))
    refused = table.adopt(same.loc[same["ticked"], "change_id"], edits)
    barred = among(told["change_id"], refused)
    told["state"] = told["state"].mask(barred, "barred")
    told["reason"] = told["reason"].mask(barred, told["change_id"].map(refused))
    return schemas.check(told, schemas.Choices)


def write_code(diff: Diff, ticked: list[str], edits: Mapping[str, str]) -> str:
    """Write Python that makes the same selection of ``diff``: whole patterns by name, the rest by id.

    Every text stands there as its ``repr``, so none can be more than a text. Cost: whole columns, and the text's length.
    """
    changes = diff.changes
    chosen = pd.Series(among(changes.index, ticked), index=changes.index)
    tickable = changes[diff.tickable]
    # A pattern is named where all of it that could be ticked is: `alike` gives just that.
    whole = chosen[tickable.index].groupby(tickable["pattern"], sort=False).all()
    labels = [str(label) for label in whole.index[whole]]
    rest = changes.index[chosen & ~(diff.tickable & changes["pattern"].isin(labels))].tolist()
    parts = [f"*diff.alike({_listed(labels)})"] if labels else []
    parts += [_listed(rest)] if rest else []
    lines = [f"chosen = [{', '.join(parts)}]"]
    if edits:
        pairs = "".join(f"    {change_id!r}: {value!r},\n" for change_id, value in edits.items())
        lines.append(f"diff = diff.edit({{\n{pairs}}})")
    return "\n".join([*lines, "selection = diff.select(chosen)", ""])


def _listed(texts: list[str]) -> str:
    if len(texts) <= _LONG:
        return ", ".join(map(repr, texts))
    return "\n    " + ",\n    ".join(map(repr, texts)) + ",\n"
