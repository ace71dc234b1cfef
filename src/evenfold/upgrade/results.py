"""The results of an upgrade: for each model its scores and times before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evenfold.race.record import Race
from evenfold.race.settling import settling_lines
from evenfold.runtime.environment import Environment
from evenfold.score.model_scores import paired_scores
from evenfold.score.pairing import compare_environments
from evenfold.score.settling import Advice, settle_pair
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import Comparison, IntervalMethod
from evenfold.stats.race_ratios import Estimate
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import NOT_WORSE_VERDICTS, SLOWER, WORSE, TimeVerdict
from evenfold.worker.protocol import Clock, Measure

GapReason = Literal["skipped", "failed", "not defined"]
SKIPPED: Final = "skipped"
FAILED: Final = "failed"
NOT_DEFINED: Final = "not defined"


@dataclass(frozen=True)
class UpgradeSettings:
    """What an upgrade compares.

    ``environments`` are the names of before and after, ``positive`` that of the positive class.
    """

    environments: tuple[str, str]
    dataset: str
    metric: str
    design: Design
    rope: float | None
    margin: float
    threads: int
    clock: Clock = "wall"
    interval: IntervalMethod = "rows"
    positive: str | None = None


@dataclass(frozen=True)
class Gap:
    """Why a result is missing, and in which environment if that is known."""

    reason: GapReason
    environment: str = ""

    def __str__(self) -> str:
        return f"{self.reason} in {self.environment}" if self.environment else self.reason


@dataclass(frozen=True)
class ScoreChange:
    """Scores of a metric over the ``fits`` that both environments have, and their comparison.

    ``comparison`` is of after against before, oriented so that above 0 is better; the scores are as
    the metric gives them. ``advice`` is what would settle the comparison, if it is undecided.
    """

    before: float
    after: float
    fits: int
    comparison: Comparison
    advice: Advice | None = None


@dataclass(frozen=True)
class TimeChange:
    """The ratio of times of a race, after over before, with the verdict and what it rests on.

    Parameters
    ----------
    race
        The name of the race.
    ratio
        The ratio with its interval; below 1 is faster.
    verdict, differs, launches, detectable
        As of the race's ``Ratio``.
    is_judged
        Whether the data were looked at after the last launch.
    settling
        Sentences on what would settle the ratio, if it is undecided.
    seconds
        The median times before and after, of one epoch, fit or prediction; None in files of an
        older evenfold.
    """

    race: str
    ratio: Estimate
    verdict: TimeVerdict
    differs: bool
    launches: int
    detectable: float
    is_judged: bool
    settling: tuple[str, ...] = ()
    seconds: tuple[float, float] | None = None


@dataclass(frozen=True)
class ModelUpgrade:
    """One model in both environments.

    ``measure`` is what was raced as its training: epoch or fit.
    """

    model: str
    score: ScoreChange | Gap
    measure: Measure
    training: TimeChange | Gap
    prediction: TimeChange | Gap

    @property
    def results(self) -> tuple[ScoreChange | TimeChange | Gap, ...]:
        """The score, the training and the prediction."""
        return self.score, self.training, self.prediction


@dataclass(frozen=True)
class UpgradeResult:
    """An upgrade that has run.

    ``settings`` are the request's, with the counts of splits that have the same rows.
    ``has_missing_fits`` is whether a fit of a study failed, or has no value of the metric.
    """

    models: Sequence[ModelUpgrade]
    environments: tuple[Environment, Environment]
    settings: UpgradeSettings
    has_missing_fits: bool

    @property
    def is_empty(self) -> bool:
        """Whether no model has a result."""
        return has_gaps_only(self.models)


def score_changes(
    before: StudyScores, after: StudyScores, metric: str, rope: float | None
) -> dict[str, ScoreChange]:
    """Compare each model that has fits of the same splits in both environments.

    Intervals hold for all models at once.
    """
    compared = compare_environments([before, after], metric, rope)
    old, new = before.model_scores, after.model_scores
    changes = {}
    for (model, _), comparison in compared.items():
        scores = paired_scores((old, model), (new, model), metric)
        advice = settle_pair((new, model), (old, model), comparison, metric)
        changes[model] = ScoreChange(*scores, comparison.pairs, comparison, advice)
    return changes


def time_change(race: Race) -> TimeChange:
    """Return what a race of before and after shows."""
    (ratio,) = race.ratios
    before, after = race.medians
    return TimeChange(
        race=race.name,
        ratio=Estimate(ratio.estimate, ratio.low, ratio.high),
        verdict=ratio.verdict,
        differs=ratio.differs,
        launches=ratio.launches,
        detectable=ratio.detectable,
        is_judged=race.is_judged,
        settling=tuple(settling_lines(race)),
        seconds=(before, after),
    )


def shortfalls(models: Sequence[ModelUpgrade]) -> frozenset[str]:
    """Return ``worse`` if a model's score is, ``slower`` if its training or prediction is."""
    verdicts: set[str] = set()
    for model in models:
        if isinstance(model.score, ScoreChange):
            verdicts.add(model.score.comparison.verdict)
        times = (model.training, model.prediction)
        verdicts |= {time.verdict for time in times if isinstance(time, TimeChange)}
    return frozenset(verdicts & {WORSE, SLOWER})


def models_without_evidence(models: Sequence[ModelUpgrade]) -> dict[str, str]:
    """Return the models whose score is not shown to be not worse, with their verdicts."""
    scores = {model.model: model.score for model in models}
    return {
        model: "no verdict" if isinstance(score, Gap) else score.comparison.verdict
        for model, score in scores.items()
        if isinstance(score, Gap) or score.comparison.verdict not in NOT_WORSE_VERDICTS
    }


def has_gaps_only(models: Sequence[ModelUpgrade]) -> bool:
    """Return whether no model has a score, a training or a prediction."""
    return all(isinstance(result, Gap) for model in models for result in model.results)
