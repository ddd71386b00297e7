"""Tokens that nothing shows: one that stays as it is, and one that is made anew when it is needed."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias
from urllib.parse import quote

from scimrecon.errors import ConnectError, Unreachable
from scimrecon.values import shorten

Given: TypeAlias = str | Callable[[], str]
"""How `connect` is given a credential: as it is, or by a function that gives it, and gives it again after a 401."""
_REMEMBERED = 8
"""Tokens of earlier on that are still blotted out of what a target says."""


class Hidden:
    """What no repr, pickle or message shows."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "[hidden]"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise ConnectError("a target holds a token and is not pickled; call connect again where it is needed.")


class Token(Hidden, ABC):
    """What the Authorization header is made of; shared by the threads of a target."""

    __slots__ = ()

    @property
    def generation(self) -> int:
        """Which token this is: another one after each renewal."""
        return 0

    def ready(self) -> None:
        """Get the token, if there is none that is still good."""

    @abstractmethod
    def reveal(self) -> str:
        """Give the token itself."""

    def renew(self, generation: int) -> bool:
        """Get another one, after a 401 for that generation, and say whether there is now another one; threads do so once."""
        return False

    @abstractmethod
    def hide_in(self, text: str) -> str:
        """Blot the token out of a text."""

    @abstractmethod
    def hide_in_bytes(self, content: bytes) -> bytes:
        """Blot the token out of bytes."""


class Secret(Token):
    """A token, or another secret, that stays as it is."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the token itself."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Blot the token out of a text, as it is and as a form or a URL writes it."""
        for spelling in self._spellings():
            text = text.replace(spelling, repr(self))
        return text

    def hide_in_bytes(self, content: bytes) -> bytes:
        """Blot the token out of bytes, likewise."""
        for spelling in self._spellings():
            content = content.replace(spelling.encode(), repr(self).encode())
        return content

    def fits_a_header(self) -> bool:
        """Whether an HTTP header can carry it."""
        return self._value.isascii() and self._value.isprintable() and " " not in self._value

    def _spellings(self) -> set[str]:
        return {self._value, quote(self._value, safe="")} - {""}

    def __len__(self) -> int:
        return len(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)


class Supply(Hidden):
    """Where a credential comes from: a text, or a function that gives one."""

    __slots__ = ("_given", "name")

    def __init__(self, name: str, given: Given) -> None:
        self.name = name
        self._given = Secret(given.strip()) if isinstance(given, str) else given

    @property
    def stays(self) -> bool:
        """Whether it is the same each time."""
        return isinstance(self._given, Secret)

    @property
    def strange(self) -> str:
        """The type of what is neither a text nor a function, such as bytes read from a file; empty for what can be used."""
        return "" if self.stays or callable(self._given) else type(self._given).__name__

    def take(self) -> Secret:
        """Get the credential.

        Raises
        ------
        Unreachable
            The function failed, or gave no text that a header can carry: nothing can be sent.
        """
        if isinstance(self._given, Secret):
            return self._given
        secret, problem = Secret(""), ""
        try:
            secret = _as_secret(self._given())
        except Exception as error:  # noqa: BLE001 - whatever a caller's function raises
            problem = f"failed with {type(error).__name__}: {shorten(str(error))}"
        if not (problem or secret):
            problem = "gave nothing"
        elif not problem and not secret.fits_a_header():
            problem = "gave a text with a space, a line break or a letter outside ASCII"
        if problem:  # out of the except clause: the function's own frames may hold the secret
            raise Unreachable(f"{self.name}: the function that gives it {problem}. Nothing was sent.", sent=False)
        return secret


def _as_secret(given: object) -> Secret:
    return Secret(given.strip() if isinstance(given, str) else "")


class RenewedToken(Token):
    """A token that is made anew when it has ended, and after a 401; by one thread, while the others wait."""

    __slots__ = ("_current", "_ends", "_generation", "_lock", "_seen")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._current = Secret("")
        self._ends = -1.0
        self._generation = 0
        self._seen: tuple[Secret, ...] = ()

    @property
    def generation(self) -> int:
        """Which token this is."""
        return self._generation

    def ready(self) -> None:
        """Get the token, if there is none that is still good."""
        if time.monotonic() < self._ends:
            return
        with self._lock:
            if time.monotonic() >= self._ends:
                self._take()

    def reveal(self) -> str:
        """Give the token itself."""
        return self._current.reveal()

    def renew(self, generation: int) -> bool:
        """Get another one, unless another thread has since that generation; say whether it is another."""
        with self._lock:
            if self._generation != generation:
                return True
            before = self._current
            self._take()
            return self._current != before

    def hide_in(self, text: str) -> str:
        """Blot this token, the last few before it and what they are made of out of a text."""
        for secret in sorted(self._secrets(), key=len, reverse=True):  # one may be a part of another
            text = secret.hide_in(text)
        return text

    def hide_in_bytes(self, content: bytes) -> bytes:
        """Blot them out of bytes."""
        for secret in sorted(self._secrets(), key=len, reverse=True):
            content = secret.hide_in_bytes(content)
        return content

    def _take(self) -> None:
        made, lasts_s = self._make()
        self._seen = (made, *(secret for secret in self._seen if secret != made))[:_REMEMBERED]
        self._current, self._ends = made, time.monotonic() + lasts_s
        self._generation += 1

    @abstractmethod
    def _make(self) -> tuple[Secret, float]:
        """Get a token, and the seconds it is good for."""

    def _secrets(self) -> Sequence[Secret]:
        return self._seen


class SuppliedToken(RenewedToken):
    """A token that functions of the caller's give, or a part of it."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[Supply]) -> None:
        super().__init__()
        self._parts = parts

    def _make(self) -> tuple[Secret, float]:
        return Secret(":".join(part.take().reveal() for part in self._parts)), float("inf")
