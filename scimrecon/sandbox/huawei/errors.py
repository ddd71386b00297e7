"""The bodies that Huawei Cloud's documents, its other services, and its gateway have for an error."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from scimrecon.sandbox.web import ERROR, answer

if TYPE_CHECKING:
    from starlette.responses import Response

    from scimrecon.sandbox.web import Refusal

_GATEWAY = {401: "APIGW.0301", 404: "APIGW.0101", 429: "APIGW.0308"}
"""Codes of the API gateway; one for all else."""


def told(refusal: Refusal, variant: str) -> Response:
    """Put a refusal in one of these forms; one with a code of its own has the form that can carry it."""
    request_id = uuid.uuid4().hex
    if refusal.code or variant in ("iic", "apigw"):
        content = _coded(refusal, variant) | {"request_id": request_id}
    else:
        content = _as_in_the_tables(refusal, variant)
    # The SDK looks for it in this header.
    return answer(content, status=refusal.status, headers={**refusal.headers, "X-Request-Id": request_id})


def _coded(refusal: Refusal, variant: str) -> dict[str, Any]:
    general = _GATEWAY.get(refusal.status, "APIGW.0201") if variant == "apigw" else f"IIC.{refusal.status}"
    return {"error_code": refusal.code or general, "error_msg": refusal.detail}


def _as_in_the_tables(refusal: Refusal, variant: str) -> dict[str, Any]:
    now = datetime.now(UTC)
    if variant == "array":
        return {
            "schema": [ERROR],
            "detail": refusal.detail,
            "status": str(refusal.status),
            "exceptionRequestId": str(uuid.uuid4()),
            "timeStamp": f"{now:%Y-%m-%d %H:%M:%S}.{now.microsecond // 1000:03d}",
        }
    schemas: dict[str, Any] = {"schema": ERROR, "schemas": [ERROR]} if variant == "both" else {"schema": ERROR}
    return {**schemas, "detail": refusal.detail, "status": refusal.status, "timeStamp": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
