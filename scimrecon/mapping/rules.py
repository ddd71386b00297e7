"""Where an attribute's cells come from: a column, a constant, or a column that names other users."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from scimrecon.errors import MappingError
from scimrecon.mapping.transforms import TRANSFORMS, find_transform


class OnBlank(StrEnum):
    """What a blank cell asks for."""

    KEEP = "keep"
    CLEAR = "clear"
    ERROR = "error"


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the export as the source of an attribute; made by `column`."""

    name: str
    on_blank: OnBlank = OnBlank.KEEP
    transform: str | None = "trim"
    values: Mapping[str, str] | None = None
    separator: str | None = None
    nulls: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Constant:
    """One value for every user; made by `constant`."""

    value: str


@dataclass(frozen=True, kw_only=True)
class ReferenceColumn:
    """A column of the export that names another user of it; made by `reference`."""

    name: str
    on: str
    on_blank: OnBlank = OnBlank.KEEP
    transform: str | None = "trim"


Rule: TypeAlias = Column | Constant | ReferenceColumn
"""Where the cells of one path come from."""

RuleForm: TypeAlias = str | Rule | Mapping[str, Any]
"""How a mapping may write a rule: a column's name, `column(…)`, `constant(…)`, `reference(…)`, or a preset's plain data."""


def column(
    name: str,
    *,
    on_blank: str = "keep",
    transform: str | None = "trim",
    values: Mapping[str, str] | None = None,
    separator: str | None = None,
    nulls: Collection[str] = (),
) -> Column:
    """Take an attribute from a column of the export.

    Parameters
    ----------
    name
        The column.
    on_blank
        ``"keep"``: a blank cell changes nothing. ``"clear"``: it clears the attribute. ``"error"``: it is a problem of that
        user. A cell of white space alone is blank.
    transform
        ``"trim"``, ``"lower"``, ``"upper"``, or None for the cell as it stands. Of directories' cells: ``"first"``, the first of
        several values; ``"primary_smtp"``, the mail address that ``proxyAddresses`` writes with a capital ``SMTP:``;
        ``"account_enabled"``, what bit 2 of ``userAccountControl`` says; ``"inverted"``, the other of true and false, for columns
        that say who is blocked; ``"immutable_id"`` and ``"guid"``, an ``objectGUID`` in any form as Entra's ImmutableId or as
        text. Of times, ISO 8601 in UTC: ``"filetime"`` (``accountExpires``), ``"generalized_time"`` (``whenCreated``); never is
        blank. Of dates, ``"date:%d.%m.%Y"`` with the form the column has, as ``datetime.strptime`` takes it.
    values
        What each text of the column means, such as ``{"Active": "true", "Terminated": "false"}``; a text not in it is a problem.
    separator
        For a multi-valued attribute mapped whole, such as ``roles``: what stands between the values of a cell, such as ``";"``.
        Values are trimmed, blanks and repeats dropped, then `transform` and `values` apply to each; a cell of separators alone
        is blank. Without it the whole cell is one value. ``"[]"`` takes apart the JSON arrays in which `read_export` writes the
        values of a directory.
    nulls
        Words that stand for no value in this column, such as ``("N/A", "0000-00-00")``: such a cell is blank.

    Raises
    ------
    MappingError
        `on_blank` or `transform` is not one of these, `separator` is empty, or `nulls` is one text.
    """
    where = f"column {name!r}"
    if isinstance(nulls, str) or not all(isinstance(word, str) for word in nulls):
        raise MappingError(f"{where}: nulls={nulls!r} must be a list of texts, such as ('N/A',).")
    if separator is not None and not (isinstance(separator, str) and separator):
        raise MappingError(f"{where}: separator={separator!r} must be a text that is not empty, such as ';'.")
    return Column(
        name=name,
        on_blank=_on_blank(where, on_blank),
        transform=_transform(where, transform),
        values=values,
        separator=separator,
        nulls=tuple(nulls),
    )


