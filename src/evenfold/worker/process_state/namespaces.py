"""The names that libraries define: a model that replaces one of them changes it for all others.

Modules and classes of libraries are recorded when they are imported. A function, class or setting
that was replaced since then is put back.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import warnings
from contextlib import suppress
from functools import lru_cache
from types import ModuleType
from typing import Any, Iterable, Iterator, Mapping, NamedTuple

METHODS = (property, classmethod, staticmethod)
SETTINGS = (bool, int, float, str, bytes, type(None))
DATA = (*SETTINGS, dict, list, set, tuple)
# Numbers that a library counts with, caches and what it is in the middle of.
COUNTERS = re.compile(
    "count|uid|next|last|index|cache|time|stamp|total|num_|_id|pid|seed|init|load"
)
# Of evenfold itself, of the program that runs, and of what runs its tests.
OWN = ("evenfold", "__main__", "__mp_main__", "pytest", "_pytest", "pluggy", "pytest_benchmark",
       "hypothesis", "coverage", "xdist", "execnet")  # fmt: skip
MISSING = object()


class Change(NamedTuple):
    """A name of a module or class that was replaced, added or removed."""

    owner: Any
    name: str
    before: Any
    now: Any


class Namespaces:
    """The recorded names of the modules and classes of libraries."""

    def __init__(self) -> None:
        """Record nothing yet."""
        self._recorded: dict[int, tuple[Any, dict[str, Any]]] = {}
        self._modules: set[str] = set()

    def record(self) -> None:
        """Record every module of a library that was imported since the last call."""
        for name, module in list(sys.modules.items()):
            if name not in self._modules and isinstance(module, ModuleType):
                self._modules.add(name)
                if is_library(name, getattr(module, "__spec__", None)):
                    self._record(module)

    def restore(self) -> tuple[list[Change], list[str]]:
        """Put back what was replaced.

        Returns
        -------
        changes
            What it was replaced with; ``repeat`` does so again.
        left
            The names that could not be put back.
        """
        changes = []
        for owner, names in list(self._recorded.values()):
            present = vars(owner)
            if not _equal(names, present):
                changes += list(_changes(owner, names, present))
        left = [_label(change) for change in changes if not _put_back(change)]
        return changes, left

    @staticmethod
    def repeat(changes: Iterable[Change]) -> None:
        """Replace again what ``restore`` put back."""
        for change in changes:
            with suppress(AttributeError, TypeError):
                if change.now is MISSING:
                    delattr(change.owner, change.name)
                else:
                    setattr(change.owner, change.name, change.now)

    def _record(self, module: ModuleType) -> None:
        self._recorded[id(module)] = (module, dict(vars(module)))
        for value in list(vars(module).values()):
            if isinstance(value, type) and id(value) not in self._recorded and _is_python(value):
                self._recorded[id(value)] = (value, dict(vars(value)))


def _changes(owner: Any, names: dict[str, Any], present: Mapping[str, Any]) -> Iterator[Change]:
    """Yield the replaced names, and record what a library changes by itself."""
    for name, value in list(names.items()):
        now = present.get(name, MISSING)
        if now is not value and _is_replaced(name, value, now):
            yield Change(owner, name, value, now)
        elif now is not value and now is not MISSING:
            names[name] = now
    for name in set(present) - set(names):
        if not name.startswith("__") and _is_foreign(owner, name, present[name]):
            yield Change(owner, name, MISSING, present[name])
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


@lru_cache(maxsize=None)
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
    if callable(value) or isinstance(value, METHODS):
        return True
    if isinstance(value, SETTINGS) and isinstance(now, SETTINGS) and not name.startswith("__"):
        return value != now and not COUNTERS.search(name.lower())
    return isinstance(value, SETTINGS) and now is MISSING


def _is_foreign(owner: Any, name: str, value: Any) -> bool:
    """Return whether a name was added from outside, rather than by a library that is lazy."""
    if not isinstance(owner, type) and type(owner) is not ModuleType:
        return False
    if isinstance(value, DATA):
        return True
    function = getattr(value, "fget", None) or getattr(value, "__func__", None) or value
    home = getattr(function, "__module__", None)
    if not callable(function) or not isinstance(home, str):
        return False
    # Such as numpy.float = float, for code of another version.
    if home == "builtins" or _refuses(owner, name):
        return True
    return not is_library(home, getattr(sys.modules.get(home), "__spec__", None))


def _refuses(owner: Any, name: str) -> bool:
    """Return whether a module that makes public names lazily would not make this one."""
    make = vars(owner).get("__getattr__")
    if name.startswith("_") or isinstance(owner, type) or make is None:
        return False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            make(name)
        except AttributeError:
            return True
        except Exception:  # whatever another one does that is no module's own
            return False
    return False


def _put_back(change: Change) -> bool:
    try:
        if change.before is MISSING:
            delattr(change.owner, change.name)
        else:
            setattr(change.owner, change.name, change.before)
    except (AttributeError, TypeError):
        return False
    return True


def _label(change: Change) -> str:
    qualified = getattr(change.owner, "__qualname__", None)
    owner = change.owner
    prefix = owner.__name__ if qualified is None else f"{owner.__module__}.{qualified}"
    return f"{prefix}.{change.name}"


def _is_python(value: type) -> bool:
    """Return whether a class is a library's own, written in Python: others cannot be changed."""
    module = getattr(value, "__module__", None)
    return isinstance(module, str) and bool(value.__flags__ & 1 << 9)  # Py_TPFLAGS_HEAPTYPE
