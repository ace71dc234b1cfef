"""The results of an upgrade: for each model its scores and times before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from evenfold.race.record import Race
from evenfold.score.model_scores import paired_scores
from evenfold.score.pairing import compare_environments
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import Comparison, IntervalMethod
from evenfold.stats.score_intervals import Design
from evenfold.stats.verdicts import NOT_WORSE_VERDICTS, SLOWER, WORSE
from evenfold.worker.protocol import Clock

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
    the metric gives them.
    """

    before: float
    after: float
    fits: int
    comparison: Comparison


@dataclass(frozen=True)
class ModelUpgrade:
    """One model in both environments; the contenders of a race are before and after.

    ``measure`` is what was raced as its training: epoch or fit.
    """

    model: str
    score: ScoreChange | Gap
    measure: str
    training: Race | Gap
    prediction: Race | Gap

    @property
    def results(self) -> tuple[ScoreChange | Race | Gap, ...]:
        """The score, the training and the prediction."""
        return self.score, self.training, self.prediction


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
        changes[model] = ScoreChange(*scores, comparison.pairs, comparison)
    return changes


def shortfalls(models: Sequence[ModelUpgrade]) -> frozenset[str]:
    """Return ``worse`` if a model's score is, ``slower`` if its training or prediction is."""
    verdicts: set[str] = set()
    for model in models:
        if isinstance(model.score, ScoreChange):
            verdicts.add(model.score.comparison.verdict)
        races = (model.training, model.prediction)
        verdicts |= {race.ratios[0].verdict for race in races if isinstance(race, Race)}
    return frozenset(verdicts & {WORSE, SLOWER})


def models_without_evidence(models: Sequence[ModelUpgrade]) -> dict[str, str]:
    """Return the models whose score is not shown to be not worse, with their verdicts."""
    scores = {model.model: model.score for model in models}
    return {
        model: "no verdict" if isinstance(score, Gap) else score.comparison.verdict
        for model, score in scores.items()
        if isinstance(score, Gap) or score.comparison.verdict not in NOT_WORSE_VERDICTS
    }
