"""Keras' ``predict``, the batch in one step; an estimator's ``predict_proba``."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.errors import FitError
from evenfold.worker.build import is_keras, without_probabilities
from evenfold.worker.device import Framework
from evenfold.worker.paths.base import BatchFunction

LOSSY = False


def missing(is_network: bool) -> str:
    """Return an empty text: every model has it."""
    return ""


def prepare(model: Any, framework: Framework, rows: np.ndarray) -> BatchFunction:
    """Prepare the path as ``InferencePath.prepare`` describes."""
    if not is_keras(model):
        if not hasattr(model, "predict_proba"):
            raise FitError(without_probabilities(model))
        predict_proba: BatchFunction = model.predict_proba
        return predict_proba
    return lambda x: model.predict(x, batch_size=len(x), verbose=0)
