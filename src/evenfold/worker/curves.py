"""Predictions of a network after every epoch of its training, for learning curves.

Labels of test rows never reach a worker: the harness computes curves from predictions.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import Any, Iterable

import numpy as np

from evenfold.contract import Fold
from evenfold.worker.device import Framework
from evenfold.worker.inference import probabilities
from evenfold.worker.process_state.imports import import_seconds

DIGITS = 7  # decimals of a float32


def watched_rows(fold: Fold) -> np.ndarray:
    """Return training rows and then test rows: float32, ``(rows, *input_shape)``."""
    return np.concatenate([fold.x_train, fold.x_test]).astype(np.float32)


@dataclass
class WatchTime:
    """The time that predictions between epochs took, which is no part of the training.

    ``nanoseconds`` are those after each epoch; ``import_seconds`` are those of them in which
    modules were imported.
    """

    nanoseconds: list[int] = field(default_factory=list)
    import_seconds: float = 0.0

    @property
    def seconds(self) -> float:
        """Seconds without those of imports."""
        return sum(self.nanoseconds) * 1e-9 - self.import_seconds


def record_predictions(
    rows: np.ndarray, outputs: list[np.ndarray], time: WatchTime, framework: Framework
) -> Any:
    """Return a Keras callback that appends the outputs for some rows after each epoch.

    ``time`` gets what this takes.
    """
    import keras

    class PredictionRecorder(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            started, imported = perf_counter_ns(), import_seconds()
            with framework.backend.keep_random_state():
                outputs.append(self.model.predict(rows, verbose=0))
            time.nanoseconds.append(perf_counter_ns() - started)
            time.import_seconds += import_seconds() - imported

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
