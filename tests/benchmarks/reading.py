"""What reading costs: `read_export` against pyarrow, pandas and checks written by hand in Arrow, on the same files in one run.

    python tests/benchmarks/reading.py [ROWS]

Each rival runs in a process of its own, in turn. Prints medians of CPU seconds, what each added to the memory at its height, and
ratios.
"""

import csv
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

ROUNDS = 3
SHEET_SHARE = 50
"""A sheet has one row in so many of the file's: workbooks are read a hundred times slower."""
COLUMNS = [
    "Employee_ID", "Worker_Status", "Legal_First_Name", "Legal_Last_Name", "Preferred_Name", "Email", "Job_Title",
    "Supervisory_Organization", "Cost_Center", "Company", "Location", "Hire_Date", "Termination_Date", "Manager_ID",
    "Employee_Type", "Locale", "Work_Phone", "Mobile_Phone", "Time_Zone", "Note",
]  # fmt: skip
FIRST = ["Siobhán", "Ann", "Zoë", "Pat", "Nadia", "Jürgen", "Li", "Maria", "Olu", "Tom", "Null", "Grace"]
LAST = ["O'Brien", "Müller", "Null", "Nguyen", "Baker", "Łuczak", "Smith", "Garcia", "Okafor", "Jones", "van Dijk", "Abel"]
TITLES = ["Analyst", "Clerk", "Engineer, Senior", "Cook", "Nurse", "Teacher", "Buyer", "Lead, Data & Insight"]

FORMS = {
    "Employee_ID": r"^\d{7}$", "Email": r"^[a-z0-9.]+@[a-z0-9.]+$", "Supervisory_Organization": r"^Team \d+$",
    "Cost_Center": r"^CC-\d{4}$", "Hire_Date": r"^\d{4}-\d{2}-\d{2}$", "Termination_Date": r"^\d{4}-\d{2}-\d{2}$",
    "Manager_ID": r"^\d{7}$", "Work_Phone": r"^\+[\d ]+$", "Mobile_Phone": r"^\+[\d ]+$",
}  # fmt: skip
WORDS = {
    "Worker_Status": ["Active", "On Leave", "Terminated"], "Job_Title": TITLES,
    "Company": ["Example Ltd", "Example GmbH", "Example Inc."], "Location": ["Cork", "Zürich", "Porto", "Leeds", "Kraków"],
    "Employee_Type": ["Employee", "Contractor"], "Locale": ["en-IE", "de-CH", "pt-PT", "pl-PL"],
    "Time_Zone": ["Europe/Dublin", "Europe/Zurich", "Europe/Lisbon", "Europe/Warsaw"],
}  # fmt: skip
SHORT = ["Legal_First_Name", "Legal_Last_Name", "Preferred_Name", "Note"]
BLANK = {"Termination_Date", "Note"}
"""What every column is held to, and which may be blank."""


def people(rows: int, failing: float) -> list[np.ndarray]:
    """Columns of a staff list; in a share of the rows the status is none that a schema admits."""
    random = np.random.default_rng(20_261_122)

    def some(words: list[str]) -> np.ndarray:
        return np.array(words, dtype=object)[random.integers(0, len(words), rows)]

    def numbered(form: str, numbers: np.ndarray) -> np.ndarray:
        return np.array([form % number for number in numbers.tolist()], dtype=object)

    number = np.arange(rows)
    first, last = some(FIRST), some(LAST)
    status = some(["Active"] * 8 + ["On Leave", "Terminated"])
    status[random.random(rows) < failing] = "Gone"
    return [
        numbered("%07d", number), status, first, last, first + " " + last, numbered("person%d@example.com", number),
        some(TITLES), numbered("Team %d", random.integers(0, 800, rows)), numbered("CC-%04d", random.integers(0, 400, rows)),
        some(["Example Ltd", "Example GmbH", "Example Inc."]), some(["Cork", "Zürich", "Porto", "Leeds", "Kraków"]),
        numbered("20%02d-03-1", random.integers(0, 26, rows)) + some(list("0123456789")),
        np.where(status == "Terminated", "2026-01-31", ""), numbered("%07d", random.integers(0, rows, rows)),
        some(["Employee", "Contractor"]), some(["en-IE", "de-CH", "pt-PT", "pl-PL"]),
        numbered("+353 1 555 %06d", number % 1_000_000), numbered("+353 87 %07d", random.integers(0, 10**7, rows)),
        some(["Europe/Dublin", "Europe/Zurich", "Europe/Lisbon", "Europe/Warsaw"]),
        some(["", "", "", "on loan, until May", "part time"]),
    ]  # fmt: skip


