"""An export beside the one before it: what came, went and changed, and what is missing that was there."""

import pytest

import scimrecon as sr
from scimrecon.errors import ExportError

HEADER = "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email"


@pytest.fixture
def write(tmp_path):
    """Write an export of these records."""

    def write(name, *records, header=HEADER):
        path = tmp_path / name
        path.write_text("\n".join([header, *records]) + "\n", encoding="utf-8")
        return path

    return write


def people(number, start=0, mail="@example.com"):
    return [f"{each:06},Active,Pat,O'Brien,p{each}{mail}" for each in range(start, start + number)]


def found(export, finding):
    return export.findings[export.findings["finding"] == finding][["severity", "column", "count", "detail"]].to_numpy().tolist()


def test_rows_are_counted_as_added_removed_and_changed_by_the_best_key(write):
    before = write("may.csv", *people(10))
    records = [*people(8, 3), ""]
    records[0] = records[0].replace("Pat", "Zoë")
    records[1] = records[1].replace("Pat", "")
    export = sr.read_export(write("june.csv", *records), previous=before)
    ((severity, _, count, detail),) = found(export, "since_previous")
    assert (severity, count) == ("info", 6)
    assert detail.endswith("may.csv': 1 row added, 3 removed, 2 changed, by 'Employee_ID'")
    assert "1 row added, 3 removed, 2 changed" in export._repr_html_()


def test_an_export_is_a_previous_one_too_and_the_same_file_changes_nothing(write):
    path = write("may.csv", *people(3))
    export = sr.read_export(path, previous=sr.read_export(path))
    assert ": 0 rows added, 0 removed, 0 changed" in found(export, "since_previous")[0][3]
    assert set(export.findings["severity"]) == {"info"}


def test_columns_gained_and_lost_are_named(write):
    before = write("may.csv", "000001,Active,Pat,O'Brien,p@x,Cork", header=HEADER + ",Building")
    export = sr.read_export(write("june.csv", "000001,Active,Pat,O'Brien,p@x,3", header=HEADER + ",Floor"), previous=before)
    assert found(export, "since_previous")[0][3].endswith("columns gained: Floor; columns lost: Building")
    assert found(export, "column_lost") == []


@pytest.mark.parametrize(("rows", "severity"), [(81, None), (79, "amber"), (51, "amber"), (49, "red")])
def test_a_file_with_far_fewer_records_is_a_finding(write, rows, severity):
    export = sr.read_export(write("june.csv", *people(rows)), previous=write("may.csv", *people(100)))
    assert [(row[0], row[2]) for row in found(export, "fewer_rows")] == ([(severity, 100 - rows)] if severity else [])


def test_a_mapped_column_that_vanished_or_went_blank_is_red_until_accepted(write):
    before = write("may.csv", *people(3))
    blank = write("blank.csv", *people(3)).read_text(encoding="utf-8")
    lines = [line.rsplit(",", 1)[0] for line in blank.splitlines()[1:]]
    blanked = sr.read_export(write("june.csv", *(f"{line}," for line in lines)), previous=before)
    assert [row[:3] for row in found(blanked, "column_blanked")] == [["red", "Email", 3]]
    lost = write("july.csv", *lines, header=HEADER.rsplit(",", 1)[0])
    assert [row[:3] for row in found(sr.read_export(lost, previous=before), "column_lost")] == [["red", "Email", 3]]
    accepted = sr.read_export(lost, previous=before, accept=["column_lost"])
    assert [row[:3] for row in found(accepted, "column_lost")] == [["amber", "Email", 3]]


def test_a_column_under_another_of_its_names_is_not_lost(write):
    before = write("may.csv", *people(3))
    export = sr.read_export(write("june.csv", *people(3), header=HEADER.replace("Email", "primaryWorkEmail")), previous=before)
    assert found(export, "column_lost") == []


def test_rows_without_a_key_or_with_a_repeated_one_are_not_guessed_at(write):
    before = write("may.csv", *people(3), *people(1))
    export = sr.read_export(write("june.csv", *people(3)), previous=before)
    assert "1 row added, 0 removed, 0 changed" in found(export, "since_previous")[0][3]
    generic = [write(name, *rows, header="Name,Town") for name, rows in (("a.csv", ["Abel,Cork"]), ("b.csv", ["Abel,Cork"] * 3))]
    assert "3 rows, before 1; no key" in found(sr.read_export(generic[1], previous=generic[0]), "since_previous")[0][3]


def test_an_export_of_another_kind_is_refused(write):
    other = sr.read_export(write("other.csv", "Abel,Cork", header="Name,Town"))
    with pytest.raises(ExportError, match="was read by preset 'generic', this file by 'workday'"):
        sr.read_export(write("may.csv", *people(3)), previous=other)
