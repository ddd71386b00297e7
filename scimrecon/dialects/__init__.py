"""What each SCIM provider does differently, as plain data.

A dialect is a frozen value; no module outside this package branches on a provider's name. Anyone can pass their own:
``connect(url, dialect=dataclasses.replace(RFC7644, name="ours", page_size=50))``.
"""

from __future__ import annotations

from scimrecon.dialects.model import ClearAs, Dialect
from scimrecon.dialects.rfc7644 import RFC7644

DIALECTS = {dialect.name: dialect for dialect in (RFC7644,)}
"""The shipped dialects by name."""

__all__ = ["DIALECTS", "RFC7644", "ClearAs", "Dialect"]
