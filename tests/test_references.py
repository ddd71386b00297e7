"""Whom a reference means, and circles of managers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scimrecon.diff.references import describe_cycle, find_cycles, resolve_references
from scimrecon.mapping import column, map_users, reference
from scimrecon.values import normalise, normalise_dn

MANAGER = "manager.value"
MAIL = 'emails[type eq "work"].value'

STAFF = pd.DataFrame(
    {
        "Number": ["000103", "000106", "000312", "000417"],
        "Mail": ["anna@example.com", "ben@example.com", "cleo@example.com", "dan@example.com"],
        "Name": ["Anna Baker", "Ben O'Brien", "Cleo Šimić", "Dan Null"],
        "DN": [
            "CN=Baker\\, Anna,OU=Staff,DC=example,DC=com",
            "CN=O'Brien\\, Ben,OU=Staff,DC=example,DC=com",
            "CN=Šimić\\, Cleo,OU=Staff,DC=example,DC=com",
            "CN=Null\\, Dan,OU=Staff,DC=example,DC=com",
        ],
    },
    index=[2, 3, 4, 5],
    dtype="str",
)
USERS = pd.DataFrame(
    {
        "id": ["u-anna", "u-ben", "u-cleo", "u-erin"],
        "userName": ["anna@example.com", "ben@example.com", "cleo@example.com", "erin@example.com"],
        "employeeNumber": ["000103", "000106", "000312", "000500"],
        "displayName": ["Anna Baker", "Ben O'Brien", "Cleo Šimić", "Erin Chief"],
        MAIL: ["anna@example.com", "ben@example.com", "cleo@example.com", "erin@example.com"],
    },
    dtype="str",
)
MAPPING = {"employeeNumber": "Number", MAIL: "Mail", "displayName": "Name"}
MATCHED = [0, 1, 2, -1]
"""Anna, Ben and Cleo are users of the target; Dan is not, and Erin is in no row."""


def resolve(managers, *, on="employeeNumber", staff=STAFF, users=USERS, matched=MATCHED, mapping=MAPPING, on_blank="keep"):
    """Resolve one manager a row, as comparing does."""
    rows = staff.assign(Manager=pd.Series(managers, index=staff.index, dtype="str"))
    desired = map_users(rows, {**mapping, MANAGER: reference("Manager", on=on, on_blank=on_blank)})
    known = desired.references[MANAGER]
    keys = known.keys if known.keys is not None else desired.frame.get(known.on)
    return resolve_references(
        desired.frame[MANAGER].reset_index(drop=True),
        own_keys=None if keys is None else keys.reset_index(drop=True),
        user_keys=users.get(known.on),
        user_of=np.array(matched, dtype=np.int64),
        user_ids=users["id"],
        user_names=users["userName"],
        lines=rows.index.tolist(),
        normalise=lambda texts: normalise(texts, case_exact=False),
        path=MANAGER,
        on=known.on or known.column,
    )


def ids(resolved):
    return [None if pd.isna(one) else one for one in resolved.ids]


@pytest.mark.parametrize(
    ("on", "anna", "ben"),
    [
        ("employeeNumber", "000103", "000106"),
        (MAIL, "anna@example.com", "BEN@example.com "),
        ("displayName", "anna baker", "Ben O'Brien"),
        ("Number", "000103", "000106"),
        ("Name", "Anna Baker", "ben o'brien"),
        ("DN", "cn=baker\\2C anna, ou=staff, dc=example, dc=com", "CN = O'Brien\\, Ben , OU = Staff,DC=example,DC=com"),
    ],
)
def test_a_manager_is_found_by_whatever_the_export_names_people_by(on, anna, ben):
    resolved = resolve([None, anna, ben, anna], on=on)
    assert ids(resolved) == [None, "u-anna", "u-ben", "u-anna"]
    assert resolved.problems == {}


def test_a_reference_without_an_opinion_stays_without_and_one_that_clears_clears():
    assert ids(resolve([None, " ", "000103", ""])) == [None, None, "u-anna", None]
    assert ids(resolve([None, " ", "000103", ""], on_blank="clear")) == ["", "", "u-anna", ""]


def test_the_row_that_has_the_key_decides_though_the_target_knows_that_user_by_none():
    users = USERS.assign(employeeNumber=pd.Series([None, None, None, None], dtype="str"))
    assert ids(resolve([None, "000103", "000106", None], users=users)) == [None, "u-anna", "u-ben", None]


def test_a_manager_outside_the_export_is_found_on_the_target():
    resolved = resolve(["000500", "000500", None, None])
    assert ids(resolved) == ["u-erin", "u-erin", None, None]
    assert resolved.problems == {}


def test_a_manager_is_found_on_the_target_only_where_the_mapping_does_not_map_the_key():
    resolved = resolve([None, "anna@example.com", "zoe@example.com", None], on="userName")
    assert ids(resolved) == [None, "u-anna", None, None]
    assert resolved.problems == {
        2: "no user of the target has userName 'zoe@example.com'; "
        "the export was not searched, as the mapping does not map userName"
    }


def test_a_manager_whom_nobody_knows_is_a_problem_and_is_never_sent_as_text():
    resolved = resolve([None, "000999", "000103", None])
    assert ids(resolved) == [None, None, "u-anna", None]
    assert resolved.problems == {1: "nobody has employeeNumber '000999', neither in the export nor on the target"}


def test_a_key_the_target_cannot_have_is_looked_for_in_the_export_only():
    resolved = resolve([None, "CN=Zoe,DC=example", None, None], on="DN")
    assert resolved.problems == {1: "no row of the export has DN 'CN=Zoe,DC=example'; the target does not know DN"}


def test_a_key_neither_side_has_finds_nobody():
    resolved = resolve([None, "zoe", None, None], on="nickName")
    assert resolved.problems == {1: "nickName 'zoe' cannot be looked up: neither the export nor the target has nickName"}


def test_a_manager_in_the_export_without_a_user_is_a_problem_that_says_so():
    resolved = resolve([None, "000417", None, None])
    assert ids(resolved) == [None] * 4
    assert resolved.problems == {
        1: "employeeNumber '000417' is in the export (line 5), but that person has no user on the target"
    }


def test_a_manager_in_the_export_without_a_match_is_looked_for_on_the_target():
    users = USERS.assign(employeeNumber=["000103", "000106", "000312", "000417"])
    assert ids(resolve([None, "000417", None, None], users=users)) == [None, "u-erin", None, None]


def test_a_key_that_two_rows_have_means_neither():
    staff = STAFF.assign(Number=["000103", "000417", "000417", "000417"])
    resolved = resolve(["000417", "000103", None, None], staff=staff)
    assert ids(resolved) == [None, "u-anna", None, None]
    assert resolved.problems == {0: "3 rows of the export have employeeNumber '000417': lines 3, 4, 5"}


def test_a_key_that_two_users_have_means_neither_even_if_a_row_has_it():
    users = USERS.assign(displayName=["Anna Baker", "Ben O'Brien", "Cleo Šimić", "anna baker"])
    resolved = resolve([None, "Anna Baker", None, None], on="displayName", users=users)
    assert ids(resolved) == [None] * 4
    assert resolved.problems == {
        1: "2 users of the target have displayName 'Anna Baker': u-anna (anna@example.com), u-erin (erin@example.com)"
    }


def test_of_many_candidates_five_are_named():
    staff = pd.DataFrame({"Number": ["7"] * 8}, index=range(2, 10), dtype="str")
    resolved = resolve(["7", *[None] * 7], staff=staff, matched=[-1] * 8, mapping={"employeeNumber": "Number"})
    assert resolved.problems == {0: "8 rows of the export have employeeNumber '7': lines 2, 3, 4, 5, 6 and 3 more"}


def test_sides_that_disagree_on_who_has_a_key_mean_nobody():
    users = USERS.assign(employeeNumber=["000102", "000106", "000312", "000103"])
    resolved = resolve([None, "000103", None, None], users=users)
    assert ids(resolved) == [None] * 4
    assert resolved.problems == {
        1: "line 2 of the export has employeeNumber '000103' and is user u-anna (anna@example.com), "
        "but on the target user u-erin (erin@example.com) has it"
    }


@pytest.mark.parametrize("number", ["000417", "000500"])
def test_a_user_to_whom_the_export_gives_another_key_is_not_meant_by_the_old_one(number):
    users = USERS.assign(employeeNumber=["000103", "000106", number, None])
    resolved = resolve([None, number, None, None], users=users)
    assert ids(resolved) == [None] * 4
    assert resolved.problems == {
        1: f"user u-cleo (cleo@example.com) of the target has employeeNumber '{number}', "
        "but that user is line 4 of the export, which has '000312'"
    }


def test_a_user_whose_row_has_no_key_is_found_on_the_target():
    staff = STAFF.assign(Number=pd.Series(["000103", "000106", None, "000417"], index=STAFF.index, dtype="str"))
    assert ids(resolve([None, "000312", None, None], staff=staff)) == [None, "u-cleo", None, None]


def test_a_user_cannot_be_the_manager_of_itself():
    resolved = resolve(["000103", "000103", None, None])
    assert ids(resolved) == [None, "u-anna", None, None]
    assert resolved.problems == {0: "a user cannot be the manager of itself; employeeNumber '000103' is its own"}


def test_nobody_is_found_where_there_is_nobody():
    resolved = resolve([None, "000103", None, None], users=USERS.iloc[:0], matched=[-1] * 4)
    assert resolved.problems == {
        1: "employeeNumber '000103' is in the export (line 2), but that person has no user on the target"
    }
    empty = resolve([], staff=STAFF.iloc[:0], matched=[])
    assert (len(empty.ids), empty.problems) == (0, {})


def test_a_user_without_a_name_is_named_by_its_id():
    users = USERS.assign(employeeNumber="7", userName=pd.Series([None] * 4, dtype="str"))
    assert resolve([None, "7", None, None], users=users).problems[1].endswith("'7': u-anna, u-ben, u-cleo, u-erin")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Ann,OU=Staff,DC=example", "cn=ann, ou=staff , dc = EXAMPLE"),
        ("CN=Doe\\, Ann,DC=example", "CN=Doe\\2C Ann,DC=example"),
        ("CN=Doe\\, Ann,DC=example", "cn=doe\\2c ann,dc=example"),
        ("CN=R\\+D,DC=example", "CN=R\\2BD,DC=example"),
        ("CN=Ann + UID=417,DC=example", "cn=ann+uid=417,dc=example"),
        ("CN=a\\\\b,DC=example", "CN=a\\5Cb,DC=example"),
        ("CN=Lu\\C4\\8Di\\C4\\87,DC=example", "CN=Lučić,DC=example"),
        ("CN=\\C4\\8Cer\\, Ann,DC=example", "CN=čer\\2C Ann,DC=example"),
        ('CN=\\"Ann\\",DC=example', "CN=\\22Ann\\22,DC=example"),
        ("CN=a\\=b,DC=example", "CN=a=b,DC=example"),
        ("CN=\\FFx,DC=example", "cn=\\ffx,dc=example"),
        ("CN=Ann + UID=417,DC=example", "uid=417+cn=ANN,dc=example"),
        ("CN=R\\+D+L=a,DC=example", "l=a + cn=r\\2bd , dc=example"),
        ("CN=Ann,OU=Staff,DC=example", "commonName=Ann,2.5.4.11=Staff,domainComponent=example"),
        ("CN=Ann,DC=example", "OID.2.5.4.3=ann,0.9.2342.19200300.100.1.25=example"),
        ("UID=ann+S=Cork,DC=example", "st=Cork+userid=ann,dc=example"),
        ('CN="Lee, Ann",DC=example', "CN=Lee\\, Ann,DC=example"),
        ('CN="a \\"b\\" + c" , DC=example', "CN=a \\22b\\22 \\+ c,DC=example"),
        ("CN=\\ Ann\\ ,DC=example", "CN=ann,DC=example"),
        ("CN=\\#1 fan,DC=example", "CN=\\231 fan,DC=example"),
        ("CN=#0C034C6565,DC=example", "CN=Lee,DC=example"),
        ("CN=a \\= b,DC=example", "CN=a = b,DC=example"),
        ("1.3.6.1.4.1.1466.0=#04020001,DC=example", "1.3.6.1.4.1.1466.0=\\00\\01,DC=example"),
        ("CN=x,1.2.3=#0201FF", "cn=x,1.2.3=#0201ff"),
        ("CN=An\u200bn,DC=example", "CN=Ann,DC=example"),
    ],
)
def test_distinguished_names_alike_but_for_case_spacing_and_escapes_are_one(one, other):
    normal = normalise_dn(pd.Series([one, other], dtype="str"))
    assert normal[0] == normal[1]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CN=Doe\\, Ann,DC=example", "CN=Doe,CN=Ann,DC=example"),
        ("CN=Doe\\, Ann,DC=example", "CN=Doe, Ann,DC=example"),
        ("CN=Doe\\, Ann,DC=example", "CN=Doe\\,Ann,DC=example"),
        ("CN=a\\\\,DC=example", "CN=a\\,DC=example"),
        ("CN=a\\\\2C,DC=example", "CN=a\\2C,DC=example"),
        ("CN=R\\+D,DC=example", "CN=R+D,DC=example"),
        ("CN=a+L=b,DC=example", "CN=a,L=b,DC=example"),
        ("CN=Ann,OU=Staff,DC=example", "CN=Ann,DC=example"),
        ("CN=Ann,DC=example", "SN=Ann,DC=example"),
        ('CN="Lee,CN=Ann",DC=example', "CN=Lee,CN=Ann,DC=example"),
        ("CN=#0C034C6565,DC=example", "CN=\\#0C034C6565,DC=example"),
        ("CN=\\#1,DC=example", "CN=1,DC=example"),
        ("1.2.3=#0201FF", "1.2.3=\\FF"),
        ("CN=commonname=a,DC=example", "CN=cn=a,DC=example"),
    ],
)
def test_distinguished_names_that_differ_in_a_value_stay_apart(one, other):
    normal = normalise_dn(pd.Series([one, other], dtype="str"))
    assert normal[0] != normal[1]


TYPES = st.sampled_from(["CN", "commonName", "oid.2.5.4.3", "1.2.3", " cn ", "c n", "CN;x"])
VALUES = st.sampled_from(
    ["Ann", "\\, ", '"a,b"', '"', "#0c0141", "#02", "\\c3", "\\a9", "\\e2\\80\\8b", "\\", "É", " ", "", "a = b"]
)
PARTS = st.tuples(TYPES, st.lists(VALUES, max_size=3).map("".join)).map("=".join)
NAMES = st.lists(PARTS, max_size=3).flatmap(lambda parts: st.sampled_from([",", "+", " , "]).map(lambda mark: mark.join(parts)))


@given(st.lists(st.none() | st.text(alphabet='aÉ ,+=\\2Cc5bB"#;', max_size=12) | NAMES))
def test_the_normal_form_of_a_name_is_its_own_normal_form_and_leaves_the_names_as_they_were(names):
    texts = pd.Series(names, dtype="str")
    kept = texts.copy()
    once = normalise_dn(texts)
    pd.testing.assert_series_equal(normalise_dn(once), once)
    pd.testing.assert_series_equal(texts, kept)


WHOLE = ["Ann", "a\\, b", '"a,b"', "#0c0141", "É", " ", "a = b", "x\\+y", "x\\2By", "\\ff", 'a"b', "a+uid=b", "#1"]


@pytest.mark.parametrize("value", WHOLE)
def test_a_short_and_a_long_attribute_type_make_the_same_name_of_any_value(value):
    short, long, oid = normalise_dn(
        pd.Series([f"{name}={value},DC=example" for name in ("cn", "commonName", "2.5.4.3")], dtype="str")
    )
    assert short == long == oid


@pytest.mark.timeout(30)
def test_hostile_names_are_read_in_time():
    hostile = [
        " " * 1_000_000,
        "a+" * 500_000,
        "\\" * 1_000_001,
        '"' * 1_000_001,
        "oid." * 250_000,
        "\\2" * 500_000,
        "=#" * 500_000,
    ]
    names = pd.Series([f"cn={text},dc=x" for text in hostile] + ["2.5.4.3" * 100_000 + "=", " " * 1_000_000 + "=\\"], dtype="str")
    assert normalise_dn(names).notna().all()


def test_keys_are_compared_as_distinguished_names_only_where_most_of_them_are():
    staff = STAFF.assign(Name=["a = b", "Ben", "Cleo", "Dan"])
    assert ids(resolve([None, "a=b", "A = B", None], on="Name", staff=staff)) == [None, None, "u-anna", None]


def circles(manager_of):
    """The same by walking up from every user."""
    found = []
    for start in range(len(manager_of)):
        at, seen = manager_of[start], set()
        while at not in (-1, start) and at not in seen:
            seen.add(at)
            at = manager_of[at]
        found.append(at == start)
    return found


@st.composite
def managers(draw):
    count = draw(st.integers(0, 30))
    return draw(st.lists(st.integers(-1, count - 1), min_size=count, max_size=count))


@given(managers())
def test_circles_are_those_a_walk_finds(manager_of):
    assert find_cycles(np.array(manager_of, dtype=np.int64)).tolist() == circles(manager_of)


@pytest.mark.parametrize(
    ("manager_of", "on_circle"),
    [
        ([], []),
        ([-1], [False]),
        ([0], [True]),
        ([-1, 0, 1, 2], [False] * 4),
        ([1, 0], [True, True]),
        ([1, 2, 0], [True, True, True]),
        ([1, 0, 0, 2], [True, True, False, False]),
        ([1, 2, 1, 2, -1], [False, True, True, False, False]),
    ],
)
def test_users_on_a_circle_are_told_from_those_who_lead_into_one(manager_of, on_circle):
    assert find_cycles(np.array(manager_of, dtype=np.int64)).tolist() == on_circle


def test_a_new_manager_closes_a_circle_with_the_managers_the_target_has():
    current = pd.Series(["u-ben", "u-cleo", None, "u-anna"], dtype="str")
    resolved = resolve([None, None, "000103", None])
    after = resolved.ids.fillna(current)
    manager_of = pd.Index(USERS["id"]).get_indexer(after).astype(np.int64)
    assert find_cycles(manager_of).tolist() == [True, True, True, False]
    assert describe_cycle(2, manager_of, USERS["displayName"]) == "Cleo Šimić → Anna Baker → Ben O'Brien → Cleo Šimić"


NAMES = pd.Series(["anna", "ben", "cleo", "dan", "erin", "fred", None], dtype="str")


@pytest.mark.parametrize(
    ("manager_of", "words"),
    [
        ([0], "anna → anna"),
        ([1, 0], "anna → ben → anna"),
        ([1, 2, 3, 4, 0], "anna → ben → cleo → dan → erin → anna"),
        ([1, 2, 3, 4, 5, 0], "anna → ben → cleo → dan → erin → … → anna"),
        ([1, 2, 3, 4, 5, 6, 0], "anna → ben → cleo → dan → erin → … → anna"),
        ([6, -1, -1, -1, -1, -1, 0], "anna → (no name) → anna"),
    ],
)
def test_a_circle_is_named_from_a_user_up_and_back_in_six_names_at_most(manager_of, words):
    assert describe_cycle(0, np.array(manager_of, dtype=np.int64), NAMES) == words


def test_a_reference_is_resolved_beside_attributes_of_many_values():
    staff = STAFF.assign(Roles="auditor;clerk")
    mapping = {**MAPPING, "roles": column("Roles", separator=";")}
    assert ids(resolve([None, "000103", None, None], staff=staff, mapping=mapping)) == [None, "u-anna", None, None]
