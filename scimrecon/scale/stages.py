"""The steps of a comparison at scale, in order: each is a round of tasks, and what the driver makes of their answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from scimrecon import schemas
from scimrecon.diff.cells import PRIMARY_EMAIL
from scimrecon.diff.findings import Shifted, replaced_often, tell_signs
from scimrecon.diff.options import Options
from scimrecon.diff.parts import LOGIN
from scimrecon.diff.policies import Policy, find_said
from scimrecon.diff.protection import Protect, refuse_unknown
from scimrecon.diff.resolving import MANAGER
from scimrecon.diff.tallies import add_tallies
from scimrecon.paths import AttributePath, parse_path, parse_set
from scimrecon.scale.clusters import run_delayed, run_tasks
from scimrecon.scale.comparison import CHANGES, USERS
from scimrecon.scale.dealing import Deal, Dealt, deal_file, deal_frame
from scimrecon.scale.outcomes import name_patterns, write_changes, write_frame, write_statuses
from scimrecon.scale.sources import Piece, Source
from scimrecon.scale.work import (
    Found,
    Hand,
    Table,
    answer,
    ask_partition,
    attribute_names,
    check_ids,
    compare_partition,
    count_texts,
    tell_shifted,
)

if TYPE_CHECKING:
    from distributed import Client

_TEXT_FORMS = ("exact", "case_exact", "case_insensitive")
"""Comparators whose normal form keeps a text's letters, so that keys alike but for leading zeros meet in a partition."""


