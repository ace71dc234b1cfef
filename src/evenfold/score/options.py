"""Options of ``evenfold score``, with their defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, get_args

from evenfold.diagnostics.finding import require_codes
from evenfold.errors import UsageError, did_you_mean
from evenfold.option_checks import check_number, check_seed, check_whole, refuse_given
from evenfold.plugins.dataset_options import DatasetOptions
from evenfold.score.target import ScoreTarget
from evenfold.stats.comparisons import INTERVAL_METHODS, IntervalMethod
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.worker.protocol import Engine
from evenfold.worker.sources import Sources

if TYPE_CHECKING:
    from evenfold.stats.score_intervals import Design

SplitProtocol = Literal["kfold", "holdout"]
HOLDOUT: Final = "holdout"
SPLIT_PROTOCOLS: tuple[SplitProtocol, ...] = get_args(SplitProtocol)
ENGINES: tuple[Engine, ...] = get_args(Engine)
DEFAULT_FOLDS: Final = 10
DEFAULT_REPEATS: Final = 10
DEFAULT_SEEDS: Final = 30
# Of one model: the plan of all fits lies in memory.
MOST_FITS: Final = 10**6


def check_interval_method(method: str) -> None:
    """Refuse an unknown method of intervals. Raises UsageError."""
    if method not in INTERVAL_METHODS:
        known = ", ".join(INTERVAL_METHODS)
        meant = did_you_mean(method, INTERVAL_METHODS)
        raise UsageError(f"no interval {method!r}: use one of {known}{meant}")


@dataclass(frozen=True)
class ScoreOptions:
    """Options of a score study.

    Parameters
    ----------
    models
        Names of models, the first the reference; without any, every built-in model.
    sources
        The sources of models that Python code hands over by value, by name.
    data
        The dataset.
    folders
        Folders of models beside the built-in ones and those of the project.
    protocol
        ``kfold`` (repeated stratified folds) or ``holdout`` (one split).
    folds, repeats
        Folds of a repeat and the number of repeats, of ``kfold`` alone (default: 10 of each).
    seeds
        Seeds of each model, of ``holdout`` alone (default: 30).
    engine
        How networks are trained: ``compiled`` or ``keras``.
    metric
        The metric of the verdicts: a built-in one, or the name of a plug-in.
    metrics
        Folders of metric plug-ins, beside those of the project.
    rope
        The margin of the verdicts; None for the metric's own.
    interval
        How intervals are computed: ``rows``, from the predictions of every test row, or
        ``nadeau-bengio``, from the scores of overlapping folds, of ``kfold`` alone.
    seed
        Random seed of splits and fits.
    env
        The environment to fit in: ``NAME`` or ``NAME=PATH[,FLAG=VALUE]``; None for this one.
    scheduler
        Address of a Dask scheduler; None for processes on this machine.
    jobs
        Worker processes; None for one for each core.
    timeout
        Seconds that a fit may take; None for no limit.
    results
        The folder below which results are saved; None for ``results`` if the study is a default
        one of all built-in models, else a folder by time in ``.evenfold/runs``.
    store
        The file of finished fits; None for ``.evenfold/fits.sqlite`` beside the results.
    silence
        Codes of diagnostics that are not shown, besides those of the project's settings.
    ungrouped
        Whether data with groups are scored a second time, as if there were no groups.
    time_to
        The score whose time to be reached is shown; None for none.
    energy
        Whether to measure the energy of fits, which run one at a time by Keras' ``fit``.

    Raises
    ------
    UsageError
        A value is unknown or outside its range, or options do not go together.
    """

    models: tuple[str, ...] = ()
    sources: Mapping[str, Sources] = field(default_factory=dict)
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folders: tuple[Path, ...] = ()
    protocol: SplitProtocol = "kfold"
    folds: int | None = None
    repeats: int | None = None
    seeds: int | None = None
    engine: Engine = "compiled"
    metric: str = DEFAULT_METRIC
    metrics: tuple[Path, ...] = ()
    rope: float | None = None
    interval: IntervalMethod = "rows"
    seed: int = 0
    env: str | None = None
    scheduler: str | None = None
    jobs: int | None = None
    timeout: float | None = None
    results: Path | None = None
    store: Path | None = None
    silence: tuple[str, ...] = ()
    ungrouped: bool = True
    time_to: ScoreTarget | None = None
    energy: bool = False

    def __post_init__(self) -> None:
        if self.protocol not in SPLIT_PROTOCOLS:
            known = ", ".join(SPLIT_PROTOCOLS)
            meant = did_you_mean(self.protocol, SPLIT_PROTOCOLS)
            raise UsageError(f"no protocol {self.protocol!r}: use one of {known}{meant}")
        if self.engine not in ENGINES:
            meant = did_you_mean(self.engine, ENGINES)
            raise UsageError(f"no engine {self.engine!r}: use one of {', '.join(ENGINES)}{meant}")
        check_interval_method(self.interval)
        require_codes(self.silence, "--silence")
        if self.env and self.scheduler:
            raise UsageError(
                "use --env or --scheduler, not both: a cluster's workers have their own environment"
            )
        if self.scheduler:
            refuse_given({"jobs": self.jobs}, "a cluster of --scheduler has its own workers")
        self._check_numbers()
        self._check_protocol()
        self._check_energy()

    def _check_numbers(self) -> None:
        check_whole("folds", self.folds, 2, optional=True)
        check_whole("repeats", self.repeats, 1, optional=True)
        check_whole("seeds", self.seeds, 1, optional=True)
        check_whole("jobs", self.jobs, 1, optional=True)
        check_seed(self.seed)
        check_number("rope", self.rope, 0)
        check_number("timeout", self.timeout, 0, exclusive=True)

    def _check_protocol(self) -> None:
        if self.protocol == HOLDOUT:
            given = {"folds": self.folds, "repeats": self.repeats}
            refuse_given(given, "a holdout is one split; set its number of fits with --seeds")
            if self.interval != "rows":
                raise UsageError(
                    f"--interval {self.interval} is about overlapping folds, and a holdout is one "
                    "split: leave it out"
                )
        else:
            refuse_given(
                {"seeds": self.seeds},
                "the kfold protocol has one fit for each fold; use --repeats, or "
                "--protocol holdout",
            )
        fits = self.design.folds * self.design.repeats
        if fits > MOST_FITS:
            option, times = "--seeds" if self.protocol == HOLDOUT else "--repeats", ""
            count = self.design.repeats
            if self.design.folds > MOST_FITS:
                option, count, times = "--folds", self.design.folds, f", {count} times,"
            raise UsageError(
                f"{option} {count}{times} makes {fits} fits of each model, and a study has "
                f"at most {MOST_FITS}: give fewer {option}"
            )

    def _check_energy(self) -> None:
        if not self.energy:
            return
        if self.scheduler:
            raise UsageError(
                "--energy cannot apply: it is of this machine, and --scheduler names others"
            )
        if self.jobs != 1:
            raise UsageError(
                "--energy counts the whole machine, and fits that run side by side share it: add "
                "--jobs 1"
            )
        if self.engine != "keras":
            raise UsageError(
                "--energy cannot apply: what the compiled engine uses is not a model's own: add "
                "--engine keras"
            )

    @property
    def design(self) -> Design:
        """The folds and repeats of the protocol."""
        from evenfold.stats.score_intervals import Design  # which imports numpy

        if self.protocol == HOLDOUT:
            return Design(1, self.seeds or DEFAULT_SEEDS)
        return Design(self.folds or DEFAULT_FOLDS, self.repeats or DEFAULT_REPEATS)

    @property
    def has_default_fits(self) -> bool:
        """Whether every built-in model is fitted with the default protocol, engine and seed."""
        from evenfold.stats.score_intervals import Design

        return (
            not self.models
            and self.design == Design(DEFAULT_FOLDS, DEFAULT_REPEATS)
            and (self.engine, self.seed) == (ScoreOptions.engine, ScoreOptions.seed)
        )