def write_csv(path: Path, rows: int, *, failing: float = 0, quoting: int = csv.QUOTE_MINIMAL) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=quoting)
        writer.writerow(COLUMNS)
        writer.writerows(zip(*people(rows, failing), strict=True))


def write_xlsx(path: Path, rows: int) -> None:
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("People")
    sheet.append(COLUMNS)
    for row in zip(*people(rows, 0), strict=True):
        sheet.append([cell or None for cell in row])
    book.save(path)


def with_pyarrow(path: Path) -> int:
    """Text columns in pandas; no line numbers, no rejects, and quotes at odd places taken as they come."""
    import pyarrow as pa
    import pyarrow.csv as arrow_csv

    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(COLUMNS, pa.string()), strings_can_be_null=True, null_values=[""]
    )
    return len(arrow_csv.read_csv(path, convert_options=options).to_pandas())


def text_rows(path: Path) -> int:
    """As `read_export` reads them, before anything is checked."""
    from scimrecon.exports.reading import _read

    return len(_read(path.read_bytes(), str(path), None)[0].frame)


def validated(path: Path) -> int:
    """With preset, rejects, findings and the file's hash."""
    import scimrecon as sr

    return sr.read_export(path).records


def with_calamine(path: Path) -> int:
    """As an analyst would read a workbook."""
    import pandas as pd

    return len(pd.read_excel(path, engine="calamine", dtype="str", keep_default_na=False, na_filter=False))


def schema():
    """What a careful analyst asks of each column."""
    import pandera.pandas as pandera

    forms = {name: pandera.Column(str, pandera.Check.str_matches(form), nullable=name in BLANK) for name, form in FORMS.items()}
    words = {name: pandera.Column(str, pandera.Check.isin(known)) for name, known in WORDS.items()}
    short = {name: pandera.Column(str, pandera.Check.str_length(1, 60), nullable=name in BLANK) for name in SHORT}
    return pandera.DataFrameSchema({**forms, **words, **short})


def read_table(path: Path):
    from scimrecon.exports.reading import _read

    return _read(path.read_bytes(), str(path), None)[0]


def with_schema(table) -> int:
    """Rows that hold."""
    from scimrecon.exports.checking import check_schema

    return len(check_schema(table, schema(), "bench").frame)


