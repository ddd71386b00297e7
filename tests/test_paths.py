"""What a path names, and that a write reaches that and nothing else."""

import copy
import json
import re
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from resources import ENTERPRISE, FACILITIES, TEXTS, USERS

from scimrecon.attributes import CORE_URN
from scimrecon.errors import PathError
from scimrecon.paths import Element, clear_path, parse_path, read_element, read_path, write_path

PLACES = {
    "title": (("title",), ""),
    "userName": (("userName",), ""),
    "name.givenName": (("name", "givenName"), ""),
    'emails[type eq "work"].value': (("emails", "value"), "type"),
    'emails[type eq "O\'Brien \\"[]. eq"].value': (("emails", "value"), "type"),
    "emails[primary eq true].value": (("emails", "value"), "primary"),
    'phoneNumbers[type eq "mobile"].display': (("phoneNumbers", "display"), "type"),
    'addresses[type eq "work"].locality': (("addresses", "locality"), "type"),
    "department": ((ENTERPRISE, "department"), ""),
    "manager.value": ((ENTERPRISE, "manager", "value"), ""),
    f"{FACILITIES}:badgeNumber": ((FACILITIES, "badgeNumber"), ""),
    f'{FACILITIES}:lockers[type eq "west"].value': ((FACILITIES, "lockers", "value"), "type"),
}
"""Path to where its value stands (names only, without list positions) and the member its filter asks for."""

EMAIL = st.fixed_dictionaries(
    {},
    optional={"type": st.sampled_from(["work", "home", "WORK"]), "value": TEXTS, "display": TEXTS, "primary": st.booleans()},
)
EMAILS = st.lists(
    EMAIL,
    max_size=3,
    unique_by=(
        lambda email: email["type"].casefold() if "type" in email else id(email),
        lambda email: email.get("primary") or id(email),
    ),
)
"""At most one element a type, and one that is primary."""
PEOPLE = st.builds(lambda user, emails: {**user, "emails": emails}, USERS, EMAILS)


def leaves(value, place=()):
    """Every single value of a resource by where it stands, positions in lists included; null is no value."""
    if isinstance(value, dict):
        return {spot: leaf for name, held in value.items() for spot, leaf in leaves(held, (*place, name)).items()}
    if isinstance(value, list):
        return {spot: leaf for index, held in enumerate(value) for spot, leaf in leaves(held, (*place, index)).items()}
    return {} if value is None else {place: value}


@given(st.sampled_from(sorted(PLACES)), PEOPLE, TEXTS)
def test_what_is_written_at_a_path_is_read_there(text, user, value):
    path = parse_path(text)
    write_path(path, user, value)
    assert read_path(path, user) == (value, Element.FOUND)


@given(st.sampled_from(sorted(PLACES)), PEOPLE, TEXTS)
def test_a_write_touches_nothing_but_the_value_and_what_its_filter_names(text, user, value):
    place, member = PLACES[text]
    path = parse_path(text)
    before = copy.deepcopy(user)
    write_path(path, user, value)
    changed = {spot for spot, _ in leaves(before).items() ^ leaves(user).items()}
    names = {tuple(part for part in spot if isinstance(part, str)) for spot in changed}
    positions = {part for spot in changed for part in spot if isinstance(part, int)}
    assert names <= {place, (*place[:-1], member)}
    assert len(positions) <= 1


@given(st.sampled_from(sorted(PLACES)), PEOPLE)
def test_reading_changes_nothing(text, user):
    before = copy.deepcopy(user)
    read_path(parse_path(text), user)
    assert user == before


@given(st.sampled_from(sorted(PLACES)), PEOPLE, st.booleans())
def test_a_cleared_path_reads_as_unassigned_and_no_other_value_is_lost(text, user, omit):
    place, _ = PLACES[text]
    path = parse_path(text)
    before = copy.deepcopy(user)
    holds = read_path(path, user)[0] is not None
    clear_path(path, user, omit=omit)
    value, found = read_path(path, user)
    # Once the typed element is gone, the path names a lone one without a type; a plan refuses to clear so.
    assert value is None or found is Element.LONE
    kept = [leaf for spot, leaf in leaves(user).items() if spot[0] != place[0]]
    assert kept == [leaf for spot, leaf in leaves(before).items() if spot[0] != place[0]]
    if holds and not path.is_element:
        assert len(leaves(user)) == len(leaves(before)) - 1


@given(EMAILS, st.data())
def test_removing_an_element_removes_that_one_only(emails, data):
    others = [email for email in emails if email.get("type") != "home"]
    position = data.draw(st.integers(0, len(others)))
    user = {"emails": [*others[:position], {"type": "home", "value": "null@example.com"}, *others[position:]]}
    clear_path(parse_path('emails[type eq "home"].value'), user, omit=False)
    assert user == {"emails": others}


def test_the_last_element_takes_its_attribute_along_where_it_is_to_be_left_out():
    user = {"userName": "null", "emails": [{"type": "home", "value": "null@example.com"}]}
    clear_path(parse_path('emails[type eq "home"].value'), user, omit=True)
    assert user == {"userName": "null"}


