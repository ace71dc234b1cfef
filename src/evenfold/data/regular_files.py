"""Files of data are regular ones: the end of a pipe or a device may never come."""

from __future__ import annotations

from pathlib import Path

from evenfold.errors import DataError


def require_regular(path: Path) -> None:
    """Refuse a pipe, a socket or a device; whoever reads the file reports a missing one.

    Raises
    ------
    DataError
        The path is one of these.
    """
    if is_special(path):
        raise DataError(f"{path} is no regular file: save the data in one")


def is_special(path: Path) -> bool:
    """Return whether a path is a pipe, a socket or a device."""
    try:
        return path.exists() and not path.is_file() and not path.is_dir()
    except (OSError, ValueError):  # no path that a file could have
        return False
