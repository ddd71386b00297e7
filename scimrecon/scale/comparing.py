"""Compare two sides of any size: deal them out, compare each partition, put what was found in order."""

from __future__ import annotations

import os
import shutil
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from scimrecon.diff.findings import join_findings, refuse_red, tell_unused
from scimrecon.diff.options import Options, names_of, read_options
from scimrecon.diff.protection import Protect, find_protected
from scimrecon.errors import CompareError
from scimrecon.paths import parse_set
from scimrecon.scale.clusters import connect_workers
from scimrecon.scale.comparison import FINDINGS, Comparison
from scimrecon.scale.outcomes import write_frame
from scimrecon.scale.sources import Source, open_source
from scimrecon.scale.stages import compare_partitions, deal_out, find_signs, put_in_order

if TYPE_CHECKING:
    from dask.dataframe import DataFrame as DaskFrame
    from distributed import Client

_PARTITION_USERS = 250_000


def compare(
    desired: str | PathLike[str] | DaskFrame,
    users: str | PathLike[str] | DaskFrame,
    /,
    *,
    on: str | Sequence[str],
    out: str | PathLike[str],
    policies: Mapping[str, str] | None = None,
    unlock: Collection[str] = (),
    protect: Protect = (),
    region: str | None = None,
    comparators: Mapping[str, str | Callable[[str], str]] | None = None,
    accept: Collection[str] = (),
    client: Client | None = None,
    partitions: int | None = None,
) -> Comparison:
    """Find which attribute of which user differs, of more users than memory holds.

    As `scimrecon.compare` does of bare frames, with one key: changes and users' statuses are the same to the byte. Both sides
    are dealt out by key into files below `out`, and compared partition by partition; what only all users can tell (logins
    taken, managers' ids, patterns, findings) is told in between. Cost: ten million users of twenty attributes on two cores take
    five minutes of CPU, 1.7 GB of memory in all processes and, for the while, 4 GB of disk (both sides, compressed lightly).
    All changes of one attribute are in one worker's memory at a time: 0.5 GB a million.

    To go on, compare some of these people again in memory, where preview and plan can take them up::

        found = scale.compare("desired.parquet", "users.parquet", on="userName", out="found")
        titles = found.changes(path="title", status="open")
        diff = sr.compare(
            pd.read_parquet("desired.parquet", filters=[("userName", "in", titles["key"])]),
            pd.read_parquet("users.parquet", filters=[("id", "in", titles["user_id"])]),
            on="userName",
        )
        preview = sr.Preview(diff)

    That diff knows these people alone: a manager's id must be among its users, a login that somebody else has is not seen as
    taken, and the limits of a plan are shares of them.

    Parameters
    ----------
    desired, users
        Each the path of a Parquet file or of a folder of them, or a Dask DataFrame: text columns by SCIM path, `users` with
        ``id``. An index of whole numbers that rise is taken for source lines; else rows are numbered from 0. Columns both have
        are compared.
    on
        The key: one path.
    out
        A new folder; it, and on a cluster what is given as paths, is where every worker can reach it.
    policies, unlock
        As `scimrecon.compare` takes them.
    protect
        Likewise. A function sees the users of a partition at a time: it must judge each by itself.
    region, comparators, accept
        Likewise. A function must be one that pickles, as cloudpickle can.
    client
        A `distributed.Client` whose cluster is to do it, and which is left open. Without one, a process a core on this machine;
        a script then needs ``if __name__ == "__main__":`` around what it does.
    partitions
        How many; without it, such that one has about 250,000 users, or as many as the Dask DataFrames have.

    Returns
    -------
    Comparison
        Counts and findings; the rest is in `out`. Findings are those of `scimrecon.compare`, without ``key_elsewhere``; and
        without ``zero_padding`` where the key's comparator is none of text (email, phone, a function). With such a comparator, a
        look-alike is named as candidate if the normal forms of the two keys look alike as well.

    Raises
    ------
    CompareError
        As `scimrecon.compare`; or `out` exists, several keys are named, a side is neither Parquet nor Dask, Dask is not
        installed, or workers died. Nothing is left behind then.
    """
    options = read_options(on=on, policies=policies, unlock=unlock, region=region, comparators=comparators)
    accepted = names_of(accept, "accept")
    sides = (open_source(desired, "desired"), open_source(users, "users"))
    _check(options, sides)
    _check_protect(protect)
    hands = _partitions(sides, partitions)
    with _new_folder(out) as folder:
        exchange = folder / "exchange"
        exchange.mkdir(mode=0o700)
        with connect_workers(client, exchange) as workers:
            table = deal_out(workers, sides, options, protect, hands, exchange)
            found = compare_partitions(workers, table)
            signs = join_findings([find_signs(workers, table, found, sides), tell_unused(options, list(sides[0].columns))])
            refuse_red(signs, accepted, "the comparison")
            summary = put_in_order(workers, table, found, folder)
        write_frame(signs, folder / FINDINGS)
        shutil.rmtree(exchange)
    statuses = sum((Counter(one.statuses) for one in found), Counter[str]())
    matched = sum(one.tally.matched for one in found)
    return Comparison(folder=folder, statuses=dict(statuses.most_common()), summary=summary, findings=signs, matched=matched)


def _check(options: Options, sides: tuple[Source, Source]) -> None:
    """Refuse what cannot be done a partition at a time, and keys that are not there."""
    if len(options.tiers) != 1:
        raise CompareError(
            f"on names {len(options.tiers)} keys; scale.compare deals users out by one. Name the first, and compare those left "
            "over (source_only, target_only) with sr.compare, by all keys."
        )
    key = options.tiers[0]
    if "id" not in sides[1].columns:
        raise CompareError("users: there is no column 'id'; a change is known by its user's id.")
    if parse_set(key):
        raise CompareError(f'on: {key} has many values; a key is one, such as {key}[type eq "work"].value.')
    for side in sides:
        if key not in side.columns:
            raise CompareError(f"on: {key} is not among the {side.name} paths; there are {', '.join(side.columns)}.")


def _check_protect(protect: Protect) -> None:
    """Refuse what no partition could take."""
    none = pd.DataFrame({"id": pd.Series([], dtype="str")})
    if not callable(protect):
        find_protected(protect, none, none["id"], none["id"])


def _partitions(sides: Sequence[Source], said: int | None) -> int:
    if said is not None:
        if isinstance(said, bool) or not isinstance(said, int) or said < 1:
            raise CompareError(f"partitions={said!r}: give a whole number, 1 or more.")
        return said
    return max(len(side.pieces) if side.rows is None else -(-side.rows // _PARTITION_USERS) for side in sides) or 1


@contextmanager
def _new_folder(out: str | PathLike[str]) -> Iterator[Path]:
    """Make a folder, and take it away again if what is done in it fails."""
    folder = Path(out).absolute()
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        raise CompareError(f"out: {os.fspath(out)} exists already. Name a new folder, or move it away.") from None
    except OSError as error:
        raise CompareError(f"out: {os.fspath(out)} cannot be made: {error.strerror}.") from error
    done = False
    try:
        yield folder
        done = True
    finally:
        if not done:
            _remove(folder)


def _remove(folder: Path) -> None:
    """Remove a folder in which a worker may still be at its last file."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)
