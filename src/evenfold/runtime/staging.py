"""The files that a worker needs: it runs where evenfold is not installed."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Literal

PACKAGE = Path(__file__).resolve().parents[1]
MODULES = ("__init__.py", "contract.py", "errors.py")
MAIN = "from evenfold.worker.{server} import main\n\nmain()\n"


def stage(folder: Path, server: Literal["serve", "suite_serve"] = "serve") -> Path:
    """Copy the worker's files into a new folder that Python can run, and return the folder.

    Parameters
    ----------
    folder
        The folder.
    server
        The module that answers messages: ``serve`` of models, ``suite_serve`` of pytest benchmarks.
    """
    package = folder / "evenfold"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE / "worker", package / "worker", ignore=ignored)
    for name in MODULES:
        shutil.copy(PACKAGE / name, package / name)
    (folder / "__main__.py").write_text(MAIN.format(server=server))
    return folder


def worker_files_digest() -> str:
    """Return the SHA-256 of the worker's files as they are installed here, in hexadecimal."""
    sha256 = hashlib.sha256()
    files = [*(PACKAGE / "worker").rglob("*.py"), *(PACKAGE / name for name in MODULES)]
    for file in sorted(files):
        sha256.update(file.relative_to(PACKAGE).as_posix().encode() + file.read_bytes())
    return sha256.hexdigest()
