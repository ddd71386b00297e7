"""From text rows to desired users: what a blank, a word and a rule mean."""

import json
import re

import pandas as pd
import pandera.pandas as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pandera.typing.pandas import Series

import scimrecon as sr
from scimrecon.errors import MappingError
from scimrecon.mapping import Column, Constant, reference

URN = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


def rows(index=None, **columns):
    return pd.DataFrame(columns, dtype="str", index=index)


def cells(desired, path):
    """A column of the desired frame, None for NA."""
    return [None if pd.isna(cell) else cell for cell in desired.frame[path]]


@pytest.mark.parametrize("blank", [None, "", "  ", "\t", "\u00a0\n"])
@pytest.mark.parametrize(("on_blank", "wanted"), [("keep", None), ("clear", ""), ("error", None)])
@pytest.mark.parametrize("transform", ["trim", "lower", None])
def test_a_blank_cell_asks_for_what_the_mapping_says(blank, on_blank, wanted, transform):
    rule = sr.column("Title", on_blank=on_blank, transform=transform)
    desired = sr.map_users(rows(Title=["clerk", blank]), {"title": rule})
    assert cells(desired, "title") == ["clerk", wanted]
    assert len(desired.problems) == (on_blank == "error")


def test_a_blank_cell_changes_nothing_unless_told_otherwise():
    assert cells(sr.map_users(rows(Title=["", "Clerk"]), {"title": "Title"}), "title") == [None, "Clerk"]


def test_a_blank_cell_that_must_not_be_is_a_problem_of_that_line():
    frame = rows(index=[7, 9], Mail=["pat@example.com", " "])
    problem = sr.map_users(frame, {"userName": sr.column("Mail", on_blank="error")}).problems.iloc[0]
    assert (problem["source_line"], problem["path"], problem["value"]) == (9, "userName", " ")
    assert "column 'Mail' is blank" in problem["problem"]


@pytest.mark.parametrize(
    ("transform", "wanted"),
    [("trim", "O'Brien"), ("lower", "o'brien"), ("upper", "O'BRIEN"), (None, " O'Brien ")],
)
def test_a_transform_makes_of_a_cell(transform, wanted):
    desired = sr.map_users(rows(Surname=[" O'Brien "]), {"name.familyName": sr.column("Surname", transform=transform)})
    assert cells(desired, "name.familyName") == [wanted]


@given(st.lists(st.none() | st.text() | st.sampled_from(["O'Brien", "Null", "NA", "None", "nan", "000417"]), min_size=1))
def test_every_text_is_mapped_as_it_is_but_for_its_edges(texts):
    desired = sr.map_users(rows(Surname=texts), {"name.familyName": "Surname"})
    assert cells(desired, "name.familyName") == [(text or "").strip() or None for text in texts]
    assert desired.problems.empty


STATUS = {"Active": "true", "Terminated": "false"}


def test_a_value_table_says_what_each_word_means():
    desired = sr.map_users(rows(Status=[" Active", "Terminated", None]), {"active": sr.column("Status", values=STATUS)})
    assert cells(desired, "active") == ["true", "false", None]
    assert desired.problems.empty


def test_a_word_the_value_table_does_not_know_is_a_problem_never_a_guess():
    desired = sr.map_users(rows(Status=["Active", "active", "Gardening"]), {"active": sr.column("Status", values=STATUS)})
    assert cells(desired, "active") == ["true", None, None]
    assert desired.problems["value"].tolist() == ["active", "Gardening"]
    assert desired.problems["problem"].iloc[1] == "the cell 'Gardening' is not one of 'Active', 'Terminated'"


def test_a_value_table_serves_any_attribute():
    table = {"R": "Regular", "C": "Contractor"}
    desired = sr.map_users(rows(Type=["R", "C", "Z"]), {"userType": sr.column("Type", values=table)})
    assert cells(desired, "userType") == ["Regular", "Contractor", None]


def test_a_value_table_in_which_no_cell_stands_leaves_only_problems():
    desired = sr.map_users(rows(Type=["Y", "Z"]), {"userType": sr.column("Type", values={"R": "Regular"})})
    assert cells(desired, "userType") == [None, None]
    assert desired.frame["userType"].dtype == "str"
    assert len(desired.problems) == 2


