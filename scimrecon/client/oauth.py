"""Bearer tokens that are exchanged for credentials (RFC 6749 §4.4, §6).

authlib builds the form and says who we are; the request goes out on our own `Wire`, under its deadline.
"""

from __future__ import annotations

import importlib
import json
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from scimrecon.client.addresses import look_up
from scimrecon.client.refusals import make_refusal
from scimrecon.client.tokens import RenewedToken, Secret, Supply
from scimrecon.client.wire import Wire
from scimrecon.dialects import Dialect
from scimrecon.errors import ConnectError, Refused, ServerError, Unreachable

_MARGIN_S = 60.0
"""A token is exchanged this long before its end, or halfway to it."""
_LONGEST_S = 3600.0
"""How long a token is taken to last that does not say, or says what cannot be: one example of Twilio's lasts 45 years."""
_CREDIBLE_S = 86_400
_MAX_ANSWER_BYTES = 1024 * 1024
_SUCCESS = (200, 201)
"""RFC 6749 §5.1 says 200; Twilio's documentation says 201."""


def load_library(title: str) -> None:
    """See that the library for tokens is installed.

    Raises
    ------
    ConnectError
        It is not.
    """
    try:
        importlib.import_module("authlib.oauth2.auth")
    except ImportError:
        raise ConnectError(f'{title}: tokens are fetched with authlib. Install it: pip install "scimrecon[auth]".') from None


@dataclass(frozen=True, kw_only=True)
class Grant:
    """Where and for what a token is exchanged."""

    url: str
    dialect: Dialect
    client_id: str
    secrets: Mapping[str, Supply]
    """``client_secret`` and, for that kind, ``refresh_token``."""
    form: Mapping[str, str]
    """What else the form holds, such as ``scope``."""
    ssl_context: ssl.SSLContext


class ExchangedToken(RenewedToken):
    """A bearer token of an OAuth 2.0 service, kept until shortly before its end."""

    __slots__ = ("_grant", "_refresh", "_used")

    def __init__(self, grant: Grant) -> None:
        super().__init__()
        self._grant = grant
        self._refresh: Secret | None = None
        """What the last answer says to use next; the one given is good once only where a service rotates them."""
        self._used: tuple[Secret, ...] = ()

    def _make(self) -> tuple[Secret, float]:
        answer = self._ask()
        if answer.refresh is not None:
            self._refresh = answer.refresh
        return answer.token, answer.lasts_s

    def _secrets(self) -> Sequence[Secret]:
        return (*super()._secrets(), *self._used)

    def _ask(self) -> _Issued:
        grant, what = self._grant, f"POST {self._grant.url}"
        parts = {name: supply.take() for name, supply in grant.secrets.items()}
        if self._refresh is not None and "refresh_token" in parts:
            parts["refresh_token"] = self._refresh
        self._used = tuple(parts.values())
        wire = Wire(
            grant.url, grant.ssl_context, timeout_s=grant.dialect.timeout_s, deadline_s=grant.dialect.deadline_s,
            max_answer_bytes=_MAX_ANSWER_BYTES,
        )  # fmt: skip
        try:
            response, content = wire.send(what, _request(grant, parts, wire.extensions))
        except ServerError as error:
            # The user's request was not sent, whatever became of this one.
            raise Unreachable(f"{error} Without a token nothing was sent.", sent=False) from None
        finally:
            wire.close()
        issued = _read(content) if response.status_code in _SUCCESS else None
        if issued is None:
            # A traceback that shows local variables would show what the answer holds.
            refusal, content = self._refusal(what, response, content), b""
            raise refusal
        return issued

    def _refusal(self, what: str, response: httpx.Response, content: bytes) -> ServerError:
        """Say why there is no token; to a run it is as if its token were refused."""
        status = response.status_code
        if status in _SUCCESS and b'"error"' not in content:
            return Refused(f"{what}: the answer ({status}) holds no access_token that can be used.{self._hint('')}", status=401)
        refusal = make_refusal(what, response, self.hide_in_bytes(content), "", self, status=status)
        hint = self._hint(refusal.vendor_code or refusal.detail)
        if 300 <= status < 400 or status in (404, 405):
            hint = look_up(self._grant.dialect, ["token_url"])
        elif status == 429 or status >= 500:
            hint = ""  # it says nothing of the credentials
        told = f"{str(refusal).rstrip('.')}. No token was issued, and nothing was sent to the target.{hint}"
        if status >= 500:
            return Unreachable(told, sent=False)
        return Refused(
            told, status=429 if status == 429 else 401, detail=refusal.detail, vendor_code=refusal.vendor_code,
            more_info=refusal.more_info, request_id=refusal.request_id, time=refusal.time, retry_after_s=refusal.retry_after_s,
        )  # fmt: skip

    def _hint(self, error: str) -> str:
        """Which credential an OAuth error (RFC 6749 §5.2) makes one look at."""
        names = {"invalid_client": ["client_id", "client_secret"], "unauthorized_client": ["client_id"],
                 "invalid_grant": ["refresh_token"], "invalid_scope": ["scope"]}.get(error)  # fmt: skip
        declared = [one.name for one in self._grant.dialect.credentials]
        usual = ["client_id", *self._grant.secrets]
        return look_up(self._grant.dialect, [name for name in names or usual if name in declared] or usual)


@dataclass(frozen=True, kw_only=True)
class _Issued:
    token: Secret
    refresh: Secret | None
    lasts_s: float


def _request(grant: Grant, parts: Mapping[str, Secret], extensions: dict[str, Any]) -> httpx.Request:
    from authlib.oauth2.auth import ClientAuth
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    kind = "refresh_token" if "refresh_token" in parts else "client_credentials"
    sent = {name: secret.reveal() for name, secret in parts.items() if name != "client_secret"}
    client = ClientAuth(grant.client_id, parts["client_secret"].reveal(), str(grant.dialect.client_authentication))
    headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded", "User-Agent": "scimrecon"}
    form = prepare_token_request(kind, **grant.form, **sent)
    url, headers, form = client.prepare("POST", grant.url, headers, form)
    return httpx.Request("POST", url, content=form.encode(), headers=headers, extensions=extensions)


def _read(content: bytes) -> _Issued | None:
    """Read the answer of RFC 6749 §5.1; None if it holds no token."""
    try:
        members = json.loads(content)
    except (ValueError, RecursionError):
        return None
    token, refresh = (_secret(members, name) for name in ("access_token", "refresh_token"))
    if token is None or not token.fits_a_header():
        return None
    lasts_s = _lifetime_s(members.get("expires_in"))
    return _Issued(token=token, refresh=refresh, lasts_s=lasts_s - min(_MARGIN_S, lasts_s / 2))


def _secret(members: Any, name: str) -> Secret | None:
    value = members.get(name) if isinstance(members, dict) else None
    return Secret(value) if isinstance(value, str) and value else None


def _lifetime_s(told: object) -> float:
    text = str(told) if isinstance(told, int | str) and not isinstance(told, bool) else ""
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
    return float(seconds) if 0 < seconds <= _CREDIBLE_S else _LONGEST_S
