"""What a dialect asks `connect` for, from wherever it is kept: an argument, an environment variable, a keyring."""

from __future__ import annotations

import importlib
import os
import re
from collections.abc import Mapping

from scimrecon.client.addresses import describe_look, places
from scimrecon.client.tokens import Given, Secret, Supply
from scimrecon.dialects import Authentication, Credential, Dialect
from scimrecon.errors import ConnectError, Unreachable

SECRETS = {
    Authentication.TOKEN: ("token",),
    Authentication.PROJECT_KEY: ("access_key",),
    Authentication.CLIENT_CREDENTIALS: ("client_secret",),
    Authentication.REFRESH_TOKEN: ("client_secret", "refresh_token"),
}
"""The secrets of each kind of authentication; any other credential is needed as a text."""
_TEXTS = {
    Authentication.TOKEN: (),
    Authentication.PROJECT_KEY: ("project_id",),
    Authentication.CLIENT_CREDENTIALS: ("client_id",),
    Authentication.REFRESH_TOKEN: ("client_id",),
}


class Credentials:
    """The credentials of one service: the texts, and where the secrets come from."""

    def __init__(self, dialect: Dialect, where: str) -> None:
        self.texts: dict[str, str] = {}
        self.supplies: dict[str, Supply] = {}
        self._dialect = dialect
        self._where = where

    def add(self, known: Credential, supply: Supply) -> None:
        """Take one credential in, checked as far as it is at hand.

        Raises
        ------
        ConnectError
            It does not look as it must; the message does not show it.
        """
        is_secret = known.name in SECRETS[self._dialect.authentication]
        if supply.strange:
            raise ConnectError(f"{self._where}: {known.name} is {supply.strange}; give a text, or a function that returns one.")
        if is_secret:
            self.supplies[known.name] = supply
        # A function that gives a secret is called when it is needed, and again after a 401.
        if is_secret and not supply.stays:
            return
        try:
            secret = supply.take()
        except Unreachable as error:
            raise ConnectError(f"{self._where}: {error}") from None
        problem = describe_look(self._dialect, known.name, secret.reveal())
        if is_secret and not secret.fits_a_header():
            # Checked here because the HTTP library would print the whole header in its error.
            problem = (
                f"the {known.name} holds a space, a line break or a letter outside ASCII; "
                "was it copied whole, and without the word Bearer?"
            )
        if problem:
            raise ConnectError(f"{self._where}: {problem}")
        if not is_secret:
            self.texts[known.name] = secret.reveal()


def gather(dialect: Dialect, given: Mapping[str, Supply], where: str, *, by_url: bool, practice: bool = False) -> Credentials:
    """Find every credential a dialect asks for.

    Parameters
    ----------
    dialect
        What asks.
    given
        What `connect` was given, blanks left out.
    where
        How an error names the service.
    by_url
        Whether the URL is known, so that those that belong into it are not needed.
    practice
        Whether it is a practice server, which brings all it asks for: a real secret is not looked for.

    Raises
    ------
    ConnectError
        One is missing, unknown or damaged; the message says where to look it up.
    """
    _check_declared(dialect)
    declared = {known.name: known for known in dialect.credentials}
    unknown = sorted(set(given) - set(declared))
    if unknown:
        raise ConnectError(f"{where}: credential {unknown[0]!r} is not known here; {dialect.name} takes {', '.join(declared)}.")
    found = Credentials(dialect, where)
    inside = places(dialect) if by_url else []
    for name, known in declared.items():
        # What the environment says of another URL's parts does not concern this one.
        supply = given.get(name) or (None if practice or name in inside else _look_around(dialect, known))
        if supply is not None:
            found.add(known, supply)
        elif practice and (name == "token_url" or not known.optional) and name not in inside:
            raise ConnectError(f"{where}: the practice server brings no {name}.")
        elif not (known.optional or name in inside):
            raise ConnectError(f"{where}: no {name}. {_ways(dialect, known)} It is: {known.where}.")
    return found


def _check_declared(dialect: Dialect) -> None:
    """See that a dialect, which may be the caller's own, declares what its kind of authentication is made of."""
    kind, declared = dialect.authentication, [known.name for known in dialect.credentials]
    lacking = [name for name in (*SECRETS[kind], *_TEXTS[kind], *places(dialect)) if name not in declared]
    if lacking:
        raise ConnectError(f"dialect {dialect.name!r} needs a credential {lacking[0]!r} ({kind}), and declares "
                           f"{', '.join(declared) or 'none'}.")  # fmt: skip


def _look_around(dialect: Dialect, known: Credential) -> Supply | None:
    """Find a credential that was not given."""
    kept = Secret(os.environ.get(_variable(dialect, known), "").strip())
    if not kept and known.secret:
        kept = _ask_keyring(_service(dialect), known.name)
    return Supply(known.name, kept.reveal()) if kept else None


def _ask_keyring(service: str, name: str) -> Secret:
    try:
        keyring = importlib.import_module("keyring")
    except ImportError:
        return Secret("")
    try:
        return Secret((keyring.get_password(service, name) or "").strip())
    except Exception:  # noqa: BLE001 - no keyring here, or one that is locked, or broken: each backend fails in its own way
        return Secret("")


def _variable(dialect: Dialect, known: Credential) -> str:
    return re.sub("[^A-Z0-9]", "_", f"SCIMRECON_{dialect.name}_{known.name}".upper())


def _service(dialect: Dialect) -> str:
    return f"scimrecon:{dialect.name}"


def _ways(dialect: Dialect, known: Credential) -> str:
    """How a credential can be given."""
    ways = [f"Pass {known.name}=…", f"set {_variable(dialect, known)}"]
    if known.secret:
        ways.append(f"keep it in the keyring: keyring.set_password({_service(dialect)!r}, {known.name!r}, …)")
    return ", or ".join(ways) + "."


def hide(credentials: Mapping[str, Given]) -> dict[str, Supply]:
    """Put credentials where no traceback shows them; those without a value are left out."""
    return {name: Supply(name, value) for name, value in credentials.items() if value and not _is_blank(value)}


def _is_blank(value: Given) -> bool:
    return isinstance(value, str) and not value.strip()
