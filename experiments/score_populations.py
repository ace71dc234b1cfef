"""Populations of known truth, and learners that are fitted on every fold at once.

The eight features are four pairs that can be exchanged: a learner on the first of each pair has the
same expected score as the same learner on the second. Of several classes, a learner of two has the
probabilities of each class against the rest, divided by their sum.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

Array = NDArray[np.float64]
Labels = NDArray[np.int64]
FEATURES = 8
FIRST, SECOND, ALL = slice(0, 4), slice(4, 8), slice(0, 8)
# Of each learner's linear scores or rounds.
RIDGE, NEWTON_STEPS = 1.0, 7


@dataclass(frozen=True)
class Population:
    """Classes that are shifted against each other.

    Parameters
    ----------
    separation
        The distance of the class means in each feature, in standard deviations of normal noise.
    prevalence
        The share of class 1 of two.
    shape
        ``normal``; ``heavy tails``: Student's t with three degrees of freedom and a common factor,
        which correlates the features; ``skewed``: exponential, of twice the size in class 1.
    classes
        Two or three; three have equal shares, and each feature separates them in its own order.
    """

    separation: float
    prevalence: float
    shape: Literal["normal", "heavy tails", "skewed"] = "normal"
    classes: int = 2

    def draw(self, rng: Generator, rows: int) -> tuple[Array, Labels]:
        """Draw features of shape ``(rows, 8)`` and labels; each class has at least ten rows."""
        share = self.prevalence if self.classes == 2 else 1 / self.classes
        while True:
            y = self._labels(rng, rows)
            if np.bincount(y, minlength=self.classes).min() >= min(10, rows * share / 2):
                break
        return self._noise(rng, y) + self.separation * self._centres()[y], y

    def _labels(self, rng: Generator, rows: int) -> Labels:
        if self.classes > 2:
            return rng.integers(self.classes, size=rows)
        return (rng.random(rows) < self.prevalence).astype(np.int64)

    def _noise(self, rng: Generator, y: Labels) -> Array:
        shape = (len(y), FEATURES)
        if self.shape == "heavy tails":
            common = rng.standard_t(3, size=(len(y), 1))
            return np.asarray(0.8 * rng.standard_t(3, size=shape) + 0.5 * common)
        if self.shape == "skewed":
            return np.asarray((1 + y[:, None]) * (rng.exponential(size=shape) - 1) * 0.8)
        return rng.normal(size=shape)

    def _centres(self) -> Array:
        """The means of the classes, shape ``(classes, 8)``."""
        if self.classes == 2:
            return np.repeat([[-0.5], [0.5]], FEATURES, axis=1)
        order = np.arange(self.classes)[:, None] + np.arange(FEATURES) % 4
        return np.asarray(order % self.classes - (self.classes - 1) / 2)


def probabilities(learner: Learner, split: Split, rng: Generator, classes: int) -> Array:
    """Return the probabilities of all classes, shape ``(predictions, classes)``."""
    if classes == 2:
        p = learner(split, rng)
        return np.c_[1 - p, p]
    each = [
        learner(replace(split, y=(split.y == code).astype(np.int64)), rng)
        for code in range(classes)
    ]
    columns = np.column_stack(each)
    return np.asarray(columns / columns.sum(axis=1, keepdims=True))


def draw_folds(rng: Generator, y: Labels, repeats: int, folds: int) -> Labels:
    """Draw the fold of every row in every repeat, stratified; shape ``(repeats, rows)``."""
    chosen = np.empty((repeats, len(y)), np.int64)
    start = 0
    for label in np.unique(y):
        rows = np.flatnonzero(y == label)
        places = np.broadcast_to((start + np.arange(len(rows))) % folds, (repeats, len(rows)))
        chosen[:, rows] = rng.permuted(places, axis=1)
        start += len(rows)
    return chosen


@dataclass(frozen=True)
class Split:
    """Rows for training and the rows to predict, for many fits.

    ``training`` has the shape ``(fits, rows)``; ``fit`` holds for each prediction the number of its
    fit, and ``x_test`` its features.
    """

    x: Array
    y: Labels
    training: NDArray[np.bool_]
    fit: Labels
    x_test: Array


Learner = Callable[[Split, Generator], Array]


def out_of_fold(x: Array, y: Labels, folds: Labels) -> Split:
    """The fits of repeated cross-validation; each row is predicted once in every repeat."""
    repeats, rows = folds.shape
    count = int(folds.max()) + 1
    training = (folds[:, None, :] != np.arange(count)[:, None]).reshape(-1, rows)
    fit = (folds + count * np.arange(repeats)[:, None]).ravel()
    return Split(x, y, training, fit, np.tile(x, (repeats, 1)))


def lda(features: slice) -> Learner:
    """Linear discriminant analysis."""

    def predict(split: Split, rng: Generator) -> Array:
        return _linear_probabilities(split, _lda_weights(split, features), features)

    return predict


def noisy_lda(features: slice, noise: float) -> Learner:
    """LDA whose weights depend on a seed: a fit that stopped somewhere near the optimum."""

    def predict(split: Split, rng: Generator) -> Array:
        weights = _lda_weights(split, features)
        scale = np.linalg.norm(weights, axis=1, keepdims=True) / np.sqrt(weights.shape[1])
        weights = weights + noise * scale * rng.normal(size=weights.shape)
        return _linear_probabilities(split, weights, features)

    return predict


def logistic(features: slice) -> Learner:
    """Logistic regression with a ridge, by Newton's method."""

    def predict(split: Split, rng: Generator) -> Array:
        x = _with_intercept(split.x[:, features])
        training = split.training.astype(np.float64)
        weights = np.zeros((len(training), x.shape[1]))
        ridge = np.diag(np.r_[np.full(x.shape[1] - 1, RIDGE), 1e-6])
        pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
        for _ in range(NEWTON_STEPS):
            p = _sigmoid(weights @ x.T)
            gradient = (training * (split.y - p)) @ x - weights @ ridge
            curvature = ((training * p * (1 - p)) @ pairs).reshape(-1, *ridge.shape) + ridge
            weights = weights + np.linalg.solve(curvature, gradient[:, :, None])[:, :, 0]
        return _linear_probabilities(split, weights, features)

    return predict


