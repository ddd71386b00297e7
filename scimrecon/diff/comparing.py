"""Compare two sides: match the users, then each path as a whole column."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import pandas as pd

from scimrecon import schemas
from scimrecon.diff.changing import find_along, find_changes
from scimrecon.diff.findings import find_signs, join_findings, refuse_red, tell_unused
from scimrecon.diff.history import check_base
from scimrecon.diff.options import names_of, read_options
from scimrecon.diff.pairing import find_rules, pair_sides, paths_read, sets_read
from scimrecon.diff.protection import Protect, find_protected, list_names, refuse_unknown
from scimrecon.diff.report import Diff
from scimrecon.diff.selection import Basis
from scimrecon.diff.sides import read_desired, read_side
from scimrecon.diff.statuses import tell_statuses
from scimrecon.diff.tallies import Evidence
from scimrecon.mapping import Desired
from scimrecon.matching import key_paths
from scimrecon.tables import count
from scimrecon.users import Users, Verdict


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
    is missing or surplus is a change. Cost: reading the resources (10 to 30 s for a million users of twenty paths), then
    whole-column operations (3 to 6 s, 0.5 GB); comparators see only the texts that differ.

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
        `Diff.links` and `Matcher.links` give them. Whom the keys match against a decision is ambiguous.
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
    refuse_red(wanted.findings, names_of(accept, "accept"), "the export")
    options = read_options(on=on, policies=policies, unlock=unlock, region=region, comparators=comparators)
    earlier = None if base is None else check_base(base)
    side = read_side(users, list(paths_read(wanted, options.tiers)), list(sets_read(wanted, options.policies)))
    shielded, unknown = find_protected(protect, side.frame, side.ids, side.names)
    keys, pair = pair_sides(wanted, side, options, shielded, links=links)
    unprotected = _tell_unprotected(unknown, users)
    rules = find_rules(wanted, side, options, side.ids)
    changes = find_changes(pair, {path: rule for path, rule in rules.items() if not rule.unseen}, earlier)
    along = find_along(pair, {path: rule for path, rule in rules.items() if rule.unseen})
    texts = {path: held.texts for path, held in side.values.items()}
    signs = find_signs(Evidence(keys=keys, pair=pair, texts=texts, changes=changes, base=earlier))
    refuse_red(signs, accept, "the comparison")
    matched_by = key_paths(keys, pair.matches)
    del keys  # their normal forms take 60 MB a million users, and statuses twice that
    statuses = tell_statuses(pair, changes)
    basis = Basis(
        current=users if isinstance(users, Users) else None,
        source=wanted.source,
        statuses=statuses,
        matched=pair.matched,
        rules=rules,
        pair=pair,
        key_paths=matched_by,
        along=along,
    )
    return Diff(
        changes=changes,
        users=statuses,
        findings=join_findings(
            [wanted.findings, signs, unprotected, _tell_unread(users, statuses), tell_unused(options, list(wanted.frame.columns))]
        ),
        basis=basis,
    )


def _tell_unread(users: Users | pd.DataFrame, statuses: pd.DataFrame) -> pd.DataFrame:
    """Note that whom no user was found for may be a user all the same, where not all users were read for certain."""
    alone = int((statuses["status"] == "source_only").sum())
    if not alone or not isinstance(users, Users) or users.complete.verdict is not Verdict.DOUBTFUL:
        return schemas.empty(schemas.Findings)
    detail = f"{count(alone, 'row')} found no user, and the users read may not be all there are: {users.complete.reason}"
    return schemas.from_rows([schemas.make_finding("users_doubtful", "amber", None, alone, detail)], schemas.Findings)


def _tell_unprotected(unknown: Sequence[str], users: Users | pd.DataFrame) -> pd.DataFrame:
    """Refuse to protect who is not there; where only some users were read, note it."""
    if not isinstance(users, Users) or users.complete.verdict is not Verdict.DOUBTFUL:
        refuse_unknown(unknown)
    if not unknown:
        return schemas.empty(schemas.Findings)
    detail = f"protect names {list_names(unknown)}, who is not among the users read"
    return schemas.from_rows([schemas.make_finding("protect_unknown", "amber", None, len(unknown), detail)], schemas.Findings)
