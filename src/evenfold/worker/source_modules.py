"""The modules of a plug-in, compiled from exactly the bytes of its sources.

No module of a plug-in is read from disk or from bytecode. They are importable while the plug-in is
active, so that the helpers of two plug-ins may have the same name.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import os
import re
import sys
import tempfile
from contextlib import contextmanager, suppress
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType
from typing import Callable, Iterator, Sequence

from evenfold.errors import PluginError
from evenfold.worker.child_processes import send_by_value
from evenfold.worker.local_files import is_below, is_installed
from evenfold.worker.process_state.imports import ImportWatch
from evenfold.worker.source_loader import SourceLoader, compile_source, replaced_get_code
from evenfold.worker.sources import SourceFile, Sources, file_digest

# Modules that a framework or the interpreter generates.
GENERATED = re.compile(r"__autograph_generated_file|__main__$|__mp_main__$|evenfold(_plugin_|\.|$)")


class SourceModules:
    """The modules of one loaded plug-in.

    Parameters
    ----------
    sources
        The sources of the plug-in.
    """

    def __init__(self, sources: Sources) -> None:
        """Run nothing yet."""
        self.sources = sources
        self.entry: ModuleType | None = None
        named = [source for source in (sources.entry, *sources.helpers) if source.module]
        self._by_name = {source.module: source for source in named}
        self._roots = {name.partition(".")[0] for name in self._by_name}
        self._own: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._before: frozenset[str] = frozenset()
        self._outer_path: list[str] = []
        self._own_path: list[str] = []
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        every = (sources.entry, *sources.helpers)
        self._by_file = {os.path.realpath(source.file): source for source in every}
        self._read_from_disk: dict[str, str] = {}
        self._restore: Callable[[], None] = lambda: None

    def load(self) -> ModuleType:
        """Run the plug-in's file, and return its module. The plug-in must be active."""
        entry = self.sources.entry
        if entry.module:
            self.entry = importlib.import_module(entry.module)
            return self.entry
        # The digest keeps two files of one name apart.
        stem = re.sub(r"[^0-9A-Za-z_]", "_", self.sources.path.stem)
        name = f"evenfold_plugin_{stem}_{hashlib.sha256(entry.file.encode()).hexdigest()[:8]}"
        spec = self._spec(name, entry)
        assert spec is not None
        self.entry = importlib.util.module_from_spec(spec)
        sys.modules[name] = self.entry
        assert spec.loader is not None
        spec.loader.exec_module(self.entry)
        return self.entry

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find a module of the plug-in: this is the protocol of ``sys.meta_path``."""
        source = self._by_name.get(name)
        return None if source is None else self._spec(name, source)

    def require_complete(self) -> None:
        """Check that the plug-in has used nothing but its sources, and these as they were read.

        Raises
        ------
        PluginError
            It has imported another local module, or a file that it names has changed; names it.
        """
        for data in self.sources.data:
            if _digest_or_none(data["file"]) != data["digest"]:
                raise PluginError(
                    f"{data['file']}, which it names, has changed since the command started: "
                    "leave the file alone meanwhile, and let the model write only into the "
                    "working folder, which each fit has for itself"
                )
        for name, file in self._strangers():
            advice = "import it by its name in an import statement, and keep it beside the model"
            if name in getattr(sys, "stdlib_module_names", ()):
                advice = "Python has a module of that name, so give the file another one"
            raise PluginError(
                f"it imports {name} from {file}, which is no part of the model's identity: {advice}"
            )

    def send_by_value(self) -> None:
        """Let the modules be sent to processes that the plug-in starts."""
        entry = [] if self.entry is None else [self.entry.__name__]
        send_by_value([*self._roots, *entry])

    def _spec(self, name: str, source: SourceFile) -> ModuleSpec | None:
        if source.content is None:
            spec = ModuleSpec(name, None, is_package=True)
            spec.submodule_search_locations = [source.file]
            return spec
        if source.file.endswith(tuple(EXTENSION_SUFFIXES)):
            return importlib.util.spec_from_file_location(name, self._extension_file(source))
        loader = SourceLoader(name, source, self)
        spec = ModuleSpec(name, loader, origin=source.file, is_package=source.is_package)
        spec.has_location = True
        if source.is_package:
            spec.submodule_search_locations = [os.path.dirname(source.file)]
        return spec

    def _extension_file(self, source: SourceFile) -> Path:
        """Return a file with the bytes of an extension module: its own, or a copy."""
        file = Path(source.file)
        with suppress(OSError):
            if file.read_bytes() == source.content:
                return file
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="evenfold-")
        copy = Path(self._folder.name) / file.name
        copy.write_bytes(source.content or b"")
        return copy

    def _enter(self) -> None:
        self._hidden = self._take(self._is_own)
        sys.modules.update(self._own)
        self._before = frozenset(sys.modules)
        self._outer_path = list(sys.path)
        sys.path[:0] = self._own_path
        # After what watches imports, which asks all others.
        is_watched = bool(sys.meta_path) and isinstance(sys.meta_path[0], ImportWatch)
        sys.meta_path.insert(int(is_watched), self)
        self._restore = replaced_get_code(self._code_of)

    def _leave(self) -> None:
        self._restore()
        sys.meta_path.remove(self)
        strangers = {name for name, _ in self._strangers()}
        self._own = self._take(lambda name: name in strangers or self._is_own(name))
        sys.modules.update(self._hidden)
        added = [path for path in sys.path if path not in self._outer_path]
        self._own_path = [path for path in added if not is_installed(os.path.abspath(path))]
        sys.path[:] = [path for path in sys.path if path not in self._own_path]

    def _code_of(self, name: str, file: str) -> CodeType | None:
        """The code of a file that Python's own loader loads, as by ``spec_from_file_location``."""
        source = self._by_file.get(os.path.realpath(file))
        if source is not None:
            return compile_source(source)
        if not GENERATED.match(name) and self._is_local(file):
            self._read_from_disk[name] = file
        return None

    def _is_own(self, name: str) -> bool:
        return name.partition(".")[0] in self._roots

    @staticmethod
    def _take(belongs: Callable[[str], bool]) -> dict[str, ModuleType]:
        """Remove modules from those that are imported, and return them by name."""
        return {name: sys.modules.pop(name) for name in list(sys.modules) if belongs(name)}

    def _strangers(self) -> list[tuple[str, str]]:
        """Local modules that were imported beyond the sources, each with its file."""
        new = {*sys.modules}.difference(self._before).union(self._own)
        strangers = sorted(self._read_from_disk.items())
        for name in sorted(new):
            module = sys.modules.get(name)
            file = _file_of(module)
            if file is None or GENERATED.match(name) or self._is_from_sources(name, module):
                continue
            if name not in self._read_from_disk and self._is_local(file):
                strangers.append((name, file))
        if not strangers:
            self._before = frozenset(sys.modules)
        return strangers

    def _is_from_sources(self, name: str, module: object) -> bool:
        loader = getattr(getattr(module, "__spec__", None), "loader", None)
        if isinstance(loader, ExtensionFileLoader):
            return name in self._by_name
        is_known = os.path.realpath(_file_of(module) or "") in self._by_file
        return isinstance(loader, SourceLoader) or is_known

    def _is_local(self, file: str) -> bool:
        if is_installed(file):
            return False
        # What is generated while a model runs lies there; so may a whole project.
        is_temporary = is_below(file, [tempfile.gettempdir()])
        return not is_temporary or is_below(file, [*self.sources.folders, *sys.path])


class _Active:
    """The plug-in whose modules are importable in this process."""

    modules: SourceModules | None = None


def activate(modules: SourceModules | None) -> SourceModules | None:
    """Make the modules of one plug-in importable, and those of no other.

    Parameters
    ----------
    modules
        The plug-in's modules; None for no plug-in.

    Returns
    -------
    SourceModules or None
        What was active before.
    """
    previous = _Active.modules
    if modules is previous:
        return previous
    if previous is not None:
        previous._leave()
    _Active.modules = modules
    if modules is not None:
        modules._enter()
    return previous


def send_active_by_value() -> None:
    """Let the modules of the active plug-in be sent to processes that it starts."""
    if _Active.modules is not None:
        _Active.modules.send_by_value()


@contextmanager
def active(modules: SourceModules) -> Iterator[None]:
    """Make the modules of a plug-in importable for a while."""
    previous = activate(modules)
    modules.send_by_value()
    try:
        yield
    finally:
        activate(previous)


def _digest_or_none(file: str) -> str | None:
    try:
        return file_digest(file)
    except OSError:
        return None


def _file_of(module: object) -> str | None:
    try:
        file = getattr(module, "__file__", None)
    except Exception:  # a lazy module may raise anything
        return None
    return file if isinstance(file, str) else None