def deal_out(
    workers: Client, sides: tuple[Source, Source], options: Options, protect: Protect, hands: int, folder: Path
) -> Table:
    """Deal both sides out, and lay the table for the tasks to come."""
    left, right = (_needed(side, other, protect) for side, other in (sides, sides[::-1]))
    sought = () if callable(protect) else tuple(protect)
    dealt = []
    for side, columns in zip(sides, (left, right), strict=True):
        deal = Deal(side=side.name, columns=columns, options=options, hands=hands, protect=sought, folder=folder)
        dealt.append(_deal_side(workers, side, deal))
    refuse_unknown([name for name in sought if all(name in piece.unprotected for piece in dealt[1])])
    compared = [path for path in left if path in right and find_said(_any(path), options.policies) is not Policy.IGNORE]
    # Whose key the login is meet in a partition, and who holds it with them.
    asks = [path for path in (LOGIN, MANAGER) if path in compared and (path == MANAGER or path not in options.tiers)]
    sets = [parse_set(path) or parse_path(path).name for path in compared]
    hand_of = [_hand(side, pieces) for side, pieces in zip(sides, dealt, strict=True)]
    return Table(
        folder=folder,
        hands=hands,
        desired=hand_of[0],
        users=hand_of[1],
        options=options,
        protect=protect,
        asks=asks,
        attributes=sorted({*compared, *sets, *attribute_names(pd.Series(compared, dtype="str"))}),
        range_rows=max(1, -(-max(hand.rows for hand in hand_of) // hands)),
    )


def _any(path: str) -> AttributePath:
    return parse_path(f'{path}[type eq "any"].value' if parse_set(path) else path)


def _needed(side: Source, other: Source, protect: Protect) -> dict[str, str]:
    """The columns that decide about anything: those both have; of users also what else their attributes hold."""
    if side.name == "desired":
        return {path: column for path, column in side.columns.items() if path in other.columns}
    if callable(protect):
        return dict(side.columns)
    names = {_any(path).name for path in other.columns} | {"id", LOGIN, parse_path(PRIMARY_EMAIL).name}
    return {path: column for path, column in side.columns.items() if _any(path).name in names}


def _deal_side(workers: Client, side: Source, deal: Deal) -> list[Dealt]:
    each = [(piece, number) for number, piece in enumerate(side.pieces)]
    if isinstance(side.pieces[0], Piece):
        return run_tasks(workers, f"reading {side.name}, piece", deal_file, each, deal)
    return run_delayed(workers, f"reading {side.name}, partition", deal_frame, each, deal)


def _hand(side: Source, dealt: Sequence[Dealt]) -> Hand:
    ends = np.cumsum([piece.rows for piece in dealt])
    some = [piece for piece in dealt if piece.rows]
    lasts = [piece.last_line for piece in some]
    rising = side.has_lines and all(piece.rises and piece.first_line is not None for piece in some)
    for last, piece in zip(lasts, some[1:], strict=False):
        rising = rising and last is not None and piece.first_line is not None and piece.first_line > last
    return Hand(side=side.name, starts=[0, *ends[:-1].tolist()], rows=int(ends[-1]), has_lines=rising)


def compare_partitions(workers: Client, table: Table) -> list[Found]:
    """Compare all partitions, once it is known what they ask each other."""
    each = [(number,) for number in range(table.hands)]
    run_tasks(workers, "holding ids against each other, part", check_ids, each, table)
    if table.asks:
        run_tasks(workers, "asking for logins and managers, partition", ask_partition, each, table)
        run_tasks(workers, "answering, part", answer, each, table)
    return run_tasks(workers, "comparing partition", compare_partition, each, table)


def find_signs(workers: Client, table: Table, found: Sequence[Found], sides: tuple[Source, Source]) -> pd.DataFrame:
    """List the findings of the whole; follows `schemas.Findings`."""
    tally = add_tallies([one.tally for one in found])
    key = table.options.tiers[0]
    if table.options.comparator_of(parse_path(key)).name not in _TEXT_FORMS:
        tally = replace(tally, padded={})
    paths = [path for path in replaced_often(tally) if path in sides[1].columns]
    return tell_signs(tally, [key], _count_shifted(workers, paths, table) if paths else {})


def _count_shifted(workers: Client, paths: Sequence[str], table: Table) -> dict[str, Shifted]:
    each = [(number,) for number in range(table.hands)]
    run_tasks(workers, "looking for values out of step, partition", tell_shifted, each, paths, table)
    counts = run_tasks(workers, "looking for values out of step, part", count_texts, each, paths, table)
    return {path: _add_shifted([one[at] for one in counts]) for at, path in enumerate(paths)}


def _add_shifted(parts: Sequence[Shifted]) -> Shifted:
    return Shifted(
        others=sum(part.others for part in parts),
        held=sum(part.held for part in parts),
        distinct=sum(part.distinct for part in parts),
    )


def put_in_order(workers: Client, table: Table, found: Sequence[Found], folder: Path) -> pd.DataFrame:
    """Write changes and statuses into a folder each; gives the changes counted, after `schemas.Summary`."""
    for name in (CHANGES, USERS):
        (folder / name).mkdir(mode=0o700)
    cuts = _cut(found, table)
    bundles = _bundle(np.sum([one.by_attribute for one in found], axis=0).tolist(), table.range_rows)
    each = [(attributes, number) for number, attributes in enumerate(bundles)]
    named = run_tasks(workers, "naming patterns, part", name_patterns, each, cuts, table)
    of_changes = np.sum([sizes for _, sizes in named], axis=0).tolist() if named else []
    files = [table.named("labelled", number) for number in range(len(bundles))]
    parts = [(ranges, folder / CHANGES / _part(number)) for number, ranges in enumerate(_bundle(of_changes, table.range_rows))]
    run_tasks(workers, "writing changes, file", write_changes, parts, len(cuts) + 1, files)
    of_statuses = np.sum([one.in_ranges for one in found], axis=0).tolist()
    parts = [(ranges, folder / USERS / _part(number)) for number, ranges in enumerate(_bundle(of_statuses, table.range_rows))]
    run_tasks(workers, "writing users, file", write_statuses, parts, table)
    for name, model in ((CHANGES, schemas.Changes), (USERS, schemas.UserStatuses)):
        if not any((folder / name).iterdir()):
            write_frame(schemas.empty(model), folder / name / _part(0))
    if not named:
        return schemas.empty(schemas.Summary)
    summary = pd.concat([counts for counts, _ in named], ignore_index=True)
    order = ["changes", "path", "pattern", "kind", "status"]
    return schemas.check(
        summary.sort_values(order, ascending=[False, True, True, True, True], ignore_index=True), schemas.Summary
    )


def _cut(found: Sequence[Found], table: Table) -> list[str]:
    """User ids that cut all changes into ranges of about one size, by samples of each partition's."""
    sizes = [int(one.by_attribute.sum()) for one in found]
    ids = pd.Series([user for one in found for user in one.sample], dtype="str")
    if ids.empty:
        return []
    shares = [np.full(len(one.sample), size / max(len(one.sample), 1)) for one, size in zip(found, sizes, strict=True)]
    order = np.asarray(ids.argsort())
    before = np.cumsum(np.concatenate(shares)[order])
    ranges = max(table.hands, -(-sum(sizes) // table.range_rows))
    at = np.searchsorted(before, np.arange(1, ranges) * (sum(sizes) / ranges))
    return [str(one) for one in ids.iloc[order[np.minimum(at, len(order) - 1)]].drop_duplicates()]


def _bundle(sizes: Sequence[int], least: int) -> list[list[int]]:
    """Put what is small together, in order: the numbers of those that have any rows, at least so many rows a bundle."""
    bundles: list[list[int]] = []
    filled = least
    for number in np.flatnonzero(sizes).tolist():
        if filled >= least:
            bundles.append([])
            filled = 0
        bundles[-1].append(number)
        filled += sizes[number]
    return bundles


def _part(number: int) -> str:
    return f"part-{number:06}.parquet"
