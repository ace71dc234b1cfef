"""Keras' ``predict``, the batch in one step; an estimator's ``predict_proba``."""

from __future__ import annotations

from typing import Any, Callable

import numpy as np

from evenfold.worker.device import Framework
from evenfold.worker.train import is_keras


def prepare(
    model: Any, framework: Framework, rows: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """The path as a function of one batch."""
    if not is_keras(model):
        predict_proba: Callable[[np.ndarray], np.ndarray] = model.predict_proba
        return predict_proba
    return lambda x: model.predict(x, batch_size=len(x), verbose=0)
