"""Folds: the arrays of a split, prepared by its training rows alone, in a model's layout."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evenfold.contract import LAYOUTS, Fold, Layout, Task
from evenfold.data.datasets import Dataset
from evenfold.data.preprocessing import FittedPreprocessing
from evenfold.data.scaler import Scaler
from evenfold.data.splits import Indices, Split
from evenfold.errors import DataError, UsageError

Array = NDArray[np.float64]

# Above this the difference of two values overflows float64.
LARGEST_INPUT = 1e300
# Keras models get float32: larger values are refused for every model alike.
LARGEST_SCALED = float(np.finfo(np.float32).max)


def to_layout(x: Array, layout: Layout) -> Array:
    """Return rows in a layout; values and their order stay the same.

    Tables become ``(rows, features)`` if flat and ``(rows, features, 1)`` as a sequence. Series
    become ``(rows, steps x channels)`` if flat, and stay ``(rows, steps, channels)`` as a sequence.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"no layout {layout!r}: one of {', '.join(LAYOUTS)}")
    if layout == "flat":
        return x.reshape(len(x), int(np.prod(x.shape[1:])))
    return x if x.ndim == 3 else x[:, :, np.newaxis]


def make_fold(dataset: Dataset, split: Split, layout: Layout) -> Fold:
    """Return the split's rows, scaled or prepared by the dataset's plan, and in the layout.

    The columns that categories and missing cells have are those of the training rows: folds of one
    dataset may have other numbers of columns.

    Raises
    ------
    DataError
        If a value, or a scaled value, is too large; the message names its row and column.
    """
    # The table is not copied to look for what hardly ever is there.
    ends = (f.reduce(dataset.x, axis=None, initial=0.0) for f in (np.fmin, np.fmax))
    if max(map(abs, ends)) > LARGEST_INPUT:
        too_large = np.abs(dataset.x) > LARGEST_INPUT
        _refuse(too_large, dataset, np.arange(len(dataset.x)), "is too large: use another unit")
    fitted: Scaler | FittedPreprocessing
    if dataset.plan is None:
        fitted, sources = Scaler.fit(dataset.x[split.train]), None
    else:
        fitted = dataset.plan.fit(dataset.x[split.train])
        sources = fitted.sources
    parts = []
    for rows in (split.train, split.test):
        prepared = fitted.apply(dataset.x[rows])
        _refuse_too_far(prepared, sources, dataset, rows)
        parts.append(to_layout(prepared, layout))
    x_train, x_test = parts
    return Fold(
        task=Task(x_train.shape[1:], dataset.n_classes),
        layout=layout,
        x_train=x_train,
        y_train=dataset.y[split.train],
        x_test=x_test,
        class_names=dataset.class_names,
        sample_weight=_training_weights(dataset, split),
    )


def _training_weights(dataset: Dataset, split: Split) -> Array | None:
    if dataset.sample_weight is None:
        return None
    return dataset.sample_weight[split.train].astype(np.float64)


def _refuse_too_far(
    prepared: Array, sources: Indices | None, dataset: Dataset, rows: Indices
) -> None:
    """Refuse a prepared number that float32 cannot hold.

    Parameters
    ----------
    sources
        The feature of each of the first columns; None if the columns are the features.
    """
    if not prepared.size or -LARGEST_SCALED <= prepared.min() <= prepared.max() <= LARGEST_SCALED:
        return
    too_far = ~(np.abs(prepared) <= LARGEST_SCALED)
    if sources is not None:
        invalid = np.zeros(dataset.x[rows].shape, dtype=bool)
        invalid[:, sources] = too_far[:, : len(sources)]
        too_far = invalid & ~np.isnan(dataset.x[rows])
    advice = "is too far from the training rows to be scaled into float32: remove the outlier"
    _refuse(too_far, dataset, rows, advice)


def _refuse(invalid: NDArray[np.bool_], dataset: Dataset, rows: Indices, advice: str) -> None:
    if invalid.any():
        row, *more = (int(index) for index in np.argwhere(invalid)[0])
        place = (int(rows[row]), *more)
        raise DataError(f"{dataset.name}: {dataset.where(place)} ({dataset.x[place]:g}) {advice}")
