"""The tables of score studies: means with intervals, verdicts of models and of environments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.render.cells import NONE, MedianRange
from evenfold.render.tables import write
from evenfold.score.captions import compare_caption, has_training_cost, study_heading
from evenfold.score.pairing import (
    compare_all_pairs,
    compare_environments,
    compare_with_first,
    group_studies,
)
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import Comparison, Design, Interval, interval
from evenfold.stats.verdicts import REVERSED

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_METRICS = ("accuracy", "roc_auc", "log_loss", "brier")
BETWEEN_ENVIRONMENTS = "each model, between environments"
PROBABILITIES = "P worse · equal · better"
NUMBER_COLUMNS = (
    "dataset", "protocol", "model", "environment", "reference", "reference_environment",
    "difference", "low", "high", "p", "verdict", "p_worse", "p_equal", "p_better",
)  # fmt: skip


def score_summary(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Return one row for each model: means with 95 % intervals, and the verdict on ``metric``.

    All cells are text. ``metric`` and its verdict come first, the other metrics after them, where a
    narrow terminal may cut the table. Seconds of a fit are a column where they are the models' own.
    """
    import pandas as pd

    comparisons = compare_with_first(scores, models, metric, design, rope)
    others = [name for name in SUMMARY_METRICS if name in scores and name != metric]
    has_cost = has_training_cost(scores)
    rows = []
    for name, of_model in scores.groupby("model", sort=False, observed=True):
        model = str(name)
        mean, *means = [
            _mean_cell(interval(of_model[n].to_numpy(np.float64), design))
            for n in (metric, *others)
        ]
        difference, verdict, probabilities = comparison_cells(comparisons.get(model))
        cost = [_seconds_cell(of_model["fit_seconds"])] if has_cost else []
        row = (model, str(len(of_model)), mean, difference, verdict, *means, *cost, probabilities)
        rows.append(row)
    rows.sort(key=lambda row: list(models).index(row[0]))
    head = ["model", "fits", metric, f"Δ {metric}", "verdict", *others]
    return pd.DataFrame(rows, columns=[*head, *["fit s"] * has_cost, PROBABILITIES])


def verdict_table(
    scores: pd.DataFrame, metric: str, design: Design, rope: float | None
) -> pd.DataFrame:
    """Return a matrix of models: the verdict on row against column, and P(row is better)."""
    import pandas as pd

    comparisons = compare_all_pairs(scores, metric, design, rope)
    models = sorted({model for pair in comparisons for model in pair})

    def cell(row: str, column: str) -> str:
        if (row, column) in comparisons:
            c = comparisons[row, column]
            return f"{c.verdict} {c.probabilities[2]:.3f}"
        if (column, row) in comparisons:
            c = comparisons[column, row]
            return f"{REVERSED.get(c.verdict, c.verdict)} {c.probabilities[0]:.3f}"
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
        (model, label, *comparison_cells(comparison))
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
        if len(group) > 1:
            yield f"{group[0].dataset}, {group[0].protocol}: {BETWEEN_ENVIRONMENTS}"
            yield write(environment_table(group, metric, rope), style)
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
        for study in group:
            pairs = compare_all_pairs(study.scores, metric, study.design, rope)
            for (a, b), comparison in pairs.items():
                rows.append((*data, a, study.label, b, study.label, *_numbers(comparison)))
        for (model, label), comparison in compare_environments(group, metric, rope).items():
            rows.append((*data, model, label, model, first.label, *_numbers(comparison)))
    return pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))


def comparison_cells(comparison: Comparison | None) -> tuple[str, str, str]:
    """Return three cells: the difference with its interval, the verdict, the probabilities."""
    if comparison is None:
        return NONE, NONE, NONE
    d = comparison.difference
    difference = f"{d.mean:+.4f} [{d.low:+.4f}, {d.high:+.4f}]"
    probabilities = " · ".join(f"{p:.3f}" for p in comparison.probabilities)
    return difference, comparison.verdict, probabilities


def _numbers(comparison: Comparison) -> tuple[Any, ...]:
    d = comparison.difference
    return d.mean, d.low, d.high, comparison.p, comparison.verdict, *comparison.probabilities


def _mean_cell(around: Interval) -> str:
    if not np.isfinite(around.mean):
        return NONE
    ends = f"{around.low:.4f}, {around.high:.4f}" if np.isfinite(around.low) else NONE
    return f"{around.mean:.4f} [{ends}]"


def _seconds_cell(seconds: pd.Series) -> str:
    return str(MedianRange(float(seconds.median()), float(seconds.min()), float(seconds.max())))
