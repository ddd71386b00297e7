"""What a comparison at scale found: files, and what is told of them in a line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from scimrecon import schemas, tables
from scimrecon.errors import CompareError

CHANGES, USERS, FINDINGS = "changes.parquet", "users.parquet", "findings.parquet"


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Which attribute of which user differs, in files.

    Its folder holds ``changes.parquet`` (a folder of files, in order of user and path; follows `schemas.Changes`),
    ``users.parquet`` (likewise, the rows of the export in their order, then the target's other users; follows
    `schemas.UserStatuses`) and ``findings.parquet`` (follows `schemas.Findings`). Only their owner can read them.
    """

    folder: Path
    statuses: Mapping[str, int]
    """Users of either side by status, the most frequent first."""
    summary: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Summary`: the changes counted."""
    findings: tables.KeptFrame = tables.KeptFrame()
    """Follows `schemas.Findings`."""
    matched: int = field(repr=False)
    """Users matched."""

    def __repr__(self) -> str:
        listed = ", ".join(f"{name}={count}" for name, count in self.statuses.items())
        return f"Comparison({str(self.folder)!r}, changes={int(self.summary['changes'].sum())}, users: {listed})"

    def _repr_html_(self) -> str:
        facts: dict[str, object] = {name: f"{count:,}" for name, count in self.statuses.items()}
        grave = self.findings[self.findings["severity"] != "info"]
        facts |= {str(name): str(detail) for name, detail in zip(grave["finding"], grave["detail"], strict=True)}
        return tables.render(f"Users by status, in {self.folder}", facts, self.summary)

    def changes(
        self,
        *,
        path: str | Collection[str] | None = None,
        kind: str | Collection[str] | None = None,
        status: str | Collection[str] | None = None,
        pattern: str | Collection[str] | None = None,
    ) -> pd.DataFrame:
        """Read the changes that have one of the values named, of each column named; all if none is.

        Only what is asked for is held in memory; the files are read through.

        Parameters
        ----------
        path, kind, status, pattern
            A text, or several. A path is a change's own, such as ``roles[value eq "auditor"].value``.

        Returns
        -------
        pandas.DataFrame
            Follows `schemas.Changes`.
        """
        wanted = {"path": path, "kind": kind, "status": status, "pattern": pattern}
        return schemas.check(self._read(CHANGES, wanted), schemas.Changes)

    def users(self, *, status: str | Collection[str] | None = None) -> pd.DataFrame:
        """Read the users who have one of these statuses; all if none is named.

        Parameters
        ----------
        status
            A status, or several.

        Returns
        -------
        pandas.DataFrame
            Follows `schemas.UserStatuses`.
        """
        return schemas.check(self._read(USERS, {"status": status}), schemas.UserStatuses)

    def _read(self, name: str, wanted: Mapping[str, str | Collection[str] | None]) -> pd.DataFrame:
        said = {column: [text] if isinstance(text, str) else list(text) for column, text in wanted.items() if text is not None}
        filters = [(column, "in", texts) for column, texts in said.items()]
        if any(not texts for texts in said.values()):
            raise CompareError("name at least one value, or leave the argument out to read all.")
        return pd.read_parquet(self.folder / name, filters=filters or None)
