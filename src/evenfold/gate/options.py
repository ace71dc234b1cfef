"""Options of ``evenfold gate``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from evenfold.errors import UsageError
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.race.options import RaceOptions
from evenfold.score.options import ScoreOptions
from evenfold.stats.comparisons import IntervalMethod
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.worker.cores import available_cores
from evenfold.worker.plugin import canonical_spec
from evenfold.worker.protocol import Clock, Measure

DEFAULT_BASE = "origin/main"
DEFAULT_BASELINE = "logistic_regression"
DEFAULT_REPEATS = 3
DEFAULT_ROWS = 1024
DEFAULT_SECONDS = 180.0


@dataclass(frozen=True)
class GateOptions:
    """Options of a gate.

    Parameters
    ----------
    model
        The model's name, with settings if any.
    revision
        The git revision of the base. The model is compared with that of the last commit that the
        base and the working copy have in common.
    baseline
        The model that a new model is compared with.
    require
        ``not-worse`` if the scores have to show that; None if it is enough that they do not show
        the model to be worse.
    always
        Whether a model is measured that has not changed, without saved fits.
    folders
        Folders of models beside the built-in ones and those of the project.
    data
        The dataset.
    folds, repeats
        Folds of a repeat and the number of repeats (default: 10 and 3).
    metric, metrics, rope, interval
        The metric of the scores' verdicts, folders of metrics, the margin and the method of
        intervals, as of ``ScoreOptions``.
    measure, rows, clock
        What is raced (default: predictions of 1,024 rows), and by which clock (default: CPU time
        with one thread, where the system can keep a process on a core).
    budget
        Seconds of the race; None for three minutes, or longer where a verdict needs it.
    margin, threads
        As of ``RaceOptions``.
    seed
        Random seed of splits, fits and the race.
    jobs, timeout, store, silence
        As of ``ScoreOptions``; ``timeout`` is also that of the race.

    Raises
    ------
    UsageError
        As ``ScoreOptions`` and ``RaceOptions`` do.
    """

    model: str
    revision: str = DEFAULT_BASE
    baseline: str = DEFAULT_BASELINE
    require: Literal["not-worse"] | None = None
    always: bool = False
    folders: tuple[Path, ...] = ()
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folds: int | None = None
    repeats: int | None = None
    metric: str = DEFAULT_METRIC
    metrics: tuple[Path, ...] = ()
    rope: float | None = None
    interval: IntervalMethod = "rows"
    measure: Measure | None = None
    rows: int | None = None
    clock: Clock | None = None
    budget: float | None = None
    margin: float | None = None
    threads: int | None = None
    seed: int = ScoreOptions.seed
    jobs: int | None = None
    timeout: float | None = None
    store: Path | None = None
    silence: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # Each refuses what it cannot use.
        _ = self.score_options, self.race_options
        if self.race_options.clock == "cpu" and (self.threads or 1) > 1:
            raise UsageError(
                "--clock cpu cannot apply: CPU time is raced with one thread: leave --threads out"
            )
        if not self.revision or self.revision.startswith("-"):
            raise UsageError(f"--base {self.revision!r} is not a git revision")

    @property
    def spec(self) -> str:
        """The one way to write the model with its settings."""
        return canonical_spec(self.model)

    @property
    def score_options(self) -> ScoreOptions:
        """The options of the score study."""
        return ScoreOptions(
            models=(self.spec,),
            data=self.data,
            folders=self.folders,
            folds=self.folds,
            repeats=DEFAULT_REPEATS if self.repeats is None else self.repeats,
            metric=self.metric,
            metrics=self.metrics,
            rope=self.rope,
            interval=self.interval,
            seed=self.seed,
            jobs=self.jobs,
            timeout=self.timeout,
            store=self.store,
            silence=self.silence,
        )

    @property
    def race_options(self) -> RaceOptions:
        """The options of the race."""
        measure = self.measure or "predict"
        rows = DEFAULT_ROWS if measure == "predict" else None
        has_cpu_clock = bool(available_cores()) and (self.threads or 1) == 1
        return RaceOptions(
            measure=measure,
            rows=rows if self.rows is None else self.rows,
            clock=self.clock or ("cpu" if has_cpu_clock else "wall"),
            budget=DEFAULT_SECONDS if self.budget is None else self.budget,
            margin=self.margin,
            threads=self.threads,
            seed=self.seed,
            timeout=RaceOptions.timeout if self.timeout is None else self.timeout,
        )
