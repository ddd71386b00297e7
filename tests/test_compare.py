"""What differs, who is who, and what can be ticked."""

import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resources import ENTERPRISE, FACILITIES, USERS, users_of

import scimrecon as sr
from scimrecon.dialects import RFC7644
from scimrecon.errors import CompareError, SelectionError


def current(*resources, dialect=RFC7644):
    return users_of(resources, dialect=dialect)


def wanted(**columns):
    """A desired frame; keyword names stand for paths, with __ for a dot."""
    return pd.DataFrame({name.replace("__", "."): values for name, values in columns.items()}, dtype="str")


def only_change(diff):
    assert len(diff.changes) == 1
    return diff.changes.iloc[0]


def test_a_title_no_user_has_yet_shows_as_a_change():
    diff = sr.compare(
        wanted(userName=["obrien", "null"], title=["Engineer", "Clerk"]),
        current({"userName": "obrien"}, {"userName": "null"}),
        on="userName",
    )
    assert diff.changes[["path", "after", "kind"]].to_numpy().tolist() == [
        ["title", "Engineer", "set"],
        ["title", "Clerk", "set"],
    ]
    assert diff.changes["before"].isna().all()


@pytest.mark.parametrize(
    ("held", "asked", "kind"),
    [
        (None, "Engineer", "set"),
        ("Clerk", "Engineer", "replace"),
        ("Clerk", "", "clear"),
        ("engineer", "Engineer", "cosmetic"),
        (" Engineer", "Engineer", "cosmetic"),
        ("Clerk", None, None),
        ("Engineer", "Engineer", None),
        (None, "", None),
        ("", "", None),
        (None, None, None),
    ],
)
def test_a_cell_against_what_the_target_holds(held, asked, kind):
    user = {"userName": "obrien"} | ({} if held is None else {"title": held})
    diff = sr.compare(wanted(userName=["obrien"], title=[asked]), current(user), on="userName")
    assert diff.changes["kind"].tolist() == ([] if kind is None else [kind])


@pytest.mark.parametrize("unassigned", [{}, {"emails": None}, {"emails": []}, {"emails": [{"type": "work", "value": ""}]}])
def test_null_missing_and_empty_are_all_unassigned(unassigned):
    path = 'emails[type eq "work"].value'
    frame = pd.DataFrame({"userName": ["obrien"], path: [""]})
    assert sr.compare(frame, current({"userName": "obrien", **unassigned}), on="userName").changes.empty


def test_an_accent_written_in_two_code_points_is_cosmetic():
    diff = sr.compare(
        wanted(userName=["jose"], title=["Jose\u0301"]), current({"userName": "jose", "title": "José"}), on="userName"
    )
    assert only_change(diff)["kind"] == "cosmetic"


def test_letter_case_matters_where_the_rfc_says_so():
    frame = wanted(userName=["obrien"], externalId=["AB1"])
    diff = sr.compare(frame, current({"userName": "obrien", "externalId": "ab1"}), on="userName")
    assert only_change(diff)["kind"] == "replace"


@pytest.mark.parametrize(
    ("column", "held", "asked"),
    [
        ("userName", {"userName": "obrien"}, "o.brien"),
        ("externalId", {}, "000417"),
        ("active", {"active": True}, "false"),
        (
            'emails[type eq "work"].value',
            {"emails": [{"type": "work", "value": "a@example.com", "primary": True}]},
            "b@example.com",
        ),
        ('emails[type eq "work"].value', {"emails": [{"type": "work", "value": "a@example.com"}]}, "b@example.com"),
        ('emails[type eq "work"].value', {}, "b@example.com"),
        ("emails[primary eq true].value", {"emails": [{"value": "a@example.com", "primary": True}]}, "b@example.com"),
        ('emails[type eq "work"].primary', {"emails": [{"type": "work", "value": "a@example.com"}]}, "true"),
    ],
)
def test_identity_is_shown_locked_until_unlocked_by_name(column, held, asked):
    users = current({"userName": "obrien", "nickName": "key", **held})
    frame = pd.DataFrame({"nickName": ["key"], column: [asked]}, dtype="str")
    locked = sr.compare(frame, users, on="nickName")
    assert only_change(locked)[["status", "policy"]].tolist() == ["locked", "locked"]
    assert locked.users.loc[0, "status"] == "locked_only"
    attribute = column.split("[")[0]
    unlocked = sr.compare(frame, users, on="nickName", unlock=[attribute])
    assert only_change(unlocked)["status"] == "open"
    assert only_change(sr.compare(frame, users, on="nickName", unlock=[column]))["status"] == "open"


