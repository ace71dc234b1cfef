"""Writing a file whole: a reader finds the old content or the new one, and never a part of it."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import BinaryIO

from evenfold.errors import ResultsError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PART = ".part"  # the end of the name of a file that is not whole yet
PART_NAME = re.compile(rf"\.[0-9a-f]{{16}}{re.escape(PART)}")
OLD_SECONDS = 24 * 3600.0  # no file is written for so long
FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
# What the user's umask leaves of it.
MODE = 0o666


def write_whole(file: Path, content: bytes | Callable[[BinaryIO], object]) -> None:
    """Write a file beside its place, and move it there when it is on the disk.

    A link in its place is replaced, and what it points to is not changed.

    Parameters
    ----------
    file
        The file; its folder is created if it is missing.
    content
        The bytes, or a function that writes them to a stream.

    Raises
    ------
    ResultsError
        The file cannot be written; the old one is unchanged.
    """
    part = file.with_name(f".{token_hex(8)}{PART}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(part, FLAGS, MODE), "wb") as stream:
                if callable(content):
                    content(stream)
                else:
                    stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            _keep_mode(file, part)
            os.replace(part, file)
        except BaseException:
            with suppress(OSError):
                part.unlink()
            raise
    except OSError as error:
        raise ResultsError(f"{file} cannot be written: {error.strerror or error}") from error


def require_inside(file: Path, folder: Path) -> None:
    """Refuse a file that a link in its path leads out of a folder.

    Parameters
    ----------
    file
        A file that is to be written.
    folder
        The folder that it must be in.

    Raises
    ------
    ResultsError
        It would be written elsewhere.
    """
    place, inside = file.parent.resolve(), folder.resolve()
    if inside not in (place, *place.parents):
        raise ResultsError(
            f"{file} would be written in {place}, outside of {folder}: remove the link that leads "
            "there"
        )


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a folder alone: another process that changes its files in the same way waits.

    Systems without such locks have none. What killed writers left in the folder is removed.

    Raises
    ------
    ResultsError
        The folder cannot be created or opened.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        number = os.open(folder, os.O_RDONLY) if fcntl else None
    except OSError as error:
        raise ResultsError(f"{folder} cannot be opened: {error.strerror}") from error
    try:
        if fcntl and number is not None:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(number, fcntl.LOCK_EX)
        _remove_old_parts(folder)
        yield
    finally:
        if number is not None:
            os.close(number)


def _remove_old_parts(folder: Path) -> None:
    """Remove the parts of files whose writers were killed."""
    for part in folder.glob(f".*{PART}"):
        with suppress(OSError):
            state = part.lstat()
            is_old = time.time() - state.st_mtime > OLD_SECONDS
            if is_old and stat.S_ISREG(state.st_mode) and PART_NAME.fullmatch(part.name):
                part.unlink()


def _keep_mode(file: Path, part: Path) -> None:
    """Give the new file the permissions of the old one."""
    with suppress(OSError):
        state = file.lstat()
        if stat.S_ISREG(state.st_mode):
            part.chmod(stat.S_IMODE(state.st_mode))
