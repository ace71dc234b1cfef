"""Which Python files are local: neither the standard library's nor an installed package's."""

from __future__ import annotations

import os
import sys
from functools import lru_cache
from pathlib import Path
from typing import Iterable

INSTALLED = frozenset({"site-packages", "dist-packages"})
EVENFOLD = Path(__file__).resolve().parents[1]


@lru_cache(maxsize=None)
def is_installed(path: str) -> bool:
    """Return whether a file or folder belongs to Python, to an installed package or to evenfold."""
    real = Path(os.path.realpath(path))
    if INSTALLED.intersection(real.parts) or not real.is_absolute():
        return True
    folders = (real, *real.parents)
    if EVENFOLD in folders or any(folder in _standard_library() for folder in folders):
        return True
    return any(_holds_distributions(str(folder)) for folder in folders)


def is_below(path: str, folders: Iterable[str]) -> bool:
    """Return whether a path lies in one of some folders, at any depth."""
    parents = {str(parent) for parent in Path(os.path.realpath(path)).parents}
    return any(os.path.realpath(folder) in parents for folder in folders)


@lru_cache(maxsize=None)
def _standard_library() -> frozenset[Path]:
    # Not sysconfig: modules are judged while it may be in the middle of its own imports.
    archive = "python{}{}.zip".format(*sys.version_info[:2])
    paths = [os.path.dirname(os.__file__), *(path for path in sys.path if path.endswith(archive))]
    return frozenset(Path(os.path.realpath(path)) for path in paths)


@lru_cache(maxsize=None)
def _holds_distributions(folder: str) -> bool:
    """Whether packages were installed into a folder, as ``pip install --target`` does."""
    try:
        names = os.listdir(folder)
    except OSError:
        return False
    return any(name.endswith(".dist-info") for name in names)