def test_a_second_email_is_not_identity():
    emails = [{"type": "work", "value": "a@example.com", "primary": True}, {"type": "home", "value": "h@example.com"}]
    frame = pd.DataFrame({"userName": ["obrien"], 'emails[type eq "home"].value': ["x@example.com"]})
    assert only_change(sr.compare(frame, current({"userName": "obrien", "emails": emails}), on="userName"))["status"] == "open"


@pytest.mark.parametrize(
    ("held", "asked", "flag"),
    [({"active": True}, "false", "deactivation"), ({}, "false", "deactivation"), ({"active": False}, "true", "reactivation"),
     ({}, "true", "reactivation"), ({"active": "True"}, "true", "reactivation")],
)  # fmt: skip
def test_any_change_to_false_deactivates_and_any_to_true_reactivates(held, asked, flag):
    diff = sr.compare(wanted(userName=["obrien"], active=[asked]), current({"userName": "obrien", **held}), on="userName")
    assert only_change(diff)["flags"] == flag


def test_active_missing_on_the_target_is_no_change_unless_asked_for():
    diff = sr.compare(wanted(userName=["obrien"], active=[None]), current({"userName": "obrien"}), on="userName")
    assert diff.changes.empty


@pytest.mark.parametrize("path", ["userName", "active"])
def test_what_keeps_an_account_alive_cannot_be_cleared(path):
    user = {"userName": "obrien", "active": True, "nickName": "key"}
    diff = sr.compare(pd.DataFrame({"nickName": ["key"], path: [""]}), current(user), on="nickName", unlock=[path])
    assert only_change(diff)["status"] == "invalid"
    assert "cannot be cleared" in only_change(diff)["problem"]


@pytest.mark.parametrize("path", ['groups[type eq "direct"].value', "password", "manager.displayName", "meta.version"])
def test_what_clients_cannot_write_is_unsupported(path):
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], path: ["x"]}), current({"userName": "obrien"}), on="userName")
    assert only_change(diff)["status"] == "unsupported"


def test_what_a_dialect_cannot_write_is_unsupported():
    narrow = sr.dialects.Dialect(name="narrow", title="few attributes", source="test", writable=frozenset({"userName", "title"}))
    diff = sr.compare(
        wanted(userName=["obrien"], title=["Clerk"], department=["Research"]),
        current({"userName": "obrien"}, dialect=narrow),
        on="userName",
    )
    assert diff.changes.set_index("path")["status"].to_dict() == {"department": "unsupported", "title": "open"}


def test_two_elements_under_one_filter_are_a_problem_never_the_first():
    emails = [{"type": "work", "value": "a@example.com"}, {"type": "work", "value": "b@example.com"}]
    frame = pd.DataFrame({"userName": ["obrien"], 'emails[type eq "work"].value': ["c@example.com"]})
    change = only_change(sr.compare(frame, current({"userName": "obrien", "emails": emails}), on="userName"))
    assert change["status"] == "invalid"
    assert "2 elements match" in change["problem"]


def test_supplying_a_missing_type_is_shown_in_the_change():
    users = current({"userName": "obrien", "phoneNumbers": [{"value": "+44 20 7946 0000"}]})
    frame = pd.DataFrame({"userName": ["obrien"], 'phoneNumbers[type eq "work"].value': ["+44 20 7946 0001"]})
    change = only_change(sr.compare(frame, users, on="userName"))
    assert change[["kind", "flags"]].tolist() == ["replace", "supplies:type"]


def test_a_manager_is_an_id_of_the_target_never_text():
    users = current({"userName": "obrien"}, {"userName": "boss"})
    asked = pd.DataFrame({"userName": ["obrien", "boss"], "manager.value": ["2", "000417"]})
    diff = sr.compare(asked, users, on="userName")
    assert diff.changes.set_index("user_id")["status"].to_dict() == {"1": "open", "2": "invalid"}


