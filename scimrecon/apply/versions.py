"""Whether a target honours If-Match: proven once a run, never believed (RFC 7644 §3.14).

Servers send version headers they then ignore, so a header proves nothing. The first user to be written is first sent the approved
body under a well-formed version that is not hers: only a target that refuses that, and then takes the real one, has proven it.
"""

from __future__ import annotations

import string
import threading
from enum import StrEnum


class Proof(StrEnum):
    """What is known of the target's versions."""

    OPEN = "open"
    """Nobody asked yet."""
    PROVEN = "proven"
    """Another version is refused and the real one taken: If-Match protects every PUT of this run."""
    NONE = "none"
    """A PUT under another version was done: versions protect nothing."""
    UNPROVEN = "unproven"
    """The target answered otherwise, or was not asked: each user is read just before the PUT."""


class Versions:
    """The proof of one run, shared by its threads."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self._lock = threading.Lock()
        self._claimed = ""

    @property
    def proven(self) -> bool:
        """Whether If-Match protects a PUT."""
        return self.proof is Proof.PROVEN

    def claim(self, user_id: str) -> bool:
        """Take the proof on: true for the first who asks, once."""
        with self._lock:
            if self.proof is not Proof.OPEN or self._claimed:
                return False
            self._claimed = user_id
            return True

    def is_half(self, user_id: str) -> bool:
        """Whether this user's other version was refused, and the real one is to be tried now."""
        return self.proof is Proof.OPEN and self._claimed == user_id

    def settle(self, proof: Proof) -> None:
        """Close the proof."""
        with self._lock:
            self.proof = proof


def other_version(version: str) -> str:
    """Make a well-formed version that is not this one: the same shape, every digit and the last letter another."""
    turned = version.translate(str.maketrans(string.digits, "5678901234"))
    if turned != version:
        return turned
    for position in range(len(version) - 1, -1, -1):
        letter = version[position]
        if letter.isascii() and letter.isalpha() and not version.startswith("W/", position):
            other = chr((ord(letter.lower()) - ord("a") + 13) % 26 + ord("a"))
            return version[:position] + (other.upper() if letter.isupper() else other) + version[position + 1 :]
    return version.removesuffix('"') + '0"' if version.endswith('"') else version + "0"