@pytest.mark.parametrize(
    ("word", "wanted"),
    [
        ("true", "true"),
        ("YES", "true"),
        ("1", "true"),
        (" Active ", "true"),
        ("False", "false"),
        ("n", "false"),
        ("disabled", "false"),
    ],
)
@pytest.mark.parametrize("path", ["active", 'emails[type eq "work"].primary'])
def test_words_for_true_and_false_are_understood_for_boolean_attributes(path, word, wanted):
    assert cells(sr.map_users(rows(Flag=[word]), {path: "Flag"}), path) == [wanted]


def test_a_word_that_is_neither_true_nor_false_is_a_problem():
    desired = sr.map_users(rows(index=[41], Flag=["ja"]), {"active": "Flag"})
    assert cells(desired, "active") == [None]
    problem = desired.problems.iloc[0]
    assert (problem["source_line"], problem["value"]) == (41, "ja")
    assert problem["problem"].startswith("the cell 'ja' is neither a word for true nor for false; say what it means: sr.column(")


def test_words_for_true_are_plain_text_elsewhere():
    assert cells(sr.map_users(rows(Surname=["True", "No", "1"]), {"name.familyName": "Surname"}), "name.familyName") == [
        "True",
        "No",
        "1",
    ]


def test_a_constant_is_given_to_every_user():
    desired = sr.map_users(rows(Mail=["a", "b"]), {"userName": "Mail", "userType": sr.constant("Employee")})
    assert cells(desired, "userType") == ["Employee", "Employee"]


def test_a_constant_for_a_boolean_attribute_is_a_word_for_true_or_false():
    assert cells(sr.map_users(rows(Mail=["a"]), {"active": sr.constant("yes")}), "active") == ["true"]
    assert len(sr.map_users(rows(Mail=["a"]), {"active": sr.constant("perhaps")}).problems) == 1


@pytest.mark.parametrize("value", ["", "  ", None, True, 1])
def test_a_constant_is_text_and_never_clears(value):
    with pytest.raises(MappingError, match="must be text, and not empty"):
        sr.constant(value)


@pytest.mark.parametrize(
    "mapping",
    [
        {"department": "A", f"{URN}:department": "B"},
        {"title": "A", "TITLE": "B"},
        {"title": "A", " title": sr.constant("Clerk")},
        {'emails[type eq "work"].value': "A", 'emails[ type eq "work" ].value': "B"},
        {"emails[primary eq true].value": "A", 'emails[primary eq "true"].value': "B"},
    ],
)
def test_a_path_mapped_twice_is_refused_however_it_is_spelled(mapping):
    with pytest.raises(MappingError, match="is mapped already"):
        sr.map_users(rows(A=["x"], B=["y"]), mapping)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({}, "the mapping is empty"),
        ({"tilte": "Title"}, "a User has no attribute 'tilte'; did you mean 'title'?"),
        (
            {"title": "Titles"},
            "title wants column 'Titles', which the export does not have. Did you mean 'Title'? It has: Title.",
        ),
        ({"title": 7}, "'title' is mapped to int"),
        ({"title": None}, "'title' is mapped to NoneType"),
        ({"title": {}}, "this one holds nothing"),
        ({"title": {"columns": "Title"}}, "this one holds columns"),
        ({"manager.value": {"reference": "Title"}}, "this one holds reference"),
        ({"manager.value": {"reference": "Title", "on": "userName", "values": {}}}, "this one holds reference, on, values"),
        ({"roles": {"column": "Title", "separator": ""}}, "column 'Title': separator='' must be a text that is not empty"),
        ({"title": {"column": "Title", "onblank": "clear"}}, "this one holds column, onblank"),
        ({"title": {"column": "Title", "constant": "Clerk"}}, "this one holds column, constant"),
        ({"title": {"column": "Title", "transform": "shout"}}, "transform='shout' is not one of trim, lower, upper"),
        ({"title": {"column": "Title", "on_blank": "guess"}}, "on_blank='guess' is not one of keep, clear, error"),
    ],
)
def test_a_wrong_mapping_says_what_is_wrong(mapping, words):
    with pytest.raises(MappingError, match=re.escape(words)):
        sr.map_users(rows(Title=["Clerk"]), mapping)


@pytest.mark.parametrize("name", ["Titel", "title", "TITLE ", "Titles"])
def test_a_column_misspelled_is_suggested_as_it_is_spelled(name):
    with pytest.raises(MappingError, match=re.escape("Did you mean 'Title'? It has: Employee_ID, Title.")):
        sr.map_users(rows(Employee_ID=["000417"], Title=["Clerk"]), {"title": name})


