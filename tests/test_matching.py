"""Who is who: tiers, ambiguity, saved links, keys that look alike, proposals."""

import io
import random
import sys
import unicodedata
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scimrecon.errors import CompareError
from scimrecon.matching import Key, check_links, key_paths, key_texts, make_links, match_users, propose_matches
from scimrecon.matching.keys import code_key, loose_form
from scimrecon.values import make_comparator, normalise_text

KELVIN = "\u212a"
MAIL = 'emails[type eq "work"].value'


def texts(*cells):
    return pd.Series(list(cells), dtype="str")


def key(desired, users, path="userName", **more):
    return Key(path=path, case_exact=more.pop("case_exact", False), desired=texts(*desired), users=texts(*users), **more)


def match(*keys, **more):
    """Users are u0, u1, …; rows are on line 2, 3, …."""
    ids = [f"u{place}" for place in range(len(keys[0].users))]
    return match_users(keys, ids, range(2, 2 + len(keys[0].desired)), **more)


def links(*rows, columns=("path", "key", "user_id")):
    return pd.DataFrame(list(rows), columns=list(columns), dtype="str")


def broken(matches):
    return matches.broken_links[["key", "user_id", "reason"]].to_numpy().tolist()


# Tiers


@pytest.mark.parametrize(
    ("desired", "users", "user_of", "ambiguous_rows", "ambiguous_users"),
    [
        (["obrien"], ["obrien"], [0], [], []),
        ([" OBrien"], ["obrien"], [0], [], []),
        (["obrien"], ["kim"], [-1], [], []),
        ([None, ""], [None, ""], [-1, -1], [], []),
        (["  "], ["  "], [-1], [], []),
        (["pat", "pat"], ["pat"], [-1, -1], [0, 1], [0]),
        (["pat"], ["pat", "PAT"], [-1], [0], [0, 1]),
        (["pat", "pat"], ["kim"], [-1, -1], [], []),
        (["kim"], ["pat", "pat"], [-1], [], []),
        (["a", "b"], ["b", "a"], [1, 0], [], []),
        ([], ["a"], [], [], []),
        (["a"], [], [-1], [], []),
    ],
)
def test_one_key_matches_whoever_holds_it_alone(desired, users, user_of, ambiguous_rows, ambiguous_users):
    matches = match(key(desired, users))
    assert matches.user_of.tolist() == user_of
    assert sorted(matches.desired_ambiguous) == ambiguous_rows
    assert sorted(matches.users_ambiguous) == ambiguous_users


def test_a_weaker_key_is_tried_only_where_the_stronger_met_nobody():
    matches = match(
        key(["E1", "E9", None, "E2"], ["E1", None, None, "E2"], path="externalId", case_exact=True),
        key(["kim", "pat", "lee", "pat"], ["lee", "pat", "lee", "kim"]),
    )
    assert matches.user_of.tolist() == [0, -1, -1, 3]
    assert matches.tier_of.tolist() == [0, 1, 1, 0]
    assert matches.desired_ambiguous == {1: "u1, line 3, line 5", 2: "u0, u2, line 4"}


def test_a_row_whose_user_a_stronger_key_claimed_is_ambiguous():
    matches = match(
        key(["E2", "E1"], ["E1"], path="externalId", case_exact=True),
        key(["obrien", "other"], ["obrien"]),
    )
    assert matches.user_of.tolist() == [-1, 0]
    assert matches.desired_ambiguous == {0: "u0, line 2"}
    assert matches.users_ambiguous == {}


def test_what_is_ambiguous_by_a_key_is_not_tried_by_a_weaker_one():
    matches = match(
        key(["E1", "E1"], ["E1"], path="externalId"),
        key(["kim", "lee"], ["kim"]),
    )
    assert matches.user_of.tolist() == [-1, -1]
    assert matches.tier_of.tolist() == [0, 0]


def test_a_stronger_key_that_differs_does_not_stop_a_match_by_a_weaker_one():
    matches = match(key(["E1"], ["E2"], path="externalId"), key(["kim"], ["kim"]))
    assert (matches.user_of.tolist(), matches.tier_of.tolist()) == ([0], [1])


def test_letter_case_counts_in_a_key_that_is_case_exact():
    assert match(key(["AB1"], ["ab1"], case_exact=True)).user_of.tolist() == [-1]


def test_a_key_can_be_compared_by_a_comparator():
    by_mail = make_comparator("email").normalise
    desired, users = ["anna@xn--bcher-kva.example"], ["Anna@bücher.example"]
    assert match(key(desired, users, MAIL)).user_of.tolist() == [-1]
    assert match(key(desired, users, MAIL, normalise=by_mail)).user_of.tolist() == [0]