def by_hand(table) -> int:
    """The same checks in Arrow; rows that hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    held = {name: pa.array(table.frame[name], pa.large_string()) for name in COLUMNS}
    good = None
    for name, cells in held.items():
        if name in FORMS:
            fine = pc.match_substring_regex(cells, FORMS[name])
        elif name in WORDS:
            fine = pc.is_in(cells, pa.array(WORDS[name], pa.large_string()))
        else:
            length = pc.utf8_length(cells)
            fine = pc.and_(pc.greater_equal(length, 1), pc.less_equal(length, 60))
        fine = pc.fill_null(fine, name in BLANK)
        good = fine if good is None else pc.and_(good, fine)
    rows = pa.table(held)
    return len(rows if pc.all(good).as_py() else rows.filter(good))


def checked(path: Path) -> int:
    """Read, validated and held to a schema."""
    import scimrecon as sr

    return sr.read_export(path, schema=schema()).records


RIVALS: dict[str, tuple[str, Callable]] = {
    "pyarrow.csv to pandas": ("plain", with_pyarrow),
    "text rows": ("plain", text_rows),
    "read_export": ("plain", validated),
    "pyarrow.csv, all quoted": ("quoted", with_pyarrow),
    "text rows, all quoted": ("quoted", text_rows),
    "pandas with calamine": ("sheet", with_calamine),
    "read_export, sheet": ("sheet", validated),
    "checks by hand": ("plain", by_hand),
    "schema": ("plain", with_schema),
    "checks by hand, 1 % fail": ("failing", by_hand),
    "schema, 1 % fail": ("failing", with_schema),
    "read_export, schema": ("plain", checked),
    "read_export, schema, 1 %": ("failing", checked),
}
"""By name: the file, and what is done with it."""
ASKED = [
    ("text rows", "pyarrow.csv to pandas", 1.3),
    ("read_export", "pyarrow.csv to pandas", 2.5),
    ("text rows, all quoted", "pyarrow.csv, all quoted", None),
    ("read_export, sheet", "pandas with calamine", 1.3),
    ("schema", "checks by hand", 1.5),
    ("schema, 1 % fail", "checks by hand, 1 % fail", 1.5),
    ("read_export, schema, 1 %", "read_export, schema", 1.2),
]
"""Whose CPU, in relation to whose, and at most how much."""


def spent() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def held_bytes() -> int:
    """Memory at its height since it was last forgotten; `resource` knows the height of the process that started this one, too."""
    return int(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]) * 1024


def forget_height() -> None:
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def write(folder: Path, rows: int) -> None:
    """Write every file, and a short one of its kind beside it."""
    for suffix, size in (("-few", 50), ("", rows)):
        write_csv(folder / f"plain{suffix}", size)
        write_csv(folder / f"quoted{suffix}", size, quoting=csv.QUOTE_ALL)
        write_csv(folder / f"failing{suffix}", size, failing=0.01)
        write_xlsx(folder / f"sheet{suffix}", max(size // SHEET_SHARE, 50))


def run(name: str, folder: Path) -> None:
    """Do it once on a few rows, so that everything is imported, and once on all of them; print CPU seconds, bytes and rows."""
    file, rival = RIVALS[name]
    wants_table = rival in (by_hand, with_schema)
    few, path = folder / f"{file}-few", folder / file
    rival(read_table(few) if wants_table else few)
    given = read_table(path) if wants_table else path
    forget_height()
    before, begun = held_bytes(), spent()
    rows = rival(given)
    print(spent() - begun, held_bytes() - before, rows)


def measure(folder: Path) -> tuple[dict[str, float], dict[str, float]]:
    """Run each rival in turn, in a process of its own: medians of CPU seconds, and of bytes."""
    seconds: dict[str, list[float]] = {name: [] for name in RIVALS}
    grown: dict[str, list[float]] = {name: [] for name in RIVALS}
    for _ in range(ROUNDS):
        for name in RIVALS:
            told = subprocess.run([sys.executable, __file__, "--run", name, folder], check=True, capture_output=True, text=True)
            cpu, memory, _ = told.stdout.split()
            seconds[name].append(float(cpu))
            grown[name].append(float(memory))
    return tuple({name: statistics.median(each) for name, each in figures.items()} for figures in (seconds, grown))


def main(rows: int) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run([sys.executable, __file__, "--write", folder, str(rows)], check=True)
        sizes = ", ".join(f"{file} {(folder / file).stat().st_size / 2**20:.0f} MiB" for file in ("plain", "quoted", "sheet"))
        print(f"{rows:,} rows of {len(COLUMNS)} columns ({sizes}; the sheet has {rows // SHEET_SHARE:,}); medians of {ROUNDS}")
        seconds, grown = measure(folder)
    for name in RIVALS:
        print(f"{name:26} cpu {seconds[name]:7.3f} s   memory {grown[name] / 2**20:6.0f} MiB")
    for ours, theirs, asked in ASKED:
        limit = f"   asked {asked}" if asked else ""
        print(f"{ours:26} : {theirs:26} cpu {seconds[ours] / seconds[theirs]:5.2f}{limit}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--run"]:
        run(sys.argv[2], Path(sys.argv[3]))
    elif sys.argv[1:2] == ["--write"]:
        write(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