def constant(value: str) -> Constant:
    """Give an attribute the same value for every user.

    Parameters
    ----------
    value
        Text, as a cell would hold it: ``"true"``, ``"Employee"``.

    Raises
    ------
    MappingError
        The value is no text, or empty: nobody clears an attribute of everyone by a constant.
    """
    if not isinstance(value, str) or not value.strip():
        raise MappingError(f"constant {value!r}: it must be text, and not empty. Write true and false as 'true' and 'false'.")
    return Constant(value=value)


def reference(name: str, *, on: str, on_blank: str = "keep", transform: str | None = "trim") -> ReferenceColumn:
    """Take a reference to another user, such as the manager, from a column of the export that names that user.

    `compare` finds whom a cell means: first the row of the export that has this key, and the user it is matched with; then,
    for people outside the export, the user of the target that has it. A cell that means nobody, or more than one, is a problem
    of that change and is never sent as text.

    Parameters
    ----------
    name
        The column, such as ``"Manager_ID"``.
    on
        What the column holds of the other user: a SCIM path (``"employeeNumber"``, ``"displayName"``,
        ``'emails[type eq "work"].value'``) or, where that is no path, the export's own column that holds each row's key
        (``"distinguishedName"``). A path that the mapping does not map is looked up on the target only; a column, in the export
        only. Distinguished names are compared without regard to case, spacing, the style of escapes and what their attribute
        types are called.
    on_blank
        ``"keep"``: a blank cell changes nothing. ``"clear"``: it clears the reference. ``"error"``: it is a problem of that user.
    transform
        As in `column`.

    Raises
    ------
    MappingError
        `on` is empty, or `on_blank` or `transform` is not one of these.
    """
    where = f"reference {name!r}"
    if not isinstance(on, str) or not on.strip():
        raise MappingError(f"{where}: on={on!r} must say what the column holds of the other user, such as on='employeeNumber'.")
    return ReferenceColumn(name=name, on=on, on_blank=_on_blank(where, on_blank), transform=_transform(where, transform))


def _on_blank(where: str, on_blank: str) -> OnBlank:
    if on_blank not in list(OnBlank):
        raise MappingError(f"{where}: on_blank={on_blank!r} is not one of {', '.join(OnBlank)}.")
    return OnBlank(on_blank)


def _transform(where: str, transform: str | None) -> str | None:
    if transform is not None and find_transform(transform) is None:
        raise MappingError(
            f"{where}: transform={transform!r} is not one of {', '.join(TRANSFORMS)}, nor a form of dates, "
            "such as 'date:%d.%m.%Y'."
        )
    return transform


_FORMS: Mapping[str, tuple[Callable[..., Rule], frozenset[str], frozenset[str]]] = {
    "constant": (constant, frozenset(), frozenset()),
    "column": (column, frozenset(), frozenset({"on_blank", "transform", "values", "separator", "nulls"})),
    "reference": (reference, frozenset({"on"}), frozenset({"on_blank", "transform"})),
}
"""What plain data may hold: its first word, then what must and what may stand beside it."""


def read_rule(text: str, form: RuleForm) -> Rule:
    """Read a rule, however the mapping writes it.

    Raises
    ------
    MappingError
        It is none; the message names the path, `text`.
    """
    if isinstance(form, str):
        return column(form)
    if isinstance(form, Column | Constant | ReferenceColumn):
        return form
    if not isinstance(form, Mapping):
        raise MappingError(f"mapping: {text!r} is mapped to {type(form).__name__}; give a column's name, column(…), constant(…) "
                           "or reference(…).")  # fmt: skip
    words = set(form)
    for first, (make, needed, allowed) in _FORMS.items():
        if {first} | needed <= words <= {first} | needed | allowed:
            return make(form[first], **{name: value for name, value in form.items() if name != first})
    raise MappingError(
        f"mapping: {text!r}: a rule holds 'constant', or 'column' and perhaps on_blank, transform, values, separator, nulls, or "
        "'reference' and 'on' and perhaps on_blank, transform; "
        f"this one holds {', '.join(map(str, form)) or 'nothing'}."
    )
