"""Randomness that can be had again: the same words give the same draws, in any thread and process."""

from random import Random


def seeded(*words: object) -> Random:
    """A generator named by its words."""
    return Random(":".join(map(str, words)))  # noqa: S311 - meant to repeat
