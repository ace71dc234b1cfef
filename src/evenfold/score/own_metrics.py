"""Metrics of plug-ins, computed from the predictions of a study."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evenfold.errors import PluginError, ResultsError
from evenfold.plugins.metrics import SelectedMetric
from evenfold.score.predictions import read_predictions
from evenfold.score.studies import STORE_SUFFIX, StudyScores
from evenfold.stats.metrics import Labels, Metric, Probabilities

if TYPE_CHECKING:
    import pandas as pd

    from evenfold.score.run import ScoredStudy

Prediction = tuple[Labels, Probabilities]  # of the test rows of one fit


def with_metric(study: StudyScores, metric: SelectedMetric) -> StudyScores:
    """Return a saved study with the metric among its scores.

    Raises
    ------
    ResultsError
        The study has no predictions to compute it from.
    PluginError
        The plug-in's function fails or does not return a number.
    """
    if metric.plugin is None or metric.name in study.scores:
        return study
    if study.file.suffix == STORE_SUFFIX:
        raise ResultsError(
            f"{study.file}: a store has no labels to compute {metric.name} from: compare folders "
            "of results instead"
        )
    predictions = read_predictions(study)
    values = _compute(
        metric.name, metric.plugin, _by_fit(predictions.table), predictions.positive, study.file
    )
    return replace(study, scores=study.scores.assign(**{metric.name: values}))


def scores_with_metric(scored: ScoredStudy, metric: SelectedMetric) -> pd.DataFrame:
    """Return the scores of a study that has just run, with the metric among them.

    Raises
    ------
    PluginError
        The plug-in's function fails or does not return a number.
    """
    if metric.plugin is None or scored.scores.empty:
        return scored.scores
    dataset, fits = scored.plan.study.dataset, scored.results.fits
    planned = {(fit.model, fit.split.name, fit.seed): fit for fit in scored.plan.fits}
    rows = scored.scores[["model", "split", "seed"]].itertuples(index=False, name=None)
    predictions = (
        # A plug-in may write into its arguments.
        (dataset.y[planned[row].split.test], fits[planned[row].key].probabilities.copy())
        for row in rows
    )
    values = _compute(metric.name, metric.plugin, predictions, dataset.positive, scored.file)
    return scored.scores.assign(**{metric.name: values})


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
) -> list[float]:
    try:
        return [float(metric.function(y, of_fit, positive)) for y, of_fit in predictions]
    # A plug-in may raise anything.
    except Exception as error:
        raise PluginError(
            f"metric {name}: it raised {type(error).__name__} for {file}: {error}"
        ) from error
