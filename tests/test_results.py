"""What is told of a run: its frames, its file, and the export with an outcome beside every record."""

import csv
import sqlite3
from contextlib import closing
from dataclasses import replace

import openpyxl
import pandas as pd
import pytest
from fake_scim import TOKEN, FakeScim, Fault, analyst, scim_error

from scimrecon import schemas
from scimrecon.apply import apply_plan
from scimrecon.client import connect
from scimrecon.diff import compare
from scimrecon.errors import NotConverged, RunError, ScimReconError
from scimrecon.exports import read_export
from scimrecon.journal import Outcome
from scimrecon.mapping import map_users
from scimrecon.plan import plan_puts
from scimrecon.results import STATUS_OF, open_run
from scimrecon.users import fetch_users

pytestmark = pytest.mark.usefixtures("folder")

PRESENT = ["alvarez", "brand", "costa", "dumas", "eriksen", "obrien"]
CSV = """Mail,Title,Nick
alvarez@example.com,Lead Analyst,
brand@example.com,Lead Analyst,
nobody@example.com,Lead Analyst,
costa@example.com,Analyst,
broken@example.com,Lead, Analyst,
eriksen@example.com,Lead Analyst,
,Lead Analyst,
obrien@example.com,Lead Analyst,Biddy
dumas@example.com,ANALYST,
"""
"""Line 4 is no user of the target, line 6 has a cell too many, line 8 has no key; Costa and Dumas hold it already."""


@pytest.fixture
def server():
    with FakeScim([analyst(user_id) for user_id in [*PRESENT, "yusuf"]]) as server:
        yield server


@pytest.fixture
def target(server):
    return connect(server)


@pytest.fixture
def export(folder):
    (folder / "hr.csv").write_text(CSV)
    return read_export(folder / "hr.csv")


@pytest.fixture
def diff(target, export):
    desired = map_users(export, {"userName": "Mail", "title": "Title", "nickName": "Nick"})
    return compare(desired, fetch_users(target), on="userName", accept=["many_rejects"])


@pytest.fixture
def plan(diff, target):
    """Eriksen is not ticked, and of O'Brien's two changes one is."""
    return plan_puts(diff.select(["alvarez:title", "brand:title", "obrien:title"]), target)


@pytest.fixture
def results(server, target, plan):
    """Brand is refused; the others are applied."""
    server.faults["brand"] = scim_error(400, "title is too long", scimType="invalidValue")
    return apply_plan(plan, target, dry_run=False, concurrency=1, note="CHG0041234")


FRAMES = {"frame": schemas.Outcomes, "steps": schemas.Steps, "changes": schemas.AttributeResults, "users": schemas.UserStatuses}


@pytest.mark.parametrize("name", FRAMES)
@pytest.mark.parametrize("dry_run", [True, False])
def test_every_frame_of_a_run_is_as_its_model_promises(target, plan, name, dry_run):
    frame = getattr(apply_plan(plan, target, dry_run=dry_run), name)

    assert len(frame)
    FRAMES[name].validate(frame)
    assert list(frame.columns) == schemas.columns(FRAMES[name])


@pytest.mark.parametrize("name", FRAMES)
def test_every_frame_of_an_empty_run_is_as_its_model_promises(diff, target, name):
    results = apply_plan(plan_puts(diff.select([]), target), target, dry_run=False)

    FRAMES[name].validate(getattr(results, name))


@pytest.mark.parametrize("name", FRAMES)
def test_nobody_writes_into_results(results, name):
    mine = getattr(results, name)
    mine["user_id"] = "nobody"

    assert "nobody" not in getattr(results, name)["user_id"].tolist()


def test_there_is_one_row_a_user_of_the_plan_in_its_order(results, plan):
    assert results.frame["user_id"].tolist() == plan.requests["user_id"].tolist() == ["alvarez", "brand", "obrien"]
    assert results.frame["source_line"].tolist() == [2, 3, 9]
    assert results.frame["key"].tolist() == ["alvarez@example.com", "brand@example.com", "obrien@example.com"]
    assert results.frame["paths"].tolist() == ["title"] * 3


