"""The Python API: commands as functions that return their results.

They print nothing but their progress, on a terminal and in a notebook.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evenfold.data.table_options import Missing, Preprocess
from evenfold.errors import UsageError
from evenfold.option_checks import parse_share
from evenfold.option_values import (
    Names,
    PathName,
    Paths,
    as_environment,
    as_names,
    as_path,
    as_paths,
    as_seconds,
    as_text,
)
from evenfold.plugins.dataset_lists import DatasetSource, as_sources, expand_datasets
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.plugins.python_models import PythonModel, list_models
from evenfold.race.options import RaceOptions
from evenfold.score.options import ScoreOptions, SplitProtocol
from evenfold.score.target import parse_target
from evenfold.stats.comparisons import IntervalMethod
from evenfold.worker.protocol import Clock, Engine, Measure

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.race.comparison import RaceComparison
    from evenfold.score.comparison import ScoreComparison
    from evenfold.score.datasets_comparison import DatasetsComparison
    from evenfold.score.fit_times import StudyState
    from evenfold.score.progress import Progress


def race(
    *contenders: PythonModel,
    measure: Measure | None = RaceOptions.measure,
    clock: Clock | None = RaceOptions.clock,
    rows: int | None = RaceOptions.rows,
    budget: float | str | None = RaceOptions.budget,
    margin: float | str | None = RaceOptions.margin,
    threads: int | None = RaceOptions.threads,
    seed: int | None = RaceOptions.seed,
    dataset: PathName | pd.DataFrame = DatasetOptions.dataset,
    target: str | None = DatasetOptions.target,
    positive: str | None = DatasetOptions.positive,
    group: str | None = DatasetOptions.group,
    data: PathName | None = DatasetOptions.data,
    datasets: Paths = (),
    drop: Names = (),
    categorical: Names = (),
    ordinal: Names = (),
    missing: Missing | None = DatasetOptions.missing,
    preprocess: Preprocess | None = DatasetOptions.preprocess,
    sample_weight: str | None = DatasetOptions.sample_weight,
    sheet: str | None = DatasetOptions.sheet,
    models: Paths = (),
    env: Names = (),
    timeout: float | str = RaceOptions.timeout,
    results: PathName | None = RaceOptions.results,
    name: str | None = RaceOptions.name,
    continued: PathName | None = RaceOptions.continued,
) -> RaceComparison:
    """Compare speed: time contenders side by side in counterbalanced order.

    Parameters
    ----------
    *contenders
        ``model[settings]#revision@environment/path``, all but the model optional; or an estimator,
        a ``Model`` or a function of a ``Task``, as of `score`. The first is the reference. None for
        a race that is continued.
    measure
        ``epoch``, ``fit`` or ``predict``. Default: ``predict`` if a contender names an inference
        path or ``rows`` is given, else ``epoch``.
    clock
        ``wall`` (default), or ``cpu`` for CPU time.
    rows
        Rows of a prediction (default: 1).
    budget
        Wall time in seconds, or a text such as ``"60s"`` or ``"2m"`` (default: 60 s for each
        contender, 150 s if fits are raced).
    margin
        Practical threshold of a ratio, as a share or a text such as ``"2%"`` (default: 0.02).
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
    drop, categorical, ordinal, missing, preprocess, sample_weight, sheet
        What becomes of the columns of a table, as of ``DatasetOptions``.
    datasets, models
        Folders of datasets and of models, one or several. **Their code is run.**
    env
        Environments that contenders name after ``@``: ``NAME[=PATH[,FLAG=VALUE]]``.
    timeout
        Time that a worker may take for an answer, in seconds or as a text such as ``"5m"``.
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
    from evenfold.race.progress import SILENT, line_monitor
    from evenfold.race.run import run_contenders
    from evenfold.render.progress import open_line

    listed = list_models(contenders)
    options = RaceOptions(
        measure=measure,
        clock=clock,
        rows=rows,
        budget=as_seconds(budget),
        margin=parse_share(margin) if isinstance(margin, str) else margin,
        threads=threads,
        seed=seed,
        sources=listed.sources,
        data=DatasetOptions(
            dataset=as_text(dataset),
            target=target,
            positive=positive,
            group=group,
            data=as_path(data),
            datasets=as_paths(datasets),
            drop=as_names(drop),
            categorical=as_names(categorical),
            ordinal=as_names(ordinal),
            missing=missing,
            preprocess=preprocess,
            sample_weight=sample_weight,
            sheet=sheet,
        ),
        folders=as_paths(models),
        environments=as_names(env),
        timeout=as_seconds(timeout),
        results=as_path(results),
        name=name,
        continued=None if continued is None else str(continued),
    )
    line = open_line()
    monitor = SILENT if line is None else line_monitor(line)
    finished = run_contenders(listed.names, options, lambda messages: None, monitor)
    return RaceComparison(finished.race, finished.file)


