"""`compare` against the same question put to a database: a hundred thousand users, ten attributes, one DuckDB query."""

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa

import scimrecon as sr

PEOPLE = 100_000
ATTRIBUTES = [
    "title", "department", "nickName", "costCenter", "userType", "name.familyName", "active", 'emails[type eq "home"].value',
]  # fmt: skip
COLUMNS = ["user_id", "path", "before", "after", "kind"]

QUERY = """
with
    -- Keys in the form by which they match; externalId is caseExact.
    rows as (
        select *, nullif(trim("externalId"), '') as first_key, nullif(lower(trim("userName")), '') as second_key
        from desired
    ),
    held as (
        select *, nullif(trim("externalId"), '') as first_key, nullif(lower(trim("userName")), '') as second_key
        from users
    ),
    rows_counted as (
        select *, count(*) over (partition by first_key) as first_rows, count(*) over (partition by second_key) as second_rows
        from rows
    ),
    held_counted as (
        select *, count(*) over (partition by first_key) as first_users, count(*) over (partition by second_key) as second_users
        from held
    ),
    -- Whoever meets the first key is decided by it: matched if it stands once on either side, else ambiguous.
    first_met as (
        select r.line, u.id, first_rows = 1 and first_users = 1 as alone
        from rows_counted r join held_counted u using (first_key)
    ),
    second_met as (
        select r.line, u.id, second_rows = 1 and second_users = 1 as alone
        from rows_counted r join held_counted u using (second_key)
        where r.line not in (select line from first_met)
    ),
    matched as (
        select line, id from first_met where alone
        union all
        select line, id from second_met where alone and id not in (select id from first_met)
    ),
    wanted as (
        unpivot (select * exclude (first_key, second_key) from rows) on columns(* exclude (line)) into name path value after
    ),
    current as (
        unpivot (select * exclude (first_key, second_key) from held) on columns(* exclude (id)) into name path value before
    ),
    pairs as (
        select m.id as user_id, w.path, nullif(c.before, '') as before, w.after
        from matched m join wanted w using (line) left join current c on c.id = m.id and c.path = w.path
    )
select user_id, path, before, after,
    case
        when after = '' and path like '%]%' then 'remove_element'
        when after = '' then 'clear'
        when before is null and path like '%]%' then 'add_element'
        when before is null then 'set'
        when path = 'externalId' and trim(before) = trim(after) then 'cosmetic'
        when path <> 'externalId' and lower(trim(before)) = lower(trim(after)) then 'cosmetic'
        else 'replace'
    end as kind
from pairs
where after <> coalesce(before, '')
"""


def some(chance, share):
    """Flags, about this share of everybody."""
    return chance.random(PEOPLE) < share


def put(frame, column, flags, texts):
    """Write other texts into some cells."""
    frame.loc[flags, column] = texts if isinstance(texts, str) or texts is None else np.asarray(texts, dtype=object)[flags]


def make_users(chance):
    """Users of a target, a few of whom share a key or have none, and not all of whom have every attribute."""
    number = pd.Series(np.arange(PEOPLE)).astype("str")
    users = pd.DataFrame(
        {
            "id": "id-" + number,
            "userName": "Person." + number + "@example.com",
            "externalId": "E" + number.str.zfill(6),
            "title": chance.choice(["Clerk", "Engineer", "Head of Unit", "Nurse"], PEOPLE),
            "department": "Unit " + pd.Series(chance.integers(0, 300, PEOPLE)).astype("str"),
            "nickName": "Nick" + number,
            "costCenter": pd.Series(chance.integers(1000, 1200, PEOPLE)).astype("str"),
            "userType": chance.choice(["Employee", "Contractor"], PEOPLE),
            "name.familyName": "Family" + pd.Series(chance.integers(0, 5000, PEOPLE)).astype("str"),
            "active": chance.choice(["true", "false"], PEOPLE, p=[0.97, 0.03]),
            'emails[type eq "home"].value': "home" + number + "@example.net",
        }
    ).astype("str")
    for column in ATTRIBUTES:
        put(users, column, some(chance, 0.03), None)
    for key in ("userName", "externalId"):
        put(users, key, some(chance, 0.005), None)
        put(users, key, some(chance, 0.002), "")
        put(users, key, some(chance, 0.003), chance.permutation(users[key]))
    return users


def make_desired(users, chance):
    """What an export wants of them: 5 % of cells changed, some cleared or blank; keys missing, doubled or in capitals."""
    desired = users.drop(columns="id").sample(frac=1, random_state=1, ignore_index=True)
    for column in ATTRIBUTES:
        put(desired, column, some(chance, 0.05), chance.permutation(desired[column]))
        put(desired, column, some(chance, 0.01), "")
        put(desired, column, some(chance, 0.05), None)
    for column in ("title", "department", "userName", "externalId"):
        put(desired, column, some(chance, 0.03), desired[column].str.upper())
        put(desired, column, some(chance, 0.01), "  " + desired[column] + " ")
    put(desired, "externalId", some(chance, 0.03), desired["externalId"].str.lower())
    for key in ("userName", "externalId"):
        put(desired, key, some(chance, 0.02), None)
        put(desired, key, some(chance, 0.005), "")
        put(desired, key, some(chance, 0.005), " ")
        put(desired, key, some(chance, 0.005), chance.permutation(desired[key]))
        put(desired, key, some(chance, 0.01), "new " + desired[key])
    return desired


def ask_duckdb(desired, users):
    with duckdb.connect(config={"threads": 2}) as database:
        database.register("users", pa.Table.from_pandas(users, preserve_index=False))
        database.register("desired", pa.Table.from_pandas(desired.rename_axis("line").reset_index(), preserve_index=False))
        return database.sql(QUERY).df()


def in_order(changes):
    return changes[COLUMNS].astype("str").sort_values(["user_id", "path"], ignore_index=True)


def test_a_database_finds_the_same_changes_of_a_hundred_thousand_users():
    chance = np.random.default_rng(20)
    users = make_users(chance)
    desired = make_desired(users, chance)
    diff = sr.compare(desired, users, on=["externalId", "userName"])
    expected = in_order(ask_duckdb(desired, users))
    pd.testing.assert_frame_equal(in_order(diff.changes), expected)
    assert set(expected["kind"]) == {"set", "replace", "clear", "add_element", "remove_element", "cosmetic"}
    assert set(diff.users["status"]) >= {"ambiguous", "source_only", "target_only", "invalid_source", "in_sync", "changed"}
