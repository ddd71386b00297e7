"""What was read of an export, as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from scimrecon import tables


@dataclass(frozen=True, kw_only=True)
class Source:
    """The file rows came from."""

    name: str
    """As given to `read_export`."""
    sha256: str
    """Of the file's bytes: a plan refuses to go out when they changed."""
    size: int
    """Bytes."""
    encoding: str = "UTF-8"
    """As which its bytes were read."""


@dataclass(frozen=True, kw_only=True)
class Export:
    """A file and what was read of it."""

    rows: pd.DataFrame
    """Text, one column a header; NA is an empty cell. Index ``source_line``: the line its record starts on."""
    rejects: pd.DataFrame
    """Follows `schemas.Rejects`: records that are not in `rows`, and why."""
    findings: pd.DataFrame
    """Follows `schemas.Findings`."""
    mapping: Mapping[str, Any]
    """The preset's mapping, as `map_users` takes it: SCIM path to column, for the columns this file has."""
    source: Source
    preset: str
    """The preset used."""
    reason: str
    """Why that preset."""
    format: str = "CSV"
    """What kind of file: CSV, Excel, LDIF, JSON, Parquet or Arrow."""
    reject_lines: Mapping[int, tuple[str, ...]] = field(default_factory=dict, repr=False)
    """The cells of each rejected record as they were read, by line; nothing of the file is lost."""

    @property
    def records(self) -> int:
        """Records in the file: rows and rejected ones."""
        return len(self.rows) + len(self.reject_lines)

    def __repr__(self) -> str:
        return (
            f"Export({self.source.name!r}, rows={len(self.rows)}, rejected={len(self.reject_lines)}, "
            f"findings={len(self.findings)}, preset={self.preset!r})"
        )

    def _repr_html_(self) -> str:
        facts = {
            "records": f"{self.records:,}",
            "rows": f"{len(self.rows):,}",
            "rejected": f"{len(self.reject_lines):,}",
            "format": f"{self.format}, {self.source.encoding}",
            "preset": f"{self.preset} ({self.reason})",
        }
        for change in self.findings.loc[self.findings["finding"] == "since_previous", "detail"]:
            facts["changes"] = str(change)
        return tables.render(f"Export {self.source.name}", facts, self.findings)
