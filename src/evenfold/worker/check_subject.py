"""The model that a contract check examines, on small generated data."""

from __future__ import annotations

from typing import Any

import numpy as np

from evenfold.contract import Fold, Task
from evenfold.errors import Skip
from evenfold.worker import inference, train
from evenfold.worker.build import is_keras
from evenfold.worker.device import Framework
from evenfold.worker.fresh_fits import FreshFits
from evenfold.worker.plugin import Plugin, load_plugin
from evenfold.worker.seeds import LOADING_SEED, seed_process

ROWS, FEATURES = 40, 12
BATCH_ROWS = 8


class CheckFailure(Exception):
    """A check that failed: the expected and the actual behaviour."""


class CheckSubject:
    """A plug-in under check: its model is built and trained for one epoch on first use.

    Parameters
    ----------
    plugin
        The model.
    framework
        The opened framework.
    fresh_fits
        Where it is fitted in another process; None is nowhere.
    """

    def __init__(
        self, plugin: Plugin, framework: Framework, fresh_fits: FreshFits | None = None
    ) -> None:
        """Build nothing yet."""
        self.fresh_fits = fresh_fits
        self.plugin = plugin
        self.framework = framework
        self.fold = self.make_fold()
        self._trained: Any = None

    def make_fold(self, features: int = FEATURES, classes: int = 2) -> Fold:
        """Generate rows of separable classes in the plug-in's layout; half are test rows."""
        layout = self.plugin.model.layout
        shape = (features,) if layout == "flat" else (features, 1)
        y = np.arange(2 * ROWS) % classes
        x = np.random.RandomState(0).normal(size=(2 * ROWS, features)) + y[:, np.newaxis]
        x = x.reshape(2 * ROWS, *shape)
        return Fold(Task(shape, classes), layout, x[:ROWS], y[:ROWS], x[ROWS:])

    def prepare(self, fold: Fold | None = None, seed: int = 0) -> train.PreparedFit:
        """Prepare a fresh model."""
        return train.prepare(self.plugin, fold or self.fold, seed, self.framework, epochs=1)

    def fit(self, fold: Fold | None = None) -> Any:
        """Return a fresh model after one epoch."""
        prepared = self.prepare(fold)
        train.run(prepared)
        return prepared.model

    def fit_anew(self, seed: int) -> Any:
        """Run the plug-in's file again and return a model after one epoch, as studies do."""
        seed_process(LOADING_SEED)
        plugin = load_plugin(self.plugin.name, self.plugin.sources)
        prepared = train.prepare(plugin, self.fold, seed, self.framework, epochs=1)
        train.run(prepared)
        return prepared.model

    @property
    def trained(self) -> Any:
        """The model after one epoch on ``fold``; the same for every check."""
        if self._trained is None:
            self._trained = self.fit()
        return self._trained

    def outputs(self, model: Any, x: np.ndarray) -> np.ndarray:
        """Return a model's outputs for rows on the reference path."""
        run = inference.prepare_path(inference.REFERENCE, model, self.framework, self.fold.x_train)
        return np.asarray(run(inference.as_input(model, x)))

    def batch_outputs(self) -> np.ndarray:
        """Return the trained model's outputs for the first test rows."""
        return self.outputs(self.trained, self.fold.x_test[:BATCH_ROWS])

    def network(self) -> Any:
        """Return the trained model. Raises Skip if it is not a Keras model."""
        if not is_keras(self.trained):
            raise Skip("for Keras models")
        return self.trained