def test_steps_hold_one_row_an_exchange_in_the_order_they_went_out(server, results):
    asked = [(one.method, one.user_id, one.status) for one in server.log if one.user_id]

    told = results.steps[["method", "user_id", "http_status"]].itertuples(index=False, name=None)
    assert list(told) == asked
    kinds = {("GET", "read"), ("PUT", "prove"), ("PUT", "write"), ("GET", "read_back")}
    assert set(zip(results.steps["method"], results.steps["step"], strict=True)) <= kinds
    assert (results.steps["seconds"] > 0).all()


def test_a_step_that_failed_says_how(results):
    failed = results.steps[results.steps["error"].notna()]

    assert failed["user_id"].tolist() == ["brand"]
    assert "400 invalidValue title is too long" in failed["error"].iloc[0]


def test_a_step_without_an_answer_has_no_status(server, target, plan):
    server.faults["obrien"] = Fault(closes=True, done=True)

    steps = apply_plan(plan, target, dry_run=False).steps

    lost = steps[(steps["user_id"] == "obrien") & (steps["step"] == "write")].iloc[0]
    assert pd.isna(lost["http_status"])
    assert "the connection broke" in lost["error"]


def test_a_changes_row_says_what_was_asked_sent_and_found(server, target, plan):
    server.faults["obrien"] = Fault(done=True, stores=lambda sent: {**sent, "title": "Analyst II"})
    server.faults["brand"] = Fault(method="GET", closes=True)

    changes = apply_plan(plan, target, dry_run=False, concurrency=1).changes

    told = changes[["before", "desired", "sent", "read_back"]].astype(object).where(lambda frame: frame.notna(), None)
    assert told.loc["alvarez:title"].tolist() == ["Analyst", "Lead Analyst", "Lead Analyst", "Lead Analyst"]
    assert told.loc["obrien:title"].tolist() == ["Analyst", "Lead Analyst", "Lead Analyst", "Analyst II"]
    assert told.loc["brand:title"].tolist() == ["Analyst", "Lead Analyst", None, None]


def test_versions_before_and_after_tell_who_was_written(results):
    versions = results.frame.set_index("user_id")[["version_before", "version_after"]]

    assert versions.loc["alvarez"].tolist() == ['W/"1"', 'W/"2"']
    assert versions.loc["brand", "version_before"] == 'W/"1"'
    assert pd.isna(versions.loc["brand", "version_after"])


def test_every_outcome_has_a_coarse_status_the_frame_knows():
    outcomes = schemas.Outcomes.to_schema().columns["outcome"].checks[0].statistics["allowed_values"]
    statuses = schemas.Outcomes.to_schema().columns["status"].checks[0].statistics["allowed_values"]

    assert {outcome.value for outcome in STATUS_OF} == set(outcomes)
    assert set(STATUS_OF.values()) == set(statuses)


@pytest.mark.parametrize("name", FRAMES)
def test_a_run_reads_back_from_its_file_as_it_was(results, name):
    pd.testing.assert_frame_equal(getattr(open_run(results.path), name), getattr(results, name))


def test_a_run_file_knows_its_note_and_place(results):
    again = open_run(str(results.path))

    assert again.note == "CHG0041234"
    assert again.path == results.path


def test_reading_a_run_leaves_its_file_as_it_was(results, folder):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}

    open_run(results.path)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.parametrize("content", [b"", b"a shopping list", b"SQLite format 3\0 and then nothing"])
def test_a_file_that_is_no_run_is_refused_by_name(folder, content):
    (folder / "list.run").write_bytes(content)

    with pytest.raises(RunError, match=r"list\.run: not a run file"):
        open_run(folder / "list.run")


def test_a_missing_run_is_refused_by_name_and_not_made(folder):
    with pytest.raises(RunError, match=r"none\.run: there is no such file"):
        open_run(folder / "none.run")

    assert not (folder / "none.run").exists()


def test_annotate_tells_of_every_record_of_the_file_in_its_order(results, export):
    told = results.annotate(export)

    assert told.index.tolist() == [2, 3, 4, 5, 6, 7, 8, 9, 10]
    assert told["outcome"].to_dict() == {
        2: "applied",
        3: "rejected",
        4: "source_only",
        5: "in_sync",
        6: "reject",
        7: "not_ticked",
        8: "invalid_source",
        9: "applied",
        10: "cosmetic",
    }
    assert told["reason"].notna().all()
    assert told.loc[2, "reason"].startswith("title: every ticked attribute holds what was asked")
    assert told.loc[3, "reason"] == "title: the target refused: 400 invalidValue title is too long"
    assert told.loc[7, "reason"] == "differs: 1 can be ticked (title)"
    assert "4 cells, the header has 3" in told.loc[6, "reason"]
    assert told["user_id"].dropna().to_dict() == {2: "alvarez", 3: "brand", 5: "costa", 7: "eriksen", 9: "obrien", 10: "dumas"}


def test_annotate_keeps_the_cells_of_every_record_as_read(results, export):
    told = results.annotate(export)

    assert list(told.columns) == ["Mail", "Title", "Nick", "user_id", "outcome", "reason"]
    pd.testing.assert_frame_equal(told.loc[export.rows.index, ["Mail", "Title", "Nick"]], export.rows)
    assert told.loc[6, "Mail"] == "broken@example.com"
    assert told.loc[6, "Title"] == "Lead"


def test_annotate_tells_its_columns_from_the_exports_own(target, folder):
    """An annotated file, mended and read again, has them already."""
    (folder / "again.csv").write_text("Mail,Title,outcome,reason\nalvarez@example.com,Lead Analyst,rejected,too long\n")
    export = read_export(folder / "again.csv")
    diff = compare(map_users(export, {"userName": "Mail", "title": "Title"}), fetch_users(target), on="userName")

    told = apply_plan(plan_puts(diff.select(diff.changes.index), target), target).annotate(export)

    assert list(told.columns) == ["Mail", "Title", "outcome_export", "reason_export", "user_id", "outcome", "reason"]
    assert told.loc[2, ["outcome_export", "outcome"]].tolist() == ["rejected", "would_apply"]


def test_annotate_from_the_run_file_says_the_same(results, export):
    pd.testing.assert_frame_equal(open_run(results.path).annotate(export), results.annotate(export))


def test_annotate_needs_no_rejects(target, folder):
    (folder / "good.csv").write_text("Mail,Title\nalvarez@example.com,Lead Analyst\n")
    export = read_export(folder / "good.csv")
    diff = compare(map_users(export, {"userName": "Mail", "title": "Title"}), fetch_users(target), on="userName")
    results = apply_plan(plan_puts(diff.select(diff.changes.index), target), target)

    told = results.annotate(export)

    assert told["outcome"].to_dict() == {2: "would_apply"}
    assert told["user_id"].to_dict() == {2: "alvarez"}


def test_annotate_of_a_file_of_rejects_alone_tells_of_each(target, folder):
    (folder / "bad.csv").write_text("Mail,Title\na,b,c\nd\n")
    export = read_export(folder / "bad.csv")
    desired = map_users(export, {"userName": "Mail"})
    diff = compare(desired, fetch_users(target), on="userName", accept=export.findings["finding"])

    told = apply_plan(plan_puts(diff.select([]), target), target).annotate(export)

    assert told["outcome"].to_dict() == {2: "reject", 3: "reject"}


def test_annotate_refuses_another_file_since_its_lines_are_other_peoples(results, folder):
    (folder / "other.csv").write_text("Mail,Title\nzhang@example.com,Lead Analyst\n")

    with pytest.raises(RunError, match=r"other\.csv: the run came from another file"):
        results.annotate(read_export(folder / "other.csv"))


def test_annotate_refuses_a_run_of_a_frame_whose_index_is_no_lines(target, export):
    counted = pd.DataFrame({"userName": ["alvarez@example.com", "brand@example.com"], "title": "Lead Analyst"}, dtype="str")
    diff = compare(counted, fetch_users(target), on="userName")
    results = apply_plan(plan_puts(diff.select(diff.changes.index), target), target)

    with pytest.raises(RunError, match=r"hr\.csv: no record starts on line 0, of which the run tells"):
        results.annotate(export)


