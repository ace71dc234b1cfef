"""Options of ``evenfold race`` and ``evenfold selfcheck``, with their defaults and checks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from evenfold.errors import UsageError, did_you_mean
from evenfold.files.path_names import ALLOWED, is_slug
from evenfold.option_checks import check_number, check_seed, check_whole
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.race.budget import default_budget
from evenfold.race.contenders import ContenderSpec
from evenfold.race.settings import CLOCKS, MEASURES, RaceSettings, prepares_ahead
from evenfold.stats.race_ratios import MARGIN
from evenfold.worker.protocol import Clock, Measure
from evenfold.worker.sources import Sources

DEFAULT_THREADS = 1
DEFAULT_ROWS = 1
DEFAULT_DELAYS = (0.0, 0.01, 0.02, 0.05)
SEED_LIMIT = 2**31
# Options that a continued race takes from its file.
SAVED_OPTIONS = ("measure", "clock", "rows", "margin", "threads", "seed", "name")


@dataclass(frozen=True)
class RaceOptions:
    """Options of a race; None stands for the default, or for the value of a continued race.

    Parameters
    ----------
    measure
        ``epoch``, ``fit`` or ``predict``. Default: ``predict`` where a contender names an inference
        path or ``rows`` is given, else ``epoch``.
    clock
        ``wall`` (default) or ``cpu``.
    rows
        Rows of a prediction (default: 1).
    budget
        Seconds of wall time (default: 60 for each contender, 150 where fits are raced, and up to
        five times that where the launches of a verdict need it). A race that the machine slows down
        may take half as long again for these launches.
    margin
        Practical threshold of a ratio (default: 0.02).
    threads
        Threads of each contender (default: 1).
    seed
        Random seed of the order of samples and of the fits (default: drawn).
    sources
        The sources of models that Python code hands over by value, by name.
    data
        The dataset.
    folders
        Folders of models beside the built-in ones and those of the project.
    environments
        Environments that contenders name after ``@``: ``NAME[=PATH[,FLAG=VALUE]]``.
    timeout
        Seconds that a worker may take for an answer.
    results
        Folder below which the race is saved (default: by time in ``.evenfold/runs``).
    name
        Name that the race is saved as (default: made from its contenders).
    continued
        Name or file of a saved race to which launches are added.

    Raises
    ------
    UsageError
        A value is outside its set or range, or an option does not go with ``continued``.
    """

    measure: Measure | None = None
    clock: Clock | None = None
    rows: int | None = None
    budget: float | None = None
    margin: float | None = None
    threads: int | None = None
    seed: int | None = None
    sources: Mapping[str, Sources] = field(default_factory=dict)
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folders: tuple[Path, ...] = ()
    environments: tuple[str, ...] = ()
    timeout: float = 600.0
    results: Path | None = None
    name: str | None = None
    continued: str | None = None

    def __post_init__(self) -> None:
        if self.measure is not None and self.measure not in MEASURES:
            raise UsageError(
                f"no measure {self.measure!r}: use one of {', '.join(MEASURES)}"
                f"{did_you_mean(self.measure, MEASURES)}"
            )
        if self.clock is not None and self.clock not in CLOCKS:
            raise UsageError(
                f"no clock {self.clock!r}: use one of {', '.join(CLOCKS)}"
                f"{did_you_mean(self.clock, CLOCKS)}"
            )
        if self.name is not None and not is_slug(self.name):
            raise UsageError(f"{self.name!r} cannot be a race's name: {ALLOWED}")
        check_whole("rows", self.rows, 1, optional=True)
        check_whole("threads", self.threads, 1, optional=True)
        check_seed(self.seed, optional=True)
        check_number("budget", self.budget, 0, exclusive=True)
        check_number("margin", self.margin, 0)
        check_number("timeout", self.timeout, 0, exclusive=True, optional=False)
        if self.continued is None:
            return
        for option in SAVED_OPTIONS:
            if getattr(self, option) is not None:
                raise UsageError(
                    f"--{option} comes from the saved race: leave it out with --continue"
                )

    def settings(self, contenders: Mapping[str, ContenderSpec], seed: int) -> RaceSettings:
        """Return the settings of a race of these contenders; ``seed`` where none is given.

        Raises
        ------
        UsageError
            A path or ``rows`` is given, and something other than predictions is raced.
        """
        predictions = [f"/{spec.path}" for spec in contenders.values() if spec.path]
        predictions += ["--rows"] if self.rows is not None else []
        measure = self.measure or ("predict" if predictions else "epoch")
        if predictions and measure != "predict":
            raise UsageError(f"{predictions[0]} is for predictions: use --measure predict")
        rows = (self.rows or DEFAULT_ROWS) if measure == "predict" else None
        clock = self.clock or RaceSettings.clock
        return RaceSettings(
            measure=measure,
            rows=rows,
            margin=MARGIN if self.margin is None else self.margin,
            threads=self.threads or DEFAULT_THREADS,
            seed=seed if self.seed is None else self.seed,
            budget=self.budget or default_budget(measure, len(contenders)),
            clock=clock,
            ahead=prepares_ahead(clock),
        )


@dataclass(frozen=True)
class SelfcheckOptions:
    """Options of a self-check: races of a contender against itself.

    Parameters
    ----------
    contender
        The contender (default: the first built-in network).
    minutes
        Minutes that all races may take.
    budget
        Seconds of each race (default: as in `RaceOptions`).
    delays
        Shares that are added to the second contender's time, one kind of race each.
    clock
        ``wall`` (default) or ``cpu``.
    rows
        Rows of a prediction; by default an epoch or a fit is raced.
    seed
        Random seed of the order of races and samples, and of the fits (default: drawn).
    folders
        Folders of models beside the built-in ones and those of the project.
    results
        Folder below which races are saved (default: by time in ``.evenfold/runs``).

    Raises
    ------
    UsageError
        A value is outside its range.
    """

    contender: str | None = None
    minutes: float = 40.0
    budget: float | None = None
    delays: tuple[float, ...] = DEFAULT_DELAYS
    clock: Clock | None = None
    rows: int | None = None
    seed: int | None = None
    folders: tuple[Path, ...] = ()
    results: Path | None = None

    def __post_init__(self) -> None:
        check_number("minutes", self.minutes, 0, exclusive=True, optional=False)
        check_number("budget", self.budget, 0, exclusive=True)
        check_whole("rows", self.rows, 1, optional=True)
        check_seed(self.seed, optional=True)
        for delay in self.delays:
            check_number("delay", delay, 0, optional=False)
