"""An upgrade as it is saved: settings, both environments, and each model's scores and times.

A number that is not finite is null in the file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Any

from evenfold.runtime.environment import Environment
from evenfold.runtime.typed import Meta
from evenfold.score.settling import Advice
from evenfold.stats.comparisons import Comparison, Interval, IntervalMethod
from evenfold.stats.race_ratios import Estimate
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import ScoreVerdict, TimeVerdict
from evenfold.upgrade.results import (
    Gap,
    ModelUpgrade,
    ScoreChange,
    TimeChange,
    UpgradeResult,
    UpgradeSettings,
)
from evenfold.worker.protocol import Clock, Measure

Count = Annotated[int, Meta(ge=0, le=10**9)]


@dataclass(frozen=True)
class ScoreRecord:
    """A ``ScoreChange``: ``difference`` has the interval ``low`` to ``high``.

    ``advice`` is null in files of an older evenfold.
    """

    before: float | None
    after: float | None
    fits: Count
    difference: float | None
    low: float | None
    high: float | None
    verdict: ScoreVerdict
    level: float
    pairs: Count
    margin: float
    advice: Advice | None = None


@dataclass(frozen=True)
class TimeRecord:
    """A ``TimeChange``; without an interval both ends are null, and an open end alone is.

    ``seconds`` is null in files of an older evenfold.
    """

    race: str
    ratio: float
    low: float | None
    high: float | None
    verdict: TimeVerdict
    differs: bool
    launches: Count
    detectable: float | None
    is_judged: bool
    settling: tuple[str, ...] = ()
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True)
class ModelRecord:
    """A model: of score, training and prediction each, the result or a gap, and the other null."""

    model: str
    measure: Measure
    score: ScoreRecord | None
    score_gap: Gap | None
    training: TimeRecord | None
    training_gap: Gap | None
    prediction: TimeRecord | None
    prediction_gap: Gap | None


@dataclass(frozen=True)
class UpgradeRecord:
    """An upgrade.

    Parameters
    ----------
    name
        Its name, which is also its file's.
    labels
        The names of both environments in tables: one environment twice has two.
    environments
        Both environments, as in an ``environment.json``.
    dataset, metric, design, rope, margin, threads, clock, interval, positive
        As of ``UpgradeSettings``.
    models
        The models, in the order of the tables.
    """

    name: str
    labels: tuple[str, str]
    environments: tuple[dict[str, Any], dict[str, Any]]
    dataset: str
    metric: str
    design: Design
    rope: float | None
    margin: float
    threads: Count
    clock: Clock
    interval: IntervalMethod
    positive: str | None
    models: tuple[ModelRecord, ...]

    @property
    def machine(self) -> str:
        """The name of the machine."""
        return str(self.environments[0]["machine"])

    @property
    def named_environments(self) -> dict[str, Environment]:
        """Both environments by their names in tables."""
        return {
            label: Environment(
                name=content["name"],
                machine=content["machine"],
                python=content["python"],
                versions=content.get("versions", {}),
                system=content.get("system") or "",
                processor=content.get("processor") or "",
                cores=0,
                flags=content.get("flags", {}),
            )
            for label, content in zip(self.labels, self.environments, strict=True)
        }

    @property
    def settings(self) -> UpgradeSettings:
        """What the upgrade compared."""
        return UpgradeSettings(
            environments=self.labels,
            dataset=self.dataset,
            metric=self.metric,
            design=self.design,
            rope=self.rope,
            margin=self.margin,
            threads=self.threads,
            clock=self.clock,
            interval=self.interval,
            positive=self.positive,
        )

    @property
    def results(self) -> list[ModelUpgrade]:
        """Each model's scores and times."""
        return [
            ModelUpgrade(
                model=record.model,
                score=_score(record.score) if record.score else _gap(record.score_gap),
                measure=record.measure,
                training=_time(record.training) if record.training else _gap(record.training_gap),
                prediction=(
                    _time(record.prediction) if record.prediction else _gap(record.prediction_gap)
                ),
            )
            for record in self.models
        ]


def upgrade_record(result: UpgradeResult, name: str) -> UpgradeRecord:
    """Return an upgrade as it is saved under a name."""
    settings, (before, after) = result.settings, result.environments
    return UpgradeRecord(
        name=name,
        labels=settings.environments,
        environments=(before.to_json(), after.to_json()),
        dataset=settings.dataset,
        metric=settings.metric,
        design=settings.design,
        rope=settings.rope,
        margin=settings.margin,
        threads=settings.threads,
        clock=settings.clock,
        interval=settings.interval,
        positive=settings.positive,
        models=tuple(map(_model_record, result.models)),
    )


def _model_record(model: ModelUpgrade) -> ModelRecord:
    return ModelRecord(
        model=model.model,
        measure=model.measure,
        score=_score_record(model.score) if isinstance(model.score, ScoreChange) else None,
        score_gap=_gap_alone(model.score),
        training=_time_record(model.training),
        training_gap=_gap_alone(model.training),
        prediction=_time_record(model.prediction),
        prediction_gap=_gap_alone(model.prediction),
    )


def _gap_alone(result: ScoreChange | TimeChange | Gap) -> Gap | None:
    return result if isinstance(result, Gap) else None


def _score_record(change: ScoreChange) -> ScoreRecord:
    compared = change.comparison
    d = compared.difference
    return ScoreRecord(
        before=_finite(change.before),
        after=_finite(change.after),
        fits=change.fits,
        difference=_finite(d.estimate),
        low=_finite(d.low),
        high=_finite(d.high),
        verdict=compared.verdict,
        level=compared.level,
        pairs=compared.pairs,
        margin=compared.margin,
        advice=change.advice,
    )


def _score(record: ScoreRecord) -> ScoreChange:
    d = Interval(*map(_or_nan, (record.difference, record.low, record.high)))
    compared = Comparison(d, record.verdict, record.level, record.pairs, record.margin)
    scores = _or_nan(record.before), _or_nan(record.after)
    return ScoreChange(*scores, record.fits, compared, record.advice)


def _time_record(time: TimeChange | Gap) -> TimeRecord | None:
    if isinstance(time, Gap):
        return None
    return TimeRecord(
        race=time.race,
        ratio=time.ratio.estimate,
        low=_finite(time.ratio.low),
        high=_finite(time.ratio.high),
        verdict=time.verdict,
        differs=time.differs,
        launches=time.launches,
        detectable=_finite(time.detectable),
        is_judged=time.is_judged,
        settling=time.settling,
        seconds=time.seconds,
    )


def _time(record: TimeRecord) -> TimeChange:
    is_open = record.low is not None and record.high is None
    ratio = Estimate(
        record.ratio, _or_nan(record.low), math.inf if is_open else _or_nan(record.high)
    )
    return TimeChange(
        race=record.race,
        ratio=ratio,
        verdict=record.verdict,
        differs=record.differs,
        launches=record.launches,
        detectable=_or_nan(record.detectable),
        is_judged=record.is_judged,
        settling=record.settling,
        seconds=record.seconds,
    )


def _gap(gap: Gap | None) -> Gap:
    if gap is None:
        raise ValueError("a model has neither a result nor a gap")
    return gap


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value
