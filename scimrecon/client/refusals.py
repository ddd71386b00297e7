"""Any error answer, turned into ours (RFC 7644 §3.12, and what servers send instead)."""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from scimrecon.client.addresses import look_up, places
from scimrecon.client.tokens import Token
from scimrecon.dialects import Authentication, Dialect
from scimrecon.errors import Refused
from scimrecon.values import shorten, to_text

_MAX_SAID = 300
_MEMBERS = {
    "scim_type": ("scimtype",),
    "vendor_code": ("code", "errorcode"),
    "more_info": ("moreinfo",),
    "request_id": ("requestid", "exceptionrequestid"),
    "time": ("timestamp",),
}
"""Our fields, and what vendors call them; names are compared in lower case, without "_" and "-"."""
_DETAIL = ("detail", "errordescription", "message", "errormsg", "errormessage", "title", "description")
_WORD = re.compile(r"[\w.-]+")
_LOOKED_AT = {
    Authentication.TOKEN: ("token",),
    Authentication.PROJECT_KEY: ("project_id", "access_key"),
    # The token itself was issued, so the secret is right.
    Authentication.CLIENT_CREDENTIALS: ("client_id",),
    Authentication.REFRESH_TOKEN: ("client_id", "refresh_token"),
}
"""What a refused token makes one look at."""


def make_refusal(
    what: str, response: httpx.Response, content: bytes, request_id: str, token: Token, *, status: int, hint: str = ""
) -> Refused:
    """Make the error of an answer that is no success; what an answer echoes of the token is hidden.

    Parameters
    ----------
    what
        The request, as the error names it.
    response, content, request_id
        The answer; its id is that of the headers.
    token
        What must not show.
    status
        The answer's own, or the one inside an answer that calls itself a success.
    hint
        What an analyst can look at; begins with a blank.
    """
    # JSON may spell a token otherwise than we sent it.
    fields = {name: token.hide_in(text) for name, text in _error_fields(token.hide_in_bytes(content)).items()}
    if 300 <= status < 400:
        location = shorten(token.hide_in(response.headers.get("location", "nowhere")))
        fields["detail"] = f"redirected to {location}; redirects are not followed"
    if content and not fields["detail"]:
        kind = response.headers.get("content-type", "no content type").split(";")[0]
        said = shorten(token.hide_in(content.decode("utf-8", "replace")))
        fields["detail"] = f"{kind}, not a SCIM error: {said}"
    fields["request_id"] = token.hide_in(request_id) or fields["request_id"]
    return Refused(
        f"{what}: {_describe(status, fields, response)}.{hint}",
        status=status,
        retry_after_s=read_retry_after(response.headers.get("retry-after", "")),
        **fields,
    )


def _describe(status: int, fields: dict[str, str], response: httpx.Response) -> str:
    said = " ".join(word for word in (fields["scim_type"], fields["detail"]) if word) or "no reason given"
    named = " ".join(word for word in (fields["vendor_code"], fields["more_info"]) if word)
    inside = f" (inside an answer of {response.status_code})" if status != response.status_code else ""
    words = shorten(said, _MAX_SAID).rstrip(".") + (f" [{shorten(named, _MAX_SAID)}]" if named else "")
    return f"{status}{inside} {words}"


def hint_at(status: int, path: str, dialect: Dialect) -> str:
    """Say which credentials a refusal makes one look at, and where; begins with a blank, or is empty."""
    of_list = path.partition("?")[0] == "/Users"
    if status in (401, 403):
        names = [*_LOOKED_AT[dialect.authentication], *(places(dialect) if status == 403 and of_list else [])]
        return " The token is wrong, expired, or may not do this." + look_up(dialect, names)
    if status == 404 and of_list:
        return look_up(dialect, places(dialect)) or " Check the URL: it is without /Users, and often ends in /scim/v2."
    return ""


def find_inner_status(content: bytes) -> int:
    """The failure that an answer tells inside, a ``status`` of 400 or more; 0 if it tells none."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return 0
    status = str(body.get("status")) if isinstance(body, dict) else ""
    return int(status) if re.fullmatch("[45][0-9][0-9]", status) else 0


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
        layers = _layers(json.loads(content))
    except (ValueError, RecursionError):
        layers = []
    fields = {name: next(filter(None, (_text(layer, *names) for layer in layers)), "") for name, names in _MEMBERS.items()}
    # Each layer may say something of its own: "Validation failed", and inside it what failed.
    details = dict.fromkeys(filter(None, (text for layer in layers for text in _details(layer))))
    error = next(filter(None, (_text(layer, "error") for layer in layers)), "")
    if error and details and _WORD.fullmatch(error):
        fields["vendor_code"] = fields["vendor_code"] or error
    return {**fields, "detail": ": ".join(details) or error}


def _layers(body: Any) -> list[dict[str, Any]]:
    """The members of an error body, and those of the error inside it, by their bare names."""
    if isinstance(body, list):
        body = next((one for one in body if isinstance(one, dict)), None)
    if not isinstance(body, dict):
        return []
    members = {re.sub("[_-]", "", name).casefold(): value for name, value in body.items()}
    inner = next((members[name] for name in ("error", "errors") if isinstance(members.get(name), dict | list)), None)
    if isinstance(inner, list) and all(isinstance(one, str) for one in inner):
        inner = {"detail": "; ".join(inner)}
    return [members, *_layers(inner)]


def _details(members: dict[str, Any]) -> list[str]:
    # Descope says in one member what kind of error it is, and in another what happened.
    if said := _text(members, "detail"):
        return [said]
    if described := _text(members, "errordescription"):
        return [described, _text(members, "errormessage")]
    return [_text(members, *_DETAIL)]


def _text(members: dict[str, Any], *names: str) -> str:
    values = (members.get(name) for name in names)
    usable = (value for value in values if isinstance(value, str | int) and not isinstance(value, bool) and value != "")
    return next((to_text(value) or "" for value in usable), "")