@pytest.mark.parametrize(("omit", "left"), [(False, {"userName": "null", "title": None}), (True, {"userName": "null"})])
def test_a_cleared_attribute_becomes_null_or_is_left_out(omit, left):
    user = {"userName": "null", "title": "Clerk"}
    clear_path(parse_path("title"), user, omit=omit)
    assert user == left


def test_clearing_a_part_of_an_element_keeps_the_element():
    user = {"addresses": [{"type": "work", "locality": "Cork", "country": "IE"}]}
    clear_path(parse_path('addresses[type eq "work"].locality'), user, omit=True)
    assert user == {"addresses": [{"type": "work", "country": "IE"}]}


@pytest.mark.parametrize("omit", [True, False])
def test_an_element_goes_when_nothing_is_left_in_it(omit):
    user = {"addresses": [{"type": "home", "locality": "Cork"}, {"type": "work", "region": None}]}
    clear_path(parse_path('addresses[type eq "work"].type'), user, omit=omit)
    assert user == {"addresses": [{"type": "home", "locality": "Cork"}]}


def test_the_element_that_a_filter_names_is_read_and_a_lone_one_without_the_member_too():
    home, lone = {"type": "home", "value": "+1"}, {"value": "+2"}
    work = parse_path('phoneNumbers[type eq "work"].value')
    assert read_element(work, {"phoneNumbers": [lone]}) is lone
    assert read_element(work, {"phoneNumbers": [home, lone]}) is None
    assert read_element(parse_path('phoneNumbers[value eq "+1"].type'), {"phoneNumbers": [home, lone]}) is home


@pytest.mark.parametrize("text", sorted(PLACES))
def test_clearing_what_is_not_there_does_nothing(text):
    user = {"name": None, "emails": [], "id": "000417"}
    clear_path(parse_path(text), user, omit=False)
    assert user == {"name": None, "emails": [], "id": "000417"}


@pytest.mark.parametrize(
    "action", [read_path, partial(write_path, value="x"), partial(clear_path, omit=True)], ids=["read", "write", "clear"]
)
def test_a_filter_that_hits_two_elements_is_an_error_not_the_first(action):
    user = {"emails": [{"type": "work", "value": "pat@example.com"}, {"type": "Work", "value": "o.brien@example.com"}]}
    with pytest.raises(PathError, match="2 elements match"):
        action(parse_path('emails[type eq "work"].value'), user)
    assert [email["value"] for email in user["emails"]] == ["pat@example.com", "o.brien@example.com"]


@pytest.mark.parametrize(
    ("text", "member"),
    [('emails[type eq "work"].value', {"type": "work"}), ("emails[primary eq true].value", {"primary": True})],
)
@pytest.mark.parametrize("lacking", [{}, {"type": None, "primary": None}, {"type": ""}])
def test_a_lone_element_that_lacks_the_member_is_the_one_and_is_given_it(text, member, lacking):
    email = {"value": "old@example.com", "display": "Pat"} | {name: lacking[name] for name in lacking if name in member}
    user = {"emails": [email]}
    path = parse_path(text)
    assert read_path(path, user) == ("old@example.com", Element.LONE)
    write_path(path, user, "pat@example.com")
    assert user == {"emails": [{"value": "pat@example.com", "display": "Pat", **member}]}


@pytest.mark.parametrize(
    "emails",
    [
        [],
        None,
        [{"type": "home", "value": "pat@home.example"}],
        [{"value": "one@example.com"}, {"value": "two@example.com"}],
    ],
)
def test_where_no_element_is_named_a_write_adds_one(emails):
    user = {"emails": copy.deepcopy(emails)}
    path = parse_path('emails[type eq "work"].value')
    assert read_path(path, user) == (None, Element.ABSENT)
    write_path(path, user, "pat@example.com")
    assert user["emails"] == [*(emails or []), {"type": "work", "value": "pat@example.com"}]


def test_a_lone_element_without_a_country_is_not_the_one_a_filter_on_country_names():
    user = {"addresses": [{"locality": "Cork"}]}
    assert read_path(parse_path('addresses[country eq "IE"].locality'), user) == (None, Element.ABSENT)


@pytest.mark.parametrize("unassigned", [None, "", [], {}])
def test_null_and_empty_are_unassigned(unassigned):
    assert read_path(parse_path("title"), {"title": unassigned}) == (None, Element.FOUND)


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (f"{CORE_URN}:userName", "userName"),
        (f"{CORE_URN}:name.givenName", "name.givenName"),
        (f'{CORE_URN}:emails[type eq "urn:a:b"].value', 'emails[type eq "urn:a:b"].value'),
        (f"{ENTERPRISE}:department", "department"),
        (f"{ENTERPRISE.upper()}:Manager.Value", "manager.value"),
        ("USERNAME", "userName"),
        ("Name.GIVENNAME", "name.givenName"),
        ('EMAILS[ Type  EQ "work" ].Value', 'emails[type eq "work"].value'),
        ('emails[primary eq "True"].value', "emails[primary eq true].value"),
        (" costcenter ", "costCenter"),
        (f"{FACILITIES}:badgeNumber", f"{FACILITIES}:badgeNumber"),
        ("manager.$REF", "manager.$ref"),
    ],
)
def test_a_path_has_one_canonical_spelling(text, canonical):
    assert str(parse_path(text)) == canonical


