"""Files that hold personal data: a new one is its owner's alone, and one that is replaced is so at once or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PRIVATE = 0o600
"""What others may do with a new file: nothing."""


def open_private(path: str, flags: int) -> int:
    """Open a file as `open` does with ``opener=``: a new one is its owner's alone to read, for it holds personal data."""
    return os.open(path, flags, PRIVATE)


@contextmanager
def replacing(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Give a new, empty file beside `path` to write to, which takes the place of `path` at the end.

    Whoever opens `path` meanwhile finds what was there before, and so does everybody where the writing fails.

    Parameters
    ----------
    path
        The file to replace, or to make.
    mode
        Of the new file, less what the process does not grant.

    Raises
    ------
    OSError
        There can be no such file. Nothing is left of the new one then, nor of one that was not written to its end.
    """
    unfinished = path.parent / f".{path.name}.{secrets.token_hex(4)}"
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield unfinished
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise
