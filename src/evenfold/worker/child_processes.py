"""Processes that a model starts, as by ``n_jobs=2``: they get its modules, and serve it alone."""

from __future__ import annotations

import sys
from contextlib import suppress
from typing import Any, Iterable

CLOUDPICKLES = ("cloudpickle.cloudpickle", "joblib.externals.cloudpickle.cloudpickle")
POOLS = ("loky.reusable_executor", "joblib.externals.loky.reusable_executor")


def send_by_value(modules: Iterable[str]) -> None:
    """Let classes and functions of modules be sent to other processes with their code.

    No other process can import them.

    Parameters
    ----------
    modules
        Names of modules; those of packages include their submodules.
    """
    names = list(modules)
    for name in CLOUDPICKLES:
        # cloudpickle.register_pickle_by_value takes only modules that are imported already.
        by_value: Any = getattr(sys.modules.get(name), "_PICKLE_BY_VALUE_MODULES", None)
        if by_value is not None:
            by_value.update(names)


def end_child_processes() -> None:
    """End the processes that joblib keeps for the next computation: they began in another state."""
    for name in POOLS:
        executor: Any = getattr(sys.modules.get(name), "_executor", None)
        if executor is not None:
            with suppress(Exception):  # it has ended already
                executor.shutdown(wait=True, kill_workers=True)
