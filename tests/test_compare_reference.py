"""`compare` against the plain comparison of `compare_reference`: hundreds of little worlds, every policy, every kind of column.

A world is a few rows and users whose keys and ids begin with the world's number. Many worlds are compared as one frame, and
each must come out as if it were alone.
"""

import json
import random
import unicodedata
from functools import cache
from itertools import product

import pandas as pd
import pyarrow as pa
import pytest
from compare_reference import CASE_EXACT, PATHS, SET, WORK, Found, Options, compare_plainly
from resources import users_of

import scimrecon as sr

HOME = 'phoneNumbers[type eq "home"].value'
"""Only the target has it."""
ACCEPTED = ["zero_padding", "values_shifted", "blank_attribute", "keys_disagree"]
CHANGE_COLUMNS = ["user_id", "path", "before", "after", "kind", "status", "policy"]
POLICIES = ["force", "merge", "add_only", "fill_if_empty", "keep", "locked", "ignore"]
WAYS = [*POLICIES, "default", "mixed", "mixed again", "mixed once more", "mixed at last"]
GROUPS = range(4)
WORLDS_A_GROUP = 42

PEOPLE = ["pat", "josé", "zoë", "null", "na", "o'brien", "straße", "strasse", "łukasz", "σίσυφος", "王小明", "-1", "0417"]
TEXTS = {
    "title": ["Clerk", "Chargé d'affaires", "nan"],
    "nickName": ["Zoë", "Straße", "STRASSE", "a\x00b"],
    "department": ["Research  and Development", "ΟΔΟΣ", "İstanbul"],
    "active": ["true", "false"],
    WORK: ["desk", "front desk"],
}
ROLES = ["auditor", "Owner", 'rôle "1"', "naïve,user"]


def varied(rng, text):
    """The same text, formatted another way; or as it is."""
    forms = ["upper", "lower", "title", "decomposed", "spaces", "tabs", "zero-width", "no-break space"]
    form = rng.choice(["as it is"] * 4 + forms)
    return {
        "as it is": text,
        "upper": text.upper(),
        "lower": text.lower(),
        "title": text.title(),
        "decomposed": unicodedata.normalize("NFD", text),
        "spaces": f" {text.replace(' ', '   ')} ",
        "tabs": text.replace(" ", "\t") + "\r\n",
        "zero-width": f"\ufeff{text[:1]}\u200b{text[1:]}",
        "no-break space": text.replace(" ", "\u00a0") + "\u3000",
    }[form]


def key_text(rng, number, base):
    blank = rng.random()
    if blank < 0.2:
        return rng.choice([None, None, "", " ", "\u00a0\t", "\u200b"])
    return varied(rng, f"w{number}/{base}")


def cell(rng, path, *, silent, empty):
    drawn = rng.random()
    if drawn < silent:
        return None
    if drawn < silent + empty:
        return ""
    if path == "active":
        return rng.choice(TEXTS[path])
    if path == SET:
        chosen = rng.sample(ROLES, rng.randint(0, 3))
        twice = chosen[:1] if rng.random() < 0.2 else []
        spelt = [varied(rng, role) for role in chosen]
        return json.dumps(spelt + ([spelt[0]] if twice else []), ensure_ascii=rng.random() < 0.5)
    if rng.random() < 0.05:
        return " "
    return varied(rng, rng.choice(TEXTS[path]))


@cache
def world(number):
    """Rows and users of one seed; either may be none."""
    rng = random.Random(number)  # noqa: S311 - no secret
    people = rng.sample(PEOPLE, rng.randint(2, 6))
    rows, users = [], []
    for side, silent, empty in ((rows, 0.2, 0.15), (users, 0.2, 0.05)):
        for place in range(rng.randint(0, 6)):
            # Mostly another person each time: one that comes twice has two holders of each key.
            person = people[place % len(people)] if rng.random() < 0.75 else rng.choice(people)
            login = person if rng.random() < 0.85 else rng.choice(people)
            keys = {"userName": key_text(rng, number, login), "externalId": key_text(rng, number, f"e{people.index(person)}")}
            side.append(keys | {path: cell(rng, path, silent=silent, empty=empty) for path in PATHS if path not in keys})
    for row in rows:
        row["displayName"] = "only the export has it"
    for place, user in enumerate(users):
        user["id"] = f"w{number}-{place}"
        user[HOME] = rng.choice([None, None, "", "sofa"])
    rng.shuffle(rows)
    rng.shuffle(users)
    return rows, users