def test_a_column_like_no_other_is_answered_with_those_there_are():
    with pytest.raises(MappingError, match=re.escape("which the export does not have. It has: Title.")):
        sr.map_users(rows(Title=["Clerk"]), {"department": "Abteilung"})


def test_a_rule_may_be_a_columns_name_a_value_or_plain_data():
    frame = rows(A=["x", ""])
    plain = {"title": {"column": "A", "on_blank": "clear", "transform": "upper"}, "userType": {"constant": "Employee"}}
    said = {"title": sr.column("A", on_blank="clear", transform="upper"), "userType": sr.constant("Employee")}
    assert sr.map_users(frame, plain).frame.equals(sr.map_users(frame, said).frame)
    assert cells(sr.map_users(frame, {"title": "A"}), "title") == ["x", None]


@pytest.mark.parametrize(
    ("column", "dtype"),
    [([417, 418], "int64"), ([1.0, None], "float64"), ([True, False], "bool"), (["x", 1], "object")],
)
def test_a_column_that_is_not_text_is_refused_and_never_converted(column, dtype):
    with pytest.raises(MappingError, match=rf"column 'Id' is {dtype}, not text"):
        sr.map_users(pd.DataFrame({"Id": column}), {"externalId": "Id"})


@pytest.mark.parametrize("dtype", ["object", "category", "string", "string[python]", "string[pyarrow]", "large_string[pyarrow]"])
def test_text_is_text_in_whatever_pandas_keeps_it(dtype):
    frame = pd.DataFrame({"Id": pd.Series(["000417", None], dtype=dtype)})
    desired = sr.map_users(frame, {"externalId": "Id"})
    assert cells(desired, "externalId") == ["000417", None]
    assert desired.frame["externalId"].dtype == "str"


@pytest.mark.parametrize("values", [[], [None, None], [float("nan")]])
def test_a_column_without_a_value_is_blank_whatever_its_type(values):
    desired = sr.map_users(pd.DataFrame({"Id": values}), {"externalId": "Id"})
    assert cells(desired, "externalId") == [None] * len(values)


def test_a_column_that_stands_twice_is_refused():
    with pytest.raises(MappingError, match="column 'Title' stands in the frame more than once"):
        sr.map_users(pd.DataFrame([["Clerk", "Boss"]], columns=["Title", "Title"]), {"title": "Title"})


def test_a_frames_unique_whole_numbers_are_taken_for_source_lines():
    desired = sr.map_users(rows(index=[12, 3], Flag=["ja", "true"]), {"active": "Flag"})
    assert desired.frame.index.tolist() == [12, 3]
    assert desired.problems["source_line"].tolist() == [12]


@pytest.mark.parametrize(
    "index",
    [
        ["x", "x"],
        [5, 5],
        [0.5, 1.5],
        pd.to_datetime(["2008-04-20", "2019-10-13"]),
        pd.MultiIndex.from_tuples([("a", 1), ("a", 2)]),
    ],
    ids=["texts", "repeated", "fractions", "moments", "levels"],
)
def test_rows_under_any_other_index_are_numbered_from_0(index):
    desired = sr.map_users(rows(index=index, Flag=["true", "ja"]), {"active": "Flag"})
    assert desired.frame.index.tolist() == [0, 1]
    assert desired.frame.index.name == "source_line"
    assert desired.problems["source_line"].tolist() == [1]


def test_mapping_leaves_the_rows_as_they_were():
    frame = rows(index=["x", "y"], Flag=[" true", "ja"])
    before = frame.copy()
    sr.map_users(frame, {"active": "Flag"})
    pd.testing.assert_frame_equal(frame, before)


def test_no_rows_make_no_users_and_no_problems():
    desired = sr.map_users(rows(Flag=[], Type=[]), {"active": "Flag", "userType": sr.column("Type", values={"R": "Regular"})})
    assert desired.frame.shape == (0, 2)
    assert desired.problems.empty


