"""What a worker does with one partition, one attribute or one range: small tasks that read and write files of the exchange.

Each may be done again, on another worker, with the same outcome.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from scimrecon.diff.findings import Shifted, count_shifted
from scimrecon.diff.options import Options
from scimrecon.diff.parts import Compared, Part, answer_logins, ask, compare_part, match_part
from scimrecon.diff.protection import Protect
from scimrecon.diff.tallies import Tally
from scimrecon.errors import CompareError
from scimrecon.scale.dealing import LINE, PLACE
from scimrecon.scale.exchange import Numbers, as_frame, as_table, deal_by_text, read_batch, write_batches
from scimrecon.values import shorten

NO_LINE = -(2**63)
"""Stands for a missing line."""
WHERE = "#where"
"""Where a status stands among all: rows of the export in their order, then users in theirs."""
PART = "#part"


@dataclass(frozen=True, kw_only=True)
class Hand:
    """One side, dealt out."""

    side: str
    """``desired`` or ``users``."""
    starts: Sequence[int]
    """How many rows are before each piece."""
    rows: int
    has_lines: bool
    """Whether its lines are told apart; else rows are numbered from 0."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """All that the tasks of one comparison share."""

    folder: Path
    hands: int
    """Partitions."""
    desired: Hand
    users: Hand
    options: Options
    protect: Protect
    asks: Sequence[str]
    """The paths at which partitions ask each other, `userName` and `manager.value`; none if they need not."""
    attributes: Sequence[str]
    """What changes are dealt out by: a path, or the name of a set."""
    range_rows: int
    """Rows of the export, or users, whose statuses go into one file."""

    @property
    def ranges(self) -> int:
        """Files of statuses, at most."""
        return _cuts(self.desired.rows, self.range_rows) + _cuts(self.users.rows, self.range_rows)

    def range_of(self, where: Numbers) -> Numbers:
        """Tell the range of each place among all statuses: those of rows come first."""
        others = where - self.desired.rows
        first = _cuts(self.desired.rows, self.range_rows)
        return np.where(others < 0, where // self.range_rows, first + others // self.range_rows)

    def named(self, kind: str, number: int) -> Path:
        """The file of so many a kind."""
        return self.folder / f"{kind}-{number:06}.arrow"

    def all_named(self, kind: str) -> list[Path]:
        """The files of that kind that every partition writes."""
        return [self.named(kind, number) for number in range(self.hands)]

    def dealt(self, kind: str, hand: Hand) -> list[Path]:
        """The files of that kind that were written for every piece of a side."""
        return [self.named(kind, number) for number in range(len(hand.starts))]


def _cuts(rows: int, size: int) -> int:
    return -(-rows // size)


def read_hand(hand: Hand, number: int, table: Table, paths: Sequence[str] | None = None) -> tuple[pd.DataFrame, Numbers]:
    """Read one side of a partition, in its order: the index are the lines; and where each row stands among all."""
    columns = None if paths is None else [*dict.fromkeys(paths), PLACE, LINE]
    frames, places = [], []
    for path, start in zip(table.dealt(hand.side, hand), hand.starts, strict=True):
        piece = read_batch([path], number, table.hands, columns)
        if len(piece):
            frames.append(piece)
            places.append(piece[PLACE].to_numpy() + start)
    whole = pa.concat_tables(frames).combine_chunks() if frames else piece
    where: Numbers = np.concatenate([np.zeros(0, dtype=np.int64), *places])
    lines = whole[LINE].to_numpy() if hand.has_lines else where
    frame = as_frame(whole.drop_columns([PLACE, LINE]))
    frame.index = pd.Index(lines, dtype="int64", name="source_line")
    return frame, where


def _match(
    number: int, table: Table, taken: pd.Series[str] | None, paths: Sequence[str] | None = None
) -> tuple[Part, Numbers, Numbers]:
    """Match a partition, by a few paths if only they matter; and tell where its rows and users stand among all."""
    desired, rows = read_hand(table.desired, number, table, paths)
    users, places = read_hand(table.users, number, table, None if paths is None else ["id", *paths])
    return match_part(desired, users, table.options, table.protect, taken), rows, places


def ask_partition(number: int, table: Table) -> None:
    """Write what a partition asks of all users, dealt out by login, or id, to whoever answers."""
    few = None if callable(table.protect) else [table.options.tiers[0], *table.asks]
    part, _, _ = _match(number, table, None, few)
    questions = ask(part)
    for kind, frame, by in (
        ("logins", _with_form(questions.logins), "form"),
        ("holders", _with_form(questions.holders), "form"),
        ("managers", questions.managers.to_frame("user_id"), "user_id"),
    ):
        asked = as_table(frame.assign(**{PART: number}))
        write_batches(table.named(kind, number), [(asked, deal_by_text(frame[by], table.hands))], table.hands)


def _with_form(logins: pd.DataFrame) -> pd.DataFrame:
    """Those that are not blank: nobody takes a blank login from another."""
    return logins[logins["form"].fillna("") != ""]


def check_ids(number: int, table: Table) -> None:
    """Hold the ids dealt to this number against each other.

    Raises
    ------
    CompareError
        Two users have one id.
    """
    ids = as_frame(read_batch(table.dealt("ids", table.users), number, table.hands, ["id"]))["id"]
    twice = ids[ids.duplicated()]
    if len(twice):
        raise CompareError(f"users: two have the id {shorten(str(twice.iloc[0]))!r}; each user has one of its own.")


def answer(number: int, table: Table) -> None:
    """Answer the partitions, as far as logins and ids go that were dealt to this number."""
    ids = as_frame(read_batch(table.dealt("ids", table.users), number, table.hands))
    logins, holders, managers = (
        as_frame(read_batch(table.all_named(kind), number, table.hands)) for kind in ("logins", "holders", "managers")
    )
    told = managers.merge(ids, left_on="user_id", right_on="id")[["user_id", "name", PART]]
    write_batches(table.named("known", number), [(as_table(told[["user_id", "name"]]), told[PART].to_numpy())], table.hands)
    parts = logins.drop_duplicates("user_id").set_index("user_id")[PART]
    taken = answer_logins(logins.drop(columns=PART), holders, table.options)
    numbers = taken["user_id"].map(parts).to_numpy(dtype=np.int64)
    write_batches(table.named("taken", number), [(as_table(taken), numbers)], table.hands)


@dataclass(frozen=True, kw_only=True)
class Found:
    """What became of one partition."""

    tally: Tally
    statuses: Mapping[str, int]
    """Users by status."""
    in_ranges: Numbers
    """Statuses of each range."""
    by_attribute: Numbers
    """Changes of each attribute."""
    sample: Sequence[str]
    """Ids of users with changes, evenly spread over them, in order."""


_SAMPLE = 200


def compare_partition(number: int, table: Table) -> Found:
    """Compare a partition: changes go to whoever names their patterns, statuses to whoever puts them in order."""
    taken, managers = None, pd.Series([], dtype="str")
    if table.asks:
        answers = as_frame(read_batch(table.all_named("taken"), number, table.hands))
        taken = answers.set_index("user_id")["problem"] if "userName" in table.asks else None
        managers = as_frame(read_batch(table.all_named("known"), number, table.hands))["user_id"]
    part, rows, places = _match(number, table, taken)
    compared = compare_part(part, managers)
    changes, by_attribute = _write_changes(compared, number, table)
    where = np.concatenate([rows, table.desired.rows + places[part.others]])
    lines = compared.statuses["source_line"].fillna(NO_LINE).astype("int64")
    statuses = as_table(compared.statuses.assign(source_line=lines, **{WHERE: where}))
    in_ranges = write_batches(table.named("statuses", number), [(statuses, table.range_of(where))], table.ranges)
    ids = changes["user_id"]
    sample = ids.iloc[np.unique(np.linspace(0, len(ids) - 1, _SAMPLE).astype(np.int64))].tolist() if len(ids) else []
    return Found(
        tally=compared.tally,
        statuses={str(name): int(size) for name, size in compared.statuses["status"].value_counts().items()},
        in_ranges=in_ranges,
        by_attribute=by_attribute,
        sample=sample,
    )


def _write_changes(compared: Compared, number: int, table: Table) -> tuple[pd.DataFrame, Numbers]:
    changes = compared.changes.reset_index(drop=True)
    numbers = pd.Index(table.attributes).get_indexer(pd.Index(attribute_names(changes["path"]))).astype(np.int64)
    lines = changes["source_line"].astype("int64")
    by_attribute = write_batches(
        table.named("changes", number), [(as_table(changes.assign(source_line=lines)), numbers)], len(table.attributes)
    )
    return changes, by_attribute


def attribute_names(paths: pd.Series[str]) -> pd.Series[str]:
    """Give each path, or of an element that stands in its path by value the set's name: patterns are drawn by these."""
    return paths.str.replace(r"\[value eq .*$", "", regex=True)


