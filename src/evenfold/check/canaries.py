"""Canaries of a fold's preprocessing: changing test rows changes nothing that was fitted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from evenfold.contract import Layout
from evenfold.data import folds
from evenfold.data.datasets import Dataset
from evenfold.data.preprocessing import Feature, Preprocessing
from evenfold.data.splits import Split

Array = NDArray[np.float64]
# Of the category that is added: frequent levels, a rare one, and one that no row has.
LEVELS = ("low", "high", "rare", "unknown")
RARE_SHARE, MISSING_SHARE = 0.02, 0.1
# Ranges of a column, over the training rows, that other numbers lie away from it.
FAR_RANGES = 1e6


def preprocessing_fault(dataset: Dataset, splits: Sequence[Split], layout: Layout) -> str:
    """Return how test rows change what folds are prepared with; empty if they do not.

    Each fold is made twice, the second time with other test rows: numbers that are far away, cells
    that are missing, levels that are rare or unknown, other weights. The training part with its
    weights and the first test row, which stays, have to be the same to the bit. A table of numbers
    alone is examined a second time with missing cells and categories.

    Parameters
    ----------
    dataset
        The rows.
    splits
        The splits whose folds are made.
    layout
        The layout of the folds.
    """
    for examined in _examined(dataset):
        for split in splits:
            other = _with_other_rows(examined, split)
            before = folds.make_fold(examined, split, layout)
            after = folds.make_fold(other, split, layout)
            if not _same(before.x_train, after.x_train):
                return f"in {split.name}, other test rows change the training part"
            if not _same_weights(before.sample_weight, after.sample_weight):
                return f"in {split.name}, other test rows change the weights of training rows"
            if not _same(before.x_test[:1], after.x_test[:1]):
                return f"in {split.name}, other test rows change how a row is prepared"
    return ""


def _examined(dataset: Dataset) -> Iterable[Dataset]:
    yield dataset
    if dataset.plan is None and dataset.x.ndim == 2:
        yield with_mixed_columns(dataset)


def with_mixed_columns(dataset: Dataset) -> Dataset:
    """Return a table of numbers with missing cells in the first one, and a category.

    Parameters
    ----------
    dataset
        The table.
    """
    rng = np.random.default_rng(len(dataset.y))
    first = dataset.x[:, 0].copy()
    level = (first > np.median(first)).astype(np.float64)
    level[rng.random(len(level)) < RARE_SHARE] = LEVELS.index("rare")
    for values in (first, level):
        values[rng.random(len(values)) < MISSING_SHARE] = np.nan
    features = [Feature("number")] * dataset.x.shape[1]
    return replace(
        dataset,
        name="mixed",
        x=np.column_stack([first, dataset.x[:, 1:], level]),
        feature_names=(*dataset.feature_names, "level of the first"),
        plan=Preprocessing((*features, Feature("category", LEVELS))),
        columns=(),
    )


def _with_other_rows(dataset: Dataset, split: Split) -> Dataset:
    """Return the dataset with other test rows, but for the first one."""
    rows = split.test[1:]
    x = dataset.x.copy()
    rng = np.random.default_rng(len(rows))
    if dataset.sample_weight is not None:
        weights = dataset.sample_weight.copy()
        weights[rows] = rng.random(len(rows)) * (1 + weights.max())
        dataset = replace(dataset, sample_weight=weights)
    if dataset.plan is None:
        x[rows] = _far_numbers(x[split.train], rng.normal(size=x[rows].shape))
        return replace(dataset, x=x)
    most = folds.LARGEST_INPUT if dataset.plan.kind == "standard" else folds.LARGEST_SCALED
    for column, feature in enumerate(dataset.plan.features):
        if feature.role == "category":
            values = rng.integers(0, len(feature.levels), len(rows)).astype(np.float64)
        else:
            draws = rng.normal(size=(len(rows), 1))
            values = _far_numbers(x[split.train, column : column + 1], draws, most)[:, 0]
        values[rng.random(len(rows)) < MISSING_SHARE] = np.nan
        x[rows, column] = values
    return replace(dataset, x=x)


def _far_numbers(x: Array, draws: Array, most: float = folds.LARGEST_INPUT) -> Array:
    """Return draws times a million ranges of each column; at most what a fold takes.

    A constant column has a range of 1, as its scale is 1.

    Parameters
    ----------
    x
        The training rows, of shape ``(rows, columns)`` or ``(rows, steps, channels)``.
    draws
        Of as many columns.
    most
        The largest number that a fold takes.
    """
    columns = x.reshape(-1, x.shape[-1])
    low = np.where(np.isnan(columns), np.inf, columns).min(axis=0)
    high = np.where(np.isnan(columns), -np.inf, columns).max(axis=0)
    ranges = np.where(high > low, high - low, 1.0)
    return np.clip(FAR_RANGES * ranges * draws, -most, most)


def _same_weights(one: Array | None, other: Array | None) -> bool:
    if one is None or other is None:
        return one is other
    return _same(one, other)


def _same(one: Array, other: Array) -> bool:
    return one.shape == other.shape and one.tobytes() == other.tobytes()
