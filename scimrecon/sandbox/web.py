"""HTTP as all vendors' practice servers speak it: bodies in, JSON out, a refusal as an exception."""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

CORE = "urn:ietf:params:scim:schemas:core:2.0:User"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"

JSON = "application/json"
SCIM_JSON = "application/scim+json"
FORM = "application/x-www-form-urlencoded"

CHALLENGE = {"WWW-Authenticate": "Bearer"}
"""Goes with a 401 (RFC 6750 §3)."""

_MAX_BODY_BYTES = 1024 * 1024


class Refusal(Exception):
    """A request that is not done; a vendor puts it into its own words.

    Parameters
    ----------
    status
        The HTTP status.
    detail
        Why.
    scim_type
        RFC 7644 §3.12; empty for none.
    code
        The vendor's; empty for none.
    headers
        Of the answer.
    """

    def __init__(
        self, status: int, detail: str, *, scim_type: str = "", code: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.scim_type = scim_type
        self.code = code
        self.headers = dict(headers or {})


def answer(content: Any, *, status: int = 200, media_type: str = JSON, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer of JSON, or one without a body for None."""
    if content is None:
        return Response(status_code=status, headers=dict(headers or {}))
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Response(text.encode(), status_code=status, media_type=media_type, headers=dict(headers or {}))


async def read_object(request: Request, media_types: frozenset[str] | None) -> dict[str, Any]:
    """Return the JSON object that a request carries.

    Raises
    ------
    Refusal
        415 for another media type (None takes any), 413 for a body beyond bounds, 400 for what is no JSON object.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_types is not None and given not in media_types:
        raise Refusal(415, f"the media type {given or 'of the body'} is not supported; send {' or '.join(sorted(media_types))}")
    content = await read_bytes(request)
    try:
        found = json.loads(content, parse_constant=_refuse_constant)
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair could not be answered
    except (ValueError, RecursionError):
        raise Refusal(400, "the body is not valid JSON", scim_type="invalidSyntax") from None
    if not isinstance(found, dict):
        raise Refusal(400, "the body must be a JSON object", scim_type="invalidSyntax")
    return found


async def read_form(request: Request) -> dict[str, str]:
    """Return the fields of a form.

    Raises
    ------
    Refusal
        415 where it is no form, 413 for one beyond bounds.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise Refusal(415, f"send {FORM}")
    content = await read_bytes(request)
    return dict(parse_qsl(content.decode("utf-8", "replace"), keep_blank_values=True))


async def read_bytes(request: Request) -> bytes:
    """Return the body.

    Raises
    ------
    Refusal
        413 beyond 1 MiB.
    """
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MAX_BODY_BYTES:
            raise Refusal(413, "the body is larger than 1 MiB")
    return content


def bearer(authorization: str | None) -> str:
    """Return the token of an Authorization header (RFC 6750 §2.1), or an empty text."""
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def same(given: str, secret: str) -> bool:
    """Tell whether someone knows a secret, in a time that does not tell how much of it."""
    return secrets.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode())


def _refuse_constant(name: str) -> None:
    raise ValueError(name)
