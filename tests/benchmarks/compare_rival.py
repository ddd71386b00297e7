"""One way to find what differs, timed in a process of its own. `comparing.py` runs it.

    python compare_rival.py RIVAL FOLDER CALLS

Prints JSON: for each call CPU (user and system) and wall seconds and MiB by which memory grew at most, and how many cells differ.
A rival matches by the login in lower case, and lists id, path, before and after of each cell the export has another value for. It
says nothing of doubles, kinds, policies, formatting or patterns.
"""

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from population import KEY, in_pandas

Frames = tuple[Any, Any]


def read_pandas(folder: Path) -> Frames:
    return in_pandas(pq.read_table(folder / "desired.parquet")), in_pandas(pq.read_table(folder / "users.parquet"))


def read_polars(folder: Path) -> Frames:
    import polars as pl

    return pl.read_parquet(folder / "desired.parquet"), pl.read_parquet(folder / "users.parquet")


def with_scimrecon(desired: Any, users: Any) -> int:
    """Kinds, statuses, policies, findings and patterns included."""
    import scimrecon as sr

    return len(sr.compare(desired, users, on=KEY).changes)


def with_pandas(desired: Any, users: Any) -> int:
    """Merge, then a mask a column."""
    import pandas as pd

    mine, theirs = (side.assign(key=side[KEY].str.lower()) for side in (desired, users))
    both = mine.merge(theirs, on="key", suffixes=("", " held"))
    parts = []
    for path in desired.columns:
        differs = both[path].notna() & (both[path] != both[f"{path} held"])
        cells = both.loc[differs, ["id", f"{path} held", path]].set_axis(["id", "before", "after"], axis="columns")
        parts.append(cells.assign(path=path))
    return len(pd.concat(parts, ignore_index=True))


def with_polars(desired: Any, users: Any) -> int:
    """Join the keys alone, then compare column by column: the fastest way found."""
    return len(_long_polars(desired, users))


def with_polars_from_pandas(desired: Any, users: Any) -> int:
    """The same, from pandas and back."""
    import polars as pl

    return len(_long_polars(pl.from_pandas(desired), pl.from_pandas(users)).to_pandas())


def _long_polars(desired: Any, users: Any) -> Any:
    import polars as pl

    mine, theirs = (
        side.select(key=pl.col(KEY).str.to_lowercase()).with_row_index(name) for side, name in ((desired, "row"), (users, "user"))
    )
    both = mine.join(theirs, on="key")
    at, ids = both["user"], users["id"].gather(both["user"])
    parts = []
    for path in desired.columns:
        after, before = desired[path].gather(both["row"]), users[path].gather(at)
        differs = after.is_not_null() & after.ne_missing(before)
        cells = {"id": ids.filter(differs), "before": before.filter(differs), "after": after.filter(differs)}
        parts.append(pl.DataFrame(cells).with_columns(path=pl.lit(path)))
    return pl.concat(parts)


def with_duckdb_from_pandas(desired: Any, users: Any) -> int:
    """One query over Arrow tables of the frames."""
    import duckdb
    import pyarrow as pa

    with duckdb.connect() as base:
        base.register("desired", pa.Table.from_pandas(desired))
        base.register("users", pa.Table.from_pandas(users))
        quoted = {path: '"' + path.replace('"', '""') + '"' for path in desired.columns}
        columns = ", ".join(f"d.{name} AS after{place}, u.{name} AS before{place}" for place, name in enumerate(quoted.values()))
        joined = f"SELECT u.id, {columns} FROM desired d JOIN users u ON lower(d.{KEY}) = lower(u.{KEY})"  # noqa: S608
        parts = [
            f"SELECT id, {place} AS path, before{place} AS before, after{place} AS after FROM both_sides "  # noqa: S608
            f"WHERE after{place} IS NOT NULL AND after{place} IS DISTINCT FROM before{place}"
            for place in range(len(quoted))
        ]
        query = f"WITH both_sides AS MATERIALIZED ({joined}) " + " UNION ALL ".join(parts)
        return len(base.sql(query).to_arrow_table().to_pandas())


def with_datacompy(desired: Any, users: Any) -> int:
    """Its pandas comparison, and the mismatches of each column."""
    import datacompy
    import pandas as pd

    mine, theirs = (side.assign(key=side[KEY].str.lower()) for side in (desired, users))
    compared = datacompy.PandasCompare(
        mine, theirs, join_columns="key", df1_name="after", df2_name="before", cast_column_names_lower=False
    )
    both = compared.intersect_rows
    parts = []
    for path in desired.columns:
        differs = ~both[f"{path}_match"] & both[f"{path}_after"].notna()
        parts.append(
            both.loc[differs, ["key", f"{path}_after", f"{path}_before"]].set_axis(["key", "after", "before"], axis="columns")
        )
    return len(pd.concat(parts, ignore_index=True))


RIVALS = {
    "scimrecon": ("scimrecon", read_pandas, with_scimrecon),
    "polars": ("polars", read_polars, with_polars),
    "polars from pandas": ("polars", read_pandas, with_polars_from_pandas),
    "duckdb from pandas": ("duckdb", read_pandas, with_duckdb_from_pandas),
    "pandas": ("pandas", read_pandas, with_pandas),
    "datacompy": ("datacompy", read_pandas, with_datacompy),
}


def main(rival: str, folder: Path, calls: int) -> None:
    module, read, find = RIVALS[rival]
    importlib.import_module(module)
    sides = read(folder)
    runs, differing = [], 0
    for _ in range(calls):
        before = _forget_peak()
        cpu, wall = time.process_time(), time.perf_counter()
        differing = find(*sides)
        runs.append({"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "mib": _memory("VmHWM") - before})
    print(json.dumps({"runs": runs, "differing": differing}))


def _forget_peak() -> float:
    """Let the peak of memory be what is in use now, and say how much that is."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _memory("VmRSS")


def _memory(line: str) -> float:
    """MiB, as Linux counts them."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return next(int(one.split()[1]) for one in status.splitlines() if one.startswith(line)) / 1024


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