def test_an_exports_presets_mapping_is_used_as_it_is_and_its_source_travels_along(tmp_path):
    path = tmp_path / "hr.csv"
    path.write_text(
        "Employee_ID,Worker_Status,Legal_First_Name,Legal_Last_Name,Email,Job_Title\n"
        "000417,On Leave,Pat,O'Brien,pat@example.com,\n"
        ",Active,Ann,Baker,ann@example.com,Clerk\n"
        "000419,Active,Christopher,Null,null@example.com,Clerk\n"
    )
    export = sr.read_export(path)
    desired = sr.map_users(export, export.mapping)
    assert desired.frame.index.tolist() == [2, 4]
    assert desired.frame.loc[2, ["externalId", "active", "name.familyName"]].tolist() == ["000417", "true", "O'Brien"]
    assert cells(desired, "title") == [None, "Clerk"]
    assert desired.source == export.source
    assert desired.findings.equals(export.findings)


def test_desired_users_have_a_column_for_each_path_mapped_and_no_other():
    desired = sr.map_users(rows(A=["x"], B=["y"]), {f"{URN}:department": "A", "USERNAME": "B"})
    assert list(desired.frame.columns) == ["department", "userName"]


def values(desired, path):
    """A column of sets, each as a list; None for NA and '' for clear."""
    return [json.loads(cell) if cell else cell for cell in cells(desired, path)]


def test_a_separated_cell_becomes_the_list_of_its_values_in_their_order():
    roles = [" clerk;auditor ", "auditor; clerk", "auditor"]
    desired = sr.map_users(rows(Roles=roles), {"roles": sr.column("Roles", separator=";")})
    assert cells(desired, "roles") == ['["clerk", "auditor"]', '["auditor", "clerk"]', '["auditor"]']


def test_blank_and_repeated_values_of_a_cell_are_dropped():
    desired = sr.map_users(rows(Roles=["; auditor ;;clerk;auditor; "]), {"roles": sr.column("Roles", separator=";")})
    assert values(desired, "roles") == [["auditor", "clerk"]]


def test_without_a_separator_the_whole_cell_is_one_value():
    desired = sr.map_users(rows(Roles=[" auditor; clerk ", None]), {"roles": "Roles"})
    assert values(desired, "roles") == [["auditor; clerk"], None]


@pytest.mark.parametrize("separator", ["|", ".", "; ", "\\n", "||", "(", "\\"])
def test_a_separator_is_taken_literally(separator):
    desired = sr.map_users(rows(Roles=[f"auditor{separator}clerk"]), {"roles": sr.column("Roles", separator=separator)})
    assert values(desired, "roles") == [["auditor", "clerk"]]


@pytest.mark.parametrize("blank", [None, "", "  ", ";", " ; ;"])
@pytest.mark.parametrize(("on_blank", "wanted"), [("keep", None), ("clear", ""), ("error", None)])
def test_a_cell_without_values_asks_for_what_the_mapping_says(blank, on_blank, wanted):
    desired = sr.map_users(rows(Roles=["clerk", blank]), {"roles": sr.column("Roles", on_blank=on_blank, separator=";")})
    assert values(desired, "roles") == [["clerk"], wanted]
    assert len(desired.problems) == (on_blank == "error")


def test_a_value_table_and_a_transform_apply_to_each_value_of_a_cell():
    table = {"A": "auditor", "AUD": "auditor", "C": "clerk"}
    rule = sr.column("Roles", separator=";", transform="upper", values=table)
    desired = sr.map_users(rows(Roles=["c;a;aud", "A"]), {"roles": rule})
    assert values(desired, "roles") == [["clerk", "auditor"], ["auditor"]]


def test_a_value_the_table_does_not_know_is_a_problem_that_names_it():
    rule = sr.column("Roles", separator=";", values={"A": "auditor", "C": "clerk"})
    desired = sr.map_users(rows(index=[2, 3, 4, 5], Roles=["A", "A; X ;Y", None, "X"]), {"roles": rule})
    assert values(desired, "roles") == [["auditor"], None, None, None]
    assert desired.problems["source_line"].tolist() == [3, 5]
    assert desired.problems["value"].tolist() == ["A; X ;Y", "X"]
    assert desired.problems["problem"].tolist() == [
        "the cell 'A; X ;Y' holds 'X', 'Y': not one of 'A', 'C'",
        "the cell 'X' holds 'X': not one of 'A', 'C'",
    ]


def test_a_constant_of_an_attribute_of_many_values_is_a_list_of_one():
    desired = sr.map_users(rows(Mail=["a", "b"]), {"roles": sr.constant("auditor; Zürich")})
    assert cells(desired, "roles") == ['["auditor; Zürich"]'] * 2


