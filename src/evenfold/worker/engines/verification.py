"""A small training in both engines: do they give the same model?

The rows are the same in every process, so that one model has one engine in all of them. They are in
one order and no XLA is used, so that both engines draw the same random numbers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Mapping, Sequence

import numpy as np

from evenfold.contract import Fold
from evenfold.worker import optimizers, train
from evenfold.worker.device import Framework
from evenfold.worker.plugin import Plugin

# How the reason begins for which such a model is left to ``fit``.
OTHERWISE = "it trains otherwise than in fit"
EPOCHS = 2
TEST_ROWS = 5
LARGEST_BATCH = 128
# float32 sums in another order, after a few steps: relative to what the training changed, to the
# value itself, and absolute.
OF_CHANGE = 1e-2
OF_VALUE = 1e-5
ABSOLUTE = 1e-7


@dataclass(frozen=True)
class TrainingResult:
    """What a training gave: its history, the final state, and outputs for the test rows.

    ``first_weights`` are those before training; None where they are not compared.
    """

    history: Mapping[str, Sequence[float]]
    weights: list[np.ndarray]
    optimizer: list[np.ndarray]
    outputs: np.ndarray
    first_weights: list[np.ndarray] | None = None

    def is_same_as(self, other: TrainingResult) -> bool:
        """Return whether another result is the same bit for bit."""
        ours, theirs = (
            [r.outputs.tobytes(), *(array.tobytes() for array in (*r.weights, *r.optimizer))]
            for r in (self, other)
        )
        return str(self.history) == str(other.history) and ours == theirs

    def difference(self, expected: TrainingResult) -> str:
        """Return what differs from the result of ``fit`` beyond rounding; empty if nothing does."""
        ours, theirs = _named_alike(self.history), _named_alike(expected.history)
        if set(ours) != set(theirs):
            names = sorted({name for name, _ in set(ours) ^ set(theirs)})
            return f"only one of the two has {', '.join(names)} in its history"
        for key, values in theirs.items():
            if not _agree([np.asarray(ours[key])], [np.asarray(values)], 1e-4):
                return f"{key[0]} differs"
        change = _largest_change(expected.weights, expected.first_weights or expected.weights)
        if not _agree(self.weights, expected.weights, OF_VALUE, OF_CHANGE * change):
            return "the weights differ"
        if not _agree([self.outputs], [expected.outputs], 1e-4, 1e-5):
            return "the predictions differ"
        if not _agree(self.optimizer, expected.optimizer, 1e-2):
            return "the state of the optimizer differs"
        return ""


def example_batch_size(batch_size: int) -> int:
    """Return the batch size of the small training: the model's own, if it is not large."""
    return min(batch_size, LARGEST_BATCH)


def example_fold(fold: Fold, batch_size: int) -> Fold:
    """Return random rows of a fold's task: two whole batches, and one of a single row."""
    rng = np.random.RandomState(0)
    rows = 2 * batch_size + 1
    return replace(
        fold,
        x_train=rng.normal(size=(rows, *fold.task.input_shape)),
        y_train=np.arange(rows, dtype=np.int64) % fold.task.n_classes,
        x_test=rng.normal(size=(TEST_ROWS, *fold.task.input_shape)),
    )


def result(
    model: Any, history: Mapping[str, Sequence[float]], outputs: np.ndarray
) -> TrainingResult:
    """Return the result of a training of a model."""
    return TrainingResult(
        history,
        [np.asarray(weight) for weight in model.get_weights()],
        [variable.numpy() for variable in optimizers.variables(model.optimizer)],
        outputs,
    )


def train_by_fit(
    plugin: Plugin, fold: Fold, seed: int, batch_size: int, framework: Framework, device: str
) -> TrainingResult:
    """Train a fresh model with stock ``fit`` on the rows in their order."""
    fit = train.prepare(plugin, fold, seed, framework, device, epochs=EPOCHS)
    first_weights = [np.array(weight) for weight in fit.model.get_weights()]
    x_test = fold.x_test.astype(np.float32)
    with framework.scope(device):
        history = fit.model.fit(
            fit.x, fit.y, batch_size=batch_size, epochs=EPOCHS, shuffle=False, verbose=0
        ).history
        outputs = fit.model.predict(x_test, batch_size=len(x_test), verbose=0)
    return replace(result(fit.model, history, outputs), first_weights=first_weights)


def _named_alike(history: Mapping[str, Sequence[float]]) -> dict[tuple[str, int], Sequence[float]]:
    """Return a history by names without counters, and the rank of each among its namesakes.

    Keras calls a metric ``auc_5`` in the sixth model that has one.
    """
    counted = []
    for name, values in history.items():
        stem, _, counter = name.rpartition("_")
        is_counted = bool(stem) and counter.isdigit()
        counted.append((stem, int(counter), values) if is_counted else (name, 0, values))
    keyed: dict[tuple[str, int], Sequence[float]] = {}
    for stem, _, values in sorted(counted, key=lambda part: part[1]):
        rank = sum(1 for other, _ in keyed if other == stem)
        keyed[stem, rank] = values
    return keyed


def _largest_change(after: list[np.ndarray], before: list[np.ndarray]) -> float:
    changes = [
        float(np.abs(_numbers(a) - _numbers(b)).max(initial=0.0))
        for a, b in zip(after, before)
        if a.shape == b.shape
    ]
    return max(changes, default=0.0)


def _agree(
    ours: Sequence[np.ndarray],
    theirs: Sequence[np.ndarray],
    of_value: float,
    absolute: float = ABSOLUTE,
) -> bool:
    """Return whether arrays agree, each within a share of its largest value and absolutely."""
    if [a.shape for a in ours] != [b.shape for b in theirs]:
        return False
    for a, b in zip(map(_numbers, ours), map(_numbers, theirs)):
        largest = np.abs(b[np.isfinite(b)]).max(initial=0.0)
        tolerance = absolute + of_value * largest
        if not np.allclose(a, b, rtol=0, atol=tolerance, equal_nan=True):
            return False
    return True


def _numbers(values: np.ndarray) -> np.ndarray:
    return np.asarray(values).astype(np.float64)
