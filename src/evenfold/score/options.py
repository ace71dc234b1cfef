"""Options of ``evenfold score``, with their defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, get_args

from evenfold.errors import UsageError
from evenfold.plugins.datasets import DatasetOptions
from evenfold.stats.metric_names import DEFAULT_METRIC
from evenfold.stats.score_intervals import Design
from evenfold.worker.protocol import Engine

SplitProtocol = Literal["kfold", "holdout"]
HOLDOUT: Final = "holdout"
SPLIT_PROTOCOLS: tuple[SplitProtocol, ...] = get_args(SplitProtocol)
ENGINES: tuple[Engine, ...] = get_args(Engine)


@dataclass(frozen=True)
class ScoreOptions:
    """Options of a score study.

    Parameters
    ----------
    models
        Names of models, the first the reference; without any, every built-in model.
    data
        The dataset.
    folders
        Folders of models beside the built-in ones and those of the project.
    protocol
        ``kfold`` (repeated stratified folds) or ``holdout`` (one split).
    folds, repeats
        Folds of a repeat and the number of repeats, of ``kfold``.
    seeds
        Seeds of each model, of ``holdout``.
    engine
        How networks are trained: ``compiled`` or ``keras``.
    metric
        The metric of the verdicts: a built-in one, or the name of a plug-in.
    metrics
        Folders of metric plug-ins, beside those of the project.
    rope
        The margin of the verdicts; None for the metric's own.
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

    Raises
    ------
    UsageError
        A value is unknown, or both ``env`` and ``scheduler`` are given.
    """

    models: tuple[str, ...] = ()
    data: DatasetOptions = field(default_factory=DatasetOptions)
    folders: tuple[Path, ...] = ()
    protocol: SplitProtocol = "kfold"
    folds: int = 10
    repeats: int = 10
    seeds: int = 30
    engine: Engine = "compiled"
    metric: str = DEFAULT_METRIC
    metrics: tuple[Path, ...] = ()
    rope: float | None = None
    seed: int = 0
    env: str | None = None
    scheduler: str | None = None
    jobs: int | None = None
    timeout: float | None = None
    results: Path | None = None
    store: Path | None = None

    def __post_init__(self) -> None:
        if self.protocol not in SPLIT_PROTOCOLS:
            known = ", ".join(SPLIT_PROTOCOLS)
            raise UsageError(f"no protocol {self.protocol!r}: use one of {known}")
        if self.engine not in ENGINES:
            raise UsageError(f"no engine {self.engine!r}: use one of {', '.join(ENGINES)}")
        if self.env and self.scheduler:
            raise UsageError(
                "use --env or --scheduler, not both: a cluster's workers have their own environment"
            )

    @property
    def design(self) -> Design:
        """The folds and repeats of the protocol."""
        if self.protocol == HOLDOUT:
            return Design(1, self.seeds)
        return Design(self.folds, self.repeats)

    @property
    def has_default_fits(self) -> bool:
        """Whether every built-in model is fitted with the default protocol, engine and seed."""
        return (
            not self.models
            and self.design == Design(ScoreOptions.folds, ScoreOptions.repeats)
            and (self.engine, self.seed) == (ScoreOptions.engine, ScoreOptions.seed)
        )
