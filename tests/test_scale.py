"""`scale.compare` finds what `compare` finds, from files or Dask, however the users are dealt out."""

import os
import random
import stat
import subprocess
import sys
import unicodedata

import dask
import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import Client
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

import scimrecon as sr
from scimrecon import scale
from scimrecon.diff.options import read_options
from scimrecon.errors import CompareError
from scimrecon.matching import Key, match_users
from scimrecon.scale.dealing import Deal, deal_keys

WORK, PHONE = 'emails[type eq "work"].value', 'phoneNumbers[type eq "work"].value'
COUNTRY, MANAGER = 'addresses[type eq "work"].country', "manager.value"
NAMES = ["jo", "Zoë", "σίσυφος", "straße", "王小明", "o'brien", "null", "NA", "łukasz", "=1+1", "<b>", "Kim"]
TEXTS = {
    "title": ["Clerk", "Chargé d'affaires", "nan", "CLERK", "clerk ", "Cook"],
    "nickName": ["Zoë", "Straße", "STRASSE", "a\x00b", "", None],
    "department": ["Research  and Development", "ΟΔΟΣ", "İstanbul", None],
    "active": ["true", "false", "yes"],
    PHONE: ["020 7946 0018", "+442079460018", "desk", None, ""],
    COUNTRY: ["DE", "Germany", "GB", None],
    "locale": ["de_DE", "de-DE", "en-GB"],
    "timezone": ["Europe/Berlin", "W. Europe Standard Time", None],
    "costCenter": ["CC-1", "1", "CC-2"],
    "roles": ['["auditor"]', '["Owner","auditor"]', "[]", None, '["rôle \\"1\\""]'],
}


def spelled(rng, text):
    """The same login as somebody else might write it; or one that only looks like it."""
    ways = [str, str, str, str.upper, lambda one: f" {one} ", lambda one: unicodedata.normalize("NFD", one)]
    ways += [
        lambda one: f"\u200b{one}",
        lambda one: one.replace("k", "\u212a"),
        lambda one: f"0{one}",
        lambda one: one + "\uff10",
    ]
    return rng.choice(ways)(text)


