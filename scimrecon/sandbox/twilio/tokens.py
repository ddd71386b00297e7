"""Twilio's token endpoint: client credentials or a refresh token in, an access token out (RFC 6749).

Access tokens are signed and hold their expiry, as JWTs (RFC 7519): Twilio's SDK reads it there. Nothing is kept of them.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import TYPE_CHECKING, Any

from scimrecon.sandbox.web import Refusal, answer, read_form, same

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from scimrecon.sandbox.twilio.switches import TwilioSwitches

_FRESH = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Tokens:
    """Issues access tokens, and knows them again."""

    def __init__(self, credentials: dict[str, str], switches: TwilioSwitches) -> None:
        self._credentials = credentials
        self._switches = switches
        # The same after a restart from a store, so that tokens outlive it.
        self._key = hashlib.sha256(b"access token" + credentials["client_secret"].encode()).digest()
        self._refresh_token = credentials.get("refresh_token")

    async def issue(self, request: Request, *, status: int) -> Response:
        """Answer a token request, or refuse it as RFC 6749 §5.2 says."""
        try:
            form = await read_form(request)
        except Refusal as refusal:
            return _oauth_error(refusal.status, "invalid_request", refusal.detail)
        known = same(form.get("client_id", ""), self._credentials["client_id"])
        if not (known and same(form.get("client_secret", ""), self._credentials["client_secret"])):
            return _oauth_error(401, "invalid_client", "the client id or the client secret is not known")
        grant = "refresh_token" if self._refresh_token else "client_credentials"
        if form.get("grant_type") != grant:
            return _oauth_error(400, "unsupported_grant_type", f"this application has the grant type {grant}")
        if self._refresh_token and not same(form.get("refresh_token", ""), self._refresh_token):
            return _oauth_error(400, "invalid_grant", "the refresh token is not known, or was used before")
        return answer(self._token(), status=status, headers=_FRESH)

    def knows(self, token: str) -> bool:
        """Tell whether a token is one of these, and still good."""
        signed, _, signature = token.rpartition(".")
        if not same(signature, self._sign(signed)):
            return False
        claims = json.loads(base64.urlsafe_b64decode(signed.partition(".")[2] + "=="))
        return bool(time.time() < claims["exp"])

    def _token(self) -> dict[str, Any]:
        lifetime_s = self._switches.token_lifetime_s
        claims = {"sub": self._credentials["client_id"], "exp": time.time() + lifetime_s, "jti": secrets.token_hex(8)}
        signed = f"{_encode({'alg': 'HS256', 'typ': 'JWT'})}.{_encode(claims)}"
        stated = self._switches.stated_lifetime_s
        token = {
            "access_token": f"{signed}.{self._sign(signed)}",
            "token_type": "Bearer",
            "expires_in": int(lifetime_s) if stated is None else stated,
        }
        if self._refresh_token and self._switches.rotate_refresh_token:
            self._refresh_token = secrets.token_urlsafe(48)
        return token | ({"refresh_token": self._refresh_token} if self._refresh_token else {})

    def _sign(self, text: str) -> str:
        return _base64(hmac.digest(self._key, text.encode("utf-8", "surrogateescape"), "sha256"))


def _encode(part: dict[str, Any]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _oauth_error(status: int, error: str, description: str) -> Response:
    return answer({"error": error, "error_description": description}, status=status, headers=_FRESH)
