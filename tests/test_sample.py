"""The sample: reproducible, accepted by the practice server, and its truth is true."""

import csv
import io
import json
import re
import shutil
import subprocess
import sys
import unicodedata
from collections import Counter
from pathlib import Path

import httpx
import pytest

from scimrecon import sandbox

SAMPLE = Path(__file__).parents[1] / "data" / "sample"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
FACILITIES = "urn:example:params:scim:schemas:extension:facilities:2.0:User"
TRUTHS = ("rfc7644_drift.csv", "rfc7644_managers.csv", "rfc7644_roles.csv")
VENDORS = ("twilio", "huawei", "descope")
WRITTEN = ("workday.csv", "rfc7644_users.json", *TRUTHS, "rfc7644_people.csv", *(f"{vendor}_users.json" for vendor in VENDORS))
PRESET = {
    "userName": "Email",
    "externalId": "Employee_ID",
    "employeeNumber": "Employee_ID",
    "name.givenName": "Legal_First_Name",
    "name.familyName": "Legal_Last_Name",
    "displayName": "Preferred_Name",
    "title": "Job_Title",
    "department": "Supervisory_Organization",
    "costCenter": "Cost_Center",
    "organization": "Company",
    "userType": "Employee_Type",
    "locale": "Locale",
    'emails[type eq "work"].value': "Email",
    'phoneNumbers[type eq "work"].value': "Work_Phone",
    'phoneNumbers[type eq "mobile"].value': "Mobile_Phone",
    'addresses[type eq "work"].locality': "Location",
    "active": "Worker_Status",
}
IDENTITY = {"active", "userName", "externalId", 'emails[type eq "work"].value'}


def read_truth(name):
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def value_of(user, path):
    """Read one attribute, by means other than the library's."""
    if path in ("employeeNumber", "department", "costCenter", "organization"):
        return user.get(ENTERPRISE, {}).get(path, "")
    if element := re.fullmatch(r'(\w+)\[type eq "(\w+)"\]\.(\w+)', path):
        name, kind, part = element.groups()
        return next((one[part] for one in user.get(name, []) if one.get("type") == kind), "")
    name, _, part = path.partition(".")
    found = user.get(name, {}).get(part, "") if part else user.get(name, "")
    return str(found).lower() if isinstance(found, bool) else found


def alike(path, before, after):
    return path != "externalId" and len({plain(path, value) for value in (before, after)}) == 1


def plain(path, value):
    """Write a value as if formatting did not matter; a number without a plus is taken for a British one."""
    value = unicodedata.normalize("NFC", value).strip().casefold()
    if path == "locale":
        return value.replace("_", "-")
    if path.startswith("phoneNumbers") and value:
        digits = re.sub(r"[^+\d]", "", value.removeprefix("tel:").replace("(0)", ""))
        return "+44" + digits[1:] if digits.startswith("0") else digits
    return value


def differences(row, user, logins):
    """Compare one record with one user, attribute by attribute; `logins` are those on the service."""
    for path, column in PRESET.items():
        after, before = row[column].strip(), value_of(user, path)
        if path == "active":
            after = "false" if after == "Terminated" else "true"
        if before == after or not (after or path == "title"):
            continue
        if alike(path, before, after):
            kind = "cosmetic"
        elif not after:
            kind = "clear"
        elif before:
            kind = "replace"
        else:
            kind = "add_element" if "[" in path else "set"
        status = "locked" if path in IDENTITY else "open"
        yield path, before, after, kind, "invalid" if path == "userName" and after in logins else status


@pytest.fixture(scope="module")
def users():
    listed = json.loads((SAMPLE / "rfc7644_users.json").read_text(encoding="utf-8"))
    assert listed["totalResults"] == len(listed["Resources"])
    return {user["id"]: user for user in listed["Resources"]}


@pytest.fixture(scope="module")
def people():
    return read_truth("rfc7644_people.csv")


