"""A plan from a file: proven to be the one that was saved, or refused."""

from __future__ import annotations

import re
from os import PathLike, fspath
from typing import Any

import pandas as pd
from pandera.errors import SchemaError

from scimrecon.attributes import AttributeType
from scimrecon.dialects import DIALECTS, Dialect
from scimrecon.errors import PlanError
from scimrecon.exports import Source
from scimrecon.plan.bodies import tell_other_facts
from scimrecon.plan.documents import FRAMES, Document, read_document
from scimrecon.plan.model import Plan
from scimrecon.users import Completeness, Users, Verdict
from scimrecon.values import shorten, text_series

_ABOUT = re.compile(r"about [0-9,]+ (s|min)")
"""How long a plan takes depends on how fast its dialect is tuned to send."""


def open_plan(path: str | PathLike[str], *, dialect: str | Dialect | None = None) -> Plan:
    """Open a plan, or a masked copy of one, that `Plan.save` wrote.

    A plan is held to its hash, made anew of all that decides what goes out; of a masked copy only that its file is as it was
    saved can be told. Cost: 1.5 s for 20,000 users with 60,000 changes; memory of about three times the file.

    Parameters
    ----------
    path
        The file.
    dialect
        Of the target the plan is for, where it is one of your own or was adapted: ``open_plan(path, dialect=target.dialect)``.

    Returns
    -------
    Plan
        Equal to the one that was saved. Its `current` holds the resources of its users alone, and none in a masked copy, whose
        `masked` says what is hidden.

    Raises
    ------
    PlanError
        The file cannot be read, is no plan, is damaged or was changed, others may write to it, another version of scimrecon
        saved it, or its dialect is not shipped, or is another than the one given.
    """
    document = read_document(path)
    name = fspath(path)
    try:
        plan = _plan_of(document, _dialect(name, document.facts["dialect"], dialect))
        said, done = (_ABOUT.sub("", line) for line in (document.facts["plan"], str(plan)))
        intact = said == done and (bool(plan.masked) or plan.is_intact())
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, SchemaError) as error:
        raise PlanError(
            f"{name}: what it says has not the shape of a plan ({type(error).__name__}: {shorten(str(error))}). "
            "Save the plan again, or ask for the file as it was."
        ) from error
    if not intact:
        raise PlanError(
            f"{name}: what it says is not what the hash {plan.hash!r} is of: it was changed after it was saved. "
            "Save the plan again, or ask for the file as it was."
        )
    return plan


def _plan_of(document: Document, dialect: Dialect) -> Plan:
    facts = document.facts
    verdict, reason = facts["complete"]
    resources = document.resources()
    current = Users(
        frame=pd.DataFrame({"id": text_series(list(resources))}),
        resources=resources,
        complete=Completeness(verdict=Verdict(verdict), reason=reason),
        dialect=dialect,
        fingerprint=facts["fingerprint"],
    )
    return Plan(
        **{frame: document.frame(frame) for frame in FRAMES},
        hash=facts["hash"],
        host=facts["host"],
        fingerprint=facts["fingerprint"],
        dialect=dialect,
        allow=dict(facts["allow"]),
        accept=tuple(facts["accept"]),
        source=facts["source"] and Source(**facts["source"]),
        current=current,
        matched=facts["matched"],
        types={path: AttributeType(kind) for path, kind in facts["types"].items()},
        masked=tuple(facts["masked"]),
    )


def _dialect(name: str, said: dict[str, Any], given: str | Dialect | None) -> Dialect:
    """Find the dialect a file names, and see that bodies are built by it as they were.

    Raises
    ------
    PlanError
        It is not shipped and not given, is another than the one given, or builds bodies otherwise.
    """
    wanted = given.name if isinstance(given, Dialect) else given
    key = said["name"]
    if wanted is not None and wanted != key:
        raise PlanError(f"{name}: the plan is of dialect {key!r}, not {wanted!r}. Leave dialect out.")
    if not isinstance(given, Dialect) and key not in DIALECTS:
        raise PlanError(
            f"{name}: dialect {key!r} is not shipped ({', '.join(sorted(DIALECTS))} are). Pass it: "
            "open_plan(path, dialect=target.dialect)."
        )
    dialect = given if isinstance(given, Dialect) else DIALECTS[key]
    other = tell_other_facts(dialect, said)
    if other:
        raise PlanError(
            f"{name}: the plan was made where {other}. Pass the target's own: open_plan(path, dialect=target.dialect)."
        )
    return dialect
