"""LDIF (RFC 2849): every byte is part of an entry, of noise or of a reject, and no value is bent."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st
from others_files import EXPORTS, needs_exports

import scimrecon as sr
from scimrecon.exports import read_values, write_values
from scimrecon.exports.ldif import looks_like_ldif, read_blocks
from scimrecon.exports.ldif_table import read_ldif


@pytest.fixture
def export_of(tmp_path):
    def read(content, **options):
        path = tmp_path / "people.ldif"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return sr.read_export(path, **options)

    return read


# Our own writer, which shares nothing with the reader.


def line_of(name, value):
    octets = value.encode()
    safe = (
        octets.isascii() and not set(octets) & {0, 10, 13} and octets[:1] not in (b" ", b":", b"<") and not octets.endswith(b" ")
    )
    return f"{name}: ".encode() + octets if safe else f"{name}:: ".encode() + base64.b64encode(octets)


def fold(line, width):
    head, rest = line[:width], line[width:]
    return b"\n ".join([head, *(rest[at : at + width - 1] for at in range(0, len(rest), width - 1))])


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc",)), max_size=20) | st.sampled_from(
    [" edge ", ":", "<file:///etc/passwd", "", "NA", "[]", '["a"]', "a\nb", "日本語", "00123", "x" * 200, "tab\there"]
)
NAMES = st.sampled_from(["cn", "mail", "sn", "givenName;lang-ja", "l", "description", "telephoneNumber"])
ENTRIES = st.lists(st.dictionaries(NAMES, st.lists(TEXTS, min_size=1, max_size=3), max_size=4), max_size=6)


@given(ENTRIES, st.integers(2, 80), st.sampled_from([b"\n", b"\r\n", b"\r"]), st.booleans(), st.booleans())
def test_what_is_written_is_read_again(entries, width, line_end, comments, wide):
    blocks = [b"version: 1"]
    for number, entry in enumerate(entries):
        lines = [
            line_of("dn", f"uid={number},dc=例"),
            *(line_of(name, value) for name, values in entry.items() for value in values),
        ]
        blocks.append(b"\n".join([b"# one\n  of them"] * comments + [fold(line, width) for line in lines]))
    data = (b"\n\n".join(blocks) + b"\n").replace(b"\n", line_end)
    table = read_ldif(data, "people.ldif")
    assert not table.rejected.lines
    rows = table.frame.to_dict("records")
    for number, (row, entry) in enumerate(zip(rows, entries, strict=True)):
        assert row.pop("dn") == f"uid={number},dc=例"
        held = {name: read_values(cell) for name, cell in row.items() if isinstance(cell, str)}
        assert held == {name: values for name, values in entry.items() if values != [""]}


@given(st.lists(TEXTS, min_size=1, max_size=4))
def test_a_cell_tells_its_values_apart(values):
    assert read_values(write_values(values)) == values


PIECES = st.sampled_from(
    [b"dn: uid=a,dc=x", b"dn: uid=b", b"cn: Ann", b"mail:: QW5u", b"mail:: Q$", b"sn:< file:///etc/passwd", b"# comment",
     b" fold", b"", b"", b"version: 1", b"changetype: modify", b"changetype: add", b"-", b"nonsense", b"search: 2",
     b"result: 0 Success", b"cn: \xff", b"ref: ldap://other", b"dn:", b":", b"cn;x;y: z", b"\xc3\xa9: x",
     b"bad name: x", b"control: 1.2"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=25), st.booleans())
def test_rows_rejects_and_noise_account_for_every_byte(lines, ended):
    data = b"\n".join(lines) + b"\n" * ended
    blocks = list(read_blocks(data, {}))
    assert [block.start for block in blocks] + [len(data)] == [0, *(block.end for block in blocks)]
    table = read_ldif(data, "people.ldif")
    entries = [block for block in blocks if block.dn is not None]
    rejects = [block for block in blocks if block.reason]
    assert table.frame.index.tolist() == [block.line for block in entries]
    assert list(table.rejected.lines) == [block.line for block in rejects]
    noise = [block for block in blocks if block.dn is None and not block.reason]
    allowed = (b"#", b" ", b"version: 1", b"search:", b"result:", b"ref:", b"control:")
    for block in noise:
        assert all(line.startswith(allowed) for line in data[block.start : block.end].split(b"\n") if line)
    for block in entries:
        assert data.split(b"\n")[block.line - 1].startswith(
            (b"dn:", b"#", b"version: 1", b"search", b"result", b"ref", b"control")
        )


def test_values_folded_inside_characters_are_joined_before_they_are_decoded(export_of):
    raw = "dn: uid=a,dc=x\nobjectClass: person\ncn: Zoë\n".encode()
    export = export_of(raw.replace("ë".encode(), b"\xc3\n \xab"))
    assert export.rows["cn"].tolist() == ["Zoë"]


def test_attribute_names_keep_their_first_spelling_and_options_are_columns(export_of):
    export = export_of(
        "dn: uid=a,dc=x\nMail: a@x\nmail: b@x\nMAIL: c@x\nsn;lang-ja: 山田\ncn;lang-fr;x-a: Anne\n\n"
        "dn: uid=b,dc=x\nmail: d@x\nCN;X-A;LANG-FR: Benoît\n"
    )
    assert list(export.rows.columns) == ["dn", "Mail", "sn;lang-ja", "cn;lang-fr;x-a"]
    assert export.rows["Mail"].tolist() == ['["a@x", "b@x", "c@x"]', "d@x"]
    assert export.rows["cn;lang-fr;x-a"].tolist() == ["Anne", "Benoît"]


def test_bytes_that_are_no_text_stay_base64_and_that_is_said(export_of):
    guid = base64.b64encode(b"0123456789abcdef").decode()
    export = export_of(f"dn: uid=a,dc=x\nobjectGUID:: {guid}\nphoto;binary:: QUJD\ndescription:: /w==\nsn:: Wm/Dqw==\n")
    assert export.rows.iloc[0].tolist() == ["uid=a,dc=x", guid, "QUJD", "/w==", "Zoë"]
    assert set(export.findings.query("finding == 'binary'")["column"]) == {"objectGUID", "photo;binary", "description"}


def test_a_value_that_stands_elsewhere_is_not_followed(export_of, tmp_path):
    (tmp_path / "secret").write_text("secret")
    export = export_of(f"dn: uid=a,dc=x\ncn: Ann\nsn:< file://{tmp_path}/secret\n")
    assert export.rows["sn"].isna().all()
    assert "secret" not in export.rows.to_csv().replace(str(tmp_path), "")
    assert export.findings.iloc[0][["finding", "severity", "column"]].tolist() == ["not_followed", "amber", "sn"]


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("dn: uid=b\nchangetype: modify\nreplace: sn\nsn: x\n-\n", "changetype modify: a change, not an entry"),
        ("dn: uid=b\nchangetype: delete\n", "changetype delete"),
        ("dn: uid=b\nchangetype: modrdn\nnewrdn: uid=c\n", "changetype modrdn"),
        ("dn: uid=b\nmail:: QUJ$D\n", "mail: the base64 is damaged"),
        ("dn: uid=b\nmail: x\ndn: uid=c\nmail: y\n", "a second dn"),
        ("dn: uid=b\nthis is no attribute\n", "a line without a colon: 'this is no attribute'"),
        ("mail: x\nsn: y\n", "begins with 'mail' instead of dn"),
        (" folded: x\n", "begins with a folded line"),
        ("version: 2\n", "LDIF has version 1"),
        ("dn:< file:///etc/passwd\n", "not followed"),
        ("dn:: /w==\nsn: x\n", "dn is not UTF-8"),
        ("dn: uid=b\nbad name: x\n", "'bad name' is no attribute's name"),
    ],
)
def test_what_is_no_entry_is_a_reject_that_says_why(export_of, entry, words):
    export = export_of(f"dn: uid=a,dc=x\nsn: A\n\n{entry}\ndn: uid=z,dc=x\nsn: Z\n")
    assert export.rows["sn"].tolist() == ["A", "Z"]
    assert export.rejects["source_line"].tolist() == [4]
    assert words in export.rejects["reason"][0]
    assert export.reject_lines[4] == tuple(entry.strip("\n").split("\n"))


def test_a_value_in_another_encoding_rejects_its_entry_alone(export_of):
    export = export_of(b"dn: uid=a,dc=x\nsn: Zo\xeb\n\ndn: uid=b,dc=x\nsn: B\n")
    assert export.rows["sn"].to_dict() == {4: "B"}
    assert "sn: byte 0xeb is not UTF-8" in export.rejects["reason"][0]


def test_records_that_add_are_entries(export_of):
    export = export_of("version: 1\ndn: uid=a,dc=x\ncontrol: 1.2.3 true\nchangetype: add\nsn: A\n")
    assert export.rows.iloc[0].to_dict() == {"dn": "uid=a,dc=x", "sn": "A"}


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_ldif_is_read_in_any_encoding_that_says_which_it_is(export_of, codec):
    export = export_of("dn: CN=Zoë,DC=x\r\nchangetype: add\r\nsn: Z\r\n oë\r\n".encode(codec))
    assert export.rows.iloc[0].tolist() == ["CN=Zoë,DC=x", "Zoë"]
    assert (export.format, export.source.encoding[:3]) == ("LDIF", "UTF")


ENTRY = "# extended LDIF\n#\n# LDAPv3\n\n# Ann, x\ndn: uid=a,dc=x\nsn: A\n\n"
SEARCH = ENTRY + "# search result\nsearch: 2\nresult: {}\n\n# numEntries: {}\n"


@pytest.mark.parametrize(
    ("text", "severity", "words"),
    [
        (SEARCH.format("4 Size limit exceeded", 1), "red", "result 4 Size limit exceeded"),
        (SEARCH.format("0 Success", 7), "red", "says it wrote 7"),
        (ENTRY, "red", "no result at the end"),
        ("dn: uid=a,dc=x\nsn: A\n\n# search reference\nref: ldap://other/dc=x\n", "amber", "not followed"),
        ("dn: uid=a,dc=x\nsn: A", "amber", "no line end"),
    ],
)
def test_what_a_search_says_of_itself_is_a_finding(export_of, text, severity, words):
    export = export_of(text)
    assert (len(export.rows), len(export.rejects)) == (1, 0)
    found = export.findings.iloc[0]
    assert (found["severity"], words in found["detail"]) == (severity, True)


def test_a_search_that_ended_well_has_no_findings(export_of):
    assert export_of(SEARCH.format("0 Success", 1)).findings.empty


def test_a_manager_is_found_by_distinguished_name(export_of):
    export = export_of(
        "dn: uid=a,dc=x\nobjectClass: person\nuid: a\nmanager: UID = b , DC=X\n\ndn: uid=b,dc=x\nobjectClass: person\nuid: b\n"
    )
    assert (export.preset, export.mapping["manager.value"]) == ("openldap", {"reference": "manager", "on": "dn"})
    desired = sr.map_users(export, export.mapping)
    assert desired.references["manager.value"].keys.tolist() == ["uid=a,dc=x", "uid=b,dc=x"]


@pytest.mark.timeout(60)
def test_hostile_files_are_read_in_time(export_of):
    blanks = export_of("dn: cn=" + " " * 100_000 + ",x\nsn: A\n")
    many = export_of("dn: uid=a,dc=x\n" + "".join(f"a{number}: x\n" for number in range(4_000)))
    repeated = export_of("dn: uid=a,dc=x\n" + "member: x\n" * 100_000)
    folded = export_of("dn: uid=a,dc=x\nsn: " + "\n ".join("x" * 100_000) + "\n")
    comments = export_of("# a\n\n" * 50_000 + "dn: uid=a,dc=x\nsn: A\n")
    assert [len(one.rows) for one in (blanks, many, repeated, folded, comments)] == [1] * 5


def test_an_entry_beyond_the_limit_is_a_reject_and_the_rest_is_read():
    data = b"dn: uid=a,dc=x\nsn: " + b"x" * (40 * 2**20) + b"\n\ndn: uid=b,dc=x\nsn: B\n"
    table = read_ldif(data, "people.ldif")
    assert table.frame["sn"].tolist() == ["B"]
    assert "an entry may have" in str(table.rejected.reasons[0]["reason"])


@pytest.mark.parametrize("text", [b"dn,sn\nuid=a,x\n", b"Name\nversion\n", b"", b"dn;cn\nx;y\n", b"result\n1\n"])
def test_a_table_is_not_taken_for_ldif(text):
    assert not looks_like_ldif(text)


@needs_exports
@pytest.mark.parametrize(
    ("name", "rows", "preset"),
    [
        ("ldifde-adlds-users.ldf", 1, "openldap"),
        ("openldap-2.5-adlike-msuser-ldapsearch.ldif", 300, "ldifde"),
        ("openldap-2.5-ldapsearch-L-versionline.ldif", 10, "generic"),
        ("openldap-2.5-ldapsearch-LLL.ldif", 2000, "openldap"),
        ("openldap-2.5-ldapsearch-noL-comments.ldif", 100, "openldap"),
        ("openldap-2.5-ldapsearch-tt-fileurl.ldif", 10, "generic"),
        ("openldap-tests-nis_sample.ldif", 1265, "openldap"),
        ("openldap-tests-test-dn.ldif", 35, "generic"),
        ("planetexpress-10_people_fry.ldif", 1, "openldap"),
    ],
)
def test_files_that_directories_wrote_are_read_whole(name, rows, preset):
    export = sr.read_export(EXPORTS / name)
    assert (len(export.rows), len(export.rejects), export.preset) == (rows, 0, preset)
    assert export.findings.query("severity == 'red'").empty
