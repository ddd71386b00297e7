"""Where a service is: URLs checked, and a dialect's own URL filled in or held against one that was given."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote, urlsplit

import httpx

from scimrecon.dialects import DIALECTS, Credential, Dialect
from scimrecon.errors import ConnectError
from scimrecon.values import shorten

_EXAMPLE = "https://idp.example/scim/v2"
_PLACE = re.compile(r"{(\w+)}")
_HOST_LETTERS = re.compile(r"[A-Za-z0-9.-]+")


def is_loopback(host: str) -> bool:
    """Whether a host is this very machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_url(text: str, what: str = "a SCIM service") -> str:
    """Take an https URL, or one of loopback, without the slash at its end.

    Raises
    ------
    ConnectError
        It is something else.
    """
    # What stands before "@" or after "?" may be a secret, and a text that is no URL cannot be cut there with certainty.
    named = repr(shorten(text)) if not set(text) & set("@?#") else "what was given"
    try:
        url = httpx.URL(text.strip())
    except httpx.InvalidURL:
        raise ConnectError(_no_url(named)) from None
    if not url.host:
        raise ConnectError(_no_url(named))
    if url.userinfo or set(text) & set("?#"):
        raise ConnectError(f"the URL for {url.host} must not hold a user, a query or a fragment; pass secrets as arguments.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(url.host)):
        raise ConnectError(f"{url.scheme}://{url.host}: {what} is spoken to over https; plain http is for loopback only.")
    return str(url).rstrip("/")


def _no_url(named: str) -> str:
    names = ", ".join(sorted(name for name, dialect in DIALECTS.items() if dialect.base_url))
    return f"{named} is not a URL. Give one such as {_EXAMPLE}, or the name of a dialect: {names}."


def places(dialect: Dialect) -> list[str]:
    """Name the credentials that belong into a dialect's URL."""
    return _PLACE.findall(dialect.base_url)


def host_places(dialect: Dialect) -> list[str]:
    """Name those that belong into its host."""
    return _PLACE.findall(urlsplit(dialect.base_url).netloc)


def credential(dialect: Dialect, name: str) -> Credential:
    """Look a credential of a dialect up."""
    return next((one for one in dialect.credentials if one.name == name), Credential(name=name, where=""))


def describe_look(dialect: Dialect, name: str, value: str) -> str:
    """Say how a credential must look and where to look it up, if it does not look so; empty if it does.

    The value is not shown, since it may be another's secret.
    """
    known = credential(dialect, name)
    if known.pattern and not re.fullmatch(known.pattern, value):
        return f"{name} must look like {known.pattern}, and does not. Look it up: {known.where}."
    if name in host_places(dialect) and not _HOST_LETTERS.fullmatch(value):
        return f"{name} is part of a host's name, and holds something else. Look it up: {known.where}."
    return "" if value.isprintable() else f"{name} holds a line break or a control character. Look it up: {known.where}."


def fill_url(dialect: Dialect, values: Mapping[str, str]) -> str:
    """Put credentials into a dialect's URL, each as one segment or label."""
    return _PLACE.sub(lambda place: quote(values[place[1]], safe=""), dialect.base_url)


def check_agreement(dialect: Dialect, url: str, given: Mapping[str, str]) -> None:
    """Hold a URL against the form of a dialect's own, and against the credentials given beside it.

    A host that is not the provider's, such as a practice server or a proxy, may have any path.

    Raises
    ------
    ConnectError
        The path is another at the provider's host, a part does not look as it must, or a credential says otherwise.
    """
    form, held = urlsplit(dialect.base_url), urlsplit(url)
    host, path = _match(form.netloc, held.netloc), _match(form.path, held.path)
    if host is not None and path is None:
        raise ConnectError(f"{url}: {dialect.title} is at {dialect.base_url}.{look_up(dialect, places(dialect))}")
    for name, value in {**(host or {}), **(path or {})}.items():
        problem = describe_look(dialect, name, value) if host is not None else ""
        if problem:
            raise ConnectError(f"{url}: {problem}")
        if given.get(name, value) != value:
            known = credential(dialect, name)
            raise ConnectError(f"{url} and {name}=… name two different ones. Leave one out. Look it up: {known.where}.")


def _match(form: str, held: str) -> dict[str, str] | None:
    """What stands in the places of a form, or None if a text is not of that form."""
    pieces = _PLACE.split(form)
    pattern = "".join(f"(?P<{piece}>[^/]+?)" if position % 2 else re.escape(piece) for position, piece in enumerate(pieces))
    found = re.fullmatch(pattern, held) if form else None
    return {name: unquote(value) for name, value in found.groupdict().items()} if found else None


def find_provider(url: str) -> Dialect | None:
    """The shipped dialect at whose own host a URL is."""
    host = urlsplit(url).netloc
    return next((one for one in DIALECTS.values() if _match(urlsplit(one.base_url).netloc, host) is not None), None)


def look_up(dialect: Dialect, names: Iterable[str]) -> str:
    """Say which credentials to check and where to look them up; begins with a blank, or is empty."""
    named = [f"{name} ({credential(dialect, name).where})" for name in names]
    return f" Check {' and '.join(named)}." if named else ""