# How columns may be stored


def plain(cells):
    return pd.Series(cells, dtype="str")


def missing_in_many_ways(cells):
    ways = [None, float("nan"), pd.NA]
    return pd.Series([ways[place % 3] if one is None else one for place, one in enumerate(cells)], dtype="object")


def arrow(cells, kind):
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.array(cells, pa.string()).cast(kind)))


def in_chunks(cells, kind, size=3):
    """Chunks of a few cells, one of them empty."""
    pieces = [pa.array(cells[start : start + size], pa.string()).cast(kind) for start in range(0, len(cells), size)]
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([*pieces[:1], pa.array([], kind), *pieces[1:]], kind)))


def joined(cells, size=5):
    """Slices of a longer column, joined."""
    longer = plain(["x", *cells, "y"])
    pieces = [longer.iloc[start : min(start + size, len(cells) + 1)] for start in range(1, len(cells) + 1, size)]
    return pd.concat(pieces or [longer.iloc[:0]], ignore_index=True)


BUILDERS = {
    "str": plain,
    "object": missing_in_many_ways,
    "category": lambda cells: plain(cells).astype("category"),
    "nullable string": lambda cells: pd.Series(cells, dtype="string"),
    "arrow": lambda cells: arrow(cells, pa.string()),
    "large_string": lambda cells: arrow(cells, pa.large_string()),
    "dictionary": lambda cells: arrow(cells, pa.dictionary(pa.int32(), pa.string())),
    "chunked": lambda cells: in_chunks(cells, pa.large_string()),
    "chunked dictionary": lambda cells: in_chunks(cells, pa.dictionary(pa.int16(), pa.string())),
    "joined": joined,
}
STORAGES = [*BUILDERS, "sliced", "sliced arrow"]


def framed(people, columns, storage):
    """A frame of dicts whose columns are stored in one way; a slice is cut from a frame that holds everybody three times."""
    if storage.startswith("sliced"):
        kind = "arrow" if storage.endswith("arrow") else "str"
        return framed(people * 3, columns, kind).iloc[len(people) : 2 * len(people)]
    return pd.DataFrame({name: BUILDERS[storage]([person[name] for person in people]) for name in columns})


ROW_COLUMNS, USER_COLUMNS = [*PATHS, "displayName"], ["id", HOME, *PATHS]


# Both comparisons


def people_of(numbers):
    """All rows and users of these worlds, in turn."""
    sides = [world(number) for number in numbers]
    return [row for rows, _ in sides for row in rows], [user for _, users in sides for user in users]


def options_for(numbers, way):
    """What to ask of these worlds, one of `WAYS`: the same policy for all paths, none given, or one drawn for each."""
    rng = random.Random(f"{numbers[0]} {way}")  # noqa: S311 - no secret
    some = [user for user in people_of(numbers)[1] if rng.random() < 0.1]
    is_mixed = way.startswith("mixed")
    drawn = {path: rng.choice(POLICIES) for path in PATHS}
    flipped = {path for path in PATHS if path != "active" and rng.random() < 0.2}
    return Options(
        on=rng.choice([("externalId", "userName"), ("userName", "externalId"), ("userName",), ("externalId",)]),
        policies=drawn if is_mixed else dict.fromkeys(PATHS, way) if way in POLICIES else {},
        unlock=frozenset(rng.sample([*PATHS, "phoneNumbers"], rng.randint(0, 5))),
        protect=frozenset(user["userName"] if (user["userName"] or "").strip("\u200b\u00a0\t ") else user["id"] for user in some),
        case_exact=CASE_EXACT ^ flipped if is_mixed else CASE_EXACT,
    )


def ask(desired, users, options):
    said = {WORK} | (options.case_exact ^ CASE_EXACT)
    return sr.compare(
        desired,
        users,
        on=list(options.on),
        policies=options.policies,
        unlock=sorted(options.unlock),
        protect=sorted(options.protect),
        comparators={path: "case_exact" if path in options.case_exact else "case_insensitive" for path in said},
        accept=ACCEPTED,
    )


def or_none(column):
    return column.astype("object").where(column.notna(), None)


