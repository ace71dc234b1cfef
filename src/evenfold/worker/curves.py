"""Predictions of a network after every epoch of its training, for learning curves.

Labels of test rows never reach a worker: the harness computes curves from predictions.
"""

from __future__ import annotations

from time import perf_counter_ns
from typing import Any, Iterable

import numpy as np

from evenfold.contract import Fold
from evenfold.worker.device import Framework
from evenfold.worker.inference import probabilities

DIGITS = 7  # decimals of a float32


def watched_rows(fold: Fold) -> np.ndarray:
    """Return training rows and then test rows: float32, ``(rows, *input_shape)``."""
    return np.concatenate([fold.x_train, fold.x_test]).astype(np.float32)


def record_predictions(
    rows: np.ndarray, outputs: list[np.ndarray], spent: list[int], framework: Framework
) -> Any:
    """Return a Keras callback that appends the outputs for some rows after each epoch.

    ``spent`` gets the nanoseconds that this takes, which are no part of the training.
    """
    import keras

    class PredictionRecorder(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            started = perf_counter_ns()
            with framework.backend.keep_random_state():
                outputs.append(self.model.predict(rows, verbose=0))
            spent.append(perf_counter_ns() - started)

    return PredictionRecorder()


def curve_probabilities(outputs: Iterable[np.ndarray], n_classes: int) -> np.ndarray:
    """Return the outputs of every epoch as probabilities, rounded to seven decimals.

    Parameters
    ----------
    outputs
        One array of outputs per epoch, ``(rows, units)``.
    n_classes
        The number of classes.

    Returns
    -------
    numpy.ndarray
        float64 of shape ``(epochs, rows, n_classes)``.

    Raises
    ------
    FitError
        If an output is not a probability.
    """
    return np.round([probabilities(epoch_outputs, n_classes) for epoch_outputs in outputs], DIGITS)
