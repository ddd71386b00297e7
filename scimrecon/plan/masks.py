"""A masked copy of a plan: what would be done to whom, without the values of some attributes.

It errs on hiding: a name, a key, an id or another attribute's value in which a hidden value of the same user can be read is
hidden too, and of users whose values are not at hand everything is that could show one.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from scimrecon import schemas
from scimrecon.attributes import ENTERPRISE_ATTRIBUTES, ENTERPRISE_URN
from scimrecon.diff import name_of
from scimrecon.errors import PathError, PlanError, ScimReconError
from scimrecon.paths import AttributePath, Resource, find_key, parse_path, read_path
from scimrecon.values import normalise_text, parse_resource, text_series, to_text

if TYPE_CHECKING:
    from scimrecon.plan.model import Plan

MARK = "•••"
"""Stands where a value is hidden."""
_ALL = "*"
_NEVER = ("id", "schemas", "meta")
_PLAIN_MEMBERS = ("type", "primary")
_PLAIN_VALUES = ("", "true", "false")
_FILTER = rf'\[\w+ eq "{MARK}[0-9]+"\]'
_NAMED = re.compile(r'\[(?!(?:type|primary) eq )(\w+) eq "(?:[^"\\]|\\.)*"\]')
_WORD = re.compile(r"\w+")
_MIN_PART = 3
"""Characters from which on a value is looked for within words too."""


def mask_plan(plan: Plan, mask: Collection[str]) -> Plan:
    """Make a copy of a plan that shows no value of some attributes, under the hash of the plan itself.

    Cost: a parse of each planned user's JSON, and a look at each of its texts for each hidden value; 4 s for 20,000 users with
    60,000 changes.

    Parameters
    ----------
    plan
        A whole one.
    mask
        As `Plan.save` takes it.

    Raises
    ------
    PlanError
        `mask` names what is no attribute of a User, or one of an extension that no user of the plan has.
    """
    masks = read_masks(mask, PlanError)
    if not masks:
        return plan
    derived = [name.partition(":")[2] for name in plan.accept if name.startswith("derived:")]
    cells = plan.changes[["user_id", "path", "before", "after"]]
    known = plan.current.resources
    held = ((user_id, [known[user_id]]) for user_id in cells["user_id"].unique() if user_id in known)
    veil = draw_veil(masks, cells, held, paths=[*plan.types, *derived])
    veil.refuse_strange(masks, "plan", PlanError)
    changes = veil.changes(plan.changes)
    patterns = dict(zip(plan.changes["pattern"], changes["pattern"], strict=True))
    return replace(
        plan,
        changes=changes,
        requests=veil.people(plan.requests).assign(paths=veil.paths_of(plan.requests["user_id"], plan.changes)),
        blocked=veil.blocked(plan.blocked).assign(paths=veil.paths_of(plan.blocked["user_id"], plan.changes)),
        warnings=veil.warnings(plan.warnings, patterns),
        thresholds=veil.thresholds(plan.thresholds),
        statuses=veil.statuses(plan.statuses),
        types={veil.paths[path]: kind for path, kind in plan.types.items()},
        accept=tuple(sorted(veil.accepted(name) for name in plan.accept)),
        current=replace(
            plan.current,
            frame=plan.current.frame[["id"]].head(0),
            resources={},
            complete=replace(plan.current.complete, reason=MARK),
        ),
        masked=tell_masks(masks),
    )


@dataclass(frozen=True, kw_only=True)
class Veil:
    """What a copy hides."""

    known: Collection[AttributePath]
    """Those of the masks that are attributes somebody has, or that every user may have."""

    covered: frozenset[str]
    """Paths whose values are hidden."""
    hidden: Mapping[str, Collection[str]]
    """Id to the hidden values of the user, in normal form; without the users whose values are not known."""
    paths: Mapping[str, str]
    """Path to how the copy writes it: a filter may name an element by its value."""
    ids: Mapping[str, str]
    """Id of a planned user to how the copy writes it."""

    def texts(self, users: pd.Series[str], texts: pd.Series[str]) -> pd.Series[str]:
        """Hide the texts that show a hidden value of their user; no text stays none."""
        pairs = zip(users.astype(object), texts.astype(object).where(texts.notna(), None), strict=True)
        shown = [text if not text or _may_show(self.hidden, user, text) else MARK for user, text in pairs]
        return text_series(shown, texts.index)

    def people(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Hide the names, keys and ids that show a hidden value."""
        users = frame["user_id"]
        named = {name: self.texts(users, frame[name]) for name in ("user_name", "key") if name in frame}
        return frame.assign(user_id=users.map(self.ids).astype("str"), **named)

    def changes(self, changes: pd.DataFrame, values: Sequence[str] = ("before", "after")) -> pd.DataFrame:
        """Hide the values of covered paths, and whatever else of a change shows one.

        Parameters
        ----------
        changes
            Index ``change_id``; columns ``user_id, path, pattern``, perhaps ``user_name, key, problem``, and `values`.
        values
            The columns that hold values of the path.
        """
        covered = changes["path"].isin(self.covered)
        read = [name for name in (*values, "pattern", "problem") if name in changes]
        told = {name: self.texts(changes["user_id"], changes[name]) for name in read}
        for name in values:
            told[name] = told[name].mask(covered & (changes[name].fillna("") != ""), MARK)
        altered = covered | (told["pattern"] != changes["pattern"])
        for name in values:
            altered |= told[name].fillna("") != changes[name].fillna("")
        # A pattern is shown of everybody or of nobody: whoever shares it has the value it shows.
        barred = changes["pattern"].isin(changes.loc[altered, "pattern"])
        path = changes["path"].map(self.paths).astype("str")
        told["pattern"] = changes["pattern"].mask(barred, path.str.replace(_FILTER, "", regex=True) + f": {MARK}")
        masked = self.people(changes).assign(path=path, **told)
        masked.index = pd.Index(masked["user_id"] + ":" + path, name=changes.index.name)
        return masked

    def paths_of(self, users: pd.Series[str], changes: pd.DataFrame) -> pd.Series[str]:
        """Join the paths of each user's changes as the copy writes them; ``''`` for a user without changes."""
        joined = changes["path"].map(self.paths).groupby(changes["user_id"], sort=False).agg(", ".join)
        return joined.reindex(users).fillna("").astype("str").set_axis(users.index)

    def thresholds(self, thresholds: pd.DataFrame) -> pd.DataFrame:
        """Write the attributes that have a limit of their own as the copy does."""
        return thresholds.assign(path=thresholds["path"].replace(dict(self.paths)))

    def blocked(self, blocked: pd.DataFrame) -> pd.DataFrame:
        """A reason that quotes anything may quote a value."""
        reasons = self.texts(blocked["user_id"], blocked["reason"])
        return self.people(blocked).assign(reason=reasons.mask(reasons.str.contains("['\"]"), MARK))

    def warnings(self, warnings: pd.DataFrame, patterns: Mapping[str, str]) -> pd.DataFrame:
        """The warning of one large pattern ends with it, and names no user."""
        longest_first = sorted((pattern for pattern in patterns if patterns[pattern] != pattern), key=len, reverse=True)
        told = warnings["warning"].copy()
        for at in warnings.index[warnings["user_id"].isna()]:
            text = str(told[at])
            found = next((pattern for pattern in longest_first if text.endswith(f": {pattern}")), None)
            told[at] = text if found is None else text.removesuffix(found) + patterns[found]
        renamed = warnings.assign(user_id=warnings["user_id"].map(self.ids), path=warnings["path"].map(self.paths), warning=told)
        return schemas.check(renamed, schemas.Warnings)

    def statuses(self, statuses: pd.DataFrame) -> pd.DataFrame:
        """Of users without changes it is not told who they are: what would show a hidden value is not known."""
        masked = self.people(statuses)
        unnamed = masked["user_id"].isna() & statuses["user_id"].notna()
        candidates = statuses["candidates"].mask(statuses["candidates"].notna(), MARK)
        # A reason lists the paths that differ, and a path may name an element by its value.
        reasons = statuses["reason"].str.replace(_NAMED, rf'[\1 eq "{MARK}"]', regex=True)
        return masked.assign(user_id=masked["user_id"].mask(unnamed, MARK), reason=reasons, candidates=candidates)

    def refuse_strange(self, masks: Iterable[AttributePath], of: str, error: type[ScimReconError]) -> None:
        """Refuse masks that would hide nothing.

        Raises
        ------
        ScimReconError
            `error`: a mask is of an extension that no user of the plan or the run has; `of` says which it is.
        """
        strange = [one for one in masks if one not in self.known]
        if strange:
            raise error(f"mask: no user of this {of} has {strange[0]}. Correct it, or leave it out.")

    def accepted(self, name: str) -> str:
        """Spell what was accepted as the copy writes its path."""
        kind, _, path = name.partition(":")
        return f"{kind}:{self.paths[path]}" if kind == "derived" else name


