"""A plan as a file: opened it is the plan that was saved, or it is refused; a masked copy shows nothing it hides."""

import dataclasses
import hashlib
import json
import os
import re
import resource
import tempfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from resources import CHANGES, ENTERPRISE, FACILITIES, USERS, users_of

import scimrecon as sr
from scimrecon.attributes import AttributeType
from scimrecon.dialects import RFC7644, ClearAs, Dialect
from scimrecon.errors import PlanError
from scimrecon.exports import Source
from scimrecon.plan import build_body, make_plan, open_plan

FRAMES = ["requests", "changes", "blocked", "warnings", "thresholds", "statuses"]
CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
MARK = "•••"
TARGET = sr.connect("http://127.0.0.1:9/scim/v2", token="plum-orchard-93")
OURS = Dialect(name="ours", title="ours", source="test", clear_as=ClearAs.OMIT)
OBRIEN = {
    "id": "7", "schemas": [CORE], "userName": "obrien", "active": True, "title": "Clerk", "meta": {"version": 'W/"3"'},
    "name": {"familyName": "O'Brien"}, "phoneNumbers": [{"type": "work", "value": "+44 20 7946 0000"}],
}  # fmt: skip
CHEN = {"id": "8", "schemas": [CORE], "userName": "chen", "title": "Analyst"}
ASKED = {
    "userName": ["obrien", "chen", "nobody"],
    "title": ["", "Engineer", "Clerk"],
    'phoneNumbers[type eq "work"].value': ["+44 20 7946 0999", None, None],
}


def plan_of(people, asked, *, on="userName", dialect=RFC7644, source=None, unlock=("emails", "userName"), **given):
    """The plan of everything that can be ticked."""
    desired = sr.Desired(frame=pd.DataFrame(asked, dtype="str"), problems=sr.schemas.empty(sr.schemas.Problems), source=source)
    diff = sr.compare(desired, users_of(people, dialect=dialect), on=on, unlock=unlock)
    target = dataclasses.replace(TARGET, dialect=dialect)
    return sr.plan_puts(diff.select(diff.changes.index[diff.changes["status"] == "open"], cosmetic=True), target, **given)


@pytest.fixture(scope="module")
def plan():
    """O'Brien gets another phone and loses a title; Chen, of whom the target shows no active, is blocked."""
    source = Source(name="data/hr.csv", sha256="5f" * 32, size=2048)
    return plan_of([OBRIEN, CHEN], ASKED, source=source, allow={"users": 12}, accept=["derived:name.formatted"])


@pytest.fixture(scope="module")
def saved(plan):
    """The bytes of that plan's file."""
    with tempfile.TemporaryDirectory() as folder:
        plan.save(Path(folder, "change.plan"))
        return Path(folder, "change.plan").read_bytes()


@pytest.fixture
def path(tmp_path, saved):
    """A file of that plan."""
    (tmp_path / "change.plan").write_bytes(saved)
    return tmp_path / "change.plan"


def saved_and_opened(plan, **given):
    with tempfile.TemporaryDirectory() as folder:
        plan.save(Path(folder, "a.plan"))
        return open_plan(Path(folder, "a.plan"), **given)


def masked_bytes(plan, mask):
    with tempfile.TemporaryDirectory() as folder:
        plan.save(Path(folder, "masked.plan"), mask=mask)
        return Path(folder, "masked.plan").read_bytes()


def masked_copy(plan, mask):
    with tempfile.TemporaryDirectory() as folder:
        plan.save(Path(folder, "masked.plan"), mask=mask)
        return open_plan(Path(folder, "masked.plan"))


def parts_of(plan):
    """What `make_plan` makes a plan of."""
    made = ("requests", "blocked", "warnings", "thresholds", "hash", "masked")
    return {field.name: getattr(plan, field.name) for field in dataclasses.fields(plan) if field.name not in made}


def assert_same(one, other):
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name in ("hash", "host", "fingerprint", "dialect", "allow", "accept", "source", "matched", "types", "masked"):
        assert getattr(one, name) == getattr(other, name), name
    users = one.changes["user_id"].unique()
    assert {user: one.current.resources.get(user) for user in users} == {
        user: other.current.resources.get(user) for user in users
    }
    assert one.current.complete == other.current.complete
    assert str(one) == str(other)