def test_an_extensions_type_is_what_the_target_holds():
    users = current({"userName": "a", FACILITIES: {"floor": 3}}, {"userName": "b"}, {"userName": "c"})
    asked = pd.DataFrame({"userName": ["b", "c"], f"{FACILITIES}:floor": ["4", "four"]})
    diff = sr.compare(asked, users, on="userName")
    assert diff.changes.set_index("user_name")["status"].to_dict() == {"b": "open", "c": "invalid"}


def test_an_extension_attribute_nobody_holds_has_no_known_type():
    asked = pd.DataFrame({"userName": ["a"], f"{FACILITIES}:floor": ["4"]})
    assert "type is not known" in only_change(sr.compare(asked, current({"userName": "a"}), on="userName"))["problem"]


def test_a_cell_that_could_not_be_mapped_is_shown_and_the_others_stay_tickable():
    rows = pd.DataFrame({"login": ["obrien"], "status": ["Maybe"], "job": ["Clerk"]})
    desired = sr.map_users(rows, {"userName": "login", "active": "status", "title": "job"})
    diff = sr.compare(desired, current({"userName": "obrien", "active": True}), on="userName", unlock=["active"])
    changes = diff.changes.set_index("path")
    assert changes["status"].to_dict() == {"active": "invalid", "title": "open"}
    assert "'Maybe'" in changes.loc["active", "problem"]


# Matching


def test_keys_match_without_regard_to_case_and_outer_blanks():
    diff = sr.compare(wanted(userName=[" OBrien "]), current({"userName": "obrien"}), on="userName")
    assert diff.users["status"].tolist() == ["cosmetic"]


def test_missing_keys_never_match():
    users = current({"userName": "a"}, {"userName": "b"})
    diff = sr.compare(wanted(externalId=[None, None], title=["x", "y"]), users, on="externalId")
    assert diff.users["status"].tolist() == ["invalid_source", "invalid_source", "target_only", "target_only"]


@pytest.mark.parametrize(
    ("lines", "names", "statuses"),
    [
        (["pat", "pat"], ["pat"], ["ambiguous", "ambiguous", "ambiguous"]),
        (["pat"], ["pat", "PAT"], ["ambiguous", "ambiguous", "ambiguous"]),
        (["pat", "pat"], ["kim"], ["source_only", "source_only", "target_only"]),
    ],
)
def test_a_key_held_twice_on_either_side_is_ambiguous_for_all_its_holders(lines, names, statuses):
    diff = sr.compare(wanted(nickName=lines), current(*({"nickName": name} for name in names)), on="nickName")
    assert diff.users["status"].tolist() == statuses
    assert diff.changes.empty


def test_candidates_of_an_ambiguous_user_are_told_from_both_sides():
    diff = sr.compare(wanted(nickName=["pat", "pat"]), current({"nickName": "pat"}), on="nickName")
    assert set(diff.users["candidates"]) == {"1, line 0, line 1"}


def test_a_user_is_claimed_once_and_the_stronger_key_wins():
    users = current({"externalId": "E1", "userName": "obrien"})
    asked = wanted(externalId=["E2", "E1"], userName=["obrien", "other"])
    diff = sr.compare(asked, users, on=["externalId", "userName"])
    assert diff.users["status"].tolist() == ["ambiguous", "locked_only"]


def test_a_match_by_a_weaker_key_is_flagged():
    users = current({"userName": "obrien"})
    diff = sr.compare(wanted(externalId=["E1"], userName=["obrien"], title=["Clerk"]), users, on=["externalId", "userName"])
    assert all("weak_match" in flags.split() for flags in diff.changes["flags"])


def test_absence_is_reported_and_is_never_a_change():
    users = current({"userName": "obrien", "active": True}, {"userName": "null", "active": True})
    diff = sr.compare(wanted(userName=["obrien"], active=["true"]), users, on="userName")
    assert diff.changes.empty
    assert diff.users["status"].tolist() == ["in_sync", "target_only"]


def test_every_user_of_either_side_has_one_status():
    users = current({"userName": "a", "title": "x"}, {"userName": "b"}, {"userName": "c"})
    diff = sr.compare(wanted(userName=["a", "b", "new"], title=["y", None, "z"]), users, on="userName")
    assert diff.users[["key", "user_id", "status"]].astype(object).where(diff.users.notna(), None).to_numpy().tolist() == [
        ["a", "1", "changed"],
        ["b", "2", "in_sync"],
        ["new", None, "source_only"],
        [None, "3", "target_only"],
    ]