def read_masks(mask: Collection[str], error: type[ScimReconError]) -> list[AttributePath]:
    """Take the names of `mask`: paths, attributes whole, or ``"*"`` for all.

    Raises
    ------
    ScimReconError
        `error`: one is none of these.
    """
    names = [mask] if isinstance(mask, str) else mask
    if not isinstance(names, Collection):
        raise error(f"mask={mask!r}: give a list of attributes, such as mask=['phoneNumbers', 'name'], or '*' for all.")
    return [_read_mask(name, error) for name in names]


def tell_masks(masks: Iterable[AttributePath]) -> tuple[str, ...]:
    """Name what is hidden, without the value by which a mask may name an element."""
    return tuple(dict.fromkeys(str(replace(one, literal=MARK) if _named_value(one) else one) for one in masks))


def _read_mask(name: str, error: type[ScimReconError]) -> AttributePath:
    if name == _ALL:
        return AttributePath(name=_ALL)
    text = name_of(name, "mask", error)
    if text in _NEVER:
        raise error(f"mask: {text!r} cannot be hidden: plans and runs are about ids and versions.")
    try:
        return parse_path(text)
    except PathError:  # an attribute whole
        return AttributePath(name=text, urn=ENTERPRISE_URN if text.casefold() in ENTERPRISE_ATTRIBUTES else "")


