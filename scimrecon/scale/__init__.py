"""The same comparison beyond the memory of one machine, or on several: over Dask, from Parquet to Parquet.

Rows and users are dealt out by a hash of their key into partitions, each of which is compared by the functions of `compare`.
What only all users can tell is told in between: logins taken, managers' ids, findings, and which changes are alike.
"""

from __future__ import annotations

from scimrecon.scale.comparing import compare
from scimrecon.scale.comparison import Comparison

__all__ = ["Comparison", "compare"]
