"""Folders of plug-ins: the files in them by name. Nothing is imported."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from evenfold.data.regular_files import is_special
from evenfold.errors import UsageError
from evenfold.files.path_names import similar_path
from evenfold.plugins.imports import binds, stated_imports
from evenfold.plugins.lookup import INIT, SYMBOLS
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
    """List every plug-in of the folders by name; a later folder overrides an earlier one.

    A plug-in is a file, or a package whose ``__init__.py`` has the symbol of its kind. One that two
    folders share counts once. Names that begin with ``_`` or ``.`` are not plug-ins, and neither is
    a file without the symbol that another file of its folder imports.

    Parameters
    ----------
    folders
        Folders of ``.py`` files and packages, in ascending priority.
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
            raise UsageError(
                f"no folder of {kind} at {folder}: give a folder of .py files{similar_path(folder)}"
            )
        for name, path in _candidates(folder.resolve(), kind):
            if not NAME.fullmatch(name):
                allowed = "its name may hold letters, digits, _ . -"
                notes.append(f"{path} is none of the {kind}: {allowed}")
                continue
            _add(files, notes, name, path)
    return PluginFiles(files, tuple(notes))


def merge_plugins(*parts: PluginFiles) -> PluginFiles:
    """Return the plug-ins of several lists of folders; a later list overrides an earlier one."""
    files: dict[str, Path] = {}
    notes: list[str] = []
    for part in parts:
        notes += part.notes
        for name, path in part.files.items():
            _add(files, notes, name, path)
    return PluginFiles(files, tuple(notes))


def _add(files: dict[str, Path], notes: list[str], name: str, path: Path) -> None:
    if name in files and files[name].resolve() != path.resolve():
        notes.append(f"{name}: {path} overrides {files[name]}")
    files[name] = path


def _candidates(folder: Path, kind: str) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of everything in a folder that may be a plug-in.

    A file that is a link stays one: its helpers may lie beside the link.
    """
    files = sorted(
        file for file in folder.glob("*.py") if not (file.name.startswith(".") or is_special(file))
    )
    without = {file.stem for file in files if not _has_symbol(file, SYMBOLS[kind])}
    helpers = without & set(chain.from_iterable(map(_imported_beside, files))) if without else ()
    for file in files:
        if not file.name.startswith("_") and file.stem not in helpers:
            yield file.stem, file
    packages = [file for file in folder.glob(f"*/{INIT}") if file.is_file()]
    for file in sorted(packages):
        name = file.parent.name
        if not name.startswith(("_", ".")) and _has_symbol(file, SYMBOLS[kind]):
            yield name, file


def _has_symbol(file: Path, symbol: str) -> bool:
    try:
        return binds(file.read_bytes(), symbol)
    except OSError:  # whoever reads the plug-in reports that
        return True


def _imported_beside(file: Path) -> Iterator[str]:
    """Yield the names of modules that a file imports, of which some may lie beside it."""
    try:
        content = file.read_bytes()
    except OSError:
        return
    for statement in stated_imports(content):
        if statement.level <= 1:
            yield statement.module.partition(".")[0]
        if statement.level == 1 and not statement.module:
            yield from statement.names


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