@pytest.fixture(scope="module")
def records():
    """The export's well-formed records by employee id."""
    text = (SAMPLE / "workday.csv").read_bytes().decode("utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    whole = [dict(zip(header, row, strict=True)) for row in rows if len(row) == len(header)]
    return {row["Employee_ID"]: row for row in whole if row["Employee_ID"]}


@pytest.fixture(scope="module")
def served():
    with (
        sandbox.start("rfc7644", users=SAMPLE / "rfc7644_users.json") as server,
        httpx.Client(
            base_url=server.url, headers={"Authorization": f"Bearer {server.credentials['token']}"}, trust_env=False
        ) as client,
    ):
        yield client


def test_the_generator_writes_the_committed_files(tmp_path):
    for source in SAMPLE.glob("*.py"):
        shutil.copy(source, tmp_path)

    subprocess.run([sys.executable, "-W", "error", tmp_path / "make_sample.py"], check=True, capture_output=True)

    for name in WRITTEN:
        assert (tmp_path / name).read_bytes() == (SAMPLE / name).read_bytes(), name


def test_every_person_is_in_the_truth_once(people, records, users):
    assert Counter(person["employee_id"] for person in people if person["status"] != "target_only").most_common(1)[0][1] == 1
    assert {person["user_id"] for person in people} - {""} == set(users)
    assert sum(person["status"] != "target_only" for person in people) == 500
    read = {person["employee_id"] for person in people if person["status"] not in ("rejected", "target_only")}
    assert read == set(records)


def test_the_truth_pairs_each_person_as_the_keys_do(people, records, users):
    by_external_id = {user["externalId"]: user["id"] for user in users.values() if "externalId" in user}
    by_user_name = {user["userName"]: user["id"] for user in users.values()}
    for person in people:
        if row := records.get(person["employee_id"]):
            found = by_external_id.get(row["Employee_ID"]) or by_user_name.get(row["Email"].strip(), "")
            assert person["user_id"] == found, person
        else:
            assert person["status"] in ("rejected", "target_only")


def test_the_noted_drift_is_the_whole_difference(people, records, users):
    noted = {
        (drift["user_id"], drift["path"], drift["before"], drift["after"], drift["kind"], drift["status"])
        for drift in read_truth("rfc7644_drift.csv")
    }
    logins = {user["userName"] for user in users.values()}
    found = {
        (person["user_id"], *difference)
        for person in people
        if person["employee_id"] in records and person["user_id"]
        for difference in differences(records[person["employee_id"]], users[person["user_id"]], logins)
    }

    assert found == noted


def test_a_noted_manager_is_whom_the_export_names_and_the_service_does_not_have(people, records, users):
    by_number = {person["employee_id"]: person["user_id"] for person in people if person["employee_id"]}
    found = set()
    for number, row in records.items():
        held = users.get(by_number[number], {}).get(ENTERPRISE, {}).get("manager", {}).get("value", "")
        named = by_number.get(row["Manager_ID"], "")
        if by_number[number] and row["Manager_ID"] and named != held:
            loops = records.get(row["Manager_ID"], {}).get("Manager_ID") == number
            meant = "" if row["Manager_ID"] == number else named
            found.add((number, held, meant, "invalid" if loops or not meant else "open"))
    noted = read_truth("rfc7644_managers.csv")

    assert {(one["employee_id"], one["before"], one["after"], one["status"]) for one in noted} == found
    assert Counter(one["drift"] for one in noted) == {
        "team moved": 6, "manager changed": 4, "managers of each other": 2, "own manager": 1, "manager nobody has": 1,
    }  # fmt: skip


def test_nobody_else_is_above_their_own_manager(records):
    noted = {one["employee_id"] for one in read_truth("rfc7644_managers.csv") if one["status"] == "invalid"}
    for number in records.keys() - noted:
        above, seen = number, set()
        while above in records and above not in noted:
            assert above not in seen
            seen.add(above)
            above = records[above]["Manager_ID"]


def test_a_noted_role_is_on_one_side_only(people, records, users):
    found = set()
    for person in people:
        asked = set(filter(None, records.get(person["employee_id"], {}).get("Access_Roles", "").split("; ")))
        held = {role["value"] for role in users.get(person["user_id"], {}).get("roles", [])}
        if person["user_id"] and asked:
            found |= {(person["user_id"], "", role, "open") for role in asked - held}
            found |= {(person["user_id"], role, "", "locked") for role in held - asked}
    noted = read_truth("rfc7644_roles.csv")

    assert {(one["user_id"], one["before"], one["after"], one["status"]) for one in noted} == found
    assert Counter(one["drift"] for one in noted) == {"role missing": 15, "role of its own": 5}


def test_the_service_writes_numbers_and_locales_in_several_ways():
    written = Counter(one["drift"] for one in read_truth("rfc7644_drift.csv"))
    users_by = {name: set() for name in ("phone", "locale")}
    for one in read_truth("rfc7644_drift.csv"):
        for name, users in users_by.items():
            if one["kind"] == "cosmetic" and one["path"].startswith(name):
                users.add(one["user_id"])

    assert [name for name in ("E.164", "trunk zero", "hyphens", "tel URI", "national") if not written[f"phone as {name}"]] == []
    assert {name: len(users) for name, users in users_by.items()} == {"phone": 58, "locale": 30}


def test_each_status_follows_from_the_noted_drift(people):
    drift = {}
    for row in read_truth("rfc7644_drift.csv"):
        if row["drift"] != "blank title":
            drift.setdefault(row["user_id"], set()).add("cosmetic" if row["kind"] == "cosmetic" else row["status"])
    for person in people:
        if person["status"] in ("source_only", "target_only", "rejected"):
            assert person["user_id"] not in drift
            continue
        kinds = drift.get(person["user_id"], set())
        expected = "changed" if "open" in kinds else "locked_only" if "locked" in kinds else "cosmetic" if kinds else "in_sync"
        assert person["status"] == expected, person


def test_fewer_than_a_fifth_of_the_matched_change(people):
    counts = Counter(person["status"] for person in people)
    matched = counts["in_sync"] + counts["changed"] + counts["cosmetic"] + counts["locked_only"]

    assert matched == 489
    assert 70 <= counts["changed"] < matched / 5
    assert (counts["source_only"], counts["target_only"], counts["rejected"]) == (8, 6, 3)


def test_the_lines_of_the_truth_are_where_the_records_start(people):
    data = (SAMPLE / "workday.csv").read_bytes()
    lines = data.decode("utf-8").split("\n")
    listed = [person for person in people if person["line"]]

    assert not data.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in data
    assert [int(person["line"]) for person in listed] != list(range(2, 502)), "quoted newlines shift the lines"
    for person in listed:
        assert lines[int(person["line"]) - 1].startswith(person["employee_id"] + ",")


def test_malformed_records_are_as_the_truth_says(people):
    lines = (SAMPLE / "workday.csv").read_text(encoding="utf-8").split("\n")
    fields = {
        person["reason"]: next(csv.reader([lines[int(person["line"]) - 1]]))
        for person in people
        if person["status"] == "rejected"
    }

    assert len(fields["ragged"]) == 20
    assert len(fields["short"]) == 15
    assert fields["blank key"][0] == ""


def test_awkward_people_are_among_the_records(records, users):
    surnames = {row["Legal_Last_Name"] for row in records.values()}
    emails = Counter(row["Email"].strip() for row in records.values())

    assert {"Null", "NA", "None", "True", "O'Brien", "王", "Кузнецова", "حداد", "Παπαδόπουλος", "Weiß"} <= surnames
    assert any(name != unicodedata.normalize("NFC", name) for name in surnames)
    assert all(
        user["displayName"] == unicodedata.normalize("NFC", user["displayName"])
        for user in users.values()
        if "displayName" in user
    )
    assert max(map(len, surnames)) >= 60
    assert min(len(row["Legal_First_Name"]) for row in records.values()) == 1
    assert [count for _, count in emails.most_common(2)] == [2, 1]
    assert {row["Preferred_Name"][:5] for row in records.values()} >= {"<img ", "=HYPE"}
    assert all(re.fullmatch(r"0\d{5}|\d{6}", key) for key in records)


def test_users_hold_what_no_mapping_writes(users):
    held = Counter(name for user in users.values() for name in user)

    assert 200 <= held[FACILITIES] <= 300
    assert 50 <= sum(len(user.get("emails", [])) == 2 for user in users.values()) <= 70
    for name in ("nickName", "preferredLanguage", "timezone", "ims", "entitlements", "profileUrl"):
        assert held[name], name
    assert any("display" in role for user in users.values() for role in user.get("roles", []))
    managers = {user.get(ENTERPRISE, {}).get("manager", {}).get("value") for user in users.values()} - {None}
    assert managers <= set(users)


def test_the_service_gives_back_what_was_put(served, users):
    for user_id, user in users.items():
        assert without_meta(served.get(f"/Users/{user_id}").json()) == user

        put = served.put(f"/Users/{user_id}", json=served.get(f"/Users/{user_id}").json())

        assert put.status_code == 200, put.text
        assert without_meta(served.get(f"/Users/{user_id}").json()) == user


def without_meta(user):
    return {name: value for name, value in user.items() if name != "meta"}
