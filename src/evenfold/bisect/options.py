"""Options of ``evenfold bisect``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from evenfold.errors import UsageError
from evenfold.files.path_names import ALLOWED, is_slug
from evenfold.option_checks import check_number, refuse_given
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.race.options import RaceOptions
from evenfold.score.options import ScoreOptions
from evenfold.worker.protocol import Clock, Measure

DEFAULT_ERROR = 0.05
OF_TIMES = ("measure", "clock", "rows", "budget", "margin", "threads")
OF_SCORES = ("rope", "folds", "repeats", "jobs")


@dataclass(frozen=True)
class BisectOptions:
    """Options of a bisect.

    Parameters
    ----------
    measure, clock, rows, budget, margin, threads
        What is raced, as of ``RaceOptions``; ``budget`` is of one race at first, and an open race
        gets as much again, and then twice as much.
    metric
        A metric: scores are compared in place of times.
    rope, folds, repeats, jobs
        The score studies, as of ``ScoreOptions``.
    error
        The probability that the answer may err with.
    thorough
        Whether every step of the path is compared.
    via
        The environments between both ends; without any, all versions between them.
    install
        Whether versions without an environment are installed; else the path goes without them.
    data
        The dataset.
    folders
        Folders of models beside the built-in ones and those of the project.
    environments
        Environments of the path: ``NAME=PATH[,FLAG=VALUE]``.
    seed
        Random seed of splits, fits and races.
    timeout
        Seconds that a fit, or an answer in a race, may take.
    results
        The folder below which the bisect and its races are saved; None for ``.evenfold/bisects``.
    name
        Its name; None for one made of the path, the model and what is compared.

    Raises
    ------
    UsageError
        A value is outside its range, or an option cannot apply.
    """

    measure: Measure | None = None
    clock: Clock | None = None
    rows: int | None = None
    budget: float | None = None
    margin: float | None = None
    threads: int | None = None
    metric: str | None = None
    rope: float | None = None
    folds: int | None = None
    repeats: int | None = None
    jobs: int | None = None
    error: float = DEFAULT_ERROR
    thorough: bool = False
    via: tuple[str, ...] = ()
    install: bool = True
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folders: tuple[Path, ...] = ()
    environments: tuple[str, ...] = ()
    seed: int = 0
    timeout: float | None = None
    results: Path | None = None
    name: str | None = None

    def __post_init__(self) -> None:
        check_number("error", self.error, 0, exclusive=True, optional=False)
        if self.error > 0.5:
            raise UsageError(f"--error {self.error:g}: give a share of at most 0.5, as 5%")
        if self.name is not None and not is_slug(self.name):
            raise UsageError(f"{self.name!r} cannot be a bisect's name: {ALLOWED}")
        if self.metric is None:
            given = {name: getattr(self, name) for name in OF_SCORES}
            refuse_given(given, "times are compared: add --metric")
        else:
            given = {name: getattr(self, name) for name in OF_TIMES}
            refuse_given(given, "--metric compares scores")
        # Each refuses what it cannot use.
        _ = self.race_options, self.score_options

    @property
    def race_options(self) -> RaceOptions:
        """The options of each race."""
        return RaceOptions(
            measure=self.measure,
            clock=self.clock,
            rows=self.rows,
            budget=self.budget,
            margin=self.margin,
            threads=self.threads,
            seed=self.seed,
            timeout=self.timeout or RaceOptions.timeout,
        )

    @property
    def score_options(self) -> ScoreOptions:
        """The options of the score study of each version."""
        return ScoreOptions(
            data=self.data,
            folders=self.folders,
            folds=self.folds,
            repeats=self.repeats,
            metric=self.metric or ScoreOptions.metric,
            rope=self.rope,
            seed=self.seed,
            jobs=self.jobs,
            timeout=self.timeout,
        )
