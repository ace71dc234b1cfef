"""Compiled modules of worker processes that start again and again."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from evenfold.runtime.child_process import ChildProcess, LineTooLongError

SECONDS_TO_COMPILE = 300.0
NOT_WRITTEN, FOLDER = "PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"


def bytecode_folder() -> Path:
    """Return the folder for compiled modules in the user's cache, which all projects share."""
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return Path(cache) / "evenfold" / "bytecode"


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
    others = {name: value for name, value in variables.items() if name != NOT_WRITTEN}
    return {**others, FOLDER: str(folder)}


def compile_packages(
    python: Path, packages: Sequence[str], variables: Mapping[str, str], folder: Path
) -> None:
    """Import packages once in an interpreter that would compile them in every process.

    Otherwise the first launch of a race would take longer than all others. What cannot be imported
    is left to the launch, which reports it.

    Parameters
    ----------
    python, variables
        The interpreter and the environment variables of its processes.
    packages
        Names of the packages.
    folder
        The folder for compiled modules.
    """
    own = with_bytecode(variables, folder)
    mark = folder / hashlib.sha256(f"{python} {' '.join(packages)}".encode()).hexdigest()[:16]
    if own.get(FOLDER) != str(folder) or mark.exists():
        return
    # Modules of the working folder are not meant.
    code = f"import sys; sys.path[:1] == [''] and sys.path.pop(0); import {', '.join(packages)}"
    with suppress(OSError, LineTooLongError):  # TimeoutError is an OSError
        _run([str(python), "-c", code], own)
        mark.parent.mkdir(parents=True, exist_ok=True)
        mark.touch()


def _run(command: Sequence[str], variables: Mapping[str, str]) -> None:
    """Run a command that ends with this process. Raises TimeoutError if it is silent too long."""
    with open(os.devnull, "wb") as silent:
        process = ChildProcess(command, variables, silent)
        try:
            process.close_input()
            while process.read_line(SECONDS_TO_COMPILE):
                pass
        finally:
            process.stop()


def remove_bytecode(folder: Path, modules: Path) -> None:
    """Remove from a folder what was compiled of modules below another folder."""
    shutil.rmtree(folder / modules.resolve().relative_to(modules.resolve().anchor), True)