def tell_shifted(number: int, paths: Sequence[str], table: Table) -> None:
    """Write what matched users hold, and what would replace it, of some paths, dealt out by text."""
    few = None if callable(table.protect) else [table.options.tiers[0], *paths]
    part, _, _ = _match(number, table, None, few)
    users = part.pair.matches.user_of[part.pair.matches.user_of >= 0]
    told = []
    for at, path in enumerate(paths):
        changes = as_frame(
            read_batch([table.named("changes", number)], table.attributes.index(path), len(table.attributes), ["kind", "after"])
        )
        after = changes.loc[changes["kind"] == "replace", "after"]
        held = part.pair.side.values[path].texts.iloc[users].dropna()
        told += [pd.DataFrame({"text": texts, "asked": asked, "at": at}) for texts, asked in ((after, True), (held, False))]
    frame = pd.concat(told, ignore_index=True)
    write_batches(table.named("texts", number), [(as_table(frame), deal_by_text(frame["text"], table.hands))], table.hands)


def count_texts(number: int, paths: Sequence[str], table: Table) -> list[Shifted]:
    """Count, of the texts dealt to this number, whose new value is another user's: one count a path."""
    frame = as_frame(read_batch(table.all_named("texts"), number, table.hands))
    of_path = [frame[frame["at"] == at] for at in range(len(paths))]
    return [count_shifted(one.loc[one["asked"], "text"], one.loc[~one["asked"], "text"]) for one in of_path]