def rewrite(path, edit):
    """Edit a plan's file as somebody would who knows how its checksum is made."""
    document = json.loads(path.read_text())
    document.pop("checksum")
    edit(document)
    body = json.dumps(document, ensure_ascii=False).removesuffix("}").encode()
    path.write_bytes(body + b',\n"checksum": "' + hashlib.sha256(body).hexdigest().encode() + b'"\n}\n')


# There and back


def test_an_opened_plan_is_the_plan_that_was_saved(plan, path):
    opened = open_plan(path)
    assert_same(opened, plan)
    assert opened.is_intact()
    assert opened.body("7") == plan.body("7")
    assert len(plan.blocked) == len(plan.requests) == 1
    with pytest.raises(PlanError, match="no 'active'"):
        opened.body("8")


def test_an_opened_plan_can_be_narrowed_like_the_plan_itself(plan, path):
    assert open_plan(path).select(["7"]).hash == plan.select(["7"]).hash


def test_an_empty_plan_can_be_saved_and_opened():
    plan = plan_of([OBRIEN], {"userName": ["obrien"]})
    assert_same(saved_and_opened(plan), plan)


@settings(max_examples=settings.default.max_examples // 8)
@given(
    people=st.lists(USERS, min_size=1, max_size=4, unique_by=lambda user: user["userName"].casefold()),
    asked=st.lists(CHANGES, min_size=4, max_size=4),
)
def test_an_opened_plan_sends_the_very_bodies(people, asked):
    people = [{"id": str(number), **user} for number, user in enumerate(people)]
    plan = plan_of(people, [{"id": user["id"], **cells} for user, cells in zip(people, asked, strict=False)], on="id")
    opened = saved_and_opened(plan)
    assert_same(opened, plan)
    assert opened.is_intact()
    for user_id in plan.requests["user_id"]:
        assert json.dumps(opened.body(user_id)) == json.dumps(plan.body(user_id))


ODD_TEXTS = [
    "O’Brien", "日本 🦉", "e\u0301 and \u00e9", "\u202egnirts", "line\u2028break", "a\tb\nc", '"quoted" \\ back', "\ufeffmark",
    "\x7f", "•••", "null",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_text_comes_back_as_it_was(text):
    plan = plan_of([{**OBRIEN, "nickName": text + "!"}], {"userName": ["obrien"], "nickName": [text]})
    opened = saved_and_opened(plan)
    assert_same(opened, plan)
    assert opened.body("7")["nickName"] == text


def test_an_export_whose_name_is_no_text_comes_back():
    source = Source(name=os.fsdecode(b"data/caf\xe9.csv"), sha256="5f" * 32, size=3)
    plan = plan_of([OBRIEN], {"userName": ["obrien"], "title": ["Engineer"]}, source=source)
    assert saved_and_opened(plan).source == source


@pytest.mark.parametrize(
    "body",
    [
        b'{"id": "7", "active": true, "nickName": "\\ud800"}',
        b'{"id": "7", "active": true, "nickName": "\xed\xa0\x80"}',
        b'{"id": "7", "active": true, "nickName": "caf\xe9"}',
        b'\xef\xbb\xbf{"id": "7"}',
        b"\xff\xfe\x00",
        b'{"id": "7"',
        b"",
    ],
)
def test_a_resource_that_is_no_sound_json_is_blocked_and_kept_byte_by_byte(body):
    sound = plan_of([OBRIEN], {"userName": ["obrien"], "title": ["Engineer"]})
    users = dataclasses.replace(sound.current, resources={"7": body})
    plan = make_plan(**{**parts_of(sound), "current": users})
    assert plan.blocked["user_id"].tolist() == ["7"]
    assert_same(saved_and_opened(plan), plan)


def test_a_user_who_is_gone_stays_blocked():
    sound = plan_of([OBRIEN], {"userName": ["obrien"], "title": ["Engineer"]})
    users = dataclasses.replace(sound.current, resources={})
    plan = make_plan(**{**parts_of(sound), "current": users})
    assert_same(saved_and_opened(plan), plan)


def test_a_plan_made_of_the_same_parts_is_the_same_plan(plan):
    assert_same(make_plan(**parts_of(plan)), plan)


# The file


def test_a_saved_plan_is_its_owners_alone(plan, tmp_path):
    plan.save(tmp_path / "change.plan")
    assert (tmp_path / "change.plan").stat().st_mode & 0o777 == 0o600


def test_a_reviewer_reads_first_what_the_plan_does_where(plan, path):
    head = path.read_text().splitlines()[:7]
    assert '"host": "127.0.0.1:9",' in head
    assert f'"plan": "{plan}",' in head
    assert f'"hash": "{plan.hash}",' in head


def test_a_saved_plan_holds_no_secret(path):
    assert b"plum-orchard" not in path.read_bytes()


def test_a_saved_plan_is_not_overwritten(plan, path):
    before = path.read_bytes()
    with pytest.raises(PlanError, match=r"change\.plan: there is such a file.*Save under another name"):
        plan.save(path)
    assert path.read_bytes() == before


def test_a_plan_cannot_be_saved_where_there_is_no_folder(plan, tmp_path):
    with pytest.raises(PlanError, match=r"nowhere/change\.plan: the plan cannot be saved there: No such file"):
        plan.save(tmp_path / "nowhere" / "change.plan")


def test_a_full_disk_leaves_no_half_a_plan(plan, tmp_path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        with pytest.raises(PlanError, match=r"change\.plan: the plan cannot be saved: File too large"):
            plan.save(tmp_path / "change.plan")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert not (tmp_path / "change.plan").exists()


def test_a_plan_that_was_written_into_is_not_saved(plan, tmp_path):
    edited = dataclasses.replace(plan, changes=plan.changes.copy())
    edited.changes["after"] = "Owner"
    with pytest.raises(PlanError, match="frames were changed after it was made"):
        edited.save(tmp_path / "change.plan")


# What is refused


NO_PLANS = [b"", b"{}", b"[1, 2]", b"userName,title\nobrien,Clerk\n", b"[" * 100_000, b"\x00\xff" * 500, b'{"Resources": []}']


@pytest.mark.parametrize("body", NO_PLANS, ids=["empty", "object", "list", "table", "deep", "binary", "users"])
def test_a_file_that_is_no_plan_is_refused(tmp_path, body):
    (tmp_path / "change.plan").write_bytes(body)
    with pytest.raises(PlanError, match=r"change\.plan: not a plan\. open_plan takes a file that Plan\.save wrote"):
        open_plan(tmp_path / "change.plan")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r"change\.plan: No such file or directory\. open_plan takes a file"):
        open_plan(tmp_path / "change.plan")


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r": Is a directory\. open_plan takes a file"):
        open_plan(tmp_path)


def test_a_plan_cut_off_anywhere_is_refused(path):
    body = path.read_bytes()
    for length in {*range(0, len(body), 97), *range(len(body) - 100, len(body))}:
        path.write_bytes(body[:length])
        with pytest.raises(PlanError, match=r"change\.plan: "):
            open_plan(path)


@settings(max_examples=300)
@given(data=st.data())
def test_no_byte_of_a_saved_plan_may_change(saved, data):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "change.plan")
        body = bytearray(saved)
        at = data.draw(st.integers(0, len(body) - 1))
        body[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != body[at]))
        path.write_bytes(body)
        with pytest.raises(PlanError, match=r"change\.plan: "):
            open_plan(path)