# The value


def test_row_and_column_order_do_not_matter():
    users = current(*({"userName": f"user{number}", "title": "old"} for number in range(5)))
    asked = wanted(userName=[f"user{number}" for number in range(5)], title=["new"] * 5, nickName=["n"] * 5)
    asked.index = pd.RangeIndex(10, 15)
    shuffled = asked.sample(frac=1, random_state=7)[["nickName", "title", "userName"]]
    assert sr.compare(asked, users, on="userName").changes.equals(sr.compare(shuffled, users, on="userName").changes)


def test_a_bare_frame_of_users_compares_only_the_columns_both_sides_have():
    users = pd.DataFrame({"id": ["1"], "userName": ["obrien"], "title": ["old"]})
    diff = sr.compare(wanted(userName=["obrien"], title=["new"], nickName=["n"]), users, on="userName")
    assert diff.changes.index.tolist() == ["1:title"]


@pytest.mark.parametrize(
    ("desired", "users", "on", "words"),
    [
        (wanted(userName=["a"]), pd.DataFrame({"userName": ["a"]}), "userName", "no column 'id'"),
        (wanted(userName=["a"]), pd.DataFrame({"id": ["1", "1"], "userName": ["a", "b"]}), "userName", "repeated id"),
        (wanted(userName=["a"]), pd.DataFrame({"id": [" "], "userName": ["a"]}), "userName", "a blank or a repeated id"),
        (wanted(userName=["a"]), pd.DataFrame({"id": ["1"], "userName": ["a"]}), "externalId", "externalId is not among"),
        (wanted(userName=["a"]), pd.DataFrame({"id": ["1"], "userName": ["a"]}), [], "on is empty"),
        (wanted(tittle=["a"]), pd.DataFrame({"id": ["1"], "userName": ["a"]}), "userName", "did you mean 'title'"),
        (pd.DataFrame({"userName": ["a"], "active": [True]}), pd.DataFrame({"id": ["1"]}), "userName", "is bool, not text"),
        (wanted(userName=["a"], UserName=["a"]), pd.DataFrame({"id": ["1"]}), "userName", "two columns name userName"),
    ],
)
def test_what_cannot_be_compared_is_refused_by_name(desired, users, on, words):
    with pytest.raises(CompareError, match=words):
        sr.compare(desired, users, on=on)


@pytest.mark.parametrize("wrong", ["table", None, 7])
def test_what_is_no_side_of_a_comparison_is_refused(wrong):
    frame = pd.DataFrame({"id": ["1"], "userName": ["a"]})
    with pytest.raises(CompareError, match="takes desired users first"):
        sr.compare(wrong, frame, on="userName")
    with pytest.raises(CompareError, match="takes the current users second"):
        sr.compare(frame, wrong, on="userName")


@pytest.mark.parametrize("held", ["000417", "  0417", "\u200b0417", "\u00a00417"])
def test_keys_that_lost_their_zeros_are_a_finding(held):
    diff = sr.compare(wanted(externalId=["417"]), current({"userName": "obrien", "externalId": held}), on="externalId")
    assert set(diff.findings["finding"]) == {"nothing_matched", "zero_padding"}
    assert "leading zeros" in repr(diff)


@pytest.mark.parametrize(
    ("people", "total", "told"),
    [(["obrien"], 2, [["users_doubtful", "amber", 1]]), (["obrien"], 1, []), (["obrien", "null"], 3, [])],
    ids=["a row without a user in half a list", "in a whole list", "no row without a user"],
)
def test_a_row_that_finds_no_user_in_a_doubtful_list_is_told_as_doubtful(tmp_path, people, total, told):
    listed = {"totalResults": total, "Resources": [{"id": name, "userName": name} for name in people]}
    (tmp_path / "list.json").write_text(json.dumps(listed))
    users = sr.read_users(tmp_path / "list.json", dialect="rfc7644")
    found = sr.compare(pd.DataFrame({"userName": ["obrien", "null"]}), users, on="userName").findings
    doubts = found[found["finding"] == "users_doubtful"]
    assert doubts[["finding", "severity", "count"]].to_numpy().tolist() == told
    assert doubts["detail"].str.contains("may not be all there are: 1 ").all()


