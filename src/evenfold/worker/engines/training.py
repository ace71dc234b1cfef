"""What the compiled engines have in common: a training that is compiled once and run for each fit.

It is for score studies, never for a clock. Before each fit all state is set to that of a model that
was built for it, the framework's engine calls the model's own ``train_step`` for all batches and
epochs, and what ``fit`` does after the last step is done as well.

A model of constructs in ``proven.py`` trains so at once. Any other one must first train as ``fit``
does on a few rows, or it is left to ``fit``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextlib import contextmanager
from typing import Any, Iterator

import numpy as np

from evenfold.contract import Fold
from evenfold.errors import EvenfoldError, Skip
from evenfold.worker.device import Framework
from evenfold.worker.engines import stock, verification
from evenfold.worker.plugin import Plugin


class CompiledTraining(ABC):
    """One compiled training, run again for every fit of one model on folds of one input shape.

    After ``fit`` the trained model is in ``model``, what it predicted after each epoch in
    ``outputs``, and the time of the training alone in ``seconds``. ``unproven`` names the construct
    for which the training was compared with ``fit``; it is empty if there is none.

    Parameters
    ----------
    plugin
        The model.
    fold
        Data of the input shape that it is compiled for. Only its task matters, and that its rows
        have no weights: the same model has the same engine, whichever fold comes first.
    framework
        The opened framework.
    device
        Where it trains: ``cpu``, ``gpu`` or, with a number, ``gpu:1``.

    Raises
    ------
    Skip
        With the reason, if only stock ``fit`` can train the model.
    PluginError
        As ``train.prepare`` does.
    """

    model: Any
    unproven: str

    def __init__(
        self, plugin: Plugin, fold: Fold, framework: Framework, device: str = "cpu"
    ) -> None:
        """Build the model and its state, compile its training, and check it."""
        stock.require_plain_options(plugin.model)
        stock.require_plain_rows(fold)
        self.seconds = 0.0
        self.plugin = plugin
        self.framework = framework
        self.device = device
        self.task = fold.task
        self.outputs = np.empty((0, 0, fold.task.output_units), np.float32)
        self._prepare_process()
        batch_size = verification.example_batch_size(plugin.model.batch_size)
        example = verification.example_fold(fold, batch_size)
        with faults_as_skip():
            self._build(example, batch_size)
            self._compile(example, batch_size)

    def fit(
        self,
        fold: Fold,
        seed: int,
        epochs: int | None = None,
        shuffle: bool = True,
        watched: np.ndarray | None = None,
        batch_size: int | None = None,
    ) -> dict[str, list[float]]:
        """Train on a fold from a seed.

        The same seed gives the same fit bit for bit, whatever was fitted before.

        Parameters
        ----------
        fold, seed
            The data and the seed.
        epochs, batch_size
            Replace the model's own numbers.
        shuffle
            Whether each epoch has its rows in a random order.
        watched
            Rows to predict after each epoch, float32 of ``(rows, *input_shape)``; the outputs are
            then in ``outputs``, of shape ``(epochs, rows, units)``.

        Returns
        -------
        dict
            By quantity, one float per epoch, as the history of Keras has them.

        Raises
        ------
        Skip
            With the reason, if this fit fails here and may succeed in ``fit``.
        """
        if watched is None:
            watched = np.empty((0, *self.task.input_shape), np.float32)
        with faults_as_skip():
            return self._fit(
                fold,
                seed,
                epochs or self.plugin.model.epochs,
                shuffle,
                watched,
                batch_size or self.plugin.model.batch_size,
            )

    @abstractmethod
    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return the model's outputs for float32 rows, as Keras' ``predict`` computes them."""

    @abstractmethod
    def _prepare_process(self) -> None:
        """Make the settings of the process that the engine needs. Raises Skip if it cannot."""

    @abstractmethod
    def _build(self, example: Fold, batch_size: int) -> None:
        """Build the model that is compiled, with all variables that a training needs."""

    @abstractmethod
    def _compile(self, example: Fold, batch_size: int) -> None:
        """Compile the training and call ``_check``."""

    @abstractmethod
    def _fit(
        self,
        fold: Fold,
        seed: int,
        epochs: Any,
        shuffle: bool,
        watched: np.ndarray,
        batch_size: int,
    ) -> dict[str, list[float]]:
        """Train as ``fit`` does; errors are raised as they are."""

    def _check(self, example: Fold, batch_size: int) -> None:
        """Raise Skip if one seed does not give one fit, or an unproven model another than fit."""
        # A fit with another one between: what is not set again is seen in the last.
        epochs = verification.EPOCHS if self.unproven else 1
        x_test = example.x_test.astype(np.float32)
        results = []
        for seed in (1, 2, 1):
            history = self._fit(example, seed, epochs, False, x_test, batch_size)
            outputs, repeated = (self.predict(x_test) for _ in range(2))
            if outputs.tobytes() != repeated.tobytes():
                raise Skip("it draws random numbers in predictions")
            results.append(verification.result(self.model, history, outputs))
        first, _, again = results
        if not first.is_same_as(again):
            raise Skip("it draws random numbers that its seed does not begin anew")
        if self.unproven:
            expected = verification.train_by_fit(
                self.plugin, example, 1, batch_size, self.framework, self.device
            )
            difference = again.difference(expected)
            if difference:
                raise Skip(f"{verification.OTHERWISE}: {difference}")


@contextmanager
def faults_as_skip() -> Iterator[None]:
    """Leave what fails here to ``fit``: it may be no fault of the model."""
    try:
        yield
    except (Skip, EvenfoldError):
        raise
    except Exception as error:  # any fault of the framework or of a model's own code
        raise Skip(f"its compiled training fails: {_summary(error)}") from error


def _summary(error: Exception) -> str:
    """Return the type of an error and the line of its message that says why."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    # AutoGraph puts the traceback before the message.
    line = lines[-1] if lines[0] == "in user code:" else lines[0]
    return f"{type(error).__name__}: {line[:200]}"