def cell(frame, column, value):
    """Change one cell of a frame's first row."""

    def edit(document):
        held = document[frame]
        held["rows"][0][held["columns"].index(column)] = value

    return edit


def member(name, value):
    return lambda document: document.update({name: value})


def attribute(old, new):
    def edit(document):
        assert old in document["resources"]["7"]
        document["resources"]["7"] = document["resources"]["7"].replace(old, new)

    return edit


def drop_change(document):
    document["changes"]["rows"].pop()


PHONE = 'phoneNumbers[type eq "work"].value'
EDITS = {
    "a value": cell("changes", "after", "+44 20 0000 0000"),
    "a value before": cell("changes", "before", "+44 20 0000 0000"),
    "a path": cell("changes", "path", "nickName"),
    "whose change it is": cell("changes", "user_id", "9"),
    "a name": cell("changes", "user_name", "admin"),
    "a flag": cell("changes", "flags", "deactivation"),
    "a version": cell("requests", "version", 'W/"4"'),
    "who is sent": cell("requests", "user_id", "8"),
    "who is blocked": cell("blocked", "user_id", "9"),
    "an excess": cell("thresholds", "exceeded", True),
    "a limit": cell("thresholds", "limit", 1_000),
    "what a threshold allows": cell("thresholds", "allowed", 1_000),
    "a change less": drop_change,
    "an attribute of a resource": attribute("O'Brien", "Smith"),
    "a space in a resource": attribute('"active": true', '"active":true'),
    "a resource less": member("resources", {}),
    "a type": member("types", {"title": "string", PHONE: "boolean"}),
    "an allowance": member("allow", {"users": 13}),
    "what is accepted": member("accept", ["absent:active"]),
    "the users matched": member("matched", 2_000),
    "the target": member("fingerprint", "0123456789abcdef"),
    "the host": member("host", "iam.example"),
    "the export's bytes": member("source", {"name": "data/hr.csv", "sha256": "aa" * 32, "size": 2048, "encoding": "UTF-8"}),
    "no export": member("source", None),
    "the hash": member("hash", "00" * 32),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_a_plan_edited_by_hand_is_refused_by_its_hash(path, edit):
    rewrite(path, edit)
    with pytest.raises(PlanError, match=r"change\.plan: what it says is not what the hash .* Save the plan again"):
        open_plan(path)


def test_a_plan_written_anew_without_an_edit_opens(plan, path):
    rewrite(path, lambda document: None)
    assert_same(open_plan(path), plan)


IN_AN_EDITOR = [
    (b"+44 20 7946 0999", b"+44 20 7946 0998"),
    (b'"users":12', b'"users":99'),
    (b"O'Brien", b"O'Bryan"),
    (b"in_sync", b"changed"),
    (b"source_only", b"target_only"),
    (b"\n", b"\r\n"),
]


@pytest.mark.parametrize(("old", "new"), IN_AN_EDITOR)
def test_a_file_edited_in_an_editor_is_refused(tmp_path, old, new):
    plan = plan_of([OBRIEN, {**CHEN, "title": "Engineer"}], ASKED, allow={"users": 12})
    plan.save(tmp_path / "change.plan")
    body = (tmp_path / "change.plan").read_bytes()
    assert old in body
    (tmp_path / "change.plan").write_bytes(body.replace(old, new, 1))
    with pytest.raises(PlanError, match=r"change\.plan: the file was changed after it was saved"):
        open_plan(tmp_path / "change.plan")


WRONG = [None, 7, "x", [], {}, [[]], {"columns": 1, "rows": [[1]]}, {"name": []}]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
def test_whatever_a_file_says_instead_of_a_plan_is_refused_in_words(plan, path, wrong):
    body = path.read_bytes()
    words = []
    for name in json.loads(body):
        path.write_bytes(body)
        rewrite(path, member(name, wrong))
        try:
            opened = open_plan(path)
        except PlanError as error:
            words.append(str(error))
        else:
            assert opened.masked or opened.hash == plan.hash  # some edits make no difference
    assert {text.startswith(f"{path}: ") for text in words} == {True}


def test_a_plan_that_lacks_a_part_is_refused_in_words(path):
    body = path.read_bytes()
    for name in json.loads(body).keys() - {"plan", "checksum"}:
        path.write_bytes(body)
        rewrite(path, lambda document, name=name: document.pop(name))
        with pytest.raises(PlanError, match=rf"{path}: "):
            open_plan(path)


@pytest.mark.parametrize(
    ("name", "said", "words"),
    [
        ("format", 2, "format 2 of a plan, where this scimrecon knows 1"),
        ("version", "0.0.9", "saved by scimrecon '0.0.9', and this is .* or plan again"),
    ],
)
def test_a_plan_of_another_version_is_refused(path, name, said, words):
    rewrite(path, member(name, said))
    with pytest.raises(PlanError, match=rf"change\.plan: {words}"):
        open_plan(path)


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_to_is_refused(path, mode):
    path.chmod(mode)
    with pytest.raises(PlanError, match=r"others may write to this file.*chmod 600 .*change\.plan"):
        open_plan(path)


@pytest.mark.parametrize("mode", [0o600, 0o400, 0o644])
def test_a_file_that_others_may_read_opens(plan, path, mode):
    path.chmod(mode)
    assert open_plan(path).hash == plan.hash


# Dialects


def test_a_plan_of_a_dialect_that_is_not_shipped_opens_with_the_targets_own(tmp_path):
    plan = plan_of([OBRIEN], {"userName": ["obrien"], "title": [""]}, dialect=OURS)
    plan.save(tmp_path / "change.plan")
    with pytest.raises(PlanError, match=r"dialect 'ours' is not shipped \(.*rfc7644.*dialect=target\.dialect"):
        open_plan(tmp_path / "change.plan")
    assert open_plan(tmp_path / "change.plan", dialect=OURS).body("7") == plan.body("7")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("twilio", "is of dialect 'rfc7644', not 'twilio'. Leave dialect out"),
        (OURS, "is of dialect 'rfc7644', not 'ours'"),
        (
            dataclasses.replace(RFC7644, clear_as=ClearAs.OMIT),
            "where clear_as of dialect 'rfc7644' is 'null', and here it is 'omit'. Pass the target's own",
        ),
    ],
)
def test_another_dialect_than_the_plans_is_refused(path, given, words):
    with pytest.raises(PlanError, match=words):
        open_plan(path, dialect=given)


