"""The few files that a worker is handed: it needs no evenfold where it runs."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
HANDED = ("__init__.py", "contract.py", "errors.py")
START = "from evenfold.worker.serve import main\n\nmain()\n"


def stage(folder: Path) -> Path:
    """Copies the worker's files into a folder that Python can run."""
    package = folder / "evenfold"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(PACKAGE / "worker", package / "worker", ignore=ignored)
    for name in HANDED:
        shutil.copy(PACKAGE / name, package / name)
    (folder / "__main__.py").write_text(START)
    return folder


def digest() -> str:
    """Of the worker's files, as they are here."""
    found = hashlib.sha256()
    for file in sorted([*(PACKAGE / "worker").rglob("*.py"), *(PACKAGE / n for n in HANDED)]):
        found.update(file.relative_to(PACKAGE).as_posix().encode() + file.read_bytes())
    return found.hexdigest()
