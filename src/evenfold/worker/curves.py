"""What a network predicts after every epoch of a training, dropout off: for learning curves.

Labels of test rows are not needed, and no worker has them: curves are drawn from predictions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.contract import Fold
from evenfold.worker.device import Framework
from evenfold.worker.inference import probabilities

DIGITS = 7  # decimals that a float32 has


def watched_rows(fold: Fold) -> np.ndarray:
    """Training rows and then test rows, float32 of shape ``(rows, *input_shape)``."""
    return np.concatenate([fold.x_train, fold.x_test]).astype(np.float32)


def watcher(rows: np.ndarray, outputs: list[np.ndarray], framework: Framework) -> Any:
    """A Keras callback that appends what the model predicts for rows after each epoch."""
    import keras

    class Watcher(keras.callbacks.Callback):  # type: ignore[misc]
        def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
            with framework.backend.keep_random_state():
                outputs.append(self.model.predict(rows, verbose=0))

    return Watcher()


def as_probabilities(outputs: Any, n_classes: int) -> np.ndarray:
    """Outputs of every epoch as probabilities, ``(epochs, rows, classes)``.

    Raises FitError as ``probabilities`` does.
    """
    return np.round([probabilities(of_epoch, n_classes) for of_epoch in outputs], DIGITS)