def test_a_dialect_tuned_for_speed_opens_the_plan(plan, path):
    assert open_plan(path, dialect="rfc7644").hash == plan.hash
    assert open_plan(path, dialect=dataclasses.replace(RFC7644, concurrency=1)).is_intact()


@settings(max_examples=settings.default.max_examples // 8)
@given(user=USERS, changes=CHANGES)
def test_the_hash_holds_every_fact_of_a_dialect_that_a_body_is_built_by(user, changes):
    asked = set()

    class Watched(Dialect):
        def __getattribute__(self, name):
            if name in Dialect.__dataclass_fields__:
                asked.add(name)
            return super().__getattribute__(name)

    plan = plan_of([{"id": "7", **user}], [{"id": "7", **changes}], on="id")
    for _, cells in plan.cells():
        build_body(plan.current.resources["7"], cells, Watched(**vars(RFC7644)), ())
    held = set(json.loads(masked_bytes(plan, ["title"]))["dialect"])
    assert asked <= held


# What the hash covers


@pytest.mark.parametrize(
    "other",
    [
        {"dialect": dataclasses.replace(RFC7644, clear_as=ClearAs.OMIT)},
        {"dialect": dataclasses.replace(RFC7644, name="ours")},
        {"types": {"title": AttributeType.BOOLEAN, 'phoneNumbers[type eq "work"].value': AttributeType.STRING}},
        {"allow": {"users": 13}},
        {"accept": ()},
        {"host": "iam.example"},
        {"fingerprint": "0"},
        {"matched": 1_000},
        {"source": None},
    ],
)
def test_a_plan_that_would_do_otherwise_has_another_hash(plan, other):
    assert not dataclasses.replace(plan, **other).is_intact()


def test_the_hash_covers_the_bytes_a_body_is_built_on(plan):
    held = plan.current.resources
    spaced = dataclasses.replace(plan.current, resources={**held, "7": held["7"] + b" "})
    assert not dataclasses.replace(plan, current=spaced).is_intact()
    without = dataclasses.replace(plan.current, resources={"8": held["8"]})
    assert not dataclasses.replace(plan, current=without).is_intact()


def test_the_hash_does_not_depend_on_users_without_changes(plan):
    more = dataclasses.replace(plan.current, resources={**plan.current.resources, "99": b"{}"})
    assert dataclasses.replace(plan, current=more).is_intact()


@pytest.mark.parametrize("frame", ["requests", "changes", "blocked", "warnings", "thresholds"])
def test_a_frame_that_lost_a_column_or_holds_no_text_is_noticed(plan, frame):
    held = getattr(plan, frame)
    assert not dataclasses.replace(plan, **{frame: held.drop(columns=held.columns[0])}).is_intact()
    assert (
        not dataclasses.replace(plan, **{frame: held.assign(**{held.columns[0]: [object()] * len(held)})}).is_intact()
        or held.empty
    )


# Masked copies


def test_a_masked_copy_hides_the_values_of_the_named_attributes_alone(plan):
    copy = masked_copy(plan, ["phoneNumbers", "name"])
    shown = copy.changes.set_index("path")[["before", "after"]]
    assert shown.loc['phoneNumbers[type eq "work"].value'].tolist() == [MARK, MARK]
    assert shown.loc["title"].fillna("").to_numpy().tolist() == [["Clerk", ""], ["Analyst", "Engineer"]]
    assert copy.requests["user_name"].tolist() == ["obrien"]
    assert copy.blocked["reason"].tolist() == [MARK]  # it quotes something


def test_a_masked_copy_has_the_hash_of_its_plan_and_says_that_it_is_none(plan):
    copy = masked_copy(plan, ["title"])
    assert copy.hash == plan.hash
    assert copy.masked == ("title",)
    assert str(copy) == f"masked copy: {plan}"


def test_a_masked_copy_can_be_looked_at_and_nothing_else(plan, tmp_path):
    copy = masked_copy(plan, ["title"])
    for use in (
        lambda: copy.body("7"),
        lambda: copy.select(["7"]),
        lambda: copy.save(tmp_path / "again.plan"),
        lambda: list(copy.cells()),
    ):
        with pytest.raises(PlanError, match=r"this is a masked copy, which hides title: .*Take the plan itself"):
            use()


def test_a_masked_copy_is_never_intact_even_where_there_was_nothing_to_hide():
    empty = plan_of([OBRIEN], {"userName": ["obrien"]})
    assert not masked_copy(empty, ["title"]).is_intact()


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (["phones"], "mask: path 'phones': a User has no attribute 'phones'; did you mean"),
        (["name.nick"], "mask: path 'name.nick'"),
        ([""], "mask: path ''"),
        ([7], "mask: 7 is no path"),
        (None, r"mask=None: give a list of attributes, such as mask=\['phoneNumbers'"),
        (["id"], "mask: 'id' cannot be hidden"),
        (["meta"], "mask: 'meta' cannot be hidden"),
        (["urn:example:none:badge"], "mask: no user of this plan has urn:example:none:badge"),
    ],
)
def test_a_mask_that_would_hide_nothing_is_refused(plan, tmp_path, mask, words):
    with pytest.raises(PlanError, match=words):
        plan.save(tmp_path / "masked.plan", mask=mask)
    assert not (tmp_path / "masked.plan").exists()


