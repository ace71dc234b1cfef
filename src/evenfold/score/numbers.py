"""The numbers of score studies for JSON and CSV: scores, intervals and comparisons."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from evenfold.score.fit_counts import count_fits, planned_fits
from evenfold.score.model_scores import ModelScores
from evenfold.score.pairing import basis_between, compare_environments
from evenfold.score.predictions import positive_class
from evenfold.score.same_rows import group_studies
from evenfold.score.study_scores import StudyScores
from evenfold.stats.comparisons import Comparison
from evenfold.stats.score_intervals import Design

if TYPE_CHECKING:
    import pandas as pd

SUMMARY_METRICS = ("accuracy", "roc_auc", "log_loss", "brier")
COMPARED_COLUMNS = (
    "difference", "low", "high", "confidence", "margin", "verdict", "detectable", "pairs",
    "pairs_planned",
)  # fmt: skip
NUMBER_COLUMNS = (
    "dataset", "protocol", "model", "environment", "reference", "reference_environment",
    "interval", *COMPARED_COLUMNS, "positive",
)  # fmt: skip
NAN = float("nan")
# The method of intervals in JSON and CSV, by what they rest on.
METHODS = {"rows": "rows", "fits": "nadeau-bengio", "none": None}


def table_metrics(scores: pd.DataFrame, metric: str) -> list[str]:
    """Return the metrics of a table of scores, the one of the verdicts first."""
    return [metric, *(name for name in SUMMARY_METRICS if name in scores and name != metric)]


def score_numbers(scores: ModelScores, metric: str, rope: float | None) -> pd.DataFrame:
    """Return one row of numbers for each model; what is missing is NaN.

    ``fits_planned`` and ``fits_finished`` count fits, ``interval`` is the method of the intervals.
    Each metric has its score, the ends of its 95 % interval and the number of fits in which it is
    defined, the metric of the verdicts first. Then come the comparison with the ``reference`` over
    ``pairs`` fits that both have, with the ``confidence`` of its interval alone, and the
    ``detectable`` difference.
    """
    import pandas as pd

    comparisons = scores.compare_with_reference(metric, rope)
    metrics = table_metrics(scores.scores, metric)
    counts = {n: count_fits(scores, scores.models, n) for n in metrics}
    rows = []
    for model in scores.models:
        count = counts[metric][model]
        row: dict[str, Any] = {
            "model": model, "fits_planned": count.planned, "fits_finished": count.finished,
            "metric": metric, "interval": METHODS[scores.basis],
        }  # fmt: skip
        for name in metrics:
            around = scores.interval(model, name)
            row |= {name: around.estimate, f"{name}_low": around.low, f"{name}_high": around.high,
                    f"{name}_defined": counts[name][model].defined}  # fmt: skip
        row["reference"] = scores.reference
        numbers = _compared(comparisons.get(model), scores.design)
        rows.append(row | dict(zip(COMPARED_COLUMNS, numbers, strict=True)))
    return pd.DataFrame(rows)


def summary_numbers(scores: ModelScores, metric: str, rope: float | None) -> pd.DataFrame:
    """Return one row of numbers for each model, with short names; what is missing is NaN.

    ``mean``, ``low`` and ``high`` are the score and the ends of its 95 % interval in the metric of
    the verdicts; ``difference``, with its ends, is to the reference. The other metrics follow.
    """
    numbers = score_numbers(scores, metric, rope)
    others = [name for name in table_metrics(scores.scores, metric) if name != metric]
    named = {
        "model": "model", "fits_finished": "fits", "fits_planned": "fits_planned",
        "metric": "metric", metric: "mean", f"{metric}_low": "low", f"{metric}_high": "high",
        "difference": "difference", "low": "difference_low", "high": "difference_high",
        "verdict": "verdict", "detectable": "detectable",
        **{name + end: name + end for name in others for end in ("", "_low", "_high")},
    }  # fmt: skip
    return numbers[list(named)].set_axis(list(named.values()), axis="columns")


def comparison_numbers(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> pd.DataFrame:
    """Return one row of numbers for each pair: of models, or of a model in two environments.

    The verdict on a pair with the study's reference is that of its table.
    """
    import pandas as pd

    rows: list[tuple[Any, ...]] = []
    for group in group_studies(studies):
        first = group[0]
        data = (first.dataset, first.protocol)
        positive = positive_class(first)
        for study in group:
            scores = study.model_scores
            compared = scores.compare_all_pairs(metric, rope)
            for a, b in combinations(scores.present, 2):
                # The contender comes first, and the reference of the study second.
                comparison = compared.get((a, b))
                if a == scores.reference:
                    a, b, comparison = b, a, comparison and comparison.reversed
                numbers = (METHODS[scores.basis], *_compared(comparison, study.design))
                rows.append((*data, a, study.label, b, study.label, *numbers, positive))
        method = METHODS[basis_between(group)]
        for (model, label), comparison in compare_environments(group, metric, rope).items():
            numbers = (method, *_compared(comparison, first.design))
            rows.append((*data, model, label, model, first.label, *numbers, positive))
    return pd.DataFrame(rows, columns=list(NUMBER_COLUMNS))


def _compared(comparison: Comparison | None, design: Design) -> tuple[Any, ...]:
    planned = planned_fits(design)
    if comparison is None:
        return *[NAN] * 5, None, NAN, 0, planned
    d = comparison.difference
    return (d.estimate, d.low, d.high, 1 - comparison.level, comparison.margin, comparison.verdict,
            comparison.detectable, comparison.pairs, planned)  # fmt: skip
