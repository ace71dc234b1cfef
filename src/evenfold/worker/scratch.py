"""Fits run in a folder of their own, which is removed after them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

PATHS = re.compile(r"[^\s'\"=,;:()\[\]<>]+")
IS_ABSENT = re.compile("no such file|not found|unable to|cannot|can't|does not exist|doesn't exist|"
                       "not a file|missing|errno 2", re.IGNORECASE)  # fmt: skip


@contextmanager
def scratch_folder(parent: Path | None = None) -> Iterator[Path]:
    """Work in a new folder, which is removed at the end with all that lies in it.

    Parameters
    ----------
    parent
        Where to make it; None is the system's folder of temporary files.
    """
    before = os.getcwd()
    folder = tempfile.mkdtemp(prefix="evenfold-", dir=parent)
    os.chdir(folder)
    try:
        yield Path(folder)
    finally:
        os.chdir(before)
        shutil.rmtree(folder, ignore_errors=True)


def relative_path_hint(message: str, user_folder: Path) -> str:
    """Return a sentence on a relative path that a message reports as absent, or nothing.

    Parameters
    ----------
    message
        The message of an error.
    user_folder
        The folder that the command runs in; the path exists there.
    """
    if not IS_ABSENT.search(message):
        return ""
    for text in PATHS.findall(message):
        path = Path(text.rstrip("."))
        is_name = bool({*path.parts} - {".", ".."})
        if is_name and not path.is_absolute() and _exists(user_folder / path):
            return (
                f". {path} exists in {user_folder}, but each fit runs in an empty folder of its "
                "own: open it as Path(__file__).parent / ..., or by its absolute path"
            )
    return ""


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a text that is no path
        return False