def assert_as_the_reference(numbers, storage, options):
    """Compare these worlds as one frame, and hold each against the plain comparison of it alone."""
    rows, users = people_of(numbers)
    desired = framed(rows, ROW_COLUMNS, storage)
    diff = ask(desired, framed(users, USER_COLUMNS, storage), options)
    assert diff.users["source_line"].iloc[: len(rows)].tolist() == desired.index.tolist()
    told = list(zip(diff.users["status"], or_none(diff.users["user_id"]), strict=True))
    changes = list(zip(*(or_none(diff.changes[name]) for name in CHANGE_COLUMNS), strict=True))
    lines, others = iter(told[: len(rows)]), told[len(rows) :]
    for number in numbers:
        rows, users = world(number)
        ids = {user["id"] for user in users}
        expected = compare_plainly(rows, users, options)
        found = Found(
            changes={change for change in changes if change[0] in ids},
            rows=[next(lines) for _ in rows],
            users={user_id: status for status, user_id in others if user_id in ids},
        )
        if found != expected:
            pytest.fail(describe(number, storage, options, found, expected), pytrace=False)


def describe(number, storage, options, found, expected):
    rows, users = world(number)
    listed = [
        f"world {number} is not as the reference has it; columns stored as {storage}",
        *(f"row {place}: {row}" for place, row in enumerate(rows)),
        *(f"user {user}" for user in users),
        f"asked: {options}",
        *(f"found, not expected: {change}" for change in found.changes - expected.changes),
        *(f"expected, not found: {change}" for change in expected.changes - found.changes),
        *(
            f"row {place}: found {mine}, expected {theirs}"
            for place, (mine, theirs) in enumerate(zip(found.rows, expected.rows, strict=True))
            if mine != theirs
        ),
        *(
            f"user {user_id}: found {found.users.get(user_id)}, expected {expected.users.get(user_id)}"
            for user_id in sorted(found.users.keys() | expected.users.keys())
            if found.users.get(user_id) != expected.users.get(user_id)
        ),
    ]
    return "\n".join(listed)


def group(place):
    """The worlds of one group."""
    return range(place * WORLDS_A_GROUP, (place + 1) * WORLDS_A_GROUP)


@pytest.mark.parametrize("place", GROUPS)
@pytest.mark.parametrize("way", WAYS)
def test_worlds_in_one_frame_come_out_as_each_does_alone_plainly_compared(way, place):
    # Each group of worlds meets every way to compare, each time stored differently.
    storage = STORAGES[(3 * place + WAYS.index(way)) % len(STORAGES)]
    assert_as_the_reference(group(place), storage, options_for(group(place), way))


@pytest.mark.parametrize("number", range(8))
def test_a_world_by_itself_comes_out_the_same(number):
    assert_as_the_reference([number], STORAGES[number], options_for([number], "default"))


@pytest.mark.parametrize("storage", ["str", "object", "category", "dictionary", "chunked"])
@pytest.mark.parametrize(("rows", "users"), [(0, 6), (6, 0), (0, 0)])
def test_a_side_without_anybody_is_compared_too(rows, users, storage):
    diff = ask(
        framed(people_of(group(0))[0][:rows], ROW_COLUMNS, storage),
        framed(people_of(group(0))[1][:users], USER_COLUMNS, storage),
        Options(on=("externalId", "userName"), policies={}),
    )
    assert diff.changes.empty
    assert set(diff.users["status"]) <= {"target_only", "source_only", "invalid_source"}
    assert len(diff.users) == rows + users


def test_an_export_meets_a_service_that_has_nobody_yet():
    diff = sr.compare(pd.DataFrame({"userName": ["obrien", None]}, dtype="str"), users_of([]), on="userName")
    assert diff.users["status"].tolist() == ["source_only", "invalid_source"]


@pytest.mark.parametrize("key", [" ", "\u00a0\t", "\u200b", " \ufeff\u2060"])
def test_a_key_that_shows_nothing_is_blank(key):
    rows = pd.DataFrame({"externalId": [key, key], "userName": [key, "obrien"]})
    users = pd.DataFrame({"id": ["1"], "externalId": [key], "userName": [key]})
    found = ask(rows, users, Options(on=("externalId", "userName"), policies={})).users
    assert found["status"].tolist() == ["invalid_source", "source_only", "target_only"]
    assert or_none(found["key"]).tolist() == [None, "obrien", None]