def _covers(mask: AttributePath, path: AttributePath) -> bool:
    if mask.name == _ALL:
        return True
    if (mask.urn.casefold(), mask.name.casefold()) != (path.urn.casefold(), path.name.casefold()):
        return False
    same_element = (mask.member, str(mask.literal).casefold()) == (path.member, str(path.literal).casefold())
    return (not mask.member or same_element) and mask.sub.casefold() in ("", path.sub.casefold())


def _held_under(mask: AttributePath, resource: Resource) -> Any:
    if mask.name == _ALL:
        return {name: value for name, value in resource.items() if name.casefold() not in _NEVER}
    try:
        return read_path(mask, resource)[0]
    except PathError:  # which of several elements is not clear, so all are meant
        return resource.get(find_key(resource, mask.urn or mask.name))


def _leaves(value: Any) -> Iterator[str]:
    """The texts within a JSON value that may be personal, however deep it nests."""
    rest = [value]
    while rest:
        one = rest.pop()
        if isinstance(one, dict):
            rest += [held for name, held in one.items() if name.casefold() not in _PLAIN_MEMBERS]
        elif isinstance(one, list):
            rest += one
        else:
            yield to_text(one) or ""


def _normal(texts: Iterable[str]) -> set[str]:
    return {normalise_text(text, case_exact=False) for text in texts}.difference(_PLAIN_VALUES)


def _shows(text: str, values: Collection[str]) -> bool:
    """Whether one of these values, in normal form, can be read in a text."""
    normal = normalise_text(text, case_exact=False)
    words = {normal, *_WORD.findall(normal)}
    return any(value in normal if len(value) >= _MIN_PART else value in words for value in values)


def draw_veil(
    masks: Sequence[AttributePath],
    cells: pd.DataFrame,
    resources: Iterable[tuple[str, Sequence[bytes]]],
    *,
    paths: Iterable[str] = (),
) -> Veil:
    """Find what is to be hidden, and of whom.

    Parameters
    ----------
    masks
        From `read_masks`.
    cells
        Columns ``user_id, path``, and then any number of texts that were held there or asked for.
    resources
        Each user's id with the JSON that is known of the user, one user at a time. Of a user who is not among them everything is
        hidden that could show a value.
    paths
        More paths that the copy writes.
    """
    parsed = {text: parse_path(text) for text in dict.fromkeys([*paths, *cells["path"].unique()])}
    covered = frozenset(text for text, path in parsed.items() if any(_covers(mask, path) for mask in masks))
    hidden: dict[str, set[str]] = {}
    known = {mask for mask in masks if mask.urn in ("", ENTERPRISE_URN) or any(_covers(mask, parsed[text]) for text in covered)}
    for user_id, bodies in resources:
        with suppress(ValueError):  # a user whose values cannot be read is not in `hidden`
            held = [[_held_under(mask, resource) for resource in map(parse_resource, bodies)] for mask in masks]
            known.update(mask for mask, values in zip(masks, held, strict=True) if any(one is not None for one in values))
            hidden[user_id] = _normal(_leaves(held))
    for user_id, path, *texts in cells[cells["path"].isin(covered)].itertuples(index=False, name=None):
        told = (*texts, _named_value(parsed[path]))
        hidden.get(user_id, set()).update(_normal(text for text in told if isinstance(text, str)))
    return Veil(
        known=known,
        covered=covered,
        hidden=hidden,
        paths=_rename_paths(cells, parsed, covered, hidden),
        ids=_rename_ids(cells["user_id"].unique(), hidden),
    )


def _named_value(path: AttributePath) -> str:
    """The value by which a path names an element, as ``roles[value eq "auditor"].value`` does; else ``''``."""
    return str(path.literal) if path.member not in _PLAIN_MEMBERS else ""


def _rename_paths(
    changes: pd.DataFrame, paths: Mapping[str, AttributePath], covered: Collection[str], hidden: Mapping[str, Collection[str]]
) -> dict[str, str]:
    """Number the paths that name an element by a hidden value."""
    named = {text: value for text, path in paths.items() if (value := _named_value(path))}
    pairs = changes.loc[changes["path"].isin(named), ["user_id", "path"]].itertuples(index=False, name=None)
    telling = {path for user_id, path in pairs if not _may_show(hidden, user_id, named[path])} | (covered & named.keys())
    numbered = {text: replace(paths[text], literal=f"{MARK}{number}") for number, text in enumerate(sorted(telling), start=1)}
    return {text: str(numbered[text]) if text in numbered else text for text in paths}


def _rename_ids(ids: Iterable[str], hidden: Mapping[str, Collection[str]]) -> dict[str, str]:
    """Number the users whose id shows a hidden value."""
    return {one: one if _may_show(hidden, one, one) else f"{MARK}{number}" for number, one in enumerate(ids, start=1)}


def _may_show(hidden: Mapping[str, Collection[str]], user_id: str, text: str) -> bool:
    return user_id in hidden and not _shows(text, hidden[user_id])
