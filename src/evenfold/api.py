"""The Python API: commands as functions that return their results and print nothing."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.plugins.datasets import DatasetOptions
from evenfold.race.options import RaceOptions
from evenfold.score.options import ScoreOptions, SplitProtocol
from evenfold.stats.comparisons import IntervalMethod
from evenfold.worker.protocol import Clock, Engine, Measure

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.race.comparison import RaceComparison
    from evenfold.score.comparison import ScoreComparison


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
    models: Iterable[Path] = RaceOptions.folders,
    env: Iterable[str] = RaceOptions.environments,
    timeout: float = RaceOptions.timeout,
    results: Path | None = RaceOptions.results,
    name: str | None = RaceOptions.name,
    continued: str | None = RaceOptions.continued,
) -> RaceComparison:
    """Compare speed: time contenders side by side in counterbalanced order.

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
        folders=tuple(models),
        environments=tuple(env),
        timeout=timeout,
        results=results,
        name=name,
        continued=continued,
    )
    finished = run_contenders(contenders, options, lambda messages: None, SILENT)
    return RaceComparison(finished.race, finished.file)


def score(
    models: Iterable[str],
    data: str | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = None,
    *,
    positive: str | None = None,
    group: str | None = None,
    datasets: Iterable[Path] = (),
    folders: Iterable[Path] = (),
    protocol: SplitProtocol = ScoreOptions.protocol,
    folds: int | None = ScoreOptions.folds,
    repeats: int | None = ScoreOptions.repeats,
    seeds: int | None = ScoreOptions.seeds,
    engine: Engine = ScoreOptions.engine,
    metric: str = ScoreOptions.metric,
    metrics: Iterable[Path] = (),
    rope: float | None = ScoreOptions.rope,
    interval: IntervalMethod = ScoreOptions.interval,
    seed: int = ScoreOptions.seed,
    env: str | None = ScoreOptions.env,
    scheduler: str | None = ScoreOptions.scheduler,
    jobs: int | None = ScoreOptions.jobs,
    timeout: float | None = ScoreOptions.timeout,
    results: Path | None = ScoreOptions.results,
    store: Path | None = ScoreOptions.store,
) -> ScoreComparison:
    """Score models on the same splits, as ``evenfold score`` does.

    Parameters
    ----------
    models
        Names of models, the first the reference.
    data
        The name of a dataset, the path of a table, or a DataFrame.
    target
        The column of labels of a table or DataFrame.
    positive, group
        The positive label, and the column whose equal values stay in one fold.
    datasets, folders, metrics
        Folders of plug-ins: datasets, models and metrics.
    protocol, folds, repeats, seeds, engine, metric, rope, interval, seed
        The study, as of ``ScoreOptions``.
    env, scheduler, jobs, timeout, results, store
        Where fits run and results are saved, as of ``ScoreOptions``.

    Returns
    -------
    ScoreComparison
        Scores, verdicts and a table; a fit that fails is in its ``failed``.

    Raises
    ------
    EvenfoldError
        An option, the data, a plug-in, a worker or a file cannot be used.
    """
    from evenfold.score.compare_models import score_models

    dataset = DatasetOptions(data, target, positive, group, None, tuple(datasets))
    options = ScoreOptions(
        models=tuple(models),
        data=dataset,
        folders=tuple(folders),
        protocol=protocol,
        folds=folds,
        repeats=repeats,
        seeds=seeds,
        engine=engine,
        metric=metric,
        metrics=tuple(metrics),
        rope=rope,
        interval=interval,
        seed=seed,
        env=env,
        scheduler=scheduler,
        jobs=jobs,
        timeout=timeout,
        results=results,
        store=store,
    )
    return score_models(options, Path.cwd(), lambda messages: None, lambda prefix: _no_progress)


def _no_progress(done: int, total: int) -> None:
    """Show nothing."""
