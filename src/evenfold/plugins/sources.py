"""Reading a plug-in: its file and all local modules that it imports, without running any."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from evenfold.errors import PluginError
from evenfold.plugins.imports import Import, exported_names, named_paths, stated_imports
from evenfold.plugins.lookup import (
    INIT,
    ModuleLookup,
    Place,
    Relocation,
    find_module,
    find_namespace,
)
from evenfold.worker.import_errors import FOLDER_PACKAGE
from evenfold.worker.sources import DataFile, SourceFile, Sources, file_digest

MOST_DOTS = 20
# Of a path that a module joins.
MOST_PARTS = 4


class _BeyondTop(Exception):
    """A relative import leads out of the outermost package."""


def read_sources(
    file: Path, relocation: Relocation | None = None, content: bytes | None = None
) -> Sources:
    """Read a plug-in and every local module that it imports, directly or through each other.

    A module is local if it lies beside the plug-in, on ``PYTHONPATH``, in the project or in an
    editable installation. Python's own modules, installed packages and evenfold are not. The files
    are read once, and nothing is run.

    Parameters
    ----------
    file
        The plug-in's file; ``__init__.py`` for one that is a package.
    relocation
        Where files of the plug-in's repository are taken from instead; None: they are not moved.
    content
        The plug-in's own source, which need not be on disk; None: it is read from its file.

    Raises
    ------
    PluginError
        A file cannot be read.
    """
    lookup = ModuleLookup(file.absolute(), relocation)
    is_package = lookup.file.name == INIT
    for dots in range(is_package and lookup.has_name_of_package, MOST_DOTS):
        try:
            return _Closure(lookup, dots, content).sources()
        except _BeyondTop:
            continue
    raise PluginError(f"{file}: an import has more than {MOST_DOTS} leading dots")


class _Closure:
    """The modules of one plug-in.

    A model file is a module without a name, a package has its own. If relative imports lead
    out of it, it is a module of ``FOLDER_PACKAGE``, which is a folder above it.

    Parameters
    ----------
    lookup
        The search for local modules.
    dots
        The number of folders above the plug-in that relative imports lead to.
    content
        The plug-in's own source; None: it is read from its file.
    """

    def __init__(self, lookup: ModuleLookup, dots: int, content: bytes | None = None) -> None:
        """Read nothing yet."""
        self.lookup = lookup
        self.modules: dict[str, SourceFile] = {}
        self.contents = {} if content is None else {lookup.file: content}
        self.data: dict[str, DataFile] = {}
        self.is_package = lookup.file.name == INIT
        unit = lookup.file.parent if self.is_package else lookup.file.with_suffix("")
        self.name = _identifier(unit.name) if self.is_package or dots else ""
        self.parents: list[tuple[str, Path]] = []
        if dots:
            above = list(unit.parents)[:dots][::-1]
            names = [FOLDER_PACKAGE, *(_identifier(folder.name) for folder in above[1:])]
            self.parents = [(".".join(names[: i + 1]), folder) for i, folder in enumerate(above)]
            self.name = ".".join([*names, self.name])

    def sources(self) -> Sources:
        """Read everything. Raises _BeyondTop if relative imports lead further out."""
        entry = self._source(self.name, Place(self.lookup.file, self.is_package))
        for name, folder in self.parents:
            init = folder / INIT
            self.modules[name] = self._source(name, Place(init if init.is_file() else folder, True))
        if self.name:
            self.modules[self.name] = entry
        self._follow([entry, *self.modules.values()])
        helpers = [source for name, source in self.modules.items() if name != self.name]
        folders = [*(folder for _, folder in self.parents), *self.lookup.folders]
        return Sources(
            entry,
            tuple(sorted(helpers, key=lambda helper: helper.module)),
            tuple(dict.fromkeys(map(str, folders))),
            tuple(self.data.values()),
        )

    def _follow(self, pending: list[SourceFile]) -> None:
        """Add what modules import, what that imports, and so on."""
        followed: set[str] = set()
        while pending:
            source = pending.pop()
            is_python = source.content is not None and source.file.endswith(".py")
            if source.module in followed or not is_python:
                continue
            followed.add(source.module)
            for statement in stated_imports(source.content or b""):
                for name in self._names(source, statement):
                    pending += self._add(name, source)
            pending += self._add_files(source)

    def _names(self, source: SourceFile, statement: Import) -> Iterator[str]:
        """The modules that an import may load, by their absolute names."""
        base = self._absolute(source, statement)
        if not base:
            return
        yield base
        for name in statement.names:
            if name != "*":
                yield f"{base}.{name}"
            else:
                # The package has been added by now.
                yield from (f"{base}.{child}" for child in self._exported(base))

    def _absolute(self, source: SourceFile, statement: Import) -> str:
        """The absolute name of what a statement imports from; "" if there is no such package."""
        if not statement.level:
            return statement.module
        package = source.module if source.is_package else source.module.rpartition(".")[0]
        parts = package.split(".") if package else []
        if statement.level > len(parts):
            outermost = self.name.partition(".")[0]
            if source.module == self.name or outermost in parts[:1]:
                raise _BeyondTop
            return ""
        parts = parts[: len(parts) - statement.level + 1]
        return ".".join([*parts, *filter(None, [statement.module])])

    def _exported(self, package: str) -> tuple[str, ...]:
        """The names that ``from package import *`` loads, as far as the package lists them."""
        source = self.modules.get(package)
        if source is None or source.content is None or not source.is_package:
            return ()
        return exported_names(source.content) or ()

    def _add(self, name: str, importer: SourceFile) -> list[SourceFile]:
        """Add a module and the packages that it is in; return those that are new."""
        added: list[SourceFile] = []
        parts = name.split(".")
        for count in range(1, len(parts) + 1):
            prefix = ".".join(parts[:count])
            if prefix in self.modules:
                continue
            place = self._find(prefix, importer)
            if place is None:
                break
            self.modules[prefix] = self._source(prefix, place)
            added.append(self.modules[prefix])
        return added

    def _add_files(self, source: SourceFile) -> list[SourceFile]:
        """Add files that a module names by their paths; return those that are Python."""
        added: list[SourceFile] = []
        for path, text in _named_files(source, self.lookup.folders_around(Path(source.file))):
            if path == self.lookup.file:
                continue
            name = f"<{text}>"
            if path.suffix == ".py":
                if name not in self.modules:
                    self.modules[name] = self._source(name, Place(path, False))
                    added.append(self.modules[name])
            else:
                self._add_data(path)
        return added

    def _add_data(self, path: Path) -> None:
        """Add a file that is not Python."""
        name = Path(os.path.relpath(path, self.lookup.file.parent)).as_posix()
        try:
            self.data[name] = {"name": name, "file": str(path), "digest": file_digest(str(path))}
        except OSError as error:
            raise PluginError(f"{path} cannot be read: {error.strerror}") from error

    def _find(self, name: str, importer: SourceFile) -> Place | None:
        package, _, last = name.rpartition(".")
        if not package:
            by_plugin = importer.file == str(self.lookup.file)
            return self.lookup.find_root(name, self._read, by_plugin)
        parent = self.modules[package]
        if not parent.is_package:
            return None
        folder = Path(parent.file) if parent.content is None else Path(parent.file).parent
        return find_module(folder, last) or find_namespace(folder, last)

    def _source(self, name: str, place: Place) -> SourceFile:
        content = None if place.path.is_dir() else self._read(place.path)
        return SourceFile(name, str(place.path), place.is_package, content)

    def _read(self, path: Path) -> bytes:
        if path not in self.contents:
            try:
                self.contents[path] = path.read_bytes()
            except OSError as error:
                raise PluginError(f"{path} cannot be read: {error.strerror}") from error
        return self.contents[path]


def _named_files(source: SourceFile, folders: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield the files that a module names, each with the text of its name.

    A path may be given in parts: ``Path(__file__).parent / "data" / "weights.npy"``.
    """
    texts = named_paths(source.content or b"")
    for _ in range(MOST_PARTS):
        deeper = []
        for folder in folders:
            places = [(folder / text, text) for text in texts]
            # Not Path.is_file: it may raise for a text that is no path.
            deeper += [place for place, _ in places if os.path.isdir(place)]
            yield from ((place, text) for place, text in places if os.path.isfile(place))
        folders = deeper


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)
