"""Changes alike share a label, what is unusual comes first, and what is routine holds no surprise."""

import random
import string

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon import schemas
from scimrecon.patterns import count_alike, group_changes, label_changes, routine

WORK = 'emails[type eq "work"].value'
CLEARS = {"clear", "remove_element"}
NEVER_ROUTINE = {
    "identity", "deactivation", "reactivation", "weak_match", "mixed_script", "hidden_characters", "null_word", "target_edited",
    "both_changed",
}  # fmt: skip


def kind_of(path, before, after):
    if after == "":
        return "remove_element" if "[" in path else "clear"
    if before is None:
        return "add_element" if "[" in path else "set"
    return "cosmetic" if after is not None and before.casefold() == after.casefold() else "replace"


def change(user, path, before, after, **more):
    common = {"user_name": user, "status": "open", "policy": "force", "flags": "", "kind": kind_of(path, before, after)}
    return {"user_id": user, "path": path, "before": before, "after": after, **common, **more}


COLUMNS = list(change("", "", "", ""))


def frame(changes):
    texts = pd.DataFrame(list(changes), columns=[*COLUMNS, "formatting"], dtype="str")
    return texts.set_index(pd.Index(texts["user_id"] + ":" + texts["path"], name="change_id", dtype="str"))


def alike(path, *cells, **more):
    """Changes of one path, each of another user."""
    return [change(f"user{at:05}", path, before, after, **more) for at, (before, after) in enumerate(cells)]


@pytest.mark.parametrize(
    ("path", "cells", "labels"),
    [
        ("title", [("Clerk", ""), ("Chief", "")], ["title cleared"] * 2),
        (WORK, [("a@example.com", "")], [f"{WORK} cleared"]),
        ("active", [("true", "false"), (None, "false")], ["active: true → false", "active set to false"]),
        ("active", [("false", "true"), ("True", "true")], ["active: false → true", "active: formatting only"]),
        ("active", [("maybe", "false"), ("true", None)], ["active changed", "active cannot be sent"]),
        ("manager.value", [("1", "2"), ("1", "2"), (None, "3")], ["manager.value changed"] * 2 + ["manager.value set"]),
        ("manager.value", [("1", "2")] * 5, ["manager.value: 1 → 2"] * 5),
        ("manager.value", [(f"{n}", "9000") for n in range(6)], ["manager.value changed"] * 6),
        (
            "userName",
            [("obrien@old.com", "OBrien@new.com"), ("null@OLD.com", "null@new.com"), ("x@old.com", "y@new.com")],
            ["userName: domain old.com → new.com"] * 2 + ["userName changed"],
        ),
        ("userName", [("obrien@old.com", "obrien@new.com")], ["userName changed"]),
        ("userName", [("a@b@old.com", "a@b@new.com"), ("c@b@old.com", "c@b@new.com")], ["userName changed"] * 2),
        ("userName", [("@old.com", "@new.com")] * 3, ["userName: @old.com → @new.com"] * 3),
        ("employeeNumber", [("417", "000417"), ("5", "05")], ["employeeNumber: leading zeros added"] * 2),
        ("employeeNumber", [("000417", "417"), ("00", "0")], ["employeeNumber: leading zeros removed"] * 2),
        ("employeeNumber", [("0x17", "x17"), ("٠٧", "٧")], ["employeeNumber changed"] * 2),
        ("title", [("Clerk", "Chief")] * 3 + [("Clerk", "Lead")], ["title: Clerk → Chief"] * 3 + ["title changed"]),
        ("department", [(None, "Research")] * 3 + [(None, "Sales")], ["department set to Research"] * 3 + ["department set"]),
        ("phoneNumbers[type eq \"work\"].value", [(None, "+1")] * 3, ["phoneNumbers[type eq \"work\"].value set to +1"] * 3),
        ("department", [(f"Team {n}", "Unassigned") for n in "ABCDE"], ["department: many values → Unassigned"] * 5),
        ("department", [(f"Team {n}", "Unassigned") for n in "ABCD"], ["department changed"] * 4),
        ("costCenter", [(n, f"E-{n}") for n in "123"], ["costCenter: prefix 'E-' added"] * 3),
        ("costCenter", [(f"E-{n}", n) for n in "123"], ["costCenter: prefix 'E-' removed"] * 3),
        ("costCenter", [(n, f"{n}/EU") for n in "123"], ["costCenter: suffix '/EU' added"] * 3),
        ("costCenter", [(f"{n}/EU", n) for n in "123"], ["costCenter: suffix '/EU' removed"] * 3),
        ("costCenter", [(n, f"E-{n}") for n in "12"], ["costCenter changed"] * 2),
        ("department", [(f"Team {n}", f"Team {n}7") for n in "123"], ["department changed"] * 3),
        ("title", [("Clerk", "Chief"), (None, "Chief")], ["title changed", "title set"]),
        ("title", [("Clerk", None), ("Clerk", None), (None, None)], ["title cannot be sent"] * 3),
        ("title", [(f"Clerk {n}", f"Senior Clerk {n}") for n in range(3)], ["title: prefix 'Senior ' added"] * 3),
        ('roles[value eq "owner"].value', [(None, "owner")] * 3, ["roles: owner added"] * 3),
        ('roles[value eq "owner"].value', [(None, "owner")], ["roles: elements added"]),
    ],
)  # fmt: skip
def test_a_label_says_what_the_changes_have_in_common(path, cells, labels):
    assert label_changes(frame(alike(path, *cells))).tolist() == labels


