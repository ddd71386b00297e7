"""A body is proven, however quickly: what is told at a glance is what a careful look tells."""

import dataclasses
import json
from decimal import Decimal

import orjson
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from resources import CHANGES, ENTERPRISE, FACILITIES, USERS, survives, users_of

import scimrecon as sr
from scimrecon.attributes import AttributeType
from scimrecon.dialects import RFC7644, ClearAs
from scimrecon.errors import PathError, PlanError
from scimrecon.paths import parse_path
from scimrecon.plan import Cell, likeness, overlays, rebuild_body, sendable, unlike_paths

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
TARGET = sr.connect("http://127.0.0.1:9/scim/v2", token="unused")
FEW = settings.default.max_examples // 2


# What survives


def survives_by_scan(body):
    """Whether each name, number and text of a JSON text is, by the text alone, what we would send back."""

    def integer(text):
        assert -(2**63) <= int(text) < 2**64

    def fraction(text):
        assert Decimal(text) == Decimal(repr(float(text)))

    def members(pairs):
        assert len({name.casefold() for name, _ in pairs}) == len(pairs)

    try:
        json.loads(body, parse_int=integer, parse_float=fraction, object_pairs_hook=members, parse_constant=fraction)
        orjson.dumps(orjson.loads(body))
    except (AssertionError, ValueError, orjson.JSONEncodeError, ArithmeticError):
        return False
    return True


NAMES = st.sampled_from(
    ['"title"', '"Title"', '"t\\u0069tle"', '"emails"', '"x"', '"X"', '"a:b"', '"a\\u003ab"', '"a\\u003Ab"', '"\\\\u003a"', '""']
)
SCALARS = st.sampled_from(
    [
        '"x"', '"a:b:c"', '"\\u003a"', '"\\u003A\\u003a"', '"\\\\u003a"', '"\\u00e9"', '"é"', '"\\ud800"', '"\\ud83d\\ude00"',
        '"\\""', "1", "-1", "0", "-0", "1.0", "1E0", "1e2", "-0.0", "0.1", "1.10", "0.12345678901234567890123", "1e400", "5e-324",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616",
        "12345678901234567890123", "NaN", "Infinity", "01", "true", "false", "null",
    ]
)  # fmt: skip
SPACES = st.sampled_from(["", " ", "\n\t"])


def json_texts(values):
    def joined(pieces, space, brackets):
        return brackets[0] + space + f"{space},{space}".join(pieces) + space + brackets[1]

    members = st.lists(st.builds("{}{}:{}{}".format, NAMES, SPACES, SPACES, values), max_size=4)
    return st.builds(joined, members, SPACES, st.just("{}")) | st.builds(
        joined, st.lists(values, max_size=3), SPACES, st.just("[]")
    )


@settings(max_examples=4 * FEW)
@given(text=st.recursive(SCALARS, json_texts, max_leaves=8))
@example(text='{"a": {"title": "x:y"}, "a": ":::"}')
@example(text='{"a": 1, "b\\u003a": 2, "a": 3}')
@example(text='{"emails": [{"type": "a", "Type": "b"}]}')
@example(text='{"x": [1, [2, {"y": 1.00000000000000000001}]]}')
def test_what_survives_by_its_print_survives_a_scan_of_every_name_and_number(text):
    assert survives(text.encode()) is survives_by_scan(text.encode())


@pytest.mark.parametrize("around", ["{}", '{{"a": {}}}', '{{"a": [{}]}}'])
@pytest.mark.parametrize("pair", ['"a": 1, "a": 1', '"a": "", "A": ""', '"ß": 1, "SS": 1', '"a": {"b": ":"}, "a": "::"'])
def test_a_name_given_twice_never_survives(around, pair):
    assert not survives(around.format(f"{{{pair}}}").encode())


# A glance and a careful look


def cells_of(changes, types=()):
    kinds = dict(types)
    return [
        Cell(change_id=path, path=parse_path(path), before=None, after=text, type=kinds.get(path, AttributeType.STRING))
        for path, text in changes.items()
    ]


def spelt(draw, resource):
    """A resource some of whose names are written otherwise, and some of whose values are of another kind."""
    odd = st.sampled_from([None, "", [], {}, [None], ["x"], 0, True, 1.0, {"value": "x"}])

    def changed(value):
        if isinstance(value, dict):
            return {
                name.upper() if draw(st.integers(0, 20)) == 0 else name: draw(odd)
                if draw(st.integers(0, 20)) == 0
                else changed(held)
                for name, held in value.items()
            }
        return [changed(one) for one in value] if isinstance(value, list) else value

    return changed(resource)