ROLES = [{"value": "Falconer-Role"}, {"value": "Keeper-Role"}]
SECRETIVE = {
    "id": "f81d4fae", "schemas": [CORE], "userName": "tiresias.okonkwo@example.com", "externalId": "EXT-90210", "active": True,
    "name": {"givenName": "Tiresias", "familyName": "Okonkwo"}, "displayName": "Tiresias O.", "nickName": "TIRESIAS",
    "emails": [{"type": "work", "value": "tiresias.okonkwo@example.com", "primary": True}], "title": "Falconer",
    "phoneNumbers": [{"type": "work", "value": "+44 7700 900123"}], "roles": ROLES, ENTERPRISE: {"department": "Mews"},
    FACILITIES: {"floor": 3, "badgeNumber": "BDG-5511"},
}  # fmt: skip
WANTED = {
    "externalId": ["EXT-90210"],
    "name.givenName": ["Tiresia"],
    "name.familyName": ["Newcombe"],
    "displayName": ["T. Newcombe"],
    "nickName": ["Tiri"],
    "phoneNumbers[type eq \"work\"].value": ["+44 7700 900999"],
    "roles": ['["Keeper-Role", "Austringer-Role"]'],
    "department": ["Royal Mews"],
    f"{FACILITIES}:badgeNumber": ["BDG-7722"],
    "title": ["Master Falconer"],
}  # fmt: skip


