"""Which figures there are of a study, of studies on the same folds, of a race, and of scale."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evenfold.bench.scaling_figures import scaling_figures
from evenfold.bench.scaling_record import Scaling
from evenfold.race.figures import race_ratios, race_samples
from evenfold.race.record import Race
from evenfold.render.charts import Figure
from evenfold.report.cost_figure import COSTS, score_against_cost
from evenfold.report.report_data import METRIC, Shown
from evenfold.score.curve_figures import (
    calibration_curves,
    confusion,
    is_binary,
    roc_curves,
)
from evenfold.score.figures import score_dots, verdict_matrix
from evenfold.score.learning_figures import learning_curves
from evenfold.score.studies import StudyScores
from evenfold.score.version_figures import score_versions

PAIR = 2
# Of more, the pairs of classes are too many to be told apart.
MOST_CLASSES = 4


def of_study(study: StudyScores, shown: Shown) -> Iterator[Figure]:
    """Scores and verdicts; costs where its environment has a bench run; curves of predictions."""
    yield score_dots(study, METRIC, shown.references)
    if study.scores["model"].nunique() > PAIR:
        yield verdict_matrix(study, METRIC, None)
    where = (study.machine, study.environment.get("name"))
    for bench in shown.results:
        if (bench.machine, bench.environment["name"]) == where:
            told = study, bench, METRIC
            yield from (score_against_cost(*told, cost, shown.references) for cost in COSTS)
    if study.file in shown.histories:
        yield from learning_curves(study, shown.histories[study.file])
    kept = shown.kept.get(study.file)
    if kept is not None:
        if is_binary(kept):
            yield roc_curves(study, kept, shown.references)
            yield calibration_curves(study, kept)
        if len(kept.classes) <= MOST_CLASSES:
            yield confusion(study, kept)


def of_group(group: Sequence[StudyScores], shown: Shown) -> Figure:
    """Studies on the same folds in several environments."""
    return score_versions(group, METRIC, shown.references)


def of_race(race: Race) -> Iterator[Figure]:
    """Ratios, and every sample."""
    yield race_ratios(race)
    yield race_samples(race)


def of_scaling(scaling: Scaling) -> Iterator[Figure]:
    """What costs grow with."""
    yield from scaling_figures(scaling)