def network(features: slice, hidden: int) -> Learner:
    """A network of random hidden units, which depend on the seed, with a trained last layer."""

    def predict(split: Split, rng: Generator) -> Array:
        x = split.x[:, features]
        fits = len(split.training)
        inner = rng.normal(size=(fits, x.shape[1], hidden)) / np.sqrt(x.shape[1])
        bias = rng.normal(size=(fits, 1, hidden))
        units = _with_intercept(np.maximum(x @ inner + bias, 0))
        weighted = units * split.training[:, :, None]
        gram = np.swapaxes(weighted, 1, 2) @ units + RIDGE * np.eye(hidden + 1)
        target = np.swapaxes(weighted, 1, 2) @ (2.0 * split.y - 1)[:, None]
        outer = np.linalg.solve(gram, target)
        values = np.empty(len(split.fit))
        for fit, chosen in enumerate(cells_of_fits(split.fit, fits)):
            test = np.maximum(split.x_test[chosen][:, features] @ inner[fit] + bias[fit], 0)
            values[chosen] = (_with_intercept(test) @ outer[fit])[:, 0]
        return _sigmoid(3 * values)

    return predict


def nearest_neighbour(features: slice) -> Learner:
    """1-nearest neighbour; probabilities are 0.02 and 0.98."""

    def predict(split: Split, rng: Generator) -> Array:
        x, test = split.x[:, features], split.x_test[:, features]
        rows = len(split.x)
        result = np.empty(len(test))
        for start in range(0, len(test), rows):
            block = slice(start, start + rows)
            far = (x**2).sum(1) - 2 * test[block] @ x.T
            far[~split.training[split.fit[block]]] = np.inf
            result[block] = split.y[far.argmin(axis=1)]
        return 0.02 + 0.96 * result

    return predict