def secretive(**more):
    return plan_of([SECRETIVE, CHEN], {**WANTED, **more}, on="externalId")


@pytest.mark.parametrize(
    ("mask", "hidden"),
    [
        ("name", ["Tiresia", "Okonkwo", "tiresia", "okonkwo", "Newcombe"]),
        ("name.givenName", ["Tiresia", "tiresia"]),
        ("emails", ["tiresias.okonkwo@example.com"]),
        ("userName", ["tiresias.okonkwo@example.com"]),
        ("externalId", ["EXT-90210"]),
        ("phoneNumbers", ["+44 7700"]),
        ('phoneNumbers[type eq "work"].value', ["+44 7700"]),
        ("roles", ["Keeper", "Falconer-Role", "Austringer"]),
        ("department", ["Mews"]),
        (f"{FACILITIES}:badgeNumber", ["BDG"]),
        ("title", ["Falconer"]),
        (
            "*",
            ["Tiresia", "tiresia", "TIRESIA", "konkwo", "EXT-", "+44 7700", "Role", "Mews", "BDG", "Falconer", "Tiri", "Analyst"],
        ),
    ],
)
def test_no_byte_of_a_masked_copy_shows_what_it_hides(mask, hidden):
    plan = secretive()
    body = masked_bytes(plan, [mask]).decode()
    for text in hidden:
        assert text in json.dumps([*plan.current.resources.values()], default=bytes.decode) + plan.changes.to_json()
        assert text not in body, text
    assert "example.com" in body or mask in ("emails", "userName", "name", "name.givenName", "*")


