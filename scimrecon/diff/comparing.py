"""Compare two sides: match the users, then each path as a whole column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

import pandas as pd

from scimrecon import schemas
from scimrecon.dialects import Dialect
from scimrecon.diff.cells import Rules, type_of
from scimrecon.diff.changing import find_along, find_changes
from scimrecon.diff.doubts import find_doubts
from scimrecon.diff.findings import Evidence, find_signs, refuse_red
from scimrecon.diff.history import check_base
from scimrecon.diff.options import Options, Pair
from scimrecon.diff.policies import Policy, find_said, name_of, read_policies
from scimrecon.diff.protection import Protect, find_protected
from scimrecon.diff.report import Diff
from scimrecon.diff.resolving import MANAGER, resolve_all
from scimrecon.diff.selection import Basis
from scimrecon.diff.sides import Side, canonical_path, read_desired, read_side
from scimrecon.diff.statuses import tell_statuses
from scimrecon.errors import CompareError
from scimrecon.mapping import Desired
from scimrecon.matching import Key, key_paths, key_texts, match_users
from scimrecon.paths import parse_path, parse_set
from scimrecon.users import Users, Verdict
from scimrecon.values import Comparator, make_comparator

_MAX_NAMES = 5


def compare(
    desired: Desired | pd.DataFrame,
    users: Users | pd.DataFrame,
    /,
    *,
    on: str | Sequence[str],
    policies: Mapping[str, str] | None = None,
    unlock: Collection[str] = (),
    protect: Protect = (),
    links: pd.DataFrame | None = None,
    region: str | None = None,
    base: pd.DataFrame | None = None,
    comparators: Mapping[str, str | Callable[[str], str]] | None = None,
    accept: Collection[str] = (),
) -> Diff:
    """Find which attribute of which user differs.

    Users are matched by `links`, then by `on`, first key first. Then each path of `desired` is compared: a value that differs is
    a change, ``''`` asks to clear, NA says nothing. A difference that the path's comparator does not see is ``cosmetic``.
    `active`, `userName`, `externalId`, `id` and the primary email are locked: shown when they differ, not tickable until
    unlocked. A multi-valued attribute named whole (``roles``) is a set: its cell is a JSON array of texts, and each element that
    is missing or surplus is a change. Cost: reading the resources (5 s for a million users of twenty paths), then whole-column
    operations (6 s of CPU on two cores, 0.6 GB); comparators see only the texts that differ.

    Parameters
    ----------
    desired
        What `map_users` returned, or a DataFrame of text columns named by SCIM path (its index, if whole numbers, is taken
        for source lines).
    users
        What `fetch_users` returned: every desired path is read from the resources, missing everywhere is unassigned. Or a
        DataFrame with an ``id`` column: then only the columns both sides have are compared.
    on
        The key, or keys in order of trust, such as ``["externalId", "userName"]``.
    policies
        Path, or attribute for all its paths, to ``force`` (the default), ``merge`` (sets and replaces, never takes away; the
        default for a set), ``add_only``, ``fill_if_empty``, ``keep``, ``locked`` or ``ignore``. What a policy holds back is shown
        and cannot be ticked; only what is ignored is not compared. ``force`` on a multi-valued attribute by name takes its other
        elements away.
    unlock
        Locked attributes that may be ticked: a path, or an attribute's name (``"emails"``).
    protect
        Users whose changes cannot be ticked: ids and userNames, or a function that takes the users' frame and gives one
        boolean a user.
    links
        Decisions on who is who, used before `on`: columns ``key, user_id``, perhaps ``path``, ``user_name`` and ``decision``; as
        `Diff.links` and `Matcher.links` give them.
    region
        ISO 3166 code of the country whose national phone numbers the export or the target writes, such as ``"GB"``.
    base
        The changes of an earlier run (`Results.changes`): each change then says whether the source moved since, or the target
        was edited.
    comparators
        Path, or attribute, to ``exact, case_exact, case_insensitive, phone, email, language, timezone, country, boolean``, or to
        a function that brings one text to its normal form; texts of one normal form differ in formatting only. They serve keys
        too.
    accept
        Red findings, of the export or of the comparison, to go on in spite of, by name.

    Returns
    -------
    Diff
        ``changes`` follows `schemas.Changes`, ``users`` `schemas.UserStatuses`, ``findings`` `schemas.Findings`.

    Raises
    ------
    CompareError
        A key is not on both sides; a column, policy, comparator, link or protected user names what there is not; a column is
        not text; or a red finding was not accepted.
    """
    wanted = read_desired(desired)
    refuse_red(wanted.findings, _names(accept, "accept"), "the export")
    options = Options(
        tiers=[canonical_path(path, "on") for path in ([on] if isinstance(on, str) else _names(on, "on"))],
        policies=read_policies(policies or {}),
        unlocked=_unlocked(unlock),
        comparators=_comparators(comparators or {}, region),
        region=region,
    )
    earlier = None if base is None else check_base(base)
    side = read_side(users, list(_paths(wanted, options.tiers)), list(_sets(wanted, options.policies)))
    keys = _keys(options, wanted, side)
    matches = match_users(keys, side.ids.array, wanted.frame.index, links=links, user_names=side.names.array)
    shielded, unknown = find_protected(protect, side.frame, side.ids, side.names)
    unprotected = _tell_unprotected(unknown, users)
    pair = Pair(
        desired=resolve_all(wanted, side, matches, options), side=side, matches=matches, tiers=options.tiers,
        known_by=key_texts(keys, matches), doubts=find_doubts(keys, matches), protected=shielded,
        forms={key.path: key.user_forms for key in keys},
    )  # fmt: skip
    rules = _rules(wanted, side, options)
    changes = find_changes(pair, {path: rule for path, rule in rules.items() if not rule.unseen}, earlier)
    along = find_along(pair, {path: rule for path, rule in rules.items() if rule.unseen})
    statuses = tell_statuses(pair, changes)
    texts = {path: held.texts for path, held in side.values.items()}
    evidence = Evidence(keys=keys, pair=pair, texts=texts, changes=changes, base=earlier)
    signs = find_signs(evidence)
    refuse_red(signs, accept, "the comparison")
    basis = Basis(
        current=users if isinstance(users, Users) else None,
        source=wanted.source,
        statuses=statuses,
        matched=int((matches.user_of >= 0).sum()),
        rules=rules,
        pair=pair,
        key_paths=key_paths(keys, matches),
        along=along,
    )
    return Diff(
        changes=changes,
        users=statuses,
        findings=_join([wanted.findings, signs, unprotected, _tell_unused(options, wanted)]),
        basis=basis,
    )


def _names(names: object, where: str) -> list[str]:
    """Take a list of names."""
    if isinstance(names, str | Mapping) or not isinstance(names, Collection):
        shown = f"{where}=[{names!r}]" if isinstance(names, str) else f"{where}=['…']"
        raise CompareError(f"{where} is a list of names: {shown}.")
    return list(names)


def _unlocked(unlock: Collection[str]) -> frozenset[str]:
    return frozenset(name_of(name, "unlock").casefold() for name in _names(unlock, "unlock"))


def _with_twins(unlocked: frozenset[str], dialect: Dialect) -> frozenset[str]:
    """What the provider ties to an attribute is unlocked with it."""
    if dialect.twins is None:
        return unlocked
    names = {name.casefold() for path in dialect.twins for name in (path, parse_path(path).name)}
    return unlocked | names if unlocked & names else unlocked


def _comparators(said: Mapping[str, str | Callable[[str], str]], region: str | None) -> dict[str, Comparator]:
    if not isinstance(said, Mapping):
        raise CompareError(f"comparators={said!r}: give a dict of path to comparator, such as {{'timezone': 'timezone'}}.")
    made = {name_of(name, "comparators").casefold(): make_comparator(rule, region=region) for name, rule in said.items()}
    if region is not None and not isinstance(region, str):
        raise CompareError(f"region={region!r}: give the two letters of one country, such as 'GB' (ISO 3166).")
    if region is not None:
        make_comparator("phone", region=region)  # says so if there is no such region, even where no phone is compared
    return made


def _paths(desired: Desired, tiers: Sequence[str]) -> Iterator[str]:
    """What is read of each user: all that is compared, and what keys and references look up."""
    yield from (path for path in [*desired.frame.columns, *tiers] if not parse_set(path))
    yield from (reference.on for reference in desired.references.values() if reference.on)
    if MANAGER in desired.references:
        yield MANAGER


def _sets(desired: Desired, policies: Mapping[str, Policy]) -> Iterator[str]:
    """The attributes that are read element by element."""
    for path in desired.frame.columns:
        name = parse_set(path) or parse_set(parse_path(path).name)
        whole = parse_set(path) is not None
        if name and (whole or (policies.get(name.casefold()) is Policy.FORCE and parse_path(path).member)):
            yield name


def _keys(options: Options, desired: Desired, side: Side) -> list[Key]:
    if not options.tiers:
        raise CompareError("on is empty; name the key both sides have, such as on=['externalId', 'userName'].")
    for path in options.tiers:
        if parse_set(path):
            raise CompareError(f'on: {path} has many values; a key is one, such as {path}[type eq "work"].value.')
        for name, columns in (("desired", desired.frame.columns), ("users", side.values)):
            if path not in columns:
                raise CompareError(f"on: {path} is not among the {name} paths; there are {', '.join(columns)}.")
        if path in desired.references:
            raise CompareError(f"on: {path} is a reference; it is resolved after users are matched, and is no key.")
    return [
        Key(
            path=path,
            case_exact=(definition := parse_path(path).definition) is None or definition.case_exact,
            desired=desired.frame[path],
            users=side.values[path].texts,
            normalise=options.comparator_of(parse_path(path)).normalise,
        )
        for path in options.tiers
    ]


def _rules(desired: Desired, side: Side, options: Options) -> dict[str, Rules]:
    rules: dict[str, Rules] = {}
    for text in desired.frame.columns:
        whole = parse_set(text)
        if text not in (side.elements if whole else side.values):
            continue
        path = parse_path(f'{text}[type eq "any"].value' if whole else text)
        policy = find_said(path, options.policies) or (Policy.MERGE if whole else Policy.FORCE)
        kinds = frozenset() if whole else side.values[text].kinds or desired.kinds.get(text, frozenset())
        if policy is not Policy.IGNORE:
            rules[text] = Rules(
                path=path,
                policy=policy,
                comparator=options.comparator_of(path),
                unlocked=bool({text.casefold(), path.name.casefold()} & _with_twins(options.unlocked, side.dialect)),
                dialect=side.dialect,
                held=type_of(path, kinds),
                user_ids=side.ids if text == MANAGER else None,
                elements=path.name if not whole and options.policies.get(path.name.casefold()) is Policy.FORCE else None,
                restores=desired.restores,
            )
    _refuse_overlap(rules)
    return rules


def _refuse_overlap(rules: Mapping[str, Rules]) -> None:
    """Refuse to compare an attribute as a whole and element by element at once: two changes would ask for one place."""
    spelled: dict[str, str] = {}
    for text, rule in rules.items():
        other = spelled.setdefault(text.casefold(), text)
        if other != text:
            raise CompareError(f"desired: {other} and {text} name one element; types are compared without case. Keep one.")
        if rule.path.member and not parse_set(text) and rule.path.name in rules:
            raise CompareError(
                f"desired: {rule.path.name} is compared as a whole, and {text} is one of its elements. Map one of the two, "
                f"or leave one out: policies={{{text!r}: 'ignore'}}."
            )


def _tell_unused(options: Options, desired: Desired) -> pd.DataFrame:
    """Note what options name that is not compared: a path spelled otherwise than the mapping's guards nothing."""
    compared = {name.casefold() for path in desired.frame.columns for name in (path, parse_set(path) or parse_path(path).name)}
    unused = sorted({*options.policies, *options.unlocked, *options.comparators} - compared)
    if not unused:
        return schemas.empty(schemas.Findings)
    detail = f"policies, unlock or comparators name {', '.join(unused[:_MAX_NAMES])}, to which nothing is mapped"
    row: dict[str, object] = {"finding": "unused_option", "severity": "amber", "column": None, "count": len(unused)}
    return schemas.from_rows([{**row, "detail": detail}], schemas.Findings)


def _tell_unprotected(unknown: Sequence[str], users: Users | pd.DataFrame) -> pd.DataFrame:
    """Refuse to protect who is not there; where only some users were read, note it."""
    if not unknown:
        return schemas.empty(schemas.Findings)
    listed = ", ".join(map(repr, unknown[:_MAX_NAMES])) + (", …" if len(unknown) > _MAX_NAMES else "")
    if not isinstance(users, Users) or users.complete.verdict is not Verdict.DOUBTFUL:
        raise CompareError(f"protect: no user has the id or userName {listed}. Correct it, or leave it out.")
    detail = f"protect names {listed}, who is not among the users read"
    row: dict[str, object] = {"finding": "protect_unknown", "severity": "amber", "column": None, "count": len(unknown)}
    return schemas.from_rows([{**row, "detail": detail}], schemas.Findings)


def _join(findings: Sequence[pd.DataFrame]) -> pd.DataFrame:
    some = [frame for frame in findings if len(frame)]
    return schemas.check(pd.concat(some, ignore_index=True), schemas.Findings) if some else schemas.empty(schemas.Findings)
