"""Samples that ``scaling.py`` takes: predictions, trainings and their memory, each checked."""

from __future__ import annotations

import gc
from math import ceil
from time import perf_counter

import numpy as np

from cost_curves import LONG_SECONDS
from evenfold.contract import Fold, Task
from evenfold.data.folds import to_layout
from evenfold.errors import FitError
from evenfold.worker import fit_record, inference, isolated, train

FEATURES, ROWS, CLASSES = 30, 455, 2  # those of the tutorial's training part
SAMPLE_SECONDS = 0.05  # shortest sample of predictions
# A fast sample holds several epochs of one fit, or several fits of an estimator.
LEAST_EPOCHS, MOST_EPOCHS, MOST_FITS, FITS_SECONDS = 2, 6, 5, 0.5
MOST_BYTES = 4e9  # largest inputs and outputs of a batch
CHUNK_ROWS = 10_000
CHECKED_ROWS = 1000
BEFORE_INFERENCE_EPOCHS = 5


def synthetic(rows, features, seed):
    """Standard-normal ``(rows, features)`` and labels ``(rows,)`` that depend on all of them."""
    rng = np.random.default_rng((seed, rows, features))
    x = rng.standard_normal((rows, features))
    weights = rng.standard_normal(features) / np.sqrt(features)
    y = (x @ weights + 0.5 * rng.standard_normal(rows) > 0).astype(np.int64)
    y[:CLASSES] = range(CLASSES)  # a few rows have both classes too
    return x, y


def make_fold(plugin, rows, features, seed):
    """Fold of synthetic training rows, which need no scaling, without test rows."""
    x, y = synthetic(rows, features, seed)
    x = to_layout(x, plugin.model.layout)
    return Fold(Task(x.shape[1:], CLASSES), plugin.model.layout, x, y, x[:0])


class Inference:
    """A trained model whose predictions are timed on several inference paths.

    Outputs are compared with those of ``predict`` in batches of 10,000 rows.
    """

    def __init__(self, plugin, framework, rows, seed):
        self.plugin, self.framework = plugin, framework
        fold = make_fold(plugin, ROWS, FEATURES, seed)
        epochs = BEFORE_INFERENCE_EPOCHS
        fit = train.prepare(plugin, fold, seed, framework, epochs=epochs)
        train.run(fit)
        self.model = fit.model
        self.training_rows = inference.as_input(self.model, fold.x_train)
        self.x = inference.as_input(self.model, rows.reshape(-1, *fold.task.input_shape))
        self.expected = np.empty((0, CLASSES))
        self.paths = {}

    def reference(self, rows):
        """Expected probabilities of the first rows."""
        while len(self.expected) < rows:
            chunk = self.x[len(self.expected) :][:CHUNK_ROWS]
            more = inference.predict(self.model, chunk, self.framework, "cpu", CLASSES)
            self.expected = np.concatenate([self.expected, more])
        return self.expected[:rows]

    def too_large(self, rows):
        """Reason why the layers of one batch would need too much memory, or None."""
        needed = inference.batch_bytes(self.model, rows)
        if needed is None or needed <= MOST_BYTES:
            return None
        return f"not measured: one batch would need about {needed / 1e9:.1f} GB"

    def sampler(self, path):
        """Function that samples the seconds of one batch on a path, a mean over short calls."""
        run = inference.prepare_path(path, self.model, self.framework, self.training_rows)

        known = {}

        def sample(rows, expected):
            batch = self.x[:rows]
            calls = ceil(SAMPLE_SECONDS / known.get(rows, SAMPLE_SECONDS))
            started = perf_counter()
            for _ in range(calls):
                outputs = run(batch)
            seconds = (perf_counter() - started) / calls
            known[rows] = seconds
            outputs = inference.probabilities(outputs, CLASSES)
            if outputs.shape != (rows, CLASSES):
                raise FitError(f"{path}: output of shape {outputs.shape} for {rows} rows")
            inference.agreement(path, self.reference(rows), outputs, self.plugin.name)
            return [seconds]

        return sample


class Training:
    """Fresh fits of one model with different rows, features or epochs."""

    def __init__(self, plugin, framework, seed):
        self.plugin, self.framework, self.seed, self.fits = plugin, framework, seed, 0

    def sample_rows(self, rows, expected):
        """Seconds of each epoch after the first of a network's fit, or of an estimator's fits."""
        return self._steady(rows, FEATURES, expected)

    def sample_features(self, features, expected):
        """The same, for a number of features."""
        return self._steady(ROWS, features, expected)

    def sample_epochs(self, epochs, expected):
        """Seconds of a whole fit."""
        return [self._fit(ROWS, FEATURES, epochs).fit_seconds]

    def _steady(self, rows, features, expected):
        is_fast = expected is None or expected <= LONG_SECONDS
        record = self._fit(rows, features, MOST_EPOCHS if is_fast else LEAST_EPOCHS)
        if record.epoch_seconds:
            return list(record.epoch_seconds[1:])
        seconds = [record.fit_seconds]
        while len(seconds) < MOST_FITS and sum(seconds) < FITS_SECONDS:
            seconds.append(self._fit(rows, features, None).fit_seconds)
        return seconds

    def _fit(self, rows, features, epochs):
        self.fits += 1
        fold = make_fold(self.plugin, rows, features, self.seed)
        fit = train.prepare(self.plugin, fold, self.seed + self.fits, self.framework, epochs=epochs)
        before = fit.model.get_weights() if fit.is_keras else None
        train.run(fit)
        record = fit_record.record(fit)
        if fit.is_keras:
            _require_trained(self.plugin, fit.model, before)
            if record.epochs != epochs:
                raise FitError(f"{self.plugin.name}: {record.epochs} epochs instead of {epochs}")
        probabilities = inference.predict(  # raises if these are not probabilities
            fit.model, fold.x_train[:CHECKED_ROWS], self.framework, "cpu", CLASSES
        )
        if not np.ptp(probabilities, axis=0).any():
            raise FitError(f"{self.plugin.name}: the same probabilities for every row")
        del fit, before
        gc.collect()
        return record


def _require_trained(plugin, model, before):
    pairs = zip(before, model.get_weights(), strict=True)
    changed = [not np.array_equal(old, new) for old, new in pairs]
    if not any(changed) or not all(np.isfinite(w).all() for w in model.get_weights()):
        raise FitError(f"{plugin.name}: training changed no weight, or one is not finite")


class Memory:
    """Peak memory of one model's training, in a separate process."""

    def __init__(self, plugin, framework, seed):
        self.plugin, self.seed = plugin, seed
        # Only its settings are used: two rows are enough.
        small = make_fold(plugin, CLASSES, FEATURES, seed)
        self.like = train.prepare(plugin, small, seed, framework, epochs=1)

    def measure_rows(self, rows, timeout):
        """Peak bytes of an epoch or an estimator's fit, and bytes before the model was built."""
        return self._measure(rows, FEATURES, timeout)

    def measure_features(self, features, timeout):
        """The same, for a number of features."""
        return self._measure(ROWS, features, timeout)

    def _measure(self, rows, features, timeout):
        fold = make_fold(self.plugin, rows, features, self.seed)
        memory = isolated.measure_fit(self.plugin, fold, self.like, 1, timeout)
        if memory.peak_bytes is None or memory.before_bytes is None:
            raise FitError("this system does not report the memory of a process")
        if not memory.peak_bytes > memory.before_bytes > fold.x_train.nbytes:
            raise FitError(f"{self.plugin.name}: {memory} is less than the data need")
        return memory
