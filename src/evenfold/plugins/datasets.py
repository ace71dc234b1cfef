"""Datasets by name: built-in ones, plug-ins, a user's own files and DataFrames."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.config import read_config
from evenfold.data.datasets import BUILT_IN, Dataset
from evenfold.data.table_names import EXCEL_SUFFIXES, SERIES_SUFFIXES
from evenfold.data.table_options import TableOptions
from evenfold.errors import DataError, PluginError, UsageError, did_you_mean
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import FROM_FILE, DatasetOptions
from evenfold.plugins.folders import find_plugins
from evenfold.plugins.plugin_process import PluginProcess
from evenfold.plugins.run_dataset import ARRAYS, OF_ARRAYS
from evenfold.plugins.sources import read_sources
from evenfold.runtime.cleanup import scratch
from evenfold.runtime.typed import convert

if TYPE_CHECKING:
    import pandas as pd

READING_OPTIONS = (
    "drop", "categorical", "ordinal", "missing", "preprocess", "sample_weight", "sheet",
)  # fmt: skip
COLUMN_OPTIONS = ("target", "positive", "group", *READING_OPTIONS)
# A dataset's function may compute or fetch what it returns.
SECONDS_TO_OPEN = 600.0


def with_table_settings(options: DatasetOptions, root: Path | None) -> DatasetOptions:
    """Return the options with those that the project's configuration has for this file.

    Options that are given stay as they are.
    """
    if root is None or not isinstance(options.dataset, str):
        return options
    for file, settings in read_config(root).tables.items():
        if _is_same_file(file, root / options.dataset):
            missing = {k: v for k, v in settings.items() if getattr(options, k) in (None, ())}
            return replace(options, **missing)
    return options


def open_dataset(options: DatasetOptions, root: Path | None = None) -> Dataset:
    """Open the dataset that the options name. **Runs the code of a plug-in.**

    Parameters
    ----------
    options
        The data, as the user names them.
    root
        The folder of a project whose own folders of plug-ins are searched first; None: of none.

    Raises
    ------
    UsageError
        There is no such dataset, or an option does not apply to it.
    DataError
        The data cannot be used.
    PluginError
        The file of a plug-in breaks the contract.
    """
    dataset = _open(with_table_settings(options, root), root)
    return dataset if options.name is None else replace(dataset, name=options.name)


def _open(options: DatasetOptions, root: Path | None) -> Dataset:
    if not isinstance(options.dataset, str):
        reason = "a DataFrame is itself the data"
        given = {"data": options.data, "datasets": options.datasets or None, "sheet": options.sheet}
        refuse_given(given, reason)
        return _from_frame(options.dataset, options)
    name, files = options.dataset, _plugin_files(options, root)
    if name in files:
        _refuse(options, "is a plug-in", COLUMN_OPTIONS)
        return _from_plugin(name, files[name], options.data)
    if name in (*FROM_FILE, *BUILT_IN) or Path(name).suffix or _exists(Path(name)):
        refuse_given({"datasets": options.datasets or None}, f"none of its files is {name}")
    if name in FROM_FILE:
        _refuse(options, "is no table", COLUMN_OPTIONS)
        if options.data is None:
            raise UsageError(f"{name} is made from a file of yours: give --data PATH")
        from evenfold.data.wisdm import read_wisdm

        return read_wisdm(options.data)
    if name in BUILT_IN:
        _refuse(options, "is built in", (*COLUMN_OPTIONS, "data"))
        return BUILT_IN[name]()
    if Path(name).suffix == "" and not _exists(Path(name)):
        known = [*BUILT_IN, *FROM_FILE, *sorted(files)]
        raise UsageError(
            f"no dataset {name!r}: give one of {', '.join(known)}, the path of a .csv or .tsv "
            f"table with --target COLUMN, or of series, .npz or .ts{did_you_mean(name, known)}"
        )
    return _from_file(Path(name), options)


def is_built_in(options: DatasetOptions, root: Path | None = None) -> bool:
    """Whether the dataset's name stands for the same data on every machine."""
    name = options.dataset
    return (
        isinstance(name, str)
        and name in (*BUILT_IN, *FROM_FILE)
        and name not in _plugin_files(options, root)
    )


def has_default_positive(options: DatasetOptions, root: Path | None = None) -> bool:
    """Whether the positive class, if there is one, is a default: of a table, series or frame."""
    options = with_table_settings(options, root)
    name = options.dataset
    by_name = isinstance(name, str) and (
        name in (*BUILT_IN, *FROM_FILE) or name in _plugin_files(options, root)
    )
    return options.positive is None and not by_name


