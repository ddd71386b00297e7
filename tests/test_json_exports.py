"""JSON of users: each value as it is written, each user a row or a reject, and missing pages told."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from others_files import EXPORTS, needs_exports

import scimrecon as sr
from scimrecon.exports.scim_json import read_json


@pytest.fixture
def export_of(tmp_path):
    def read(content, **options):
        path = tmp_path / "users.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content, indent=2))
        return sr.read_export(path, **options)

    return read


ANN = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "id": "a1",
    "userName": "ann@example.com",
    "active": True,
    "name": {"givenName": "Ann", "familyName": "Null"},
    "emails": [{"value": "ann@example.com", "type": "work", "primary": True}, {"value": "ann@home.example", "type": "home"}],
    "roles": [{"value": "auditor"}, {"value": "cook"}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "Kitchen", "manager": {"value": "b2"}},
    "urn:example:Badge": {"number": "7"},
    "title": None,
}
BEN = {"id": "b2", "userName": "ben@example.com", "emails": [{"value": "ben@example.com", "primary": True}]}


def listed(*users, total=None):
    return {
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": total or len(users),
        "Resources": users,
    }


@pytest.mark.parametrize(
    "content",
    [listed(ANN, BEN), [ANN, BEN], [listed(ANN), listed(BEN)], "\n".join(map(json.dumps, [ANN, BEN])),
     "\n\n".join(map(json.dumps, [listed(ANN), listed(BEN)])), json.dumps([ANN, BEN])],
    ids=["list", "bare list", "pages", "lines", "lines of pages", "one line"],
)  # fmt: skip
def test_users_are_the_same_rows_however_they_are_listed(export_of, content):
    export = export_of(content)
    assert (export.format, export.preset, len(export.rows), len(export.rejects)) == ("JSON", "scim", 2, 0)
    ann, ben = (export.rows.iloc[at].dropna().to_dict() for at in (0, 1))
    assert ann == {
        "schemas": "urn:ietf:params:scim:schemas:core:2.0:User",
        "id": "a1", "userName": "ann@example.com", "active": "true", "name.givenName": "Ann", "name.familyName": "Null",
        'emails[type eq "work"].value': "ann@example.com", 'emails[type eq "work"].primary': "true",
        'emails[type eq "home"].value': "ann@home.example", "roles": '["auditor", "cook"]', "department": "Kitchen",
        "manager.value": "b2", "urn:example:Badge:number": "7",
    }  # fmt: skip
    assert ben == {"id": "b2", "userName": "ben@example.com", "emails[primary eq true].value": "ben@example.com"}
    assert export.rows.index.is_unique


def test_a_row_is_named_by_the_line_its_user_starts_on(export_of):
    assert export_of('{"Resources": [\n {"userName": "a"},\n\n {"userName": "b"}\n]}').rows.index.tolist() == [2, 4]
    one_line = export_of('[{"userName": "a"}, {"userName": "b"}]')
    assert one_line.rows.index.tolist() == [1, 2]
    assert one_line.findings["finding"].tolist() == ["numbered"]


def test_numbers_and_booleans_are_the_text_they_are(export_of):
    export = export_of(
        '[{"userName": "a", "n": 1e5, "m": 9007199254740993, "x": 1.10, "t": true, "z": null, "s": "00123", "e": ""}]'
    )
    assert export.rows.iloc[0].dropna().to_dict() == {
        "userName": "a", "n": "1e5", "m": "9007199254740993", "x": "1.10", "t": "true", "s": "00123",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (listed(ANN, BEN, total=7), "totalResults says 7 users; the file has 2"),
        ({"Users": [{"UserName": "a", "UserId": "1", "IdentityStoreId": "d"}], "NextToken": "abc"}, "more pages follow"),
        (json.dumps(listed(ANN, BEN), indent=1)[:-60], "cannot be read from line"),
    ],
)
def test_users_that_are_missing_are_a_red_finding(export_of, content, words):
    found = export_of(content).findings.iloc[0]
    assert (found["finding"], found["severity"]) == ("truncated", "red")
    assert words in found["detail"]


def test_of_a_list_that_was_cut_off_the_users_before_the_cut_are_rows(export_of):
    text = json.dumps(listed(ANN, BEN, ANN), indent=1)
    export = export_of(text[: text.rindex("roles")])
    assert export.rows["id"].tolist() == ["a1", "b2"]
    assert len(export.reject_lines) == 1


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"userName": "b", "userName": "c"}', "a member stands twice: 'userName'"),
        ('{"userName": ', "not JSON"),
        ('{"a": +1}', "not JSON"),
    ],
)
def test_a_line_that_is_no_user_is_a_reject_and_the_rest_is_read(export_of, line, words):
    export = export_of(f'{{"userName": "a"}}\n{line}\n{{"userName": "z"}}\n')
    assert export.rows["userName"].to_dict() == {1: "a", 3: "z"}
    assert export.reject_lines == {2: (line.strip(),)}
    assert words in export.rejects["reason"][0]


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ('{"userName": "\\ud800"}', "half a character"),
        ('{"name.givenName": "a", "name": {"givenName": "b"}}', "two members are one path: 'name.givenName'"),
    ],
)
def test_a_user_that_no_row_can_hold_is_a_reject(export_of, user, words):
    export = export_of(f'[{{"userName": "a"}},\n{user},\n{{"userName": "\\ud83d\\ude00"}}]')
    assert export.rows["userName"].to_dict() == {1: "a", 3: "😀"}
    assert words in export.rejects["reason"][0]


def test_an_element_that_is_no_object_is_a_reject(export_of):
    export = export_of('[{"userName": "a"},\n "b",\n {"userName": "c"}]')
    assert export.rows["userName"].tolist() == ["a", "c"]
    assert export.rejects["reason"].tolist() == ["not an object, and so no user"]


def test_elements_that_no_type_tells_apart_stand_whole_in_one_cell(export_of):
    emails = [{"value": "a@x", "type": "work"}, {"value": "b@x", "type": "work", "rank": 1}]
    export = export_of([{"userName": "a", "emails": emails}])
    assert json.loads(export.rows["emails"].iloc[0]) == emails


def test_okta_users_are_known_and_active_by_status(export_of):
    users = [
        {"id": "00u1", "status": status, "profile": {"login": f"{status}@x", "employeeNumber": "007", "managerId": "008"}}
        for status in ("ACTIVE", "DEPROVISIONED", "PASSWORD_EXPIRED")
    ]
    export = export_of(users)
    desired = sr.map_users(export, export.mapping)
    assert export.preset == "okta"
    assert desired.frame["active"].tolist() == ["true", "false", "true"]
    assert desired.frame["userName"].tolist() == ["ACTIVE@x", "DEPROVISIONED@x", "PASSWORD_EXPIRED@x"]


def test_aws_users_are_known(export_of):
    user = {
        "UserName": "ann", "UserId": "1", "IdentityStoreId": "d-1", "Name": {"GivenName": "Ann"},
        "Emails": [{"Value": "ann@x", "Type": "work", "Primary": True}],
    }  # fmt: skip
    export = export_of({"Users": [user]})
    desired = sr.map_users(export, export.mapping)
    assert export.preset == "aws"
    assert desired.frame.iloc[0].dropna().to_dict() == {
        "userName": "ann", "name.givenName": "Ann", 'emails[type eq "work"].value': "ann@x",
    }  # fmt: skip


@pytest.mark.timeout(60)
def test_hostile_json_is_read_in_time():
    deep = read_json("[" * 100_000, "users.json")
    wide = read_json('[{"userName": "a", ' + ", ".join(f'"a{number}": 1' for number in range(4_000)) + "}]", "users.json")
    broken = read_json('{"userName": \n' * 2_000, "users.json")
    assert (len(deep.frame), len(wide.frame), len(broken.frame)) == (0, 1, 0)
    assert deep.rejected.lines


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
USER = st.dictionaries(TEXT, TEXT | st.booleans() | st.none() | st.integers() | st.lists(TEXT, max_size=3), max_size=4)


@given(st.lists(USER, max_size=5), st.sampled_from([None, 1]))
def test_every_user_is_a_row_and_every_text_a_cell(users, indent):
    table = read_json(json.dumps([{"userName": "a", **user} for user in users], indent=indent), "users.json")
    assert (len(table.frame), len(table.rejected.lines)) == (len(users), 0)
    for (_, row), user in zip(table.frame.iterrows(), users, strict=True):
        for name, value in user.items():
            if isinstance(value, str) and value:
                assert row[name] == value


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize(
    "content", [listed(ANN, BEN, ANN), [ANN, BEN, ANN], {"Users": [BEN, ANN, BEN]}], ids=["list", "bare", "aws"]
)
def test_a_file_cut_off_anywhere_gives_the_users_before_the_cut_and_each_once(content, indent):
    text = json.dumps(content, indent=indent)
    names = read_json(text, "users.json").frame["userName"].tolist()
    for cut in range(1, len(text), 7):
        table = read_json(text[:cut], "users.json")
        read = table.frame["userName"].tolist() if "userName" in table.frame else []
        assert read == names[: len(read)]
        assert len(read) + 1 >= sum(text[:cut].count(f'"userName": "{user}@example.com"') for user in ("ann", "ben"))


@needs_exports
@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("scim-rfc7643-8.1-user-minimal.json", 1),
        ("scim-rfc7643-8.2-user-full.json", 1),
        ("scim-rfc7643-8.3-enterprise_user.json", 1),
        ("scim-rfc7644-3.4.2-list_response-partial_attributes.json", 2),
    ],
)
def test_the_rfcs_own_samples_are_read(name, rows):
    export = sr.read_export(EXPORTS / name)
    assert (len(export.rows), len(export.rejects), export.preset) == (rows, 0, "scim")
    assert len(sr.map_users(export, export.mapping).problems) == 0
