"""The tables of score studies: means with intervals, verdicts of models and of environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.cells import NONE, MedianRange
from evenfold.render.tables import write
from evenfold.score.captions import (
    compare_caption,
    has_training_cost,
    positive_caption,
    study_heading,
)
from evenfold.score.fit_counts import (
    FitCounts,
    count_fits,
    missing_notes,
    of_planned,
    pair_notes,
    planned_fits,
)
from evenfold.score.pairing import (
    compare_all_pairs,
    compare_environments,
    compare_with_first,
)
from evenfold.score.predictions import positive_class
from evenfold.score.same_rows import group_studies, unpaired_notes
from evenfold.score.studies import STORE_SUFFIX, StudyScores
from evenfold.stats.metric_names import depends_on_positive
from evenfold.stats.score_intervals import Comparison, Design, Interval, interval
from evenfold.stats.verdicts import REVERSED

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_METRICS = ("accuracy", "roc_auc", "log_loss", "brier")
BETWEEN_ENVIRONMENTS = "each model, between environments"
PROBABILITIES = "P worse · equal · better"
COMPARED_COLUMNS = (
    "difference", "low", "high", "p", "verdict", "p_worse", "p_equal", "p_better",
    "pairs", "pairs_planned",
)  # fmt: skip
NUMBER_COLUMNS = (
    "dataset", "protocol", "model", "environment", "reference", "reference_environment",
    *COMPARED_COLUMNS, "positive",
)  # fmt: skip
NAN = float("nan")


def score_summary(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Return one row for each model: means with 95 % intervals, and the verdict on ``metric``.

    All cells are text. ``metric`` and its verdict come first, the other metrics after them, where a
    narrow terminal may cut the table. Seconds of a fit are a column where they are the models' own.
    A mean or verdict over fewer fits than planned states how many.
    """
    import pandas as pd

    comparisons = compare_with_first(scores, models, metric, design, rope)
    planned = planned_fits(design)
    metrics = shown_metrics(scores, metric)
    counts = {name: count_fits(scores, models, name, design) for name in metrics}
    has_cost = has_training_cost(scores)
    rows = []
    for model in models:
        of_model = scores[scores["model"].astype(str) == model]
        mean, *means = [
            _mean_cell(model_interval(of_model, name, design), counts[name][model])
            for name in metrics
        ]
        difference, verdict, probabilities = comparison_cells(comparisons.get(model), planned)
        cost = [_seconds_cell(of_model["fit_seconds"])] if has_cost else []
        fits = _fits_cell(counts[metric][model])
        rows.append((model, fits, mean, difference, verdict, *means, *cost, probabilities))
    head = ["model", "fits", metric, f"Δ {metric}", "verdict", *metrics[1:]]
    return pd.DataFrame(rows, columns=[*head, *["fit s"] * has_cost, PROBABILITIES])


