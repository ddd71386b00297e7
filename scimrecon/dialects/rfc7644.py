"""A service that does as RFC 7643 and RFC 7644 say."""

from __future__ import annotations

from scimrecon.dialects.model import Dialect

RFC7644 = Dialect(name="rfc7644", title="a SCIM 2.0 service (RFC 7644)", source="RFC 7643, RFC 7644")
