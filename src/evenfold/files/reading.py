"""Reading a file that may come from anyone: a regular one, which ends."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

# Opening a pipe without its writer returns at once.
FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def open_regular(file: Path) -> BinaryIO:
    """Open a file to read its bytes.

    Raises
    ------
    OSError
        The file is missing or cannot be read, or is a folder, a pipe or a device, whose end may
        never come.
    """
    number = os.open(file, FLAGS)
    mode = os.fstat(number).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(number, "rb")
    os.close(number)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(file))
    raise OSError(errno.EINVAL, "Not a regular file", str(file))


def read_file(file: Path) -> bytes:
    """Return the bytes of a regular file. Raises OSError."""
    with open_regular(file) as stream:
        return stream.read()