def test_the_worlds_hold_every_kind_of_change_and_every_status():
    changes, statuses = set(), set()
    for place in GROUPS:
        for way in WAYS:
            options = options_for(group(place), way)
            for found in (compare_plainly(*world(number), options) for number in group(place)):
                changes |= {(kind, status) for *_, kind, status, _ in found.changes}
                statuses |= {status for status, _ in found.rows} | set(found.users.values())
    kinds = {"set", "replace", "clear", "add_element", "remove_element", "cosmetic"}
    assert changes >= set(product(kinds, ["open", "locked", "protected"])) | {("clear", "invalid"), ("remove_element", "invalid")}
    assert statuses == {
        "in_sync", "changed", "cosmetic", "ambiguous", "source_only", "target_only", "invalid_source", "protected", "locked_only",
    }  # fmt: skip


# What must not matter


def in_order(diff):
    return diff.users.sort_values(["source_line", "user_id"], ignore_index=True)


@pytest.fixture(scope="module")
def everybody():
    """A hundred worlds in one frame, how to compare them, and what comes out."""
    rows, users = people_of(range(100))
    options = options_for(range(100), "default")
    return rows, users, options, ask(framed(rows, ROW_COLUMNS, "str"), framed(users, USER_COLUMNS, "str"), options)


@pytest.mark.parametrize("storage", STORAGES)
def test_how_columns_are_stored_does_not_matter(everybody, storage):
    rows, users, options, diff = everybody
    # The lines of a slice are not numbered from 0; its users are.
    desired = framed(rows, ROW_COLUMNS, storage).reset_index(drop=True)
    again = ask(desired, framed(users, USER_COLUMNS, storage), options)
    assert again.changes.equals(diff.changes)
    assert again.users.equals(diff.users)
    assert again.findings.equals(diff.findings)


def test_an_empty_cell_of_the_target_is_as_one_that_is_missing(everybody):
    rows, users, options, diff = everybody
    missing = [{name: text or None for name, text in user.items()} for user in users]
    again = ask(framed(rows, ROW_COLUMNS, "str"), framed(missing, USER_COLUMNS, "str"), options)
    assert again.changes.equals(diff.changes)
    assert again.users.equals(diff.users)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_rows_users_and_columns_does_not_matter(everybody, seed):
    rows, users, options, diff = everybody
    shuffled = [
        framed(side, columns, "str").sample(frac=1, random_state=seed).sample(frac=1, axis="columns", random_state=seed)
        for side, columns in ((rows, ROW_COLUMNS), (users, USER_COLUMNS))
    ]
    again = ask(*shuffled, options)
    assert again.changes.equals(diff.changes)
    assert in_order(again).equals(in_order(diff))


def test_two_runs_give_the_same_change_ids(everybody):
    rows, users, options, diff = everybody
    again = ask(framed(rows, ROW_COLUMNS, "str"), framed(users, USER_COLUMNS, "str"), options)
    assert again.changes.index.equals(diff.changes.index)
    assert again.changes.index.tolist() == (diff.changes["user_id"] + ":" + diff.changes["path"]).tolist()


@pytest.mark.parametrize(
    ("held", "asked"),
    [
        (["owner", "auditor"], ["auditor", "clerk"]),
        (["OWNER", "owner"], ["owner"]),
        (["OWNER", "owner"], []),
        (["OWNER"], ["owner", "OWNER"]),
        (["owner", "auditor"], ["OWNER", "Auditor"]),
    ],
)
def test_the_order_of_a_sets_elements_does_not_matter(held, asked):
    orders = list(product([held, held[::-1]], [asked, asked[::-1]]))
    names = [f"pat{place}" for place in range(len(orders))]
    diff = ask(
        pd.DataFrame({"userName": names, SET: [json.dumps(wanted) for _, wanted in orders]}),
        pd.DataFrame({"id": names, "userName": names, SET: [json.dumps(there) for there, _ in orders]}),
        Options(on=("userName",), policies={SET: "force"}),
    )
    changes = diff.changes[[name for name in CHANGE_COLUMNS if name != "user_id"]]
    first, *others = (changes[diff.changes["user_id"] == name].reset_index(drop=True) for name in names)
    assert all(other.equals(first) for other in others), changes.to_string()
