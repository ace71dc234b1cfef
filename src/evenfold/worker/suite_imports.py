"""Where a suite's packages come from: the files of a contender, or its environment."""

from __future__ import annotations

import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Iterable, Mapping

from evenfold.worker.suite_protocol import CollectMessage


class InstalledFinder:
    """Finds packages where an environment has them, before any other finder.

    pytest puts folders of a project on the search path, for a ``conftest.py`` in them or by its
    settings: the project's files would then hide what is installed.

    Parameters
    ----------
    names
        Names of packages and modules; those that are not installed are left to other finders.
    """

    def __init__(self, names: Iterable[str]) -> None:
        """Find them on the search path as it is now."""
        specs = {name: _spec_of(name) for name in names}
        self._specs: Mapping[str, Any] = {name: spec for name, spec in specs.items() if spec}

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return where a package is installed; None if it is not."""
        return self._specs.get(name)

    def uninstalled(self, names: Iterable[str], root: Path) -> list[str]:
        """Return the packages that were imported from a project because they are not installed."""
        return [name for name in names if name not in self._specs and _places_in(name, root)]


def foreign_package(message: CollectMessage) -> str:
    """Return what is wrong if a package of a contender's files was imported from elsewhere."""
    root = Path(message["root"])
    for name in message["packages"]:
        places = _places_of(name)
        if places and not _places_in(name, root):
            return (
                f"package {name} is imported from {places[0]}, not from {root.resolve()}: race "
                "environments that have it installed, as NAME@ENVIRONMENT"
            )
    return ""


def _places_of(name: str) -> list[str]:
    """Return the folders of an imported package, or the file of a module."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None)
    return list(getattr(module, "__path__", [file] if file else []))


def _places_in(name: str, root: Path) -> list[str]:
    """Return those that are in a folder."""
    folder = root.resolve()
    return [place for place in _places_of(name) if folder in Path(place).resolve().parents]


def _spec_of(name: str) -> Any:
    with suppress(ImportError, ValueError, AttributeError):
        return find_spec(name)
    return None
