"""Several datasets at once: names, files, DataFrames, and everything in a folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from evenfold.config import read_config
from evenfold.data.datasets import BUILT_IN
from evenfold.errors import UsageError
from evenfold.option_checks import refuse_given
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.datasets import COLUMN_OPTIONS
from evenfold.plugins.folders import find_plugins

if TYPE_CHECKING:
    import pandas as pd

DatasetSource: TypeAlias = "str | Path | pd.DataFrame"
TABLE_SUFFIXES = (".csv", ".tsv", ".parquet", ".xlsx", ".npz", ".ts")


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
        The options that were given. Those of one dataset are refused with several.
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
    if len(values) > 1:
        _refuse_options_of_one(shared, len(values))
    is_only = len(values) == 1
    datasets = [
        _one(value, name, shared, root, is_only) for value, name in zip(values, names, strict=True)
    ]
    _refuse_equal_names(datasets)
    return datasets


def as_sources(
    data: DatasetSource | Sequence[DatasetSource] | Mapping[str, DatasetSource],
) -> Sequence[DatasetSource] | Mapping[str, DatasetSource]:
    """Return several datasets as they are, and a single one as a list of one."""
    if isinstance(data, (Mapping, list, tuple)):
        return data
    return [cast("DatasetSource", data)]


def _one(
    value: DatasetSource, name: str | None, shared: DatasetOptions, root: Path, is_only: bool
) -> DatasetOptions:
    source = str(value) if isinstance(value, Path) else value
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
        tables = sorted(
            str(file) for file in folder.glob("*") if file.suffix.lower() in TABLE_SUFFIXES
        )
        if not plugins and not tables:
            raise UsageError(
                f"--datasets {folder}: there is no dataset in this folder; put tables "
                f"({', '.join(TABLE_SUFFIXES)}) or plug-ins there, or name one with --dataset"
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
    counts = Counter(_name(one) for one in datasets)
    name, count = counts.most_common(1)[0]
    if count > 1:
        raise UsageError(
            f"{count} datasets are called {name!r}: results are saved by name; rename a file, or "
            "give names with a mapping in Python"
        )


def _name(options: DatasetOptions) -> str:
    if options.name is not None:
        return options.name
    source = options.dataset
    # A frame has the name "frame" in results.
    return Path(source).stem if isinstance(source, str) else "frame"
