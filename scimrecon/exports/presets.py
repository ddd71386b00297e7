"""What is known of an export's format, as data.

A preset is recognised by its columns. Its mapping is plain data with transforms by name, so that it can be printed, copied and
changed: ``{**export.mapping, "title": sr.column("Job_Title")}``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Preset:
    """One format."""

    name: str
    title: str
    signature: frozenset[str] = frozenset()
    """Columns whose presence tells this format; matched exactly."""
    required: tuple[str, ...] = ()
    """Columns in which a blank cell rejects the record."""
    patterns: Mapping[str, str] = field(default_factory=dict)
    """Regular expressions a column's filled cells must match whole, or the record is rejected."""
    unique: tuple[str, ...] = ()
    """Columns in which a value held twice is a finding."""
    mapping: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """SCIM path to ``{"column": …, "values": …}``, ``{"reference": …, "on": …}`` or ``{"constant": …}``."""

    def columns(self) -> dict[str, str]:
        """Name the column each mapped path comes from, where it comes from one."""
        named = {path: rule.get("column") or rule.get("reference") for path, rule in self.mapping.items()}
        return {path: str(column) for path, column in named.items() if column}


_WORKER_STATUS = {"Active": "true", "On Leave": "true", "Terminated": "false"}

GENERIC = Preset(name="generic", title="any table with a header")

WORKDAY = Preset(
    # Workday has no standard file: a report's headings are its XML aliases, with underscores.
    name="workday",
    title="Workday custom report (RaaS) as CSV",
    signature=frozenset({"Employee_ID", "Worker_Status", "Legal_First_Name", "Legal_Last_Name"}),
    required=("Employee_ID",),
    patterns={"Email": r"\s*[^@\s]+@[^@\s]+\s*"},
    unique=("Employee_ID", "Email"),
    mapping={
        "userName": {"column": "Email"},
        "externalId": {"column": "Employee_ID"},
        "employeeNumber": {"column": "Employee_ID"},
        "name.givenName": {"column": "Legal_First_Name"},
        "name.familyName": {"column": "Legal_Last_Name"},
        "displayName": {"column": "Preferred_Name"},
        "title": {"column": "Job_Title"},
        "department": {"column": "Supervisory_Organization"},
        "costCenter": {"column": "Cost_Center"},
        "organization": {"column": "Company"},
        "userType": {"column": "Employee_Type"},
        "locale": {"column": "Locale"},
        'emails[type eq "work"].value': {"column": "Email"},
        'phoneNumbers[type eq "work"].value': {"column": "Work_Phone"},
        'phoneNumbers[type eq "mobile"].value': {"column": "Mobile_Phone"},
        'addresses[type eq "work"].locality': {"column": "Location"},
        "active": {"column": "Worker_Status", "values": _WORKER_STATUS},
    },
)

PRESETS = {preset.name: preset for preset in (WORKDAY, GENERIC)}
"""The shipped presets by name."""


def propose(header: Sequence[str]) -> tuple[Preset, str]:
    """Choose the preset a header speaks for, and say why."""
    present = set(header)
    for preset in PRESETS.values():
        if preset.signature and preset.signature <= present:
            return preset, "the header has " + ", ".join(sorted(preset.signature))
    return GENERIC, "no shipped preset knows this header"
