"""The functions of the package: a race as ``evenfold race`` runs it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.plugins.datasets import DatasetOptions
from evenfold.race.options import RaceOptions
from evenfold.worker.protocol import Clock, Measure

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.race.comparison import RaceComparison


def race(
    *contenders: str,
    measure: Measure | None = RaceOptions.measure,
    clock: Clock | None = RaceOptions.clock,
    rows: int | None = RaceOptions.rows,
    budget: float | None = RaceOptions.budget,
    margin: float | None = RaceOptions.margin,
    threads: int | None = RaceOptions.threads,
    seed: int | None = RaceOptions.seed,
    dataset: str | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = DatasetOptions.target,
    positive: str | None = DatasetOptions.positive,
    group: str | None = DatasetOptions.group,
    data: Path | None = DatasetOptions.data,
    datasets: Iterable[Path] = DatasetOptions.datasets,
    models: Iterable[Path] = RaceOptions.models,
    env: Iterable[str] = RaceOptions.environments,
    timeout: float = RaceOptions.timeout,
    results: Path | None = RaceOptions.results,
    name: str | None = RaceOptions.name,
    continued: str | None = RaceOptions.continued,
) -> RaceComparison:
    """Compare speed: time contenders side by side in random order.

    Parameters
    ----------
    *contenders
        ``model[settings]#revision@environment/path``, all but the model optional. The first is the
        reference. None for a race that is continued.
    measure
        ``epoch``, ``fit`` or ``predict``. Default: ``predict`` if a contender names an inference
        path or ``rows`` is given, else ``epoch``.
    clock
        ``wall`` (default), or ``cpu`` for CPU time.
    rows
        Rows of a prediction (default: 1).
    budget
        Seconds of wall time (default: 60 for each contender, 150 if fits are raced).
    margin
        Practical threshold of a ratio (default: 0.02).
    threads
        Threads of each contender (default: 1).
    seed
        Random seed of the order of samples and of the fits (default: drawn).
    dataset
        Name of a dataset, path of a table or of series, or a DataFrame.
    target, positive, group
        Column of the labels of a table, the positive label, and the column of groups.
    data
        File that a named dataset is made from.
    datasets, models
        Folders of datasets and of models. **Their code is run.**
    env
        Environments that contenders name after ``@``: ``NAME[=PATH[,FLAG=VALUE]]``.
    timeout
        Seconds that a worker may take for an answer.
    results
        Folder below which the race is saved (default: by time in ``.evenfold/runs``).
    name
        Name that the race is saved as (default: made from the contenders).
    continued
        Name or file of a saved race to which launches are added.

    Returns
    -------
    RaceComparison
        Ratios with 99 % intervals and verdicts; a notebook shows a table and a figure.

    Raises
    ------
    UsageError
        Options do not go together, or a contender does not exist.
    DataError, PluginError
        The data or a plug-in are bad.
    WorkerError
        A worker fails; whole launches are saved.
    ResultsError
        The race cannot be saved, or the one to continue cannot be read.

    Examples
    --------
    >>> evenfold.race("conv1d/predict", "conv1d/function", rows=1024)  # doctest: +SKIP
    """
    from evenfold.race.comparison import RaceComparison
    from evenfold.race.progress import SILENT
    from evenfold.race.run import run_contenders

    options = RaceOptions(
        measure=measure,
        clock=clock,
        rows=rows,
        budget=budget,
        margin=margin,
        threads=threads,
        seed=seed,
        data=DatasetOptions(dataset, target, positive, group, data, tuple(datasets)),
        models=tuple(models),
        environments=tuple(env),
        timeout=timeout,
        results=results,
        name=name,
        continued=continued,
    )
    finished = run_contenders(contenders, options, lambda messages: None, SILENT)
    return RaceComparison(finished.race, finished.file)
