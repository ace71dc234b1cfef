"""Predictions of test rows, drawn at random."""

from __future__ import annotations

import numpy as np

from evenfold.stats.tested_rows import TestedRows


def random_predictions(
    seed: int, rows: int = 90, fits: int = 3, classes: int = 2, digits: int = 16
) -> TestedRows:
    """One repeat: each row is in the test part of one fit, and each fit has every class."""
    rng = np.random.default_rng(seed)
    y = rng.permuted(np.arange(rows).reshape(fits, -1) % classes, axis=1).ravel()
    logits = rng.normal(size=(rows, classes)) + 1.2 * np.eye(classes)[y]
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    if classes == 2:
        second = np.clip(np.round(probabilities[:, 1], digits), 0.01, 0.99)
        probabilities = np.c_[1 - second, second]
    fit = np.repeat(np.arange(fits), rows // fits)
    return TestedRows(np.arange(rows), fit, y, probabilities, 1 if classes == 2 else None)


def repeated_folds(
    hits: np.ndarray, folds: int, seed: int = 0, labels: np.ndarray | None = None
) -> TestedRows:
    """Repeated cross-validation from hits of shape ``(repeats, rows)``, in random folds."""
    rng = np.random.default_rng(seed)
    repeats, rows = hits.shape
    fold = rng.permuted(np.broadcast_to(np.arange(rows) % folds, (repeats, rows)), axis=1)
    fit = (fold + folds * np.arange(repeats)[:, None]).ravel()
    y = np.zeros(rows, np.int64) if labels is None else labels
    row = np.tile(np.arange(rows), repeats)
    right = np.where(
        hits.ravel(), rng.uniform(0.55, 0.95, fit.size), rng.uniform(0.05, 0.45, fit.size)
    )
    chance = np.where(y[row] == 1, right, 1 - right)
    order = np.argsort(fit, kind="stable")
    probabilities = np.c_[1 - chance, chance][order]
    return TestedRows(row[order], fit[order], y[row][order], probabilities, 1)