MORE = st.dictionaries(
    st.sampled_from(
        [
            "manager.value", "manager.$ref", 'emails[type eq "work"].primary', 'emails[type eq "work"].type',
            'roles[value eq "x"].value', 'roles[value eq "x"].display', "emails[primary eq true].value",
        ]
    ),
    st.sampled_from(["", "x", "work"]),
    max_size=2,
)  # fmt: skip


@settings(max_examples=2 * FEW)
@given(user=USERS, changes=CHANGES, more=MORE, clear_as=st.sampled_from(ClearAs), data=st.data())
def test_what_is_written_at_a_glance_is_what_is_written_with_care(user, changes, more, clear_as, data):
    base, cells = sendable(spelt(data.draw, user), RFC7644), cells_of(changes | more)
    dialect = dataclasses.replace(RFC7644, clear_as=clear_as)

    def written():
        try:
            return orjson.dumps(overlays.overlay(base, cells, dialect))
        except PathError as error:
            return str(error)

    before, quick = orjson.dumps(base), written()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlays, "_write_at_a_glance", lambda *_, **__: False)
        assert written() == quick
    assert orjson.dumps(base) == before


def strays_with_care(base, body, cells):
    ones, others = likeness.copy_resource(base), likeness.copy_resource(body)
    for cell in cells:
        if cell.path.urn:
            likeness._undeclare(ones, cell.path.urn)
            likeness._undeclare(others, cell.path.urn)
    return unlike_paths(ones, others, cells)


@settings(max_examples=2 * FEW)
@given(user=USERS, other=USERS, changes=CHANGES, more=MORE, data=st.data())
def test_no_stray_that_a_careful_look_finds_is_missed_at_a_glance(user, other, changes, more, data):
    """Nor is one found that it does not find, whatever became of the user."""
    base = sendable(user, RFC7644)
    body = {name: data.draw(st.sampled_from([held, other.get(name, held)])) for name, held in base.items()}
    for name in data.draw(st.lists(st.sampled_from([*other]), max_size=2)):
        body[name] = other[name] if name not in body or data.draw(st.booleans()) else spelt(data.draw, body[name])
    for name in data.draw(st.lists(st.sampled_from([*base]), max_size=1)):
        body.pop(name, None)
    cells = cells_of(changes | more)
    before = orjson.dumps([base, body])
    assert likeness.find_strays(base, body, cells) == strays_with_care(base, body, cells)
    assert orjson.dumps([base, body]) == before


HELD = {"userName": "obrien", "schemas": [CORE], "active": True, "title": "Clerk", "name": {"familyName": "O'Brien"}}
WORK, HOME = {"type": "work", "value": "1"}, {"type": "home", "value": "2"}


@pytest.mark.parametrize(
    ("held", "sent", "path", "strays"),
    [
        ({}, {"title": "Cook"}, "title", []),
        ({}, {"title": "Cook", "nickName": "x"}, "title", ["nickname"]),
        ({}, {"active": 1}, "title", ["active"]),
        ({}, {"active": 1}, "active", []),
        ({"x": 1.0}, {"x": True}, "title", ["x"]),
        ({"x": 1}, {"x": 1.0}, "title", []),
        ({}, {"title": ..., "nickName": "x"}, "nickName", ["title"]),
        ({}, {"name": {"familyName": "O'Brien", "givenName": "Ann"}}, "name.givenName", []),
        ({}, {"name": {"givenName": "Ann"}}, "name.givenName", ["name.familyname"]),
        ({}, {"schemas": ..., "title": "Cook"}, "title", ["schemas"]),
        ({}, {"schemas": [CORE, ENTERPRISE], ENTERPRISE: {"department": "x"}}, "department", []),
        ({}, {"schemas": [ENTERPRISE], ENTERPRISE: {"department": "x"}}, "department", ["schemas"]),
        ({}, {"schemas": [CORE, FACILITIES], ENTERPRISE: {"department": "x"}}, "department", ["schemas"]),
        ({}, {"schemas": [CORE, {}], ENTERPRISE: {"department": "x"}}, "department", []),
        ({}, {"schemas": [CORE, ["x"]], ENTERPRISE: {"department": "x"}}, "department", ["schemas"]),
        ({"emails": [WORK]}, {"emails": [{**WORK, "value": "3"}]}, 'emails[type eq "work"].value', []),
        ({"emails": [WORK, WORK]}, {"emails": [WORK, {**WORK, "value": "3"}]}, 'emails[type eq "work"].value', ["emails"]),
        ({"emails": [WORK, HOME]}, {"emails": [{**WORK, "value": "3"}, HOME]}, 'emails[type eq "home"].value', ["emails"]),
        ({"emails": [WORK]}, {"emails": [WORK, HOME]}, 'emails[type eq "home"].value', []),
        ({"emails": [WORK]}, {"emails": [WORK, {**HOME, "primary": True}]}, 'emails[type eq "home"].value', ["emails"]),
        ({"emails": [{"value": "1"}]}, {"emails": [{"value": "1"}, HOME]}, 'emails[type eq "home"].value', ["emails"]),
        ({"emails": ["1"]}, {"emails": [HOME]}, 'emails[type eq "home"].value', ["emails"]),
    ],
)  # fmt: skip
def test_strays_are_named_and_what_was_ticked_is_none(held, sent, path, strays):
    base = {**HELD, **held}
    body = {name: value for name, value in {**base, **sent}.items() if value is not ...}
    cells = cells_of({path: "x"})
    assert likeness.find_strays(base, body, cells) == strays == strays_with_care(base, body, cells)


