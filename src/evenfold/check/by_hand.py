"""Scores of estimators in pipelines that scikit-learn's ``cross_validate`` fits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenfold.data.datasets import Dataset
from evenfold.data.folds import make_fold
from evenfold.data.preprocessing import MOST_LEVEL_COLUMNS, RARE_ROWS
from evenfold.score.plan import PlannedFit
from evenfold.worker.build import build
from evenfold.worker.plugin import Plugin
from evenfold.worker.seeds import set_random_state


def cross_validated(
    dataset: Dataset, plugin: Plugin, fits: Sequence[PlannedFit]
) -> dict[str, NDArray[np.float64]]:
    """Return accuracy and log loss of an estimator for each fit, by ``cross_validate``.

    Parameters
    ----------
    dataset
        The rows.
    plugin
        The estimator's plug-in.
    fits
        The splits and seeds.
    """
    from sklearn.model_selection import cross_validate
    from sklearn.pipeline import make_pipeline

    accuracy, log_loss = [], []
    for fit in fits:
        estimator = build(plugin, make_fold(dataset, fit.split, fit.layout).task)
        set_random_state(estimator, fit.seed)
        scores = cross_validate(
            make_pipeline(_transformer(dataset), estimator),
            dataset.x,
            dataset.y,
            cv=[(fit.split.train, fit.split.test)],
            scoring=["accuracy", "neg_log_loss"],
            error_score="raise",
        )
        accuracy.append(scores["test_accuracy"])
        log_loss.append(-scores["test_neg_log_loss"])
    return {"accuracy": np.concatenate(accuracy), "log_loss": np.concatenate(log_loss)}


def _transformer(dataset: Dataset) -> Any:
    """Return scikit-learn's transformer for what a fold does, written without the fold's code."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    plan = dataset.plan
    if plan is None:
        return StandardScaler()
    if plan.kind == "none":
        return "passthrough"
    numbers = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    levels = OneHotEncoder(
        handle_unknown="infrequent_if_exist",
        min_frequency=RARE_ROWS,
        max_categories=MOST_LEVEL_COLUMNS,
        sparse_output=False,
    )
    roles = np.array([feature.role == "category" for feature in plan.features])
    parts = [
        ("numbers", numbers, np.flatnonzero(~roles)),
        ("levels", levels, np.flatnonzero(roles)),
    ]
    return ColumnTransformer(parts, sparse_threshold=0)
