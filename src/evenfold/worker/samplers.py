"""What a race can measure: epochs, fits or predictions, each sampled by its own class."""

from __future__ import annotations

from typing import Callable, Mapping

import numpy as np

from evenfold.errors import FitError, Skip
from evenfold.worker import inference, train
from evenfold.worker.calibration import Sample
from evenfold.worker.clock import Sampler, Workload
from evenfold.worker.optimizers import variables
from evenfold.worker.protocol import Measure


class EpochSampler:
    """Epochs after the first of one ``fit``, on a traced model, from the same state every time.

    What a ``fit`` pays once, before the end of its first epoch and after the end of its last, is
    not counted: TensorFlow takes 2 ms to release the last epoch's data, or 60 ms where a timer has
    to run out.

    Parameters
    ----------
    workload
        The model and its data.
    full_fit
        Not needed here.

    Raises
    ------
    Skip
        For an estimator.
    FitError
        If the training diverges or changes no weight.
    """

    is_warm = True  # each sample begins with an epoch that is not counted

    def __init__(self, workload: Workload, full_fit: train.PreparedFit | None) -> None:
        """Build a model and train it for one epoch, so that it is traced."""
        self.workload = workload
        self.fit = workload.prepare(epochs=1)
        if not self.fit.is_keras:
            raise Skip("an estimator has no epochs: race its fit or predict")
        train_checked(workload, self.fit)
        state = [*self.fit.model.weights, *variables(self.fit.model.optimizer)]
        self.state = [(variable, np.array(variable.numpy())) for variable in state]

    def take(self, repeats: int) -> Sample:
        """Take one sample; it has fewer units if a callback stops the training early.

        Raises
        ------
        FitError
            If the training stops in its first epoch, or diverges.
        """
        for variable, value in self.state:
            variable.assign(value)
        fit = train.prepare_again(self.fit, self.workload.plugin, repeats + 1)
        train.run(fit)
        _require_finite(self.workload, fit)
        if len(fit.ends) < 2:
            raise FitError(
                f"{self.workload.plugin.name}: its training ends in its first epoch, and epochs "
                "are timed from the second on: race its fit"
            )
        return Sample(self.workload.with_delay(fit.ends[-1] - fit.ends[0]), len(fit.ends) - 1)


class FitSampler:
    """The whole training of a fresh model, tracing included.

    Parameters
    ----------
    workload
        The model and its data.
    full_fit
        A training that has been run, or None: then one epoch is trained, for what a process pays
        once.
    """

    is_warm = False

    def __init__(self, workload: Workload, full_fit: train.PreparedFit | None) -> None:
        """Train once unless that has been done."""
        self.workload = workload
        if full_fit is None:
            train_checked(workload, workload.prepare(epochs=1))

    def take(self, repeats: int) -> Sample:
        """Take one sample; the clock stands still while models are built."""
        nanoseconds = 0
        for _ in range(repeats):
            fit = self.workload.prepare()
            train.run(fit)
            nanoseconds += self.workload.with_delay(fit.finished - fit.started)
            _require_finite(self.workload, fit)
        return Sample(nanoseconds, repeats)


class PredictionSampler:
    """One batch on an inference path, by a model that was trained in full.

    Parameters
    ----------
    workload
        The model, its data, the path and the batch size.
    full_fit
        The trained model, or None: then the weights that an earlier launch saved are loaded, or
        the model is trained.

    Raises
    ------
    Skip
        If the path does not apply.
    FitError
        If an exact path does not predict what the reference predicts.
    """

    is_warm = False

    def __init__(self, workload: Workload, full_fit: train.PreparedFit | None) -> None:
        """Prepare the path and predict twice."""
        self.workload = workload
        model = (full_fit or _load_trained(workload) or train_fully(workload)).model
        fold, framework = workload.fold, workload.framework
        shape = (workload.rows, *fold.x_test.shape[1:])
        self.x = inference.as_input(model, np.resize(fold.x_test, shape))
        self.expected = inference.predict(
            model, self.x, framework, workload.device, fold.task.n_classes
        )
        rows = inference.as_input(model, fold.x_train)
        self.run = inference.prepare_unplaced_path(workload.path, model, framework, rows)
        self.take(2)

    def take(self, repeats: int) -> Sample:
        """Take one sample, and check the last prediction of it.

        Raises
        ------
        FitError
            If an exact path does not predict what the reference predicts.
        """
        run, x, now = self.run, self.x, self.workload.now
        with self.workload.framework.scope(self.workload.device):
            started = now()
            for _ in range(repeats):
                outputs = run(x)
            nanoseconds = self.workload.with_delay(now() - started)
        self._check(outputs)
        return Sample(nanoseconds, repeats)

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """Return the path's probabilities of rows in the model's dtype.

        They are float64 of shape ``(rows, n_classes)``.
        """
        workload = self.workload
        with workload.framework.scope(workload.device):
            outputs = self.run(x)
            return inference.probabilities(outputs, workload.fold.task.n_classes, workload.path)

    def _check(self, outputs: np.ndarray) -> None:
        path, n_classes = self.workload.path, self.workload.fold.task.n_classes
        predicted = inference.probabilities(outputs, n_classes, path)
        inference.agreement(path, self.expected, predicted, self.workload.plugin.name)


SAMPLERS: Mapping[Measure, Callable[[Workload, train.PreparedFit | None], Sampler]] = {
    "epoch": EpochSampler,
    "fit": FitSampler,
    "predict": PredictionSampler,
}


def train_fully(workload: Workload) -> train.PreparedFit:
    """Train a fresh model in full, and save a network's weights in ``workload.weights``.

    Raises
    ------
    Skip
        As the plug-in does.
    FitError
        If a loss is not finite or no weight changed.
    """
    fit = workload.prepare()
    train_checked(workload, fit)
    if fit.is_keras and workload.weights is not None:
        np.savez(str(workload.weights), *fit.model.get_weights())
    return fit


def train_checked(workload: Workload, fit: train.PreparedFit) -> None:
    """Train. Raises FitError if a loss is not finite or a network's weights did not change."""
    before = fit.model.get_weights() if fit.is_keras else []
    train.run(fit)
    _require_finite(workload, fit)
    after = fit.model.get_weights() if fit.is_keras else []
    if before and all(np.array_equal(a, b) for a, b in zip(before, after)):
        raise FitError(f"{workload.plugin.name}: the training changed no weight")


def _load_trained(workload: Workload) -> train.PreparedFit | None:
    """Return a model with the weights that ``train_fully`` saved, if it did."""
    if workload.weights is None or not workload.weights.exists():
        return None
    fit = workload.prepare()
    with np.load(str(workload.weights), allow_pickle=False) as arrays:
        fit.model.set_weights([arrays[f"arr_{i}"] for i in range(len(arrays.files))])
    return fit


def _require_finite(workload: Workload, fit: train.PreparedFit) -> None:
    if not all(np.isfinite(values).all() for values in (fit.history or {}).values()):
        raise FitError(f"{workload.plugin.name}: the training diverged: a loss is not finite")