@pytest.mark.parametrize(
    ("formatting", "label"),
    [("letter case", "title: letter case only"), ("phone format", "title: phone format only"), ("", "title: formatting only"),
     (None, "title: formatting only")],
)  # fmt: skip
def test_a_cosmetic_change_says_what_it_alters(formatting, label):
    assert label_changes(frame(alike("title", ("Clerk", "CLERK"), formatting=formatting))).tolist() == [label]


def test_without_knowledge_of_the_formatting_a_cosmetic_change_is_formatting_only():
    changes = frame(alike("title", ("Clerk", "CLERK"))).drop(columns="formatting")
    assert label_changes(changes).tolist() == ["title: formatting only"]


def test_values_in_a_label_are_one_short_line():
    cells = [("<b>O'Brien</b>\r\n\x1b[31m\u202e\u200b", "x" * 100_000)] * 3
    assert label_changes(frame(alike("title", *cells))).tolist() == ["title: <b>O'Brien</b>   [31m   → " + "x" * 39 + "…"] * 3


def test_two_paths_never_share_a_pattern():
    labels = label_changes(frame([*alike("title", *[("a", "b")] * 3), *alike("nickName", ("a", "b"))]))
    assert labels.tolist() == ["title: a → b"] * 3 + ["nickName changed"]


def test_the_most_frequent_pairs_are_named_and_ties_go_by_text():
    pairs = [("old", name) for name in "jihgfedcba"] * 3 + [("old", "z")] * 4
    labels = label_changes(frame(alike("department", *pairs)))
    named = [f"department: old → {name}" for name in "abcdefgz"]
    assert set(labels) == {*named, "department changed"}


def test_labels_stand_on_the_index_of_the_changes():
    changes = frame(alike("title", ("a", ""), ("b", "c")))
    labels = label_changes(changes)
    assert labels.index.equals(changes.index)
    assert labels.dtype == "str"


def random_changes(count):
    """Some users, whatever values: the worst that can come."""
    chance = random.Random(20)  # noqa: S311 - no secret
    words = ["".join(chance.choices(string.ascii_letters + "0 @.", k=chance.randint(1, 6))) for _ in range(500)]
    paths = ["title", "department", "userName", WORK, "manager.value"]
    values = [(chance.choice([None, *words]), chance.choice(["", *words])) for _ in range(count)]
    return [change(f"user{at // 5:05}", paths[at % 5], before, after) for at, (before, after) in enumerate(values)]


def test_however_many_the_changes_a_path_has_a_few_dozen_groups_at_most():
    changes = frame(random_changes(20_000))
    labels = label_changes(changes)
    assert changes.assign(pattern=labels).groupby("path")["pattern"].nunique().max() < 40
    assert label_changes(changes.sample(frac=1, random_state=7)).reindex(changes.index).equals(labels)


def test_the_changes_of_an_export_read_as_a_dozen_groups():
    users = range(2_000)
    changes = [
        *alike("department", *[("R&D", "Research") if user % 3 else (f"Team {user}", "Unassigned") for user in users]),
        *alike(WORK, *[(f"user{user}@old.com", f"user{user}@new.com") for user in users]),
        *alike("employeeNumber", *[(f"{user}", f"{user:08}") for user in users]),
        *alike("costCenter", *[(f"{user}", f"CC-{user}") for user in users]),
        *alike("title", *[(f"Engineer {user}", "" if user % 2 else f"Lead {user}") for user in users]),
        *alike("manager.value", *[(f"{user}", f"{user // 7}") for user in users if user]),
        *alike("displayName", *[(f"User {user}", f"USER {user}") for user in users], formatting="letter case"),
        *alike("nickName", *[(None, f"Nick {user}") for user in users]),
    ]
    assert len(group_changes(frame(changes))) <= 12


# The groups


def groups_of(*changes):
    return group_changes(frame(changes)).set_index("pattern")