def _is_same_file(file: Path, other: Path) -> bool:
    try:
        return file.resolve() == other.resolve()
    except (OSError, ValueError, RuntimeError):  # no name that a file could have
        return False


def _plugin_files(options: DatasetOptions, root: Path | None) -> dict[str, Path]:
    project = () if root is None else read_config(root).datasets
    return find_plugins((*project, *options.datasets), "datasets").files


def _table_options(options: DatasetOptions, target: str) -> TableOptions:
    return TableOptions(
        target=target,
        positive=options.positive,
        group=options.group,
        drop=options.drop,
        categorical=options.categorical,
        ordinal=options.ordinal,
        missing=options.missing or TableOptions.missing,
        preprocess=options.preprocess or TableOptions.preprocess,
        sample_weight=options.sample_weight,
        sheet=options.sheet,
    )


def _from_frame(frame: pd.DataFrame, options: DatasetOptions) -> Dataset:
    from evenfold.data.columns import some_names
    from evenfold.data.frames import NAME, from_frame, require_frame

    require_frame(frame, NAME)
    if options.target is None:
        known = some_names([str(name) for name in frame.columns])
        raise UsageError(
            f"which column of the frame holds the labels? Give target, one of the columns: {known}"
        )
    return from_frame(frame, _table_options(options, options.target))


def _from_file(path: Path, options: DatasetOptions) -> Dataset:
    if path.suffix.lower() in SERIES_SUFFIXES:
        names = ("target", "group", *READING_OPTIONS, "data")
        _refuse(options, "holds series with their labels", names)
        from evenfold.data.series import read_series

        return replace(read_series(path, options.positive), source=str(path))
    _refuse(options, "is itself the file", ("data",))
    from evenfold.data.table_files import column_names, open_table

    if path.suffix.lower() not in EXCEL_SUFFIXES:
        _refuse(options, "has no sheets", ("sheet",))
    if options.target is None:
        columns = column_names(path, options.sheet)
        one_of = f", one of the columns: {columns}" if columns else ""
        raise UsageError(f"{path}: which column holds the labels? Give --target COLUMN{one_of}")
    dataset = open_table(path, _table_options(options, options.target))
    return replace(dataset, source=str(path))


def _refuse(options: DatasetOptions, reason: str, names: tuple[str, ...]) -> None:
    for name in names:
        if getattr(options, name) not in (None, ()):
            option = name.replace("_", "-")
            raise UsageError(f"--{option} does not go with {options.dataset}, which {reason}")


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # no name that a file could have
        return False


def _from_plugin(name: str, path: Path, data: Path | None) -> Dataset:
    """Open the dataset of a plug-in, which runs in a process of its own."""
    title = f"dataset {name} ({path})"
    with scratch() as folder:
        arguments = () if data is None else (str(data),)
        process = PluginProcess("run_dataset", title, read_sources(path), folder, arguments)
        try:
            answer = process.answer(SECONDS_TO_OPEN)
        finally:
            process.stop()
        dataset = _read_dataset(title, answer, folder / ARRAYS)
    # Results are files of this name, whatever name the plug-in gives its dataset.
    return replace(dataset, name=name)


def _read_dataset(title: str, answer: dict[str, Any], file: Path) -> Dataset:
    """Read what the process has sent and written; its own errors already have the title."""
    try:
        with np.load(file, allow_pickle=False) as arrays:
            return _dataset({**answer["dataset"], **{key: arrays[key] for key in arrays.files}})
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise PluginError(f"{title}: {error}") from error
    except DataError as error:
        raise DataError(f"{title}: {error}") from error


def _dataset(parts: dict[str, Any]) -> Dataset:
    """A dataset of its arrays and the rest, as JSON has it."""
    from evenfold.data.column_info import ColumnInfo
    from evenfold.data.preprocessing import Preprocessing

    types = {
        "name": str,
        "feature_names": tuple[str, ...],
        "class_names": tuple[str, ...],
        "positive": int | None,
        "notes": tuple[str, ...],
        "plan": Preprocessing | None,
        "columns": tuple[ColumnInfo, ...],
    }
    typed: dict[str, Any] = {name: convert(parts[name], kind) for name, kind in types.items()}
    arrays: dict[str, Any] = {name: parts.get(name) for name in OF_ARRAYS}
    return Dataset(**arrays, **typed)
