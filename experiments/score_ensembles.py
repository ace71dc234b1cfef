"""Learners of scikit-learn in the battery of score intervals: forest, boosting, RBF kernel."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.random import Generator

from score_populations import ALL, FIRST, SECOND, Array, Learner, Split, cells_of_fits

# A data set has a hundred fits of each learner.
TREES = 20


def fitted(features: slice, build: Callable[[int], Any]) -> Learner:
    """Fit an estimator on standardised training rows, with a seed of its own in each fit."""

    def predict(split: Split, rng: Generator) -> Array:
        x, test = split.x[:, features], split.x_test[:, features]
        result = np.empty(len(test))
        cells = cells_of_fits(split.fit, len(split.training))
        for training, chosen in zip(split.training, cells, strict=True):
            centre, scale = x[training].mean(axis=0), x[training].std(axis=0)
            model = build(int(rng.integers(2**31)))
            model.fit((x[training] - centre) / scale, split.y[training])
            result[chosen] = _chances(model, (test[chosen] - centre) / scale)
        return result

    return predict


def _chances(model: Any, x: Array) -> Array:
    """The probability of class 1, or a curve through one half of the decision function."""
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(x)[:, 1], np.float64)
    return np.asarray(1 / (1 + np.exp(-2 * model.decision_function(x))), np.float64)


def _boosting(seed: int) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(random_state=seed)


def _forest(seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(TREES, random_state=seed)


def _svm(seed: int) -> Any:
    from sklearn.svm import SVC

    return SVC(random_state=seed)


ENSEMBLES: dict[str, Learner] = {
    "boosting": fitted(ALL, _boosting),
    "forest": fitted(ALL, _forest),
    "forest again": fitted(ALL, _forest),
    "svm": fitted(ALL, _svm),
    "svm first": fitted(FIRST, _svm),
    "svm second": fitted(SECOND, _svm),
}