@pytest.mark.parametrize("name", ["roles", "ROLES", " roles ", "roles.value"])
def test_an_attribute_mapped_whole_has_one_name_however_it_is_spelled(name):
    assert list(sr.map_users(rows(Roles=["auditor"]), {name: "Roles"}).frame.columns) == ["roles"]
    with pytest.raises(MappingError, match="is mapped already"):
        sr.map_users(rows(Roles=["auditor"]), {"entitlements": "Roles", "Entitlements.value": "Roles", name: "Roles"})


@pytest.mark.parametrize(
    ("path", "whole"),
    [("title", "roles"), ("manager.value", "roles"), ('emails[type eq "work"].value', "emails"), ("active", "roles")],
)
def test_a_separator_for_an_attribute_of_one_value_is_refused(path, whole):
    with pytest.raises(MappingError, match=re.escape(f"Map an attribute of many values whole, as in {{'{whole}': …}}")):
        sr.map_users(rows(A=["x;y"]), {path: sr.column("A", separator=";")})


def test_an_attribute_whose_elements_have_no_value_cannot_be_mapped_whole():
    with pytest.raises(MappingError, match="addresses has many values; name one"):
        sr.map_users(rows(A=["x"]), {"addresses": "A"})


@given(st.lists(st.lists(st.text().map(str.strip).filter(lambda text: text and ";" not in text)), min_size=1))
def test_values_survive_being_joined_and_taken_apart(lists):
    frame = rows(Roles=[" ; ".join(listed) for listed in lists])
    desired = sr.map_users(frame, {"roles": sr.column("Roles", separator=";")})
    assert values(desired, "roles") == [list(dict.fromkeys(listed)) or None for listed in lists]
    assert cells(desired, "roles") == [json.dumps(one, ensure_ascii=False) if one else None for one in values(desired, "roles")]


STAFF = rows(
    index=[2, 3],
    DN=["CN=Anna,DC=example", " "],
    Employee_ID=["000417", "000418"],
    Manager_ID=[None, " 000417 "],
)


def test_a_reference_keeps_what_the_export_says_until_it_is_resolved():
    rule = reference("Manager_ID", on="employeeNumber")
    desired = sr.map_users(STAFF, {"employeeNumber": "Employee_ID", "manager.value": rule})
    assert cells(desired, "manager.value") == [None, "000417"]
    assert desired.references["manager.value"].on == "employeeNumber"
    assert desired.references["manager.value"].keys is None
    assert desired.rules["manager.value"] == rule


@pytest.mark.parametrize(("on_blank", "wanted", "problems"), [("keep", None, 0), ("clear", "", 0), ("error", None, 1)])
def test_a_blank_reference_asks_for_what_the_mapping_says(on_blank, wanted, problems):
    rule = reference("Manager_ID", on="employeeNumber", on_blank=on_blank)
    desired = sr.map_users(STAFF, {"manager.value": rule})
    assert cells(desired, "manager.value") == [wanted, "000417"]
    assert len(desired.problems) == problems


def test_a_reference_on_a_column_brings_that_columns_keys_along():
    desired = sr.map_users(STAFF, {"manager.value": reference("Manager_ID", on="DN")})
    found = desired.references["manager.value"]
    assert (found.on, found.column) == ("", "DN")
    assert found.keys.index.tolist() == [2, 3]
    assert found.keys.dropna().tolist() == ["CN=Anna,DC=example"]


@pytest.mark.parametrize(
    ("on", "path"),
    [
        ("EmployeeNumber", "employeeNumber"),
        (f"{URN}:employeeNumber", "employeeNumber"),
        ('emails[ type eq "work" ].value', 'emails[type eq "work"].value'),
    ],
)
def test_a_reference_goes_by_a_path_however_it_is_spelled(on, path):
    desired = sr.map_users(STAFF, {"manager.value": reference("Manager_ID", on=on)})
    assert desired.references["manager.value"].on == path


def test_a_name_that_is_a_path_and_a_column_is_the_path():
    frame = rows(userName=["anna"], Manager=["anna"])
    found = sr.map_users(frame, {"manager.value": reference("Manager", on="userName")}).references["manager.value"]
    assert (found.on, found.column, found.keys) == ("userName", "", None)


def test_a_reference_may_be_plain_data():
    plain = {"reference": "Manager_ID", "on": "employeeNumber", "on_blank": "clear"}
    desired = sr.map_users(STAFF, {"manager.value": plain})
    assert desired.rules["manager.value"] == reference("Manager_ID", on="employeeNumber", on_blank="clear")


