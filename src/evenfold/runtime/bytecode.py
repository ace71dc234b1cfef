"""Compiled modules of worker processes that start again and again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

NOT_WRITTEN, FOLDER = "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"


def with_bytecode(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return environment variables with which Python keeps compiled modules in a folder.

    Where Python writes none beside the modules, every process compiles all that it imports: that
    takes longer than all the rest of the import of TensorFlow. Other variables stay as they are.

    Parameters
    ----------
    variables
        The environment variables of a process.
    folder
        The folder; Python makes it.
    """
    if not variables.get(NOT_WRITTEN) or variables.get(FOLDER):
        return dict(variables)
    kept = {name: value for name, value in variables.items() if name != NOT_WRITTEN}
    return {**kept, FOLDER: str(folder)}


def remove_bytecode(folder: Path, modules: Path) -> None:
    """Remove from a folder what was compiled of modules below another folder."""
    shutil.rmtree(folder / modules.resolve().relative_to(modules.resolve().anchor), True)
