"""Files that real directories and products wrote: read whole, by counts that each test takes from the raw file itself."""

import csv
import io
import json
import re

import pandas as pd
import pytest
from fuzz import ldif_judge
from others_files import EXPORTS, needs_exports

import scimrecon as sr
from scimrecon.exports import read_values
from scimrecon.exports.ldif_table import read_ldif
from scimrecon.values import normalise_dn

pytestmark = needs_exports
PAGE = "scim-rfc7644-3.4.3-list_response-post_query.json"  # two of a hundred, and it says so
NAMES = sorted(path.name for path in EXPORTS.glob("*") if path.suffix in (".ldif", ".ldf", ".csv", ".json"))


def octets_of(name: str) -> bytes:
    """The file in UTF-8, lines ended by LF."""
    data = (EXPORTS / name).read_bytes()
    return (data.decode("utf-16").encode() if data.startswith(b"\xff\xfe") else data).replace(b"\r\n", b"\n")


def count_of(name: str) -> int:
    """People in a file, counted on our own."""
    if name.endswith(".csv"):
        return sum(1 for record in csv.reader(io.StringIO(octets_of(name).decode("utf-8-sig"))) if record) - 1
    if name.endswith(".json"):
        content = json.loads(octets_of(name))
        return len(content.get("Resources", [content]))
    return len(re.findall(rb"^dn:", octets_of(name), re.MULTILINE))


@pytest.mark.parametrize("name", NAMES)
def test_every_person_of_a_real_file_is_a_row(name):
    export = sr.read_export(EXPORTS / name)
    assert (len(export.rows), len(export.rejects)) == (count_of(name), 0)
    red = export.findings.query("severity == 'red'")["finding"].tolist()
    assert red == (["truncated"] if name == PAGE else [])


def test_there_are_as_many_files_as_their_list_says():
    listed = (EXPORTS / "SOURCES.tsv").read_text().splitlines()[1:]
    assert [line.split("\t")[0] for line in listed if line.split("\t")[0] not in NAMES] == []
    assert len(listed) == len(NAMES)


@pytest.mark.parametrize("name", [name for name in NAMES if name.endswith((".ldif", ".ldf"))])
def test_every_line_of_a_real_ldif_file_is_a_value_of_its_row(name):
    data = octets_of(name)
    ldif_judge.judge(read_ldif(data, name), data)


@pytest.mark.parametrize(
    ("name", "entries", "encoded", "folds", "languages"),
    [
        ("openldap-2.5-ldapsearch-LLL.ldif", 2000, 9997, 777, 150),
        ("openldap-2.5-adlike-msuser-ldapsearch.ldif", 300, 2059, 753, 0),
        ("openldap-tests-nis_sample.ldif", 1265, 0, 0, 0),
    ],
)
def test_known_files_have_the_counts_that_are_known(name, entries, encoded, folds, languages):
    data = octets_of(name)
    raw = (
        len(re.findall(pattern, data, re.MULTILINE)) for pattern in (rb"^dn:", rb"^[^ #:]+:: ", rb"^ ", rb"^[^:]+;lang-[^:]*:")
    )
    assert tuple(raw) == (entries, encoded, folds, languages)
    rows = sr.read_export(EXPORTS / name).rows
    marked = rows[[column for column in rows.columns if ";lang-" in column]]
    assert (len(rows), int(marked.notna().to_numpy().sum())) == (entries, languages)


@pytest.fixture(scope="module")
def dumped():
    """The 2,000 entries as the server dumped them whole, by name."""
    return sr.read_export(EXPORTS / "openldap-2.5-ldapsearch-LLL.ldif").rows.set_index("dn")


@pytest.mark.parametrize("name", ["openldap-2.5-ldapsearch-noL-comments.ldif", "openldap-2.5-ldapsearch-L-versionline.ldif"])
def test_one_server_dumped_in_two_ways_gives_the_same_entries(dumped, name):
    part = sr.read_export(EXPORTS / name).rows.set_index("dn")
    whole = dumped.loc[part.index]
    assert len(part) in (10, 100)
    pd.testing.assert_frame_equal(part, whole[part.columns])
    if "noL" in name:
        assert whole.drop(columns=part.columns).isna().to_numpy().all()


def test_values_that_a_dump_put_into_files_are_blank_and_told(dumped):
    export = sr.read_export(EXPORTS / "openldap-2.5-ldapsearch-tt-fileurl.ldif")
    assert export.rows["dn"].isin(dumped.index).all()
    assert export.rows[["sn", "jpegPhoto"]].isna().to_numpy().all()
    told = export.findings.query("finding == 'not_followed'").set_index("column")["count"]
    assert told.to_dict() == {"sn": 10, "jpegPhoto": 1}


def test_what_openldap_was_given_comes_back_from_its_search():
    """Its own test suite: an entry with options, and what the server answers; names and options come in lower case."""
    given, found = (
        sr.read_export(EXPORTS / f"openldap-tests-{name}.ldif").rows.iloc[0].dropna() for name in ("test-lang", "lang-out")
    )
    folded = {";".join(sorted(column.lower().split(";"))): cell for column, cell in given.items()}
    assert {";".join(sorted(column.lower().split(";"))): cell for column, cell in found.items()} == folded


def test_names_written_in_two_forms_by_openldaps_tests_are_equal_by_meaning():
    entry = (
        sr.read_export(EXPORTS / "openldap-tests-test-dn.ldif")
        .rows.set_index("dn")
        .loc["cn=Must Succeed,ou=LDAPv3,dc=example,dc=com"]
    )
    members, others = (normalise_dn(pd.Series(read_values(entry[column]), dtype="str")) for column in ("member", "seeAlso"))
    assert len(others) == 3
    assert others.isin(members).all()