@pytest.mark.parametrize(
    ("cells", "flags", "unusual"),
    [
        (("title", "Clerk", "Chief"), "", ""),
        (("title", "Clerk", "Chief"), "source_moved edited", ""),
        ((WORK, None, "a@example.com"), "supplies:type", ""),
        (("title", "Clerk", ""), "", "clears values"),
        ((WORK, "a@example.com", ""), "", "clears values"),
        (("active", "true", "false"), "deactivation", "switches accounts off"),
        (("active", "false", "true"), "reactivation", "switches accounts on"),
        (("userName", "a", "b"), "identity", "changes what people sign in with"),
        (("title", "a", "b"), "weak_match", "matched by a weaker key"),
        (("title", "a", "b"), "mixed_script", "letters of two scripts in one word"),
        (("title", "a", "b"), "hidden_characters", "hidden characters"),
        (("title", "a", "null"), "null_word", "looks like no value"),
        (("title", "a", "b"), "target_edited", "edited on the target since the last run"),
        (("title", "a", "b"), "both_changed", "changed on both sides since the last run"),
        (
            ("userName", "a", ""),
            "weak_match null_word identity",
            "changes what people sign in with; clears values; looks like no value; matched by a weaker key",
        ),
    ],
)
def test_a_group_says_why_it_is_unusual(cells, flags, unusual):
    groups = group_changes(frame([change("obrien", *cells, flags=flags)]))
    assert groups["unusual"].tolist() == [unusual]


def test_many_values_made_one_is_unusual():
    groups = groups_of(*alike("department", *[(f"Team {n}", "Unassigned") for n in "ABCDE"]))
    assert groups.loc["department: many values → Unassigned", "unusual"] == "one value for users who had many"


def test_a_group_of_most_users_is_unusual_unless_cosmetic():
    changed = alike("department", *[("R&D", "Research")] * 20)
    cosmetic = alike("title", *[("Clerk", "CLERK")] * 30)
    assert groups_of(*changed, *cosmetic)["unusual"].to_dict() == {
        "department: R&D → Research": "touches 67% of the users that differ",
        "title: formatting only": "",
    }
    assert set(groups_of(*changed[:19])["unusual"]) == {""}
    assert set(groups_of(*changed, *alike("title", *[("Clerk", "CLERK")] * 40))["unusual"]) == {""}


def test_the_gravest_come_first_then_the_largest():
    changes = [
        *alike("nickName", *[("a", "b")] * 3),
        *alike("title", *[("a", "b")] * 4),
        *alike("displayName", ("a", "b"), flags="weak_match"),
        *alike("userType", ("a", "null"), flags="null_word"),
        *alike("locale", ("a", "b"), flags="target_edited"),
        *alike("department", ("a", "")),
        *alike("active", ("true", "false"), flags="deactivation"),
    ]
    paths = ["active", "department", "locale", "userType", "displayName", "title", "nickName"]
    assert group_changes(frame(changes))["path"].tolist() == paths


def test_a_group_counts_its_changes_users_and_what_can_be_ticked():
    changes = [*alike("title", *[("Clerk", "Chief")] * 3), change("zoe", "title", "Clerk", "Chief", status="locked")]
    cosmetic = alike("nickName", ("Bri", "bri"))
    groups = group_changes(frame([*changes, *cosmetic]))
    assert groups.to_dict("records") == [
        {"pattern": "title: Clerk → Chief", "path": "title", "kind": "replace", "changes": 4, "users": 4, "tickable": 3,
         "unusual": "", "such_as": "user00000: Clerk → Chief"},
        {"pattern": "nickName: formatting only", "path": "nickName", "kind": "cosmetic", "changes": 1, "users": 1, "tickable": 0,
         "unusual": "", "such_as": "user00000: Bri → bri"},
    ]  # fmt: skip
    assert schemas.check(groups, schemas.Patterns).equals(groups)


@pytest.mark.parametrize(
    ("before", "after", "such_as"),
    [(None, "Clerk", "9: (unassigned) → Clerk"), ("Clerk", "", "9: Clerk → (unassigned)"), ("a", None, "9: a → (not mapped)")],
)
def test_an_example_is_in_words(before, after, such_as):
    assert group_changes(frame([change("9", "title", before, after, user_name=None)]))["such_as"].tolist() == [such_as]


def test_a_pattern_the_changes_have_is_kept():
    changes = frame(alike("title", ("a", "b"))).assign(pattern="title: a → b")
    assert group_changes(changes)["pattern"].tolist() == ["title: a → b"]


def test_no_changes_make_no_groups():
    nothing = schemas.empty(schemas.Changes)
    assert group_changes(nothing).empty
    assert routine(nothing).empty
    assert label_changes(nothing).empty


