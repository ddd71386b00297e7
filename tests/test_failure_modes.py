"""What goes wrong in the field when directories are reconciled, and what an analyst sees of it here.

The numbers are those of the failures as the project keeps count of them: 4 keys, 5 letter case, 6 identity, 8 words for nothing,
9 blanks, 10 booleans, 11 encodings, 12 Unicode, 13 formatting, 14 multi-valued attributes, 16 managers.
"""

import pandas as pd
import pytest
from resources import ENTERPRISE, users_of

import scimrecon as sr
from scimrecon.errors import SelectionError


def wanted(**columns):
    return pd.DataFrame({name.replace("__", "."): values for name, values in columns.items()}, dtype="str")


def statuses(diff):
    return dict(zip(diff.changes["path"], diff.changes["status"], strict=True))


def test_04_two_people_without_a_key_are_not_each_other():
    diff = sr.compare(
        wanted(externalId=[None, ""], title=["Clerk", "Chief"]),
        users_of([{"userName": "ann"}, {"userName": "ben", "externalId": ""}]),
        on="externalId",
    )
    assert diff.changes.empty
    assert diff.users["status"].tolist() == ["invalid_source", "invalid_source", "target_only", "target_only"]
    assert diff.users.loc[0, "reason"] == "the key is blank or could not be mapped"


def test_04_a_key_held_twice_names_all_who_hold_it_and_updates_nobody():
    desired = wanted(nickName=["pat", "pat", "kim"], title=["Clerk", "Chief", "Buyer"])
    users = users_of(
        [{"userName": "a", "nickName": "Pat"}, {"userName": "b", "nickName": "pat"}, {"userName": "c", "nickName": "kim"}]
    )
    diff = sr.compare(desired, users, on="nickName")
    assert diff.users.loc[diff.users["status"] == "ambiguous", "candidates"].unique().tolist() == ["1, 2, line 0, line 1"]
    assert diff.changes["user_name"].tolist() == ["c"]


def test_05_letter_case_of_a_login_finds_the_user_and_is_only_formatting():
    diff = sr.compare(wanted(userName=["O.Brien@Example.com"]), users_of([{"userName": "o.brien@example.com"}]), on="userName")
    assert diff.changes.loc[diff.changes.index[0], ["kind", "pattern"]].tolist() == ["cosmetic", "userName: letter case only"]
    assert diff.users["status"].tolist() == ["cosmetic"]
    assert not diff.tickable.any()


def test_05_letter_case_of_an_external_id_is_another_id():
    diff = sr.compare(wanted(externalId=["ab1"]), users_of([{"userName": "obrien", "externalId": "AB1"}]), on="externalId")
    assert diff.users["status"].tolist() == ["source_only", "target_only"]
    assert "looks alike" in diff.users.loc[0, "reason"]
    assert diff.users.loc[0, "candidates"] == "1"


def test_06_a_changed_login_is_shown_and_locked_until_unlocked_by_name():
    user = {"userName": "old@example.com", "externalId": "E1", "emails": [{"value": "old@example.com", "primary": True}]}
    frame = wanted(externalId=["E1"], userName=["new@example.com"])
    frame["emails[primary eq true].value"] = "new@example.com"
    diff = sr.compare(frame, users_of([user]), on="externalId")
    assert statuses(diff) == {"emails[primary eq true].value": "locked", "userName": "locked"}
    with pytest.raises(SelectionError, match="unlock=\\['userName'\\]"):
        diff.select(["1:userName"])
    unlocked = sr.compare(frame, users_of([user]), on="externalId", unlock=["userName"])
    assert statuses(unlocked)["userName"] == "open"
    assert "identity" in unlocked.changes.loc["1:userName", "flags"]
    assert "1:userName" not in unlocked.routine


