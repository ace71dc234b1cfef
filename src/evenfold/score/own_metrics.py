"""Metrics of plug-ins, computed from the predictions of a study."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenfold.errors import EvenfoldError, PluginError, ResultsError
from evenfold.plugins.metrics import SelectedMetric
from evenfold.plugins.plugin_process import RaisedError
from evenfold.score.fit_counts import NOT_A_NUMBER
from evenfold.score.predictions import Predictions, read_predictions
from evenfold.score.runner import ALWAYS_DEFINED
from evenfold.score.studies import LATER_METRICS, STORE_SUFFIX
from evenfold.score.study_scores import StudyScores
from evenfold.stats.metrics import Labels, Metric, Probabilities, compute_scores
from evenfold.worker.error_text import describe_error

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.score.run import ScoredStudy

ROUNDING = 1e-9
Prediction = tuple[Labels, Probabilities]  # of the test rows of one fit


def with_metric(study: StudyScores, metric: SelectedMetric) -> StudyScores:
    """Return a saved study with the metric among its scores.

    Raises
    ------
    ResultsError
        The study has no predictions to compute it from.
    PluginError
        The plug-in's function fails in every fit.
    """
    if metric.plugin is None:
        return study if _has_values(study, metric.name) else _with_later_metric(study, metric.name)
    if metric.name in study.scores:
        return study
    predictions = _read_predictions(study, metric.name)
    values, reason = _compute(
        metric.name, metric.plugin, _by_fit(predictions.table), predictions.positive, study.file
    )
    undefined = {**study.undefined, metric.name: reason} if reason else study.undefined
    scores = study.scores.assign(**{metric.name: values})
    own = {**study.own_metrics, metric.name: metric.plugin}
    return replace(study, scores=scores, undefined=undefined, own_metrics=own)


def _has_values(study: StudyScores, metric: str) -> bool:
    return metric not in LATER_METRICS or bool(study.scores[ALWAYS_DEFINED].notna().all())


def _with_later_metric(study: StudyScores, metric: str) -> StudyScores:
    """Compute a built-in metric that the tables of an older evenfold lack."""
    predictions = _read_predictions(study, metric)
    values = [
        compute_scores(y, of_fit, predictions.positive)[metric]
        for y, of_fit in _by_fit(predictions.table)
    ]
    return replace(study, scores=study.scores.assign(**{metric: values}))


def _read_predictions(study: StudyScores, metric: str) -> Predictions:
    try:
        return read_predictions(study)
    except ResultsError as error:
        if study.file.suffix != STORE_SUFFIX:
            raise
        raise ResultsError(
            f"{study.file}: an older evenfold saved no labels in this store to compute {metric} "
            "from: run the study again, or compare folders of results instead"
        ) from error


def scores_with_metric(
    scored: ScoredStudy, metric: SelectedMetric
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Return the scores of a study that has just run, with the metric among them.

    Returns
    -------
    scores
        One row for each fit; the metric is NaN where it is not defined.
    undefined
        Why it is not defined somewhere, by metric.

    Raises
    ------
    PluginError
        The plug-in's function fails in every fit.
    """
    if metric.plugin is None:
        return scored.scores, {}
    dataset, fits = scored.plan.study.dataset, scored.results.fits
    planned = {(fit.model, fit.split.name, fit.seed): fit for fit in scored.plan.fits}
    rows = scored.scores[["model", "split", "seed"]].itertuples(index=False, name=None)
    predictions = (
        # A plug-in may write into its arguments.
        (dataset.y[planned[row].split.test], fits[planned[row].key].probabilities.copy())
        for row in rows
    )
    values, reason = _compute(
        metric.name, metric.plugin, predictions, dataset.positive, scored.file
    )
    undefined = {metric.name: reason} if reason else {}
    return scored.scores.assign(**{metric.name: np.array(values, np.float64)}), undefined


def _by_fit(table: pd.DataFrame) -> Iterator[Prediction]:
    """Labels and probabilities of each fit, in the order of ``read_predictions``'s table."""
    classes = [name for name in table.columns if name[0] == "p" and name[1:].isdigit()]
    first_rows = np.flatnonzero(table["row"].to_numpy() == 0)[1:]
    labels = np.split(table["label"].to_numpy(np.int64), first_rows)
    probabilities = np.split(table[classes].to_numpy(np.float64), first_rows)
    return zip(labels, probabilities, strict=True)


def _compute(
    name: str,
    metric: Metric,
    predictions: Iterable[Prediction],
    positive: int | None,
    file: Path,
) -> tuple[list[float], str]:
    """The metric of each fit, NaN where it is not defined, and why it is not."""
    values: list[float] = []
    errors: list[str] = []
    for y, of_fit in predictions:
        try:
            value = float(metric.function(y, of_fit, positive))
        except EvenfoldError:
            raise
        # A function may raise anything.
        except Exception as error:
            errors.append(str(error) if isinstance(error, RaisedError) else describe_error(error))
            value = math.nan
        if math.isfinite(value) and not metric.low - ROUNDING <= value <= metric.high + ROUNDING:
            raise PluginError(
                f"metric {name}: it returned {value:g} for {file}, which lies outside its range "
                f"{metric.low:g} to {metric.high:g}: correct low and high of its Metric"
            )
        values.append(value if math.isfinite(value) else math.nan)
    if not errors:
        return values, NOT_A_NUMBER if any(map(math.isnan, values)) else ""
    if len(errors) == len(values):
        kind, separator, message = errors[0].partition(": ")
        raise PluginError(f"metric {name}: it raised {kind} for {file}{separator}{message}")
    return values, f"it raised {errors[0]}"