def test_a_comparator_that_leaves_nothing_of_a_text_matches_nothing():
    blank = make_comparator(lambda text: text.strip("-")).normalise
    assert match(key(["---", " "], ["--", " "], normalise=blank)).user_of.tolist() == [-1, -1]


def test_candidates_are_users_by_id_then_rows_by_line_ten_at_most():
    words = match(key(["pat"] * 11, ["pat"])).desired_ambiguous[0]
    assert words == "u0, " + ", ".join(f"line {line}" for line in range(2, 11)) + " and 2 more"


def test_lines_may_be_anything_that_has_a_name():
    matches = match_users([key(["pat", "pat"], ["pat"])], ["7"], ["b:3", "a:9"])
    assert matches.desired_ambiguous[0] == "7, line a:9, line b:3"


def test_rows_go_by_what_matched_them_or_by_their_strongest_key():
    keys = [
        key(["E1", None, "E3", "", None], ["E1"], path="externalId"),
        key(["kim", "lee", "pat", "sam", " "], ["x"]),
    ]
    matches = match(*keys)
    assert key_texts(keys, matches).fillna("none").tolist() == ["E1", "lee", "E3", "sam", "none"]
    assert key_paths(keys, matches).tolist() == ["externalId", "userName", "externalId", "userName", "externalId"]


def test_a_row_matched_by_a_weaker_key_goes_by_that():
    keys = [key(["E1"], ["E2"], path="externalId"), key(["kim"], ["kim"])]
    matches = match(*keys)
    assert (key_texts(keys, matches).tolist(), key_paths(keys, matches).tolist()) == (["kim"], ["userName"])


CELLS = st.sampled_from([None, "", " ", "a", "A", " b", "b", "c", "ß", "ss", KELVIN, "k", "ａ", "é", "e\u0301"])


@st.composite
def sides(draw):
    """Two tiers of keys for a few rows and users."""
    rows, users = draw(st.integers(0, 6)), draw(st.integers(0, 6))
    return [[draw(st.lists(CELLS, min_size=n, max_size=n)) for n in (rows, users)] for _ in range(2)]


LINKS = st.lists(
    st.tuples(st.sampled_from(["externalId", "userName"]), st.sampled_from(["a", "b", "c", "é", KELVIN]), st.integers(0, 6)),
    max_size=4,
    unique_by=(lambda link: link[:2], lambda link: link[2]),
)


def outcome(tiers, decided, rows, users):
    """What matching says of lines and ids, with rows and users in this order."""
    keys = [
        Key(
            path=path,
            case_exact=False,
            desired=texts(*(left[row] for row in rows)),
            users=texts(*(right[user] for user in users)),
        )
        for path, (left, right) in zip(("externalId", "userName"), tiers, strict=True)
    ]
    ids = [f"u{user}" for user in users]
    table = links(*((path, cell, f"u{user}") for path, cell, user in decided))
    matches = match_users(keys, ids, rows, links=table)
    return matches, {
        "pairs": {(rows[row], ids[user]) for row, user in enumerate(matches.user_of) if user >= 0},
        "tiers": {rows[row]: int(tier) for row, tier in enumerate(matches.tier_of)},
        "rows": {rows[row]: words for row, words in (matches.desired_ambiguous | matches.near).items()},
        "users": {ids[user]: words for user, words in (matches.users_ambiguous | matches.near_users).items()},
        "broken": {tuple(row) for row in matches.broken_links.itertuples(index=False)},
    }