@given(
    st.sampled_from(["emails", "phoneNumbers", "ADDRESSES", f"{FACILITIES}:lockers", f"{CORE_URN}:roles"]),
    st.sampled_from(["type", "DISPLAY", "value"]),
    st.text(),
)
def test_the_canonical_spelling_means_the_same_path(name, member, literal):
    member = "country" if name == "ADDRESSES" else member
    sub = "locality" if name == "ADDRESSES" else "value"
    path = parse_path(f"{name}[{member} eq {json.dumps(literal)}].{sub}")
    assert path.literal == literal
    assert parse_path(str(path)) == path
    assert str(parse_path(str(path))) == str(path)


@pytest.mark.parametrize("name", ["title", "Title", "TITLE"])
def test_names_in_a_resource_are_found_without_regard_to_case(name):
    user = {name: "Clerk"}
    write_path(parse_path("title"), user, "Engineer")
    assert user == {name: "Engineer"}


def test_the_members_of_an_element_and_the_urn_are_found_without_regard_to_case():
    user = {"Emails": [{"TYPE": "Work", "Value": "old@example.com"}], ENTERPRISE.upper(): {"DEPARTMENT": "Null"}}
    write_path(parse_path('emails[type eq "work"].value'), user, "new@example.com")
    write_path(parse_path("department"), user, "Sales")
    assert user == {"Emails": [{"TYPE": "Work", "Value": "new@example.com"}], ENTERPRISE.upper(): {"DEPARTMENT": "Sales"}}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("userNme", "did you mean 'userName'?"),
        ("departement", "did you mean 'department'?"),
        ("givenName", "did you mean 'name.givenName'?"),
        ("shoeSize", "an extension's attribute needs its full URN"),
        ("name", "complex; name a part, as in name.formatted"),
        ("manager", "complex; name a part, as in manager.value"),
        ("emails", 'many values; name one, as in emails[type eq "work"].value'),
        ("emails.value", "many values"),
        ('emails[type eq "work"]', "many values"),
        ("addresses", 'as in addresses[type eq "work"].formatted'),
        ('title[type eq "work"].value', "title has one value"),
        ("name.nickname", "no such part; it has formatted, familyName, givenName"),
        ('emails[kind eq "work"].value', "no such part; it has value, display, type, primary"),
        ("title.value", "no such part; it has none"),
        ('emails[type ne "work"].value', 'the filter must be [member eq "text"]'),
        ("emails[type eq 'work'].value", 'the filter must be [member eq "text"]'),
        ('emails[type eq "work" and primary eq true].value', 'the filter must be [member eq "text"]'),
        ('emails[type eq "\\q"].value', "not a JSON string"),
        ("emails[type eq true].value", 'write [type eq "true"]'),
        ('emails[primary eq "yes"].value', "write [primary eq true]"),
        (f'{FACILITIES}:lockers[type eq "west"]', 'name a part of it, as in'),
        ("", "not of the form"),
        ("Job Title", "not of the form"),
        ("name.givenName.first", "not of the form"),
    ],
)  # fmt: skip
def test_a_wrong_path_says_what_to_write_instead(text, words):
    with pytest.raises(PathError, match=re.escape(words)) as error:
        parse_path(text)
    assert repr(text) in str(error.value)


@given(st.text() | st.text(alphabet='emailstypqurn:.[]" =true\\', max_size=40))
def test_any_text_is_a_path_or_a_path_error(text):
    try:
        path = parse_path(text)
    except PathError:
        return
    assert parse_path(str(path)) == path


@pytest.mark.parametrize(
    ("text", "user"),
    [
        ("name.givenName", {"name": "Pat O'Brien"}),
        ('emails[type eq "work"].value', {"emails": "pat@example.com"}),
        ('emails[type eq "work"].value', {"emails": ["pat@example.com"]}),
        ('emails[type eq "work"].value', {"emails": {"type": "work", "value": "pat@example.com"}}),
        ("department", {ENTERPRISE: "Sales"}),
        ("manager.value", {ENTERPRISE: {"manager": "000417"}}),
    ],
)
def test_a_user_of_another_shape_is_an_error_and_stays_as_it_was(text, user):
    before = copy.deepcopy(user)
    with pytest.raises(PathError, match="is expected"):
        read_path(parse_path(text), user)
    with pytest.raises(PathError, match="is expected"):
        write_path(parse_path(text), user, "x")
    assert user == before


@pytest.mark.parametrize(
    ("text", "read_only"),
    [
        ("userName", False),
        ("manager.value", False),
        ("manager.displayName", True),
        ("id", True),
        ("meta.version", True),
        ("password", True),
        ('groups[type eq "direct"].value', True),
        (f"{FACILITIES}:badgeNumber", False),
    ],
)
def test_a_path_knows_whether_a_client_may_write_it(text, read_only):
    assert parse_path(text).read_only is read_only
