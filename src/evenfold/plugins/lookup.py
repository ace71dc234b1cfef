"""Where the modules of a plug-in lie: Python's search for a module, without running any."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec
from pathlib import Path

from evenfold.plugins.imports import binds
from evenfold.runtime.environment import PACKAGES
from evenfold.worker.import_errors import FOLDER_PACKAGE
from evenfold.worker.local_files import is_installed

INIT = "__init__.py"
# What a plug-in defines, by its kind.
SYMBOLS = {"models": "MODEL", "datasets": "DATASET", "metrics": "METRIC"}
PROJECT_MARKS = ("pyproject.toml", "setup.py", "setup.cfg", ".git")
# A local file of such a name does not hide the package, which other packages import too.
NEVER_LOCAL = frozenset(
    {*sys.stdlib_module_names, *PACKAGES, "sklearn", "evenfold", FOLDER_PACKAGE}
)


@dataclass(frozen=True)
class Place:
    """Where a module lies: its file, or the folder of a namespace package."""

    path: Path
    is_package: bool


@dataclass(frozen=True)
class Relocation:
    """Another place for the files below a folder, as for those of another revision.

    Parameters
    ----------
    old
        The folder whose files are not used.
    new
        The folder that stands for it.
    """

    old: Path
    new: Path

    def __call__(self, path: Path) -> Path:
        """Return the place from which a file or folder is taken."""
        real = path.resolve()
        return self.new / real.relative_to(self.old) if real.is_relative_to(self.old) else path


class ModuleLookup:
    """The search for local modules of one plug-in.

    Parameters
    ----------
    file
        The plug-in's file; ``__init__.py`` for one that is a package.
    relocation
        Where files of the plug-in's repository are taken from instead; None: they are not moved.
    """

    def __init__(self, file: Path, relocation: Relocation | None) -> None:
        """Search nothing yet."""
        self.file = file
        self._relocation = relocation
        unit = file.parent if file.name == INIT else file
        # A plug-in may be a link; what it imports lies beside the link or beside its target.
        self._beside = list(dict.fromkeys([unit.parent, unit.resolve().parent]))
        self._on_path = [self._moved(path) for path in _python_path()]
        self._project = self._find_project(unit)

    @property
    def has_name_of_package(self) -> bool:
        """Whether the plug-in has the name of a package that is not local."""
        name = self.file.parent.name if self.file.name == INIT else self.file.stem
        installed = _find_installed(name)
        return name in NEVER_LOCAL or (installed is not None and _place_of(installed) is None)

    @property
    def folders(self) -> list[Path]:
        """The folders whose modules are local."""
        return list(dict.fromkeys([*self._beside, *self._on_path, *self._project]))

    def folders_around(self, file: Path) -> list[Path]:
        """The folder of a file, and those above it: to the project's, or one if there is none."""
        above = list(file.parents)
        if self._project and self._project[0] in above:
            return above[: above.index(self._project[0]) + 1]
        return above[:2]

    def find_root(self, name: str, read: Callable[[Path], bytes], by_plugin: bool) -> Place | None:
        """Find a module that is imported by an absolute name without dots.

        Parameters
        ----------
        name
            The name.
        read
            Reads a file.
        by_plugin
            Whether the plug-in's own file imports it, and hence does not mean itself.

        Returns
        -------
        Place or None
            None if no such module is local.
        """
        if name in NEVER_LOCAL:
            return None
        installed = _find_installed(name)
        is_package_of_others = installed is not None and _place_of(installed) is None

        def is_meant(place: Place | None) -> bool:
            if place is None or (by_plugin and place.path.resolve() == self.file.resolve()):
                return False
            # A plug-in may have the name of the package that it is about.
            return not (is_package_of_others and _is_plugin(place, read))

        for folder in [*self._beside, *self._on_path]:
            place = find_module(folder, name)
            if is_meant(place):
                return place
        if installed is not None:
            return self._relocated(_place_of(installed))
        places = [find_module(folder, name) for folder in self._project]
        places += [find_namespace(folder, name) for folder in self.folders]
        return next((place for place in places if is_meant(place)), None)

    def _find_project(self, unit: Path) -> list[Path]:
        """The folder of the plug-in's project, if it has one."""
        for folder in unit.parents:
            if any((folder / mark).exists() for mark in PROJECT_MARKS):
                return [folder]
        return [] if self._relocation is None else [self._relocation.new]

    def _moved(self, path: Path) -> Path:
        return path if self._relocation is None else self._relocation(path)

    def _relocated(self, place: Place | None) -> Place | None:
        if place is None:
            return None
        moved = Place(self._moved(place.path), place.is_package)
        return moved if moved.path.exists() else None


def find_module(folder: Path, name: str) -> Place | None:
    """Find a package or module in a folder, as Python does."""
    package = folder / name / INIT
    if package.is_file():
        return Place(package, True)
    for suffix in (*EXTENSION_SUFFIXES, ".py"):
        if (folder / f"{name}{suffix}").is_file():
            return Place(folder / f"{name}{suffix}", False)
    return None


def find_namespace(folder: Path, name: str) -> Place | None:
    """Find a folder that Python takes for a namespace package, if there is Python in it."""
    path = folder / name
    return Place(path, True) if path.is_dir() and any(path.rglob("*.py")) else None


def _is_plugin(place: Place, read: Callable[[Path], bytes]) -> bool:
    if place.path.suffix != ".py":
        return False
    content = read(place.path)
    return any(binds(content, symbol) for symbol in SYMBOLS.values())


def _python_path() -> list[Path]:
    entries = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [Path(entry).absolute() for entry in entries if entry]
    return [path for path in paths if not is_installed(str(path))]


def _find_installed(name: str) -> ModuleSpec | None:
    """Find a module in this Python's search path and in editable installations."""
    try:
        return importlib.util.find_spec(name)
    except (ImportError, ValueError, AttributeError):  # a module without a spec, as __main__
        return None


def _place_of(spec: ModuleSpec) -> Place | None:
    """Where a module lies that this Python finds; None if it is not local."""
    locations = list(spec.submodule_search_locations or ())
    origin = spec.origin if spec.has_location else next(iter(locations), None)
    if origin is None or is_installed(origin) or not Path(origin).exists():
        return None
    return Place(Path(origin), bool(locations))
