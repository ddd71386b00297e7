"""Many users are read by columns, and each as if it were read alone, however oddly a service writes it."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resources import ENTERPRISE, FACILITIES, users_of

import scimrecon as sr
from scimrecon.attributes import CORE_URN
from scimrecon.errors import CompareError, PathError
from scimrecon.paths import find_key, parse_path, read_path
from scimrecon.users import read_paths
from scimrecon.values import kind_of, parse_resource, to_text

PLAIN = st.sampled_from([None, "", "Clerk", "Zoë", "\ud800", True, False, 0, 7, 1.5, 10**20, "work", "Work"])
PARTS = ["value", "VALUE", "type", "Type", "primary", "givenName", "department", "floor", "manager"]
INNER = st.dictionaries(st.sampled_from(PARTS), PLAIN | st.just([]) | st.just(["Clerk"]) | st.just({"value": "7"}), max_size=4)
VALUES = PLAIN | INNER | st.lists(INNER | PLAIN, max_size=3)
NAMES = ["title", "Title", "TITLE", "name", "NAME", "emails", "Emails", "active", "meta", "name.givenName"]
URNS = [ENTERPRISE, ENTERPRISE.upper(), FACILITIES, CORE_URN, "urn:\ud800"]
ODD = st.lists(st.dictionaries(st.sampled_from(NAMES + URNS), VALUES, max_size=6), max_size=6)
ELEMENT = st.fixed_dictionaries(
    {"value": PLAIN}, optional={"type": st.sampled_from(["work", "home", "", None]), "primary": PLAIN}
)
USUAL = st.lists(
    st.fixed_dictionaries({}, optional={"title": PLAIN, "emails": st.lists(ELEMENT, max_size=3), ENTERPRISE: INNER}), max_size=6
)
PATHS = [
    "title", "active", "name.givenName", "department", "manager.value", 'emails[type eq "work"].value',
    'emails[type eq "Work"].type', "emails[primary eq true].value", 'emails[value eq "Clerk"].value',
    'emails[value eq "true"].type', f"{FACILITIES}:floor", f"{FACILITIES}:floor.value",
    f'{FACILITIES}:floor[type eq "work"].value',
]  # fmt: skip


def read_alone(text, resource):
    """One path of one user: text, what the filter found, the kind of value, what is wrong, whether there is any element."""
    path = parse_path(text)
    try:
        value, found = read_path(path, resource)
        cell = to_text(value), int(found), kind_of(value), None
    except PathError as error:
        cell = None, 1, None, str(error)
    except ValueError as error:
        cell = None, 1, None, f"{path}: {error}."
    holder = resource.get(find_key(resource, path.urn)) if path.urn else resource
    several = bool(path.member) and isinstance(holder, dict) and bool(holder.get(find_key(holder, path.name)))
    return (*cell, cell[0] is not None or several)


@given(ODD | USUAL)
@settings(max_examples=settings.default.max_examples // 2)
def test_a_path_of_many_users_is_what_it_is_of_each(people):
    users = users_of(people)
    resources = [parse_resource(body) for body in users.resources.values()]
    for path, values in read_paths(users, PATHS).items():
        alone = [read_alone(path, resource) for resource in resources]
        assert values.texts.astype(object).where(values.texts.notna(), None).tolist() == [text for text, *_ in alone]
        assert values.found.tolist() == [found for _, found, *_ in alone]
        assert values.kinds == {kind for _, _, kind, *_ in alone} - {None}
        assert values.problems == {row: problem for row, (*_, problem, _) in enumerate(alone) if problem}
        assert values.filled.tolist() == [filled for *_, filled in alone]


@given(ODD | USUAL)
@settings(max_examples=settings.default.max_examples // 4)
def test_the_frame_of_many_users_is_the_frames_of_each_below_one_another(people):
    alone = [users_of([{"id": str(number), **person}]).frame for number, person in enumerate(people)]
    together = users_of([{"id": str(number), **person} for number, person in enumerate(people)]).frame
    if alone:
        pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True).astype("str"))


def test_users_beyond_one_block_stand_in_their_places():
    people = [{"userName": f"person{number}"} for number in range(2_300)]
    people[1_500] |= {"title": ["Clerk"], "nickName": "Pat"}
    people[2_250] |= {"title": "Clerk", "TITLE": "Cook"}
    users = users_of(people)
    title, name = read_paths(users, ["title", "userName"]).values()
    assert title.problems == {1_500: "title: the user holds a list, not one value."}
    assert title.texts.dropna().to_dict() == {2_250: "Clerk"}
    assert name.texts.tolist() == users.frame["userName"].tolist() == [person["userName"] for person in people]
    assert users.frame["nickName"].dropna().to_dict() == {1_500: "Pat"}
    assert list(users.frame.columns) == ["id", "userName", "nickName", "title", "TITLE"]


HEAD = (
    '{"schemas": ["x"], "totalResults": 2, "scimrecon": {"dialect": "twilio", "fingerprint": "f", "complete": ["proven", "all"]}'
)
ONE, TWO = '{"id": "1", "userName": "O\'Brien"}', '{"id": "2", "title": "Señora, [{"}'


@pytest.mark.parametrize(
    "text",
    [
        f'{HEAD}, "Resources": [\n{ONE},\n{TWO}\n]}}\n',
        f'{HEAD}, "Resources": [\r\n{ONE},\r\n{TWO}\r\n]}}\r\n',
        f'{HEAD}, "Resources": [\n {ONE} ,\n{TWO}\n]}}\n',
        f'{HEAD}, "Resources": [\n{ONE}, {TWO}\n]}}\n',
        f'{HEAD}, "Resources": [\n{ONE},\n\n{TWO}\n]}}\n\n',
        f'{HEAD}, "startIndex": 1, "Resources": [\n{ONE},\n{TWO}\n]}}\n',
        f'{HEAD}, "Resources": [\n{{"id": "9"}}], "Resources": [\n{ONE},\n{TWO}\n]}}\n',
        "\ufeff" + f'{HEAD}, "Resources": [\n{ONE},\n{TWO}\n]}}\n',
    ],
    ids=["as saved", "carriage returns", "blanks", "one line", "empty lines", "another member", "twice", "byte order mark"],
)
def test_saved_users_are_the_same_however_their_lines_were_broken(tmp_path, text):
    (tmp_path / "before.users").write_bytes(text.encode())
    users = sr.read_users(tmp_path / "before.users")
    assert users.resources == {"1": ONE.encode(), "2": TWO.encode()}
    assert (users.dialect.name, users.complete.verdict) == ("twilio", "proven")


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (f"{ONE}\n{TWO}", "the JSON ends early"),
        (f"{ONE},\n", "Expecting value"),
        (f"{ONE},\n{TWO},\n{{}}", "a user without an id"),
        ('{"id": "\\ud800"}', "whose id is no text"),
        ('{"id": 7}', "a user without an id"),
        ('{"id": ""}', "a user without an id"),
        (f"{ONE},\n[]", "a user without an id"),
        (f"{ONE},\n{TWO[:-1]}", "Expecting"),
        (f"{ONE},\n{TWO[:-1]}\n]}}\n", "Expecting"),
    ],
)  # fmt: skip
def test_saved_users_that_were_damaged_are_refused(tmp_path, lines, words):
    (tmp_path / "before.users").write_text(f'{HEAD}, "Resources": [\n{lines}\n]}}\n')
    with pytest.raises(CompareError, match=words):
        sr.read_users(tmp_path / "before.users")
