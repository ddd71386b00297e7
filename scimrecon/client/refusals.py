"""Any error answer, turned into ours (RFC 7644 §3.12, and what servers send instead)."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from scimrecon.client.tokens import Secret
from scimrecon.errors import Refused
from scimrecon.values import shorten, to_text


def make_refusal(what: str, response: httpx.Response, content: bytes, request_id: str, token: Secret) -> Refused:
    """Make the error of an answer that is no success; what an answer echoes of the token is hidden."""
    fields = _error_fields(content)
    status = response.status_code
    if 300 <= status < 400:
        location = shorten(token.hide_in(response.headers.get("location", "nowhere")))
        fields["detail"] = f"redirected to {location}; redirects are not followed"
    if content and not fields["detail"]:
        kind = response.headers.get("content-type", "no content type").split(";")[0]
        fields["detail"] = f"{kind}, not a SCIM error: {shorten(content.decode('utf-8', 'replace'))}"
    said = " ".join(word for word in (fields["scim_type"], fields["detail"]) if word) or "no reason given"
    hint = " The token is wrong, expired, or may not do this." if status in (401, 403) else ""
    return Refused(
        f"{what}: {status} {said}.{hint}",
        status=status,
        request_id=request_id,
        retry_after_s=read_retry_after(response.headers.get("retry-after", "")),
        **fields,
    )


def read_retry_after(text: str) -> float | None:
    """Seconds to wait that a Retry-After header asks for (RFC 9110 §10.2.3): a number or a date; None for anything else."""
    text = text.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):  # TypeError: a date without a zone
        return None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _error_fields(content: bytes) -> dict[str, str]:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    members = body if isinstance(body, dict) else {}
    return {
        "scim_type": _member(members, "scimType"),
        "detail": _member(members, "detail", "error_description", "errorMessage", "error_msg", "message"),
        "vendor_code": _member(members, "code", "errorCode", "error_code"),
        "more_info": _member(members, "moreInfo"),
    }


def _member(members: dict[str, Any], *names: str) -> str:
    values = (members.get(name) for name in names)
    return next((to_text(value) or "" for value in values if isinstance(value, str | int) and value != ""), "")
