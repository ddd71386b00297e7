"""Files that hold personal data: a new one is its owner's alone, and one that is written again is so at once or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

PRIVATE = 0o600
"""What others may do with a new file: nothing."""
_OTHERS_WRITE = 0o022
"""Group and others."""


def open_private(path: str, flags: int) -> int:
    """Open a file as `open` does with ``opener=``: a new one is its owner's alone to read, for it holds personal data."""
    return os.open(path, flags, PRIVATE)


def others_may_write(file: IO[bytes]) -> bool:
    """Whether somebody else may change an open file, so that it may not be what its owner saved."""
    return os.name == "posix" and bool(os.fstat(file.fileno()).st_mode & _OTHERS_WRITE)


@contextmanager
def kept_if_whole(path: str | os.PathLike[str]) -> Iterator[None]:
    """Take a new file away again where writing it fails, so that half of one is not in the way of the next attempt."""
    try:
        yield
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise


@contextmanager
def replacing(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """Give a new, empty file beside `path` to write to, which takes the place of `path` at the end; a link stays one.

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
    file = Path(os.path.realpath(path))
    unfinished = file.parent / f".{file.name}.{secrets.token_hex(4)}"
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    except OSError as error:
        error.filename = os.fspath(path)  # the name its user knows
        raise
    try:
        yield unfinished
        unfinished.replace(file)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink()
        raise


@contextmanager
def rewriting(path: Path, *, mode: int = PRIVATE) -> Iterator[Path]:
    """As `replacing`, for a file that stays with whoever may read it now.

    What is there and no file, such as a pipe, cannot be replaced and is written to.

    Parameters
    ----------
    path
        The file to write again, or to make.
    mode
        Of a new file, less what the process does not grant.

    Raises
    ------
    OSError
        As `replacing`.
    """
    if path.exists() and not path.is_file():
        yield path
        return
    with replacing(path, mode=mode) as unfinished:
        yield unfinished
        if path.exists():
            shutil.copymode(path, unfinished)