def test_annotate_tells_of_a_bare_frame_whose_index_is_lines_of_the_file(target, export):
    lines = pd.Index([3, 9], name="source_line")
    bare = pd.DataFrame({"userName": ["brand@example.com", "obrien@example.com"], "title": "Lead Analyst"}, lines, dtype="str")
    diff = compare(bare, fetch_users(target), on="userName")

    told = apply_plan(plan_puts(diff.select(diff.changes.index), target), target).annotate(export)

    assert told.loc[told["outcome"] == "would_apply", "user_id"].to_dict() == {3: "brand", 9: "obrien"}


def test_annotate_says_which_rows_were_left_out_before_comparing(target, export):
    some = export.rows.loc[[2, 3]]
    diff = compare(map_users(some, {"userName": "Mail", "title": "Title"}), fetch_users(target), on="userName")
    results = apply_plan(plan_puts(diff.select(diff.changes.index), target), target)

    told = results.annotate(export)

    assert told.loc[2, "outcome"] == "would_apply"
    assert told.loc[9, "outcome"] == "not_compared"
    assert told.loc[6, "outcome"] == "reject"


def test_annotate_tells_of_a_line_once_though_two_of_its_cells_were_rejected(target, folder):
    header = "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email"
    (folder / "workday.csv").write_text(
        f"{header}\n,Active,Bríd,O'Brien,no address\n0042,Active,Inés,Álvarez,alvarez@example.com\n"
    )
    export = read_export(folder / "workday.csv")
    diff = compare(map_users(export, {"userName": "Email"}), fetch_users(target), on="userName", accept=["many_rejects"])

    told = apply_plan(plan_puts(diff.select([]), target), target).annotate(export)

    assert told["outcome"].to_dict() == {2: "reject", 3: "in_sync"}
    assert told.loc[2, "Legal_Last_Name"] == "O'Brien"


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_the_outcomes_go_to_csv_as_they_are(results, folder):
    results.to_csv(folder / "outcomes.csv")

    header, *rows = read_csv(folder / "outcomes.csv")
    assert header == schemas.columns(schemas.Outcomes)
    assert [row[0] for row in rows] == ["alvarez", "brand", "obrien"]


def test_an_annotated_export_goes_to_csv_with_its_lines(results, export, folder):
    results.to_csv(str(folder / "annotated.csv"), export=export)

    header, *rows = read_csv(folder / "annotated.csv")
    assert header == ["source_line", "Mail", "Title", "Nick", "user_id", "outcome", "reason"]
    assert [row[0] for row in rows] == ["2", "3", "4", "5", "6", "7", "8", "9", "10"]
    assert rows[1][:6] == ["3", "brand@example.com", "Lead Analyst", "", "brand", "rejected"]


def test_what_the_target_said_is_no_formula_in_any_file(server, target, plan, export, folder):
    server.faults["brand"] = scim_error(400, '=HYPERLINK("https://evil.example")', scimType="@SUM(A1)")
    results = apply_plan(plan, target, dry_run=False)

    results.to_csv(folder / "outcomes.csv")
    results.to_excel(folder / "outcomes.xlsx", export=export)

    brand = dict(zip(*(read_csv(folder / "outcomes.csv")[row] for row in (0, 2)), strict=True))
    assert brand["detail"] == '\'=HYPERLINK("https://evil.example")'
    assert brand["scim_type"] == "'@SUM(A1)"
    cells = [cell for sheet in openpyxl.load_workbook(folder / "outcomes.xlsx") for row in sheet.iter_rows() for cell in row]
    assert '=HYPERLINK("https://evil.example")' in {cell.value for cell in cells}
    assert {cell.data_type for cell in cells if isinstance(cell.value, str)} == {"s"}


def test_an_excel_file_has_a_sheet_a_frame(results, export, folder):
    results.to_excel(folder / "results.xlsx")
    results.to_excel(folder / "annotated.xlsx", export=export)

    book = openpyxl.load_workbook(folder / "annotated.xlsx")
    assert openpyxl.load_workbook(folder / "results.xlsx").sheetnames == ["outcomes", "changes", "steps"]
    assert book.sheetnames == ["outcomes", "changes", "steps", "export"]
    assert [cell.value for cell in book["outcomes"][1]] == schemas.columns(schemas.Outcomes)
    assert [cell.value for cell in book["changes"][1]] == ["change_id", *schemas.columns(schemas.AttributeResults)]
    assert [cell.value for cell in book["export"][2]][:3] == [2, "alvarez@example.com", "Lead Analyst"]
    assert [book[name].max_row for name in book.sheetnames] == [4, 4, len(results.steps) + 1, 10]