TOKENS = ["title", "nickName", "displayName", "name", "emails", "phoneNumbers", "addresses", "roles", "department", "userName"]


@settings(max_examples=settings.default.max_examples // 8)
@given(user=USERS, changes=CHANGES, mask=st.lists(st.sampled_from([*TOKENS, "*"]), min_size=1, max_size=3))
def test_a_masked_copy_shows_no_hidden_value_whatever_the_user(user, changes, mask):
    tokens = []

    def token(name):
        tokens.append((name, f"Tok{len(tokens)}en"))
        return tokens[-1][1]

    def told(name, value):
        """Every text of the user becomes one of its own, known by its attribute."""
        if isinstance(value, dict):
            inner = {key: key if name.startswith("urn:") else name for key in value}
            return {key: held if key == "type" else told(inner[key], held) for key, held in value.items()}
        if isinstance(value, list):
            return [told(name, one) for one in value]
        return token(name) if isinstance(value, str) else value

    user = {name: held if name in ("schemas", "meta") else told(name, held) for name, held in user.items()}
    changes = {path: text and token(re.split(r"[.\[]", path)[0]) for path, text in changes.items()}
    hidden = [text for name, text in tokens if name in mask or "*" in mask]
    user["userName"] = "-".join([user["userName"], *hidden])
    body = masked_bytes(plan_of([{"id": "7", **user}], [{"userName": user["userName"], **changes}]), mask).decode()
    assert [text for text in hidden if text in body] == []


def test_elements_named_by_a_hidden_value_stay_apart(plan):
    copy = masked_copy(secretive(), ["roles"])
    paths = sorted(path for path in copy.changes["path"] if path.startswith("roles"))
    assert paths == [f'roles[value eq "{MARK}1"].value']
    assert f"f81d4fae:{paths[0]}" in copy.changes.index
    assert paths[0] in copy.requests["paths"].iloc[0]
    assert paths[0] in copy.types


def test_an_id_that_shows_a_hidden_value_is_a_number():
    user = {**OBRIEN, "id": "obrien@example.com", "userName": "obrien@example.com"}
    plan = plan_of([user, {**CHEN, "active": True}], {"userName": ["obrien@example.com", "chen"], "title": ["Boss", "Boss"]})
    copy = masked_copy(plan, ["userName"])
    assert copy.requests["user_id"].tolist() == ["8", f"{MARK}2"]
    assert copy.changes.index.tolist() == ["8:title", f"{MARK}2:title"]
    assert copy.statuses["user_id"].tolist() == [f"{MARK}2", "8"]


def test_users_without_changes_are_not_named(plan):
    plan = plan_of([OBRIEN, CHEN], {"userName": ["obrien", "gone"], "title": ["Boss", "Boss"]})
    copy = masked_copy(plan, ["title"])
    assert copy.statuses["status"].tolist() == plan.statuses["status"].tolist()
    assert copy.statuses[["user_id", "user_name", "key"]].fillna("").to_numpy().tolist() == [
        ["7", "obrien", "obrien"],
        ["", "", MARK],
        [MARK, MARK, ""],
    ]


def test_candidates_of_a_masked_copy_are_not_named():
    twins = [{"id": "8", "userName": "chen"}, {"id": "9", "userName": "Chen"}]
    plan = plan_of([OBRIEN, *twins], {"userName": ["obrien", "chen"], "title": ["Boss", "Boss"]})
    assert plan.statuses["candidates"].dropna().tolist() == ["8, 9, line 1"] * 3
    assert masked_copy(plan, ["title"]).statuses["candidates"].dropna().tolist() == [MARK] * 3


def test_a_switch_is_hidden_where_it_is_named():
    plan = plan_of([{**OBRIEN, "active": False}], {"userName": ["obrien"], "active": ["true"]}, unlock=["active"])
    assert masked_copy(plan, ["active"]).changes[["before", "after"]].to_numpy().tolist() == [[MARK, MARK]]


def test_a_narrower_masked_copy_does_not_tell_what_others_would_get():
    people = [{**OBRIEN, "roles": []}, {**CHEN, "active": True}]
    plan = plan_of(people, {"userName": ["obrien", "chen"], "roles": ['["Falconer"]', '["Austringer"]']})
    assert b"Austringer" not in masked_bytes(plan.select(["7"]), ["roles"])


def test_the_name_of_a_mask_does_not_tell_what_it_hides():
    copy = masked_copy(secretive(), ['roles[value eq "Austringer-Role"].value', "TITLE"])
    assert copy.masked == (f'roles[value eq "{MARK}"].value', "title")


def test_a_reason_that_quotes_a_hidden_value_is_hidden(plan):
    path = f"{FACILITIES}:floor"
    user = {**OBRIEN, FACILITIES: {"floor": 3}}
    parts = parts_of(plan_of([user], {"userName": ["obrien"], path: ["99"]}))
    # A diff lets nobody tick this; a plan that is made of a run's record has the plan alone to stop it.
    made = make_plan(**{**parts, "changes": parts["changes"].assign(after="ninety-nine")})
    assert "'ninety-nine'" in made.blocked["reason"].iloc[0]
    assert b"ninety" not in masked_bytes(made, [path])


def test_a_pattern_that_shows_a_hidden_value_is_hidden_of_everybody_and_in_warnings():
    people = [{"id": f"u{n}", "userName": f"u{n}", "active": True, "title": "Falconer"} for n in range(30)]
    plan = plan_of(people, {"userName": [f"u{n}" for n in range(30)], "title": ["Austringer"] * 30})
    assert "Falconer" in plan.warnings["warning"].iloc[0]
    copy = masked_copy(plan, ["title"])
    assert copy.changes["pattern"].unique().tolist() == [f"title: {MARK}"]
    assert copy.warnings["warning"].tolist() == [f"30 of 30 changes are one pattern: title: {MARK}"]


def test_a_masked_copy_that_was_edited_is_refused(plan, tmp_path):
    plan.save(tmp_path / "masked.plan", mask=["title"])
    body = (tmp_path / "masked.plan").read_bytes()
    (tmp_path / "masked.plan").write_bytes(body.replace(b"obrien", b"nobody"))
    with pytest.raises(PlanError, match="changed after it was saved"):
        open_plan(tmp_path / "masked.plan")


def test_a_masked_copy_does_not_pass_for_the_plan(plan, tmp_path):
    plan.save(tmp_path / "masked.plan", mask=["title"])
    rewrite(tmp_path / "masked.plan", member("masked", []))
    with pytest.raises(PlanError, match="not what the hash"):
        open_plan(tmp_path / "masked.plan")
