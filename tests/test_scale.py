"""`scale.compare` finds what `compare` finds, from files or Dask, however the users are dealt out."""

import json
import os
import random
import stat
import unicodedata

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
    ways += [lambda one: f"\u200b{one}", lambda one: one.replace("k", "\u212a"), lambda one: f"0{one}", lambda one: one + "\uff10"]
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
                taken = f"{rng.choice(NAMES)}{rng.randrange(count)}@example.com" if rng.random() < 0.1 else login
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
    rng.shuffle(desired)
    rng.shuffle(users)
    return pd.DataFrame(desired).astype("str"), pd.DataFrame(users).astype("str")


@pytest.fixture(scope="module")
def people():
    return make_people(700)


@pytest.fixture(scope="module")
def workers():
    """A cluster within this process."""
    with Client(processes=False, n_workers=1, threads_per_worker=2, dashboard_address=None) as client:
        yield client


RED = ["zero_padding", "values_shifted"]
ASKED = {
    "by login": {"on": "userName"},
    "by number, logins and managers asked for": {
        "on": "externalId", "region": "GB", "unlock": ["userName", "manager", "active"],
        "protect": ["id3", "id40", "ID41", "id500"][:2],
    },
    "by mail": {"on": WORK, "unlock": ["emails"]},
    "protected by a function": {"on": "externalId", "protect": lambda users: users["displayName"].notna() & (users["id"] < "id3")},
    "every comparator": {
        "on": "userName", "region": "GB",
        "comparators": {
            "title": "exact", "nickName": "case_exact", "department": "case_insensitive", WORK: "email", PHONE: "phone",
            COUNTRY: "country", "locale": "language", "timezone": "timezone", "active": "boolean",
            "costCenter": lambda text: text.removeprefix("CC-"),
        },
    },
    "every policy": {
        "on": "externalId",
        "policies": {
            "title": "force", "nickName": "merge", "department": "add_only", "phoneNumbers": "fill_if_empty", "locale": "keep",
            "timezone": "locked", "costCenter": "ignore", "roles": "force", "manager": "ignore", "userName": "ignore",
        },
    },
    "a key of a comparator of its own": {"on": "externalId", "comparators": {"externalId": lambda text: text.strip().lower()[:4]}},
}  # fmt: skip


def in_files(side, folder, name, rows=150):
    side.to_parquet(folder / f"{name}.parquet", row_group_size=rows)
    return folder / f"{name}.parquet"


def assert_same(found, diff):
    """Equal to the byte, as files have bytes: memory below a missing value may hold anything."""
    for mine, plain in ((found.changes(), diff.changes), (found.users(), diff.users)):
        pd.testing.assert_frame_equal(mine, plain)
        assert as_file(mine) == as_file(plain)
    pd.testing.assert_frame_equal(found.findings, told(diff.findings))
    assert found.statuses == diff.users["status"].value_counts().to_dict()
    assert found.summary["changes"].sum() == len(diff.changes)


def told(findings):
    return findings[findings["finding"] != "key_elsewhere"].reset_index(drop=True)


def as_file(frame):
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pandas(frame).combine_chunks(), sink)
    return sink.getvalue().to_pybytes()


@pytest.mark.parametrize("asked", ASKED.values(), ids=ASKED)
def test_what_is_found_from_files_is_what_is_found_in_memory(people, workers, tmp_path, asked):
    desired, users = people
    paths = in_files(desired, tmp_path, "desired"), in_files(users, tmp_path, "users")
    found = scale.compare(*paths, out=tmp_path / "found", client=workers, partitions=3, accept=RED, **asked)
    diff = sr.compare(desired, users, accept=RED, **asked)
    if callable(asked.get("comparators", {}).get(asked["on"])):
        diff = type(diff)(**{**vars(diff), "findings": diff.findings[diff.findings["finding"] != "zero_padding"]})
    assert_same(found, diff)


def test_what_is_found_from_dask_is_what_is_found_in_memory(people, workers, tmp_path):
    desired, users = people
    lines = desired.set_axis(range(2, 2 * len(desired) + 2, 2), axis="index")
    sides = dd.from_pandas(lines, npartitions=3), dd.from_pandas(users, npartitions=2)
    found = scale.compare(*sides, on="userName", out=tmp_path / "found", client=workers, accept=RED)
    assert_same(found, sr.compare(lines, users, on="userName", accept=RED))