@pytest.mark.parametrize("write", ["to_csv", "to_excel"])
def test_the_export_itself_is_not_overwritten(results, export, folder, write):
    with pytest.raises(RunError, match="this is the export itself; write to another file"):
        getattr(results, write)("hr.csv", export=export)

    assert (folder / "hr.csv").read_text() == CSV


def test_a_run_converged_if_everyone_holds_what_was_asked(server, target, plan):
    server.edit("obrien", title="Lead Analyst")

    results = apply_plan(plan, target, dry_run=False)

    assert set(results.frame["outcome"]) == {"applied", "noop"}
    results.assert_converged()


def test_a_run_of_nobody_converged(diff, target):
    apply_plan(plan_puts(diff.select([]), target), target, dry_run=False).assert_converged()


@pytest.mark.parametrize("outcome", Outcome)
def test_only_applied_and_noop_are_what_was_asked(results, outcome):
    held = results.frame.assign(outcome=["applied", outcome.value, "noop"])

    if outcome in (Outcome.APPLIED, Outcome.NOOP):
        replace(results, frame=held).assert_converged()
    else:
        with pytest.raises(NotConverged, match=rf"1 of 3 users did not end with what was asked: 1 {outcome}\."):
            replace(results, frame=held).assert_converged()


def test_who_did_not_converge_is_named_with_the_reason_and_what_to_do(results):
    with pytest.raises(NotConverged) as caught:
        results.assert_converged()

    assert str(caught.value) == (
        "1 of 3 users did not end with what was asked: 1 rejected. brand@example.com (rejected): the target refused: 400 "
        "invalidValue title is too long. Fetch the users and compare again to see what is left."
    )
    assert isinstance(caught.value, AssertionError)
    assert isinstance(caught.value, ScimReconError)


def test_who_may_succeed_another_time_is_left_to_resume(results):
    frame = results.frame.assign(outcome=["unknown", "rejected", "throttled"], reason="no answer. " * 50, user_name=None)

    with pytest.raises(NotConverged, match=r"1 unknown, 1 rejected, 1 throttled\. alvarez \(unknown\): no answer\.") as caught:
        replace(results, frame=frame).assert_converged()

    assert f"resume('{results.path}', target) goes on with who is unknown, throttled. Fetch the users" in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_a_dry_run_converges_to_nothing(plan, target):
    with pytest.raises(NotConverged, match=r"3 would_apply\. .*This was a dry run: apply_plan\(plan, target, dry_run=False\)"):
        apply_plan(plan, target).assert_converged()


def test_a_repr_counts_the_outcomes(results):
    assert repr(results).startswith(f"Results(applied=2, rejected=1, path='{results.path}', the target refused: 400")


def test_the_html_shows_what_did_not_go_well_first_and_escapes_it(server, target, plan):
    server.faults["brand"] = scim_error(400, "<script>alert(1)</script>")

    page = apply_plan(plan, target, dry_run=False)._repr_html_()

    assert "brand@example.com" in page
    assert "alvarez@example.com" not in page
    assert "<script>" not in page
    assert TOKEN not in page


def test_the_html_of_a_dry_run_says_that_nothing_was_sent(plan, target):
    assert "Dry run: nothing was sent" in apply_plan(plan, target)._repr_html_()


@pytest.mark.parametrize("statement", ["UPDATE users SET outcome = 'fine'", "UPDATE run SET value = '[7]' WHERE name = 'source'"])
def test_a_run_file_with_outlandish_rows_is_told_to_be_damaged(results, statement):
    with closing(sqlite3.connect(results.path)) as connection, connection:
        connection.execute(statement)

    with pytest.raises(RunError, match=r"damaged, or changed by hand|not a run file"):
        open_run(results.path)


def test_open_run_takes_a_path(results):
    with pytest.raises(RunError, match="open_run takes the path of a run file, not Results"):
        open_run(results)
