"""evenfold: the same rows, the same split, the same scaling, the same clock.

Public names load on first use, so that ``from evenfold import Model`` in a plug-in imports
little. This file keeps to Python 3.8, as it also runs beside old frameworks.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

# As type checkers know it; typing itself is imported where Ctrl-C ends in a sentence.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from evenfold.api import race, score
    from evenfold.bisect.answer import bisect
    from evenfold.check.run import check_models
    from evenfold.contract import Fold, Model, Task
    from evenfold.data.datasets import Dataset
    from evenfold.data.table_files import read_table
    from evenfold.errors import EvenfoldError, Skip
    from evenfold.history.answer import history
    from evenfold.report.load import load
    from evenfold.stats.metrics import Metric
    from evenfold.suite.answer import race_suite
    from evenfold.upgrade.comparison import upgrade

__version__ = "0.1.0"

_HOMES = {
    "Metric": "evenfold.stats.metrics",
    "bisect": "evenfold.bisect.answer",
    "check_models": "evenfold.check.run",
    "Fold": "evenfold.contract",
    "Model": "evenfold.contract",
    "Task": "evenfold.contract",
    "EvenfoldError": "evenfold.errors",
    "Skip": "evenfold.errors",
    "Dataset": "evenfold.data.datasets",
    "gate": "evenfold.gate.answer",
    "history": "evenfold.history.answer",
    "load": "evenfold.report.load",
    "race": "evenfold.api",
    "race_suite": "evenfold.suite.answer",
    "read_table": "evenfold.data.table_files",
    "score": "evenfold.api",
    "upgrade": "evenfold.upgrade.comparison",
}

__all__ = [
    "Dataset",
    "EvenfoldError",
    "Fold",
    "Metric",
    "Model",
    "Skip",
    "Task",
    "__version__",
    "bisect",
    "check_models",
    "gate",
    "history",
    "load",
    "race",
    "race_suite",
    "read_table",
    "score",
    "upgrade",
]


class _Package(ModuleType):
    """The package: a public name stays what it is after a subpackage of that name is imported."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, except where the import system binds a module to a public name.

        ``evenfold.race``, ``score``, ``upgrade``, ``gate``, ``bisect`` and ``history`` are
        functions, and folders of modules.
        """
        if not (name in _HOMES and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'evenfold' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__


sys.modules[__name__].__class__ = _Package
