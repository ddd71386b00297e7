"""What a trap is."""

from typing import NamedTuple


class Trap(NamedTuple):
    """One nasty file."""

    name: str
    """Of the file: the trap itself."""
    why: str
    """What goes wrong in readers that fall into it."""
    content: bytes | str
    """Text is written as UTF-8."""

    def octets(self) -> bytes:
        return self.content.encode() if isinstance(self.content, str) else self.content