@settings(max_examples=FEW)
@given(user=USERS, changes=CHANGES)
def test_a_body_leaves_the_resource_it_is_built_on_as_it_is(user, changes):
    before, cells = orjson.dumps(user), cells_of(changes)
    try:
        bodies = [orjson.dumps(rebuild_body(user, cells, RFC7644, ())) for _ in range(2)]
    except PlanError:
        bodies = []
    assert orjson.dumps(user) == before
    assert len(set(bodies)) < 2


# All bodies of a plan


def plan_of(people, **asked):
    """The plan that gives everybody these values."""
    desired = pd.DataFrame({"userName": [user["userName"] for user in people], **asked}, dtype="str")
    diff = sr.compare(desired, users_of(people), on="userName")
    return sr.plan_puts(diff.select(diff.changes.index), TARGET)


def three_users():
    """The plan of three users, of whom the second is blocked: the target shows no active."""
    people = [
        {"userName": "obrien", "active": True},
        {"userName": "chen"},
        {"userName": "zoë", "active": False, "title": "Clerk"},
    ]
    return plan_of(people, title=["Cook", "Cook", "Lead"], nickName=["Bri", "Chen", None])


@pytest.fixture(scope="module")
def plan():
    return three_users()


@pytest.fixture
def own():
    """The same plan, to be written into."""
    return three_users()


def test_all_bodies_are_those_of_each_user_in_the_order_of_requests(plan):
    bodies = list(plan.bodies())
    assert [user_id for user_id, _ in bodies] == plan.requests["user_id"].tolist() == ["1", "3"]
    assert [json.loads(body) for _, body in bodies] == [plan.body("1"), plan.body("3")]
    assert bodies[1][1] == '{"userName":"zoë","active":false,"title":"Lead"}'.encode()


def test_an_empty_plan_has_no_bodies(plan):
    assert list(plan.select([]).bodies()) == []


def test_a_masked_copy_has_no_bodies(plan, tmp_path):
    plan.save(tmp_path / "review.plan", mask=["title"])
    with pytest.raises(PlanError, match="masked copy"):
        next(sr.open_plan(tmp_path / "review.plan").bodies())


def test_bodies_of_frames_that_were_written_into_are_of_what_they_say_and_the_plan_is_not_intact(own):
    own.changes.loc["3:title", "after"] = "Boss"
    assert own.body("3")["title"] == json.loads(dict(own.bodies())["3"])["title"] == "Boss"
    assert not own.is_intact()


def test_bodies_stop_at_a_user_who_cannot_be_sent_any_more(own):
    own.changes.loc["3:title", "path"] = "name.givenName"
    own.changes.loc["3:title", "after"] = ""
    own.types["name.givenName"] = AttributeType.STRING
    own.current.resources["3"] = b'{"userName": "zo\xc3\xab", "active": true, "name": ["x"]}'
    bodies = own.bodies()
    assert next(bodies)[0] == "1"
    with pytest.raises(PlanError, match=r"user '3' is blocked: name\.givenName: the user holds list where an object is expected"):
        next(bodies)


@pytest.mark.parametrize("somebody", ["0", "2 ", "4", "", 1, None])
def test_a_user_of_another_plan_has_no_body(plan, somebody):
    with pytest.raises(PlanError, match=r"user .* is not in this plan"):
        plan.body(somebody)


def test_the_bodies_of_many_users_are_found_one_by_one():
    many = plan_of([{"userName": f"u{number}", "active": True} for number in range(60)], title=["Cook"] * 60)
    assert all(many.body(user_id)["userName"] == f"u{int(user_id) - 1}" for user_id in many.requests["user_id"])
