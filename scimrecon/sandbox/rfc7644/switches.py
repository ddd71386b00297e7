"""The switches of the practice server `rfc7644`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scimrecon.sandbox.switches import at_least


@dataclass(frozen=True, kw_only=True)
class Rfc7644Switches:
    """What RFC 7644 and RFC 9865 leave to the service."""

    paging: Literal["index", "cursor", "both"] = "index"
    """How users are listed: by startIndex (RFC 7644 §3.4.2.4), by cursor (RFC 9865), or by either as the client asks."""
    max_page_size: int = at_least(1, 1000)
    """The most users on one page, whatever count says."""
    versions: bool = True
    """Whether resources have versions, as ETag and meta.version, and If-Match is heeded (RFC 7644 §3.14)."""