def score_numbers(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Return one row of numbers for each model; what is missing is NaN.

    ``fits_planned`` and ``fits_finished`` count fits. Each metric has its mean, the ends of its
    95 % interval and the number of fits in which it is defined, the metric of the verdicts first.
    Then come the comparison with the ``reference`` over ``pairs`` fits that both have.
    """
    import pandas as pd

    comparisons = compare_with_first(scores, models, metric, design, rope)
    metrics = shown_metrics(scores, metric)
    counts = {name: count_fits(scores, models, name, design) for name in metrics}
    rows = []
    for model in models:
        of_model = scores[scores["model"].astype(str) == model]
        count = counts[metric][model]
        row: dict[str, Any] = {
            "model": model, "fits_planned": count.planned, "fits_finished": count.finished,
            "metric": metric,
        }  # fmt: skip
        for name in metrics:
            around = model_interval(of_model, name, design)
            row |= {name: around.mean, f"{name}_low": around.low, f"{name}_high": around.high,
                    f"{name}_defined": counts[name][model].defined}  # fmt: skip
        row["reference"] = models[0]
        numbers = _numbers(comparisons.get(model), design)
        rows.append(row | dict(zip(COMPARED_COLUMNS, numbers, strict=True)))
    return pd.DataFrame(rows)


def shown_metrics(scores: pd.DataFrame, metric: str) -> list[str]:
    """Return the metrics of a table of scores, the one of the verdicts first."""
    return [metric, *(name for name in SUMMARY_METRICS if name in scores and name != metric)]


def model_interval(scores: pd.DataFrame, metric: str, design: Design) -> Interval:
    """Return the mean of a model's metric over the fits in which it is defined."""
    values = scores[metric].to_numpy(np.float64)
    return interval(values[np.isfinite(values)], design)


def study_notes(study: StudyScores, metric: str, rope: float | None) -> list[str]:
    """Return what a saved study lacks, and which class the metric is about, in sentences."""
    positive = positive_class(study) if depends_on_positive(metric) else None
    models = sorted(study.scores["model"].unique())
    metrics = shown_metrics(study.scores, metric)
    compared = compare_with_first(study.scores, models, metric, study.design, rope)
    return [
        *missing_notes(study.scores, models, metrics, study.design, study.undefined),
        *pair_notes(compared, models, study.design, models),
        *([positive_caption(metric, positive)] if positive else []),
    ]


def lacks_values(studies: Sequence[StudyScores], metric: str) -> bool:
    """Whether a fit that is planned, or the metric of a finished one, is missing in a study.

    A store of fits has no plan: there, only values of finished fits can be missing.
    """
    for study in studies:
        models = study.scores["model"].unique()
        has_plan = study.file.suffix != STORE_SUFFIX
        for count in count_fits(study.scores, models, metric, study.design).values():
            if count.defined < (count.planned if has_plan else count.finished):
                return True
    return False


def verdict_table(
    scores: pd.DataFrame, metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Return a matrix of models: the verdict on row against column, and P(row is better)."""
    import pandas as pd

    comparisons = compare_all_pairs(scores, metric, design, rope)
    models = sorted({str(model) for model in scores["model"].unique()})
    planned = planned_fits(design)

    def cell(row: str, column: str) -> str:
        if (row, column) in comparisons:
            c = comparisons[row, column]
            return f"{c.verdict} {c.probabilities[2]:.3f}{of_planned(c.pairs, planned)}"
        if (column, row) in comparisons:
            c = comparisons[column, row]
            verdict = REVERSED.get(c.verdict, c.verdict)
            return f"{verdict} {c.probabilities[0]:.3f}{of_planned(c.pairs, planned)}"
        return NONE

    rows = [(row, *(cell(row, column) for column in models)) for row in models]
    return pd.DataFrame(rows, columns=["row against column", *models])


def environment_table(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> pd.DataFrame:
    """Return one row for each model in each environment after the first; all cells are text."""
    import pandas as pd

    comparisons = compare_environments(studies, metric, rope)
    rows = [
        (model, label, *comparison_cells(comparison, planned_fits(studies[0].design)))
        for (model, label), comparison in sorted(comparisons.items())
    ]
    head = ["model", f"against {studies[0].label}", f"Δ {metric}", "verdict", PROBABILITIES]
    return pd.DataFrame(rows, columns=head)


def study_tables(study: StudyScores, metric: str, rope: float | None) -> Iterator[pd.DataFrame]:
    """Yield the scores of every model and, of three or more, the verdict on every pair."""
    models = sorted(study.scores["model"].unique())
    yield score_summary(study.scores, models, metric, study.design, rope)
    if len(models) > 2:
        yield verdict_table(study.scores, metric, study.design, rope)


def score_tables(
    studies: Sequence[StudyScores], metric: str, rope: float | None, style: str
) -> Iterator[str]:
    """Yield the tables of each study, and of each model in several environments, as text."""
    for group in group_studies(studies):
        for study in group:
            yield study_heading(study)
            yield from (write(table, style) for table in study_tables(study, metric, rope))
            if notes := study_notes(study, metric, rope):
                yield "\n".join(notes)
        if len(group) > 1:
            yield f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
            yield write(environment_table(group, metric, rope), style)
    yield from unpaired_notes(studies)
    if studies:
        yield compare_caption(metric, rope, studies)


def comparison_numbers(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> pd.DataFrame:
    """Return one row of numbers for each pair: of models, or of a model in two environments."""
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for group in group_studies(studies):
        first = group[0]
        data = (first.dataset, first.protocol)
        positive = positive_class(first)
        for study in group:
            compared = compare_all_pairs(study.scores, metric, study.design, rope)
            for a, b in combinations(sorted(study.scores["model"].unique()), 2):
                numbers = _numbers(compared.get((a, b)), study.design)
                rows.append((*data, a, study.label, b, study.label, *numbers, positive))
        for (model, label), comparison in compare_environments(group, metric, rope).items():
            numbers = _numbers(comparison, first.design)
            rows.append((*data, model, label, model, first.label, *numbers, positive))
    return pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))


def comparison_cells(comparison: Comparison | None, planned: int) -> tuple[str, str, str]:
    """Return three cells: the difference with its interval, the verdict, the probabilities.

    A verdict over fewer pairs than ``planned`` states how many.
    """
    if comparison is None:
        return NONE, NONE, NONE
    d = comparison.difference
    difference = f"{d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}]"
    probabilities = " · ".join(f"{p:.3f}" for p in comparison.probabilities)
    verdict = comparison.verdict + of_planned(comparison.pairs, planned)
    return difference, verdict, probabilities


def _numbers(comparison: Comparison | None, design: Design) -> tuple[Any, ...]:
    planned = planned_fits(design)
    if comparison is None:
        return *[NAN] * 4, None, *[NAN] * 3, 0, planned
    d = comparison.difference
    return (d.mean, d.low, d.high, comparison.p, comparison.verdict, *comparison.probabilities,
            comparison.pairs, planned)  # fmt: skip


def _mean_cell(around: Interval, count: FitCounts) -> str:
    if not np.isfinite(around.mean):
        return NONE
    ends = f"{around.low:.4f}, {around.high:.4f}" if np.isfinite(around.low) else NONE
    return f"{around.mean:.4f} [{ends}]{of_planned(count.defined, count.planned)}"


def _fits_cell(count: FitCounts) -> str:
    if count.finished < count.planned:
        return f"{count.finished} of {count.planned}"
    return str(count.finished)


def _seconds_cell(seconds: pd.Series) -> str:
    if seconds.empty:
        return NONE
    return str(MedianRange(float(seconds.median()), float(seconds.min()), float(seconds.max())))
