"""Comparisons of scores, paired fit by fit: of models, and of environments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from evenfold.score.same_rows import group_studies, why_not_paired
from evenfold.score.studies import StudyScores
from evenfold.stats.score_intervals import Comparison, Design, compare
from evenfold.stats.verdicts import WORSE

if TYPE_CHECKING:
    import pandas as pd


def metric_by_fit(scores: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric with one row for each fit of the plan and one column for each model.

    A row is a split or, where a split has several seeds, a split and the number of its seed.
    """
    index = ["split"]
    if scores.duplicated(["model", "split"]).any():
        number = scores.groupby(["model", "split"], observed=True).cumcount()
        scores, index = scores.assign(number=number), ["split", "number"]
    table = scores.pivot(index=index, columns="model", values=metric)
    table.columns = [str(name) for name in table.columns]
    return table


def compare_with_first(
    scores: pd.DataFrame, models: Sequence[str], metric: str, design: Design, rope: float | None
) -> dict[str, Comparison]:
    """Compare each model with the first one; without scores of the first there is no comparison.

    Parameters
    ----------
    scores
        One row for each fit: ``model``, ``split``, ``seed`` and the metric.
    models
        Names of models, the first the reference; others without scores are left out.
    metric, design, rope
        As of ``stats.score_intervals.compare``.
    """
    by_fit = metric_by_fit(scores, metric)
    reference, *others = models
    pairs = [(model, reference) for model in others if {model, reference} <= set(by_fit.columns)]
    compared = _compare_pairs(by_fit, pairs, metric, design, rope)
    return {model: comparison for (model, _), comparison in compared.items()}


def compare_all_pairs(
    scores: pd.DataFrame, metric: str, design: Design, rope: float | None
) -> dict[tuple[str, str], Comparison]:
    """Compare every pair of models, the first with the second; p-values are adjusted over all."""
    by_fit = metric_by_fit(scores, metric)
    pairs = list(combinations(sorted(by_fit.columns), 2))
    return _compare_pairs(by_fit, pairs, metric, design, rope)


def compare_environments(
    studies: Sequence[StudyScores], metric: str, rope: float | None
) -> dict[tuple[str, str], Comparison]:
    """Compare each model in each later environment with itself in the first, on the same splits.

    Studies of other data or other splits than the first have no comparison.

    Returns
    -------
    dict
        A comparison for each model and label of a study.
    """
    first = studies[0]
    others = [study for study in studies[1:] if why_not_paired(study, first) is None]
    reference = metric_by_fit(first.scores, metric)
    differences = {}
    for study in others:
        by_fit = metric_by_fit(study.scores, metric)
        for model in sorted(set(by_fit.columns) & set(reference.columns)):
            d = (by_fit[model] - reference[model]).to_numpy(np.float64)
            differences[model, study.label] = d[np.isfinite(d)]
    return compare(differences, metric, first.design, rope)


def is_any_worse(studies: Sequence[StudyScores], metric: str, rope: float | None) -> bool:
    """Whether a model is worse than the first of its study, or than in the first environment."""
    return any(
        comparison.verdict == WORSE
        for group in group_studies(studies)
        for comparison in _comparisons_with_first(group, metric, rope)
    )


def _comparisons_with_first(
    group: Sequence[StudyScores], metric: str, rope: float | None
) -> Iterator[Comparison]:
    yield from compare_environments(group, metric, rope).values()
    for study in group:
        models = sorted(study.scores["model"].unique())
        yield from compare_with_first(study.scores, models, metric, study.design, rope).values()


def _compare_pairs(
    by_fit: pd.DataFrame,
    pairs: Sequence[tuple[str, str]],
    metric: str,
    design: Design,
    rope: float | None,
) -> dict[tuple[str, str], Comparison]:
    columns: Mapping[str, Any] = {str(name): by_fit[name].to_numpy(np.float64) for name in by_fit}
    differences = {}
    for a, b in pairs:
        d = columns[a] - columns[b]
        differences[a, b] = d[np.isfinite(d)]
    return compare(differences, metric, design, rope)
