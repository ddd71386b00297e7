"""A token that nothing shows."""

from __future__ import annotations

from typing import Any

from scimrecon.errors import ConnectError


class Secret:
    """A token that no repr, pickle or message shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Give the token itself."""
        return self._value

    def hide_in(self, text: str) -> str:
        """Blot the token out of a text."""
        return text.replace(self._value, repr(self))

    def hide_in_bytes(self, content: bytes) -> bytes:
        """Blot the token out of bytes."""
        return content.replace(self._value.encode(), repr(self).encode())

    def fits_a_header(self) -> bool:
        """Whether an HTTP header can carry it."""
        return self._value.isascii() and self._value.isprintable() and " " not in self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "[hidden]"

    def __reduce__(self) -> str | tuple[Any, ...]:
        raise ConnectError("a target holds a token and is not pickled; call connect again where it is needed.")