def test_a_vendors_attribute_may_refer_to_another_user():
    path = "urn:example:2.0:User:mentor"
    desired = sr.map_users(STAFF, {path: reference("Manager_ID", on="employeeNumber")})
    assert list(desired.references) == [path]


@pytest.mark.parametrize("path", ["title", "manager.displayName", "roles", 'emails[type eq "work"].value', "userName"])
def test_an_attribute_that_holds_no_users_id_cannot_be_a_reference(path):
    with pytest.raises(MappingError, match=re.escape(f"{path} holds no user's id, so it cannot be a reference; manager.value")):
        sr.map_users(STAFF, {path: reference("Manager_ID", on="employeeNumber")})


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (lambda: reference("Manager_ID", on=""), "reference 'Manager_ID': on='' must say what the column holds"),
        (lambda: reference("Manager_ID", on="DN", on_blank="guess"), "on_blank='guess' is not one of keep, clear, error"),
        (lambda: reference("Manager_ID", on="DN", transform="shout"), "transform='shout' is not one of trim, lower, upper"),
        (lambda: reference("ManagerId", on="DN"), "wants column 'ManagerId', which the export does not have. Did you mean 'Man"),
        (lambda: reference("Manager_ID", on="DNN"), "on='DNN' is no column of the export. Did you mean 'DN'? It has: DN,"),
        (lambda: reference("Manager_ID", on="emails"), "Nor is it a SCIM path: path 'emails': emails has many values"),
        (lambda: reference("Manager_ID", on="manager.value"), "on='manager.value' is the reference itself"),
    ],
)
def test_a_wrong_reference_says_what_is_wrong(rule, words):
    with pytest.raises(MappingError, match=re.escape(words)):
        sr.map_users(STAFF, {"manager.value": rule()})


def test_a_key_column_that_is_not_text_is_refused():
    frame = STAFF.assign(Employee_ID=[417, 418])
    with pytest.raises(MappingError, match="column 'Employee_ID' is int64, not text"):
        sr.map_users(frame, {"manager.value": reference("Manager_ID", on="Employee_ID")})


def test_desired_users_bring_along_the_rows_and_rules_they_come_from():
    desired = sr.map_users(STAFF, {"USERNAME": "Employee_ID", "userType": {"constant": "Employee"}})
    assert desired.rows.equals(STAFF)
    assert desired.rules == {"userName": Column(name="Employee_ID"), "userType": Constant(value="Employee")}
    assert desired.references == {}
    assert repr(desired) == "Desired(source unknown, users=2, paths=2, problems=0)"


def test_words_for_no_value_are_blank_in_their_column_alone():
    rule = sr.column("Note", nulls=("N/A", "--"), on_blank="clear")
    desired = sr.map_users(
        rows(Note=["N/A", " -- ", "n/a", "x"], Name=["N/A", "a", "b", "c"]), {"title": rule, "nickName": "Name"}
    )
    assert cells(desired, "title") == ["", "", "n/a", "x"]
    assert cells(desired, "nickName") == ["N/A", "a", "b", "c"]


def test_words_for_no_value_are_a_list():
    with pytest.raises(MappingError, match="must be a list of texts"):
        sr.column("Note", nulls="N/A")


@pytest.mark.parametrize(
    ("cell", "wanted", "problems"),
    [
        ("512", "true", 0), ("514", "false", 0), ("66050", "false", 0), (" 66048 ", "true", 0), (None, None, 0),
        ("enabled", None, 1),
        ("512.0", None, 1), ("-2", None, 1), ("1" * 400, None, 1),
    ],
)  # fmt: skip
def test_bit_two_of_user_account_control_says_who_is_active(cell, wanted, problems):
    rule = sr.column("userAccountControl", transform="account_enabled")
    desired = sr.map_users(rows(userAccountControl=[cell]), {"active": rule})
    assert (cells(desired, "active"), len(desired.problems)) == ([wanted], problems)


