"""From what a user named to a Dataset: a built-in one, a plug-in's, or a file of the user's own."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evenfold.config import read_config
from evenfold.data.datasets import BUILT_IN, Dataset
from evenfold.errors import EvenfoldError, PluginError, UsageError
from evenfold.plugins.folders import find_plugins
from evenfold.worker.plugin import load_module

DEFAULT = "breast_cancer"
# Made from a file that the user has.
FROM_FILE = ("wisdm",)
TABLES, SERIES = (".csv", ".tsv", ".tab"), (".npz", ".ts")
OF_TABLES = ("target", "positive", "group")


@dataclass(frozen=True)
class Source:
    """Data as a user names them.

    ``name`` is a built-in dataset's, a plug-in's, or the path of a table (``target`` is its column
    of labels) or of series; ``data`` the file that a named dataset is made from. ``folders`` hold
    plug-ins.
    """

    name: str = DEFAULT
    target: str | None = None
    positive: str | None = None
    group: str | None = None
    data: Path | None = None
    folders: tuple[Path, ...] = ()

    @classmethod
    def asked(cls, asked: Mapping[str, Any], root: Path) -> Source:
        """From the options of a command; a project's own folders come first."""
        options = {key: asked.get(key) for key in (*OF_TABLES, "data")}
        folders = (*read_config(root).datasets, *asked.get("datasets", ()))
        return cls(asked.get("dataset") or DEFAULT, **options, folders=folders)

    @property
    def is_built_in(self) -> bool:
        """Whether its name means the same data everywhere."""
        return self.name in (*BUILT_IN, *FROM_FILE) and self.name not in self.files

    @property
    def files(self) -> dict[str, Path]:
        """The plug-ins by name. Raises UsageError when a folder is not there."""
        return find_plugins(self.folders, "datasets").files


def open_dataset(source: Source) -> Dataset:
    """The dataset of a source. **Runs a plug-in's code.**

    Raises UsageError when options do not fit the source, DataError when the data are bad,
    PluginError for a file that breaks the contract.
    """
    path = Path(source.name)
    if source.name in source.files:
        _refuse(source, "is a plug-in", OF_TABLES)
        return _from_plugin(source.name, source.files[source.name], source.data)
    if source.name in FROM_FILE:
        _refuse(source, "is no table", OF_TABLES)
        if source.data is None:
            raise UsageError(f"{source.name} is made from a file of yours: give --data PATH")
        from evenfold.data.wisdm import read_wisdm

        return read_wisdm(source.data)
    if source.name in BUILT_IN:
        _refuse(source, "is built in", (*OF_TABLES, "data"))
        return BUILT_IN[source.name]()
    if path.suffix == "" and not _exists(path):
        raise UsageError(_unknown(source))
    if path.suffix.lower() in SERIES:
        _refuse(source, "holds series with their labels", ("target", "group", "data"))
        from evenfold.data.series import read_series

        return read_series(path, source.positive)
    _refuse(source, "is itself the file", ("data",))
    if source.target is None:
        raise UsageError(f"{source.name}: which column holds the labels? Give --target COLUMN")
    from evenfold.data.tables import read_table

    return read_table(path, source.target, source.positive, source.group)


def _refuse(source: Source, what: str, options: tuple[str, ...]) -> None:
    for option in options:
        if getattr(source, option) is not None:
            raise UsageError(f"--{option} does not go with {source.name}, which {what}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _unknown(source: Source) -> str:
    known = ", ".join([*BUILT_IN, *FROM_FILE, *sorted(source.files)])
    return (
        f"no dataset {source.name!r}: give one of {known}, the path of a .csv or .tsv table with "
        "--target COLUMN, or of series, .npz or .ts"
    )


def _from_plugin(name: str, path: Path, data: Path | None) -> Dataset:
    try:
        make = getattr(load_module(path), "DATASET", None)
        if not callable(make):
            raise PluginError("has no DATASET: end the file with DATASET = a function")
        dataset = _made(make, data)
        if not isinstance(dataset, Dataset):
            raise PluginError(f"DATASET gave {type(dataset).__name__}, expected evenfold.Dataset")
    except EvenfoldError as error:
        raise type(error)(f"dataset {name} ({path}): {error}") from error
    # Results are files by this name, which is also what was asked for.
    return replace(dataset, name=name)


def _made(make: Callable[..., Any], data: Path | None) -> Any:
    takes_data = bool(inspect.signature(make).parameters)
    if takes_data and data is None:
        raise UsageError("it is made from a file of yours: give --data PATH")
    if data is not None and not takes_data:
        raise UsageError("--data is for a dataset whose function takes a path, and this takes none")
    try:
        return make(data) if takes_data else make()
    except EvenfoldError:
        raise
    # A plug-in's own mistakes; SystemExit must not end the harness.
    except (Exception, SystemExit) as error:
        raise PluginError(f"DATASET raised {type(error).__name__}: {error}") from error