def tree(features: slice, depth: int | None = None) -> Learner:
    """A decision tree; probabilities are shares of leaves with one row more of each class."""

    def predict(split: Split, rng: Generator) -> Array:
        from sklearn.tree import DecisionTreeClassifier

        x = np.asarray(split.x[:, features], np.float32)
        test = np.asarray(split.x_test[:, features], np.float32)
        y = split.y.astype(np.float64)[:, None]
        result = np.empty(len(test))
        cells = cells_of_fits(split.fit, len(split.training))
        for training, chosen in zip(split.training, cells, strict=True):
            model = DecisionTreeClassifier(max_depth=depth, random_state=0)
            model.fit(x[training], y[training], check_input=False)
            shares = model.predict_proba(test[chosen], check_input=False)[:, -1]
            result[chosen] = 0.02 + 0.96 * shares
        return result

    return predict


def majority(split: Split, rng: Generator) -> Array:
    """Always the share of class 1 in the training rows."""
    shares = (split.training @ split.y) / split.training.sum(axis=1)
    return np.asarray(shares[split.fit], np.float64)


def cells_of_fits(fit: Labels, fits: int) -> list[Labels]:
    """The places of the predictions of each fit."""
    order = np.argsort(fit, kind="stable")
    return np.split(order, np.cumsum(np.bincount(fit, minlength=fits))[:-1])


def _lda_weights(split: Split, features: slice) -> Array:
    x = split.x[:, features]
    size = x.shape[1]
    pairs = (x[:, :, None] * x[:, None, :]).reshape(len(x), -1)
    columns = np.c_[np.ones(len(x)), x, pairs]
    masks = [split.training * (split.y == label) for label in (0, 1)]
    sums = [mask.astype(np.float64) @ columns for mask in masks]
    counts = [s[:, 0] for s in sums]
    means = [s[:, 1 : 1 + size] / c[:, None] for s, c in zip(sums, counts, strict=True)]
    scatter = sum(s[:, 1 + size :].reshape(-1, size, size) for s in sums) - sum(
        c[:, None, None] * m[:, :, None] * m[:, None, :] for c, m in zip(counts, means, strict=True)
    )
    covariance = scatter / (counts[0] + counts[1])[:, None, None]
    slope = np.linalg.solve(covariance, (means[1] - means[0])[:, :, None])[:, :, 0]
    middle = ((means[0] + means[1]) / 2 * slope).sum(axis=1)
    return np.c_[slope, np.log(counts[1] / counts[0]) - middle]


def _linear_probabilities(split: Split, weights: Array, features: slice) -> Array:
    x = _with_intercept(split.x_test[:, features])
    return _sigmoid((x * weights[split.fit]).sum(axis=1))


def _with_intercept(x: Array) -> Array:
    return np.concatenate([x, np.ones((*x.shape[:-1], 1))], axis=-1)


def _sigmoid(values: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(values, -30, 30)))


LEARNERS: dict[str, Learner] = {
    "lda": lda(ALL),
    "lda first": lda(FIRST),
    "lda second": lda(SECOND),
    # One feature exchanged for its twin.
    "lda 0123": lda(slice(0, 4)),
    "lda 1234": lda(slice(1, 5)),
    "logistic": logistic(ALL),
    "noisy": noisy_lda(ALL, 0.5),
    "noisy again": noisy_lda(ALL, 0.5),
    "network": network(ALL, 15),
    "network again": network(ALL, 15),
    "small network": network(ALL, 8),
    "1-nn": nearest_neighbour(ALL),
    "1-nn first": nearest_neighbour(FIRST),
    "1-nn second": nearest_neighbour(SECOND),
    "tree": tree(ALL),
    "tree first": tree(FIRST),
    "tree second": tree(SECOND),
    "stump first": tree(FIRST, 1),
    "stump second": tree(SECOND, 1),
    "majority": majority,
}