@pytest.mark.parametrize(
    ("cell", "wanted", "problems"),
    [
        ('["smtp:b@x", "SMTP:a@x", "SIP:a@x"]', "a@x", 0),
        ("smtp:b@x+SMTP:ann+x@x+X500:/o=a", "ann+x@x", 0),
        ("SMTP:a@x;smtp:b@x", "a@x", 0),
        ("SMTP:a@x", "a@x", 0),
        ("smtp:b@x", None, 0),
        ("SMTP:a@x+SMTP:b@x", None, 1),
    ],
)
def test_the_primary_mail_address_is_the_one_in_capitals(cell, wanted, problems):
    rule = sr.column("proxyAddresses", transform="primary_smtp")
    desired = sr.map_users(rows(proxyAddresses=[cell]), {'emails[type eq "work"].value': rule})
    assert (cells(desired, 'emails[type eq "work"].value'), len(desired.problems)) == ([wanted], problems)


def test_the_first_of_several_values_is_taken():
    desired = sr.map_users(
        rows(cn=['["Ann", "Anna"]', "Ben", "[x] y", '["", "Zoe"]', None]), {"displayName": sr.column("cn", transform="first")}
    )
    assert cells(desired, "displayName") == ["Ann", "Ben", "[x] y", "Zoe", None]


def test_the_values_of_a_directorys_cell_are_mapped_whole():
    desired = sr.map_users(
        rows(memberOf=['["cn=a,dc=x", "cn=b,dc=x"]', "cn=c,dc=x", None]), {"roles": sr.column("memberOf", separator="[]")}
    )
    assert cells(desired, "roles") == ['["cn=a,dc=x", "cn=b,dc=x"]', '["cn=c,dc=x"]', None]


class Wanted(pa.DataFrameModel):
    user_name: Series[str] = pa.Field(alias="userName", str_contains="@", nullable=True)
    title: Series[str] = pa.Field(isin=["Clerk", "Cook", ""], nullable=True)


PEOPLE = {"Mail": ["pat@example.com", "O'Brien", "jo@example.com"], "Job": ["Clerk", "Cook", "King"]}


def test_a_cell_that_breaks_the_users_own_schema_is_a_problem_and_says_nothing():
    desired = sr.map_users(rows([2, 3, 4], **PEOPLE), {"userName": "Mail", "title": "Job"}, schema=Wanted)
    assert cells(desired, "userName") == ["pat@example.com", None, "jo@example.com"]
    assert cells(desired, "title") == ["Clerk", "Cook", None]
    told = desired.problems[["source_line", "path", "value"]].to_numpy().tolist()
    assert told == [[3, "userName", "O'Brien"], [4, "title", "King"]]
    assert desired.problems["problem"].str.startswith("the schema of map_users: ").all()


def test_what_breaks_the_users_own_schema_is_shown_and_cannot_be_ticked():
    desired = sr.map_users(rows([2], Mail=["pat@example.com"], Job=["King"]), {"userName": "Mail", "title": "Job"}, schema=Wanted)
    users = rows(id=["1"], userName=["pat@example.com"], title=["Cook"])
    changes = sr.compare(desired, users, on="userName").changes
    assert changes[["path", "status"]].to_numpy().tolist() == [["title", "invalid"]]


def test_nothing_of_a_row_that_breaks_a_schema_as_a_whole_is_wanted():
    schema = pa.DataFrameSchema({"title": pa.Column(str)}, index=pa.Index(int, pa.Check.gt(2)))
    desired = sr.map_users(rows([2, 3, 4], **PEOPLE), {"userName": "Mail", "title": "Job"}, schema=schema)
    assert desired.frame.loc[2].isna().all()
    assert desired.problems["path"].tolist() == ["userName", "title"]


def test_a_schema_of_desired_users_converts_nothing_and_repeats_no_problem():
    schema = pa.DataFrameSchema({"active": pa.Column(bool, coerce=True), "employeeNumber": pa.Column(int, coerce=True)})
    desired = sr.map_users(rows(On=["yes", "maybe"], No=["007", "008"]), {"active": "On", "employeeNumber": "No"}, schema=schema)
    assert cells(desired, "employeeNumber") == ["007", "008"]
    assert desired.problems["path"].tolist() == ["active"]


@pytest.mark.parametrize(
    ("schema", "words"),
    [(pa.DataFrameSchema({"nickName": pa.Column(str)}), "column_in_dataframe 'nickName'"), ("Wanted", "takes a pandera")],
)
def test_a_schema_that_no_desired_user_can_meet_is_refused(schema, words):
    with pytest.raises(MappingError, match=words):
        sr.map_users(rows(**PEOPLE), {"userName": "Mail"}, schema=schema)
