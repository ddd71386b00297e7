"""Two sides of a made-up population: what an export wants, and what a service holds. The same seed makes the same people.

Names are of several scripts. Of the users 5 % differ in one to four attributes, 1 % are on one side alone, 3 % have a login in
other letter case, and both sides are shuffled.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

KEY = "userName"
GIVEN = ["Anna", "Ben", "Cleo", "Dan", "José", "Zoë", "Łukasz", "Νίκη", "小明", "Mary Jane", "O'Brien"]
FAMILY = ["Müller", "Lučić", "Null", "Lee", "Smith", "Brown", "Ng", "山田", "Иванова", "van den Berg", "Jensen", "Garcia"]
LOGINS = ["anna", "ben", "cleo", "dan", "jose", "lukasz", "mary", "niki", "xiaoming", "zoë"]
TITLES = ["Clerk", "Chargé d'affaires", "Cook", "Head of Research", "Nurse", "Señora", "Technician", "課長"]
CITIES = ["København", "Malmö", "München", "Oslo", "Praha", "São Paulo", "Αθήνα", "東京"]
_SCALE = 1_000_003
"""A number without a factor in common with most: it spreads people over the values of an attribute."""


@dataclass(frozen=True, kw_only=True)
class Sides:
    desired: pa.Table
    users: pa.Table


def make_sides(people: int, seed: int = 20_261_122, first: int = 0) -> Sides:
    """So many people, numbered from `first`, 2 % of whom are on one side alone."""
    random = np.random.default_rng(seed)
    columns = draw_people(random, people, first)
    others = draw_people(np.random.default_rng(seed + 1), people, first)
    altered = dict(columns)
    differing = random.choice(people, people // 20, replace=False)
    paths = [path for path in columns if path != KEY]
    # One to four attributes each: a user stands in as many draws.
    for turn in range(4):
        mine = differing[turn * len(differing) // 4 :]
        chosen = random.integers(0, len(paths), len(mine))
        for place, path in enumerate(paths):
            here = np.zeros(people, dtype=bool)
            here[mine[chosen == place]] = True
            altered[path] = pc.if_else(pa.array(here), others[path], altered[path])
    shouted = np.zeros(people, dtype=bool)
    shouted[random.choice(people, people * 3 // 100, replace=False)] = True
    altered[KEY] = pc.if_else(pa.array(shouted), pc.utf8_upper(columns[KEY]), columns[KEY])
    alone = people // 100
    order = random.permutation(people)
    rows, held = order[alone:], random.permutation(order[: people - alone])
    ids = {"id": pa.array(np.arange(first, first + people)).cast(pa.large_string())}
    return Sides(desired=pa.table(columns).take(rows), users=pa.table(ids | altered).take(held))


def draw_people(random: np.random.Generator, people: int, first: int = 0) -> dict[str, pa.Array]:
    """Twenty attributes, some of few values and some of as many as there are people; a few are blank."""

    numbers = np.arange(first, first + people)

    def among(words, blank=0.0):
        cells = pa.array(words, pa.large_string()).take(pa.array(random.integers(0, len(words), people)))
        return pc.if_else(pa.array(random.random(people) < blank), pa.scalar(None, pa.large_string()), cells)

    def number(modulus):
        return pa.array((numbers * _SCALE + random.integers(0, 7)) % modulus).cast(pa.large_string())

    def joined(*parts):
        texts = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in (*parts, "")]
        return pc.binary_join_element_wise(*texts)

    given, family, counted = among(GIVEN), among(FAMILY), pa.array(numbers).cast(pa.large_string())
    login = joined(pa.array(LOGINS, pa.large_string()).take(pa.array(numbers % len(LOGINS))), ".", counted)
    return {
        "userName": joined(login, "@example.com"),
        "name.givenName": given,
        "name.familyName": family,
        "displayName": joined(given, " ", family),
        "title": among(TITLES, blank=0.05),
        "userType": among(["Employee", "Contractor", "Intern"]),
        "preferredLanguage": among(["de-DE", "en-GB", "ja-JP", "pl-PL"], blank=0.1),
        "locale": among(["de_DE", "en_GB", "ja_JP", "pl_PL"]),
        "timezone": among(["Europe/Berlin", "Europe/London", "Asia/Tokyo", "America/New_York"]),
        "active": among(["true"] * 9 + ["false"]),
        'emails[type eq "work"].value': joined(counted, ".", family, "@example.com"),
        'phoneNumbers[type eq "work"].value': joined("+44 20 7946 ", number(10_000)),
        'phoneNumbers[type eq "mobile"].value': joined("+4670", number(10_000_000)),
        'addresses[type eq "work"].locality': among(CITIES),
        'addresses[type eq "work"].postalCode': number(100_000),
        'addresses[type eq "work"].country': among(["DE", "GB", "JP", "PL"], blank=0.1),
        "employeeNumber": joined("E", number(10_000_019)),
        "costCenter": joined("CC-", number(5_000)),
        "organization": among(["Example plc", "Ejemplo SA", "Beispiel GmbH"]),
        "department": joined("Department ", number(700)),
    }


def in_pandas(table: pa.Table) -> pd.DataFrame:
    """As pandas reads text: its own text type, on Arrow's memory."""
    return pd.DataFrame(
        {name: pd.array(column, dtype="str") for name, column in zip(table.column_names, table.columns, strict=True)}
    )
