"""The figures of the complete report: of a study, of studies on the same folds, and of a race."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from evenfold.race.figures import race_ratios, race_samples
from evenfold.race.record import Race
from evenfold.render.charts import Figure
from evenfold.report.cost_figure import COSTS, score_against_cost
from evenfold.report.report_data import METRIC, ReportData
from evenfold.score.calibration_figure import calibration_curves
from evenfold.score.confusion_figure import confusion
from evenfold.score.curve_bands import is_binary
from evenfold.score.curve_figures import precision_recall_curves, roc_curves
from evenfold.score.figures import score_dots, verdict_figure
from evenfold.score.learning_figures import learning_curves
from evenfold.score.protocol_figure import score_protocols
from evenfold.score.same_rows import group_studies
from evenfold.score.study_scores import StudyScores
from evenfold.score.version_figures import score_versions

PAIR = 2
MOST_CLASSES = 12  # matrices of more classes have too many cells to read


def matrix_of(study: StudyScores) -> Iterator[Figure]:
    """Yield the verdicts on all pairs of a study of three models or more."""
    if study.scores["model"].nunique() > PAIR:
        yield verdict_figure(study, METRIC, None)


def curves_of_reference(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield the learning curves of a study's reference, where they are saved."""
    history = report_data.histories.get(study.file)
    if history is not None:
        of_reference = history["model"] == study.model_scores.reference
        yield from learning_curves(study, history[of_reference], report_data.styles)


def curves_of_others(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield the learning curves of a study's other models, where they are saved."""
    history = report_data.histories.get(study.file)
    if history is not None:
        of_reference = history["model"] == study.model_scores.reference
        yield from learning_curves(study, history[~of_reference], report_data.styles)


def curves_of_predictions(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield confusion matrices and, of two classes, curves of rates and calibration."""
    predictions = report_data.predictions.get(study.file)
    if predictions is None:
        return
    if len(predictions.classes) <= MOST_CLASSES:
        yield confusion(study, predictions)
    if is_binary(predictions):
        references, styles = report_data.references, report_data.styles
        yield roc_curves(study, predictions, references, styles)
        yield precision_recall_curves(study, predictions, references, styles)
        yield calibration_curves(study, predictions, styles)


def dots_of(study: StudyScores, report_data: ReportData) -> Figure:
    """Draw the scores of a study."""
    return score_dots(study, METRIC, report_data.references, report_data.styles)


def protocols_of(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield a model's seeds on one split beside its folds, where there are studies of both."""
    other = _split_of(study, report_data)
    if other and other.model_scores.reference in study.model_scores.present:
        yield score_protocols(other, study, METRIC, report_data.references, report_data.styles)


def curves_of_split(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield the reference's learning curves over its seeds on one split, where they are saved."""
    other = _split_of(study, report_data)
    if other:
        yield from curves_of_reference(other, report_data)


def _split_of(study: StudyScores, report_data: ReportData) -> StudyScores | None:
    """Return the study of seeds on one split beside a study of folds."""
    place = (study.machine, study.environment_name, study.dataset)
    if study.design.folds > 1 and study.design.repeats > 1:
        for other in report_data.studies:
            is_split = other.design.folds == 1 and other.design.repeats > 1
            if is_split and place == (other.machine, other.environment_name, other.dataset):
                return other
    return None


def versions_of(group: Sequence[StudyScores], report_data: ReportData) -> Figure:
    """Draw studies on the same folds in several environments.

    Studies of the same dataset and protocol on other folds have a figure with a number.
    """
    figure = score_versions(group, METRIC, report_data.references, report_data.styles)
    first = group[0]
    named_alike = [
        each[0] for each in group_studies(report_data.studies)
        if len(each) > 1 and (each[0].dataset, each[0].protocol) == (first.dataset, first.protocol)
    ]  # fmt: skip
    number = next((n for n, study in enumerate(named_alike, 1) if study is first), 1)
    return replace(figure, name=f"{figure.name}-{number}") if number > 1 else figure


def race_figures(race: Race, report_data: ReportData) -> Iterator[Figure]:
    """Yield ratios, and every sample."""
    yield race_ratios(race, report_data.styles)
    yield race_samples(race, report_data.styles)


def cost_figures(study: StudyScores, report_data: ReportData) -> Iterator[Figure]:
    """Yield the scores of a study against each cost, where there is a bench run beside it."""
    place = (study.machine, study.environment_name)
    for bench in report_data.results:
        if (bench.machine, bench.environment["name"]) == place:
            for cost in COSTS:
                yield score_against_cost(
                    study, bench, METRIC, cost, report_data.references, report_data.styles
                )
