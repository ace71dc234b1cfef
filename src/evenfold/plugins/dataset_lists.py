"""Several datasets at once: names, files, DataFrames, and everything in a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from evenfold.config import read_config
from evenfold.data.datasets import BUILT_IN
from evenfold.data.table_names import SERIES_SUFFIXES, SUFFIXES, is_data_file
from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import DatasetOptions, dataset_name
from evenfold.plugins.datasets import COLUMN_OPTIONS
from evenfold.plugins.folders import find_plugins

if TYPE_CHECKING:
    import pandas as pd

DatasetSource: TypeAlias = "str | Path | pd.DataFrame"


def expand_datasets(
    sources: Sequence[DatasetSource] | Mapping[str, DatasetSource],
    shared: DatasetOptions,
    root: Path,
) -> list[DatasetOptions]:
    """Return the options of each of several datasets, or of the only one.

    Parameters
    ----------
    sources
        Names, files or DataFrames; a mapping gives them names. Without any, every plug-in and every
        table in the folders of ``shared``, or the default dataset without folders.
    shared
        The options that were given. Those of one dataset are refused with several, unless all of
        them are DataFrames, to each of which they apply.
    root
        The project's folder.

    Raises
    ------
    UsageError
        A folder holds no dataset, two datasets have the same name, or an option is of one dataset.
    """
    names: Sequence[str | None]
    values: list[DatasetSource]
    if isinstance(sources, Mapping):
        names = list(sources)
        values = list(sources.values())
    else:
        values = list(sources) or [*_in_folders(shared.datasets)]
        names = [None] * len(values)
    if not values:
        return [shared]
    # DataFrames have no settings of the project: options are those of each.
    if len(values) > 1 and any(isinstance(value, str | Path) for value in values):
        _refuse_options_of_one(shared, len(values))
    is_only = len(values) == 1 and bool(sources)
    datasets = [
        _one(value, name, shared, root, is_only) for value, name in zip(values, names, strict=True)
    ]
    _refuse_equal_names(datasets)
    return datasets


def as_sources(
    data: DatasetSource | Sequence[DatasetSource] | Mapping[str, DatasetSource],
) -> Sequence[DatasetSource] | Mapping[str, DatasetSource]:
    """Return several datasets as they are, and a single one as a list of one.

    Raises
    ------
    UsageError
        The list or the mapping is empty.
    DataError
        It is, or holds, neither a name nor a path nor a DataFrame.
    """
    if isinstance(data, (Mapping, list, tuple)):
        if not data:
            raise UsageError("there is no dataset to score on: data is empty; give one or several")
        for each in data.values() if isinstance(data, Mapping) else data:
            _require_source(each)
        return data
    if data is not None:
        _require_source(data)
    return [cast("DatasetSource", data)]


def _require_source(value: object) -> None:
    if not isinstance(value, (str, os.PathLike)):
        from evenfold.data.frames import require_frame

        require_frame(value, "data")


def _one(
    value: DatasetSource, name: str | None, shared: DatasetOptions, root: Path, is_only: bool
) -> DatasetOptions:
    source = os.fspath(value) if isinstance(value, os.PathLike) else value
    one = replace(shared, dataset=source, name=name)
    if is_only or not shared.datasets:
        return one
    # The folders are for the datasets that lie there.
    is_elsewhere = not isinstance(source, str) or (
        source not in find_plugins(shared.datasets, "datasets").files
        and (source in (*BUILT_IN, *_project_plugins(root)) or bool(Path(source).suffix))
    )
    return replace(one, datasets=()) if is_elsewhere else one


def _project_plugins(root: Path) -> Mapping[str, Path]:
    return find_plugins(read_config(root).datasets, "datasets").files


def _in_folders(folders: Sequence[Path]) -> list[str]:
    """Return the plug-ins and the tables of folders, sorted by name."""
    found: list[str] = []
    for folder in folders:
        plugins = sorted(find_plugins([folder], "datasets").files)
        tables = sorted(str(file) for file in folder.glob("*") if is_data_file(file))
        if not plugins and not tables:
            endings = ", ".join((*SUFFIXES, *SERIES_SUFFIXES))
            raise UsageError(
                f"--datasets {folder}: there is no dataset in this folder; put tables ({endings}) "
                "or plug-ins there, or name one with --dataset"
            )
        found += [*plugins, *tables]
    return found


def _refuse_options_of_one(shared: DatasetOptions, count: int) -> None:
    given = {name.replace("_", "-"): getattr(shared, name) for name in (*COLUMN_OPTIONS, "data")}
    refuse_given(
        {name: value or None for name, value in given.items()},
        f"it is about one dataset, and there are {count}: set it for each table in pyproject.toml, "
        'as target = "species" below [tool.evenfold.tables."iris.csv"]',
    )


def _refuse_equal_names(datasets: Sequence[DatasetOptions]) -> None:
    counts = Counter(dataset_name(one) for one in datasets)
    name, count = counts.most_common(1)[0]
    if count > 1:
        raise UsageError(
            f"{count} datasets are called {name!r}: results are saved by name; rename a file, or "
            "give names with a mapping in Python"
        )
