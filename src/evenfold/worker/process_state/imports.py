"""Imports of models are watched: what they import is recorded before they can change it.

A framework that a model imports by itself is opened with evenfold's settings first, so that it is
the same in whichever order models run. The seconds of imports are counted, since they are of the
process rather than of the model.
"""

from __future__ import annotations

import importlib.machinery
import random
import sys
from contextlib import contextmanager
from time import perf_counter
from types import ModuleType
from typing import Any, Callable, Iterator, Sequence

from evenfold.worker.process_state.namespaces import is_library

Action = Callable[[], None]
_counted = [0.0]


def import_seconds() -> float:
    """Return the seconds that watched imports have taken in this process so far."""
    return _counted[0]


class ImportWatch:
    """Watches imports from ``install`` to ``remove``.

    Parameters
    ----------
    frameworks
        Names of modules that ``open_framework`` imports.
    open_framework
        Called before a model imports one of them for the first time.
    before, after
        Called around the import of a module that no other import causes; ``after`` with its name.
    """

    def __init__(
        self,
        frameworks: Sequence[str],
        open_framework: Action,
        before: Action,
        after: Callable[[str], None],
    ) -> None:
        """Watch nothing yet."""
        self.frameworks = tuple(frameworks)
        self.open_framework = open_framework
        self.before = before
        self.after = after
        self._depth = 0
        self._timed = 0

    def install(self) -> None:
        """Watch imports, before anyone else who finds modules."""
        self.remove()
        sys.meta_path.insert(0, self)

    def remove(self) -> None:
        """Watch no longer."""
        sys.meta_path[:] = [finder for finder in sys.meta_path if finder is not self]

    def find_spec(
        self, name: str, path: Any = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a module as without a watch, and note its import."""
        if self._depth:
            return None
        spec = self._find(name, path, target)
        opens = name in self.frameworks
        if spec is None and opens and "tensorflow" in self.frameworks:
            # The first TensorFlow 2 has no keras beside it; once it is open there is one.
            spec = importlib.machinery.ModuleSpec(name, None)
        elif spec is None or not hasattr(spec.loader, "exec_module"):
            return None
        loader: Any = _WatchedLoader(self, spec.loader, self.open_framework if opens else None)
        spec.loader = loader
        return spec

    @contextmanager
    def outermost(self, name: str) -> Iterator[None]:
        """Count the seconds of a library's import, and leave random numbers as they were."""
        with self.timed():
            self._depth += 1
            self.before()
            states = _random_states()
            try:
                yield
            finally:
                _set_random_states(states)
                self._depth -= 1
                self.after(name)

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Count the seconds of an import, once where one causes another."""
        started = perf_counter()
        self._timed += 1
        try:
            yield
        finally:
            self._timed -= 1
            if not self._timed:
                _counted[0] += perf_counter() - started

    def _find(
        self, name: str, path: Any, target: ModuleType | None
    ) -> importlib.machinery.ModuleSpec | None:
        for finder in list(sys.meta_path):
            find = getattr(finder, "find_spec", None)
            if finder is self or find is None:
                continue
            spec: importlib.machinery.ModuleSpec | None = find(name, path, target)
            if spec is not None:
                return spec
        return None


class _WatchedLoader:
    """Loads a module as its own loader does; a framework is opened, and then is the module."""

    def __init__(self, watch: ImportWatch, loader: Any, open_framework: Action | None) -> None:
        self._watch = watch
        self._loader = loader
        self._open = open_framework
        self._spec: Any = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loader, name)

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        if self._open is not None:
            with self._watch.outermost(spec.name):
                self._open()
        if self._open is not None and spec.name in sys.modules:
            opened = sys.modules[spec.name]
            self._spec = opened.__spec__
            return opened
        if self._loader is None:
            raise ModuleNotFoundError(f"No module named {spec.name!r}", name=spec.name)
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        if self._spec is not None:
            module.__spec__ = self._spec
            return
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        module.__loader__ = self._loader
        # A local module is a part of the model: what it changes is what the model changes.
        is_model = not is_library(module.__name__, module.__spec__)
        with self._watch.timed() if is_model else self._watch.outermost(module.__name__):
            self._loader.exec_module(module)


def _random_states() -> tuple[Any, Any]:
    # numpy imports it when it is first asked for.
    numpy_random = sys.modules.get("numpy.random")
    get_state = getattr(numpy_random, "get_state", None)
    return random.getstate(), None if get_state is None else get_state()


def _set_random_states(states: tuple[Any, Any]) -> None:
    random.setstate(states[0])
    if states[1] is not None:
        sys.modules["numpy.random"].set_state(states[1])