@pytest.mark.parametrize("wrong", ["1:title", pd.DataFrame({"path": ["title"]}), pd.Series([True])])
def test_select_takes_ids(wrong):
    diff = sr.compare(wanted(userName=["obrien"], title=["x"]), current({"userName": "obrien"}), on="userName")
    with pytest.raises(SelectionError, match="takes change ids"):
        diff.select(wrong)


def test_a_red_finding_stops_the_comparison_until_accepted_by_name(tmp_path):
    file = tmp_path / "ragged.csv"
    file.write_text("login,title\nobrien,Clerk\nnull,Clerk,surplus\n")
    desired = sr.map_users(sr.read_export(file), {"userName": "login"})
    users = pd.DataFrame({"id": ["1"], "userName": ["obrien"]})
    with pytest.raises(CompareError, match="accept=\\['many_rejects'\\]"):
        sr.compare(desired, users, on="userName")
    assert sr.compare(desired, users, on="userName", accept=["many_rejects"]).users["status"].tolist() == ["in_sync"]


def test_patterns_group_changes_alike():
    users = current(*({"userName": f"u{n}", ENTERPRISE: {"department": "R&D"}, "title": f"t{n}"} for n in range(3)))
    asked = wanted(userName=["u0", "u1", "u2"], department=["Research"] * 3, title=["", "", "Chief"])
    patterns = sr.compare(asked, users, on="userName").changes["pattern"].value_counts().to_dict()
    assert patterns == {"department: R&D → Research": 3, "title cleared": 2, "title changed": 1}


@pytest.fixture
def diff():
    users = current({"userName": "obrien", "title": "old", "active": True, "nickName": "Bri"})
    return sr.compare(wanted(userName=["obrien"], title=["new"], active=["false"], nickName=["bri"]), users, on="userName")


def test_select_keeps_the_ticked_rows(diff):
    assert diff.select(["1:title"]).changes.index.tolist() == ["1:title"]


@pytest.mark.parametrize(
    ("change_id", "words"),
    [("1:active", "unlock=\\['active'\\]"), ("1:nickName", "cosmetic=True"), ("1:nosuch", "not a change of this diff")],
)
def test_select_refuses_by_name_what_cannot_be_ticked(diff, change_id, words):
    with pytest.raises(SelectionError, match=words):
        diff.select(["1:title", change_id])


def test_cosmetic_changes_can_be_asked_for(diff):
    assert diff.select(["1:nickName"], cosmetic=True).changes.index.tolist() == ["1:nickName"]


def test_tickable_says_what_select_takes(diff):
    assert diff.tickable.to_dict() == {"1:active": False, "1:nickName": False, "1:title": True}


@pytest.mark.parametrize(("value", "kind"), [("Chief", "replace"), ("", "clear"), ("OLD", "cosmetic"), ("old", "cosmetic")])
def test_an_edit_is_a_new_diff_with_the_change_classified_again(diff, value, kind):
    edited = diff.edit({"1:title": value})
    assert edited.changes.loc["1:title", ["after", "kind", "flags"]].tolist() == [value, kind, "edited"]
    assert diff.changes.loc["1:title", "after"] == "new"


def test_an_edit_of_a_value_the_attribute_cannot_hold_is_invalid():
    users = current({"userName": "obrien", "active": True})
    diff = sr.compare(wanted(userName=["obrien"], active=["false"]), users, on="userName", unlock=["active"])
    assert diff.edit({"1:active": "perhaps"}).changes.loc["1:active", "status"] == "invalid"


@pytest.mark.parametrize("values", [{"1:nosuch": "x"}, {"1:title": None}, {"1:title": 7}])
def test_an_edit_of_nothing_or_to_no_text_is_refused(diff, values):
    with pytest.raises(SelectionError):
        diff.edit(values)


def test_a_diff_shows_hostile_names_as_text():
    hostile = "<img src=x onerror=alert(1)>"
    diff = sr.compare(wanted(userName=["obrien"], title=[hostile]), current({"userName": "obrien", "title": "x"}), on="userName")
    selection = diff.select(diff.changes.index)
    assert "<img" not in diff._repr_html_() + selection._repr_html_()


@settings(max_examples=settings.default.max_examples // 8)
@given(st.lists(USERS, max_size=4))
def test_comparing_users_with_themselves_finds_nothing(people):
    users = users_of(people)
    assert sr.compare(users.frame, users, on="id").changes.empty
