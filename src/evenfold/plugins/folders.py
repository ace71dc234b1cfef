"""Folders of plug-ins: the files in them by name. Nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.render.words import unknown_name
from evenfold.worker.plugin import NAME, parse_spec


@dataclass(frozen=True)
class PluginFiles:
    """The plug-in files of some folders: ``files`` by name, and ``notes`` for the user."""

    files: dict[str, Path]
    notes: tuple[str, ...] = ()


def built_in_folder() -> Path:
    """Return the folder of the built-in models: in the package, or beside a checkout's ``src``."""
    package = Path(__file__).resolve().parents[1]
    installed = package / "models"
    return installed if installed.is_dir() else package.parents[1] / "models"


def find_plugins(folders: Iterable[Path], kind: str = "models") -> PluginFiles:
    """List every plug-in file of the folders by name; a later folder overrides an earlier one.

    A file that two folders share counts once. Files whose names begin with ``_`` or ``.`` are not
    plug-ins.

    Parameters
    ----------
    folders
        Folders of ``.py`` files, in ascending priority.
    kind
        What the files are, in messages: ``models``, ``datasets`` or ``metrics``.

    Raises
    ------
    UsageError
        If a folder does not exist.
    """
    files: dict[str, Path] = {}
    notes: list[str] = []
    for folder in folders:
        if not folder.is_dir():
            raise UsageError(f"no folder of {kind} at {folder}: give a folder of .py files")
        for path in sorted(folder.glob("*.py")):
            name, path = path.stem, path.resolve()
            if name.startswith(("_", ".")):
                continue
            if not NAME.fullmatch(name):
                allowed = "its name may hold letters, digits, _ . -"
                notes.append(f"{path} is none of the {kind}: {allowed}")
                continue
            if name in files and files[name] != path:
                notes.append(f"{name}: {path} overrides {files[name]}")
            files[name] = path
    return PluginFiles(files, tuple(notes))


def locate(spec: str, files: dict[str, Path]) -> Path:
    """Return the file of the model that ``spec`` names.

    Raises
    ------
    UsageError
        If no file has that name.
    """
    name, _ = parse_spec(spec)
    if name not in files:
        raise UsageError(unknown_name("model", name, sorted(files)))
    return files[name]
