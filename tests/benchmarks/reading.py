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
import time
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
