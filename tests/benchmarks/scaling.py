"""Compare more users than one would hold in memory, from Parquet to Parquet, beside DuckDB with as little memory.

    PYTHONPATH=tests python tests/benchmarks/scaling.py [USERS]

Each way runs once, in processes of its own. Told are wall and CPU seconds, and the peak of what all its processes hold at one
time (PSS, sampled every 0.2 s: what processes share is counted once). DuckDB matches by the login in lower case and writes id,
path, before and after of each cell the export has another value for: no doubles, kinds, policies, findings or patterns. Up to a
million users, what `sr.compare` finds is held against what `scale.compare` wrote, to the byte. Written to build/benchmarks. Needs
Linux.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow.parquet as pq
from population import KEY, in_pandas, make_sides

ROOT = Path(__file__).parents[2]
CHUNK = 250_000
MEMORY = "3GB"
IN_MEMORY = 1_000_000
"""Up to here, the comparison in memory is run too."""


def main(people: int) -> None:
    """Print the table and write it to a file."""
    lines = []
    with tempfile.TemporaryDirectory() as folder:
        write_sides(people, Path(folder))
        size = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet")) / 2**20
        spent = {way: run(way, folder) for way in WAYS if way != "sr.compare" or people <= IN_MEMORY}
        found = {way: one["differing"] for way, one in spent.items()}
        assert len(set(found.values())) == 1, found
        lines.append(f"{people:,} users, 20 attributes, {size:,.0f} MiB of Parquet, {found['scale.compare']:,} cells differ")
        lines.append(f"{'':16}   wall s    CPU s   peak MiB   scale.compare is")
        ours = spent["scale.compare"]
        for way, one in spent.items():
            shares = [ours[name] / one[name] for name in ("wall", "cpu", "mib")]
            beside = "" if way == "scale.compare" else "{:.2f} of its wall, {:.2f} of its CPU, {:.2f} of its peak".format(*shares)
            lines.append(f"{way:16}{one['wall']:9.1f}{one['cpu']:9.1f}{one['mib']:11,.0f}   {beside}")
        if people <= IN_MEMORY:
            lines.append(run("hold", folder)["told"])
    print("\n".join(lines))
    target = ROOT / "build" / "benchmarks" / f"scaling-{people}.txt"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"Written to {target.relative_to(ROOT)}")


def write_sides(people: int, folder: Path) -> None:
    """Write both sides, a chunk at a time; a user's chunk is elsewhere in the one than in the other."""
    starts = list(range(0, people, CHUNK))
    for name, order in (("desired", starts), ("users", starts[::-1])):
        (folder / name).mkdir()
        writer = None
        for start in order:
            table = getattr(make_sides(min(CHUNK, people - start), first=start), name)
            writer = writer or pq.ParquetWriter(folder / name / "all.parquet", table.schema)
            writer.write_table(table)
        writer.close()


def run(way: str, folder: str) -> dict:
    """Run one way and watch its processes."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-W", "ignore", __file__, way, folder], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    peak = 0.0
    while child.poll() is None:
        peak = max(peak, sum(held_by(child.pid)))
        time.sleep(0.2)
    wall = time.perf_counter() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    told = json.loads(child.stdout.read().splitlines()[-1])
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**told, "wall": wall, "cpu": cpu, "mib": peak}


def held_by(pid: int) -> Iterator[float]:
    """MiB of each process of a tree."""
    try:
        tree = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    except psutil.NoSuchProcess:
        return
    for process in tree:
        try:
            told = Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue  # it ended meanwhile
        yield next((int(line.split()[1]) for line in told.splitlines() if line.startswith("Pss:")), 0) / 1024


def with_scale(folder: Path) -> dict:
    from scimrecon import scale

    found = scale.compare(folder / "desired", folder / "users", on=KEY, out=folder / "found")
    return {"differing": int(found.summary["changes"].sum())}


def with_duckdb(folder: Path) -> dict:
    """One query, out of memory where it must, into Parquet."""
    import duckdb

    with duckdb.connect(config={"memory_limit": MEMORY, "threads": 2, "temp_directory": str(folder / "spilled")}) as base:
        sides = {"d": folder / "desired" / "*.parquet", "u": folder / "users" / "*.parquet"}
        for name, path in sides.items():
            base.sql(f"CREATE VIEW {name} AS SELECT * FROM '{path}'")  # noqa: S608
        paths = [row[0] for row in base.sql("DESCRIBE d").fetchall()]
        quoted = ['"' + path.replace('"', '""') + '"' for path in paths]
        cells = ", ".join(
            f"struct_pack(path := {place}, before := u.{name}, after := d.{name})" for place, name in enumerate(quoted)
        )
        query = (
            f"SELECT id, cell.path, cell.before, cell.after FROM (SELECT u.id, unnest([{cells}]) AS cell "  # noqa: S608
            f"FROM d JOIN u ON lower(d.{KEY}) = lower(u.{KEY})) "
            "WHERE cell.after IS NOT NULL AND cell.after IS DISTINCT FROM cell.before"
        )
        base.sql(f"COPY ({query}) TO '{folder / 'differing.parquet'}'")
    return {"differing": pq.read_metadata(folder / "differing.parquet").num_rows}


def in_memory(folder: Path) -> dict:
    import scimrecon as sr

    return {"differing": len(sr.compare(*read_sides(folder), on=KEY).changes)}


def hold(folder: Path) -> dict:
    """Hold what was written against what is found in memory."""
    import pandas as pd

    import scimrecon as sr

    plain = sr.compare(*read_sides(folder), on=KEY)
    told = []
    for name, frame in (("changes", plain.changes), ("users", plain.users), ("findings", plain.findings)):
        written = pd.read_parquet(folder / "found" / f"{name}.parquet")
        pd.testing.assert_frame_equal(written, frame)
        same = _bytes(written) == _bytes(frame)
        told.append(f"{name} {'equal to the byte' if same else 'NOT EQUAL'} ({len(frame):,} rows)")
        assert same, name
    return {"told": "Held against sr.compare: " + ", ".join(told)}


def _bytes(frame) -> bytes:
    """As a file: unlike memory, it holds nothing below a missing value."""
    import pyarrow as pa

    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame).combine_chunks(), sink)
    return sink.getvalue().to_pybytes()


def read_sides(folder: Path) -> list:
    return [in_pandas(pq.read_table(folder / name / "all.parquet")) for name in ("desired", "users")]


WAYS = {"scale.compare": with_scale, "sr.compare": in_memory, "DuckDB": with_duckdb}


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps({**WAYS, "hold": hold}[sys.argv[1]](Path(sys.argv[2]))))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 200_000)