@pytest.mark.parametrize(
    ("logins", "problems"),
    [
        (["Ben", "ben"], ["the login 'Ben' is taken by user 2", None]),
        (["ben", "ann"], [None, None]),
        (["new", "NEW"], ["is asked for by more than one user"] * 2),
        (["ANN", "ben"], [None, None]),
    ],
)
def test_06_a_login_another_user_has_is_told_before_the_service_refuses_it(logins, problems):
    users = users_of([{"userName": "ann", "externalId": "E1"}, {"userName": "ben", "externalId": "E2"}])
    diff = sr.compare(wanted(externalId=["E1", "E2"], userName=logins), users, on="externalId", unlock=["userName"])
    found = dict(zip(diff.changes["user_id"], diff.changes["problem"], strict=True))
    for user_id, words in zip(["1", "2"], problems, strict=True):
        assert words is None or words in found[user_id]
        assert words is not None or pd.isna(found.get(user_id))


@pytest.mark.parametrize("word", ["NA", "None", "null", "Null", "nan"])
def test_08_words_that_look_like_nothing_are_text_and_are_flagged_for_a_look(word, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(f"login,surname\nobrien,{word}\n")
    desired = sr.map_users(sr.read_export(file), {"userName": "login", "name.familyName": "surname"})
    diff = sr.compare(desired, users_of([{"userName": "obrien", "name": {"familyName": "Smith"}}]), on="userName")
    change = diff.changes.loc["1:name.familyName"]
    assert [change["after"], change["status"], change["flags"]] == [word, "open", "null_word"]
    assert diff.routine.empty


@pytest.mark.parametrize(
    ("on_blank", "expected"),
    [("keep", []), ("clear", [("clear", "open")]), ("error", [("clear", "invalid")])],
)
def test_09_a_blank_cell_does_what_the_mapping_says_of_it(on_blank, expected):
    rows = pd.DataFrame({"login": ["obrien"], "job": [""]}, dtype="str")
    desired = sr.map_users(rows, {"userName": "login", "title": sr.column("job", on_blank=on_blank)})
    diff = sr.compare(desired, users_of([{"userName": "obrien", "title": "Clerk"}]), on="userName")
    found = list(zip(diff.changes["kind"], diff.changes["status"], strict=True))
    assert found == ([("replace", "invalid")] if on_blank == "error" else expected)
    assert diff.routine.empty


def test_09_a_column_that_turned_blank_is_a_finding():
    people = [{"userName": f"u{number}", "title": "Clerk"} for number in range(6)]
    frame = wanted(userName=[f"u{number}" for number in range(6)], title=[None] * 6)
    diff = sr.compare(frame, users_of(people), on="userName")
    assert "blank_attribute" in set(diff.findings["finding"])
    cleared = sr.map_users(frame, {"userName": "userName", "title": sr.column("title", on_blank="clear")})
    with pytest.raises(sr.errors.CompareError, match=r"blank_attribute: .*would be cleared.*accept=\['blank_attribute'\]"):
        sr.compare(cleared, users_of(people), on="userName")
    accepted = sr.compare(cleared, users_of(people), on="userName", accept=["blank_attribute"])
    assert set(accepted.changes["kind"]) == {"clear"}


@pytest.mark.parametrize(
    ("held", "word", "expected"),
    [
        (True, "Yes", None),
        (True, "no", ("replace", "deactivation")),
        (False, "1", ("replace", "reactivation")),
        ("True", "TRUE", ("cosmetic", "reactivation")),
    ],
)
def test_10_booleans_are_words_of_a_vocabulary(held, word, expected):
    desired = sr.map_users(pd.DataFrame({"login": ["obrien"], "on": [word]}, dtype="str"), {"userName": "login", "active": "on"})
    diff = sr.compare(desired, users_of([{"userName": "obrien", "active": held}]), on="userName", unlock=["active"])
    found = [(kind, flags) for kind, flags in zip(diff.changes["kind"], diff.changes["flags"], strict=True)]
    assert found == ([] if expected is None else [expected])
    assert diff.routine.empty


def test_10_a_word_of_no_vocabulary_is_a_problem_of_that_cell_never_a_guess():
    rows = pd.DataFrame({"login": ["obrien"], "on": ["vielleicht"], "job": ["Clerk"]}, dtype="str")
    desired = sr.map_users(rows, {"userName": "login", "active": "on", "title": "job"})
    diff = sr.compare(desired, users_of([{"userName": "obrien", "active": True}]), on="userName", unlock=["active"])
    assert statuses(diff) == {"active": "invalid", "title": "open"}
    assert "'vielleicht' is neither a word for true nor for false" in diff.changes.loc["1:active", "problem"]


@pytest.mark.parametrize(
    ("cell", "words"),
    [("M\u00c3\u00bcller", "Müller"), ("M\ufffdller", "could not be read"), ("M?ller", "?")],
)
def test_11_a_name_damaged_by_a_wrong_encoding_is_never_sent(cell, words):
    frame = wanted(userName=["m"], name__familyName=[cell], title=["Clerk"])
    diff = sr.compare(frame, users_of([{"userName": "m", "name": {"familyName": "Müller"}}]), on="userName")
    assert statuses(diff) == {"name.familyName": "invalid", "title": "open"}
    assert words in diff.changes.loc["1:name.familyName", "problem"]


def test_12_the_same_name_in_other_code_points_is_formatting():
    frame = wanted(userName=["jose"], name__givenName=["Jose\u0301"], nickName=["Jo\u200bse"])
    diff = sr.compare(frame, users_of([{"userName": "jose", "name": {"givenName": "José"}, "nickName": "Jose"}]), on="userName")
    assert set(diff.changes["kind"]) == {"cosmetic"}
    assert diff.changes["pattern"].tolist() == ["name.givenName: Unicode form only", "nickName: hidden characters only"]
    assert diff.changes.loc["1:nickName", "flags"] == "hidden_characters"


@pytest.mark.parametrize("key", ["m\u0131ke", "\u212aim", "\uff4dike"])
def test_12_a_login_that_only_looks_alike_is_never_the_same_person(key):
    diff = sr.compare(
        wanted(userName=[key], title=["Clerk"]), users_of([{"userName": "mike"}, {"userName": "kim"}]), on="userName"
    )
    assert diff.changes.empty
    assert diff.users.loc[0, "status"] == "source_only"


def test_12_letters_of_two_scripts_in_one_word_are_flagged():
    frame = wanted(userName=["a", "b"], title=["\u0421lerk", "Инженер"])
    diff = sr.compare(frame, users_of([{"userName": "a"}, {"userName": "b"}]), on="userName")
    assert diff.changes["flags"].tolist() == ["mixed_script", ""]


@pytest.mark.parametrize(
    ("path", "held", "asked"),
    [
        ("title", "Clerk ", "Clerk"),
        ('phoneNumbers[type eq "work"].value', "+442079460000", "(020) 7946 0000"),
        ("locale", "en_GB", "en-GB"),
        ("timezone", "W. Europe Standard Time", "Europe/Berlin"),
        ('addresses[type eq "work"].country', "Germany", "DE"),
        ('emails[type eq "home"].value', "a@XN--MNCHEN-3YA.example", "a@münchen.example"),
    ],
)
def test_13_what_is_written_another_way_is_formatting_not_a_change(path, held, asked):
    name, _, part = path.partition("[")
    sub = part.rpartition(".")[2]
    kind = part.split('"')[1] if part else ""
    user = {"userName": "obrien", name: [{"type": kind, sub: held}] if part else held}
    diff = sr.compare(pd.DataFrame({"userName": ["obrien"], path: [asked]}), users_of([user]), on="userName", region="GB")
    assert diff.changes["kind"].tolist() == ["cosmetic"]
    assert diff.users["status"].tolist() == ["cosmetic"]


def test_13_a_value_the_server_keeps_rewriting_is_told_and_a_comparator_ends_it():
    users = users_of([{"userName": "obrien", "costCenter": None, ENTERPRISE: {"costCenter": "4100"}}])
    frame = wanted(userName=["obrien"], costCenter=["CC-4100"])
    ran = {"user_id": ["1"], "path": ["costCenter"], "desired": ["CC-4100"], "read_back": ["4100"], "outcome": ["not_converged"]}
    diff = sr.compare(frame, users, on="userName", base=pd.DataFrame(ran, dtype="str"))
    assert diff.changes["flags"].tolist() == ["rewritten"]
    assert "server_rewrites" in set(diff.findings["finding"])
    same = sr.compare(frame, users, on="userName", comparators={"costCenter": lambda text: text.removeprefix("CC-")})
    assert same.changes["kind"].tolist() == ["cosmetic"]


def test_14_the_home_number_stays_when_the_work_number_changes_whatever_their_order():
    phones = [{"type": "home", "value": "1"}, {"type": "work", "value": "2"}]
    frame = pd.DataFrame({"userName": ["a", "b"], 'phoneNumbers[type eq "work"].value': ["3", "2"]})
    users = users_of([{"userName": "a", "phoneNumbers": phones}, {"userName": "b", "phoneNumbers": phones[::-1]}])
    diff = sr.compare(frame, users, on="userName")
    assert diff.changes[["path", "before", "after"]].to_numpy().tolist() == [['phoneNumbers[type eq "work"].value', "2", "3"]]


def test_14_two_elements_of_one_type_are_a_problem_never_the_first():
    phones = [{"type": "work", "value": "1"}, {"type": "work", "value": "2"}]
    frame = pd.DataFrame({"userName": ["a"], 'phoneNumbers[type eq "work"].value': ["3"]})
    diff = sr.compare(frame, users_of([{"userName": "a", "phoneNumbers": phones}]), on="userName")
    assert diff.changes["status"].tolist() == ["invalid"]
    assert "2 elements match" in diff.changes["problem"].iloc[0]


def test_16_a_manager_is_found_by_number_and_sent_as_an_id():
    rows = pd.DataFrame({"id": ["E1", "E2"], "login": ["ann", "ben"], "boss": [None, "E1"]}, dtype="str")
    mapping = {"userName": "login", "employeeNumber": "id", "manager.value": sr.reference("boss", on="employeeNumber")}
    people = [{"userName": name, ENTERPRISE: {"employeeNumber": number}} for name, number in (("ann", "E1"), ("ben", "E2"))]
    diff = sr.compare(sr.map_users(rows, mapping), users_of(people), on="userName")
    assert diff.changes[["path", "after", "status"]].to_numpy().tolist() == [["manager.value", "1", "open"]]


@pytest.mark.parametrize(
    ("bosses", "words"),
    [
        (["E9", None], "nobody has employeeNumber 'E9'"),
        (["E1", None], "of itself"),
        (["E2", "E1"], "circle"),
    ],
)
def test_16_a_manager_who_is_missing_oneself_or_in_a_circle_is_never_sent(bosses, words):
    rows = pd.DataFrame({"id": ["E1", "E2"], "login": ["ann", "ben"], "boss": bosses, "job": ["Clerk", "Chief"]}, dtype="str")
    mapping = {
        "userName": "login",
        "employeeNumber": "id",
        "title": "job",
        "manager.value": sr.reference("boss", on="employeeNumber"),
    }
    people = [{"userName": name, ENTERPRISE: {"employeeNumber": number}} for name, number in (("ann", "E1"), ("ben", "E2"))]
    diff = sr.compare(sr.map_users(rows, mapping), users_of(people), on="userName")
    managers = diff.changes[diff.changes["path"] == "manager.value"]
    assert set(managers["status"]) == {"invalid"}
    assert words in managers["problem"].iloc[0]
    assert set(diff.changes.loc[diff.changes["path"] == "title", "status"]) == {"open"}
