"""Options of ``evenfold upgrade``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.race.options import RaceOptions
from evenfold.score.options import ScoreOptions
from evenfold.stats.comparisons import IntervalMethod
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.worker.protocol import Clock


@dataclass(frozen=True)
class UpgradeOptions:
    """Options of an upgrade.

    Parameters
    ----------
    before, after
        The environments: a name of tox's or of ``[tool.evenfold.environments]``, or
        ``NAME=PATH[,FLAG=VALUE]``.
    models
        Names of models; without any, every built-in model.
    folders
        Folders of models beside the built-in ones and those of the project.
    data
        The dataset.
    folds, repeats
        Folds of a repeat and the number of repeats of each study (default: 10 of each).
    metric, rope
        The metric of the scores' verdicts and their margin; None for the metric's own.
    interval
        How intervals of scores are computed.
    budget
        Seconds of each race; None for the default of races.
    clock
        ``wall`` or ``cpu``; None for the default of races.
    margin
        Practical threshold of a ratio of times; None for the default of races.
    threads
        Threads of each contender of a race; None for the default of races.
    seed
        Random seed of splits, fits and races.
    jobs
        Worker processes that fit; None for one for each core.
    timeout
        Seconds that a fit, or an answer in a race, may take; None for no limit of fits and the
        default of races.
    results
        The folder below which results are saved; None for one by time in ``.evenfold/runs``.
    store
        The file of finished fits; None for the one of other studies.

    Raises
    ------
    UsageError
        As ``ScoreOptions`` and ``RaceOptions`` do.
    """

    before: str
    after: str
    models: tuple[str, ...] = ()
    folders: tuple[Path, ...] = ()
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folds: int | None = None
    repeats: int | None = None
    metric: str = DEFAULT_METRIC
    rope: float | None = None
    interval: IntervalMethod = "rows"
    budget: float | None = None
    clock: Clock | None = None
    margin: float | None = None
    threads: int | None = None
    seed: int = ScoreOptions.seed
    jobs: int | None = None
    timeout: float | None = None
    results: Path | None = None
    store: Path | None = None

    def __post_init__(self) -> None:
        # Each refuses what it cannot use.
        _ = self.score_options, self.race_options

    @property
    def score_options(self) -> ScoreOptions:
        """The options of the score study in each environment."""
        return ScoreOptions(
            models=self.models,
            data=self.data,
            folders=self.folders,
            folds=self.folds,
            repeats=self.repeats,
            metric=self.metric,
            rope=self.rope,
            interval=self.interval,
            seed=self.seed,
            jobs=self.jobs,
            timeout=self.timeout,
            results=self.results,
            store=self.store,
        )

    @property
    def race_options(self) -> RaceOptions:
        """The options of the races of each model."""
        return RaceOptions(
            clock=self.clock,
            budget=self.budget,
            margin=self.margin,
            threads=self.threads,
            seed=self.seed,
            timeout=self.timeout or RaceOptions.timeout,
        )
