"""A dataset's file in a process of its own: ``python -m evenfold.plugins.run_dataset``.

Its arguments are the saved sources, a folder for the arrays, and the path for a function that takes
one. It sends the names that belong to the arrays, or why there are none.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from evenfold.data.datasets import Dataset
from evenfold.errors import EvenfoldError, PluginError, UsageError
from evenfold.runtime.typed import to_builtins
from evenfold.worker.error_text import describe_error, error_message
from evenfold.worker.pipes import take_stdout
from evenfold.worker.plugin import load_module
from evenfold.worker.source_modules import SourceModules, active
from evenfold.worker.sources import read_saved

ARRAYS = "arrays.npz"
OF_ARRAYS = ("x", "y", "groups", "sample_weight")


def main(sources: str, folder: str, data: str | None = None) -> None:
    """Open a dataset, and write its arrays."""
    send = take_stdout()
    try:
        dataset = _open(SourceModules(read_saved(Path(sources))), data)
        send({"dataset": _written(dataset, Path(folder) / ARRAYS)})
    except EvenfoldError as error:
        send({"error": error_message(error), "kind": type(error).__name__})
    # A plug-in may raise anything; nobody but it interrupts this process.
    except BaseException as error:
        send({"error": f"DATASET raised {describe_error(error)}", "kind": PluginError.__name__})


def _open(modules: SourceModules, data: str | None) -> Dataset:
    function = getattr(load_module(modules), "DATASET", None)
    if not callable(function):
        raise PluginError("has no DATASET: end the file with DATASET = a function")
    with active(modules):
        dataset = _call(function, None if data is None else Path(data))
    if not isinstance(dataset, Dataset):
        raise PluginError(f"DATASET returned {type(dataset).__name__}, expected evenfold.Dataset")
    return dataset


def _call(function: Callable[..., Any], data: Path | None) -> Any:
    takes_data = bool(inspect.signature(function).parameters)
    if takes_data and data is None:
        raise UsageError("it is made from a file of yours: give --data PATH")
    if data is not None and not takes_data:
        raise UsageError("--data is for a dataset whose function takes a path; this one takes none")
    return function(data) if takes_data else function()


def _written(dataset: Dataset, file: Path) -> Any:
    """Write the arrays of a dataset, and return the rest of it for JSON."""
    groups = dataset.groups
    if groups is not None and groups.dtype.kind == "O":
        groups = np.array([str(group) for group in groups])
    arrays = {"x": dataset.x, "y": dataset.y, "groups": groups}
    arrays["sample_weight"] = dataset.sample_weight
    present = {name: array for name, array in arrays.items() if array is not None}
    # NumPy before 2 writes its option allow_pickle as an array.
    np.savez(file, **present)  # type: ignore[arg-type]
    names = [field.name for field in fields(Dataset) if field.name not in OF_ARRAYS]
    return to_builtins({name: getattr(dataset, name) for name in names})


if __name__ == "__main__":
    main(*sys.argv[1:])