def score(
    models: PythonModel | Iterable[PythonModel] | Mapping[str, PythonModel],
    data: DatasetSource
    | Sequence[DatasetSource]
    | Mapping[str, DatasetSource] = DatasetOptions.dataset,
    target: str | None = None,
    *,
    positive: str | None = None,
    group: str | None = None,
    datasets: Paths = (),
    drop: Names = (),
    categorical: Names = (),
    ordinal: Names = (),
    missing: Missing | None = DatasetOptions.missing,
    preprocess: Preprocess | None = DatasetOptions.preprocess,
    sample_weight: str | None = DatasetOptions.sample_weight,
    sheet: str | None = DatasetOptions.sheet,
    folders: Paths = (),
    protocol: SplitProtocol = ScoreOptions.protocol,
    folds: int | None = ScoreOptions.folds,
    repeats: int | None = ScoreOptions.repeats,
    seeds: int | None = ScoreOptions.seeds,
    engine: Engine = ScoreOptions.engine,
    metric: str = ScoreOptions.metric,
    metrics: Paths = (),
    rope: float | None = ScoreOptions.rope,
    interval: IntervalMethod = ScoreOptions.interval,
    seed: int = ScoreOptions.seed,
    env: str | None = ScoreOptions.env,
    scheduler: str | None = ScoreOptions.scheduler,
    jobs: int | None = ScoreOptions.jobs,
    timeout: float | str | None = ScoreOptions.timeout,
    results: PathName | None = ScoreOptions.results,
    store: PathName | None = ScoreOptions.store,
    silence: Names = ScoreOptions.silence,
    ungrouped: bool = ScoreOptions.ungrouped,
    time_to: str | None = None,
    energy: bool = ScoreOptions.energy,
) -> ScoreComparison | DatasetsComparison:
    """Score models on the same splits, as ``evenfold score`` does.

    Parameters
    ----------
    models
        One model or several, the first the reference. Each is the name of a model, an estimator
        with ``fit`` and ``predict_proba``, a ``Model``, or a function that builds a compiled Keras
        model or an estimator for a ``Task``; a network of such a function trains 50 epochs with
        batches of 32. A mapping gives names to models. Estimators are built anew with their
        parameters for every fit, and what they have learned before is not used.
    data
        The name of a dataset, the path of a table, or a DataFrame: one row for each case, features
        and labels in columns. A list of several, or a mapping that names them, is compared over all
        of them; options of one dataset are then read from ``[tool.evenfold.tables]``, or hold for
        each if all are DataFrames.
    target
        The column of labels of a table or DataFrame.
    positive, group
        The positive label, and the column whose equal values stay in one fold.
    drop, categorical, ordinal, missing, preprocess, sample_weight, sheet
        What becomes of the columns of a table, as of ``DatasetOptions``.
    datasets, folders, metrics
        Folders of plug-ins, one or several: datasets, models and metrics.
    protocol, folds, repeats, seeds, engine, metric, rope, interval, seed
        The study, as of ``ScoreOptions``.
    env, scheduler, jobs, timeout, results, store
        Where fits run and results are saved, as of ``ScoreOptions``; ``timeout`` is in seconds or a
        text such as ``"60s"``.
    silence
        Codes of diagnostics that are not shown, one or several.
    ungrouped
        Whether data with groups are scored a second time, as if there were no groups, which takes
        as many fits again.
    time_to
        The score whose time to be reached is shown, such as ``"accuracy=0.95"``; the result's
        ``time_table`` has the numbers.
    energy
        Whether to measure the energy of fits, with ``jobs=1`` and ``engine="keras"``.

    Returns
    -------
    ScoreComparison or DatasetsComparison
        Scores, verdicts and a table of numbers; a fit that fails is in its ``failed``, and what may
        be wrong with the study in its ``findings``. For several datasets, a comparison over them,
        with that of each dataset in its ``studies``.

    Raises
    ------
    UsageError
        An option or the name of a model is unknown, or something among the models is none.
    PluginError
        A model breaks the contract, or one that is handed over by value cannot be sent to workers,
        such as a lambda.
    EvenfoldError
        The data, a worker or a file cannot be used.

    Examples
    --------
    >>> forest = RandomForestClassifier(max_depth=4)  # doctest: +SKIP
    >>> evenfold.score([forest, "conv1d", my_builder], frame, target="y")  # doctest: +SKIP
    """
    from evenfold.score.compare_models import score_models
    from evenfold.score.score_datasets import score_datasets

    listed = list_models(models)
    if not listed.names:
        raise UsageError("there is no model to score: give one or several")
    shared = DatasetOptions(
        target=target,
        positive=positive,
        group=group,
        data=None,
        datasets=as_paths(datasets),
        drop=as_names(drop),
        categorical=as_names(categorical),
        ordinal=as_names(ordinal),
        missing=missing,
        preprocess=preprocess,
        sample_weight=sample_weight,
        sheet=sheet,
    )
    every_dataset = expand_datasets(as_sources(data), shared, Path.cwd())
    options = ScoreOptions(
        models=listed.names,
        sources=listed.sources,
        data=every_dataset[0],
        folders=as_paths(folders),
        protocol=protocol,
        folds=folds,
        repeats=repeats,
        seeds=seeds,
        engine=engine,
        metric=metric,
        metrics=as_paths(metrics),
        rope=rope,
        interval=interval,
        seed=seed,
        env=as_environment(env),
        scheduler=scheduler,
        jobs=jobs,
        timeout=as_seconds(timeout),
        results=as_path(results),
        store=as_path(store),
        silence=as_names(silence),
        ungrouped=ungrouped,
        time_to=None if time_to is None else parse_target(time_to),
        energy=energy,
    )
    here = (Path.cwd(), lambda messages: None, _study_progress)
    if len(every_dataset) > 1:
        several = score_datasets(options, every_dataset, *here)
        studies = several.studies.items()
        return replace(several, studies={name: _noted(s, listed.notes) for name, s in studies})
    return _noted(score_models(options, *here), listed.notes)


def _noted(result: ScoreComparison, notes: Mapping[str, str]) -> ScoreComparison:
    """Return a result with the notes on those of its models that are networks."""
    networks = set(result.scores["model"][result.scores["engine"] != "estimator"])
    return replace(result, model_notes=[n for name, n in notes.items() if name in networks])


def _study_progress(prefix: str) -> Progress:
    """Return what shows the progress of a study: nothing, unless a person watches."""
    from evenfold.render.progress import open_line
    from evenfold.score.progress import StudyProgress

    line = open_line()
    return _no_progress if line is None else StudyProgress(lambda lines: None, prefix, line)


def _no_progress(state: StudyState) -> None:
    """Show nothing."""