# Laws, whatever the changes are

VALUES = st.sampled_from(["a", "A", "b", "c", "07", "7", "E-a", "E-b", "E-c", "x@old.com", "y@old.com", "x@new.com", "true"])
FLAGS = st.sampled_from(["", "", "", "", "edited", "supplies:type", "source_moved", *sorted(NEVER_ROUTINE)])


@st.composite
def some_changes(draw, most=25):
    places = st.tuples(st.sampled_from("123456789"), st.sampled_from(["title", "active", "manager.value", WORK, "department"]))
    changes = []
    for user, path in draw(st.lists(places, max_size=most, unique=True)):
        before, after = draw(st.none() | VALUES), draw(st.none() | st.just("") | VALUES)
        status = draw(st.sampled_from(["open", "open", "open", "locked", "invalid"]))
        flags = " ".join(dict.fromkeys([draw(FLAGS), draw(FLAGS)])).strip()
        changes.append(change(user, path, before, after, status=status, flags=flags))
    return frame(changes)


@settings(max_examples=settings.default.max_examples // 8)
@given(some_changes(), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_makes_no_difference(changes, chance):
    order = list(range(len(changes)))
    chance.shuffle(order)
    labelled = changes.assign(pattern=label_changes(changes))
    shuffled = changes.iloc[order]
    shuffled = shuffled.assign(pattern=label_changes(shuffled))
    assert shuffled.reindex(changes.index).equals(labelled)
    assert group_changes(shuffled).equals(group_changes(labelled))
    assert set(routine(shuffled)) == set(routine(labelled))


@settings(max_examples=settings.default.max_examples // 8)
@given(some_changes())
def test_every_change_is_in_exactly_one_group_and_the_unusual_come_first(changes):
    labels = label_changes(changes)
    labelled = changes.assign(pattern=labels)
    groups = group_changes(labelled)
    counts = labelled.value_counts(["pattern", "path"]).to_dict()
    assert groups.set_index(["pattern", "path"])["changes"].astype(int).to_dict() == counts
    assert groups["users"].tolist() == groups["changes"].tolist()
    assert groups["tickable"].sum() == ((changes["status"] == "open") & (changes["kind"] != "cosmetic")).sum()
    assert all(pattern.startswith(path) for pattern, path in counts)
    usual = (groups["unusual"] == "").tolist()
    assert usual == sorted(usual)


@settings(max_examples=settings.default.max_examples // 8)
@given(some_changes())
def test_what_is_routine_can_be_ticked_and_holds_no_exception(changes):
    ids = routine(changes)
    taken = changes.loc[ids]
    assert ids.name == "change_id"
    assert (taken["status"] == "open").all()
    assert not set(taken["kind"]) & {*CLEARS, "cosmetic"}
    assert not (taken["path"] == "active").any()
    assert not NEVER_ROUTINE & set(" ".join(taken["flags"]).split())
    labels = label_changes(changes)
    groups = group_changes(changes.assign(pattern=labels))
    whole = groups["unusual"].str.contains("clears|many values|zeros|touches")
    assert not labels[ids].isin(groups.loc[whole, "pattern"]).any()


def test_what_is_left_of_the_usual_groups_is_routine():
    changes = frame([*alike("title", ("a", "b"), ("a", "b")), *alike("nickName", ("a", "")), *alike("locale", ("a", "A"))])
    assert routine(changes).tolist() == ["user00000:title", "user00001:title"]


WORDS = st.lists(st.tuples(*[st.sampled_from(["", "a", "Zoë", None])] * 3), max_size=12)


@settings(max_examples=settings.default.max_examples // 4)
@given(WORDS)
def test_rows_alike_are_counted_and_each_knows_its_like(rows):
    texts = pd.DataFrame(rows, columns=["path", "kind", "status"], dtype="str")
    alike, place = count_alike(texts, ["path", "status"])
    pd.testing.assert_frame_equal(alike[["path", "status"]].iloc[place].reset_index(drop=True), texts[["path", "status"]])
    assert alike["rows"].sum() == len(texts)
    assert not alike.duplicated(["path", "status"]).any()


def test_more_combinations_than_can_be_numbered_are_counted_too():
    texts = pd.DataFrame({"path": [f"{n}" for n in range(1_500)], "kind": [f"{n % 1_300}" for n in range(1_500)]}, dtype="str")
    twice = pd.concat([texts, texts.iloc[::-1]], ignore_index=True)
    alike, place = count_alike(twice, ["path", "kind"])
    assert (len(alike), set(alike["rows"])) == (1_500, {2})
    assert alike[["path", "kind"]].iloc[place].reset_index(drop=True).equals(twice)