def make_people(count, seed=7):
    """Both sides: most people on either, some twice, some with a blank key, some with another's login."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    desired, users = [], []
    for number in range(count):
        login, tag = f"{rng.choice(NAMES)}{number}@example.com", f"{number:05}"
        for side, here in ((desired, 0.95), (users, 0.95)):
            for _ in range(0 if rng.random() > here else 2 if rng.random() < 0.02 else 1):
                drawn = {name: rng.choice(cells) for name, cells in TEXTS.items()}
                taken = f"{rng.choice(NAMES)}{rng.randrange(count)}@example.com" if rng.random() < 0.2 else login
                side.append(
                    drawn
                    | {"userName": spelled(rng, taken) if rng.random() < 0.97 else rng.choice([None, "", " "])}
                    | {"externalId": spelled(rng, tag) if rng.random() < 0.97 else rng.choice([None, "", "\u200b"])}
                    | {WORK: rng.choice([login, f"{number}@münchen.example", f"{number}@xn--mnchen-3ya.example"])}
                    | {MANAGER: rng.choice([None, "", "nobody", f"id{rng.randrange(count)}"])}
                )
    for number, user in enumerate(users):
        user["id"] = f"id{number}"
        user["displayName"] = "only the target has it"
        user["emails"] = rng.choice([None, '["old@example.com"]', '["a@example.com", "b@example.com"]'])
    rng.shuffle(desired)
    rng.shuffle(users)
    return pd.DataFrame(desired).astype("str"), pd.DataFrame(users).astype("str")


@pytest.fixture(scope="module")
def people():
    """The rows of the export are on every other line."""
    desired, users = make_people(400)
    return desired.set_axis(range(2, 2 * len(desired) + 2, 2), axis="index"), users


@pytest.fixture(scope="module")
def workers():
    """A cluster within this process."""
    with Client(processes=False, n_workers=1, **QUIET) as client:
        yield client


QUIET = {"threads_per_worker": 1, "dashboard_address": "127.0.0.1:0", "silence_logs": "CRITICAL"}
RED = ["zero_padding", "values_shifted"]
ASKED = {
    "by number, logins and managers asked for": {
        "on": "externalId", "region": "GB", "unlock": ["userName", "manager", "active"], "protect": ["id3", "id40"],
    },
    "by mail, every comparator": {
        "on": WORK, "region": "GB", "unlock": ["emails"],
        "comparators": {
            "title": "exact", "nickName": "case_exact", "department": "case_insensitive", WORK: "email", PHONE: "phone",
            COUNTRY: "country", "locale": "language", "timezone": "timezone", "active": "boolean",
            "costCenter": lambda text: text.removeprefix("CC-"),
        },
    },
    "every policy, some protected by a function": {
        "on": "externalId", "protect": lambda users: users["displayName"].notna() & (users["id"] < "id3"),
        "policies": {
            "title": "force", "nickName": "merge", "department": "add_only", "phoneNumbers": "fill_if_empty", "locale": "keep",
            "timezone": "locked", "costCenter": "ignore", "roles": "force", "manager": "ignore", "userName": "ignore",
            "emails": "force",
        },
    },
    "a key of a comparator of its own": {
        "on": "externalId", "comparators": {"externalId": lambda text: text.strip().lower()},
    },
}  # fmt: skip
BY_LOGIN = {"on": "userName"}


@pytest.fixture(scope="module")
def plainly(people):
    """What `compare` finds, once for each way to ask."""
    found = {}

    def ask(asked):
        if id(asked) not in found:
            found[id(asked)] = sr.compare(*people, accept=RED, **asked)
        return found[id(asked)]

    return ask


def in_files(side, folder, name, rows=150):
    side.to_parquet(folder / f"{name}.parquet", row_group_size=rows)
    return folder / f"{name}.parquet"


def small(count=3):
    """A few people who differ in their titles."""
    names = [f"pat{number}" for number in range(count)]
    desired = pd.DataFrame({"userName": names, "title": "Cook"}, dtype="str")
    return desired, desired.assign(id=[f"id{number}" for number in range(count)], title="Clerk").astype("str")


def assert_same(found, diff, untold=("key_elsewhere",)):
    """Equal to the byte, as files have bytes: memory below a missing value may hold anything."""
    for mine, plain in ((found.changes(), diff.changes), (found.users(), diff.users)):
        pd.testing.assert_frame_equal(mine, plain)
        assert as_file(mine) == as_file(plain)
    findings = diff.findings[~diff.findings["finding"].isin(untold)]
    pd.testing.assert_frame_equal(found.findings, findings.reset_index(drop=True))
    assert found.statuses == diff.users["status"].value_counts().to_dict()
    assert found.summary["changes"].sum() == len(diff.changes)


def as_file(frame):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame).combine_chunks(), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_what_is_found_from_files_is_what_is_found_in_memory(people, plainly, workers, tmp_path, asked):
    paths = in_files(people[0], tmp_path, "desired"), in_files(people[1], tmp_path, "users")
    found = scale.compare(*paths, out=tmp_path / "found", client=workers, partitions=2, accept=RED, **asked)
    untold = ["zero_padding"] if asked["on"] == "externalId" and "comparators" in asked else []
    assert_same(found, plainly(asked), ["key_elsewhere", *untold])


def test_what_is_found_from_dask_is_what_is_found_in_memory(workers, tmp_path):
    desired, users = small(30)
    desired, users = desired.iloc[:27].set_axis(range(2, 56, 2), axis="index"), users.sample(frac=1, random_state=7)
    sides = dd.from_pandas(desired, npartitions=3), dd.from_pandas(users.reset_index(drop=True), npartitions=2)
    found = scale.compare(*sides, on="userName", out=tmp_path / "found", client=workers)
    assert_same(found, sr.compare(desired, users, on="userName"))


@pytest.mark.timeout(120)
def test_processes_of_its_own_find_the_same_and_leave_only_what_was_found(people, plainly, tmp_path):
    (tmp_path / "sides").mkdir()
    for number, part in enumerate([people[0].iloc[:100], people[0].iloc[100:]]):
        part.to_parquet(tmp_path / "sides" / f"{number}.parquet", index=True)
    paths = tmp_path / "sides", in_files(people[1], tmp_path, "users")
    found = scale.compare(*paths, out=tmp_path / "found", partitions=2, accept=RED, **BY_LOGIN)
    assert_same(found, plainly(BY_LOGIN))
    assert sorted(path.name for path in found.folder.iterdir()) == ["changes.parquet", "findings.parquet", "users.parquet"]
    files = [path for path in found.folder.rglob("*") if path.is_file()]
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in {file.parent for file in files}} == {0o700}


def test_the_people_are_of_every_kind(plainly):
    plain = plainly(BY_LOGIN)
    assert set(plain.users["status"]) >= {"changed", "ambiguous", "source_only", "target_only", "invalid_source"}
    assert plain.users["reason"].str.contains("looks alike").sum() > 5
    assert "zero_padding" in set(plain.findings["finding"])
    numbered, by_mail, policies, own = (plainly(asked).changes for asked in ASKED.values())
    for words in ("is taken by user", "asked for by more than one", "no user has this one"):
        assert numbered["problem"].dropna().str.contains(words).any(), words
    assert (by_mail["kind"] == "cosmetic").sum() > 50
    for name in ("emails", "roles"):
        assert policies["path"].str.startswith(f"{name}[value eq").any()
    assert len(own) > 10


@pytest.mark.parametrize(("rows", "held"), [(0, 3), (3, 0), (0, 0), (1, 1)])
def test_a_side_without_anybody_is_compared_too(workers, tmp_path, rows, held):
    desired, users = small()
    sides = desired.iloc[:rows], users.iloc[:held]
    paths = in_files(sides[0], tmp_path, "desired"), in_files(sides[1], tmp_path, "users")
    found = scale.compare(*paths, on="userName", out=tmp_path / "found", client=workers, partitions=2)
    assert_same(found, sr.compare(*sides, on="userName"))


TEXT = st.text(st.sampled_from("aA0kK\u212aéÉe\u0301ßsSς \u00a0\u200b\uff10ſİıi\u0307ﬁ"), max_size=4)
SIDE = st.lists(TEXT, min_size=1, max_size=8)


@hypothesis_settings(max_examples=25)
@given(
    st.lists(TEXT, min_size=1, max_size=8), st.lists(TEXT, min_size=1, max_size=8), st.sampled_from(["userName", "externalId"])
)
def test_whoever_matches_is_ambiguous_or_looks_alike_is_in_one_partition(rows, users, on):
    options = read_options(on=on, policies={}, unlock=(), region=None, comparators={})
    deal = Deal(side="desired", columns={}, options=options, hands=5_000, protect=(), folder=None)
    mine, theirs = (deal_keys(pd.Series(texts, dtype="str"), deal, 0) for texts in (rows, users))
    key = Key(path=on, case_exact=on == "externalId", desired=pd.Series(rows, dtype="str"), users=pd.Series(users, dtype="str"))
    matches = match_users([key], [f"u{place}" for place in range(len(users))], list(range(len(rows))))
    met = [(row, user) for row, user in enumerate(matches.user_of) if user >= 0]
    for words in (matches.desired_ambiguous, matches.near):
        met += [(row, int(one[1:])) for row, text in words.items() for one in text.split(", ") if one.startswith("u")]
    assert all(mine[row] == theirs[user] for row, user in met)


def test_rows_that_would_match_but_for_zeros_are_found_across_all(workers, tmp_path):
    desired = pd.DataFrame({"externalId": [str(number) for number in range(1, 31)]}, dtype="str")
    users = desired.assign(id=desired["externalId"], externalId=desired["externalId"].str.zfill(6))
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    with pytest.raises(CompareError, match=r"zero_padding: 30 rows would match by externalId but for leading zeros, such as '1'"):
        scale.compare(*paths, on="externalId", out=tmp_path / "found", client=workers, partitions=4)
    assert not (tmp_path / "found").exists()


def test_a_column_out_of_step_is_found_across_all(workers, tmp_path):
    desired, users = small(40)
    users["title"] = [f"Title {number}" for number in range(40)]
    desired["title"] = users["title"].iloc[[*range(1, 40), 0]].array
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    with pytest.raises(CompareError, match="values_shifted: 40 users would get as title what another user has now"):
        scale.compare(*paths, on="userName", out=tmp_path / "found", client=workers, partitions=4)
    with pytest.raises(CompareError, match="values_shifted: 40 users would get as title what another user has now"):
        sr.compare(desired, users, on="userName")


@pytest.mark.parametrize(
    ("index", "lines"),
    [([5, 7, 9], [5, 7, 9]), (range(2, 5), [2, 3, 4]), ([9, 5, 7], [0, 1, 2]), (["a", "b", "c"], [0, 1, 2])],
    ids=["that rises", "a range", "that does not rise", "of texts"],
)
def test_an_index_of_whole_numbers_that_rises_is_taken_for_lines(workers, tmp_path, index, lines):
    desired, users = small()
    paths = in_files(desired.set_axis(index, axis="index"), tmp_path, "desired", rows=2), in_files(users, tmp_path, "users")
    found = scale.compare(*paths, on="userName", out=tmp_path / "found", client=workers, partitions=1)
    assert found.users()["source_line"].tolist() == lines


def test_changes_are_read_by_what_is_named_of_them(workers, tmp_path):
    desired, users = small()
    desired.loc[0, "title"] = "<b>Chef</b>"
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    found = scale.compare(*paths, on="userName", out=tmp_path / "found", client=workers, partitions=1)
    assert found.changes(path="title", status=["open", "locked"])["user_id"].tolist() == ["id0", "id1", "id2"]
    assert found.changes(kind="clear").empty
    assert found.users(status="changed")["user_id"].tolist() == ["id0", "id1", "id2"]
    assert found.users(status="in_sync").empty
    with pytest.raises(CompareError, match="name at least one value"):
        found.changes(path=[])
    assert repr(found) == f"Comparison({str(tmp_path / 'found')!r}, changes=3, users: changed=3)"
    assert "<b>Chef" not in found._repr_html_()
    chosen = found.changes(path="title")
    few = pd.read_parquet(paths[0], filters=[("userName", "in", chosen["key"])])
    assert len(sr.compare(few, pd.read_parquet(paths[1]), on="userName").select(chosen.index).changes) == 3


# What cannot be done


def number_titles(sides):
    return sides[0].assign(title=1), sides[1]


def blank_an_id(sides):
    return sides[0], sides[1].assign(id=["id0", None, "id2"])


def double_an_id(sides):
    return sides[0], sides[1].assign(id=["id0", "id1", "id0"])


def name_twice(sides):
    return sides[0].assign(Title="Cook"), sides[1]


def as_they_are(sides):
    return sides


def failing(text):
    return text if text != "Cook" else text[99]


@pytest.mark.parametrize(
    ("change", "asked", "words"),
    [
        (as_they_are, {"on": ["userName", "title"]}, r"on names 2 keys; scale\.compare deals users out by one"),
        (as_they_are, {"on": []}, "on names 0 keys"),
        (as_they_are, {"on": "roles"}, "roles has many values"),
        (as_they_are, {"on": "externalId"}, "on: externalId is not among the desired paths; there are userName, title"),
        (as_they_are, {"partitions": 0}, "partitions=0: give a whole number"),
        (as_they_are, {"client": "tcp://127.0.0.1:8786"}, r"client is a distributed\.Client, not str"),
        (as_they_are, {"policies": {"title": "never"}}, "'never' is no policy"),
        (as_they_are, {"protect": ["nobody"]}, "protect: no user has the id or userName 'nobody'"),
        (as_they_are, {"protect": "id0"}, "protect is a list"),
        (as_they_are, {"comparators": {"title": failing}}, "comparator failing: it failed on 'Cook'"),
        (number_titles, {}, "desired: column 'title' is int64, not text"),
        (blank_an_id, {}, "users: column 'id' has a blank or a repeated id"),
        (double_an_id, {}, "users: two have the id 'id0'"),
        (name_twice, {}, "desired: two columns name title"),
    ],
)
def test_what_cannot_be_compared_is_refused_and_leaves_nothing(workers, tmp_path, change, asked, words):
    desired, users = change(small())
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    with pytest.raises(CompareError, match=words):
        scale.compare(*paths, **{"on": "userName", "out": tmp_path / "found", "client": workers, "partitions": 2, **asked})
    assert not (tmp_path / "found").exists()


def test_sides_that_are_neither_files_nor_dask_are_refused_with_what_to_do(tmp_path):
    desired, users = small()
    path, strange = in_files(users, tmp_path, "users"), tmp_path / "strange.parquet"
    strange.write_bytes(b"userName,title")
    (tmp_path / "empty").mkdir()
    for side, words in (
        (desired, r"not DataFrame; sr\.compare takes it"),
        (sr.map_users(desired, {"userName": "userName"}), "not Desired; write its frame with to_parquet"),
        (tmp_path / "none.parquet", "there is no "),
        (strange, "cannot be read as Parquet"),
        (tmp_path / "empty", "holds no Parquet file"),
    ):
        with pytest.raises(CompareError, match=words):
            scale.compare(side, path, on="userName", out=tmp_path / "found")
    assert not (tmp_path / "found").exists()


def test_a_folder_that_is_there_is_left_alone(workers, tmp_path):
    desired, users = small()
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    for out, words in ((tmp_path, "exists already"), (paths[0], "exists already"), (tmp_path / "no" / "found", "cannot be made")):
        with pytest.raises(CompareError, match=words):
            scale.compare(*paths, on="userName", out=out, client=workers)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["desired.parquet", "users.parquet"]


@pytest.mark.timeout(120)
def test_a_worker_that_dies_is_told_and_leaves_nothing(tmp_path):
    desired, users = small()
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    asked = {"on": "userName", "out": tmp_path / "found", "comparators": {"title": lambda text: os._exit(1)}, "partitions": 1}
    with dask.config.set({"distributed.scheduler.allowed-failures": 0}), Client(n_workers=1, **QUIET) as client:
        with pytest.raises(CompareError, match=r"comparing partition 1 of 1: workers died of it"):
            scale.compare(*paths, client=client, **asked)
        assert not (tmp_path / "found").exists()


@pytest.mark.timeout(60)
def test_a_script_that_its_own_processes_cannot_run_is_told_what_to_do(tmp_path):
    frame = pd.DataFrame({"id": ["1"], "userName": ["jo"]})
    frame.to_parquet(tmp_path / "users.parquet")
    script = tmp_path / "script.py"
    script.write_text(
        "assert __name__ == '__main__'\n\nimport scimrecon as sr\n\n"
        "try:\n"
        "    sr.scale.compare('users.parquet', 'users.parquet', on='userName', out='found')\n"
        "except sr.errors.CompareError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, script], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 'below if __name__ == "__main__":, or give scale.compare(…, client=…).' in done.stdout, done.stderr
    assert not (tmp_path / "found").exists()