@settings(max_examples=settings.default.max_examples // 8)
@given(tiers=sides(), decided=LINKS, seed=st.randoms(use_true_random=False))
def test_the_order_of_rows_users_and_links_does_not_matter(tiers, decided, seed):
    rows, users = list(range(len(tiers[0][0]))), list(range(len(tiers[0][1])))
    _, told = outcome(tiers, decided, rows, users)
    for order in (rows, users, decided):
        seed.shuffle(order)
    assert outcome(tiers, decided, rows, users)[1] == told


@settings(max_examples=settings.default.max_examples // 8)
@given(tiers=sides(), decided=LINKS)
def test_everybody_is_matched_or_ambiguous_or_neither_and_a_user_is_claimed_once(tiers, decided):
    matches, _ = outcome(tiers, decided, list(range(len(tiers[0][0]))), list(range(len(tiers[0][1]))))
    matched = [(row, user) for row, user in enumerate(matches.user_of.tolist()) if user >= 0]
    assert [(row, user) for user, row in enumerate(matches.desired_of.tolist()) if row >= 0] == sorted(
        matched, key=lambda p: p[1]
    )
    for done, ambiguous, near in (
        ({row for row, _ in matched}, set(matches.desired_ambiguous), set(matches.near)),
        ({user for _, user in matched}, set(matches.users_ambiguous), set(matches.near_users)),
    ):
        assert not (done & ambiguous) | (done & near) | (ambiguous & near)
    assert set(np.flatnonzero(matches.linked)) <= {row for row, _ in matched}
    assert {row for row, _ in matched} | set(matches.desired_ambiguous) == set(np.flatnonzero(matches.tier_of >= 0))


def holders(cells, *, linked=False):
    """Who holds each key: by its strong form, or as links find it."""
    found = {}
    for place, cell in enumerate(cells):
        form = normalise_text(cell or "", case_exact=False)
        if KELVIN in (cell or ""):
            form = cell if linked else ""
        if form:
            found.setdefault(form, []).append(place)
    return found


def by_the_book(tiers):
    """Tiered matching, one row at a time: pairs, ambiguous rows and users, and the tier that decided, of rows and users."""
    pairs, unclear, decided = {}, (set(), set()), ({}, {})
    for tier, (left, right) in enumerate(tiers):
        rows, users = holders(left), holders(right)
        found, torn = {}, set()
        for form, mine in rows.items():
            theirs = users.get(form, [])
            for row in mine:
                if not theirs or row in pairs or row in unclear[0]:
                    continue
                if len(mine) == len(theirs) == 1 and theirs[0] not in pairs.values() and theirs[0] not in unclear[1]:
                    found[row] = theirs[0]
                else:
                    unclear[0].add(row)
                    torn.add(form)
                decided[0][row] = tier
        taken = set(pairs.values()) | set(found.values())
        unclear[1].update(user for form in torn for user in users[form] if user not in taken)
        pairs |= found
        decided[1].update((user, tier) for user in set(pairs.values()) | unclear[1] if user not in decided[1])
    return pairs, unclear, decided


def says_otherwise(tiers, mine, other, tier, *, side):
    """Whether the keys alone give `mine` to somebody else, or to several of whom `other` is none, by a key so strong."""
    pairs, _, decided = by_the_book(tiers)
    partner_of = pairs if side == 0 else {user: row for row, user in pairs.items()}
    at = decided[side].get(mine, tier + 1)
    if at > tier:
        return False
    if mine in partner_of:
        return partner_of[mine] != other
    own, others = holders(tiers[at][side]), holders(tiers[at][1 - side])
    form = next(form for form, places in own.items() if mine in places)
    return len(own[form]) == 1 and len(others[form]) > 1 and other not in others[form]


@pytest.mark.parametrize("seed", range(200))
def test_matching_does_what_the_plain_algorithm_does(seed):
    dice = random.Random(seed)  # noqa: S311 - the same people in every run
    rows, users = dice.randint(0, 8), dice.randint(0, 8)
    cells = [None, "", "a", "b", "c", "d", "E", "e", "é", "e\u0301", KELVIN, "k"]
    tiers = [[[dice.choice(cells) for _ in range(size)] for size in (rows, users)] for _ in range(3)]
    keys = [key(left, right, path=f"tier{tier}") for tier, (left, right) in enumerate(tiers)]
    matches = match(*keys)
    pairs, unclear, decided = by_the_book(tiers)
    assert {row: user for row, user in enumerate(matches.user_of.tolist()) if user >= 0} == pairs
    assert (set(matches.desired_ambiguous), set(matches.users_ambiguous)) == unclear
    assert {row: tier for row, tier in enumerate(matches.tier_of.tolist()) if tier >= 0} == decided[0]


# Keys that look alike


@pytest.mark.parametrize(
    ("desired", "user", "alike"),
    [
        (f"mi{KELVIN}e", "mike", True),
        ("mıke", "mike", False),
        ("ｍike", "mike", True),
        ("straße", "strasse", True),
        ("a\u1fefb", "a`b", True),
        ("mi ke", "mike", True),
        ("ﬁona", "fiona", True),
        (f"mi{KELVIN}e", f"mi{KELVIN}e", True),
        ("mike", "mika", False),
    ],
)
def test_keys_that_only_look_alike_never_match_and_are_told(desired, user, alike):
    matches = match(key([desired], [user]))
    assert matches.user_of.tolist() == [-1]
    assert matches.near == ({0: "u0"} if alike else {})
    assert matches.near_users == ({0: "line 2"} if alike else {})


def test_a_key_that_differs_in_case_alone_is_near_where_case_counts():
    assert match(key(["AB1"], ["ab1"], case_exact=True)).near == {0: "u0"}


def test_who_is_matched_or_ambiguous_is_near_nobody():
    matches = match(key(["mike", f"mi{KELVIN}e", "pat", "pat", "ｐat"], ["mike", "pat"]))
    assert matches.near == {}
    assert matches.near_users == {}


def test_near_names_all_who_look_alike_by_the_strongest_key_that_does():
    matches = match(
        key(["ＥＡ", None], [None, "ea", None], path="externalId", case_exact=True),
        key(["kımm", "straße"], ["strasse", "kimm", "ＳＴＲＡＳＳＥ"]),
    )
    assert matches.near == {0: "u1", 1: "u0, u2"}
    assert matches.near_users == {0: "line 3", 1: "line 2", 2: "line 3"}


def test_the_characters_that_have_no_strong_form_are_those_that_turn_into_ascii():
    every = [chr(code) for code in range(128, sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    turning = [letter for letter in every if unicodedata.normalize("NFC", letter).isascii()]
    codes = code_key(key([*turning, "k", ";"], []))
    assert (codes.rows < 0).tolist() == [True, True, True, False, False]


@given(st.lists(st.text(), max_size=5))
def test_the_loose_form_of_a_loose_form_is_itself(cells):
    once = loose_form(texts(*cells))
    assert loose_form(once).equals(once)


def test_the_loose_form_of_every_character_is_stable():
    every = [chr(code) for code in range(sys.maxunicode + 1) if not 0xD800 <= code <= 0xDFFF]
    folding = [letter for letter in every if unicodedata.normalize("NFKD", letter).casefold() != letter]
    every = texts(*(f"a{letter}\u0301" for letter in folding))
    once = loose_form(every)
    assert loose_form(once).equals(once)


@given(st.text(), st.booleans())
def test_texts_of_one_strong_form_have_one_loose_form(cell, case_exact):
    one = key([cell], [], case_exact=case_exact)
    if (code_key(one).rows >= 0).all():
        assert loose_form(one.desired_forms).equals(loose_form(texts(cell)))


# Links


def test_a_link_matches_whom_no_key_does():
    matches = match(key(["kim.new", "lee"], ["kim", "lee"]), links=links(("userName", "Kim.New", "u0")))
    assert matches.user_of.tolist() == [0, 1]
    assert matches.linked.tolist() == [True, False]
    assert matches.broken_links.empty


def test_a_link_settles_whom_a_key_left_ambiguous():
    matches = match(key(["pat"], ["pat", "pat"]), links=links(("userName", "pat", "u1")))
    assert matches.user_of.tolist() == [1]
    assert matches.users_ambiguous == {}


def test_a_link_goes_before_a_weaker_key():
    keys = [key(["E1"], [None, None], path="externalId"), key(["kim"], ["kim", "kim2"])]
    matches = match(*keys, links=links(("externalId", "E1", "u1")))
    assert (matches.user_of.tolist(), matches.tier_of.tolist(), matches.linked.tolist()) == ([1], [0], [True])


def test_a_linked_row_has_the_tier_of_its_links_path():
    keys = [key(["E1"], [None], path="externalId"), key(["kim"], ["lee"])]
    matches = match(*keys, links=links(("userName", "kim", "u0")))
    assert matches.tier_of.tolist() == [1]
    assert (key_paths(keys, matches).tolist(), key_texts(keys, matches).tolist()) == (["userName"], ["kim"])


def test_a_link_to_whom_the_keys_match_anyway_confirms_a_weak_match():
    keys = [key(["E1"], ["E2"], path="externalId"), key(["kim"], ["kim"])]
    matches = match(*keys, links=links(("userName", "kim", "u0")))
    assert (matches.user_of.tolist(), matches.linked.tolist()) == ([0], [True])


def test_a_link_finds_a_key_that_never_matches_by_itself():
    matches = match(key([f"mi{KELVIN}e", "mike2"], ["mike"]), links=links(("userName", f"mi{KELVIN}e", "u0")))
    assert matches.user_of.tolist() == [0, -1]


@settings(max_examples=settings.default.max_examples // 8)
@given(tiers=sides(), decided=LINKS)
def test_a_link_is_used_unless_the_keys_alone_say_otherwise(tiers, decided):
    rows, users = list(range(len(tiers[0][0]))), list(range(len(tiers[0][1])))
    matches, _ = outcome(tiers, decided, rows, users)
    ends = []
    for path, cell, user in decided:
        tier = ["externalId", "userName"].index(path)
        form = cell if cell == KELVIN else normalise_text(cell, case_exact=False)
        found = holders(tiers[tier][0], linked=True).get(form, [])
        if len(found) == 1 and user < len(users):
            ends.append((found[0], user, tier))
    expected = {
        (row, user)
        for row, user, tier in ends
        if [end[0] for end in ends].count(row) == 1
        and not says_otherwise(tiers, row, user, tier, side=0)
        and not says_otherwise(tiers, user, row, tier, side=1)
    }
    linked = np.flatnonzero(matches.linked).tolist()
    assert {(row, int(matches.user_of[row])) for row in linked} == expected
    torn = {row for row, _, _ in ends} - {row for row, _ in expected}
    assert torn <= set(matches.desired_ambiguous)
    assert {user for _, user, _ in ends} - {user for _, user in expected} <= set(matches.users_ambiguous)
    assert len(matches.broken_links) == len(decided) - len(expected)


def test_a_link_without_a_path_is_of_the_first_key():
    keys = [key(["E1"], [None], path="externalId"), key(["E1x"], ["lee"])]
    for table in (links(("E1", "u0"), columns=["key", "user_id"]), links((None, "E1", "u0"))):
        assert match(*keys, links=table).user_of.tolist() == [0]


def test_a_links_path_may_be_spelled_in_full():
    urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber"
    matches = match(key(["417"], ["9"], path="employeeNumber"), links=links((urn, "417", "u0")))
    assert matches.user_of.tolist() == [0]


@pytest.mark.parametrize(
    ("desired", "users", "link", "reason", "user_of"),
    [
        (["kim"], ["kim"], ("userName", "kim", "gone"), "no user has this id", [0]),
        (["kim"], ["lee"], ("userName", "sam", "u0"), "no row has this key", [-1]),
        (["kim", "Kim"], ["lee"], ("userName", "kim", "u0"), "2 rows have this key", [-1, -1]),
        (["kim"], ["kim", "lee"], ("userName", "kim", "u1"), "its key now matches user u0", [-1]),
        (["kim"], ["kim", "lee", "kim"], ("userName", "kim", "u1"), "its key now matches users u0, u2", [-1]),
        (["kim", "lee"], ["lee"], ("userName", "kim", "u0"), "its user's userName now matches line 3", [-1, -1]),
        (["kim", "lee", "lee"], ["lee"], ("userName", "kim", "u0"), "its user's userName now matches line 3, line 4", [-1] * 3),
    ],
)
def test_a_link_that_does_not_hold_is_told_and_not_used(desired, users, link, reason, user_of):
    matches = match(key(desired, users), links=links(link))
    assert broken(matches) == [[*link[1:], reason]]
    assert matches.user_of.tolist() == user_of
    assert not matches.linked.any()


def test_a_link_the_keys_contradict_leaves_all_of_them_ambiguous():
    matches = match(key(["kim", "lee", "sam"], ["kim", "lee", "sam"]), links=links(("userName", "kim", "u1")))
    everybody = "u0, u1, line 2, line 3"
    assert matches.desired_ambiguous == {0: everybody, 1: everybody}
    assert matches.users_ambiguous == {0: everybody, 1: everybody}
    assert matches.user_of.tolist() == [-1, -1, 2]


def test_a_stronger_key_contradicts_a_link_by_a_weaker_one():
    keys = [key(["E1"], [None, "E1"], path="externalId"), key(["kim"], ["lee", "pat"])]
    matches = match(*keys, links=links(("userName", "kim", "u0")))
    assert broken(matches) == [["kim", "u0", "its row's externalId now matches user u1"]]
    assert matches.desired_ambiguous == {0: "u0, u1, line 2"}
    assert sorted(matches.users_ambiguous) == [0, 1]


def test_a_row_that_a_stronger_key_gave_to_another_does_not_contradict_a_link():
    keys = [key([None, "E1"], [None, "E1"], path="externalId"), key(["kim.new", "kim"], ["kim", "sam"])]
    matches = match(*keys, links=links(("userName", "kim.new", "u0")))
    assert matches.user_of.tolist() == [0, 1]
    assert matches.broken_links.empty


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (("userName", "KIM", "u0", "reject"), "said not to be this user, and its keys match it"),
        (("userName", "kim", None, "never"), "said to have no user, and now matches u0"),
        (("externalId", "E1", "u0", "reject"), "said not to be this user, and its keys match it"),
    ],
)
def test_who_was_decided_not_to_be_one_person_is_ambiguous_where_the_keys_match_them(decision, reason):
    keys = key(["E1", "E2"], [None, "E2"], path="externalId"), key(["kim", "lee"], ["kim", "lee"])
    matches = match(*keys, links=links(decision, columns=["path", "key", "user_id", "decision"]))
    assert matches.user_of.tolist() == [-1, 1]
    assert matches.desired_of.tolist() == [-1, 1]
    assert (matches.desired_ambiguous, matches.users_ambiguous) == ({0: "u0"}, {0: "line 2"})
    assert matches.broken_links[["key", "reason"]].to_numpy().tolist() == [[decision[1], reason]]


@pytest.mark.parametrize(
    "decided",
    [
        [("userName", "kim", "u1", "reject")],
        [("userName", "sam", "u0", "reject"), ("userName", "sam", None, "never")],
        [("userName", "kim", "gone", "reject")],
        [("userName", "kim", "u1", "reject"), ("userName", "kim", "u0", "accept")],
    ],
)
def test_a_decision_against_what_no_key_matches_changes_nothing(decided):
    matches = match(key(["kim", "lee"], ["kim", "lee"]), links=links(*decided, columns=["path", "key", "user_id", "decision"]))
    assert matches.user_of.tolist() == [0, 1]
    assert matches.broken_links.empty


def test_a_link_that_another_decision_is_against_does_not_hold():
    decided = [("userName", "kim.new", "u0", "accept"), ("userName", "kim.new", None, "never")]
    matches = match(key(["kim.new"], ["kim"]), links=links(*decided, columns=["path", "key", "user_id", "decision"]))
    assert (matches.user_of.tolist(), matches.linked.tolist()) == ([-1], [False])
    assert matches.desired_ambiguous == {0: "u0"}


@pytest.mark.parametrize("decided", [("userName", " ", "u0", "reject"), ("userName", "kim", None, "reject")])
def test_a_rejection_without_a_key_or_a_user_is_refused(decided):
    with pytest.raises(CompareError, match=r"links row 0: no (key|user_id)"):
        match(key(["kim"], ["kim"]), links=links(decided, columns=["path", "key", "user_id", "decision"]))


def test_two_links_that_give_one_row_to_two_users_hold_neither():
    keys = [key(["E1"], [None, None], path="externalId"), key(["kim"], ["lee", "sam"])]
    matches = match(*keys, links=links(("externalId", "E1", "u0"), ("userName", "kim", "u1")))
    assert {reason for *_, reason in broken(matches)} == {"its row is linked to users u0, u1"}
    assert matches.desired_ambiguous == {0: "u0, u1, line 2"}


def test_links_that_swap_two_users_hold_neither():
    table = links(("userName", "kim", "u1"), ("userName", "lee", "u0"))
    matches = match(key(["kim", "lee"], ["kim", "lee"]), links=table)
    assert matches.user_of.tolist() == [-1, -1]
    assert len(matches.broken_links) == 2


def test_who_is_linked_stays_out_of_the_ambiguity_of_another_link():
    keys = [key(["E1", None], [None, None], path="externalId"), key(["kim", "lee"], ["lee", "sam"])]
    matches = match(*keys, links=links(("externalId", "E1", "u0"), ("userName", "lee", "u1")))
    assert matches.user_of.tolist() == [0, -1]
    assert broken(matches) == [["lee", "u1", "its key now matches user u0"]]
    assert matches.users_ambiguous == {1: "u0, u1, line 3"}


def test_a_link_whose_user_was_renamed_is_used_and_told():
    table = links(("userName", "kim", "u0", "Kim.Old"), columns=["path", "key", "user_id", "user_name"])
    matches = match(key(["kim"], ["kim.new"]), links=table, user_names=["kim.new"])
    assert matches.user_of.tolist() == [0]
    assert broken(matches) == [["kim", "u0", "the user is now called kim.new"]]


@pytest.mark.parametrize("name", ["KIM.NEW", "", None])
def test_a_name_in_other_letters_or_none_is_no_new_name(name):
    table = links(("userName", "kim", "u0", name), columns=["path", "key", "user_id", "user_name"])
    assert match(key(["kim"], ["kim.new"]), links=table, user_names=["kim.new"]).broken_links.empty


def test_a_saved_link_table_reads_back_the_same_and_matches_everybody_again():
    keys = [key(["00417", "null"], ["x", "y"])]
    table = make_links(["userName"] * 2, keys[0].desired, ["u1", "u0"], ["y", None])
    saved = pd.read_csv(io.StringIO(table.to_csv(index=False)), dtype="str", keep_default_na=False)
    assert saved["key"].tolist() == ["00417", "null"]
    assert match(*keys, links=saved, user_names=["x", "y"]).user_of.tolist() == [1, 0]


def test_a_repeated_link_is_one_link():
    table = links(("userName", "kim", "u0"), ("userName", " KIM", "u0"))
    assert len(check_links(table, [key([], [])])) == 1


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([("kim", "u0")], "links takes a DataFrame"),
        (links(("kim",), columns=["key"]), "no column 'user_id'"),
        (pd.DataFrame({"key": ["kim"], "user_id": [417]}), "holds 417, which is not text; read the table with"),
        (links(("userName", None, "u0")), "row 0: no key.*keep_default_na=False"),
        (links(("userName", "kim", "u0"), ("userName", "lee", " ")), "row 1: no user_id"),
        (links(("title", "kim", "u0")), "path 'title' is not among the keys, userName"),
        (links(("no such", "kim", "u0")), "path 'no such' is not among the keys"),
        (
            links(("userName", "kim", "u0"), ("userName", "KIM", "u1")),
            "'kim' .row 0. is linked to user 'u0', userName 'KIM' .row 1.",
        ),
        (links(("userName", "kim", "u0"), ("userName", "lee", "u0")), "user 'u0' is linked from userName 'kim'.*drop_duplicates"),
        (links(("a", "b", "c"), columns=["key", "key", "user_id"]), "column 'key' stands twice"),
    ],
)
def test_what_is_no_link_table_is_refused_with_what_to_do(table, words):
    with pytest.raises(CompareError, match=words):
        match(key(["kim"], ["kim"]), links=table)


# Proposals


def people(*rows, columns, **index):
    return pd.DataFrame(list(rows), columns=list(columns), dtype="str", **index)


def left(*rows, columns):
    return people(*rows, columns=columns, index=range(2, 2 + len(rows)))


def users(*rows, columns):
    frame = people(*rows, columns=columns)
    frame.insert(0, "id", [f"u{place}" for place in range(len(frame))])
    frame.insert(1, "user_name", frame["userName"] if "userName" in frame.columns else frame["id"])
    return frame.astype("str")


NAMES = ["name.familyName", "name.givenName", "userName"]


def test_a_proposal_says_why():
    columns = ["name.familyName", "userName", "employeeNumber", "title"]
    found = propose_matches(
        left(("Mueller", "j.mueller", "417", "Clerk"), columns=columns),
        users(("Müller", "jmueller", "000417", "Clerk"), columns=columns),
    )
    assert found["reason"].tolist() == [
        "name.familyName 'Mueller' ~ 'Müller' 92; userName 'j.mueller' ~ 'jmueller' 94; "
        "employeeNumber '417' = '000417' without leading zeros; title = 'Clerk'"
    ]
    assert found[["source_line", "user_id", "user_name", "score", "rank", "alone"]].iloc[0].tolist() == [
        2, "u0", "jmueller", 95.7, 1, True,
    ]  # fmt: skip


def test_proposals_have_their_columns_and_types_even_when_there_are_none():
    expected = {
        "source_line": "Int64", "key": "str", "user_id": "str", "user_name": "str", "score": "Float64", "rank": "Int64",
        "alone": "boolean", "reason": "str",
    }  # fmt: skip
    nobody = propose_matches(left(columns=NAMES), users(columns=NAMES))
    somebody = propose_matches(left(("Kim", "Ann", "akim"), columns=NAMES), users(("Kim", "Anne", "akim2"), columns=NAMES))
    for found in (nobody, somebody):
        assert {name: str(dtype) for name, dtype in found.dtypes.items()} == expected
    assert (len(nobody), len(somebody)) == (0, 1)


@pytest.mark.parametrize(
    ("columns", "row", "user"),
    [
        (["displayName"], ("Smith, John",), ("John Smith",)),
        (["displayName"], ("Łukasz Nowak",), ("Lukasz Nowak",)),
        (["name.familyName"], ("O'Brien",), ("OBrien",)),
        (["name.familyName"], ("García López",), ("Lopez-Garcia",)),
        (["userName"], ("anna.kim",), ("kim.anna",)),
        (["userName"], ("anna.kim@old.example",), ("anna.kim@new.example",)),
        ([MAIL], ("anna.kim@example.com",), ("annakim@example.com",)),
        (["employeeNumber"], ("417",), ("000417",)),
        (["displayName"], ("Иван Петров",), ("ИВАН ПЕТРОВ",)),
    ],
)
def test_people_who_are_alike_are_proposed(columns, row, user):
    found = propose_matches(left(row, columns=columns), users(user, columns=columns))
    assert found["user_id"].tolist() == ["u0"]


@pytest.mark.parametrize(
    ("columns", "row", "user"),
    [
        (["name.givenName"], ("Anna",), ("Anna",)),
        (["title", "department"], ("Clerk", "Sales"), ("Clerk", "Sales")),
        (["displayName"], ("Anna Kim",), ("Peter Novak",)),
        (["userName"], ("",), (None,)),
        (["employeeNumber"], ("417",), ("9999",)),
        (["nickName"], ("anna",), ("anna",)),
    ],
)
def test_people_who_share_too_little_are_not(columns, row, user):
    assert propose_matches(left(row, columns=columns), users(user, columns=columns)).empty


def test_two_candidates_as_good_as_each_other_stand_not_alone():
    found = propose_matches(
        left(("Kim", "Anna", "akim"), columns=NAMES),
        users(("Kim", "Anna", "akim2"), ("Kim", "Anna", "akim3"), columns=NAMES),
    )
    assert found["user_id"].tolist() == ["u0", "u1"]
    assert not found["alone"].any()


def test_two_rows_that_want_one_user_stand_not_alone():
    found = propose_matches(
        left(("Kim", "Anna", "akim"), ("Kim", "Anna", "akim1"), columns=NAMES),
        users(("Kim", "Anna", "akim2"), columns=NAMES),
    )
    assert len(found) == 2
    assert not found["alone"].any()


def test_limit_and_least_score_bound_the_proposals():
    rows = left(("Kim", "Anna", "akim"), columns=NAMES)
    crowd = users(*(("Kim", "Anna", f"akim{number}") for number in range(5)), ("Kim", "Annabel", "bell.kim"), columns=NAMES)
    assert propose_matches(rows, crowd, limit=2)["rank"].tolist() == [1, 2]
    assert len(propose_matches(rows, crowd, limit=9, min_score=90)) == 5
    assert len(propose_matches(rows, crowd, limit=9, min_score=50)) == 6


def random_people(seed, number):
    dice = random.Random(seed)  # noqa: S311 - the same people in every run
    family, given = ["Kim", "Kimm", "Müller", "Mueller", "Smith", "Smyth"], ["Anna", "Ann", "John", "Jon", None]
    rows = []
    for _ in range(number):
        surname, name = dice.choice(family), dice.choice(given)
        rows.append((surname, name, f"{(name or 'x')[0]}.{surname}{dice.randint(0, 3)}".lower()))
    return rows


@pytest.mark.parametrize("seed", range(5))
def test_the_order_of_rows_users_and_columns_does_not_matter_to_proposals(seed):
    rows, crowd = left(*random_people(seed, 12), columns=NAMES), users(*random_people(seed + 100, 12), columns=NAMES)
    shuffled = rows.sample(frac=1, random_state=seed)[NAMES[::-1]], crowd.sample(frac=1, random_state=seed)[crowd.columns[::-1]]
    found = propose_matches(rows, crowd)
    assert len(found)
    assert propose_matches(*shuffled).equals(found)


def test_proposals_come_by_line_the_best_first():
    rows, crowd = left(*random_people(1, 12), columns=NAMES), users(*random_people(2, 12), columns=NAMES)
    found = propose_matches(rows, crowd, limit=5)
    assert found["source_line"].is_monotonic_increasing
    for _, mine in found.groupby("source_line"):
        assert mine["rank"].tolist() == list(range(1, len(mine) + 1))
        assert all(above >= below for above, below in pairwise(mine["score"]))


def test_a_crowd_of_one_surname_is_split_rather_than_compared_with_itself():
    names = [("Smith", f"{chr(97 + number % 26)}{number}", f"user{number}") for number in range(400)]
    found = propose_matches(left(*names, columns=NAMES), users(*names, columns=NAMES), limit=1)
    assert (found["user_id"] == "u" + (found["source_line"] - 2).astype("str")).all()
    assert len(found) == 400


@pytest.mark.parametrize(
    ("frame", "more", "words"),
    [
        (left(("kim",), columns=["userName"]), {"limit": 0}, "limit=0"),
        (left(("kim",), columns=["userName"]), {"min_score": 101}, "between 0 and 100"),
        (left(("kim",), columns=["userName"]).set_axis(["x"]), {}, "must be source lines"),
    ],
)
def test_what_cannot_be_proposed_is_refused(frame, more, words):
    with pytest.raises(CompareError, match=words):
        propose_matches(frame, users(("kim",), columns=["userName"]), **more)


def test_users_without_ids_are_refused():
    with pytest.raises(CompareError, match="no column 'id'"):
        propose_matches(left(("kim",), columns=["userName"]), people(("kim",), columns=["userName"]))


def test_without_rapidfuzz_proposals_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "rapidfuzz", None)
    with pytest.raises(CompareError, match=r"pip install 'scimrecon\[clean\]'"):
        propose_matches(left(("kim",), columns=["userName"]), users(("kim",), columns=["userName"]))
