"""The names that libraries define: a model that replaces one of them changes it for all others.

Modules and classes of libraries are recorded when they are imported. A function, class or setting
that was replaced since then is put back.
"""

from __future__ import annotations

import re
import sys
import sysconfig
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Iterator, Mapping

FUNCTIONS = (
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    type,
    property,
    classmethod,
    staticmethod,
)
SETTINGS = (bool, int, float, str, bytes, type(None))
ADDED = (*FUNCTIONS, *SETTINGS, dict, list, set, tuple)
# Numbers that a library counts with, caches and what it is in the middle of.
COUNTERS = re.compile(
    "count|uid|next|last|index|cache|time|stamp|total|num_|_id|pid|seed|init|load"
)
# Of evenfold itself, of the program that runs, and of what runs its tests.
OWN = ("evenfold", "__main__", "__mp_main__", "pytest", "_pytest", "pluggy", "pytest_benchmark",
       "hypothesis", "coverage", "xdist", "execnet")  # fmt: skip
MISSING = object()


class Namespaces:
    """The recorded names of the modules and classes of libraries."""

    def __init__(self) -> None:
        """Record nothing yet."""
        self._recorded: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._modules: set[str] = set()
        self.put_back = 0

    def record(self) -> None:
        """Record every module of a library that was imported since the last call."""
        for name, module in list(sys.modules.items()):
            if name not in self._modules and isinstance(module, ModuleType):
                self._modules.add(name)
                if is_library(name, getattr(module, "__spec__", None)):
                    self._record(module)

    def restore(self) -> list[str]:
        """Put back what was replaced, and return what could not be put back."""
        left: list[str] = []
        for owner, names in list(self._recorded.values()):
            present = vars(owner)
            if not _equal(names, present):
                left += self._restore(owner, names, present)
        return left

    def _record(self, module: ModuleType) -> None:
        self._recorded[id(module)] = (module, dict(vars(module)))
        for value in list(vars(module).values()):
            if isinstance(value, type) and id(value) not in self._recorded and _is_python(value):
                self._recorded[id(value)] = (value, dict(vars(value)))

    def _restore(
        self, owner: Any, names: dict[str, Any], present: Mapping[str, Any]
    ) -> Iterator[str]:
        for name, value in list(names.items()):
            now = present.get(name, MISSING)
            if now is not value and _is_replaced(name, value, now):
                self.put_back += 1
                yield from _put_back(owner, name, value)
            elif now is not value and now is not MISSING:
                names[name] = now  # what a library changes by itself
        for name in set(present) - set(names):
            if isinstance(present[name], ADDED) and not name.startswith("__"):
                yield from _remove(owner, name)
            else:
                names[name] = present[name]


def is_library(name: str, spec: Any) -> bool:
    """Return whether a module belongs to Python or to an installed package."""
    if name.partition(".")[0] in OWN or name.startswith("evenfold_"):
        return False
    origin = getattr(spec, "origin", None)
    if origin in (None, "built-in", "frozen"):
        return spec is not None
    return str(origin).startswith(_folders())


def _folders() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib"))


def _equal(names: Mapping[str, Any], present: Mapping[str, Any]) -> bool:
    try:
        # Identity comes first in the comparison of each value.
        return bool(names == present)
    except Exception:  # values without a truth, such as arrays
        return False


def _is_replaced(name: str, value: Any, now: Any) -> bool:
    """Return whether a name has a value that a library would not give it by itself."""
    if isinstance(value, FUNCTIONS):
        return True
    if isinstance(value, SETTINGS) and isinstance(now, SETTINGS) and not name.startswith("__"):
        return value != now and not COUNTERS.search(name.lower())
    return isinstance(value, SETTINGS) and now is MISSING


def _put_back(owner: Any, name: str, value: Any) -> Iterator[str]:
    try:
        setattr(owner, name, value)
    except (AttributeError, TypeError):
        yield _label(owner, name)


def _remove(owner: Any, name: str) -> Iterator[str]:
    try:
        delattr(owner, name)
    except (AttributeError, TypeError):
        yield _label(owner, name)


def _label(owner: Any, name: str) -> str:
    qualified = getattr(owner, "__qualname__", None)
    prefix = owner.__name__ if qualified is None else f"{owner.__module__}.{qualified}"
    return f"{prefix}.{name}"


def _is_python(value: type) -> bool:
    """Return whether a class is a library's own, written in Python: others cannot be changed."""
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and bool(value.__flags__ & 1 << 9)  # Py_TPFLAGS_HEAPTYPE
