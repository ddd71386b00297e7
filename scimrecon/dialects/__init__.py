"""What each SCIM provider does differently, as plain data.

A dialect is a frozen value; no module outside this package branches on a provider's name. Anyone can pass their own:
``connect(url, dialect=dataclasses.replace(RFC7644, name="ours", page_size=50))``.
"""

from __future__ import annotations

from scimrecon.dialects.descope import DESCOPE
from scimrecon.dialects.huawei import HUAWEI
from scimrecon.dialects.model import Authentication, Check, ClearAs, ClientAuthentication, Credential, Dialect, Paging, Rule
from scimrecon.dialects.rfc7644 import RFC7644
from scimrecon.dialects.twilio import TWILIO, TWILIO_CURRENT

DIALECTS = {dialect.name: dialect for dialect in (RFC7644, TWILIO, TWILIO_CURRENT, HUAWEI, DESCOPE)}
"""The shipped dialects by name."""

__all__ = [
    "DESCOPE", "DIALECTS", "HUAWEI", "RFC7644", "TWILIO", "TWILIO_CURRENT", "Authentication", "Check", "ClearAs",
    "ClientAuthentication", "Credential", "Dialect", "Paging", "Rule",
]  # fmt: skip
