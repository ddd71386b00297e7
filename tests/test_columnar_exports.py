"""Parquet and Arrow files: texts as they are, every other type as one text, and nothing beyond bounds."""

import datetime as dt
import decimal
import io

import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.parquet as pq
import pytest

import scimrecon as sr
from scimrecon.errors import ExportError

PEOPLE = {"Name": ["O'Brien", "Null", "", None, "000417"], "Title": pa.array(["a", "a", None, "b", " "]).dictionary_encode()}


def parquet(table, path):
    pq.write_table(table, path)


def arrow_file(table, path):
    with pa.ipc.new_file(path, table.schema) as writer:
        writer.write_table(table)


def compressed_feather(table, path):
    feather.write_feather(table, str(path), compression="lz4")


@pytest.fixture(params=[parquet, arrow_file, compressed_feather])
def export_of(request, tmp_path):
    """Read an export of these columns."""

    def read(columns):
        request.param(pa.table(columns), tmp_path / "people")
        return sr.read_export(tmp_path / "people")

    return read


def test_texts_stay_what_they_are_and_rows_are_numbered(export_of):
    export = export_of(PEOPLE)
    assert export.rows["Name"].to_dict() == {1: "O'Brien", 2: "Null", 3: pytest.approx(float("nan"), nan_ok=True),
                                             4: pytest.approx(float("nan"), nan_ok=True), 5: "000417"}  # fmt: skip
    assert export.rows["Title"].dropna().tolist() == ["a", "a", "b", " "]
    assert export.rows.dtypes.eq("str").all()
    assert export.rows.index.name == "source_line"
    assert "converted" not in set(export.findings["finding"])
    assert export.format in ("Parquet", "Arrow")


UTC = dt.UTC


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([True, False, None], pa.bool_(), ["true", "false", None]),
        ([417, -1], pa.int64(), ["417", "-1"]),
        ([2**64 - 1], pa.uint64(), ["18446744073709551615"]),
        ([417.0, None, 1.5, float("nan"), 1e300], pa.float64(), ["417", None, "1.5", None, "1e+300"]),
        ([decimal.Decimal("1.10")], pa.decimal128(9, 2), ["1.10"]),
        ([dt.date(2024, 2, 29)], pa.date32(), ["2024-02-29"]),
        ([dt.datetime.fromisoformat("2024-02-29T14:05")], pa.timestamp("ms"), ["2024-02-29T14:05:00"]),
        ([dt.datetime(2024, 2, 29, 14, 5, 0, 250_000, UTC)], pa.timestamp("ms", "Europe/Dublin"), ["2024-02-29T14:05:00.250Z"]),
        ([b"\x00\xff"], pa.binary(), ["AP8="]),
        (["Zoë".encode()], pa.binary(), ["Zoë"]),
        ([["a@x", "b@x"], ["c@x"], [], None, ["", None]], pa.list_(pa.string()), ['["a@x", "b@x"]', "c@x", None, None, None]),
        ([[1, 2]], pa.list_(pa.int32()), ['["1", "2"]']),
        ([None, None], pa.null(), [None, None]),
    ],
)
def test_every_type_has_one_text(export_of, values, kind, texts):
    export = export_of({"Key": [str(number) for number in range(len(values))], "Cell": pa.array(values, kind)})
    assert [None if pd.isna(cell) else cell for cell in export.rows["Cell"]] == texts


def test_what_was_converted_is_a_finding(export_of):
    export = export_of({"Mail": ["a@x", "b@x"], "Id": [417.0, None], "Long": [1e17, 2.0], "Hired": [dt.date(2024, 2, 29)] * 2})
    found = export.findings.query("finding in ('converted', 'mangled_number')")
    assert found[["finding", "severity", "column", "count"]].to_numpy().tolist() == [
        ["converted", "amber", "Id", 1],
        ["mangled_number", "amber", "Long", 1],
        ["converted", "amber", "Long", 2],
        ["converted", "info", "Hired", 2],
    ]


def test_members_of_a_structure_are_columns(export_of):
    export = export_of({"userName": ["a"], "name": [{"givenName": "Pat", "familyName": "O'Brien"}]})
    assert export.rows.loc[1].to_dict() == {"userName": "a", "name.givenName": "Pat", "name.familyName": "O'Brien"}


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"emails": pa.array([[{"value": "a@x"}]])}, "column 'emails' holds struct"),
        ({"For": pa.array([dt.timedelta(1)])}, "column 'For' holds duration"),
        ({" ": ["a"]}, "column 1 has no name"),
    ],
)
def test_a_column_that_is_no_text_is_refused_by_name(export_of, columns, words):
    with pytest.raises(ExportError, match=words):
        export_of(columns)


@pytest.mark.parametrize("content", [b"PAR1 and so on PAR1", b"ARROW1\0\0 and so on", b"PAR1", b"ARROW1"])
def test_a_damaged_file_is_refused(tmp_path, content):
    (tmp_path / "people").write_bytes(content)
    with pytest.raises(ExportError, match="damaged"):
        sr.read_export(tmp_path / "people")


@pytest.mark.timeout(60)
def test_a_small_file_that_holds_a_huge_table_is_refused(tmp_path):
    long = pa.DictionaryArray.from_arrays(pa.array([0] * 100_000, pa.int32()), pa.array(["x" * 100_000]))
    written = io.BytesIO()
    pq.write_table(pa.table({"Note": long}), written, compression="zstd")
    assert len(written.getvalue()) < 10_000
    (tmp_path / "people").write_bytes(written.getvalue())
    with pytest.raises(ExportError, match="too large a table"):
        sr.read_export(tmp_path / "people")


def test_a_table_of_a_known_preset_is_mapped(export_of):
    export = export_of({"userPrincipalName": ["a@x"], "displayName": ["A"], "id": ["1"], "accountEnabled": [True],
                        "usageLocation": ["IE"]})  # fmt: skip
    assert export.preset == "entra"
    assert sr.map_users(export, export.mapping).frame["active"].tolist() == ["true"]
